#include "probe-client/steps.h"

#include "base/clock.h"

/* Fewer calls, or a smaller share of all, may be chance. */
#define COUNT_LEAST   5
#define SHARE_INVERSE 1000
/* A step has so many times the calls of the equally wide ranges below and above it. */
#define STANDS_OUT    4

static const struct {
    const char *name, *cause;
    int64_t low_ns, high_ns;
} kinds[STEP_KINDS] = {
    { "timer-15.6ms", "a wait for the next tick of a 15.6 ms timer", 15 * NS_PER_MS, 16500 * NS_PER_US },
    { "delayed-ack-40ms", "an acknowledgement delayed by 40 ms", 39 * NS_PER_MS, 45 * NS_PER_MS },
    { "delayed-ack-200ms", "an acknowledgement delayed by 200 ms", 195 * NS_PER_MS, 220 * NS_PER_MS },
};

static uint64_t count_between(const struct histogram *h, int64_t low_ns, int64_t high_ns)
{
    uint64_t count, sum = 0;
    int64_t upper_ns;
    for (size_t at = 0; histogram_next(h, &at, &upper_ns, &count);)
        if (upper_ns > low_ns && upper_ns <= high_ns)
            sum += count;
    return sum;
}

size_t steps_find(const struct histogram *h, struct step out[STEP_KINDS])
{
    size_t found = 0;
    for (size_t i = 0; i < STEP_KINDS; i++) {
        int64_t low = kinds[i].low_ns, high = kinds[i].high_ns, width = high - low;
        uint64_t count = count_between(h, low, high);
        if (count < COUNT_LEAST || count < h->count / SHARE_INVERSE ||
            count < STANDS_OUT * count_between(h, low - width, low) ||
            count < STANDS_OUT * count_between(h, high, high + width))
            continue;
        out[found++] = (struct step){ kinds[i].name, kinds[i].cause, count };
    }
    return found;
}
