#include "matrix/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/secret.h"
#include "matrix/change.h"
#include "matrix/events.h"
#include "matrix/judge.h"

#define STEP_SECONDS      60
#define EVENTS_SETTLE_NS  (500 * NS_PER_MS)
#define INTERRUPT_LOOK_NS (100 * NS_PER_MS)
#define EVENTS_LOOK_NS    (20 * NS_PER_MS)

/* Files that a step leaves in the cell's folder. */
struct step_files {
    char output[LAB_PATH + 32];
    char errors[LAB_PATH + 32];
    char plot[LAB_PATH + 32]; /* of a bench that is to draw one */
};

static const char *target_text(const struct step_context *context, const cJSON *step)
{
    const char *form = json_string(step, "target_form", "name");
    const struct lab_host *target = lab_find_host(context->lab, json_string(step, "target", "beta"));
    if (strcmp(form, "localhost") == 0)
        return "localhost";
    if (strcmp(form, "omitted") == 0)
        return "";
    const struct lab_host *from = lab_find_host(context->lab, json_string(step, "on", "alpha"));
    return strcmp(form, "address") == 0 ? from->known[target - context->lab->hosts] : target->key;
}

size_t step_command_line(const struct step_context *context, const cJSON *step, const char *const programs[2],
                         const char *arguments[STEP_ARGUMENTS])
{
    const cJSON *credentials = cJSON_GetObjectItemCaseSensitive(step, "credentials");
    const char *what = json_string(step, "do", "");
    size_t count = 0;
    arguments[count++] = programs[0];
    arguments[count++] = "logon";
    arguments[count++] = json_string(step, "as", "");
    arguments[count++] = "--";
    arguments[count++] = programs[1];
    arguments[count++] = what;
    arguments[count++] = target_text(context, step);
    arguments[count++] = "--json";
    if (level_is_wire(context->level)) {
        arguments[count++] = "--level";
        arguments[count++] = level_name(context->level);
    }
    if (credentials) {
        arguments[count++] = "--as";
        arguments[count++] = json_string(credentials, "account", "");
    }
    if (json_bool(step, "anonymous", false))
        arguments[count++] = "--anonymous";
    const cJSON *more;
    cJSON_ArrayForEach(more, cJSON_GetObjectItemCaseSensitive(step, "arguments"))
    {
        if (count == STEP_ARGUMENTS - 1)
            return 0;
        arguments[count++] = cJSON_GetStringValue(more);
    }
    arguments[count] = NULL;
    return count;
}

static cJSON *load_output(const char *path)
{
    char complaint[JSON_COMPLAINT];
    struct json_document document = { 0 };
    if (json_load(path, &document, complaint) != ERR_OK)
        return NULL;
    cJSON *root = document.root;
    document.root = NULL;
    json_cleanup(&document);
    return root;
}

static enum err start_program(const struct step_context *context, const cJSON *step, const struct step_files *files,
                              struct process *process)
{
    struct lab *lab = context->lab;
    char scm[LAB_PATH + 16], client[LAB_PATH + 16], secret[SECRETS_VALUE + 32];
    const char *arguments[STEP_ARGUMENTS + 2], *password = NULL;
    snprintf(scm, sizeof(scm), "%s/probe-scm", lab->programs);
    snprintf(client, sizeof(client), "%s/probe-client", lab->programs);
    const char *const programs[2] = { scm, client };
    size_t count = step_command_line(context, step, programs, arguments);
    if (count == 0) {
        snprintf(lab->complaint, sizeof(lab->complaint), "the step has too many arguments");
        return ERR_LIMIT;
    }
    if (json_bool(step, "plot", false)) {
        arguments[count++] = "--svg";
        arguments[count++] = files->plot;
        arguments[count] = NULL;
    }
    const cJSON *credentials = cJSON_GetObjectItemCaseSensitive(step, "credentials");
    if (credentials) {
        enum err e = secrets_get(context->secrets, json_string(credentials, "password", ""), &password);
        if (e)
            return e;
        snprintf(secret, sizeof(secret), "OPCPROBE_PASSWORD=%s", password);
    }
    struct process_options options = {
        .arguments = arguments, .output_path = files->output, .error_path = files->errors, .own_group = true
    };
    enum err e = lab_start(lab, lab_find_host(lab, json_string(step, "on", "alpha")), &options,
                           credentials ? secret : NULL, process);
    secret_zero(secret, sizeof(secret));
    return e;
}

