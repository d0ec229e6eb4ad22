/* NTLM as a security provider: creation, protection of PDUs, destruction. */
#include <nettle/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "dcom/auth/auth_internal.h"
#include "dcom/auth/ntlm_context.h"

static struct ntlm_context *from_auth(struct auth_context *c)
{
    return (struct ntlm_context *)c; /* base is its first member */
}

static const struct ntlm_context *from_const_auth(const struct auth_context *c)
{
    return (const struct ntlm_context *)c;
}

static struct ntlm_context *create(enum auth_level level, const struct auth_authority *authority)
{
    struct ntlm_context *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->base.ops = &auth_ntlm_ops;
    c->level = level;
    c->authority = authority;
    writer_init(&c->negotiate, NTLM_MESSAGE_MAXIMUM);
    writer_init(&c->challenge, NTLM_MESSAGE_MAXIMUM);
    return c;
}

static enum err ntlm_initiate(const struct auth_initiator_options *options, struct auth_context **out)
{
    struct ntlm_context *c;

    *out = NULL;
    /* Nobody could tell who we are. */
    if (!options->identity && (!options->authority || !options->authority->prove_ntlm))
        return ERR_NOT_FOUND;
    c = create(options->level, options->authority);
    if (!c)
        return ERR_MEMORY;
    c->initiator = true;
    c->identity = options->identity;
    c->impersonation = options->impersonation;
    c->omits_mic = options->unsigned_handshake;
    snprintf(c->principal, sizeof c->principal, "%s", options->principal ? options->principal : "");
    *out = &c->base;
    return ERR_OK;
}

static enum err ntlm_accept(enum auth_level level, const struct auth_authority *authority, struct auth_context **out)
{
    struct ntlm_context *c = create(level, authority);

    *out = c ? &c->base : NULL;
    return c ? ERR_OK : ERR_MEMORY;
}

static enum err ntlm_step(struct auth_context *context, const uint8_t *token, size_t size, struct writer *out,
                          bool *done)
{
    struct ntlm_context *c = from_auth(context);
    enum err e;

    *done = false;
    c->peer.ntstatus = 0;
    e = c->initiator ? ntlm_initiator_step(c, token, size, out, done) : ntlm_acceptor_step(c, token, size, out, done);
    if (!e)
        return ERR_OK;
    c->state = NTLM_FAILED;
    if (e == ERR_PROTOCOL)
        c->peer.ntstatus = STATUS_INVALID_PARAMETER;
    return e;
}

static size_t ntlm_signature_size(const struct auth_context *context, size_t data_size)
{
    (void)data_size;
    return from_const_auth(context)->level >= AUTH_LEVEL_PACKET ? NTLM_SIGNATURE : 0;
}

static enum err ntlm_protect(struct auth_context *context, uint8_t *pdu, size_t pdu_size, uint8_t *data,
                             size_t data_size, uint8_t *signature)
{
    struct ntlm_context *c = from_auth(context);

    if (c->state != NTLM_ESTABLISHED)
        return ERR_AUTH;
    ntlm_session_protect(&c->session, c->level == AUTH_LEVEL_PACKET_PRIVACY, pdu, pdu_size, data, data_size, signature);
    return ERR_OK;
}

static enum err ntlm_unprotect(struct auth_context *context, uint8_t *pdu, size_t pdu_size, uint8_t *data,
                               size_t data_size, const uint8_t *signature, size_t signature_size)
{
    struct ntlm_context *c = from_auth(context);

    if (c->state != NTLM_ESTABLISHED || signature_size != NTLM_SIGNATURE)
        return ERR_AUTH;
    if (!ntlm_session_unprotect(&c->session, c->level == AUTH_LEVEL_PACKET_PRIVACY, pdu, pdu_size, data, data_size,
                                signature)) {
        /* Sequence number and key stream are now out of step for good. */
        c->state = NTLM_FAILED;
        return ERR_AUTH;
    }
    return ERR_OK;
}

