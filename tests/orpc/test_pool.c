/* Pooled connections against a server that counts: what is replaced in silence, and what is never sent twice. */
#include <check.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread.h"
#include "dcom/orpc/pool.h"
#include "dcom/rpc/channel.h"
#include "dcom/rpc/pdu_bind.h"
#include "tests/orpc/orpc_suite.h"

#define DEADLINE (clock_deadline_ns(20 * NS_PER_S))

static const struct rpc_syntax syntax = { { { 1, 2, 3, 4 } }, 1, 0 };

/* How the server ends a connection. */
enum manner {
    KEEPS,             /* it does not */
    CLOSES_AFTER_CALL, /* when it has answered one request */
    CLOSES_IN_CALL     /* when it has read one request */
};

static struct {
    socket_t listener;
    struct thread thread;
    struct rpc_endpoint endpoint;
    atomic_int manner, connections, requests, closed;
    atomic_uint group;   /* the one it has; binds that ask for another are refused */
    atomic_uint refused; /* the last one it refused */
} server;

static struct pool *pool;
static struct rpc_failure why;
static const struct rpc_security none = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };

static void answer_bind(struct channel *c, const struct pdu *pdu)
{
    struct pdu_result results[2] = { { .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr },
                                     { .result = PDU_NEGOTIATE_ACK } };
    struct pdu_bind_ack ack = {
        .max_send = 5840, .max_receive = 5840, .group = atomic_load(&server.group), .count = 2
    };
    struct pdu_bind bind;
    size_t start;

    if (pdu_bind_decode(pdu, &bind) || (bind.group != 0 && bind.group != ack.group)) {
        atomic_store(&server.refused, bind.group);
        pdu_bind_nak_encode(&c->out, pdu->header.call_id, PDU_NAK_NOT_SPECIFIED);
        return;
    }
    start = pdu_bind_ack_begin(&c->out, PDU_BIND_ACK, PDU_WHOLE, pdu->header.call_id, &ack, "1");
    for (unsigned i = 0; i < 2; i++)
        pdu_result_encode(&c->out, &results[i]);
    pdu_end(&c->out, start, 0);
}

/* Returns false when the connection is to be closed. */
static bool serve_pdu(struct channel *c, const struct pdu *pdu)
{
    struct pdu_call call = { 0 };

    if (pdu->header.type == PDU_BIND) {
        answer_bind(c, pdu);
        return channel_flush(c, DEADLINE) == ERR_OK;
    }
    atomic_fetch_add(&server.requests, 1);
    if (atomic_load(&server.manner) == CLOSES_IN_CALL)
        return false;
    pdu_end(&c->out, pdu_response_begin(&c->out, PDU_WHOLE, pdu->header.call_id, &call), 0);
    return channel_flush(c, DEADLINE) == ERR_OK && atomic_load(&server.manner) != CLOSES_AFTER_CALL;
}

static void serve_connection(void *argument)
{
    struct channel *c = argument;
    struct pdu pdu;

    while (channel_receive(c, DEADLINE, &pdu) == ERR_OK && serve_pdu(c, &pdu))
        continue;
    channel_cleanup(c);
    free(c);
    atomic_fetch_add(&server.closed, 1);
}

static void serve(void *nothing)
{
    socket_t socket;

    (void)nothing;
    while (socket_accept(server.listener, CLOCK_NEVER, &socket) == ERR_OK) {
        struct channel *c = malloc(sizeof *c);
        if (!c || channel_init(c, socket))
            abort();
        atomic_fetch_add(&server.connections, 1);
        if (thread_start_detached(serve_connection, c))
            abort();
    }
}

static void setup(void)
{
    memset(&server, 0, sizeof server);
    atomic_init(&server.group, 7);
    server.endpoint = (struct rpc_endpoint){ .protseq = RPC_TCP, .address = "127.0.0.1" };
    ck_assert_int_eq(socket_listen_tcp("127.0.0.1", &server.endpoint.port, &server.listener), ERR_OK);
    ck_assert_int_eq(thread_start(&server.thread, serve, NULL), ERR_OK);
    ck_assert_int_eq(pool_create(NULL, &pool), ERR_OK);
}

static void wait_until_closed(void)
{
    while (atomic_load(&server.closed) < atomic_load(&server.connections))
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
}

