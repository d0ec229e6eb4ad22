#include "probe-client/scan_child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/process.h"
#include "probe-client/child.h"
#include "probe-client/exit_code.h"
#include "probe-client/login.h"

/* Connecting, AddItems of large classes and tidying up, beyond the block itself. */
#define AROUND_NS       (120 * NS_PER_S)
#define FIXED_ARGUMENTS 40

/* ---- what all of them share ---------------------------------------------------------------------------------- */

static int complain(const char *what, enum err e)
{
    fprintf(stderr, "probe-client bench: %s: %s\n", what, err_text(e));
    return EXIT_HARNESS;
}

static int take_password(struct scan_child *c)
{
    const struct login_options *o = &c->options->login;
    char complaint[COMPLAINT];
    if (!o->account || o->password_file)
        return EXIT_AS_EXPECTED;
    struct login login = { 0 };
    if (login_init(&login, o, complaint) != ERR_OK) {
        fprintf(stderr, "probe-client bench: %s\n", complaint);
        login_cleanup(&login);
        return EXIT_USAGE;
    }
    enum err e = child_password(o, &login, &c->password);
    login_cleanup(&login);
    return e ? complain("the password", e) : EXIT_AS_EXPECTED;
}

int scan_child_init(struct scan_child *c, const struct bench_options *options, int64_t whole_ns)
{
    *c = (struct scan_child){ .options = options, .whole_ns = whole_ns, .begun_ns = clock_now_ns() };
    page_init(&c->progress, stderr);
    enum err e = process_program_path(c->program, sizeof(c->program));
    if (e == ERR_OK)
        e = child_name_file(c->options->out, "scan", c->file, sizeof(c->file));
    if (e == ERR_OK)
        e = interrupt_catch();
    return e ? complain("the processes of the blocks cannot be prepared", e) : take_password(c);
}

void scan_child_cleanup(struct scan_child *c)
{
    child_password_cleanup(c->password);
    c->password = NULL;
}

/* ---- one of them --------------------------------------------------------------------------------------------- */

struct command {
    const char *arguments[FIXED_ARGUMENTS + 2 * SCAN_CLASSES_MAXIMUM];
    size_t count;
    char classes[SCAN_CLASSES_MAXIMUM][SCAN_CLASS_TEXT];
    char warm_up[32], block[32], advise_items[16], late[24], missed[32];
};

static void add(struct command *k, const char *option, const char *value)
{
    k->arguments[k->count++] = option;
    if (value)
        k->arguments[k->count++] = value;
}

static void make_command(const struct scan_child *c, const struct scan_classes *classes, uint8_t level,
                         int64_t warm_up_ns, int64_t block_ns, struct command *k)
{
    const struct bench_options *o = c->options;
    const struct scan_limits *limits = &o->scan.thresholds.limits;
    k->count = 0;
    add(k, c->program, "bench");
    add(k, "--levels", level_name(level));
    add(k, "--scan-block", c->file);
    snprintf(k->warm_up, sizeof(k->warm_up), "%lldms", (long long)(warm_up_ns / NS_PER_MS));
    snprintf(k->block, sizeof(k->block), "%lldms", (long long)(block_ns / NS_PER_MS));
    snprintf(k->advise_items, sizeof(k->advise_items), "%u", (unsigned)classes->advise_items);
    snprintf(k->late, sizeof(k->late), "late=%u", (unsigned)limits->late_percent);
    snprintf(k->missed, sizeof(k->missed), "missed=%lld", (long long)(limits->missed_ns / NS_PER_S));
    add(k, "--scan-warm-up", k->warm_up);
    add(k, "--scan-time", k->block);
    add(k, "--advise-items", k->advise_items);
    add(k, "--threshold", k->late);
    add(k, "--threshold", k->missed);
    for (unsigned i = 0; i < classes->count; i++) {
        scan_class_text(&classes->list[i], k->classes[i]);
        add(k, "--scan-class", k->classes[i]);
    }
    k->count += child_login_arguments(&o->login, k->arguments + k->count);
    if (o->out)
        add(k, "--out", o->out);
    if (o->host)
        add(k, "--", o->host);
    k->arguments[k->count] = NULL;
}

struct watched {
    const struct scan_child *child;
    const char *what;
};

static void show_progress(const void *context)
{
    const struct watched *w = context;
    const struct scan_child *c = w->child;
    char left[SCAN_TIME_TEXT];
    if (!c->progress.live)
        return;
    int64_t left_ns = c->begun_ns + c->whole_ns - clock_now_ns();
    scan_time_text(left_ns > 0 ? left_ns / NS_PER_S * NS_PER_S : 0, left);
    fprintf(c->progress.file, "\rmeasuring: %s, %s left\033[K", w->what, left);
    fflush(c->progress.file);
}

static enum err wait_for_child(const struct scan_child *c, struct process *p, int64_t deadline_ns, const char *what,
                               int *exit_code)
{
    struct watched watched = { c, what };
    enum err e = child_wait(p, deadline_ns, AROUND_NS / 4, show_progress, &watched, exit_code);
    if (c->progress.live)
        fputs("\r\033[K", c->progress.file);
    return e;
}

static enum err take_outcome(const struct scan_child *c, struct scan_outcome *out)
{
    struct json_document d;
    char complaint[JSON_COMPLAINT];
    enum err e = json_load(c->file, &d, complaint);
    if (e)
        return e;
    e = scan_outcome_from_json(d.root, out);
    json_cleanup(&d);
    return e;
}

enum err scan_child_run(struct scan_child *c, const struct scan_classes *classes, uint8_t level, int64_t warm_up_ns,
                        int64_t block_ns, const char *what, struct scan_outcome *out)
{
    struct command *k = calloc(1, sizeof(*k));
    const char *environment[] = { c->password, NULL };
    struct process p;
    int exit_code = EXIT_HARNESS;
    memset(out, 0, sizeof(*out));
    if (!k)
        return ERR_MEMORY;
    make_command(c, classes, level, warm_up_ns, block_ns, k);
    /* What it would print is said by the comparison; only what went wrong with the block itself shows. */
    struct process_options options = { .arguments = k->arguments,
                                       .environment = c->password ? environment : NULL,
                                       .die_with_parent = true };
    enum err e = process_start(&options, &p);
    if (e == ERR_OK)
        e = wait_for_child(c, &p, clock_deadline_ns(block_ns + AROUND_NS), what, &exit_code);
    if (e == ERR_OK)
        e = take_outcome(c, out);
    (void)remove(c->file); /* not there: it was said above */
    free(k);
    if (e == ERR_OK)
        return ERR_OK;
    if (interrupt_requested())
        return ERR_CANCELLED;
    fprintf(stderr, "probe-client bench: %s left no results (exit status %d, %s)\n", what, exit_code, err_text(e));
    return e;
}
