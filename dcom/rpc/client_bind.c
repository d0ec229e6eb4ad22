/* Negotiation as the client leads it: bind or alter_context with its answer, and the legs of
 * authentication that travel with them ([MS-RPCE] 3.3.1.5.2.1, 3.3.1.5.6). */
#include <string.h>

#include "base/clock.h"
#include "dcom/rpc/client_internal.h"
#include "dcom/rpc/message.h"
#include "dcom/rpc/pdu_bind.h"
#include "dcom/rpc/trace.h"

#define LEGS_MAXIMUM        8 /* the longest handshake we know takes four; a peer may not keep us longer */
#define TOKEN_MAXIMUM       ((size_t)32 << 10)
#define SECURITY_CONTEXT_ID 1

/* What one negotiation offers and is told. */
struct negotiation {
    const struct rpc_syntax *syntaxes;
    unsigned count;
    uint16_t first_id; /* of the offered contexts; the others follow */
    uint32_t call_id;
    uint8_t flags;
    unsigned accepted;
    uint16_t rejection; /* reason of the first one rejected */
};

static enum err receive_answer(struct rpc_connection *c, const struct negotiation *n, uint8_t asked,
                               int64_t deadline_ns, struct pdu *pdu, struct rpc_failure *why)
{
    struct pdu_call call;
    uint16_t reason;
    enum err e;

    c->extended_error = (struct pdu_extended_error){ 0 };
    e = channel_receive(&c->channel, deadline_ns, pdu);

    if (e)
        return client_transport_failed(c, e, why);
    trace_received(&c->channel, pdu);
    if (pdu->header.call_id != n->call_id)
        return client_refused(c, ERR_PROTOCOL, RPC_WIRE_BAD_PDU, pdu, 0, why);
    if (pdu->header.type == PDU_BIND_NAK && !pdu_bind_nak_decode(pdu, &reason)) {
        c->extended_error = pdu_bind_nak_extended_error(pdu);
        return client_refused(c, ERR_NAK, RPC_WIRE_BIND_NAK, pdu, reason, why);
    }
    if (pdu->header.type == PDU_FAULT && !pdu_call_decode(pdu, &call)) {
        /* A refused bind leaves nothing to call, unlike a fault of a call. */
        atomic_store(&c->broken, true);
        c->extended_error = call.extended_error;
        return client_refused(c, ERR_FAULT, RPC_WIRE_FAULT, pdu, call.status, why);
    }
    if (pdu->header.type != (asked == PDU_BIND ? PDU_BIND_ACK : PDU_ALTER_CONTEXT_RESP))
        return client_refused(c, ERR_PROTOCOL, RPC_WIRE_BAD_PDU, pdu, 0, why);
    return ERR_OK;
}

static void remember_context(struct rpc_connection *c, const struct rpc_syntax *syntax, uint16_t id)
{
    if (c->context_count < RPC_CONTEXTS_MAXIMUM)
        c->contexts[c->context_count++] = (struct client_context){ *syntax, id };
}

/* Takes over what the first answer of a negotiation says; later legs only repeat it. */
static enum err take_answer(struct rpc_connection *c, struct negotiation *n, const struct pdu *pdu)
{
    struct pdu_bind_ack ack;
    struct pdu_result result;
    enum err e = pdu_bind_ack_decode(pdu, &ack);

    if (e)
        return e;
    /* The last result of a bind_ack is about the features: a server that is too old for them rejects that offer, and
     * none of them changes what we do. */
    if (ack.count != n->count + (pdu->header.type == PDU_BIND_ACK))
        return ERR_PROTOCOL;
    for (unsigned i = 0; i < n->count; i++) {
        if (!pdu_result_next(&ack, &result))
            return ERR_PROTOCOL;
        if (result.result == PDU_ACCEPTED && rpc_syntax_equal(&result.transfer, &rpc_syntax_ndr)) {
            remember_context(c, &n->syntaxes[i], (uint16_t)(n->first_id + i));
            n->accepted++;
        } else if (n->accepted == i) {
            n->rejection = result.reason;
        }
    }
    if (pdu->header.type == PDU_BIND_ACK) {
        c->fragment = message_fragment_size(ack.max_receive);
        c->group = ack.group;
    }
    if (n->flags & PDU_HEADER_SIGN)
        c->header_signing = pdu->header.flags & PDU_HEADER_SIGN;
    return ERR_OK;
}

