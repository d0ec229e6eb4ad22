/* A connection as its thread lives it: PDU after PDU until one side has enough. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "dcom/rpc/pdu_bind.h"
#include "dcom/rpc/server_internal.h"
#include "dcom/rpc/trace.h"

#define REPLY_MAXIMUM ((size_t)256 << 20)
#define HANG_UP_NS    (2 * NS_PER_S) /* for the client to read our last word before we close */
#define TOKEN_MAXIMUM ((size_t)32 << 10)
/* A connection that is silent so long gives the memory of its last messages back: a plant's clients keep hundreds of
 * connections open and use a few. */
#define IDLE_NS       NS_PER_S
#define IDLE_BYTES    ((size_t)4 << 10)

/* The secondary address of our acks is the port the client has reached ([MS-RPCE] 3.3.1.5.5). */
static void set_port(struct rpc_server_connection *c)
{
    char local[SOCKET_ADDRESS_TEXT];
    const char *colon;

    socket_local_text(c->channel.socket, local);
    colon = strrchr(local, ':');
    if (colon)
        snprintf(c->port, sizeof c->port, "%.*s", (int)sizeof c->port - 1, colon + 1);
}

enum err server_connection_create(struct rpc_server *s, socket_t socket, enum rpc_protseq protseq,
                                  struct rpc_server_connection **out)
{
    struct rpc_server_connection *c = calloc(1, sizeof *c);
    enum err e;

    *out = NULL;
    if (!c) {
        socket_close(socket);
        return ERR_MEMORY;
    }
    e = channel_init(&c->channel, socket);
    if (e) {
        free(c);
        return e;
    }
    c->server = s;
    c->protseq = protseq;
    c->fragment = RPC_FRAGMENT_FLOOR;
    c->handshake_deadline_ns = clock_deadline_ns(s->options.handshake_timeout_ns);
    writer_init(&c->token, TOKEN_MAXIMUM);
    writer_init(&c->reply, REPLY_MAXIMUM);
    writer_init(&c->request.stub, s->options.stub_maximum);
    if (protseq == RPC_TCP)
        set_port(c);
    if (protseq == RPC_LOCAL)
        c->peer_pid = socket_peer_pid(socket);
    *out = c;
    return ERR_OK;
}

void server_connection_destroy(struct rpc_server_connection *c)
{
    while (c->securities) {
        struct server_security *s = c->securities;

        c->securities = s->next;
        security_cleanup(&s->security);
        free(s);
    }
    writer_cleanup(&c->request.stub);
    writer_cleanup(&c->reply);
    writer_cleanup(&c->token);
    channel_cleanup(&c->channel);
    free(c);
}

bool server_flush(struct rpc_server_connection *c)
{
    c->channel.out_pdus++;
    return channel_flush(&c->channel, clock_deadline_ns(c->server->options.message_timeout_ns)) == ERR_OK;
}

bool server_fault(struct rpc_server_connection *c, uint32_t call_id, uint16_t context_id, uint8_t flags,
                  uint32_t status)
{
    struct writer *w = &c->channel.out;
    size_t start = w->size;

    pdu_fault_encode(w, flags, call_id, context_id, status);
    if (!w->failed)
        trace_pdu(&c->channel, true, w->data + start, w->size - start);
    return server_flush(c);
}

struct server_security *server_security_by_id(struct rpc_server_connection *c, uint32_t id)
{
    struct server_security *s = c->securities;

    while (s && s->security.id != id)
        s = s->next;
    return s;
}

const struct server_context *server_context_by_id(const struct rpc_server_connection *c, uint16_t id)
{
    for (unsigned i = 0; i < c->context_count; i++)
        if (c->contexts[i].id == id)
            return &c->contexts[i];
    return NULL;
}

/* Answers a PDU that cannot be understood, as far as its header tells what it was. */
static void refuse_garbage(struct rpc_server_connection *c, const struct pdu_header *header)
{
    if (header->type == PDU_BIND) {
        pdu_bind_nak_encode(&c->channel.out, header->call_id, PDU_NAK_PROTOCOL_ERROR);
        server_flush(c);
    } else if (header->type == PDU_REQUEST || header->type == PDU_ALTER_CONTEXT) {
        server_fault(c, header->call_id, 0, PDU_DID_NOT_EXECUTE, RPC_STATUS_PROTOCOL_ERROR);
    }
}

