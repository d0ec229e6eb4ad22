/* Refresh2 to the last OnDataChange: the way that historians take, calls in one direction and values in the other. */
#include "base/interrupt.h"
#include "opcda/quality.h"
#include "probe-client/bench_internal.h"

#define VALUES_TIME_NS (10 * NS_PER_S)
#define VALUES_LOOK_NS (50 * NS_PER_MS)

static struct bench_refresh *of_items(struct bench *b, uint32_t items)
{
    size_t i = 0;
    while (b->options->sizes[i] != items)
        i++;
    return &b->refresh[i];
}

static HRESULT advise(struct bench *b, struct bench_refresh *f)
{
    IConnectionPointContainer *container = NULL;
    HRESULT hr = IOPCItemMgt_QueryInterface(f->items, &IID_IConnectionPointContainer, (void **)&container);
    if (FAILED(hr))
        return hr;
    hr = connection_blanket(&b->connection, (IUnknown *)container);
    if (SUCCEEDED(hr))
        hr = IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCDataCallback, &f->point);
    if (SUCCEEDED(hr))
        hr = connection_blanket(&b->connection, (IUnknown *)f->point);
    IConnectionPointContainer_Release(container);
    if (SUCCEEDED(hr) && data_sink_create(&f->sink) != ERR_OK)
        hr = E_OUTOFMEMORY;
    if (FAILED(hr))
        return hr;
    activity_call(&b->activity, "IConnectionPoint::Advise");
    hr = IConnectionPoint_Advise(f->point, data_sink_unknown(f->sink), &f->cookie);
    f->advised = SUCCEEDED(hr);
    return hr;
}

static HRESULT refresh(struct bench *b, struct bench_refresh *f, uint32_t items, struct sink_refresh *done,
                       int64_t *elapsed_ns)
{
    DWORD cancel_id;
    data_sink_expect(f->sink, ++b->transaction, items);
    int64_t begun_ns = clock_now_ns();
    HRESULT hr = IOPCAsyncIO2_Refresh2(f->async, OPC_DS_CACHE, b->transaction, &cancel_id);
    if (FAILED(hr))
        return hr;
    if (!data_sink_wait_refresh(f->sink, clock_deadline_ns(BENCH_CALL_NS), done))
        return interrupt_requested() ? E_ABORT : RPC_E_TIMEOUT;
    *elapsed_ns = done->time_ns - begun_ns;
    return S_OK;
}

/* A figure for values that are not there yet would be one for smaller callbacks. */
static HRESULT await_values(struct bench *b, struct bench_refresh *f, uint32_t items)
{
    int64_t deadline_ns = clock_deadline_ns(VALUES_TIME_NS), elapsed_ns;
    for (;;) {
        struct sink_refresh done;
        activity_call(&b->activity, bench_call_name(BENCH_REFRESH));
        HRESULT hr = refresh(b, f, items, &done, &elapsed_ns);
        if (FAILED(hr))
            return hr;
        b->result->callback_sent = done.level;
        if (quality_is_good(done.last_quality))
            return S_OK;
        if (clock_left_ns(deadline_ns) == 0)
            return RPC_E_TIMEOUT;
        clock_sleep_until_ns(clock_deadline_ns(VALUES_LOOK_NS));
    }
}

static HRESULT setup_one(struct bench *b, struct bench_refresh *f, uint32_t items)
{
    HRESULT hr = bench_group_add(b, true, &f->group, &f->has_group, &f->items);
    if (SUCCEEDED(hr))
        hr = bench_items_add(b, f->items, items, b->defs, NULL);
    if (SUCCEEDED(hr))
        hr = IOPCItemMgt_QueryInterface(f->items, &IID_IOPCAsyncIO2, (void **)&f->async);
    if (SUCCEEDED(hr))
        hr = login_blanket_one(&b->login, (IUnknown *)f->async, b->result->callback_asked);
    /* Wine has no COM security. */
    if (SUCCEEDED(hr) || hr == E_NOTIMPL)
        hr = advise(b, f);
    return SUCCEEDED(hr) ? await_values(b, f, items) : hr;
}

HRESULT bench_refresh_setup(struct bench *b)
{
    HRESULT hr = S_OK;
    for (size_t i = 0; SUCCEEDED(hr) && i < b->options->size_count; i++)
        hr = setup_one(b, &b->refresh[i], b->options->sizes[i]);
    return hr;
}

void bench_refresh_teardown(struct bench *b)
{
    for (size_t i = 0; i < BENCH_SIZES_MAXIMUM; i++) {
        struct bench_refresh *f = &b->refresh[i];
        if (f->advised) {
            activity_call(&b->activity, "IConnectionPoint::Unadvise");
            (void)IConnectionPoint_Unadvise(f->point, f->cookie); /* the group goes with it in any case */
        }
        if (f->point)
            IConnectionPoint_Release(f->point);
        if (f->async)
            IOPCAsyncIO2_Release(f->async);
        if (f->items)
            IOPCItemMgt_Release(f->items);
        if (f->sink)
            data_sink_release(f->sink);
        if (f->has_group) {
            activity_call(&b->activity, "IOPCServer::RemoveGroup");
            (void)IOPCServer_RemoveGroup(b->connection.server, f->group, FALSE); /* as in bench_teardown */
        }
    }
}

HRESULT bench_refresh_call(struct bench *b, const struct bench_operation *o, int64_t *elapsed_ns)
{
    struct sink_refresh done;
    return refresh(b, of_items(b, o->items), o->items, &done, elapsed_ns);
}
