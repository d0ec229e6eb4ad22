#include "security/accounts.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static char complaint[JSON_COMPLAINT];

static const char file[] =
    "{ \"users\": [\n"
    "  { \"name\": \"opcuser\", \"rid\": 1001, \"nt_hash\": \"8846f7eaee8fb117ad06bdd830b7586c\",\n"
    "    \"groups\": [\"Administrators\", \"OPC\"] },\n"
    "  { \"name\": \"Blank\", \"rid\": 1002, \"nt_hash\": \"31D6CFE0D16AE931B73C59D7E0C089C0\", \"disabled\": true }\n"
    "], \"groups\": [ { \"name\": \"opc\", \"rid\": 2001 } ] }\n";

static struct accounts *parsed(const char *text)
{
    struct accounts *a;
    ck_assert_msg(accounts_parse("accounts.json", text, strlen(text), &a, complaint) == ERR_OK, "%s", complaint);
    return a;
}

static void expect_complaint(const char *text, const char *where, const char *what)
{
    struct accounts *a;
    ck_assert_int_eq(accounts_parse("accounts.json", text, strlen(text), &a, complaint), ERR_PROTOCOL);
    ck_assert_ptr_null(a);
    ck_assert_msg(strstr(complaint, where) == complaint && strstr(complaint, what), "%s", complaint);
}

START_TEST(accounts_are_found_without_case_and_know_their_groups)
{
    struct accounts *a = parsed(file);
    const struct account *user = accounts_find(a, "OPCUser");
    struct sid administrators = sid_well_known(SID_ADMINISTRATORS);
    ck_assert_uint_eq(accounts_count(a), 2);
    ck_assert_uint_eq(user->rid, 1001);
    ck_assert_uint_eq(user->nt_hash[0], 0x88);
    ck_assert_uint_eq(user->group_count, 2);
    ck_assert(sid_equal(&user->groups[0].sid, &administrators));
    ck_assert_uint_eq(user->groups[1].rid, 2001);
    ck_assert_ptr_null(accounts_find(a, "nobody"));
    ck_assert(accounts_find(a, "BLANK")->disabled);
    ck_assert(account_password_is_empty(accounts_find(a, "blank")));
    accounts_destroy(a);
}
END_TEST

START_TEST(groups_and_kept_passwords_are_found_by_name)
{
    struct accounts *a = parsed("{ \"users\": [], \"groups\": [ { \"name\": \"OPC\", \"rid\": 2001 } ],\n"
                                "  \"secrets\": [ { \"name\": \"SCM:{A}\", \"nt_hash\":"
                                " \"8846f7eaee8fb117ad06bdd830b7586c\" } ] }");
    const uint8_t *hash = accounts_find_secret(a, "scm:{a}");
    ck_assert_uint_eq(accounts_find_group(a, "opc"), 2001);
    ck_assert_uint_eq(accounts_find_group(a, "nope"), 0);
    ck_assert_ptr_nonnull(hash);
    ck_assert_uint_eq(hash[0], 0x88);
    ck_assert_ptr_null(accounts_find_secret(a, "SCM:{B}"));
    accounts_destroy(a);
    expect_complaint("{ \"users\": [],\n \"secrets\": [ { \"name\": \"x\", \"nt_hash\":"
                     " \"zz46f7eaee8fb117ad06bdd830b7586c\" } ] }",
                     "accounts.json:2: ", "probe-scm identity");
}
END_TEST

