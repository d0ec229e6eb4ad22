#include "tests/orpc/deaf_relay.h"

#include <check.h>
#include <poll.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"

#define PAIRS          8
#define HEADER         16
#define PTYPE_RESPONSE 2
#define PTYPE_BIND     11
#define SEC_TRAILER    8

struct pair {
    socket_t client, server;
};

static int64_t soon(void)
{
    return clock_deadline_ns(5 * NS_PER_S);
}

static enum err forward(socket_t to, const uint8_t *data, size_t size)
{
    const struct socket_slice slice = { data, size };
    return socket_write_all(to, &slice, 1, soon());
}

/* One PDU of the client; a bind loses its sec_trailer and token. */
static enum err relay_request(const struct pair *p)
{
    uint8_t pdu[8192];
    enum err e = socket_read_all(p->client, pdu, HEADER, soon());
    if (e)
        return e;
    size_t size = load_u16(pdu + 8), token = load_u16(pdu + 10);
    ck_assert(size >= HEADER && size <= sizeof pdu);
    e = socket_read_all(p->client, pdu + HEADER, size - HEADER, soon());
    if (e)
        return e;
    if (pdu[2] == PTYPE_BIND && token) {
        size -= token + SEC_TRAILER;
        store_u16(pdu + 8, (uint16_t)size);
        store_u16(pdu + 10, 0);
    }
    return forward(p->server, pdu, size);
}

static enum err relay_answer(const struct pair *p, bool breaks)
{
    uint8_t data[8192];
    size_t size;
    enum err e = socket_read(p->server, data, sizeof data, soon(), &size);
    if (!e && breaks && data[2] == PTYPE_RESPONSE)
        e = ERR_CLOSED;
    return e ? e : forward(p->client, data, size);
}

static void close_pair(struct pair *p)
{
    socket_close(p->client);
    socket_close(p->server);
    *p = (struct pair){ SOCKET_NONE, SOCKET_NONE };
}

static void accept_pair(struct deaf_relay *r, struct pair *pairs)
{
    struct pair *p = pairs;
    while (p->client != SOCKET_NONE)
        p++;
    ck_assert(p < pairs + PAIRS);
    ck_assert_int_eq(socket_accept(r->listener, soon(), &p->client), ERR_OK);
    ck_assert_int_eq(socket_connect_tcp("127.0.0.1", r->to_port, NULL, soon(), &p->server), ERR_OK);
    atomic_fetch_add(&r->connections, 1);
}

static void relay(void *argument)
{
    struct deaf_relay *r = argument;
    struct pair pairs[PAIRS + 1];
    struct pollfd waits[1 + 2 * PAIRS];
    for (int i = 0; i <= PAIRS; i++)
        pairs[i] = (struct pair){ SOCKET_NONE, SOCKET_NONE };
    while (!atomic_load(&r->stop)) {
        waits[0] = (struct pollfd){ .fd = (int)r->listener, .events = POLLIN };
        for (int i = 0; i < PAIRS; i++) {
            waits[1 + 2 * i] = (struct pollfd){ .fd = (int)pairs[i].client, .events = POLLIN };
            waits[2 + 2 * i] = (struct pollfd){ .fd = (int)pairs[i].server, .events = POLLIN };
        }
        if (poll(waits, 1 + 2 * PAIRS, 20) <= 0)
            continue;
        for (int i = 0; i < PAIRS; i++)
            if ((waits[1 + 2 * i].revents && relay_request(&pairs[i])) ||
                (waits[2 + 2 * i].revents && relay_answer(&pairs[i], r->breaks)))
                close_pair(&pairs[i]);
        if (waits[0].revents)
            accept_pair(r, pairs);
    }
    for (int i = 0; i < PAIRS; i++)
        close_pair(&pairs[i]);
}

void deaf_relay_start(struct deaf_relay *r)
{
    r->port = 0;
    atomic_init(&r->connections, 0);
    atomic_init(&r->stop, false);
    ck_assert_int_eq(socket_listen_tcp("127.0.0.1", &r->port, &r->listener), ERR_OK);
    ck_assert_int_eq(thread_start(&r->thread, relay, r), ERR_OK);
}

void deaf_relay_stop(struct deaf_relay *r)
{
    atomic_store(&r->stop, true);
    thread_join(&r->thread);
    socket_close(r->listener);
}
