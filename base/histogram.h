/* Log-linear histogram of int64_t nanoseconds: integers, bounded memory, mergeable.
 *
 * Values from 1 ns to HISTOGRAM_MAXIMUM_NS (over an hour) fall into buckets at most 1 %
 * wide; larger ones are counted in the last and `maximum` stays exact. Histograms merge,
 * percentiles do not. Thread rule: one thread, or the caller's lock. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define HISTOGRAM_MAXIMUM_NS (INT64_C(1) << 42)
#define HISTOGRAM_BUCKETS    ((size_t)36 * 128) /* 128 of 1 ns, then 128 for each of 35 powers of two */

struct histogram {
    uint64_t count;
    int64_t minimum_ns; /* 0 while empty */
    int64_t maximum_ns;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_reset(struct histogram *h);
void histogram_add(struct histogram *h, int64_t value_ns); /* below 1 counts as 1 */
void histogram_merge(struct histogram *into, const struct histogram *from);
/* Value below or at which `per_million` of the samples lie (500000 is the median); the
 * bucket's upper edge, never above the maximum. 0 while empty. */
int64_t histogram_percentile_ns(const struct histogram *h, uint32_t per_million);
/* Walks the buckets that hold something, from the fastest: start with *at = 0; false at the end. `*upper_ns` is the
 * largest value that counts there, never above the maximum. */
bool histogram_next(const struct histogram *h, size_t *at, int64_t *upper_ns, uint64_t *count);

/* {"count", "minimum_ns", "maximum_ns", "buckets": [[upper edge in ns, samples], ...]}: what a report needs to draw it
 * and another run to merge it. NULL when memory is short. */
cJSON *histogram_to_json(const struct histogram *h);
/* The same back. ERR_PROTOCOL: it is not such an object, or its counts contradict each other; `out` is empty then. */
MUST_USE enum err histogram_from_json(const cJSON *json, struct histogram *out);

#endif
