/* Requests: fragments are verified and put together, judged against the minimum level, dispatched
 * and answered. */
#include <string.h>

#include "base/clock.h"
#include "dcom/rpc/management.h"
#include "dcom/rpc/message.h"
#include "dcom/rpc/server_internal.h"
#include "dcom/rpc/trace.h"
#include "dcom/rpc/verification.h"

/* Buffers up to this size are kept for the next call: getting and giving back larger ones costs little
 * beside what fills them, and thousands of idle connections must not hold them. */
#define KEPT_BUFFER    ((size_t)1 << 20)
#define LATE_FRAGMENTS 150 /* [MS-RPCE] 3.3.3.5.6 */

static void give_back(struct writer *w)
{
    size_t maximum = w->maximum;

    if (w->capacity > KEPT_BUFFER) {
        writer_cleanup(w);
        writer_init(w, maximum);
    }
    writer_reset(w);
}

static void end_request(struct rpc_server_connection *c)
{
    c->request.active = false;
    c->request.discarding = false;
    give_back(&c->request.stub);
}

/* Fault before anything was executed. */
static bool refuse(struct rpc_server_connection *c, const struct pdu *pdu, uint16_t context_id, uint32_t status)
{
    return server_fault(c, pdu->header.call_id, context_id, PDU_DID_NOT_EXECUTE, status);
}

/* The last word on this connection. Windows does not say there that nothing was executed, and after a protocol error
 * names no context. */
static bool refuse_and_close(struct rpc_server_connection *c, const struct pdu *pdu, uint16_t context_id,
                             uint32_t status)
{
    server_fault(c, pdu->header.call_id, status == RPC_STATUS_PROTOCOL_ERROR ? 0 : context_id, 0, status);
    return false;
}

/* Which security context a request belongs to. A request without sec_trailer belongs to the newest one as long as all
 * are of level connect ([MS-RPCE] 3.3.1.5.4; impacket makes several and still sends none); if any protects PDUs, its
 * absence means that somebody stripped it. Returns false for such a request. */
static bool find_security(struct rpc_server_connection *c, const struct pdu *pdu, struct server_security **out)
{
    *out = c->securities;
    if (pdu->has_trailer) {
        *out = server_security_by_id(c, pdu->trailer.context_id);
        return *out && (*out)->security.mechanism == pdu->trailer.mechanism &&
               (*out)->security.level == auth_level_on_wire((enum auth_level)pdu->trailer.level);
    }
    for (const struct server_security *s = c->securities; s; s = s->next)
        if (s->security.level > AUTH_LEVEL_CONNECT)
            return false;
    return true;
}

static const struct server_context *find_context(const struct rpc_server_connection *c, uint16_t id)
{
    for (unsigned i = 0; i < c->context_count; i++)
        if (c->contexts[i].id == id)
            return &c->contexts[i];
    return NULL;
}

static void trace_incoming_call(struct rpc_server_connection *c, const struct rpc_server_call *call, uint32_t status)
{
    struct dcom_event event;

    if (!dcom_observed())
        return;
    event = trace_event(&c->channel, DCOM_INCOMING_CALL, false);
    memcpy(event.iid, call->syntax->uuid.bytes, sizeof event.iid);
    event.opnum = call->opnum;
    event.status = status;
    event.mechanism = (uint8_t)call->mechanism;
    event.level_sent = (uint8_t)call->level;
    trace_account(&event, call->peer);
    dcom_observe(&event);
}

/* True when the minimum level lets this call through. */
static bool level_suffices(const struct rpc_server_options *options, const struct rpc_server_call *call)
{
    if (call->level >= options->minimum_level)
        return true;
    return options->exempt && options->exempt(options->context, call->syntax, call->opnum);
}

static bool reply(struct rpc_server_connection *c)
{
    struct server_request *r = &c->request;
    struct message m = { .type = PDU_RESPONSE,
                         .call_id = r->call_id,
                         .context_id = r->head.context_id,
                         .stub = c->reply.data,
                         .stub_size = c->reply.size };
    struct security none = { .level = AUTH_LEVEL_NONE };

    return message_send(&c->channel, r->security ? &r->security->security : &none, &m, c->fragment,
                        clock_deadline_ns(c->server->options.message_timeout_ns)) == ERR_OK;
}

static void describe_caller(struct rpc_server_connection *c, struct rpc_server_call *call)
{
    const struct security *security;

    call->level = AUTH_LEVEL_NONE;
    if (!c->request.security)
        return;
    security = &c->request.security->security;
    call->mechanism = security->auth->ops->inner(security->auth);
    call->level = security->level;
    call->peer = security->auth->ops->peer(security->auth);
    call->impersonation = call->peer->impersonation;
}

/* Hands the call to the application, or answers it ourselves. */
static uint32_t run(struct rpc_server_connection *c, const struct server_context *context, struct rpc_server_call *call)
{
    struct rpc_server *s = c->server;
    struct management_statistics statistics;

    atomic_fetch_add(&s->calls_in, 1);
    if (!context->management)
        return s->options.dispatch(s->options.context, call);
    statistics = (struct management_statistics){ .calls_in = atomic_load(&s->calls_in),
                                                 .pdus_in = atomic_load(&s->pdus_in),
                                                 .pdus_out = atomic_load(&s->pdus_out) };
    return management_dispatch(&s->options, &statistics, call);
}

/* Statuses by which a dispatch function says that it knows no such operation: the client may safely ask again. */
static bool was_not_executed(uint32_t status)
{
    return status == RPC_STATUS_OP_RANGE || status == RPC_STATUS_UNKNOWN_IF;
}

