/* probe-client bench: what each authentication level costs, on our own server alone. */
#ifndef PROBE_CLIENT_BENCH_H
#define PROBE_CLIENT_BENCH_H

#include "probe-client/options.h"

/* Returns the process's exit code. */
int bench_run(const struct bench_options *o);

#endif
