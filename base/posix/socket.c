#include "base/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err_internal.h"
#include "base/posix/socket_internal.h"
#include "base/socket_internal.h"

/* Slices handed to the system at a time; far below IOV_MAX, and enough for a fragmented PDU. */
#define SLICES_AT_ONCE 64

enum err socket_fail(void)
{
    socket_keep_error(errno);
    return err_from_errno(errno);
}

enum err socket_give_up(int fd)
{
    enum err e = socket_fail();
    (void)close(fd);
    return e;
}

/* Waits like socket_wait and tells what happened. */
static enum err wait_for(struct pollfd *p, int64_t deadline_ns)
{
    for (;;) {
        int64_t left = clock_left_ns(deadline_ns);
        struct timespec timeout = { .tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S };
        int ready = ppoll(p, 1, deadline_ns == CLOCK_NEVER ? NULL : &timeout, NULL);
        if (ready > 0) {
            return ERR_OK;
        }
        if (ready < 0 && errno != EINTR) {
            return socket_fail();
        }
        if (ready == 0 && clock_left_ns(deadline_ns) == 0) {
            socket_keep_error(ETIMEDOUT);
            return ERR_TIMEOUT;
        }
    }
}

enum err socket_wait(int fd, short events, int64_t deadline_ns)
{
    struct pollfd p = { .fd = fd, .events = events };
    return wait_for(&p, deadline_ns);
}

/* A socket address of any family, and how much of it counts. */
struct address {
    struct sockaddr_storage storage;
    socklen_t size;
};

