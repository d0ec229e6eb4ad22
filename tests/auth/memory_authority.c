#include "tests/auth/memory_authority.h"

#include <stdio.h>

#include "base/text.h"
#include "dcom/auth/ntlm.h"

const struct memory_account memory_accounts[] = {
    { "opcuser", "Secret-1", 0 },           { "Müller-Ω", "pässwörd-€-𝄞", 0 }, /* also beyond the basic plane */
    { "disabled", "Secret-1", 0xC0000072 }, { "expired", "Secret-1", 0xC0000193 },
    { "locked", "Secret-1", 0xC0000234 },   { NULL, NULL, 0 }
};

static enum err verify(void *context, const struct auth_ntlm_response *response, struct auth_peer *peer,
                       uint8_t session_base_key[16])
{
    struct memory_authority *m = context;
    const struct memory_account *a = m->accounts;
    uint8_t hash[16];

    while (a->user && !utf8_equal_ignoring_case(a->user, response->user))
        a++;
    if (!a->user) {
        peer->ntstatus = 0xC0000064;
        return ERR_OK;
    }
    if (ntlm_hash_password(a->password, hash))
        return ERR_MEMORY;
    if (!ntlm_check_response(hash, response, session_base_key)) {
        peer->ntstatus = 0xC000006A;
        return ERR_OK;
    }
    peer->ntstatus = a->ntstatus;
    if (!a->ntstatus) {
        snprintf(peer->user, sizeof peer->user, "%s", a->user);
        snprintf(peer->domain, sizeof peer->domain, "%s", m->authority.computer_name);
        peer->token = m;
        atomic_fetch_add(&m->tokens, 1);
    }
    return ERR_OK;
}

static enum err prove(void *context, const uint8_t server_challenge[8], const uint8_t *temp, size_t temp_size,
                      struct auth_ntlm_proof *out)
{
    struct memory_authority *m = context;
    uint8_t hash[16];

    if (!m->self)
        return ERR_NOT_FOUND;
    snprintf(out->user, sizeof out->user, "%s", m->self->user);
    snprintf(out->domain, sizeof out->domain, "BETA");
    if (ntlm_hash_password(m->self->password, hash))
        return ERR_MEMORY;
    return ntlm_prove(hash, server_challenge, temp, temp_size, out);
}

static uint32_t accept_anonymous(void *context, struct auth_peer *peer)
{
    struct memory_authority *m = context;

    if (m->anonymous_ntstatus == 0) {
        peer->token = m;
        atomic_fetch_add(&m->tokens, 1);
    }
    return m->anonymous_ntstatus;
}

static void release_token(void *context, void *token)
{
    struct memory_authority *m = context;

    atomic_fetch_sub(&m->tokens, token == m);
}

void memory_authority_init(struct memory_authority *m)
{
    *m = (struct memory_authority){ .accounts = memory_accounts };
    m->authority = (struct auth_authority){ .verify_ntlm = verify,
                                            .prove_ntlm = prove,
                                            .accept_anonymous = accept_anonymous,
                                            .release_token = release_token,
                                            .context = m,
                                            .computer_name = "ALPHA",
                                            .dns_computer_name = "alpha.lab.test",
                                            .domain_name = "ALPHA",
                                            .dns_domain_name = "alpha.lab.test" };
}