static bool handle(struct rpc_server_connection *c, struct pdu *pdu)
{
    switch (pdu->header.type) {
    case PDU_BIND:
    case PDU_ALTER_CONTEXT:
        return server_negotiate(c, pdu);
    case PDU_AUTH3:
        return server_auth3(c, pdu);
    case PDU_REQUEST:
        return server_request(c, pdu);
    case PDU_CO_CANCEL: /* calls run on this very thread, so there is never one to cancel here */
        return true;
    case PDU_ORPHANED:
        server_orphaned(c, pdu);
        return true;
    default:
        return false;
    }
}

/* Handles one PDU and counts it and its answers for the management interface. */
static bool handle_and_count(struct rpc_server_connection *c, struct pdu *pdu)
{
    const uint32_t before = c->channel.pdus;
    bool goes_on;

    atomic_fetch_add(&c->server->pdus_in, 1);
    goes_on = handle(c, pdu);
    atomic_fetch_add(&c->server->pdus_out, c->channel.pdus - before);
    return goes_on;
}

/* When the first byte of the next PDU must be there. */
static int64_t wait_deadline(const struct rpc_server_connection *c)
{
    if (c->request.active)
        return c->request.deadline_ns;
    return c->called ? CLOCK_NEVER : c->handshake_deadline_ns;
}

static enum err wait_for_pdu(struct rpc_server_connection *c)
{
    int64_t deadline_ns = wait_deadline(c), idle_ns = clock_deadline_ns(IDLE_NS);
    enum err e;

    if (channel_has_input(&c->channel))
        return ERR_OK;
    if (!c->request.active && idle_ns < deadline_ns) {
        e = channel_wait(&c->channel, idle_ns);
        if (e != ERR_TIMEOUT)
            return e;
        memory_give_back(channel_trim(&c->channel) + writer_trim(&c->reply, IDLE_BYTES) +
                         writer_trim(&c->token, IDLE_BYTES) + writer_trim(&c->request.stub, IDLE_BYTES));
    }
    return channel_wait(&c->channel, deadline_ns);
}

static _Thread_local struct rpc_server_connection *current;

const char *rpc_server_current_peer(void)
{
    return current ? current->channel.peer : NULL;
}

/* A server that is ending has closed its side itself, so that the socket tells nothing about the client. */
static bool is_gone(const struct rpc_server_connection *c)
{
    return atomic_load(&c->channel.cancelled) ||
           (!atomic_load(&c->server->stopping) && socket_check_alive(c->channel.socket) != ERR_OK);
}

bool rpc_server_call_abandoned(const struct rpc_server_call *call)
{
    return is_gone(call->connection);
}

bool rpc_server_serving(void)
{
    return current != NULL;
}

bool rpc_server_serves_nobody(void)
{
    return current && is_gone(current);
}

static void serve(struct rpc_server_connection *c)
{
    struct dcom_event event;

    if (dcom_observed()) {
        event = trace_event(&c->channel, DCOM_ACCEPTED, false);
        dcom_observe(&event);
    }
    for (;;) {
        struct pdu pdu;
        enum err e;

        if (wait_for_pdu(c))
            return;
        if (!c->request.active)
            c->request.deadline_ns = clock_deadline_ns(c->server->options.message_timeout_ns);
        e = channel_receive(&c->channel, c->request.deadline_ns, &pdu);
        if (e == ERR_PROTOCOL || e == ERR_UNSUPPORTED)
            refuse_garbage(c, &pdu.header);
        if (!e && handle_and_count(c, &pdu))
            continue;
        if (e != ERR_CLOSED && e != ERR_CANCELLED)
            channel_hang_up(&c->channel, clock_deadline_ns(HANG_UP_NS));
        return;
    }
}

void server_connection_run(struct rpc_server_connection *c)
{
    current = c;
    serve(c);
    current = NULL;
}
