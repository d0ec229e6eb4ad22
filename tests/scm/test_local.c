/* scm.sock of a real probe-scm: exporters, classes, logon sessions, activation. This process plays a COM server. */
#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/thread.h"
#include "dcom/orpc/activation.h"
#include "dcom/orpc/bindings.h"
#include "dcom/orpc/hresult.h"
#include "tests/scm/host_fixture.h"

#define OXID_OF_TEST UINT64_C(0x1122334455667788)

static struct host_fixture host;

/* ---- an exporter in this process -------------------------------------------------------------------------------- */

static struct {
    ILocalExporter iface;
    struct plain_service service;
    struct rpc_server *server;
    HRESULT answer;
    int created;
    char caller[64];
    BOOL was_local;
    int rundown;
} exporter;

static HRESULT STDMETHODCALLTYPE exporter_CreateInstance(ILocalExporter *This, REFCLSID clsid, BOOL get_class_object,
                                                         ULONG count, IID *iids, LOCAL_TOKEN *caller, BOOL local,
                                                         HRESULT *results, PMInterfacePointer *objrefs)
{
    (void)This;
    (void)clsid;
    (void)get_class_object;
    (void)iids;
    exporter.created++;
    exporter.was_local = local;
    exporter.caller[0] = 0;
    if (caller && caller->user)
        utf8_from_utf16(caller->user, utf16_length(caller->user), exporter.caller, sizeof exporter.caller);
    for (ULONG i = 0; i < count; i++) {
        results[i] = exporter.answer;
        objrefs[i] = NULL;
        if (FAILED(exporter.answer))
            continue;
        objrefs[i] = CoTaskMemAlloc(offsetof(MInterfacePointer, abData) + 4);
        objrefs[i]->ulCntData = 4;
        memcpy(objrefs[i]->abData, "OBJR", 4);
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE exporter_Rundown(ILocalExporter *This, ULONG count, OID *oids)
{
    (void)This;
    (void)oids;
    __atomic_fetch_add(&exporter.rundown, (int)count, __ATOMIC_SEQ_CST);
    return S_OK;
}

static const ILocalExporterVtbl exporter_vtbl = { .CreateInstance = exporter_CreateInstance,
                                                  .Rundown = exporter_Rundown };

static bool accepts(void *context, const struct rpc_syntax *syntax)
{
    (void)context;
    return plain_find(&exporter.service, 1, syntax) != NULL;
}

static uint32_t dispatch(void *context, struct rpc_server_call *call)
{
    (void)context;
    return plain_dispatch(&exporter.service, call);
}

/* Listens at the host's folder and registers with probe-scm. */
static struct rpc_connection *become_exporter(void)
{
    const struct rpc_server_options options = { .accepts = accepts, .dispatch = dispatch };
    struct rpc_endpoint endpoint = { .protseq = RPC_LOCAL };
    const struct string_binding binding = { .tower = RPC_TCP, .address = HOST_FIXTURE_ADDRESS, .port = 50123 };
    const uint16_t services[] = { AUTH_NTLM };
    DUALSTRINGARRAY *bindings;
    OXID oxid = OXID_OF_TEST;
    IPID ipid = { 7, 0, 0, { 0 } };
    exporter.iface.lpVtbl = &exporter_vtbl;
    exporter.service = (struct plain_service){ &IID_ILocalExporter, &exporter.iface, 0 };
    ck_assert_int_eq(rpc_server_create(&options, &exporter.server), ERR_OK);
    snprintf(endpoint.address, sizeof endpoint.address, "%s/x1.sock", host.folder);
    ck_assert_int_eq(rpc_server_listen(exporter.server, &endpoint, 0, 0), ERR_OK);
    ck_assert_int_eq(bindings_build(&binding, 1, services, 1, &bindings), ERR_OK);
    struct rpc_connection *c = host_fixture_local(&host);
    uint16_t *path = utf16_dup(endpoint.address);
    uintptr_t arguments[] = { 0, (uintptr_t)&oxid, (uintptr_t)&ipid, 2, (uintptr_t)bindings, (uintptr_t)path };
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_REGISTER_EXPORTER, arguments), S_OK);
    free(path);
    CoTaskMemFree(bindings);
    return c;
}

