/* Objects of another host through the whole runtime: real probe-scm on both sides, a real server process. */
#include <olectl.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/thread.h"
#include "tests/com/lab.h"
#include "tests/orpc/orpc_suite.h"

static IOPCCommon *activate(DWORD level)
{
    IOPCCommon *common;
    assert_hr(lab_activate(NULL, NULL, level, &IID_IOPCCommon, (void **)&common), S_OK);
    return common;
}

START_TEST(an_object_is_activated_and_called_with_the_process_credentials)
{
    LCID locale = 0;
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    IOPCCommon *common = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(IOPCCommon_GetLocaleID(common, &locale), S_OK);
    ck_assert_uint_eq(locale, 0x409);
    lab_assert_answer(common, TEST_ASK_ACCOUNT, "BETA\\opcuser");
    ck_assert_uint_eq(IOPCCommon_Release(common), 0);
    lab_leave();
}
END_TEST

/* Level of the calls, what the server then sees. */
static const struct {
    DWORD asked;
    const char *seen;
} levels[] = {
    { RPC_C_AUTHN_LEVEL_CONNECT, "2" },       { RPC_C_AUTHN_LEVEL_CALL, "4" },        { RPC_C_AUTHN_LEVEL_PKT, "4" },
    { RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, "5" }, { RPC_C_AUTHN_LEVEL_PKT_PRIVACY, "6" },
};

START_TEST(calls_travel_at_the_default_level_of_the_process)
{
    lab_enter(levels[_i].asked);
    IOPCCommon *common = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    lab_assert_answer(common, TEST_ASK_LEVEL, levels[_i].seen);
    lab_assert_answer(common, TEST_ASK_MECHANISM, "10");
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

START_TEST(calls_travel_at_the_level_of_the_blanket)
{
    DWORD level, service;
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    IOPCCommon *common = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(CoSetProxyBlanket((IUnknown *)common, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL, levels[_i].asked,
                                RPC_C_IMP_LEVEL_IDENTIFY, lab_identity("opcuser", "right"), EOAC_NONE),
              S_OK);
    lab_assert_answer(common, TEST_ASK_LEVEL, levels[_i].seen);
    assert_hr(CoQueryProxyBlanket((IUnknown *)common, &service, NULL, NULL, &level, NULL, NULL, NULL), S_OK);
    ck_assert_uint_eq(service, RPC_C_AUTHN_WINNT);
    ck_assert_uint_eq(level, (DWORD)(levels[_i].seen[0] - '0'));
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

START_TEST(a_large_answer_arrives_whole)
{
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
    IOPCCommon *common = activate(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    char *text = lab_ask(common, TEST_ASK_LONG);
    ck_assert_uint_eq(strlen(text), TEST_LONG_TEXT);
    ck_assert_uint_eq(strspn(text, "x"), TEST_LONG_TEXT);
    free(text);
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

START_TEST(one_object_has_one_identity_and_one_reference_count)
{
    IUnknown *first, *second;
    IConnectionPointContainer *container;
    IOPCShutdown *none;
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    IOPCCommon *common = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IUnknown, (void **)&first), S_OK);
    assert_hr(IConnectionPointContainer_QueryInterface(container, &IID_IUnknown, (void **)&second), S_OK);
    ck_assert_ptr_eq(first, second);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IOPCShutdown, (void **)&none), E_NOINTERFACE);
    ck_assert_ptr_null(none);
    ck_assert_uint_eq(IUnknown_Release(second), 3);
    ck_assert_uint_eq(IUnknown_Release(first), 2);
    ck_assert_uint_eq(IConnectionPointContainer_Release(container), 1);
    ck_assert_uint_eq(IOPCCommon_Release(common), 0);
    lab_leave();
}
END_TEST

START_TEST(the_last_release_lets_the_server_object_go)
{
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    IOPCCommon *kept = activate(RPC_C_AUTHN_LEVEL_CONNECT), *other = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    lab_assert_answer(kept, TEST_ASK_OBJECTS, "2");
    IOPCCommon_Release(other);
    lab_assert_answer(kept, TEST_ASK_OBJECTS, "1");
    IOPCCommon_Release(kept);
    lab_leave();
}
END_TEST

START_TEST(com_takes_unreleased_references_back_when_it_ends)
{
    LCID locale;
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    IOPCCommon *kept = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    lab_leave();
    assert_hr(IOPCCommon_GetLocaleID(kept, &locale), CO_E_NOTINITIALIZED);
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(IOPCCommon_GetLocaleID(kept, &locale), RPC_E_DISCONNECTED);
    IOPCCommon *fresh = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    lab_assert_answer(fresh, TEST_ASK_OBJECTS, "1");
    IOPCCommon_Release(fresh);
    ck_assert_uint_eq(IOPCCommon_Release(kept), 0);
    lab_leave();
}
END_TEST

