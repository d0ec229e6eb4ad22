/* How sure a mean over blocks is.
 *
 * The calls of one block are alike because they met the same moment of the machine, so that thousands of them say no
 * more about the next block than one of them: what counts is the number of blocks. Plain arithmetic. */
#ifndef PROBE_CLIENT_INTERVAL_H
#define PROBE_CLIENT_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

/* A mean and the 95 % confidence interval around it (Student's t over the blocks). */
struct interval {
    int64_t mean_ns;
    int64_t low_ns;
    int64_t high_ns;
    unsigned blocks;
};

/* One value per block. False with fewer than two: one block has no spread. */
bool interval_of(const int64_t *values_ns, unsigned blocks, struct interval *out);

#endif
