#include "base/clock.h"

#include <errno.h>
#include <time.h>

/* Seconds from 1601-01-01, where FILETIME begins, to 1970-01-01. */
#define FILETIME_UNIX_EPOCH UINT64_C(11644473600)

static int64_t read_clock(clockid_t which)
{
    struct timespec t = { 0 };
    (void)clock_gettime(which, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t clock_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void clock_sleep_until_ns(int64_t deadline_ns)
{
    struct timespec t = { .tv_sec = deadline_ns / NS_PER_S, .tv_nsec = deadline_ns % NS_PER_S };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
    }
}

int64_t clock_process_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t clock_wall_filetime(void)
{
    struct timespec t = { 0 };
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return ((uint64_t)t.tv_sec + FILETIME_UNIX_EPOCH) * 10000000 + (uint64_t)t.tv_nsec / 100;
}
