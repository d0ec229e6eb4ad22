/* A peer for Samba's suite of PDUs, where it calls NETLOGON to see requests put together: an endpoint mapper that knows
 * that one interface, and a server of it whose NetrServerReqChallenge ([MS-NRPC] 3.5.4.4.1) is content with anything.
 *
 * usage: netlogon_server ADDRESS PORT    (of the endpoint mapper) prints "ready", serves until its standard input ends
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/rpc/rpc_server.h"
#include "dcom/scm/epm.h"
#include "tests/auth/memory_authority.h"

#define SERVER_REQ_CHALLENGE 4
#define CHALLENGE_BYTES      8

/* 12345678-1234-abcd-ef00-01234567cffb 1.0 */
static const struct rpc_syntax netlogon_syntax = {
    { { 0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0xcf, 0xfb } }, 1, 0
};

static struct epm_entry entry = { .tower.address = { 127, 0, 0, 1 } };

static bool accepts(void *syntax, const struct rpc_syntax *asked)
{
    const struct rpc_syntax *ours = syntax;

    return memcmp(asked->uuid.bytes, ours->uuid.bytes, sizeof ours->uuid.bytes) == 0 && asked->major == ours->major;
}

static uint32_t map(void *context, struct rpc_server_call *call)
{
    struct epm_query query;

    (void)context;
    if (call->opnum != EPM_MAP)
        return RPC_STATUS_OP_RANGE;
    if (epm_map_decode(&call->request, &query))
        return RPC_STATUS_BAD_STUB_DATA;
    epm_map_reply(call->reply, &query.handle, query.maximum, &entry, epm_matches(&query, &entry));
    return 0;
}

static uint32_t challenge(void *context, struct rpc_server_call *call)
{
    (void)context;
    if (call->opnum != SERVER_REQ_CHALLENGE)
        return RPC_STATUS_OP_RANGE;
    writer_zeros(call->reply, CHALLENGE_BYTES);
    writer_u32(call->reply, 0);
    return 0;
}

static struct rpc_server *serve(const struct rpc_syntax *syntax, uint32_t (*dispatch)(void *, struct rpc_server_call *),
                                struct memory_authority *authority, struct rpc_endpoint *endpoint)
{
    struct rpc_server_options options = {
        .accepts = accepts, .dispatch = dispatch, .context = (void *)syntax, .authority = &authority->authority
    };
    struct rpc_server *server;
    enum err e = rpc_server_create(&options, &server);

    if (!e)
        e = rpc_server_listen(server, endpoint, 0, 0);
    if (e) {
        fprintf(stderr, "netlogon_server: %s port %u: %s\n", endpoint->address, endpoint->port, err_text(e));
        exit(3);
    }
    return server;
}

int main(int argc, char **argv)
{
    struct rpc_endpoint mapper = { .protseq = RPC_TCP }, service = { .protseq = RPC_TCP };
    struct memory_authority authority;
    struct rpc_server *servers[2];

    if (argc != 3) {
        fprintf(stderr, "usage: netlogon_server ADDRESS PORT\n");
        return 2;
    }
    snprintf(mapper.address, sizeof mapper.address, "%s", argv[1]);
    snprintf(service.address, sizeof service.address, "%s", argv[1]);
    mapper.port = (uint16_t)atoi(argv[2]);
    memory_authority_init(&authority);
    servers[0] = serve(&netlogon_syntax, challenge, &authority, &service);
    entry.tower.abstract = netlogon_syntax;
    entry.tower.transfer = rpc_syntax_ndr;
    entry.tower.port = service.port;
    servers[1] = serve(&epm_syntax, map, &authority, &mapper);
    printf("ready\n");
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    rpc_server_destroy(servers[1]);
    rpc_server_destroy(servers[0]);
    return 0;
}
