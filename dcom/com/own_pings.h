/* The pings of a process without a host: nobody pings for it, so it does so itself ([MS-DCOM] 3.2.6.1). */
#ifndef DCOM_COM_OWN_PINGS_H
#define DCOM_COM_OWN_PINGS_H

#include "dcom/com/runtime.h"

/* Fills in rt->pinger. */
MUST_USE enum err own_pings_create(struct runtime *rt);
/* An object of that exporter is held from now on. When memory is short the report is lost, and the object lives as long
 * as an unpinged one. */
void own_pings_hold(struct runtime *rt, const struct remote_exporter *e, const DUALSTRINGARRAY *resolver, OID oid);
void own_pings_drop(struct runtime *rt, const DUALSTRINGARRAY *resolver, OID oid);

#endif
