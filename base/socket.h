/* Blocking stream sockets with a deadline on every wait.
 *
 * TCP for remote RPC, named local sockets for same-host RPC. Sockets never
 * raise SIGPIPE, are close-on-exec, and TCP ones send at once (no Nagle).
 * Functions that connect say why they failed by `enum err`; the operating
 * system's own number is kept in `socket_last_error()` for the report.
 * Thread rule: one reader and one writer at a time; socket_shutdown from any. */
#ifndef BASE_SOCKET_H
#define BASE_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef intptr_t socket_t;
#define SOCKET_NONE         ((socket_t)-1)
#define SOCKET_ADDRESS_TEXT 64 /* enough for an IPv6 address, a scope and a port */

struct socket_slice {
    const void *data;
    size_t size;
};

/* Address is numeric text, IPv4 or IPv6. `from` is the local address to connect
 * from, or NULL for the system's choice. */
MUST_USE enum err socket_connect_tcp(const char *address, uint16_t port, const char *from, int64_t deadline_ns,
                                     socket_t *out);
/* The same in two steps, for who may want to give up in between: socket_shutdown from another thread ends the second
 * one (not on Windows). A socket that could not be connected is the caller's to close. */
MUST_USE enum err socket_connect_tcp_begin(const char *address, uint16_t port, const char *from, socket_t *out);
MUST_USE enum err socket_connect_tcp_finish(socket_t s, int64_t deadline_ns);
/* Port 0 takes a free port; `*port` always receives the one taken. */
MUST_USE enum err socket_listen_tcp(const char *address, uint16_t *port, socket_t *out);
/* Tries a free port of the inclusive range, at a random start; ERR_IN_USE when none is free. */
MUST_USE enum err socket_listen_tcp_range(const char *address, uint16_t first, uint16_t last, uint16_t *port,
                                          socket_t *out);
/* `path` names a file system socket; ERR_LIMIT when it is longer than the system allows. The
 * file is its owner's alone. A leftover file nobody answers on is replaced, else ERR_IN_USE;
 * while it looks, the listener holds a lock (flock) on the folder. */
MUST_USE enum err socket_connect_local(const char *path, int64_t deadline_ns, socket_t *out);
MUST_USE enum err socket_listen_local(const char *path, socket_t *out);
MUST_USE enum err socket_accept(socket_t listener, int64_t deadline_ns, socket_t *out);
/* Two connected sockets of this process, for tests and the memory transport. */
MUST_USE enum err socket_pair(socket_t out[2]);

/* Reads at least one byte, at most `size`; ERR_CLOSED at the end of the stream. */
MUST_USE enum err socket_read(socket_t s, void *data, size_t size, int64_t deadline_ns, size_t *out);
MUST_USE enum err socket_read_all(socket_t s, void *data, size_t size, int64_t deadline_ns);
/* Writes every byte of every slice, however often the system stops half-way. */
MUST_USE enum err socket_write_all(socket_t s, const struct socket_slice *slices, size_t count, int64_t deadline_ns);
/* Waits until readable, closed or the deadline (ERR_TIMEOUT). */
MUST_USE enum err socket_wait_readable(socket_t s, int64_t deadline_ns);
/* ERR_OK while the peer still holds the connection, ERR_CLOSED once it hung up. Reads nothing. */
MUST_USE enum err socket_check_alive(socket_t s);
/* Ends both directions; a thread blocked in a read or accept returns ERR_CLOSED. A local
 * listener also removes its file, as it does when it is closed. */
void socket_shutdown(socket_t s);
/* Ends the direction to the peer, who reads to the end of what was written; it may still be read from. */
void socket_finish(socket_t s);
/* Ends the direction from the peer: what has come can still be read, then there is ERR_CLOSED. From any thread. */
void socket_end_reading(socket_t s);
/* SOCKET_NONE is fine. */
void socket_close(socket_t s);

/* "10.1.0.2:135"; empty for a local socket. */
void socket_peer_text(socket_t s, char out[SOCKET_ADDRESS_TEXT]);
void socket_local_text(socket_t s, char out[SOCKET_ADDRESS_TEXT]);
/* The process at the other end of a local socket ([SO_PEERCRED]); 0 when unknown. */
int64_t socket_peer_pid(socket_t s);
/* First numeric address of a host name, by the system's resolver. The lookup
 * runs in a thread that is abandoned when the deadline passes. */
MUST_USE enum err socket_resolve(const char *name, int64_t deadline_ns, char out[SOCKET_ADDRESS_TEXT]);
int socket_last_error(void);

#endif
