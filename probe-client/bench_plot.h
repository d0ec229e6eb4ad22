/* The distributions of a bench as a picture. */
#ifndef PROBE_CLIENT_BENCH_PLOT_H
#define PROBE_CLIENT_BENCH_PLOT_H

#include "probe-client/bench_result.h"

/* Writes the SVG file. ERR_ACCESS, ERR_IO (a full disk) ... */
MUST_USE enum err bench_plot(const struct bench_result *r, const char *path);

#endif
