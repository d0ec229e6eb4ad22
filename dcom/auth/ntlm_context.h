/* An NTLM security context as initiator, acceptor and the provider table share it. */
#ifndef DCOM_AUTH_NTLM_CONTEXT_H
#define DCOM_AUTH_NTLM_CONTEXT_H

#include "dcom/auth/auth.h"
#include "dcom/auth/ntlm_message.h"
#include "dcom/auth/ntlm_session.h"

/* NTSTATUS values a context decides by itself; the others are the authority's. */
#define STATUS_INVALID_PARAMETER 0xC000000Du
#define STATUS_ACCESS_DENIED     0xC0000022u
#define STATUS_LOGON_FAILURE     0xC000006Du

enum ntlm_state {
    NTLM_START,
    NTLM_NEGOTIATED,
    NTLM_ESTABLISHED,
    NTLM_FAILED
};

struct ntlm_context {
    struct auth_context base; /* first: the ops */
    bool initiator;
    enum ntlm_state state;
    enum auth_level level;
    const struct auth_authority *authority; /* borrowed, may be NULL for an initiator with an identity */
    const struct auth_identity *identity;   /* borrowed for the handshake; NULL for default credentials */
    char principal[AUTH_NAME];              /* SPN, or empty */
    uint8_t impersonation;
    uint32_t flags; /* negotiated so far */
    bool has_mic;   /* AUTHENTICATE carries one */
    bool omits_mic; /* an initiator that was asked for none */
    uint8_t server_challenge[NTLM_CHALLENGE];
    struct writer negotiate; /* as sent, for the MIC */
    struct writer challenge; /* as sent, for the MIC */
    struct ntlm_session session;
    struct auth_peer peer;
};

/* One leg of each role, as auth_ops.step. */
MUST_USE enum err ntlm_initiator_step(struct ntlm_context *c, const uint8_t *token, size_t size, struct writer *out,
                                      bool *done);
MUST_USE enum err ntlm_acceptor_step(struct ntlm_context *c, const uint8_t *token, size_t size, struct writer *out,
                                     bool *done);
/* HMAC over the three messages ([MS-NLMP] 3.1.5.1.2); the MIC field inside `authenticate` counts as zero. */
void ntlm_mic(const struct ntlm_context *c, const uint8_t key[NTLM_KEY], const uint8_t *authenticate, size_t size,
              uint8_t out[NTLM_KEY]);
/* True when `flags` offer what the context's level needs. */
bool ntlm_flags_suffice(const struct ntlm_context *c, uint32_t flags);

#endif
