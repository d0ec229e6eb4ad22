/* Updates that come by themselves, judged as scans. Pure.
 *
 * When the server samples cannot be seen from here, so the instants that are scheduled are a grid of the period laid
 * through the earliest arrivals of the block: what is told is how much later than those the others came. */
#ifndef PROBE_CLIENT_SCAN_ADVISE_H
#define PROBE_CLIENT_SCAN_ADVISE_H

#include "probe-client/scan_figures.h"

/* The arrivals of one group, in their order, from `from_ns` to before `to_ns`. A scan of the class is over when every
 * one of its groups has come; `lateness_ns` holds `scans` of them, -1 for one that did not come, and takes over what is
 * later here. Starts as all zeros. */
void scan_advise_take(const int64_t *arrivals_ns, size_t count, int64_t period_ns, int64_t from_ns, int64_t to_ns,
                      int64_t *lateness_ns, size_t scans);

#endif
