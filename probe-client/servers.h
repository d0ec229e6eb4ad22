/* Which OPC DA servers a computer has: `probe-client servers`. */
#ifndef PROBE_CLIENT_SERVERS_H
#define PROBE_CLIENT_SERVERS_H

#include "probe-client/options.h"

/* Prints the list and returns the exit code. */
int servers_run(const struct servers_options *o);

#endif
