/* Port 135 of a real probe-scm, seen by our own client. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dcom/orpc/bindings.h"
#include "tests/scm/host_fixture.h"

enum resolver_method {
    RESOLVE_OXID = 3,
    SIMPLE_PING,
    COMPLEX_PING,
    SERVER_ALIVE,
    RESOLVE_OXID_2,
    SERVER_ALIVE_2
};
enum activator_method {
    REMOTE_GET_CLASS_OBJECT = 3,
    REMOTE_CREATE_INSTANCE
};

static struct host_fixture host;

static void set_up(void)
{
    memset(&host, 0, sizeof host);
    host_fixture_start(&host, NULL, "");
}

static void tear_down(void)
{
    host_fixture_stop(&host);
}

START_TEST(ServerAlive2_gives_version_and_bindings_to_anybody)
{
    struct rpc_connection *c = host_fixture_remote(&host, &IID_IObjectExporter, NULL, NULL, AUTH_LEVEL_NONE);
    COMVERSION version;
    DUALSTRINGARRAY *bindings = NULL;
    DWORD reserved = 1;
    uintptr_t arguments[] = { 0, (uintptr_t)&version, (uintptr_t)&bindings, (uintptr_t)&reserved };
    struct binding_cursor cursor;
    struct string_binding b;
    uint16_t service;
    ck_assert_int_eq(host_fixture_call(c, &IID_IObjectExporter, SERVER_ALIVE_2, arguments), S_OK);
    ck_assert_uint_eq(version.MajorVersion, 5);
    ck_assert_uint_eq(version.MinorVersion, 7);
    ck_assert_uint_eq(reserved, 0);
    binding_cursor_strings(&cursor, bindings);
    ck_assert(binding_next_string(&cursor, &b));
    ck_assert_str_eq(b.address, "BETA");
    ck_assert(binding_next_string(&cursor, &b));
    ck_assert_str_eq(b.address, HOST_FIXTURE_ADDRESS);
    ck_assert_uint_eq(b.port, host.port); /* only because it is not 135 */
    ck_assert(!binding_next_string(&cursor, &b));
    binding_cursor_security(&cursor, bindings);
    bool ntlm = false;
    while (binding_next_security(&cursor, &service))
        ntlm = ntlm || service == AUTH_NTLM;
    ck_assert(ntlm);
    CoTaskMemFree(bindings);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_host_that_offers_names_only_gives_no_address)
{
    struct host_fixture shy = { 0 };
    host_fixture_start(&shy, "\"bindings\": \"names\"", "");
    struct rpc_connection *c = host_fixture_remote(&shy, &IID_IObjectExporter, NULL, NULL, AUTH_LEVEL_NONE);
    COMVERSION version;
    DUALSTRINGARRAY *bindings = NULL;
    DWORD reserved;
    uintptr_t arguments[] = { 0, (uintptr_t)&version, (uintptr_t)&bindings, (uintptr_t)&reserved };
    struct binding_cursor cursor;
    struct string_binding b;
    ck_assert_int_eq(host_fixture_call(c, &IID_IObjectExporter, SERVER_ALIVE_2, arguments), S_OK);
    binding_cursor_strings(&cursor, bindings);
    ck_assert(binding_next_string(&cursor, &b));
    ck_assert_str_eq(b.address, "BETA");
    ck_assert(!binding_next_string(&cursor, &b));
    CoTaskMemFree(bindings);
    rpc_connection_destroy(c);
    host_fixture_stop(&shy);
}
END_TEST

START_TEST(an_unknown_oxid_and_an_unknown_set_are_named)
{
    struct rpc_connection *c = host_fixture_remote(&host, &IID_IObjectExporter, NULL, NULL, AUTH_LEVEL_NONE);
    OXID oxid = 0x1234;
    SETID set = 0x1234;
    unsigned short protseq = RPC_TCP;
    DUALSTRINGARRAY *bindings = NULL;
    IPID ipid;
    DWORD hint;
    COMVERSION version;
    uintptr_t resolve[] = { 0,
                            (uintptr_t)&oxid,
                            1,
                            (uintptr_t)&protseq,
                            (uintptr_t)&bindings,
                            (uintptr_t)&ipid,
                            (uintptr_t)&hint,
                            (uintptr_t)&version };
    uintptr_t ping[] = { 0, (uintptr_t)&set };
    ck_assert_int_eq(host_fixture_call(c, &IID_IObjectExporter, RESOLVE_OXID_2, resolve), OR_INVALID_OXID);
    CoTaskMemFree(bindings);
    ck_assert_int_eq(host_fixture_call(c, &IID_IObjectExporter, SIMPLE_PING, ping), OR_INVALID_SET);
    rpc_connection_destroy(c);
}
END_TEST

