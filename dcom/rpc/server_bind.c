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
#define FRAGMENT_SETTLED_FLOOR      2048 /* Windows offers no less, though it sends what the client takes */

/* The other transfer syntax of Windows ([MS-RPCE] 2.2.5), which we never agree on. */
static const struct rpc_syntax ndr64 = {
    { { 0x33, 0x05, 0x71, 0x71, 0xba, 0xbe, 0x37, 0x49, 0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36 } }, 1, 0
};

/* Why a negotiation is refused: the two PDUs that say no have numbers of their own. */
struct refusal {
    uint16_t nak;
    uint32_t fault;
};

static const struct refusal refused_protocol = { PDU_NAK_PROTOCOL_ERROR, RPC_STATUS_PROTOCOL_ERROR };
static const struct refusal refused_limit = { PDU_NAK_LOCAL_LIMIT, RPC_STATUS_PROTOCOL_ERROR };
static const struct refusal refused_nonsense = { PDU_NAK_NOT_SPECIFIED, RPC_STATUS_PROTOCOL_ERROR };
static const struct refusal refused_mechanism = { PDU_NAK_MECHANISM_UNKNOWN, RPC_S_UNKNOWN_AUTHN_SERVICE };
static const struct refusal refused_change = { PDU_NAK_MECHANISM_UNKNOWN, RPC_STATUS_SEC_PKG_ERROR };
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
        return &refused_nonsense;
    if (!authority || !ops)
        return &refused_mechanism;
    if (trailer->level == AUTH_LEVEL_CALL) /* which does not exist on a connection ([MS-RPCE] 2.2.1.1.8) */
        return &refused_authentication;
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
    } else if (s->security.mechanism != pdu->trailer.mechanism) {
        return &refused_change;
    } else if (s->security.established || s->refused ||
               s->security.level != auth_level_on_wire((enum auth_level)pdu->trailer.level)) {
        return &refused_authentication;
    }
    *out = s;
    return run_leg(c, s, pdu) ? &refused_authentication : NULL;
}

/* An offer under an id that has a meaning already may only repeat it. As with Windows, transfer syntaxes that nobody
 * knows are passed over, but one that would be another choice than the agreed one is a change. */
static const struct refusal *judge_repetition(const struct server_context *known, struct pdu_offer *offer,
                                              struct pdu_result *result)
{
    struct rpc_syntax transfer;

    *result = (struct pdu_result){ .result = PDU_PROVIDER_REJECTED, .reason = PDU_REASON_TRANSFER_SYNTAXES };
    if (!rpc_syntax_equal(&known->syntax, &offer->abstract))
        return &refused_protocol;
    while (pdu_syntax_next(offer, &transfer)) {
        if (rpc_syntax_equal(&transfer, &ndr64))
            return &refused_protocol;
        if (rpc_syntax_equal(&transfer, &rpc_syntax_ndr))
            *result = (struct pdu_result){ .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr };
    }
    return NULL;
}

static const struct refusal *judge_new(struct rpc_server_connection *c, struct pdu_offer *offer, bool first_bind,
                                       struct pdu_result *result)
{
    const struct rpc_server_options *options = &c->server->options;
    bool offered = options->accepts(options->context, &offer->abstract);
    struct rpc_syntax transfer;
    bool ndr = false;

    while (pdu_syntax_next(offer, &transfer))
        ndr = ndr || rpc_syntax_equal(&transfer, &rpc_syntax_ndr);
    *result = (struct pdu_result){ .result = PDU_PROVIDER_REJECTED, .reason = PDU_REASON_TRANSFER_SYNTAXES };
    if (!offered && !rpc_syntax_equal(&offer->abstract, &management_syntax)) {
        result->reason = PDU_REASON_ABSTRACT_SYNTAX;
    } else if (ndr && c->context_count < RPC_CONTEXTS_MAXIMUM) {
        c->contexts[c->context_count++] = (struct server_context){ offer->id, offer->abstract, !offered };
        *result = (struct pdu_result){ .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr };
    } else if (ndr) {
        result->reason = PDU_REASON_LOCAL_LIMIT;
        if (first_bind) /* [MS-RPCE] 3.3.3.5.5 */
            return &refused_limit;
    }
    return NULL;
}

