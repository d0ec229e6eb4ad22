/* Remote objects as this process sees them.
 *
 * One manager per object (OID) is its identity: IUnknown, the reference count of all its interface pointers, and the
 * public references we owe the exporter. One member per interface is what callers hold: a vtable made by ndr/, an IPID
 * and a blanket. When the count drops to zero, all references go back in one call. After CoUninitialize a manager is
 * disconnected: its methods fail, and releasing it only frees memory. */
#ifndef DCOM_COM_PROXY_H
#define DCOM_COM_PROXY_H

#include <objbase.h>
#include <stdatomic.h>

#include "dcom/com/blanket.h"
#include "dcom/ndr/ndr.h"
#include "dcom/orpc/table.h"

struct proxy_manager;

struct proxy {
    struct ndr_proxy base;         /* first: its address is the interface pointer */
    struct proxy_manager *manager; /* counted by copies, borrowed by members */
    IID iid;
    IPID ipid;
    ULONG references;        /* (LOCK manager->lock) public references we hold; 0 in copies */
    struct blanket *blanket; /* (LOCK manager->lock) */
    struct proxy *next;      /* (LOCK manager->lock) of the members */
    bool is_copy;            /* made by CoCopyProxy: counts for itself, and QueryInterface does not find it */
    atomic_uint copy_references;
};

struct proxy_manager {
    IUnknown IUnknown_iface;
    IClientSecurity IClientSecurity_iface;
    atomic_uint references; /* the step to zero is made under the table's lock */
    struct table_link by_oid;
    bool in_table; /* under the table's lock */
    OXID oxid;
    OID oid;
    bool no_ping;
    DUALSTRINGARRAY *resolver; /* of the exporter's host */

    struct mutex lock;
    struct remote_exporter *exporter; /* (LOCK lock) NULL when disconnected */
    struct blanket *defaults;         /* what new members get */
    struct blanket *blanket;          /* (LOCK lock) of IUnknown: QueryInterface and reference counts use it */
    struct proxy *members;            /* (LOCK lock) */
};

extern const IUnknownVtbl proxy_IUnknown_vtbl;
extern const IClientSecurityVtbl proxy_IClientSecurity_vtbl;
extern const struct ndr_channel proxy_channel;

/* An object reference becomes an interface pointer of `iid`. The public references of the objref are ours from here on,
 * also when it fails. */
HRESULT proxy_unmarshal(struct runtime *rt, const struct objref *objref, struct remote_exporter *e, const IID *iid,
                        void **out);
/* Gives a reference to a remote object away: the OBJREF of its own exporter. */
HRESULT proxy_marshal(struct proxy_manager *m, const IID *iid, struct writer *out);

/* The manager behind a pointer, and the member it is (NULL: the pointer is the identity); NULL for an object that is no
 * proxy. Borrowed. */
struct proxy_manager *proxy_manager_of(IUnknown *object, struct proxy **member);
HRESULT proxy_query(struct proxy_manager *m, const IID *iid, void **out);
void proxy_manager_addref(struct proxy_manager *m);
ULONG proxy_manager_release(struct proxy_manager *m);
/* What a call needs, counted for the caller; RPC_E_DISCONNECTED after CoUninitialize. A NULL `member` is the identity.
 */
HRESULT proxy_prepare(struct proxy_manager *m, struct proxy *member, struct remote_exporter **e, struct blanket **b);
/* CoCopyProxy for a member. */
HRESULT proxy_copy(struct proxy *member, IUnknown **out);

/* proxy_manager.c for proxy.c: the member of an interface, made or given `references` more. */
HRESULT proxy_add_member(struct proxy_manager *m, const IID *iid, const IPID *ipid, ULONG references,
                         struct proxy **out);
/* Gives all references of a manager back, if its exporter still answers, and forgets the exporter. */
void proxy_manager_disconnect(struct proxy_manager *m);

#endif
