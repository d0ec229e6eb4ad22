/* Intervals of known values. */
#include <check.h>
#include <stdlib.h>

#include "probe-client/interval.h"

START_TEST(one_block_has_no_interval)
{
    struct interval out;
    ck_assert(!interval_of((const int64_t[]){ 5 }, 1, &out));
    ck_assert(!interval_of(NULL, 0, &out));
}
END_TEST

START_TEST(blocks_that_agree_have_an_interval_without_width)
{
    struct interval out;
    ck_assert(interval_of((const int64_t[]){ 70, 70, 70, 70 }, 4, &out));
    ck_assert_int_eq(out.mean_ns, 70);
    ck_assert_int_eq(out.low_ns, 70);
    ck_assert_int_eq(out.high_ns, 70);
    ck_assert_uint_eq(out.blocks, 4);
}
END_TEST

/* Mean 3000, standard deviation 1581.1; 2.776 * 1581.1 / sqrt(5) = 1962.9. */
START_TEST(five_blocks_use_the_quantile_of_four_degrees_of_freedom)
{
    struct interval out;
    ck_assert(interval_of((const int64_t[]){ 1000, 2000, 3000, 4000, 5000 }, 5, &out));
    ck_assert_int_eq(out.mean_ns, 3000);
    ck_assert_int_eq(out.low_ns, 3000 - 1963);
    ck_assert_int_eq(out.high_ns, 3000 + 1963);
}
END_TEST

START_TEST(a_level_may_cost_less_than_nothing)
{
    struct interval out;
    ck_assert(interval_of((const int64_t[]){ -100, -300 }, 2, &out));
    ck_assert_int_eq(out.mean_ns, -200);
    ck_assert_int_eq(out.low_ns, -200 - 1271); /* 12.706 * 141.4 / sqrt(2) */
    ck_assert_int_eq(out.high_ns, -200 + 1271);
}
END_TEST

START_TEST(many_blocks_use_the_last_quantile)
{
    int64_t values[40];
    struct interval out;
    for (unsigned i = 0; i < 40; i++)
        values[i] = i % 2 ? 1000 : 3000;
    ck_assert(interval_of(values, 40, &out));
    ck_assert_int_eq(out.mean_ns, 2000);
    ck_assert_int_eq(out.high_ns, 2000 + 327); /* 2.042 * 1012.7 / sqrt(40) */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client interval");
    TCase *tests = tcase_create("known values");
    tcase_add_test(tests, one_block_has_no_interval);
    tcase_add_test(tests, blocks_that_agree_have_an_interval_without_width);
    tcase_add_test(tests, five_blocks_use_the_quantile_of_four_degrees_of_freedom);
    tcase_add_test(tests, a_level_may_cost_less_than_nothing);
    tcase_add_test(tests, many_blocks_use_the_last_quantile);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