/* Sends bind or alter_context, with a token when there is one, and receives the answer. */
static enum err exchange(struct rpc_connection *c, struct negotiation *n, const struct writer *token,
                         int64_t deadline_ns, struct pdu *answer, struct rpc_failure *why)
{
    uint8_t type = c->bound ? PDU_ALTER_CONTEXT : PDU_BIND;
    bool asks_features = type == PDU_BIND;
    struct pdu_bind bind = { .max_send = RPC_FRAGMENT_SIZE,
                             .max_receive = RPC_FRAGMENT_SIZE,
                             .group = c->group,
                             .count = n->count + asks_features };
    struct writer *w = &c->channel.out;
    bool first = n->accepted == 0;
    size_t start = pdu_bind_begin(w, type, n->flags | PDU_WHOLE, n->call_id, &bind);
    enum err e;

    for (unsigned i = 0; i < n->count; i++)
        pdu_offer_encode(w, (uint16_t)(n->first_id + i), &n->syntaxes[i]);
    if (asks_features)
        pdu_features_encode(w, (uint16_t)(n->first_id + n->count), &n->syntaxes[0]);
    if (!w->failed)
        trace_pdu(&c->channel, true, w->data + start, w->size - start);
    if (token && token->size > 0)
        security_end_leg(&c->security, w, start, token);
    else
        pdu_end(w, start, 0);
    e = channel_sent(&c->channel, deadline_ns);
    if (!e)
        e = channel_flush(&c->channel, deadline_ns);
    if (e)
        return client_transport_failed(c, e, why);
    if (token)
        trace_leg(&c->channel, true, token->size);

    e = receive_answer(c, n, type, deadline_ns, answer, why);
    if (e)
        return e;
    c->bound = true;
    if (answer->has_trailer)
        trace_leg(&c->channel, false, answer->trailer.token_size);
    if (first && take_answer(c, n, answer))
        return client_refused(c, ERR_PROTOCOL, RPC_WIRE_BAD_PDU, answer, 0, why);
    if (n->accepted == 0)
        return client_refused(c, ERR_NAK, RPC_WIRE_CONTEXT_REJECTED, answer, n->rejection, why);
    return ERR_OK;
}

static enum err send_auth3(struct rpc_connection *c, const struct negotiation *n, const struct writer *token,
                           int64_t deadline_ns, struct rpc_failure *why)
{
    struct writer *w = &c->channel.out;
    size_t start = pdu_auth3_begin(w, n->flags | PDU_WHOLE, n->call_id);
    enum err e;

    if (!w->failed)
        trace_pdu(&c->channel, true, w->data + start, w->size - start);
    security_end_leg(&c->security, w, start, token);
    e = channel_sent(&c->channel, deadline_ns);
    if (!e)
        e = channel_flush(&c->channel, deadline_ns);
    if (e)
        return client_transport_failed(c, e, why);
    trace_leg(&c->channel, true, token->size);
    return ERR_OK;
}

/* Runs the handshake of the mechanism over bind, alter_context and auth3. */
static enum err run_legs(struct rpc_connection *c, struct negotiation *n, struct writer *token, int64_t deadline_ns,
                         struct rpc_failure *why)
{
    struct auth_context *auth = c->security.auth;
    struct pdu answer = { 0 };
    bool done = false;

    for (unsigned leg = 0; leg < LEGS_MAXIMUM; leg++) {
        enum err e;

        writer_reset(token);
        e = auth->ops->step(auth, answer.trailer.token, answer.trailer.token_size, token, &done);
        if (!e && token->failed)
            e = ERR_MEMORY;
        if (e) {
            *why = (struct rpc_failure){ .err = e, .ntstatus = auth->ops->peer(auth)->ntstatus };
            return e;
        }
        c->security.established = done;
        if (done && token->size == 0)
            return ERR_OK;
        /* NTLM by itself has an odd number of legs: its last one goes without an answer ([MS-RPCE] 3.3.1.5.2.1). */
        if (done && leg > 0 && c->security.mechanism == AUTH_NTLM)
            return send_auth3(c, n, token, deadline_ns, why);
        e = exchange(c, n, token, deadline_ns, &answer, why);
        if (e || done)
            return e;
        if (!answer.has_trailer) /* a peer that passes over authentication, instead of refusing it */
            return client_refused(c, ERR_UNSUPPORTED, RPC_WIRE_BAD_PDU, &answer, 0, why);
    }
    return client_refused(c, ERR_PROTOCOL, RPC_WIRE_BAD_PDU, &answer, 0, why);
}

