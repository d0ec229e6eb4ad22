/* CoCreateInstanceEx and CoGetClassObject: the three roads to an object. */
#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "base/text.h"
#include "dcom/com/blanket.h"
#include "dcom/com/cancel.h"
#include "dcom/com/class_table.h"
#include "dcom/com/marshal.h"
#include "dcom/com/proxy.h"
#include "dcom/orpc/com_version.h"
#include "dcom/orpc/remote_activation.h"

#define IN_THIS_PROCESS (CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER)

/* One activation, whichever way it goes. */
struct activating {
    struct runtime *runtime;
    REFCLSID clsid;
    DWORD context;
    COSERVERINFO *server; /* may be NULL */
    bool get_class_object;
    DWORD count;
    MULTI_QI *results;
};

static void fail_all(const struct activating *a, HRESULT hr)
{
    for (DWORD i = 0; i < a->count; i++) {
        a->results[i].pItf = NULL;
        a->results[i].hr = hr;
    }
}

/* All, some or none of the interfaces were there. */
static HRESULT overall(const struct activating *a)
{
    DWORD found = 0;
    for (DWORD i = 0; i < a->count; i++)
        found += SUCCEEDED(a->results[i].hr);
    if (found == a->count)
        return S_OK;
    if (found)
        return CO_S_NOTALLINTERFACES;
    return a->count == 1 ? a->results[0].hr : E_NOINTERFACE;
}

/* ---- in this process -------------------------------------------------------------------------------- */

static HRESULT activate_in_process(const struct activating *a, IUnknown *factory)
{
    IUnknown *object = factory;
    HRESULT hr = S_OK;
    if (a->get_class_object)
        IUnknown_AddRef(object);
    else
        hr = class_table_create(factory, &object);
    if (FAILED(hr))
        return hr;
    for (DWORD i = 0; i < a->count; i++)
        a->results[i].hr = IUnknown_QueryInterface(object, a->results[i].pIID, (void **)&a->results[i].pItf);
    IUnknown_Release(object);
    return overall(a);
}

/* ---- through a resolver ------------------------------------------------------------------------------ */

static HRESULT fill_request(const struct activating *a, const char *server, struct activation_request *request)
{
    struct security_defaults defaults = runtime_security(a->runtime);
    *request = (struct activation_request){ .clsid = *a->clsid, .class_context = a->context };
    request->iids = calloc(a->count, sizeof *request->iids);
    if (!request->iids || random_bytes(&request->context_id, sizeof request->context_id))
        return E_OUTOFMEMORY;
    for (DWORD i = 0; i < a->count; i++)
        request->iids[i] = *a->results[i].pIID;
    request->iid_count = a->count;
    request->client_version = com_version_of_host(a->runtime->host);
    request->impersonation = RPC_C_IMP_LEVEL_IDENTIFY;
    request->protseqs[0] = RPC_TCP;
    request->protseq_count = 1;
    strncpy(request->server_name, server, sizeof request->server_name - 1);
    request->default_level = defaults.level;
    request->session_id = 0xFFFFFFFF;
    if (a->context & CLSCTX_ACTIVATE_32_BIT_SERVER)
        request->flags |= ACTVFLAGS_ACTIVATE_32_BIT_SERVER;
    if (a->context & CLSCTX_ACTIVATE_64_BIT_SERVER)
        request->flags |= ACTVFLAGS_ACTIVATE_64_BIT_SERVER;
    if (a->context & CLSCTX_NO_FAILURE_LOG)
        request->flags |= ACTVFLAGS_NO_FAILURE_LOG;
    if (a->context & CLSCTX_DISABLE_AAA)
        request->flags |= ACTVFLAGS_DISABLE_AAA;
    return S_OK;
}

static HRESULT take_result(const struct activating *a, const struct activation_result *result,
                           struct remote_exporter *e, MULTI_QI *out)
{
    struct objref objref;
    if (FAILED(result->hresult))
        return result->hresult;
    /* The object may live in this very process, which a proxy must not hide. */
    struct exporter *own = runtime_exporter_if_any(a->runtime);
    if (own && exporter_oxid(own) == remote_exporter_oxid(e))
        return unmarshal_object(a->runtime, out->pIID, result->objref, result->objref_size, (void **)&out->pItf);
    if (objref_decode(result->objref, result->objref_size, &objref))
        return RPC_E_INVALID_OBJREF;
    HRESULT hr =
        objref.std.oxid == remote_exporter_oxid(e)
            ? proxy_unmarshal(a->runtime, &objref, e, out->pIID, (void **)&out->pItf)
            : unmarshal_object(a->runtime, out->pIID, result->objref, result->objref_size, (void **)&out->pItf);
    objref_cleanup(&objref);
    return hr;
}

