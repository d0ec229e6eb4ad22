#include "base/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

/* The longest single wait: winpthreads counts milliseconds in 32 bits. */
#define LONGEST_WAIT_NS (3600 * NS_PER_S)

void condition_init(struct condition *c)
{
    if (pthread_cond_init(&c->handle, NULL) != 0) {
        abort();
    }
}

bool condition_wait(struct condition *c, struct mutex *m, int64_t deadline_ns)
{
    int64_t left = clock_left_ns(deadline_ns);
    if (left == 0) {
        return false;
    }
    /* winpthreads waits on the wall clock only. Should somebody set that clock meanwhile, this wakes early, which
     * callers must expect anyway, or late by as much as the clock was put back. */
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    int64_t wait = left < LONGEST_WAIT_NS ? left : LONGEST_WAIT_NS;
    int64_t fraction = until.tv_nsec + wait % NS_PER_S;
    until.tv_sec += (time_t)(wait / NS_PER_S + fraction / NS_PER_S);
    until.tv_nsec = (long)(fraction % NS_PER_S);
    int result = pthread_cond_timedwait(&c->handle, &m->handle, &until);
    if (result != 0 && result != ETIMEDOUT) {
        abort();
    }
    return result == 0 || clock_left_ns(deadline_ns) > 0;
}
