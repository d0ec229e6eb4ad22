/* A client whose server answers with the input. Its first byte chooses the level, the rest is the stream. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/socket.h"
#include "dcom/rpc/rpc_client.h"

#define INPUT_MAXIMUM 65536 /* what a pair of sockets holds for sure */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rpc_syntax syntaxes[] = { { { { 1 } }, 1, 0 }, { { { 2 } }, 1, 0 } };
static const struct rpc_syntax added = { { { 3 } }, 1, 0 };

static void converse(struct rpc_connection *c, enum auth_level level)
{
    static const struct auth_identity anonymous;
    struct rpc_security security = { .mechanism = AUTH_NTLM, .level = level, .identity = &anonymous };
    int64_t deadline = clock_deadline_ns(NS_PER_S);
    struct writer request, reply;
    struct rpc_failure why;
    uint16_t id;

    writer_init(&request, 65536);
    writer_init(&reply, 16384);
    writer_zeros(&request, 6000);
    if (rpc_connection_bind(c, syntaxes, 2, &security, deadline, &why) == ERR_OK) {
        for (int i = 0; i < 3; i++)
            if (rpc_connection_call(c, 0, 1, NULL, &request, &reply, deadline, &why) != ERR_OK && reply.size != 0)
                abort();
        if (rpc_connection_context(c, &added, deadline, &id, &why) == ERR_OK &&
            rpc_connection_call(c, id, 1, NULL, &request, &reply, deadline, &why) != ERR_OK && why.err == ERR_OK)
            abort();
    }
    writer_cleanup(&request);
    writer_cleanup(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rpc_connection *c;
    struct socket_slice slice;
    socket_t pair[2];

    if (size == 0 || size > INPUT_MAXIMUM)
        return 0;
    slice = (struct socket_slice){ data + 1, size - 1 };
    if (socket_pair(pair) || rpc_connection_adopt(pair[0], &c) || socket_write_all(pair[1], &slice, 1, INT64_MAX))
        abort();
    shutdown((int)pair[1], SHUT_WR);
    converse(c, (enum auth_level)(AUTH_LEVEL_NONE + data[0] % 6));
    rpc_connection_destroy(c);
    socket_close(pair[1]);
    return 0;
}
