/* The server's half of SPNEGO ([RFC4178] 3.2, [MS-SPNG] 3.3.5). Windows puts Kerberos and NEGOEX before NTLM and sends
 * a token for the first of them: we choose NTLM, pass that token over and ask for a signature of the list, since
 * somebody may have struck a better choice out of it. */
#include <string.h>

#include "dcom/auth/spnego_context.h"

static const uint8_t ntlm_begins[] = { 'N', 'T', 'L', 'M', 'S', 'S', 'P', 0 };

static struct der_bytes bytes_of(const struct writer *w)
{
    return (struct der_bytes){ w->data, w->size };
}

static enum err send(struct writer *out, struct spnego_response *m, const struct writer *token)
{
    if (token->failed)
        return ERR_MEMORY;
    m->token = bytes_of(token);
    spnego_response_encode(out, m);
    return ERR_OK;
}

static enum err take_init(struct spnego_context *c, const uint8_t *data, size_t size, struct writer *token,
                          struct writer *out)
{
    struct spnego_response answer = { .state = SPNEGO_ACCEPT_INCOMPLETE, .supported_mech = spnego_oid_ntlm };
    struct spnego_init m;
    bool inner_done;
    enum err e = spnego_init_decode(data, size, &m);
    int place;

    if (e)
        return e;
    place = spnego_find_ntlm(m.mech_types);
    if (place < 0)
        return spnego_refuse(c, STATUS_NOT_SUPPORTED);
    writer_bytes(&c->list, m.mech_types.data, m.mech_types.size);
    if (c->list.failed)
        return ERR_LIMIT;
    if (place > 0)
        answer.state = SPNEGO_REQUEST_MIC;
    else if (m.mech_token.size > 0)
        e = spnego_inner_step(c, m.mech_token, token, &inner_done);
    c->progress = SPNEGO_NEGOTIATING;
    return e ? e : send(out, &answer, token);
}

/* The last word: that we are content, and a signature of the list for the one we got. */
static enum err send_end(struct spnego_context *c, struct der_bytes mic, const struct writer *token, struct writer *out)
{
    struct spnego_response answer = { .state = SPNEGO_ACCEPT_COMPLETED };
    struct writer ours;
    enum err e = spnego_check_list(c, mic);

    if (e)
        return e;
    writer_init(&ours, SPNEGO_TOKEN_MAXIMUM);
    if (mic.size > 0)
        e = spnego_sign_list(c, &ours);
    if (!e && ours.failed)
        e = ERR_MEMORY;
    answer.mic = bytes_of(&ours);
    if (!e)
        e = send(out, &answer, token);
    writer_cleanup(&ours);
    return e;
}

static enum err take_response(struct spnego_context *c, const uint8_t *data, size_t size, struct writer *token,
                              struct writer *out, bool *done)
{
    struct spnego_response answer = { .state = SPNEGO_ACCEPT_INCOMPLETE }, m;
    bool inner_done;
    enum err e = spnego_response_decode(data, size, &m);

    if (e)
        return e;
    if (m.state == SPNEGO_REJECT)
        return spnego_refuse(c, STATUS_ACCESS_DENIED);
    e = spnego_inner_step(c, m.token, token, &inner_done);
    if (e)
        return e;
    if (!inner_done)
        return m.mic.size > 0 ? ERR_PROTOCOL : send(out, &answer, token);
    e = send_end(c, m.mic, token, out);
    *done = e == ERR_OK;
    return e;
}

/* A Windows client whose only choice is NTLM leaves the frame out ([MS-SPNG] 3.1.5.1, note 8). */
static enum err take_raw(struct spnego_context *c, const uint8_t *data, size_t size, struct writer *out, bool *done)
{
    c->progress = SPNEGO_RAW;
    return spnego_inner_step(c, (struct der_bytes){ data, size }, out, done);
}

enum err spnego_acceptor_step(struct spnego_context *c, const uint8_t *token, size_t size, struct writer *out,
                              bool *done)
{
    bool raw = size >= sizeof ntlm_begins && memcmp(token, ntlm_begins, sizeof ntlm_begins) == 0;
    struct writer inner_token;
    enum err e = ERR_PROTOCOL;

    writer_init(&inner_token, SPNEGO_TOKEN_MAXIMUM);
    if (c->progress == SPNEGO_RAW || (c->progress == SPNEGO_START && raw))
        e = take_raw(c, token, size, out, done);
    else if (c->progress == SPNEGO_START)
        e = take_init(c, token, size, &inner_token, out);
    else if (c->progress == SPNEGO_NEGOTIATING)
        e = take_response(c, token, size, &inner_token, out, done);
    writer_cleanup(&inner_token);
    return e;
}
