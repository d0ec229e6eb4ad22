/* A server connection that is sent the input: whatever it is, it ends, and everything is given back.
 *
 * Null sessions are let in, since their keys do not depend on a challenge: recorded ones lead behind the signatures. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "dcom/rpc/server_internal.h"
#include "tests/auth/memory_authority.h"

#define INPUT_MAXIMUM 65536 /* what a pair of sockets holds for sure */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct memory_authority authority;

static bool accepts(void *context, const struct rpc_syntax *syntax)
{
    (void)context;
    return syntax->uuid.bytes[0] != 0xFF;
}

static uint32_t dispatch(void *context, struct rpc_server_call *call)
{
    size_t size = reader_left(&call->request);
    const uint8_t *stub = reader_take(&call->request, size);

    (void)context;
    if (call->opnum > 3)
        return call->opnum;
    writer_bytes(call->reply, stub, size < 4096 ? size : 4096);
    return 0;
}

static struct rpc_server *server(void)
{
    struct rpc_server_options options = { .accepts = accepts,
                                          .dispatch = dispatch,
                                          .authority = &authority.authority,
                                          .stub_maximum = 16384,
                                          .message_timeout_ns = 1000000000,
                                          .handshake_timeout_ns = 1000000000 };
    struct rpc_server *s;

    memory_authority_init(&authority);
    if (rpc_server_create(&options, &s))
        abort();
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rpc_server *s;
    struct rpc_server_connection *c;
    struct socket_slice slice = { data, size };
    socket_t pair[2];

    if (!s)
        s = server();
    if (size > INPUT_MAXIMUM)
        return 0;
    if (socket_pair(pair) || server_connection_create(s, pair[1], RPC_MEMORY, &c) ||
        socket_write_all(pair[0], &slice, 1, INT64_MAX))
        abort();
    shutdown((int)pair[0], SHUT_WR);
    server_connection_run(c);
    server_connection_destroy(c);
    socket_close(pair[0]);
    if (authority.tokens != 0)
        abort();
    return 0;
}
