/* The parts of a server object, for the files that implement its interfaces. */
#ifndef PROBE_SERVER_SERVER_INTERNAL_H
#define PROBE_SERVER_SERVER_INTERNAL_H

#include <objbase.h>
#include <ocidl.h>
#include <opccomn.h>
#include <opcda.h>
#include <stdatomic.h>

#include "base/thread.h"
#include "probe-server/connection_point.h"
#include "probe-server/server.h"

struct server {
    IOPCServer IOPCServer_iface; /* the identity */
    IOPCCommon IOPCCommon_iface;
    IConnectionPointContainer IConnectionPointContainer_iface;
    struct connection_point shutdown_point;

    atomic_uint references;  /* of clients; each is a hold too. At 0 the client is gone and its groups go */
    atomic_uint holds;       /* groups hold their server */
    struct service *service; /* (RO) borrowed */
    struct server *next;     /* (LOCK service) */

    struct mutex lock;
    struct group **groups; /* (LOCK lock) owned array, a hold on each */
    DWORD group_count, group_capacity;
    OPCHANDLE last_handle; /* (LOCK lock) */
    DWORD last_name;       /* (LOCK lock) of generated names */

    struct mutex client_lock; /* a leaf: nothing is locked under it */
    LCID locale;              /* (LOCK client_lock) */
    char nonce[SERVER_NONCE]; /* (LOCK client_lock) */
    FILETIME last_update;     /* (LOCK client_lock) */
    IOPCShutdown *shutdown;   /* (LOCK client_lock) owned; NULL while nobody is advised */
    DWORD shutdown_cookie;    /* (LOCK client_lock) */
};

extern const IOPCServerVtbl server_IOPCServer_vtbl;
extern const IOPCCommonVtbl server_IOPCCommon_vtbl;
extern const IConnectionPointContainerVtbl server_IConnectionPointContainer_vtbl;
extern const struct connection_point_ops server_shutdown_point_ops;

HRESULT server_query(struct server *s, REFIID iid, void **out);
ULONG server_addref(struct server *s);
ULONG server_release(struct server *s);
/* Text of an error code in the one language there is; E_INVALIDARG for an unknown code or locale. */
HRESULT server_error_string(HRESULT code, LCID locale, LPWSTR *out);

#endif
