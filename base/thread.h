/* Threads, locks and conditions of the operating system, nothing more.
 *
 * Small stacks, because an idle connection must stay cheap; no thread is ever
 * cancelled: it is woken (socket_shutdown, condition_signal) and joined. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct mutex {
    pthread_mutex_t handle;
};
struct condition {
    pthread_cond_t handle;
}; /* waits on the monotonic clock where the system can */
struct thread {
    pthread_t handle;
};

#define MUTEX_INIT                                                                                                     \
    {                                                                                                                  \
        PTHREAD_MUTEX_INITIALIZER                                                                                      \
    }

void mutex_init(struct mutex *m);
void mutex_cleanup(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
void condition_init(struct condition *c);
void condition_cleanup(struct condition *c);
void condition_signal(struct condition *c); /* wakes every waiter */
/* Returns false when the deadline passed; spurious wake-ups happen. */
bool condition_wait(struct condition *c, struct mutex *m, int64_t deadline_ns);

MUST_USE enum err thread_start(struct thread *t, void (*run)(void *), void *argument);
/* Like thread_start, but the thread frees itself at its end and cannot be joined. */
MUST_USE enum err thread_start_detached(void (*run)(void *), void *argument);
void thread_join(struct thread *t);
/* An opaque number of the calling thread, stable while it lives, never 0. */
uint32_t thread_current_id(void);

#endif
