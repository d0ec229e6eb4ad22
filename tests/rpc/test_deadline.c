/* No wait without an end: mute, slow and dead peers, cancelled calls, connections nobody uses, and how many there may
 * be. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/thread.h"
#include "tests/auth/auth_suite.h"
#include "tests/rpc/raw.h"

#define SHORT_NS (200 * NS_PER_MS)
#define SOON_NS  (5 * NS_PER_S) /* "at once", on a machine that is busy */

static struct echo_server server;
static struct writer request, reply;
static struct rpc_failure why;

static void setup(void)
{
    echo_server_init(&server);
    writer_init(&request, (size_t)64 << 20);
    writer_init(&reply, (size_t)64 << 20);
}

static void teardown(void)
{
    if (server.rpc)
        echo_server_stop(&server);
    writer_cleanup(&request);
    writer_cleanup(&reply);
}

static enum err call_for(struct rpc_connection *c, uint16_t opnum, int64_t patience_ns)
{
    return rpc_connection_call(c, 0, opnum, NULL, &request, &reply, clock_deadline_ns(patience_ns), &why);
}

/* Waits until a counter of the server has the value. */
static void await(atomic_int *counter, int value)
{
    int64_t deadline = clock_deadline_ns(SOON_NS);

    while (atomic_load(counter) != value && clock_left_ns(deadline) > 0)
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    ck_assert_int_eq(atomic_load(counter), value);
}

static void assert_ended_in_time(int64_t started_ns, int64_t earliest_ns)
{
    int64_t took = clock_now_ns() - started_ns;

    ck_assert_int_ge(took, earliest_ns);
    ck_assert_int_lt(took, SOON_NS);
}

START_TEST(a_slow_method_ends_the_call_at_its_deadline_and_learns_that_nobody_waits)
{
    struct rpc_connection *c;
    int64_t started;

    echo_server_start(&server);
    c = echo_server_bound(&server, (enum auth_level)_i);
    writer_u32(&request, 60000);
    started = clock_now_ns();
    ck_assert_int_eq(call_for(c, ECHO_SLOW, SHORT_NS), ERR_TIMEOUT);
    assert_ended_in_time(started, SHORT_NS);
    ck_assert_int_eq(why.shape, RPC_WIRE_TIMEOUT);
    ck_assert(!rpc_connection_usable(c));
    ck_assert_int_eq(call_for(c, ECHO_BACK, SHORT_NS), ERR_CLOSED); /* never a second time */
    rpc_connection_destroy(c);
    await(&server.abandoned, 1);
}
END_TEST

START_TEST(a_mute_peer_ends_bind_and_alter_context_at_their_deadline)
{
    struct rpc_security security = { .mechanism = _i ? AUTH_NTLM : AUTH_NONE,
                                     .level = AUTH_LEVEL_CONNECT,
                                     .identity = &opcuser };
    struct rpc_connection *c;
    socket_t pair[2];
    int64_t started = clock_now_ns();

    ck_assert_int_eq(socket_pair(pair), ERR_OK);
    ck_assert_int_eq(rpc_connection_adopt(pair[0], &c), ERR_OK);
    ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &security, clock_deadline_ns(SHORT_NS), &why),
                     ERR_TIMEOUT);
    assert_ended_in_time(started, SHORT_NS);
    ck_assert_int_eq(why.shape, RPC_WIRE_TIMEOUT);
    rpc_connection_destroy(c);
    socket_close(pair[1]);
}
END_TEST

START_TEST(a_peer_that_reads_nothing_ends_a_large_request_at_its_deadline)
{
    struct pdu_bind_ack ack = { .max_send = 5840, .max_receive = 5840, .group = 1, .count = 2 };
    struct pdu_result accepted = { .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr };
    struct rpc_security none = { .mechanism = AUTH_NONE };
    struct rpc_connection *c;
    struct raw deaf;
    socket_t pair[2];
    int64_t started;

    ck_assert_int_eq(socket_pair(pair), ERR_OK);
    ck_assert_int_eq(rpc_connection_adopt(pair[0], &c), ERR_OK);
    raw_init(&deaf, pair[1]);
    size_t start = pdu_bind_ack_begin(&deaf.channel.out, PDU_BIND_ACK, PDU_WHOLE, 1, &ack, "");
    pdu_result_encode(&deaf.channel.out, &accepted);
    pdu_result_encode(&deaf.channel.out, &(struct pdu_result){ .result = PDU_NEGOTIATE_ACK });
    pdu_end(&deaf.channel.out, start, 0);
    raw_send(&deaf);
    ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &none, TEST_DEADLINE, &why), ERR_OK);
    fill_pattern(&request, (size_t)16 << 20);
    started = clock_now_ns();
    ck_assert_int_eq(call_for(c, ECHO_BACK, SHORT_NS), ERR_TIMEOUT);
    assert_ended_in_time(started, SHORT_NS);
    rpc_connection_destroy(c);
    raw_cleanup(&deaf);
}
END_TEST

