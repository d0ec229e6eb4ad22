/* The one place that knows what hangs below each OPC structure.
 *
 * Each function frees an array that came out of a COM call, with everything its elements own, and
 * accepts NULL. An array shorter than `count` is the caller's mistake. Plain arrays (HRESULT,
 * handles, LCIDs) need only CoTaskMemFree. */
#ifndef OPCDA_CLEAR_H
#define OPCDA_CLEAR_H

#include <opcda.h>

void opc_item_states_free(OPCITEMSTATE *states, DWORD count);
void opc_item_results_free(OPCITEMRESULT *results, DWORD count);
void opc_item_attributes_free(OPCITEMATTRIBUTES *attributes, DWORD count);
void opc_server_status_free(OPCSERVERSTATUS *status);
void opc_item_property_lists_free(OPCITEMPROPERTIES *lists, DWORD count);
void opc_browse_elements_free(OPCBROWSEELEMENT *elements, DWORD count);
void opc_variants_free(VARIANT *values, DWORD count);
void opc_strings_free(LPWSTR *strings, DWORD count);

#endif
