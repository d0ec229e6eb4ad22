#include <stdio.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "opcda/clear.h"
#include "probe-client/bench_internal.h"
#include "probe-client/bench_plan.h"

/* The first calls of a block wake caches and the peer's thread; they are not counted. */
#define WARM_UP_CALLS 10
/* More than any call of a block may take beyond the block's own time. */
#define CALL_TIME_NS  (15 * NS_PER_S)

HRESULT bench_call(struct bench *b, const struct bench_operation *o, unsigned level)
{
    const struct bench_proxies *p = &b->proxies[level];
    if (o->items == 0) {
        OPCSERVERSTATUS *status = NULL;
        HRESULT hr = IOPCServer_GetStatus(p->server, &status);
        opc_server_status_free(status);
        return hr;
    }
    OPCITEMSTATE *states = NULL;
    HRESULT *errors = NULL;
    HRESULT hr = IOPCSyncIO_Read(p->sync, OPC_DS_CACHE, o->items, b->handles, &states, &errors);
    opc_item_states_free(states, SUCCEEDED(hr) ? o->items : 0);
    CoTaskMemFree(errors);
    return hr;
}

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

void bench_measure_sizes(struct bench *b)
{
    struct bench_result *r = b->result;
    for (unsigned i = 0; i < r->operation_count; i++) {
        struct bench_operation *o = &r->operations[i];
        o->request_bytes = bench_plan_request_bytes(o->items);
        o->reply_bytes = bench_plan_reply_bytes(o->items);
        for (unsigned level = r->level_count; level-- > 0;) {
            if (!r->levels[level].obtainable)
                continue;
            struct observed_totals before = observe_totals();
            connection_begin(&b->connection, STAGE_READ, true);
            HRESULT hr = bench_call(b, o, level);
            (void)connection_end(&b->connection, hr);
            struct observed_totals after = observe_totals();
            struct bench_row *row = &o->rows[level];
            row->bytes = after.call_bytes - before.call_bytes;
            row->pdus = (uint32_t)(after.call_pdus - before.call_pdus);
            /* The floor carries what the first level carries; the verifiers of the others are part of their cost. */
            if (row->bytes > o->request_bytes && row->bytes - o->request_bytes < FLOOR_BYTES_MAXIMUM)
                o->reply_bytes = (uint32_t)(row->bytes - o->request_bytes);
        }
    }
}

/* One call or one exchange of the floor. */
static HRESULT one(struct bench *b, const struct bench_operation *o, unsigned party)
{
    if (party != BENCH_FLOOR)
        return bench_call(b, o, party);
    enum err e = bench_floor_exchange(&b->floor, o->request_bytes, o->reply_bytes, clock_deadline_ns(CALL_TIME_NS));
    return e == ERR_OK ? S_OK : E_FAIL;
}

/* Calls until the time is up; `latency` NULL counts nothing. */
static HRESULT call_until(struct bench *b, const struct bench_operation *o, unsigned party, int64_t end_ns,
                          uint64_t most, struct histogram *latency, uint64_t *calls)
{
    *calls = 0;
    for (int64_t now_ns = clock_now_ns(); now_ns < end_ns && *calls < most && !interrupt_requested();) {
        HRESULT hr = one(b, o, party);
        int64_t done_ns = clock_now_ns();
        if (FAILED(hr))
            return hr;
        if (latency)
            histogram_add(latency, done_ns - now_ns);
        ++*calls;
        now_ns = done_ns;
    }
    return S_OK;
}

static HRESULT run_block(struct bench *b, struct bench_operation *o, unsigned party, unsigned round, int64_t block_ns)
{
    int64_t begun_ns = clock_now_ns();
    uint64_t warm_up = 0, counted = 0;
    watchdog_begin(b->connection.watchdog, GetCurrentThreadId(), block_ns + CALL_TIME_NS, true);
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
        activity_calls(&b->activity, o->items ? "IOPCSyncIO::Read" : "IOPCServer::GetStatus", warm_up + counted);
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

static void show_progress(const struct bench *b, unsigned round, unsigned rounds)
{
    if (b->progress.live) {
        fprintf(b->progress.file, "\rmeasuring: round %u of %u\033[K", round + 1, rounds);
        fflush(b->progress.file);
    }
}

static void run_party(struct bench *b, unsigned party, unsigned round, int64_t block_ns)
{
    struct bench_result *r = b->result;
    for (unsigned i = 0; i < r->operation_count && !interrupt_requested(); i++) {
        HRESULT hr = run_block(b, &r->operations[i], party, round, block_ns);
        if (SUCCEEDED(hr) || interrupt_requested())
            continue;
        /* A level or floor that breaks down in the middle has no figure at all. */
        if (party == BENCH_FLOOR) {
            r->has_floor = false;
        } else {
            r->levels[party].obtainable = false;
            r->levels[party].code = (uint32_t)hr;
        }
        return;
    }
}

void bench_measure(struct bench *b)
{
    struct bench_result *r = b->result;
    unsigned parties[BENCH_PARTIES];
    unsigned count = list_parties(r, parties);
    if (count == 0)
        return;
    b->connection.progress = NULL; /* the rounds are the progress now */
    struct bench_plan plan = bench_plan_make(r->duration_ns, count, r->operation_count);
    for (unsigned round = 0; round < plan.rounds && !interrupt_requested(); round++) {
        show_progress(b, round, plan.rounds);
        for (unsigned place = 0; place < count; place++) {
            unsigned party = parties[bench_plan_party(round, place, count)];
            if (party == BENCH_FLOOR ? r->has_floor : r->levels[party].obtainable)
                run_party(b, party, round, plan.block_ns);
        }
        if (!interrupt_requested())
            r->rounds++;
    }
    r->interrupted = interrupt_requested();
    b->connection.progress = &b->progress;
    if (b->progress.live)
        fputs("\r\033[K", b->progress.file);
}