static DWORD register_class(struct rpc_connection *c, DWORD flags, HRESULT expected)
{
    CLSID clsid;
    DWORD cookie = 0;
    ck_assert(guid_parse(TEST_CLASS, &clsid));
    uintptr_t arguments[] = { 0, (uintptr_t)&clsid, CLSCTX_LOCAL_SERVER, flags, (uintptr_t)&cookie };
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_REGISTER_CLASS, arguments), expected);
    return cookie;
}

static HRESULT activate(struct rpc_connection *c, struct activation_reply *reply)
{
    MInterfacePointer *request = activation_blob(), *blob = NULL;
    uintptr_t arguments[] = { 0, 0, (uintptr_t)request, (uintptr_t)&blob };
    HRESULT hr = host_fixture_call(c, &IID_ILocalScm, SCM_ACTIVATE, arguments);
    free(request);
    if (SUCCEEDED(hr)) {
        ck_assert_ptr_nonnull(blob);
        ck_assert_int_eq(activation_reply_get(blob->abData, blob->ulCntData, reply), ERR_OK);
    }
    CoTaskMemFree(blob);
    return hr;
}

static HRESULT activate_and_forget(void)
{
    struct activation_reply reply;
    struct rpc_connection *c = host_fixture_local(&host);
    HRESULT hr = activate(c, &reply);
    if (SUCCEEDED(hr))
        activation_reply_cleanup(&reply);
    rpc_connection_destroy(c);
    return hr;
}

static uint32_t open_session(struct rpc_connection *c, const char *account, char user[64])
{
    LOCAL_TOKEN *token = NULL;
    uint16_t *name = utf16_dup(account);
    uintptr_t arguments[] = { 0, (uintptr_t)name, (uintptr_t)&token };
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_OPEN_SESSION, arguments), S_OK);
    free(name);
    user[0] = 0;
    if (token->user)
        utf8_from_utf16(token->user, utf16_length(token->user), user, 64);
    uint32_t status = token->ntstatus;
    local_token_free(token);
    return status;
}

static void set_up_nobody(void)
{
    memset(&exporter, 0, sizeof exporter);
    memset(&host, 0, sizeof host);
    host_fixture_start(&host, "\"server_start_timeout_s\": 1, \"ping_period_s\": 0.1", "");
}

static void set_up(void)
{
    set_up_nobody();
    /* A process that nobody has logged on is ANONYMOUS LOGON, whom no list lets activate. */
    host_fixture_log_on(&host, "opcuser");
}

static void tear_down(void)
{
    rpc_server_destroy(exporter.server);
    host_fixture_stop(&host);
}

