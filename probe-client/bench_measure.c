#include <stdio.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "opcda/clear.h"
#include "probe-client/bench_child.h"
#include "probe-client/bench_internal.h"
#include "probe-client/bench_plan.h"

/* The first calls of a block wake caches and the peer's thread; they are not counted. */
#define WARM_UP_CALLS 10

HRESULT bench_read_item(struct bench *b, IOPCSyncIO *sync, OPCHANDLE item, VARIANT *out)
{
    OPCITEMSTATE *states = NULL;
    HRESULT *errors = NULL;
    VariantInit(out);
    activity_call(&b->activity, "IOPCSyncIO::Read");
    HRESULT hr = IOPCSyncIO_Read(sync, OPC_DS_CACHE, 1, &item, &states, &errors);
    if (SUCCEEDED(hr) && (!states || !errors))
        hr = E_POINTER;
    if (SUCCEEDED(hr))
        hr = SUCCEEDED(errors[0]) ? VariantCopy(out, &states[0].vDataValue) : errors[0];
    opc_item_states_free(states, states ? 1 : 0);
    CoTaskMemFree(errors);
    return hr;
}

/* The CPU time the server's process has used; 0 when it does not say. */
static int64_t server_cpu_ns(struct bench *b)
{
    VARIANT value;
    int64_t cpu_ns = 0;
    if (SUCCEEDED(bench_read_item(b, b->sync, b->cpu_item, &value)) && V_VT(&value) == VT_I8)
        cpu_ns = value.llVal;
    VariantClear(&value);
    return cpu_ns;
}

static void measure_size(struct bench *b, struct bench_operation *o, unsigned level)
{
    struct bench_row *row = &o->rows[level];
    int64_t elapsed_ns;
    struct observed_totals before = observe_totals();
    connection_begin(&b->connection, STAGE_READ, true);
    HRESULT hr = bench_call(b, o, level, &elapsed_ns);
    struct observed_totals after = observe_totals();
    if (SUCCEEDED(hr))
        hr = bench_tidy(b, o, level);
    (void)connection_end(&b->connection, hr);
    /* The callbacks of Refresh2 are calls that come in, whose bytes the runtime does not tell. */
    if (FAILED(hr) || o->kind == BENCH_REFRESH)
        return;
    row->bytes = after.call_bytes - before.call_bytes;
    row->pdus = (uint32_t)(after.call_pdus - before.call_pdus);
}

void bench_measure_sizes(struct bench *b)
{
    struct bench_result *r = b->result;
    for (unsigned i = 0; i < r->operation_count; i++) {
        struct bench_operation *o = &r->operations[i];
        struct bench_sizes sizes = bench_plan_sizes(o->kind, o->items);
        for (unsigned level = r->level_count; level-- > 0;) {
            if (bench_kind_is_setup(o->kind) || !bench_can_call(b, o, level))
                continue;
            measure_size(b, o, level);
            /* The floor carries what the first level carries; the verifiers of the others are part of their cost. */
            sizes = bench_plan_sizes_of(o->kind, o->items, o->rows[level].bytes);
        }
        o->request_bytes = sizes.request_bytes;
        o->reply_bytes = sizes.reply_bytes;
    }
}

/* One call or one exchange of the floor. */
static HRESULT one(struct bench *b, const struct bench_operation *o, unsigned party, int64_t *elapsed_ns)
{
    if (party != BENCH_FLOOR) {
        HRESULT hr = bench_call(b, o, party, elapsed_ns);
        return SUCCEEDED(hr) ? bench_tidy(b, o, party) : hr;
    }
    int64_t begun_ns = clock_now_ns();
    enum err e = bench_floor_exchange(&b->floor, o->request_bytes, o->reply_bytes, clock_deadline_ns(BENCH_CALL_NS));
    *elapsed_ns = clock_now_ns() - begun_ns;
    return e == ERR_OK ? S_OK : E_FAIL;
}

/* Calls until the time is up; `latency` NULL counts nothing. */
static HRESULT call_until(struct bench *b, const struct bench_operation *o, unsigned party, int64_t end_ns,
                          uint64_t most, struct histogram *latency, uint64_t *calls)
{
    *calls = 0;
    while (*calls < most && !interrupt_requested() && clock_now_ns() < end_ns) {
        int64_t elapsed_ns;
        HRESULT hr = one(b, o, party, &elapsed_ns);
        if (FAILED(hr))
            return hr;
        if (latency)
            histogram_add(latency, elapsed_ns);
        ++*calls;
    }
    return S_OK;
}

