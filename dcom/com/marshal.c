#include "dcom/com/marshal.h"

#include "dcom/com/cancel.h"
#include "dcom/com/proxy_table.h"
#include "dcom/orpc/deadlines.h"
#include "dcom/orpc/rem_unknown.h"

/* ---- objects out ------------------------------------------------------------------------------------ */

HRESULT marshal_object(struct runtime *rt, const IID *iid, IUnknown *object, struct writer *out, STDOBJREF *noted)
{
    struct exporter *x;
    struct proxy *member;
    STDOBJREF std;
    struct proxy_manager *m = proxy_manager_of(object, &member);
    if (m)
        return proxy_marshal(m, iid, out);
    HRESULT hr = runtime_exporter(rt, &x);
    if (SUCCEEDED(hr))
        hr = exporter_marshal(x, iid, object, OBJREF_PUBLIC_REFS, &std);
    if (FAILED(hr))
        return hr;
    objref_encode(iid, &std, exporter_resolver_bindings(x), out);
    if (noted)
        *noted = std;
    return S_OK;
}

/* Public references to give with a marshalled proxy: one of ours if we have more, else new ones ([MS-DCOM] 3.2.4.3). */
static HRESULT spare_references(struct proxy_manager *m, struct proxy *p, ULONG *out)
{
    struct remote_exporter *e;
    struct blanket *b;
    mutex_lock(&m->lock);
    *out = p->references > 1;
    p->references -= *out;
    mutex_unlock(&m->lock);
    if (*out)
        return S_OK;
    HRESULT hr = proxy_prepare(m, NULL, &e, &b);
    if (FAILED(hr))
        return hr;
    struct rem_unknown r = { e, blanket_security(b), call_deadline_ns(), cancel_call_begin() };
    hr = rem_add_ref(&r, &p->ipid, OBJREF_PUBLIC_REFS);
    cancel_call_end();
    blanket_release(b);
    remote_exporter_release(e);
    *out = SUCCEEDED(hr) ? OBJREF_PUBLIC_REFS : 0;
    return hr;
}

HRESULT proxy_marshal(struct proxy_manager *m, const IID *iid, struct writer *out)
{
    STDOBJREF std = { .oxid = m->oxid, .oid = m->oid, .flags = m->no_ping ? STDOBJREF_NO_PING : 0 };
    struct proxy *p;
    void *held = NULL;
    HRESULT hr = S_OK;
    if (IsEqualIID(iid, &IID_IUnknown)) {
        /* Any interface of the object names it; its receiver asks for what it needs. */
        mutex_lock(&m->lock);
        p = m->members;
        mutex_unlock(&m->lock);
    } else {
        hr = proxy_query(m, iid, &held);
        p = held;
    }
    if (FAILED(hr))
        return hr;
    if (!p)
        return E_NOINTERFACE;
    hr = spare_references(m, p, &std.cPublicRefs);
    std.ipid = p->ipid;
    if (SUCCEEDED(hr))
        objref_encode(&p->iid, &std, m->resolver, out);
    if (held)
        proxy_manager_release(m);
    return hr;
}

/* ---- references in ------------------------------------------------------------------------------------- */

/* A reference with no public count must get one before anything else ([MS-DCOM] 3.2.4.4). */
static HRESULT ensure_references(struct proxy_manager *m, struct proxy *p)
{
    ULONG references;
    mutex_lock(&m->lock);
    bool enough = p->references > 0;
    mutex_unlock(&m->lock);
    if (enough)
        return S_OK;
    HRESULT hr = spare_references(m, p, &references);
    mutex_lock(&m->lock);
    p->references += references;
    mutex_unlock(&m->lock);
    return hr;
}

/* Gives references back that could not be used. */
static void refuse_references(struct runtime *rt, const struct objref *objref, struct remote_exporter *e)
{
    REMINTERFACEREF reference = { .ipid = objref->std.ipid, .cPublicRefs = objref->std.cPublicRefs };
    struct blanket *b;
    if (objref->std.cPublicRefs == 0 || FAILED(blanket_of_exporter(rt, e, &b)))
        return;
    struct rem_unknown r = { e, blanket_security(b), clock_deadline_ns(DEADLINE_RELEASE_NS), NULL };
    rem_release(&r, &reference, 1);
    blanket_release(b);
}

