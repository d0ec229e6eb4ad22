/* From a name a person or a peer gives to the endpoint to connect to.
 *
 * host.json comes first: its `names` map a host to address and resolver port, and the socket is opened from the host's
 * own address, so that several hosts can live on one machine. A NULL host asks the system alone. Any thread. */
#ifndef DCOM_TARGET_H
#define DCOM_TARGET_H

#include "dcom/orpc/bindings.h"
#include "security/host.h"

/* "beta", "\\BETA", "10.2.0.2", "10.2.0.2[1135]". A port in brackets is taken, else that of `names`, else
 * `default_port`. ERR_RESOLVE when the name has no address before the deadline. */
MUST_USE enum err target_parse(const struct host *host, const char *text, uint16_t default_port, int64_t deadline_ns,
                               struct rpc_endpoint *out);
/* The endpoint of a binding that has its port. */
MUST_USE enum err target_of_binding(const struct host *host, const struct string_binding *b, int64_t deadline_ns,
                                    struct rpc_endpoint *out);
/* Whether any of the bindings names this host. False without a host. */
bool target_is_here(const struct host *host, const DUALSTRINGARRAY *bindings);

#endif
