/* `explain` as people read it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "probe-client/exit_code.h"
#include "probe-client/explain.h"

static char *text;

static int explain(uint32_t code, const char *stage)
{
    struct explain_options o = { .code = code };
    size_t size;
    FILE *file = open_memstream(&text, &size);
    struct page page = { .file = file, .width = 100 };
    o.has_stage = stage != NULL;
    if (stage)
        ck_assert(stage_find(stage, &o.stage));
    int exit_code = explain_run(&o, &page);
    fclose(file);
    return exit_code;
}

static void clean(void)
{
    free(text);
    text = NULL;
}

START_TEST(a_code_is_shown_in_every_spelling_that_people_search_for)
{
    ck_assert_int_eq(explain(0x80070005, NULL), EXIT_AS_EXPECTED);
    ck_assert_ptr_nonnull(strstr(text, "0x80070005  E_ACCESSDENIED\n"));
    ck_assert_ptr_nonnull(strstr(text, "2147942405, -2147024891"));
    ck_assert_ptr_nonnull(strstr(text, "General access denied error."));
}
END_TEST

START_TEST(one_code_leads_to_different_machines_at_different_stages)
{
    explain(0x80070005, "activate");
    ck_assert_ptr_nonnull(strstr(text, "At activate:\nMachine       server\n"));
    clean();
    explain(0x80070005, "advise");
    ck_assert_ptr_nonnull(strstr(text, "At advise:\nMachine       client\n"));
    ck_assert_ptr_null(strstr(text, "At activate"));
}
END_TEST

START_TEST(stages_that_share_an_explanation_are_named_once)
{
    explain(0x80040202, NULL);
    const char *first = strstr(text, "\nAt ");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(strstr(first + 1, "\nAt "));
    ck_assert_ptr_nonnull(strstr(first, "advise"));
    ck_assert_ptr_nonnull(strstr(text, "Unable to open the access token")); /* the wrong text of old programs */
}
END_TEST

START_TEST(a_win32_status_and_its_hresult_are_the_same)
{
    explain(1722, "port135");
    ck_assert_ptr_nonnull(strstr(text, "RPC_S_SERVER_UNAVAILABLE"));
    clean();
    explain(0x800706BA, "port135");
    ck_assert_ptr_nonnull(strstr(text, "another spelling of 0x000006BA (1722)"));
}
END_TEST

START_TEST(a_change_never_comes_without_its_undo)
{
    explain(0x80070005, NULL);
    unsigned changes = 0, undos = 0;
    for (const char *at = text; (at = strstr(at, "\nChange ")); at++)
        changes++;
    for (const char *at = text; (at = strstr(at, "\nUndo ")); at++)
        undos++;
    ck_assert_uint_gt(changes, 0);
    ck_assert_uint_eq(changes, undos);
}
END_TEST

START_TEST(an_unknown_code_ends_with_2)
{
    ck_assert_int_eq(explain(0x8ABCDEF0, NULL), EXIT_USAGE);
    ck_assert_str_eq(text, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client explain");
    TCase *tcase = tcase_create("explain");
    tcase_add_checked_fixture(tcase, NULL, clean);
    tcase_add_test(tcase, a_code_is_shown_in_every_spelling_that_people_search_for);
    tcase_add_test(tcase, one_code_leads_to_different_machines_at_different_stages);
    tcase_add_test(tcase, stages_that_share_an_explanation_are_named_once);
    tcase_add_test(tcase, a_win32_status_and_its_hresult_are_the_same);
    tcase_add_test(tcase, a_change_never_comes_without_its_undo);
    tcase_add_test(tcase, an_unknown_code_ends_with_2);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
