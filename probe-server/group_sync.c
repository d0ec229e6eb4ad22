/* IOPCSyncIO: reading and writing at once (OPC DA 2.05A, 4.5.5). */
#include "base/clock.h"
#include "opcda/clear.h"
#include "opcda/com_object.h"
#include "opcda/opc_error.h"
#include "probe-server/group_internal.h"
#include "probe-server/reserved_items.h"
#include "probe-server/subscription.h"
#include "probe-server/task_memory.h"

COM_FORWARD_IUNKNOWN(group, IOPCSyncIO)

static HRESULT read_item(struct group *g, OPCDATASOURCE source, OPCHANDLE handle, struct lazy_caller *caller,
                         const struct sampling *sampling, OPCITEMSTATE *out, int64_t *service_ns)
{
    struct group_item *item = item_table_find(&g->items, handle);
    if (!item)
        return OPC_E_INVALIDHANDLE;
    struct reading reading;
    *service_ns += reserved_item_service_ns(item->source->reserved);
    group_know_caller(g, item, caller);
    group_item_read(item, source, sampling, &reading);
    out->hClient = item->client_handle;
    out->ftTimeStamp = reading.timestamp;
    out->wQuality = reading.quality;
    out->vDataValue = reading.value;
    return reading.error;
}

/* Fills the arrays under the lock; S_FALSE when an item has an error. */
static HRESULT read_items(struct group *g, OPCDATASOURCE source, DWORD count, const OPCHANDLE *handles,
                          OPCITEMSTATE *states, HRESULT *errors)
{
    char nonce[SERVER_NONCE];
    server_get_nonce(g->server, nonce);
    struct lazy_caller caller = { .known = false };
    int64_t service_ns = 0;
    HRESULT hr = group_enter(g);
    if (FAILED(hr))
        return hr;
    struct sampling sampling = group_sampling(g, &caller.caller, nonce);
    for (DWORD i = 0; i < count; i++) {
        errors[i] = read_item(g, source, handles[i], &caller, &sampling, &states[i], &service_ns);
        if (errors[i] != S_OK)
            hr = S_FALSE;
    }
    /* A device read may have found news for the subscription too. */
    if (source == OPC_DS_DEVICE && g->subscription)
        subscription_note_changes(g->subscription);
    group_leave(g);
    if (service_ns)
        clock_sleep_until_ns(clock_deadline_ns(service_ns));
    return hr;
}

static HRESULT STDMETHODCALLTYPE group_Read(IOPCSyncIO *self, OPCDATASOURCE source, DWORD count, OPCHANDLE *handles,
                                            OPCITEMSTATE **states, HRESULT **errors)
{
    struct group *g = group_from_IOPCSyncIO(self);
    if (!states || !errors)
        return E_POINTER;
    *states = NULL;
    *errors = NULL;
    if (!count || !handles || (source != OPC_DS_CACHE && source != OPC_DS_DEVICE))
        return E_INVALIDARG;
    OPCITEMSTATE *state_array = task_array(count, sizeof(*state_array));
    HRESULT *error_array = task_array(count, sizeof(*error_array));
    HRESULT hr =
        state_array && error_array ? read_items(g, source, count, handles, state_array, error_array) : E_OUTOFMEMORY;
    if (FAILED(hr)) {
        opc_item_states_free(state_array, count);
        CoTaskMemFree(error_array);
        return hr;
    }
    *states = state_array;
    *errors = error_array;
    return hr;
}

static HRESULT STDMETHODCALLTYPE group_Write(IOPCSyncIO *self, DWORD count, OPCHANDLE *handles, VARIANT *values,
                                             HRESULT **errors)
{
    struct group *g = group_from_IOPCSyncIO(self);
    if (!errors)
        return E_POINTER;
    *errors = NULL;
    if (!count || !handles || !values)
        return E_INVALIDARG;
    HRESULT *array = task_array(count, sizeof(*array));
    if (!array)
        return E_OUTOFMEMORY;
    HRESULT hr = group_enter(g);
    if (FAILED(hr)) {
        CoTaskMemFree(array);
        return hr;
    }
    struct caller nobody = { 0 };
    struct sampling sampling = group_sampling(g, &nobody, "");
    for (DWORD i = 0; i < count; i++) {
        struct group_item *item = item_table_find(&g->items, handles[i]);
        array[i] = item ? group_item_write(item, &values[i], &sampling) : OPC_E_INVALIDHANDLE;
        if (array[i] != S_OK)
            hr = S_FALSE;
    }
    group_leave(g);
    *errors = array;
    return hr;
}

const IOPCSyncIOVtbl group_IOPCSyncIO_vtbl = {
    .QueryInterface = group_IOPCSyncIO_QueryInterface,
    .AddRef = group_IOPCSyncIO_AddRef,
    .Release = group_IOPCSyncIO_Release,
    .Read = group_Read,
    .Write = group_Write,
};
