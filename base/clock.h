/* One monotonic clock for every duration and deadline; wall time only to label.
 *
 * All times are int64_t nanoseconds. A deadline is an absolute monotonic time;
 * CLOCK_NEVER waits for ever and is allowed only where a header says so. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_US   INT64_C(1000)
#define NS_PER_MS   INT64_C(1000000)
#define NS_PER_S    INT64_C(1000000000)
#define CLOCK_NEVER INT64_MAX

int64_t clock_now_ns(void);
/* `timeout_ns` from now, saturating at CLOCK_NEVER. */
int64_t clock_deadline_ns(int64_t timeout_ns);
/* Time left until `deadline_ns`, never negative; CLOCK_NEVER stays CLOCK_NEVER. */
int64_t clock_left_ns(int64_t deadline_ns);
/* The same in whole milliseconds rounded up, -1 for CLOCK_NEVER: what poll() takes. */
int clock_left_ms(int64_t deadline_ns);
/* Sleeps until the absolute monotonic time. */
void clock_sleep_until_ns(int64_t deadline_ns);
/* CPU time this process has used, user and system. */
int64_t clock_process_cpu_ns(void);
/* Wall time as a FILETIME value: 100 ns since 1601-01-01 UTC. */
uint64_t clock_wall_filetime(void);
/* Wall time as "2026-11-20T18:48:03.123Z"; `out` holds at least 25 bytes. */
void clock_wall_text(char out[25]);

#endif
