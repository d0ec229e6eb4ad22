/* The same calls over TCP and the local socket, and what goes wrong while connecting. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "tests/auth/auth_suite.h"
#include "tests/rpc/fixture.h"

static struct echo_server server;
static struct writer request, reply;
static struct rpc_failure why;
static char folder[] = "/tmp/rpc-test-XXXXXX";

static void setup(void)
{
    echo_server_init(&server);
    echo_server_start(&server);
    writer_init(&request, 1u << 20);
    writer_init(&reply, 1u << 20);
}

static void teardown(void)
{
    echo_server_stop(&server);
    writer_cleanup(&request);
    writer_cleanup(&reply);
}

static struct rpc_endpoint tcp(const char *address)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_TCP };

    snprintf(endpoint.address, sizeof endpoint.address, "%s", address);
    return endpoint;
}

static struct rpc_endpoint local(void)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_LOCAL };

    snprintf(endpoint.address, sizeof endpoint.address, "%s/s", folder);
    remove(endpoint.address);
    return endpoint;
}

static void assert_calls(const struct rpc_endpoint *endpoint, enum auth_level level)
{
    struct rpc_security security = { .mechanism = AUTH_NTLM, .level = level, .identity = &opcuser };
    struct rpc_connection *c;

    ck_assert_int_eq(rpc_connection_open(endpoint, TEST_DEADLINE, &c, &why), ERR_OK);
    ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &security, TEST_DEADLINE, &why), ERR_OK);
    for (size_t size = 1; size < 500000; size *= 7) {
        writer_reset(&request);
        fill_pattern(&request, size);
        ck_assert_int_eq(rpc_connection_call(c, 0, ECHO_BACK, NULL, &request, &reply, TEST_DEADLINE, &why), ERR_OK);
        ck_assert_uint_eq(reply.size, size);
        ck_assert_mem_eq(reply.data, request.data, size);
    }
    rpc_connection_destroy(c);
}

static const char *const addresses[] = { "127.0.0.1", "::1" };

START_TEST(calls_travel_over_tcp_in_both_families)
{
    struct rpc_endpoint endpoint = tcp(addresses[_i]);

    ck_assert_int_eq(rpc_server_listen(server.rpc, &endpoint, 0, 0), ERR_OK);
    ck_assert_uint_ne(endpoint.port, 0);
    assert_calls(&endpoint, AUTH_LEVEL_NONE);
    assert_calls(&endpoint, AUTH_LEVEL_PACKET_PRIVACY);
}
END_TEST

START_TEST(calls_travel_over_the_local_socket)
{
    struct rpc_endpoint endpoint = local();

    ck_assert_int_eq(rpc_server_listen(server.rpc, &endpoint, 0, 0), ERR_OK);
    assert_calls(&endpoint, AUTH_LEVEL_NONE);
    assert_calls(&endpoint, AUTH_LEVEL_PACKET_INTEGRITY);
}
END_TEST

/* What the dispatch function saw of its caller. */
static struct {
    enum rpc_protseq protseq;
    int64_t pid;
    char text[64];
} seen;

static uint32_t look(void *context, struct rpc_server_call *call)
{
    (void)context;
    seen.protseq = call->protseq;
    seen.pid = call->peer_pid;
    snprintf(seen.text, sizeof seen.text, "%s", call->peer_text);
    return 0;
}

static void be_seen(struct rpc_endpoint *endpoint, const char *from)
{
    struct rpc_server_options options = server.options;
    struct rpc_security none = { .mechanism = AUTH_NONE };
    struct rpc_server *looking;
    struct rpc_connection *c;

    options.dispatch = look;
    options.disconnected = NULL;
    ck_assert_int_eq(rpc_server_create(&options, &looking), ERR_OK);
    ck_assert_int_eq(rpc_server_listen(looking, endpoint, 0, 0), ERR_OK);
    snprintf(endpoint->from, sizeof endpoint->from, "%s", from);
    ck_assert_int_eq(rpc_connection_open(endpoint, TEST_DEADLINE, &c, &why), ERR_OK);
    ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &none, TEST_DEADLINE, &why), ERR_OK);
    ck_assert_int_eq(rpc_connection_call(c, 0, 0, NULL, &request, &reply, TEST_DEADLINE, &why), ERR_OK);
    rpc_connection_destroy(c);
    rpc_server_destroy(looking);
}

START_TEST(a_dispatch_sees_where_its_caller_is)
{
    struct rpc_endpoint by_tcp = tcp("127.0.0.1"), by_path = local();

    be_seen(&by_tcp, "127.0.0.7");
    ck_assert_int_eq(seen.protseq, RPC_TCP);
    ck_assert_int_eq(seen.pid, 0);
    ck_assert_mem_eq(seen.text, "127.0.0.7:", 10);
    be_seen(&by_path, "");
    ck_assert_int_eq(seen.protseq, RPC_LOCAL);
    ck_assert_int_eq(seen.pid, process_id());
}
END_TEST