/* A server that answers for ever: byte by byte, or with whole fragments that hold nothing. */
struct dripper {
    socket_t socket;
    bool fragments;
    atomic_bool stop;
};

static void drip(void *argument)
{
    struct dripper *d = argument;
    struct pdu_call call = { 0 };
    struct writer w;
    size_t at = 0;
    bool first = true;

    writer_init(&w, 65536);
    while (!atomic_load(&d->stop)) {
        struct socket_slice slice;

        if (at == w.size) {
            writer_reset(&w);
            pdu_end(&w, pdu_response_begin(&w, first ? PDU_FIRST : 0, 2, &call), 0);
            first = false;
            at = 0;
        }
        slice = (struct socket_slice){ w.data + at, d->fragments ? w.size - at : 1 };
        at += slice.size;
        if (socket_write_all(d->socket, &slice, 1, clock_deadline_ns(SHORT_NS)))
            break;
        if (!d->fragments)
            clock_sleep_until_ns(clock_deadline_ns(5 * NS_PER_MS));
    }
    writer_cleanup(&w);
}

START_TEST(a_peer_that_drips_or_floods_ends_at_the_deadline)
{
    struct pdu_bind_ack ack = { .max_send = 5840, .max_receive = 5840, .group = 1, .count = 2 };
    struct pdu_result accepted = { .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr };
    struct rpc_security none = { .mechanism = AUTH_NONE };
    struct dripper dripper = { .fragments = _i };
    struct rpc_connection *c;
    struct thread thread;
    struct raw peer;
    socket_t pair[2];
    int64_t started;

    ck_assert_int_eq(socket_pair(pair), ERR_OK);
    ck_assert_int_eq(rpc_connection_adopt(pair[0], &c), ERR_OK);
    raw_init(&peer, pair[1]);
    size_t start = pdu_bind_ack_begin(&peer.channel.out, PDU_BIND_ACK, PDU_WHOLE, 1, &ack, "");
    pdu_result_encode(&peer.channel.out, &accepted);
    pdu_result_encode(&peer.channel.out, &(struct pdu_result){ .result = PDU_NEGOTIATE_ACK });
    pdu_end(&peer.channel.out, start, 0);
    raw_send(&peer);
    ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &none, TEST_DEADLINE, &why), ERR_OK);
    dripper.socket = pair[1];
    started = clock_now_ns();
    ck_assert_int_eq(thread_start(&thread, drip, &dripper), ERR_OK);
    ck_assert_int_eq(call_for(c, ECHO_BACK, SHORT_NS), ERR_TIMEOUT);
    assert_ended_in_time(started, SHORT_NS);
    atomic_store(&dripper.stop, true);
    thread_join(&thread);
    rpc_connection_destroy(c);
    raw_cleanup(&peer);
}
END_TEST

static void cancel_soon(void *connection)
{
    clock_sleep_until_ns(clock_deadline_ns(SHORT_NS));
    rpc_connection_cancel(connection);
}

START_TEST(another_thread_cancels_a_call)
{
    struct rpc_connection *c;
    struct thread thread;
    int64_t started;

    echo_server_start(&server);
    c = echo_server_bound(&server, AUTH_LEVEL_PACKET);
    writer_u32(&request, 60000);
    started = clock_now_ns();
    ck_assert_int_eq(thread_start(&thread, cancel_soon, c), ERR_OK);
    ck_assert_int_eq(call_for(c, ECHO_SLOW, 60 * NS_PER_S), ERR_CANCELLED);
    assert_ended_in_time(started, SHORT_NS);
    thread_join(&thread);
    ck_assert(!rpc_connection_usable(c));
    rpc_connection_destroy(c);
    await(&server.abandoned, 1);
}
END_TEST

