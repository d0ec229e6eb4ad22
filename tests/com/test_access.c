/* Who may call, and who may call back: the machine's limits and the lists of the process, held against real callers. */
#include <olectl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "security/sddl.h"
#include "tests/com/lab.h"
#include "tests/com/sink.h"
#include "tests/orpc/orpc_suite.h"

#define OLE   "HKLM\\SOFTWARE\\Microsoft\\Ole\\"
#define APPID "HKCR\\AppID\\" TEST_SERVER_APPID "\\"
#define SDDL  "=sddl:O:BAG:BAD:"
#define CALLS "(A;;CCDCLC;;;"

/* The server runs as opcuser; `other` is an account that is nobody in particular. */
static void start(void)
{
    lab_start();
    lab_add_account(&lab.beta, "other", "other's", NULL);
}

#define SET(host, ...) lab_set(&lab.host, (const char *const[]){ __VA_ARGS__, NULL })

static bool denied(struct host_fixture *h, const char *list, const char *account, const char *windows_event)
{
    char event[64], quoted[64];
    snprintf(event, sizeof event, "\"windows_event\":%s}", windows_event);
    snprintf(quoted, sizeof quoted, "\"list\":\"%s\"", list);
    const char *const pieces[] = { "\"access_denied\"", quoted, account, event, NULL };
    return host_fixture_event_of_any(h, pieces, 5 * NS_PER_S);
}

/* Activates as that account and calls once. */
static HRESULT call_as(const char *user, const char *password, DWORD level)
{
    IOPCCommon *common;
    LCID locale;
    HRESULT hr = lab_activate(user, password, level, &IID_IOPCCommon, (void **)&common);
    if (FAILED(hr))
        return hr;
    assert_hr(CoSetProxyBlanket((IUnknown *)common, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL, level,
                                RPC_C_IMP_LEVEL_IDENTIFY, lab_identity(user, password), EOAC_NONE),
              S_OK);
    hr = IOPCCommon_GetLocaleID(common, &locale);
    IOPCCommon_Release(common);
    return hr;
}

