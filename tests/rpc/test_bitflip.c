/* Somebody in the middle changes one bit of a call. Where the level protects PDUs nothing changed is ever executed or
 * believed; where it does not, the change arrives, and in no case does anybody crash or wait beyond the deadline. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "tests/auth/auth_suite.h"
#include "tests/rpc/raw.h"

/* Where a refusal is expected a silent one is as good, and waiting for it takes most of the time. */
#define PATIENCE_NS     (80 * NS_PER_MS)
#define ALL_THE_TIME_NS (10 * NS_PER_S)
#define NO_BIT          SIZE_MAX
static const char stub[] = "sixteen bytes ok";
#define STUB 16

/* The one in the middle. The conversation is bind, ack, auth3 (if any), request, response. */
struct middle {
    struct channel client, server;
    bool authenticated;
    uint8_t victim; /* PDU_REQUEST or PDU_RESPONSE */
    size_t bit;
    int64_t patience_ns;
    size_t size; /* of the victim, once it was seen */
};

/* Passes one PDU on; false when there is none. */
static bool pass(struct middle *m, struct channel *from, struct channel *to)
{
    struct socket_slice slice;
    struct pdu pdu;

    /* Only what follows the changed PDU may fail to come: before it, a busy machine gets all the time it wants. */
    if (channel_receive(from, clock_deadline_ns(m->size ? m->patience_ns : ALL_THE_TIME_NS), &pdu))
        return false;
    if (pdu.header.type == m->victim) {
        m->size = pdu.header.size;
        if (m->bit != NO_BIT)
            pdu.data[m->bit / 8] ^= (uint8_t)(1 << m->bit % 8);
    }
    slice = (struct socket_slice){ pdu.data, m->size && pdu.header.type == m->victim ? m->size : pdu.header.size };
    return socket_write_all(to->socket, &slice, 1, clock_deadline_ns(m->patience_ns)) == ERR_OK;
}

static void interfere(void *argument)
{
    struct middle *m = argument;

    if (pass(m, &m->client, &m->server) && pass(m, &m->server, &m->client) &&
        (!m->authenticated || pass(m, &m->client, &m->server)) && pass(m, &m->client, &m->server))
        pass(m, &m->server, &m->client);
}

struct outcome {
    enum err err;
    bool dispatched;
    uint8_t reply[STUB];
    size_t reply_size;
    size_t victim_size;
};

/* One call at `level` with one bit of its request or response changed. */
static struct outcome call_with_flip(enum auth_level level, uint8_t victim, size_t bit, int64_t patience_ns)
{
    struct middle m = {
        .authenticated = level > AUTH_LEVEL_NONE, .victim = victim, .bit = bit, .patience_ns = patience_ns
    };
    struct rpc_security security = { .mechanism = AUTH_NTLM, .level = level, .identity = &opcuser };
    struct rpc_connection *c;
    struct rpc_failure why;
    struct outcome result = { 0 };
    struct writer request, reply;
    struct echo_server server;
    struct thread thread;
    socket_t pair[2];

    echo_server_init(&server);
    server.options.message_timeout_ns = patience_ns;
    echo_server_start(&server);
    writer_init(&request, 65536);
    writer_init(&reply, 65536);
    writer_bytes(&request, stub, STUB);
    ck_assert_int_eq(socket_pair(pair), ERR_OK);
    ck_assert_int_eq(channel_init(&m.client, pair[1]), ERR_OK);
    ck_assert_int_eq(channel_init(&m.server, echo_server_socket(&server)), ERR_OK);
    ck_assert_int_eq(rpc_connection_adopt(pair[0], &c), ERR_OK);
    ck_assert_int_eq(thread_start(&thread, interfere, &m), ERR_OK);
    ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &security, TEST_DEADLINE, &why), ERR_OK);
    result.err = rpc_connection_call(c, 0, ECHO_BACK, NULL, &request, &reply, clock_deadline_ns(patience_ns), &why);
    thread_join(&thread);
    rpc_connection_destroy(c);
    channel_cleanup(&m.client);
    channel_cleanup(&m.server);
    echo_server_stop(&server);
    result.dispatched = atomic_load(&server.dispatched) > 0;
    result.reply_size = reply.size;
    if (reply.size > 0)
        memcpy(result.reply, reply.data, reply.size < STUB ? reply.size : STUB);
    result.victim_size = m.size;
    writer_cleanup(&request);
    writer_cleanup(&reply);
    return result;
}

