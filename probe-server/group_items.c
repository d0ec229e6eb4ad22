/* IOPCItemMgt: the items of a group (OPC DA 2.05A, 4.5.2). */
#include <stdlib.h>

#include "opcda/com_object.h"
#include "opcda/opc_error.h"
#include "opcda/text.h"
#include "probe-server/enumerator.h"
#include "probe-server/group_internal.h"
#include "probe-server/subscription.h"
#include "probe-server/task_memory.h"
#include "probe-server/value.h"

COM_FORWARD_IUNKNOWN(group, IOPCItemMgt)

/* S_FALSE says that an item has an error of its own. */
static HRESULT summary(const HRESULT *errors, DWORD count)
{
    for (DWORD i = 0; i < count; i++)
        if (errors[i] != S_OK)
            return S_FALSE;
    return S_OK;
}

/* Judges one definition; on S_OK `source` is its item. */
static HRESULT check_definition(const struct group *g, const OPCITEMDEF *definition, const struct space_item **source)
{
    if (!definition->szItemID || !*definition->szItemID || wide_length(definition->szItemID) > SPACE_ID_MAXIMUM)
        return OPC_E_INVALIDITEMID;
    *source = address_space_find(g->service->space, definition->szItemID);
    if (!*source)
        return OPC_E_UNKNOWNITEMID;
    if (definition->szAccessPath && *definition->szAccessPath)
        return OPC_E_UNKNOWNPATH; /* this server has none */
    return value_type_possible((*source)->type, definition->vtRequestedDataType) ? S_OK : OPC_E_BADTYPE;
}

static void describe(const struct space_item *source, OPCHANDLE handle, OPCITEMRESULT *out)
{
    out->hServer = handle;
    out->vtCanonicalDataType = source->type;
    out->dwAccessRights = source->access;
}

static HRESULT add_item(struct group *g, const OPCITEMDEF *definition, OPCITEMRESULT *result)
{
    const struct space_item *source;
    HRESULT hr = check_definition(g, definition, &source);
    if (FAILED(hr))
        return hr;
    struct group_item *item = item_table_add(&g->items, source);
    if (!item)
        return E_OUTOFMEMORY;
    item->client_handle = definition->hClient;
    item->requested = definition->vtRequestedDataType;
    item->active = definition->bActive != FALSE;
    item->changed = item->active;
    describe(source, item->server_handle, result);
    return S_OK;
}

/* What every method with a list of items begins with: the checks, the array of errors, the lock. On success the
 * group is locked and `*errors` is to be given to the client. */
