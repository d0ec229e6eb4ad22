#include "base/id_map.h"

#include <stdlib.h>
#include <string.h>

void id_map_init(struct id_map *m, size_t maximum)
{
    memset(m, 0, sizeof *m);
    m->maximum = maximum;
}

void id_map_cleanup(struct id_map *m)
{
    free(m->slots);
    m->slots = NULL;
    m->capacity = m->count = 0;
}

/* Identifiers come from peers too, so they are mixed rather than trusted to be random. */
static size_t home_of(const struct id_map *m, uint64_t id)
{
    id ^= id >> 33;
    id *= UINT64_C(0xff51afd7ed558ccd);
    id ^= id >> 33;
    return (size_t)id & (m->capacity - 1);
}

/* The slot of `id`, or the free one where it belongs. There is always a free one. */
static struct id_slot *slot_of(const struct id_map *m, uint64_t id)
{
    size_t at = home_of(m, id);
    while (m->slots[at].value && m->slots[at].id != id)
        at = (at + 1) & (m->capacity - 1);
    return &m->slots[at];
}

void *id_map_find(const struct id_map *m, uint64_t id)
{
    return m->count ? slot_of(m, id)->value : NULL;
}

/* Doubles the table once it is three quarters full. */
static enum err grow(struct id_map *m)
{
    if (m->capacity && m->count + 1 <= m->capacity / 4 * 3)
        return ERR_OK;
    struct id_map bigger = { .capacity = m->capacity ? m->capacity * 2 : 16, .count = m->count, .maximum = m->maximum };
    bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
    if (!bigger.slots)
        return ERR_MEMORY;
    for (size_t i = 0; i < m->capacity; i++)
        if (m->slots[i].value)
            *slot_of(&bigger, m->slots[i].id) = m->slots[i];
    free(m->slots);
    *m = bigger;
    return ERR_OK;
}

enum err id_map_put(struct id_map *m, uint64_t id, void *value)
{
    if (id_map_find(m, id)) {
        slot_of(m, id)->value = value;
        return ERR_OK;
    }
    if (m->count >= m->maximum)
        return ERR_LIMIT;
    enum err e = grow(m);
    if (e)
        return e;
    *slot_of(m, id) = (struct id_slot){ id, value };
    m->count++;
    return ERR_OK;
}

void *id_map_remove(struct id_map *m, uint64_t id)
{
    struct id_slot *slot = m->count ? slot_of(m, id) : NULL;
    void *value = slot ? slot->value : NULL;
    if (!value)
        return NULL;
    m->count--;
    slot->value = NULL;
    /* What follows in the same run may have its home before the hole: put it in again. */
    for (size_t at = (size_t)(slot - m->slots);;) {
        at = (at + 1) & (m->capacity - 1);
        struct id_slot moved = m->slots[at];
        if (!moved.value)
            return value;
        m->slots[at].value = NULL;
        *slot_of(m, moved.id) = moved;
    }
}

void *id_map_next(const struct id_map *m, size_t *at, uint64_t *id)
{
    while (*at < m->capacity) {
        const struct id_slot *slot = &m->slots[(*at)++];
        if (!slot->value)
            continue;
        *id = slot->id;
        return slot->value;
    }
    return NULL;
}
