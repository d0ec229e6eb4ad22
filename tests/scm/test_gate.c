/* Who gets past the lists of a host, and in which shape the others are refused: a real probe-scm whose registry changes
 * while it runs, a raw client at port 135 and one at scm.sock. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dcom/orpc/hresult.h"
#include "tests/scm/host_fixture.h"

#define REMOTE_CREATE_INSTANCE 4

#define OLE  "HKLM\\SOFTWARE\\Microsoft\\Ole\\"
#define APP  "HKCR\\AppID\\" TEST_CLASS "\\"
#define LIST "=sddl:O:BAG:BAD:"
#define ALL  "(A;;CCDCLCSWRP;;;{visitor})"

/* Where every right is granted, the launch goes on to a program that is not there. */
#define LET_IN HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)

static struct host_fixture host;

static void set_up(void)
{
    static const char *const password[] = { "OPCPROBE_PASSWORD=right", NULL };
    struct program_result r;
    memset(&host, 0, sizeof host);
    host_fixture_start(&host, NULL,
                       "[HKEY_CLASSES_ROOT\\CLSID\\" TEST_CLASS "]\n\"AppID\"=\"" TEST_CLASS "\"\n"
                       "[HKEY_CLASSES_ROOT\\CLSID\\" TEST_CLASS "\\LocalServer32]\n@=\"/nonexistent/server\"\n"
                       "[HKEY_CLASSES_ROOT\\AppID\\" TEST_CLASS "]\n@=\"a server\"\n");
    host_fixture_run(&host, (const char *[]){ "account", host.folder, "visitor", NULL }, password, &r);
    ck_assert_msg(r.exit_code == 0, "%s", r.error);
    host_fixture_registry(&host, (const char *[]){ OLE "MachineLaunchRestriction" LIST ALL,
                                                   OLE "MachineAccessRestriction" LIST "(A;;CCDCLC;;;{visitor})",
                                                   OLE "DefaultLaunchPermission" LIST ALL, NULL });
}

static void tear_down(void)
{
    host_fixture_stop(&host);
}

/* The outcome of RemoteCreateInstance: the HRESULT in the body, or how the call failed. */
static enum err activate_remotely(const char *user, HRESULT *hresult, struct rpc_failure *why)
{
    /* A null session has no keys to sign with. */
    const bool known = user && *user;
    struct rpc_connection *c = host_fixture_remote(&host, &IID_IRemoteSCMActivator, user, known ? "right" : "",
                                                   known ? AUTH_LEVEL_PACKET_INTEGRITY : AUTH_LEVEL_CONNECT);
    ORPCTHIS orpcthis = { .version = { 5, 7 } };
    ORPCTHAT orpcthat;
    MInterfacePointer *request = activation_blob(), *reply = NULL;
    uintptr_t arguments[] = { 0, (uintptr_t)&orpcthis, (uintptr_t)&orpcthat, 0, (uintptr_t)request, (uintptr_t)&reply };
    enum err e = plain_call(c, &IID_IRemoteSCMActivator, REMOTE_CREATE_INSTANCE, arguments,
                            clock_deadline_ns(10 * NS_PER_S), hresult, why);
    ck_assert_ptr_null(reply);
    free(request);
    rpc_connection_destroy(c);
    return e;
}

static void expect_fault(const char *user)
{
    HRESULT hresult;
    struct rpc_failure why;
    ck_assert_int_eq(activate_remotely(user, &hresult, &why), ERR_FAULT);
    ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
}

static void expect_answer(const char *user, HRESULT expected)
{
    HRESULT hresult;
    struct rpc_failure why;
    ck_assert_msg(activate_remotely(user, &hresult, &why) == ERR_OK, "fault 0x%08x", why.status);
    ck_assert_msg(hresult == expected, "0x%08x", (unsigned)hresult);
}

static void expect_event(const char *list, const char *right, const char *clsid, const char *windows_event)
{
    const char *const pieces[] = {
        "\"event\":\"access_denied\"", list, right, clsid, "BETA\\\\visitor", windows_event, NULL
    };
    ck_assert_msg(host_fixture_event(&host, pieces, NS_PER_S), "%s, %s", list, right);
}

static void set(const char *setting)
{
    host_fixture_registry(&host, (const char *[]){ setting, NULL });
}