static HRESULT run_block(struct bench *b, struct bench_operation *o, unsigned party, unsigned round, int64_t block_ns)
{
    int64_t begun_ns = clock_now_ns();
    uint64_t warm_up = 0, counted = 0;
    watchdog_begin(b->connection.watchdog, GetCurrentThreadId(), block_ns + BENCH_CALL_NS, true);
    HRESULT hr = call_until(b, o, party, begun_ns + block_ns / 5, WARM_UP_CALLS, NULL, &warm_up);
    if (SUCCEEDED(hr)) {
        histogram_reset(&b->block);
        int64_t cpu_ns = server_cpu_ns(b);
        int64_t own_ns = clock_process_cpu_ns();
        hr = call_until(b, o, party, begun_ns + block_ns, UINT64_MAX, &b->block, &counted);
        own_ns = clock_process_cpu_ns() - own_ns;
        bench_row_add(&o->rows[party], round, &b->block, own_ns + server_cpu_ns(b) - cpu_ns);
    }
    (void)watchdog_end(b->connection.watchdog);
    if (party != BENCH_FLOOR)
        activity_calls(&b->activity, bench_call_name(o->kind), warm_up + counted);
    return hr;
}

/* The parties that have a figure, in their order. */
static unsigned list_parties(const struct bench_result *r, unsigned parties[BENCH_PARTIES])
{
    unsigned n = 0;
    for (unsigned i = 0; i < r->level_count; i++)
        if (r->levels[i].obtainable)
            parties[n++] = i;
    if (r->has_floor)
        parties[n++] = BENCH_FLOOR;
    return n;
}

static bool is_measured(const struct bench *b, const struct bench_operation *o, unsigned party)
{
    if (bench_kind_is_setup(o->kind) || (party < BENCH_FLOOR && o->rows[party].code))
        return false;
    return party == BENCH_FLOOR ? b->result->has_floor : bench_can_call(b, o, party);
}

static bool has_child(const struct bench *b, unsigned party)
{
    return party < BENCH_FLOOR && bench_child_needed(b, party);
}

static unsigned count_blocks(const struct bench *b, const unsigned *parties, unsigned count)
{
    const struct bench_result *r = b->result;
    unsigned blocks = 0;
    for (unsigned i = 0; i < r->operation_count; i++)
        for (unsigned k = 0; k < count; k++)
            blocks += is_measured(b, &r->operations[i], parties[k]) ||
                      (r->operations[i].kind == BENCH_REFRESH && has_child(b, parties[k]));
    return blocks;
}

static void show_progress(const struct bench *b, unsigned round, unsigned rounds)
{
    if (b->progress.live) {
        fprintf(b->progress.file, "\rmeasuring: round %u of %u\033[K", round + 1, rounds);
        fflush(b->progress.file);
    }
}

/* Whether the server is still there, after one call of many failed; else the bench is over. */
static bool server_answers(struct bench *b)
{
    OPCSERVERSTATUS *status = NULL;
    activity_call(&b->activity, "IOPCServer::GetStatus");
    watchdog_begin(b->connection.watchdog, GetCurrentThreadId(), BENCH_CALL_NS, true);
    HRESULT hr = IOPCServer_GetStatus(b->connection.server, &status);
    (void)watchdog_end(b->connection.watchdog);
    opc_server_status_free(status);
    if (FAILED(hr))
        b->result->lost_code = (uint32_t)hr;
    return SUCCEEDED(hr);
}

static void run_party(struct bench *b, unsigned party, unsigned round, int64_t block_ns)
{
    struct bench_result *r = b->result;
    for (unsigned i = 0; i < r->operation_count && !interrupt_requested() && !r->lost_code; i++) {
        struct bench_operation *o = &r->operations[i];
        if (!is_measured(b, o, party))
            continue;
        HRESULT hr = run_block(b, o, party, round, block_ns);
        if (SUCCEEDED(hr) || interrupt_requested())
            continue;
        /* What was measured so far stays. */
        if (party == BENCH_FLOOR) {
            b->result->has_floor = false;
            return;
        }
        o->rows[party].code = (uint32_t)hr;
        if (!server_answers(b))
            return;
    }
}

void bench_measure(struct bench *b)
{
    struct bench_result *r = b->result;
    unsigned parties[BENCH_PARTIES];
    unsigned count = list_parties(r, parties);
    unsigned blocks = count_blocks(b, parties, count);
    if (blocks == 0)
        return;
    b->connection.progress = NULL; /* the rounds are the progress now */
    struct bench_plan plan = bench_plan_make(r->duration_ns, blocks);
    if (b->options->one_round_ns)
        plan = (struct bench_plan){ .rounds = 1, .block_ns = b->options->one_round_ns };
    for (unsigned round = 0; round < plan.rounds && !interrupt_requested() && !r->lost_code; round++) {
        show_progress(b, round, plan.rounds);
        for (unsigned place = 0; place < count; place++) {
            unsigned party = parties[bench_plan_party(round, place, count)];
            if (!r->lost_code)
                run_party(b, party, round, plan.block_ns);
            if (!r->lost_code && !interrupt_requested() && has_child(b, party))
                bench_child_run(b, party, round, plan.block_ns);
        }
        if (!interrupt_requested() && !r->lost_code)
            r->rounds++;
    }
    r->interrupted = interrupt_requested();
    b->connection.progress = &b->progress;
    if (b->progress.live)
        fputs("\r\033[K", b->progress.file);
}
