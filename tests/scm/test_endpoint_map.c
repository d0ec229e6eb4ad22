/* The endpoint mapper and the management interface of a real probe-scm, seen by our own client. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dcom/rpc/management.h"
#include "dcom/scm/epm.h"
#include "tests/scm/host_fixture.h"

#define LISTED 5 /* interfaces of a host that runs nothing */

enum management_operation {
    INQ_IF_IDS,
    IS_SERVER_LISTENING = 2,
    STOP_SERVER_LISTENING
};

static struct host_fixture host;
static struct rpc_connection *connection;
static struct writer request, reply;

static void set_up(void)
{
    memset(&host, 0, sizeof host);
    host_fixture_start(&host, NULL, "");
    connection = host_fixture_remote(&host, &IID_IObjectExporter, NULL, NULL, AUTH_LEVEL_NONE);
    writer_init(&request, 4096);
    writer_init(&reply, (size_t)1 << 20);
}

static void tear_down(void)
{
    writer_cleanup(&request);
    writer_cleanup(&reply);
    rpc_connection_destroy(connection);
    host_fixture_stop(&host);
}

/* Sends what is in `request`. 0, or the status of the fault. */
static uint32_t call_on(struct rpc_connection *c, const struct rpc_syntax *syntax, uint16_t opnum)
{
    struct rpc_failure why;
    uint16_t context;
    int64_t deadline_ns = clock_deadline_ns(10 * NS_PER_S);
    writer_reset(&reply);
    ck_assert_int_eq(rpc_connection_context(c, syntax, deadline_ns, &context, &why), ERR_OK);
    enum err e = rpc_connection_call(c, context, opnum, NULL, &request, &reply, deadline_ns, &why);
    writer_reset(&request);
    ck_assert_int_eq(e != ERR_OK, why.shape == RPC_WIRE_FAULT);
    return why.status;
}

static uint32_t look_up(struct rpc_connection *c, const uint8_t handle[20], uint32_t maximum)
{
    writer_zeros(&request, 12); /* everything: no object, no interface */
    writer_u32(&request, EPM_VERSIONS_ALL);
    writer_bytes(&request, handle, 20);
    writer_u32(&request, maximum);
    return call_on(c, &epm_syntax, EPM_LOOKUP);
}

static uint32_t reply_count(void)
{
    return load_u32(reply.data + 20);
}

static uint32_t reply_status(void)
{
    return load_u32(reply.data + reply.size - 4);
}

static const uint8_t fresh[20];

START_TEST(a_host_that_runs_nothing_lists_its_own_interfaces)
{
    ck_assert_uint_eq(look_up(connection, fresh, 500), 0);
    ck_assert_uint_eq(reply_count(), LISTED);
    ck_assert_uint_eq(reply_status(), 0);
    ck_assert_mem_eq(reply.data, fresh, sizeof fresh); /* that was all */
}
END_TEST

START_TEST(a_search_goes_on_where_it_stopped_and_ends)
{
    uint8_t handle[20] = { 0 };
    unsigned seen = 0, calls = 0;
    do {
        ck_assert_uint_eq(look_up(connection, handle, 2), 0);
        seen += reply_count();
        memcpy(handle, reply.data, sizeof handle);
        ck_assert_uint_lt(++calls, 4);
    } while (memcmp(handle, fresh, sizeof fresh) != 0);
    ck_assert_uint_eq(seen, LISTED);
    ck_assert_uint_eq(calls, 3);
}
END_TEST

START_TEST(a_handle_is_good_for_its_association_alone)
{
    struct rpc_connection *other = host_fixture_remote(&host, &IID_IObjectExporter, NULL, NULL, AUTH_LEVEL_NONE);
    uint8_t handle[20], forged[20] = { 0, 0, 0, 0, 1 };
    ck_assert_uint_eq(look_up(connection, fresh, 1), 0);
    memcpy(handle, reply.data, sizeof handle);
    ck_assert_uint_eq(look_up(other, handle, 1), RPC_STATUS_CONTEXT_MISMATCH);
    ck_assert_uint_eq(look_up(connection, forged, 1), RPC_STATUS_CONTEXT_MISMATCH);
    writer_bytes(&request, handle, sizeof handle);
    ck_assert_uint_eq(call_on(connection, &epm_syntax, EPM_LOOKUP_HANDLE_FREE), 0);
    ck_assert_uint_eq(reply.size, 24);
    ck_assert_mem_eq(reply.data, fresh, sizeof fresh);
    ck_assert_uint_eq(reply_status(), 0);
    rpc_connection_destroy(other);
}
END_TEST