START_TEST(a_port_is_taken_from_the_range_and_a_taken_one_is_in_use)
{
    struct rpc_endpoint first = tcp("127.0.0.1"), second = tcp("127.0.0.1"), third = tcp("127.0.0.1");

    ck_assert_int_eq(rpc_server_listen(server.rpc, &first, 0, 0), ERR_OK);
    second.port = first.port;
    ck_assert_int_eq(rpc_server_listen(server.rpc, &second, 0, 0), ERR_IN_USE);
    ck_assert_int_eq(rpc_server_listen(server.rpc, &third, first.port, first.port), ERR_IN_USE);
    third = tcp("127.0.0.1");
    ck_assert_int_eq(rpc_server_listen(server.rpc, &third, 49152, 65535), ERR_OK);
    ck_assert_uint_ge(third.port, 49152);
    assert_calls(&third, AUTH_LEVEL_NONE);
}
END_TEST

START_TEST(a_refused_connection_says_so_with_the_systems_number)
{
    struct rpc_endpoint nobody = tcp("127.0.0.1");
    struct rpc_connection *c;

    ck_assert_int_eq(rpc_server_listen(server.rpc, &nobody, 0, 0), ERR_OK);
    echo_server_stop(&server);
    echo_server_start(&server);
    ck_assert_int_eq(rpc_connection_open(&nobody, TEST_DEADLINE, &c, &why), ERR_REFUSED);
    ck_assert_ptr_null(c);
    ck_assert_int_eq(why.err, ERR_REFUSED);
    ck_assert_int_eq(why.shape, RPC_WIRE_CONNECT);
    ck_assert_uint_ne(why.status, 0);
}
END_TEST

START_TEST(a_local_socket_nobody_listens_on_is_not_found)
{
    struct rpc_endpoint nobody = local();
    struct rpc_connection *c;

    ck_assert_int_eq(rpc_connection_open(&nobody, TEST_DEADLINE, &c, &why), ERR_NOT_FOUND);
    ck_assert_int_eq(why.shape, RPC_WIRE_CONNECT);
}
END_TEST

START_TEST(a_server_listens_on_several_endpoints_and_stops_them_all)
{
    struct rpc_endpoint endpoints[3] = { tcp("127.0.0.1"), tcp("127.0.0.2"), local() };
    struct rpc_connection *c;

    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(rpc_server_listen(server.rpc, &endpoints[i], 0, 0), ERR_OK);
    for (int i = 0; i < 3; i++)
        assert_calls(&endpoints[i], AUTH_LEVEL_CONNECT);
    echo_server_stop(&server);
    for (int i = 0; i < 3; i++)
        ck_assert_int_ne(rpc_connection_open(&endpoints[i], TEST_DEADLINE, &c, &why), ERR_OK);
    echo_server_start(&server);
}
END_TEST

static bool has_ipv6(void)
{
    socket_t s;
    uint16_t port = 0;

    if (socket_listen_tcp("::1", &port, &s) == ERR_OK) {
        socket_close(s);
        return true;
    }
    printf("this machine has no IPv6: only IPv4 is tested\n");
    return false;
}

int main(void)
{
    Suite *suite = suite_create("rpc transports");
    TCase *calls = tcase_create("calls");
    TCase *endpoints = tcase_create("endpoints");
    int result;

    if (!mkdtemp(folder))
        return 99;
    tcase_add_checked_fixture(calls, setup, teardown);
    tcase_set_timeout(calls, 30);
    tcase_add_loop_test(calls, calls_travel_over_tcp_in_both_families, 0, has_ipv6() ? 2 : 1);
    tcase_add_test(calls, calls_travel_over_the_local_socket);
    tcase_add_test(calls, a_dispatch_sees_where_its_caller_is);
    tcase_add_checked_fixture(endpoints, setup, teardown);
    tcase_add_test(endpoints, a_port_is_taken_from_the_range_and_a_taken_one_is_in_use);
    tcase_add_test(endpoints, a_refused_connection_says_so_with_the_systems_number);
    tcase_add_test(endpoints, a_local_socket_nobody_listens_on_is_not_found);
    tcase_add_test(endpoints, a_server_listens_on_several_endpoints_and_stops_them_all);
    suite_add_tcase(suite, calls);
    suite_add_tcase(suite, endpoints);
    result = auth_suite_run(suite);
    struct rpc_endpoint left = local(); /* removes the socket */
    (void)left;
    remove(folder);
    return result;
}
