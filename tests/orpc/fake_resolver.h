/* A resolver of another host, played: IObjectExporter on a loopback port, as old and as deaf as a test wants it. */
#ifndef TESTS_ORPC_FAKE_RESOLVER_H
#define TESTS_ORPC_FAKE_RESOLVER_H

#include <dcom.h>

#include "dcom/rpc/rpc_server.h"

#define FAKE_RESOLVER_ADDRESS "127.0.0.1"

struct fake_resolver {
    /* Set before the start. */
    unsigned newest_opnum; /* operations behind it do not exist: 5 has ServerAlive2, 3 only ServerAlive */
    COMVERSION version;
    OXID oxid;                       /* the one it knows */
    DUALSTRINGARRAY *oxid_bindings;  /* borrowed */
    DUALSTRINGARRAY *alive_bindings; /* borrowed; what ServerAlive2 says, or NULL */
    IPID ipid_rem_unknown;
    /* Filled. */
    struct rpc_server *server;
    uint16_t port;
    unsigned alive_calls, alive2_calls, resolve_calls, resolve2_calls;
    unsigned connections;
};

void fake_resolver_start(struct fake_resolver *f);
void fake_resolver_stop(struct fake_resolver *f);

#endif
