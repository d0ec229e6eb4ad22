#include "probe-client/check.h"

#include <stdio.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/terminal.h"
#include "opcda/codes.h"
#include "opcda/identity.h"
#include "opcda/runtime.h"
#include "probe-client/again.h"
#include "probe-client/connection.h"
#include "probe-client/exit_code.h"
#include "probe-client/guard.h"
#include "probe-client/kind.h"
#include "probe-client/lookup.h"
#include "probe-client/report_json.h"
#include "probe-client/report_text.h"
#include "probe-client/session.h"
#include "probe-client/this_host.h"

/* What is read and subscribed when no item is named: always present in the test server's own address space. */
#define DEFAULT_ITEM "Random.Int4"

struct check {
    const struct check_options *options;
    struct check_report report;
    struct login login;
    struct activity activity;
    struct connection connection;
    struct page out;
    struct page progress;   /* the stage that runs, for who watches */
    bool may_ask_opcenum;   /* the user agreed, for all tries */
    enum stage shown_first; /* a try after the first shows what passed before only if it fails now */
};

static void print_stage(void *context, const struct stage_result *result)
{
    struct check *k = context;
    /* What was not reached needs no line of its own: the verdict names the stage that failed. */
    if (result->status == OUTCOME_SKIPPED && stages_first_failure(&k->report.stages))
        return;
    if (result->stage >= k->shown_first || result->status == OUTCOME_FAILED)
        report_text_stage(&k->out, &k->report, result);
}

static void describe(struct check *k)
{
    const struct check_options *o = k->options;
    struct check_report *report = &k->report;
    memset(report, 0, sizeof(*report));
    char here[STAGE_HOST];
    this_host_name(here, sizeof(here));
    const char *there = o->host ? o->host : ".";
    snprintf(report->here, sizeof(report->here), "%s", here);
    snprintf(report->there, sizeof(report->there), "%.255s", there);
    snprintf(report->account, sizeof(report->account), "%s", k->login.display);
    report->anonymous = o->login.anonymous;
    report->asked = o->levels;
    report->mechanism = k->login.mechanism;
    report->runtime = runtime_name();
    report->kind = KIND_UNKNOWN;
    stages_init(&report->stages, here, o->host ? there : here);
}

/* The stages behind the first interface. */
static void walk_calls(struct check *k)
{
    struct connection *c = &k->connection;
    static const char *const default_items[] = { DEFAULT_ITEM };
    const char *const *items = k->options->items;
    size_t count = k->options->item_count;
    if (count == 0 && c->is_our_class) {
        items = default_items;
        count = 1;
    }
    if (!calls_status(c) || !calls_group(c, items, count))
        return;
    calls_read(c);
    if (!interrupt_requested() && callback_advise(c))
        callback_data(c);
}

static void walk(struct check *k)
{
    struct connection *c = &k->connection;
    if (connect_activate(c) && connect_query(c))
        walk_calls(k);
    stages_skip(&k->report.stages, STAGE_NAME, STAGE_TEARDOWN, "not reached");
    teardown(c);
}

static bool is_allowed(const struct check *k, const char *class_name)
{
    const struct guard_request request = {
        .class_name = class_name,
        .host = k->options->host ? k->options->host : "this computer",
        .account = k->options->login.account ? k->login.display : NULL,
        .may_launch = k->options->may_launch,
        .may_fail_logon = k->options->may_fail_logon,
    };
    return guard_allows(&request);
}

/* OPCEnum is nobody's test server. A class that is known without it is no reason to ask the user for leave. */
static bool may_ask_opcenum(const struct check *k)
{
    const struct check_options *o = k->options;
    bool agreed = o->may_launch && (!o->login.account || o->may_fail_logon);
    return lookup_asks_opcenum(o->class_name, o->host) &&
           (agreed || (!lookup_is_ours(o->class_name) && is_allowed(k, OPCENUM_PROGID " (OPCEnum)")));
}

/* Returns an exit code, or -1 to go on. */
static int prepare_class(struct check *k, bool *found)
{
    const struct connection *c = &k->connection;
    bool first = k->shown_first == STAGE_NAME;
    if (first)
        k->may_ask_opcenum = may_ask_opcenum(k);
    *found = lookup_class(&k->connection, k->options->class_name, k->may_ask_opcenum);
    if (*found && first && !c->is_our_class && !is_allowed(k, k->report.progid[0] ? k->report.progid : k->report.clsid))
        return EXIT_USAGE;
    if (!k->options->json) {
        if (first)
            report_text_head(&k->out, &k->report);
        stages_listen(&k->report.stages, print_stage, k);
    }
    if (first)
        activity_begin(&k->activity, "check", k->report.account, k->report.here, k->report.there, k->report.clsid);
    if (!*found)
        stages_skip(&k->report.stages, STAGE_NAME, STAGE_COUNT, "not reached: there is no class to activate");
    return -1;
}

