/* The tables of the exporter: objects by OID and identity, interfaces by IPID. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "dcom/orpc/exporter_internal.h"
#include "dcom/orpc/hresult.h"
#include "dcom/orpc/objref.h"

/* ---- letting go ---------------------------------------------------------------------------- */

static void drop_stub_locked(struct stub *s, struct garbage *g)
{
    if (--s->uses)
        return;
    s->next_garbage = g->stubs;
    g->stubs = s;
}

void exporter_drop_entry_locked(struct ipid_entry *entry, struct garbage *g)
{
    if (--entry->uses)
        return;
    entry->next_garbage = g->entries;
    g->entries = entry;
}

static void unlink_stub_locked(struct exporter *x, struct stub *s, struct garbage *g)
{
    if (!s->linked)
        return;
    table_remove(&x->oids, &s->by_oid);
    table_remove(&x->identities, &s->by_identity);
    s->linked = false;
    drop_stub_locked(s, g);
}

void exporter_unlink_entry_locked(struct exporter *x, struct ipid_entry *entry, struct garbage *g)
{
    struct stub *s = entry->stub;
    if (!entry->linked)
        return;
    table_remove(&x->ipids, &entry->by_ipid);
    struct ipid_entry **at = &s->entries;
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    entry->linked = false;
    exporter_drop_entry_locked(entry, g);
    if (!s->entries && !s->marshalling)
        unlink_stub_locked(x, s, g);
}

static void unlink_all_locked(struct exporter *x, struct stub *s, struct garbage *g)
{
    while (s->entries)
        exporter_unlink_entry_locked(x, s->entries, g);
    unlink_stub_locked(x, s, g);
}

/* Entries first: each lets go of its use of a stub, which may become garbage by that. */
static void collect_entries(struct exporter *x, struct garbage *g)
{
    while (g->entries) {
        struct ipid_entry *entry = g->entries;
        g->entries = entry->next_garbage;
        IUnknown_Release(entry->pointer);
        mutex_lock(&x->lock);
        drop_stub_locked(entry->stub, g);
        mutex_unlock(&x->lock);
        free(entry);
    }
}

void exporter_collect(struct exporter *x, struct garbage *g)
{
    collect_entries(x, g);
    while (g->stubs) {
        struct stub *s = g->stubs;
        g->stubs = s->next_garbage;
        IUnknown_Release(s->identity);
        if (x->options.scm)
            local_scm_free_oids(x->options.scm, &s->oid, 1);
        free(s);
    }
}

/* ---- finding ---------------------------------------------------------------------------------- */

struct ipid_entry *exporter_find_ipid_locked(struct exporter *x, const void *ipid)
{
    struct table_link *link = table_first(&x->ipids, table_hash_guid(ipid));
    for (; link; link = table_next(link)) {
        struct ipid_entry *entry = TABLE_ITEM(link, struct ipid_entry, by_ipid);
        if (memcmp(&entry->ipid, ipid, sizeof entry->ipid) == 0)
            return entry;
    }
    return NULL;
}

struct ipid_entry *exporter_use_ipid(struct exporter *x, const void *ipid)
{
    mutex_lock(&x->lock);
    struct ipid_entry *entry = exporter_find_ipid_locked(x, ipid);
    if (entry)
        entry->uses++;
    mutex_unlock(&x->lock);
    return entry;
}

void exporter_unuse(struct exporter *x, struct ipid_entry *entry)
{
    struct garbage g = { 0 };
    mutex_lock(&x->lock);
    entry->stub->last_used_ns = clock_now_ns();
    exporter_drop_entry_locked(entry, &g);
    mutex_unlock(&x->lock);
    exporter_collect(x, &g);
}

static struct stub *find_identity_locked(struct exporter *x, const IUnknown *identity)
{
    struct table_link *link = table_first(&x->identities, table_hash_pointer(identity));
    for (; link; link = table_next(link)) {
        struct stub *s = TABLE_ITEM(link, struct stub, by_identity);
        if (s->identity == identity)
            return s;
    }
    return NULL;
}

static struct stub *find_oid_locked(struct exporter *x, OID oid)
{
    struct table_link *link = table_first(&x->oids, oid);
    for (; link; link = table_next(link)) {
        struct stub *s = TABLE_ITEM(link, struct stub, by_oid);
        if (s->oid == oid)
            return s;
    }
    return NULL;
}

static struct ipid_entry *find_iid_locked(struct stub *s, const IID *iid)
{
    struct ipid_entry *entry = s->entries;
    while (entry && !IsEqualIID(&entry->iid, iid))
        entry = entry->next;
    return entry;
}

/* ---- marshalling -------------------------------------------------------------------------------- */

static ULONG sum(ULONG a, ULONG b)
{
    return b > UINT32_MAX - a ? UINT32_MAX : a + b;
}

static ULONG rest(ULONG a, ULONG b)
{
    return b < a ? a - b : 0;
}

void exporter_add_references_locked(struct ipid_entry *entry, ULONG public_references, ULONG private_references)
{
    entry->public_references = sum(entry->public_references, public_references);
    entry->private_references = sum(entry->private_references, private_references);
}

