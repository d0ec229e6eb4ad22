/* Delayed acknowledgements and timer ticks among calls, and what only looks like them. */
#include <check.h>
#include <stdlib.h>

#include "base/clock.h"
#include "probe-client/steps.h"

static struct histogram h;
static struct step found[STEP_KINDS];

static void add(int64_t ns, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        histogram_add(&h, ns + (int64_t)i % 10 * 10000);
}

static void setup(void)
{
    histogram_reset(&h);
    add(100 * NS_PER_US, 2000);
}

START_TEST(quick_calls_have_no_step)
{
    ck_assert_uint_eq(steps_find(&h, found), 0);
    histogram_reset(&h);
    ck_assert_uint_eq(steps_find(&h, found), 0);
}
END_TEST

START_TEST(each_step_is_named_with_its_calls)
{
    add(15600 * NS_PER_US, 20);
    add(40 * NS_PER_MS, 30);
    add(200 * NS_PER_MS, 40);
    ck_assert_uint_eq(steps_find(&h, found), 3);
    ck_assert_str_eq(found[0].name, "timer-15.6ms");
    ck_assert_uint_eq(found[0].count, 20);
    ck_assert_str_eq(found[1].name, "delayed-ack-40ms");
    ck_assert_uint_eq(found[1].count, 30);
    ck_assert_str_eq(found[2].name, "delayed-ack-200ms");
    ck_assert_uint_eq(found[2].count, 40);
}
END_TEST

START_TEST(a_handful_among_many_is_chance)
{
    add(40 * NS_PER_MS, 4);
    ck_assert_uint_eq(steps_find(&h, found), 0);
    add(40 * NS_PER_MS, 1);
    ck_assert_uint_eq(steps_find(&h, found), 1);
    add(100 * NS_PER_US, 10000);
    ck_assert_uint_eq(steps_find(&h, found), 0);
}
END_TEST

START_TEST(calls_that_take_any_time_around_it_are_no_step)
{
    for (int64_t ms = 20; ms < 70; ms++)
        add(ms * NS_PER_MS, 10);
    ck_assert_uint_eq(steps_find(&h, found), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client steps");
    TCase *tests = tcase_create("steps");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, quick_calls_have_no_step);
    tcase_add_test(tests, each_step_is_named_with_its_calls);
    tcase_add_test(tests, a_handful_among_many_is_chance);
    tcase_add_test(tests, calls_that_take_any_time_around_it_are_no_step);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
