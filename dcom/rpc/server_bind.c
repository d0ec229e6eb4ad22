/* bind, alter_context and auth3 on the server: presentation contexts and the legs of authentication
 * ([MS-RPCE] 3.3.1.5.2.1, 3.3.1.5.3, 3.3.1.5.6). */
#include <stdlib.h>

#include "dcom/rpc/management.h"
#include "dcom/rpc/message.h"
#include "dcom/rpc/pdu_bind.h"
#include "dcom/rpc/server_internal.h"
#include "dcom/rpc/trace.h"

#define SECURITIES_MAXIMUM          256 /* impacket makes a new one for every interface it adds */
#define RPC_S_UNKNOWN_AUTHN_SERVICE 0x000006D3u
#define RPC_S_PROTOCOL_ERROR        0x000006C0u

/* Why a negotiation is refused: the two PDUs that say no have numbers of their own. */
struct refusal {
    uint16_t nak;
    uint32_t fault;
};

static const struct refusal refused_protocol = { PDU_NAK_PROTOCOL_ERROR, RPC_STATUS_PROTOCOL_ERROR };
static const struct refusal refused_limit = { PDU_NAK_LOCAL_LIMIT, RPC_S_PROTOCOL_ERROR };
static const struct refusal refused_mechanism = { PDU_NAK_MECHANISM_UNKNOWN, RPC_S_UNKNOWN_AUTHN_SERVICE };
static const struct refusal refused_level = { PDU_NAK_NOT_SPECIFIED, RPC_STATUS_PROTOCOL_ERROR };
static const struct refusal refused_authentication = { PDU_NAK_AUTHENTICATION, RPC_STATUS_ACCESS_DENIED };

static void trace_decision(struct rpc_server_connection *c, const struct server_security *s, enum err e)
{
    const struct security *security = &s->security;
    const struct auth_peer *peer = security->auth->ops->peer(security->auth);
    struct dcom_event event;

    if (!dcom_observed())
        return;
    event = trace_event(&c->channel, DCOM_INCOMING_AUTH, false);
    event.err = e;
    event.ntstatus = peer->ntstatus;
    event.mechanism = (uint8_t)security->auth->ops->inner(security->auth);
    event.level_sent = (uint8_t)security->level;
    trace_account(&event, peer);
    dcom_observe(&event);
}

/* Runs one leg; our token, which may be empty, is left in c->token. */
static enum err run_leg(struct rpc_server_connection *c, struct server_security *s, const struct pdu *pdu)
{
    struct security *security = &s->security;
    bool done = false;
    enum err e;

    writer_reset(&c->token);
    trace_leg(&c->channel, false, pdu->trailer.token_size);
    e = security->auth->ops->step(security->auth, pdu->trailer.token, pdu->trailer.token_size, &c->token, &done);
    if (!e && c->token.failed)
        e = ERR_MEMORY;
    security->established = !e && done;
    s->refused = e != ERR_OK;
    if (e || done)
        trace_decision(c, s, e);
    return e;
}

static const struct refusal *create_security(struct rpc_server_connection *c, const struct pdu_trailer *trailer,
                                             struct server_security **out)
{
    const struct auth_authority *authority = c->server->options.authority;
    const struct auth_ops *ops = auth_find((enum auth_mechanism)trailer->mechanism);
    struct server_security *s;

    if (trailer->level < AUTH_LEVEL_CONNECT || trailer->level > AUTH_LEVEL_PACKET_PRIVACY)
        return ops ? &refused_authentication : &refused_level; /* as Windows has it, by Samba's suite */
    if (!authority || !ops)
        return &refused_mechanism;
    if (c->security_count >= SECURITIES_MAXIMUM)
        return &refused_limit;
    s = calloc(1, sizeof *s);
    if (!s)
        return &refused_limit;
    s->security.id = trailer->context_id;
    s->security.mechanism = ops->mechanism;
    s->security.level = auth_level_on_wire((enum auth_level)trailer->level);
    if (ops->accept(s->security.level, authority, &s->security.auth)) {
        free(s);
        return &refused_limit;
    }
    s->next = c->securities;
    c->securities = s;
    c->security_count++;
    *out = s;
    return NULL;
}

/* Finds or makes the security context the PDU talks about and runs its leg. */
static const struct refusal *authenticate(struct rpc_server_connection *c, const struct pdu *pdu,
                                          struct server_security **out)
{
    struct server_security *s = server_security_by_id(c, pdu->trailer.context_id);
    const struct refusal *refusal;

    if (!s) {
        refusal = create_security(c, &pdu->trailer, &s);
        if (refusal)
            return refusal;
    } else if (s->security.established || s->refused || s->security.mechanism != pdu->trailer.mechanism ||
               s->security.level != auth_level_on_wire((enum auth_level)pdu->trailer.level)) {
        return &refused_authentication;
    }
    *out = s;
    return run_leg(c, s, pdu) ? &refused_authentication : NULL;
}

/* Adds an accepted context; false when the table is full. A known id may only be repeated as it was. */
static bool add_context(struct rpc_server_connection *c, const struct pdu_offer *offer, bool management,
                        const struct refusal **refusal)
{
    for (unsigned i = 0; i < c->context_count; i++) {
        if (c->contexts[i].id != offer->id)
            continue;
        if (!rpc_syntax_equal(&c->contexts[i].syntax, &offer->abstract))
            *refusal = &refused_protocol;
        return true;
    }
    if (c->context_count >= RPC_CONTEXTS_MAXIMUM)
        return false;
    c->contexts[c->context_count++] = (struct server_context){ offer->id, offer->abstract, management };
    return true;
}

