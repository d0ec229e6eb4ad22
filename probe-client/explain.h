/* probe-client explain: a code in words, for one stage or for all. */
#ifndef PROBE_CLIENT_EXPLAIN_H
#define PROBE_CLIENT_EXPLAIN_H

#include "probe-client/options.h"
#include "probe-client/page.h"

/* Returns the process's exit code: 2 when the code is unknown. */
int explain_run(const struct explain_options *o, const struct page *p);

#endif
