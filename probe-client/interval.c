#include "probe-client/interval.h"

#include <math.h>

/* The 97.5 % quantile of Student's t for 1, 2, ... degrees of freedom. */
static const double quantiles[] = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120,  2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
};

#define QUANTILES (sizeof(quantiles) / sizeof(quantiles[0]))

bool interval_of(const int64_t *values_ns, unsigned blocks, struct interval *out)
{
    if (blocks < 2)
        return false;
    double mean = 0, squares = 0;
    for (unsigned i = 0; i < blocks; i++)
        mean += (double)values_ns[i] / blocks;
    for (unsigned i = 0; i < blocks; i++)
        squares += ((double)values_ns[i] - mean) * ((double)values_ns[i] - mean);
    /* With more degrees of freedom the quantile falls a little further; the last one errs on the wide side. */
    double quantile = quantiles[blocks - 1 < QUANTILES ? blocks - 2 : QUANTILES - 1];
    double half = quantile * sqrt(squares / (blocks - 1) / blocks);
    *out = (struct interval){
        .mean_ns = llround(mean),
        .low_ns = llround(mean - half),
        .high_ns = llround(mean + half),
        .blocks = blocks,
    };
    return true;
}
