#include "probe-client/scan_advise.h"

#include <stdlib.h>
#include <string.h>

#define EARLY_SHARE 20 /* the grid lies at the earliest twentieth, so that one stray arrival does not move it */

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* How far the arrivals lie behind a grid of the period through the first one, at their earliest twentieth. */
static int64_t find_phase(const int64_t *arrivals_ns, size_t count, int64_t period_ns)
{
    int64_t *behind_ns = malloc(count * sizeof(*behind_ns));
    if (!behind_ns)
        return 0; /* the first one is as good a guess */
    for (size_t i = 0; i < count; i++) {
        int64_t since_ns = arrivals_ns[i] - arrivals_ns[0];
        int64_t nearest = (since_ns + period_ns / 2) / period_ns;
        behind_ns[i] = since_ns - nearest * period_ns;
    }
    qsort(behind_ns, count, sizeof(*behind_ns), compare);
    int64_t phase_ns = behind_ns[count / EARLY_SHARE];
    free(behind_ns);
    return phase_ns;
}

void scan_advise_take(const int64_t *arrivals_ns, size_t count, int64_t period_ns, int64_t from_ns, int64_t to_ns,
                      int64_t *lateness_ns, size_t scans)
{
    while (count > 0 && arrivals_ns[0] < from_ns) {
        arrivals_ns++;
        count--;
    }
    while (count > 0 && arrivals_ns[count - 1] >= to_ns)
        count--;
    int64_t grid_ns = count ? arrivals_ns[0] + find_phase(arrivals_ns, count, period_ns) : 0;
    size_t at = 0;
    for (size_t scan = 0; scan < scans; scan++) {
        /* A scan's update is the first that comes from a quarter of a period before its instant on; one that comes
         * after the next one's is lost in that. */
        int64_t due_ns = grid_ns + (int64_t)scan * period_ns;
        while (at < count && arrivals_ns[at] < due_ns - period_ns / 4)
            at++;
        if (at == count || arrivals_ns[at] >= due_ns + period_ns - period_ns / 4) {
            lateness_ns[scan] = -1;
            continue;
        }
        int64_t late_ns = arrivals_ns[at++] - due_ns;
        if (lateness_ns[scan] >= 0 && late_ns > lateness_ns[scan])
            lateness_ns[scan] = late_ns;
    }
}
