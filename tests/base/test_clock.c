#include "base/clock.h"

#include <limits.h>
#include <stdbool.h>
#include <time.h>

#include "base/err.h"
#include "suite.h"

START_TEST(the_clock_never_goes_back)
{
    int64_t last = clock_now_ns();
    for (int i = 0; i < 100000; i++) {
        int64_t now = clock_now_ns();
        ck_assert_int_ge(now, last);
        last = now;
    }
}
END_TEST

START_TEST(deadlines_saturate_at_never)
{
    ck_assert_int_eq(clock_deadline_ns(CLOCK_NEVER), CLOCK_NEVER);
    ck_assert_int_eq(clock_deadline_ns(CLOCK_NEVER - 1), CLOCK_NEVER);
    int64_t before = clock_now_ns();
    int64_t deadline = clock_deadline_ns(5 * NS_PER_S);
    ck_assert_int_ge(deadline, before + 5 * NS_PER_S);
    ck_assert_int_le(deadline, clock_now_ns() + 5 * NS_PER_S);
}
END_TEST

START_TEST(time_left_is_never_negative)
{
    ck_assert_int_eq(clock_left_ns(0), 0);
    ck_assert_int_eq(clock_left_ns(-5), 0);
    ck_assert_int_eq(clock_left_ns(CLOCK_NEVER), CLOCK_NEVER);
    ck_assert_int_eq(clock_left_ms(0), 0);
    ck_assert_int_eq(clock_left_ms(CLOCK_NEVER), -1);
}
END_TEST

START_TEST(whole_milliseconds_are_rounded_up)
{
    /* Rounding down would make poll() spin through the last millisecond. */
    int ms = clock_left_ms(clock_deadline_ns(NS_PER_S));
    ck_assert_int_gt(ms, 500);
    ck_assert_int_le(ms, 1000);
    ck_assert_int_eq(clock_left_ms(CLOCK_NEVER - 1), INT_MAX);
    int64_t deadline = clock_deadline_ns(20 * NS_PER_MS);
    while (clock_left_ns(deadline) > 0) {
        int left_ms = clock_left_ms(deadline);
        int64_t left_ns = clock_left_ns(deadline);
        ck_assert_int_ge(left_ms * NS_PER_MS, left_ns);
    }
}
END_TEST

START_TEST(a_sleep_is_never_too_short)
{
    int64_t deadline = clock_deadline_ns(15 * NS_PER_MS);
    clock_sleep_until_ns(deadline);
    ck_assert_int_ge(clock_now_ns(), deadline);
    int64_t before = clock_now_ns();
    clock_sleep_until_ns(before - NS_PER_S);
    ck_assert_int_lt(clock_now_ns() - before, NS_PER_S);
}
END_TEST

START_TEST(cpu_time_counts_work_and_not_sleep)
{
    int64_t start = clock_process_cpu_ns();
    clock_sleep_until_ns(clock_deadline_ns(50 * NS_PER_MS));
    ck_assert_int_lt(clock_process_cpu_ns() - start, 40 * NS_PER_MS);
    volatile unsigned work = 0;
    while (clock_process_cpu_ns() - start < 60 * NS_PER_MS) {
        work = work + 1;
    }
    ck_assert_uint_gt(work, 0);
}
END_TEST

START_TEST(wall_time_is_the_systems)
{
    uint64_t filetime = clock_wall_filetime();
    time_t now = time(NULL);
    /* 1601-01-01 to 1970-01-01 ([MS-DTYP] 2.3.3). */
    int64_t seconds = (int64_t)(filetime / 10000000) - INT64_C(11644473600);
    ck_assert_int_ge(seconds, now - 1);
    ck_assert_int_le(seconds, now + 1);
}
END_TEST

START_TEST(wall_text_names_the_same_moment)
{
    time_t before = time(NULL);
    char text[25];
    clock_wall_text(text);
    time_t after = time(NULL);
    ck_assert_uint_eq(strlen(text), 24);
    struct tm parsed = { 0 };
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parsed);
    ck_assert_ptr_nonnull(rest);
    ck_assert_uint_eq(strlen(rest), 5);
    ck_assert(rest[0] == '.' && rest[4] == 'Z');
    time_t seconds = timegm(&parsed);
    ck_assert_int_ge(seconds, before);
    ck_assert_int_le(seconds, after);
}
END_TEST

START_TEST(every_error_has_a_text_of_its_own)
{
    for (int i = 0; i < ERR_COUNT; i++) {
        ck_assert_ptr_nonnull(err_text((enum err)i));
        for (int j = 0; j < i; j++) {
            ck_assert_str_ne(err_text((enum err)i), err_text((enum err)j));
        }
    }
    ck_assert_str_eq(err_text(ERR_TIMEOUT), "deadline passed");
    ck_assert_str_eq(err_text((enum err)1000), "unknown error");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *clock = tcase_create("clock");
    tcase_add_test(clock, the_clock_never_goes_back);
    tcase_add_test(clock, deadlines_saturate_at_never);
    tcase_add_test(clock, time_left_is_never_negative);
    tcase_add_test(clock, whole_milliseconds_are_rounded_up);
    tcase_add_test(clock, a_sleep_is_never_too_short);
    tcase_add_test(clock, cpu_time_counts_work_and_not_sleep);
    tcase_add_test(clock, wall_time_is_the_systems);
    tcase_add_test(clock, wall_text_names_the_same_moment);
    suite_add_tcase(suite, clock);
    TCase *errors = tcase_create("err");
    tcase_add_test(errors, every_error_has_a_text_of_its_own);
    suite_add_tcase(suite, errors);
    return suite_run(suite);
}