/* Puts a LocalServer32 and perhaps a RunAs into the registry of the running host. */
static void register_program(const char *command, const char *run_as)
{
    char *text = text_format("Windows Registry Editor Version 5.00\n"
                             "[HKEY_CLASSES_ROOT\\CLSID\\" TEST_CLASS "]\n\"AppID\"=\"" TEST_CLASS "\"\n"
                             "[HKEY_CLASSES_ROOT\\CLSID\\" TEST_CLASS "\\LocalServer32]\n@=\"%s\"\n"
                             "[HKEY_CLASSES_ROOT\\AppID\\" TEST_CLASS "]\n%s%s%s",
                             command, run_as ? "\"RunAs\"=\"" : "", run_as ? run_as : "", run_as ? "\"\n" : "");
    host_fixture_write(&host, "registry.reg", text);
    free(text);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

START_TEST(a_registered_class_is_activated_with_the_callers_account)
{
    struct activation_reply reply;
    char user[64];
    struct rpc_connection *c = become_exporter();
    ck_assert_uint_eq(open_session(c, "opcuser", user), 0);
    ck_assert_str_eq(user, "opcuser");
    register_class(c, REGCLS_MULTIPLEUSE, S_OK);
    ck_assert_int_eq(activate(c, &reply), S_OK);
    ck_assert_int_eq(exporter.created, 1);
    ck_assert_str_eq(exporter.caller, "opcuser");
    ck_assert(exporter.was_local);
    ck_assert(reply.oxid == OXID_OF_TEST);
    ck_assert_uint_eq(reply.authn_hint, 2);
    ck_assert_uint_eq(reply.result_count, 1);
    ck_assert_uint_eq(reply.results[0].objref_size, 4);
    ck_assert_mem_eq(reply.results[0].objref, "OBJR", 4);
    activation_reply_cleanup(&reply);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(what_the_class_object_says_is_the_result)
{
    struct rpc_connection *c = become_exporter();
    exporter.answer = E_NOINTERFACE;
    register_class(c, REGCLS_MULTIPLEUSE, S_OK);
    ck_assert_int_eq(activate_and_forget(), E_NOINTERFACE);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_revoked_class_and_one_that_was_used_up_are_gone)
{
    struct rpc_connection *c = become_exporter();
    DWORD cookie = register_class(c, REGCLS_MULTIPLEUSE, S_OK);
    uintptr_t revoke[] = { 0, cookie };
    ck_assert_int_eq(activate_and_forget(), S_OK);
    ck_assert_int_eq(activate_and_forget(), S_OK);
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_REVOKE_CLASS, revoke), S_OK);
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_REVOKE_CLASS, revoke), E_INVALIDARG);
    ck_assert_int_eq(activate_and_forget(), REGDB_E_CLASSNOTREG);
    register_class(c, REGCLS_SINGLEUSE, S_OK);
    ck_assert_int_eq(activate_and_forget(), S_OK);
    ck_assert_int_eq(activate_and_forget(), REGDB_E_CLASSNOTREG);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(only_an_exporter_registers_classes_and_verifies_passwords)
{
    struct rpc_connection *c = host_fixture_local(&host);
    static const uint16_t text[] = { 'x', 0 };
    uint8_t bytes[16] = { 0 }, key[16];
    LOCAL_TOKEN *token = NULL;
    uintptr_t verify[] = { 0,
                           (uintptr_t)text,
                           (uintptr_t)text,
                           (uintptr_t)text,
                           0,
                           (uintptr_t)bytes,
                           8,
                           (uintptr_t)bytes,
                           16,
                           (uintptr_t)bytes,
                           0,
                           (uintptr_t)bytes,
                           (uintptr_t)text,
                           (uintptr_t)&token,
                           16,
                           (uintptr_t)key };
    register_class(c, REGCLS_MULTIPLEUSE, E_ACCESSDENIED);
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_VERIFY_NTLM, verify), E_ACCESSDENIED);
    ck_assert_ptr_null(token);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_server_that_never_registers_ends_in_time)
{
    int64_t start_ns = clock_now_ns();
    register_program("/bin/sh -c \\\"exec sleep 60\\\"", NULL);
    ck_assert_int_eq(activate_and_forget(), CO_E_SERVER_EXEC_FAILURE);
    ck_assert_int_lt(clock_now_ns() - start_ns, 10 * NS_PER_S);
    static const char *const event[] = { "\"event\":\"launch\"", "launching user", "0x80080005", NULL };
    ck_assert(host_fixture_event(&host, event, NS_PER_S));
}
END_TEST

static void activate_in_thread(void *hresult)
{
    *(HRESULT *)hresult = activate_and_forget();
}

START_TEST(callers_at_the_same_time_start_a_program_once)
{
    static const char *const event[] = { "\"event\":\"launch\"", NULL };
    struct thread threads[4];
    HRESULT results[4];
    register_program("/bin/sh -c \\\"exec sleep 60\\\"", NULL);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(thread_start(&threads[i], activate_in_thread, &results[i]), ERR_OK);
    for (size_t i = 0; i < 4; i++) {
        thread_join(&threads[i]);
        ck_assert_int_eq(results[i], CO_E_SERVER_EXEC_FAILURE);
    }
    ck_assert_uint_eq(host_fixture_count(&host, event), 1);
}
END_TEST

START_TEST(a_missing_program_and_a_wrong_identity_say_so)
{
    register_program("/nonexistent/server", NULL);
    ck_assert_int_eq(activate_and_forget(), HRESULT_FROM_WIN32(2));
    register_program("/etc/passwd", NULL);
    ck_assert_int_eq(activate_and_forget(), HRESULT_FROM_WIN32(5));
    register_program("/bin/true", "nobody");
    ck_assert_int_eq(activate_and_forget(), CO_E_RUNAS_LOGON_FAILURE);
    register_program("/bin/true", "Interactive User");
    ck_assert_int_eq(activate_and_forget(), CO_E_RUNAS_LOGON_FAILURE);
    register_program("/bin/true", ".\\\\opcuser");
    ck_assert_int_eq(activate_and_forget(), CO_E_SERVER_EXEC_FAILURE);
}
END_TEST

