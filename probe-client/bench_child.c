#include "probe-client/bench_child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/text.h"
#include "probe-client/bench_internal.h"
#include "probe-client/child.h"

#define PATH_SIZE         1024
#define ARGUMENTS_MAXIMUM 32
/* Connecting, adding items and taking them down, beyond the blocks themselves. */
#define AROUND_NS         (60 * NS_PER_S)
/* What it may take to leave what it has after Ctrl-C. */
#define GRACE_NS          (30 * NS_PER_S)

struct child {
    char program[PATH_SIZE];
    char output[PATH_SIZE]; /* its JSON */
    char errors[PATH_SIZE];
    char items[BENCH_SIZES_MAXIMUM * 12];
    char block[24];
    const char *arguments[ARGUMENTS_MAXIMUM];
    size_t count;
    char *password; /* "OPCPROBE_PASSWORD=...", owned; NULL: none is needed */
};

bool bench_child_needed(const struct bench *b, unsigned level)
{
    const struct bench_result *r = b->result;
    bool failed = false;
    for (unsigned i = 0; i < r->operation_count; i++)
        failed = failed || (r->operations[i].kind == BENCH_REFRESH && r->operations[i].rows[level].code);
    /* Who names the level of the callbacks wants this process's own. */
    return b->options->operations[BENCH_REFRESH] && !b->options->callback_level && !r->same_host && !failed &&
           r->levels[level].obtainable && !bench_result_callbacks_match(r, level) &&
           (r->levels[level].callback_sent == LEVEL_UNKNOWN ||
            r->levels[level].callback_sent == level_on_wire(r->levels[level].asked));
}

/* ---- its command line ---------------------------------------------------------------------------------------- */

static void add(struct child *c, const char *option, const char *value)
{
    c->arguments[c->count++] = option;
    if (value)
        c->arguments[c->count++] = value;
}

static void make_command(struct child *c, const struct bench_options *o, const char *level, int64_t block_ns)
{
    size_t length = 0;
    for (size_t i = 0; i < o->size_count; i++)
        length +=
            (size_t)snprintf(c->items + length, sizeof(c->items) - length, "%s%u", i ? "," : "", (unsigned)o->sizes[i]);
    snprintf(c->block, sizeof(c->block), "%lld", (long long)(block_ns / NS_PER_MS > 0 ? block_ns / NS_PER_MS : 1));
    add(c, c->program, "bench");
    add(c, "--operations", bench_kind_name(BENCH_REFRESH));
    add(c, "--levels", level);
    add(c, "--callback-level", level);
    add(c, "--items", c->items);
    add(c, "--one-round", c->block);
    add(c, "--json", NULL);
    c->count += child_login_arguments(&o->login, c->arguments + c->count);
    if (o->out)
        add(c, "--out", o->out);
    add(c, "--", o->host);
    c->arguments[c->count] = NULL;
}

/* ---- its run ------------------------------------------------------------------------------------------------- */

static struct bench_row *find_row(struct bench *b, unsigned level, const cJSON *row)
{
    for (unsigned i = 0; i < b->result->operation_count; i++) {
        struct bench_operation *o = &b->result->operations[i];
        if (o->kind == BENCH_REFRESH && (double)o->items == json_number(row, "items", -1))
            return &o->rows[level];
    }
    return NULL;
}

static void take_results(struct bench *b, unsigned level, unsigned round, const cJSON *root)
{
    uint8_t sent;
    const char *name = json_string(root, "callback_level_sent", NULL);
    if (name && level_find(name, &sent))
        b->result->levels[level].callback_sent = sent;
    const cJSON *row;
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(root, "failed"))
    {
        uint32_t code;
        struct bench_row *into = find_row(b, level, row);
        if (into && text_parse_code(json_string(row, "code", ""), &code))
            into->code = code;
    }
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(root, "latency"))
    {
        struct bench_row *into = find_row(b, level, row);
        if (!into || histogram_from_json(cJSON_GetObjectItemCaseSensitive(row, "histogram"), &b->block) != ERR_OK)
            continue;
        double cpu_ns = json_number(row, "cpu_ns", 0) * (double)b->block.count;
        bench_row_add(into, round, &b->block, cpu_ns < 1e18 ? (int64_t)cpu_ns : 0);
    }
}

/* One line of what it said, instead of results. */
static void tell_why(const struct child *c, const char *level)
{
    void *text = NULL;
    size_t size = 0;
    bool read = file_read(c->errors, 4096, &text, &size) == ERR_OK;
    fprintf(stderr, "probe-client bench: the process for callbacks at %s left no results%s%.*s\n", level,
            read && size ? ": " : "", read ? (int)strcspn(text, "\r\n") : 0, read ? (const char *)text : "");
    free(text);
}

static enum err run(struct bench *b, struct child *c, unsigned level, unsigned round, int64_t block_ns)
{
    const char *environment[] = { c->password, NULL };
    struct process_options options = {
        .arguments = c->arguments,
        .environment = c->password ? environment : NULL,
        .output_path = c->output,
        .error_path = c->errors,
        .die_with_parent = true,
    };
    struct process p;
    int exit_code;
    struct json_document document;
    char complaint[JSON_COMPLAINT];
    enum err e = process_start(&options, &p);
    if (e == ERR_OK)
        e = child_wait(&p, clock_deadline_ns(block_ns * (int64_t)b->options->size_count + AROUND_NS), GRACE_NS, NULL,
                       NULL, &exit_code);
    if (e == ERR_OK)
        e = json_load(c->output, &document, complaint);
    if (e == ERR_OK) {
        take_results(b, level, round, document.root);
        json_cleanup(&document);
    } else if (!interrupt_requested()) {
        tell_why(c, level_name(b->result->levels[level].asked));
    }
    (void)remove(c->output); /* there is none where the process did not start */
    (void)remove(c->errors);
    return e;
}

void bench_child_run(struct bench *b, unsigned level, unsigned round, int64_t block_ns)
{
    struct child *c = calloc(1, sizeof(*c));
    enum err e = c ? process_program_path(c->program, sizeof(c->program)) : ERR_MEMORY;
    if (e == ERR_OK)
        e = child_name_file(NULL, "bench", c->output, sizeof(c->output));
    if (e == ERR_OK)
        e = child_name_file(NULL, "bench-errors", c->errors, sizeof(c->errors));
    if (e == ERR_OK)
        e = child_password(&b->options->login, &b->login, &c->password);
    if (e == ERR_OK) {
        make_command(c, b->options, level_name(b->result->levels[level].asked), block_ns);
        e = run(b, c, level, round, block_ns);
    }
    if (c)
        child_password_cleanup(c->password);
    free(c);
    struct bench_result *r = b->result;
    for (unsigned i = 0; e != ERR_OK && !interrupt_requested() && i < r->operation_count; i++)
        if (r->operations[i].kind == BENCH_REFRESH)
            r->operations[i].rows[level].code = (uint32_t)E_FAIL;
}
