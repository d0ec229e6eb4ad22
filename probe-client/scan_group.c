#include "probe-client/scan_group.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/process.h"
#include "base/text.h"
#include "opcda/clear.h"
#include "opcda/identity.h"
#include "opcda/text.h"
#include "probe-client/bulk_items.h"
#include "probe-client/leftover.h"

#define LOOK_NS (100 * NS_PER_MS)

/* Runs inside OnDataChange: notes and wakes, nothing else. Which level the call has is asked once; it stays. */
static void note_arrival(void *context, uint32_t transaction, uint32_t items, int64_t now_ns)
{
    struct scan_group *g = context;
    mutex_lock(&g->lock);
    DWORD level;
    if (g->level == LEVEL_UNKNOWN && SUCCEEDED(CoQueryClientBlanket(NULL, NULL, NULL, &level, NULL, NULL, NULL)) &&
        level_name(level))
        g->level = (uint8_t)level;
    if (transaction == 0 && g->arrival_count < g->arrival_maximum) {
        g->arrivals[g->arrival_count++] = now_ns;
    } else if (transaction != 0 && transaction == g->transaction) {
        g->received += items;
        g->done_ns = now_ns;
        if (g->received >= g->item_count)
            condition_signal(&g->arrived);
    }
    mutex_unlock(&g->lock);
}

/* ---- making and removing ------------------------------------------------------------------------------------- */

static HRESULT add_group(struct scan_group *g, struct connection *c)
{
    char *name = text_format(GROUP_PREFIX "%s-%lld-scan%p", c->report->here, (long long)process_id(), (void *)g);
    WCHAR *wide = name ? wide_from_utf8(name) : NULL;
    free(name);
    if (!wide)
        return E_OUTOFMEMORY;
    DWORD rate;
    activity_call(c->activity, "IOPCServer::AddGroup");
    HRESULT hr = IOPCServer_AddGroup(c->server, wide, FALSE, (DWORD)(g->class->period_ns / NS_PER_MS), 1, NULL, NULL, 0,
                                     &g->group, &rate, &IID_IOPCItemMgt, (IUnknown **)&g->items);
    CoTaskMemFree(wide);
    g->has_group = SUCCEEDED(hr);
    return SUCCEEDED(hr) ? connection_blanket(c, (IUnknown *)g->items) : hr;
}

static HRESULT query(struct scan_group *g, struct connection *c, REFIID iid, void **out)
{
    activity_call(c->activity, "QueryInterface");
    HRESULT hr = IOPCItemMgt_QueryInterface(g->items, iid, out);
    return SUCCEEDED(hr) ? connection_blanket(c, (IUnknown *)*out) : hr;
}

static HRESULT query_all(struct scan_group *g, struct connection *c)
{
    HRESULT hr = query(g, c, &IID_IOPCGroupStateMgt, (void **)&g->state);
    if (SUCCEEDED(hr) && g->class->mode == SCAN_SYNC)
        return query(g, c, &IID_IOPCSyncIO, (void **)&g->sync);
    return SUCCEEDED(hr) ? query(g, c, &IID_IOPCAsyncIO2, (void **)&g->async) : hr;
}

/* The test server's own items of service time, in the powers of two that make up what the class asks for. */
static HRESULT add_service(struct scan_group *g, struct connection *c, OPCHANDLE *handles, uint32_t *count)
{
    char names[SCAN_SERVICE_ITEMS][32];
    char *pointers[SCAN_SERVICE_ITEMS];
    *count = 0;
    for (unsigned i = 0; i < SCAN_SERVICE_ITEMS; i++)
        if (g->class->service_ms & 1u << i) {
            pointers[*count] = names[*count];
            snprintf(names[(*count)++], sizeof(names[0]), OPCPROBE_ITEM_SERVICE_MS, 1u << i);
        }
    return *count ? bulk_items_add_named(g->items, c->activity, pointers, *count, handles) : S_OK;
}

static HRESULT add_items(struct scan_group *g, struct connection *c, uint32_t items)
{
    uint32_t more = 0;
    g->handles = calloc(items + SCAN_SERVICE_ITEMS, sizeof(*g->handles));
    HRESULT hr = g->handles ? bulk_items_add(g->items, c->activity, items, g->handles) : E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
        hr = add_service(g, c, g->handles + items, &more);
    g->item_count = items + more;
    return hr;
}

