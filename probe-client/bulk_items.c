#include "probe-client/bulk_items.h"

#include <stdio.h>
#include <stdlib.h>

#include "opcda/clear.h"
#include "opcda/text.h"

#define ITEMS_PER_CALL 1000

HRESULT bulk_items_add_named(IOPCItemMgt *group, struct activity *activity, char *const *names, DWORD count,
                             OPCHANDLE *handles)
{
    static WCHAR no_path[1];
    OPCITEMDEF *defs = calloc(count, sizeof(*defs));
    HRESULT hr = defs ? S_OK : E_OUTOFMEMORY;
    for (DWORD i = 0; SUCCEEDED(hr) && i < count; i++) {
        defs[i] = (OPCITEMDEF){ .szAccessPath = no_path, .bActive = TRUE, .hClient = i + 1 };
        defs[i].szItemID = wide_from_utf8(names[i]);
        if (!defs[i].szItemID)
            hr = E_OUTOFMEMORY;
    }
    OPCITEMRESULT *results = NULL;
    HRESULT *errors = NULL;
    if (SUCCEEDED(hr)) {
        activity_call(activity, "IOPCItemMgt::AddItems");
        hr = IOPCItemMgt_AddItems(group, count, defs, &results, &errors);
        if (SUCCEEDED(hr) && (!results || !errors))
            hr = E_POINTER;
        DWORD valid = SUCCEEDED(hr) ? count : 0;
        for (DWORD i = 0; i < valid; i++) {
            handles[i] = results[i].hServer;
            if (FAILED(errors[i]) && SUCCEEDED(hr))
                hr = errors[i];
        }
        opc_item_results_free(results, valid);
        CoTaskMemFree(errors);
    }
    for (DWORD i = 0; defs && i < count; i++)
        CoTaskMemFree(defs[i].szItemID);
    free(defs);
    return hr;
}

static HRESULT add_part(IOPCItemMgt *group, struct activity *activity, uint32_t first, uint32_t count,
                        OPCHANDLE *handles)
{
    char names[ITEMS_PER_CALL][24];
    char *pointers[ITEMS_PER_CALL];
    for (uint32_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof(names[i]), "Bulk.R8.%05u", (unsigned)((first + i) % BULK_ITEMS + 1));
        pointers[i] = names[i];
    }
    return bulk_items_add_named(group, activity, pointers, count, handles);
}

HRESULT bulk_items_add(IOPCItemMgt *group, struct activity *activity, uint32_t count, OPCHANDLE *handles)
{
    HRESULT hr = S_OK;
    for (uint32_t first = 0; SUCCEEDED(hr) && first < count; first += ITEMS_PER_CALL) {
        uint32_t left = count - first;
        hr = add_part(group, activity, first, left < ITEMS_PER_CALL ? left : ITEMS_PER_CALL, handles + first);
    }
    return hr;
}