#define APPLICATION_LAUNCH "HKCR\\AppID\\" TEST_CLASS "\\LaunchPermission=sddl:O:BAG:BAD:"

START_TEST(a_served_class_needs_the_right_to_activate_and_one_to_be_started_that_to_launch_too)
{
    register_program("/nonexistent/server", NULL);
    host_fixture_registry(&host, (const char *[]){ APPLICATION_LAUNCH "(A;;CCSW;;;{opcuser})", NULL });
    ck_assert_int_eq(activate_and_forget(), E_ACCESSDENIED);
    struct rpc_connection *c = become_exporter();
    register_class(c, REGCLS_MULTIPLEUSE, S_OK);
    ck_assert_int_eq(activate_and_forget(), S_OK);
    host_fixture_registry(&host, (const char *[]){ APPLICATION_LAUNCH "(A;;CCDC;;;{opcuser})", NULL });
    ck_assert_int_eq(activate_and_forget(), E_ACCESSDENIED);
    ck_assert_int_eq(exporter.created, 1);
    rpc_connection_destroy(c);
}
END_TEST

/* As on Windows: who launches a server that runs as its launching user gets one of his own. */
START_TEST(a_server_without_an_identity_serves_its_own_user_alone_and_one_with_an_identity_everybody)
{
    struct program_result r;
    struct rpc_connection *c = become_exporter();
    register_program("/nonexistent/server", NULL);
    register_class(c, REGCLS_MULTIPLEUSE, S_OK);
    ck_assert_int_eq(activate_and_forget(), S_OK);
    host_fixture_run(&host, (const char *[]){ "account", host.folder, "visitor", "--group", "Administrators", NULL },
                     (const char *[]){ "OPCPROBE_PASSWORD=right", NULL }, &r);
    ck_assert_msg(r.exit_code == 0, "%s", r.error);
    host_fixture_log_on(&host, "visitor");
    ck_assert_int_eq(activate_and_forget(), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    ck_assert_int_eq(exporter.created, 1);
    register_program("/nonexistent/server", "opcuser");
    ck_assert_int_eq(activate_and_forget(), S_OK);
    ck_assert_str_eq(exporter.caller, "visitor");
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_process_that_nobody_logged_on_is_refused_by_the_limits)
{
    static const char *const event[] = { "\"event\":\"access_denied\"",
                                         "\"action\":\"activate\"",
                                         "MachineLaunchRestriction",
                                         "Local Activation",
                                         "NT AUTHORITY\\\\ANONYMOUS LOGON",
                                         "\"windows_event\":10015",
                                         NULL };
    register_program("/bin/true", NULL);
    ck_assert_int_eq(activate_and_forget(), E_ACCESSDENIED);
    ck_assert(host_fixture_event(&host, event, NS_PER_S));
}
END_TEST

START_TEST(accounts_that_cannot_log_on_name_their_status)
{
    char user[64];
    struct rpc_connection *c = host_fixture_local(&host);
    ck_assert_uint_eq(open_session(c, "nobody", user), 0xC0000064);
    host_fixture_write(
        &host, "accounts.json",
        "{\"users\":[{\"name\":\"opcuser\",\"rid\":1001,\"nt_hash\":\"00000000000000000000000000000000\","
        "\"expired\":true}]}");
    ck_assert_uint_eq(open_session(c, "opcuser", user), 0xC0000193);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(objects_nobody_pings_are_run_down_and_held_ones_are_not)
{
    struct rpc_connection *c = become_exporter();
    OXID oxid = OXID_OF_TEST;
    OID oids[] = { 101, 102 };
    ULONG granted = 0;
    uintptr_t allocate[] = { 0, (uintptr_t)&oxid, 2, (uintptr_t)oids, (uintptr_t)&granted };
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_ALLOCATE_OIDS, allocate), S_OK);
    ck_assert_uint_eq(granted, 2);
    LPWSTR names[4] = { NULL };
    DUALSTRINGARRAY *resolver = NULL;
    uintptr_t describe[] = {
        0, (uintptr_t)&names[0], (uintptr_t)&names[1], (uintptr_t)&names[2], (uintptr_t)&names[3], (uintptr_t)&resolver
    };
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_DESCRIBE_HOST, describe), S_OK);
    uintptr_t hold[] = { 0, (uintptr_t)resolver, 1, (uintptr_t)&oids[0], 0, (uintptr_t)oids };
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_HOLD_REMOTE_OIDS, hold), S_OK);
    const int64_t deadline_ns = clock_deadline_ns(5 * NS_PER_S);
    while (__atomic_load_n(&exporter.rundown, __ATOMIC_SEQ_CST) == 0 && clock_left_ns(deadline_ns) > 0)
        clock_sleep_until_ns(clock_deadline_ns(10 * NS_PER_MS));
    ck_assert_int_ge(exporter.rundown, 1);
    static const char *const event[] = { "\"event\":\"rundown\"", "\"objects\":1", NULL };
    ck_assert(host_fixture_event(&host, event, NS_PER_S));
    for (int i = 0; i < 4; i++)
        CoTaskMemFree(names[i]);
    CoTaskMemFree(resolver);
    rpc_connection_destroy(c);
}
END_TEST

