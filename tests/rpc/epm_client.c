/* Our client against somebody else's endpoint mapper: ept_lookup with NTLM or SPNEGO.
 *
 * usage: epm_client ADDRESS PORT MECHANISM LEVEL USER [OPNUM [SURPLUS]]    the password comes by OPCPROBE_PASSWORD
 *
 * SURPLUS zeros follow the parameters, so that the request travels in fragments.
 *
 * Prints "ok ENTRIES entries, status 0x..." or "failed ERROR shape N status 0x... ntstatus 0x..."; ends with 0 in both
 * cases and with 3 when it could not even connect. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "dcom/rpc/rpc_client.h"

#define EPT_LOOKUP     2
#define ENTRIES_WANTED 500

/* e1af8308-5d1f-11c9-91a4-08002b14a0fa 3.0 */
static const struct rpc_syntax epm_syntax = {
    { { 0x08, 0x83, 0xaf, 0xe1, 0x1f, 0x5d, 0xc9, 0x11, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa } }, 3, 0
};

static int report(const struct rpc_failure *why)
{
    printf("failed %s shape %d status 0x%X ntstatus 0x%X\n", err_text(why->err), (int)why->shape, why->status,
           why->ntstatus);
    return 0;
}

/* ept_lookup([in] inquiry, [in] object, [in] interface, [in] version option, [in,out] handle, [in] count ...) */
static int look_up(struct rpc_connection *c, uint16_t opnum, size_t surplus)
{
    struct writer request, reply;
    struct rpc_failure why;
    uint16_t context;
    enum err e;

    writer_init(&request, (size_t)1 << 20);
    writer_init(&reply, (size_t)16 << 20);
    writer_zeros(&request, 12); /* all interfaces, no object, no interface */
    writer_u32(&request, 1);
    writer_zeros(&request, 20); /* a fresh handle */
    writer_u32(&request, ENTRIES_WANTED);
    writer_zeros(&request, surplus);
    e = rpc_connection_context(c, &epm_syntax, clock_deadline_ns(5 * NS_PER_S), &context, &why);
    if (!e)
        e = rpc_connection_call(c, context, opnum, NULL, &request, &reply, clock_deadline_ns(5 * NS_PER_S), &why);
    if (e)
        report(&why);
    else if (reply.size >= 28)
        printf("ok %u entries, status 0x%X, %zu bytes, level %s\n", load_u32(reply.data + 20),
               load_u32(reply.data + reply.size - 4), reply.size, auth_level_name(rpc_connection_level(c)));
    writer_cleanup(&request);
    writer_cleanup(&reply);
    return 0;
}

int main(int argc, char **argv)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_TCP };
    struct auth_identity identity = { 0 };
    struct rpc_security security = { .identity = &identity, .principal = "host/samba" };
    struct rpc_connection *c;
    struct rpc_failure why;
    int result;

    if (argc < 6 || !auth_level_parse(argv[4], &security.level) ||
        secret_read(NULL, "OPCPROBE_PASSWORD", NULL, identity.password)) {
        fprintf(stderr,
                "usage: OPCPROBE_PASSWORD=... epm_client ADDRESS PORT MECHANISM LEVEL USER [OPNUM [SURPLUS]]\n");
        return 2;
    }
    snprintf(endpoint.address, sizeof endpoint.address, "%s", argv[1]);
    endpoint.port = (uint16_t)atoi(argv[2]);
    security.mechanism = strcmp(argv[3], auth_mechanism_name(AUTH_SPNEGO)) == 0 ? AUTH_SPNEGO : AUTH_NTLM;
    snprintf(identity.user, sizeof identity.user, "%s", argv[5]);
    if (rpc_connection_open(&endpoint, clock_deadline_ns(5 * NS_PER_S), &c, &why)) {
        report(&why);
        return 3;
    }
    if (rpc_connection_bind(c, &epm_syntax, 1, &security, clock_deadline_ns(5 * NS_PER_S), &why))
        result = report(&why);
    else
        result = look_up(c, (uint16_t)(argc > 6 ? atoi(argv[6]) : EPT_LOOKUP), argc > 7 ? (size_t)atoi(argv[7]) : 0);
    rpc_connection_destroy(c);
    secret_zero(&identity, sizeof identity);
    return result;
}
