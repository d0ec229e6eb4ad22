/* IObjectExporter: where exporters are, and which objects are still wanted ([MS-DCOM] 3.1.2.5.1). Its methods return
 * error_status_t values, not HRESULTs. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "dcom/orpc/bindings.h"
#include "dcom/scm/scm.h"
#include "dcom/scm/service_caller.h"

static struct scm *scm_of(IObjectExporter *iface)
{
    return (struct scm *)((char *)iface - offsetof(struct scm, object_exporter));
}

static void tell_resolve(OXID oxid, DWORD status)
{
    char text[20], caller[SERVICE_CALLER_TEXT];
    snprintf(text, sizeof text, "%016" PRIx64, (uint64_t)oxid);
    service_caller_text(caller);
    event("resolve", EV_TEXT("oxid", text), EV_TEXT("caller", caller), EV_TEXT("peer", plain_current_call()->peer_text),
          EV_TEXT("level", auth_level_name(plain_current_call()->level)), EV_NUMBER("status", status));
}

/* Both generations of the method. Bindings are never NULL in a reply, not even in that of a failure. */
static DWORD resolve(struct scm *s, OXID oxid, DUALSTRINGARRAY **bindings, IPID *ipid, DWORD *hint)
{
    struct exporter x;
    DWORD status = 0;
    memset(ipid, 0, sizeof *ipid);
    *hint = 0;
    *bindings = NULL;
    if (exporters_find(s->exporters, oxid, &x)) {
        *bindings = x.bindings;
        x.bindings = NULL;
        *ipid = x.ipid_rem_unknown;
        *hint = x.authn_hint;
        exporter_cleanup(&x);
    } else {
        status = OR_INVALID_OXID;
        *bindings = bindings_dup(NULL);
    }
    tell_resolve(oxid, status);
    return *bindings ? status : ERROR_NOT_ENOUGH_MEMORY;
}

static HRESULT STDMETHODCALLTYPE resolver_ResolveOxid(IObjectExporter *iface, OXID *oxid, unsigned short protseq_count,
                                                      unsigned short *protseqs, DUALSTRINGARRAY **bindings, IPID *ipid,
                                                      DWORD *hint)
{
    (void)protseq_count;
    (void)protseqs; /* exporters listen on TCP, the only protocol we speak, from the start */
    return (HRESULT)resolve(scm_of(iface), *oxid, bindings, ipid, hint);
}

static HRESULT STDMETHODCALLTYPE resolver_ResolveOxid2(IObjectExporter *iface, OXID *oxid, unsigned short protseq_count,
                                                       unsigned short *protseqs, DUALSTRINGARRAY **bindings, IPID *ipid,
                                                       DWORD *hint, COMVERSION *version)
{
    (void)protseq_count;
    (void)protseqs;
    *version = scm_of(iface)->version;
    return (HRESULT)resolve(scm_of(iface), *oxid, bindings, ipid, hint);
}

static HRESULT STDMETHODCALLTYPE resolver_SimplePing(IObjectExporter *iface, SETID *setid)
{
    return (HRESULT)ping_sets_simple(scm_of(iface)->ping_sets, *setid, clock_now_ns());
}

static HRESULT STDMETHODCALLTYPE resolver_ComplexPing(IObjectExporter *iface, SETID *setid, unsigned short sequence,
                                                      unsigned short add_count, unsigned short drop_count, OID *add,
                                                      OID *drop, unsigned short *backoff)
{
    *backoff = 0; /* no load worth asking for fewer pings */
    uint64_t id = *setid;
    bool is_new = id == 0;
    uint32_t status = ping_sets_complex(scm_of(iface)->ping_sets, &id, sequence, add, add ? add_count : 0, drop,
                                        drop ? drop_count : 0, clock_now_ns());
    *setid = id;
    event("pinged", EV_TEXT("peer", plain_current_call()->peer_text), EV_NUMBER("added", add_count),
          EV_NUMBER("dropped", drop_count), EV_FLAG("new_set", is_new), EV_NUMBER("status", status));
    return (HRESULT)status;
}

static HRESULT STDMETHODCALLTYPE resolver_ServerAlive(IObjectExporter *iface)
{
    (void)iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE resolver_ServerAlive2(IObjectExporter *iface, COMVERSION *version,
                                                       DUALSTRINGARRAY **bindings, DWORD *reserved)
{
    *version = scm_of(iface)->version;
    *reserved = 0;
    *bindings = bindings_dup(scm_of(iface)->resolver_bindings);
    return *bindings ? S_OK : (HRESULT)ERROR_NOT_ENOUGH_MEMORY;
}

const IObjectExporterVtbl scm_object_exporter_vtbl = {
    .ResolveOxid = resolver_ResolveOxid,
    .SimplePing = resolver_SimplePing,
    .ComplexPing = resolver_ComplexPing,
    .ServerAlive = resolver_ServerAlive,
    .ResolveOxid2 = resolver_ResolveOxid2,
    .ServerAlive2 = resolver_ServerAlive2,
};
