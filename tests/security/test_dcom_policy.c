#include "security/dcom_policy.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "security/accounts.h"
#include "security/host.h"

#define ALL  "CCDCLCSWRP"
#define USER "S-1-5-21-1-2-3-1001"

static struct dcom_settings settings;
static struct dcom_application application;
static struct token user, administrator, anonymous;
static struct sid server;

static struct token token_of(const char *name, uint32_t rid, bool is_administrator, enum token_logon logon)
{
    struct host host = { .name = "BETA" };
    struct account account = { .rid = rid, .group_count = is_administrator ? 1 : 0 };
    struct token t;
    ck_assert(sid_parse("S-1-5-21-1-2-3", &host.machine_sid));
    strcpy(account.name, name);
    account.groups[0].sid = sid_well_known(SID_ADMINISTRATORS);
    token_of_account(&host, &account, logon, 1, &t);
    return t;
}

static void setup(void)
{
    struct reg *r;
    ck_assert_int_eq(reg_create(&r), ERR_OK);
    ck_assert_int_eq(dcom_settings_read(r, &settings), ERR_OK);
    reg_destroy(r);
    memset(&application, 0, sizeof application);
    application.authentication_level = settings.authentication_level;
    user = token_of("opcuser", 1001, false, TOKEN_LOGON_NETWORK);
    administrator = token_of("opcadmin", 1002, true, TOKEN_LOGON_NETWORK);
    token_anonymous(&anonymous);
    ck_assert(sid_parse("S-1-5-21-1-2-3-1003", &server));
}

static void teardown(void)
{
    dcom_settings_cleanup(&settings);
    dcom_application_cleanup(&application);
}

static void set(struct com_list *list, const char *entries)
{
    char sddl[256];
    snprintf(sddl, sizeof sddl, "O:BAG:BAD:%s", entries);
    com_list_cleanup(list);
    ck_assert_int_eq(com_list_parse(sddl, COM_LIST_SET, list), ERR_OK);
}

static struct dcom_decision ask(const struct token *caller, enum dcom_action action, bool remote)
{
    const struct dcom_request request = { caller, action, remote, true, &server };
    struct dcom_decision d;
    dcom_policy_decide(&settings, &application, &request, &d);
    /* A refusal always says what is to be changed, and only a refusal does. */
    ck_assert_int_eq(d.allowed, d.refused_by == DCOM_LIST_NONE);
    ck_assert_int_eq(d.allowed, dcom_policy_value_name(&request, &d) == NULL);
    return d;
}

static void expect_refusal(const struct token *caller, enum dcom_action action, bool remote, enum dcom_list list,
                           uint32_t right, uint32_t event_id)
{
    struct dcom_decision d = ask(caller, action, remote);
    ck_assert_int_eq(d.refused_by, list);
    ck_assert_uint_eq(d.right, right);
    ck_assert_uint_eq(d.event_id, event_id);
}

START_TEST(as_installed_administrators_may_start_servers_from_afar_and_users_may_not)
{
    ck_assert(ask(&administrator, DCOM_ACTIVATE, true).allowed);
    ck_assert(ask(&administrator, DCOM_LAUNCH, true).allowed);
    expect_refusal(&user, DCOM_ACTIVATE, true, DCOM_LIST_LAUNCH_LIMITS, COM_RIGHTS_ACTIVATE_REMOTE, 10015);
    expect_refusal(&user, DCOM_LAUNCH, true, DCOM_LIST_LAUNCH_LIMITS, COM_RIGHTS_EXECUTE_REMOTE, 10015);
}
END_TEST

START_TEST(as_installed_the_user_at_the_console_may_start_servers_and_a_batch_job_may_not)
{
    const struct token console = token_of("opcuser", 1001, false, TOKEN_LOGON_INTERACTIVE);
    const struct token batch = token_of("opcuser", 1001, false, TOKEN_LOGON_BATCH);
    ck_assert(ask(&console, DCOM_LAUNCH, false).allowed);
    ck_assert(ask(&console, DCOM_ACTIVATE, false).allowed);
    expect_refusal(&batch, DCOM_ACTIVATE, false, DCOM_LIST_DEFAULT, COM_RIGHTS_ACTIVATE_LOCAL, 10016);
}
END_TEST

