#include "probe-client/scan_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "probe-client/bench_plan.h"

#define WARM_UP_SCANS      10
#define WARM_UP_MAXIMUM_NS (30 * NS_PER_S)
#define WARM_UP_SHARE      5 /* a short block gives at most a fifth of itself away */
#define DEMO_BLOCKS        2

/* Until the slowest class had its scans, or 30 s. */
static int64_t usual_warm_up_ns(const struct scan_classes *classes)
{
    int64_t slowest_ns = scan_classes_slowest_ns(classes);
    return slowest_ns > WARM_UP_MAXIMUM_NS / WARM_UP_SCANS ? WARM_UP_MAXIMUM_NS : slowest_ns * WARM_UP_SCANS;
}

/* Counted time of one block of a verdict. */
static int64_t counted_ns(const struct scan_classes *classes, const struct scan_thresholds *t, int64_t warm_up_ns)
{
    int64_t cycle_ns = scan_classes_cycle_ns(classes);
    int64_t each_ns = (t->minimum_ns + t->blocks - 1) / t->blocks;
    if (cycle_ns == INT64_MAX)
        return INT64_MAX;
    if (each_ns < t->block_ns - warm_up_ns)
        each_ns = t->block_ns - warm_up_ns;
    for (unsigned i = 0; i < classes->count; i++) {
        const struct scan_class *c = &classes->list[i];
        uint32_t scans = c->period_ns <= t->fast_ns ? t->fast_scans : t->slow_scans;
        /* One more than its share: a block seldom begins with a scan. */
        int64_t class_ns = (scans / t->blocks + 1) * c->period_ns;
        if (each_ns < class_ns)
            each_ns = class_ns;
    }
    int64_t met_ns = ((t->coincidences + t->blocks - 1) / t->blocks) * cycle_ns;
    return each_ns < met_ns ? met_ns : each_ns;
}

static bool plan_verdict(const struct scan_classes *classes, const struct scan_thresholds *t, struct scan_plan *p)
{
    p->warm_up_ns = usual_warm_up_ns(classes);
    int64_t counted = counted_ns(classes, t, p->warm_up_ns);
    if (counted == INT64_MAX) {
        p->needed_ns = INT64_MAX;
        return false;
    }
    p->blocks = t->blocks;
    p->block_ns = p->warm_up_ns + counted;
    p->needed_ns = p->whole_ns = p->block_ns * p->blocks * p->levels;
    return true;
}

bool scan_plan_make(const struct scan_classes *classes, unsigned levels, int64_t duration_ns,
                    const struct scan_thresholds *t, struct scan_plan *out, char complaint[SCAN_COMPLAINT])
{
    struct scan_plan *p = out;
    char slowest[SCAN_TIME_TEXT], whole[SCAN_TIME_TEXT];
    memset(p, 0, sizeof(*p));
    p->levels = levels;
    bool decidable = plan_verdict(classes, t, p);
    if (!decidable && duration_ns == 0) {
        snprintf(complaint, SCAN_COMPLAINT,
                 "these periods meet less than once a year, so that no run shows them together; --duration measures "
                 "without a verdict");
        return false;
    }
    if (duration_ns > 0) {
        if (!decidable || duration_ns < p->needed_ns)
            p->blocks = DEMO_BLOCKS;
        p->block_ns = duration_ns / p->blocks / levels;
        p->warm_up_ns = usual_warm_up_ns(classes);
        if (p->warm_up_ns > p->block_ns / WARM_UP_SHARE)
            p->warm_up_ns = p->block_ns / WARM_UP_SHARE;
        p->whole_ns = duration_ns;
    }
    int64_t slowest_ns = scan_classes_slowest_ns(classes);
    if (p->block_ns - p->warm_up_ns < 2 * slowest_ns) {
        scan_time_text(slowest_ns, slowest);
        scan_time_text(duration_ns, whole);
        snprintf(complaint, SCAN_COMPLAINT,
                 "in %s (%u levels, %u blocks each) the class of %s is not scanned twice in a block; give it more time",
                 whole, levels, p->blocks, slowest);
        return false;
    }
    int64_t cycle_ns = scan_classes_cycle_ns(classes);
    p->coincidences = cycle_ns == INT64_MAX ? 0 : (uint32_t)((p->block_ns - p->warm_up_ns) / cycle_ns);
    return true;
}

unsigned scan_plan_level(const struct scan_plan *p, unsigned block)
{
    return bench_plan_party(block / p->levels, block % p->levels, p->levels);
}