START_TEST(a_cancelled_connection_stays_cancelled)
{
    struct rpc_connection *c;

    echo_server_start(&server);
    c = echo_server_bound(&server, AUTH_LEVEL_NONE);
    rpc_connection_cancel(c);
    ck_assert(!rpc_connection_usable(c));
    ck_assert_int_eq(call_for(c, ECHO_BACK, SHORT_NS), ERR_CANCELLED);
    rpc_connection_destroy(c);
}
END_TEST

/* A socket that listens and whose queue is full answers no further attempt, like a host behind a firewall that drops.
 */
START_TEST(another_thread_cancels_connecting_to_a_silent_address)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_TCP, .address = "127.0.0.1" };
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct rpc_connection *connections[8];
    unsigned count = 0;
    struct thread thread;

    ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    ck_assert_int_eq(listen(listener, 0), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&a, &size), 0);
    endpoint.port = ntohs(a.sin_port);
    while (rpc_connection_open(&endpoint, clock_deadline_ns(SHORT_NS), &connections[count], &why) == ERR_OK)
        ck_assert_uint_lt(++count, 8);
    ck_assert_int_eq(why.err, ERR_TIMEOUT);
    ck_assert_int_eq(rpc_connection_begin(&endpoint, TEST_DEADLINE, &connections[count], &why), ERR_OK);
    int64_t started = clock_now_ns();
    ck_assert_int_eq(thread_start(&thread, cancel_soon, connections[count]), ERR_OK);
    ck_assert_int_eq(rpc_connection_finish(connections[count], &endpoint, TEST_DEADLINE, &why), ERR_CANCELLED);
    ck_assert_int_eq(why.shape, RPC_WIRE_CONNECT);
    assert_ended_in_time(started, SHORT_NS);
    thread_join(&thread);
    for (unsigned i = 0; i <= count; i++)
        rpc_connection_destroy(connections[i]);
    close(listener);
}
END_TEST

static void stop_soon(void *argument)
{
    clock_sleep_until_ns(clock_deadline_ns(SHORT_NS));
    rpc_server_destroy(argument);
}

START_TEST(a_server_that_is_destroyed_wakes_everybody)
{
    struct rpc_connection *c, *idle;
    struct thread thread;
    int64_t started;

    echo_server_start(&server);
    c = echo_server_bound(&server, AUTH_LEVEL_PACKET);
    idle = echo_server_bound(&server, AUTH_LEVEL_PACKET);
    writer_u32(&request, 60000);
    started = clock_now_ns();
    ck_assert_int_eq(thread_start(&thread, stop_soon, server.rpc), ERR_OK);
    server.rpc = NULL;
    ck_assert_int_eq(call_for(c, ECHO_SLOW, 60 * NS_PER_S), ERR_CLOSED);
    assert_ended_in_time(started, SHORT_NS);
    thread_join(&thread);
    ck_assert(!rpc_connection_usable(idle));
    rpc_connection_destroy(c);
    rpc_connection_destroy(idle);
    ck_assert_int_eq(atomic_load(&server.disconnected), 2);
    ck_assert_int_eq(server.authority.tokens, 0);
}
END_TEST

static void destroy_server(void *argument)
{
    rpc_server_destroy(argument);
}

/* Two requests one after the other, of which the first is being served while the server is told to end. */
START_TEST(a_server_that_is_destroyed_answers_what_has_come)
{
    struct raw peer;
    struct thread thread;
    const uint32_t delay_ms = 100;

    echo_server_start(&server);
    raw_init(&peer, echo_server_socket(&server));
    raw_bind(&peer);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_SLOW, &delay_ms, sizeof delay_ms);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "abcd", 4);
    raw_send(&peer);
    clock_sleep_until_ns(clock_deadline_ns(20 * NS_PER_MS));
    ck_assert_int_eq(thread_start(&thread, destroy_server, server.rpc), ERR_OK);
    server.rpc = NULL;
    ck_assert_uint_eq(raw_receive(&peer).header.type, PDU_RESPONSE);
    ck_assert_uint_eq(raw_receive(&peer).header.type, PDU_RESPONSE);
    ck_assert_uint_eq(raw_receive_end(&peer).header.type, 0xFF);
    thread_join(&thread);
    raw_cleanup(&peer);
}
END_TEST

