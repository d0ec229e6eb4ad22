/* The client's connection as client.c, client_bind.c and client_call.c share it. */
#ifndef DCOM_RPC_CLIENT_INTERNAL_H
#define DCOM_RPC_CLIENT_INTERNAL_H

#include "dcom/rpc/channel.h"
#include "dcom/rpc/rpc_client.h"
#include "dcom/rpc/security.h"

struct client_context {
    struct rpc_syntax syntax;
    uint16_t id;
};

struct rpc_connection {
    struct channel channel;
    int64_t begun_ns; /* when connecting began */
    struct security security;
    enum auth_level level_asked;
    bool header_signing; /* both sides said so in the first authenticated exchange */
    bool bound;
    atomic_bool broken; /* an error other than a fault happened */
    uint16_t fragment;  /* the most bytes per fragment that the peer takes */
    uint32_t call_id;   /* of the last exchange */
    uint32_t group;     /* association group: to be joined before the bind, the one we are in after it */
    struct pdu_extended_error extended_error; /* of the last refusal, good until the next PDU comes */
    uint16_t next_context_id;
    unsigned context_count;
    struct client_context contexts[RPC_CONTEXTS_MAXIMUM]; /* accepted ones */
};

/* The next call_id, or ERR_LIMIT when the connection has used them up: they never roll over. */
MUST_USE enum err client_next_call_id(struct rpc_connection *c, uint32_t *out);
/* Fills `why` for an error below the PDUs, breaks the connection and returns `e`. */
enum err client_transport_failed(struct rpc_connection *c, enum err e, struct rpc_failure *why);
/* The same for a PDU that is not what we may expect, or that says no. */
enum err client_refused(struct rpc_connection *c, enum err e, int shape, const struct pdu *pdu, uint32_t status,
                        struct rpc_failure *why);
/* The accepted context with this id, or NULL. */
const struct client_context *client_context_by_id(const struct rpc_connection *c, uint16_t id);

#endif
