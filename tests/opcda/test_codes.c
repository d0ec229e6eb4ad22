/* The table of codes: every spelling leads to one entry. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "opcda/codes.h"

START_TEST(a_win32_status_is_found_bare_and_as_an_hresult)
{
    const struct code_info *bare = code_find(1722), *wrapped = code_find(0x800706BA);
    ck_assert_ptr_nonnull(bare);
    ck_assert_ptr_eq(bare, wrapped);
    ck_assert_str_eq(bare->name, "RPC_S_SERVER_UNAVAILABLE");
    ck_assert_str_eq(bare->text, "The RPC server is unavailable.");
}
END_TEST

START_TEST(access_denied_as_an_hresult_has_its_own_name)
{
    ck_assert_str_eq(code_name(0x80070005), "E_ACCESSDENIED");
    ck_assert_str_eq(code_name(5), "ERROR_ACCESS_DENIED");
}
END_TEST

START_TEST(an_ntstatus_is_found_bare_and_as_an_hresult)
{
    ck_assert_str_eq(code_name(0xC000006A), "STATUS_WRONG_PASSWORD");
    ck_assert_ptr_eq(code_find(0xD000006A), code_find(0xC000006A));
}
END_TEST

START_TEST(the_wrong_text_of_cannotconnect_belongs_to_another_code)
{
    ck_assert_str_eq(code_find(0x80040202)->text, "Connection attempt failed.");
    ck_assert_str_eq(code_find(0x80010125)->text, "Unable to open the access token of the current thread.");
}
END_TEST

START_TEST(an_unknown_code_is_not_invented)
{
    ck_assert_ptr_null(code_find(0x8BADF00D));
    ck_assert_str_eq(code_name(0x8BADF00D), "unknown code");
}
END_TEST

START_TEST(no_code_stands_in_the_table_twice)
{
    for (size_t i = 0; code_at(i); i++)
        for (size_t j = i + 1; code_at(j); j++)
            ck_assert_msg(code_at(i)->code != code_at(j)->code, "0x%08X twice", (unsigned)code_at(i)->code);
}
END_TEST

START_TEST(every_code_has_a_name_without_blanks_and_a_text)
{
    for (size_t i = 0; code_at(i); i++) {
        const struct code_info *info = code_at(i);
        ck_assert_msg(*info->name && !strchr(info->name, ' '), "0x%08X", (unsigned)info->code);
        ck_assert_msg(strlen(info->text) > 4, "0x%08X", (unsigned)info->code);
        ck_assert_ptr_eq(code_find(info->code), info);
    }
}
END_TEST

START_TEST(another_spelling_leads_to_a_code_that_is_known)
{
    for (size_t i = 0; code_at(i); i++)
        if (code_at(i)->same_as)
            ck_assert_msg(code_find(code_at(i)->same_as) != NULL, "0x%08X", (unsigned)code_at(i)->code);
}
END_TEST

START_TEST(bind_nak_reasons_have_their_names)
{
    ck_assert_str_eq(code_bind_nak_name(0), "reason_not_specified");
    ck_assert_str_eq(code_bind_nak_name(8), "authentication_type_not_recognized");
    ck_assert_str_eq(code_bind_nak_name(9), "invalid_checksum");
    ck_assert_ptr_null(code_bind_nak_name(10));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("codes");
    TCase *tc = tcase_create("table");
    tcase_add_test(tc, a_win32_status_is_found_bare_and_as_an_hresult);
    tcase_add_test(tc, access_denied_as_an_hresult_has_its_own_name);
    tcase_add_test(tc, an_ntstatus_is_found_bare_and_as_an_hresult);
    tcase_add_test(tc, the_wrong_text_of_cannotconnect_belongs_to_another_code);
    tcase_add_test(tc, an_unknown_code_is_not_invented);
    tcase_add_test(tc, no_code_stands_in_the_table_twice);
    tcase_add_test(tc, every_code_has_a_name_without_blanks_and_a_text);
    tcase_add_test(tc, another_spelling_leads_to_a_code_that_is_known);
    tcase_add_test(tc, bind_nak_reasons_have_their_names);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
