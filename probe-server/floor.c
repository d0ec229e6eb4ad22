#include "probe-server/floor.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/thread.h"

#define HEADER_SIZE 8
#define PATIENCE_NS (60 * NS_PER_S)

struct listener {
    struct floor *floor;
    socket_t socket;
    struct thread thread;
};

struct floor {
    uint16_t port;
    struct listener listeners[FLOOR_ADDRESSES_MAXIMUM];
    size_t listener_count;
    struct mutex lock;
    struct condition left;                       /* a connection ended */
    socket_t clients[FLOOR_CONNECTIONS_MAXIMUM]; /* (LOCK lock) SOCKET_NONE when free */
    unsigned client_count;                       /* (LOCK lock) */
    bool stopping;                               /* (LOCK lock) */
};

struct client {
    struct floor *floor;
    size_t slot;
    socket_t socket;
    void *buffer; /* of FLOOR_SIZE_MAXIMUM at most, grown as asked for */
    size_t capacity;
};

static bool reserve(struct client *c, size_t size)
{
    if (size <= c->capacity)
        return true;
    free(c->buffer);
    c->buffer = calloc(1, size);
    c->capacity = c->buffer ? size : 0;
    return c->buffer != NULL;
}

/* One request and its reply. */
static bool serve_once(struct client *c)
{
    uint8_t header[HEADER_SIZE];
    if (socket_read_all(c->socket, header, sizeof(header), clock_deadline_ns(PATIENCE_NS)))
        return false;
    uint32_t request = load_u32(header), reply = load_u32(header + 4);
    if (request < HEADER_SIZE || request > FLOOR_SIZE_MAXIMUM || reply > FLOOR_SIZE_MAXIMUM)
        return false;
    if (!reserve(c, request > reply ? request : reply))
        return false;
    if (request > HEADER_SIZE &&
        socket_read_all(c->socket, c->buffer, request - HEADER_SIZE, clock_deadline_ns(PATIENCE_NS)))
        return false;
    struct socket_slice slice = { c->buffer, reply };
    return !reply || !socket_write_all(c->socket, &slice, 1, clock_deadline_ns(PATIENCE_NS));
}

static void serve_client(void *argument)
{
    struct client *c = argument;
    struct floor *f = c->floor;
    while (serve_once(c))
        ;
    mutex_lock(&f->lock);
    socket_close(c->socket);
    f->clients[c->slot] = SOCKET_NONE;
    free(c->buffer);
    free(c);
    f->client_count--;
    condition_signal(&f->left);
    mutex_unlock(&f->lock);
}

/* Takes the socket. */
static void admit(struct floor *f, socket_t socket)
{
    struct client *c = calloc(1, sizeof(*c));
    mutex_lock(&f->lock);
    size_t slot = 0;
    while (slot < FLOOR_CONNECTIONS_MAXIMUM && f->clients[slot] != SOCKET_NONE)
        slot++;
    bool admitted = c && slot < FLOOR_CONNECTIONS_MAXIMUM && !f->stopping;
    if (admitted) {
        *c = (struct client){ .floor = f, .slot = slot, .socket = socket };
        f->clients[slot] = socket;
        f->client_count++;
        if (thread_start_detached(serve_client, c)) {
            f->clients[slot] = SOCKET_NONE;
            f->client_count--;
            admitted = false;
        }
    }
    mutex_unlock(&f->lock);
    if (!admitted) {
        free(c);
        socket_close(socket);
    }
}

static void accept_clients(void *argument)
{
    struct listener *l = argument;
    socket_t socket;
    /* The listener waits for ever: floor_stop wakes it. */
    while (!socket_accept(l->socket, CLOCK_NEVER, &socket))
        admit(l->floor, socket);
}

static enum err start_listener(struct floor *f, const char *address)
{
    struct listener *l = &f->listeners[f->listener_count];
    l->floor = f;
    enum err e = socket_listen_tcp(address, &f->port, &l->socket);
    if (e)
        return e;
    e = thread_start(&l->thread, accept_clients, l);
    if (e)
        socket_close(l->socket);
    else
        f->listener_count++;
    return e;
}

enum err floor_start(const char addresses[][SOCKET_ADDRESS_TEXT], size_t count, struct floor **out)
{
    *out = NULL;
    struct floor *f = calloc(1, sizeof(*f));
    if (!f)
        return ERR_MEMORY;
    mutex_init(&f->lock);
    condition_init(&f->left);
    for (size_t i = 0; i < FLOOR_CONNECTIONS_MAXIMUM; i++)
        f->clients[i] = SOCKET_NONE;
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < count && i < FLOOR_ADDRESSES_MAXIMUM; i++)
        e = start_listener(f, addresses[i]);
    if (e) {
        floor_stop(f);
        return e;
    }
    *out = f;
    return ERR_OK;
}

uint16_t floor_port(const struct floor *f)
{
    return f->port;
}

void floor_stop(struct floor *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->listener_count; i++) {
        socket_shutdown(f->listeners[i].socket);
        thread_join(&f->listeners[i].thread);
        socket_close(f->listeners[i].socket);
    }
    mutex_lock(&f->lock);
    f->stopping = true;
    for (size_t i = 0; i < FLOOR_CONNECTIONS_MAXIMUM; i++)
        if (f->clients[i] != SOCKET_NONE)
            socket_shutdown(f->clients[i]);
    while (f->client_count)
        (void)condition_wait(&f->left, &f->lock, CLOCK_NEVER);
    mutex_unlock(&f->lock);
    condition_cleanup(&f->left);
    mutex_cleanup(&f->lock);
    free(f);
}