static struct pdu_result judge_offer(struct rpc_server_connection *c, struct pdu_offer *offer, bool first_bind,
                                     const struct refusal **refusal)
{
    struct pdu_result result = { .result = PDU_PROVIDER_REJECTED, .reason = PDU_REASON_TRANSFER_SYNTAXES };
    const struct rpc_server_options *options = &c->server->options;
    struct rpc_syntax transfer;
    bool ndr = false;
    bool offered;

    while (pdu_syntax_next(offer, &transfer)) {
        uint8_t features;

        if (pdu_syntax_is_features(&transfer, &features)) {
            result.result = PDU_NEGOTIATE_ACK;
            result.reason = features & (PDU_FEATURE_SECURITY_MULTIPLEXING | PDU_FEATURE_KEEP_ON_ORPHAN);
            return result;
        }
        ndr = ndr || rpc_syntax_equal(&transfer, &rpc_syntax_ndr);
    }
    offered = options->accepts(options->context, &offer->abstract);
    if (!offered && !rpc_syntax_equal(&offer->abstract, &management_syntax)) {
        result.reason = PDU_REASON_ABSTRACT_SYNTAX;
    } else if (ndr && add_context(c, offer, !offered, refusal)) {
        result = (struct pdu_result){ .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr };
    } else if (ndr) {
        result.reason = PDU_REASON_LOCAL_LIMIT;
        /* [MS-RPCE] 3.3.3.5.5 */
        if (first_bind)
            *refusal = &refused_limit;
    }
    return result;
}

static uint16_t smaller(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

static const struct refusal *write_answer(struct rpc_server_connection *c, const struct pdu *pdu, struct pdu_bind *bind,
                                          const struct server_security *s)
{
    bool first_bind = pdu->header.type == PDU_BIND;
    struct writer *w = &c->channel.out;
    struct pdu_bind_ack ack = { .group = c->group, .count = bind->count };
    uint8_t flags = PDU_WHOLE | (s && c->client_signs_headers ? PDU_HEADER_SIGN : 0);
    const struct refusal *refusal = NULL;
    size_t start;

    if (first_bind) {
        c->fragment = message_fragment_size(bind->max_receive);
        ack.group = server_join_group(c, bind->group);
    }
    ack.max_send = c->fragment;
    ack.max_receive = smaller(message_fragment_size(bind->max_send), RPC_FRAGMENT_SIZE);
    start = pdu_bind_ack_begin(w, first_bind ? PDU_BIND_ACK : PDU_ALTER_CONTEXT_RESP, flags, pdu->header.call_id, &ack,
                               first_bind ? c->port : "");
    for (unsigned i = 0; i < bind->count; i++) {
        struct pdu_offer offer;
        struct pdu_result result;

        if (!pdu_bind_next(bind, &offer))
            return &refused_protocol;
        result = judge_offer(c, &offer, first_bind, &refusal);
        if (refusal)
            return refusal;
        pdu_result_encode(w, &result);
    }
    if (!w->failed)
        trace_pdu(&c->channel, true, w->data + start, w->size - start);
    /* The last word of a handshake has no token, but Windows and Samba give an alter_context_resp its sec_trailer even
     * so, with auth_length 0, and Samba's client reads it. */
    if (s && (c->token.size > 0 || !first_bind))
        security_end_leg(&s->security, w, start, &c->token);
    else
        pdu_end(w, start, 0);
    return w->failed ? &refused_limit : NULL;
}

/* Says no to a bind or alter_context; the connection is of no further use. */
static bool refuse(struct rpc_server_connection *c, const struct pdu *pdu, const struct refusal *refusal)
{
    struct writer *w = &c->channel.out;

    writer_reset(w); /* an answer may have been begun */
    if (pdu->header.type == PDU_ALTER_CONTEXT) {
        server_fault(c, pdu->header.call_id, 0, PDU_DID_NOT_EXECUTE, refusal->fault);
    } else {
        pdu_bind_nak_encode(w, pdu->header.call_id, refusal->nak);
        if (!w->failed)
            trace_pdu(&c->channel, true, w->data, w->size);
        server_flush(c);
    }
    return false;
}

bool server_negotiate(struct rpc_server_connection *c, const struct pdu *pdu)
{
    struct server_security *s = NULL;
    const struct refusal *refusal = NULL;
    struct pdu_bind bind;

    trace_received(&c->channel, pdu);
    /* One bind, and it comes first; negotiation waits for a request to be complete. */
    if (c->bound != (pdu->header.type == PDU_ALTER_CONTEXT) || c->request.active || pdu_bind_decode(pdu, &bind))
        return refuse(c, pdu, &refused_protocol);
    if (pdu->has_trailer) {
        /* [MS-RPCE] 3.3.1.5.2.2: header signing is settled by the first PDU that authenticates. */
        if (!c->securities)
            c->client_signs_headers = pdu->header.flags & PDU_HEADER_SIGN;
        refusal = authenticate(c, pdu, &s);
    }
    if (!refusal)
        refusal = write_answer(c, pdu, &bind, s);
    if (refusal)
        return refuse(c, pdu, refusal);
    c->bound = true;
    if (s)
        trace_leg(&c->channel, true, c->token.size);
    return server_flush(c);
}

bool server_auth3(struct rpc_server_connection *c, const struct pdu *pdu)
{
    struct server_security *s;

    trace_received(&c->channel, pdu);
    s = pdu->has_trailer ? server_security_by_id(c, pdu->trailer.context_id) : NULL;
    if (!s || s->security.established || s->refused || s->security.mechanism != pdu->trailer.mechanism)
        return false;
    /* It has no answer: a refusal is told by the fault of the first request. A mechanism that still has something to
     * say, as SPNEGO always has, may not end like this. */
    if (run_leg(c, s, pdu) == ERR_OK && (!s->security.established || c->token.size > 0)) {
        s->security.established = false;
        s->refused = true;
    }
    return true;
}
