/* The items of one group and their server handles.
 *
 * A handle names a slot and how often the slot was used before, so that the handle of a removed item is
 * recognised as such when its slot has been given to another. No lock of its own: the group's. */
#ifndef PROBE_SERVER_ITEM_TABLE_H
#define PROBE_SERVER_ITEM_TABLE_H

#include <opcda.h>
#include <stdbool.h>
#include <stdint.h>

#include "probe-server/address_space.h"

#define GROUP_ITEMS_MAXIMUM (1u << 20)

struct group_item {
    OPCHANDLE server_handle;
    OPCHANDLE client_handle;
    const struct space_item *source; /* borrowed: the space outlives every group */
    VARTYPE requested;               /* VT_EMPTY for the canonical type */
    bool active;
    bool sampled; /* the cache holds something */
    bool changed; /* the cache holds something that the client has not been sent */
    VARIANT value;
    WORD quality;
    FILETIME timestamp;
};

struct item_slot {
    struct group_item *item; /* owned; NULL when the slot is free */
    uint32_t generation;
    uint32_t next_free; /* index + 1 of the next free slot */
};

struct item_table {
    struct item_slot *slots; /* owned */
    uint32_t count;          /* slots ever used */
    uint32_t capacity;
    uint32_t first_free; /* index + 1; 0 for none */
    uint32_t item_count;
};

void item_table_cleanup(struct item_table *table);
/* A new inactive item with its handle; NULL when memory or the maximum is reached. */
struct group_item *item_table_add(struct item_table *table, const struct space_item *source);
struct group_item *item_table_find(const struct item_table *table, OPCHANDLE handle);
/* False when there is no such handle. */
bool item_table_remove(struct item_table *table, OPCHANDLE handle);
/* Walks the items: `*at` begins at 0; NULL at the end. */
struct group_item *item_table_next(const struct item_table *table, uint32_t *at);

#endif