static enum err start_security(struct rpc_connection *c, const struct rpc_security *wanted)
{
    struct auth_initiator_options options = { .identity = wanted->identity,
                                              .authority = wanted->authority,
                                              .principal = wanted->principal,
                                              .impersonation = wanted->impersonation };
    const struct auth_ops *ops = auth_find(wanted->mechanism);

    if (!ops)
        return ERR_UNSUPPORTED;
    options.level = auth_level_on_wire(wanted->level);
    c->level_asked = wanted->level;
    c->security = (struct security){ .id = SECURITY_CONTEXT_ID, .mechanism = wanted->mechanism };
    c->security.level = options.level;
    return ops->initiate(&options, &c->security.auth);
}

static void trace_bind(const struct rpc_connection *c, const struct negotiation *n, int64_t started_ns,
                       const struct rpc_failure *why)
{
    struct dcom_event event;

    if (!dcom_observed())
        return;
    event = trace_event(&c->channel, DCOM_BIND, true);
    memcpy(event.iid, n->syntaxes[0].uuid.bytes, sizeof event.iid);
    event.elapsed_ns = clock_now_ns() - started_ns;
    event.mechanism = (uint8_t)rpc_connection_mechanism(c);
    event.level_asked = (uint8_t)c->level_asked;
    event.level_sent = (uint8_t)c->security.level;
    event.header_signing = c->header_signing;
    if (c->security.auth) {
        const struct auth_system *system = &c->security.auth->ops->peer(c->security.auth)->system;
        event.system.major = system->major;
        event.system.minor = system->minor;
        event.system.build = system->build;
        event.system.clock = system->clock;
    }
    trace_failure(&event, why);
    trace_extended_error(&event, &c->extended_error);
    dcom_observe(&event);
}

static enum err negotiate(struct rpc_connection *c, struct negotiation *n, const struct rpc_security *wanted,
                          int64_t deadline_ns, struct rpc_failure *why)
{
    struct pdu answer;
    struct writer token;
    enum err e;

    if (!wanted || wanted->mechanism == AUTH_NONE || wanted->level == AUTH_LEVEL_NONE)
        return exchange(c, n, NULL, deadline_ns, &answer, why);
    e = start_security(c, wanted);
    if (e) {
        *why = (struct rpc_failure){ .err = e };
        return e;
    }
    if (c->security.level >= AUTH_LEVEL_PACKET_INTEGRITY)
        n->flags = PDU_HEADER_SIGN;
    writer_init(&token, TOKEN_MAXIMUM);
    e = run_legs(c, n, &token, deadline_ns, why);
    writer_cleanup(&token);
    return e;
}

enum err rpc_connection_bind(struct rpc_connection *c, const struct rpc_syntax *syntaxes, unsigned count,
                             const struct rpc_security *security, int64_t deadline_ns, struct rpc_failure *why)
{
    struct negotiation n = { .syntaxes = syntaxes, .count = count };
    int64_t started_ns = clock_now_ns();
    enum err e;

    *why = (struct rpc_failure){ 0 };
    if (c->bound || count == 0 || count > RPC_CONTEXTS_MAXIMUM) {
        why->err = ERR_LIMIT;
        return ERR_LIMIT;
    }
    e = client_next_call_id(c, &n.call_id);
    if (!e)
        e = negotiate(c, &n, security, deadline_ns, why);
    if (e)
        atomic_store(&c->broken, true);
    c->next_context_id = (uint16_t)(count + 1); /* the last one asked for the features */
    trace_bind(c, &n, started_ns, why);
    return e;
}

enum err rpc_connection_context(struct rpc_connection *c, const struct rpc_syntax *syntax, int64_t deadline_ns,
                                uint16_t *context_id, struct rpc_failure *why)
{
    struct negotiation n = { .syntaxes = syntax, .count = 1, .first_id = c->next_context_id };
    int64_t started_ns = clock_now_ns();
    struct pdu answer;
    enum err e;

    *why = (struct rpc_failure){ 0 };
    *context_id = 0;
    for (unsigned i = 0; i < c->context_count; i++) {
        if (rpc_syntax_equal(&c->contexts[i].syntax, syntax)) {
            *context_id = c->contexts[i].id;
            return ERR_OK;
        }
    }
    e = c->context_count < RPC_CONTEXTS_MAXIMUM ? client_next_call_id(c, &n.call_id) : ERR_LIMIT;
    if (e) {
        why->err = e;
        return e;
    }
    c->next_context_id++;
    e = exchange(c, &n, NULL, deadline_ns, &answer, why);
    trace_bind(c, &n, started_ns, why);
    if (!e)
        *context_id = n.first_id;
    return e;
}
