/* The server's connection as its files share it.
 *
 * Threads: a connection belongs to the thread that serves it; other threads only touch what is marked
 * (LOCK server->lock). */
#ifndef DCOM_RPC_SERVER_INTERNAL_H
#define DCOM_RPC_SERVER_INTERNAL_H

#include <stdatomic.h>

#include "base/thread.h"
#include "dcom/rpc/channel.h"
#include "dcom/rpc/rpc_server.h"
#include "dcom/rpc/security.h"

struct server_listener {
    struct rpc_server *server;
    socket_t socket; /* owned */
    enum rpc_protseq protseq;
    struct thread thread;
    struct server_listener *next;
};

struct rpc_server {
    struct rpc_server_options options; /* defaults filled in; never changes */
    struct mutex lock;
    struct condition idle;                     /* signalled when a connection ends */
    struct server_listener *listeners;         /* LOCK lock */
    struct rpc_server_connection *connections; /* LOCK lock */
    unsigned connection_count;                 /* LOCK lock */
    uint32_t last_group;                       /* LOCK lock */
    atomic_bool stopping;                      /* set under the lock, read from any thread */
    atomic_uint calls_in, pdus_in, pdus_out;   /* since it was created; they wrap */
};

/* A security context of a connection; the newest comes first. */
struct server_security {
    struct security security;
    bool refused;  /* its last leg failed: [MS-RPCE] 3.3.1.5.2.1 lets the first request say so */
    uint32_t memo; /* the application's */
    struct server_security *next;
};

struct server_context {
    uint16_t id;
    struct rpc_syntax syntax;
    bool management; /* ours to answer, not the application's */
};

/* The request being assembled. */
struct server_request {
    bool active;
    uint32_t call_id;
    struct pdu_call head;
    struct server_security *security; /* borrowed; NULL without authentication */
    struct writer stub;
    int64_t deadline_ns;
};

struct rpc_server_connection {
    struct rpc_server *server;
    struct rpc_server_connection *next;  /* LOCK server->lock */
    struct rpc_server_connection **link; /* LOCK server->lock: what points at this one */
    uint32_t group;                      /* LOCK server->lock */
    struct channel channel;
    enum rpc_protseq protseq;
    int64_t peer_pid;
    char port[8]; /* secondary address of our acks */
    int64_t handshake_deadline_ns;
    bool called; /* a request was dispatched: the handshake is over */
    bool bound;
    bool client_signs_headers;
    bool keeps_on_orphan; /* the client may go on after it gave a call up */
    uint16_t fragment;    /* the most bytes per fragment that the client takes */
    uint16_t settled;     /* what our acks say of fragments, both ways */
    unsigned context_count;
    struct server_context contexts[RPC_CONTEXTS_MAXIMUM];
    unsigned security_count;
    struct server_security *securities; /* owned */
    uint32_t memo;                      /* the application's, for calls without a security context */
    struct writer token;
    struct writer reply;
    struct server_request request;
};

/* Each handles one PDU and returns false when the connection is to be closed. */
MUST_USE bool server_negotiate(struct rpc_server_connection *c, const struct pdu *pdu); /* bind, alter_context */
MUST_USE bool server_auth3(struct rpc_server_connection *c, const struct pdu *pdu);
MUST_USE bool server_request(struct rpc_server_connection *c, struct pdu *pdu);
/* A client gives its call up; what was assembled of it is dropped. */
void server_orphaned(struct rpc_server_connection *c, const struct pdu *pdu);

/* Sends what was built; false when the client does not take it. */
bool server_flush(struct rpc_server_connection *c);
/* Sends a fault PDU; false when the client does not take it. */
bool server_fault(struct rpc_server_connection *c, uint32_t call_id, uint16_t context_id, uint8_t flags,
                  uint32_t status);
struct server_security *server_security_by_id(struct rpc_server_connection *c, uint32_t id);
/* The accepted presentation context with this id, or NULL. */
const struct server_context *server_context_by_id(const struct rpc_server_connection *c, uint16_t id);
/* Puts the connection into the association group it asks for, or into a new one when it asks for 0; returns the group,
 * or 0 when there is no such group. */
uint32_t server_join_group(struct rpc_server_connection *c, uint32_t asked);
/* Takes the socket over, whatever is returned. The server does not know of the connection yet. */
MUST_USE enum err server_connection_create(struct rpc_server *s, socket_t socket, enum rpc_protseq protseq,
                                           struct rpc_server_connection **out);
/* Serves until one side has enough: the body of a connection's thread. */
void server_connection_run(struct rpc_server_connection *c);
void server_connection_destroy(struct rpc_server_connection *c);

#endif