/* Changes to be made while the program runs, in their order, each as soon as its event was written. */
struct meanwhile {
    const struct step_context *context;
    const cJSON *next; /* borrowed; NULL when all are made */
    int64_t since_ns;  /* only events of this step count */
    enum err err;
};

static void make_next_change(struct meanwhile *m, const struct observation *seen)
{
    struct observation now = *seen;
    if (!m->next || m->err)
        return;
    cJSON *events = events_read(m->context->lab->output, m->since_ns);
    now.events = events;
    if (judge_has_event(cJSON_GetObjectItemCaseSensitive(m->next, "after"), m->context->level, &now)) {
        m->err = change_make(m->context, m->next);
        m->next = m->next->next;
    }
    cJSON_Delete(events);
}

static void wait_for_program(struct process *process, int seconds, struct meanwhile *m, struct observation *seen)
{
    int64_t deadline = clock_deadline_ns(seconds * NS_PER_S);
    while (clock_left_ns(deadline) > 0 && !interrupt_requested()) {
        int64_t look_ns = m->next ? EVENTS_LOOK_NS : INTERRUPT_LOOK_NS;
        if (process_wait(process, clock_deadline_ns(look_ns), &seen->exit_code) == ERR_OK) {
            process_cleanup(process);
            return;
        }
        make_next_change(m, seen);
    }
    seen->timed_out = true;
    process_end(process, NS_PER_S);
}

static bool only_events_are_missing(const cJSON *differences)
{
    const cJSON *difference;
    cJSON_ArrayForEach(difference, differences)
    {
        if (strcmp(json_string(difference, "what", ""), "event") != 0)
            return false;
    }
    return true;
}

/* A server writes an event down a moment after the client has its answer, so a missing one gets a
 * little time to appear; whatever else differs does not change any more. */
static bool judge_when_settled(const struct step_context *context, const cJSON *expect, int64_t since_ns,
                               struct observation *seen, cJSON **events, cJSON **differences, bool *harness)
{
    int64_t deadline = clock_deadline_ns(EVENTS_SETTLE_NS);
    for (;;) {
        cJSON_Delete(*events);
        cJSON_Delete(*differences);
        *events = events_read(context->lab->output, since_ns);
        *differences = cJSON_CreateArray();
        seen->events = *events;
        bool fine = judge_step(expect, context->level, seen, *differences, harness);
        if (fine || *harness || !only_events_are_missing(*differences) || clock_left_ns(deadline) == 0)
            return fine;
        clock_sleep_until_ns(clock_deadline_ns(50 * NS_PER_MS));
    }
}

static void add_text(cJSON *object, const char *key, const char *text)
{
    cJSON_AddItemToObject(object, key, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static void add_or_null(cJSON *object, const char *key, cJSON *item)
{
    cJSON_AddItemToObject(object, key, item ? item : cJSON_CreateNull());
}

/* `host` is where the program ran. */
static void describe(cJSON *result, const struct observation *seen, const struct lab_host *host)
{
    struct outcome outcome;
    judge_outcome(seen->output, &outcome);
    bool bench = strcmp(json_string(seen->output, "command", ""), "bench") == 0;
    add_text(result, "connection", bench ? NULL : outcome.word);
    add_text(result, "stage", outcome.stage);
    add_text(result, "direction", outcome.direction);
    add_text(result, "code", outcome.code);
    add_text(result, "code_name", outcome.code_name);
    add_text(result, "ntstatus", events_refused_logon(seen->events));
    add_text(result, "mechanism", outcome.mechanism);
    add_text(result, "kind", "simulated"); /* a client that fails early cannot tell; the lab made both hosts */
    add_or_null(result, "seen_by_server",
                cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(seen->output, "seen_by_server"), true));
    add_or_null(result, "seen_by_client", events_callback_caller(seen->events, host->name));
    add_or_null(result, "tcp_opened", seen->tcp_opened < 0 ? NULL : cJSON_CreateNumber((double)seen->tcp_opened));
    cJSON_AddNumberToObject(result, "exit_status", seen->exit_code);
    static const char *const figures[] = { "latency", "scan_levels" };
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        const cJSON *rows = cJSON_GetObjectItemCaseSensitive(seen->output, figures[i]);
        if (rows)
            cJSON_AddItemToObject(result, figures[i], cJSON_Duplicate(rows, true));
    }
}