void exporter_take_references_locked(struct exporter *x, struct ipid_entry *entry, ULONG public_references,
                                     ULONG private_references, struct garbage *g)
{
    entry->public_references = rest(entry->public_references, public_references);
    entry->private_references = rest(entry->private_references, private_references);
    if (entry->public_references == 0 && entry->private_references == 0)
        exporter_unlink_entry_locked(x, entry, g);
}

static void fill_reference(const struct exporter *x, const struct ipid_entry *entry, ULONG references, STDOBJREF *out)
{
    *out = (STDOBJREF){ .cPublicRefs = references, .oxid = x->oxid, .oid = entry->stub->oid, .ipid = entry->ipid };
}

static HRESULT new_entry(struct stub *s, const IID *iid, struct ipid_entry **out)
{
    *out = NULL;
    const struct ndr_interface *type = ndr_find_interface(iid);
    if (!type && !IsEqualIID(iid, &IID_IUnknown))
        return REGDB_E_IIDNOTREG;
    struct ipid_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return E_OUTOFMEMORY;
    HRESULT hr = IUnknown_QueryInterface(s->identity, iid, (void **)&entry->pointer);
    if (SUCCEEDED(hr) && random_bytes(&entry->ipid, sizeof entry->ipid)) {
        IUnknown_Release(entry->pointer);
        hr = E_UNEXPECTED;
    }
    if (FAILED(hr)) {
        free(entry);
        return hr;
    }
    entry->iid = *iid;
    entry->type = type;
    entry->stub = s;
    entry->uses = 1;
    *out = entry;
    return S_OK;
}

/* Puts a new entry in, unless another thread was first or the object went away meanwhile. */
static HRESULT link_entry_locked(struct exporter *x, struct stub *s, struct ipid_entry **fresh, ULONG references,
                                 STDOBJREF *out)
{
    struct ipid_entry *entry = find_iid_locked(s, &(*fresh)->iid);
    if (!s->linked)
        return RPC_E_DISCONNECTED;
    if (!entry) {
        entry = *fresh;
        if (!table_add(&x->ipids, &entry->by_ipid, table_hash_guid(&entry->ipid)))
            return E_OUTOFMEMORY;
        *fresh = NULL;
        entry->linked = true;
        entry->next = s->entries;
        s->entries = entry;
        s->uses++;
    }
    exporter_add_references_locked(entry, references, 0);
    fill_reference(x, entry, references, out);
    return S_OK;
}

HRESULT exporter_export(struct exporter *x, struct stub *stub, const IID *iid, ULONG references, STDOBJREF *out)
{
    struct ipid_entry *fresh;
    mutex_lock(&x->lock);
    struct ipid_entry *entry = find_iid_locked(stub, iid);
    stub->last_used_ns = clock_now_ns();
    if (entry) {
        exporter_add_references_locked(entry, references, 0);
        fill_reference(x, entry, references, out);
    }
    mutex_unlock(&x->lock);
    if (entry)
        return S_OK;
    HRESULT hr = new_entry(stub, iid, &fresh);
    if (FAILED(hr))
        return hr;
    mutex_lock(&x->lock);
    hr = link_entry_locked(x, stub, &fresh, references, out);
    mutex_unlock(&x->lock);
    if (fresh) {
        IUnknown_Release(fresh->pointer);
        free(fresh);
    }
    return hr;
}

static HRESULT new_stub(struct exporter *x, IUnknown *identity, struct stub **out)
{
    *out = NULL;
    struct stub *s = calloc(1, sizeof *s);
    if (!s)
        return E_OUTOFMEMORY;
    HRESULT hr = random_bytes(&s->oid, sizeof s->oid) ? E_UNEXPECTED : S_OK;
    if (SUCCEEDED(hr) && x->options.scm)
        hr = local_scm_allocate_oids(x->options.scm, x->oxid, &s->oid, 1);
    if (FAILED(hr)) {
        free(s);
        return hr;
    }
    s->identity = identity;
    s->uses = 1;
    *out = s;
    return S_OK;
}

static bool link_stub_locked(struct exporter *x, struct stub *s)
{
    if (!table_add(&x->oids, &s->by_oid, s->oid))
        return false;
    if (!table_add(&x->identities, &s->by_identity, table_hash_pointer(s->identity))) {
        table_remove(&x->oids, &s->by_oid);
        return false;
    }
    IUnknown_AddRef(s->identity);
    s->linked = true;
    return true;
}

static void discard_stub(struct exporter *x, struct stub *s)
{
    if (x->options.scm)
        local_scm_free_oids(x->options.scm, &s->oid, 1);
    free(s);
}

static void use_stub_locked(struct stub *s)
{
    s->uses++;
    s->marshalling++;
}

/* The stub of an object, made if there is none. It stays in the tables until unuse_stub, even if a client gives its
 * last reference back meanwhile. */