static bool address_parse(const char *text, uint16_t port, struct address *out)
{
    char service[6];
    (void)snprintf(service, sizeof(service), "%u", port);
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    if (getaddrinfo(text, service, &hints, &found) != 0) {
        return false;
    }
    *out = (struct address){ .size = found->ai_addrlen };
    memcpy(&out->storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

static uint16_t address_port(const struct address *a)
{
    if (a->storage.ss_family == AF_INET6) {
        return ntohs(((const struct sockaddr_in6 *)&a->storage)->sin6_port);
    }
    return ntohs(((const struct sockaddr_in *)&a->storage)->sin_port);
}

/* The numeric form without the port; empty when the address is no internet address. */
static void address_text(const struct address *a, char out[SOCKET_ADDRESS_TEXT])
{
    if (getnameinfo((const struct sockaddr *)&a->storage, a->size, out, SOCKET_ADDRESS_TEXT, NULL, 0, NI_NUMERICHOST) !=
        0) {
        out[0] = '\0';
    }
}

/* RPC writes whole messages, so waiting for more bytes (Nagle) would only delay the answer. A socket that cannot
 * do so still works. */
static void send_at_once(int fd)
{
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* Binds the local end without taking a port yet: the port is then free for every other peer. */
static enum err bind_from(int fd, const char *from)
{
    struct address local;
    if (!address_parse(from, 0, &local)) {
        return ERR_RESOLVE;
    }
    int on = 1;
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (bind(fd, (const struct sockaddr *)&local.storage, local.size) == 0) {
        return ERR_OK;
    }
    /* EINVAL: an address of the other family, from which the peer cannot be reached. */
    enum err e = socket_fail();
    return errno == EINVAL ? ERR_UNREACHABLE : e;
}

/* A connection to a free port of this machine can be given that very port as its local one and then meets itself.
 * Nobody listens there, so it counts as refused. */
static bool met_itself(int fd)
{
    struct address local = { .size = sizeof(local.storage) };
    struct address peer = { .size = sizeof(peer.storage) };
    return getsockname(fd, (struct sockaddr *)&local.storage, &local.size) == 0 &&
           getpeername(fd, (struct sockaddr *)&peer.storage, &peer.size) == 0 && local.size == peer.size &&
           memcmp(&local.storage, &peer.storage, local.size) == 0;
}

enum err socket_connect_tcp_begin(const char *address, uint16_t port, const char *from, socket_t *out)
{
    *out = SOCKET_NONE;
    struct address peer;
    if (!address_parse(address, port, &peer)) {
        return ERR_RESOLVE;
    }
    int fd = socket(peer.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return socket_fail();
    }
    enum err e = from ? bind_from(fd, from) : ERR_OK;
    /* After EINTR the connection goes on being made, as with EINPROGRESS. */
    if (!e && connect(fd, (const struct sockaddr *)&peer.storage, peer.size) != 0 && errno != EINPROGRESS &&
        errno != EINTR) {
        e = socket_fail();
    }
    if (e) {
        (void)close(fd);
        return e;
    }
    *out = fd;
    return ERR_OK;
}

enum err socket_connect_tcp_finish(socket_t s, int64_t deadline_ns)
{
    int fd = (int)s, number = 0;
    socklen_t size = sizeof(number);
    enum err e = socket_wait(fd, POLLOUT, deadline_ns);
    if (e) {
        return e;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0) {
        return socket_fail();
    }
    if (number == 0 && met_itself(fd)) {
        number = ECONNREFUSED;
    }
    if (number != 0) {
        errno = number;
        return socket_fail();
    }
    send_at_once(fd);
    return ERR_OK;
}

enum err socket_listen_tcp(const char *address, uint16_t *port, socket_t *out)
{
    *out = SOCKET_NONE;
    struct address local;
    if (!address_parse(address, *port, &local)) {
        return ERR_RESOLVE;
    }
    int fd = socket(local.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return socket_fail();
    }
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (local.storage.ss_family == AF_INET6) {
        /* Each family is listened on for itself, whatever the system's default is. */
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    }
    if (bind(fd, (const struct sockaddr *)&local.storage, local.size) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)&local.storage, &local.size) != 0) {
        return socket_give_up(fd);
    }
    *port = address_port(&local);
    *out = fd;
    return ERR_OK;
}

enum err socket_accept(socket_t listener, int64_t deadline_ns, socket_t *out)
{
    *out = SOCKET_NONE;
    for (;;) {
        int fd = accept4((int)listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            send_at_once(fd);
            *out = fd;
            return ERR_OK;
        }
        if (errno == EINTR || errno == ECONNABORTED) {
            continue; /* the peer that gave up while it waited is not our caller's concern */
        }
        if (errno == EINVAL) {
            return ERR_CLOSED; /* a TCP listener was shut down */
        }
        if (errno != EAGAIN) {
            return socket_fail();
        }
        struct pollfd p = { .fd = (int)listener, .events = POLLIN };
        enum err e = wait_for(&p, deadline_ns);
        if (e) {
            return e;
        }
        if (p.revents & POLLHUP) {
            return ERR_CLOSED; /* a local listener was shut down; its accept goes on saying EAGAIN */
        }
    }
}

enum err socket_read(socket_t s, void *data, size_t size, int64_t deadline_ns, size_t *out)
{
    *out = 0;
    if (size == 0) {
        return ERR_OK;
    }
    for (;;) {
        ssize_t got = recv((int)s, data, size, 0);
        if (got > 0) {
            *out = (size_t)got;
            return ERR_OK;
        }
        if (got == 0) {
            return ERR_CLOSED;
        }
        if (errno == EAGAIN) {
            enum err e = socket_wait((int)s, POLLIN, deadline_ns);
            if (e) {
                return e;
            }
        } else if (errno != EINTR) {
            return socket_fail();
        }
    }
}

/* Where a write of several slices stands: the first slice not written whole, and how much of it is. */
struct write_position {
    size_t slice;
    size_t offset;
};

static size_t gather(const struct socket_slice *slices, size_t count, struct write_position at,
                     struct iovec vectors[SLICES_AT_ONCE])
{
    size_t used = 0;
    for (size_t i = at.slice; i < count && used < SLICES_AT_ONCE; i++) {
        size_t offset = i == at.slice ? at.offset : 0;
        if (slices[i].size > offset) {
            const char *from = slices[i].data;
            /* The system only reads through this pointer; struct iovec has no const form. */
            vectors[used++] = (struct iovec){ (void *)(uintptr_t)(from + offset), slices[i].size - offset };
        }
    }
    return used;
}

static void advance(const struct socket_slice *slices, size_t count, struct write_position *at, size_t written)
{
    while (at->slice < count && written >= slices[at->slice].size - at->offset) {
        written -= slices[at->slice].size - at->offset;
        at->slice++;
        at->offset = 0;
    }
    at->offset += written;
}

enum err socket_write_all(socket_t s, const struct socket_slice *slices, size_t count, int64_t deadline_ns)
{
    struct write_position at = { 0 };
    for (;;) {
        struct iovec vectors[SLICES_AT_ONCE];
        struct msghdr message = { .msg_iov = vectors, .msg_iovlen = gather(slices, count, at, vectors) };
        if (message.msg_iovlen == 0) {
            return ERR_OK;
        }
        ssize_t written = sendmsg((int)s, &message, MSG_NOSIGNAL);
        if (written >= 0) {
            advance(slices, count, &at, (size_t)written);
        } else if (errno == EAGAIN) {
            enum err e = socket_wait((int)s, POLLOUT, deadline_ns);
            if (e) {
                return e;
            }
        } else if (errno != EINTR) {
            return socket_fail();
        }
    }
}

enum err socket_wait_readable(socket_t s, int64_t deadline_ns)
{
    return socket_wait((int)s, POLLIN, deadline_ns);
}

enum err socket_check_alive(socket_t s)
{
    struct pollfd p = { .fd = (int)s, .events = POLLRDHUP };
    if (poll(&p, 1, 0) < 0 && errno != EINTR) {
        return socket_fail();
    }
    return p.revents & (POLLRDHUP | POLLHUP | POLLERR) ? ERR_CLOSED : ERR_OK;
}

static void endpoint_text(const struct address *a, char out[SOCKET_ADDRESS_TEXT])
{
    out[0] = '\0';
    bool six = a->storage.ss_family == AF_INET6;
    if (a->storage.ss_family != AF_INET && !six) {
        return;
    }
    char host[SOCKET_ADDRESS_TEXT];
    address_text(a, host);
    (void)snprintf(out, SOCKET_ADDRESS_TEXT, six ? "[%.55s]:%u" : "%.55s:%u", host, address_port(a));
}

void socket_peer_text(socket_t s, char out[SOCKET_ADDRESS_TEXT])
{
    struct address a = { .size = sizeof(a.storage) };
    (void)getpeername((int)s, (struct sockaddr *)&a.storage, &a.size);
    endpoint_text(&a, out);
}

void socket_local_text(socket_t s, char out[SOCKET_ADDRESS_TEXT])
{
    struct address a = { .size = sizeof(a.storage) };
    (void)getsockname((int)s, (struct sockaddr *)&a.storage, &a.size);
    endpoint_text(&a, out);
}

enum err socket_resolve_now(const char *name, char out[SOCKET_ADDRESS_TEXT], int *system_error)
{
    out[0] = '\0';
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    int result = getaddrinfo(name, NULL, &hints, &found);
    if (result != 0) {
        *system_error = result == EAI_SYSTEM ? errno : result;
        return result == EAI_MEMORY ? ERR_MEMORY : ERR_RESOLVE;
    }
    struct address first = { .size = found->ai_addrlen };
    memcpy(&first.storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    address_text(&first, out);
    return out[0] ? ERR_OK : ERR_RESOLVE;
}