START_TEST(who_is_in_every_list_is_let_in_and_the_program_decides)
{
    expect_answer("visitor", LET_IN);
    host_fixture_log_on(&host, "visitor");
    ck_assert_int_eq(host_fixture_activate(&host, activation_blob()), LET_IN);
}
END_TEST

START_TEST(what_the_limits_refuse_a_remote_caller_is_a_fault)
{
    set(OLE "MachineLaunchRestriction" LIST "(A;;CCDCLCSW;;;{visitor})");
    expect_fault("visitor");
    expect_event("MachineLaunchRestriction", "Remote Activation", "\"clsid\":null", "\"windows_event\":10027");
    set(OLE "MachineLaunchRestriction" LIST "(A;;CCDCSWRP;;;{visitor})");
    expect_fault("visitor");
    expect_event("MachineLaunchRestriction", "Remote Launch", TEST_CLASS, "\"windows_event\":10015");
    set(OLE "MachineLaunchRestriction" LIST ALL);
    expect_answer("visitor", LET_IN);
    set(OLE "MachineAccessRestriction" LIST "(A;;CCDC;;;{visitor})");
    expect_fault("visitor");
    expect_event("MachineAccessRestriction", "Remote Access", "\"clsid\":null", "\"windows_event\":10019");
}
END_TEST

START_TEST(what_the_default_list_refuses_a_remote_caller_is_an_answer)
{
    set(OLE "DefaultLaunchPermission" LIST "(A;;CCDCLCSW;;;{visitor})");
    expect_answer("visitor", E_ACCESSDENIED);
    expect_event("DefaultLaunchPermission", "Remote Activation", TEST_CLASS, "\"windows_event\":10016");
    set(OLE "DefaultLaunchPermission" LIST "(A;;CCDCSWRP;;;{visitor})");
    expect_answer("visitor", E_ACCESSDENIED);
    expect_event("DefaultLaunchPermission", "Remote Launch", TEST_CLASS, "\"windows_event\":10016");
}
END_TEST

START_TEST(the_list_of_the_application_stands_in_place_of_the_default)
{
    set(APP "LaunchPermission" LIST "(D;;CCRP;;;{visitor})" ALL);
    expect_answer("visitor", E_ACCESSDENIED);
    expect_event("\"list\":\"LaunchPermission\"", "Remote Activation", TEST_CLASS, "\"windows_event\":10016");
    set(APP "LaunchPermission" LIST "(A;;CCSWRP;;;{visitor})");
    expect_answer("visitor", E_ACCESSDENIED);
    expect_event("\"list\":\"LaunchPermission\"", "Remote Launch", TEST_CLASS, "\"windows_event\":10016");
    set(OLE "DefaultLaunchPermission" LIST "(A;;CCDC;;;BA)");
    set(APP "LaunchPermission" LIST ALL);
    expect_answer("visitor", LET_IN);
}
END_TEST

START_TEST(local_callers_are_judged_by_the_local_rights_and_always_get_an_answer)
{
    host_fixture_log_on(&host, "visitor");
    set(OLE "MachineLaunchRestriction" LIST "(A;;CCDCLCRP;;;{visitor})");
    ck_assert_int_eq(host_fixture_activate(&host, activation_blob()), E_ACCESSDENIED);
    expect_event("MachineLaunchRestriction", "Local Activation", TEST_CLASS, "\"windows_event\":10015");
    set(OLE "MachineLaunchRestriction" LIST "(A;;CCLCSWRP;;;{visitor})");
    ck_assert_int_eq(host_fixture_activate(&host, activation_blob()), E_ACCESSDENIED);
    expect_event("MachineLaunchRestriction", "Local Launch", TEST_CLASS, "\"windows_event\":10015");
    set(OLE "MachineLaunchRestriction" LIST "(A;;CCDCSW;;;{visitor})");
    set(OLE "DefaultLaunchPermission" LIST "(A;;CCDCSW;;;{visitor})");
    ck_assert_int_eq(host_fixture_activate(&host, activation_blob()), LET_IN);
    expect_fault("visitor");
}
END_TEST