static HRESULT use_stub(struct exporter *x, IUnknown *identity, struct stub **out)
{
    struct stub *fresh;
    mutex_lock(&x->lock);
    *out = find_identity_locked(x, identity);
    if (*out)
        use_stub_locked(*out);
    mutex_unlock(&x->lock);
    if (*out)
        return S_OK;
    HRESULT hr = new_stub(x, identity, &fresh);
    if (FAILED(hr))
        return hr;
    mutex_lock(&x->lock);
    *out = find_identity_locked(x, identity);
    if (!*out && link_stub_locked(x, fresh)) {
        *out = fresh;
        fresh = NULL;
    }
    if (*out)
        use_stub_locked(*out);
    mutex_unlock(&x->lock);
    if (fresh)
        discard_stub(x, fresh);
    return *out ? S_OK : E_OUTOFMEMORY;
}

/* Ends a use of a stub. One that no interface was ever exported of goes away again. */
static void unuse_stub(struct exporter *x, struct stub *s)
{
    struct garbage g = { 0 };
    mutex_lock(&x->lock);
    if (--s->marshalling == 0 && !s->entries)
        unlink_stub_locked(x, s, &g);
    drop_stub_locked(s, &g);
    mutex_unlock(&x->lock);
    exporter_collect(x, &g);
}

HRESULT exporter_marshal(struct exporter *x, const IID *iid, IUnknown *object, ULONG references, STDOBJREF *out)
{
    IUnknown *identity;
    struct stub *s;
    *out = (STDOBJREF){ 0 };
    HRESULT hr = IUnknown_QueryInterface(object, &IID_IUnknown, (void **)&identity);
    if (FAILED(hr))
        return hr;
    hr = use_stub(x, identity, &s);
    if (SUCCEEDED(hr)) {
        hr = exporter_export(x, s, iid, references, out);
        unuse_stub(x, s);
    }
    IUnknown_Release(identity);
    return hr;
}

/* ---- references that come back ------------------------------------------------------------------ */

void exporter_unmarshal_unused(struct exporter *x, const STDOBJREF *std)
{
    struct garbage g = { 0 };
    mutex_lock(&x->lock);
    struct ipid_entry *entry = exporter_find_ipid_locked(x, &std->ipid);
    if (entry)
        exporter_take_references_locked(x, entry, std->cPublicRefs, 0, &g);
    mutex_unlock(&x->lock);
    exporter_collect(x, &g);
}

HRESULT exporter_unmarshal(struct exporter *x, const STDOBJREF *std, const IID *iid, void **out)
{
    *out = NULL;
    struct ipid_entry *entry = exporter_use_ipid(x, &std->ipid);
    if (!entry)
        return E_NOINTERFACE; /* [MS-DCOM] 3.1.1.5.3 */
    HRESULT hr = IUnknown_QueryInterface(entry->pointer, iid, out);
    exporter_unmarshal_unused(x, std);
    exporter_unuse(x, entry);
    return hr;
}

HRESULT exporter_disconnect(struct exporter *x, IUnknown *object)
{
    struct garbage g = { 0 };
    IUnknown *identity;
    HRESULT hr = IUnknown_QueryInterface(object, &IID_IUnknown, (void **)&identity);
    if (FAILED(hr))
        return hr;
    mutex_lock(&x->lock);
    struct stub *s = find_identity_locked(x, identity);
    if (s)
        unlink_all_locked(x, s, &g);
    mutex_unlock(&x->lock);
    exporter_collect(x, &g);
    IUnknown_Release(identity);
    return S_OK;
}

void exporter_rundown(struct exporter *x, const OID *oids, size_t count)
{
    int64_t life_ns = x->options.host ? x->options.host->ping_period_ns * PING_PERIODS_TO_LIVE : 0;
    for (size_t i = 0; i < count; i++) {
        struct garbage g = { 0 };
        mutex_lock(&x->lock);
        struct stub *s = find_oid_locked(x, oids[i]);
        if (s && clock_now_ns() - s->last_used_ns >= life_ns)
            unlink_all_locked(x, s, &g);
        mutex_unlock(&x->lock);
        exporter_collect(x, &g);
    }
}

size_t exporter_object_count(struct exporter *x)
{
    mutex_lock(&x->lock);
    size_t count = x->oids.count;
    mutex_unlock(&x->lock);
    return count;
}

ULONG exporter_references(struct exporter *x, const IPID *ipid)
{
    mutex_lock(&x->lock);
    struct ipid_entry *entry = exporter_find_ipid_locked(x, ipid);
    ULONG references = entry ? entry->public_references : 0;
    mutex_unlock(&x->lock);
    return references;
}

void exporter_objects_cleanup(struct exporter *x)
{
    struct garbage g = { 0 };
    mutex_lock(&x->lock);
    for (size_t i = 0; i < x->oids.bucket_count; i++)
        while (x->oids.buckets[i])
            unlink_all_locked(x, TABLE_ITEM(x->oids.buckets[i], struct stub, by_oid), &g);
    mutex_unlock(&x->lock);
    exporter_collect(x, &g);
    table_cleanup(&x->ipids);
    table_cleanup(&x->oids);
    table_cleanup(&x->identities);
}
