/* One run of the server, from loading its items to the last client's leaving. */
#ifndef PROBE_SERVER_RUN_H
#define PROBE_SERVER_RUN_H

#include "probe-server/options.h"

/* Exit codes, the same for every program of the product. */
#define EXIT_AS_EXPECTED 0
#define EXIT_USAGE       2
#define EXIT_HARNESS     3

/* Serves until it is interrupted, its time is over, or (started by COM) nobody needs it. Returns the exit code;
 * what went wrong is on stderr in one line. */
int run_server(const struct server_options *options);

#endif
