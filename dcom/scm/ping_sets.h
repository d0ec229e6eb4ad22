/* Which objects of this host are still wanted: OIDs, ping sets and local holds ([MS-DCOM] 3.1.2.1, 3.1.2.5.1, 3.1.2.6).
 *
 * An OID lives while its exporter says so. It is wanted while a ping set that is pinged contains it, or a process of
 * this host holds it; three periods after nobody wants it, its exporter is told to reclaim it. Time comes from the
 * caller, so that tests have a clock of their own. Any thread. */
#ifndef SCM_PING_SETS_H
#define SCM_PING_SETS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "security/host.h"

#define PING_SETS_MAXIMUM    10000
#define PING_OIDS_MAXIMUM    1000000
#define PING_HOLDERS_MAXIMUM 4096

struct ping_sets;

MUST_USE enum err ping_sets_create(int64_t period_ns, struct ping_sets **out);
void ping_sets_destroy(struct ping_sets *p);

/* ---- the exporter's side --------------------------------------------------------------------------------- */
/* Enters OIDs of an exporter; returns how many were new and fitted. */
size_t ping_sets_allocate(struct ping_sets *p, uint64_t oxid, const uint64_t *oids, size_t count, int64_t now_ns);
/* Removes OIDs, but only those of the given exporter. */
void ping_sets_free(struct ping_sets *p, uint64_t oxid, const uint64_t *oids, size_t count);
void ping_sets_forget_exporter(struct ping_sets *p, uint64_t oxid);

/* ---- the clients' side ------------------------------------------------------------------------------------ */
/* IObjectExporter::SimplePing and ComplexPing; the value is their error_status_t: 0, OR_INVALID_SET, OR_INVALID_OID,
 * ERROR_NOT_ENOUGH_MEMORY. A `*setid` of 0 makes a set. */
uint32_t ping_sets_simple(struct ping_sets *p, uint64_t setid, int64_t now_ns);
uint32_t ping_sets_complex(struct ping_sets *p, uint64_t *setid, uint16_t sequence, const uint64_t *add,
                           size_t add_count, const uint64_t *drop, size_t drop_count, int64_t now_ns);
/* A process of this host holds and drops OIDs of this host; it needs no pings, because its end is seen. */
void ping_sets_hold(struct ping_sets *p, int64_t pid, const uint64_t *add, size_t add_count, const uint64_t *drop,
                    size_t drop_count, int64_t now_ns);
void ping_sets_forget_holder(struct ping_sets *p, int64_t pid, int64_t now_ns);

/* ---- time ---------------------------------------------------------------------------------------------------- */
struct ping_rundown {
    uint64_t oxid;
    uint64_t oid;
};

/* Ends sets nobody pinged for three periods and returns up to `capacity` OIDs nobody has wanted for as long. Only its
 * exporter knows when such an object was marshalled or called last: while it keeps one for that, the OID is returned
 * again each period. `*ended_sets` counts the sets. */
size_t ping_sets_expire(struct ping_sets *p, int64_t now_ns, struct ping_rundown *out, size_t capacity,
                        size_t *ended_sets);

#endif
