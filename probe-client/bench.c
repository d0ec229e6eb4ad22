#include "probe-client/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "opcda/codes.h"
#include "opcda/identity.h"
#include "opcda/runtime.h"
#include "probe-client/bench_internal.h"
#include "probe-client/bench_plan.h"
#include "probe-client/bench_plot.h"
#include "probe-client/bulk_items.h"
#include "probe-client/exit_code.h"
#include "probe-client/kind.h"
#include "probe-client/lookup.h"
#include "probe-client/report_json.h"
#include "probe-client/report_text.h"
#include "probe-client/scan_block.h"
#include "probe-client/scan_run.h"
#include "probe-client/session.h"
#include "probe-client/this_host.h"

/* The connection is made at the highest of the levels that are compared, so that every one of them can be had if
 * the server allows it; resolver and activation are not measured. */
static uint8_t highest_level(const struct bench_options *o)
{
    uint8_t highest = LEVEL_NONE;
    for (size_t i = 0; i < o->level_count; i++)
        if (o->levels[i] > highest)
            highest = o->levels[i];
    return highest;
}

static void describe(struct bench *b)
{
    struct check_report *report = &b->report;
    uint8_t level = highest_level(b->options);
    this_host_name(report->here, sizeof(report->here));
    snprintf(report->there, sizeof(report->there), "%.255s", b->options->host ? b->options->host : ".");
    snprintf(report->account, sizeof(report->account), "%s", b->login.display);
    uint8_t callback = b->options->callback_level ? b->options->callback_level : level;
    report->asked = (struct levels){ level, level, callback };
    b->result->callback_asked = callback;
    report->mechanism = b->login.mechanism;
    report->runtime = runtime_name();
    report->kind = KIND_UNKNOWN;
    stages_init(&report->stages, report->here, b->options->host ? report->there : report->here);
}

/* A connection that fails is explained as `check` would; there is nothing to measure then. */
static int explain_failure(struct bench *b)
{
    struct verdict verdict;
    kind_decide(&b->report);
    verdict_make(&b->report, &verdict);
    for (int i = 0; i < STAGE_COUNT; i++)
        if (b->report.stages.results[i].status == OUTCOME_FAILED)
            report_text_stage(&b->progress, &b->report, &b->report.stages.results[i]);
    report_text_verdict(&b->progress, &b->report, &verdict);
    return EXIT_UNEXPECTED;
}

static bool connect_to_ours(struct bench *b)
{
    struct connection *c = &b->connection;
    if (!lookup_class(c, NULL, false))
        return false;
    activity_begin(&b->activity, "bench", b->report.account, b->report.here, b->report.there, b->report.clsid);
    if (!connect_activate(c) || !connect_query(c) || !calls_status(c) || !calls_group(c, NULL, 0))
        return false;
    calls_read(c);
    return stages_first_failure(&b->report.stages) == NULL;
}

/* The figures are told before, so that a plot that cannot be written costs nothing else. */
static bool write_plot(const struct bench *b)
{
    const char *path = b->options->svg;
    enum err e = path ? bench_plot(b->result, path) : ERR_OK;
    if (e)
        fprintf(stderr, "probe-client bench: the plot cannot be written to %s: %s\n", path, err_text(e));
    return !e;
}

