/* Tells probe-scm which remote objects this process holds, so that it pings for them ([MS-DCOM] 3.2.6.1).
 *
 * Pings are minutes apart, so nobody waits for the report: a thread gathers what happens within a moment and sends it
 * in one call per remote host. An object that comes and goes within that moment is not reported at all. Any thread. */
#ifndef DCOM_OID_REPORTER_H
#define DCOM_OID_REPORTER_H

#include "dcom/orpc/local_scm.h"

struct oid_reporter;

MUST_USE enum err oid_reporter_create(struct local_scm *scm, struct oid_reporter **out);
/* Sends what is left and ends the thread. */
void oid_reporter_destroy(struct oid_reporter *r);
/* `resolver` is copied. When memory is short the report is lost, and the object lives as long as an unpinged one. */
void oid_reporter_hold(struct oid_reporter *r, const DUALSTRINGARRAY *resolver, OID oid);
void oid_reporter_drop(struct oid_reporter *r, const DUALSTRINGARRAY *resolver, OID oid);

#endif
