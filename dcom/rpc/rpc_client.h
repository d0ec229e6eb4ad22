/* The client half of RPC: connections, binding, calls.
 *
 * Calls block the calling thread; a connection carries one call at a time and belongs to
 * its user meanwhile. Pooling is orpc/'s. Every wait has a deadline (absolute,
 * clock_now_ns); after an error other than a fault of a call or a rejected context the connection is dead and
 * only rpc_connection_destroy is useful. A request is never sent twice. */
#ifndef DCOM_RPC_CLIENT_H
#define DCOM_RPC_CLIENT_H

#include "base/bytes.h"
#include "dcom/rpc/rpc.h"

struct rpc_connection;

struct rpc_security {
    enum auth_mechanism mechanism;          /* AUTH_NONE: no authentication whatever the level */
    enum auth_level level;                  /* asked; auth_level_on_wire(level) travels */
    uint8_t impersonation;                  /* RPC_C_IMP_LEVEL_* */
    const struct auth_identity *identity;   /* NULL: default credentials; borrowed until connected */
    const struct auth_authority *authority; /* borrowed for the connection's life */
    const char *principal;                  /* SPN or NULL */
};

MUST_USE enum err rpc_connection_open(const struct rpc_endpoint *endpoint, int64_t deadline_ns,
                                      struct rpc_connection **out, struct rpc_failure *why);
/* The same in two steps, so that a silent address can be given up: once begun, rpc_connection_cancel ends the second
 * step. A connection that could not be finished is the caller's to destroy. */
MUST_USE enum err rpc_connection_begin(const struct rpc_endpoint *endpoint, int64_t deadline_ns,
                                       struct rpc_connection **out, struct rpc_failure *why);
MUST_USE enum err rpc_connection_finish(struct rpc_connection *c, const struct rpc_endpoint *endpoint,
                                        int64_t deadline_ns, struct rpc_failure *why);
/* Adopts a connected socket (memory transport, tests). */
MUST_USE enum err rpc_connection_adopt(int64_t socket, struct rpc_connection **out);
/* Before the bind: the association group to join, one of another connection to the same server, or 0 for a new one (the
 * default). A server that does not know it refuses the bind with a bind_nak of reason 0. */
void rpc_connection_join(struct rpc_connection *c, uint32_t group);
/* After the bind: the group the connection is in. */
uint32_t rpc_connection_group(const struct rpc_connection *c);
/* Offers `count` abstract syntaxes in one bind, with or without authentication, and runs every leg.
 * A raw NTLM bind ends with auth3, which has no answer: a refused logon shows at the first call. With SPNEGO it shows
 * here, as ERR_FAULT with status 5. ERR_NAK with RPC_WIRE_CONTEXT_REJECTED only when the server has none of the
 * syntaxes; one it lacks among others is told by rpc_connection_context. ERR_NOT_FOUND: default credentials, and this
 * process has none. ERR_UNSUPPORTED with RPC_WIRE_BAD_PDU: the peer answered a token with none. */
MUST_USE enum err rpc_connection_bind(struct rpc_connection *c, const struct rpc_syntax *syntaxes, unsigned count,
                                      const struct rpc_security *security, int64_t deadline_ns,
                                      struct rpc_failure *why);
/* The presentation context of a syntax; negotiated by alter_context when it is not known yet. */
MUST_USE enum err rpc_connection_context(struct rpc_connection *c, const struct rpc_syntax *syntax, int64_t deadline_ns,
                                         uint16_t *context_id, struct rpc_failure *why);
/* One call. `object` is the IPID of an ORPC call or NULL. `request` is the whole stub; `reply` is reset and receives
 * the whole stub. ERR_FAULT leaves the connection usable, but for the faults after which servers hang up
 * (rpc_connection_usable tells); why->status has the fault status. */
MUST_USE enum err rpc_connection_call(struct rpc_connection *c, uint16_t context_id, uint16_t opnum,
                                      const struct rpc_guid *object, const struct writer *request, struct writer *reply,
                                      int64_t deadline_ns, struct rpc_failure *why);
/* Wakes a thread waiting on this connection (it returns ERR_CANCELLED). From any thread. */
void rpc_connection_cancel(struct rpc_connection *c);
/* True while no error happened and the peer has not hung up. */
bool rpc_connection_usable(struct rpc_connection *c);
void rpc_connection_destroy(struct rpc_connection *c);

enum auth_level rpc_connection_level(const struct rpc_connection *c);         /* as sent */
enum auth_mechanism rpc_connection_mechanism(const struct rpc_connection *c); /* inner one for SPNEGO */
bool rpc_connection_header_signing(const struct rpc_connection *c);
/* The process at the other end of a local connection; 0 when there is none or it is unknown. */
int64_t rpc_connection_peer_pid(const struct rpc_connection *c);
uint64_t rpc_connection_bytes(const struct rpc_connection *c, uint32_t *pdus); /* both ways, so far */

#endif
