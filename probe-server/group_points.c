/* IConnectionPointContainer of a group, and its point for IOPCDataCallback (OPC DA 2.05A, 4.5.7). */
#include <olectl.h>

#include "opcda/com_object.h"
#include "probe-server/group_internal.h"
#include "probe-server/subscription.h"

COM_FORWARD_IUNKNOWN(group, IConnectionPointContainer)

static HRESULT STDMETHODCALLTYPE group_EnumConnectionPoints(IConnectionPointContainer *self,
                                                            IEnumConnectionPoints **out)
{
    return connection_point_enumerate(&group_from_IConnectionPointContainer(self)->data_point, out);
}

static HRESULT STDMETHODCALLTYPE group_FindConnectionPoint(IConnectionPointContainer *self, REFIID iid,
                                                           IConnectionPoint **out)
{
    return connection_point_find(&group_from_IConnectionPointContainer(self)->data_point, iid, out);
}

const IConnectionPointContainerVtbl group_IConnectionPointContainer_vtbl = {
    .QueryInterface = group_IConnectionPointContainer_QueryInterface,
    .AddRef = group_IConnectionPointContainer_AddRef,
    .Release = group_IConnectionPointContainer_Release,
    .EnumConnectionPoints = group_EnumConnectionPoints,
    .FindConnectionPoint = group_FindConnectionPoint,
};

static struct group *group_of_point(struct connection_point *point)
{
    return (struct group *)((char *)point - offsetof(struct group, data_point));
}

static ULONG addref_group(struct connection_point *point)
{
    return group_addref(group_of_point(point));
}

static ULONG release_group(struct connection_point *point)
{
    return group_release(group_of_point(point));
}

static IConnectionPointContainer *container_of_point(struct connection_point *point)
{
    struct group *g = group_of_point(point);
    group_addref(g);
    return &g->IConnectionPointContainer_iface;
}

/* Starts the subscription outside the lock, for starting a thread and preparing the sink may take time, and lets
 * it go again when somebody else was first. */
static HRESULT advise(struct connection_point *point, IUnknown *sink, DWORD *cookie)
{
    struct group *g = group_of_point(point);
    struct service *service = g->service;
    struct caller caller = { 0 };
    service->ops->query_caller(service->context, &caller);
    HRESULT hr = group_enter(g);
    if (FAILED(hr))
        return hr;
    bool taken = g->subscription != NULL;
    DWORD wanted = ++g->last_cookie ? g->last_cookie : ++g->last_cookie;
    group_leave(g);
    if (taken)
        return CONNECT_E_ADVISELIMIT;

    service->ops->prepare_sink(service->context, sink);
    struct subscription *s;
    /* The connection point asked the sink for this very interface. */
    if (subscription_start(g, (IOPCDataCallback *)sink, &caller, wanted, &s))
        return E_OUTOFMEMORY;
    mutex_lock(&g->lock);
    if (g->closed || g->subscription) {
        hr = g->closed ? E_FAIL : CONNECT_E_ADVISELIMIT;
        subscription_stop(s);
    } else {
        g->subscription = s;
        *cookie = wanted;
        /* The first callback has every active item (4.5.6.3). */
        group_mark_all(g);
    }
    mutex_unlock(&g->lock);
    return hr;
}

static HRESULT unadvise(struct connection_point *point, DWORD cookie)
{
    struct group *g = group_of_point(point);
    mutex_lock(&g->lock);
    struct subscription *s = g->subscription;
    HRESULT hr = s && subscription_cookie(s) == cookie ? S_OK : CONNECT_E_NOCONNECTION;
    if (SUCCEEDED(hr)) {
        g->subscription = NULL;
        g->callbacks_enabled = true;
        subscription_stop(s);
    }
    mutex_unlock(&g->lock);
    return hr;
}

static BOOL connection(struct connection_point *point, CONNECTDATA *out)
{
    struct group *g = group_of_point(point);
    mutex_lock(&g->lock);
    struct subscription *s = g->subscription;
    if (s) {
        out->pUnk = (IUnknown *)subscription_sink(s);
        out->dwCookie = subscription_cookie(s);
        IUnknown_AddRef(out->pUnk);
    }
    mutex_unlock(&g->lock);
    return s != NULL;
}

const struct connection_point_ops group_data_point_ops = {
    .iid = &IID_IOPCDataCallback,
    .addref = addref_group,
    .release = release_group,
    .container = container_of_point,
    .advise = advise,
    .unadvise = unadvise,
    .connection = connection,
};
