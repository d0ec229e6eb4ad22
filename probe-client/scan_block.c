#include "probe-client/scan_block.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "probe-client/scan_advise.h"
#include "probe-client/scan_group.h"
#include "probe-client/session.h"

/* A scan that takes longer than this beyond its period is given up; so is the block then. */
#define PATIENCE_NS      (15 * NS_PER_S)
#define FAILURES_MAXIMUM 3 /* in a row: the server stays away */
#define SPARE_ARRIVALS   16
#define SLICE_NS         (200 * NS_PER_MS) /* how soon a sleeping class notices Ctrl-C */
#define OWN_ROUNDS       10000

/* One class while it runs. */
struct runner {
    const struct scan_block *block;
    const struct scan_class *class;
    struct scan_figures *figures;
    struct scan_group *groups; /* owned */
    unsigned group_count;
    struct watchdog *watchdog;
    struct thread thread;
    bool started;
    int64_t base_ns; /* of the block: all classes count from it */
    uint64_t asked;
    HRESULT hr;        /* that ended it early */
    atomic_bool *over; /* for all classes: one of them lost the server */
};

/* ---- one class ----------------------------------------------------------------------------------------------- */

static int64_t due_ns(const struct runner *r, uint64_t scan)
{
    return r->base_ns + r->class->offset_ns + (int64_t)scan * r->class->period_ns;
}

/* False when the block is over before, or by Ctrl-C. */
static bool wait_until(const struct runner *r, int64_t when_ns)
{
    if (when_ns >= r->base_ns + r->block->block_ns)
        return false;
    while (!interrupt_requested() && !atomic_load(r->over) && clock_now_ns() < when_ns) {
        int64_t slice_ns = clock_deadline_ns(SLICE_NS);
        clock_sleep_until_ns(when_ns < slice_ns ? when_ns : slice_ns);
    }
    return !interrupt_requested() && !atomic_load(r->over);
}

static void note(struct runner *r, const struct scan_timing *t)
{
    if (t->scheduled_ns >= r->base_ns + r->block->warm_up_ns)
        scan_figures_add(r->figures, r->class, r->block->limits, t);
}

static HRESULT scan_once(struct runner *r, uint64_t scan, int64_t *done_ns)
{
    if (r->class->mode == SCAN_SYNC)
        return scan_group_read(&r->groups[0], done_ns);
    return scan_group_refresh(&r->groups[0], (uint32_t)scan + 1, clock_deadline_ns(r->class->period_ns + PATIENCE_NS),
                              done_ns);
}

/* Scans whose whole period went by while an earlier one was under way are skipped, each as late as it is now; the one
 * whose instant was last is made up for. */
static uint64_t skip_overtaken(struct runner *r, uint64_t scan, int64_t now_ns)
{
    while (due_ns(r, scan + 1) <= now_ns && due_ns(r, scan) < r->base_ns + r->block->block_ns) {
        struct scan_timing t = { due_ns(r, scan), now_ns, now_ns, true, false };
        note(r, &t);
        scan++;
    }
    return scan;
}

static void run_scans(struct runner *r)
{
    unsigned failures = 0;
    int64_t last_ns = 0;
    for (uint64_t scan = 0; wait_until(r, due_ns(r, scan)); scan++) {
        struct scan_timing t = { .scheduled_ns = due_ns(r, scan), .started_ns = clock_now_ns() };
        t.overrun = last_ns > t.scheduled_ns;
        HRESULT hr = scan_once(r, scan, &t.done_ns);
        r->asked++;
        if (interrupt_requested() && t.done_ns == 0)
            return; /* cut off by the user: it says nothing about the server */
        if (SUCCEEDED(hr) && t.done_ns == 0)
            hr = RPC_E_TIMEOUT;
        t.failed = FAILED(hr);
        note(r, &t);
        failures = FAILED(hr) ? failures + 1 : 0;
        r->hr = hr;
        if (hr == RPC_E_TIMEOUT || failures == FAILURES_MAXIMUM) {
            /* What the others would show without it is another plant's picture. */
            atomic_store(r->over, true);
            return;
        }
        last_ns = clock_now_ns();
        scan = skip_overtaken(r, scan + 1, last_ns) - 1;
    }
    r->hr = S_OK;
}

