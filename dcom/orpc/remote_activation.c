#include "dcom/orpc/remote_activation.h"

#include <dcom_observer.h>
#include <objbase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/orpc/com_version.h"
#include "dcom/orpc/deadlines.h"
#include "dcom/orpc/hresult.h"
#include "dcom/orpc/offers.h"
#include "dcom/orpc/orpc_header.h"
#include "dcom/orpc/plain_call.h"

#define REMOTE_GET_CLASS_OBJECT 3 /* methods of IRemoteSCMActivator */
#define REMOTE_CREATE_INSTANCE  4
#define REMOTE_ACTIVATION       3 /* method of IActivation */
#define MODE_GET_CLASS_OBJECT   0xFFFFFFFFu

/* What one activation works with. */
struct activating {
    struct resolver *resolver;
    const struct remote_activation *call;
    struct rpc_endpoint endpoint;
    int64_t deadline_ns;
    COMVERSION version; /* what the server and we both speak */
    struct rpc_failure why;
    enum auth_mechanism offered;   /* the first one in the server's list that we have; AUTH_NONE: there is none */
    enum auth_mechanism mechanism; /* the asked one, or what it agreed on once a connection was there */
};

static void observe_unresolved(const char *server)
{
    struct dcom_event event = { .kind = DCOM_BINDING, .outgoing = true, .err = ERR_RESOLVE };
    if (!dcom_observed())
        return;
    snprintf(event.peer, sizeof event.peer, "%s", server);
    dcom_observe(&event);
}

static void observe_activation(const struct activating *a, HRESULT hr, int64_t started_ns)
{
    struct dcom_event event = { .kind = DCOM_ACTIVATION, .outgoing = true, .status = (uint32_t)hr };
    if (!dcom_observed())
        return;
    snprintf(event.peer, sizeof event.peer, "%s:%u", a->endpoint.address, a->endpoint.port);
    event.elapsed_ns = clock_now_ns() - started_ns;
    event.err = a->why.err;
    event.shape = (enum dcom_wire_shape)a->why.shape;
    event.ntstatus = a->why.ntstatus;
    event.mechanism = (uint8_t)a->mechanism;
    event.level_asked = (uint8_t)a->call->security->level;
    event.level_sent = (uint8_t)auth_level_on_wire(a->call->security->level);
    dcom_observe(&event);
}

/* ---- the calls ---------------------------------------------------------------------------------- */

static enum err ask(struct activating *a, struct lane *lane, const IID *iid, unsigned method, uintptr_t *arguments,
                    HRESULT *result)
{
    struct rpc_syntax syntax = plain_syntax(iid);
    struct call_cancel *cancel = a->call->cancel;
    struct lease lease;
    enum err e =
        lane_acquire(lane, &syntax, clock_deadline_ns(DEADLINE_CONNECT_NS), a->deadline_ns, cancel, &lease, &a->why);
    if (e)
        return e;
    a->mechanism = rpc_connection_mechanism(lease.connection);
    if (call_cancel_attach(cancel, lease.connection)) {
        e = plain_call(lease.connection, iid, method, arguments, a->deadline_ns, result, &a->why);
        call_cancel_detach(cancel);
    } else {
        e = ERR_CANCELLED;
        a->why = (struct rpc_failure){ .err = e };
    }
    lease_return(&lease, e);
    return e;
}

static void free_extensions(ORPCTHAT *that)
{
    ORPC_EXTENT_ARRAY *array = that->extensions;
    if (!array)
        return;
    /* The array's length on the wire is its size rounded up to a pair ([MS-DCOM] 2.2.13.2). */
    for (ULONG i = 0; array->extent && i < ((array->size + 1) & ~1u); i++)
        CoTaskMemFree(array->extent[i]);
    CoTaskMemFree(array->extent);
    CoTaskMemFree(array);
}

static ORPCTHIS header_of(const struct activating *a)
{
    ORPCTHIS header = { .version = a->version };
    causality_current(&header.cid);
    return header;
}

