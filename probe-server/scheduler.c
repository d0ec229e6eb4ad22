#include "probe-server/scheduler.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"

struct scheduler {
    int64_t (*now_ns)(void *context);
    void *context;
    struct mutex lock;
    struct condition changed;
    struct scheduler_task *tasks; /* (LOCK lock) borrowed, each held while it is listed */
    bool started;                 /* by the creator's thread only */
    bool stopping;                /* (LOCK lock) */
    struct thread thread;
};

struct scheduler *scheduler_create(int64_t (*now_ns)(void *context), void *context)
{
    struct scheduler *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->now_ns = now_ns;
    s->context = context;
    mutex_init(&s->lock);
    condition_init(&s->changed);
    return s;
}

static struct scheduler_task *find_due(struct scheduler *s, int64_t now_ns, int64_t *next_ns)
{
    *next_ns = CLOCK_NEVER;
    for (struct scheduler_task *task = s->tasks; task; task = task->next) {
        if (task->due_ns <= now_ns)
            return task;
        if (task->due_ns < *next_ns)
            *next_ns = task->due_ns;
    }
    return NULL;
}

static void advance(struct scheduler_task *task, int64_t now_ns)
{
    int64_t missed = (now_ns - task->due_ns) / task->period_ns;
    task->due_ns += (missed + 1) * task->period_ns;
}

int64_t scheduler_run_due(struct scheduler *s, int64_t now_ns)
{
    int64_t next_ns;
    mutex_lock(&s->lock);
    struct scheduler_task *task = find_due(s, now_ns, &next_ns);
    while (task) {
        advance(task, now_ns);
        task->ops->hold(task);
        mutex_unlock(&s->lock);
        task->ops->run(task, now_ns);
        task->ops->unhold(task);
        mutex_lock(&s->lock);
        task = find_due(s, now_ns, &next_ns);
    }
    mutex_unlock(&s->lock);
    return next_ns;
}

static void scheduler_thread(void *argument)
{
    struct scheduler *s = argument;
    mutex_lock(&s->lock);
    while (!s->stopping) {
        int64_t now_ns = s->now_ns(s->context), next_ns;
        if (find_due(s, now_ns, &next_ns)) {
            mutex_unlock(&s->lock);
            scheduler_run_due(s, now_ns);
            mutex_lock(&s->lock);
            continue;
        }
        (void)condition_wait(&s->changed, &s->lock, next_ns);
    }
    mutex_unlock(&s->lock);
}

enum err scheduler_start(struct scheduler *s)
{
    enum err e = thread_start(&s->thread, scheduler_thread, s);
    s->started = !e;
    return e;
}

void scheduler_destroy(struct scheduler *s)
{
    if (!s)
        return;
    mutex_lock(&s->lock);
    s->stopping = true;
    condition_signal(&s->changed);
    mutex_unlock(&s->lock);
    if (s->started)
        thread_join(&s->thread);
    condition_cleanup(&s->changed);
    mutex_cleanup(&s->lock);
    free(s);
}

void scheduler_set(struct scheduler *s, struct scheduler_task *task, int64_t period_ns)
{
    mutex_lock(&s->lock);
    task->period_ns = period_ns;
    task->due_ns = s->now_ns(s->context) + period_ns;
    if (!task->scheduled) {
        task->scheduled = true;
        task->ops->hold(task);
        task->next = s->tasks;
        s->tasks = task;
    }
    condition_signal(&s->changed);
    mutex_unlock(&s->lock);
}

static bool unlink_task(struct scheduler *s, struct scheduler_task *task)
{
    for (struct scheduler_task **at = &s->tasks; *at; at = &(*at)->next)
        if (*at == task) {
            *at = task->next;
            task->scheduled = false;
            return true;
        }
    return false;
}

void scheduler_remove(struct scheduler *s, struct scheduler_task *task)
{
    mutex_lock(&s->lock);
    bool listed = unlink_task(s, task);
    mutex_unlock(&s->lock);
    if (listed)
        task->ops->unhold(task);
}