static void runner_thread(void *argument)
{
    struct runner *r = argument;
    r->hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(r->hr))
        return;
    (void)CoEnableCallCancellation(NULL);
    watchdog_begin(r->watchdog, GetCurrentThreadId(), r->block->block_ns + 2 * PATIENCE_NS, true);
    run_scans(r);
    (void)watchdog_end(r->watchdog);
    (void)CoDisableCallCancellation(NULL);
    CoUninitialize();
}

/* What came by itself, judged when the block is over. */
static void judge_advise(struct runner *r, int64_t end_ns)
{
    int64_t from_ns = r->base_ns + r->block->warm_up_ns, period_ns = r->class->period_ns;
    /* The grid begins with the first arrival, up to a period after the warm-up; the last one needs a whole period. */
    int64_t scans = (end_ns - from_ns) / period_ns - 2;
    int64_t *lateness_ns = scans > 0 ? calloc((size_t)scans, sizeof(*lateness_ns)) : NULL;
    if (!lateness_ns)
        return;
    for (unsigned i = 0; i < r->group_count; i++) {
        struct scan_group *g = &r->groups[i];
        mutex_lock(&g->lock);
        scan_advise_take(g->arrivals, g->arrival_count, period_ns, from_ns, end_ns, lateness_ns, (size_t)scans);
        mutex_unlock(&g->lock);
    }
    for (int64_t i = 0; i < scans; i++) {
        struct scan_timing t = { .done_ns = lateness_ns[i] < 0 ? 0 : period_ns + lateness_ns[i],
                                 .scheduled_ns = period_ns,
                                 .started_ns = period_ns };
        scan_figures_add(r->figures, r->class, r->block->limits, &t);
    }
    free(lateness_ns);
}

/* ---- all of them --------------------------------------------------------------------------------------------- */

static HRESULT make_groups(struct runner *r, struct connection *c, uint32_t advise_items)
{
    bool advise = r->class->mode == SCAN_ADVISE;
    uint32_t each = advise ? advise_items : r->class->items, left = r->class->items;
    size_t arrivals = advise ? (size_t)(r->block->block_ns / r->class->period_ns) + SPARE_ARRIVALS : 0;
    HRESULT hr = S_OK;
    r->groups = calloc((left + each - 1) / each, sizeof(*r->groups));
    if (!r->groups)
        return E_OUTOFMEMORY;
    for (; SUCCEEDED(hr) && left > 0; r->group_count++) {
        uint32_t items = left < each ? left : each;
        connection_begin(c, STAGE_GROUP, true);
        hr = scan_group_make(&r->groups[r->group_count], c, r->class, items, arrivals);
        (void)connection_end(c, hr);
        left -= items;
    }
    return hr;
}

static HRESULT make_runners(const struct scan_block *block, struct runner *runners, struct connection *c,
                            struct scan_outcome *out)
{
    static const struct watchdog_options options = { .cancel = session_cancel_calls };
    for (unsigned i = 0; i < block->classes->count; i++) {
        struct runner *r = &runners[i];
        *r = (struct runner){ .block = block, .class = &block->classes->list[i], .figures = &out->figures[i] };
        if (watchdog_create(&options, &r->watchdog) != ERR_OK)
            return E_OUTOFMEMORY;
        HRESULT hr = make_groups(r, c, block->classes->advise_items);
        if (FAILED(hr))
            return hr;
    }
    return S_OK;
}

static HRESULT activate(struct runner *runners, unsigned count, struct connection *c)
{
    HRESULT hr = S_OK;
    connection_begin(c, STAGE_GROUP, true);
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; SUCCEEDED(hr) && k < runners[i].group_count; k++)
            hr = scan_group_activate(&runners[i].groups[k], c->activity, true);
    (void)connection_end(c, hr);
    return hr;
}

static void wait_for_end(struct runner *runners, unsigned count, int64_t end_ns, atomic_bool *over)
{
    while (clock_left_ns(end_ns) > 0 && !atomic_load(over)) {
        int64_t slice_ns = clock_deadline_ns(SLICE_NS);
        if (interrupt_wait(slice_ns < end_ns ? slice_ns : end_ns))
            break;
    }
    for (unsigned i = 0; i < count; i++)
        if (runners[i].started)
            thread_join(&runners[i].thread);
}