static HRESULT call_scm_activator(struct activating *a, struct lane *lane, MInterfacePointer *blob,
                                  struct activation_reply *reply, enum err *e)
{
    ORPCTHIS orpc_this = header_of(a);
    ORPCTHAT orpc_that = { 0 };
    PMInterfacePointer properties = NULL;
    bool get_class = a->call->get_class_object;
    HRESULT hr = E_UNEXPECTED;
    uintptr_t create[] = {
        0, (uintptr_t)&orpc_this, (uintptr_t)&orpc_that, 0, (uintptr_t)blob, (uintptr_t)&properties
    };
    uintptr_t get[] = { 0, (uintptr_t)&orpc_this, (uintptr_t)&orpc_that, (uintptr_t)blob, (uintptr_t)&properties };
    *e = ask(a, lane, &IID_IRemoteSCMActivator, get_class ? REMOTE_GET_CLASS_OBJECT : REMOTE_CREATE_INSTANCE,
             get_class ? get : create, &hr);
    if (*e)
        hr = hresult_of_failure(&a->why);
    free_extensions(&orpc_that);
    if (SUCCEEDED(hr) && (!properties || activation_reply_get(properties->abData, properties->ulCntData, reply)))
        hr = RPC_E_INVALID_OBJREF;
    CoTaskMemFree(properties);
    return hr;
}

static HRESULT through_scm_activator(struct activating *a, struct lane *lane, struct activation_reply *reply,
                                     enum err *e)
{
    struct writer w;
    HRESULT hr = E_OUTOFMEMORY;
    writer_init(&w, ACTIVATION_BLOB_MAXIMUM);
    *e = activation_request_put(a->call->request, &w);
    MInterfacePointer *blob = *e ? NULL : malloc(sizeof *blob + w.size);
    if (blob) {
        blob->ulCntData = (ULONG)w.size;
        memcpy(blob->abData, w.data, w.size);
        hr = call_scm_activator(a, lane, blob, reply, e);
    }
    free(blob);
    writer_cleanup(&w);
    return hr;
}

/* The arrays of RemoteActivation's answer. */
struct old_answer {
    PMInterfacePointer pointers[ACTIVATION_IIDS_MAXIMUM];
    HRESULT hresults[ACTIVATION_IIDS_MAXIMUM];
};

static HRESULT take_old_answer(const struct activating *a, const struct old_answer *answer,
                               struct activation_reply *reply)
{
    const struct activation_request *request = a->call->request;
    reply->results = calloc(request->iid_count, sizeof *reply->results);
    if (!reply->results)
        return E_OUTOFMEMORY;
    reply->result_count = request->iid_count;
    for (uint32_t i = 0; i < request->iid_count; i++) {
        struct activation_result *result = &reply->results[i];
        const MInterfacePointer *pointer = answer->pointers[i];
        result->iid = request->iids[i];
        result->hresult = answer->hresults[i];
        if (!pointer || pointer->ulCntData == 0)
            continue;
        result->objref = malloc(pointer->ulCntData);
        if (!result->objref)
            return E_OUTOFMEMORY;
        memcpy(result->objref, pointer->abData, pointer->ulCntData);
        result->objref_size = pointer->ulCntData;
    }
    return reply->bindings ? S_OK : RPC_E_INVALID_OBJREF;
}

/* RemoteActivation, for servers before COM 5.6 ([MS-DCOM] 3.1.2.5.2.3.1). */
static HRESULT through_activation(struct activating *a, struct lane *lane, struct activation_reply *reply)
{
    const struct activation_request *request = a->call->request;
    static unsigned short protseqs[] = { RPC_TCP };
    struct old_answer *answer = calloc(1, sizeof *answer);
    ORPCTHIS orpc_this = header_of(a);
    ORPCTHAT orpc_that = { 0 };
    HRESULT result = S_OK, hr = S_OK;

    if (!answer)
        return E_OUTOFMEMORY;
    uintptr_t arguments[] = { 0,
                              (uintptr_t)&orpc_this,
                              (uintptr_t)&orpc_that,
                              (uintptr_t)&request->clsid,
                              0, /* pwszObjectName */
                              0, /* pObjectStorage */
                              request->impersonation,
                              a->call->get_class_object ? MODE_GET_CLASS_OBJECT : 0,
                              request->iid_count,
                              (uintptr_t)request->iids,
                              1,
                              (uintptr_t)protseqs,
                              (uintptr_t)&reply->oxid,
                              (uintptr_t)&reply->bindings,
                              (uintptr_t)&reply->ipid_rem_unknown,
                              (uintptr_t)&reply->authn_hint,
                              (uintptr_t)&reply->server_version,
                              (uintptr_t)&hr,
                              (uintptr_t)answer->pointers,
                              (uintptr_t)answer->hresults };
    if (ask(a, lane, &IID_IActivation, REMOTE_ACTIVATION, arguments, &result))
        hr = hresult_of_failure(&a->why);
    else if (result != S_OK)
        hr = result > 0 ? HRESULT_FROM_WIN32((DWORD)result) : result;
    free_extensions(&orpc_that);
    if (SUCCEEDED(hr))
        hr = take_old_answer(a, answer, reply);
    for (uint32_t i = 0; i < ACTIVATION_IIDS_MAXIMUM; i++)
        CoTaskMemFree(answer->pointers[i]);
    free(answer);
    return hr;
}

