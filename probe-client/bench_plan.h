/* In which order the blocks of a bench run, and for how long.
 *
 * Levels are compared within one run, in alternating blocks (A B C, C B A, ...), so that a drift of the machine falls
 * on all of them alike. Pure arithmetic. */
#ifndef PROBE_CLIENT_BENCH_PLAN_H
#define PROBE_CLIENT_BENCH_PLAN_H

#include <stdint.h>

#define BENCH_ROUNDS_MAXIMUM 20

struct bench_plan {
    unsigned rounds; /* even, so that every party runs as often forwards as backwards */
    int64_t block_ns;
};

/* `parties` blocks of each of `operations` per round, all within `duration_ns`. */
struct bench_plan bench_plan_make(int64_t duration_ns, unsigned parties, unsigned operations);
/* Which party runs at `place` of a round. */
unsigned bench_plan_party(unsigned round, unsigned place, unsigned parties);
/* Estimates of what one call carries when the runtime does not show it: the stub of the request, and of the reply, with
 * the headers of the fragments ([C706] 12.6, [MS-DCOM] 2.2.13). */
uint32_t bench_plan_request_bytes(uint32_t items);
uint32_t bench_plan_reply_bytes(uint32_t items);

#endif
