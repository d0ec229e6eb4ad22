#include "dcom/rpc/security.h"

void security_cleanup(struct security *s)
{
    if (s->auth)
        s->auth->ops->destroy(s->auth);
    s->auth = NULL;
}

static struct pdu_trailer trailer_of(const struct security *s, size_t pad_size)
{
    return (struct pdu_trailer){ .mechanism = (uint8_t)s->mechanism,
                                 .level = (uint8_t)s->level,
                                 .pad_size = (uint8_t)pad_size,
                                 .context_id = s->id };
}

void security_end_leg(const struct security *s, struct writer *w, size_t start, const struct writer *token)
{
    struct pdu_trailer trailer = trailer_of(s, 0);

    pdu_trailer_encode(w, &trailer);
    writer_bytes(w, token->data, token->size);
    pdu_end(w, start, token->size);
}

bool security_protects(const struct security *s)
{
    return s->auth && s->level >= AUTH_LEVEL_PACKET;
}

size_t security_stub_room(const struct security *s, size_t fragment, size_t header)
{
    size_t room = fragment - header;

    if (security_protects(s))
        room -= PDU_TRAILER + s->auth->ops->signature_size(s->auth, room);
    return room - room % PDU_STUB_ALIGNMENT;
}

enum err security_protect(struct security *s, struct writer *w, size_t start, size_t stub_at)
{
    size_t stub = w->size - stub_at;
    size_t pad = (size_t)-stub % PDU_STUB_ALIGNMENT;
    struct pdu_trailer trailer = trailer_of(s, pad);
    size_t signed_end, signature_size;

    if (!security_protects(s)) {
        pdu_end(w, start, 0);
        return w->failed ? ERR_MEMORY : ERR_OK;
    }
    signature_size = s->auth->ops->signature_size(s->auth, stub + pad);
    writer_zeros(w, pad);
    pdu_trailer_encode(w, &trailer);
    signed_end = w->size;
    writer_zeros(w, signature_size);
    pdu_end(w, start, signature_size);
    if (w->failed)
        return ERR_MEMORY;
    return s->auth->ops->protect(s->auth, w->data + start, signed_end - start, w->data + stub_at, stub + pad,
                                 w->data + signed_end);
}

bool security_is_named(const struct security *s, const struct pdu *pdu)
{
    return pdu->has_trailer && pdu->trailer.context_id == s->id && pdu->trailer.mechanism == s->mechanism &&
           auth_level_on_wire((enum auth_level)pdu->trailer.level) == s->level;
}

enum err security_unprotect(struct security *s, struct pdu *pdu, size_t stub_at)
{
    if (!security_protects(s))
        return ERR_OK;
    if (!pdu->has_trailer)
        return ERR_AUTH;
    if (stub_at > pdu->body_end)
        return ERR_PROTOCOL;
    return s->auth->ops->unprotect(s->auth, pdu->data, pdu->body_end + PDU_TRAILER, pdu->data + stub_at,
                                   pdu->body_end - stub_at, pdu->trailer.token, pdu->trailer.token_size);
}
