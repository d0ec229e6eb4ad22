/* IOPCAsyncIO2: requests that are answered by callback (OPC DA 2.05A, 4.5.6).
 *
 * Handles and rights are judged in the call, values and reads in the subscription's thread. A request of which nothing
 * is left has no callback. */
#include <olectl.h>

#include "opcda/com_object.h"
#include "opcda/opc_error.h"
#include "probe-server/group_internal.h"
#include "probe-server/subscription.h"
#include "probe-server/task_memory.h"
#include "probe-server/value.h"

COM_FORWARD_IUNKNOWN(group, IOPCAsyncIO2)

/* Locks the group when somebody is advised: without a subscription nothing could be answered. */
static HRESULT enter_advised(struct group *g)
{
    HRESULT hr = group_enter(g);
    if (FAILED(hr) || g->subscription)
        return hr;
    group_leave(g);
    return CONNECT_E_NOCONNECTION;
}

/* Queues what was accepted. Takes the transaction. */
static HRESULT queue(struct group *g, struct transaction *t, DWORD *cancel_id)
{
    HRESULT hr = t->count ? subscription_queue(g->subscription, t, cancel_id) : S_OK;
    if (FAILED(hr) || !t->count)
        transaction_destroy(t);
    return hr;
}

static HRESULT accept_read(struct group *g, struct transaction *t, OPCHANDLE handle, struct lazy_caller *caller)
{
    struct group_item *item = item_table_find(&g->items, handle);
    if (!item)
        return OPC_E_INVALIDHANDLE;
    if (!group_item_is_readable(item))
        return OPC_E_BADRIGHTS;
    group_know_caller(g, item, caller);
    transaction_add(t, handle, item->client_handle);
    return S_OK;
}

static HRESULT accept_write(struct group *g, struct transaction *t, OPCHANDLE handle, const VARIANT *value)
{
    struct group_item *item = item_table_find(&g->items, handle);
    if (!item)
        return OPC_E_INVALIDHANDLE;
    if (!(item->source->access & OPC_WRITEABLE))
        return OPC_E_BADRIGHTS;
    HRESULT hr = value_copy(value, &t->values[t->count]);
    if (FAILED(hr))
        return hr == E_OUTOFMEMORY ? hr : OPC_E_BADTYPE;
    transaction_add(t, handle, item->client_handle);
    return S_OK;
}

/* Reads have no values. Everything is checked that needs no lock. */
static HRESULT request(struct group *g, enum transaction_kind kind, DWORD count, const OPCHANDLE *handles,
                       const VARIANT *values, DWORD id, DWORD *cancel_id, HRESULT **errors)
{
    HRESULT *array = task_array(count, sizeof(*array));
    struct transaction *t = transaction_create(kind, id, count);
    HRESULT hr = array && t ? enter_advised(g) : E_OUTOFMEMORY;
    if (FAILED(hr)) {
        CoTaskMemFree(array);
        transaction_destroy(t);
        return hr;
    }
    struct lazy_caller caller = { .known = false };
    HRESULT summary = S_OK;
    for (DWORD i = 0; i < count; i++) {
        array[i] = kind == TRANSACTION_WRITE ? accept_write(g, t, handles[i], &values[i])
                                             : accept_read(g, t, handles[i], &caller);
        if (array[i] != S_OK)
            summary = S_FALSE;
    }
    t->caller = caller.caller;
    hr = queue(g, t, cancel_id);
    group_leave(g);
    if (FAILED(hr)) {
        CoTaskMemFree(array);
        return hr;
    }
    *errors = array;
    return summary;
}

static HRESULT STDMETHODCALLTYPE group_async_Read(IOPCAsyncIO2 *self, DWORD count, OPCHANDLE *handles, DWORD id,
                                                  DWORD *cancel_id, HRESULT **errors)
{
    if (!cancel_id || !errors)
        return E_POINTER;
    *cancel_id = 0;
    *errors = NULL;
    if (!count || !handles)
        return E_INVALIDARG;
    return request(group_from_IOPCAsyncIO2(self), TRANSACTION_READ, count, handles, NULL, id, cancel_id, errors);
}