START_TEST(the_limits_alone_are_asked_before_any_list_and_name_no_class)
{
    struct dcom_request request = { .caller = &user, .action = DCOM_ACTIVATE, .remote = true };
    struct dcom_decision d;
    set(&settings.launch_limits, "(A;;" ALL ";;;" USER ")");
    set(&settings.default_launch, "(A;;" ALL ";;;BA)");
    dcom_policy_decide_limits(&settings, &request, &d);
    ck_assert(d.allowed && !dcom_policy_is_machines(&d));
    dcom_policy_decide(&settings, NULL, &request, &d);
    ck_assert(!d.allowed && !dcom_policy_is_machines(&d));
    set(&settings.launch_limits, "(A;;CCDCLCSW;;;" USER ")");
    dcom_policy_decide_limits(&settings, &request, &d);
    ck_assert(!d.allowed && dcom_policy_is_machines(&d));
    ck_assert_uint_eq(d.event_id, 10027);
    settings.enabled = false;
    dcom_policy_decide_limits(&settings, &request, &d);
    ck_assert_int_eq(d.refused_by, DCOM_LIST_ENABLE_DCOM);
    ck_assert(dcom_policy_is_machines(&d));
}
END_TEST

START_TEST(blank_access_permissions_let_in_the_servers_identity_and_the_system_alone)
{
    struct token system = { 0 }, twin = user;
    system.sid = sid_well_known(SID_LOCAL_SYSTEM);
    system.groups[system.group_count++] = sid_well_known(SID_EVERYONE);
    twin.sid = server;
    ck_assert(ask(&twin, DCOM_ACCESS, true).allowed);
    ck_assert(ask(&system, DCOM_ACCESS, false).allowed);
    expect_refusal(&user, DCOM_ACCESS, true, DCOM_LIST_DEFAULT, COM_RIGHTS_EXECUTE_REMOTE, 10017);
    expect_refusal(&administrator, DCOM_ACCESS, false, DCOM_LIST_DEFAULT, COM_RIGHTS_EXECUTE_LOCAL, 10017);
}
END_TEST

START_TEST(a_user_needs_the_limits_and_the_defaults)
{
    set(&settings.default_launch, "(A;;" ALL ";;;" USER ")");
    expect_refusal(&user, DCOM_ACTIVATE, true, DCOM_LIST_LAUNCH_LIMITS, COM_RIGHTS_ACTIVATE_REMOTE, 10015);
    set(&settings.launch_limits, "(A;;" ALL ";;;" USER ")");
    ck_assert(ask(&user, DCOM_ACTIVATE, true).allowed);
    set(&settings.default_launch, "(A;;" ALL ";;;BA)");
    expect_refusal(&user, DCOM_ACTIVATE, true, DCOM_LIST_DEFAULT, COM_RIGHTS_ACTIVATE_REMOTE, 10016);
}
END_TEST

START_TEST(the_list_of_an_application_replaces_the_default_and_not_the_limits)
{
    application.has_access = application.has_launch = true;
    set(&application.access, "(A;;CCDCLC;;;" USER ")");
    set(&application.launch, "(A;;" ALL ";;;" USER ")");
    ck_assert(ask(&user, DCOM_ACCESS, true).allowed);
    expect_refusal(&administrator, DCOM_ACCESS, true, DCOM_LIST_APPLICATION, COM_RIGHTS_EXECUTE_REMOTE, 10017);
    expect_refusal(&administrator, DCOM_LAUNCH, true, DCOM_LIST_APPLICATION, COM_RIGHTS_EXECUTE_REMOTE, 10016);
    expect_refusal(&user, DCOM_LAUNCH, true, DCOM_LIST_LAUNCH_LIMITS, COM_RIGHTS_EXECUTE_REMOTE, 10015);
}
END_TEST

START_TEST(activation_without_launch_reaches_only_a_server_that_runs)
{
    application.has_launch = true;
    set(&settings.launch_limits, "(A;;" ALL ";;;WD)");
    set(&application.launch, "(A;;CCRP;;;" USER ")");
    ck_assert(ask(&user, DCOM_ACTIVATE, true).allowed);
    expect_refusal(&user, DCOM_LAUNCH, true, DCOM_LIST_APPLICATION, COM_RIGHTS_EXECUTE_REMOTE, 10016);
    expect_refusal(&user, DCOM_ACTIVATE, false, DCOM_LIST_APPLICATION, COM_RIGHTS_ACTIVATE_LOCAL, 10016);
}
END_TEST