static int report(struct check *k)
{
    if (k->connection.watched) {
        struct observed_totals totals = observe_totals();
        k->report.counted = true;
        k->report.tcp_connections = totals.tcp_connections;
        k->report.local_connections = totals.local_connections;
    }
    kind_decide(&k->report);
    skew_find(&k->report);
    struct verdict verdict;
    verdict_make(&k->report, &verdict);
    if (!k->options->json)
        report_text_verdict(&k->out, &k->report, &verdict);
    else if (!report_json_print(report_json(&k->report, &verdict), stdout))
        return EXIT_HARNESS;
    return verdict.connected ? EXIT_AS_EXPECTED : EXIT_UNEXPECTED;
}

static int run_try(struct check *k)
{
    bool found;
    int exit_code = prepare_class(k, &found);
    if (exit_code >= 0)
        return exit_code;
    if (found)
        walk(k);
    return report(k);
}

static enum err prepare_connection(struct check *k)
{
    struct connection *c = &k->connection;
    memset(c, 0, sizeof(*c));
    c->report = &k->report;
    c->login = &k->login;
    c->activity = &k->activity;
    c->host = k->options->host;
    c->timeout_ns = k->options->timeout_ns;
    c->deadlines_ns = k->options->deadlines_ns;
    c->data_changes = k->options->data_changes;
    c->progress = &k->progress;
    return connection_init(c);
}

/* A try after the first begins from nothing, because settings act on new connections and a dead one is of no use; it
 * only tells what is new. */
static enum err begin_again(struct check *k)
{
    k->shown_first = stages_first_failure(&k->report.stages)->stage;
    bool watched = k->connection.watched;
    connection_cleanup(&k->connection);
    observe_forget();
    describe(k);
    enum err e = prepare_connection(k);
    k->connection.watched = watched;
    fputc('\n', k->out.file);
    return e;
}

static int run_in_session(struct check *k)
{
    int exit_code = run_try(k);
    while (exit_code == EXIT_UNEXPECTED && !k->connection.abandoned && again_wanted(k->options, &k->report)) {
        enum err e = begin_again(k);
        if (e != ERR_OK) {
            fprintf(stderr, "probe-client check: %s\n", err_text(e));
            return EXIT_HARNESS;
        }
        exit_code = run_try(k);
    }
    return exit_code;
}

static int run_connection(struct check *k)
{
    struct connection *c = &k->connection;
    enum err e = prepare_connection(k);
    if (e == ERR_OK)
        e = interrupt_catch();
    if (e != ERR_OK) {
        fprintf(stderr, "probe-client check: %s\n", err_text(e));
        connection_cleanup(c);
        return EXIT_HARNESS;
    }
    c->watched = observe_start();
    int exit_code = EXIT_HARNESS;
    HRESULT hr = session_start(k->options->levels.callback);
    if (FAILED(hr)) {
        fprintf(stderr, "probe-client check: COM cannot be initialised: 0x%08X %s\n", (unsigned)hr,
                code_name((uint32_t)hr));
    } else {
        exit_code = run_in_session(k);
        activity_end(&k->activity, exit_code);
        /* A thread that is lost inside COM would make this wait for ever; the process ends now anyway. */
        if (!c->abandoned)
            session_end();
    }
    observe_stop();
    connection_cleanup(c);
    return exit_code;
}

int check_run(const struct check_options *o)
{
    struct check k = { .options = o };
    char complaint[COMPLAINT];
    if (o->again && !terminal_is(TERMINAL_INPUT)) {
        fputs("probe-client check: --again waits for Enter, which needs a terminal; --again-every repeats by itself\n",
              stderr);
        return EXIT_USAGE;
    }
    if (login_init(&k.login, &o->login, complaint) != ERR_OK) {
        fprintf(stderr, "probe-client check: %s\n", complaint);
        return EXIT_USAGE;
    }
    int exit_code = EXIT_HARNESS;
    page_init(&k.out, stdout);
    page_init(&k.progress, stderr);
    describe(&k);
    if (activity_open(&k.activity, o->out) == ERR_OK)
        exit_code = run_connection(&k);
    else
        fprintf(stderr, "probe-client check: %s/activity.jsonl cannot be written; is the folder there?\n", o->out);
    login_cleanup(&k.login);
    return exit_code;
}
