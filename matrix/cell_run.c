#include "matrix/cell_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/folder.h"
#include "base/interrupt.h"
#include "base/process.h"
#include "base/secret.h"
#include "matrix/host_folder.h"
#include "matrix/step.h"

#define COPY_NS (5 * NS_PER_S)

/* What an entry tells of the step that the cell is about. */
static const char *const texts[] = { "connection", "stage",    "direction", "code",
                                     "code_name",  "ntstatus", "mechanism", "kind" };
static const char *const callers[] = { "seen_by_server", "seen_by_client" };
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static cJSON *new_entry(const struct cell *cell)
{
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "scenario", cell->scenario->name);
    cJSON_AddStringToObject(entry, "title", cell->scenario->title);
    cJSON_AddStringToObject(entry, "level", level_name(cell->level));
    return entry;
}

cJSON *cell_not_run(const struct cell *cell, const char *outcome, const char *reason)
{
    cJSON *entry = new_entry(cell);
    cJSON_AddStringToObject(entry, "outcome", outcome);
    cJSON_AddStringToObject(entry, "reason", reason);
    for (size_t i = 0; i < COUNT(texts); i++)
        cJSON_AddNullToObject(entry, texts[i]);
    for (size_t i = 0; i < COUNT(callers); i++)
        cJSON_AddNullToObject(entry, callers[i]);
    cJSON_AddArrayToObject(entry, "steps");
    return entry;
}

/* The worst of the steps: an unexpected outcome says more than a harness that failed, and both more than success. */
static const char *worst_outcome(const cJSON *steps)
{
    const char *worst = "as-expected";
    const cJSON *step;
    cJSON_ArrayForEach(step, steps)
    {
        const char *outcome = json_string(step, "outcome", "error");
        if (strcmp(outcome, "unexpected") == 0)
            return outcome;
        if (strcmp(outcome, "error") == 0)
            worst = outcome;
    }
    return worst;
}

static const cJSON *subject_step(const struct scenario *scenario, const cJSON *steps)
{
    const cJSON *step, *first = NULL, *to_fail = NULL;
    cJSON_ArrayForEach(step, steps)
    {
        if (strcmp(json_string(step, "outcome", ""), "as-expected") != 0)
            return step;
        const cJSON *plan = cJSON_GetArrayItem(scenario_steps(scenario), (int)json_number(step, "number", 0) - 1);
        const cJSON *expect = cJSON_GetObjectItemCaseSensitive(plan, "expect");
        if (expect && !first)
            first = step;
        if (!to_fail && strcmp(json_string(expect, "outcome", ""), "failed") == 0)
            to_fail = step;
    }
    return to_fail ? to_fail : first;
}

void cell_conclude(cJSON *entry, const struct scenario *scenario, cJSON *steps)
{
    const cJSON *subject = subject_step(scenario, steps);
    cJSON_AddStringToObject(entry, "outcome", worst_outcome(steps));
    const char *reason = json_string(subject, "reason", NULL);
    cJSON_AddItemToObject(entry, "reason", reason ? cJSON_CreateString(reason) : cJSON_CreateNull());
    for (size_t i = 0; i < COUNT(texts); i++) {
        const char *text = json_string(subject, texts[i], NULL);
        cJSON_AddItemToObject(entry, texts[i], text ? cJSON_CreateString(text) : cJSON_CreateNull());
    }
    for (size_t i = 0; i < COUNT(callers); i++) {
        const cJSON *seen = cJSON_GetObjectItemCaseSensitive(subject, callers[i]);
        cJSON_AddItemToObject(entry, callers[i],
                              cJSON_IsObject(seen) ? cJSON_Duplicate(seen, true) : cJSON_CreateNull());
    }
    cJSON_AddItemToObject(entry, "steps", steps);
}

static enum err load_secrets(const char *path, struct secrets *secrets, char *complaint)
{
    struct json_document document = { 0 };
    if (!path)
        return ERR_OK;
    enum err e = json_load(path, &document, complaint);
    cJSON *secret;
    cJSON_ArrayForEach(secret, document.root)
    {
        char *value = cJSON_GetStringValue(secret);
        if (!e)
            e = value ? secrets_set(secrets, secret->string, value) : ERR_PROTOCOL;
        if (value)
            secret_zero(value, strlen(value));
    }
    if (document.text)
        secret_zero(document.text, strlen(document.text));
    json_cleanup(&document);
    return e;
}

