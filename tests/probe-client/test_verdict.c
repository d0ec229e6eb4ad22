/* Every row of the table of connection and advise errors leads to the right machine, with causes and one change. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "probe-client/verdict.h"

static struct check_report report;
static struct verdict verdict;

static void setup(void)
{
    memset(&report, 0, sizeof(report));
    strcpy(report.here, "ALPHA");
    strcpy(report.there, "beta");
    report.kind = "simulated";
    report.runtime = "portable";
    report.asked = (struct levels){ LEVEL_PACKET_INTEGRITY, LEVEL_PACKET_INTEGRITY, LEVEL_PACKET_INTEGRITY };
    stages_init(&report.stages, "ALPHA", "beta");
}

static struct stage_result *fail_at(enum stage stage, uint32_t code)
{
    for (int i = 0; i < (int)stage; i++)
        stages_settle(&report.stages, (enum stage)i, OUTCOME_OK, "fine");
    struct stage_result *r = stages_at(&report.stages, stage);
    r->code = code;
    stages_settle(&report.stages, stage, OUTCOME_FAILED, "failed");
    stages_skip(&report.stages, (enum stage)(stage + 1), STAGE_COUNT, "not reached");
    return r;
}

static const struct {
    const char *title;
    enum stage stage;
    uint32_t code;
    const char *host; /* the machine to look at */
    enum direction direction;
} cases[] = {
    { "no such host", STAGE_NAME, 0x80072AF9, "ALPHA", DIRECTION_LOCAL },
    { "no such interface, connect", STAGE_QUERY, 0x80004002, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "configured identity is incorrect", STAGE_ACTIVATE, 0x8000401A, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "class not available", STAGE_ACTIVATE, 0x80040111, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "not licensed", STAGE_ACTIVATE, 0x80040112, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "class not registered", STAGE_ACTIVATE, 0x80040154, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "connection attempt failed, advise", STAGE_ADVISE, 0x80040202, "ALPHA", DIRECTION_SERVER_TO_CLIENT },
    { "access denied, logon", STAGE_AUTHENTICATE, 0x80070005, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "access denied, connect", STAGE_ACTIVATE, 0x80070005, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "access denied, advise", STAGE_ADVISE, 0x80070005, "ALPHA", DIRECTION_SERVER_TO_CLIENT },
    { "access denied, adding items", STAGE_GROUP, 0x80070005, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "module not found", STAGE_ACTIVATE, 0x8007007E, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "server unavailable, port 135", STAGE_PORT135, 0x800706BA, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "server unavailable, activation", STAGE_ACTIVATE, 0x800706BA, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "server unavailable, object's port", STAGE_CONNECT, 0x800706BA, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "server unavailable, advise", STAGE_ADVISE, 0x800706BA, "ALPHA", DIRECTION_SERVER_TO_CLIENT },
    { "server execution failed", STAGE_ACTIVATE, 0x80080005, "beta", DIRECTION_CLIENT_TO_SERVER },
    { "no data change", STAGE_DATA, 0x8001011F, "ALPHA", DIRECTION_SERVER_TO_CLIENT },
};

START_TEST(an_error_leads_to_its_machine_with_causes)
{
    fail_at(cases[_i].stage, cases[_i].code);
    verdict_make(&report, &verdict);
    const char *title = cases[_i].title;
    ck_assert_msg(!verdict.connected, "%s", title);
    ck_assert_int_eq(verdict.failure->stage, cases[_i].stage);
    ck_assert_int_eq(verdict.failure->direction, cases[_i].direction);
    ck_assert_msg(strcmp(verdict.host, cases[_i].host) == 0, "%s: look at %s, not %s", title, cases[_i].host,
                  verdict.host);
    ck_assert_msg(verdict.meaning && verdict.look_at && verdict.causes[0], "%s is not explained", title);
    ck_assert_msg(!verdict.change == !verdict.undo, "%s: a change needs its undo", title);
    ck_assert_ptr_nonnull(verdict.not_proven[0]);
}
END_TEST

START_TEST(a_stage_that_fails_without_a_known_code_is_explained_all_the_same)
{
    fail_at((enum stage)_i, _i % 2 ? 0 : 0x8ABCDEF0);
    verdict_make(&report, &verdict);
    ck_assert(verdict.meaning && verdict.look_at && verdict.causes[0]);
    ck_assert_ptr_nonnull(verdict.not_proven[0]);
}
END_TEST

