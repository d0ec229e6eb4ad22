/* ILocalScm: what the processes of this host ask of it (idl/local.idl). The caller is known by its process number. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/secret.h"
#include "base/text.h"
#include "dcom/orpc/bindings.h"
#include "dcom/orpc/hresult.h"
#include "dcom/orpc/target.h"
#include "dcom/scm/local_token.h"
#include "dcom/scm/scm.h"
#include "dcom/scm/service_activation.h"

#define CHALLENGE_BYTES        8
#define KEY_BYTES              16
#define ERROR_NO_LOGON_SESSION 1312 /* ERROR_NO_SUCH_LOGON_SESSION, [MS-ERREF] 2.2 */

static struct scm *scm_of(ILocalScm *iface)
{
    return (struct scm *)((char *)iface - offsetof(struct scm, local_scm));
}

static int64_t caller_pid(void)
{
    return plain_current_call()->peer_pid;
}

/* UTF-8 of an [in] text; cut when it is too long to mean anything. */
static void text_of(const WCHAR *from, char *out, size_t size)
{
    out[0] = 0;
    if (from)
        utf8_from_utf16(from, utf16_length(from), out, size);
}

/* ---- exporters and classes --------------------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE local_RegisterExporter(ILocalScm *iface, OXID *oxid, IPID *ipid, DWORD hint,
                                                        DUALSTRINGARRAY *bindings, const WCHAR *endpoint)
{
    struct scm *s = scm_of(iface);
    struct exporter x = {
        .oxid = *oxid, .ipid_rem_unknown = *ipid, .authn_hint = hint, .pid = caller_pid(), .bindings = bindings
    };
    text_of(endpoint, x.endpoint, sizeof x.endpoint);
    if (*oxid == 0 || !x.endpoint[0])
        return E_INVALIDARG;
    enum err e = exporters_register(s->exporters, &x);
    if (!e && !scm_watch(s, x.pid))
        e = ERR_NOT_FOUND;
    return e ? hresult_of_err(e) : S_OK;
}

/* Whether the calling process is the exporter of that OXID. */
static bool caller_owns(struct scm *s, OXID oxid)
{
    struct exporter x;
    if (!exporters_find(s->exporters, oxid, &x))
        return false;
    bool owns = x.pid == caller_pid();
    exporter_cleanup(&x);
    return owns;
}

