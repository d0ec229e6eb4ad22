/* The command line of probe-scm: what it says, and what it ends with. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "security/accounts.h"
#include "security/reg.h"
#include "tests/scm/host_fixture.h"

static struct host_fixture host;
static char host_variable[128];

static void set_up(void)
{
    memset(&host, 0, sizeof host);
    host_fixture_start(&host, NULL, "");
    snprintf(host_variable, sizeof host_variable, "OPCPROBE_HOST=%s", host.folder);
}

static void tear_down(void)
{
    host_fixture_stop(&host);
}

/* Runs it and expects the exit code and one line on stderr that holds the text. */
static void expect(const char *const *arguments, const char *const *environment, int exit_code, const char *says)
{
    struct program_result r;
    host_fixture_run(&host, arguments, environment, &r);
    ck_assert_msg(r.exit_code == exit_code, "%s ends with %d: %s", arguments[0], r.exit_code, r.error);
    ck_assert_msg(strstr(r.error, says) != NULL, "\"%s\" lacks \"%s\"", r.error, says);
    ck_assert_msg(strchr(r.error, '\n') == r.error + strlen(r.error) - 1, "more than a line: %s", r.error);
}

START_TEST(a_missing_folder_and_wrong_files_are_usage_errors_with_their_place)
{
    static const char *const away[] = { "OPCPROBE_HOST", NULL };
    expect((const char *[]){ "run", "/nonexistent", NULL }, NULL, 2, "/nonexistent/host.json");
    expect((const char *[]){ "run", NULL }, away, 2, "usage: probe-scm run");
    host_fixture_write(&host, "host.json", "{ \"name\": \"BETA\",\n  \"nam\": 1 }");
    expect((const char *[]){ "run", host.folder, NULL }, NULL, 2, "host.json:2: ");
    host_fixture_write(&host, "host.json", "{ \"name\": \"BETA\", \"machine_sid\": \"S-1-5-21-1-2-3\" }");
    host_fixture_write(&host, "accounts.json", "{ \"users\": [\n 7 ] }");
    expect((const char *[]){ "run", host.folder, NULL }, NULL, 2, "accounts.json:2: ");
    host_fixture_write(&host, "accounts.json", "{ \"users\": [] }");
    host_fixture_write(&host, "registry.reg", "REGEDIT4\n\nrubbish\n");
    expect((const char *[]){ "run", host.folder, NULL }, NULL, 2, "registry.reg:3: ");
}
END_TEST

START_TEST(a_second_probe_scm_and_a_taken_port_are_environment_errors)
{
    char other[] = "/tmp/opcprobe-scm-XXXXXX", path[128];
    expect((const char *[]){ "run", host.folder, NULL }, NULL, 3, "another probe-scm serves");
    ck_assert_ptr_nonnull(mkdtemp(other));
    snprintf(path, sizeof path, "%s/host.json", other);
    char *json = text_format("{ \"name\": \"C\", \"machine_sid\": \"S-1-5-21-1-2-3\", \"addresses\": [\"%s\"], "
                             "\"resolver_port\": %u }",
                             host.address, host.port);
    ck_assert_int_eq(file_replace(path, json, strlen(json), false), ERR_OK);
    free(json);
    expect((const char *[]){ "run", other, NULL }, NULL, 3, "is in use; end the program that listens there");
    static const char foreign[] =
        "{ \"name\": \"C\", \"machine_sid\": \"S-1-5-21-1-2-3\", \"addresses\": [\"192.0.2.1\"], "
        "\"resolver_port\": 50135 }";
    ck_assert_int_eq(file_replace(path, foreign, sizeof foreign - 1, false), ERR_OK);
    expect((const char *[]){ "run", other, NULL }, NULL, 3, "must be this machine's");
    unlink(path);
    rmdir(other);
}
END_TEST

START_TEST(unknown_commands_show_what_there_is)
{
    struct program_result r;
    host_fixture_run(&host, (const char *[]){ "frobnicate", NULL }, NULL, &r);
    ck_assert_int_eq(r.exit_code, 2);
    ck_assert_ptr_nonnull(strstr(r.error, "there is no command \"frobnicate\""));
    host_fixture_run(&host, (const char *[]){ "help", NULL }, NULL, &r);
    ck_assert_int_eq(r.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(r.out, "logon ACCOUNT -- COMMAND"));
}
END_TEST