static HRESULT take_reply(const struct activating *a, const struct activation_reply *reply, struct remote_exporter *e)
{
    for (DWORD i = 0; i < a->count; i++) {
        HRESULT hr = E_NOINTERFACE;
        for (uint32_t k = 0; k < reply->result_count; k++)
            if (IsEqualIID(&reply->results[k].iid, a->results[i].pIID)) {
                hr = take_result(a, &reply->results[k], e, &a->results[i]);
                break;
            }
        a->results[i].hr = hr;
    }
    return overall(a);
}

static HRESULT activate_locally(const struct activating *a)
{
    struct activation_request request;
    struct activation_reply reply;
    struct remote_exporter *e;
    MInterfacePointer *blob = NULL;
    struct writer w;
    if (!a->runtime->scm)
        return REGDB_E_CLASSNOTREG; /* without a host there is no registry */
    writer_init(&w, ACTIVATION_BLOB_MAXIMUM);
    HRESULT hr = fill_request(a, "", &request);
    if (SUCCEEDED(hr) && activation_request_put(&request, &w))
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr)) {
        hr = local_scm_activate(a->runtime->scm, a->get_class_object, w.data, w.size, cancel_call_begin(), &blob);
        cancel_call_end();
    }
    activation_request_cleanup(&request);
    writer_cleanup(&w);
    if (FAILED(hr))
        return hr;
    hr = blob && activation_reply_get(blob->abData, blob->ulCntData, &reply) == ERR_OK ? S_OK : RPC_E_INVALID_OBJREF;
    CoTaskMemFree(blob);
    if (FAILED(hr))
        return hr;
    hr = resolver_learn_local(a->runtime->resolver, reply.oxid, &e);
    if (SUCCEEDED(hr)) {
        hr = take_reply(a, &reply, e);
        remote_exporter_release(e);
    }
    activation_reply_cleanup(&reply);
    return hr;
}

/* What COAUTHINFO says; without one, or with LEVEL_DEFAULT in it, the process's defaults. */
static HRESULT security_of(const struct activating *a, struct blanket **out)
{
    const COAUTHINFO *info = a->server ? a->server->pAuthInfo : NULL;
    struct blanket *base;
    HRESULT hr = blanket_of_activation(a->runtime, &base);
    if (FAILED(hr) || !info) {
        *out = base;
        return hr;
    }
    struct blanket_settings settings = { info->dwAuthnSvc,    info->dwAuthzSvc,           info->pwszServerPrincName,
                                         info->dwAuthnLevel,  info->dwImpersonationLevel, info->pAuthIdentityData,
                                         info->dwCapabilities };
    hr = blanket_make(base, &settings, out);
    blanket_release(base);
    return hr;
}

static HRESULT learn_exporter(const struct activating *a, const struct activation_reply *reply, const char *address,
                              const struct blanket *security, struct remote_exporter **out)
{
    struct remote_exporter_options options = { .oxid = reply->oxid, .ipid_rem_unknown = reply->ipid_rem_unknown };
    options.authn_hint = reply->authn_hint;
    options.version = reply->server_version;
    options.bindings = reply->bindings;
    options.dialled = address;
    options.identity = blanket_security(security)->identity;
    return resolver_learn(a->runtime->resolver, &options, out);
}