/* Runs a complete request and answers it. */
static bool dispatch(struct rpc_server_connection *c)
{
    struct server_request *r = &c->request;
    const struct server_context *context = find_context(c, r->head.context_id);
    size_t stub_size = r->stub.size;
    struct rpc_server_call call = { .opnum = r->head.opnum,
                                    .object = r->head.has_object ? &r->head.object : NULL,
                                    .reply = &c->reply,
                                    .protseq = c->protseq,
                                    .peer_pid = c->peer_pid,
                                    .peer_text = c->channel.peer,
                                    .group = c->group,
                                    .connection = c };
    struct verification v = { c->client_signs_headers, NULL,         &rpc_syntax_ndr, r->call_id,
                              r->head.context_id,      r->head.opnum };
    uint32_t status;

    if (!context) /* and none is named, as the one the client named is not known */
        return server_fault(c, r->call_id, 0, PDU_DID_NOT_EXECUTE, RPC_STATUS_UNKNOWN_IF);
    call.syntax = v.abstract = &context->syntax;
    describe_caller(c, &call);
    if (verification_check(r->stub.data, &stub_size, &v) ||
        (!context->management && !level_suffices(&c->server->options, &call)))
        return server_fault(c, r->call_id, r->head.context_id, PDU_DID_NOT_EXECUTE, RPC_STATUS_ACCESS_DENIED);

    c->called = true;
    reader_init(&call.request, r->stub.data, stub_size);
    writer_reset(&c->reply);
    status = run(c, context, &call);
    trace_incoming_call(c, &call, status);
    if (status == 0 && c->reply.failed)
        status = RPC_STATUS_CALL_FAILED;
    if (status != 0)
        return server_fault(c, r->call_id, r->head.context_id, was_not_executed(status) ? PDU_DID_NOT_EXECUTE : 0,
                            rpc_status_sendable(status));
    return reply(c);
}

/* Begins or continues the request that the fragment belongs to. Returns false at a protocol error. */
static bool accept_fragment(struct rpc_server_connection *c, const struct pdu *pdu, const struct pdu_call *head,
                            struct server_security *security)
{
    struct server_request *r = &c->request;

    if (pdu->header.flags & PDU_FIRST) {
        /* call_ids should rise ([MS-RPCE] 3.3.3.5.2), but impacket counts them per interface: only the range is held.
         */
        if (r->active || pdu->header.call_id > PDU_CALL_ID_MAXIMUM)
            return false;
        r->active = true;
        r->call_id = pdu->header.call_id;
        r->head = *head;
        r->security = security;
        return true;
    }
    return r->active && r->call_id == pdu->header.call_id && r->security == security &&
           r->head.context_id == head->context_id && r->head.opnum == head->opnum;
}

/* A fragment of a call that is over: [MS-RPCE] 3.3.3.5.6 ignores it unless it is very old. */
static bool is_late(const struct rpc_server_connection *c, const struct pdu *pdu)
{
    const struct server_request *r = &c->request;

    return !r->active && !(pdu->header.flags & PDU_FIRST) && pdu->header.call_id < r->call_id &&
           r->call_id - pdu->header.call_id < LATE_FRAGMENTS;
}

static bool append(struct rpc_server_connection *c, const struct pdu *pdu, const uint8_t *stub, size_t size)
{
    struct server_request *r = &c->request;

    if (r->discarding)
        return true;
    if (size > 0)
        writer_bytes(&r->stub, stub, size);
    if (!r->stub.failed)
        return true;
    /* [MS-RPCE] 3.3.3.5.4 and 3.3.3.5.8: said at once, the rest of the request is read and dropped. */
    r->discarding = true;
    give_back(&r->stub);
    return refuse(c, pdu, r->head.context_id, RPC_STATUS_ACCESS_DENIED);
}

bool server_request(struct rpc_server_connection *c, struct pdu *pdu)
{
    struct server_security *security;
    struct pdu_call head;
    const uint8_t *stub;
    size_t size;
    bool alive;

    if (!c->bound || pdu_call_decode(pdu, &head))
        return refuse_and_close(c, pdu, 0, RPC_STATUS_PROTOCOL_ERROR);
    if (!find_security(c, pdu, &security))
        return refuse_and_close(c, pdu, head.context_id, RPC_STATUS_ACCESS_DENIED);
    if (security && security->refused)
        return !(pdu->header.flags & PDU_FIRST) || refuse(c, pdu, head.context_id, RPC_STATUS_ACCESS_DENIED);
    if (security && (!security->security.established || security_unprotect(&security->security, pdu, head.stub_at)))
        return refuse_and_close(c, pdu, head.context_id, RPC_STATUS_ACCESS_DENIED);
    if (!pdu_stub(pdu, &head, &stub, &size))
        return refuse_and_close(c, pdu, head.context_id, RPC_STATUS_PROTOCOL_ERROR);
    trace_received(&c->channel, pdu);
    if (is_late(c, pdu))
        return true;
    if (!accept_fragment(c, pdu, &head, security))
        return refuse_and_close(c, pdu, head.context_id, RPC_STATUS_PROTOCOL_ERROR);

    alive = append(c, pdu, stub, size);
    if (!alive || !(pdu->header.flags & PDU_LAST))
        return alive;
    if (!c->request.discarding)
        alive = dispatch(c);
    end_request(c);
    give_back(&c->reply);
    return alive;
}

void server_orphaned(struct rpc_server_connection *c, const struct pdu *pdu)
{
    if (c->request.active && c->request.call_id == pdu->header.call_id)
        end_request(c);
}

bool rpc_server_call_abandoned(const struct rpc_server_call *call)
{
    const struct channel *channel = &call->connection->channel;

    return atomic_load(&channel->cancelled) || socket_check_alive(channel->socket) != ERR_OK;
}
