#include "dcom/com/proxy_table.h"

#include <stdlib.h>

#include "dcom/com/own_pings.h"
#include "dcom/orpc/bindings.h"

static struct mutex lock = MUTEX_INIT;
static struct table table; /* (LOCK lock) struct proxy_manager by OID */

static struct proxy_manager *find_locked(const struct objref *objref)
{
    struct table_link *link = table_first(&table, objref->std.oid);
    for (; link; link = table_next(link)) {
        struct proxy_manager *m = TABLE_ITEM(link, struct proxy_manager, by_oid);
        if (m->oid == objref->std.oid && m->oxid == objref->std.oxid)
            return m;
    }
    return NULL;
}

void proxy_table_free(struct proxy_manager *m)
{
    remote_exporter_release(m->exporter);
    blanket_release(m->defaults);
    blanket_release(m->blanket);
    CoTaskMemFree(m->resolver);
    mutex_cleanup(&m->lock);
    free(m);
}

static HRESULT new_manager(struct runtime *rt, const struct objref *objref, struct remote_exporter *e,
                           struct proxy_manager **out)
{
    *out = NULL;
    struct proxy_manager *m = calloc(1, sizeof *m);
    if (!m)
        return E_OUTOFMEMORY;
    mutex_init(&m->lock);
    m->IUnknown_iface.lpVtbl = &proxy_IUnknown_vtbl;
    m->IClientSecurity_iface.lpVtbl = &proxy_IClientSecurity_vtbl;
    atomic_init(&m->references, 1);
    m->oxid = objref->std.oxid;
    m->oid = objref->std.oid;
    m->no_ping = objref->std.flags & STDOBJREF_NO_PING;
    m->resolver = bindings_dup(objref->resolver);
    HRESULT hr = m->resolver ? blanket_of_exporter(rt, e, &m->defaults) : E_OUTOFMEMORY;
    if (FAILED(hr)) {
        proxy_table_free(m);
        return hr;
    }
    m->blanket = blanket_addref(m->defaults);
    m->exporter = remote_exporter_addref(e);
    *out = m;
    return S_OK;
}

static void report(const struct proxy_manager *m, bool held)
{
    struct runtime *rt = runtime_get();
    if (!rt || m->no_ping)
        return;
    if (!rt->reporter && held)
        own_pings_hold(rt, m->exporter, m->resolver, m->oid);
    else if (!rt->reporter)
        own_pings_drop(rt, m->resolver, m->oid);
    else if (held)
        oid_reporter_hold(rt->reporter, m->resolver, m->oid);
    else
        oid_reporter_drop(rt->reporter, m->resolver, m->oid);
}

/* Holding and dropping are reported under the lock, so that the reports of an object that comes back at once stand in
 * the order in which it happened. */
HRESULT proxy_table_get(struct runtime *rt, const struct objref *objref, struct remote_exporter *e,
                        struct proxy_manager **out)
{
    struct proxy_manager *fresh = NULL;
    mutex_lock(&lock);
    *out = find_locked(objref);
    if (*out)
        proxy_manager_addref(*out);
    mutex_unlock(&lock);
    if (*out)
        return S_OK;
    HRESULT hr = new_manager(rt, objref, e, &fresh);
    if (FAILED(hr))
        return hr;
    mutex_lock(&lock);
    *out = find_locked(objref);
    if (*out) {
        proxy_manager_addref(*out);
    } else if (table_add(&table, &fresh->by_oid, fresh->oid)) {
        *out = fresh;
        fresh = NULL;
        (*out)->in_table = true;
        report(*out, true);
    }
    mutex_unlock(&lock);
    if (fresh)
        proxy_table_free(fresh);
    return *out ? S_OK : E_OUTOFMEMORY;
}

bool proxy_table_drop(struct proxy_manager *m, ULONG *left)
{
    /* Most releases are not the last one. */
    unsigned references = atomic_load(&m->references);
    while (references > 1)
        if (atomic_compare_exchange_weak(&m->references, &references, references - 1)) {
            *left = references - 1;
            return false;
        }
    mutex_lock(&lock);
    *left = atomic_fetch_sub(&m->references, 1) - 1;
    bool last = *left == 0;
    if (last && m->in_table) {
        m->in_table = false;
        table_remove(&table, &m->by_oid);
        report(m, false);
    }
    mutex_unlock(&lock);
    return last;
}

void proxy_table_disconnect_all(void)
{
    for (;;) {
        struct proxy_manager *m = NULL;
        mutex_lock(&lock);
        struct table_link *link = table_take_any(&table);
        if (link) {
            m = TABLE_ITEM(link, struct proxy_manager, by_oid);
            m->in_table = false;
            proxy_manager_addref(m);
            report(m, false);
        }
        if (!link)
            table_cleanup(&table);
        mutex_unlock(&lock);
        if (!m)
            return;
        proxy_manager_disconnect(m);
        proxy_manager_release(m);
    }
}
