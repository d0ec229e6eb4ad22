#include "base/socket.h"

#include "base/win32/windows_internal.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <ws2tcpip.h>

#include "base/clock.h"
#include "base/socket_internal.h"

#define SLICES_AT_ONCE 64
/* How long a wait may not notice that its socket was shut down by another thread. */
#define LOOK_AGAIN_MS  100
/* The mark of a socket that was shut down: a receive time limit, which our sockets have no other use for. */
#define SHUT_DOWN_MARK 1

static void start_winsock(void)
{
    WSADATA ignored;
    (void)WSAStartup(MAKEWORD(2, 2), &ignored);
}

/* Every way to a socket begins here; a failure shows in the call that follows. */
static void need_winsock(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, start_winsock);
}

static enum err err_from_winsock(int number)
{
    switch (number) {
    case 0:
        return ERR_OK;
    case WSAENOBUFS:
        return ERR_MEMORY;
    case WSAETIMEDOUT:
        return ERR_TIMEOUT;
    case WSAECONNREFUSED:
        return ERR_REFUSED;
    case WSAENETUNREACH:
    case WSAEHOSTUNREACH:
    case WSAENETDOWN:
    case WSAEHOSTDOWN:
    case WSAEADDRNOTAVAIL:
    case WSAEAFNOSUPPORT:
        return ERR_UNREACHABLE;
    case WSAECONNRESET:
    case WSAECONNABORTED:
    case WSAENOTCONN:
    case WSAESHUTDOWN:
    case WSAEDISCON:
        return ERR_CLOSED;
    case WSAEACCES:
        return ERR_ACCESS;
    case WSAEADDRINUSE:
        return ERR_IN_USE;
    default:
        return ERR_IO;
    }
}

static enum err fail(int number)
{
    socket_keep_error(number);
    return err_from_winsock(number);
}

static enum err give_up(SOCKET s)
{
    enum err e = fail(WSAGetLastError());
    (void)closesocket(s);
    return e;
}

static bool is_marked_shut_down(SOCKET s)
{
    DWORD mark = 0;
    int size = sizeof(mark);
    return getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&mark, &size) == 0 && mark == SHUT_DOWN_MARK;
}

/* Waits for one of `events`, an error or a hang-up. Windows wakes nobody when another thread shuts the socket down,
 * so the wait looks for its mark now and then. */
static enum err wait_for(SOCKET s, short events, int64_t deadline_ns)
{
    for (;;) {
        int left_ms = clock_left_ms(deadline_ns);
        WSAPOLLFD p = { .fd = s, .events = events };
        int ready = WSAPoll(&p, 1, left_ms < 0 || left_ms > LOOK_AGAIN_MS ? LOOK_AGAIN_MS : left_ms);
        if (ready > 0) {
            return ERR_OK;
        }
        if (ready < 0) {
            return fail(WSAGetLastError());
        }
        if (is_marked_shut_down(s)) {
            return ERR_CLOSED;
        }
        if (clock_left_ns(deadline_ns) == 0) {
            return fail(WSAETIMEDOUT);
        }
    }
}

/* A socket address of any family, and how much of it counts. */
struct address {
    struct sockaddr_storage storage;
    int size;
};

static bool address_parse(const char *text, uint16_t port, struct address *out)
{
    char service[6];
    (void)snprintf(service, sizeof(service), "%u", port);
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    if (!*text || getaddrinfo(text, service, &hints, &found) != 0) {
        return false;
    }
    *out = (struct address){ .size = (int)found->ai_addrlen };
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

static void address_text(const struct address *a, char out[SOCKET_ADDRESS_TEXT])
{
    if (getnameinfo((const struct sockaddr *)&a->storage, a->size, out, SOCKET_ADDRESS_TEXT, NULL, 0, NI_NUMERICHOST) !=
        0) {
        out[0] = '\0';
    }
}

/* Not inherited by children, and never blocking: all waiting is done by wait_for. */
static SOCKET open_socket(int family)
{
    SOCKET s = WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    u_long on = 1;
    if (s != INVALID_SOCKET && ioctlsocket(s, FIONBIO, &on) != 0) {
        (void)closesocket(s);
        return INVALID_SOCKET;
    }
    return s;
}

static void send_at_once(SOCKET s)
{
    BOOL on = TRUE;
    (void)setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof(on));
}

/* Waits for a connection with select(): before Windows 10 2004 WSAPoll did not tell of one that failed. */
enum err socket_connect_tcp_finish(socket_t socket, int64_t deadline_ns)
{
    SOCKET s = (SOCKET)socket;
    for (;;) {
        int64_t left = clock_left_ns(deadline_ns);
        struct timeval limit = { .tv_sec = (long)(left / NS_PER_S), .tv_usec = (long)(left % NS_PER_S / NS_PER_US) };
        if (left > 3600 * NS_PER_S) {
            limit = (struct timeval){ .tv_sec = 3600 };
        }
        fd_set connected, failed;
        FD_ZERO(&connected);
        FD_ZERO(&failed);
        FD_SET(s, &connected);
        FD_SET(s, &failed);
        int ready = select(0, NULL, &connected, &failed, &limit);
        if (ready > 0) {
            int number = 0;
            int size = sizeof(number);
            (void)getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&number, &size);
            if (number == 0) {
                send_at_once(s);
            }
            return fail(number);
        }
        if (ready < 0) {
            return fail(WSAGetLastError());
        }
        if (clock_left_ns(deadline_ns) == 0) {
            return fail(WSAETIMEDOUT);
        }
    }
}