START_TEST(the_first_failing_stage_decides)
{
    stages_settle(&report.stages, STAGE_ADVISE, OUTCOME_FAILED, "later");
    stages_settle(&report.stages, STAGE_GROUP, OUTCOME_FAILED, "sooner");
    verdict_make(&report, &verdict);
    ck_assert_int_eq(verdict.failure->stage, STAGE_GROUP);
}
END_TEST

START_TEST(a_denied_activation_after_an_accepted_logon_is_not_the_password)
{
    fail_at(STAGE_ACTIVATE, 0x80070005)->shape = WIRE_FAULT;
    verdict_make(&report, &verdict);
    ck_assert_ptr_nonnull(strstr(verdict.finding, "not the password"));
    ck_assert_ptr_nonnull(strstr(verdict.finding, "machine-wide"));
}
END_TEST

START_TEST(a_denied_activation_in_an_orderly_reply_is_the_class_permission)
{
    fail_at(STAGE_ACTIVATE, 0x80070005)->shape = WIRE_BODY;
    verdict_make(&report, &verdict);
    ck_assert_ptr_nonnull(strstr(verdict.finding, "permissions of this class"));
}
END_TEST

START_TEST(an_anonymous_activation_that_is_refused_is_as_it_should_be)
{
    report.anonymous = true;
    fail_at(STAGE_ACTIVATE, 0x80070005)->shape = WIRE_FAULT;
    verdict_make(&report, &verdict);
    ck_assert_ptr_nonnull(strstr(verdict.finding, "ANONYMOUS LOGON"));
    ck_assert_ptr_null(verdict.change);
    ck_assert_ptr_null(verdict.undo);
}
END_TEST

/* The same number, told apart by what else was measured. */
static const struct {
    const char *title;
    enum stage stage;
    uint32_t code;
    enum wire_shape shape;
    uint8_t level_sent;
    enum way_back way_back;
    uint32_t ntstatus;
    const char *account;
    const char *finding, *cause, *change; /* words; the cause is the first one; NULL: no change at all */
} shapes[] = {
    { "limits", STAGE_ACTIVATE, 0x80070005, WIRE_FAULT, LEVEL_PACKET_INTEGRITY, WAY_BACK_UNKNOWN, 0, "",
      "not the class's own list", "machine-wide limits", "Edit Limits" },
    { "limits or hardening", STAGE_ACTIVATE, 0x80070005, WIRE_FAULT, LEVEL_CONNECT, WAY_BACK_UNKNOWN, 0, "",
      "--level packet-integrity tells which", "hardening", "Packet Integrity" },
    { "list of the class", STAGE_ACTIVATE, 0x80070005, WIRE_BODY, LEVEL_CONNECT, WAY_BACK_UNKNOWN, 0, "",
      "nor the machine-wide limits", "Launch and Activation Permissions", "Customize" },
    { "access list", STAGE_QUERY, 0x80070005, WIRE_BODY, LEVEL_PACKET_INTEGRITY, WAY_BACK_UNKNOWN, 0, "",
      "it is an access list", "Access Permissions", "Access Permissions" },
    { "access list or level", STAGE_CALL, 0x80070005, WIRE_FAULT, LEVEL_PACKET, WAY_BACK_UNKNOWN, 0, "",
      "minimum level", "authentication level", "Packet Integrity" },
    { "the server's own security", STAGE_GROUP, 0x80070005, WIRE_BODY, LEVEL_PACKET_INTEGRITY, WAY_BACK_UNKNOWN, 0, "",
      "OPC server's own security", "own security", NULL },
    { "callback refused by a list", STAGE_ADVISE, 0x80070005, WIRE_BODY, LEVEL_PACKET_INTEGRITY, WAY_BACK_REFUSED, 0,
      "ALPHA\\opcserver", "an access list of this computer", "default access list", "Edit Default" },
    { "callback refused by a list, in the server's words", STAGE_ADVISE, 0x80040202, WIRE_BODY, LEVEL_PACKET,
      WAY_BACK_REFUSED, 0, "ALPHA\\opcserver", "an access list of this computer", "default access list",
      "Edit Default" },
    { "callback of nobody", STAGE_ADVISE, 0x80070005, WIRE_BODY, LEVEL_PACKET_INTEGRITY, WAY_BACK_REFUSED, 0,
      "NT AUTHORITY\\ANONYMOUS LOGON", "named no account", "LocalSystem", "Log On" },
    { "callback without authentication", STAGE_ADVISE, 0x80070005, WIRE_BODY, LEVEL_NONE, WAY_BACK_REFUSED, 0, "",
      "named no account", "LocalSystem", "Log On" },
    { "callback refused by the resolver", STAGE_ADVISE, 0x80070005, WIRE_BODY, LEVEL_UNKNOWN, WAY_BACK_UNSEEN, 0, "",
      "before it reached this program", "unknown on this computer", "Set Password" },
    { "callback that never came", STAGE_ADVISE, 0x80040202, WIRE_BODY, LEVEL_UNKNOWN, WAY_BACK_UNSEEN, 0, "",
      "never reached this program", "firewall", "remoteip=" },
    { "callback with a wrong password", STAGE_ADVISE, 0x80070005, WIRE_BODY, LEVEL_PACKET, WAY_BACK_SEEN, 0xC000006A,
      "", "refused its logon", "password was changed", "Set Password" },
    { "class for local clients", STAGE_ACTIVATE, 0x80040111, WIRE_BODY, LEVEL_PACKET, WAY_BACK_UNKNOWN, 0, "",
      "no permission", "only local connections", "remote clients" },
};

