/* The server half of RPC: listening, associations, dispatch. Every server has the management interface besides what
 * its options accept (dcom/rpc/management.h).
 *
 * Threads: one per listening endpoint (blocked in accept) and one per connection, which reads a
 * request, dispatches it on itself and writes the reply: there is no hop to another thread. Both wait without
 * a deadline where nothing is owed to them: for a connection, and for the next request of a client that has made one.
 * rpc_server_destroy wakes and waits for all of them; it must not be called from a dispatch. */
#ifndef DCOM_RPC_SERVER_H
#define DCOM_RPC_SERVER_H

#include "base/bytes.h"
#include "dcom/rpc/rpc.h"

struct rpc_server;

/* What a dispatch function sees of one call. Everything is borrowed and good until it returns. */
struct rpc_server_call {
    const struct rpc_syntax *syntax; /* the abstract syntax of the presentation context */
    const struct rpc_guid *object;   /* the request's object UUID (IPID), or NULL */
    uint16_t opnum;
    struct reader request;         /* the whole request stub */
    struct writer *reply;          /* empty; the reply stub goes here */
    enum auth_mechanism mechanism; /* AUTH_NONE without authentication */
    enum auth_level level;         /* of this call's security context, as on the wire */
    uint8_t impersonation;
    uint32_t group;               /* association group of the connection: context handles belong to one */
    const struct auth_peer *peer; /* NULL without authentication */
    /* A number the dispatch function keeps with the caller: one per security context of the connection, and one for a
     * connection without any; 0 at first. */
    uint32_t *memo;
    enum rpc_protseq protseq;
    int64_t peer_pid;      /* local transport: the calling process; else 0 */
    const char *peer_text; /* "10.1.0.2:49801" */
    struct rpc_server_connection *connection;
};

struct rpc_server_options {
    /* Whether this abstract syntax can be bound (its version included). */
    bool (*accepts)(void *context, const struct rpc_syntax *syntax);
    /* Runs a call. 0: the reply stub is sent; anything else: a fault with that status, and the stub is dropped. */
    uint32_t (*dispatch)(void *context, struct rpc_server_call *call);
    /* A client's connection ended (its thread is about to finish). May be NULL. */
    void (*disconnected)(void *context, struct rpc_server_connection *connection);
    void *context;
    const struct auth_authority *authority; /* NULL: no authentication is offered */
    enum auth_level minimum_level;          /* a call below it gets fault 5, except through `exempt` */
    /* Syntaxes whose calls the minimum does not apply to (the resolver). May be NULL. */
    bool (*exempt)(void *context, const struct rpc_syntax *syntax, uint16_t opnum);
    /* What the management interface names as offered, besides itself: writes at most `capacity` and returns how many.
     * May be NULL. */
    size_t (*interfaces)(void *context, struct rpc_syntax *out, size_t capacity);
    size_t stub_maximum;          /* 0: RPC_STUB_MAXIMUM_DEFAULT; larger requests get fault 5 */
    unsigned connection_maximum;  /* 0: 2,000; further ones are closed at once */
    int64_t handshake_timeout_ns; /* from accept to the first request; 0: 30 s */
    int64_t
        message_timeout_ns; /* from the first byte of a request to its last, and for a peer to take a reply; 0: 60 s */
};

MUST_USE enum err rpc_server_create(const struct rpc_server_options *options, struct rpc_server **out);
/* Listens on the endpoint. TCP: port 0 takes a free one (of [first_port, last_port] if given nonzero) and writes it
 * back. */
MUST_USE enum err rpc_server_listen(struct rpc_server *s, struct rpc_endpoint *endpoint, uint16_t first_port,
                                    uint16_t last_port);
/* Serves a connected socket on a thread of its own (memory transport, tests). */
MUST_USE enum err rpc_server_adopt(struct rpc_server *s, int64_t socket);
unsigned rpc_server_connections(const struct rpc_server *s);
/* Takes no more requests, answers those that have come, and cuts off who is not done half a second later. */
void rpc_server_destroy(struct rpc_server *s);

/* Address of the client whose connection this thread serves, or NULL: for an authority, which is asked in the middle of
 * a handshake and writes down who knocked. Empty for local clients. */
const char *rpc_server_current_peer(void);
/* Whether the client of a call being dispatched is still there: for methods that wait long. */
bool rpc_server_call_abandoned(const struct rpc_server_call *call);
/* Whether this thread serves a connection, and whether the client of that has gone: for calls within calls. */
bool rpc_server_serving(void);
bool rpc_server_serves_nobody(void);

#endif