/* What noting one scan costs: two looks at the clock and the histograms. */
static int64_t measure_own_ns(const struct scan_limits *limits)
{
    static const struct scan_class class = { .period_ns = NS_PER_S, .items = 1 };
    struct scan_figures *figures = calloc(1, sizeof(*figures));
    int64_t begun_ns = clock_now_ns();
    for (unsigned i = 0; figures && i < OWN_ROUNDS; i++) {
        struct scan_timing t = { .scheduled_ns = begun_ns, .started_ns = clock_now_ns() };
        t.done_ns = clock_now_ns();
        scan_figures_add(figures, &class, limits, &t);
    }
    free(figures);
    return (clock_now_ns() - begun_ns) / OWN_ROUNDS;
}

static void run_all(struct runner *runners, unsigned count, struct connection *c, struct scan_outcome *out)
{
    const struct scan_block *block = runners[0].block;
    int64_t base_ns = clock_now_ns() + 20 * NS_PER_MS, cpu_ns = clock_process_cpu_ns();
    HRESULT hr = S_OK;
    atomic_bool over;
    atomic_init(&over, false);
    for (unsigned i = 0; i < count; i++) {
        struct runner *r = &runners[i];
        r->base_ns = base_ns;
        r->over = &over;
        if (r->class->mode == SCAN_ADVISE)
            continue;
        r->started = thread_start(&r->thread, runner_thread, r) == ERR_OK;
        if (!r->started)
            hr = E_OUTOFMEMORY;
    }
    wait_for_end(runners, count, base_ns + block->block_ns, &over);
    int64_t end_ns = clock_now_ns();
    if (end_ns > base_ns + block->block_ns)
        end_ns = base_ns + block->block_ns;
    out->cpu_ns = clock_process_cpu_ns() - cpu_ns;
    for (unsigned i = 0; i < count; i++) {
        struct runner *r = &runners[i];
        if (r->class->mode == SCAN_ADVISE)
            judge_advise(r, end_ns);
        if (FAILED(r->hr))
            hr = r->hr;
        activity_calls(c->activity, r->class->mode == SCAN_SYNC ? "IOPCSyncIO::Read" : "IOPCAsyncIO2::Refresh2",
                       r->asked);
    }
    out->measured_ns = end_ns - base_ns > block->warm_up_ns ? end_ns - base_ns - block->warm_up_ns : 0;
    out->code = FAILED(hr) ? (uint32_t)hr : 0;
    if (FAILED(hr))
        snprintf(out->failed, sizeof(out->failed), "a scan");
    out->whole = SUCCEEDED(hr) && !interrupt_requested();
}

static void tidy(struct runner *runners, unsigned count, struct connection *c, struct scan_outcome *out)
{
    for (unsigned i = 0; i < count; i++) {
        for (unsigned k = 0; k < runners[i].group_count; k++) {
            struct scan_group *g = &runners[i].groups[k];
            if (out->callback == LEVEL_UNKNOWN)
                out->callback = g->level; /* nobody is told any more once the threads ended */
            connection_begin(c, STAGE_TEARDOWN, false);
            scan_group_remove(g, c);
            (void)connection_end(c, S_OK);
        }
        free(runners[i].groups);
        watchdog_destroy(runners[i].watchdog);
    }
}

void scan_block_run(const struct scan_block *block, struct connection *c, struct scan_outcome *out)
{
    struct runner *runners = calloc(block->classes->count, sizeof(*runners));
    HRESULT hr = runners ? make_runners(block, runners, c, out) : E_OUTOFMEMORY;
    out->class_count = block->classes->count;
    out->own_ns = measure_own_ns(block->limits);
    if (SUCCEEDED(hr))
        hr = activate(runners, block->classes->count, c);
    if (SUCCEEDED(hr)) {
        run_all(runners, block->classes->count, c, out);
    } else {
        out->code = (uint32_t)hr;
        snprintf(out->failed, sizeof(out->failed), "the groups");
    }
    if (runners)
        tidy(runners, block->classes->count, c, out);
    free(runners);
}
