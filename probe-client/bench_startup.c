/* What comes before the first call: activation, and within it the TCP connections and their logons. */
#include "base/interrupt.h"
#include "probe-client/activation.h"
#include "probe-client/bench_internal.h"

#define ROUNDS           6 /* blocks of each level; even, as in the plan */
#define ACTIVATIONS      4 /* in each block */
#define ACTIVATE_TIME_NS (30 * NS_PER_S)

static bool is_logon(const struct observed *e, const struct bench_level *level)
{
    return e->error == 0 && !e->local && e->level_sent == level->sent &&
           (e->mechanism != MECHANISM_NONE || level->sent == LEVEL_NONE);
}

static void take_parts(struct bench *b, const struct bench_level *level, struct histogram *connect,
                       struct histogram *bind)
{
    struct connection *c = &b->connection;
    size_t count = observe_read(0, c->events, OBSERVED_MAXIMUM);
    bool fresh = false; /* the connection has not been bound: another context on a bound one needs no logon */
    for (size_t i = 0; i < count; i++) {
        const struct observed *e = &c->events[i];
        if (e->kind == OBSERVED_CONNECT && e->error == 0 && !e->local) {
            histogram_add(connect, e->elapsed_ns);
            fresh = true;
        } else if (e->kind == OBSERVED_BIND) {
            if (fresh && is_logon(e, level))
                histogram_add(bind, e->elapsed_ns);
            fresh = false;
        }
    }
}

static HRESULT activate(struct bench *b, unsigned party, int64_t *elapsed_ns)
{
    struct connection *c = &b->connection;
    struct activation_result result;
    observe_forget();
    activity_call(&b->activity, bench_call_name(BENCH_ACTIVATE));
    int64_t begun_ns = clock_now_ns();
    enum err e = activation_run(&c->clsid, c->host, c->login, b->result->levels[party].asked, c->watchdog,
                                ACTIVATE_TIME_NS, &result);
    *elapsed_ns = clock_now_ns() - begun_ns;
    if (e != ERR_OK)
        return E_OUTOFMEMORY;
    c->abandoned = c->abandoned || result.abandoned;
    if (result.object)
        IUnknown_Release(result.object);
    return result.hr;
}

static void run_block(struct bench *b, struct bench_operation *parts, unsigned party, unsigned round)
{
    static struct histogram connect, bind; /* too large for a stack; one bench runs in a process */
    histogram_reset(&b->block);
    histogram_reset(&connect);
    histogram_reset(&bind);
    for (unsigned i = 0; i < ACTIVATIONS && !interrupt_requested() && !b->connection.abandoned; i++) {
        int64_t elapsed_ns;
        HRESULT hr = activate(b, party, &elapsed_ns);
        if (FAILED(hr)) {
            if (!interrupt_requested())
                parts[0].rows[party].code = (uint32_t)hr;
            break;
        }
        histogram_add(&b->block, elapsed_ns);
        take_parts(b, &b->result->levels[party], &connect, &bind);
    }
    bench_row_add(&parts[0].rows[party], round, &b->block, 0);
    bench_row_add(&parts[1].rows[party], round, &connect, 0);
    bench_row_add(&parts[2].rows[party], round, &bind, 0);
}

void bench_startup(struct bench *b)
{
    struct bench_result *r = b->result;
    struct bench_operation *parts = NULL;
    for (unsigned i = 0; i < r->operation_count; i++)
        if (r->operations[i].kind == BENCH_ACTIVATE)
            parts = &r->operations[i];
    if (!parts)
        return;
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned place = 0; place < r->level_count; place++) {
            unsigned party = bench_plan_party(round, place, r->level_count);
            if (r->levels[party].obtainable && parts[0].rows[party].code == 0)
                run_block(b, parts, party, round);
        }
    observe_forget();
}
