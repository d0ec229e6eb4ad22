/* probe-client check: one OPC DA connection, stage by stage. */
#ifndef PROBE_CLIENT_CHECK_H
#define PROBE_CLIENT_CHECK_H

#include "probe-client/options.h"

/* Returns the process's exit code. */
int check_run(const struct check_options *o);

#endif