static enum err start_connecting(SOCKET s, const struct address *peer, const char *from)
{
    if (from) {
        struct address local;
        if (!address_parse(from, 0, &local)) {
            return ERR_RESOLVE;
        }
        if (local.storage.ss_family != peer->storage.ss_family) {
            return ERR_UNREACHABLE;
        }
        if (bind(s, (const struct sockaddr *)&local.storage, local.size) != 0) {
            return fail(WSAGetLastError());
        }
    }
    if (connect(s, (const struct sockaddr *)&peer->storage, peer->size) == 0 || WSAGetLastError() == WSAEWOULDBLOCK) {
        return ERR_OK;
    }
    return fail(WSAGetLastError());
}

enum err socket_connect_tcp_begin(const char *address, uint16_t port, const char *from, socket_t *out)
{
    *out = SOCKET_NONE;
    need_winsock();
    struct address peer;
    if (!address_parse(address, port, &peer)) {
        return ERR_RESOLVE;
    }
    SOCKET s = open_socket(peer.storage.ss_family);
    if (s == INVALID_SOCKET) {
        return fail(WSAGetLastError());
    }
    enum err e = start_connecting(s, &peer, from);
    if (e) {
        (void)closesocket(s);
        return e;
    }
    *out = (socket_t)s;
    return ERR_OK;
}

enum err socket_listen_tcp(const char *address, uint16_t *port, socket_t *out)
{
    *out = SOCKET_NONE;
    need_winsock();
    struct address local;
    if (!address_parse(address, *port, &local)) {
        return ERR_RESOLVE;
    }
    SOCKET s = open_socket(local.storage.ss_family);
    if (s == INVALID_SOCKET) {
        return fail(WSAGetLastError());
    }
    /* SO_REUSEADDR would let a second listener take the same port on Windows; connections winding down do not keep a
     * port from being listened on there. */
    BOOL on = TRUE;
    (void)setsockopt(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&on, sizeof(on));
    if (bind(s, (const struct sockaddr *)&local.storage, local.size) != 0 || listen(s, SOMAXCONN) != 0 ||
        getsockname(s, (struct sockaddr *)&local.storage, &local.size) != 0) {
        return give_up(s);
    }
    *port = address_port(&local);
    *out = (socket_t)s;
    return ERR_OK;
}

enum err socket_accept(socket_t listener, int64_t deadline_ns, socket_t *out)
{
    *out = SOCKET_NONE;
    for (;;) {
        if (is_marked_shut_down((SOCKET)listener)) {
            return ERR_CLOSED;
        }
        SOCKET s = accept((SOCKET)listener, NULL, NULL);
        if (s != INVALID_SOCKET) {
            /* Non-blocking like the listener, but inheritable until this. */
            (void)SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, 0);
            send_at_once(s);
            *out = (socket_t)s;
            return ERR_OK;
        }
        int number = WSAGetLastError();
        if (number == WSAECONNRESET) {
            continue; /* the peer that gave up while it waited is not our caller's concern */
        }
        if (number != WSAEWOULDBLOCK) {
            return fail(number);
        }
        enum err e = wait_for((SOCKET)listener, POLLRDNORM, deadline_ns);
        if (e) {
            return e;
        }
    }
}

enum err socket_pair(socket_t out[2])
{
    out[0] = out[1] = SOCKET_NONE;
    uint16_t port = 0;
    socket_t listener;
    int64_t deadline = clock_deadline_ns(10 * NS_PER_S);
    enum err e = socket_listen_tcp("127.0.0.1", &port, &listener);
    if (e) {
        return e;
    }
    e = socket_connect_tcp("127.0.0.1", port, NULL, deadline, &out[0]);
    if (!e) {
        e = socket_accept(listener, deadline, &out[1]);
    }
    char connected[SOCKET_ADDRESS_TEXT], accepted[SOCKET_ADDRESS_TEXT];
    if (!e) {
        /* Anybody on this machine could have connected in between. */
        socket_local_text(out[0], connected);
        socket_peer_text(out[1], accepted);
        e = strcmp(connected, accepted) == 0 ? ERR_OK : ERR_IO;
    }
    socket_close(listener);
    if (e) {
        socket_close(out[0]);
        socket_close(out[1]);
        out[0] = out[1] = SOCKET_NONE;
    }
    return e;
}

/* Same-host RPC is the system's own on Windows: no program of ours uses local sockets there. */
enum err socket_connect_local(const char *path, int64_t deadline_ns, socket_t *out)
{
    (void)path;
    (void)deadline_ns;
    *out = SOCKET_NONE;
    return ERR_UNSUPPORTED;
}