/* The outcome of RemoteCreateInstance: the HRESULT in the body, or how the call failed. */
static enum err create_instance(const char *user, const char *password, enum auth_level level, HRESULT *hresult,
                                struct rpc_failure *why)
{
    struct rpc_connection *c = host_fixture_remote(&host, &IID_IRemoteSCMActivator, user, password, level);
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

START_TEST(an_unknown_class_is_an_HRESULT_in_the_body_at_every_level)
{
    static const enum auth_level levels[] = { AUTH_LEVEL_CONNECT, AUTH_LEVEL_CALL, AUTH_LEVEL_PACKET,
                                              AUTH_LEVEL_PACKET_INTEGRITY, AUTH_LEVEL_PACKET_PRIVACY };
    HRESULT hresult;
    struct rpc_failure why;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        ck_assert_int_eq(create_instance("opcuser", "right", levels[i], &hresult, &why), ERR_OK);
        ck_assert_int_eq(hresult, REGDB_E_CLASSNOTREG);
    }
    static const char *const event[] = { "\"event\":\"activation\"", "BETA\\\\opcuser", "packet-privacy", "0x80040154",
                                         NULL };
    ck_assert(host_fixture_event(&host, event, NS_PER_S));
}
END_TEST

START_TEST(a_caller_nobody_vouches_for_gets_fault_5)
{
    HRESULT hresult;
    struct rpc_failure why;
    ck_assert_int_eq(create_instance(NULL, NULL, AUTH_LEVEL_NONE, &hresult, &why), ERR_FAULT);
    ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
    ck_assert_int_eq(create_instance("", "", AUTH_LEVEL_CONNECT, &hresult, &why), ERR_FAULT);
    ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
}
END_TEST

START_TEST(a_refused_logon_is_fault_5_and_its_reason_an_event)
{
    static const char *const wrong[] = { "\"event\":\"logon\"", "\"account\":\"opcuser\"", "0xC000006A",
                                         "\"peer\":\"127.", NULL };
    static const char *const unknown[] = { "\"event\":\"logon\"", "\"account\":\"nobody\"", "0xC0000064", NULL };
    HRESULT hresult;
    struct rpc_failure why;
    ck_assert_int_eq(create_instance("opcuser", "wrong", AUTH_LEVEL_CONNECT, &hresult, &why), ERR_FAULT);
    ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
    ck_assert(host_fixture_event(&host, wrong, NS_PER_S));
    ck_assert_int_eq(create_instance("nobody", "right", AUTH_LEVEL_CONNECT, &hresult, &why), ERR_FAULT);
    ck_assert(host_fixture_event(&host, unknown, NS_PER_S));
}
END_TEST

START_TEST(a_changed_password_acts_on_the_next_logon)
{
    HRESULT hresult;
    struct rpc_failure why;
    ck_assert_int_eq(create_instance("opcuser", "right", AUTH_LEVEL_CONNECT, &hresult, &why), ERR_OK);
    host_fixture_write(
        &host, "accounts.json",
        "{\"users\":[{\"name\":\"opcuser\",\"rid\":1001,\"nt_hash\":\"00000000000000000000000000000000\"}]}");
    ck_assert_int_eq(create_instance("opcuser", "right", AUTH_LEVEL_CONNECT, &hresult, &why), ERR_FAULT);
    ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
}
END_TEST

START_TEST(a_client_of_a_higher_version_is_told)
{
    struct rpc_connection *c =
        host_fixture_remote(&host, &IID_IRemoteSCMActivator, "opcuser", "right", AUTH_LEVEL_PACKET_INTEGRITY);
    ORPCTHIS orpcthis = { .version = { 5, 8 } };
    ORPCTHAT orpcthat;
    MInterfacePointer *request = activation_blob(), *reply = NULL;
    uintptr_t arguments[] = { 0, (uintptr_t)&orpcthis, (uintptr_t)&orpcthat, 0, (uintptr_t)request, (uintptr_t)&reply };
    ck_assert_int_eq(host_fixture_call(c, &IID_IRemoteSCMActivator, REMOTE_CREATE_INSTANCE, arguments),
                     RPC_E_VERSION_MISMATCH);
    free(request);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(the_local_interface_is_not_offered_over_tcp)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_TCP, .address = HOST_FIXTURE_ADDRESS, .port = host.port };
    const struct rpc_syntax syntax = plain_syntax(&IID_ILocalScm);
    const struct rpc_security security = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
    struct rpc_connection *c;
    struct rpc_failure why;
    ck_assert_int_eq(rpc_connection_open(&endpoint, clock_deadline_ns(NS_PER_S), &c, &why), ERR_OK);
    ck_assert_int_eq(rpc_connection_bind(c, &syntax, 1, &security, clock_deadline_ns(NS_PER_S), &why), ERR_NAK);
    rpc_connection_destroy(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resolver");
    TCase *tests = tcase_create("resolver");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, ServerAlive2_gives_version_and_bindings_to_anybody);
    tcase_add_test(tests, a_host_that_offers_names_only_gives_no_address);
    tcase_add_test(tests, an_unknown_oxid_and_an_unknown_set_are_named);
    tcase_add_test(tests, an_unknown_class_is_an_HRESULT_in_the_body_at_every_level);
    tcase_add_test(tests, a_caller_nobody_vouches_for_gets_fault_5);
    tcase_add_test(tests, a_refused_logon_is_fault_5_and_its_reason_an_event);
    tcase_add_test(tests, a_changed_password_acts_on_the_next_logon);
    tcase_add_test(tests, a_client_of_a_higher_version_is_told);
    tcase_add_test(tests, the_local_interface_is_not_offered_over_tcp);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