/* A process that becomes an exporter of the host as soon as it is told of it, and ends. It is forked before the test
 * begins threads, because the thread sanitizer lets no thread begin in a fork of a process that has some. */
static pid_t fork_exporter(int *tell)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        ck_assert_int_eq(read(ends[0], &host, sizeof host), sizeof host);
        register_class(become_exporter(), REGCLS_MULTIPLEUSE, S_OK);
        _exit(0);
    }
    close(ends[0]);
    *tell = ends[1];
    return child;
}

START_TEST(what_a_process_registered_ends_with_the_process)
{
    static const char *const event[] = { "\"event\":\"process_ended\"", NULL };
    char path[128];
    int status, tell;
    pid_t child = fork_exporter(&tell);
    set_up();
    ck_assert_int_eq(write(tell, &host, sizeof host), sizeof host);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert(host_fixture_event(&host, event, 5 * NS_PER_S));
    ck_assert_int_eq(activate_and_forget(), REGDB_E_CLASSNOTREG);
    snprintf(path, sizeof path, "%s/x1.sock", host.folder);
    ck_assert_msg(access(path, F_OK) != 0, "the socket of the dead process is still there");
    close(tell);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("local");
    TCase *tests = tcase_create("local");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_registered_class_is_activated_with_the_callers_account);
    tcase_add_test(tests, what_the_class_object_says_is_the_result);
    tcase_add_test(tests, a_revoked_class_and_one_that_was_used_up_are_gone);
    tcase_add_test(tests, only_an_exporter_registers_classes_and_verifies_passwords);
    tcase_add_test(tests, a_server_that_never_registers_ends_in_time);
    tcase_add_test(tests, callers_at_the_same_time_start_a_program_once);
    tcase_add_test(tests, a_missing_program_and_a_wrong_identity_say_so);
    tcase_add_test(tests, a_served_class_needs_the_right_to_activate_and_one_to_be_started_that_to_launch_too);
    tcase_add_test(tests, a_server_without_an_identity_serves_its_own_user_alone_and_one_with_an_identity_everybody);
    tcase_add_test(tests, accounts_that_cannot_log_on_name_their_status);
    tcase_add_test(tests, objects_nobody_pings_are_run_down_and_held_ones_are_not);
    suite_add_tcase(suite, tests);
    TCase *two = tcase_create("two processes");
    tcase_set_timeout(two, 60);
    tcase_add_checked_fixture(two, NULL, tear_down);
    tcase_add_test(two, what_a_process_registered_ends_with_the_process);
    suite_add_tcase(suite, two);
    TCase *nobody = tcase_create("nobody logged on");
    tcase_add_checked_fixture(nobody, set_up_nobody, tear_down);
    tcase_add_test(nobody, a_process_that_nobody_logged_on_is_refused_by_the_limits);
    suite_add_tcase(suite, nobody);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
