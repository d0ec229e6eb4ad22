/* What probe-scm's pings go out with: the host as its files say it now, and the logon session of the process that holds
 * the objects. */
#ifndef SCM_PINGS_H
#define SCM_PINGS_H

#include "dcom/orpc/ping_client.h"
#include "dcom/scm/lsa.h"

/* Pings for the processes of this host. `lsa` is borrowed. */
MUST_USE enum err pings_create(struct lsa *lsa, struct ping_client **out);

#endif