/* For who wants to set the case up again by hand; accounts.json stays out, it holds what passwords can be
 * guessed from. */
static enum err keep_host(struct lab *lab, const struct lab_host *host)
{
    char description[96], registry[96], target[LAB_PATH + 24];
    snprintf(description, sizeof(description), "%s/host.json", host->folder);
    snprintf(registry, sizeof(registry), "%s/registry.reg", host->folder);
    snprintf(target, sizeof(target), "%s/%s", lab->output, host->name);
    const char *const arguments[] = { "cp", "--", description, registry, target, NULL };
    enum err e = folder_create(target);
    return e ? e : command_run(arguments, NULL, clock_deadline_ns(COPY_NS), lab->complaint);
}

static enum err set_up(struct lab *lab, const struct cell *cell, const struct cell_run_options *options,
                       struct secrets *secrets)
{
    enum err e = cell->scenario->one_processor ? process_stay_on_one_processor() : ERR_OK;
    if (!e)
        e = lab_open(lab, options->lab, options->number, options->programs, options->output);
    if (!e)
        e = load_secrets(options->secrets, secrets, lab->complaint);
    for (int i = 0; i < LAB_HOSTS && !e; i++)
        e = host_folder_write(lab, &lab->hosts[i], scenario_host(cell->scenario, lab->hosts[i].key), cell->level,
                              secrets);
    for (int i = 0; i < LAB_HOSTS && !e && options->keep; i++)
        e = keep_host(lab, &lab->hosts[i]);
    for (int i = 0; i < LAB_HOSTS && !e; i++)
        e = lab_start_host(lab, &lab->hosts[i]);
    if (!e && options->capture)
        e = lab_start_capture(lab);
    const cJSON *faults = cJSON_GetObjectItemCaseSensitive(cell->scenario->document.root, "faults");
    if (!e && faults)
        e = lab_set_faults(lab, faults);
    return e;
}

static void run_steps(struct lab *lab, const struct cell *cell, struct secrets *secrets, cJSON *steps)
{
    struct step_context context = { lab, secrets, cell->level, 0 };
    const cJSON *step;
    cJSON_ArrayForEach(step, scenario_steps(cell->scenario))
    {
        context.number++;
        if (!scenario_step_applies(step, cell->level) || interrupt_requested())
            continue;
        cJSON_AddItemToArray(steps, step_run(&context, step));
    }
}

/* Where a figure was taken belongs to the figure. */
static void mark_figures(cJSON *steps, bool one_processor)
{
    cJSON *step, *row;
    cJSON_ArrayForEach(step, steps)
    {
        cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(step, "latency"))
        {
            cJSON_AddBoolToObject(row, "one_processor", one_processor);
        }
    }
}

cJSON *cell_run(const struct cell *cell, const struct cell_run_options *options)
{
    struct lab lab = { .kind = options->lab };
    struct secrets secrets = { .count = 0 };
    int64_t start = clock_now_ns();
    cJSON *entry;
    enum err e = set_up(&lab, cell, options, &secrets);
    if (e) {
        char reason[COMMAND_COMPLAINT];
        snprintf(reason, sizeof(reason), "%s", lab.complaint[0] ? lab.complaint : err_text(e));
        (void)lab_close(&lab);
        entry = cell_not_run(cell, "error", reason);
    } else {
        cJSON *steps = cJSON_CreateArray();
        run_steps(&lab, cell, &secrets, steps);
        mark_figures(steps, cell->scenario->one_processor);
        entry = new_entry(cell);
        e = lab_close(&lab);
        cell_conclude(entry, cell->scenario, steps);
        if (e || interrupt_requested()) {
            cJSON_ReplaceItemInObject(entry, "outcome", cJSON_CreateString("error"));
            cJSON_ReplaceItemInObject(entry, "reason", cJSON_CreateString(e ? lab.complaint : "interrupted"));
        }
    }
    secrets_cleanup(&secrets);
    cJSON_AddNumberToObject(entry, "elapsed_ns", (double)(clock_now_ns() - start));
    return entry;
}