static int print_result(struct bench *b)
{
    struct bench_result *r = b->result;
    memcpy(r->here, b->report.here, sizeof(r->here));
    memcpy(r->there, b->report.there, sizeof(r->there));
    memcpy(r->account, b->report.seen.account[0] ? b->report.seen.account : b->report.account, sizeof(r->account));
    memcpy(r->server, b->report.server, sizeof(r->server));
    kind_decide(&b->report);
    r->kind = b->report.kind;
    r->runtime = b->report.runtime;
    memcpy(r->server_runtime, b->report.seen.runtime, sizeof(r->server_runtime));
    r->one_machine = r->same_host || strncmp(b->address, "127.", 4) == 0 || strcmp(b->address, "::1") == 0;
    r->mechanism = b->report.seen.known ? b->report.seen.mechanism : b->report.mechanism;
    if (!b->options->json)
        bench_result_text(&b->out, r);
    bool written = !b->options->json || report_json_print(bench_result_json(r), stdout);
    if (!written || ferror(stdout)) {
        fputs(
            "probe-client bench: the results cannot be written where the output goes (a full disk?); here they are:\n",
            stderr);
        bench_result_text(&b->progress, r);
        return EXIT_HARNESS;
    }
    if (!write_plot(b))
        return EXIT_HARNESS;
    if (r->lost_code)
        return EXIT_UNEXPECTED;
    for (unsigned i = 0; i < r->level_count; i++)
        if (r->levels[i].obtainable)
            return EXIT_AS_EXPECTED;
    return EXIT_UNEXPECTED;
}

static int measure(struct bench *b)
{
    const char *what;
    HRESULT hr = bench_setup(b, &what);
    if (FAILED(hr)) {
        fprintf(stderr, "probe-client bench: %s of the test server cannot be had: 0x%08X %s\n", what, (unsigned)hr,
                code_name((uint32_t)hr));
        bench_teardown(b);
        return EXIT_UNEXPECTED;
    }
    bench_measure_sizes(b);
    bench_startup(b);
    observe_stop();
    bench_measure(b);
    bench_teardown(b);
    return print_result(b);
}

#define FLOOR_EXCHANGES 200
#define FLOOR_TIME_NS   (100 * NS_PER_MS) /* of one class */

/* The same number of bytes as the answer of each class, over bare TCP between the same two processes. */
static void scan_floor(struct bench *b, const struct scan_classes *classes, struct scan_outcome *out)
{
    static char port[] = OPCPROBE_ITEM_FLOOR_PORT;
    struct connection *c = &b->connection;
    char *const names[] = { port };
    OPCHANDLE item;
    connection_begin(c, STAGE_READ, true);
    if (SUCCEEDED(bulk_items_add_named(c->items, c->activity, names, 1, &item)))
        bench_open_floor(b, c->sync, item);
    for (unsigned i = 0; b->result->has_floor && i < classes->count; i++) {
        struct bench_sizes sizes =
            bench_plan_sizes(classes->list[i].mode == SCAN_SYNC ? BENCH_READ : BENCH_REFRESH, classes->list[i].items);
        int64_t deadline_ns = clock_deadline_ns(FLOOR_TIME_NS);
        histogram_reset(&b->block);
        for (unsigned k = 0; k < FLOOR_EXCHANGES && clock_left_ns(deadline_ns) > 0; k++) {
            int64_t begun_ns = clock_now_ns();
            if (bench_floor_exchange(&b->floor, sizes.request_bytes, sizes.reply_bytes, clock_deadline_ns(NS_PER_S)) !=
                ERR_OK)
                break;
            histogram_add(&b->block, clock_now_ns() - begun_ns);
        }
        out->floor_ns[i] = histogram_percentile_ns(&b->block, 500000);
    }
    bench_floor_close(&b->floor);
    (void)connection_end(c, S_OK);
}

/* One block of scans, at the one level of this process. Its outcome goes to the process that compares, also when there
 * was no connection. */
