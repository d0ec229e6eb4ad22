/* SPNEGO as a security provider. It negotiates NTLM, the one mechanism we have below it, and then steps aside: PDUs are
 * protected by NTLM itself. */
#include <stdlib.h>

#include "base/secret.h"
#include "dcom/auth/auth_internal.h"
#include "dcom/auth/spnego_context.h"

static struct spnego_context *from_auth(struct auth_context *c)
{
    return (struct spnego_context *)c; /* base is its first member */
}

static const struct spnego_context *from_const_auth(const struct auth_context *c)
{
    return (const struct spnego_context *)c;
}

/* Takes the inner context over, also when it fails. */
static enum err create(struct auth_context *inner, bool initiator, struct auth_context **out)
{
    struct spnego_context *c = calloc(1, sizeof *c);

    if (!c) {
        inner->ops->destroy(inner);
        return ERR_MEMORY;
    }
    c->base.ops = &auth_spnego_ops;
    c->initiator = initiator;
    c->inner = inner;
    writer_init(&c->list, SPNEGO_LIST_MAXIMUM);
    *out = &c->base;
    return ERR_OK;
}

static enum err spnego_initiate(const struct auth_initiator_options *options, struct auth_context **out)
{
    struct auth_initiator_options inner_options = *options;
    struct auth_context *inner;
    enum err e;

    /* To Windows a MIC in AUTHENTICATE makes the signature of SPNEGO's list mandatory ([MS-SPNG] 3.1.5.1, note 8). At
     * connect no signing is negotiated that could make one (Samba refuses calls where it is), so both are left out. */
    inner_options.unsigned_handshake = options->level < AUTH_LEVEL_PACKET;
    e = auth_ntlm_ops.initiate(&inner_options, &inner);
    *out = NULL;
    return e ? e : create(inner, true, out);
}

static enum err spnego_accept(enum auth_level level, const struct auth_authority *authority, struct auth_context **out)
{
    struct auth_context *inner;
    enum err e = auth_ntlm_ops.accept(level, authority, &inner);

    *out = NULL;
    return e ? e : create(inner, false, out);
}

static enum err spnego_step(struct auth_context *context, const uint8_t *token, size_t size, struct writer *out,
                            bool *done)
{
    struct spnego_context *c = from_auth(context);
    enum err e;

    *done = false;
    c->peer.ntstatus = 0;
    e = c->initiator ? spnego_initiator_step(c, token, size, out, done)
                     : spnego_acceptor_step(c, token, size, out, done);
    if (!e) {
        if (*done)
            c->progress = SPNEGO_ESTABLISHED;
        return ERR_OK;
    }
    c->progress = SPNEGO_FAILED;
    if (e == ERR_PROTOCOL)
        c->peer.ntstatus = STATUS_INVALID_PARAMETER;
    return e;
}

static size_t spnego_signature_size(const struct auth_context *context, size_t data_size)
{
    const struct auth_context *inner = from_const_auth(context)->inner;

    return inner->ops->signature_size(inner, data_size);
}

static enum err spnego_protect(struct auth_context *context, uint8_t *pdu, size_t pdu_size, uint8_t *data,
                               size_t data_size, uint8_t *signature)
{
    struct spnego_context *c = from_auth(context);

    if (c->progress != SPNEGO_ESTABLISHED)
        return ERR_AUTH;
    return c->inner->ops->protect(c->inner, pdu, pdu_size, data, data_size, signature);
}

static enum err spnego_unprotect(struct auth_context *context, uint8_t *pdu, size_t pdu_size, uint8_t *data,
                                 size_t data_size, const uint8_t *signature, size_t signature_size)
{
    struct spnego_context *c = from_auth(context);

    if (c->progress != SPNEGO_ESTABLISHED)
        return ERR_AUTH;
    return c->inner->ops->unprotect(c->inner, pdu, pdu_size, data, data_size, signature, signature_size);
}

static const struct auth_peer *spnego_peer(const struct auth_context *context)
{
    return &from_const_auth(context)->peer;
}

static enum auth_mechanism spnego_inner(const struct auth_context *context)
{
    return from_const_auth(context)->inner->ops->mechanism;
}

static void spnego_destroy(struct auth_context *context)
{
    struct spnego_context *c = from_auth(context);

    c->inner->ops->destroy(c->inner);
    writer_cleanup(&c->list);
    secret_zero(c, sizeof *c);
    free(c);
}

const struct auth_ops auth_spnego_ops = {
    .mechanism = AUTH_SPNEGO,
    .initiate = spnego_initiate,
    .accept = spnego_accept,
    .step = spnego_step,
    .signature_size = spnego_signature_size,
    .protect = spnego_protect,
    .unprotect = spnego_unprotect,
    .peer = spnego_peer,
    .inner = spnego_inner,
    .destroy = spnego_destroy,
};

enum err spnego_inner_step(struct spnego_context *c, struct der_bytes token, struct writer *out, bool *done)
{
    enum err e = c->inner->ops->step(c->inner, token.data, token.size, out, done);

    c->peer = *c->inner->ops->peer(c->inner);
    return e;
}

enum err spnego_refuse(struct spnego_context *c, uint32_t ntstatus)
{
    c->peer.ntstatus = ntstatus;
    return ERR_AUTH;
}

enum err spnego_check_list(struct spnego_context *c, struct der_bytes mic)
{
    enum err e;

    if (mic.size == 0) {
        /* Who signs his NTLM messages signs the list as well, so somebody cut it out ([MS-SPNG] 3.1.5.1, note 8). */
        return c->inner->ops->mic_due(c->inner) ? spnego_refuse(c, STATUS_ACCESS_DENIED) : ERR_OK;
    }
    e = c->inner->ops->check_mic(c->inner, c->list.data, c->list.size, mic.data, mic.size);
    return e == ERR_AUTH ? spnego_refuse(c, STATUS_ACCESS_DENIED) : e;
}

enum err spnego_sign_list(struct spnego_context *c, struct writer *out)
{
    return c->inner->ops->make_mic(c->inner, c->list.data, c->list.size, out);
}
