/* The parts of a group, for the files that implement its interfaces. */
#ifndef PROBE_SERVER_GROUP_INTERNAL_H
#define PROBE_SERVER_GROUP_INTERNAL_H

#include <objbase.h>
#include <ocidl.h>
#include <opcda.h>
#include <stdatomic.h>

#include "base/thread.h"
#include "probe-server/connection_point.h"
#include "probe-server/group.h"
#include "probe-server/group_item.h"
#include "probe-server/scheduler.h"
#include "probe-server/server.h"
#include "probe-server/service.h"

struct subscription;

struct group {
    IOPCItemMgt IOPCItemMgt_iface; /* the identity */
    IOPCGroupStateMgt IOPCGroupStateMgt_iface;
    IOPCSyncIO IOPCSyncIO_iface;
    IOPCAsyncIO2 IOPCAsyncIO2_iface;
    IConnectionPointContainer IConnectionPointContainer_iface;
    struct connection_point data_point;

    atomic_uint references; /* of clients; each is a hold too */
    atomic_uint holds;
    struct service *service; /* (RO) borrowed */
    struct server *server;   /* (RO) a hold */
    OPCHANDLE handle;        /* (RO) */
    struct scheduler_task sampling;
    WCHAR *name; /* (LOCK server) owned */

    struct mutex lock;
    bool closed;                       /* (LOCK lock) */
    struct group_settings settings;    /* (LOCK lock) */
    struct item_table items;           /* (LOCK lock) */
    bool callbacks_enabled;            /* (LOCK lock) IOPCAsyncIO2::SetEnable */
    struct subscription *subscription; /* (LOCK lock) a hold; NULL while nobody is advised */
    DWORD last_cookie;                 /* (LOCK lock) */
};

extern const IOPCItemMgtVtbl group_IOPCItemMgt_vtbl;
extern const IOPCGroupStateMgtVtbl group_IOPCGroupStateMgt_vtbl;
extern const IOPCSyncIOVtbl group_IOPCSyncIO_vtbl;
extern const IOPCAsyncIO2Vtbl group_IOPCAsyncIO2_vtbl;
extern const IConnectionPointContainerVtbl group_IConnectionPointContainer_vtbl;
extern const struct connection_point_ops group_data_point_ops;

ULONG group_addref(struct group *g);
ULONG group_release(struct group *g);

/* Who calls, asked for only when an item wants to know. */
struct lazy_caller {
    struct caller caller;
    bool known;
};

/* Locks the group. E_FAIL, unlocked, when it was removed. */
HRESULT group_enter(struct group *g);
void group_leave(struct group *g);

/* What sampling needs, as of now. `caller` and `nonce` are borrowed. Under the lock. */
struct sampling group_sampling(struct group *g, const struct caller *caller, const char *nonce);
/* Fills `caller` when the item shows it and it is not known yet. */
void group_know_caller(struct group *g, const struct group_item *item, struct lazy_caller *caller);
/* An active group with at least one active, readable item. Under the lock. */
bool group_has_live_items(const struct group *g);
/* Marks every live item changed, and tells the subscription. Under the lock. */
void group_mark_all(struct group *g);
/* Samples every active item: what the scheduler does at each period. */
void group_sample(struct group *g, int64_t now_ns);

#endif