static HRESULT run_remotely(const struct activating *a, const char *server, struct activation_request *request,
                            const struct blanket *security)
{
    char address[RPC_ADDRESS_TEXT];
    struct activation_reply reply;
    struct remote_exporter *e;
    struct remote_activation call = { .server = server, .get_class_object = a->get_class_object };
    call.request = request;
    call.security = blanket_security(security);
    call.any_mechanism = blanket_takes_any_mechanism(security);
    call.cancel = cancel_call_begin();
    request->impersonation = call.security->impersonation;
    HRESULT hr = remote_activation_run(a->runtime->resolver, &call, &reply, address);
    cancel_call_end();
    if (FAILED(hr))
        return hr;
    hr = learn_exporter(a, &reply, address, security, &e);
    if (SUCCEEDED(hr)) {
        hr = take_reply(a, &reply, e);
        remote_exporter_release(e);
    }
    activation_reply_cleanup(&reply);
    return hr;
}

static HRESULT activate_remotely(const struct activating *a, const char *server)
{
    struct activation_request request;
    struct blanket *security;
    HRESULT hr = security_of(a, &security);
    if (FAILED(hr))
        return hr;
    hr = fill_request(a, server, &request);
    if (SUCCEEDED(hr))
        hr = run_remotely(a, server, &request, security);
    activation_request_cleanup(&request);
    blanket_release(security);
    return hr;
}

/* ---- the choice -------------------------------------------------------------------------------------- */

/* The name the program gave, NULL for none. False when it is no name at all. */
static bool server_name(const COSERVERINFO *server, char *out, size_t size, const char **name)
{
    *name = NULL;
    if (!server || !server->pwszName || !server->pwszName[0])
        return true;
    if (utf8_from_utf16(server->pwszName, utf16_length(server->pwszName), out, size) >= size)
        return false;
    *name = out;
    return true;
}

static HRESULT activate(const struct activating *a)
{
    char text[ACTIVATION_NAME];
    const char *server;
    if (!server_name(a->server, text, sizeof text, &server))
        return CO_E_BAD_SERVER_NAME;
    bool here = !server || (a->runtime->host && host_is_me(a->runtime->host, server));
    if (here && (a->context & IN_THIS_PROCESS)) {
        IUnknown *factory = class_table_find_inproc(a->clsid);
        if (factory) {
            HRESULT hr = activate_in_process(a, factory);
            IUnknown_Release(factory);
            return hr;
        }
    }
    /* A remote context with our own name is a local activation, as on Windows. */
    if (here && (a->context & (CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER)))
        return activate_locally(a);
    if (!here && (a->context & CLSCTX_REMOTE_SERVER))
        return a->runtime->remote_disabled ? RPC_E_REMOTE_DISABLED : activate_remotely(a, server);
    return REGDB_E_CLASSNOTREG;
}

static HRESULT run(const struct activating *a)
{
    if (!a->runtime)
        return CO_E_NOTINITIALIZED;
    if (a->count == 0 || a->count > ACTIVATION_IIDS_MAXIMUM || !a->results)
        return E_INVALIDARG;
    for (DWORD i = 0; i < a->count; i++)
        if (!a->results[i].pIID)
            return E_INVALIDARG;
    fail_all(a, E_NOINTERFACE);
    HRESULT hr = activate(a);
    /* A reason of its own, not the interfaces': it holds for each of them. */
    if (FAILED(hr) && hr != overall(a))
        fail_all(a, hr);
    return hr;
}

STDAPI CoCreateInstanceEx(REFCLSID clsid, IUnknown *outer, DWORD context, COSERVERINFO *server, DWORD count,
                          MULTI_QI *results)
{
    struct activating a = { runtime_get(), clsid, context, server, false, count, results };
    if (outer)
        return CLASS_E_NOAGGREGATION; /* an object of another process cannot be part of one here */
    return run(&a);
}

STDAPI CoCreateInstance(REFCLSID clsid, IUnknown *outer, DWORD context, REFIID iid, LPVOID *out)
{
    MULTI_QI result = { .pIID = iid };
    *out = NULL;
    HRESULT hr = CoCreateInstanceEx(clsid, outer, context, NULL, 1, &result);
    if (SUCCEEDED(hr))
        *out = result.pItf;
    return hr;
}

STDAPI CoGetClassObject(REFCLSID clsid, DWORD context, LPVOID server, REFIID iid, LPVOID *out)
{
    MULTI_QI result = { .pIID = iid };
    struct activating a = { runtime_get(), clsid, context, server, true, 1, &result };
    *out = NULL;
    HRESULT hr = run(&a);
    if (SUCCEEDED(hr))
        *out = result.pItf;
    return hr;
}
