#include "dcom/orpc/exporter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/process.h"
#include "dcom/orpc/com_version.h"
#include "dcom/orpc/exporter_internal.h"
#include "dcom/orpc/hresult.h"
#include "dcom/orpc/offers.h"
#include "dcom/orpc/orpc_header.h"

#define FIRST_METHOD 3 /* operations 0 to 2 stand for IUnknown and are never sent ([MS-DCOM] 3.1.1.5.8) */

static _Thread_local const struct rpc_server_call *current_call;

const struct rpc_server_call *exporter_current_call(void)
{
    return current_call;
}

/* ---- dispatch --------------------------------------------------------------------------------- */

static bool is_rem_unknown2(const struct rpc_syntax *syntax)
{
    return memcmp(syntax->uuid.bytes, &IID_IRemUnknown2, sizeof(IID)) == 0;
}

static bool is_rem_unknown(const struct rpc_syntax *syntax)
{
    return memcmp(syntax->uuid.bytes, &IID_IRemUnknown, sizeof(IID)) == 0 || is_rem_unknown2(syntax);
}

/* Interfaces of our tables that are plain RPC and no object has. */
static bool is_plain(const IID *iid)
{
    return IsEqualIID(iid, &IID_IObjectExporter) || IsEqualIID(iid, &IID_IActivation) ||
           IsEqualIID(iid, &IID_IRemoteSCMActivator) || IsEqualIID(iid, &IID_ILocalScm) ||
           IsEqualIID(iid, &IID_ILocalExporter) || IsEqualIID(iid, &IID_Pickled);
}

static bool accepts(void *context, const struct rpc_syntax *syntax)
{
    const struct exporter *x = context;
    IID iid;
    if (syntax->major != 0 || syntax->minor != 0)
        return false;
    if (plain_find(x->options.local_services, x->options.local_service_count, syntax))
        return true;
    if (is_rem_unknown2(syntax) && x->version.MinorVersion < COM_VERSION_WITH_ACTIVATOR)
        return false;
    memcpy(&iid, syntax->uuid.bytes, sizeof iid);
    return !is_plain(&iid) && ndr_find_interface(&iid);
}

/* What the management interface tells: the interfaces of an exporter are as many as its objects have, so only those
 * that each exporter has are named. */
static size_t interfaces(void *context, struct rpc_syntax *out, size_t capacity)
{
    const IID *const always[] = { &IID_IRemUnknown, &IID_IRemUnknown2 };
    size_t count = 0;
    for (size_t i = 0; i < sizeof always / sizeof *always && count < capacity; i++) {
        out[count] = plain_syntax(always[i]);
        count += accepts(context, &out[count]);
    }
    return count;
}

/* The checks of [MS-DCOM] 3.1.1.5.4, in its order. 0, or the status of the fault. */
static uint32_t check_header(const struct exporter *x, const struct rpc_server_call *call,
                             const struct orpc_this *header)
{
    if (!com_version_is_served(x->version, header->version))
        return (uint32_t)RPC_E_VERSION_MISMATCH;
    uint32_t refusal = call_access_check(&x->options.access, call, is_rem_unknown(call->syntax));
    if (refusal)
        return refusal;
    return header->flags != 0 ? (uint32_t)RPC_E_INVALID_HEADER : 0;
}

/* What the method runs on. */
struct invocation {
    const struct ndr_interface *type;
    void *object;
    struct ipid_entry *entry; /* in use, or NULL for the Remote Unknown */
};

static uint32_t find_object(struct exporter *x, const struct rpc_server_call *call, struct invocation *out)
{
    *out = (struct invocation){ 0 };
    if (!call->object)
        return (uint32_t)RPC_E_DISCONNECTED;
    if (is_rem_unknown(call->syntax)) {
        if (memcmp(call->object, &x->ipid_rem_unknown, sizeof(IPID)) != 0)
            return (uint32_t)RPC_E_DISCONNECTED;
        IID iid;
        memcpy(&iid, call->syntax->uuid.bytes, sizeof iid);
        out->type = ndr_find_interface(&iid);
        out->object = &x->IRemUnknown2_iface;
        return out->type ? 0 : RPC_STATUS_UNKNOWN_IF;
    }
    struct ipid_entry *entry = exporter_use_ipid(x, call->object);
    if (!entry)
        return (uint32_t)RPC_E_DISCONNECTED;
    if (!entry->type || memcmp(&entry->iid, call->syntax->uuid.bytes, sizeof(IID)) != 0) {
        exporter_unuse(x, entry);
        return RPC_STATUS_UNKNOWN_IF;
    }
    *out = (struct invocation){ entry->type, entry->pointer, entry };
    return 0;
}

