#include "probe-server/scheduler.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"

struct scheduler {
    int64_t (*now_ns)(void *context);
    void *context;
    struct mutex lock;
    struct condition changed;
    struct scheduler_task *first; /* (LOCK lock) the one due first; borrowed, each held while it is in the heap */
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

/* ---- the heap: a task joins in constant time and leaves in logarithmic time, without memory of its own ---- */

/* Two heaps without siblings become one; either may be empty. */
static struct scheduler_task *merge(struct scheduler_task *a, struct scheduler_task *b)
{
    if (!a || !b)
        return a ? a : b;
    struct scheduler_task *first = b->due_ns < a->due_ns ? b : a;
    struct scheduler_task *after = first == a ? b : a;
    after->before = first;
    after->sibling = first->child;
    if (after->sibling)
        after->sibling->before = after;
    first->child = after;
    return first;
}

/* The heap of all siblings from `task` on: merged in pairs, the pairs merged from the last to the first. */
static struct scheduler_task *merge_siblings(struct scheduler_task *task)
{
    struct scheduler_task *pairs = NULL, *whole = NULL;
    while (task) {
        struct scheduler_task *a = task, *b = a->sibling;
        task = b ? b->sibling : NULL;
        a->sibling = a->before = NULL;
        if (b)
            b->sibling = b->before = NULL;
        a = merge(a, b);
        a->sibling = pairs;
        pairs = a;
    }
    while (pairs) {
        struct scheduler_task *a = pairs;
        pairs = a->sibling;
        a->sibling = NULL;
        whole = merge(whole, a);
    }
    return whole;
}

static void heap_add(struct scheduler *s, struct scheduler_task *task)
{
    task->child = task->sibling = task->before = NULL;
    s->first = merge(s->first, task);
}

static void heap_remove(struct scheduler *s, struct scheduler_task *task)
{
    struct scheduler_task *rest = merge_siblings(task->child);
    if (task == s->first) {
        s->first = rest;
        return;
    }
    if (task->before->child == task)
        task->before->child = task->sibling;
    else
        task->before->sibling = task->sibling;
    if (task->sibling)
        task->sibling->before = task->before;
    s->first = merge(s->first, rest);
}

/* ---- what is due ------------------------------------------------------------------------------------------- */

static struct scheduler_task *find_due(struct scheduler *s, int64_t now_ns, int64_t *next_ns)
{
    *next_ns = s->first ? s->first->due_ns : CLOCK_NEVER;
    return s->first && s->first->due_ns <= now_ns ? s->first : NULL;
}

static void advance(struct scheduler *s, struct scheduler_task *task, int64_t now_ns)
{
    int64_t missed = (now_ns - task->due_ns) / task->period_ns;
    heap_remove(s, task);
    task->due_ns += (missed + 1) * task->period_ns;
    heap_add(s, task);
}

int64_t scheduler_run_due(struct scheduler *s, int64_t now_ns)
{
    int64_t next_ns;
    mutex_lock(&s->lock);
    struct scheduler_task *task = find_due(s, now_ns, &next_ns);
    while (task) {
        advance(s, task, now_ns);
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
    if (task->scheduled)
        heap_remove(s, task);
    else
        task->ops->hold(task);
    task->scheduled = true;
    task->period_ns = period_ns;
    task->due_ns = s->now_ns(s->context) + period_ns;
    heap_add(s, task);
    condition_signal(&s->changed);
    mutex_unlock(&s->lock);
}

void scheduler_remove(struct scheduler *s, struct scheduler_task *task)
{
    mutex_lock(&s->lock);
    bool scheduled = task->scheduled;
    if (scheduled)
        heap_remove(s, task);
    task->scheduled = false;
    mutex_unlock(&s->lock);
    if (scheduled)
        task->ops->unhold(task);
}

int64_t scheduler_due_ns(struct scheduler *s, const struct scheduler_task *task)
{
    mutex_lock(&s->lock);
    int64_t due_ns = task->due_ns;
    mutex_unlock(&s->lock);
    return due_ns;
}
