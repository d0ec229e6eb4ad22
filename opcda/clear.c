#include "opcda/clear.h"

#include <objbase.h>
#include <oleauto.h>

void opc_variants_free(VARIANT *values, DWORD count)
{
    for (DWORD i = 0; values && i < count; i++)
        VariantClear(&values[i]);
    CoTaskMemFree(values);
}

void opc_strings_free(LPWSTR *strings, DWORD count)
{
    for (DWORD i = 0; strings && i < count; i++)
        CoTaskMemFree(strings[i]);
    CoTaskMemFree(strings);
}

void opc_item_states_free(OPCITEMSTATE *states, DWORD count)
{
    for (DWORD i = 0; states && i < count; i++)
        VariantClear(&states[i].vDataValue);
    CoTaskMemFree(states);
}

void opc_item_results_free(OPCITEMRESULT *results, DWORD count)
{
    for (DWORD i = 0; results && i < count; i++)
        CoTaskMemFree(results[i].pBlob);
    CoTaskMemFree(results);
}

void opc_item_attributes_free(OPCITEMATTRIBUTES *attributes, DWORD count)
{
    for (DWORD i = 0; attributes && i < count; i++) {
        CoTaskMemFree(attributes[i].szAccessPath);
        CoTaskMemFree(attributes[i].szItemID);
        CoTaskMemFree(attributes[i].pBlob);
        VariantClear(&attributes[i].vEUInfo);
    }
    CoTaskMemFree(attributes);
}

void opc_server_status_free(OPCSERVERSTATUS *status)
{
    if (status)
        CoTaskMemFree(status->szVendorInfo);
    CoTaskMemFree(status);
}

static void item_properties_clear(OPCITEMPROPERTIES *list)
{
    for (DWORD i = 0; list->pItemProperties && i < list->dwNumProperties; i++) {
        OPCITEMPROPERTY *property = &list->pItemProperties[i];
        CoTaskMemFree(property->szItemID);
        CoTaskMemFree(property->szDescription);
        VariantClear(&property->vValue);
    }
    CoTaskMemFree(list->pItemProperties);
}

void opc_item_property_lists_free(OPCITEMPROPERTIES *lists, DWORD count)
{
    for (DWORD i = 0; lists && i < count; i++)
        item_properties_clear(&lists[i]);
    CoTaskMemFree(lists);
}

void opc_browse_elements_free(OPCBROWSEELEMENT *elements, DWORD count)
{
    for (DWORD i = 0; elements && i < count; i++) {
        CoTaskMemFree(elements[i].szName);
        CoTaskMemFree(elements[i].szItemID);
        item_properties_clear(&elements[i].ItemProperties);
    }
    CoTaskMemFree(elements);
}