static int scan_block(struct bench *b, bool connected)
{
    const struct scan_options *o = &b->options->scan;
    const struct connection *c = &b->connection;
    struct scan_outcome *out = calloc(1, sizeof(*out));
    if (!out)
        return EXIT_HARNESS;
    kind_decide(&b->report);
    out->connected = connected;
    out->ours = c->is_ours;
    out->same_host = c->same_host;
    out->sent = b->report.seen.level;
    snprintf(out->here, sizeof(out->here), "%s", b->report.here);
    snprintf(out->there, sizeof(out->there), "%s", b->report.there);
    snprintf(out->server, sizeof(out->server), "%s", b->report.server);
    snprintf(out->kind, sizeof(out->kind), "%s", b->report.kind);
    snprintf(out->runtime, sizeof(out->runtime), "%s", b->report.runtime);
    const char *mechanism = mechanism_name(b->report.seen.mechanism);
    snprintf(out->mechanism, sizeof(out->mechanism), "%s", mechanism ? mechanism : "none");
    if (connected && c->is_ours) {
        struct scan_block block = { &o->classes, &o->thresholds.limits, o->warm_up_ns, o->block_ns };
        observe_stop();
        b->connection.progress = NULL; /* who started this process shows it */
        scan_block_run(&block, &b->connection, out);
        if (out->whole)
            scan_floor(b, &o->classes, out);
    } else if (!connected) {
        const struct stage_result *failed = stages_first_failure(&b->report.stages);
        out->code = failed ? failed->code : 0;
        snprintf(out->failed, sizeof(out->failed), "%s", failed ? stage_name(failed->stage) : "");
    }
    cJSON *json = scan_outcome_to_json(out);
    enum err e = json_save_private(o->block, json);
    if (e)
        fprintf(stderr, "probe-client bench: the block's results cannot be written to %s: %s\n", o->block, err_text(e));
    cJSON_Delete(json);
    free(out);
    return e ? EXIT_HARNESS : EXIT_AS_EXPECTED;
}

static int run_in_session(struct bench *b)
{
    struct connection *c = &b->connection;
    int exit_code;
    bool connected = connect_to_ours(b);
    b->result->same_host = c->same_host;
    if (b->options->scan.block) {
        exit_code = scan_block(b, connected);
    } else if (connected && !c->is_ours) {
        fputs("probe-client bench: this server did not prove to be the opcprobe test server of this run; a plant's "
              "server is not put under load\n",
              stderr);
        exit_code = EXIT_UNEXPECTED;
    } else {
        exit_code = connected ? measure(b) : explain_failure(b);
    }
    teardown(c);
    activity_end(&b->activity, exit_code);
    return exit_code;
}

static int run_connection(struct bench *b)
{
    struct connection *c = &b->connection;
    c->report = &b->report;
    c->login = &b->login;
    c->activity = &b->activity;
    c->host = b->options->host;
    c->progress = &b->progress;
    enum err e = connection_init(c);
    if (e == ERR_OK)
        e = interrupt_catch();
    if (e != ERR_OK) {
        fprintf(stderr, "probe-client bench: %s\n", err_text(e));
        connection_cleanup(c);
        return EXIT_HARNESS;
    }
    c->watched = observe_start();
    int exit_code = EXIT_HARNESS;
    HRESULT hr = session_start(b->report.asked.callback);
    if (FAILED(hr)) {
        fprintf(stderr, "probe-client bench: COM cannot be initialised: 0x%08X %s\n", (unsigned)hr,
                code_name((uint32_t)hr));
    } else {
        exit_code = run_in_session(b);
        if (!c->abandoned)
            session_end();
    }
    observe_stop();
    connection_cleanup(c);
    return exit_code;
}

int bench_run(const struct bench_options *o)
{
    if (bench_is_scan(o) && !o->scan.block)
        return scan_run(o);
    struct bench b = { .options = o };
    char complaint[COMPLAINT];
    b.result = calloc(1, sizeof(*b.result));
    if (!b.result) {
        fputs("probe-client bench: out of memory\n", stderr);
        return EXIT_HARNESS;
    }
    b.result->duration_ns = o->duration_ns;
    int exit_code = EXIT_USAGE;
    if (login_init(&b.login, &o->login, complaint) != ERR_OK) {
        fprintf(stderr, "probe-client bench: %s\n", complaint);
    } else if (activity_open(&b.activity, o->out) != ERR_OK) {
        fprintf(stderr, "probe-client bench: %s/activity.jsonl cannot be written; is the folder there?\n", o->out);
    } else {
        page_init(&b.out, stdout);
        page_init(&b.progress, stderr);
        describe(&b);
        exit_code = run_connection(&b);
    }
    login_cleanup(&b.login);
    free(b.result);
    return exit_code;
}
