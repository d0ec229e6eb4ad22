#include "dcom/scm/lsa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/secret.h"
#include "base/text.h"
#include "dcom/auth/ntlm.h"
#include "dcom/rpc/rpc_server.h"

static const char guest_name[] = "Guest";

/* Windows tries a domain it does not know as if it were its own: that is how the same name and password on two
 * machines of a workgroup work. So the domain decides nothing here, as long as this host belongs to none. */
static uint32_t check_response(const struct account *account, const struct auth_ntlm_response *response,
                               uint8_t key[16])
{
    bool right = ntlm_check_response(account->nt_hash, response, key);
    return account_logon_status(account, right, true);
}

/* A Guest without a password asks nobody for one. Such a session has no key, hence no session security ([MS-NLMP]
 * 3.2.5.1.2, 3.4), and the restriction of empty passwords does not concern it. */
static uint32_t check_guest(const struct account *guest, const struct auth_ntlm_response *response, uint8_t key[16])
{
    bool right = account_password_is_empty(guest) || ntlm_check_response(guest->nt_hash, response, key);
    return account_logon_status(guest, right, false);
}

static bool is_guest(const struct account *account)
{
    return utf8_equal_ignoring_case(account->name, guest_name);
}

/* Whose session a response is about, and how its logon ends. */
static uint32_t check(const struct host_view *view, const struct auth_ntlm_response *response,
                      const struct account **account, uint8_t key[16])
{
    const struct account *guest = accounts_find(view->accounts, guest_name);
    *account = accounts_find(view->accounts, response->user);
    /* "Network access: Sharing and security model: Guest only": whoever comes over the network with an account of
     * this machine, or with none that it knows, is Guest. */
    if (view->settings->force_guest)
        *account = guest;
    /* [MS-NLMP] 3.2.5.1.2: an unknown user is Guest too, where Guest is let in without a password. */
    else if (!*account && guest && !guest->disabled && account_password_is_empty(guest))
        *account = guest;
    if (!*account)
        return NTSTATUS_NO_SUCH_USER;
    return is_guest(*account) ? check_guest(*account, response, key) : check_response(*account, response, key);
}

/* A member of Guests by what it is, whatever the file says of its groups. */
static void make_token(const struct host *host, const struct account *account, uint32_t session, struct token *out)
{
    struct account copy = *account;
    if (is_guest(account)) {
        copy.group_count = 1;
        copy.groups[0].sid = sid_well_known(SID_GUESTS);
        copy.groups[0].rid = 0;
    }
    token_of_account(host, &copy, TOKEN_LOGON_NETWORK, session, out);
    secret_zero(&copy, sizeof copy);
}

uint32_t lsa_verify(struct lsa *l, const struct auth_ntlm_response *response, const char *peer, struct token *token,
                    uint8_t session_base_key[16])
{
    const struct account *account;
    memset(token, 0, sizeof *token);
    memset(session_base_key, 0, 16);
    const struct host_view *view = host_files_get(l->files);
    uint32_t status = check(view, response, &account, session_base_key);
    if (status == 0)
        make_token(view->host, account, sessions_next_number(l->sessions), token);
    else
        secret_zero(session_base_key, 16);
    host_files_put(view);
    event("logon", EV_TEXT("account", response->user), EV_TEXT("domain", response->domain),
          EV_TEXT("workstation", response->workstation), EV_CODE("ntstatus", status), EV_TEXT("mechanism", "ntlm"),
          EV_FLAG("guest", token->guest), EV_TEXT("peer", peer));
    return status;
}

enum err lsa_prove(struct lsa *l, int64_t pid, const uint8_t server_challenge[8], const uint8_t *temp, size_t temp_size,
                   struct auth_ntlm_proof *out)
{
    struct session_secret secret;
    memset(out, 0, sizeof *out);
    if (!sessions_secret(l->sessions, pid, &secret))
        return ERR_NOT_FOUND;
    snprintf(out->user, sizeof out->user, "%s", secret.user);
    snprintf(out->domain, sizeof out->domain, "%s", secret.domain);
    enum err e = ntlm_prove(secret.nt_hash, server_challenge, temp, temp_size, out);
    secret_zero(&secret, sizeof secret);
    return e;
}

/* ---- struct auth_authority ------------------------------------------------------------------------------------- */

static enum err keep_token(const struct token *token, struct auth_peer *peer)
{
    struct token *copy = malloc(sizeof *copy);
    if (!copy)
        return ERR_MEMORY;
    *copy = *token;
    snprintf(peer->user, sizeof peer->user, "%s", token->user);
    snprintf(peer->domain, sizeof peer->domain, "%s", token->domain);
    peer->anonymous = token->anonymous;
    peer->guest = token->guest;
    peer->token = copy;
    return ERR_OK;
}

static enum err verify_ntlm(void *context, const struct auth_ntlm_response *response, struct auth_peer *peer,
                            uint8_t session_base_key[16])
{
    struct lsa_authority *a = context;
    struct token token;
    peer->ntstatus = lsa_verify(a->lsa, response, rpc_server_current_peer(), &token, session_base_key);
    return peer->ntstatus ? ERR_OK : keep_token(&token, peer);
}

static enum err prove_ntlm(void *context, const uint8_t server_challenge[8], const uint8_t *temp, size_t temp_size,
                           struct auth_ntlm_proof *out)
{
    struct lsa_authority *a = context;
    return a->pid ? lsa_prove(a->lsa, a->pid, server_challenge, temp, temp_size, out) : ERR_NOT_FOUND;
}

/* A null session is let in; what it may do is another question. */
static uint32_t accept_anonymous(void *context, struct auth_peer *peer)
{
    struct token token;
    (void)context;
    token_anonymous(&token);
    uint32_t status = keep_token(&token, peer) ? NTSTATUS_LOGON_FAILURE : NTSTATUS_OK;
    event("logon", EV_TEXT("account", NULL), EV_TEXT("domain", NULL), EV_TEXT("workstation", peer->workstation),
          EV_CODE("ntstatus", status), EV_TEXT("mechanism", "ntlm"), EV_TEXT("peer", rpc_server_current_peer()));
    return status;
}

static void release_token(void *context, void *token)
{
    (void)context;
    free(token);
}

void lsa_authority_init(struct lsa_authority *out, struct lsa *lsa, const struct host *host, int64_t pid)
{
    memset(out, 0, sizeof *out);
    out->lsa = lsa;
    out->pid = pid;
    snprintf(out->computer, sizeof out->computer, "%s", host->name);
    snprintf(out->dns_computer, sizeof out->dns_computer, "%s", host->dns_name);
    /* Outside a domain the machine is its own: both pairs of names are the machine's. */
    out->authority = (struct auth_authority){ .verify_ntlm = verify_ntlm,
                                              .prove_ntlm = prove_ntlm,
                                              .accept_anonymous = accept_anonymous,
                                              .release_token = release_token,
                                              .context = out,
                                              .computer_name = out->computer,
                                              .dns_computer_name = out->dns_computer,
                                              .domain_name = out->computer,
                                              .dns_domain_name = out->dns_computer };
}
