/* Client of object resolvers: finds exporters for OXIDs and remembers them ([MS-DCOM] 3.2.4.1).
 *
 * An exporter stays known while somebody holds it. Two threads that need the same unknown OXID may both ask; the first
 * answer counts. No lock is held while asking. Any thread. */
#ifndef DCOM_RESOLVER_H
#define DCOM_RESOLVER_H

#include "dcom/orpc/local_scm.h"
#include "dcom/orpc/objref.h"
#include "dcom/orpc/remote_exporter.h"

struct resolver;

struct resolver_options {
    const struct host *host; /* borrowed; may be NULL */
    struct pool *pool;       /* borrowed */
    struct local_scm *scm;   /* borrowed; may be NULL: then every exporter is remote */
    bool remote_disabled;    /* EnableDCOM is N: no other host is asked, RPC_E_REMOTE_DISABLED */
};
MUST_USE enum err resolver_create(const struct resolver_options *options, struct resolver **out);
/* Every exporter must have been released but by the resolver itself. */
void resolver_destroy(struct resolver *r);
const struct resolver_options *resolver_options(const struct resolver *r);

/* What ServerAlive2 tells of a host. */
struct resolver_alive {
    COMVERSION version;
    DUALSTRINGARRAY *bindings; /* CoTaskMemFree; NULL from a host that has only ServerAlive */
};
/* ServerAlive2, or ServerAlive where that is unknown to the resolver or to us, who speak version `own`: then the
 * version is 5.1 ([MS-DCOM] 3.2.4.1.1.1). */
MUST_USE enum err resolver_server_alive(struct lane *lane, COMVERSION own, int64_t connect_deadline_ns,
                                        int64_t deadline_ns, struct call_cancel *cancel, struct resolver_alive *out,
                                        struct rpc_failure *why);

/* Finds the exporter an object reference belongs to, asking its resolver if it is not known: on this host by
 * probe-scm, else over the network with `security`, raised to packet-integrity at least where it authenticates
 * ([MS-DCOM] 3.2.4.1.2.2). The HRESULT is what unmarshalling fails with. */
HRESULT resolver_resolve(struct resolver *r, const struct objref *objref, const struct rpc_security *security,
                         int64_t deadline_ns, struct call_cancel *cancel, struct remote_exporter **out);
/* Remembers an exporter that an activation told us; an entry with that OXID wins. `options` need no host and pool, and
 * their version is the exporter's own: RPC_E_VERSION_MISMATCH when it has another major one. */
HRESULT resolver_learn(struct resolver *r, const struct remote_exporter_options *options, struct remote_exporter **out);
/* An exporter of this host by its OXID. */
HRESULT resolver_learn_local(struct resolver *r, OXID oxid, struct remote_exporter **out);

#endif
