/* The connection point for IOPCShutdown, and asking the clients to leave (OPC Common 1.10, 3.2). */
#include <olectl.h>
#include <stdlib.h>

#include "base/event.h"
#include "opcda/text.h"
#include "probe-server/server_internal.h"

static struct server *server_of_point(struct connection_point *point)
{
    return (struct server *)((char *)point - offsetof(struct server, shutdown_point));
}

static ULONG addref_server(struct connection_point *point)
{
    return server_addref(server_of_point(point));
}

static ULONG release_server(struct connection_point *point)
{
    return server_release(server_of_point(point));
}

static IConnectionPointContainer *container_of_point(struct connection_point *point)
{
    struct server *s = server_of_point(point);
    server_addref(s);
    return &s->IConnectionPointContainer_iface;
}

static HRESULT advise(struct connection_point *point, IUnknown *sink, DWORD *cookie)
{
    struct server *s = server_of_point(point);
    HRESULT hr = CONNECT_E_ADVISELIMIT;
    s->service->ops->prepare_sink(s->service->context, sink);
    mutex_lock(&s->client_lock);
    if (!s->shutdown) {
        /* The connection point asked the sink for this very interface. */
        s->shutdown = (IOPCShutdown *)sink;
        IOPCShutdown_AddRef(s->shutdown);
        if (!++s->shutdown_cookie)
            s->shutdown_cookie = 1;
        *cookie = s->shutdown_cookie;
        hr = S_OK;
    }
    mutex_unlock(&s->client_lock);
    return hr;
}

static HRESULT unadvise(struct connection_point *point, DWORD cookie)
{
    struct server *s = server_of_point(point);
    IOPCShutdown *sink = NULL;
    mutex_lock(&s->client_lock);
    if (s->shutdown && s->shutdown_cookie == cookie) {
        sink = s->shutdown;
        s->shutdown = NULL;
    }
    mutex_unlock(&s->client_lock);
    if (!sink)
        return CONNECT_E_NOCONNECTION;
    IOPCShutdown_Release(sink);
    return S_OK;
}

static BOOL connection(struct connection_point *point, CONNECTDATA *out)
{
    struct server *s = server_of_point(point);
    mutex_lock(&s->client_lock);
    IOPCShutdown *sink = s->shutdown;
    if (sink) {
        IOPCShutdown_AddRef(sink);
        out->pUnk = (IUnknown *)sink;
        out->dwCookie = s->shutdown_cookie;
    }
    mutex_unlock(&s->client_lock);
    return sink != NULL;
}

const struct connection_point_ops server_shutdown_point_ops = {
    .iid = &IID_IOPCShutdown,
    .addref = addref_server,
    .release = release_server,
    .container = container_of_point,
    .advise = advise,
    .unadvise = unadvise,
    .connection = connection,
};

/* One client that is to be asked. */
struct request {
    struct service *service;
    IOPCShutdown *sink; /* owned */
    WCHAR *reason;      /* owned */
};

/* A thread for each, because a client that is gone costs a deadline. */
static void ask(void *argument)
{
    struct request *r = argument;
    struct service *service = r->service;
    service->ops->thread_enter(service->context);
    HRESULT hr = IOPCShutdown_ShutdownRequest(r->sink, r->reason);
    if (FAILED(hr))
        event("callback_failed", EV_TEXT("method", "ShutdownRequest"), EV_CODE("hresult", hr));
    IOPCShutdown_Release(r->sink);
    CoTaskMemFree(r->reason);
    free(r);
    service->ops->thread_leave(service->context);
    service_object_died(service);
}

static void start_asking(struct service *service, IOPCShutdown *sink, const WCHAR *reason)
{
    struct request *r = calloc(1, sizeof(*r));
    WCHAR *copy = wide_copy(reason);
    service_object_born(service);
    if (r && copy) {
        *r = (struct request){ .service = service, .sink = sink, .reason = copy };
        if (!thread_start_detached(ask, r))
            return;
    }
    IOPCShutdown_Release(sink);
    CoTaskMemFree(copy);
    free(r);
    service_object_died(service);
}

/* Takes the sink of the first server that still has one, so that each is asked once. */
static IOPCShutdown *take_sink(struct service *service)
{
    IOPCShutdown *sink = NULL;
    mutex_lock(&service->lock);
    for (struct server *s = service->servers; s && !sink; s = s->next) {
        mutex_lock(&s->client_lock);
        sink = s->shutdown;
        s->shutdown = NULL;
        mutex_unlock(&s->client_lock);
    }
    mutex_unlock(&service->lock);
    return sink;
}

void server_request_shutdown(struct service *service, const WCHAR *reason)
{
    for (IOPCShutdown *sink; (sink = take_sink(service));)
        start_asking(service, sink, reason);
}
