#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "dcom/rpc/server_internal.h"
#include "dcom/rpc/trace.h"

#define CONNECTIONS_DEFAULT  2000
#define HANDSHAKE_DEFAULT_NS (30 * NS_PER_S)
#define MESSAGE_DEFAULT_NS   (60 * NS_PER_S)
#define LAST_ANSWERS_NS      (500 * NS_PER_MS) /* for calls that run when the server is to end */
#define ACCEPT_PAUSE_NS      (20 * NS_PER_MS)  /* after a failed accept: descriptors may be short for a while */

enum err rpc_server_create(const struct rpc_server_options *options, struct rpc_server **out)
{
    struct rpc_server *s = calloc(1, sizeof *s);
    enum err e;

    *out = NULL;
    if (!s)
        return ERR_MEMORY;
    /* Group ids start anywhere, so that those of two servers in one client do not look alike. */
    e = random_bytes(&s->last_group, sizeof s->last_group);
    if (e) {
        free(s);
        return e;
    }
    s->options = *options;
    if (!s->options.stub_maximum)
        s->options.stub_maximum = RPC_STUB_MAXIMUM_DEFAULT;
    if (!s->options.connection_maximum)
        s->options.connection_maximum = CONNECTIONS_DEFAULT;
    if (!s->options.handshake_timeout_ns)
        s->options.handshake_timeout_ns = HANDSHAKE_DEFAULT_NS;
    if (!s->options.message_timeout_ns)
        s->options.message_timeout_ns = MESSAGE_DEFAULT_NS;
    mutex_init(&s->lock);
    condition_init(&s->idle);
    *out = s;
    return ERR_OK;
}

/* Makes the connection known to the server; false when it is full or stopping. */
static bool enter(struct rpc_server *s, struct rpc_server_connection *c)
{
    bool entered;

    mutex_lock(&s->lock);
    entered = !s->stopping && s->connection_count < s->options.connection_maximum;
    if (entered) {
        c->next = s->connections;
        c->link = &s->connections;
        if (c->next)
            c->next->link = &c->next;
        s->connections = c;
        s->connection_count++;
    }
    mutex_unlock(&s->lock);
    return entered;
}

/* The last thing a connection's thread does with its server. */
static void leave(struct rpc_server *s, struct rpc_server_connection *c)
{
    mutex_lock(&s->lock);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    mutex_unlock(&s->lock);
    server_connection_destroy(c);
    mutex_lock(&s->lock);
    s->connection_count--;
    condition_signal(&s->idle);
    mutex_unlock(&s->lock);
}

static void serve(void *connection)
{
    struct rpc_server_connection *c = connection;
    struct rpc_server *s = c->server;

    server_connection_run(c);
    if (s->options.disconnected)
        s->options.disconnected(s->options.context, c);
    leave(s, c);
}

/* Serves a connected socket, which is closed in any case. */
static enum err start_connection(struct rpc_server *s, socket_t socket, enum rpc_protseq protseq)
{
    struct rpc_server_connection *c;
    enum err e = server_connection_create(s, socket, protseq, &c);

    if (e)
        return e;
    if (!enter(s, c)) {
        server_connection_destroy(c);
        return ERR_LIMIT;
    }
    e = thread_start_detached(serve, c);
    if (e)
        leave(s, c);
    return e;
}

static void accept_loop(void *argument)
{
    struct server_listener *l = argument;

    while (!atomic_load(&l->server->stopping)) {
        socket_t socket;
        enum err e = socket_accept(l->socket, CLOCK_NEVER, &socket);

        if (!e)
            e = start_connection(l->server, socket, l->protseq);
        if (e && !atomic_load(&l->server->stopping))
            clock_sleep_until_ns(clock_deadline_ns(ACCEPT_PAUSE_NS));
    }
}

static enum err open_listener(struct rpc_endpoint *endpoint, uint16_t first_port, uint16_t last_port, socket_t *out)
{
    switch (endpoint->protseq) {
    case RPC_TCP:
        if (endpoint->port == 0 && first_port != 0)
            return socket_listen_tcp_range(endpoint->address, first_port, last_port, &endpoint->port, out);
        return socket_listen_tcp(endpoint->address, &endpoint->port, out);
    case RPC_LOCAL:
        return socket_listen_local(endpoint->address, out);
    default:
        return ERR_UNSUPPORTED;
    }
}

