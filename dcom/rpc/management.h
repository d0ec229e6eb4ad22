/* The management interface that every RPC server has ([C706] appendix Q, [MS-RPCE] 2.2.1.3): what a server offers,
 * whether it listens, how much it did. Its calls are open to everybody, whatever level the server asks of others, and
 * change nothing: the one that would stop the server is refused. */
#ifndef DCOM_RPC_MANAGEMENT_H
#define DCOM_RPC_MANAGEMENT_H

#include "dcom/rpc/rpc_server.h"

#define MANAGEMENT_INTERFACES_MAXIMUM 64 /* inq_if_ids names no more */

/* afa8bd80-7d8a-11c9-bef4-08002b102989 1.0 */
extern const struct rpc_syntax management_syntax;

/* What inq_stats tells, in its order. */
struct management_statistics {
    uint32_t calls_in, calls_out, pdus_in, pdus_out;
};

/* Runs a call of the interface on a server with these options; the value is as for rpc_server_options.dispatch. */
uint32_t management_dispatch(const struct rpc_server_options *options, const struct management_statistics *statistics,
                             struct rpc_server_call *call);

#endif
