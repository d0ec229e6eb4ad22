/* The Remote Unknown of this exporter ([MS-DCOM] 3.1.1.5.6, 3.1.1.5.7): clients manage their references by it. */
#include <stdlib.h>
#include <string.h>

#include "dcom/orpc/exporter_internal.h"
#include "dcom/orpc/objref.h"

static struct exporter *from_iface(IRemUnknown2 *self)
{
    return (struct exporter *)((char *)self - offsetof(struct exporter, IRemUnknown2_iface));
}

/* The dispatcher owns the object; nobody else ever calls these three. */
static HRESULT STDMETHODCALLTYPE rem_unknown_QueryInterface(IRemUnknown2 *self, REFIID iid, void **out)
{
    (void)self;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE rem_unknown_AddRef(IRemUnknown2 *self)
{
    (void)self;
    return 1;
}

static ULONG STDMETHODCALLTYPE rem_unknown_Release(IRemUnknown2 *self)
{
    (void)self;
    return 1;
}

/* One answer for several interfaces: all, some or none were there. */
static HRESULT overall(unsigned found, unsigned wanted)
{
    if (found == wanted)
        return S_OK;
    return found ? S_FALSE : E_NOINTERFACE;
}

static HRESULT STDMETHODCALLTYPE rem_unknown_RemQueryInterface(IRemUnknown2 *self, REFIPID ipid, ULONG references,
                                                               USHORT count, IID *iids, REMQIRESULT **out)
{
    struct exporter *x = from_iface(self);
    unsigned found = 0;
    *out = NULL;
    struct ipid_entry *entry = exporter_use_ipid(x, ipid);
    if (!entry)
        return RPC_E_INVALID_OBJECT;
    REMQIRESULT *results = CoTaskMemAlloc((count ? count : 1u) * sizeof *results);
    if (results) {
        memset(results, 0, count * sizeof *results);
        for (USHORT i = 0; i < count; i++) {
            results[i].hResult = exporter_export(x, entry->stub, &iids[i], references, &results[i].std);
            found += SUCCEEDED(results[i].hResult);
        }
    }
    exporter_unuse(x, entry);
    *out = results;
    return results ? overall(found, count) : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE rem_unknown_RemAddRef(IRemUnknown2 *self, USHORT count, REMINTERFACEREF *references,
                                                       HRESULT *results)
{
    struct exporter *x = from_iface(self);
    mutex_lock(&x->lock);
    for (USHORT i = 0; i < count; i++) {
        struct ipid_entry *entry = exporter_find_ipid_locked(x, &references[i].ipid);
        results[i] = entry ? S_OK : CO_E_OBJNOTREG;
        if (entry)
            exporter_add_references_locked(entry, references[i].cPublicRefs, references[i].cPrivateRefs);
    }
    mutex_unlock(&x->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE rem_unknown_RemRelease(IRemUnknown2 *self, USHORT count, REMINTERFACEREF *references)
{
    struct exporter *x = from_iface(self);
    struct garbage g = { 0 };
    mutex_lock(&x->lock);
    for (USHORT i = 0; i < count; i++) {
        struct ipid_entry *entry = exporter_find_ipid_locked(x, &references[i].ipid);
        if (entry)
            exporter_take_references_locked(x, entry, references[i].cPublicRefs, references[i].cPrivateRefs, &g);
    }
    mutex_unlock(&x->lock);
    exporter_collect(x, &g);
    return S_OK;
}

/* The OBJREF of a fresh reference as a counted block. */
static MInterfacePointer *wrap_objref(struct exporter *x, const IID *iid, const STDOBJREF *std)
{
    struct writer w;
    MInterfacePointer *pointer = NULL;
    writer_init(&w, 1u << 16);
    objref_encode(iid, std, x->resolver_bindings, &w);
    if (!w.failed)
        pointer = CoTaskMemAlloc(sizeof *pointer + w.size);
    if (pointer) {
        pointer->ulCntData = (ULONG)w.size;
        memcpy(pointer->abData, w.data, w.size);
    }
    writer_cleanup(&w);
    return pointer;
}

static HRESULT query_wrapped(struct exporter *x, struct stub *stub, const IID *iid, PMInterfacePointer *out)
{
    STDOBJREF std;
    HRESULT hr = exporter_export(x, stub, iid, OBJREF_PUBLIC_REFS, &std);
    if (FAILED(hr))
        return hr;
    *out = wrap_objref(x, iid, &std);
    if (*out)
        return S_OK;
    exporter_unmarshal_unused(x, &std);
    return E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE rem_unknown_RemQueryInterface2(IRemUnknown2 *self, REFIPID ipid, USHORT count,
                                                                IID *iids, HRESULT *results, PMInterfacePointer *out)
{
    struct exporter *x = from_iface(self);
    unsigned found = 0;
    memset(out, 0, count * sizeof(PMInterfacePointer));
    memset(results, 0, count * sizeof *results);
    struct ipid_entry *entry = exporter_use_ipid(x, ipid);
    if (!entry)
        return RPC_E_INVALID_OBJECT;
    for (USHORT i = 0; i < count; i++) {
        results[i] = query_wrapped(x, entry->stub, &iids[i], &out[i]);
        found += SUCCEEDED(results[i]);
    }
    exporter_unuse(x, entry);
    return overall(found, count);
}

const IRemUnknown2Vtbl exporter_IRemUnknown2_vtbl = {
    .QueryInterface = rem_unknown_QueryInterface,
    .AddRef = rem_unknown_AddRef,
    .Release = rem_unknown_Release,
    .RemQueryInterface = rem_unknown_RemQueryInterface,
    .RemAddRef = rem_unknown_RemAddRef,
    .RemRelease = rem_unknown_RemRelease,
    .RemQueryInterface2 = rem_unknown_RemQueryInterface2,
};