static void name_files(const struct step_context *context, struct step_files *files)
{
    snprintf(files->output, sizeof(files->output), "%s/step-%d.json", context->lab->output, context->number);
    snprintf(files->errors, sizeof(files->errors), "%s/step-%d.log", context->lab->output, context->number);
    snprintf(files->plot, sizeof(files->plot), "%s/step-%d.svg", context->lab->output, context->number);
}

static void fail(cJSON *result, const char *reason)
{
    add_text(result, "outcome", "error");
    add_text(result, "reason", reason);
}

static void run_program(const struct step_context *context, const cJSON *step, cJSON *result)
{
    struct lab *lab = context->lab;
    const cJSON *expect = cJSON_GetObjectItemCaseSensitive(step, "expect");
    const struct lab_host *host = lab_find_host(lab, json_string(step, "on", "alpha"));
    struct observation seen = { .tcp_opened = -1, .host_names = { lab->hosts[0].name, lab->hosts[1].name } };
    bool count = cJSON_GetObjectItemCaseSensitive(expect, "tcp_connections") != NULL;
    int64_t before = -1, after = -1, since = clock_now_ns();
    struct step_files files;
    struct process process;
    name_files(context, &files);
    bool counted = count && lab_tcp_opened(lab, host, &before) == ERR_OK;
    if (start_program(context, step, &files, &process) != ERR_OK) {
        fail(result, lab->complaint);
        return;
    }
    const cJSON *meanwhile = cJSON_GetObjectItemCaseSensitive(step, "meanwhile");
    struct meanwhile changes = { context, meanwhile ? meanwhile->child : NULL, since, ERR_OK };
    wait_for_program(&process, (int)json_number(step, "timeout_s", STEP_SECONDS), &changes, &seen);
    if (changes.err || changes.next) {
        fail(result, changes.err ? lab->complaint : "the program ended before the event that a change waited for");
        return;
    }
    if (counted && lab_tcp_opened(lab, host, &after) == ERR_OK)
        seen.tcp_opened = after - before;
    cJSON *output = load_output(files.output), *events = NULL, *differences = NULL;
    bool harness = false;
    seen.output = output;
    bool fine = judge_when_settled(context, expect, since, &seen, &events, &differences, &harness);
    add_text(result, "outcome", fine ? "as-expected" : harness ? "error" : "unexpected");
    if (harness) {
        char line[256];
        file_last_line(files.errors, line, sizeof(line));
        add_text(result, "reason", line[0] ? line : "the program gave no answer");
    }
    describe(result, &seen, host);
    cJSON_AddItemToObject(result, "differences", differences);
    cJSON_Delete(events);
    cJSON_Delete(output);
}

/* A step that changes something: it is as expected when the change could be made. */
static void run_change(const struct step_context *context, const cJSON *step, cJSON *result)
{
    if (change_make(context, step))
        fail(result, context->lab->complaint);
    else
        add_text(result, "outcome", "as-expected");
}

cJSON *step_run(const struct step_context *context, const cJSON *step)
{
    cJSON *result = cJSON_CreateObject();
    const char *what = json_string(step, "do", "");
    int64_t start = clock_now_ns();
    cJSON_AddNumberToObject(result, "number", context->number);
    add_text(result, "title", json_string(step, "title", ""));
    add_text(result, "do", what);
    if (strcmp(what, "check") == 0 || strcmp(what, "bench") == 0)
        run_program(context, step, result);
    else
        run_change(context, step, result);
    cJSON_AddNumberToObject(result, "elapsed_ns", (double)(clock_now_ns() - start));
    return result;
}
