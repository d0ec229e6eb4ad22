/* One group of a scan class at the server: its items, its way back, and what is asked of it.
 *
 * The main thread makes and removes groups; scans run on the class's own thread, and OnDataChange comes on threads of
 * the runtime. Our own server alone: the items are its Bulk items. */
#ifndef PROBE_CLIENT_SCAN_GROUP_H
#define PROBE_CLIENT_SCAN_GROUP_H

#include "base/thread.h"
#include "probe-client/connection.h"
#include "probe-client/scan_class.h"

#define SCAN_SERVICE_ITEMS 11

struct scan_group {
    const struct scan_class *class;
    uint32_t item_count; /* with those of service time */
    OPCHANDLE *handles;  /* owned */
    OPCHANDLE group;
    bool has_group;
    IOPCItemMgt *items;
    IOPCSyncIO *sync;
    IOPCAsyncIO2 *async;
    IOPCGroupStateMgt *state;
    IConnectionPoint *point;
    DWORD cookie;
    bool advised;
    struct data_sink *sink;

    struct mutex lock;
    struct condition arrived;
    uint32_t transaction; /* (LOCK lock) of the refresh that is waited for; 0: none */
    uint32_t received;    /* (LOCK lock) items of it */
    int64_t done_ns;      /* (LOCK lock) when the last of them came */
    uint8_t level;        /* (LOCK lock) of the first call to us */
    int64_t *arrivals;    /* (LOCK lock) of updates by themselves; owned, arrival_maximum */
    size_t arrival_count, arrival_maximum;
};

/* Makes a group of `items` items that is not active yet, and advises it unless it is read by itself. Arrivals of at
 * most `arrivals` updates are kept. What was made is removed by scan_group_remove, after failure too. */
HRESULT scan_group_make(struct scan_group *g, struct connection *c, const struct scan_class *class, uint32_t items,
                        size_t arrivals);
HRESULT scan_group_activate(struct scan_group *g, struct activity *activity, bool active);
void scan_group_remove(struct scan_group *g, struct connection *c);

/* One scan, from the cache, to its end: `*done_ns` is when the last callback or the call returned, 0 when it did not
 * until the deadline. */
HRESULT scan_group_refresh(struct scan_group *g, uint32_t transaction, int64_t deadline_ns, int64_t *done_ns);
HRESULT scan_group_read(struct scan_group *g, int64_t *done_ns);

#endif
