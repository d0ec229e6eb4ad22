/* Protocol towers ([C706] appendix L, as [MS-RPCE] 2.2.1.2.2 bounds them): an interface, its transfer syntax, the RPC
 * protocol, and where it listens. Both directions know one kind, connection-oriented RPC over TCP and IPv4: the
 * appendix has no floor for IPv6. */
#ifndef SCM_TOWER_H
#define SCM_TOWER_H

#include "base/bytes.h"
#include "dcom/rpc/rpc.h"

#define TOWER_BYTES_MAXIMUM  2000 /* [MS-RPCE] 2.2.1.2.2 */
#define TOWER_FLOORS_MAXIMUM 16   /* real ones have at most seven */

struct tower {
    struct rpc_syntax abstract, transfer;
    uint16_t port;      /* 0 where the tower only asks */
    uint8_t address[4]; /* network order; zeros where the tower only asks */
};

/* Appends the octets. Their number is always TOWER_TCP_BYTES. */
#define TOWER_TCP_BYTES 75
void tower_encode(struct writer *w, const struct tower *tower);
/* Reads a tower of `size` octets. ERR_PROTOCOL: it is none, or goes on behind its floors; ERR_UNSUPPORTED: a
 * well-formed tower of another protocol. */
MUST_USE enum err tower_decode(const uint8_t *octets, size_t size, struct tower *out);

#endif
