#include "dcom/orpc/local_scm.h"

#include <objbase.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dcom/orpc/deadlines.h"
#include "dcom/orpc/hresult.h"
#include "dcom/orpc/local_scm_internal.h"
#include "dcom/orpc/plain_call.h"

#define ARGUMENT(value) ((uintptr_t)(value))

struct local_scm {
    const struct host *host;
    _Atomic int64_t pid;
    struct lane *lane; /* owned; AUTH_NONE: the local transport proves who calls */
};

enum err local_scm_create(const struct host *host, struct pool *pool, struct local_scm **out)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_LOCAL };
    struct rpc_security none = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
    char path[HOST_PATH];

    *out = NULL;
    enum err e = host_path(host, "scm.sock", path);
    if (e)
        return e;
    if (snprintf(endpoint.address, sizeof endpoint.address, "%s", path) >= (int)sizeof endpoint.address)
        return ERR_LIMIT;
    struct local_scm *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_MEMORY;
    s->host = host;
    e = pool_lane(pool, &endpoint, &none, &s->lane);
    if (e) {
        free(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

void local_scm_destroy(struct local_scm *s)
{
    if (!s)
        return;
    lane_release(s->lane);
    free(s);
}

int64_t local_scm_pid(const struct local_scm *s)
{
    return atomic_load(&s->pid);
}

/* One call of ILocalScm. `*asked` tells whether probe-scm answered at all. */
static HRESULT ask(struct local_scm *s, enum local_scm_method method, uintptr_t *arguments, int64_t timeout_ns,
                   struct call_cancel *cancel, bool *asked)
{
    struct rpc_syntax syntax = plain_syntax(&IID_ILocalScm);
    int64_t deadline_ns = clock_deadline_ns(timeout_ns);
    struct rpc_failure why;
    struct lease lease;
    HRESULT result = E_FAIL;

    *asked = false;
    enum err e = lane_acquire(s->lane, &syntax, deadline_ns, deadline_ns, cancel, &lease, &why);
    if (e)
        return hresult_of_failure(&why);
    atomic_store(&s->pid, rpc_connection_peer_pid(lease.connection));
    if (call_cancel_attach(cancel, lease.connection)) {
        e = plain_call(lease.connection, &IID_ILocalScm, method, arguments, deadline_ns, &result, &why);
        call_cancel_detach(cancel);
    } else {
        e = ERR_CANCELLED;
        why = (struct rpc_failure){ .err = e };
    }
    lease_return(&lease, e);
    *asked = e == ERR_OK;
    return e ? hresult_of_failure(&why) : result;
}

HRESULT local_scm_ask(struct local_scm *s, enum local_scm_method method, uintptr_t *arguments, bool *asked)
{
    return ask(s, method, arguments, DEADLINE_LOCAL_NS, NULL, asked);
}

const struct host *local_scm_host(const struct local_scm *s)
{
    return s->host;
}

static HRESULT ask_shortly(struct local_scm *s, enum local_scm_method method, uintptr_t *arguments)
{
    bool asked;
    return ask(s, method, arguments, DEADLINE_LOCAL_NS, NULL, &asked);
}

/* ---- exporter and classes --------------------------------------------------------------------- */

HRESULT local_scm_register_exporter(struct local_scm *s, OXID oxid, const IPID *ipid_rem_unknown, DWORD authn_hint,
                                    DUALSTRINGARRAY *bindings, const char *local_endpoint)
{
    uint16_t *endpoint = utf16_dup(local_endpoint);
    if (!endpoint)
        return E_OUTOFMEMORY;
    uintptr_t arguments[] = { 0,          ARGUMENT(&oxid),    ARGUMENT(ipid_rem_unknown),
                              authn_hint, ARGUMENT(bindings), ARGUMENT(endpoint) };
    HRESULT hr = ask_shortly(s, LOCAL_SCM_REGISTER_EXPORTER, arguments);
    free(endpoint);
    return hr;
}

HRESULT local_scm_allocate_oids(struct local_scm *s, OXID oxid, OID *oids, ULONG count)
{
    ULONG granted = 0;
    uintptr_t arguments[] = { 0, ARGUMENT(&oxid), count, ARGUMENT(oids), ARGUMENT(&granted) };
    HRESULT hr = ask_shortly(s, LOCAL_SCM_ALLOCATE_OIDS, arguments);
    if (SUCCEEDED(hr) && granted < count)
        return E_OUTOFMEMORY;
    return hr;
}

HRESULT local_scm_free_oids(struct local_scm *s, OID *oids, ULONG count)
{
    uintptr_t arguments[] = { 0, count, ARGUMENT(oids) };
    return ask_shortly(s, LOCAL_SCM_FREE_OIDS, arguments);
}

HRESULT local_scm_register_class(struct local_scm *s, REFCLSID clsid, DWORD class_context, DWORD flags, DWORD *cookie)
{
    uintptr_t arguments[] = { 0, ARGUMENT(clsid), class_context, flags, ARGUMENT(cookie) };
    return ask_shortly(s, LOCAL_SCM_REGISTER_CLASS, arguments);
}

HRESULT local_scm_revoke_class(struct local_scm *s, DWORD cookie)
{
    uintptr_t arguments[] = { 0, cookie };
    return ask_shortly(s, LOCAL_SCM_REVOKE_CLASS, arguments);
}

HRESULT local_scm_activate(struct local_scm *s, bool get_class_object, const void *request, size_t request_size,
                           struct call_cancel *cancel, MInterfacePointer **reply)
{
    bool asked;
    *reply = NULL;
    MInterfacePointer *pointer = malloc(sizeof *pointer + request_size);
    if (!pointer)
        return E_OUTOFMEMORY;
    pointer->ulCntData = (ULONG)request_size;
    memcpy(pointer->abData, request, request_size);
    uintptr_t arguments[] = { 0, get_class_object, ARGUMENT(pointer), ARGUMENT(reply) };
    HRESULT hr = ask(s, LOCAL_SCM_ACTIVATE, arguments, DEADLINE_ACTIVATION_NS, cancel, &asked);
    free(pointer);
    return hr;
}

/* ---- other processes and hosts ----------------------------------------------------------------- */

HRESULT local_scm_resolve(struct local_scm *s, OXID oxid, struct local_exporter *out)
{
    LPWSTR endpoint = NULL;
    *out = (struct local_exporter){ 0 };
    uintptr_t arguments[] = { 0,
                              ARGUMENT(&oxid),
                              ARGUMENT(&endpoint),
                              ARGUMENT(&out->ipid_rem_unknown),
                              ARGUMENT(&out->authn_hint),
                              ARGUMENT(&out->bindings) };
    HRESULT hr = ask_shortly(s, LOCAL_SCM_RESOLVE_LOCAL, arguments);
    if (SUCCEEDED(hr) && !endpoint)
        hr = E_UNEXPECTED;
    if (endpoint)
        utf8_from_utf16(endpoint, utf16_length(endpoint), out->endpoint, sizeof out->endpoint);
    CoTaskMemFree(endpoint);
    if (FAILED(hr)) {
        CoTaskMemFree(out->bindings);
        out->bindings = NULL;
    }
    return hr;
}

HRESULT local_scm_hold(struct local_scm *s, DUALSTRINGARRAY *resolver, OID *add, ULONG add_count, OID *drop,
                       ULONG drop_count)
{
    uintptr_t arguments[] = { 0, ARGUMENT(resolver), add_count, ARGUMENT(add), drop_count, ARGUMENT(drop) };
    return ask_shortly(s, LOCAL_SCM_HOLD_REMOTE_OIDS, arguments);
}

HRESULT local_scm_token_of_process(struct local_scm *s, DWORD pid, LOCAL_TOKEN **token)
{
    *token = NULL;
    uintptr_t arguments[] = { 0, pid, ARGUMENT(token) };
    HRESULT hr = ask_shortly(s, LOCAL_SCM_TOKEN_OF_PROCESS, arguments);
    return SUCCEEDED(hr) && !*token ? E_UNEXPECTED : hr;
}

void local_token_free(LOCAL_TOKEN *token)
{
    if (!token)
        return;
    for (DWORD i = 0; token->sids && i < token->sidCount; i++)
        CoTaskMemFree(token->sids[i]);
    CoTaskMemFree(token->sids);
    CoTaskMemFree(token->user);
    CoTaskMemFree(token->domain);
    CoTaskMemFree(token);
}

HRESULT local_scm_resolver_bindings(struct local_scm *s, DUALSTRINGARRAY **out)
{
    LPWSTR names[4] = { NULL, NULL, NULL, NULL };
    *out = NULL;
    uintptr_t arguments[] = {
        0, ARGUMENT(&names[0]), ARGUMENT(&names[1]), ARGUMENT(&names[2]), ARGUMENT(&names[3]), ARGUMENT(out)
    };
    HRESULT hr = ask_shortly(s, LOCAL_SCM_DESCRIBE_HOST, arguments);
    for (int i = 0; i < 4; i++)
        CoTaskMemFree(names[i]);
    return SUCCEEDED(hr) && !*out ? E_UNEXPECTED : hr;
}
