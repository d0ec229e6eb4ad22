/* One block of scans at one level, in the process that was started for it. */
#ifndef PROBE_CLIENT_SCAN_BLOCK_H
#define PROBE_CLIENT_SCAN_BLOCK_H

#include "probe-client/connection.h"
#include "probe-client/scan_class.h"
#include "probe-client/scan_outcome.h"

struct scan_block {
    const struct scan_classes *classes;
    const struct scan_limits *limits;
    int64_t warm_up_ns;
    int64_t block_ns; /* with the warm-up */
};

/* Runs all classes together on the connection, which stands and is to our own server, until the block is over, a
 * server stays away or the user ends it; `out` receives what was seen until then. */
void scan_block_run(const struct scan_block *block, struct connection *c, struct scan_outcome *out);

#endif
