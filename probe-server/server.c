/* Life of a server object and its list of groups. */
#include "probe-server/server.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opcda/com_object.h"
#include "opcda/opc_error.h"
#include "opcda/text.h"
#include "probe-server/refusal.h"
#include "probe-server/server_groups.h"
#include "probe-server/server_internal.h"

static const struct com_iface_entry server_ifaces[] = {
    { &IID_IUnknown, offsetof(struct server, IOPCServer_iface) },
    { &IID_IOPCServer, offsetof(struct server, IOPCServer_iface) },
    { &IID_IOPCCommon, offsetof(struct server, IOPCCommon_iface) },
    { &IID_IConnectionPointContainer, offsetof(struct server, IConnectionPointContainer_iface) },
    { NULL, 0 },
};

HRESULT server_query(struct server *s, REFIID iid, void **out)
{
    if (out && refusal_of_interface(s->service, iid)) {
        *out = NULL;
        return E_NOINTERFACE;
    }
    return com_query(server_ifaces, s, iid, out);
}

static void list_server(struct server *s)
{
    mutex_lock(&s->service->lock);
    s->next = s->service->servers;
    s->service->servers = s;
    mutex_unlock(&s->service->lock);
}

static void unlist_server(struct server *s)
{
    mutex_lock(&s->service->lock);
    for (struct server **at = &s->service->servers; *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            break;
        }
    mutex_unlock(&s->service->lock);
}

HRESULT server_create(struct service *service, REFIID iid, void **out)
{
    *out = NULL;
    HRESULT hr = refusal_of_object(service);
    if (FAILED(hr))
        return hr;
    struct server *s = calloc(1, sizeof(*s));
    if (!s)
        return E_OUTOFMEMORY;
    s->IOPCServer_iface.lpVtbl = &server_IOPCServer_vtbl;
    s->IOPCCommon_iface.lpVtbl = &server_IOPCCommon_vtbl;
    s->IConnectionPointContainer_iface.lpVtbl = &server_IConnectionPointContainer_vtbl;
    connection_point_init(&s->shutdown_point, &server_shutdown_point_ops);
    atomic_init(&s->references, 0);
    atomic_init(&s->holds, 0);
    s->service = service;
    s->locale = LOCALE_SYSTEM_DEFAULT;
    mutex_init(&s->lock);
    mutex_init(&s->client_lock);
    service_object_born(service);
    list_server(s);
    /* The creator's reference; when the interface does not exist it is the last. */
    server_addref(s);
    hr = server_query(s, iid, out);
    server_release(s);
    return hr;
}

static void server_destroy(struct server *s)
{
    struct service *service = s->service;
    free(s->groups);
    mutex_cleanup(&s->client_lock);
    mutex_cleanup(&s->lock);
    free(s);
    service_object_died(service);
}

void server_hold(struct server *s)
{
    atomic_fetch_add(&s->holds, 1);
}

void server_unhold(struct server *s)
{
    if (atomic_fetch_sub(&s->holds, 1) == 1)
        server_destroy(s);
}

ULONG server_addref(struct server *s)
{
    server_hold(s);
    return atomic_fetch_add(&s->references, 1) + 1;
}

/* The client is gone: whatever it left behind goes too. */
static void server_abandon(struct server *s)
{
    unlist_server(s);
    mutex_lock(&s->client_lock);
    IOPCShutdown *shutdown = s->shutdown;
    s->shutdown = NULL;
    mutex_unlock(&s->client_lock);
    if (shutdown)
        IOPCShutdown_Release(shutdown);
    server_remove_all_groups(s);
}

ULONG server_release(struct server *s)
{
    ULONG left = atomic_fetch_sub(&s->references, 1) - 1;
    if (!left)
        server_abandon(s);
    server_unhold(s);
    return left;
}

struct service *server_service(const struct server *s)
{
    return s->service;
}

void server_get_nonce(struct server *s, char out[SERVER_NONCE])
{
    mutex_lock(&s->client_lock);
    memcpy(out, s->nonce, SERVER_NONCE);
    mutex_unlock(&s->client_lock);
}

void server_note_update(struct server *s)
{
    FILETIME now = service_now_filetime(s->service);
    mutex_lock(&s->client_lock);
    s->last_update = now;
    mutex_unlock(&s->client_lock);
}
