#include "security/account_name.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "security/sddl.h"

static struct host *host;
static struct accounts *accounts;

static void set_up(void)
{
    static const char machine[] = "{\"name\":\"BETA\",\"machine_sid\":\"S-1-5-21-1-2-3\"}";
    static const char people[] =
        "{\"users\":[{\"name\":\"opcuser\",\"rid\":1001,\"nt_hash\":\"11111111111111111111111111111111\"}],"
        "\"groups\":[{\"name\":\"OPC Users\",\"rid\":1002}]}";
    char complaint[JSON_COMPLAINT];
    ck_assert_int_eq(host_parse("/h", "host.json", machine, sizeof machine - 1, &host, complaint), ERR_OK);
    ck_assert_int_eq(accounts_parse("accounts.json", people, sizeof people - 1, &accounts, complaint), ERR_OK);
}

static void tear_down(void)
{
    host_destroy(host);
    accounts_destroy(accounts);
}

static void expect_sid(const char *name, const char *text)
{
    struct sid sid;
    char found[SID_TEXT];
    ck_assert_msg(account_name_sid(host, accounts, name, &sid), "%s", name);
    sid_text(&sid, found);
    ck_assert_str_eq(found, text);
}

START_TEST(users_groups_and_well_known_names_have_sids)
{
    struct sid sid;
    expect_sid("OpcUser", "S-1-5-21-1-2-3-1001");
    expect_sid("beta\\opcuser", "S-1-5-21-1-2-3-1001");
    expect_sid(".\\OPC Users", "S-1-5-21-1-2-3-1002");
    expect_sid("BUILTIN\\Administrators", "S-1-5-32-544");
    expect_sid("ANONYMOUS LOGON", "S-1-5-7");
    ck_assert(!account_name_sid(host, accounts, "ALPHA\\opcuser", &sid));
    ck_assert(!account_name_sid(host, accounts, "OPC User", &sid));
}
END_TEST

START_TEST(names_in_braces_stand_for_their_sids_in_sddl)
{
    char complaint[ACCOUNT_NAME_COMPLAINT];
    struct descriptor d;
    ck_assert_int_eq(
        account_name_sddl(host, accounts, "O:BAG:BAD:(A;;CCDC;;;{OPC Users})(D;;CC;;;{opcuser})", &d, complaint),
        ERR_OK);
    char *text = sddl_format(&d);
    ck_assert_str_eq(text, "O:BAG:BAD:(A;;CCDC;;;S-1-5-21-1-2-3-1002)(D;;CC;;;S-1-5-21-1-2-3-1001)");
    free(text);
    descriptor_cleanup(&d);
}
END_TEST

START_TEST(what_is_wrong_with_a_list_is_said_in_words)
{
    char complaint[ACCOUNT_NAME_COMPLAINT];
    struct descriptor d;
    ck_assert_int_eq(account_name_sddl(host, accounts, "D:(A;;CC;;;{nobody})", &d, complaint), ERR_NOT_FOUND);
    ck_assert_str_eq(complaint, "no user or group of BETA is called \"nobody\"");
    ck_assert_int_eq(account_name_sddl(host, accounts, "D:(A;;CC;;;{opcuser", &d, complaint), ERR_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(complaint, "a brace is not closed"));
    ck_assert_int_eq(account_name_sddl(host, accounts, "rubbish", &d, complaint), ERR_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(complaint, "no list in SDDL"));
    ck_assert_ptr_null(d.aces);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("account_name");
    TCase *tests = tcase_create("account_name");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, users_groups_and_well_known_names_have_sids);
    tcase_add_test(tests, names_in_braces_stand_for_their_sids_in_sddl);
    tcase_add_test(tests, what_is_wrong_with_a_list_is_said_in_words);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
