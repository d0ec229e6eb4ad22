/* The bindings that are offered: how they are listed, tried and judged. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/socket.h"
#include "probe-client/evidence.h"
#include "probe-client/reachability.h"

static struct check_report report;

static void setup(void)
{
    memset(&report, 0, sizeof(report));
    unsetenv("OPCPROBE_HOST");
}

static struct observed offered(enum observed_offer offer, const char *text)
{
    struct observed e = { .kind = OBSERVED_OFFERED, .offer = offer };
    snprintf(e.peer, sizeof(e.peer), "%s", text);
    return e;
}

static struct observed connected(const char *peer)
{
    struct observed e = { .kind = OBSERVED_CONNECT, .elapsed_ns = 300 };
    snprintf(e.peer, sizeof(e.peer), "%s", peer);
    return e;
}

START_TEST(addresses_are_listed_before_names_and_each_only_once)
{
    const struct observed events[] = { offered(OFFER_RESOLVER, "ncacn_ip_tcp:BETA"),
                                       offered(OFFER_RESOLVER, "ncacn_ip_tcp:10.2.0.2"),
                                       offered(OFFER_RESOLVER, "ncacn_ip_tcp:fe80::1[1135]"),
                                       offered(OFFER_RESOLVER, "ncacn_ip_tcp:10.2.0.2"),
                                       offered(OFFER_OBJECT, "ncacn_ip_tcp:10.2.0.2[49160]") };
    struct binding_list list = { .count = 0 };
    bindings_take(&list, events, 5, OFFER_RESOLVER, 135);
    ck_assert_uint_eq(list.count, 3);
    ck_assert_str_eq(list.all[0].address, "10.2.0.2");
    ck_assert_uint_eq(list.all[0].port, 135);
    ck_assert_str_eq(list.all[1].address, "fe80::1");
    ck_assert_uint_eq(list.all[1].port, 1135);
    ck_assert(list.all[2].is_name);
    ck_assert_str_eq(list.all[2].endpoint, "BETA");
    ck_assert_str_eq(list.all[2].address, "");
}
END_TEST

START_TEST(what_is_not_tcp_or_names_no_port_is_listed_and_not_tried)
{
    const struct observed events[] = { offered(OFFER_OBJECT, "tower-0x0f:\\\\BETA[\\pipe\\x]"),
                                       offered(OFFER_OBJECT, "ncacn_ip_tcp:127.0.0.1"),
                                       offered(OFFER_OBJECT, "ncacn_ip_tcp:127.0.0.1[70000]"),
                                       offered(OFFER_OBJECT, "ncacn_ip_tcp:"), offered(OFFER_OBJECT, "") };
    struct binding_list list = { .count = 0 };
    bindings_take(&list, events, 5, OFFER_OBJECT, 0);
    bindings_try(&list, NS_PER_S);
    ck_assert_uint_eq(list.count, 5);
    for (size_t i = 0; i < list.count; i++) {
        ck_assert_int_eq(list.all[i].reach, REACH_UNTRIED);
        ck_assert_uint_ne(strlen(list.all[i].note), 0);
    }
}
END_TEST

START_TEST(a_flood_of_bindings_stops_at_the_maximum)
{
    static struct observed events[BINDINGS_MAXIMUM * 2];
    struct binding_list list = { .count = 0 };
    for (int i = 0; i < BINDINGS_MAXIMUM * 2; i++) {
        char text[64];
        snprintf(text, sizeof(text), "ncacn_ip_tcp:10.0.%d.1[49160]", i);
        events[i] = offered(OFFER_OBJECT, text);
    }
    const struct observed used = connected("10.9.9.9:49160");
    bindings_take(&list, events, BINDINGS_MAXIMUM * 2, OFFER_OBJECT, 0);
    bindings_mark_used(&list, &used, 1);
    ck_assert_uint_eq(list.count, BINDINGS_MAXIMUM);
}
END_TEST

START_TEST(open_and_closed_ports_are_told_apart_in_one_go)
{
    socket_t listener, closed;
    uint16_t port = 0, closed_port = 0;
    ck_assert_int_eq(socket_listen_tcp("127.0.0.1", &port, &listener), ERR_OK);
    ck_assert_int_eq(socket_listen_tcp("127.0.0.1", &closed_port, &closed), ERR_OK);
    socket_close(closed);
    char open_text[64], closed_text[64];
    snprintf(open_text, sizeof(open_text), "ncacn_ip_tcp:127.0.0.1[%u]", port);
    snprintf(closed_text, sizeof(closed_text), "ncacn_ip_tcp:127.0.0.1[%u]", closed_port);
    const struct observed events[] = { offered(OFFER_OBJECT, open_text), offered(OFFER_OBJECT, closed_text),
                                       offered(OFFER_OBJECT, "ncacn_ip_tcp:no-such-host.invalid[49160]") };
    struct binding_list list = { .count = 0 };
    bindings_take(&list, events, 3, OFFER_OBJECT, 0);
    int64_t begun_ns = clock_now_ns();
    bindings_try(&list, 3 * NS_PER_S);
    ck_assert_int_lt(clock_now_ns() - begun_ns, 4 * NS_PER_S);
    socket_close(listener);
    ck_assert_int_eq(list.all[0].reach, REACH_YES);
    ck_assert_uint_eq(list.all[0].code, 0);
    ck_assert_int_eq(list.all[1].reach, REACH_NO);
    ck_assert_uint_eq(list.all[1].code, 0x800706BA);
    ck_assert_int_eq(list.all[2].reach, REACH_NO);
    ck_assert_uint_eq(list.all[2].code, EVIDENCE_NO_SUCH_HOST);
    ck_assert_uint_eq(bindings_tried(&list), 2); /* the name never came to a connection */
}
END_TEST

