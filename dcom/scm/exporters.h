/* The COM processes of this host: object exporters (the OXID table of [MS-DCOM] 3.1.2.1) and the class objects they
 * registered (its CLSID table). Any thread. */
#ifndef SCM_EXPORTERS_H
#define SCM_EXPORTERS_H

#include <dcom.h>
#include <stdbool.h>

#include "base/err.h"
#include "dcom/rpc/rpc.h"
#include "security/sid.h"

#define EXPORTERS_MAXIMUM          4096
#define REGISTERED_CLASSES_MAXIMUM 16384

struct exporter {
    OXID oxid;
    IPID ipid_rem_unknown;
    DWORD authn_hint;
    int64_t pid;
    char endpoint[RPC_ADDRESS_TEXT]; /* path of its local socket */
    DUALSTRINGARRAY *bindings;       /* where remote clients reach it; owned (CoTaskMemFree) */
};

struct exporters;

MUST_USE enum err exporters_create(struct exporters **out);
void exporters_destroy(struct exporters *e);
void exporter_cleanup(struct exporter *x);

/* Enters an exporter, or replaces what its process said before; everything is copied. ERR_IN_USE: another process has
 * that OXID; ERR_LIMIT, ERR_MEMORY. */
MUST_USE enum err exporters_register(struct exporters *e, const struct exporter *exporter);
/* Copies; false when there is none. */
bool exporters_find(struct exporters *e, OXID oxid, struct exporter *out);
bool exporters_find_process(struct exporters *e, int64_t pid, struct exporter *out);
/* Walks them: copies the one at `index`, false behind the last. Who comes or goes meanwhile may be missed. */
bool exporters_at(struct exporters *e, size_t index, struct exporter *out);
/* Removes one exporter of the process and returns its OXID; 0 when it has none (any more). Its classes go with it. */
OXID exporters_forget(struct exporters *e, int64_t pid);

/* Class objects. `user` is who the process runs as; `single_use` is REGCLS_SINGLEUSE: it serves one activation.
 * ERR_NOT_FOUND: the process is no exporter. */
MUST_USE enum err exporters_register_class(struct exporters *e, int64_t pid, const CLSID *clsid, const struct sid *user,
                                           bool single_use, DWORD *cookie);
/* False: the process registered nothing under that cookie. */
bool exporters_revoke_class(struct exporters *e, int64_t pid, DWORD cookie);
/* Forgets what a process registered for a class: it says itself that it is ending. */
void exporters_withdraw_class(struct exporters *e, int64_t pid, const CLSID *clsid);
/* The process that serves a class; the first that registered it, among those that run as `user` (NULL: whoever). A
 * single-use registration is used up. */
bool exporters_find_class(struct exporters *e, const CLSID *clsid, const struct sid *user, struct exporter *out);
/* Whether some process serves the class; nothing is used up. */
bool exporters_serve(struct exporters *e, const CLSID *clsid);
/* Waits until some process of that user serves the class. `gone` is asked now and then (at least every 200 ms) and ends
 * the wait when true. ERR_TIMEOUT, ERR_CLOSED. */
MUST_USE enum err exporters_wait_class(struct exporters *e, const CLSID *clsid, const struct sid *user,
                                       bool (*gone)(void *context), void *context, int64_t deadline_ns,
                                       struct exporter *out);

#endif