static void trace_listening(const struct rpc_endpoint *endpoint)
{
    struct dcom_event event = { .kind = DCOM_LISTENING, .local = endpoint->protseq == RPC_LOCAL };

    if (!dcom_observed())
        return;
    trace_endpoint(&event, endpoint);
    dcom_observe(&event);
}

enum err rpc_server_listen(struct rpc_server *s, struct rpc_endpoint *endpoint, uint16_t first_port, uint16_t last_port)
{
    struct server_listener *l = calloc(1, sizeof *l);
    enum err e;

    if (!l)
        return ERR_MEMORY;
    l->server = s;
    l->protseq = endpoint->protseq;
    e = open_listener(endpoint, first_port, last_port, &l->socket);
    if (!e) {
        e = thread_start(&l->thread, accept_loop, l);
        if (e)
            socket_close(l->socket);
    }
    if (e) {
        free(l);
        return e;
    }
    mutex_lock(&s->lock);
    l->next = s->listeners;
    s->listeners = l;
    mutex_unlock(&s->lock);
    trace_listening(endpoint);
    return ERR_OK;
}

enum err rpc_server_adopt(struct rpc_server *s, int64_t socket)
{
    return start_connection(s, (socket_t)socket, RPC_MEMORY);
}

unsigned rpc_server_connections(const struct rpc_server *s)
{
    struct rpc_server *server = (struct rpc_server *)s; /* only its lock is touched */
    unsigned count;

    mutex_lock(&server->lock);
    count = server->connection_count;
    mutex_unlock(&server->lock);
    return count;
}

static bool same_host(const char *a, const char *b)
{
    const char *a_end = strrchr(a, ':');
    const char *b_end = strrchr(b, ':');
    size_t a_size = a_end ? (size_t)(a_end - a) : strlen(a);
    size_t b_size = b_end ? (size_t)(b_end - b) : strlen(b);

    return a_size == b_size && memcmp(a, b, a_size) == 0;
}

uint32_t server_join_group(struct rpc_server_connection *c, uint32_t asked)
{
    struct rpc_server *s = c->server;
    uint32_t group = 0;

    mutex_lock(&s->lock);
    if (asked == 0) {
        if (++s->last_group == 0)
            s->last_group = 1;
        group = s->last_group;
    }
    /* Only connections of one machine over one transport share a group, which ends with the last of them
     * ([MS-RPCE] 3.3.1.5.7). */
    for (struct rpc_server_connection *other = s->connections; asked && other && !group; other = other->next)
        if (other->group == asked && other->protseq == c->protseq && same_host(other->channel.peer, c->channel.peer))
            group = asked;
    c->group = group;
    mutex_unlock(&s->lock);
    return group;
}

static void stop_listeners(struct rpc_server *s)
{
    struct server_listener *l;

    mutex_lock(&s->lock);
    s->stopping = true;
    l = s->listeners;
    s->listeners = NULL;
    mutex_unlock(&s->lock);
    while (l) {
        struct server_listener *next = l->next;

        socket_shutdown(l->socket);
        thread_join(&l->thread);
        socket_close(l->socket);
        free(l);
        l = next;
    }
}

/* Under the lock. */
static void wait_for_connections(struct rpc_server *s, int64_t deadline_ns)
{
    while (s->connection_count > 0 && condition_wait(&s->idle, &s->lock, deadline_ns))
        continue;
}

void rpc_server_destroy(struct rpc_server *s)
{
    if (!s)
        return;
    stop_listeners(s);
    mutex_lock(&s->lock);
    /* Requests that have come are answered: a client whose request was taken and not answered would not know whether it
     * was carried out. */
    for (struct rpc_server_connection *c = s->connections; c; c = c->next)
        socket_end_reading(c->channel.socket);
    wait_for_connections(s, clock_deadline_ns(LAST_ANSWERS_NS));
    for (struct rpc_server_connection *c = s->connections; c; c = c->next)
        channel_cancel(&c->channel);
    wait_for_connections(s, CLOCK_NEVER);
    mutex_unlock(&s->lock);
    condition_cleanup(&s->idle);
    mutex_cleanup(&s->lock);
    free(s);
}