static void ask_for(const struct rpc_syntax *syntax)
{
    const struct tower tower = { .abstract = *syntax, .transfer = rpc_syntax_ndr };
    writer_u32(&request, 0);
    writer_u32(&request, 1);
    writer_u32(&request, TOWER_TCP_BYTES);
    writer_u32(&request, TOWER_TCP_BYTES);
    tower_encode(&request, &tower);
    writer_align(&request, 4);
    writer_zeros(&request, 20);
    writer_u32(&request, 4);
    ck_assert_uint_eq(call_on(connection, &epm_syntax, EPM_MAP), 0);
}

START_TEST(map_gives_the_port_and_address_of_an_interface)
{
    static const uint8_t address[] = { 127, 0, 77, 1 };
    const struct rpc_syntax resolver = plain_syntax(&IID_IObjectExporter), nobody = plain_syntax(&IID_ILocalScm);
    struct tower tower;
    ask_for(&resolver);
    ck_assert_uint_eq(reply_count(), 1);
    ck_assert_int_eq(tower_decode(reply.data + 48, TOWER_TCP_BYTES, &tower), ERR_OK);
    ck_assert_uint_eq(tower.port, host.port);
    ck_assert_mem_eq(tower.address, address, sizeof address);
    ask_for(&nobody);
    ck_assert_uint_eq(reply_count(), 0);
    ck_assert_uint_eq(reply_status(), EPM_NOT_REGISTERED);
}
END_TEST

START_TEST(the_map_cannot_be_changed_from_outside)
{
    static const uint16_t operations[] = { 0, 1, 5, 6, 7 };
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        writer_zeros(&request, 64);
        ck_assert_uint_eq(call_on(connection, &epm_syntax, operations[i]), RPC_STATUS_OP_RANGE);
    }
}
END_TEST

START_TEST(management_tells_what_is_offered_and_that_it_listens)
{
    ck_assert_uint_eq(call_on(connection, &management_syntax, INQ_IF_IDS), 0);
    ck_assert_uint_eq(load_u32(reply.data + 4), LISTED);
    ck_assert_uint_eq(reply.size, 12 + LISTED * (4 + 20) + 4);
    ck_assert_uint_eq(reply_status(), 0);
    ck_assert_uint_eq(call_on(connection, &management_syntax, IS_SERVER_LISTENING), 0);
    ck_assert_uint_eq(load_u32(reply.data), 0);
    ck_assert_uint_eq(load_u32(reply.data + 4), 1);
}
END_TEST

START_TEST(management_does_not_stop_the_server)
{
    ck_assert_uint_eq(call_on(connection, &management_syntax, STOP_SERVER_LISTENING), 0);
    ck_assert_uint_eq(load_u32(reply.data), RPC_STATUS_ACCESS_DENIED);
    ck_assert_uint_eq(look_up(connection, fresh, 500), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("endpoint_map");
    TCase *tests = tcase_create("endpoint_map");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_host_that_runs_nothing_lists_its_own_interfaces);
    tcase_add_test(tests, a_search_goes_on_where_it_stopped_and_ends);
    tcase_add_test(tests, a_handle_is_good_for_its_association_alone);
    tcase_add_test(tests, map_gives_the_port_and_address_of_an_interface);
    tcase_add_test(tests, the_map_cannot_be_changed_from_outside);
    tcase_add_test(tests, management_tells_what_is_offered_and_that_it_listens);
    tcase_add_test(tests, management_does_not_stop_the_server);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
