/* probe-client bench with scan classes: do they fit, and does a level change that? */
#ifndef PROBE_CLIENT_SCAN_RUN_H
#define PROBE_CLIENT_SCAN_RUN_H

#include "probe-client/options.h"

/* Returns the process's exit code. */
int scan_run(const struct bench_options *o);

#endif
