/* Pings for the processes of this host: the objects they hold on other hosts are kept alive from here
 * ([MS-DCOM] 3.2.6.1).
 *
 * One ping set for each process and remote resolver. Pings go out at packet integrity with the process's own logon
 * session ([MS-DCOM] 3.2.6.1); without a session, or once the resolver has refused it, without authentication: a
 * refused logon is never tried again, because it counts against the account. Any thread; one thread pings. */
#ifndef SCM_PING_CLIENT_H
#define SCM_PING_CLIENT_H

#include <dcom.h>

#include "base/err.h"
#include "dcom/scm/lsa.h"

#define REMOTE_SETS_MAXIMUM 4096
#define REMOTE_OIDS_MAXIMUM 65536 /* in one set */

struct ping_client;

/* All borrowed. */
MUST_USE enum err ping_client_create(struct host_files *files, struct lsa *lsa, struct ping_client **out);
void ping_client_destroy(struct ping_client *c);
/* The process holds and gives up objects of the host whose resolver that is. Sent with the next ping, a quarter of a
 * period from now. */
MUST_USE enum err ping_client_hold(struct ping_client *c, int64_t pid, const DUALSTRINGARRAY *resolver, const OID *add,
                                   size_t add_count, const OID *drop, size_t drop_count);
/* The process ended: its sets are simply not pinged any more. */
void ping_client_forget(struct ping_client *c, int64_t pid);

#endif
