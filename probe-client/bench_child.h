/* Refresh2 at levels that the callbacks of this process do not have: a fresh process for each block.
 *
 * A process has one level for the calls that come in (CoInitializeSecurity), so that blocks of other levels run in
 * processes of their own, in turn with the blocks here. The password reaches them by their environment alone. */
#ifndef PROBE_CLIENT_BENCH_CHILD_H
#define PROBE_CLIENT_BENCH_CHILD_H

#include <stdbool.h>
#include <stdint.h>

struct bench;

/* Whether blocks of Refresh2 at this level take a process of their own. */
bool bench_child_needed(const struct bench *b, unsigned level);
/* Runs the blocks of one round at a level and adds what they measured. What failed is noted in their rows. */
void bench_child_run(struct bench *b, unsigned level, unsigned round, int64_t block_ns);

#endif
