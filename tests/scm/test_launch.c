/* How activation ends when the program of a class cannot be started: a real probe-scm and the registry of a host. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "dcom/orpc/activation.h"
#include "tests/scm/host_fixture.h"

#define CLASS    "HKCR\\CLSID\\" TEST_CLASS "\\"
#define APP      "HKCR\\AppID\\" TEST_CLASS "\\"
#define SERVICE  "HKLM\\SYSTEM\\CurrentControlSet\\Services\\opc\\"
#define SLEEPING "sz:/bin/sh -c \"exec sleep 60\""

static struct host_fixture host;

static void set_up(void)
{
    memset(&host, 0, sizeof host);
    host_fixture_start(&host, "\"server_start_timeout_s\": 0.3", "");
    host_fixture_log_on(&host, "opcuser");
    host_fixture_registry(&host, (const char *[]){ CLASS "AppID=sz:" TEST_CLASS, APP "@=sz:a server", NULL });
}

static void tear_down(void)
{
    host_fixture_stop(&host);
}

static void set(const char *setting)
{
    host_fixture_registry(&host, (const char *[]){ setting, NULL });
}

static void expect(MInterfacePointer *request, HRESULT expected, const char *windows_event)
{
    const char *const event[] = { "\"event\":\"launch\"", windows_event, NULL };
    HRESULT hr = host_fixture_activate(&host, request);
    ck_assert_msg(hr == expected, "0x%08x instead of 0x%08x", (unsigned)hr, (unsigned)expected);
    ck_assert_msg(!windows_event || host_fixture_event(&host, event, NS_PER_S), "no launch with %s", windows_event);
}

static void keep_password(const char *server, const char *account, const char *password)
{
    char variable[64];
    struct program_result r;
    snprintf(variable, sizeof variable, "OPCPROBE_PASSWORD=%s", password);
    host_fixture_run(&host, (const char *[]){ "identity", host.folder, server, account, NULL },
                     (const char *[]){ variable, NULL }, &r);
    ck_assert_msg(r.exit_code == 0 && !r.error[0], "%s", r.error);
}

START_TEST(a_program_that_is_missing_not_executable_or_silent_says_so)
{
    set(CLASS "LocalServer32\\@=sz:/nonexistent/server");
    expect(activation_blob(), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), "\"windows_event\":10000");
    set(CLASS "LocalServer32\\@=sz:/etc/passwd");
    expect(activation_blob(), E_ACCESSDENIED, "\"windows_event\":10000");
    set(CLASS "LocalServer32\\@=" SLEEPING);
    expect(activation_blob(), CO_E_SERVER_EXEC_FAILURE, "\"windows_event\":10010");
}
END_TEST

START_TEST(a_module_that_the_surrogate_misses_is_what_the_loader_says)
{
    set(CLASS "InprocServer32\\@=sz:/nonexistent/module.dll");
    expect(activation_blob(), REGDB_E_CLASSNOTREG, NULL);
    set(APP "DllSurrogate=sz:");
    expect(activation_blob(), HRESULT_FROM_WIN32(ERROR_MOD_NOT_FOUND), "\"windows_event\":10000");
    set(CLASS "InprocServer32\\@=sz:/etc/passwd");
    expect(activation_blob(), HRESULT_FROM_WIN32(ERROR_BAD_EXE_FORMAT), NULL);
}
END_TEST

START_TEST(an_identity_works_as_long_as_its_kept_password_is_that_of_the_account)
{
    struct program_result r;
    set(CLASS "LocalServer32\\@=" SLEEPING);
    keep_password(TEST_CLASS, ".\\opcuser", "wrong");
    expect(activation_blob(), CO_E_RUNAS_LOGON_FAILURE, "\"ntstatus\":\"0xC000006A\"");
    keep_password(TEST_CLASS, ".\\opcuser", "right");
    expect(activation_blob(), CO_E_SERVER_EXEC_FAILURE, NULL);
    /* The account's password changes, and nobody tells the machine. */
    host_fixture_run(&host, (const char *[]){ "account", host.folder, "opcuser", NULL },
                     (const char *[]){ "OPCPROBE_PASSWORD=new", NULL }, &r);
    ck_assert_int_eq(r.exit_code, 0);
    expect(activation_blob(), CO_E_RUNAS_LOGON_FAILURE, "\"windows_event\":10004");
}
END_TEST

START_TEST(the_interactive_user_is_whoever_sits_at_the_console)
{
    char json[256];
    set(CLASS "LocalServer32\\@=" SLEEPING);
    set(APP "RunAs=sz:Interactive User");
    expect(activation_blob(), CO_E_RUNAS_LOGON_FAILURE, "\"windows_event\":10004");
    snprintf(json, sizeof json,
             "{ \"name\": \"BETA\", \"machine_sid\": \"S-1-5-21-1-2-3\", \"addresses\": [\"%s\"], "
             "\"resolver_port\": %u, \"server_start_timeout_s\": 0.3, \"console_account\": \"opcuser\" }",
             host.address, host.port);
    host_fixture_write(&host, "host.json", json);
    expect(activation_blob(), CO_E_SERVER_EXEC_FAILURE, NULL);
}
END_TEST

