#include "base/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

void condition_init(struct condition *c)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0 || pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&c->handle, &attributes) != 0) {
        abort();
    }
    (void)pthread_condattr_destroy(&attributes);
}

bool condition_wait(struct condition *c, struct mutex *m, int64_t deadline_ns)
{
    int result;
    if (deadline_ns == CLOCK_NEVER) {
        result = pthread_cond_wait(&c->handle, &m->handle);
    } else {
        int64_t until = deadline_ns > 0 ? deadline_ns : 0;
        struct timespec t = { .tv_sec = until / NS_PER_S, .tv_nsec = until % NS_PER_S };
        result = pthread_cond_timedwait(&c->handle, &m->handle, &t);
    }
    if (result != 0 && result != ETIMEDOUT) {
        abort();
    }
    return result == 0;
}