START_TEST(what_was_measured_beside_the_code_narrows_the_causes)
{
    struct stage_result *r = fail_at(shapes[_i].stage, shapes[_i].code);
    r->shape = shapes[_i].shape;
    r->level_sent = shapes[_i].level_sent;
    r->way_back = shapes[_i].way_back;
    r->ntstatus = shapes[_i].ntstatus;
    strcpy(r->account, shapes[_i].account);
    verdict_make(&report, &verdict);
    const char *title = shapes[_i].title;
    ck_assert_msg(verdict.finding && strstr(verdict.finding, shapes[_i].finding), "%s: %s", title, verdict.finding);
    ck_assert_msg(strstr(verdict.causes[0], shapes[_i].cause) != NULL, "%s: %s", title, verdict.causes[0]);
    if (shapes[_i].change)
        ck_assert_msg(verdict.change && strstr(verdict.change, shapes[_i].change), "%s: %s", title, verdict.change);
    else
        ck_assert_msg(!verdict.change, "%s: %s", title, verdict.change);
    ck_assert_msg(!verdict.change == !verdict.undo, "%s: a change needs its undo", title);
}
END_TEST

START_TEST(a_logon_without_a_key_is_likely_a_guests)
{
    struct stage_result *r = fail_at(STAGE_AUTHENTICATE, 0x80070721);
    r->level_sent = LEVEL_PACKET_INTEGRITY;
    r->mechanism = MECHANISM_NTLM;
    verdict_make(&report, &verdict);
    ck_assert_ptr_nonnull(strstr(verdict.finding, "accepted as Guest"));
    ck_assert_ptr_nonnull(strstr(verdict.change, "Classic"));
}
END_TEST

START_TEST(a_machine_without_dcom_is_named_by_the_direction_of_the_call_that_could_not_leave)
{
    fail_at(STAGE_ACTIVATE, 0x8001011C);
    verdict_make(&report, &verdict);
    ck_assert_str_eq(verdict.host, "ALPHA");
    setup();
    fail_at(STAGE_ADVISE, 0x8001011C);
    verdict_make(&report, &verdict);
    ck_assert_str_eq(verdict.host, "beta");
    ck_assert_ptr_nonnull(strstr(verdict.change, "EnableDCOM"));
}
END_TEST

START_TEST(a_class_that_refuses_local_clients_is_told_from_one_that_refuses_remote_ones)
{
    strcpy(report.there, ".");
    fail_at(STAGE_ACTIVATE, 0x80040111);
    verdict_make(&report, &verdict);
    ck_assert_ptr_nonnull(strstr(verdict.finding, "a local one"));
    ck_assert_ptr_nonnull(strstr(verdict.causes[0], "only remote connections"));
}
END_TEST

START_TEST(an_unavailable_server_behind_an_open_port_is_not_called_a_firewall)
{
    fail_at(STAGE_ACTIVATE, 0x800706BA);
    verdict_make(&report, &verdict);
    ck_assert_ptr_nonnull(strstr(verdict.finding, "port 135 is open"));
    ck_assert_ptr_nonnull(strstr(verdict.finding, "10036"));
}
END_TEST