static HRESULT call_as_other(void)
{
    return call_as("other", "other's", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
}

/* ---- calls ---------------------------------------------------------------------------------------------------- */

START_TEST(without_lists_the_server_takes_calls_of_its_own_account_alone_until_the_default_list_says_more)
{
    lab_start_class_with("--silent");
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(call_as("opcuser", "right", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY), S_OK);
    assert_hr(call_as_other(), E_ACCESSDENIED);
    ck_assert(denied(&lab.beta, "DefaultAccessPermission", "\"account\":\"BETA\\\\other\"", "10017"));
    SET(beta, OLE "DefaultAccessPermission" SDDL CALLS "{other})");
    assert_hr(call_as_other(), S_OK);
    assert_hr(call_as("opcuser", "right", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY), E_ACCESSDENIED);
    SET(beta, OLE "DefaultAccessPermission=-");
    lab_leave();
}
END_TEST

START_TEST(an_application_is_judged_by_its_own_list_and_level)
{
    lab_start_class_with("--appid");
    SET(beta, APPID "AccessPermission" SDDL CALLS "{opcuser})", APPID "AuthenticationLevel=dword:5");
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(call_as_other(), E_ACCESSDENIED);
    ck_assert(denied(&lab.beta, "AccessPermission", "\"right\":\"Remote Access\"", "10017"));
    assert_hr(call_as("opcuser", "right", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY), S_OK);
    assert_hr(call_as("opcuser", "right", RPC_C_AUTHN_LEVEL_PKT), E_ACCESSDENIED);
    ck_assert(denied(&lab.beta, "AuthenticationLevel",
                     "\"account\":\"BETA\\\\opcuser\",\"level\":\"packet\",\"minimum\":\"packet-integrity\"", "0"));
    SET(beta, APPID "AccessPermission=-", APPID "AuthenticationLevel=-");
    lab_leave();
}
END_TEST

START_TEST(limits_hold_whatever_the_program_says)
{
    lab_start_class_with("--minimum=2");
    SET(beta, OLE "MachineAccessRestriction" SDDL CALLS "{opcuser})");
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(call_as("opcuser", "right", RPC_C_AUTHN_LEVEL_CONNECT), S_OK);
    assert_hr(call_as_other(), E_ACCESSDENIED);
    ck_assert(denied(&lab.beta, "MachineAccessRestriction", "\"account\":\"BETA\\\\other\"", "10019"));
    SET(beta, OLE "MachineAccessRestriction=-");
    assert_hr(call_as_other(), S_OK);
    lab_leave();
}
END_TEST

START_TEST(local_callers_need_the_local_right_alone)
{
    IOPCCommon *common;
    LCID locale;
    lab_start_class_with("--appid");
    SET(beta, APPID "AccessPermission" SDDL "(A;;CCDC;;;{opcuser})");
    lab_enter_beta(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(CoCreateInstance(&CLSID_TestServer, NULL, CLSCTX_LOCAL_SERVER, &IID_IOPCCommon, (void **)&common), S_OK);
    assert_hr(IOPCCommon_GetLocaleID(common, &locale), S_OK);
    IOPCCommon_Release(common);
    lab_leave();
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(call_as("opcuser", "right", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY), E_ACCESSDENIED);
    lab_leave();
    SET(beta, APPID "AccessPermission=-");
}
END_TEST

/* ---- anonymous callers ---------------------------------------------------------------------------------------- */

/* A null session has a level, and its signatures protect nothing ([MS-NLMP] 3.4): to the lists it is ANONYMOUS LOGON
 * whatever the level. */
static HRESULT call_anonymously(DWORD service, DWORD level, char **account)
{
    IOPCCommon *common;
    LPWSTR text = NULL;
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, &IID_IOPCCommon, (void **)&common), S_OK);
    assert_hr(CoSetProxyBlanket((IUnknown *)common, service, RPC_C_AUTHZ_NONE, NULL, level, RPC_C_IMP_LEVEL_IDENTIFY,
                                service == RPC_C_AUTHN_NONE ? NULL : lab_identity("", ""), EOAC_NONE),
              S_OK);
    HRESULT hr = IOPCCommon_GetErrorString(common, (HRESULT)TEST_ASK_ACCOUNT, &text);
    *account = SUCCEEDED(hr) ? utf8_dup(text) : NULL;
    CoTaskMemFree(text);
    IOPCCommon_Release(common);
    lab_leave();
    return hr;
}

static void assert_admitted(DWORD service, DWORD level, const char *expected)
{
    char *account;
    assert_hr(call_anonymously(service, level, &account), S_OK);
    ck_assert_str_eq(account, expected);
    free(account);
}

START_TEST(a_null_session_is_let_in_by_name_or_by_everyone_with_the_policy)
{
    static const char policy[] = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\EveryoneIncludesAnonymous";
    static const char somebody[] = "NT AUTHORITY\\ANONYMOUS LOGON";
    char setting[128], *account;
    lab_start_class_with("--minimum=2");
    for (DWORD level = RPC_C_AUTHN_LEVEL_CONNECT; level <= RPC_C_AUTHN_LEVEL_PKT_PRIVACY; level++)
        assert_hr(call_anonymously(RPC_C_AUTHN_WINNT, level, &account), E_ACCESSDENIED);
    ck_assert(denied(&lab.beta, "MachineAccessRestriction", "NT AUTHORITY\\\\ANONYMOUS LOGON", "10019"));
    snprintf(setting, sizeof setting, "%s=dword:1", policy);
    SET(beta, setting);
    assert_admitted(RPC_C_AUTHN_WINNT, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, somebody);
    snprintf(setting, sizeof setting, "%s=-", policy);
    SET(beta, setting, OLE "MachineAccessRestriction" SDDL CALLS "WD)" CALLS "AN)");
    assert_admitted(RPC_C_AUTHN_WINNT, RPC_C_AUTHN_LEVEL_CONNECT, somebody);
    SET(beta, OLE "MachineAccessRestriction=-");
}
END_TEST

