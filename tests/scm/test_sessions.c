#include "dcom/scm/sessions.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"

static char folder[64];
static struct host_files *files;
static struct sessions *sessions;

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(file_replace(path, text, strlen(text), false), ERR_OK);
}

#define ALICE(hash)                                                                                                    \
    "{\"users\":[{\"name\":\"alice\",\"rid\":1001,\"nt_hash\":\"" hash "\"},"                                          \
    "{\"name\":\"off\",\"rid\":1002,\"nt_hash\":\"" hash "\",\"disabled\":true}]}"
#define HASH_1 "11111111111111111111111111111111"
#define HASH_2 "22222222222222222222222222222222"

static void set_up(void)
{
    char complaint[JSON_COMPLAINT];
    strcpy(folder, "/tmp/opcprobe-sessions-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    write_file("host.json", "{\"name\":\"BETA\",\"machine_sid\":\"S-1-5-21-1-2-3\"}");
    write_file("accounts.json", ALICE(HASH_1));
    ck_assert_msg(host_files_open(folder, &files, complaint) == ERR_OK, "%s", complaint);
    ck_assert_int_eq(sessions_create(files, 0, &sessions), ERR_OK);
}

static void tear_down(void)
{
    char path[128];
    static const char *const names[] = { "host.json", "accounts.json", "registry.reg" };
    sessions_destroy(sessions);
    host_files_close(files);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    remove(folder);
}

static struct process start(const struct session_identity *identity)
{
    static const char *const arguments[] = { "sleep", "60", NULL };
    const struct process_options options = { .arguments = arguments, .die_with_parent = true };
    struct process p;
    uint32_t ntstatus;
    ck_assert_int_eq(sessions_start_process(sessions, identity, &options, &p, &ntstatus), ERR_OK);
    ck_assert_uint_eq(ntstatus, 0);
    return p;
}

START_TEST(a_process_without_a_session_has_no_token)
{
    struct token token;
    struct session_secret secret;
    ck_assert(!sessions_token(sessions, process_id(), &token));
    ck_assert(!sessions_secret(sessions, process_id(), &secret));
}
END_TEST

START_TEST(children_have_the_session_of_their_parent)
{
    struct token token;
    const struct session_identity none = { .kind = SESSION_OF_PROCESS, .pid = 1 };
    ck_assert_uint_eq(sessions_open(sessions, "ALICE", TOKEN_LOGON_INTERACTIVE, process_id(), &token), 0);
    ck_assert_str_eq(token.user, "alice");
    ck_assert_str_eq(token.domain, "BETA");
    uint32_t number = token.session;
    struct process child = start(&none);
    ck_assert(sessions_token(sessions, child.pid, &token));
    ck_assert_uint_eq(token.session, number);
    /* It keeps the session although its ancestor has gone. */
    sessions_forget(sessions, process_id());
    ck_assert(!sessions_token(sessions, process_id(), &token));
    ck_assert(sessions_token(sessions, child.pid, &token));
    process_end(&child, 0);
    sessions_forget(sessions, child.pid);
    ck_assert(!sessions_token(sessions, child.pid, &token));
}
END_TEST

START_TEST(a_started_process_runs_as_its_own_account_and_not_as_its_parent)
{
    struct token token;
    const struct sid batch = sid_well_known(SID_BATCH);
    const struct session_identity alice = { .kind = SESSION_NEW, .account = ".\\alice", .logon = TOKEN_LOGON_BATCH };
    const struct session_identity service = { .kind = SESSION_NEW, .account = "NT AUTHORITY\\LocalService" };
    struct session_secret secret;
    struct process p = start(&alice);
    ck_assert(sessions_token(sessions, p.pid, &token) && token_has(&token, &batch));
    ck_assert(sessions_secret(sessions, p.pid, &secret));
    process_end(&p, 0);
    p = start(&service);
    ck_assert(sessions_token(sessions, p.pid, &token));
    ck_assert_str_eq(token.user, "LOCAL SERVICE");
    ck_assert(!sessions_secret(sessions, p.pid, &secret));
    process_end(&p, 0);
}
END_TEST

START_TEST(the_walk_to_an_ancestor_ends_at_the_boundary)
{
    struct token token;
    struct sessions *bounded;
    const struct session_identity none = { .kind = SESSION_OF_PROCESS, .pid = 1 };
    ck_assert_uint_eq(sessions_open(sessions, "alice", TOKEN_LOGON_INTERACTIVE, process_id(), &token), 0);
    struct process child = start(&none);
    ck_assert_int_eq(sessions_create(files, process_id(), &bounded), ERR_OK);
    ck_assert_uint_eq(sessions_open(bounded, "alice", TOKEN_LOGON_INTERACTIVE, process_id(), &token), 0);
    ck_assert(!sessions_token(bounded, child.pid, &token));
    ck_assert(sessions_token(sessions, child.pid, &token));
    sessions_destroy(bounded);
    process_end(&child, 0);
}
END_TEST

START_TEST(accounts_that_cannot_log_on_name_their_status)
{
    static const char *const arguments[] = { "true", NULL };
    const struct process_options options = { .arguments = arguments };
    const struct session_identity off = { .kind = SESSION_NEW, .account = "off" };
    struct token token;
    struct process p;
    uint32_t ntstatus;
    ck_assert_uint_eq(sessions_open(sessions, "nobody", TOKEN_LOGON_INTERACTIVE, process_id(), &token), 0xC0000064);
    ck_assert_uint_eq(sessions_open(sessions, "OTHER\\alice", TOKEN_LOGON_INTERACTIVE, process_id(), &token),
                      0xC0000064);
    ck_assert_uint_eq(sessions_open(sessions, "off", TOKEN_LOGON_INTERACTIVE, process_id(), &token), 0xC0000072);
    ck_assert_int_eq(sessions_start_process(sessions, &off, &options, &p, &ntstatus), ERR_AUTH);
    ck_assert_uint_eq(ntstatus, 0xC0000072);
}
END_TEST

START_TEST(a_session_keeps_the_secret_of_its_logon_and_a_later_one_has_the_new)
{
    struct token token;
    struct session_secret secret;
    ck_assert_uint_eq(sessions_open(sessions, "alice", TOKEN_LOGON_INTERACTIVE, process_id(), &token), 0);
    write_file("accounts.json", ALICE(HASH_2));
    ck_assert(sessions_secret(sessions, process_id(), &secret));
    ck_assert_uint_eq(secret.nt_hash[0], 0x11);
    ck_assert_uint_eq(sessions_open(sessions, "alice", TOKEN_LOGON_INTERACTIVE, process_id(), &token), 0);
    ck_assert(sessions_secret(sessions, process_id(), &secret));
    ck_assert_uint_eq(secret.nt_hash[0], 0x22);
}
END_TEST

START_TEST(a_file_that_became_wrong_leaves_the_last_good_state_in_force)
{
    write_file("accounts.json", "{ \"users\": [ ");
    const struct host_view *view = host_files_get(files);
    ck_assert_ptr_nonnull(accounts_find(view->accounts, "alice"));
    host_files_put(view);
    write_file("accounts.json", "{ \"users\": [] }");
    view = host_files_get(files);
    ck_assert_ptr_null(accounts_find(view->accounts, "alice"));
    host_files_put(view);
}
END_TEST

START_TEST(a_changed_registry_changes_the_settings_of_the_machine)
{
    const struct host_view *before = host_files_get(files);
    ck_assert(before->settings->enabled);
    write_file("registry.reg", "Windows Registry Editor Version 5.00\n\n"
                               "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Ole]\n\"EnableDCOM\"=\"N\"\n");
    const struct host_view *after = host_files_get(files);
    ck_assert(!after->settings->enabled);
    ck_assert(before->settings->enabled);
    host_files_put(before);
    host_files_put(after);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sessions");
    TCase *tests = tcase_create("sessions");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_process_without_a_session_has_no_token);
    tcase_add_test(tests, children_have_the_session_of_their_parent);
    tcase_add_test(tests, a_started_process_runs_as_its_own_account_and_not_as_its_parent);
    tcase_add_test(tests, the_walk_to_an_ancestor_ends_at_the_boundary);
    tcase_add_test(tests, accounts_that_cannot_log_on_name_their_status);
    tcase_add_test(tests, a_session_keeps_the_secret_of_its_logon_and_a_later_one_has_the_new);
    tcase_add_test(tests, a_file_that_became_wrong_leaves_the_last_good_state_in_force);
    tcase_add_test(tests, a_changed_registry_changes_the_settings_of_the_machine);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
