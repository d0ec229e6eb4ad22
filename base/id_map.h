/* A table from the random 64-bit identifiers of DCOM (OXID, OID, SETID) to what they stand for.
 *
 * Open addressing, grown by doubling up to a hard maximum; values are borrowed. 0 is no identifier. The user's lock. */
#ifndef BASE_ID_MAP_H
#define BASE_ID_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct id_map {
    struct id_slot {
        uint64_t id;
        void *value; /* NULL: the slot is free */
    } * slots;       /* owned */
    size_t capacity; /* 0 or a power of two */
    size_t count;
    size_t maximum;
};

void id_map_init(struct id_map *m, size_t maximum);
void id_map_cleanup(struct id_map *m);
/* NULL when absent. */
void *id_map_find(const struct id_map *m, uint64_t id);
/* Replaces what was there. ERR_LIMIT when full, ERR_MEMORY. */
MUST_USE enum err id_map_put(struct id_map *m, uint64_t id, void *value);
/* Returns what was there; NULL when absent. */
void *id_map_remove(struct id_map *m, uint64_t id);
/* Walks all entries in no order: start with *at = 0; NULL at the end. The map must not change meanwhile. */
void *id_map_next(const struct id_map *m, size_t *at, uint64_t *id);

#endif
