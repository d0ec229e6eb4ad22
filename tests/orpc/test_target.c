/* From names to endpoints, with and without a host's own list. */
#include <objbase.h>
#include <string.h>

#include "base/clock.h"
#include "dcom/orpc/target.h"
#include "tests/orpc/orpc_suite.h"

static struct host *host;

static void setup(void)
{
    static const char json[] =
        "{ \"name\": \"ALPHA\", \"machine_sid\": \"S-1-5-21-1-2-3\", \"addresses\": [\"127.0.5.1\"],"
        "  \"names\": { \"beta\": { \"address\": \"127.0.5.2\", \"port\": 1135 },"
        "               \"plant\": { \"address\": \"10.9.0.1\", \"port\": 135 } } }";
    char complaint[JSON_COMPLAINT];
    ck_assert_msg(host_parse("/h", "host.json", json, strlen(json), &host, complaint) == ERR_OK, "%s", complaint);
}

static void teardown(void)
{
    host_destroy(host);
}

static struct rpc_endpoint parse(const struct host *h, const char *text)
{
    struct rpc_endpoint e;
    ck_assert_msg(target_parse(h, text, 135, clock_deadline_ns(5 * NS_PER_S), &e) == ERR_OK, "%s", text);
    return e;
}

START_TEST(an_address_is_taken_as_it_is)
{
    struct rpc_endpoint e = parse(NULL, "10.2.0.2");
    ck_assert_str_eq(e.address, "10.2.0.2");
    ck_assert_uint_eq(e.port, 135);
    ck_assert_str_eq(e.from, "");
    e = parse(NULL, "10.2.0.2[2135]");
    ck_assert_uint_eq(e.port, 2135);
}
END_TEST

START_TEST(a_known_name_has_an_address_and_a_resolver_port)
{
    static const char *const names[] = { "beta", "BETA", "\\\\Beta" };
    for (size_t i = 0; i < 3; i++) {
        struct rpc_endpoint e = parse(host, names[i]);
        ck_assert_str_eq(e.address, "127.0.5.2");
        ck_assert_uint_eq(e.port, 1135);
    }
}
END_TEST

START_TEST(a_port_in_brackets_wins_over_the_known_one)
{
    ck_assert_uint_eq(parse(host, "beta[7]").port, 7);
}
END_TEST

START_TEST(sockets_are_opened_from_the_hosts_address_where_it_can_reach)
{
    ck_assert_str_eq(parse(host, "beta").from, "127.0.5.1");
    ck_assert_str_eq(parse(host, "plant").from, "");
    ck_assert_str_eq(parse(host, "::1").from, "");
}
END_TEST

START_TEST(the_systems_own_names_work_without_a_host)
{
    struct rpc_endpoint e = parse(NULL, "localhost");
    ck_assert_msg(host_address_is_loopback(e.address), "%s", e.address);
}
END_TEST

START_TEST(a_name_that_is_none_resolves_to_nothing)
{
    static const char *const names[] = { "", "\\\\", "beta[x]", "no-such-host.invalid" };
    for (size_t i = 0; i < 4; i++) {
        struct rpc_endpoint e;
        ck_assert_msg(target_parse(host, names[i], 135, clock_deadline_ns(5 * NS_PER_S), &e) != ERR_OK, "%s", names[i]);
    }
}
END_TEST

START_TEST(bindings_of_this_host_are_recognised)
{
    struct string_binding here = { .tower = RPC_TCP, .address = "127.0.5.1" };
    struct string_binding named = { .tower = RPC_TCP, .address = "alpha" };
    struct string_binding there = { .tower = RPC_TCP, .address = "127.0.5.2" };
    const struct string_binding *const cases[] = { &here, &named, &there };
    for (int i = 0; i < 3; i++) {
        DUALSTRINGARRAY *array;
        ck_assert_int_eq(bindings_build(cases[i], 1, NULL, 0, &array), ERR_OK);
        ck_assert(target_is_here(host, array) == (i < 2));
        ck_assert(!target_is_here(NULL, array));
        CoTaskMemFree(array);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("target");
    TCase *tests = tcase_create("target");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, an_address_is_taken_as_it_is);
    tcase_add_test(tests, a_known_name_has_an_address_and_a_resolver_port);
    tcase_add_test(tests, a_port_in_brackets_wins_over_the_known_one);
    tcase_add_test(tests, sockets_are_opened_from_the_hosts_address_where_it_can_reach);
    tcase_add_test(tests, the_systems_own_names_work_without_a_host);
    tcase_add_test(tests, a_name_that_is_none_resolves_to_nothing);
    tcase_add_test(tests, bindings_of_this_host_are_recognised);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