HRESULT proxy_unmarshal(struct runtime *rt, const struct objref *objref, struct remote_exporter *e, const IID *iid,
                        void **out)
{
    struct proxy_manager *m;
    struct proxy *p;
    *out = NULL;
    HRESULT hr = proxy_table_get(rt, objref, e, &m);
    if (FAILED(hr))
        return hr;
    hr = proxy_add_member(m, &objref->iid, &objref->std.ipid, objref->std.cPublicRefs, &p);
    if (FAILED(hr))
        refuse_references(rt, objref, e);
    else
        hr = ensure_references(m, p);
    if (SUCCEEDED(hr))
        hr = proxy_query(m, iid, out);
    proxy_manager_release(m);
    return hr;
}

/* The security of questions to resolvers: the process's own. */
static HRESULT resolve(struct runtime *rt, const struct objref *objref, struct remote_exporter **e)
{
    struct blanket *b;
    HRESULT hr = blanket_of_activation(rt, &b);
    if (FAILED(hr))
        return hr;
    hr = resolver_resolve(rt->resolver, objref, blanket_security(b), clock_deadline_ns(DEADLINE_UNMARSHAL_NS),
                          cancel_call_begin(), e);
    cancel_call_end();
    blanket_release(b);
    return hr;
}

HRESULT unmarshal_object(struct runtime *rt, const IID *iid, const uint8_t *data, size_t size, void **out)
{
    struct objref objref;
    struct remote_exporter *e;
    *out = NULL;
    enum err err = objref_decode(data, size, &objref);
    if (err)
        return err == ERR_MEMORY ? E_OUTOFMEMORY : RPC_E_INVALID_OBJREF;
    struct exporter *own = runtime_exporter_if_any(rt);
    HRESULT hr;
    if (own && objref.std.oxid == exporter_oxid(own)) {
        hr = exporter_unmarshal(own, &objref.std, iid, out);
    } else {
        hr = resolve(rt, &objref, &e);
        if (SUCCEEDED(hr)) {
            hr = proxy_unmarshal(rt, &objref, e, iid, out);
            remote_exporter_release(e);
        }
    }
    objref_cleanup(&objref);
    return hr;
}

/* ---- callbacks of the marshaller -------------------------------------------------------------------------- */

static HRESULT marshal_outgoing(void *context, const IID *iid, void *object, struct writer *out)
{
    struct marshal_context *c = context;
    STDOBJREF std = { 0 };
    HRESULT hr = marshal_object(c->runtime, iid, object, out, &std);
    if (SUCCEEDED(hr) && std.cPublicRefs && c->noted_count < MARSHAL_NOTED)
        c->noted[c->noted_count++] = std;
    return hr;
}

static HRESULT unmarshal_outgoing(void *context, const IID *iid, const uint8_t *objref, uint32_t size, void **object)
{
    struct marshal_context *c = context;
    return unmarshal_object(c->runtime, iid, objref, size, object);
}

static HRESULT marshal_incoming(void *context, const IID *iid, void *object, struct writer *out)
{
    return marshal_object(context, iid, object, out, NULL);
}

static HRESULT unmarshal_incoming(void *context, const IID *iid, const uint8_t *objref, uint32_t size, void **object)
{
    return unmarshal_object(context, iid, objref, size, object);
}

const struct ndr_objects marshal_objects = { .marshal = marshal_outgoing, .unmarshal = unmarshal_outgoing };
const struct ndr_objects marshal_incoming_objects = { .marshal = marshal_incoming, .unmarshal = unmarshal_incoming };

void marshal_take_back(struct marshal_context *c)
{
    struct exporter *x = runtime_exporter_if_any(c->runtime);
    for (unsigned i = 0; x && i < c->noted_count; i++)
        exporter_unmarshal_unused(x, &c->noted[i]);
    c->noted_count = 0;
}
