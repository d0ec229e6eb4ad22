#include "dcom/rpc/channel.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define BUFFER_INITIAL ((size_t)8 << 10)  /* holds the largest fragment we offer; an idle connection stays cheap */
#define BUFFER_MAXIMUM ((size_t)64 << 10) /* the largest PDU, or about ten fragments per read */

enum err channel_init(struct channel *c, socket_t socket)
{
    memset(c, 0, sizeof *c);
    c->socket = socket;
    atomic_init(&c->cancelled, false);
    writer_init(&c->out, CHANNEL_BATCH + PDU_SIZE_MAXIMUM);
    socket_peer_text(socket, c->peer);
    if (!c->peer[0])
        strcpy(c->peer, "local");
    c->buffer = malloc(BUFFER_INITIAL);
    if (!c->buffer) {
        channel_cleanup(c);
        return ERR_MEMORY;
    }
    c->capacity = BUFFER_INITIAL;
    return ERR_OK;
}

void channel_cleanup(struct channel *c)
{
    if (c->socket != SOCKET_NONE)
        socket_close(c->socket);
    c->socket = SOCKET_NONE;
    free(c->buffer);
    c->buffer = NULL;
    writer_cleanup(&c->out);
}

bool channel_has_input(const struct channel *c)
{
    return c->start < c->end;
}

static bool resize(struct channel *c, size_t capacity)
{
    uint8_t *larger = malloc(capacity);

    if (!larger)
        return false;
    memcpy(larger, c->buffer + c->start, c->end - c->start);
    free(c->buffer);
    c->buffer = larger;
    c->end -= c->start;
    c->start = 0;
    c->capacity = capacity;
    return true;
}

/* Makes room so that `size` bytes from `start` fit. */
static enum err make_room(struct channel *c, size_t size)
{
    if (c->start == c->end)
        c->start = c->end = 0;
    if (size > c->capacity || (c->crowded && c->capacity < BUFFER_MAXIMUM)) {
        c->crowded = false;
        return resize(c, BUFFER_MAXIMUM) ? ERR_OK : ERR_MEMORY;
    }
    if (size > c->capacity - c->start) {
        memmove(c->buffer, c->buffer + c->start, c->end - c->start);
        c->end -= c->start;
        c->start = 0;
    }
    return ERR_OK;
}

static enum err cancelled_or(const struct channel *c, enum err e)
{
    return e && atomic_load(&c->cancelled) ? ERR_CANCELLED : e;
}

/* Reads until at least `size` bytes lie in the buffer. */
static enum err fill(struct channel *c, size_t size, int64_t deadline_ns)
{
    enum err e = make_room(c, size);

    while (!e && c->end - c->start < size) {
        size_t room = c->capacity - c->end;
        size_t got = 0;

        if (atomic_load(&c->cancelled))
            return ERR_CANCELLED;
        /* Reads that never block would never look at the clock: a peer may drip, or flood, for ever. */
        if (clock_left_ns(deadline_ns) == 0)
            return ERR_TIMEOUT;
        e = socket_read(c->socket, c->buffer + c->end, room, deadline_ns, &got);
        c->end += got;
        c->bytes += got;
        c->crowded = got == room;
    }
    return cancelled_or(c, e);
}

enum err channel_finish_connecting(struct channel *c, int64_t deadline_ns)
{
    enum err e = cancelled_or(c, socket_connect_tcp_finish(c->socket, deadline_ns));

    if (!e)
        socket_peer_text(c->socket, c->peer);
    return e;
}

enum err channel_wait(struct channel *c, int64_t deadline_ns)
{
    return fill(c, 1, deadline_ns);
}

size_t channel_trim(struct channel *c)
{
    size_t freed = writer_trim(&c->out, BUFFER_INITIAL), before = c->capacity;

    /* Without memory for a small buffer the large one stays. */
    if (before > BUFFER_INITIAL && !channel_has_input(c) && resize(c, BUFFER_INITIAL))
        freed += before - c->capacity;
    return freed;
}

enum err channel_receive(struct channel *c, int64_t deadline_ns, struct pdu *out)
{
    enum err e;

    *out = (struct pdu){ 0 };
    e = fill(c, PDU_HEADER, deadline_ns);
    if (e)
        return e;
    e = pdu_header_decode(c->buffer + c->start, &out->header);
    if (e)
        return e;
    e = fill(c, out->header.size, deadline_ns);
    if (e)
        return e;
    e = pdu_decode(c->buffer + c->start, out->header.size, out);
    c->start += out->header.size;
    c->pdus++;
    return e;
}

enum err channel_sent(struct channel *c, int64_t deadline_ns)
{
    c->out_pdus++;
    return c->out.size >= CHANNEL_BATCH ? channel_flush(c, deadline_ns) : ERR_OK;
}

enum err channel_flush(struct channel *c, int64_t deadline_ns)
{
    struct socket_slice slice = { c->out.data, c->out.size };
    enum err e = ERR_OK;

    if (c->out.failed)
        e = ERR_MEMORY;
    else if (atomic_load(&c->cancelled))
        e = ERR_CANCELLED;
    else if (c->out.size > 0)
        e = cancelled_or(c, socket_write_all(c->socket, &slice, 1, deadline_ns));
    if (!e) {
        c->bytes += c->out.size;
        c->pdus += c->out_pdus;
    }
    c->out_pdus = 0;
    writer_reset(&c->out);
    return e;
}

void channel_hang_up(struct channel *c, int64_t deadline_ns)
{
    enum err e;

    socket_finish(c->socket);
    do {
        c->start = c->end = 0;
        e = fill(c, 1, deadline_ns);
    } while (!e);
}

void channel_cancel(struct channel *c)
{
    atomic_store(&c->cancelled, true);
    socket_shutdown(c->socket);
}
