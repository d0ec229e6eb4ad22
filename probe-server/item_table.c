#include "probe-server/item_table.h"

#include <stdlib.h>

#define SLOT_BITS       20
#define SLOT_MASK       (GROUP_ITEMS_MAXIMUM - 1)
#define GENERATION_MASK ((1u << (32 - SLOT_BITS)) - 1)

/* Generations begin at 1, so no handle is ever 0, which clients use for "none". */
static OPCHANDLE handle_of(uint32_t index, uint32_t generation)
{
    return (generation & GENERATION_MASK) << SLOT_BITS | index;
}

static void item_destroy(struct group_item *item)
{
    if (item)
        VariantClear(&item->value);
    free(item);
}

void item_table_cleanup(struct item_table *table)
{
    for (uint32_t i = 0; i < table->count; i++)
        item_destroy(table->slots[i].item);
    free(table->slots);
    *table = (struct item_table){ 0 };
}

static bool take_slot(struct item_table *table, uint32_t *index)
{
    if (table->first_free) {
        *index = table->first_free - 1;
        table->first_free = table->slots[*index].next_free;
        return true;
    }
    if (table->count == table->capacity) {
        uint32_t capacity = table->capacity ? table->capacity * 2 : 16;
        if (capacity > GROUP_ITEMS_MAXIMUM)
            return false;
        struct item_slot *slots = realloc(table->slots, capacity * sizeof(*slots));
        if (!slots)
            return false;
        table->slots = slots;
        table->capacity = capacity;
    }
    *index = table->count++;
    table->slots[*index] = (struct item_slot){ .generation = 1 };
    return true;
}

struct group_item *item_table_add(struct item_table *table, const struct space_item *source)
{
    struct group_item *item = calloc(1, sizeof(*item));
    uint32_t index;
    if (!item || !take_slot(table, &index)) {
        free(item);
        return NULL;
    }
    item->server_handle = handle_of(index, table->slots[index].generation);
    item->source = source;
    VariantInit(&item->value);
    table->slots[index].item = item;
    table->item_count++;
    return item;
}

struct group_item *item_table_find(const struct item_table *table, OPCHANDLE handle)
{
    uint32_t index = handle & SLOT_MASK;
    struct group_item *item = index < table->count ? table->slots[index].item : NULL;
    return item && item->server_handle == handle ? item : NULL;
}

bool item_table_remove(struct item_table *table, OPCHANDLE handle)
{
    struct group_item *item = item_table_find(table, handle);
    if (!item)
        return false;
    uint32_t index = handle & SLOT_MASK;
    struct item_slot *slot = &table->slots[index];
    item_destroy(item);
    slot->item = NULL;
    slot->generation = slot->generation % GENERATION_MASK + 1; /* 1 .. GENERATION_MASK, never 0 */
    slot->next_free = table->first_free;
    table->first_free = index + 1;
    table->item_count--;
    return true;
}

struct group_item *item_table_next(const struct item_table *table, uint32_t *at)
{
    while (*at < table->count) {
        struct group_item *item = table->slots[(*at)++].item;
        if (item)
            return item;
    }
    return NULL;
}