START_TEST(account_writes_an_entry_that_only_its_owner_can_read)
{
    static const char *const password[] = { "OPCPROBE_PASSWORD=password", NULL };
    struct program_result r;
    struct accounts *accounts;
    struct stat about;
    char complaint[JSON_COMPLAINT], path[128];
    snprintf(path, sizeof path, "%s/accounts.json", host.folder);
    host_fixture_run(&host, (const char *[]){ "account", host.folder, "new", "--locked", "--group", "Users", NULL },
                     password, &r);
    ck_assert_msg(r.exit_code == 0, "%s", r.error);
    ck_assert_int_eq(accounts_load(path, &accounts, complaint), ERR_OK);
    const struct account *a = accounts_find(accounts, "NEW");
    static const uint8_t hash[] = { 0x88, 0x46, 0xf7, 0xea, 0xee, 0x8f, 0xb1, 0x17 };
    ck_assert_mem_eq(a->nt_hash, hash, sizeof hash); /* NTOWFv1 of "password" */
    ck_assert(a->locked && !a->disabled);
    ck_assert_uint_eq(a->rid, 1002);
    ck_assert_ptr_nonnull(accounts_find(accounts, "opcuser"));
    accounts_destroy(accounts);
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_uint_eq(about.st_mode & 0777, 0600);
    /* A second time it is the same account without the flag. */
    host_fixture_run(&host, (const char *[]){ "account", host.folder, "New", NULL }, password, &r);
    ck_assert_int_eq(r.exit_code, 0);
    ck_assert_int_eq(accounts_load(path, &accounts, complaint), ERR_OK);
    a = accounts_find(accounts, "new");
    ck_assert(!a->locked && a->rid == 1002 && a->group_count == 1);
    ck_assert_uint_eq(accounts_count(accounts), 2);
    accounts_destroy(accounts);
}
END_TEST

START_TEST(account_refuses_what_it_cannot_use)
{
    static const char *const password[] = { "OPCPROBE_PASSWORD=password", NULL };
    struct program_result r;
    expect((const char *[]){ "account", host.folder, "x", "--group", "Nope", NULL }, password, 2,
           "\"Nope\" is neither");
    expect((const char *[]){ "account", host.folder, "x", "--password-file", "/nonexistent", NULL }, NULL, 2,
           "no password");
    host_fixture_run(&host, (const char *[]){ "account", host.folder, "x", "--password", "y", NULL }, NULL, &r);
    ck_assert_int_eq(r.exit_code, 2);
    ck_assert_ptr_nonnull(strstr(r.error, "usage: probe-scm account"));
}
END_TEST

START_TEST(registry_writes_values_and_lists_with_the_names_of_the_host)
{
    struct program_result r;
    struct reg *reg;
    uint32_t number;
    char complaint[REG_COMPLAINT], path[128];
    snprintf(path, sizeof path, "%s/registry.reg", host.folder);
    host_fixture_run(&host,
                     (const char *[]){ "registry", host.folder, "HKLM\\SOFTWARE\\Microsoft\\Ole\\EnableDCOM=sz:N",
                                       "HKLM\\SOFTWARE\\Microsoft\\Ole\\LegacyAuthenticationLevel=dword:5",
                                       "HKCR\\AppID\\{A}\\LaunchPermission=sddl:O:BAG:BAD:(A;;CCSW;;;{opcuser})",
                                       "HKCR\\AppID\\{A}\\@=sz:a = b", "HKCR\\AppID\\{B}\\x=sz:y", "-HKCR\\AppID\\{B}",
                                       "HKCR\\AppID\\{A}\\RunAs=-", NULL },
                     NULL, &r);
    ck_assert_msg(r.exit_code == 0 && !r.error[0], "%s", r.error);
    ck_assert_int_eq(reg_load(path, &reg, complaint), ERR_OK);
    ck_assert_str_eq(reg_string(reg, "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Ole", "EnableDCOM"), "N");
    ck_assert(reg_dword(reg, "HKLM\\SOFTWARE\\Microsoft\\Ole", "LegacyAuthenticationLevel", &number) && number == 5);
    ck_assert_str_eq(reg_string(reg, "HKCR\\AppID\\{A}", NULL), "a = b");
    ck_assert(!reg_has_key(reg, "HKCR\\AppID\\{B}"));
    const struct reg_value *list = reg_value(reg, "HKCR\\AppID\\{A}", "LaunchPermission");
    ck_assert(list && list->type == REG_TYPE_BINARY && list->size > 20);
    reg_destroy(reg);
}
END_TEST

START_TEST(registry_changes_nothing_when_one_setting_is_wrong)
{
    struct program_result r;
    void *before, *after;
    size_t size_before, size_after;
    char path[128];
    static const char good[] = "HKLM\\SOFTWARE\\Microsoft\\Ole\\EnableDCOM=sz:N";
    snprintf(path, sizeof path, "%s/registry.reg", host.folder);
    ck_assert_int_eq(file_read(path, 1 << 20, &before, &size_before), ERR_OK);
    expect((const char *[]){ "registry", host.folder, good, "HKLM\\x\\y=text:N", NULL }, NULL, 2, "is no value");
    expect((const char *[]){ "registry", host.folder, good, "HKLM\\x\\y", NULL }, NULL, 2, "KEY\\VALUE=");
    expect((const char *[]){ "registry", host.folder, good, "HKLM\\x\\=sz:N", NULL }, NULL, 2, "KEY\\VALUE=");
    expect((const char *[]){ "registry", host.folder, good, "NOHIVE\\x\\y=sz:N", NULL }, NULL, 2, "another hive");
    expect((const char *[]){ "registry", host.folder, good, "HKLM\\x\\y=sddl:O:BAG:BAD:(A;;CC;;;{nobody})", NULL },
           NULL, 2, "no user or group of BETA is called \"nobody\"");
    ck_assert_int_eq(file_read(path, 1 << 20, &after, &size_after), ERR_OK);
    ck_assert(size_before == size_after && memcmp(before, after, size_after) == 0);
    free(before);
    free(after);
    host_fixture_run(&host, (const char *[]){ "registry", host.folder, NULL }, NULL, &r);
    ck_assert_int_eq(r.exit_code, 2);
    ck_assert_ptr_nonnull(strstr(r.error, "usage: probe-scm registry"));
}
END_TEST