START_TEST(each_flag_has_its_status_and_a_wrong_password_hides_all_but_the_lock)
{
    static const struct {
        struct account account;
        uint32_t right, wrong;
    } cases[] = {
        { { .nt_hash = { 1 } }, 0, 0xC000006A },
        { { .nt_hash = { 1 }, .disabled = true }, 0xC0000072, 0xC000006A },
        { { .nt_hash = { 1 }, .expired = true }, 0xC0000193, 0xC000006A },
        { { .nt_hash = { 1 }, .password_expired = true }, 0xC0000071, 0xC000006A },
        { { .nt_hash = { 1 }, .must_change = true }, 0xC0000224, 0xC000006A },
        { { .nt_hash = { 1 }, .locked = true }, 0xC0000234, 0xC0000234 },
        { { .nt_hash = { 1 }, .disabled = true, .expired = true }, 0xC0000072, 0xC000006A },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_uint_eq(account_logon_status(&cases[i].account, true, true), cases[i].right);
        ck_assert_uint_eq(account_logon_status(&cases[i].account, false, true), cases[i].wrong);
    }
}
END_TEST

START_TEST(an_empty_password_is_good_at_the_console_only)
{
    struct accounts *a =
        parsed("{\"users\":[{\"name\":\"b\",\"rid\":1,\"nt_hash\":\"31d6cfe0d16ae931b73c59d7e0c089c0\"}]}");
    ck_assert_uint_eq(account_logon_status(accounts_find(a, "b"), true, true), 0xC000006E);
    ck_assert_uint_eq(account_logon_status(accounts_find(a, "b"), true, false), 0);
    accounts_destroy(a);
}
END_TEST

START_TEST(mistakes_are_reported_with_their_line)
{
    expect_complaint("{ \"users\": [\n {\"name\":\"a\",\"rid\":1,\"nt_hash\":\"zz3456789012345678901234567890zz\"} ] }",
                     "accounts.json:2:", "32 hexadecimal digits");
    expect_complaint("{ \"users\": [\n "
                     "{\"name\":\"a\",\"rid\":1,\"nt_hash\":\"8846f7eaee8fb117ad06bdd830b7586c\",\n\"grops\":[]} ] }",
                     "accounts.json:", "grops");
    expect_complaint("{ \"users\": [\n {\"name\":\"a\",\"rid\":1,\"nt_hash\":\"8846f7eaee8fb117ad06bdd830b7586c\"},\n"
                     "{\"name\":\"A\",\"rid\":2,\"nt_hash\":\"8846f7eaee8fb117ad06bdd830b7586c\"} ] }",
                     "accounts.json:3:", "twice");
    expect_complaint(
        "{ \"users\": [ "
        "{\"name\":\"a\",\"rid\":1,\"nt_hash\":\"8846f7eaee8fb117ad06bdd830b7586c\",\"groups\":[\"Nope\"]} ] }",
        "accounts.json:1:", "Nope");
    expect_complaint("{ \"users\": ", "accounts.json:1:", "");
    expect_complaint("[]", "accounts.json:1:", "");
}
END_TEST

START_TEST(a_complaint_never_shows_a_hash)
{
    const char *text = "{ \"users\": [ {\"name\":\"a\",\"rid\":1,\"nt_hash\":\"secretsecretsecretsecretsecret12\"} ] }";
    struct accounts *a;
    ck_assert_int_eq(accounts_parse("accounts.json", text, strlen(text), &a, complaint), ERR_PROTOCOL);
    ck_assert_ptr_null(strstr(complaint, "secretsecret"));
}
END_TEST

START_TEST(every_truncated_file_fails)
{
    for (size_t size = 0; size < strlen(file) - 2; size++) {
        struct accounts *a;
        ck_assert_msg(accounts_parse("accounts.json", file, size, &a, complaint) != ERR_OK, "%zu bytes", size);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("accounts");
    TCase *tests = tcase_create("accounts");
    tcase_add_test(tests, accounts_are_found_without_case_and_know_their_groups);
    tcase_add_test(tests, groups_and_kept_passwords_are_found_by_name);
    tcase_add_test(tests, each_flag_has_its_status_and_a_wrong_password_hides_all_but_the_lock);
    tcase_add_test(tests, an_empty_password_is_good_at_the_console_only);
    tcase_add_test(tests, mistakes_are_reported_with_their_line);
    tcase_add_test(tests, a_complaint_never_shows_a_hash);
    tcase_add_test(tests, every_truncated_file_fails);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
