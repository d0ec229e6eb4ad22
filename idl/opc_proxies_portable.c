/* The runtime's marshaller has the tables of every interface linked in. */
#include "idl/opc_proxies.h"

HRESULT opc_proxies_register(void)
{
    return S_OK;
}
