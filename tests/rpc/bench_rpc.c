/* What a call costs over TCP on loopback, per level and size of the reply; client and server in one process.
 *
 * usage: bench_rpc [MILLISECONDS per figure, default 300]
 *
 * Prints the median and the fastest of single calls in microseconds. Not a test: figures of a busy machine mean
 * nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/histogram.h"
#include "tests/rpc/fixture.h"

static const uint32_t sizes[] = { 0, 5000, 280000 };

static void measure(struct rpc_connection *c, uint32_t size, int64_t duration_ns, struct histogram *times)
{
    struct writer request, reply;
    struct rpc_failure why;
    int64_t end = clock_deadline_ns(duration_ns);

    writer_init(&request, 16);
    writer_init(&reply, 1u << 20);
    writer_u32(&request, size);
    histogram_reset(times);
    for (unsigned warm = 0; clock_left_ns(end) > 0; warm++) {
        int64_t start = clock_now_ns();

        if (rpc_connection_call(c, 0, ECHO_SIZE, NULL, &request, &reply, TEST_DEADLINE, &why) || reply.size != size)
            abort();
        if (warm >= 10)
            histogram_add(times, clock_now_ns() - start);
    }
    writer_cleanup(&request);
    writer_cleanup(&reply);
}

int main(int argc, char **argv)
{
    int64_t duration_ns = (argc > 1 ? atoi(argv[1]) : 300) * NS_PER_MS;
    struct rpc_endpoint endpoint = { .protseq = RPC_TCP, .address = "127.0.0.1" };
    static struct histogram times;
    struct echo_server server;

    echo_server_init(&server);
    echo_server_start(&server);
    if (rpc_server_listen(server.rpc, &endpoint, 0, 0))
        abort();
    printf("%-18s %10s %12s %12s %8s\n", "level", "reply", "median us", "fastest us", "calls");
    for (int level = AUTH_LEVEL_NONE; level <= AUTH_LEVEL_PACKET_PRIVACY; level++) {
        struct rpc_security security = { .mechanism = AUTH_NTLM,
                                         .level = (enum auth_level)level,
                                         .identity = &opcuser };
        struct rpc_connection *c;
        struct rpc_failure why;

        if (level == AUTH_LEVEL_CALL)
            continue; /* travels as packet */
        if (rpc_connection_open(&endpoint, TEST_DEADLINE, &c, &why) ||
            rpc_connection_bind(c, &echo_syntax, 1, &security, TEST_DEADLINE, &why))
            abort();
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            measure(c, sizes[i], duration_ns, &times);
            printf("%-18s %10u %12.1f %12.1f %8llu\n", auth_level_name((unsigned)level), sizes[i],
                   (double)histogram_percentile_ns(&times, 500000) / 1000, (double)times.minimum_ns / 1000,
                   (unsigned long long)times.count);
        }
        rpc_connection_destroy(c);
    }
    echo_server_stop(&server);
    return 0;
}
