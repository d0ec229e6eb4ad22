#include <stdlib.h>

#include "dcom/com/cancel.h"
#include "dcom/com/proxy_table.h"
#include "dcom/orpc/deadlines.h"
#include "dcom/orpc/rem_unknown.h"

#define RELEASES_PER_CALL 256

static struct proxy *from_interface(IUnknown *self)
{
    return (struct proxy *)(void *)self; /* `base` is the first member, and the vtable its first */
}

static struct proxy_manager *from_identity(IUnknown *self)
{
    return (struct proxy_manager *)((char *)self - offsetof(struct proxy_manager, IUnknown_iface));
}

void proxy_manager_addref(struct proxy_manager *m)
{
    atomic_fetch_add(&m->references, 1);
}

/* ---- IUnknown of members and copies ------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE proxy_QueryInterface(IUnknown *self, REFIID iid, void **out)
{
    struct proxy *p = from_interface(self);
    if (p->is_copy && IsEqualIID(iid, &p->iid)) {
        atomic_fetch_add(&p->copy_references, 1);
        *out = self;
        return S_OK;
    }
    return proxy_query(p->manager, iid, out);
}

static ULONG STDMETHODCALLTYPE proxy_AddRef(IUnknown *self)
{
    struct proxy *p = from_interface(self);
    if (p->is_copy)
        return atomic_fetch_add(&p->copy_references, 1) + 1;
    return atomic_fetch_add(&p->manager->references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE proxy_Release(IUnknown *self)
{
    struct proxy *p = from_interface(self);
    if (!p->is_copy)
        return proxy_manager_release(p->manager);
    ULONG left = atomic_fetch_sub(&p->copy_references, 1) - 1;
    if (left == 0) {
        proxy_manager_release(p->manager);
        blanket_release(p->blanket);
        free(p);
    }
    return left;
}

static const ndr_entry unknown_methods[3] = { (ndr_entry)proxy_QueryInterface, (ndr_entry)proxy_AddRef,
                                              (ndr_entry)proxy_Release };

/* ---- IUnknown of the identity ---------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE identity_QueryInterface(IUnknown *self, REFIID iid, void **out)
{
    return proxy_query(from_identity(self), iid, out);
}

static ULONG STDMETHODCALLTYPE identity_AddRef(IUnknown *self)
{
    return atomic_fetch_add(&from_identity(self)->references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE identity_Release(IUnknown *self)
{
    return proxy_manager_release(from_identity(self));
}

const IUnknownVtbl proxy_IUnknown_vtbl = {
    .QueryInterface = identity_QueryInterface,
    .AddRef = identity_AddRef,
    .Release = identity_Release,
};

struct proxy_manager *proxy_manager_of(IUnknown *object, struct proxy **member)
{
    *member = NULL;
    if (object->lpVtbl == &proxy_IUnknown_vtbl)
        return from_identity(object);
    if (object->lpVtbl->QueryInterface != proxy_QueryInterface)
        return NULL;
    *member = from_interface(object);
    return (*member)->manager;
}

/* ---- members ----------------------------------------------------------------------------------------- */

static struct proxy *find_member_locked(const struct proxy_manager *m, const IID *iid)
{
    struct proxy *p = m->members;
    while (p && !IsEqualIID(&p->iid, iid))
        p = p->next;
    return p;
}

static HRESULT new_proxy(struct proxy_manager *m, const IID *iid, const IPID *ipid, struct proxy **out)
{
    *out = NULL;
    const struct ndr_interface *type = ndr_find_interface(iid);
    if (!type && !IsEqualIID(iid, &IID_IUnknown))
        return REGDB_E_IIDNOTREG;
    struct proxy *p = calloc(1, sizeof *p);
    if (!p)
        return E_OUTOFMEMORY;
    p->base.type = type;
    p->base.channel = &proxy_channel;
    p->base.vtbl = type ? ndr_proxy_vtbl(type, unknown_methods) : NULL;
    if (type && !p->base.vtbl) {
        free(p);
        return E_OUTOFMEMORY;
    }
    p->manager = m;
    p->iid = *iid;
    p->ipid = *ipid;
    *out = p;
    return S_OK;
}

HRESULT proxy_add_member(struct proxy_manager *m, const IID *iid, const IPID *ipid, ULONG references,
                         struct proxy **out)
{
    struct proxy *fresh = NULL;
    HRESULT hr = S_OK;
    mutex_lock(&m->lock);
    *out = find_member_locked(m, iid);
    if (!*out) {
        hr = new_proxy(m, iid, ipid, &fresh);
        if (SUCCEEDED(hr)) {
            fresh->blanket = blanket_addref(m->defaults);
            fresh->next = m->members;
            m->members = *out = fresh;
        }
    }
    if (*out)
        (*out)->references += references;
    mutex_unlock(&m->lock);
    return hr;
}