/* The features are told apart by the first transfer syntax of an offer, whose other members then mean nothing. */
static bool asks_for_features(const struct pdu_offer *offer, uint8_t *features)
{
    struct pdu_offer copy = *offer;
    struct rpc_syntax first;

    return pdu_syntax_next(&copy, &first) && pdu_syntax_is_features(&first, features);
}

static const struct refusal *judge_offer(struct rpc_server_connection *c, struct pdu_offer *offer, bool first_bind,
                                         bool *features_asked, struct pdu_result *result)
{
    const struct server_context *known = server_context_by_id(c, offer->id);
    uint8_t features;

    if (offer->transfer_count == 0)
        return &refused_nonsense;
    if (known)
        return judge_repetition(known, offer, result);
    if (!asks_for_features(offer, &features))
        return judge_new(c, offer, first_bind, result);
    if (*features_asked)
        return &refused_nonsense;
    *features_asked = true;
    features &= PDU_FEATURE_SECURITY_MULTIPLEXING | PDU_FEATURE_KEEP_ON_ORPHAN;
    c->keeps_on_orphan = features & PDU_FEATURE_KEEP_ON_ORPHAN;
    *result = (struct pdu_result){ .result = PDU_NEGOTIATE_ACK, .reason = features };
    return NULL;
}

/* One size for both directions, a multiple of eight, as Windows settles it. What we send may be smaller. */
static uint16_t settle_fragments(const struct pdu_bind *bind)
{
    uint16_t size = bind->max_send < bind->max_receive ? bind->max_send : bind->max_receive;

    if (size > RPC_FRAGMENT_SIZE)
        size = RPC_FRAGMENT_SIZE;
    return size < FRAGMENT_SETTLED_FLOOR ? FRAGMENT_SETTLED_FLOOR : size & ~7u;
}

/* Settles what belongs to the connection; an alter_context changes none of it. */
static const struct refusal *take_bind(struct rpc_server_connection *c, const struct pdu_bind *bind)
{
    c->settled = settle_fragments(bind);
    c->fragment = message_fragment_size(bind->max_receive);
    if (c->fragment > c->settled)
        c->fragment = c->settled;
    return server_join_group(c, bind->group) ? NULL : &refused_nonsense;
}

/* Writes the answer up to its sec_trailer. */
static const struct refusal *write_answer(struct rpc_server_connection *c, const struct pdu *pdu, struct pdu_bind *bind,
                                          size_t *start)
{
    bool first_bind = pdu->header.type == PDU_BIND, features_asked = false;
    struct writer *w = &c->channel.out;
    struct pdu_bind_ack ack = {
        .max_send = c->settled, .max_receive = c->settled, .group = c->group, .count = bind->count
    };
    /* Header signing is confirmed to whoever asks for it ([MS-RPCE] 3.3.1.5.2.2); NTLM signs headers in any case. */
    uint8_t flags = PDU_WHOLE | (pdu->header.flags & PDU_HEADER_SIGN);

    *start = pdu_bind_ack_begin(w, first_bind ? PDU_BIND_ACK : PDU_ALTER_CONTEXT_RESP, flags, pdu->header.call_id, &ack,
                                first_bind ? c->port : "");
    for (unsigned i = 0; i < bind->count; i++) {
        const struct refusal *refusal;
        struct pdu_offer offer;
        struct pdu_result result;

        if (!pdu_bind_next(bind, &offer))
            return &refused_protocol;
        refusal = judge_offer(c, &offer, first_bind, &features_asked, &result);
        if (refusal)
            return refusal;
        pdu_result_encode(w, &result);
    }
    if (!w->failed)
        trace_pdu(&c->channel, true, w->data + *start, w->size - *start);
    return w->failed ? &refused_limit : NULL;
}

