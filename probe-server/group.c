/* Life of a group, and what its interfaces share. */
#include <stdlib.h>

#include "base/clock.h"
#include "opcda/com_object.h"
#include "probe-server/group_internal.h"
#include "probe-server/reserved_items.h"
#include "probe-server/subscription.h"

static const struct com_iface_entry group_ifaces[] = {
    { &IID_IUnknown, offsetof(struct group, IOPCItemMgt_iface) },
    { &IID_IOPCItemMgt, offsetof(struct group, IOPCItemMgt_iface) },
    { &IID_IOPCGroupStateMgt, offsetof(struct group, IOPCGroupStateMgt_iface) },
    { &IID_IOPCSyncIO, offsetof(struct group, IOPCSyncIO_iface) },
    { &IID_IOPCAsyncIO2, offsetof(struct group, IOPCAsyncIO2_iface) },
    { &IID_IConnectionPointContainer, offsetof(struct group, IConnectionPointContainer_iface) },
    { NULL, 0 },
};

static struct group *group_of_task(struct scheduler_task *task)
{
    return (struct group *)((char *)task - offsetof(struct group, sampling));
}

static void run_task(struct scheduler_task *task, int64_t now_ns)
{
    group_sample(group_of_task(task), now_ns);
}

static void hold_task(struct scheduler_task *task)
{
    group_hold(group_of_task(task));
}

static void unhold_task(struct scheduler_task *task)
{
    group_unhold(group_of_task(task));
}

static const struct scheduler_task_ops sampling_ops = { run_task, hold_task, unhold_task };

DWORD group_revise_rate(DWORD requested_ms)
{
    if (requested_ms <= GROUP_RATE_MINIMUM_MS)
        return GROUP_RATE_MINIMUM_MS;
    if (requested_ms >= GROUP_RATE_MAXIMUM_MS)
        return GROUP_RATE_MAXIMUM_MS;
    return (requested_ms + GROUP_RATE_STEP_MS - 1) / GROUP_RATE_STEP_MS * GROUP_RATE_STEP_MS;
}

bool group_deadband_is_valid(FLOAT deadband)
{
    return deadband >= 0 && deadband <= 100;
}

struct group *group_create(struct server *server, const struct group_settings *settings, WCHAR *name, OPCHANDLE handle)
{
    struct group *g = name ? calloc(1, sizeof(*g)) : NULL;
    if (!g) {
        CoTaskMemFree(name);
        return NULL;
    }
    g->IOPCItemMgt_iface.lpVtbl = &group_IOPCItemMgt_vtbl;
    g->IOPCGroupStateMgt_iface.lpVtbl = &group_IOPCGroupStateMgt_vtbl;
    g->IOPCSyncIO_iface.lpVtbl = &group_IOPCSyncIO_vtbl;
    g->IOPCAsyncIO2_iface.lpVtbl = &group_IOPCAsyncIO2_vtbl;
    g->IConnectionPointContainer_iface.lpVtbl = &group_IConnectionPointContainer_vtbl;
    connection_point_init(&g->data_point, &group_data_point_ops);
    atomic_init(&g->references, 0);
    atomic_init(&g->holds, 1);
    g->service = server_service(server);
    g->server = server;
    server_hold(server);
    g->handle = handle;
    g->sampling.ops = &sampling_ops;
    g->name = name;
    mutex_init(&g->lock);
    g->settings = *settings;
    g->callbacks_enabled = true;
    service_object_born(g->service);
    return g;
}

static void group_destroy(struct group *g)
{
    struct service *service = g->service;
    struct server *server = g->server;
    item_table_cleanup(&g->items);
    CoTaskMemFree(g->name);
    mutex_cleanup(&g->lock);
    free(g);
    server_unhold(server);
    service_object_died(service);
}

void group_hold(struct group *g)
{
    atomic_fetch_add(&g->holds, 1);
}

void group_unhold(struct group *g)
{
    if (atomic_fetch_sub(&g->holds, 1) == 1)
        group_destroy(g);
}

ULONG group_addref(struct group *g)
{
    group_hold(g);
    return atomic_fetch_add(&g->references, 1) + 1;
}

ULONG group_release(struct group *g)
{
    ULONG left = atomic_fetch_sub(&g->references, 1) - 1;
    group_unhold(g);
    return left;
}

HRESULT group_query(struct group *g, REFIID iid, void **out)
{
    return com_query(group_ifaces, g, iid, out);
}

