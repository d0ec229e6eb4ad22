/* CoDisconnectObject: an object of ours is about to end, whoever still holds it. */
#include "dcom/com/proxy.h"

STDAPI CoDisconnectObject(IUnknown *object, DWORD reserved)
{
    struct runtime *rt = runtime_get();
    struct proxy *member;
    if (reserved || !object)
        return E_INVALIDARG;
    if (!rt)
        return CO_E_NOTINITIALIZED;
    if (proxy_manager_of(object, &member))
        return S_OK; /* a proxy has no connections of its own to cut */
    struct exporter *x = runtime_exporter_if_any(rt);
    return x ? exporter_disconnect(x, object) : S_OK;
}