/* Closes the answer. The last word of a handshake has no token, but Windows and Samba give an alter_context_resp its
 * sec_trailer even so, with auth_length 0, and Samba's client reads it. */
static void end_answer(struct rpc_server_connection *c, const struct pdu *pdu, const struct server_security *s,
                       size_t start)
{
    if (s && (c->token.size > 0 || pdu->header.type == PDU_ALTER_CONTEXT))
        security_end_leg(&s->security, &c->channel.out, start, &c->token);
    else
        pdu_end(&c->channel.out, start, 0);
    if (s)
        trace_leg(&c->channel, true, c->token.size);
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

/* Padding is counted back from the sec_trailer, and cannot reach into the header that every call has. */
static bool padding_is_possible(const struct pdu *pdu)
{
    size_t room = pdu->body_end > PDU_CALL_HEADER ? pdu->body_end - PDU_CALL_HEADER : 0;

    return !pdu->has_trailer || pdu->trailer.pad_size <= room;
}

static const struct refusal *judge_negotiation(struct rpc_server_connection *c, const struct pdu *pdu,
                                               struct pdu_bind *bind)
{
    bool first_bind = pdu->header.type == PDU_BIND;

    if (pdu_bind_decode(pdu, bind) || !padding_is_possible(pdu))
        return &refused_protocol;
    /* One bind, and it comes first; negotiation waits for a request to be complete. */
    if (c->bound == first_bind || c->request.active || bind->count == 0)
        return &refused_nonsense;
    if (!first_bind && pdu->has_trailer && pdu->trailer.mechanism == AUTH_NONE)
        return &refused_authentication;
    return first_bind ? take_bind(c, bind) : NULL;
}

bool server_negotiate(struct rpc_server_connection *c, const struct pdu *pdu)
{
    struct server_security *s = NULL;
    struct pdu_bind bind;
    const struct refusal *refusal;
    size_t start;

    trace_received(&c->channel, pdu);
    refusal = judge_negotiation(c, pdu, &bind);
    if (!refusal)
        refusal = write_answer(c, pdu, &bind, &start);
    if (!refusal && pdu->has_trailer)
        refusal = authenticate(c, pdu, &s);
    if (refusal)
        return refuse(c, pdu, refusal);
    c->client_signs_headers = c->client_signs_headers || (pdu->header.flags & PDU_HEADER_SIGN);
    c->bound = true;
    end_answer(c, pdu, s, start);
    return server_flush(c);
}

/* An auth3 has no answer, but one that makes no sense has the one that Windows gives. */
static bool refuse_auth3(struct rpc_server_connection *c, const struct pdu *pdu, uint32_t status)
{
    server_fault(c, pdu->header.call_id, 0, PDU_DID_NOT_EXECUTE, status);
    return false;
}

bool server_auth3(struct rpc_server_connection *c, const struct pdu *pdu)
{
    struct server_security *s;

    trace_received(&c->channel, pdu);
    if (!c->bound)
        return false;
    if (!padding_is_possible(pdu))
        return refuse_auth3(c, pdu, RPC_STATUS_REMOTE_NO_MEMORY);
    s = pdu->has_trailer ? server_security_by_id(c, pdu->trailer.context_id) : NULL;
    if (!s || s->security.established || s->refused || s->security.mechanism != pdu->trailer.mechanism)
        return refuse_auth3(c, pdu, RPC_STATUS_PROTOCOL_ERROR);
    /* It has no answer: a refusal is told by the fault of the first request. A mechanism that still has something to
     * say, as SPNEGO always has, may not end like this. */
    if (run_leg(c, s, pdu) == ERR_OK && (!s->security.established || c->token.size > 0)) {
        s->security.established = false;
        s->refused = true;
    }
    return true;
}