START_TEST(a_call_without_a_verifier_is_anonymous_too)
{
    char *account;
    lab_start_class_with("--minimum=1");
    assert_hr(call_anonymously(RPC_C_AUTHN_NONE, RPC_C_AUTHN_LEVEL_NONE, &account), E_ACCESSDENIED);
    SET(beta, OLE "MachineAccessRestriction" SDDL CALLS "WD)" CALLS "AN)");
    assert_admitted(RPC_C_AUTHN_NONE, RPC_C_AUTHN_LEVEL_NONE, "-");
    SET(beta, OLE "MachineAccessRestriction=-");
}
END_TEST

/* ---- callbacks ------------------------------------------------------------------------------------------------ */

/* What the server gets when it calls this process back. */
static HRESULT call_back(void)
{
    IOPCCommon *common;
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    static struct sink sink; /* a server that may not call back cannot give its references back either */
    DWORD cookie = 0;
    sink_init(&sink);
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common), S_OK);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    assert_hr(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point), S_OK);
    HRESULT hr = IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCShutdown_iface, &cookie);
    if (SUCCEEDED(hr)) {
        hr = IOPCCommon_SetClientName(common, u"hello");
        ck_assert_uint_eq(sink.calls, SUCCEEDED(hr) ? 1 : 0);
        assert_hr(IConnectionPoint_Unadvise(point, cookie), S_OK);
    }
    IConnectionPoint_Release(point);
    IConnectionPointContainer_Release(container);
    IOPCCommon_Release(common);
    return hr;
}

/* The server's question for IOPCShutdown is the first call back, inside Advise, so Advise fails. */
#define REFUSED CONNECT_E_CANNOTCONNECT

START_TEST(callbacks_are_judged_by_this_machines_default_list_and_limits)
{
    lab_start_class_with("--minimum=2");
    lab_add_account(&lab.alpha, "else", "x", NULL);
    SET(alpha, OLE "DefaultAccessPermission" SDDL CALLS "{else})");
    lab_enter_silently();
    assert_hr(call_back(), REFUSED);
    ck_assert(denied(&lab.alpha, "DefaultAccessPermission", "\"account\":\"ALPHA\\\\opcuser\"", "10017"));
    lab_leave();
    SET(alpha, OLE "DefaultAccessPermission" SDDL CALLS "{opcuser})",
        OLE "MachineAccessRestriction" SDDL CALLS "{else})");
    lab_enter_silently();
    assert_hr(call_back(), REFUSED);
    ck_assert(denied(&lab.alpha, "MachineAccessRestriction", "\"account\":\"ALPHA\\\\opcuser\"", "10019"));
    lab_leave();
    SET(alpha, OLE "MachineAccessRestriction=-");
    lab_enter_silently();
    assert_hr(call_back(), S_OK);
    lab_leave();
    SET(alpha, OLE "DefaultAccessPermission=-");
}
END_TEST

/* A server that its remote client launched has the client's token and nothing to prove it with. */
START_TEST(a_server_without_an_identity_of_its_own_calls_back_as_nobody)
{
    lab_start_class_with("--minimum=2");
    SET(beta, APPID "RunAs=-");
    lab_enter_silently();
    assert_hr(call_back(), REFUSED);
    ck_assert(denied(&lab.alpha, "MachineAccessRestriction", "NT AUTHORITY\\\\ANONYMOUS LOGON", "10019"));
    lab_leave();
    SET(alpha, OLE "MachineAccessRestriction" SDDL CALLS "WD)" CALLS "AN)");
    lab_enter_silently();
    assert_hr(call_back(), REFUSED);
    ck_assert(denied(&lab.alpha, "DefaultAccessPermission", "NT AUTHORITY\\\\ANONYMOUS LOGON", "10017"));
    lab_leave();
    SET(alpha, OLE "DefaultAccessPermission" SDDL CALLS "AN)");
    lab_enter_silently();
    assert_hr(call_back(), S_OK);
    lab_leave();
}
END_TEST

/* A descriptor in self-relative form; in absolute form its parts point into it. */
struct given_list {
    struct writer relative;
    SECURITY_DESCRIPTOR absolute;
};

