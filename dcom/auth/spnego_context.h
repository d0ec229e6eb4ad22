/* A SPNEGO security context as initiator, acceptor and the provider table share it. */
#ifndef DCOM_AUTH_SPNEGO_CONTEXT_H
#define DCOM_AUTH_SPNEGO_CONTEXT_H

#include "dcom/auth/auth.h"
#include "dcom/auth/spnego_token.h"

/* NTSTATUS values the negotiation decides by itself; all others are NTLM's. */
#define STATUS_INVALID_PARAMETER 0xC000000Du
#define STATUS_ACCESS_DENIED     0xC0000022u
#define STATUS_NOT_SUPPORTED     0xC00000BBu

enum spnego_progress {
    SPNEGO_START,
    SPNEGO_NEGOTIATING,
    SPNEGO_INNER_DONE, /* NTLM is through; the acceptor's last word is awaited */
    SPNEGO_RAW,        /* the initiator sends NTLM's messages without any frame */
    SPNEGO_ESTABLISHED,
    SPNEGO_FAILED
};

struct spnego_context {
    struct auth_context base; /* first: the ops */
    bool initiator;
    enum spnego_progress progress;
    struct auth_context *inner; /* owned: NTLM */
    struct writer list;         /* the initiator's list of mechanisms, as sent */
    struct auth_peer peer;      /* the inner one's, with our own NTSTATUS; its token stays the inner one's */
};

/* One leg of each role, as auth_ops.step. */
MUST_USE enum err spnego_initiator_step(struct spnego_context *c, const uint8_t *token, size_t size, struct writer *out,
                                        bool *done);
MUST_USE enum err spnego_acceptor_step(struct spnego_context *c, const uint8_t *token, size_t size, struct writer *out,
                                       bool *done);
/* One leg of NTLM inside ours; takes over what it learnt about the peer. */
MUST_USE enum err spnego_inner_step(struct spnego_context *c, struct der_bytes token, struct writer *out, bool *done);
/* Refuses with a status of our own. */
MUST_USE enum err spnego_refuse(struct spnego_context *c, uint32_t ntstatus);
/* Holds the peer's signature of the list, which may be absent, against ours. */
MUST_USE enum err spnego_check_list(struct spnego_context *c, struct der_bytes mic);
/* Appends our signature of the list. */
MUST_USE enum err spnego_sign_list(struct spnego_context *c, struct writer *out);

#endif
