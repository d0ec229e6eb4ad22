/* The client's half of SPNEGO ([RFC4178] 3.2, [MS-SPNG] 3.2.5): it offers NTLM alone, with NTLM's first message as the
 * optimistic token. Our last message carries a signature of the list whenever NTLM's own messages are signed; the
 * acceptor answers with a last word that has no token. */
#include "dcom/auth/spnego_context.h"

static struct der_bytes bytes_of(const struct writer *w)
{
    return (struct der_bytes){ w->data, w->size };
}

static enum err send_init(struct spnego_context *c, struct writer *token, struct writer *out)
{
    bool inner_done;
    enum err e = spnego_inner_step(c, (struct der_bytes){ NULL, 0 }, token, &inner_done);

    if (e)
        return e;
    spnego_list_encode(&c->list);
    if (c->list.failed || token->failed)
        return ERR_MEMORY;
    spnego_init_encode(out, &(struct spnego_init){ .mech_types = bytes_of(&c->list), .mech_token = bytes_of(token) });
    c->progress = SPNEGO_NEGOTIATING;
    return ERR_OK;
}

/* Answers the challenge. The acceptor must not have had its last word before it saw our proof. */
static enum err send_proof(struct spnego_context *c, const struct spnego_response *answer, struct writer *token,
                           struct writer *out)
{
    struct spnego_response m = { .state = SPNEGO_ACCEPT_INCOMPLETE };
    struct writer mic;
    bool inner_done;
    enum err e;

    if (answer->state == SPNEGO_ACCEPT_COMPLETED || answer->mic.size > 0)
        return ERR_PROTOCOL;
    e = spnego_inner_step(c, answer->token, token, &inner_done);
    if (e)
        return e;
    writer_init(&mic, SPNEGO_TOKEN_MAXIMUM);
    if (inner_done && c->inner->ops->mic_due(c->inner))
        e = spnego_sign_list(c, &mic);
    if (!e && (mic.failed || token->failed))
        e = ERR_MEMORY;
    if (!e) {
        m.token = bytes_of(token);
        m.mic = bytes_of(&mic);
        spnego_response_encode(out, &m);
        if (inner_done)
            c->progress = SPNEGO_INNER_DONE;
    }
    writer_cleanup(&mic);
    return e;
}

/* The acceptor's last word. */
static enum err take_end(struct spnego_context *c, const struct spnego_response *answer, bool *done)
{
    enum err e;

    if (answer->state != SPNEGO_ACCEPT_COMPLETED || answer->token.size > 0)
        return ERR_PROTOCOL;
    e = spnego_check_list(c, answer->mic);
    *done = e == ERR_OK;
    return e;
}

static enum err take_answer(struct spnego_context *c, const uint8_t *token, size_t size, struct writer *inner_token,
                            struct writer *out, bool *done)
{
    struct spnego_response answer;
    enum err e = spnego_response_decode(token, size, &answer);

    if (e)
        return e;
    if (answer.state == SPNEGO_REJECT)
        return spnego_refuse(c, STATUS_ACCESS_DENIED);
    if (answer.supported_mech.size > 0 && !der_equal(answer.supported_mech, spnego_oid_ntlm))
        return spnego_refuse(c, STATUS_NOT_SUPPORTED);
    return c->progress == SPNEGO_INNER_DONE ? take_end(c, &answer, done) : send_proof(c, &answer, inner_token, out);
}

enum err spnego_initiator_step(struct spnego_context *c, const uint8_t *token, size_t size, struct writer *out,
                               bool *done)
{
    struct writer inner_token;
    enum err e = ERR_PROTOCOL;

    writer_init(&inner_token, SPNEGO_TOKEN_MAXIMUM);
    if (c->progress == SPNEGO_START && size == 0)
        e = send_init(c, &inner_token, out);
    else if (c->progress == SPNEGO_NEGOTIATING || c->progress == SPNEGO_INNER_DONE)
        e = take_answer(c, token, size, &inner_token, out, done);
    writer_cleanup(&inner_token);
    return e;
}
