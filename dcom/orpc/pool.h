/* Connections kept for the next call, one row per peer and security setting.
 *
 * A call has its connection to itself, so concurrent calls to one peer use several. A lane is the row:
 * endpoint, mechanism, level, impersonation and identity; whoever holds it keeps its idle connections open, and the
 * last release closes them and zeroes the credentials. A connection found dead before the first byte of a request is
 * replaced; afterwards nothing is sent twice. Any thread. */
#ifndef DCOM_POOL_H
#define DCOM_POOL_H

#include "dcom/orpc/call_cancel.h"
#include "dcom/rpc/rpc_client.h"

#define POOL_IDLE_MAXIMUM 8 /* connections kept per lane; more are closed when their call ends */

struct pool;
struct lane; /* counted */

/* `authority` proves default credentials; borrowed, may be NULL. */
MUST_USE enum err pool_create(const struct auth_authority *authority, struct pool **out);
/* Every lane must have been released. */
void pool_destroy(struct pool *p);
unsigned pool_lanes(struct pool *p);

/* Finds or makes the lane. `security->identity` is copied, its `authority` ignored; `*out` is the caller's reference.
 */
MUST_USE enum err pool_lane(struct pool *p, const struct rpc_endpoint *endpoint, const struct rpc_security *security,
                            struct lane **out);
struct lane *lane_addref(struct lane *c);
void lane_release(struct lane *c);

/* A bound connection with a presentation context for one call. */
struct lease {
    struct lane *lane; /* counted */
    struct rpc_connection *connection;
    uint16_t context_id;
    struct call_cancel *cancel; /* borrowed from the caller; may be NULL */
};

/* An idle connection or a new one, with the syntax negotiated. Connecting has until `connect_deadline_ns`, binding
 * until `deadline_ns`. */
MUST_USE enum err lane_acquire(struct lane *c, const struct rpc_syntax *syntax, int64_t connect_deadline_ns,
                               int64_t deadline_ns, struct call_cancel *cancel, struct lease *out,
                               struct rpc_failure *why);
/* Gives it back after a call that ended with `outcome`. */
void lease_return(struct lease *l, enum err outcome);

#endif