START_TEST(a_client_that_never_calls_is_hung_up_on_and_one_that_did_may_idle)
{
    struct rpc_connection *caller, *binder;
    struct raw silent;
    int64_t started = clock_now_ns();

    server.options.handshake_timeout_ns = SHORT_NS;
    echo_server_start(&server);
    caller = echo_server_bound(&server, AUTH_LEVEL_PACKET);
    ck_assert_int_eq(call_for(caller, ECHO_BACK, SOON_NS), ERR_OK);
    binder = echo_server_bound(&server, AUTH_LEVEL_PACKET);
    raw_init(&silent, echo_server_socket(&server));
    ck_assert_uint_eq(raw_receive_end(&silent).header.type, 0xFF);
    assert_ended_in_time(started, SHORT_NS);
    await(&server.disconnected, 2);
    ck_assert(!rpc_connection_usable(binder));
    ck_assert(rpc_connection_usable(caller));
    ck_assert_int_eq(call_for(caller, ECHO_BACK, SOON_NS), ERR_OK);
    raw_cleanup(&silent);
    rpc_connection_destroy(binder);
    rpc_connection_destroy(caller);
}
END_TEST

/* It gives the memory of large messages back meanwhile, which nobody may notice. */
START_TEST(a_connection_that_was_silent_for_a_while_carries_large_calls_as_before)
{
    enum {
        LARGE = 300000
    };
    struct rpc_connection *c;

    echo_server_start(&server);
    c = echo_server_bound(&server, AUTH_LEVEL_PACKET_PRIVACY);
    for (int i = 0; i < 2; i++) {
        writer_reset(&request);
        uint8_t *data = writer_room(&request, LARGE);
        ck_assert_ptr_nonnull(data);
        memset(data, 'a' + i, LARGE);
        writer_reset(&reply);
        ck_assert_int_eq(call_for(c, ECHO_BACK, 4 * SOON_NS), ERR_OK);
        ck_assert_uint_eq(reply.size, LARGE);
        ck_assert_mem_eq(reply.data, request.data, LARGE);
        clock_sleep_until_ns(clock_deadline_ns(1300 * NS_PER_MS));
    }
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_request_that_is_not_finished_in_time_ends_its_connection)
{
    struct raw peer;
    int64_t started;

    server.options.message_timeout_ns = SHORT_NS;
    echo_server_start(&server);
    raw_init(&peer, echo_server_socket(&server));
    raw_bind(&peer);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "abcd", 4);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive(&peer).header.type, PDU_RESPONSE);
    clock_sleep_until_ns(clock_deadline_ns(2 * SHORT_NS)); /* between requests there is time */
    started = clock_now_ns();
    raw_request(&peer, PDU_FIRST, 0, ECHO_BACK, "abcd", 4);
    if (_i == 1) { /* the PDU itself breaks off */
        raw_send(&peer);
        raw_request(&peer, 0, 0, ECHO_BACK, "abcd", 4);
        peer.channel.out.size -= 3;
    }
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_end(&peer).header.type, 0xFF);
    assert_ended_in_time(started, SHORT_NS);
    raw_cleanup(&peer);
}
END_TEST

START_TEST(a_client_that_does_not_take_its_reply_is_left)
{
    uint8_t size[4];
    struct raw peer;
    int64_t started;

    server.options.message_timeout_ns = SHORT_NS;
    echo_server_start(&server);
    raw_init(&peer, echo_server_socket(&server));
    raw_bind(&peer);
    store_u32(size, 32u << 20);
    started = clock_now_ns();
    raw_request(&peer, PDU_WHOLE, 0, ECHO_SIZE, size, sizeof size);
    raw_send(&peer);
    await(&server.disconnected, 1);
    assert_ended_in_time(started, SHORT_NS);
    raw_cleanup(&peer);
}
END_TEST

START_TEST(connections_beyond_the_maximum_are_closed_at_once)
{
    struct rpc_connection *connections[20];
    struct rpc_connection *extra;
    socket_t pair[2];

    server.options.connection_maximum = 20;
    echo_server_start(&server);
    for (int i = 0; i < 20; i++)
        connections[i] = echo_server_bound(&server, AUTH_LEVEL_NONE);
    ck_assert_uint_eq(rpc_server_connections(server.rpc), 20);
    ck_assert_int_eq(socket_pair(pair), ERR_OK);
    ck_assert_int_eq(rpc_server_adopt(server.rpc, pair[1]), ERR_LIMIT);
    ck_assert_int_eq(rpc_connection_adopt(pair[0], &extra), ERR_OK);
    ck_assert(!rpc_connection_usable(extra));
    rpc_connection_destroy(extra);
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(call_for(connections[i], ECHO_BACK, SOON_NS), ERR_OK);
    /* One that ends makes room for another. */
    rpc_connection_destroy(connections[0]);
    await(&server.disconnected, 1);
    for (int64_t deadline = clock_deadline_ns(SOON_NS); rpc_server_connections(server.rpc) == 20;)
        ck_assert_int_gt(clock_left_ns(deadline), 0);
    connections[0] = echo_server_bound(&server, AUTH_LEVEL_NONE);
    for (int i = 0; i < 20; i++)
        rpc_connection_destroy(connections[i]);
}
END_TEST

