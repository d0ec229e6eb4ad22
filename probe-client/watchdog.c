#include "probe-client/watchdog.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/thread.h"

#define TICK_NS (100 * NS_PER_MS)

struct watchdog {
    struct watchdog_options options; /* (RO) */
    struct mutex lock;
    struct condition changed;
    struct thread thread;
    bool stop;               /* (LOCK lock) */
    bool guarding;           /* (LOCK lock) */
    bool heed_interrupt;     /* (LOCK lock) */
    uint32_t thread_id;      /* (LOCK lock) */
    int64_t begun_ns;        /* (LOCK lock) */
    int64_t allowed_ns;      /* (LOCK lock) */
    enum watchdog_end state; /* (LOCK lock) */
};

/* One look at the guarded section; the lock is held. Returns when to look again. */
static int64_t look(struct watchdog *w)
{
    int64_t now = clock_now_ns();
    int64_t elapsed = now - w->begun_ns;
    if (w->state == WATCHDOG_IN_TIME && elapsed >= w->allowed_ns)
        w->state = WATCHDOG_LATE;
    if (w->state == WATCHDOG_IN_TIME && w->heed_interrupt && interrupt_requested())
        w->state = WATCHDOG_INTERRUPTED;
    if (w->state == WATCHDOG_IN_TIME && w->options.tick && !w->options.tick(w->options.context, elapsed, w->allowed_ns))
        w->state = WATCHDOG_LATE;
    if (w->state != WATCHDOG_IN_TIME)
        w->options.cancel(w->thread_id);
    int64_t left = w->allowed_ns - elapsed;
    return clock_deadline_ns(left > 0 && left < TICK_NS ? left : TICK_NS);
}

static void run(void *argument)
{
    struct watchdog *w = argument;
    mutex_lock(&w->lock);
    while (!w->stop) {
        int64_t next = w->guarding ? look(w) : CLOCK_NEVER;
        condition_wait(&w->changed, &w->lock, next);
    }
    mutex_unlock(&w->lock);
}

enum err watchdog_create(const struct watchdog_options *options, struct watchdog **out)
{
    *out = NULL;
    struct watchdog *w = calloc(1, sizeof(*w));
    if (!w)
        return ERR_MEMORY;
    w->options = *options;
    mutex_init(&w->lock);
    condition_init(&w->changed);
    enum err e = thread_start(&w->thread, run, w);
    if (e != ERR_OK) {
        condition_cleanup(&w->changed);
        mutex_cleanup(&w->lock);
        free(w);
        return e;
    }
    *out = w;
    return ERR_OK;
}

void watchdog_destroy(struct watchdog *w)
{
    if (!w)
        return;
    mutex_lock(&w->lock);
    w->stop = true;
    condition_signal(&w->changed);
    mutex_unlock(&w->lock);
    thread_join(&w->thread);
    condition_cleanup(&w->changed);
    mutex_cleanup(&w->lock);
    free(w);
}

void watchdog_begin(struct watchdog *w, uint32_t thread_id, int64_t allowed_ns, bool heed_interrupt)
{
    mutex_lock(&w->lock);
    w->guarding = true;
    w->heed_interrupt = heed_interrupt;
    w->thread_id = thread_id;
    w->begun_ns = clock_now_ns();
    w->allowed_ns = allowed_ns;
    w->state = WATCHDOG_IN_TIME;
    condition_signal(&w->changed);
    mutex_unlock(&w->lock);
}

enum watchdog_end watchdog_state(struct watchdog *w)
{
    mutex_lock(&w->lock);
    enum watchdog_end state = w->state;
    mutex_unlock(&w->lock);
    return state;
}

enum watchdog_end watchdog_end(struct watchdog *w)
{
    mutex_lock(&w->lock);
    w->guarding = false;
    enum watchdog_end state = w->state;
    mutex_unlock(&w->lock);
    return state;
}