static HRESULT begin_list(struct group *g, DWORD count, const void *list, HRESULT **errors)
{
    if (!errors)
        return E_POINTER;
    *errors = NULL;
    if (!count || !list)
        return E_INVALIDARG;
    HRESULT *array = task_array(count, sizeof(*array));
    if (!array)
        return E_OUTOFMEMORY;
    HRESULT hr = group_enter(g);
    if (FAILED(hr)) {
        CoTaskMemFree(array);
        return hr;
    }
    *errors = array;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE group_AddItems(IOPCItemMgt *self, DWORD count, OPCITEMDEF *definitions,
                                                OPCITEMRESULT **results, HRESULT **errors)
{
    struct group *g = group_from_IOPCItemMgt(self);
    if (!results)
        return E_POINTER;
    *results = NULL;
    HRESULT hr = begin_list(g, count, definitions, errors);
    if (FAILED(hr))
        return hr;
    OPCITEMRESULT *array = task_array(count, sizeof(*array));
    if (!array) {
        group_leave(g);
        CoTaskMemFree(*errors);
        *errors = NULL;
        return E_OUTOFMEMORY;
    }
    for (DWORD i = 0; i < count; i++)
        (*errors)[i] = add_item(g, &definitions[i], &array[i]);
    if (g->subscription)
        subscription_note_changes(g->subscription);
    group_leave(g);
    *results = array;
    return summary(*errors, count);
}

static HRESULT STDMETHODCALLTYPE group_ValidateItems(IOPCItemMgt *self, DWORD count, OPCITEMDEF *definitions,
                                                     BOOL blob_update, OPCITEMRESULT **results, HRESULT **errors)
{
    struct group *g = group_from_IOPCItemMgt(self);
    (void)blob_update; /* this server has no blobs */
    if (!results)
        return E_POINTER;
    *results = NULL;
    HRESULT hr = begin_list(g, count, definitions, errors);
    if (FAILED(hr))
        return hr;
    group_leave(g); /* nothing of the group is touched */
    OPCITEMRESULT *array = task_array(count, sizeof(*array));
    if (!array) {
        CoTaskMemFree(*errors);
        *errors = NULL;
        return E_OUTOFMEMORY;
    }
    for (DWORD i = 0; i < count; i++) {
        const struct space_item *source;
        (*errors)[i] = check_definition(g, &definitions[i], &source);
        if (SUCCEEDED((*errors)[i]))
            describe(source, 0, &array[i]);
    }
    *results = array;
    return summary(*errors, count);
}

static HRESULT STDMETHODCALLTYPE group_RemoveItems(IOPCItemMgt *self, DWORD count, OPCHANDLE *handles, HRESULT **errors)
{
    struct group *g = group_from_IOPCItemMgt(self);
    HRESULT hr = begin_list(g, count, handles, errors);
    if (FAILED(hr))
        return hr;
    for (DWORD i = 0; i < count; i++)
        (*errors)[i] = item_table_remove(&g->items, handles[i]) ? S_OK : OPC_E_INVALIDHANDLE;
    group_leave(g);
    return summary(*errors, count);
}

static HRESULT STDMETHODCALLTYPE group_SetActiveState(IOPCItemMgt *self, DWORD count, OPCHANDLE *handles, BOOL active,
                                                      HRESULT **errors)
{
    struct group *g = group_from_IOPCItemMgt(self);
    HRESULT hr = begin_list(g, count, handles, errors);
    if (FAILED(hr))
        return hr;
    for (DWORD i = 0; i < count; i++) {
        struct group_item *item = item_table_find(&g->items, handles[i]);
        (*errors)[i] = item ? S_OK : OPC_E_INVALIDHANDLE;
        if (!item)
            continue;
        /* Its quality changes from out of service, which is news even when the value is the old one (4.3). */
        if (active && !item->active)
            item->changed = true;
        item->active = active != FALSE;
    }
    if (g->subscription)
        subscription_note_changes(g->subscription);
    group_leave(g);
    return summary(*errors, count);
}

static HRESULT STDMETHODCALLTYPE group_SetClientHandles(IOPCItemMgt *self, DWORD count, OPCHANDLE *handles,
                                                        OPCHANDLE *clients, HRESULT **errors)
{
    struct group *g = group_from_IOPCItemMgt(self);
    if (!clients)
        return E_POINTER;
    HRESULT hr = begin_list(g, count, handles, errors);
    if (FAILED(hr))
        return hr;
    for (DWORD i = 0; i < count; i++) {
        struct group_item *item = item_table_find(&g->items, handles[i]);
        (*errors)[i] = item ? S_OK : OPC_E_INVALIDHANDLE;
        if (item)
            item->client_handle = clients[i];
    }
    group_leave(g);
    return summary(*errors, count);
}

static HRESULT STDMETHODCALLTYPE group_SetDatatypes(IOPCItemMgt *self, DWORD count, OPCHANDLE *handles, VARTYPE *types,
                                                    HRESULT **errors)
{
    struct group *g = group_from_IOPCItemMgt(self);
    if (!types)
        return E_POINTER;
    HRESULT hr = begin_list(g, count, handles, errors);
    if (FAILED(hr))
        return hr;
    for (DWORD i = 0; i < count; i++) {
        struct group_item *item = item_table_find(&g->items, handles[i]);
        if (!item)
            (*errors)[i] = OPC_E_INVALIDHANDLE;
        else if (!value_type_possible(item->source->type, types[i]))
            (*errors)[i] = OPC_E_BADTYPE;
        else
            item->requested = types[i];
    }
    group_leave(g);
    return summary(*errors, count);
}

static const WCHAR no_path[] = { 0 };

static HRESULT fill_attributes(const struct group_item *item, OPCITEMATTRIBUTES *out)
{
    out->szAccessPath = wide_copy(no_path);
    out->szItemID = wide_copy(item->source->id);
    out->bActive = item->active ? TRUE : FALSE;
    out->hClient = item->client_handle;
    out->hServer = item->server_handle;
    out->dwAccessRights = item->source->access;
    out->vtRequestedDataType = item->requested;
    out->vtCanonicalDataType = item->source->type;
    out->dwEUType = item->source->eu_type;
    HRESULT hr = space_item_eu_info(item->source, &out->vEUInfo);
    return out->szAccessPath && out->szItemID ? hr : E_OUTOFMEMORY;
}

static void clear_attributes(OPCITEMATTRIBUTES *attributes, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        CoTaskMemFree(attributes[i].szAccessPath);
        CoTaskMemFree(attributes[i].szItemID);
        VariantClear(&attributes[i].vEUInfo);
    }
}

static HRESULT create_enumerator(struct group *g, IEnumOPCItemAttributes **out)
{
    ULONG count = 0;
    OPCITEMATTRIBUTES *attributes = calloc(g->items.item_count + 1, sizeof(*attributes));
    if (!attributes)
        return E_OUTOFMEMORY;
    uint32_t at = 0;
    for (struct group_item *item; (item = item_table_next(&g->items, &at));) {
        HRESULT hr = fill_attributes(item, &attributes[count++]);
        if (FAILED(hr)) {
            clear_attributes(attributes, count);
            free(attributes);
            return hr;
        }
    }
    HRESULT hr = enumerator_create_attributes(attributes, count, out);
    free(attributes);
    return FAILED(hr) ? hr : count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE group_CreateEnumerator(IOPCItemMgt *self, REFIID iid, LPUNKNOWN *out)
{
    struct group *g = group_from_IOPCItemMgt(self);
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IEnumOPCItemAttributes))
        return E_NOINTERFACE;
    HRESULT hr = group_enter(g);
    if (FAILED(hr))
        return hr;
    IEnumOPCItemAttributes *attributes = NULL;
    hr = create_enumerator(g, &attributes);
    group_leave(g);
    *out = (IUnknown *)attributes;
    return hr;
}

const IOPCItemMgtVtbl group_IOPCItemMgt_vtbl = {
    .QueryInterface = group_IOPCItemMgt_QueryInterface,
    .AddRef = group_IOPCItemMgt_AddRef,
    .Release = group_IOPCItemMgt_Release,
    .AddItems = group_AddItems,
    .ValidateItems = group_ValidateItems,
    .RemoveItems = group_RemoveItems,
    .SetActiveState = group_SetActiveState,
    .SetClientHandles = group_SetClientHandles,
    .SetDatatypes = group_SetDatatypes,
    .CreateEnumerator = group_CreateEnumerator,
};
