/* The authority of auth.h over probe-scm: responses are verified and proofs made where the secrets are. */
#include <objbase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "dcom/orpc/local_scm.h"
#include "dcom/orpc/local_scm_internal.h"
#include "dcom/rpc/rpc_server.h"
#include "security/token.h"

#define ERROR_NO_SUCH_LOGON_SESSION 1312 /* [MS-ERREF] 2.2 */
#define SESSION_KEY_BYTES           16
#define PROOF_BYTES                 16
#define CHALLENGE_BYTES             8

static void copy_name(LPCWSTR from, char *out, size_t size)
{
    out[0] = 0;
    if (from)
        utf8_from_utf16(from, utf16_length(from), out, size);
}

void local_token_read(const LOCAL_TOKEN *from, struct token *out)
{
    *out = (struct token){ .anonymous = from->anonymous, .guest = from->guest, .session = from->session };
    copy_name(from->user, out->user, sizeof out->user);
    copy_name(from->domain, out->domain, sizeof out->domain);
    for (DWORD i = 0; from->sids && i < from->sidCount && out->group_count < TOKEN_GROUPS; i++) {
        char text[SID_TEXT];
        copy_name(from->sids[i], text, sizeof text);
        struct sid *sid = i == 0 ? &out->sid : &out->groups[out->group_count];
        if (sid_parse(text, sid) && i > 0)
            out->group_count++;
    }
}

/* Who the peer is, from the token of a verified logon. */
static enum err take_token(const LOCAL_TOKEN *from, struct auth_peer *peer)
{
    struct token *token = malloc(sizeof *token);
    if (!token)
        return ERR_MEMORY;
    local_token_read(from, token);
    peer->anonymous = token->anonymous;
    peer->guest = token->guest;
    snprintf(peer->user, sizeof peer->user, "%s", token->user);
    snprintf(peer->domain, sizeof peer->domain, "%s", token->domain);
    peer->token = token;
    return ERR_OK;
}

/* UTF-16 forms of the texts of a response. */
struct response_texts {
    uint16_t *user, *domain, *workstation, *peer;
};

static bool convert_texts(const struct auth_ntlm_response *r, struct response_texts *out)
{
    out->user = utf16_dup(r->user ? r->user : "");
    out->domain = utf16_dup(r->domain ? r->domain : "");
    out->workstation = utf16_dup(r->workstation ? r->workstation : "");
    out->peer = utf16_dup(rpc_server_current_peer() ? rpc_server_current_peer() : "");
    return out->user && out->domain && out->workstation && out->peer;
}

static void free_texts(struct response_texts *t)
{
    free(t->user);
    free(t->domain);
    free(t->workstation);
    free(t->peer);
}

/* An array of the IDL must have an address, even when it has no element. */
static uintptr_t bytes_or_nothing(const uint8_t *bytes)
{
    static const uint8_t nothing[1];
    return (uintptr_t)(bytes ? bytes : nothing);
}

static enum err verify_ntlm(void *context, const struct auth_ntlm_response *r, struct auth_peer *peer,
                            uint8_t session_base_key[SESSION_KEY_BYTES])
{
    struct response_texts texts = { 0 };
    LOCAL_TOKEN *token = NULL;
    bool asked = false;

    if (!convert_texts(r, &texts)) {
        free_texts(&texts);
        return ERR_MEMORY;
    }
    uintptr_t arguments[] = { 0,
                              (uintptr_t)texts.user,
                              (uintptr_t)texts.domain,
                              (uintptr_t)texts.workstation,
                              r->domain_utf16_size,
                              bytes_or_nothing(r->domain_utf16),
                              CHALLENGE_BYTES,
                              (uintptr_t)r->server_challenge,
                              r->nt_response_size,
                              bytes_or_nothing(r->nt_response),
                              r->lm_response_size,
                              bytes_or_nothing(r->lm_response),
                              (uintptr_t)texts.peer,
                              (uintptr_t)&token,
                              SESSION_KEY_BYTES,
                              (uintptr_t)session_base_key };
    HRESULT hr = local_scm_ask(context, LOCAL_SCM_VERIFY_NTLM, arguments, &asked);
    free_texts(&texts);
    enum err e = asked && SUCCEEDED(hr) && token ? ERR_OK : ERR_IO;
    if (!e) {
        peer->ntstatus = token->ntstatus;
        if (token->ntstatus == 0)
            e = take_token(token, peer);
    }
    local_token_free(token);
    return e;
}

static enum err prove_ntlm(void *context, const uint8_t server_challenge[CHALLENGE_BYTES], const uint8_t *temp,
                           size_t temp_size, struct auth_ntlm_proof *out)
{
    LPWSTR user = NULL, domain = NULL;
    bool asked = false;
    uintptr_t arguments[] = { 0,
                              CHALLENGE_BYTES,
                              (uintptr_t)server_challenge,
                              temp_size,
                              (uintptr_t)temp,
                              (uintptr_t)&user,
                              (uintptr_t)&domain,
                              PROOF_BYTES,
                              (uintptr_t)out->nt_proof,
                              SESSION_KEY_BYTES,
                              (uintptr_t)out->session_base_key };
    HRESULT hr = local_scm_ask(context, LOCAL_SCM_PROVE_NTLM, arguments, &asked);
    copy_name(user, out->user, sizeof out->user);
    copy_name(domain, out->domain, sizeof out->domain);
    CoTaskMemFree(user);
    CoTaskMemFree(domain);
    if (SUCCEEDED(hr))
        return ERR_OK;
    secret_zero(out, sizeof *out);
    return asked && hr == HRESULT_FROM_WIN32(ERROR_NO_SUCH_LOGON_SESSION) ? ERR_NOT_FOUND : ERR_IO;
}

/* A null session gets in; what it may do is decided where permissions are checked. */
static uint32_t accept_anonymous(void *context, struct auth_peer *peer)
{
    struct token *token = malloc(sizeof *token);
    (void)context;
    if (token)
        token_anonymous(token);
    peer->anonymous = true;
    peer->token = token;
    return 0;
}

static void release_token(void *context, void *token)
{
    (void)context;
    free(token);
}

void local_scm_authority(struct local_scm *s, struct auth_authority *out)
{
    const struct host *host = local_scm_host(s);
    *out = (struct auth_authority){ .verify_ntlm = verify_ntlm, .prove_ntlm = prove_ntlm, .context = s };
    out->accept_anonymous = accept_anonymous;
    out->release_token = release_token;
    out->computer_name = host->name;
    out->dns_computer_name = host->dns_name;
    out->domain_name = host->name; /* outside a domain the machine vouches itself ([MS-NLMP] 2.2.2.1) */
    out->dns_domain_name = host->dns_name;
}
