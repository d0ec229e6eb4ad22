/* An object exporter as its clients know it ([MS-DCOM] 3.2.1, the OXID table), and the way to it.
 *
 * The order of a peer's addresses is decided once: the first that takes a connection is used from then on. What is
 * constant after birth may be read by any thread; the rest is locked inside. Counted; proxies hold it. */
#ifndef DCOM_REMOTE_EXPORTER_H
#define DCOM_REMOTE_EXPORTER_H

#include "dcom/orpc/pool.h"
#include "dcom/orpc/target.h"

struct remote_exporter;

struct remote_exporter_options {
    OXID oxid;
    IPID ipid_rem_unknown;
    DWORD authn_hint;                     /* lowest level it accepts */
    COMVERSION version;                   /* to speak with it */
    const char *local_endpoint;           /* an exporter of this host: path of its socket; else NULL */
    const DUALSTRINGARRAY *bindings;      /* copied */
    const struct auth_identity *identity; /* explicit credentials its activation was asked with, copied; or NULL */
    const char *dialled;                  /* address its host was reached by, or NULL */
    const struct host *host;              /* borrowed; may be NULL */
    struct pool *pool;                    /* borrowed */
};

MUST_USE enum err remote_exporter_create(const struct remote_exporter_options *options, struct remote_exporter **out);
struct remote_exporter *remote_exporter_addref(struct remote_exporter *e);
void remote_exporter_release(struct remote_exporter *e);
/* Whether anybody but one holder has it. */
bool remote_exporter_is_shared(const struct remote_exporter *e);
OXID remote_exporter_oxid(const struct remote_exporter *e);
const IPID *remote_exporter_ipid(const struct remote_exporter *e);
DWORD remote_exporter_authn_hint(const struct remote_exporter *e);
/* What both of us speak ([MS-DCOM] 1.7). */
COMVERSION remote_exporter_version(const struct remote_exporter *e);
/* Whether the last call could not be made, or was not answered, at all: then giving references back is not worth
 * waiting for. */
bool remote_exporter_is_lost(const struct remote_exporter *e);
/* Explicit credentials that its host is known to take; NULL: none were given. Borrowed. */
const struct auth_identity *remote_exporter_identity(const struct remote_exporter *e);
/* The best authentication service that its bindings list and this build has; AUTH_NONE when they list none. */
enum auth_mechanism remote_exporter_mechanism(const struct remote_exporter *e);

/* One ORPC call. `request` holds ORPCTHIS and arguments; `reply` receives ORPCTHAT and results. Local exporters are
 * called without authentication whatever `security` says: the transport proves who calls. */
struct orpc_call {
    const IID *iid;
    const IPID *ipid;
    uint16_t opnum;
    const struct rpc_security *security;
    int64_t deadline_ns;
    struct call_cancel *cancel; /* may be NULL */
};
MUST_USE enum err remote_exporter_call(struct remote_exporter *e, const struct orpc_call *call,
                                       const struct writer *request, struct writer *reply, struct rpc_failure *why);

#endif
