#include "probe-server/connection_point.h"

#include <olectl.h>

#include "base/event.h"
#include "opcda/com_object.h"
#include "probe-server/enumerator.h"

static const struct com_iface_entry connection_point_ifaces[] = {
    { &IID_IUnknown, offsetof(struct connection_point, IConnectionPoint_iface) },
    { &IID_IConnectionPoint, offsetof(struct connection_point, IConnectionPoint_iface) },
    { NULL, 0 },
};

static HRESULT connection_point_query(struct connection_point *point, REFIID iid, void **out)
{
    return com_query(connection_point_ifaces, point, iid, out);
}

static ULONG connection_point_addref(struct connection_point *point)
{
    return point->ops->addref(point);
}

static ULONG connection_point_release(struct connection_point *point)
{
    return point->ops->release(point);
}

COM_FORWARD_IUNKNOWN(connection_point, IConnectionPoint)

static HRESULT STDMETHODCALLTYPE connection_point_GetConnectionInterface(IConnectionPoint *self, IID *iid)
{
    if (!iid)
        return E_POINTER;
    *iid = *connection_point_from_IConnectionPoint(self)->ops->iid;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE connection_point_GetConnectionPointContainer(IConnectionPoint *self,
                                                                              IConnectionPointContainer **out)
{
    struct connection_point *point = connection_point_from_IConnectionPoint(self);
    if (!out)
        return E_POINTER;
    *out = point->ops->container(point);
    return S_OK;
}

/* The sink comes as IUnknown and has to be asked for its interface (OPC DA 2.05A, 4.6.2): between two
 * machines this is the first call from server to client, and where a broken way back shows. */
static HRESULT STDMETHODCALLTYPE connection_point_Advise(IConnectionPoint *self, IUnknown *sink, DWORD *cookie)
{
    struct connection_point *point = connection_point_from_IConnectionPoint(self);
    if (!cookie)
        return E_POINTER;
    *cookie = 0;
    if (!sink)
        return E_POINTER;
    IUnknown *callback = NULL;
    HRESULT hr = IUnknown_QueryInterface(sink, point->ops->iid, (void **)&callback);
    if (FAILED(hr)) {
        event("advise_failed", EV_CODE("hresult", hr));
        return CONNECT_E_CANNOTCONNECT;
    }
    hr = point->ops->advise(point, callback, cookie);
    IUnknown_Release(callback);
    return hr;
}

static HRESULT STDMETHODCALLTYPE connection_point_Unadvise(IConnectionPoint *self, DWORD cookie)
{
    struct connection_point *point = connection_point_from_IConnectionPoint(self);
    return point->ops->unadvise(point, cookie);
}

static HRESULT STDMETHODCALLTYPE connection_point_EnumConnections(IConnectionPoint *self, IEnumConnections **out)
{
    struct connection_point *point = connection_point_from_IConnectionPoint(self);
    if (!out)
        return E_POINTER;
    CONNECTDATA connection;
    ULONG count = point->ops->connection(point, &connection) ? 1 : 0;
    return enumerator_create_connections(&connection, count, out);
}

static const IConnectionPointVtbl connection_point_IConnectionPoint_vtbl = {
    .QueryInterface = connection_point_IConnectionPoint_QueryInterface,
    .AddRef = connection_point_IConnectionPoint_AddRef,
    .Release = connection_point_IConnectionPoint_Release,
    .GetConnectionInterface = connection_point_GetConnectionInterface,
    .GetConnectionPointContainer = connection_point_GetConnectionPointContainer,
    .Advise = connection_point_Advise,
    .Unadvise = connection_point_Unadvise,
    .EnumConnections = connection_point_EnumConnections,
};

void connection_point_init(struct connection_point *point, const struct connection_point_ops *ops)
{
    point->IConnectionPoint_iface.lpVtbl = &connection_point_IConnectionPoint_vtbl;
    point->ops = ops;
}

HRESULT connection_point_enumerate(struct connection_point *point, IEnumConnectionPoints **out)
{
    if (!out)
        return E_POINTER;
    IConnectionPoint *only = &point->IConnectionPoint_iface;
    IConnectionPoint_AddRef(only);
    return enumerator_create_connection_points(&only, 1, out);
}

HRESULT connection_point_find(struct connection_point *point, REFIID iid, IConnectionPoint **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, point->ops->iid))
        return CONNECT_E_NOCONNECTION;
    *out = &point->IConnectionPoint_iface;
    IConnectionPoint_AddRef(*out);
    return S_OK;
}
