/* One thread that runs every group's sampling when it is due.
 *
 * A task keeps to its phase: after a late run the next one is due when it would have been, and runs that were
 * missed altogether are skipped, not made up for. Runs must be short, because they share the thread; nothing that
 * waits for a client belongs here. */
#ifndef PROBE_SERVER_SCHEDULER_H
#define PROBE_SERVER_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct scheduler;
struct scheduler_task;

struct scheduler_task_ops {
    void (*run)(struct scheduler_task *task, int64_t now_ns);
    /* The task's owner stays alive from hold to unhold: around a run and while the task is scheduled. */
    void (*hold)(struct scheduler_task *task);
    void (*unhold)(struct scheduler_task *task);
};

struct scheduler_task {
    const struct scheduler_task_ops *ops; /* (RO) */
    int64_t period_ns, due_ns;            /* (LOCK scheduler) */
    bool scheduled;                       /* (LOCK scheduler) */
    /* (LOCK scheduler) Its place in the pairing heap: the first of those due after it, the next of those due after
     * the same one, and the one before it: its elder or, for the eldest, whom it is due after. */
    struct scheduler_task *child, *sibling, *before;
};

/* `now_ns` gives the time (context handed through). Without a thread nothing runs by itself: tests call
 * scheduler_run_due. */
struct scheduler *scheduler_create(int64_t (*now_ns)(void *context), void *context);
MUST_USE enum err scheduler_start(struct scheduler *s);
/* Stops and joins the thread; every task has to be removed before. */
void scheduler_destroy(struct scheduler *s);

/* Schedules a task, first after one period; one that is scheduled already gets the new period from now on. */
void scheduler_set(struct scheduler *s, struct scheduler_task *task, int64_t period_ns);
/* No run begins after this; one that is under way ends by itself. */
void scheduler_remove(struct scheduler *s, struct scheduler_task *task);
/* When a scheduled task runs next. */
int64_t scheduler_due_ns(struct scheduler *s, const struct scheduler_task *task);
/* Runs everything that is due and returns when the next task is due, CLOCK_NEVER when there is none. */
int64_t scheduler_run_due(struct scheduler *s, int64_t now_ns);

#endif