START_TEST(what_the_user_ended_is_blamed_on_nobody)
{
    fail_at(STAGE_ACTIVATE, 0)->given_up = true;
    verdict_make(&report, &verdict);
    ck_assert(!verdict.connected);
    ck_assert_ptr_nonnull(strstr(verdict.meaning, "proves nothing"));
    ck_assert_ptr_null(verdict.look_at);
    ck_assert_ptr_null(verdict.causes[0]);
    ck_assert_ptr_null(verdict.finding);
}
END_TEST

START_TEST(both_names_are_the_same_computer_when_no_host_was_named)
{
    strcpy(report.there, ".");
    fail_at(STAGE_ACTIVATE, 0x80040154);
    verdict_make(&report, &verdict);
    ck_assert_str_eq(verdict.host, "ALPHA");
}
END_TEST

START_TEST(a_connection_never_ends_without_what_is_not_proven)
{
    for (int i = 0; i < STAGE_COUNT; i++)
        stages_settle(&report.stages, (enum stage)i, OUTCOME_OK, "fine");
    verdict_make(&report, &verdict);
    ck_assert(verdict.connected);
    ck_assert_ptr_null(verdict.failure);
    ck_assert_ptr_nonnull(strstr(verdict.not_proven[0], "simulated"));
    ck_assert_ptr_nonnull(verdict.not_proven[1]);
}
END_TEST

START_TEST(a_connection_without_data_says_that_callbacks_are_not_proven)
{
    for (int i = 0; i < STAGE_COUNT; i++)
        stages_settle(&report.stages, (enum stage)i, i == STAGE_DATA ? OUTCOME_SKIPPED : OUTCOME_OK, "fine");
    report.kind = "real";
    report.runtime = "windows";
    verdict_make(&report, &verdict);
    ck_assert(verdict.connected);
    ck_assert_ptr_nonnull(strstr(verdict.not_proven[0], "callback"));
}
END_TEST

START_TEST(nothing_insecure_is_ever_recommended)
{
    static const char *const forbidden[] = {
        "add Everyone",        "add ANONYMOUS", "Level = None", "Require=0", "IntegrityActivationAuthenticationLevel=0",
        "disable the firewall"
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setup();
        fail_at(cases[i].stage, cases[i].code);
        verdict_make(&report, &verdict);
        for (size_t k = 0; verdict.change && k < sizeof(forbidden) / sizeof(forbidden[0]); k++)
            ck_assert_msg(!strstr(verdict.change, forbidden[k]), "%s: %s", cases[i].title, verdict.change);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client verdict");
    TCase *tcase = tcase_create("verdict");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_loop_test(tcase, an_error_leads_to_its_machine_with_causes, 0, (int)(sizeof(cases) / sizeof(cases[0])));
    tcase_add_loop_test(tcase, a_stage_that_fails_without_a_known_code_is_explained_all_the_same, 0, STAGE_COUNT);
    tcase_add_test(tcase, the_first_failing_stage_decides);
    tcase_add_test(tcase, a_denied_activation_after_an_accepted_logon_is_not_the_password);
    tcase_add_test(tcase, a_denied_activation_in_an_orderly_reply_is_the_class_permission);
    tcase_add_test(tcase, an_anonymous_activation_that_is_refused_is_as_it_should_be);
    tcase_add_loop_test(tcase, what_was_measured_beside_the_code_narrows_the_causes, 0,
                        (int)(sizeof(shapes) / sizeof(shapes[0])));
    tcase_add_test(tcase, a_logon_without_a_key_is_likely_a_guests);
    tcase_add_test(tcase, a_machine_without_dcom_is_named_by_the_direction_of_the_call_that_could_not_leave);
    tcase_add_test(tcase, a_class_that_refuses_local_clients_is_told_from_one_that_refuses_remote_ones);
    tcase_add_test(tcase, an_unavailable_server_behind_an_open_port_is_not_called_a_firewall);
    tcase_add_test(tcase, what_the_user_ended_is_blamed_on_nobody);
    tcase_add_test(tcase, both_names_are_the_same_computer_when_no_host_was_named);
    tcase_add_test(tcase, a_connection_never_ends_without_what_is_not_proven);
    tcase_add_test(tcase, a_connection_without_data_says_that_callbacks_are_not_proven);
    tcase_add_test(tcase, nothing_insecure_is_ever_recommended);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
