/* Calls that took one of the times by which TCP and timers give themselves away.
 *
 * An answer that waits for a delayed acknowledgement comes 40 ms (Linux) or 200 ms (Windows) late, one that waits for
 * the next tick of Windows' timer up to 15.6 ms. Such calls stand apart from the others: many at that time, few around
 * it. Without a name they would pass for the cost of a level. Plain arithmetic. */
#ifndef PROBE_CLIENT_STEPS_H
#define PROBE_CLIENT_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"

#define STEP_KINDS 3

struct step {
    const char *name;  /* "delayed-ack-40ms", for JSON */
    const char *cause; /* for people */
    uint64_t count;    /* calls that took that time */
};

/* Fills `out` with the steps that show, and returns how many. */
size_t steps_find(const struct histogram *h, struct step out[STEP_KINDS]);

#endif
