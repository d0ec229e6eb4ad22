/* COM enumerators over a snapshot of elements.
 *
 * Every create function copies the array and takes over what its elements own, also when it fails: interface pointers
 * with their reference, strings from CoTaskMemAlloc, attributes as AddItems' relatives own them. A clone shares the
 * snapshot. */
#ifndef PROBE_SERVER_ENUMERATOR_H
#define PROBE_SERVER_ENUMERATOR_H

#include <comcat.h>
#include <objbase.h>
#include <ocidl.h>
#include <opccomn.h>
#include <opcda.h>

HRESULT enumerator_create_unknown(IUnknown **elements, ULONG count, IEnumUnknown **out);
HRESULT enumerator_create_strings(LPOLESTR *elements, ULONG count, IEnumString **out);
HRESULT enumerator_create_connection_points(IConnectionPoint **elements, ULONG count, IEnumConnectionPoints **out);
HRESULT enumerator_create_connections(CONNECTDATA *elements, ULONG count, IEnumConnections **out);
HRESULT enumerator_create_attributes(OPCITEMATTRIBUTES *elements, ULONG count, IEnumOPCItemAttributes **out);
HRESULT enumerator_create_guids(GUID *elements, ULONG count, IEnumGUID **out);
/* The same as the interface that OPC has of its own, because IEnumGUID's proxy is missing on some machines. */
HRESULT enumerator_create_opc_guids(GUID *elements, ULONG count, IOPCEnumGUID **out);

#endif