START_TEST(an_ipv6_binding_that_leads_nowhere_is_reported_and_harms_nothing)
{
    const struct observed events[] = { offered(OFFER_OBJECT, "ncacn_ip_tcp:2001:db8::99[49160]"),
                                       offered(OFFER_OBJECT, "ncacn_ip_tcp:fe80::1[49160]"),
                                       offered(OFFER_OBJECT, "ncacn_ip_tcp:::zz[49160]"), connected("[::1]:49160") };
    struct binding_list list = { .count = 0 };
    bindings_take(&list, events, 4, OFFER_OBJECT, 0);
    bindings_mark_used(&list, events, 4);
    bindings_try(&list, NS_PER_S);
    ck_assert_uint_eq(list.count, 4);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(list.all[i].reach, REACH_NO);
        ck_assert_uint_ne(strlen(list.all[i].note), 0);
    }
    ck_assert_str_eq(list.all[3].address, "::1");
    ck_assert(list.all[3].in_use && !list.all[3].offered);
}
END_TEST

START_TEST(the_binding_in_use_is_not_tried_again)
{
    const struct observed events[] = { offered(OFFER_RESOLVER, "ncacn_ip_tcp:127.0.0.1"), connected("127.0.0.1:135") };
    struct binding_list list = { .count = 0 };
    bindings_take(&list, events, 2, OFFER_RESOLVER, 135);
    bindings_mark_used(&list, events, 2);
    bindings_try(&list, NS_PER_S);
    ck_assert(list.all[0].in_use && list.all[0].offered);
    ck_assert_int_eq(list.all[0].reach, REACH_YES);
    ck_assert_int_eq(list.all[0].elapsed_ns, 300);
    ck_assert_uint_eq(list.count, 1);
}
END_TEST

START_TEST(an_address_in_use_that_nobody_offers_is_a_finding_about_translation)
{
    const struct observed events[] = { offered(OFFER_OBJECT, "ncacn_ip_tcp:127.0.0.9[9]"), connected("203.0.113.5:9") };
    reachability_of_object(&report, events, 2);
    ck_assert_uint_eq(report.object_bindings.count, 2);
    ck_assert(!report.object_bindings.all[1].offered && report.object_bindings.all[1].in_use);
    ck_assert_uint_eq(report.finding_count, 1);
    ck_assert_int_eq(report.findings[0].stage, STAGE_CONNECT);
    ck_assert_ptr_nonnull(strstr(report.findings[0].text, "NAT"));
    ck_assert_ptr_nonnull(strstr(report.findings[0].text, "127.0.0.9"));
}
END_TEST