struct caller {
    struct thread thread;
    enum auth_level level;
    unsigned good;
};

static void call_often(void *argument)
{
    struct caller *caller = argument;
    struct rpc_connection *c = echo_server_bound(&server, caller->level);
    struct writer in, out;
    struct rpc_failure failure;

    writer_init(&in, 1u << 20);
    writer_init(&out, 1u << 20);
    for (unsigned i = 0; i < 40; i++) {
        writer_reset(&in);
        fill_pattern(&in, 37 * i * i);
        if (rpc_connection_call(c, 0, ECHO_BACK, NULL, &in, &out, TEST_DEADLINE, &failure) == ERR_OK &&
            out.size == in.size && (in.size == 0 || memcmp(in.data, out.data, in.size) == 0))
            caller->good++;
    }
    rpc_connection_destroy(c);
    writer_cleanup(&in);
    writer_cleanup(&out);
}

START_TEST(many_clients_call_at_the_same_time)
{
    struct caller callers[12];

    echo_server_start(&server);
    for (int i = 0; i < 12; i++) {
        callers[i] = (struct caller){ .level = (enum auth_level)(AUTH_LEVEL_NONE + i % 6) };
        ck_assert_int_eq(thread_start(&callers[i].thread, call_often, &callers[i]), ERR_OK);
    }
    for (int i = 0; i < 12; i++) {
        thread_join(&callers[i].thread);
        ck_assert_uint_eq(callers[i].good, 40);
    }
    ck_assert_int_eq(atomic_load(&server.dispatched), 12 * 40);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rpc deadlines");
    TCase *client = tcase_create("client");
    TCase *servers = tcase_create("server");
    TCase *many = tcase_create("many");

    tcase_add_checked_fixture(client, setup, teardown);
    tcase_set_timeout(client, 30);
    tcase_add_loop_test(client, a_slow_method_ends_the_call_at_its_deadline_and_learns_that_nobody_waits,
                        AUTH_LEVEL_NONE, AUTH_LEVEL_PACKET_PRIVACY + 1);
    tcase_add_loop_test(client, a_mute_peer_ends_bind_and_alter_context_at_their_deadline, 0, 2);
    tcase_add_test(client, a_peer_that_reads_nothing_ends_a_large_request_at_its_deadline);
    tcase_add_loop_test(client, a_peer_that_drips_or_floods_ends_at_the_deadline, 0, 2);
    tcase_add_test(client, another_thread_cancels_a_call);
    tcase_add_test(client, a_cancelled_connection_stays_cancelled);
    tcase_add_test(client, another_thread_cancels_connecting_to_a_silent_address);
    tcase_add_checked_fixture(servers, setup, teardown);
    tcase_set_timeout(servers, 30);
    tcase_add_test(servers, a_server_that_is_destroyed_wakes_everybody);
    tcase_add_test(servers, a_connection_that_was_silent_for_a_while_carries_large_calls_as_before);
    tcase_add_test(servers, a_server_that_is_destroyed_answers_what_has_come);
    tcase_add_test(servers, a_client_that_never_calls_is_hung_up_on_and_one_that_did_may_idle);
    tcase_add_loop_test(servers, a_request_that_is_not_finished_in_time_ends_its_connection, 0, 2);
    tcase_add_test(servers, a_client_that_does_not_take_its_reply_is_left);
    tcase_add_checked_fixture(many, setup, teardown);
    tcase_set_timeout(many, 60);
    tcase_add_test(many, connections_beyond_the_maximum_are_closed_at_once);
    tcase_add_test(many, many_clients_call_at_the_same_time);
    suite_add_tcase(suite, client);
    suite_add_tcase(suite, servers);
    suite_add_tcase(suite, many);
    return auth_suite_run(suite);
}
