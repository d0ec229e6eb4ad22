/* How long scan classes are measured: in how many blocks, in which order of levels. Pure. */
#ifndef PROBE_CLIENT_SCAN_PLAN_H
#define PROBE_CLIENT_SCAN_PLAN_H

#include "probe-client/scan_verdict.h"

struct scan_plan {
    unsigned levels;
    unsigned blocks;       /* of each level */
    int64_t block_ns;      /* warm-up and counted time of one block */
    int64_t warm_up_ns;    /* of it, apart */
    int64_t whole_ns;      /* of all blocks of all levels */
    int64_t needed_ns;     /* what a verdict needs; INT64_MAX: no time is enough */
    uint32_t coincidences; /* of all classes in one block, without warm-up */
};

/* `duration_ns` is the whole time; 0 takes what a verdict needs. False with the reason when nothing can be measured in
 * it: a class would not even come to two scans. */
bool scan_plan_make(const struct scan_classes *classes, unsigned levels, int64_t duration_ns,
                    const struct scan_thresholds *t, struct scan_plan *out, char complaint[SCAN_COMPLAINT]);
/* Which level the n-th block of all runs at: A B, B A, A B, ... */
unsigned scan_plan_level(const struct scan_plan *p, unsigned block);

#endif