static void make_list(struct given_list *l, const char *sddl)
{
    struct descriptor d;
    ck_assert_int_eq(sddl_parse(sddl, NULL, &d), ERR_OK);
    writer_init(&l->relative, 4096);
    descriptor_write(&l->relative, &d);
    descriptor_cleanup(&d);
    uint8_t *base = l->relative.data;
    const SECURITY_DESCRIPTOR_RELATIVE *r = (const void *)base;
    l->absolute = (SECURITY_DESCRIPTOR){ .Revision = SECURITY_DESCRIPTOR_REVISION, .Control = SE_DACL_PRESENT };
    l->absolute.Owner = base + r->Owner;
    l->absolute.Group = base + r->Group;
    l->absolute.Dacl = (PACL)(void *)(base + r->Dacl);
}

static HRESULT give_list(void *descriptor)
{
    return CoInitializeSecurity(descriptor, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IDENTIFY, NULL,
                                EOAC_NONE, NULL);
}

START_TEST(a_list_the_program_gives_takes_the_place_of_the_default_list_in_either_form)
{
    struct given_list nobody, everyone;
    make_list(&nobody, "O:BAG:BAD:(A;;CCDCLC;;;SY)");
    make_list(&everyone, "O:BAG:BAD:(A;;CCDCLC;;;WD)");
    lab_start_class_with("--minimum=2");
    lab_enter_silently();
    assert_hr(give_list(&nobody.absolute), S_OK);
    assert_hr(call_back(), REFUSED);
    ck_assert(denied(&lab.alpha, "CoInitializeSecurity", "\"account\":\"ALPHA\\\\opcuser\"", "10018"));
    lab_leave();
    SET(alpha, OLE "DefaultAccessPermission" SDDL CALLS "SY)");
    lab_enter_silently();
    assert_hr(give_list(everyone.relative.data), S_OK);
    assert_hr(call_back(), S_OK);
    lab_leave();
    lab_enter_silently();
    assert_hr(give_list(&everyone.absolute), S_OK);
    assert_hr(call_back(), S_OK);
    lab_leave();
    lab_enter_silently();
    assert_hr(give_list(NULL), S_OK);
    assert_hr(call_back(), S_OK);
    lab_leave();
    SET(alpha, OLE "DefaultAccessPermission=-");
    writer_cleanup(&nobody.relative);
    writer_cleanup(&everyone.relative);
}
END_TEST

START_TEST(a_descriptor_that_com_cannot_use_is_refused)
{
    struct given_list l, strange;
    make_list(&l, "O:BAG:BAD:(A;;CCDCLC;;;WD)");
    make_list(&strange, "O:BAG:BAD:(A;;LC;;;WD)"); /* without EXECUTE no entry of COM's means anything */
    SECURITY_DESCRIPTOR ownerless = l.absolute, audited = l.absolute;
    ownerless.Owner = NULL;
    audited.Control |= SE_SACL_PRESENT;
    audited.Sacl = audited.Dacl;
    unsetenv("OPCPROBE_HOST");
    assert_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    assert_hr(give_list(&ownerless), E_INVALIDARG);
    assert_hr(give_list(&audited), E_INVALIDARG);
    assert_hr(give_list(&strange.absolute), E_INVALIDARG);
    assert_hr(give_list(&l.absolute), S_OK);
    assert_hr(give_list(&l.absolute), RPC_E_TOO_LATE);
    CoUninitialize();
    writer_cleanup(&l.relative);
    writer_cleanup(&strange.relative);
}
END_TEST

