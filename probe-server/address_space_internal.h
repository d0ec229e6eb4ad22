/* What loading and looking up an address space share. */
#ifndef PROBE_SERVER_ADDRESS_SPACE_INTERNAL_H
#define PROBE_SERVER_ADDRESS_SPACE_INTERNAL_H

#include "base/thread.h"
#include "probe-server/address_space.h"

struct address_space {
    struct mutex lock;
    struct space_item **items; /* owned */
    size_t count, capacity;
    uint32_t *buckets; /* owned: open addressing, index + 1; a power of two, at least twice the items */
    size_t bucket_count;
};

struct address_space *address_space_create(void);
/* Takes the item. ERR_IN_USE when there is one of that name, ERR_LIMIT, ERR_MEMORY: then it stays the caller's. */
MUST_USE enum err address_space_add(struct address_space *space, struct space_item *item);
/* An item without a name, readable, of good quality, showing a constant. */
struct space_item *space_item_create(VARTYPE type);
void space_item_destroy(struct space_item *item);
/* Puts the reserved items in. */
MUST_USE enum err address_space_add_reserved(struct address_space *space);

#endif
