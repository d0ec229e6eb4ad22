/* Which stages a COM call settled, from what was seen on the wire. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "probe-client/evidence.h"

#define RESOLVER "10.2.0.2:135"
#define OBJECT   "10.2.0.2:49160"

#define SERVER_UNAVAILABLE ((int32_t)0x800706BA)
#define ACCESS_DENIED      ((int32_t)0x80070005)
#define CLASS_NOT_REG      ((int32_t)0x80040154)
#define TIMED_OUT          0x8001011F

static struct stage_table table;

static const struct observed connect_resolver = { .kind = OBSERVED_CONNECT, .peer = RESOLVER, .elapsed_ns = 400 };
static const struct observed connect_object = { .kind = OBSERVED_CONNECT, .peer = OBJECT, .elapsed_ns = 300 };

static void setup(void)
{
    stages_init(&table, "ALPHA", "beta");
}

static struct observed server_alive(unsigned level, enum err error)
{
    struct observed e = { .kind = OBSERVED_CALL, .opnum = 5, .peer = RESOLVER, .error = error, .elapsed_ns = 700 };
    static const uint8_t resolver[16] = { 0xc4, 0xfe, 0xfc, 0x99, 0x60, 0x52, 0x1b, 0x10,
                                          0xbb, 0xcb, 0x00, 0xaa, 0x00, 0x21, 0x34, 0x7a };
    memcpy(e.iid, resolver, sizeof(resolver));
    e.level_asked = e.level_sent = (uint8_t)level;
    if (level > LEVEL_NONE)
        e.mechanism = MECHANISM_NTLM;
    if (error == ERR_FAULT) {
        e.shape = WIRE_FAULT;
        e.status = 5;
    }
    return e;
}

static struct observed activation(enum wire_shape shape, uint32_t status)
{
    return (struct observed){ .kind = OBSERVED_ACTIVATION,
                              .peer = RESOLVER,
                              .shape = shape,
                              .status = status,
                              .level_asked = LEVEL_PACKET_INTEGRITY,
                              .level_sent = LEVEL_PACKET_INTEGRITY,
                              .mechanism = MECHANISM_NTLM,
                              .elapsed_ns = 9000 };
}

static struct call_outcome outcome(int32_t hr, const struct observed *events, size_t count)
{
    return (struct call_outcome){ .hr = hr,
                                  .elapsed_ns = 5 * NS_PER_MS,
                                  .allowed_ns = 130 * NS_PER_S,
                                  .level_asked = LEVEL_PACKET_INTEGRITY,
                                  .mechanism = MECHANISM_NTLM,
                                  .watched = true,
                                  .events = events,
                                  .event_count = count };
}

static void assert_status(enum stage stage, enum stage_status status)
{
    ck_assert_msg(table.results[stage].status == status, "%s is %s: %s", stage_name(stage),
                  status_name(table.results[stage].status), table.results[stage].detail);
}

START_TEST(a_good_activation_settles_five_stages)
{
    const struct observed events[] = { connect_resolver, server_alive(LEVEL_NONE, ERR_OK),
                                       server_alive(LEVEL_PACKET_INTEGRITY, ERR_OK), activation(WIRE_NONE, 0) };
    struct call_outcome o = outcome(0, events, 4);
    evidence_activation(&o, &table);
    for (int stage = STAGE_NAME; stage <= STAGE_AUTHENTICATE; stage++)
        assert_status((enum stage)stage, OUTCOME_OK);
    assert_status(STAGE_ACTIVATE, OUTCOME_OK);
    const struct stage_result *r = &table.results[STAGE_AUTHENTICATE];
    ck_assert_uint_eq(r->level_sent, LEVEL_PACKET_INTEGRITY);
    ck_assert_uint_eq(r->mechanism, MECHANISM_NTLM);
    ck_assert_int_eq(r->evidence, EVIDENCE_WIRE);
    ck_assert_str_eq(table.results[STAGE_PORT135].binding, "ncacn_ip_tcp:10.2.0.2[135]");
    ck_assert_int_eq(table.results[STAGE_PORT135].elapsed_ns, 400);
}
END_TEST

START_TEST(a_name_without_an_address_stops_at_name)
{
    const struct observed events[] = { { .kind = OBSERVED_CONNECT, .peer = "beta", .error = ERR_RESOLVE } };
    struct call_outcome o = outcome(SERVER_UNAVAILABLE, events, 1);
    evidence_activation(&o, &table);
    assert_status(STAGE_NAME, OUTCOME_FAILED);
    assert_status(STAGE_PORT135, OUTCOME_SKIPPED);
    assert_status(STAGE_ACTIVATE, OUTCOME_SKIPPED);
    ck_assert_uint_eq(table.results[STAGE_NAME].code, EVIDENCE_NO_SUCH_HOST);
}
END_TEST

START_TEST(a_refused_port_stops_at_port135_with_its_wire_form)
{
    const struct observed events[] = {
        { .kind = OBSERVED_CONNECT, .peer = RESOLVER, .error = ERR_REFUSED, .shape = WIRE_CONNECT }
    };
    struct call_outcome o = outcome(SERVER_UNAVAILABLE, events, 1);
    evidence_activation(&o, &table);
    assert_status(STAGE_NAME, OUTCOME_OK);
    assert_status(STAGE_PORT135, OUTCOME_FAILED);
    ck_assert_int_eq(table.results[STAGE_PORT135].shape, WIRE_CONNECT);
    ck_assert_ptr_nonnull(strstr(table.results[STAGE_PORT135].detail, "refused"));
}
END_TEST

START_TEST(a_port_that_answers_no_rpc_stops_at_resolver)
{
    const struct observed events[] = {
        connect_resolver, { .kind = OBSERVED_BIND, .peer = RESOLVER, .error = ERR_CLOSED, .shape = WIRE_CLOSED }
    };
    struct call_outcome o = outcome(SERVER_UNAVAILABLE, events, 2);
    evidence_activation(&o, &table);
    assert_status(STAGE_PORT135, OUTCOME_OK);
    assert_status(STAGE_RESOLVER, OUTCOME_FAILED);
    ck_assert_int_eq(table.results[STAGE_RESOLVER].shape, WIRE_CLOSED);
}
END_TEST

START_TEST(a_fault_on_the_authenticated_resolver_call_is_the_logon)
{
    const struct observed events[] = { connect_resolver, server_alive(LEVEL_NONE, ERR_OK),
                                       server_alive(LEVEL_PACKET_INTEGRITY, ERR_FAULT) };
    struct call_outcome o = outcome(ACCESS_DENIED, events, 3);
    evidence_activation(&o, &table);
    assert_status(STAGE_RESOLVER, OUTCOME_OK);
    assert_status(STAGE_AUTHENTICATE, OUTCOME_FAILED);
    assert_status(STAGE_ACTIVATE, OUTCOME_SKIPPED);
    ck_assert_int_eq(table.results[STAGE_AUTHENTICATE].shape, WIRE_FAULT);
    ck_assert_uint_eq(table.results[STAGE_AUTHENTICATE].wire_status, 5);
}
END_TEST

START_TEST(a_refused_security_context_is_the_logon_too)
{
    const struct observed events[] = { connect_resolver,
                                       server_alive(LEVEL_NONE, ERR_OK),
                                       { .kind = OBSERVED_BIND,
                                         .peer = RESOLVER,
                                         .error = ERR_NAK,
                                         .shape = WIRE_BIND_NAK,
                                         .status = 9,
                                         .level_asked = LEVEL_CONNECT } };
    struct call_outcome o = outcome(ACCESS_DENIED, events, 3);
    evidence_activation(&o, &table);
    assert_status(STAGE_AUTHENTICATE, OUTCOME_FAILED);
    ck_assert_int_eq(table.results[STAGE_AUTHENTICATE].shape, WIRE_BIND_NAK);
}
END_TEST

START_TEST(a_fault_after_an_accepted_logon_is_the_activation)
{
    const struct observed events[] = { connect_resolver, server_alive(LEVEL_NONE, ERR_OK),
                                       server_alive(LEVEL_PACKET_INTEGRITY, ERR_OK), activation(WIRE_FAULT, 5) };
    struct call_outcome o = outcome(ACCESS_DENIED, events, 4);
    evidence_activation(&o, &table);
    assert_status(STAGE_AUTHENTICATE, OUTCOME_OK);
    assert_status(STAGE_ACTIVATE, OUTCOME_FAILED);
    ck_assert_int_eq(table.results[STAGE_ACTIVATE].shape, WIRE_FAULT);
}
END_TEST

START_TEST(without_the_resolver_call_a_fault_leaves_the_logon_open)
{
    const struct observed events[] = { connect_resolver, server_alive(LEVEL_NONE, ERR_OK), activation(WIRE_FAULT, 5) };
    struct call_outcome o = outcome(ACCESS_DENIED, events, 3);
    evidence_activation(&o, &table);
    assert_status(STAGE_AUTHENTICATE, OUTCOME_NOT_OBSERVABLE);
    assert_status(STAGE_ACTIVATE, OUTCOME_FAILED);
}
END_TEST

START_TEST(an_hresult_in_the_reply_is_told_from_a_fault)
{
    const struct observed events[] = { connect_resolver, server_alive(LEVEL_NONE, ERR_OK),
                                       activation(WIRE_NONE, (uint32_t)CLASS_NOT_REG) };
    struct call_outcome o = outcome(CLASS_NOT_REG, events, 3);
    evidence_activation(&o, &table);
    assert_status(STAGE_AUTHENTICATE, OUTCOME_OK);
    assert_status(STAGE_ACTIVATE, OUTCOME_FAILED);
    ck_assert_int_eq(table.results[STAGE_ACTIVATE].shape, WIRE_BODY);
    ck_assert_uint_eq(table.results[STAGE_ACTIVATE].wire_status, 0x80040154);
}
END_TEST

START_TEST(at_level_none_nobody_is_authenticated)
{
    const struct observed events[] = { connect_resolver, server_alive(LEVEL_NONE, ERR_OK), activation(WIRE_NONE, 0) };
    struct call_outcome o = outcome(0, events, 3);
    o.level_asked = LEVEL_NONE;
    evidence_activation(&o, &table);
    assert_status(STAGE_AUTHENTICATE, OUTCOME_SKIPPED);
    assert_status(STAGE_ACTIVATE, OUTCOME_OK);
}
END_TEST

START_TEST(a_late_activation_blames_the_step_under_way)
{
    const struct observed events[] = { connect_resolver };
    struct call_outcome o = outcome((int32_t)0x80010002, events, 1);
    o.late = true;
    evidence_activation(&o, &table);
    assert_status(STAGE_PORT135, OUTCOME_OK);
    assert_status(STAGE_RESOLVER, OUTCOME_FAILED);
    ck_assert_uint_eq(table.results[STAGE_RESOLVER].code, TIMED_OUT);
    ck_assert_str_eq(table.results[STAGE_RESOLVER].detail, "no answer within 130 s");
}
END_TEST

START_TEST(a_silent_port_that_was_given_up_is_named)
{
    const struct observed events[] = {
        { .kind = OBSERVED_CONNECT, .error = ERR_CANCELLED, .shape = WIRE_CONNECT, .peer = "10.2.0.2:135" }
    };
    struct call_outcome o = outcome((int32_t)0x80010002, events, 1);
    o.late = true;
    evidence_activation(&o, &table);
    assert_status(STAGE_NAME, OUTCOME_OK);
    assert_status(STAGE_PORT135, OUTCOME_FAILED);
    ck_assert_uint_eq(table.results[STAGE_PORT135].code, TIMED_OUT);
    ck_assert_int_eq(table.results[STAGE_PORT135].shape, WIRE_TIMEOUT);
    ck_assert_ptr_nonnull(strstr(table.results[STAGE_PORT135].detail, "130 s: 10.2.0.2:135 did not answer"));
}
END_TEST

START_TEST(on_the_same_host_there_is_no_port_and_no_logon)
{
    const struct observed events[] = { { .kind = OBSERVED_CONNECT, .local = true, .peer = "scm.sock" } };
    ck_assert(evidence_same_host(events, 1));
    struct call_outcome o = outcome(0, events, 1);
    o.same_host = true;
    evidence_activation(&o, &table);
    assert_status(STAGE_NAME, OUTCOME_OK);
    assert_status(STAGE_PORT135, OUTCOME_SKIPPED);
    assert_status(STAGE_AUTHENTICATE, OUTCOME_SKIPPED);
    assert_status(STAGE_ACTIVATE, OUTCOME_OK);
}
END_TEST

START_TEST(an_unwatched_runtime_proves_only_what_its_result_says)
{
    struct call_outcome o = outcome(ACCESS_DENIED, NULL, 0);
    o.watched = false;
    evidence_activation(&o, &table);
    assert_status(STAGE_RESOLVER, OUTCOME_NOT_OBSERVABLE);
    assert_status(STAGE_AUTHENTICATE, OUTCOME_NOT_OBSERVABLE);
    assert_status(STAGE_ACTIVATE, OUTCOME_FAILED);
    ck_assert_int_eq(table.results[STAGE_ACTIVATE].evidence, EVIDENCE_API);
}
END_TEST

START_TEST(the_first_query_settles_the_connection_to_the_objects_port)
{
    const struct observed events[] = {
        connect_resolver,
        { .kind = OBSERVED_CONNECT, .peer = "192.168.7.1:49160", .error = ERR_TIMEOUT },
        connect_object,
        { .kind = OBSERVED_BIND, .peer = OBJECT, .level_sent = LEVEL_PACKET_INTEGRITY },
        { .kind = OBSERVED_CALL, .peer = OBJECT, .level_sent = LEVEL_PACKET_INTEGRITY }
    };
    struct call_outcome o = outcome(0, events, 5);
    evidence_query(&o, &table);
    assert_status(STAGE_CONNECT, OUTCOME_OK);
    ck_assert_uint_eq(table.results[STAGE_CONNECT].level_sent, LEVEL_PACKET_INTEGRITY);
    assert_status(STAGE_QUERY, OUTCOME_OK);
    ck_assert_ptr_nonnull(strstr(table.results[STAGE_CONNECT].detail, "192.168.7.1:49160"));
    ck_assert_str_eq(table.results[STAGE_CONNECT].binding, "ncacn_ip_tcp:10.2.0.2[49160]");
}
END_TEST

START_TEST(when_no_binding_can_be_reached_connect_fails_and_lists_them)
{
    const struct observed events[] = { connect_resolver,
                                       { .kind = OBSERVED_CONNECT, .peer = OBJECT, .error = ERR_REFUSED },
                                       { .kind = OBSERVED_CONNECT, .peer = "beta:49160", .error = ERR_RESOLVE } };
    struct call_outcome o = outcome(SERVER_UNAVAILABLE, events, 3);
    evidence_query(&o, &table);
    assert_status(STAGE_CONNECT, OUTCOME_FAILED);
    assert_status(STAGE_QUERY, OUTCOME_SKIPPED);
    ck_assert_ptr_nonnull(strstr(table.results[STAGE_CONNECT].detail, OBJECT " refused"));
    ck_assert_ptr_nonnull(strstr(table.results[STAGE_CONNECT].detail, "beta:49160 has no address"));
}
END_TEST

START_TEST(a_missing_interface_fails_the_query_not_the_connection)
{
    const struct observed events[] = { connect_resolver, connect_object, { .kind = OBSERVED_CALL, .peer = OBJECT } };
    struct call_outcome o = outcome((int32_t)0x80004002, events, 3);
    evidence_query(&o, &table);
    assert_status(STAGE_CONNECT, OUTCOME_OK);
    assert_status(STAGE_QUERY, OUTCOME_FAILED);
    ck_assert_int_eq(table.results[STAGE_QUERY].shape, WIRE_BODY);
}
END_TEST

START_TEST(advise_shows_who_called_back_at_which_level)
{
    const struct observed events[] = { { .kind = OBSERVED_LISTENING, .peer = "10.1.0.2:49200" },
                                       { .kind = OBSERVED_CALL, .peer = OBJECT, .level_sent = LEVEL_PACKET_INTEGRITY },
                                       { .kind = OBSERVED_ACCEPTED, .peer = "10.2.0.2:50000" },
                                       { .kind = OBSERVED_INCOMING_AUTH,
                                         .account = "ALPHA\\opcserver",
                                         .level_sent = LEVEL_PACKET_PRIVACY,
                                         .mechanism = MECHANISM_NTLM } };
    struct call_outcome o = outcome(0, events, 4);
    evidence_advise(&o, 1, &table);
    assert_status(STAGE_LISTEN, OUTCOME_OK);
    assert_status(STAGE_ADVISE, OUTCOME_OK);
    ck_assert_str_eq(table.results[STAGE_LISTEN].detail, "10.1.0.2:49200");
    ck_assert_str_eq(table.results[STAGE_ADVISE].account, "ALPHA\\opcserver");
    ck_assert_uint_eq(table.results[STAGE_ADVISE].level_sent, LEVEL_PACKET_PRIVACY);
}
END_TEST

START_TEST(a_refused_logon_of_the_server_carries_our_own_ntstatus)
{
    const struct observed events[] = {
        { .kind = OBSERVED_LISTENING, .peer = "10.1.0.2:49200" },
        { .kind = OBSERVED_ACCEPTED, .peer = "10.2.0.2:50000" },
        { .kind = OBSERVED_INCOMING_AUTH,
          .account = "BETA\\opcserver",
          .ntstatus = 0xC000006A,
          .level_sent = LEVEL_PACKET_INTEGRITY },
        { .kind = OBSERVED_CALL, .error = ERR_FAULT, .shape = WIRE_FAULT, .status = 0x80070005 }
    };
    struct call_outcome o = outcome(ACCESS_DENIED, events, 4);
    evidence_advise(&o, 1, &table);
    assert_status(STAGE_ADVISE, OUTCOME_FAILED);
    ck_assert_uint_eq(table.results[STAGE_ADVISE].ntstatus, 0xC000006A);
    ck_assert_int_eq(table.results[STAGE_ADVISE].shape, WIRE_FAULT);
    ck_assert_ptr_nonnull(strstr(table.results[STAGE_ADVISE].detail, "refused its logon"));
}
END_TEST

START_TEST(a_callback_that_a_list_of_ours_refused_stays_refused_when_the_server_asks_again)
{
    const struct observed events[] = {
        { .kind = OBSERVED_LISTENING, .peer = "10.1.0.2:49200" },
        { .kind = OBSERVED_ACCEPTED, .peer = "10.2.0.2:50000" },
        { .kind = OBSERVED_INCOMING_AUTH, .account = "ALPHA\\opcserver", .level_sent = LEVEL_PACKET_INTEGRITY },
        { .kind = OBSERVED_INCOMING_CALL, .status = 0x80070005, .level_sent = LEVEL_PACKET_INTEGRITY },
        { .kind = OBSERVED_INCOMING_AUTH, .account = "ALPHA\\opcserver", .level_sent = LEVEL_PACKET_INTEGRITY },
        { .kind = OBSERVED_CALL, .peer = OBJECT, .level_sent = LEVEL_PACKET_INTEGRITY }
    };
    struct call_outcome o = outcome((int32_t)0x80040202, events, 6);
    evidence_advise(&o, 1, &table);
    assert_status(STAGE_ADVISE, OUTCOME_FAILED);
    ck_assert_int_eq(table.results[STAGE_ADVISE].way_back, WAY_BACK_REFUSED);
    ck_assert_ptr_nonnull(strstr(table.results[STAGE_ADVISE].detail, "access list of this computer"));
}
END_TEST

START_TEST(a_callback_that_never_came_says_so)
{
    const struct observed events[] = {
        { .kind = OBSERVED_LISTENING, .peer = "10.1.0.2:49200" },
        { .kind = OBSERVED_CALL, .error = ERR_FAULT, .shape = WIRE_FAULT, .status = 0x800706BA }
    };
    struct call_outcome o = outcome(SERVER_UNAVAILABLE, events, 2);
    evidence_advise(&o, 1, &table);
    assert_status(STAGE_ADVISE, OUTCOME_FAILED);
    ck_assert_ptr_nonnull(strstr(table.results[STAGE_ADVISE].detail, "never reached"));
    ck_assert_int_eq(table.results[STAGE_ADVISE].way_back, WAY_BACK_UNSEEN);
}
END_TEST

START_TEST(without_a_listener_the_failure_is_ours)
{
    struct call_outcome o = outcome((int32_t)0x80004027, NULL, 0);
    evidence_advise(&o, 0, &table);
    assert_status(STAGE_LISTEN, OUTCOME_FAILED);
    assert_status(STAGE_ADVISE, OUTCOME_SKIPPED);
}
END_TEST

START_TEST(what_a_process_says_to_its_own_scm_is_no_evidence)
{
    struct observed events[] = { { .kind = OBSERVED_CONNECT, .local = true, .peer = "/hosts/alpha/scm.sock" },
                                 connect_resolver,
                                 { .kind = OBSERVED_CALL,
                                   .local = true,
                                   .iid = { 0x52, 0x1d, 0x1f, 0x6f, 0x0e, 0x3b, 0x53, 0x4c, 0x9f, 0x1e, 0x6d, 0x1a,
                                            0x1f, 0x7e, 0x0c, 0x10 } } };
    ck_assert(!evidence_same_host(events, 3));
    ck_assert(evidence_same_host(events, 1));
    ck_assert_uint_eq(evidence_select(events, 3, false), 1);
    ck_assert_str_eq(events[0].peer, RESOLVER);
}
END_TEST

START_TEST(on_the_same_host_the_object_has_a_local_connection)
{
    const struct observed events[] = { { .kind = OBSERVED_CONNECT, .local = true, .peer = "/hosts/alpha/x1f.sock" },
                                       { .kind = OBSERVED_CALL, .local = true, .peer = "local" } };
    struct call_outcome o = outcome(0, events, 2);
    o.same_host = true;
    evidence_query(&o, &table);
    assert_status(STAGE_CONNECT, OUTCOME_OK);
    ck_assert_str_eq(table.results[STAGE_CONNECT].detail, "local RPC");
    ck_assert_str_eq(table.results[STAGE_CONNECT].binding, "ncalrpc:[/hosts/alpha/x1f.sock]");
    assert_status(STAGE_QUERY, OUTCOME_OK);
}
END_TEST

START_TEST(the_progress_of_an_activation_follows_the_wire)
{
    const struct observed events[] = { connect_resolver, server_alive(LEVEL_NONE, ERR_OK),
                                       server_alive(LEVEL_CONNECT, ERR_OK) };
    ck_assert_int_eq(evidence_activation_progress(events, 0), STAGE_NAME);
    ck_assert_int_eq(evidence_activation_progress(events, 1), STAGE_RESOLVER);
    ck_assert_int_eq(evidence_activation_progress(events, 2), STAGE_AUTHENTICATE);
    ck_assert_int_eq(evidence_activation_progress(events, 3), STAGE_ACTIVATE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client evidence");
    TCase *tcase = tcase_create("evidence");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, a_good_activation_settles_five_stages);
    tcase_add_test(tcase, a_name_without_an_address_stops_at_name);
    tcase_add_test(tcase, a_refused_port_stops_at_port135_with_its_wire_form);
    tcase_add_test(tcase, a_port_that_answers_no_rpc_stops_at_resolver);
    tcase_add_test(tcase, a_fault_on_the_authenticated_resolver_call_is_the_logon);
    tcase_add_test(tcase, a_refused_security_context_is_the_logon_too);
    tcase_add_test(tcase, a_fault_after_an_accepted_logon_is_the_activation);
    tcase_add_test(tcase, without_the_resolver_call_a_fault_leaves_the_logon_open);
    tcase_add_test(tcase, an_hresult_in_the_reply_is_told_from_a_fault);
    tcase_add_test(tcase, at_level_none_nobody_is_authenticated);
    tcase_add_test(tcase, a_late_activation_blames_the_step_under_way);
    tcase_add_test(tcase, a_silent_port_that_was_given_up_is_named);
    tcase_add_test(tcase, on_the_same_host_there_is_no_port_and_no_logon);
    tcase_add_test(tcase, an_unwatched_runtime_proves_only_what_its_result_says);
    tcase_add_test(tcase, the_first_query_settles_the_connection_to_the_objects_port);
    tcase_add_test(tcase, when_no_binding_can_be_reached_connect_fails_and_lists_them);
    tcase_add_test(tcase, a_missing_interface_fails_the_query_not_the_connection);
    tcase_add_test(tcase, advise_shows_who_called_back_at_which_level);
    tcase_add_test(tcase, a_refused_logon_of_the_server_carries_our_own_ntstatus);
    tcase_add_test(tcase, a_callback_that_a_list_of_ours_refused_stays_refused_when_the_server_asks_again);
    tcase_add_test(tcase, a_callback_that_never_came_says_so);
    tcase_add_test(tcase, without_a_listener_the_failure_is_ours);
    tcase_add_test(tcase, what_a_process_says_to_its_own_scm_is_no_evidence);
    tcase_add_test(tcase, on_the_same_host_the_object_has_a_local_connection);
    tcase_add_test(tcase, the_progress_of_an_activation_follows_the_wire);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
