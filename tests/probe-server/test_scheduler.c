/* The scheduler of sampling: phases, missed runs, removal. */
#include "probe-server/scheduler.h"
#include "tests/probe-server/fixture.h"

struct counting_task {
    struct scheduler_task task;
    unsigned runs;
    int holds;
    int64_t last_ns;
    struct scheduler *remove_from; /* the task removes itself while it runs */
};

static struct counting_task *counting(struct scheduler_task *task)
{
    return (struct counting_task *)((char *)task - offsetof(struct counting_task, task));
}

static void run(struct scheduler_task *task, int64_t now_ns)
{
    struct counting_task *c = counting(task);
    c->runs++;
    c->last_ns = now_ns;
    ck_assert_int_gt(c->holds, 0);
    if (c->remove_from)
        scheduler_remove(c->remove_from, task);
}

static void hold(struct scheduler_task *task)
{
    counting(task)->holds++;
}

static void unhold(struct scheduler_task *task)
{
    counting(task)->holds--;
}

static const struct scheduler_task_ops ops = { run, hold, unhold };

static int64_t fake_ns;

static int64_t fake_now(void *context)
{
    (void)context;
    return fake_ns;
}

START_TEST(a_task_runs_first_after_one_period_and_keeps_its_phase)
{
    struct counting_task a = { .task.ops = &ops };
    struct scheduler *s = scheduler_create(fake_now, NULL);
    fake_ns = 1000;
    scheduler_set(s, &a.task, 100);
    ck_assert_int_eq(scheduler_run_due(s, 1099), 1100);
    ck_assert_uint_eq(a.runs, 0);
    ck_assert_int_eq(scheduler_run_due(s, 1130), 1200); /* late, and due again in its phase */
    ck_assert_uint_eq(a.runs, 1);
    ck_assert_int_eq(scheduler_run_due(s, 1200), 1300);
    ck_assert_uint_eq(a.runs, 2);
    scheduler_remove(s, &a.task);
    ck_assert_int_eq(a.holds, 0);
    scheduler_destroy(s);
}
END_TEST

START_TEST(missed_runs_are_skipped)
{
    struct counting_task a = { .task.ops = &ops };
    struct scheduler *s = scheduler_create(fake_now, NULL);
    fake_ns = 0;
    scheduler_set(s, &a.task, 100);
    ck_assert_int_eq(scheduler_run_due(s, 1050), 1100);
    ck_assert_uint_eq(a.runs, 1);
    ck_assert_int_eq(a.last_ns, 1050);
    scheduler_remove(s, &a.task);
    scheduler_destroy(s);
}
END_TEST

START_TEST(several_tasks_have_their_own_periods)
{
    struct counting_task a = { .task.ops = &ops }, b = { .task.ops = &ops };
    struct scheduler *s = scheduler_create(fake_now, NULL);
    fake_ns = 0;
    ck_assert_int_eq(scheduler_run_due(s, 0), CLOCK_NEVER);
    scheduler_set(s, &a.task, 100);
    scheduler_set(s, &b.task, 30);
    for (int64_t now = 0; now <= 300; now += 10)
        scheduler_run_due(s, now);
    ck_assert_uint_eq(a.runs, 3);
    ck_assert_uint_eq(b.runs, 10);
    scheduler_remove(s, &a.task);
    scheduler_remove(s, &b.task);
    scheduler_destroy(s);
}
END_TEST

START_TEST(a_new_period_holds_from_now_on_and_removing_twice_is_harmless)
{
    struct counting_task a = { .task.ops = &ops };
    struct scheduler *s = scheduler_create(fake_now, NULL);
    fake_ns = 0;
    scheduler_set(s, &a.task, 100);
    fake_ns = 50;
    scheduler_set(s, &a.task, 1000);
    ck_assert_int_eq(a.holds, 1);
    ck_assert_int_eq(scheduler_run_due(s, 100), 1050);
    ck_assert_uint_eq(a.runs, 0);
    scheduler_remove(s, &a.task);
    scheduler_remove(s, &a.task);
    ck_assert_int_eq(a.holds, 0);
    scheduler_destroy(s);
}
END_TEST

START_TEST(a_task_may_remove_itself)
{
    struct counting_task a = { .task.ops = &ops };
    struct scheduler *s = scheduler_create(fake_now, NULL);
    fake_ns = 0;
    a.remove_from = s;
    scheduler_set(s, &a.task, 100);
    ck_assert_int_eq(scheduler_run_due(s, 100), CLOCK_NEVER);
    ck_assert_uint_eq(a.runs, 1);
    ck_assert_int_eq(a.holds, 0);
    scheduler_destroy(s);
}
END_TEST

/* Against a plain search for the earliest: who runs when, while tasks come, go and change their period. */
START_TEST(a_hundred_tasks_that_come_and_go_run_as_if_each_were_alone)
{
    enum {
        TASKS = 100
    };
    static struct counting_task tasks[TASKS];
    static int64_t due[TASKS], period[TASKS];
    static unsigned runs[TASKS];
    struct scheduler *s = scheduler_create(fake_now, NULL);
    uint32_t random = 1;
    memset(tasks, 0, sizeof(tasks));
    for (fake_ns = 0; fake_ns < 20000; fake_ns += 7) {
        random = random * 1664525 + 1013904223;
        unsigned i = (random >> 8) % TASKS;
        tasks[i].task.ops = &ops;
        if (random >> 30 == 0) {
            scheduler_remove(s, &tasks[i].task);
            period[i] = 0;
        } else {
            period[i] = 50 + (random >> 20) % 900;
            due[i] = fake_ns + period[i];
            scheduler_set(s, &tasks[i].task, period[i]);
        }
        int64_t next = scheduler_run_due(s, fake_ns), earliest = CLOCK_NEVER;
        for (i = 0; i < TASKS; i++) {
            if (period[i] && due[i] <= fake_ns) {
                due[i] += ((fake_ns - due[i]) / period[i] + 1) * period[i];
                runs[i]++;
            }
            if (period[i] && due[i] < earliest)
                earliest = due[i];
            ck_assert_uint_eq(tasks[i].runs, runs[i]);
        }
        ck_assert_int_eq(next, earliest);
    }
    for (unsigned i = 0; i < TASKS; i++) {
        scheduler_remove(s, &tasks[i].task);
        ck_assert_int_eq(tasks[i].holds, 0);
    }
    ck_assert_int_eq(scheduler_run_due(s, fake_ns + 100000), CLOCK_NEVER);
    scheduler_destroy(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scheduler");
    TCase *tc = tcase_create("tasks");
    tcase_add_test(tc, a_task_runs_first_after_one_period_and_keeps_its_phase);
    tcase_add_test(tc, missed_runs_are_skipped);
    tcase_add_test(tc, several_tasks_have_their_own_periods);
    tcase_add_test(tc, a_new_period_holds_from_now_on_and_removing_twice_is_harmless);
    tcase_add_test(tc, a_task_may_remove_itself);
    tcase_add_test(tc, a_hundred_tasks_that_come_and_go_run_as_if_each_were_alone);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