START_TEST(access_limits_hold_for_calls_and_for_activation)
{
    application.has_access = application.has_launch = true;
    set(&application.access, "(A;;CCDCLC;;;WD)");
    set(&application.launch, "(A;;" ALL ";;;BA)");
    set(&settings.access_limits, "(A;;CCDC;;;WD)");
    ck_assert(ask(&administrator, DCOM_ACCESS, false).allowed);
    ck_assert(ask(&administrator, DCOM_ACTIVATE, false).allowed);
    expect_refusal(&administrator, DCOM_ACCESS, true, DCOM_LIST_ACCESS_LIMITS, COM_RIGHTS_EXECUTE_REMOTE, 10019);
    expect_refusal(&administrator, DCOM_ACTIVATE, true, DCOM_LIST_ACCESS_LIMITS, COM_RIGHTS_EXECUTE_REMOTE, 10019);
}
END_TEST

START_TEST(anonymous_calls_pass_the_access_limits_on_this_machine_alone_until_they_grant_more)
{
    application.has_access = true;
    set(&application.access, "(A;;CCDCLC;;;AN)(A;;CCDCLC;;;WD)");
    ck_assert(ask(&anonymous, DCOM_ACCESS, false).allowed);
    expect_refusal(&anonymous, DCOM_ACCESS, true, DCOM_LIST_ACCESS_LIMITS, COM_RIGHTS_EXECUTE_REMOTE, 10019);
    set(&settings.access_limits, "(A;;CCDCLC;;;WD)(A;;CCDCLC;;;AN)");
    ck_assert(ask(&anonymous, DCOM_ACCESS, true).allowed);
}
END_TEST

START_TEST(everyone_includes_anonymous_callers_only_by_policy)
{
    application.has_access = true;
    set(&application.access, "(A;;CCDCLC;;;WD)");
    expect_refusal(&anonymous, DCOM_ACCESS, false, DCOM_LIST_APPLICATION, COM_RIGHTS_EXECUTE_LOCAL, 10017);
    settings.everyone_includes_anonymous = true;
    ck_assert(ask(&anonymous, DCOM_ACCESS, false).allowed);
    ck_assert(ask(&anonymous, DCOM_ACCESS, true).allowed);
    ck_assert_uint_eq(anonymous.group_count, 1); /* the caller's own token stays as it was */
}
END_TEST

START_TEST(enable_dcom_keeps_remote_callers_out_and_local_ones_in)
{
    settings.enabled = false;
    application.has_access = true;
    set(&application.access, "(A;;CCDCLC;;;WD)");
    expect_refusal(&administrator, DCOM_ACTIVATE, true, DCOM_LIST_ENABLE_DCOM, 0, 0);
    expect_refusal(&administrator, DCOM_ACCESS, true, DCOM_LIST_ENABLE_DCOM, 0, 0);
    ck_assert(ask(&administrator, DCOM_ACCESS, false).allowed);
    ck_assert(ask(&administrator, DCOM_LAUNCH, false).allowed);
}
END_TEST

START_TEST(a_refusal_before_the_class_is_known_has_an_event_of_its_own)
{
    const struct dcom_request request = { &anonymous, DCOM_ACTIVATE, true, false, NULL };
    struct dcom_decision d;
    dcom_policy_decide(&settings, NULL, &request, &d);
    ck_assert(!d.allowed);
    ck_assert_uint_eq(d.event_id, 10027);
    ck_assert_str_eq(dcom_policy_value_name(&request, &d), "MachineLaunchRestriction");
}
END_TEST

START_TEST(an_invalid_list_refuses_everybody_and_says_why)
{
    static const char invalid[] = "(A;;CCDCLC;;;WD)(A;;LC;;;WD)";
    application.has_access = application.has_launch = true;
    set(&application.access, invalid);
    set(&application.launch, invalid);
    ck_assert_ptr_ne(ask(&administrator, DCOM_ACCESS, true).invalid, NULL);
    ck_assert_uint_eq(ask(&administrator, DCOM_LAUNCH, true).event_id, 10021);
    ck_assert_uint_eq(ask(&administrator, DCOM_ACCESS, true).event_id, 10022);
    set(&settings.launch_limits, invalid);
    expect_refusal(&administrator, DCOM_LAUNCH, true, DCOM_LIST_LAUNCH_LIMITS, COM_RIGHTS_EXECUTE_REMOTE, 10020);
    settings.launch_limits.source = COM_LIST_POLICY;
    expect_refusal(&administrator, DCOM_LAUNCH, true, DCOM_LIST_LAUNCH_LIMITS, COM_RIGHTS_EXECUTE_REMOTE, 10024);
}
END_TEST

