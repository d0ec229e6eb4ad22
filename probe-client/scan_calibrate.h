/* Is the instrument right? Classes whose need is known, and the largest class that still fits. Our own server only. */
#ifndef PROBE_CLIENT_SCAN_CALIBRATE_H
#define PROBE_CLIENT_SCAN_CALIBRATE_H

#include "probe-client/options.h"

/* Runs classes that truly need 45, 55, 75, 85, 95 and 105 % of their period, again and again, and prints how often the
 * word was right. EXIT_UNEXPECTED when it was not in 99 of 100 runs, or said "fits" above 55 % even once. */
int scan_calibrate(const struct bench_options *o);
/* Halves the distance between a class that fits and one that does not until it is within 5 %. */
int scan_find_largest(const struct bench_options *o);

#endif
