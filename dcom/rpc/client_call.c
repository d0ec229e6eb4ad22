/* One call: a request in fragments, and the response or fault that answers it. */
#include <string.h>

#include "base/clock.h"
#include "dcom/rpc/client_internal.h"
#include "dcom/rpc/message.h"
#include "dcom/rpc/rpc_server.h"
#include "dcom/rpc/trace.h"

/* How long a connection that is given up anyway may still take. */
#define LAST_WORD_NS (10 * NS_PER_MS)
/* How often a call within a call looks whether somebody still waits for the outer one. */
#define LOOK_UP_NS   (250 * NS_PER_MS)

/* An answer must be protected by the context of its request. */
static enum err unprotect(struct rpc_connection *c, struct pdu *pdu, size_t stub_at)
{
    if (security_protects(&c->security) && !security_is_named(&c->security, pdu))
        return ERR_AUTH;
    return security_unprotect(&c->security, pdu, stub_at);
}

/* After these a server hangs up, unless it says that nothing was executed: the next call must not run into that. */
static bool is_last_word(const struct pdu *pdu, uint32_t status)
{
    return !(pdu->header.flags & PDU_DID_NOT_EXECUTE) &&
           (status == RPC_STATUS_ACCESS_DENIED || status == RPC_STATUS_PROTOCOL_ERROR ||
            status == RPC_STATUS_SEC_PKG_ERROR);
}

static enum err take_fault(struct rpc_connection *c, struct pdu *pdu, const struct pdu_call *call,
                           struct rpc_failure *why)
{
    /* Windows sends faults without a signature even at packet privacy, others sign them: an unsigned
     * one is believed, since whoever could forge it could as well cut the connection. */
    if (pdu->has_trailer && unprotect(c, pdu, call->stub_at))
        return client_refused(c, ERR_AUTH, RPC_WIRE_BAD_PDU, pdu, 0, why);
    trace_received(&c->channel, pdu);
    /* [MS-RPCE] 3.3.2.5.1: statuses no server may send, success among them. */
    if (rpc_status_sendable(call->status) != call->status)
        return client_refused(c, ERR_PROTOCOL, RPC_WIRE_FAULT, pdu, call->status, why);
    c->extended_error = call->extended_error;
    if (is_last_word(pdu, call->status))
        atomic_store(&c->broken, true);
    return client_refused(c, ERR_FAULT, RPC_WIRE_FAULT, pdu, call->status, why);
}

static enum err take_fragment(struct rpc_connection *c, struct pdu *pdu, const struct pdu_call *call, bool first,
                              struct writer *reply, struct rpc_failure *why)
{
    const uint8_t *stub;
    size_t size;
    enum err e;

    if (first != !!(pdu->header.flags & PDU_FIRST))
        return client_refused(c, ERR_PROTOCOL, RPC_WIRE_BAD_PDU, pdu, 0, why);
    e = unprotect(c, pdu, call->stub_at);
    if (e)
        return client_refused(c, e, RPC_WIRE_BAD_PDU, pdu, 0, why);
    if (!pdu_stub(pdu, call, &stub, &size))
        return client_refused(c, ERR_PROTOCOL, RPC_WIRE_BAD_PDU, pdu, 0, why);
    trace_received(&c->channel, pdu);
    if (size > 0)
        writer_bytes(reply, stub, size);
    if (reply->failed)
        return client_refused(c, ERR_LIMIT, RPC_WIRE_NONE, pdu, 0, why);
    return ERR_OK;
}

static enum err receive_reply(struct rpc_connection *c, uint32_t call_id, struct writer *reply, int64_t deadline_ns,
                              struct rpc_failure *why)
{
    bool first = true;

    for (;;) {
        struct pdu pdu;
        struct pdu_call call;
        enum err e = channel_receive(&c->channel, deadline_ns, &pdu);

        if (e)
            return client_transport_failed(c, e, why);
        if (pdu.header.type == PDU_SHUTDOWN)
            return client_refused(c, ERR_CLOSED, RPC_WIRE_CLOSED, &pdu, 0, why);
        if (pdu.header.call_id != call_id || pdu.header.type == PDU_REQUEST || pdu_call_decode(&pdu, &call))
            return client_refused(c, ERR_PROTOCOL, RPC_WIRE_BAD_PDU, &pdu, 0, why);
        if (pdu.header.type == PDU_FAULT)
            return take_fault(c, &pdu, &call, why);
        e = take_fragment(c, &pdu, &call, first, reply, why);
        if (e || (pdu.header.flags & PDU_LAST))
            return e;
        first = false;
    }
}

