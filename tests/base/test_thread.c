#include "base/thread.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "suite.h"

#define THREADS 8
#define ROUNDS  5000

static struct {
    struct mutex lock;
    struct condition changed;
    int value;   /* LOCK lock */
    int waiting; /* LOCK lock */
} shared = { .lock = MUTEX_INIT };

static void count_up(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        mutex_lock(&shared.lock);
        shared.value++;
        mutex_unlock(&shared.lock);
    }
}

START_TEST(a_mutex_keeps_threads_apart)
{
    struct thread threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        ck_ok(thread_start(&threads[i], count_up, NULL));
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
    }
    ck_assert_int_eq(shared.value, THREADS * ROUNDS);
}
END_TEST

START_TEST(a_mutex_can_be_made_and_unmade)
{
    struct mutex m;
    mutex_init(&m);
    mutex_lock(&m);
    mutex_unlock(&m);
    mutex_cleanup(&m);
}
END_TEST

static void wait_for_value(void *argument)
{
    mutex_lock(&shared.lock);
    shared.waiting++;
    condition_signal(&shared.changed);
    while (shared.value == 0) {
        if (!condition_wait(&shared.changed, &shared.lock, clock_deadline_ns(20 * NS_PER_S))) {
            break;
        }
    }
    *(int *)argument = shared.value;
    mutex_unlock(&shared.lock);
}

START_TEST(a_signal_wakes_every_waiter)
{
    struct thread threads[THREADS];
    int seen[THREADS] = { 0 };
    condition_init(&shared.changed);
    for (int i = 0; i < THREADS; i++) {
        ck_ok(thread_start(&threads[i], wait_for_value, &seen[i]));
    }
    mutex_lock(&shared.lock);
    while (shared.waiting < THREADS) {
        (void)condition_wait(&shared.changed, &shared.lock, CLOCK_NEVER);
    }
    shared.value = 7;
    condition_signal(&shared.changed);
    mutex_unlock(&shared.lock);
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
        ck_assert_int_eq(seen[i], 7);
    }
    condition_cleanup(&shared.changed);
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline_and_never_before)
{
    struct condition c;
    condition_init(&c);
    mutex_lock(&shared.lock);
    for (int i = 0; i < 3; i++) {
        int64_t start = clock_now_ns();
        int64_t deadline = clock_deadline_ns(30 * NS_PER_MS);
        while (condition_wait(&c, &shared.lock, deadline)) {
        }
        ck_assert_int_ge(clock_now_ns(), deadline);
        ck_assert_int_lt(clock_now_ns() - start, 5 * NS_PER_S);
    }
    ck_assert(!condition_wait(&c, &shared.lock, 0));
    ck_assert(!condition_wait(&c, &shared.lock, -1));
    mutex_unlock(&shared.lock);
    condition_cleanup(&c);
}
END_TEST

static void finish(void *argument)
{
    mutex_lock(&shared.lock);
    shared.value += *(int *)argument;
    condition_signal(&shared.changed);
    mutex_unlock(&shared.lock);
}

START_TEST(a_detached_thread_runs_by_itself)
{
    condition_init(&shared.changed);
    static int amount = 5;
    ck_ok(thread_start_detached(finish, &amount));
    int64_t deadline = clock_deadline_ns(20 * NS_PER_S);
    mutex_lock(&shared.lock);
    while (shared.value == 0 && condition_wait(&shared.changed, &shared.lock, deadline)) {
    }
    ck_assert_int_eq(shared.value, 5);
    mutex_unlock(&shared.lock);
}
END_TEST

static void note_id(void *argument)
{
    uint32_t *id = argument;
    *id = thread_current_id();
    ck_assert_uint_eq(*id, thread_current_id());
}

START_TEST(thread_numbers_differ_and_stay)
{
    struct thread threads[THREADS];
    uint32_t ids[THREADS + 1];
    ids[THREADS] = thread_current_id();
    for (int i = 0; i < THREADS; i++) {
        ck_ok(thread_start(&threads[i], note_id, &ids[i]));
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
    }
    for (int i = 0; i <= THREADS; i++) {
        ck_assert_uint_ne(ids[i], 0);
        for (int j = 0; j < i; j++) {
            ck_assert_uint_ne(ids[i], ids[j]);
        }
    }
    ck_assert_uint_eq(ids[THREADS], thread_current_id());
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("thread");
    TCase *all = tcase_create("thread");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, a_mutex_keeps_threads_apart);
    tcase_add_test(all, a_mutex_can_be_made_and_unmade);
    tcase_add_test(all, a_signal_wakes_every_waiter);
    tcase_add_test(all, a_wait_ends_at_its_deadline_and_never_before);
    tcase_add_test(all, a_detached_thread_runs_by_itself);
    tcase_add_test(all, thread_numbers_differ_and_stay);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