START_TEST(without_EnableDCOM_remote_callers_are_kept_out_and_local_ones_are_not)
{
    COMVERSION version;
    DUALSTRINGARRAY *bindings = NULL;
    DWORD reserved;
    HRESULT hresult;
    struct rpc_failure why;
    uintptr_t alive[] = { 0, (uintptr_t)&version, (uintptr_t)&bindings, (uintptr_t)&reserved };
    struct rpc_connection *c = host_fixture_remote(&host, &IID_IObjectExporter, NULL, NULL, AUTH_LEVEL_NONE);
    set(OLE "EnableDCOM=sz:N");
    expect_fault("visitor");
    expect_event("\"list\":\"EnableDCOM\"", "\"right\":null", "\"clsid\":null", "\"windows_event\":0");
    ck_assert_int_eq(plain_call(c, &IID_IObjectExporter, 8, alive, clock_deadline_ns(NS_PER_S), &hresult, &why),
                     ERR_FAULT);
    ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
    host_fixture_log_on(&host, "visitor");
    ck_assert_int_eq(host_fixture_activate(&host, activation_blob()), LET_IN);
    set(OLE "EnableDCOM=sz:Y");
    expect_answer("visitor", LET_IN);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(callers_without_a_logon_need_ANONYMOUS_LOGON_in_the_lists_or_Everyone_and_the_policy)
{
    expect_fault(NULL);
    expect_fault("");
    host_fixture_registry(&host, (const char *[]){ OLE "MachineLaunchRestriction" LIST "(A;;CCDCLCSWRP;;;AN)",
                                                   OLE "MachineAccessRestriction" LIST "(A;;CCDCLC;;;AN)",
                                                   OLE "DefaultLaunchPermission" LIST "(A;;CCDCLCSWRP;;;AN)", NULL });
    expect_answer(NULL, LET_IN);
    expect_answer("", LET_IN);
    host_fixture_registry(&host, (const char *[]){ OLE "MachineLaunchRestriction" LIST "(A;;CCDCLCSWRP;;;WD)",
                                                   OLE "MachineAccessRestriction" LIST "(A;;CCDCLC;;;WD)",
                                                   OLE "DefaultLaunchPermission" LIST "(A;;CCDCLCSWRP;;;WD)", NULL });
    expect_fault(NULL);
    set("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\EveryoneIncludesAnonymous=dword:1");
    expect_answer(NULL, LET_IN);
}
END_TEST

START_TEST(a_list_that_makes_no_sense_lets_nobody_through)
{
    static const char *const event[] = { "\"event\":\"access_denied\"", "\"list\":\"LaunchPermission\"",
                                         "\"invalid\":\"entries with EXECUTE", "\"windows_event\":10021", NULL };
    set(APP "LaunchPermission" LIST "(A;;CC;;;BA)" ALL);
    expect_answer("visitor", E_ACCESSDENIED);
    ck_assert(host_fixture_event(&host, event, NS_PER_S));
}
END_TEST

START_TEST(a_caller_outside_the_limits_does_not_learn_what_is_registered)
{
    set("-HKCR\\CLSID\\" TEST_CLASS);
    expect_answer("visitor", REGDB_E_CLASSNOTREG);
    set(OLE "MachineLaunchRestriction" LIST "(A;;CCDCSW;;;WD)");
    expect_fault("visitor");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gate");
    TCase *tests = tcase_create("gate");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, who_is_in_every_list_is_let_in_and_the_program_decides);
    tcase_add_test(tests, what_the_limits_refuse_a_remote_caller_is_a_fault);
    tcase_add_test(tests, what_the_default_list_refuses_a_remote_caller_is_an_answer);
    tcase_add_test(tests, the_list_of_the_application_stands_in_place_of_the_default);
    tcase_add_test(tests, local_callers_are_judged_by_the_local_rights_and_always_get_an_answer);
    tcase_add_test(tests, without_EnableDCOM_remote_callers_are_kept_out_and_local_ones_are_not);
    tcase_add_test(tests, callers_without_a_logon_need_ANONYMOUS_LOGON_in_the_lists_or_Everyone_and_the_policy);
    tcase_add_test(tests, a_list_that_makes_no_sense_lets_nobody_through);
    tcase_add_test(tests, a_caller_outside_the_limits_does_not_learn_what_is_registered);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