/* Tells the server that nobody waits for this call any more ([MS-RPCE] 3.3.2.6.1). The connection is not
 * used again, so a peer that does not take the PDU at once is left alone. */
static void abandon(struct rpc_connection *c, uint32_t call_id)
{
    pdu_bare_encode(&c->channel.out, PDU_ORPHANED, call_id);
    c->channel.out_pdus++;
    if (channel_flush(&c->channel, clock_deadline_ns(LAST_WORD_NS)))
        return;
}

/* Waits for the first byte of the answer. A thread that makes this call while it serves another one gives it up when
 * the client of that has gone: nothing can be read from that client meanwhile, but its hanging up shows. */
static enum err await_answer(struct rpc_connection *c, int64_t deadline_ns)
{
    enum err e;

    if (!rpc_server_serving())
        return ERR_OK;
    do {
        int64_t look_up_ns = clock_deadline_ns(LOOK_UP_NS);

        if (rpc_server_serves_nobody())
            return ERR_CANCELLED;
        e = channel_wait(&c->channel, look_up_ns < deadline_ns ? look_up_ns : deadline_ns);
    } while (e == ERR_TIMEOUT && clock_left_ns(deadline_ns) > 0);
    return e;
}

static enum err run_call(struct rpc_connection *c, const struct message *m, struct writer *reply, int64_t deadline_ns,
                         struct rpc_failure *why)
{
    enum err e = message_send(&c->channel, &c->security, m, c->fragment, deadline_ns);

    /* A server that refuses a request half-way answers and closes: its fault says more than the broken pipe. */
    if (e == ERR_CLOSED && receive_reply(c, m->call_id, reply, clock_deadline_ns(LAST_WORD_NS), why) == ERR_FAULT) {
        atomic_store(&c->broken, true);
        return ERR_FAULT;
    }
    if (e)
        return client_transport_failed(c, e, why);
    e = await_answer(c, deadline_ns);
    if (e)
        client_transport_failed(c, e, why);
    else
        e = receive_reply(c, m->call_id, reply, deadline_ns, why);
    if (e == ERR_TIMEOUT || (e == ERR_CANCELLED && rpc_server_serves_nobody()))
        abandon(c, m->call_id);
    return e;
}

static void trace_call(const struct rpc_connection *c, const struct message *m, int64_t started_ns, uint64_t bytes,
                       uint32_t pdus, const struct rpc_failure *why)
{
    const struct client_context *context = client_context_by_id(c, m->context_id);
    struct dcom_event event;

    if (!dcom_observed())
        return;
    event = trace_event(&c->channel, DCOM_CALL, true);
    if (context)
        memcpy(event.iid, context->syntax.uuid.bytes, sizeof event.iid);
    event.opnum = m->opnum;
    event.elapsed_ns = clock_now_ns() - started_ns;
    event.bytes = c->channel.bytes - bytes;
    event.pdus = c->channel.pdus - pdus;
    event.mechanism = (uint8_t)rpc_connection_mechanism(c);
    event.level_asked = (uint8_t)c->level_asked;
    event.level_sent = (uint8_t)c->security.level;
    trace_failure(&event, why);
    trace_extended_error(&event, &c->extended_error);
    dcom_observe(&event);
}

enum err rpc_connection_call(struct rpc_connection *c, uint16_t context_id, uint16_t opnum,
                             const struct rpc_guid *object, const struct writer *request, struct writer *reply,
                             int64_t deadline_ns, struct rpc_failure *why)
{
    struct message m = { .type = PDU_REQUEST,
                         .context_id = context_id,
                         .opnum = opnum,
                         .object = object,
                         .stub = request->data,
                         .stub_size = request->size };
    uint64_t bytes = c->channel.bytes;
    uint32_t pdus = c->channel.pdus;
    int64_t started_ns = clock_now_ns();
    enum err e = ERR_OK;

    *why = (struct rpc_failure){ 0 };
    c->extended_error = (struct pdu_extended_error){ 0 };
    writer_reset(reply);
    if (request->failed)
        e = ERR_MEMORY;
    else if (atomic_load(&c->broken) || !c->bound)
        e = ERR_CLOSED;
    else
        e = client_next_call_id(c, &m.call_id);
    if (e) {
        why->err = e;
        return e;
    }
    e = run_call(c, &m, reply, deadline_ns, why);
    if (e)
        writer_reset(reply);
    trace_call(c, &m, started_ns, bytes, pdus, why);
    return e;
}