START_TEST(no_changed_request_is_executed_where_the_level_protects)
{
    struct outcome unchanged = call_with_flip((enum auth_level)_i, PDU_REQUEST, NO_BIT, ALL_THE_TIME_NS);

    ck_assert_int_eq(unchanged.err, ERR_OK);
    ck_assert_uint_eq(unchanged.victim_size, PDU_CALL_HEADER + STUB + PDU_TRAILER + 16);
    for (size_t bit = 0; bit < unchanged.victim_size * 8; bit++) {
        struct outcome o = call_with_flip((enum auth_level)_i, PDU_REQUEST, bit, PATIENCE_NS);

        ck_assert_msg(!o.dispatched, "bit %zu of byte %zu was executed", bit % 8, bit / 8);
        ck_assert_msg(o.err != ERR_OK, "bit %zu of byte %zu", bit % 8, bit / 8);
    }
}
END_TEST

START_TEST(no_changed_response_is_believed_where_the_level_protects)
{
    struct outcome unchanged = call_with_flip((enum auth_level)_i, PDU_RESPONSE, NO_BIT, ALL_THE_TIME_NS);

    ck_assert_int_eq(unchanged.err, ERR_OK);
    for (size_t bit = 0; bit < unchanged.victim_size * 8; bit++) {
        struct outcome o = call_with_flip((enum auth_level)_i, PDU_RESPONSE, bit, PATIENCE_NS);

        ck_assert_msg(o.err != ERR_OK && o.reply_size == 0, "bit %zu of byte %zu", bit % 8, bit / 8);
    }
}
END_TEST

START_TEST(a_changed_stub_arrives_changed_where_it_does_not)
{
    static const uint8_t victims[] = { PDU_REQUEST, PDU_RESPONSE };

    for (size_t v = 0; v < 2; v++) {
        for (size_t bit = PDU_CALL_HEADER * 8; bit < (PDU_CALL_HEADER + STUB) * 8; bit++) {
            struct outcome o = call_with_flip((enum auth_level)_i, victims[v], bit, ALL_THE_TIME_NS);
            size_t at = bit / 8 - PDU_CALL_HEADER;

            ck_assert_int_eq(o.err, ERR_OK);
            ck_assert_uint_eq(o.reply_size, STUB);
            ck_assert_uint_eq(o.reply[at], (uint8_t)(stub[at] ^ 1 << bit % 8));
            o.reply[at] = (uint8_t)stub[at];
            ck_assert_mem_eq(o.reply, stub, STUB);
        }
    }
}
END_TEST

START_TEST(a_changed_header_without_protection_ends_within_the_deadline)
{
    int64_t started = clock_now_ns();

    for (size_t bit = 0; bit < PDU_CALL_HEADER * 8; bit++) {
        call_with_flip((enum auth_level)_i, PDU_REQUEST, bit, PATIENCE_NS);
        call_with_flip((enum auth_level)_i, PDU_RESPONSE, bit, PATIENCE_NS);
    }
    ck_assert_int_lt(clock_now_ns() - started, 2 * PDU_CALL_HEADER * 8 * 5 * PATIENCE_NS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rpc with somebody in the middle");
    TCase *protected = tcase_create("protected");
    TCase *open = tcase_create("open");

    tcase_set_timeout(protected, 110);
    tcase_add_loop_test(protected, no_changed_request_is_executed_where_the_level_protects, AUTH_LEVEL_CALL,
                        AUTH_LEVEL_PACKET_PRIVACY + 1);
    tcase_add_loop_test(protected, no_changed_response_is_believed_where_the_level_protects, AUTH_LEVEL_CALL,
                        AUTH_LEVEL_PACKET_PRIVACY + 1);
    tcase_set_timeout(open, 110);
    tcase_add_loop_test(open, a_changed_stub_arrives_changed_where_it_does_not, AUTH_LEVEL_NONE,
                        AUTH_LEVEL_CONNECT + 1);
    tcase_add_loop_test(open, a_changed_header_without_protection_ends_within_the_deadline, AUTH_LEVEL_NONE,
                        AUTH_LEVEL_CONNECT + 1);
    suite_add_tcase(suite, protected);
    suite_add_tcase(suite, open);
    return auth_suite_run(suite);
}
