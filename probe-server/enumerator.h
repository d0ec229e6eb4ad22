/* COM enumerators over a snapshot of elements.
 *
 * Every create function takes the elements over, also when it fails: interface pointers with their
 * reference, strings from CoTaskMemAlloc, attributes as AddItems' relatives own them. A clone shares the snapshot. */
#ifndef PROBE_SERVER_ENUMERATOR_H
#define PROBE_SERVER_ENUMERATOR_H

#include <objbase.h>
#include <ocidl.h>
#include <opcda.h>

HRESULT enumerator_create_unknown(IUnknown **elements, ULONG count, IEnumUnknown **out);
HRESULT enumerator_create_strings(LPOLESTR *elements, ULONG count, IEnumString **out);
HRESULT enumerator_create_connection_points(IConnectionPoint **elements, ULONG count, IEnumConnectionPoints **out);
HRESULT enumerator_create_connections(CONNECTDATA *elements, ULONG count, IEnumConnections **out);
HRESULT enumerator_create_attributes(OPCITEMATTRIBUTES *elements, ULONG count, IEnumOPCItemAttributes **out);

#endif
