/* What a comparison of levels by scan classes came to, and its two forms. Plain data without COM; large: on the heap.
 */
#ifndef PROBE_CLIENT_SCAN_RESULT_H
#define PROBE_CLIENT_SCAN_RESULT_H

#include "probe-client/options.h"
#include "probe-client/page.h"
#include "probe-client/scan_outcome.h"
#include "probe-client/scan_plan.h"

#define SCAN_BLOCKS_KEPT 1000

/* All blocks of one level. */
struct scan_level {
    uint8_t asked;
    bool tried;
    bool obtainable;            /* calls and callbacks carried it */
    struct scan_outcome merged; /* texts, levels and code of the last block */
    struct scan_extent extent;
    int64_t cpu_ns;
    /* Median completion of each class in each whole block: what levels are compared by. */
    int64_t medians_ns[SCAN_CLASSES_MAXIMUM][SCAN_BLOCKS_KEPT];
};

struct scan_result {
    const struct scan_classes *classes;
    const struct scan_thresholds *thresholds;
    const char *account;
    struct scan_plan plan;
    bool interrupted;
    unsigned level_count;
    struct scan_level levels[BENCH_LEVELS_MAXIMUM];
};

/* Adds one block. */
void scan_result_take(struct scan_result *r, unsigned level, const struct scan_outcome *block);
/* Whether anything was measured. */
bool scan_result_has_figures(const struct scan_result *r);
void scan_result_text(const struct page *p, const struct scan_result *r);
/* As schema/scan.schema.json says; the caller deletes the tree. */
cJSON *scan_result_json(const struct scan_result *r);

#endif
