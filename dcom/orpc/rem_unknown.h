/* Client of IRemUnknown: more interfaces and references of remote objects ([MS-DCOM] 3.1.1.5.6, 3.2.4.4). */
#ifndef DCOM_REM_UNKNOWN_H
#define DCOM_REM_UNKNOWN_H

#include "dcom/orpc/remote_exporter.h"

struct rem_unknown {
    struct remote_exporter *exporter; /* borrowed */
    const struct rpc_security *security;
    int64_t deadline_ns;
    struct call_cancel *cancel; /* may be NULL */
};

/* Asks the object behind `ipid` for one more interface with `references` public references. */
HRESULT rem_query_interface(const struct rem_unknown *r, const IPID *ipid, const IID *iid, ULONG references,
                            STDOBJREF *out);
HRESULT rem_add_ref(const struct rem_unknown *r, const IPID *ipid, ULONG references);
/* Gives references of several interfaces back in one call. */
HRESULT rem_release(const struct rem_unknown *r, REMINTERFACEREF *references, USHORT count);

#endif