START_TEST(several_interfaces_are_asked_for_at_once)
{
    char text[64];
    WCHAR name[64];
    COSERVERINFO server = { .pwszName = name };
    MULTI_QI results[] = { { .pIID = &IID_IOPCCommon }, { .pIID = &IID_IOPCShutdown }, { .pIID = &IID_IUnknown } };
    snprintf(text, sizeof text, "%s[%u]", lab.beta.address, lab.beta.port);
    utf16_from_utf8(text, name, 64);
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(CoCreateInstanceEx(&CLSID_TestServer, NULL, CLSCTX_REMOTE_SERVER, &server, 3, results),
              CO_S_NOTALLINTERFACES);
    assert_hr(results[0].hr, S_OK);
    assert_hr(results[1].hr, E_NOINTERFACE);
    ck_assert_ptr_null(results[1].pItf);
    assert_hr(results[2].hr, S_OK);
    IUnknown_Release(results[0].pItf);
    ck_assert_uint_eq(IUnknown_Release(results[2].pItf), 0);
    lab_leave();
}
END_TEST

START_TEST(the_name_of_a_host_leads_to_its_address_and_resolver_port)
{
    WCHAR name[] = u"BETA";
    COSERVERINFO server = { .pwszName = name };
    MULTI_QI result = { .pIID = &IID_IOPCCommon };
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(CoCreateInstanceEx(&CLSID_TestServer, NULL, CLSCTX_ALL, &server, 1, &result), S_OK);
    IUnknown_Release(result.pItf);
    lab_leave();
}
END_TEST

START_TEST(a_class_object_makes_instances)
{
    WCHAR name[] = u"beta";
    COSERVERINFO server = { .pwszName = name };
    IClassFactory *factory;
    IOPCCommon *common;
    IUnknown *inner;
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(CoGetClassObject(&CLSID_TestServer, CLSCTX_REMOTE_SERVER, &server, &IID_IClassFactory, (void **)&factory),
              S_OK);
    assert_hr(IClassFactory_LockServer(factory, TRUE), S_OK);
    assert_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IOPCCommon, (void **)&common), S_OK);
    lab_assert_answer(common, TEST_ASK_OBJECTS, "2");
    assert_hr(IClassFactory_CreateInstance(factory, (IUnknown *)common, &IID_IUnknown, (void **)&inner),
              CLASS_E_NOAGGREGATION);
    assert_hr(IClassFactory_LockServer(factory, FALSE), S_OK);
    IClassFactory_Release(factory);
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

START_TEST(enumerators_travel_with_their_elements)
{
    IConnectionPointContainer *container;
    IEnumConnectionPoints *enumerator, *clone;
    IConnectionPoint *points[4] = { NULL };
    ULONG fetched = 99;
    IID iid;
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    IOPCCommon *common = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    assert_hr(IConnectionPointContainer_EnumConnectionPoints(container, &enumerator), S_OK);
    assert_hr(IEnumConnectionPoints_Clone(enumerator, &clone), S_OK);
    assert_hr(IEnumConnectionPoints_Next(enumerator, 4, points, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 1);
    assert_hr(IConnectionPoint_GetConnectionInterface(points[0], &iid), S_OK);
    ck_assert(IsEqualIID(&iid, &IID_IOPCShutdown));
    IConnectionPoint_Release(points[0]);
    assert_hr(IEnumConnectionPoints_Next(enumerator, 1, points, NULL), S_FALSE);
    assert_hr(IEnumConnectionPoints_Next(clone, 1, points, NULL), S_OK);
    IConnectionPoint_Release(points[0]);
    IEnumConnectionPoints_Release(clone);
    IEnumConnectionPoints_Release(enumerator);
    IConnectionPointContainer_Release(container);
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

START_TEST(a_copy_of_a_proxy_has_a_blanket_of_its_own)
{
    IOPCCommon *copy;
    IClientSecurity *security;
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    IOPCCommon *common = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IClientSecurity, (void **)&security), S_OK);
    assert_hr(IClientSecurity_CopyProxy(security, (IUnknown *)common, (IUnknown **)&copy), S_OK);
    ck_assert_ptr_ne(copy, common);
    assert_hr(IClientSecurity_SetBlanket(security, (IUnknown *)copy, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT,
                                         COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_DEFAULT,
                                         COLE_DEFAULT_AUTHINFO, EOAC_DEFAULT),
              S_OK);
    lab_assert_answer(copy, TEST_ASK_LEVEL, "6");
    lab_assert_answer(common, TEST_ASK_LEVEL, "2");
    ck_assert_uint_eq(IOPCCommon_Release(copy), 0);
    IClientSecurity_Release(security);
    ck_assert_uint_eq(IOPCCommon_Release(common), 0);
    lab_leave();
}
END_TEST