static HRESULT STDMETHODCALLTYPE group_async_Write(IOPCAsyncIO2 *self, DWORD count, OPCHANDLE *handles, VARIANT *values,
                                                   DWORD id, DWORD *cancel_id, HRESULT **errors)
{
    if (!cancel_id || !errors)
        return E_POINTER;
    *cancel_id = 0;
    *errors = NULL;
    if (!count || !handles || !values)
        return E_INVALIDARG;
    return request(group_from_IOPCAsyncIO2(self), TRANSACTION_WRITE, count, handles, values, id, cancel_id, errors);
}

/* Every active item in one callback, whatever has changed; the sampling keeps its phase (4.5.6.3). */
static HRESULT refresh(struct group *g, OPCDATASOURCE source, DWORD id, DWORD *cancel_id)
{
    if (!group_has_live_items(g))
        return E_FAIL;
    struct transaction *t = transaction_create(TRANSACTION_REFRESH, id, g->items.item_count);
    if (!t)
        return E_OUTOFMEMORY;
    t->source = source;
    g->service->ops->query_caller(g->service->context, &t->caller);
    uint32_t at = 0;
    for (struct group_item *item; (item = item_table_next(&g->items, &at));)
        if (item->active && group_item_is_readable(item))
            transaction_add(t, item->server_handle, item->client_handle);
    return queue(g, t, cancel_id);
}

static HRESULT STDMETHODCALLTYPE group_Refresh2(IOPCAsyncIO2 *self, OPCDATASOURCE source, DWORD id, DWORD *cancel_id)
{
    struct group *g = group_from_IOPCAsyncIO2(self);
    if (!cancel_id)
        return E_POINTER;
    *cancel_id = 0;
    if (source != OPC_DS_CACHE && source != OPC_DS_DEVICE)
        return E_INVALIDARG;
    HRESULT hr = enter_advised(g);
    if (FAILED(hr))
        return hr;
    hr = refresh(g, source, id, cancel_id);
    group_leave(g);
    return hr;
}

static HRESULT STDMETHODCALLTYPE group_Cancel2(IOPCAsyncIO2 *self, DWORD cancel_id)
{
    struct group *g = group_from_IOPCAsyncIO2(self);
    HRESULT hr = group_enter(g);
    if (FAILED(hr))
        return hr;
    hr = g->subscription ? subscription_cancel(g->subscription, cancel_id) : E_FAIL;
    group_leave(g);
    return hr;
}

static HRESULT STDMETHODCALLTYPE group_SetEnable(IOPCAsyncIO2 *self, BOOL enable)
{
    struct group *g = group_from_IOPCAsyncIO2(self);
    HRESULT hr = enter_advised(g);
    if (FAILED(hr))
        return hr;
    g->callbacks_enabled = enable != FALSE;
    subscription_note_changes(g->subscription);
    group_leave(g);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE group_GetEnable(IOPCAsyncIO2 *self, BOOL *enable)
{
    struct group *g = group_from_IOPCAsyncIO2(self);
    if (!enable)
        return E_POINTER;
    *enable = FALSE;
    HRESULT hr = enter_advised(g);
    if (FAILED(hr))
        return hr;
    *enable = g->callbacks_enabled ? TRUE : FALSE;
    group_leave(g);
    return S_OK;
}

const IOPCAsyncIO2Vtbl group_IOPCAsyncIO2_vtbl = {
    .QueryInterface = group_IOPCAsyncIO2_QueryInterface,
    .AddRef = group_IOPCAsyncIO2_AddRef,
    .Release = group_IOPCAsyncIO2_Release,
    .Read = group_async_Read,
    .Write = group_async_Write,
    .Refresh2 = group_Refresh2,
    .Cancel2 = group_Cancel2,
    .SetEnable = group_SetEnable,
    .GetEnable = group_GetEnable,
};