enum err socket_listen_local(const char *path, socket_t *out)
{
    (void)path;
    *out = SOCKET_NONE;
    return ERR_UNSUPPORTED;
}

int64_t socket_peer_pid(socket_t s)
{
    (void)s;
    return 0;
}

enum err socket_read(socket_t s, void *data, size_t size, int64_t deadline_ns, size_t *out)
{
    *out = 0;
    if (size == 0) {
        return ERR_OK;
    }
    for (;;) {
        int got = recv((SOCKET)s, data, size < (1u << 30) ? (int)size : 1 << 30, 0);
        if (got > 0) {
            *out = (size_t)got;
            return ERR_OK;
        }
        if (got == 0) {
            return ERR_CLOSED;
        }
        if (WSAGetLastError() != WSAEWOULDBLOCK) {
            return fail(WSAGetLastError());
        }
        enum err e = wait_for((SOCKET)s, POLLRDNORM, deadline_ns);
        if (e) {
            return e;
        }
    }
}

/* Fills the system's list from slice `at`, of which `offset` bytes are written. */
static DWORD gather(const struct socket_slice *slices, size_t count, size_t at, size_t offset,
                    WSABUF buffers[SLICES_AT_ONCE])
{
    DWORD used = 0;
    for (; at < count && used < SLICES_AT_ONCE; at++, offset = 0) {
        if (slices[at].size > offset) {
            size_t size = slices[at].size - offset;
            const char *from = slices[at].data;
            buffers[used].len = size < (1u << 30) ? (ULONG)size : 1u << 30;
            buffers[used++].buf = (char *)(uintptr_t)(from + offset); /* WSABUF has no const form */
        }
    }
    return used;
}

enum err socket_write_all(socket_t s, const struct socket_slice *slices, size_t count, int64_t deadline_ns)
{
    size_t at = 0;
    size_t offset = 0;
    for (;;) {
        WSABUF buffers[SLICES_AT_ONCE];
        DWORD used = gather(slices, count, at, offset, buffers);
        DWORD written = 0;
        if (used == 0) {
            return ERR_OK;
        }
        if (WSASend((SOCKET)s, buffers, used, &written, 0, NULL, NULL) != 0) {
            if (WSAGetLastError() != WSAEWOULDBLOCK) {
                return fail(WSAGetLastError());
            }
            enum err e = wait_for((SOCKET)s, POLLWRNORM, deadline_ns);
            if (e) {
                return e;
            }
            continue;
        }
        for (size_t left = written; at < count && left >= slices[at].size - offset; at++, offset = 0) {
            left -= slices[at].size - offset;
            written = (DWORD)left;
        }
        offset += written;
    }
}

enum err socket_wait_readable(socket_t s, int64_t deadline_ns)
{
    return wait_for((SOCKET)s, POLLRDNORM, deadline_ns);
}

enum err socket_check_alive(socket_t s)
{
    char byte;
    int got = recv((SOCKET)s, &byte, 1, MSG_PEEK);
    if (got > 0) {
        return ERR_OK;
    }
    if (got == 0) {
        return ERR_CLOSED;
    }
    return WSAGetLastError() == WSAEWOULDBLOCK ? ERR_OK : fail(WSAGetLastError());
}

/* Lets a wait that is under way find out. */
static void mark_shut_down(SOCKET s)
{
    DWORD mark = SHUT_DOWN_MARK;
    (void)setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (const char *)&mark, sizeof(mark));
}

void socket_shutdown(socket_t s)
{
    mark_shut_down((SOCKET)s);
    (void)shutdown((SOCKET)s, SD_BOTH);
}

/* Windows throws away what has come when that direction is shut down, so it is only marked. */
void socket_end_reading(socket_t s)
{
    mark_shut_down((SOCKET)s);
}

void socket_finish(socket_t s)
{
    (void)shutdown((SOCKET)s, SD_SEND);
}

void socket_close(socket_t s)
{
    if (s != SOCKET_NONE) {
        (void)closesocket((SOCKET)s);
    }
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
    (void)getpeername((SOCKET)s, (struct sockaddr *)&a.storage, &a.size);
    endpoint_text(&a, out);
}

void socket_local_text(socket_t s, char out[SOCKET_ADDRESS_TEXT])
{
    struct address a = { .size = sizeof(a.storage) };
    (void)getsockname((SOCKET)s, (struct sockaddr *)&a.storage, &a.size);
    endpoint_text(&a, out);
}

enum err socket_resolve_now(const char *name, char out[SOCKET_ADDRESS_TEXT], int *system_error)
{
    out[0] = '\0';
    need_winsock();
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    /* An empty name would mean this machine. */
    int result = *name ? getaddrinfo(name, NULL, &hints, &found) : WSAHOST_NOT_FOUND;
    if (result != 0) {
        *system_error = result;
        return result == WSA_NOT_ENOUGH_MEMORY ? ERR_MEMORY : ERR_RESOLVE;
    }
    struct address first = { .size = (int)found->ai_addrlen };
    memcpy(&first.storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    address_text(&first, out);
    return out[0] ? ERR_OK : ERR_RESOLVE;
}
