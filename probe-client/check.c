#include "probe-client/check.h"

#include <stdio.h>
#include <string.h>

#include "base/interrupt.h"
#include "opcda/codes.h"
#include "opcda/runtime.h"
#include "probe-client/connection.h"
#include "probe-client/exit_code.h"
#include "probe-client/guard.h"
#include "probe-client/kind.h"
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
    struct page out; /* the text report, or the progress of a JSON one */
};

static void print_stage(void *context, const struct stage_result *result)
{
    struct check *k = context;
    /* What was not reached needs no line of its own: the verdict names the stage that failed. */
    if (result->status != OUTCOME_SKIPPED || !stages_first_failure(&k->report.stages))
        report_text_stage(&k->out, &k->report, result);
}

static void describe(struct check *k)
{
    const struct check_options *o = k->options;
    struct check_report *report = &k->report;
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

/* Returns an exit code, or -1 to go on. */
static int prepare_class(struct check *k)
{
    struct connection *c = &k->connection;
    bool found = connect_lookup(c, k->options->class_name);
    if (found && !c->is_our_class && !k->options->may_launch &&
        !guard_may_activate(k->report.progid[0] ? k->report.progid : k->report.clsid,
                            c->host ? c->host : "this computer"))
        return EXIT_USAGE;
    if (!k->options->json) {
        report_text_head(&k->out, &k->report);
        k->report.stages.listener = print_stage;
        k->report.stages.listener_context = k;
    }
    activity_begin(&k->activity, "check", k->report.account, k->report.here, k->report.there, k->report.clsid);
    if (!found)
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

static int run_in_session(struct check *k)
{
    int exit_code = prepare_class(k);
    if (exit_code >= 0)
        return exit_code;
    if (!stages_first_failure(&k->report.stages))
        walk(k);
    exit_code = report(k);
    activity_end(&k->activity, exit_code);
    return exit_code;
}

static int run_connection(struct check *k)
{
    struct connection *c = &k->connection;
    c->report = &k->report;
    c->login = &k->login;
    c->activity = &k->activity;
    c->host = k->options->host;
    c->timeout_ns = k->options->timeout_ns;
    c->data_changes = k->options->data_changes;
    c->progress = &k->out;
    enum err e = connection_init(c);
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
    if (login_init(&k.login, &o->login, complaint) != ERR_OK) {
        fprintf(stderr, "probe-client check: %s\n", complaint);
        return EXIT_USAGE;
    }
    int exit_code = EXIT_HARNESS;
    page_init(&k.out, o->json ? stderr : stdout);
    describe(&k);
    if (activity_open(&k.activity, o->out) == ERR_OK)
        exit_code = run_connection(&k);
    else
        fprintf(stderr, "probe-client check: %s/activity.jsonl cannot be written; is the folder there?\n", o->out);
    login_cleanup(&k.login);
    return exit_code;
}
