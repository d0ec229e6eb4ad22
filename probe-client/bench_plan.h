/* In which order the blocks of a bench run, and for how long.
 *
 * Levels are compared within one run, in alternating blocks (A B C, C B A, ...), so that a drift of the machine falls
 * on all of them alike. Pure arithmetic. */
#ifndef PROBE_CLIENT_BENCH_PLAN_H
#define PROBE_CLIENT_BENCH_PLAN_H

#include <stdint.h>

#include "probe-client/bench_kind.h"

#define BENCH_ROUNDS_MAXIMUM 20

struct bench_plan {
    unsigned rounds; /* even, so that every party runs as often forwards as backwards */
    int64_t block_ns;
};

/* So many blocks per round, all within `duration_ns`. */
struct bench_plan bench_plan_make(int64_t duration_ns, unsigned blocks);
/* Which party runs at `place` of a round. */
unsigned bench_plan_party(unsigned round, unsigned place, unsigned parties);
/* What a call carries, with the headers of the fragments ([C706] 12.6, [MS-DCOM] 2.2.13). */
struct bench_sizes {
    uint32_t request_bytes;
    uint32_t reply_bytes;
};

/* An estimate, for what the runtime does not show. */
struct bench_sizes bench_plan_sizes(enum bench_kind kind, uint32_t items);
/* The same when both together are known: the larger one is what the estimate may have missed. */
struct bench_sizes bench_plan_sizes_of(enum bench_kind kind, uint32_t items, uint64_t both_bytes);

#endif
