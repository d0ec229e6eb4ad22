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
    give_back(&c->request.stub);
}

/* The last word on this connection: Windows does not say there that nothing was executed. */
static bool end_with(struct rpc_server_connection *c, uint32_t call_id, uint16_t context_id, uint32_t status)
{
    server_fault(c, call_id, context_id, 0, status);
    return false;
}

/* A protocol error outside a request names no context, as Windows does not. */
static bool end_with_protocol_error(struct rpc_server_connection *c, const struct pdu *pdu)
{
    return end_with(c, pdu->header.call_id, 0, RPC_STATUS_PROTOCOL_ERROR);
}

/* Inside a request, whatever fragment is at fault, the request is what the client learns about. */
static bool end_request_with(struct rpc_server_connection *c, uint32_t status)
{
    return end_with(c, c->request.call_id, c->request.head.context_id, status);
}

/* Which security context a request belongs to. A request without sec_trailer belongs to the newest one as long as all
 * are of level connect ([MS-RPCE] 3.3.1.5.4; impacket makes several and still sends none); if any protects PDUs, its
 * absence means that somebody stripped it. Returns false for such a request. */
static bool find_security(struct rpc_server_connection *c, const struct pdu *pdu, struct server_security **out)
{
    *out = c->securities;
    if (pdu->has_trailer) {
        *out = server_security_by_id(c, pdu->trailer.context_id);
        return *out && security_is_named(&(*out)->security, pdu);
    }
    for (const struct server_security *s = c->securities; s; s = s->next)
        if (s->security.level > AUTH_LEVEL_CONNECT)
            return false;
    return true;
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
    /* Windows answers with the low byte of the context id; faults carry all of it. */
    struct message m = { .type = PDU_RESPONSE,
                         .call_id = r->call_id,
                         .context_id = r->head.context_id & 0xFF,
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
    call->memo = &c->memo;
    if (!c->request.security)
        return;
    call->memo = &c->request.security->memo;
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
    const struct server_context *context = server_context_by_id(c, r->head.context_id);
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

/* Adds the fragment's stub to the request, and runs it when this was the last one. */
static bool append(struct rpc_server_connection *c, const struct pdu *pdu, const struct pdu_call *head)
{
    struct server_request *r = &c->request;
    const uint8_t *stub;
    size_t size;
    bool alive;

    if (!pdu_stub(pdu, head, &stub, &size))
        return end_request_with(c, RPC_STATUS_PROTOCOL_ERROR);
    trace_received(&c->channel, pdu);
    if (size > 0)
        writer_bytes(&r->stub, stub, size);
    if (r->stub.failed) /* [MS-RPCE] 3.3.3.5.4, and 3.3.3.5.8: said at once */
        return end_request_with(c, RPC_STATUS_ACCESS_DENIED);
    if (!(pdu->header.flags & PDU_LAST))
        return true;
    alive = dispatch(c);
    end_request(c);
    give_back(&c->reply);
    return alive;
}

/* A further fragment belongs to the request being assembled and to its security context, whatever else it says of
 * itself; its signature covers that, too. */
static bool continue_request(struct rpc_server_connection *c, struct pdu *pdu, const struct pdu_call *head)
{
    struct server_request *r = &c->request;
    struct security *security = r->security ? &r->security->security : NULL;

    if (pdu->header.call_id != r->call_id)
        return end_request_with(c, RPC_STATUS_PROTOCOL_ERROR);
    if (security && security_protects(security)) {
        if (!pdu->has_trailer)
            return end_request_with(c, RPC_STATUS_PROTOCOL_ERROR);
        if (security_unprotect(security, pdu, head->stub_at))
            return end_request_with(c, RPC_STATUS_SEC_PKG_ERROR);
    }
    if (pdu->header.flags & PDU_FIRST)
        return end_request_with(c, RPC_STATUS_PROTOCOL_ERROR);
    return append(c, pdu, head);
}

/* Tells whether the request may use its security context; says so and returns false otherwise. */
static bool admit(struct rpc_server_connection *c, struct pdu *pdu, const struct pdu_call *head,
                  struct server_security **security)
{
    if (!find_security(c, pdu, security))
        return end_with(c, pdu->header.call_id, head->context_id, RPC_STATUS_ACCESS_DENIED);
    if (!*security)
        return true;
    if ((*security)->refused)
        return end_with(c, pdu->header.call_id, head->context_id, RPC_STATUS_ACCESS_DENIED);
    if (!(*security)->security.established) {
        server_fault(c, pdu->header.call_id, 0, PDU_DID_NOT_EXECUTE, RPC_STATUS_PROTOCOL_ERROR);
        return false;
    }
    if (security_unprotect(&(*security)->security, pdu, head->stub_at))
        return end_with(c, pdu->header.call_id, head->context_id, RPC_STATUS_SEC_PKG_ERROR);
    return true;
}

/* A fragment of a call that is over: [MS-RPCE] 3.3.3.5.6 ignores it unless it is very old. */
static bool is_late(const struct rpc_server_connection *c, const struct pdu *pdu)
{
    uint32_t last = c->request.call_id;

    return pdu->header.call_id < last && last - pdu->header.call_id < LATE_FRAGMENTS;
}

static bool begin_request(struct rpc_server_connection *c, struct pdu *pdu, const struct pdu_call *head)
{
    struct server_request *r = &c->request;
    bool first = pdu->header.flags & PDU_FIRST;
    struct server_security *security;

    /* call_ids should rise ([MS-RPCE] 3.3.3.5.2), but impacket counts them per interface: only the range is held. */
    if (first ? pdu->header.call_id > PDU_CALL_ID_MAXIMUM : !is_late(c, pdu))
        return end_with_protocol_error(c, pdu);
    if (first && (pdu->header.flags & PDU_PENDING_CANCEL)) { /* cancelled before it began */
        server_fault(c, pdu->header.call_id, 0, PDU_DID_NOT_EXECUTE, RPC_STATUS_NO_CALL_ACTIVE);
        return false;
    }
    if (!admit(c, pdu, head, &security))
        return false;
    if (!first)
        return true;
    *r = (struct server_request){ .active = true,
                                  .call_id = pdu->header.call_id,
                                  .head = *head,
                                  .security = security,
                                  .stub = r->stub,
                                  .deadline_ns = r->deadline_ns };
    /* A size that is announced is not believed, but one that is too large need not be waited for. */
    if (!(pdu->header.flags & PDU_LAST) && head->alloc_hint > c->server->options.stub_maximum)
        return end_request_with(c, RPC_STATUS_ACCESS_DENIED);
    return append(c, pdu, head);
}

bool server_request(struct rpc_server_connection *c, struct pdu *pdu)
{
    struct pdu_call head;

    if (!c->bound || pdu->header.size > RPC_FRAGMENT_SIZE || pdu_call_decode(pdu, &head))
        return end_with_protocol_error(c, pdu);
    return c->request.active ? continue_request(c, pdu, &head) : begin_request(c, pdu, &head);
}

void server_orphaned(struct rpc_server_connection *c, const struct pdu *pdu)
{
    /* Without the feature its sender closes the connection ([MS-RPCE] 3.3.1.5.10), and Windows does nothing. */
    if (c->keeps_on_orphan && c->request.active && c->request.call_id == pdu->header.call_id)
        end_request(c);
}
