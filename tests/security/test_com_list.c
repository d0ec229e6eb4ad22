#include "security/com_list.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct com_list list_of(const char *sddl)
{
    struct com_list list;
    ck_assert_int_eq(com_list_parse(sddl, COM_LIST_SET, &list), ERR_OK);
    return list;
}

static struct token user_token(void)
{
    struct token t = { .group_count = 1 };
    ck_assert(sid_parse("S-1-5-21-1-2-3-1001", &t.sid));
    t.groups[0] = sid_well_known(SID_EVERYONE);
    return t;
}

static bool granted(const char *sddl, uint32_t right)
{
    const struct token t = user_token();
    struct com_list list = list_of(sddl);
    bool answer = com_list_grants(&list, &t, NULL, right);
    com_list_cleanup(&list);
    return answer;
}

static void expect_invalid(const char *sddl, const char *what)
{
    const struct token t = user_token();
    struct com_list list = list_of(sddl);
    ck_assert_int_eq(list.kind, COM_LIST_INVALID);
    ck_assert_msg(strstr(list.what, what) != NULL, "\"%s\" for %s", list.what, sddl);
    ck_assert(!com_list_grants(&list, &t, NULL, COM_RIGHTS_EXECUTE_LOCAL));
    com_list_cleanup(&list);
}

static const uint32_t fine_rights[] = { COM_RIGHTS_EXECUTE_LOCAL, COM_RIGHTS_EXECUTE_REMOTE, COM_RIGHTS_ACTIVATE_LOCAL,
                                        COM_RIGHTS_ACTIVATE_REMOTE };

START_TEST(an_entry_of_the_old_kind_means_every_right)
{
    for (size_t i = 0; i < 4; i++) {
        ck_assert(granted("O:BAG:BAD:(A;;CC;;;WD)", fine_rights[i]));
        ck_assert(!granted("O:BAG:BAD:(D;;CC;;;S-1-5-21-1-2-3-1001)(A;;CC;;;WD)", fine_rights[i]));
    }
}
END_TEST

START_TEST(an_entry_of_the_new_kind_means_what_it_names)
{
    for (size_t i = 0; i < 4; i++) {
        char sddl[64];
        snprintf(sddl, sizeof sddl, "O:BAG:BAD:(A;;0x%x;;;WD)", COM_RIGHTS_EXECUTE | fine_rights[i]);
        for (size_t j = 0; j < 4; j++)
            ck_assert_int_eq(granted(sddl, fine_rights[j]), i == j);
    }
}
END_TEST

START_TEST(a_denial_of_one_right_leaves_the_others)
{
    static const char sddl[] = "O:BAG:BAD:(D;;CCLC;;;S-1-5-21-1-2-3-1001)(A;;CCDCLC;;;WD)";
    ck_assert(granted(sddl, COM_RIGHTS_EXECUTE_LOCAL));
    ck_assert(!granted(sddl, COM_RIGHTS_EXECUTE_REMOTE));
}
END_TEST

START_TEST(bits_that_com_does_not_know_change_nothing)
{
    ck_assert(granted("O:BAG:BAD:(A;;CCWPSD;;;BU)(A;;CC;;;WD)", COM_RIGHTS_EXECUTE_REMOTE));
    ck_assert(!granted("O:BAG:BAD:(A;;GACCDC;;;WD)", COM_RIGHTS_EXECUTE_REMOTE));
}
END_TEST

START_TEST(a_list_without_execute_or_of_both_kinds_lets_nobody_through)
{
    expect_invalid("O:BAG:BAD:(A;;DCLC;;;WD)", "EXECUTE");
    expect_invalid("O:BAG:BAD:(A;;CCDCLC;;;WD)(A;;LC;;;WD)", "lacks");
    expect_invalid("O:BAG:BAD:(A;;CCDC;;;WD)(A;;CC;;;WD)", "mixed");
    expect_invalid("O:BAG:BAD:(A;;CC;;;WD)(D;;CCLC;;;AN)", "mixed");
}
END_TEST

START_TEST(a_list_without_owner_or_group_lets_nobody_through)
{
    expect_invalid("G:BAD:(A;;CCDC;;;WD)", "no owner");
    expect_invalid("O:BAD:(A;;CCDC;;;WD)", "no group");
}
END_TEST

START_TEST(bytes_that_are_no_descriptor_let_nobody_through)
{
    struct com_list list;
    const struct token t = user_token();
    const uint8_t zeros[20] = { 0 };
    ck_assert_int_eq(com_list_read(zeros, sizeof zeros, &list), ERR_OK);
    ck_assert_int_eq(list.kind, COM_LIST_INVALID);
    ck_assert(!com_list_grants(&list, &t, NULL, COM_RIGHTS_EXECUTE_LOCAL));
    com_list_cleanup(&list);
    expect_invalid("nonsense", "not a security descriptor");
    expect_invalid("O:BAG:BAD:(OA;;CCDC;;;WD)", "neither allows nor denies");
}
END_TEST

START_TEST(a_null_list_lets_everybody_through_and_an_empty_one_nobody)
{
    ck_assert(granted("O:BAG:BAD:NO_ACCESS_CONTROL", COM_RIGHTS_ACTIVATE_REMOTE));
    ck_assert(!granted("O:BAG:BAD:", COM_RIGHTS_EXECUTE_LOCAL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("com_list");
    TCase *tests = tcase_create("com_list");
    tcase_add_test(tests, an_entry_of_the_old_kind_means_every_right);
    tcase_add_test(tests, an_entry_of_the_new_kind_means_what_it_names);
    tcase_add_test(tests, a_denial_of_one_right_leaves_the_others);
    tcase_add_test(tests, bits_that_com_does_not_know_change_nothing);
    tcase_add_test(tests, a_list_without_execute_or_of_both_kinds_lets_nobody_through);
    tcase_add_test(tests, a_list_without_owner_or_group_lets_nobody_through);
    tcase_add_test(tests, bytes_that_are_no_descriptor_let_nobody_through);
    tcase_add_test(tests, a_null_list_lets_everybody_through_and_an_empty_one_nobody);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
