/* Who calls: CoQueryClientBlanket and CoGetCallContext, for the incoming call this thread serves. */
#include <stdio.h>

#include "base/text.h"
#include "dcom/com/call_context.h"
#include "dcom/com/runtime.h"

#define ACCOUNT_TEXT ((size_t)2 * AUTH_NAME)

/* The account of the caller as the API gives it: a text that stays good until the call ends. */
static _Thread_local WCHAR account[ACCOUNT_TEXT];

static bool set_account(const char *domain, const char *user)
{
    char text[ACCOUNT_TEXT];
    snprintf(text, sizeof text, "%s%s%s", domain, *domain ? "\\" : "", user);
    utf16_from_utf8(text, account, ACCOUNT_TEXT);
    return true;
}

/* Same-host callers are known by their process: probe-scm says whose it is. */
static bool find_local_account(const struct rpc_server_call *call)
{
    struct runtime *rt = runtime_get();
    LOCAL_TOKEN *from = NULL;
    struct token token;
    if (!rt || !rt->scm || FAILED(local_scm_token_of_process(rt->scm, (DWORD)call->peer_pid, &from)))
        return false;
    bool known = from->ntstatus == 0;
    if (known) {
        local_token_read(from, &token);
        set_account(token.domain, token.user);
    }
    local_token_free(from);
    return known;
}

static bool find_account(const struct rpc_server_call *call)
{
    if (call->protseq == RPC_LOCAL)
        return find_local_account(call);
    if (!call->peer)
        return false;
    if (call->peer->anonymous)
        return set_account("NT AUTHORITY", "ANONYMOUS LOGON");
    return set_account(call->peer->domain, call->peer->user);
}

STDAPI CoQueryClientBlanket(DWORD *service, DWORD *authorization, LPOLESTR *principal, DWORD *level,
                            DWORD *impersonation, RPC_AUTHZ_HANDLE *privileges, DWORD *capabilities)
{
    const struct rpc_server_call *call = exporter_current_call();
    if (!call)
        return RPC_E_CALL_COMPLETE;
    /* Local RPC proves the caller with every call and nobody can read along: COM reports it as NTLM at the highest
     * level. */
    bool local = call->protseq == RPC_LOCAL;
    if (service)
        *service = local ? RPC_C_AUTHN_WINNT : (DWORD)call->mechanism;
    if (authorization)
        *authorization = RPC_C_AUTHZ_NONE;
    if (principal)
        *principal = NULL;
    if (level)
        *level = local                          ? RPC_C_AUTHN_LEVEL_PKT_PRIVACY
                 : call->mechanism == AUTH_NONE ? RPC_C_AUTHN_LEVEL_NONE
                                                : (DWORD)call->level;
    if (impersonation)
        *impersonation = local ? RPC_C_IMP_LEVEL_IMPERSONATE : call->impersonation;
    if (privileges)
        *privileges = find_account(call) ? account : NULL;
    if (capabilities)
        *capabilities = EOAC_NONE;
    return S_OK;
}

/* ---- where the caller is ------------------------------------------------------------------------------------- */

static _Thread_local bool activating, activator_is_local;

void call_context_begin_activation(bool local)
{
    activating = true;
    activator_is_local = local;
}

void call_context_end_activation(void)
{
    activating = false;
}

RPC_STATUS I_RpcBindingIsClientLocal(RPC_BINDING_HANDLE binding, unsigned int *is_local)
{
    const struct rpc_server_call *call = exporter_current_call();
    if (binding || (!call && !activating))
        return RPC_S_NO_CALL_ACTIVE;
    *is_local = call ? call->protseq == RPC_LOCAL : activator_is_local;
    return RPC_S_OK;
}

/* ---- IServerSecurity ------------------------------------------------------------------------------------ */

/* It has no state: every method looks at the call of its own thread. */
static HRESULT STDMETHODCALLTYPE server_security_QueryInterface(IServerSecurity *self, REFIID iid, void **out)
{
    bool ours = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IServerSecurity);
    *out = ours ? self : NULL;
    return ours ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE server_security_AddRef(IServerSecurity *self)
{
    (void)self;
    return 2;
}

static ULONG STDMETHODCALLTYPE server_security_Release(IServerSecurity *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE server_security_QueryBlanket(IServerSecurity *self, DWORD *service,
                                                              DWORD *authorization, LPOLESTR *principal, DWORD *level,
                                                              DWORD *impersonation, void **privileges,
                                                              DWORD *capabilities)
{
    (void)self;
    return CoQueryClientBlanket(service, authorization, principal, level, impersonation, privileges, capabilities);
}

/* Accounts of a simulated host are not users of this system, so no thread can become one. */
static HRESULT STDMETHODCALLTYPE server_security_ImpersonateClient(IServerSecurity *self)
{
    (void)self;
    return exporter_current_call() ? CO_E_FAILEDTOIMPERSONATE : RPC_E_CALL_COMPLETE;
}

static HRESULT STDMETHODCALLTYPE server_security_RevertToSelf(IServerSecurity *self)
{
    (void)self;
    return S_OK;
}

static BOOL STDMETHODCALLTYPE server_security_IsImpersonating(IServerSecurity *self)
{
    (void)self;
    return FALSE;
}

static const IServerSecurityVtbl server_security_IServerSecurity_vtbl = {
    .QueryInterface = server_security_QueryInterface,
    .AddRef = server_security_AddRef,
    .Release = server_security_Release,
    .QueryBlanket = server_security_QueryBlanket,
    .ImpersonateClient = server_security_ImpersonateClient,
    .RevertToSelf = server_security_RevertToSelf,
    .IsImpersonating = server_security_IsImpersonating,
};

STDAPI CoGetCallContext(REFIID iid, void **out)
{
    static IServerSecurity server_security = { &server_security_IServerSecurity_vtbl };
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!exporter_current_call())
        return RPC_E_CALL_COMPLETE;
    return server_security_QueryInterface(&server_security, iid, out);
}