static uint32_t invoke(struct exporter *x, const struct invocation *target, struct rpc_server_call *call,
                       const GUID *causality)
{
    const struct rpc_server_call *outer_call = current_call;
    size_t surplus = 0;

    if (call->opnum < FIRST_METHOD || call->opnum >= target->type->method_count)
        return RPC_STATUS_OP_RANGE;
    struct causality_scope outer = causality_enter(causality);
    current_call = call;
    orpc_that_write(call->reply);
    HRESULT hr = ndr_server_call(target->type, target->object, call->opnum, x->options.objects,
                                 x->options.objects_context, &call->request, call->reply, &surplus);
    current_call = outer_call;
    causality_leave(&outer);
    /* Windows before XP SP3 appends bytes that mean nothing ([MS-DCOM] 3.2.4.2, note 89). */
    if (surplus)
        event("surplus_bytes", EV_TEXT("peer", call->peer_text), EV_NUMBER("opnum", call->opnum),
              EV_NUMBER("bytes", (int64_t)surplus));
    return hr == S_OK ? 0 : fault_of_hresult(hr);
}

static uint32_t dispatch_orpc(struct exporter *x, struct rpc_server_call *call)
{
    struct orpc_this header;
    struct invocation target;
    if (orpc_this_read(&call->request, &header))
        return RPC_STATUS_BAD_STUB_DATA;
    uint32_t status = check_header(x, call, &header);
    if (!status)
        status = find_object(x, call, &target);
    if (status)
        return status;
    status = invoke(x, &target, call, &header.causality);
    if (target.entry)
        exporter_unuse(x, target.entry);
    return status;
}

static uint32_t dispatch(void *context, struct rpc_server_call *call)
{
    struct exporter *x = context;
    const struct plain_service *service =
        plain_find(x->options.local_services, x->options.local_service_count, call->syntax);
    if (!service)
        return dispatch_orpc(x, call);
    if (call->protseq != RPC_LOCAL ||
        (x->options.trusts && !x->options.trusts(x->options.trusts_context, call->peer_pid)))
        return RPC_STATUS_ACCESS_DENIED;
    return plain_dispatch(service, call);
}

/* ---- life --------------------------------------------------------------------------------------- */

/* One endpoint per address of the host, in the order of host.json; the name goes first in the bindings, as Windows
 * has it, with the port of the first address. A static port that somebody else has is not replaced by another one,
 * because a firewall is open for that one alone. */
static enum err listen_on_host(struct exporter *x, struct string_binding *strings, size_t *count)
{
    const struct host *host = x->options.host;
    const uint16_t static_port = x->options.static_port;
    const uint16_t first_port = static_port ? static_port : host->first_port;
    const uint16_t last_port = static_port ? static_port : host->last_port;
    *count = 0;
    for (size_t i = 0; i < host->address_count; i++) {
        struct rpc_endpoint endpoint = { .protseq = RPC_TCP };
        snprintf(endpoint.address, sizeof endpoint.address, "%s", host->addresses[i]);
        enum err e = rpc_server_listen(x->server, &endpoint, first_port, last_port);
        if (e)
            return e;
        if (i == 0) {
            strings[0] = (struct string_binding){ .tower = RPC_TCP, .port = endpoint.port };
            snprintf(strings[0].address, sizeof strings[0].address, "%s", host->name);
            *count = 1;
        }
        if (host->names_only)
            continue;
        struct string_binding *b = &strings[(*count)++];
        *b = (struct string_binding){ .tower = RPC_TCP, .port = endpoint.port };
        snprintf(b->address, sizeof b->address, "%s", host->addresses[i]);
    }
    return ERR_OK;
}

