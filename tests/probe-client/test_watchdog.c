/* The watchdog cancels what takes too long, never what does not. */
#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "probe-client/watchdog.h"

#define THREAD_ID 77

static atomic_uint cancels, ticks;
static atomic_uint cancelled_thread;
static struct watchdog *dog;

static void cancel(uint32_t thread_id)
{
    atomic_store(&cancelled_thread, thread_id);
    atomic_fetch_add(&cancels, 1);
}

static atomic_bool step_late;

static bool tick(void *context, int64_t elapsed_ns, int64_t allowed_ns)
{
    (void)context;
    ck_assert_int_ge(elapsed_ns, 0);
    ck_assert_int_lt(elapsed_ns, allowed_ns);
    atomic_fetch_add(&ticks, 1);
    return !atomic_load(&step_late);
}

static void setup(void)
{
    struct watchdog_options options = { .cancel = cancel, .tick = tick };
    atomic_store(&cancels, 0);
    atomic_store(&ticks, 0);
    ck_assert_int_eq(watchdog_create(&options, &dog), ERR_OK);
}

static void teardown(void)
{
    watchdog_destroy(dog);
}

static void pause_ms(int ms)
{
    clock_sleep_until_ns(clock_deadline_ns(ms * NS_PER_MS));
}

START_TEST(what_ends_in_time_is_not_cancelled)
{
    watchdog_begin(dog, THREAD_ID, 10 * NS_PER_S, true);
    pause_ms(150);
    ck_assert_int_eq(watchdog_end(dog), WATCHDOG_IN_TIME);
    ck_assert_uint_eq(atomic_load(&cancels), 0);
    ck_assert_uint_ge(atomic_load(&ticks), 1);
}
END_TEST

START_TEST(a_step_that_used_up_its_own_time_ends_the_section)
{
    atomic_store(&step_late, true);
    watchdog_begin(dog, THREAD_ID, 10 * NS_PER_S, true);
    pause_ms(350);
    ck_assert_int_eq(watchdog_end(dog), WATCHDOG_LATE);
    ck_assert_uint_ge(atomic_load(&cancels), 1);
    atomic_store(&step_late, false);
}
END_TEST

START_TEST(what_is_late_is_cancelled_again_and_again_until_it_ends)
{
    watchdog_begin(dog, THREAD_ID, 50 * NS_PER_MS, true);
    pause_ms(500);
    ck_assert_int_eq(watchdog_state(dog), WATCHDOG_LATE);
    ck_assert_int_eq(watchdog_end(dog), WATCHDOG_LATE);
    unsigned count = atomic_load(&cancels);
    ck_assert_uint_ge(count, 2);
    ck_assert_uint_eq(atomic_load(&cancelled_thread), THREAD_ID);
    pause_ms(250);
    ck_assert_uint_eq(atomic_load(&cancels), count);
}
END_TEST

START_TEST(a_section_after_a_late_one_begins_afresh)
{
    watchdog_begin(dog, THREAD_ID, 20 * NS_PER_MS, true);
    pause_ms(100);
    ck_assert_int_eq(watchdog_end(dog), WATCHDOG_LATE);
    unsigned count = atomic_load(&cancels);
    watchdog_begin(dog, THREAD_ID, 10 * NS_PER_S, true);
    pause_ms(150);
    ck_assert_int_eq(watchdog_end(dog), WATCHDOG_IN_TIME);
    ck_assert_uint_eq(atomic_load(&cancels), count);
}
END_TEST

START_TEST(ctrl_c_cancels_the_work_but_not_the_tidying_up)
{
    ck_assert_int_eq(interrupt_catch(), ERR_OK);
    watchdog_begin(dog, THREAD_ID, 10 * NS_PER_S, true);
    interrupt_request();
    pause_ms(250);
    ck_assert_int_eq(watchdog_end(dog), WATCHDOG_INTERRUPTED);
    ck_assert_uint_ge(atomic_load(&cancels), 1);
    unsigned count = atomic_load(&cancels);
    watchdog_begin(dog, THREAD_ID, 10 * NS_PER_S, false);
    pause_ms(250);
    ck_assert_int_eq(watchdog_end(dog), WATCHDOG_IN_TIME);
    ck_assert_uint_eq(atomic_load(&cancels), count);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client watchdog");
    TCase *tcase = tcase_create("watchdog");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_ends_in_time_is_not_cancelled);
    tcase_add_test(tcase, what_is_late_is_cancelled_again_and_again_until_it_ends);
    tcase_add_test(tcase, a_step_that_used_up_its_own_time_ends_the_section);
    tcase_add_test(tcase, a_section_after_a_late_one_begins_afresh);
    tcase_add_test(tcase, ctrl_c_cancels_the_work_but_not_the_tidying_up);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