static HRESULT STDMETHODCALLTYPE local_AllocateOids(ILocalScm *iface, OXID *oxid, ULONG count, OID *wanted,
                                                    ULONG *granted)
{
    struct scm *s = scm_of(iface);
    *granted = 0;
    if (!caller_owns(s, *oxid))
        return E_ACCESSDENIED;
    *granted = (ULONG)ping_sets_allocate(s->ping_sets, *oxid, wanted, count, clock_now_ns());
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE local_FreeOids(ILocalScm *iface, ULONG count, OID *oids)
{
    struct scm *s = scm_of(iface);
    struct exporter x;
    if (!exporters_find_process(s->exporters, caller_pid(), &x))
        return E_ACCESSDENIED;
    ping_sets_free(s->ping_sets, x.oxid, oids, count);
    exporter_cleanup(&x);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE local_RegisterClass(ILocalScm *iface, REFCLSID clsid, DWORD class_context, DWORD flags,
                                                     DWORD *cookie)
{
    struct scm *s = scm_of(iface);
    char text[GUID_TEXT];
    struct token user;
    *cookie = 0;
    if (!(class_context & CLSCTX_LOCAL_SERVER))
        return E_INVALIDARG;
    bool single_use = !(flags & (REGCLS_MULTIPLEUSE | REGCLS_MULTI_SEPARATE));
    if (!sessions_token(s->sessions, caller_pid(), &user))
        token_anonymous(&user);
    enum err e = exporters_register_class(s->exporters, caller_pid(), clsid, &user.sid, single_use, cookie);
    guid_text(clsid, text);
    event("register_class", EV_TEXT("clsid", text), EV_NUMBER("of_pid", caller_pid()),
          EV_TEXT("error", e ? err_text(e) : NULL));
    return e == ERR_NOT_FOUND ? E_ACCESSDENIED : e ? hresult_of_err(e) : S_OK;
}

static HRESULT STDMETHODCALLTYPE local_RevokeClass(ILocalScm *iface, DWORD cookie)
{
    return exporters_revoke_class(scm_of(iface)->exporters, caller_pid(), cookie) ? S_OK : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE local_Activate(ILocalScm *iface, BOOL get_class_object, MInterfacePointer *request,
                                                PMInterfacePointer *reply)
{
    return service_activate_blob(scm_of(iface), get_class_object, request, reply);
}

static HRESULT STDMETHODCALLTYPE local_ResolveLocal(ILocalScm *iface, OXID *oxid, LPWSTR *endpoint, IPID *ipid,
                                                    DWORD *hint, DUALSTRINGARRAY **bindings)
{
    struct exporter x;
    *endpoint = NULL;
    *bindings = NULL;
    *hint = 0;
    memset(ipid, 0, sizeof *ipid);
    if (!exporters_find(scm_of(iface)->exporters, *oxid, &x))
        return HRESULT_FROM_WIN32(OR_INVALID_OXID);
    *endpoint = local_text(x.endpoint);
    *bindings = x.bindings;
    *ipid = x.ipid_rem_unknown;
    *hint = x.authn_hint;
    x.bindings = NULL;
    exporter_cleanup(&x);
    return *endpoint ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE local_HoldRemoteOids(ILocalScm *iface, DUALSTRINGARRAY *resolver, ULONG add_count,
                                                      OID *add, ULONG drop_count, OID *drop)
{
    struct scm *s = scm_of(iface);
    int64_t pid = caller_pid();
    if (!scm_watch(s, pid))
        return E_ACCESSDENIED;
    const struct host_view *view = host_files_get(s->files);
    bool here = bindings_equal(resolver, s->resolver_bindings) || target_is_here(view->host, resolver);
    host_files_put(view);
    if (here) {
        ping_sets_hold(s->ping_sets, pid, add, add_count, drop, drop_count, clock_now_ns());
        return S_OK;
    }
    const struct ping_holder holder = { pid, resolver, NULL };
    enum err e = ping_client_hold(s->ping_client, &holder, add, add_count, drop, drop_count);
    return e ? hresult_of_err(e) : S_OK;
}

/* ---- LSA ------------------------------------------------------------------------------------------------------------
 */

/* Answers are for exporters alone, so that no other program can try passwords here. */
static bool caller_is_exporter(struct scm *s)
{
    struct exporter x;
    if (!exporters_find_process(s->exporters, caller_pid(), &x))
        return false;
    exporter_cleanup(&x);
    return true;
}

static HRESULT STDMETHODCALLTYPE local_VerifyNtlm(ILocalScm *iface, const WCHAR *user, const WCHAR *domain,
                                                  const WCHAR *workstation, ULONG domain_bytes, byte *domain_as_sent,
                                                  ULONG challenge_bytes, byte *challenge, ULONG nt_bytes, byte *nt,
                                                  ULONG lm_bytes, byte *lm, const WCHAR *peer, LOCAL_TOKEN **token,
                                                  ULONG key_bytes, byte *key)
{
    struct scm *s = scm_of(iface);
    char user_text[TOKEN_NAME], domain_text[TOKEN_NAME], workstation_text[TOKEN_NAME], peer_text[RPC_ADDRESS_TEXT];
    struct token logon;
    *token = NULL;
    memset(key, 0, key_bytes);
    if (!caller_is_exporter(s))
        return E_ACCESSDENIED;
    if (challenge_bytes != CHALLENGE_BYTES || key_bytes != KEY_BYTES)
        return E_INVALIDARG;
    text_of(user, user_text, sizeof user_text);
    text_of(domain, domain_text, sizeof domain_text);
    text_of(workstation, workstation_text, sizeof workstation_text);
    text_of(peer, peer_text, sizeof peer_text);
    const struct auth_ntlm_response response = { .user = user_text,
                                                 .domain = domain_text,
                                                 .workstation = workstation_text,
                                                 .domain_utf16 = domain_as_sent,
                                                 .domain_utf16_size = domain_bytes,
                                                 .server_challenge = challenge,
                                                 .nt_response = nt,
                                                 .nt_response_size = nt_bytes,
                                                 .lm_response = lm,
                                                 .lm_response_size = lm_bytes };
    uint32_t status = lsa_verify(&s->lsa, &response, peer_text[0] ? peer_text : NULL, &logon, key);
    enum err e = local_token_create(status ? NULL : &logon, status, token);
    return e ? hresult_of_err(e) : S_OK;
}

static HRESULT STDMETHODCALLTYPE local_ProveNtlm(ILocalScm *iface, ULONG challenge_bytes, byte *challenge,
                                                 ULONG temp_bytes, byte *temp, LPWSTR *user, LPWSTR *domain,
                                                 ULONG proof_bytes, byte *proof, ULONG key_bytes, byte *key)
{
    struct auth_ntlm_proof made;
    *user = *domain = NULL;
    memset(proof, 0, proof_bytes);
    memset(key, 0, key_bytes);
    if (challenge_bytes != CHALLENGE_BYTES || proof_bytes != sizeof made.nt_proof || key_bytes != KEY_BYTES)
        return E_INVALIDARG;
    enum err e = lsa_prove(&scm_of(iface)->lsa, caller_pid(), challenge, temp, temp_bytes, &made);
    if (e)
        return e == ERR_NOT_FOUND ? HRESULT_FROM_WIN32(ERROR_NO_LOGON_SESSION) : hresult_of_err(e);
    *user = local_text(made.user);
    *domain = local_text(made.domain);
    memcpy(proof, made.nt_proof, proof_bytes);
    memcpy(key, made.session_base_key, key_bytes);
    secret_zero(&made, sizeof made);
    return *user && *domain ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE local_TokenOfProcess(ILocalScm *iface, DWORD pid, LOCAL_TOKEN **token)
{
    struct token found;
    bool known = sessions_token(scm_of(iface)->sessions, (int64_t)pid, &found);
    enum err e = local_token_create(known ? &found : NULL, known ? 0 : NTSTATUS_NO_SUCH_LOGON_SESSION, token);
    return e ? hresult_of_err(e) : S_OK;
}

static HRESULT STDMETHODCALLTYPE local_OpenSession(ILocalScm *iface, const WCHAR *account, LOCAL_TOKEN **token)
{
    struct scm *s = scm_of(iface);
    char name[TOKEN_NAME];
    struct token opened;
    text_of(account, name, sizeof name);
    uint32_t status = sessions_open(s->sessions, name, TOKEN_LOGON_INTERACTIVE, caller_pid(), &opened);
    if (!status)
        scm_watch(s, caller_pid());
    event("session", EV_TEXT("account", name), EV_CODE("ntstatus", status), EV_NUMBER("of_pid", caller_pid()),
          EV_NUMBER("session", status ? 0 : opened.session));
    enum err e = local_token_create(status ? NULL : &opened, status, token);
    return e ? hresult_of_err(e) : S_OK;
}

static HRESULT STDMETHODCALLTYPE local_DescribeHost(ILocalScm *iface, LPWSTR *computer, LPWSTR *dns_computer,
                                                    LPWSTR *domain, LPWSTR *dns_domain,
                                                    DUALSTRINGARRAY **resolver_bindings)
{
    struct scm *s = scm_of(iface);
    const struct auth_authority *names = &s->authority.authority;
    *computer = local_text(names->computer_name);
    *dns_computer = local_text(names->dns_computer_name);
    *domain = local_text(names->domain_name);
    *dns_domain = local_text(names->dns_domain_name);
    *resolver_bindings = bindings_dup(s->resolver_bindings);
    return *computer && *dns_computer && *domain && *dns_domain && *resolver_bindings ? S_OK : E_OUTOFMEMORY;
}

const ILocalScmVtbl scm_local_vtbl = {
    .RegisterExporter = local_RegisterExporter,
    .AllocateOids = local_AllocateOids,
    .FreeOids = local_FreeOids,
    .RegisterClass = local_RegisterClass,
    .RevokeClass = local_RevokeClass,
    .Activate = local_Activate,
    .ResolveLocal = local_ResolveLocal,
    .VerifyNtlm = local_VerifyNtlm,
    .ProveNtlm = local_ProveNtlm,
    .TokenOfProcess = local_TokenOfProcess,
    .OpenSession = local_OpenSession,
    .DescribeHost = local_DescribeHost,
    .HoldRemoteOids = local_HoldRemoteOids,
};