START_TEST(a_service_fails_as_its_manager_says)
{
    set(APP "LocalService=sz:opc");
    set(APP "RunAs=sz:nobody"); /* decides nothing for a service */
    expect(activation_blob(), HRESULT_FROM_WIN32(1060), "\"windows_event\":10005");
    set(SERVICE "ImagePath=sz:/nonexistent/service");
    expect(activation_blob(), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), "\"account\":\"LocalSystem\"");
    set(SERVICE "ImagePath=" SLEEPING);
    expect(activation_blob(), CO_E_SERVER_EXEC_FAILURE, NULL);
    set(SERVICE "Start=dword:4");
    expect(activation_blob(), HRESULT_FROM_WIN32(ERROR_SERVICE_DISABLED), NULL);
    set(SERVICE "Start=dword:3");
    keep_password("opc", ".\\opcuser", "wrong");
    expect(activation_blob(), HRESULT_FROM_WIN32(1069), "\"account\":\".\\\\opcuser\"");
    keep_password("opc", ".\\opcuser", "right");
    expect(activation_blob(), CO_E_SERVER_EXEC_FAILURE, NULL);
}
END_TEST

/* [MS-DCOM] 3.1.2.5.2.3. */
START_TEST(what_a_request_asks_for_and_the_host_lacks_is_refused)
{
    set(CLASS "LocalServer32\\@=sz:/nonexistent/server");
    expect(activation_blob_with(ACTVFLAGS_ACTIVATE_32_BIT_SERVER, ACTIVATION_ANY_SESSION, false), REGDB_E_CLASSNOTREG,
           NULL);
    expect(activation_blob_with(ACTVFLAGS_ACTIVATE_64_BIT_SERVER, ACTIVATION_ANY_SESSION, false),
           HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), NULL);
    expect(activation_blob_with(0, 0, false), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), NULL);
    expect(activation_blob_with(0, 1, false), CO_E_RUNAS_LOGON_FAILURE, NULL);
    expect(activation_blob_with(0, ACTIVATION_ANY_SESSION, true), CO_E_RUNAS_LOGON_FAILURE, NULL);
    expect(activation_blob_with(ACTVFLAGS_DISABLE_AAA, ACTIVATION_ANY_SESSION, false), E_ACCESSDENIED, NULL);
    set(APP "RunAs=sz:opcuser");
    expect(activation_blob_with(ACTVFLAGS_DISABLE_AAA, ACTIVATION_ANY_SESSION, false),
           HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), NULL);
}
END_TEST

/* A request whose client context has that byte at that place. */
static MInterfacePointer *request_with_context_byte(size_t at)
{
    static const uint8_t context[24] = { 1, 0, 1, 0, [20] = 2 }; /* version 1.1, no identifier, by value */
    MInterfacePointer *request = activation_blob();
    uint8_t *found = memmem(request->abData, request->ulCntData, context, sizeof context);
    ck_assert_ptr_nonnull(found);
    found[at] = 1;
    return request;
}

START_TEST(a_context_with_extents_is_no_object_reference)
{
    set(CLASS "LocalServer32\\@=sz:/nonexistent/server");
    expect(request_with_context_byte(28), RPC_E_INVALID_OBJREF, NULL);
    expect(request_with_context_byte(32), RPC_E_INVALID_OBJREF, NULL);
    expect(request_with_context_byte(36), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), NULL); /* MshlFlags: ignored */
}
END_TEST

START_TEST(a_server_of_32_bits_is_found_in_its_own_view)
{
    set("HKCR\\Wow6432Node\\CLSID\\" TEST_CLASS "\\LocalServer32\\@=sz:/nonexistent/server");
    expect(activation_blob_with(ACTVFLAGS_ACTIVATE_64_BIT_SERVER, ACTIVATION_ANY_SESSION, false), REGDB_E_CLASSNOTREG,
           NULL);
    expect(activation_blob_with(ACTVFLAGS_ACTIVATE_32_BIT_SERVER, ACTIVATION_ANY_SESSION, false),
           HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), NULL);
    expect(activation_blob(), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), NULL);
}
END_TEST

START_TEST(a_kept_password_is_readable_by_its_owner_alone_and_shows_nowhere)
{
    struct stat about;
    char path[128];
    void *text;
    size_t size;
    keep_password(TEST_CLASS, "opcuser", "kept-password");
    snprintf(path, sizeof path, "%s/accounts.json", host.folder);
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_uint_eq(about.st_mode & 0777, 0600);
    ck_assert_int_eq(file_read(path, 1 << 20, &text, &size), ERR_OK);
    ck_assert_ptr_nonnull(strstr(text, "SCM:" TEST_CLASS));
    ck_assert_ptr_null(strstr(text, "kept-password"));
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("launch");
    TCase *tests = tcase_create("launch");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_program_that_is_missing_not_executable_or_silent_says_so);
    tcase_add_test(tests, a_module_that_the_surrogate_misses_is_what_the_loader_says);
    tcase_add_test(tests, an_identity_works_as_long_as_its_kept_password_is_that_of_the_account);
    tcase_add_test(tests, the_interactive_user_is_whoever_sits_at_the_console);
    tcase_add_test(tests, a_service_fails_as_its_manager_says);
    tcase_add_test(tests, what_a_request_asks_for_and_the_host_lacks_is_refused);
    tcase_add_test(tests, a_context_with_extents_is_no_object_reference);
    tcase_add_test(tests, a_server_of_32_bits_is_found_in_its_own_view);
    tcase_add_test(tests, a_kept_password_is_readable_by_its_owner_alone_and_shows_nowhere);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