/* The account of a process, as probe-scm sees it; empty without a session. */
static void user_of(int64_t pid, char user[64])
{
    struct rpc_connection *c = host_fixture_local(&host);
    LOCAL_TOKEN *token = NULL;
    uintptr_t arguments[] = { 0, (uintptr_t)pid, (uintptr_t)&token };
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_TOKEN_OF_PROCESS, arguments), S_OK);
    user[0] = 0;
    if (token->user)
        utf8_from_utf16(token->user, utf16_length(token->user), user, 64);
    ck_assert_uint_eq(token->ntstatus, user[0] ? 0 : 0xC000005F);
    local_token_free(token);
    rpc_connection_destroy(c);
}

/* The number a file of the folder holds, once it does. */
static int64_t number_in(const char *name)
{
    char path[128];
    const int64_t deadline_ns = clock_deadline_ns(10 * NS_PER_S);
    snprintf(path, sizeof path, "%s/%s", host.folder, name);
    for (;;) {
        void *data;
        size_t size;
        long long number = 0;
        if (file_read(path, 100, &data, &size) == ERR_OK && strchr(data, '\n'))
            number = atoll(data);
        free(data);
        if (number)
            return number;
        ck_assert_msg(clock_left_ns(deadline_ns) > 0, "%s was never written", path);
        clock_sleep_until_ns(clock_deadline_ns(5 * NS_PER_MS));
    }
}

START_TEST(logon_binds_a_session_that_children_inherit)
{
    char program[512], script[256], user[64];
    struct process p;
    host_fixture_program("probe-scm", program);
    snprintf(script, sizeof script, "sleep 30 & echo $! > %s/child; wait", host.folder);
    const char *const arguments[] = { program, "logon", "opcuser", "--", "sh", "-c", script, NULL };
    const char *const environment[] = { host_variable, NULL };
    const struct process_options options = {
        .arguments = arguments, .environment = environment, .own_group = true, .die_with_parent = true
    };
    ck_assert_int_eq(process_start(&options, &p), ERR_OK);
    int64_t child = number_in("child");
    user_of(p.pid, user);
    ck_assert_str_eq(user, "opcuser"); /* exec kept the process */
    user_of(child, user);
    ck_assert_str_eq(user, "opcuser");
    user_of(process_id(), user);
    ck_assert_str_eq(user, "");
    process_end(&p, 0);
}
END_TEST

START_TEST(logon_says_why_it_cannot)
{
    const char *const environment[] = { host_variable, NULL };
    expect((const char *[]){ "logon", "nobody", "--", "true", NULL }, environment, 2, "0xC0000064 STATUS_NO_SUCH_USER");
    expect((const char *[]){ "logon", "opcuser", "--", "/nonexistent/x", NULL }, environment, 2,
           "cannot run /nonexistent/x");
    expect((const char *[]){ "logon", "opcuser", "true", NULL }, environment, 2, "usage: ");
    static const char *const nobody_serves[] = { "OPCPROBE_HOST=/nonexistent", NULL };
    expect((const char *[]){ "logon", "opcuser", "--", "true", NULL }, nobody_serves, 3, "start \"probe-scm run");
    struct program_result r;
    host_fixture_run(&host, (const char *[]){ "logon", "opcuser", "--", "sh", "-c", "exit 7", NULL }, environment, &r);
    ck_assert_int_eq(r.exit_code, 7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("commands");
    TCase *tests = tcase_create("commands");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_missing_folder_and_wrong_files_are_usage_errors_with_their_place);
    tcase_add_test(tests, a_second_probe_scm_and_a_taken_port_are_environment_errors);
    tcase_add_test(tests, unknown_commands_show_what_there_is);
    tcase_add_test(tests, account_writes_an_entry_that_only_its_owner_can_read);
    tcase_add_test(tests, account_refuses_what_it_cannot_use);
    tcase_add_test(tests, registry_writes_values_and_lists_with_the_names_of_the_host);
    tcase_add_test(tests, registry_changes_nothing_when_one_setting_is_wrong);
    tcase_add_test(tests, logon_binds_a_session_that_children_inherit);
    tcase_add_test(tests, logon_says_why_it_cannot);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