static void teardown(void)
{
    pool_destroy(pool);
    wait_until_closed();
    socket_shutdown(server.listener);
    thread_join(&server.thread);
    socket_close(server.listener);
}

static struct lane *lane_at(enum auth_level level)
{
    struct rpc_security security = none;
    struct lane *lane;

    security.level = level; /* another lane to the same server */
    ck_assert_int_eq(pool_lane(pool, &server.endpoint, &security, &lane), ERR_OK);
    return lane;
}

static enum err call(struct lane *lane)
{
    struct writer request, reply;
    struct lease lease;
    enum err e = lane_acquire(lane, &syntax, DEADLINE, DEADLINE, NULL, &lease, &why);

    if (e)
        return e;
    writer_init(&request, 100);
    writer_init(&reply, 100);
    e = rpc_connection_call(lease.connection, lease.context_id, 3, NULL, &request, &reply, DEADLINE, &why);
    lease_return(&lease, e);
    writer_cleanup(&request);
    writer_cleanup(&reply);
    return e;
}

START_TEST(an_idle_connection_is_used_again)
{
    struct lane *lane = lane_at(AUTH_LEVEL_NONE);

    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(call(lane), ERR_OK);
    ck_assert_int_eq(atomic_load(&server.connections), 1);
    ck_assert_int_eq(atomic_load(&server.requests), 3);
    lane_release(lane);
}
END_TEST

START_TEST(a_connection_closed_while_idle_is_replaced_in_silence)
{
    struct lane *lane = lane_at(AUTH_LEVEL_NONE);

    atomic_store(&server.manner, CLOSES_AFTER_CALL);
    for (int i = 1; i <= 3; i++) {
        ck_assert_int_eq(call(lane), ERR_OK);
        wait_until_closed();
        ck_assert_int_eq(atomic_load(&server.connections), i);
        ck_assert_int_eq(atomic_load(&server.requests), i);
    }
    lane_release(lane);
}
END_TEST

START_TEST(a_request_whose_connection_was_closed_is_never_sent_again)
{
    struct lane *lane = lane_at(AUTH_LEVEL_NONE);

    if (_i == 1) /* also not when the connection had served before */
        ck_assert_int_eq(call(lane), ERR_OK);
    atomic_store(&server.manner, CLOSES_IN_CALL);
    ck_assert_int_eq(call(lane), ERR_CLOSED);
    ck_assert_int_eq(why.shape, RPC_WIRE_CLOSED);
    wait_until_closed();
    ck_assert_int_eq(atomic_load(&server.connections), 1);
    ck_assert_int_eq(atomic_load(&server.requests), _i + 1);
    lane_release(lane);
}
END_TEST

START_TEST(all_connections_to_a_server_join_one_association)
{
    struct lane *first = lane_at(AUTH_LEVEL_NONE), *second = lane_at(AUTH_LEVEL_CONNECT);

    ck_assert_int_eq(call(first), ERR_OK);
    ck_assert_int_eq(call(second), ERR_OK);
    ck_assert_int_eq(atomic_load(&server.connections), 2);
    ck_assert_uint_eq(atomic_load(&server.refused), 0);
    lane_release(first);
    lane_release(second);
}
END_TEST

START_TEST(an_association_that_the_server_forgot_is_founded_anew)
{
    struct lane *first = lane_at(AUTH_LEVEL_NONE), *second = lane_at(AUTH_LEVEL_CONNECT);

    ck_assert_int_eq(call(first), ERR_OK);
    atomic_store(&server.group, 8);
    ck_assert_int_eq(call(second), ERR_OK);
    ck_assert_uint_eq(atomic_load(&server.refused), 7); /* so it did ask for the old one */
    ck_assert_int_eq(atomic_load(&server.connections), 3);
    ck_assert_int_eq(atomic_load(&server.requests), 2);
    lane_release(first);
    lane_release(second);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *tests = tcase_create("pool");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, an_idle_connection_is_used_again);
    tcase_add_test(tests, a_connection_closed_while_idle_is_replaced_in_silence);
    tcase_add_loop_test(tests, a_request_whose_connection_was_closed_is_never_sent_again, 0, 2);
    tcase_add_test(tests, all_connections_to_a_server_join_one_association);
    tcase_add_test(tests, an_association_that_the_server_forgot_is_founded_anew);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