START_TEST(other_credentials_are_another_caller)
{
    LPWSTR text;
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    IOPCCommon *common = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(CoSetProxyBlanket((IUnknown *)common, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL,
                                RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, RPC_C_IMP_LEVEL_IDENTIFY, lab_identity("", ""),
                                EOAC_NONE),
              S_OK);
    /* Nobody, whom the machine's limits let in from the machine itself alone. */
    assert_hr(IOPCCommon_GetErrorString(common, (HRESULT)TEST_ASK_ACCOUNT, &text), E_ACCESSDENIED);
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

/* ---- what fails, and how ------------------------------------------------------------------------------- */

START_TEST(a_wrong_password_is_access_denied_and_was_tried_once)
{
    IUnknown *object;
    static const char *const logons[] = { "\"logon\"", "0xC000006A", NULL };
    unsigned before = host_fixture_count(&lab.beta, logons);
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(lab_activate("opcuser", "wrong", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IUnknown, (void **)&object),
              E_ACCESSDENIED);
    ck_assert_ptr_null(object);
    ck_assert(host_fixture_event(&lab.beta, logons, 5 * NS_PER_S));
    ck_assert_uint_eq(host_fixture_count(&lab.beta, logons), before + 1);
    assert_hr(lab_activate("opcuser", "right", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IUnknown, (void **)&object), S_OK);
    IUnknown_Release(object);
    lab_leave();
}
END_TEST

START_TEST(a_class_that_is_not_registered_says_so)
{
    static const CLSID unknown = { 1, 2, 3, { 4 } };
    WCHAR name[] = u"beta";
    COSERVERINFO server = { .pwszName = name };
    MULTI_QI result = { .pIID = &IID_IUnknown };
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(CoCreateInstanceEx(&unknown, NULL, CLSCTX_REMOTE_SERVER, &server, 1, &result), REGDB_E_CLASSNOTREG);
    assert_hr(result.hr, REGDB_E_CLASSNOTREG);
    lab_leave();
}
END_TEST

START_TEST(a_host_that_does_not_listen_or_has_no_address_is_unavailable)
{
    WCHAR closed[] = u"127.0.81.2[9]", unknown[] = u"no-such-host.invalid";
    COSERVERINFO server = { .pwszName = closed };
    MULTI_QI result = { .pIID = &IID_IUnknown };
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(CoCreateInstanceEx(&CLSID_TestServer, NULL, CLSCTX_REMOTE_SERVER, &server, 1, &result), 0x800706BA);
    server.pwszName = unknown;
    assert_hr(CoCreateInstanceEx(&CLSID_TestServer, NULL, CLSCTX_REMOTE_SERVER, &server, 1, &result), 0x800706BA);
    lab_leave();
}
END_TEST

START_TEST(a_server_that_died_is_told_from_one_that_answers)
{
    LCID locale;
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    IOPCCommon *common = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    char *pid = lab_ask(common, TEST_ASK_PID);
    lab_kill(atoll(pid));
    free(pid);
    /* As long as the threads of the killed process still hold its sockets, the connection ends within the call. */
    HRESULT hr = (HRESULT)0x800706BE;
    for (int i = 0; i < 100 && (uint32_t)hr == 0x800706BE; i++) {
        hr = IOPCCommon_GetLocaleID(common, &locale);
        clock_sleep_until_ns(clock_deadline_ns(10 * NS_PER_MS));
    }
    assert_hr(hr, 0x800706BA);
    IOPCCommon_Release(common);
    common = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(IOPCCommon_GetLocaleID(common, &locale), S_OK);
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

static void cancel_soon(void *argument)
{
    DWORD thread_id = *(DWORD *)argument;
    HRESULT hr = RPC_E_CALL_COMPLETE;
    for (int i = 0; i < 500 && hr == RPC_E_CALL_COMPLETE; i++) {
        clock_sleep_until_ns(clock_deadline_ns(10 * NS_PER_MS));
        hr = CoCancelCall(thread_id, 0);
    }
    *(DWORD *)argument = (DWORD)hr;
}

START_TEST(a_call_that_takes_too_long_can_be_cancelled)
{
    DWORD argument = GetCurrentThreadId();
    struct thread thread;
    LCID locale;
    lab_enter(RPC_C_AUTHN_LEVEL_CONNECT);
    IOPCCommon *common = activate(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(CoCancelCall(0, 0), CO_E_CANCEL_DISABLED);
    assert_hr(CoEnableCallCancellation(NULL), S_OK);
    assert_hr(CoCancelCall(0, 0), RPC_E_CALL_COMPLETE);
    ck_assert_int_eq(thread_start(&thread, cancel_soon, &argument), ERR_OK);
    int64_t begun_ns = clock_now_ns();
    assert_hr(IOPCCommon_SetLocaleID(common, TEST_LOCALE_SLEEP + 20000), RPC_E_CALL_CANCELED);
    ck_assert_int_lt(clock_now_ns() - begun_ns, 10 * NS_PER_S);
    thread_join(&thread);
    assert_hr((HRESULT)argument, S_OK);
    assert_hr(IOPCCommon_GetLocaleID(common, &locale), S_OK);
    assert_hr(CoDisableCallCancellation(NULL), S_OK);
    char *pid = lab_ask(common, TEST_ASK_PID);
    IOPCCommon_Release(common);
    lab_leave();
    lab_kill(atoll(pid)); /* its method still sleeps; the host must not wait for it */
    free(pid);
}
END_TEST

/* ---- without a host ------------------------------------------------------------------------------------- */

START_TEST(a_process_without_a_host_works_with_explicit_credentials)
{
    IOPCCommon *common;
    IConnectionPointContainer *container;
    lab_enter_nowhere(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(lab_activate("opcuser", "right", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common),
              S_OK);
    LCID locale;
    assert_hr(IOPCCommon_GetLocaleID(common, &locale), 0x8009030E);
    lab_take_credentials((IUnknown *)common);
    lab_assert_answer(common, TEST_ASK_ACCOUNT, "BETA\\opcuser");
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    IConnectionPointContainer_Release(container);
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

START_TEST(a_process_without_a_host_has_no_local_classes)
{
    IUnknown *object;
    lab_enter_nowhere(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(CoCreateInstance(&CLSID_TestServer, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&object),
              REGDB_E_CLASSNOTREG);
    lab_leave();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("remote");
    TCase *objects = tcase_create("objects"), *failures = tcase_create("failures"), *nowhere = tcase_create("nowhere");
    tcase_add_unchecked_fixture(objects, lab_start, lab_stop);
    tcase_set_timeout(objects, 60);
    tcase_add_test(objects, an_object_is_activated_and_called_with_the_process_credentials);
    tcase_add_loop_test(objects, calls_travel_at_the_default_level_of_the_process, 0, 5);
    tcase_add_loop_test(objects, calls_travel_at_the_level_of_the_blanket, 0, 5);
    tcase_add_test(objects, a_large_answer_arrives_whole);
    tcase_add_test(objects, one_object_has_one_identity_and_one_reference_count);
    tcase_add_test(objects, the_last_release_lets_the_server_object_go);
    tcase_add_test(objects, com_takes_unreleased_references_back_when_it_ends);
    tcase_add_test(objects, several_interfaces_are_asked_for_at_once);
    tcase_add_test(objects, the_name_of_a_host_leads_to_its_address_and_resolver_port);
    tcase_add_test(objects, a_class_object_makes_instances);
    tcase_add_test(objects, enumerators_travel_with_their_elements);
    tcase_add_test(objects, a_copy_of_a_proxy_has_a_blanket_of_its_own);
    tcase_add_test(objects, other_credentials_are_another_caller);
    tcase_add_unchecked_fixture(failures, lab_start, lab_stop);
    tcase_set_timeout(failures, 60);
    tcase_add_test(failures, a_wrong_password_is_access_denied_and_was_tried_once);
    tcase_add_test(failures, a_class_that_is_not_registered_says_so);
    tcase_add_test(failures, a_host_that_does_not_listen_or_has_no_address_is_unavailable);
    tcase_add_test(failures, a_server_that_died_is_told_from_one_that_answers);
    tcase_add_test(failures, a_call_that_takes_too_long_can_be_cancelled);
    tcase_add_unchecked_fixture(nowhere, lab_start, lab_stop);
    tcase_set_timeout(nowhere, 60);
    tcase_add_test(nowhere, a_process_without_a_host_works_with_explicit_credentials);
    tcase_add_test(nowhere, a_process_without_a_host_has_no_local_classes);
    suite_add_tcase(suite, objects);
    suite_add_tcase(suite, failures);
    suite_add_tcase(suite, nowhere);
    return run_suite(suite);
}