void group_start(struct group *g)
{
    scheduler_set(g->service->scheduler, &g->sampling, g->settings.rate_ms * NS_PER_MS);
}

void group_close(struct group *g)
{
    mutex_lock(&g->lock);
    struct subscription *s = g->subscription;
    g->closed = true;
    g->subscription = NULL;
    if (s)
        subscription_stop(s);
    mutex_unlock(&g->lock);
    scheduler_remove(g->service->scheduler, &g->sampling);
}

ULONG group_references(const struct group *g)
{
    return atomic_load(&g->references);
}

OPCHANDLE group_handle(const struct group *g)
{
    return g->handle;
}

const WCHAR *group_name(const struct group *g)
{
    return g->name;
}

void group_swap_name(struct group *g, WCHAR **name)
{
    WCHAR *old = g->name;
    g->name = *name;
    *name = old;
}

void group_get_settings(struct group *g, struct group_settings *out)
{
    mutex_lock(&g->lock);
    *out = g->settings;
    mutex_unlock(&g->lock);
}

HRESULT group_copy_items(struct group *g, struct group *from)
{
    HRESULT hr = S_OK;
    uint32_t at = 0;
    /* `g` is not listed yet, so nobody else can hold its lock while waiting for `from`. */
    mutex_lock(&from->lock);
    mutex_lock(&g->lock);
    for (struct group_item *item; SUCCEEDED(hr) && (item = item_table_next(&from->items, &at));) {
        struct group_item *copy = item_table_add(&g->items, item->source);
        if (!copy) {
            hr = E_OUTOFMEMORY;
            break;
        }
        copy->client_handle = item->client_handle;
        copy->requested = item->requested;
        copy->active = item->active;
    }
    mutex_unlock(&g->lock);
    mutex_unlock(&from->lock);
    return hr;
}

HRESULT group_enter(struct group *g)
{
    mutex_lock(&g->lock);
    if (!g->closed)
        return S_OK;
    mutex_unlock(&g->lock);
    return E_FAIL;
}

void group_leave(struct group *g)
{
    mutex_unlock(&g->lock);
}

struct sampling group_sampling(struct group *g, const struct caller *caller, const char *nonce)
{
    return (struct sampling){
        .service = g->service,
        .nonce = nonce,
        .caller = caller,
        .now_ns = service_now_ns(g->service),
        .wall = service_now_filetime(g->service),
        .deadband_percent = g->settings.deadband,
        .group_active = g->settings.active,
        .awaited = g->subscription && g->callbacks_enabled && g->settings.active,
        .locale = g->settings.locale,
    };
}

void group_know_caller(struct group *g, const struct group_item *item, struct lazy_caller *caller)
{
    if (caller->known || !reserved_item_needs_caller(item->source->reserved))
        return;
    g->service->ops->query_caller(g->service->context, &caller->caller);
    caller->known = true;
}

static bool is_live(const struct group_item *item)
{
    return item->active && group_item_is_readable(item);
}

bool group_has_live_items(const struct group *g)
{
    uint32_t at = 0;
    for (const struct group_item *item; g->settings.active && (item = item_table_next(&g->items, &at));)
        if (is_live(item))
            return true;
    return false;
}

void group_mark_all(struct group *g)
{
    uint32_t at = 0;
    for (struct group_item *item; (item = item_table_next(&g->items, &at));)
        if (is_live(item))
            item->changed = true;
    if (g->subscription)
        subscription_note_changes(g->subscription);
}

/* Whether one of the live items has news. Under the lock. */
static bool sample_items(struct group *g, int64_t now_ns, const char *nonce)
{
    struct caller nobody = { 0 };
    struct sampling sampling =
        group_sampling(g, g->subscription ? subscription_caller(g->subscription) : &nobody, nonce);
    bool changed = false;
    uint32_t at = 0;
    sampling.now_ns = now_ns;
    for (struct group_item *item; (item = item_table_next(&g->items, &at));)
        if (is_live(item)) {
            group_item_refresh(item, &sampling);
            changed = changed || item->changed;
        }
    return changed;
}

void group_sample(struct group *g, int64_t now_ns)
{
    struct subscription *to_wake = NULL;
    char nonce[SERVER_NONCE];
    server_get_nonce(g->server, nonce);
    mutex_lock(&g->lock);
    if (!g->closed && g->settings.active && sample_items(g, now_ns, nonce) && g->subscription) {
        to_wake = g->subscription;
        subscription_mark(to_wake);
    }
    mutex_unlock(&g->lock);
    if (to_wake)
        subscription_wake(to_wake);
}
