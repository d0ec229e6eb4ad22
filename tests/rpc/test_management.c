/* The management interface, which every server has. */
#include <check.h>
#include <string.h>

#include "dcom/rpc/management.h"
#include "tests/auth/auth_suite.h"
#include "tests/rpc/fixture.h"

enum management_operation {
    INQ_IF_IDS,
    INQ_STATS,
    IS_SERVER_LISTENING,
    STOP_SERVER_LISTENING,
    INQ_PRINC_NAME,
    NONE_SUCH
};

static struct echo_server server;
static struct rpc_connection *connection;
static struct writer request, reply;

/* The fixture's server takes every syntax of these tests for its own but this one. */
static bool accepts_echo(void *context, const struct rpc_syntax *syntax)
{
    (void)context;
    return memcmp(&syntax->uuid, &echo_syntax.uuid, sizeof syntax->uuid) == 0;
}

static size_t name_echo(void *context, struct rpc_syntax *out, size_t capacity)
{
    (void)context;
    ck_assert_uint_ge(capacity, 1);
    out[0] = echo_syntax;
    return 1;
}

static void setup(void)
{
    struct rpc_security none = { .level = AUTH_LEVEL_NONE };
    struct rpc_failure why;

    echo_server_init(&server);
    server.options.accepts = accepts_echo;
    server.options.interfaces = name_echo;
    server.options.minimum_level = AUTH_LEVEL_PACKET_INTEGRITY;
    echo_server_start(&server);
    connection = echo_server_connect(&server);
    ck_assert_int_eq(rpc_connection_bind(connection, &management_syntax, 1, &none, TEST_DEADLINE, &why), ERR_OK);
    writer_init(&request, 1024);
    writer_init(&reply, 65536);
}

static void teardown(void)
{
    writer_cleanup(&reply);
    writer_cleanup(&request);
    rpc_connection_destroy(connection);
    echo_server_stop(&server);
}

/* Sends what is in `request`. 0, or the status of the fault. */
static uint32_t call(uint16_t opnum)
{
    struct rpc_failure why;
    uint16_t context;

    ck_assert_int_eq(rpc_connection_context(connection, &management_syntax, TEST_DEADLINE, &context, &why), ERR_OK);
    writer_reset(&reply);
    enum err e = rpc_connection_call(connection, context, opnum, NULL, &request, &reply, TEST_DEADLINE, &why);
    writer_reset(&request);
    ck_assert_int_eq(e != ERR_OK, why.shape == RPC_WIRE_FAULT);
    return why.status;
}

START_TEST(the_interfaces_are_named_whatever_level_the_server_asks_of_others)
{
    uint8_t expected[72] = { 0, 0, 2, 0, 2, 0, 0, 0, 2, 0, 0, 0, 4, 0, 2, 0, 8, 0, 2, 0 };

    memcpy(expected + 20, echo_syntax.uuid.bytes, 16);
    store_u16(expected + 36, echo_syntax.major);
    memcpy(expected + 40, management_syntax.uuid.bytes, 16);
    store_u16(expected + 56, 1);
    ck_assert_uint_eq(call(INQ_IF_IDS), 0);
    ck_assert_uint_eq(reply.size, 64);
    ck_assert_mem_eq(reply.data, expected, 64);
    ck_assert_int_eq(atomic_load(&server.dispatched), 0);
}
END_TEST

START_TEST(the_statistics_count_calls_and_pdus)
{
    writer_u32(&request, 50);
    ck_assert_uint_eq(call(INQ_STATS), 0);
    ck_assert_uint_eq(reply.size, 28);
    ck_assert_uint_eq(load_u32(reply.data), 4);
    ck_assert_uint_eq(load_u32(reply.data + 4), 4);
    ck_assert_uint_eq(load_u32(reply.data + 8), 1);  /* this call */
    ck_assert_uint_eq(load_u32(reply.data + 12), 0); /* a server makes none */
    ck_assert_uint_eq(load_u32(reply.data + 16), 2); /* the bind and this request */
    ck_assert_uint_eq(load_u32(reply.data + 20), 1); /* the bind_ack */
    writer_u32(&request, 1);
    ck_assert_uint_eq(call(INQ_STATS), 0);
    ck_assert_uint_eq(reply.size, 16);
    ck_assert_uint_eq(load_u32(reply.data + 8), 2);
    writer_u32(&request, 51); /* more than the interface allows */
    ck_assert_uint_eq(call(INQ_STATS), RPC_STATUS_BAD_STUB_DATA);
    ck_assert_uint_eq(call(INQ_STATS), RPC_STATUS_BAD_STUB_DATA);
}
END_TEST

START_TEST(it_listens_and_nobody_stops_it)
{
    ck_assert_uint_eq(call(STOP_SERVER_LISTENING), 0);
    ck_assert_uint_eq(reply.size, 4);
    ck_assert_uint_eq(load_u32(reply.data), RPC_STATUS_ACCESS_DENIED);
    ck_assert_uint_eq(call(IS_SERVER_LISTENING), 0);
    ck_assert_uint_eq(reply.size, 8);
    ck_assert_uint_eq(load_u32(reply.data), 0);
    ck_assert_uint_eq(load_u32(reply.data + 4), 1);
}
END_TEST

START_TEST(a_mechanism_we_have_has_an_empty_principal_and_others_are_unknown)
{
    static const uint8_t empty[] = { 9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

    writer_u32(&request, AUTH_NTLM);
    writer_u32(&request, 9);
    ck_assert_uint_eq(call(INQ_PRINC_NAME), 0);
    ck_assert_uint_eq(reply.size, sizeof empty);
    ck_assert_mem_eq(reply.data, empty, sizeof empty);
    writer_u32(&request, 68);
    writer_u32(&request, 9);
    ck_assert_uint_eq(call(INQ_PRINC_NAME), 0);
    ck_assert_uint_eq(load_u32(reply.data + 16), 1747);
    writer_u32(&request, AUTH_NTLM);
    writer_u32(&request, 4097);
    ck_assert_uint_eq(call(INQ_PRINC_NAME), RPC_STATUS_BAD_STUB_DATA);
    writer_u32(&request, AUTH_NTLM); /* the size is missing */
    ck_assert_uint_eq(call(INQ_PRINC_NAME), RPC_STATUS_BAD_STUB_DATA);
}
END_TEST

START_TEST(it_has_five_operations)
{
    ck_assert_uint_eq(call(NONE_SUCH), RPC_STATUS_OP_RANGE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("management");
    TCase *tests = tcase_create("management");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_interfaces_are_named_whatever_level_the_server_asks_of_others);
    tcase_add_test(tests, the_statistics_count_calls_and_pdus);
    tcase_add_test(tests, it_listens_and_nobody_stops_it);
    tcase_add_test(tests, a_mechanism_we_have_has_an_empty_principal_and_others_are_unknown);
    tcase_add_test(tests, it_has_five_operations);
    suite_add_tcase(suite, tests);
    return auth_suite_run(suite);
}