static enum err ntlm_make_mic(struct auth_context *context, const uint8_t *data, size_t size, struct writer *out)
{
    struct ntlm_context *c = from_auth(context);
    uint8_t *signature;

    if (c->state != NTLM_ESTABLISHED)
        return ERR_AUTH;
    signature = writer_room(out, NTLM_SIGNATURE);
    if (!signature)
        return ERR_MEMORY;
    ntlm_session_sign(&c->session, data, size, signature);
    return ERR_OK;
}

static enum err ntlm_check_mic(struct auth_context *context, const uint8_t *data, size_t size, const uint8_t *mic,
                               size_t mic_size)
{
    struct ntlm_context *c = from_auth(context);

    if (c->state != NTLM_ESTABLISHED || mic_size != NTLM_SIGNATURE)
        return ERR_AUTH;
    return ntlm_session_check(&c->session, data, size, mic) ? ERR_OK : ERR_AUTH;
}

static bool ntlm_mic_due(const struct auth_context *context)
{
    const struct ntlm_context *c = from_const_auth(context);

    /* Below packet nothing need be negotiated that could sign. */
    return c->has_mic && c->level >= AUTH_LEVEL_PACKET;
}

static const struct auth_peer *ntlm_peer(const struct auth_context *context)
{
    return &from_const_auth(context)->peer;
}

static enum auth_mechanism ntlm_inner(const struct auth_context *context)
{
    (void)context;
    return AUTH_NTLM;
}

static void ntlm_destroy(struct auth_context *context)
{
    struct ntlm_context *c = from_auth(context);

    if (c->peer.token && c->authority && c->authority->release_token)
        c->authority->release_token(c->authority->context, c->peer.token);
    writer_cleanup(&c->negotiate);
    writer_cleanup(&c->challenge);
    secret_zero(c, sizeof *c);
    free(c);
}

const struct auth_ops auth_ntlm_ops = {
    .mechanism = AUTH_NTLM,
    .initiate = ntlm_initiate,
    .accept = ntlm_accept,
    .step = ntlm_step,
    .signature_size = ntlm_signature_size,
    .protect = ntlm_protect,
    .unprotect = ntlm_unprotect,
    .make_mic = ntlm_make_mic,
    .check_mic = ntlm_check_mic,
    .mic_due = ntlm_mic_due,
    .peer = ntlm_peer,
    .inner = ntlm_inner,
    .destroy = ntlm_destroy,
};

void ntlm_mic(const struct ntlm_context *c, const uint8_t key[NTLM_KEY], const uint8_t *authenticate, size_t size,
              uint8_t out[NTLM_KEY])
{
    static const uint8_t zeros[NTLM_KEY];
    struct hmac_md5_ctx mac;

    hmac_md5_set_key(&mac, NTLM_KEY, key);
    hmac_md5_update(&mac, c->negotiate.size, c->negotiate.data);
    hmac_md5_update(&mac, c->challenge.size, c->challenge.data);
    hmac_md5_update(&mac, NTLM_MIC_AT, authenticate);
    hmac_md5_update(&mac, sizeof zeros, zeros);
    hmac_md5_update(&mac, size - NTLM_MIC_END, authenticate + NTLM_MIC_END);
    hmac_md5_digest(&mac, NTLM_KEY, out);
    secret_zero(&mac, sizeof mac);
}

bool ntlm_flags_suffice(const struct ntlm_context *c, uint32_t flags)
{
    uint32_t needed = NTLM_UNICODE;

    /* An acceptor at connect has nothing to protect; Samba's null session offers no session security worth the name. */
    if (c->initiator || c->level >= AUTH_LEVEL_PACKET)
        needed |= NTLM_EXTENDED_SESSION_SECURITY;
    if (c->level >= AUTH_LEVEL_PACKET)
        needed |= NTLM_SIGN;
    if (c->level == AUTH_LEVEL_PACKET_PRIVACY)
        needed |= NTLM_SEAL;
    return (flags & needed) == needed;
}