static HRESULT activate_on(struct activating *a, struct lane *lane, struct activation_reply *reply)
{
    int64_t started_ns = clock_now_ns();
    enum err e = ERR_OK;
    HRESULT hr = E_FAIL;
    bool old = a->version.MinorVersion < COM_VERSION_WITH_ACTIVATOR;
    if (!old)
        hr = through_scm_activator(a, lane, reply, &e);
    if (old || (e == ERR_NAK && a->why.shape == RPC_WIRE_CONTEXT_REJECTED))
        hr = through_activation(a, lane, reply);
    if (FAILED(hr))
        activation_reply_cleanup(reply);
    else
        offers_observe(DCOM_OFFER_OBJECT, reply->bindings);
    observe_activation(a, hr, started_ns);
    return hr;
}

/* ---- the way there ------------------------------------------------------------------------------ */

static HRESULT check_alive(struct activating *a, struct lane *lane)
{
    bool first = a->version.MajorVersion == 0; /* the second, authenticated call gives the same bindings */
    const COMVERSION own = com_version_of_host(resolver_options(a->resolver)->host);
    struct resolver_alive alive;
    enum err e = resolver_server_alive(lane, own, clock_deadline_ns(DEADLINE_CONNECT_NS),
                                       clock_deadline_ns(DEADLINE_CONNECT_NS + DEADLINE_RESOLVER_NS), a->call->cancel,
                                       &alive, &a->why);
    if (first && !e) {
        offers_observe(DCOM_OFFER_RESOLVER, alive.bindings);
        a->offered = bindings_mechanism(alive.bindings);
    }
    CoTaskMemFree(alive.bindings);
    if (e)
        return hresult_of_failure(&a->why);
    return com_version_negotiate(own, alive.version, &a->version) ? S_OK : RPC_E_VERSION_MISMATCH;
}

static HRESULT check_alive_openly(struct activating *a)
{
    struct rpc_security none = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
    struct lane *lane;
    enum err e = pool_lane(resolver_options(a->resolver)->pool, &a->endpoint, &none, &lane);
    if (e)
        return hresult_of_err(e);
    HRESULT hr = check_alive(a, lane);
    lane_release(lane);
    return hr;
}

static HRESULT run(struct activating *a, struct activation_reply *reply)
{
    struct lane *lane;
    struct rpc_security security = *a->call->security;
    HRESULT hr = check_alive_openly(a);
    if (FAILED(hr))
        return hr;
    if (a->call->any_mechanism && security.mechanism != AUTH_NONE && a->offered != AUTH_NONE)
        a->mechanism = security.mechanism = a->offered;
    enum err e = pool_lane(resolver_options(a->resolver)->pool, &a->endpoint, &security, &lane);
    if (e)
        return hresult_of_err(e);
    if (security.mechanism != AUTH_NONE)
        hr = check_alive(a, lane);
    if (SUCCEEDED(hr))
        hr = activate_on(a, lane, reply);
    lane_release(lane);
    return hr;
}

HRESULT remote_activation_run(struct resolver *r, const struct remote_activation *call, struct activation_reply *reply,
                              char address[RPC_ADDRESS_TEXT])
{
    struct activating a = { .resolver = r, .call = call, .mechanism = call->security->mechanism };
    *reply = (struct activation_reply){ 0 };
    address[0] = 0;
    a.deadline_ns = clock_deadline_ns(DEADLINE_ACTIVATION_NS);
    enum err e = target_parse(resolver_options(r)->host, call->server, RESOLVER_PORT,
                              clock_deadline_ns(DEADLINE_RESOLVER_NS), &a.endpoint);
    if (e) {
        observe_unresolved(call->server);
        return hresult_of_err(e);
    }
    HRESULT hr = run(&a, reply);
    if (SUCCEEDED(hr))
        memcpy(address, a.endpoint.address, RPC_ADDRESS_TEXT);
    return hr;
}