START_TEST(the_lists_of_this_machine_are_handed_out)
{
    PSECURITY_DESCRIPTOR list;
    struct descriptor d;
    SET(alpha, OLE "DefaultAccessPermission" SDDL CALLS "BU)", OLE "DefaultLaunchPermission" SDDL "(A;;LC;;;WD)");
    lab_enter_silently();
    assert_hr(CoGetSystemSecurityPermissions(SD_ACCESSPERMISSIONS, &list), S_OK);
    ck_assert_int_eq(descriptor_read(list, 20 + 8 + 24 + 16 + 16, &d), ERR_OK);
    char *text = sddl_format(&d);
    ck_assert_str_eq(text, "O:BAG:BAD:(A;;CCDCLC;;;BU)");
    free(text);
    descriptor_cleanup(&d);
    ck_assert_ptr_null(LocalFree(list));
    assert_hr(CoGetSystemSecurityPermissions(SD_LAUNCHPERMISSIONS, &list), 0x8007053A);
    assert_hr(CoGetSystemSecurityPermissions((COMSD)4, &list), E_INVALIDARG);
    ck_assert_ptr_null(list);
    lab_leave();
    SET(alpha, OLE "DefaultAccessPermission=-", OLE "DefaultLaunchPermission=-");
}
END_TEST

/* ---- EnableDCOM ----------------------------------------------------------------------------------------------- */

START_TEST(a_machine_without_dcom_calls_nobody_else_and_is_not_called)
{
    IUnknown *object;
    lab_start_class_with("--minimum=2");
    SET(alpha, OLE "EnableDCOM=sz:N");
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, &IID_IUnknown, (void **)&object),
              RPC_E_REMOTE_DISABLED);
    ck_assert_uint_eq(lab_tcp_connections(), 0);
    lab_leave();
    SET(alpha, OLE "EnableDCOM=sz:Y");
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    /* What the server must know to call back it asks this machine's resolver, which is closed to others. */
    SET(alpha, OLE "EnableDCOM=sz:N");
    assert_hr(call_back(), 0x800706BA);
    lab_leave();
    SET(alpha, OLE "EnableDCOM=-");
}
END_TEST

START_TEST(a_machine_without_dcom_still_serves_itself)
{
    IOPCCommon *common;
    LCID locale;
    SET(beta, OLE "EnableDCOM=sz:N");
    lab_enter_beta(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(CoCreateInstance(&CLSID_TestServer, NULL, CLSCTX_LOCAL_SERVER, &IID_IOPCCommon, (void **)&common), S_OK);
    assert_hr(IOPCCommon_GetLocaleID(common, &locale), S_OK);
    IOPCCommon_Release(common);
    lab_leave();
    SET(beta, OLE "EnableDCOM=-");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("access");
    TCase *calls = tcase_create("calls"), *callbacks = tcase_create("callbacks"),
          *switches = tcase_create("EnableDCOM");
    tcase_add_checked_fixture(calls, start, lab_stop);
    tcase_set_timeout(calls, 60);
    tcase_add_test(calls,
                   without_lists_the_server_takes_calls_of_its_own_account_alone_until_the_default_list_says_more);
    tcase_add_test(calls, an_application_is_judged_by_its_own_list_and_level);
    tcase_add_test(calls, limits_hold_whatever_the_program_says);
    tcase_add_test(calls, local_callers_need_the_local_right_alone);
    tcase_add_test(calls, a_null_session_is_let_in_by_name_or_by_everyone_with_the_policy);
    tcase_add_test(calls, a_call_without_a_verifier_is_anonymous_too);
    tcase_add_checked_fixture(callbacks, start, lab_stop);
    tcase_set_timeout(callbacks, 60);
    tcase_add_test(callbacks, callbacks_are_judged_by_this_machines_default_list_and_limits);
    tcase_add_test(callbacks, a_server_without_an_identity_of_its_own_calls_back_as_nobody);
    tcase_add_test(callbacks, a_list_the_program_gives_takes_the_place_of_the_default_list_in_either_form);
    tcase_add_test(callbacks, a_descriptor_that_com_cannot_use_is_refused);
    tcase_add_test(callbacks, the_lists_of_this_machine_are_handed_out);
    tcase_add_checked_fixture(switches, start, lab_stop);
    tcase_set_timeout(switches, 60);
    tcase_add_test(switches, a_machine_without_dcom_calls_nobody_else_and_is_not_called);
    tcase_add_test(switches, a_machine_without_dcom_still_serves_itself);
    suite_add_tcase(suite, calls);
    suite_add_tcase(suite, callbacks);
    suite_add_tcase(suite, switches);
    return run_suite(suite);
}
