/* The echo interface on a TCP port, for peers that are programs of their own.
 *
 * usage: echo_server ADDRESS [PORT]    prints "ready PORT", serves until its standard input ends
 *
 * Calls and decided logons are told on standard output, one line each. */
#include <dcom_observer.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/rpc/fixture.h"

static void tell(void *context, const struct dcom_event *event)
{
    (void)context;
    if (event->kind == DCOM_INCOMING_AUTH)
        printf("logon %s ntstatus=0x%08X level=%s\n", event->account, event->ntstatus,
               auth_level_name(event->level_sent));
    if (event->kind == DCOM_INCOMING_CALL)
        printf("call opnum=%u level=%s account=%s\n", event->opnum, auth_level_name(event->level_sent), event->account);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_TCP };
    struct echo_server server;
    enum err e;

    if (argc < 2) {
        fprintf(stderr, "usage: echo_server ADDRESS [PORT]\n");
        return 2;
    }
    snprintf(endpoint.address, sizeof endpoint.address, "%s", argv[1]);
    endpoint.port = (uint16_t)(argc > 2 ? atoi(argv[2]) : 0);
    dcom_set_observer(tell, NULL);
    echo_server_init(&server);
    echo_server_start(&server);
    e = rpc_server_listen(server.rpc, &endpoint, 0, 0);
    if (e) {
        fprintf(stderr, "echo_server: %s port %u: %s\n", endpoint.address, endpoint.port, err_text(e));
        return 3;
    }
    printf("ready %u\n", endpoint.port);
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    echo_server_stop(&server);
    return 0;
}