HRESULT proxy_prepare(struct proxy_manager *m, struct proxy *member, struct remote_exporter **e, struct blanket **b)
{
    mutex_lock(&m->lock);
    *e = m->exporter ? remote_exporter_addref(m->exporter) : NULL;
    *b = *e ? blanket_addref(member ? member->blanket : m->blanket) : NULL;
    mutex_unlock(&m->lock);
    return *e ? S_OK : RPC_E_DISCONNECTED;
}

/* Any interface of the object will do to ask it for another one. */
static bool any_ipid(struct proxy_manager *m, IPID *out)
{
    mutex_lock(&m->lock);
    bool found = m->members != NULL;
    if (found)
        *out = m->members->ipid;
    mutex_unlock(&m->lock);
    return found;
}

static HRESULT query_remotely(struct proxy_manager *m, const IID *iid, struct proxy **out)
{
    struct remote_exporter *e;
    struct blanket *b;
    STDOBJREF std;
    IPID ipid;
    *out = NULL;
    if (!ndr_find_interface(iid) || !any_ipid(m, &ipid))
        return E_NOINTERFACE;
    HRESULT hr = proxy_prepare(m, NULL, &e, &b);
    if (FAILED(hr))
        return hr;
    struct rem_unknown r = { e, blanket_security(b), call_deadline_ns(), cancel_call_begin() };
    hr = rem_query_interface(&r, &ipid, iid, OBJREF_PUBLIC_REFS, &std);
    cancel_call_end();
    if (SUCCEEDED(hr))
        hr = proxy_add_member(m, iid, &std.ipid, std.cPublicRefs, out);
    blanket_release(b);
    remote_exporter_release(e);
    return hr;
}

HRESULT proxy_query(struct proxy_manager *m, const IID *iid, void **out)
{
    HRESULT hr = S_OK;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown)) {
        *out = &m->IUnknown_iface;
    } else if (IsEqualIID(iid, &IID_IClientSecurity)) {
        *out = &m->IClientSecurity_iface;
    } else {
        mutex_lock(&m->lock);
        struct proxy *member = find_member_locked(m, iid);
        mutex_unlock(&m->lock);
        if (!member)
            hr = query_remotely(m, iid, &member);
        *out = member;
    }
    if (SUCCEEDED(hr))
        proxy_manager_addref(m);
    return hr;
}

HRESULT proxy_copy(struct proxy *member, IUnknown **out)
{
    struct proxy *copy;
    *out = NULL;
    HRESULT hr = new_proxy(member->manager, &member->iid, &member->ipid, &copy);
    if (FAILED(hr))
        return hr;
    mutex_lock(&member->manager->lock);
    copy->blanket = blanket_addref(member->blanket);
    mutex_unlock(&member->manager->lock);
    copy->is_copy = true;
    atomic_init(&copy->copy_references, 1);
    proxy_manager_addref(copy->manager);
    *out = (IUnknown *)(void *)copy;
    return S_OK;
}

/* ---- giving references back ---------------------------------------------------------------------------- */

static void release_remotely(struct proxy_manager *m, struct remote_exporter *e)
{
    REMINTERFACEREF references[RELEASES_PER_CALL];
    struct rem_unknown r = { e, blanket_security(m->blanket), clock_deadline_ns(DEADLINE_RELEASE_NS), NULL };
    USHORT count = 0;
    for (struct proxy *p = m->members; p && count < RELEASES_PER_CALL; p = p->next) {
        if (p->references)
            references[count++] = (REMINTERFACEREF){ .ipid = p->ipid, .cPublicRefs = p->references };
        p->references = 0;
    }
    /* There are fewer interfaces with tables than places, so one call holds all of an object. An exporter that does
     * not answer takes its clients for dead by itself. */
    if (count && !remote_exporter_is_lost(e))
        rem_release(&r, references, count);
}

void proxy_manager_disconnect(struct proxy_manager *m)
{
    mutex_lock(&m->lock);
    struct remote_exporter *e = m->exporter;
    m->exporter = NULL;
    mutex_unlock(&m->lock);
    if (!e)
        return;
    release_remotely(m, e);
    remote_exporter_release(e);
}

ULONG proxy_manager_release(struct proxy_manager *m)
{
    ULONG left;
    if (!proxy_table_drop(m, &left))
        return left;
    proxy_manager_disconnect(m);
    while (m->members) {
        struct proxy *p = m->members;
        m->members = p->next;
        blanket_release(p->blanket);
        free(p);
    }
    proxy_table_free(m);
    return 0;
}
