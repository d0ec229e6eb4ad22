#include "tests/orpc/fake_resolver.h"

#include <check.h>
#include <objbase.h>
#include <string.h>

#include "dcom/orpc/bindings.h"
#include "dcom/orpc/plain_call.h"

/* One resolver per test process. */
static struct fake_resolver *fake;

static HRESULT STDMETHODCALLTYPE resolver_QueryInterface(IObjectExporter *self, REFIID iid, void **out)
{
    (void)self;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE resolver_AddRef(IObjectExporter *self)
{
    (void)self;
    return 1;
}

static ULONG STDMETHODCALLTYPE resolver_Release(IObjectExporter *self)
{
    (void)self;
    return 1;
}

static HRESULT resolve(const OXID *oxid, DUALSTRINGARRAY **bindings, IPID *ipid, DWORD *hint)
{
    *bindings = NULL;
    memset(ipid, 0, sizeof *ipid);
    *hint = 0;
    if (*oxid != fake->oxid)
        return OR_INVALID_OXID;
    *bindings = bindings_dup(fake->oxid_bindings);
    *ipid = fake->ipid_rem_unknown;
    *hint = AUTH_LEVEL_CONNECT;
    return 0;
}

static HRESULT STDMETHODCALLTYPE resolver_ResolveOxid(IObjectExporter *self, OXID *oxid, unsigned short count,
                                                      unsigned short *protseqs, DUALSTRINGARRAY **bindings, IPID *ipid,
                                                      DWORD *hint)
{
    (void)self;
    (void)count;
    (void)protseqs;
    fake->resolve_calls++;
    return resolve(oxid, bindings, ipid, hint);
}

static HRESULT STDMETHODCALLTYPE resolver_SimplePing(IObjectExporter *self, SETID *set)
{
    (void)self;
    (void)set;
    return OR_INVALID_SET;
}

static HRESULT STDMETHODCALLTYPE resolver_ComplexPing(IObjectExporter *self, SETID *set, unsigned short sequence,
                                                      unsigned short add_count, unsigned short drop_count, OID *add,
                                                      OID *drop, unsigned short *factor)
{
    (void)self;
    (void)set;
    (void)sequence;
    (void)add_count;
    (void)drop_count;
    (void)add;
    (void)drop;
    *factor = 0;
    return OR_INVALID_SET;
}

static HRESULT STDMETHODCALLTYPE resolver_ServerAlive(IObjectExporter *self)
{
    (void)self;
    fake->alive_calls++;
    return 0;
}

static HRESULT STDMETHODCALLTYPE resolver_ResolveOxid2(IObjectExporter *self, OXID *oxid, unsigned short count,
                                                       unsigned short *protseqs, DUALSTRINGARRAY **bindings, IPID *ipid,
                                                       DWORD *hint, COMVERSION *version)
{
    (void)self;
    (void)count;
    (void)protseqs;
    fake->resolve2_calls++;
    *version = fake->version;
    return resolve(oxid, bindings, ipid, hint);
}

static HRESULT STDMETHODCALLTYPE resolver_ServerAlive2(IObjectExporter *self, COMVERSION *version,
                                                       DUALSTRINGARRAY **bindings, DWORD *reserved)
{
    (void)self;
    fake->alive2_calls++;
    *version = fake->version;
    *bindings = bindings_dup(fake->alive_bindings);
    *reserved = 0;
    return 0;
}

static const IObjectExporterVtbl resolver_vtbl = {
    .QueryInterface = resolver_QueryInterface,
    .AddRef = resolver_AddRef,
    .Release = resolver_Release,
    .ResolveOxid = resolver_ResolveOxid,
    .SimplePing = resolver_SimplePing,
    .ComplexPing = resolver_ComplexPing,
    .ServerAlive = resolver_ServerAlive,
    .ResolveOxid2 = resolver_ResolveOxid2,
    .ServerAlive2 = resolver_ServerAlive2,
};

static IObjectExporter object = { &resolver_vtbl };
static const struct plain_service services[] = { { &IID_IObjectExporter, &object, 0 } };

static bool accepts(void *context, const struct rpc_syntax *syntax)
{
    (void)context;
    return plain_find(services, 1, syntax) != NULL;
}

static uint32_t dispatch(void *context, struct rpc_server_call *call)
{
    struct fake_resolver *f = context;
    return call->opnum > f->newest_opnum ? (uint32_t)RPC_STATUS_OP_RANGE : plain_dispatch(services, call);
}

static void disconnected(void *context, struct rpc_server_connection *connection)
{
    struct fake_resolver *f = context;
    (void)connection;
    __atomic_fetch_add(&f->connections, 1, __ATOMIC_SEQ_CST);
}

void fake_resolver_start(struct fake_resolver *f)
{
    struct rpc_server_options options = { .accepts = accepts, .dispatch = dispatch, .disconnected = disconnected };
    struct rpc_endpoint endpoint = { .protseq = RPC_TCP, .address = FAKE_RESOLVER_ADDRESS };
    options.context = fake = f;
    ck_assert_int_eq(rpc_server_create(&options, &f->server), ERR_OK);
    ck_assert_int_eq(rpc_server_listen(f->server, &endpoint, 0, 0), ERR_OK);
    f->port = endpoint.port;
}

void fake_resolver_stop(struct fake_resolver *f)
{
    rpc_server_destroy(f->server);
}
