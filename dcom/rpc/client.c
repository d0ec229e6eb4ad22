#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dcom/rpc/client_internal.h"
#include "dcom/rpc/trace.h"

/* A connection that has come this near to its last call_id takes no further work: a call may need two of them. */
#define CALL_ID_RETIRED (PDU_CALL_ID_MAXIMUM - 1)

static enum err begin_socket(const struct rpc_endpoint *endpoint, int64_t deadline_ns, socket_t *out)
{
    *out = SOCKET_NONE;
    switch (endpoint->protseq) {
    case RPC_TCP:
        return socket_connect_tcp_begin(endpoint->address, endpoint->port, endpoint->from[0] ? endpoint->from : NULL,
                                        out);
    case RPC_LOCAL:
        return socket_connect_local(endpoint->address, deadline_ns, out);
    default:
        return ERR_UNSUPPORTED; /* a memory connection is adopted, never opened */
    }
}

static void trace_connect(const struct rpc_endpoint *endpoint, int64_t started_ns, const struct rpc_failure *why)
{
    struct dcom_event event = { .kind = DCOM_CONNECT, .outgoing = true };

    if (!dcom_observed())
        return;
    event.local = endpoint->protseq == RPC_LOCAL;
    trace_endpoint(&event, endpoint);
    event.elapsed_ns = clock_now_ns() - started_ns;
    trace_failure(&event, why);
    dcom_observe(&event);
}

static void connect_failed(enum err e, struct rpc_failure *why)
{
    *why = (struct rpc_failure){ .err = e, .shape = RPC_WIRE_CONNECT, .status = (uint32_t)socket_last_error() };
}

enum err rpc_connection_begin(const struct rpc_endpoint *endpoint, int64_t deadline_ns, struct rpc_connection **out,
                              struct rpc_failure *why)
{
    int64_t started_ns = clock_now_ns();
    socket_t socket;

    *out = NULL;
    *why = (struct rpc_failure){ 0 };
    enum err e = begin_socket(endpoint, deadline_ns, &socket);
    if (e) {
        connect_failed(e, why);
        trace_connect(endpoint, started_ns, why);
        return e;
    }
    e = rpc_connection_adopt(socket, out);
    why->err = e;
    if (!e)
        (*out)->begun_ns = started_ns;
    return e;
}

enum err rpc_connection_finish(struct rpc_connection *c, const struct rpc_endpoint *endpoint, int64_t deadline_ns,
                               struct rpc_failure *why)
{
    enum err e = ERR_OK;

    *why = (struct rpc_failure){ 0 };
    if (endpoint->protseq == RPC_TCP)
        e = channel_finish_connecting(&c->channel, deadline_ns);
    if (e)
        connect_failed(e, why);
    trace_connect(endpoint, c->begun_ns, why);
    return e;
}

enum err rpc_connection_open(const struct rpc_endpoint *endpoint, int64_t deadline_ns, struct rpc_connection **out,
                             struct rpc_failure *why)
{
    enum err e = rpc_connection_begin(endpoint, deadline_ns, out, why);

    if (e)
        return e;
    e = rpc_connection_finish(*out, endpoint, deadline_ns, why);
    if (e) {
        rpc_connection_destroy(*out);
        *out = NULL;
    }
    return e;
}

enum err rpc_connection_adopt(int64_t socket, struct rpc_connection **out)
{
    struct rpc_connection *c = calloc(1, sizeof *c);
    enum err e;

    *out = NULL;
    if (!c) {
        socket_close((socket_t)socket);
        return ERR_MEMORY;
    }
    e = channel_init(&c->channel, (socket_t)socket);
    if (e) {
        free(c);
        return e;
    }
    c->security.level = c->level_asked = AUTH_LEVEL_NONE;
    c->fragment = RPC_FRAGMENT_FLOOR;
    *out = c;
    return ERR_OK;
}

void rpc_connection_destroy(struct rpc_connection *c)
{
    if (!c)
        return;
    security_cleanup(&c->security);
    channel_cleanup(&c->channel);
    free(c);
}

void rpc_connection_cancel(struct rpc_connection *c)
{
    channel_cancel(&c->channel);
}

bool rpc_connection_usable(struct rpc_connection *c)
{
    return !atomic_load(&c->broken) && !atomic_load(&c->channel.cancelled) && c->call_id < CALL_ID_RETIRED &&
           !channel_has_input(&c->channel) && socket_check_alive(c->channel.socket) == ERR_OK;
}

void rpc_connection_join(struct rpc_connection *c, uint32_t group)
{
    c->group = group;
}

uint32_t rpc_connection_group(const struct rpc_connection *c)
{
    return c->group;
}

enum auth_level rpc_connection_level(const struct rpc_connection *c)
{
    return c->security.level;
}

enum auth_mechanism rpc_connection_mechanism(const struct rpc_connection *c)
{
    return c->security.auth ? c->security.auth->ops->inner(c->security.auth) : AUTH_NONE;
}

bool rpc_connection_header_signing(const struct rpc_connection *c)
{
    return c->header_signing;
}

int64_t rpc_connection_peer_pid(const struct rpc_connection *c)
{
    return socket_peer_pid(c->channel.socket);
}

uint64_t rpc_connection_bytes(const struct rpc_connection *c, uint32_t *pdus)
{
    *pdus = c->channel.pdus;
    return c->channel.bytes;
}

enum err client_next_call_id(struct rpc_connection *c, uint32_t *out)
{
    if (c->call_id >= PDU_CALL_ID_MAXIMUM)
        return ERR_LIMIT;
    *out = ++c->call_id;
    return ERR_OK;
}

enum err client_transport_failed(struct rpc_connection *c, enum err e, struct rpc_failure *why)
{
    *why = (struct rpc_failure){ .err = e };
    if (e == ERR_TIMEOUT)
        why->shape = RPC_WIRE_TIMEOUT;
    else if (e == ERR_CLOSED || e == ERR_IO)
        why->shape = RPC_WIRE_CLOSED;
    else if (e == ERR_PROTOCOL || e == ERR_UNSUPPORTED)
        why->shape = RPC_WIRE_BAD_PDU;
    atomic_store(&c->broken, true);
    return e;
}

enum err client_refused(struct rpc_connection *c, enum err e, int shape, const struct pdu *pdu, uint32_t status,
                        struct rpc_failure *why)
{
    *why = (struct rpc_failure){ .err = e, .status = status, .ptype = pdu->header.type };
    why->shape = shape;
    /* After a fault, or a syntax the server does not have, the conversation is still in step. */
    if (shape != RPC_WIRE_FAULT && shape != RPC_WIRE_CONTEXT_REJECTED)
        atomic_store(&c->broken, true);
    return e;
}

const struct client_context *client_context_by_id(const struct rpc_connection *c, uint16_t id)
{
    for (unsigned i = 0; i < c->context_count; i++)
        if (c->contexts[i].id == id)
            return &c->contexts[i];
    return NULL;
}
