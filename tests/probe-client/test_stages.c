/* The table of results: settled once, told in order. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "probe-client/stages.h"

static struct stage_table table;
static enum stage told[STAGE_COUNT];
static unsigned told_count;

static void listen(void *context, const struct stage_result *result)
{
    (void)context;
    told[told_count++] = result->stage;
}

static void setup(void)
{
    stages_init(&table, "ALPHA", "beta");
    table.listener = listen;
    told_count = 0;
}

START_TEST(a_stage_names_the_side_that_it_exercises)
{
    ck_assert_str_eq(stages_at(&table, STAGE_CALL)->host, "beta");
    ck_assert_str_eq(stages_at(&table, STAGE_NAME)->host, "ALPHA");
    ck_assert_str_eq(stages_at(&table, STAGE_ADVISE)->host, "ALPHA");
    ck_assert_int_eq(stages_at(&table, STAGE_ADVISE)->direction, DIRECTION_SERVER_TO_CLIENT);
}
END_TEST

START_TEST(the_first_word_on_a_stage_counts)
{
    stages_settle(&table, STAGE_NAME, OUTCOME_FAILED, "no %s", "address");
    stages_settle(&table, STAGE_NAME, OUTCOME_OK, "after all");
    ck_assert_int_eq(stages_at(&table, STAGE_NAME)->status, OUTCOME_FAILED);
    ck_assert_str_eq(stages_at(&table, STAGE_NAME)->detail, "no address");
}
END_TEST

START_TEST(results_are_told_in_the_order_of_the_stages_however_they_come)
{
    stages_settle(&table, STAGE_LOOKUP, OUTCOME_OK, "given");
    ck_assert_uint_eq(told_count, 0);
    stages_skip(&table, STAGE_NAME, STAGE_ACTIVATE, "not reached");
    ck_assert_uint_eq(told_count, 5);
    ck_assert_int_eq(told[0], STAGE_NAME);
    ck_assert_int_eq(told[4], STAGE_LOOKUP);
    ck_assert_int_eq(stages_at(&table, STAGE_LOOKUP)->status, OUTCOME_OK);
}
END_TEST

START_TEST(the_first_failure_is_the_first_by_stage_not_by_time)
{
    ck_assert_ptr_null(stages_first_failure(&table));
    stages_settle(&table, STAGE_TEARDOWN, OUTCOME_FAILED, "late");
    stages_settle(&table, STAGE_ADVISE, OUTCOME_FAILED, "early");
    ck_assert_ptr_eq(stages_first_failure(&table), stages_at(&table, STAGE_ADVISE));
}
END_TEST

START_TEST(a_long_detail_is_cut_not_overrun)
{
    char text[2 * STAGE_DETAIL];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    stages_settle(&table, STAGE_NAME, OUTCOME_OK, "%s", text);
    ck_assert_uint_eq(strlen(stages_at(&table, STAGE_NAME)->detail), STAGE_DETAIL - 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client stages");
    TCase *tcase = tcase_create("stages");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, a_stage_names_the_side_that_it_exercises);
    tcase_add_test(tcase, the_first_word_on_a_stage_counts);
    tcase_add_test(tcase, results_are_told_in_the_order_of_the_stages_however_they_come);
    tcase_add_test(tcase, the_first_failure_is_the_first_by_stage_not_by_time);
    tcase_add_test(tcase, a_long_detail_is_cut_not_overrun);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