START_TEST(a_second_address_that_does_not_answer_is_a_finding)
{
    const struct observed events[] = { offered(OFFER_OBJECT, "ncacn_ip_tcp:127.0.0.2[9]"),
                                       offered(OFFER_OBJECT, "ncacn_ip_tcp:127.0.0.9[9]"), connected("127.0.0.2:9") };
    reachability_of_object(&report, events, 3);
    ck_assert_uint_eq(report.finding_count, 1);
    ck_assert_ptr_nonnull(strstr(report.findings[0].text, "127.0.0.9"));
    ck_assert_ptr_null(strstr(report.findings[0].text, "127.0.0.2"));
}
END_TEST

START_TEST(a_private_address_of_ours_is_a_finding_when_the_server_has_a_public_one)
{
    const struct observed server[] = { offered(OFFER_RESOLVER, "ncacn_ip_tcp:203.0.113.5"),
                                       connected("203.0.113.5:135") };
    const struct observed own[] = { offered(OFFER_OWN_OBJECT, "ncacn_ip_tcp:192.168.1.4[50000]"),
                                    offered(OFFER_OWN_OBJECT, "ncacn_ip_tcp:198.51.100.7[50000]") };
    reachability_of_resolver(&report, server, 2);
    ck_assert_uint_eq(report.finding_count, 0);
    reachability_of_own(&report, own, 2);
    ck_assert_uint_eq(report.finding_count, 1);
    ck_assert_int_eq(report.findings[0].stage, STAGE_LISTEN);
    ck_assert_int_eq(report.findings[0].evidence, EVIDENCE_INFERRED);
    ck_assert_ptr_nonnull(strstr(report.findings[0].text, "192.168.1.4"));
    ck_assert_int_eq(report.own_bindings.all[0].reach, REACH_UNTRIED);
}
END_TEST

START_TEST(addresses_are_sorted_by_how_far_they_hold)
{
    static const struct {
        const char *address;
        enum address_scope scope;
    } cases[] = {
        { "10.1.2.3", SCOPE_PRIVATE },        { "172.15.0.1", SCOPE_PUBLIC },  { "172.16.0.1", SCOPE_PRIVATE },
        { "172.31.255.1", SCOPE_PRIVATE },    { "172.32.0.1", SCOPE_PUBLIC },  { "192.168.0.1", SCOPE_PRIVATE },
        { "100.64.0.1", SCOPE_PRIVATE },      { "100.128.0.1", SCOPE_PUBLIC }, { "169.254.1.1", SCOPE_LINK_LOCAL },
        { "127.0.0.1", SCOPE_LOOPBACK },      { "203.0.113.5", SCOPE_PUBLIC }, { "::1", SCOPE_LOOPBACK },
        { "fe80::1%eth0", SCOPE_LINK_LOCAL }, { "fd00::1", SCOPE_PRIVATE },    { "2001:db8::1", SCOPE_PUBLIC },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(address_scope(cases[i].address) == cases[i].scope, "%s", cases[i].address);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bindings");
    TCase *tc = tcase_create("bindings");
    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, addresses_are_listed_before_names_and_each_only_once);
    tcase_add_test(tc, what_is_not_tcp_or_names_no_port_is_listed_and_not_tried);
    tcase_add_test(tc, a_flood_of_bindings_stops_at_the_maximum);
    tcase_add_test(tc, open_and_closed_ports_are_told_apart_in_one_go);
    tcase_add_test(tc, an_ipv6_binding_that_leads_nowhere_is_reported_and_harms_nothing);
    tcase_add_test(tc, the_binding_in_use_is_not_tried_again);
    tcase_add_test(tc, an_address_in_use_that_nobody_offers_is_a_finding_about_translation);
    tcase_add_test(tc, a_second_address_that_does_not_answer_is_a_finding);
    tcase_add_test(tc, a_private_address_of_ours_is_a_finding_when_the_server_has_a_public_one);
    tcase_add_test(tc, addresses_are_sorted_by_how_far_they_hold);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