static HRESULT advise(struct scan_group *g, struct connection *c)
{
    IConnectionPointContainer *container = NULL;
    HRESULT hr = query(g, c, &IID_IConnectionPointContainer, (void **)&container);
    if (SUCCEEDED(hr)) {
        activity_call(c->activity, "IConnectionPointContainer::FindConnectionPoint");
        hr = IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCDataCallback, &g->point);
    }
    if (container)
        IConnectionPointContainer_Release(container);
    if (SUCCEEDED(hr))
        hr = connection_blanket(c, (IUnknown *)g->point);
    if (SUCCEEDED(hr) && data_sink_create(&g->sink) != ERR_OK)
        hr = E_OUTOFMEMORY;
    if (FAILED(hr))
        return hr;
    data_sink_listen(g->sink, note_arrival, g);
    activity_call(c->activity, "IConnectionPoint::Advise");
    hr = IConnectionPoint_Advise(g->point, data_sink_unknown(g->sink), &g->cookie);
    g->advised = SUCCEEDED(hr);
    if (FAILED(hr) || g->class->mode != SCAN_POLLED)
        return hr;
    /* A polled group gets what it asks for and nothing by itself (OPC DA 2.05A, 4.5.6.5). */
    activity_call(c->activity, "IOPCAsyncIO2::SetEnable");
    return IOPCAsyncIO2_SetEnable(g->async, FALSE);
}

HRESULT scan_group_make(struct scan_group *g, struct connection *c, const struct scan_class *class, uint32_t items,
                        size_t arrivals)
{
    *g = (struct scan_group){ .class = class, .arrival_maximum = arrivals };
    mutex_init(&g->lock);
    condition_init(&g->arrived);
    if (arrivals)
        g->arrivals = calloc(arrivals, sizeof(*g->arrivals));
    HRESULT hr = arrivals && !g->arrivals ? E_OUTOFMEMORY : add_group(g, c);
    if (SUCCEEDED(hr))
        hr = query_all(g, c);
    if (SUCCEEDED(hr))
        hr = add_items(g, c, items);
    return SUCCEEDED(hr) && class->mode != SCAN_SYNC ? advise(g, c) : hr;
}

HRESULT scan_group_activate(struct scan_group *g, struct activity *activity, bool active)
{
    DWORD rate;
    BOOL value = active ? TRUE : FALSE;
    activity_call(activity, "IOPCGroupStateMgt::SetState");
    return IOPCGroupStateMgt_SetState(g->state, NULL, &rate, &value, NULL, NULL, NULL, NULL);
}

static void release(void *object)
{
    if (object)
        IUnknown_Release((IUnknown *)object);
}

void scan_group_remove(struct scan_group *g, struct connection *c)
{
    if (!g->class)
        return;
    if (g->advised) {
        activity_call(c->activity, "IConnectionPoint::Unadvise");
        (void)IConnectionPoint_Unadvise(g->point, g->cookie); /* RemoveGroup ends it too */
    }
    if (g->sink) {
        data_sink_listen(g->sink, NULL, NULL);
        data_sink_release(g->sink);
    }
    release(g->point);
    release(g->async);
    release(g->sync);
    release(g->state);
    release(g->items);
    if (g->has_group) {
        activity_call(c->activity, "IOPCServer::RemoveGroup");
        /* A failure here shows again in the teardown of the connection, which reports it. */
        (void)IOPCServer_RemoveGroup(c->server, g->group, FALSE);
    }
    condition_cleanup(&g->arrived);
    mutex_cleanup(&g->lock);
    free(g->arrivals);
    free(g->handles);
}

/* ---- scans --------------------------------------------------------------------------------------------------- */

HRESULT scan_group_refresh(struct scan_group *g, uint32_t transaction, int64_t deadline_ns, int64_t *done_ns)
{
    DWORD cancel_id;
    mutex_lock(&g->lock);
    g->transaction = transaction;
    g->received = 0;
    mutex_unlock(&g->lock);
    HRESULT hr = IOPCAsyncIO2_Refresh2(g->async, OPC_DS_CACHE, transaction, &cancel_id);
    mutex_lock(&g->lock);
    while (SUCCEEDED(hr) && g->received < g->item_count && clock_left_ns(deadline_ns) > 0 && !interrupt_requested()) {
        int64_t look_ns = clock_deadline_ns(LOOK_NS);
        (void)condition_wait(&g->arrived, &g->lock, look_ns < deadline_ns ? look_ns : deadline_ns);
    }
    *done_ns = SUCCEEDED(hr) && g->received >= g->item_count ? g->done_ns : 0;
    g->transaction = 0;
    mutex_unlock(&g->lock);
    return hr;
}

HRESULT scan_group_read(struct scan_group *g, int64_t *done_ns)
{
    OPCITEMSTATE *states = NULL;
    HRESULT *errors = NULL;
    HRESULT hr = IOPCSyncIO_Read(g->sync, OPC_DS_CACHE, g->item_count, g->handles, &states, &errors);
    *done_ns = SUCCEEDED(hr) ? clock_now_ns() : 0;
    opc_item_states_free(states, SUCCEEDED(hr) ? g->item_count : 0);
    CoTaskMemFree(errors);
    return hr;
}
