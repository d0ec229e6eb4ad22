/* Pings: they keep the objects alive that processes hold on other hosts ([MS-DCOM] 3.2.6.1).
 *
 * One ping set for each process and remote resolver. On a host probe-scm pings for its processes; a process without a
 * host pings for itself. What a ping proves who it is with comes from the owner. A set whose resolver refused the logon
 * is pinged without authentication from then on: a refused logon is never tried again, because it counts against the
 * account. Any thread; one thread pings. */
#ifndef DCOM_PING_CLIENT_H
#define DCOM_PING_CLIENT_H

#include <dcom.h>

#include "dcom/rpc/rpc_client.h"
#include "security/host.h"

#define REMOTE_SETS_MAXIMUM 4096
#define REMOTE_OIDS_MAXIMUM 65536 /* in one set */

struct ping_client;

/* What one ping goes out with. */
struct ping_access {
    const struct host *host;                /* may be NULL */
    const struct auth_authority *authority; /* proves with default credentials; NULL: there are none */
    void *storage;                          /* the owner's, for `leave` */
};

struct ping_client_options {
    int64_t (*period_ns)(void *context);
    /* Around each ping of a process; without a lock held. ERR_MEMORY puts the ping off. */
    enum err (*enter)(void *context, int64_t pid, struct ping_access *out);
    void (*leave)(void *context, struct ping_access *access);
    void *context; /* borrowed */
};

MUST_USE enum err ping_client_create(const struct ping_client_options *options, struct ping_client **out);
void ping_client_destroy(struct ping_client *c);

/* Who holds objects of which host. */
struct ping_holder {
    int64_t pid;
    const DUALSTRINGARRAY *resolver;      /* of the other host; copied */
    const struct auth_identity *identity; /* explicit credentials for a new set, copied; NULL: the default ones */
};
/* The process holds and gives up objects. Sent with the next ping, a quarter of a period from now. */
MUST_USE enum err ping_client_hold(struct ping_client *c, const struct ping_holder *holder, const OID *add,
                                   size_t add_count, const OID *drop, size_t drop_count);
/* The process ended: its sets are simply not pinged any more. */
void ping_client_forget(struct ping_client *c, int64_t pid);

#endif