START_TEST(a_list_the_program_gave_takes_the_place_of_the_applications_and_not_of_the_limits)
{
    application.has_access = application.access_by_program = true;
    application.authentication_level = DCOM_LEVEL_NONE;
    set(&application.access, "(A;;CCDCLC;;;" USER ")");
    set(&settings.default_access, "(A;;CCDCLC;;;BA)");
    ck_assert(ask(&user, DCOM_ACCESS, true).allowed);
    expect_refusal(&administrator, DCOM_ACCESS, true, DCOM_LIST_PROGRAM, COM_RIGHTS_EXECUTE_REMOTE, 10018);
    set(&settings.access_limits, "(A;;CCDCLC;;;BA)");
    expect_refusal(&user, DCOM_ACCESS, true, DCOM_LIST_ACCESS_LIMITS, COM_RIGHTS_EXECUTE_REMOTE, 10019);
}
END_TEST

START_TEST(at_level_none_the_limits_alone_decide_on_calls)
{
    application.authentication_level = DCOM_LEVEL_NONE;
    application.has_access = application.has_launch = true;
    set(&application.access, "(A;;CCDCLC;;;BA)");
    set(&application.launch, "(A;;" ALL ";;;BA)");
    set(&settings.launch_limits, "(A;;" ALL ";;;WD)");
    ck_assert(ask(&user, DCOM_ACCESS, true).allowed);
    ck_assert(ask(&anonymous, DCOM_ACCESS, false).allowed);
    expect_refusal(&anonymous, DCOM_ACCESS, true, DCOM_LIST_ACCESS_LIMITS, COM_RIGHTS_EXECUTE_REMOTE, 10019);
    expect_refusal(&user, DCOM_LAUNCH, true, DCOM_LIST_APPLICATION, COM_RIGHTS_EXECUTE_REMOTE, 10016);
}
END_TEST

START_TEST(a_refusal_names_its_value_and_its_right)
{
    const struct dcom_request access = { &user, DCOM_ACCESS, true, true, &server };
    const struct dcom_request launch = { &user, DCOM_LAUNCH, false, true, &server };
    struct dcom_decision d = { .refused_by = DCOM_LIST_PROGRAM, .right = COM_RIGHTS_EXECUTE_REMOTE };
    ck_assert_str_eq(dcom_policy_value_name(&access, &d), "CoInitializeSecurity");
    ck_assert_str_eq(dcom_policy_right_name(&access, &d), "Remote Access");
    d.right = COM_RIGHTS_EXECUTE_LOCAL;
    ck_assert_str_eq(dcom_policy_right_name(&access, &d), "Local Access");
    ck_assert_str_eq(dcom_policy_right_name(&launch, &d), "Local Launch");
    d.right = COM_RIGHTS_ACTIVATE_REMOTE;
    ck_assert_str_eq(dcom_policy_right_name(&launch, &d), "Remote Activation");
    d.right = 0;
    ck_assert_ptr_null(dcom_policy_right_name(&launch, &d));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dcom_policy");
    TCase *tests = tcase_create("dcom_policy");
    tcase_add_test(tests, as_installed_administrators_may_start_servers_from_afar_and_users_may_not);
    tcase_add_test(tests, as_installed_the_user_at_the_console_may_start_servers_and_a_batch_job_may_not);
    tcase_add_test(tests, the_limits_alone_are_asked_before_any_list_and_name_no_class);
    tcase_add_test(tests, blank_access_permissions_let_in_the_servers_identity_and_the_system_alone);
    tcase_add_test(tests, a_user_needs_the_limits_and_the_defaults);
    tcase_add_test(tests, the_list_of_an_application_replaces_the_default_and_not_the_limits);
    tcase_add_test(tests, activation_without_launch_reaches_only_a_server_that_runs);
    tcase_add_test(tests, access_limits_hold_for_calls_and_for_activation);
    tcase_add_test(tests, anonymous_calls_pass_the_access_limits_on_this_machine_alone_until_they_grant_more);
    tcase_add_test(tests, everyone_includes_anonymous_callers_only_by_policy);
    tcase_add_test(tests, enable_dcom_keeps_remote_callers_out_and_local_ones_in);
    tcase_add_test(tests, a_refusal_before_the_class_is_known_has_an_event_of_its_own);
    tcase_add_test(tests, an_invalid_list_refuses_everybody_and_says_why);
    tcase_add_test(tests, a_list_the_program_gave_takes_the_place_of_the_applications_and_not_of_the_limits);
    tcase_add_test(tests, at_level_none_the_limits_alone_decide_on_calls);
    tcase_add_test(tests, a_refusal_names_its_value_and_its_right);
    tcase_add_checked_fixture(tests, setup, teardown);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