static enum err listen_locally(struct exporter *x, struct rpc_endpoint *endpoint)
{
    char name[32], path[HOST_PATH];
    *endpoint = (struct rpc_endpoint){ .protseq = RPC_LOCAL };
    snprintf(name, sizeof name, "x%llx.sock", (unsigned long long)x->oxid);
    enum err e = host_path(x->options.host, name, path);
    if (e)
        return e;
    if (snprintf(endpoint->address, sizeof endpoint->address, "%s", path) >= (int)sizeof endpoint->address)
        return ERR_LIMIT;
    return rpc_server_listen(x->server, endpoint, 0, 0);
}

/* The authentication services this build can accept, best first. */
static size_t list_services(uint16_t out[3])
{
    static const enum auth_mechanism all[] = { AUTH_SPNEGO, AUTH_KERBEROS, AUTH_NTLM };
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (auth_find(all[i]))
            out[count++] = (uint16_t)all[i];
    return count;
}

static HRESULT start_on_host(struct exporter *x)
{
    struct string_binding *strings = calloc(HOST_ADDRESSES + 1, sizeof *strings);
    struct rpc_endpoint local;
    uint16_t services[3];
    size_t count;

    if (!strings)
        return E_OUTOFMEMORY;
    enum err e = listen_on_host(x, strings, &count);
    if (!e)
        e = listen_locally(x, &local);
    if (!e)
        e = bindings_build(strings, count, services, list_services(services), &x->bindings);
    free(strings);
    if (e)
        return e == ERR_MEMORY ? E_OUTOFMEMORY : CO_E_INIT_RPC_CHANNEL;
    offers_observe(DCOM_OFFER_OWN_OBJECT, x->bindings);
    if (!x->options.scm)
        return S_OK;
    HRESULT hr = local_scm_resolver_bindings(x->options.scm, &x->resolver_bindings);
    offers_observe(DCOM_OFFER_OWN_RESOLVER, x->resolver_bindings);
    if (SUCCEEDED(hr))
        hr = local_scm_register_exporter(x->options.scm, x->oxid, &x->ipid_rem_unknown, x->options.access.minimum_level,
                                         x->bindings, local.address);
    return hr;
}

static HRESULT start(struct exporter *x)
{
    struct rpc_server_options options = {
        .accepts = accepts, .dispatch = dispatch, .interfaces = interfaces, .context = x
    };
    options.authority = x->options.authority;
    options.minimum_level = AUTH_LEVEL_NONE; /* checked per call, because local calls have no level */
    if (random_bytes(&x->oxid, sizeof x->oxid) || random_bytes(&x->ipid_rem_unknown, sizeof x->ipid_rem_unknown))
        return E_UNEXPECTED;
    enum err e = rpc_server_create(&options, &x->server);
    if (e)
        return hresult_of_err(e);
    if (x->options.host) {
        HRESULT hr = start_on_host(x);
        if (FAILED(hr))
            return hr;
    }
    if (!x->bindings)
        x->bindings = bindings_dup(NULL);
    if (!x->resolver_bindings)
        x->resolver_bindings = bindings_dup(NULL);
    return x->bindings && x->resolver_bindings ? S_OK : E_OUTOFMEMORY;
}

HRESULT exporter_create(const struct exporter_options *options, struct exporter **out)
{
    *out = NULL;
    struct exporter *x = calloc(1, sizeof *x);
    if (!x)
        return E_OUTOFMEMORY;
    x->options = *options;
    x->version = com_version_of_host(options->host);
    x->IRemUnknown2_iface.lpVtbl = &exporter_IRemUnknown2_vtbl;
    mutex_init(&x->lock);
    HRESULT hr = start(x);
    if (FAILED(hr)) {
        exporter_destroy(x);
        return hr;
    }
    *out = x;
    return S_OK;
}

void exporter_destroy(struct exporter *x)
{
    if (!x)
        return;
    if (x->server)
        rpc_server_destroy(x->server);
    exporter_objects_cleanup(x);
    CoTaskMemFree(x->bindings);
    CoTaskMemFree(x->resolver_bindings);
    mutex_cleanup(&x->lock);
    free(x);
}

OXID exporter_oxid(const struct exporter *x)
{
    return x->oxid;
}

const IPID *exporter_ipid_rem_unknown(const struct exporter *x)
{
    return &x->ipid_rem_unknown;
}

const DUALSTRINGARRAY *exporter_resolver_bindings(const struct exporter *x)
{
    return x->resolver_bindings;
}

enum err exporter_adopt(struct exporter *x, int64_t socket)
{
    return rpc_server_adopt(x->server, socket);
}
