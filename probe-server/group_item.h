/* Reading, converting and writing one item of a group. Under the group's lock. */
#ifndef PROBE_SERVER_GROUP_ITEM_H
#define PROBE_SERVER_GROUP_ITEM_H

#include "probe-server/item_table.h"
#include "probe-server/service.h"

/* For whom, when and how items are sampled. */
struct sampling {
    struct service *service;
    const char *nonce;           /* of the client's server object */
    const struct caller *caller; /* for reserved items */
    int64_t now_ns;
    FILETIME wall;
    double deadband_percent;
    bool group_active;
    bool awaited; /* a subscriber is to be told of changes */
    LCID locale;
};

/* What a client gets of an item. */
struct reading {
    VARIANT value; /* of the requested type; VT_EMPTY when `error` is a failure */
    WORD quality;
    FILETIME timestamp;
    HRESULT error;
};

/* Samples the item into its cache; `changed` is set when the client has to be told. */
void group_item_refresh(struct group_item *item, const struct sampling *s);
/* The value as the client asked for it, from the cache or freshly sampled. The caller clears it. */
void group_item_read(struct group_item *item, OPCDATASOURCE source, const struct sampling *s, struct reading *out);
/* Converts to the canonical type and stores. OPC_E_BADRIGHTS, OPC_E_BADTYPE, OPC_E_RANGE, E_OUTOFMEMORY. */
HRESULT group_item_write(struct group_item *item, const VARIANT *value, const struct sampling *s);
static inline bool group_item_is_readable(const struct group_item *item)
{
    return (item->source->access & OPC_READABLE) != 0;
}

#endif
