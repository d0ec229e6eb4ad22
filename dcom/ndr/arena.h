/* Memory that is given back all at once: what an unmarshalled call needs while it runs, and records.
 *
 * Blocks come out of chunks; addresses are aligned as malloc aligns. */
#ifndef DCOM_NDR_ARENA_H
#define DCOM_NDR_ARENA_H

#include <stddef.h>

struct arena {
    struct arena_chunk *first, *last;
};

/* Uninitialised memory, NULL when there is none. */
void *arena_alloc(struct arena *a, size_t size);
void arena_cleanup(struct arena *a);
/* The arena whose first allocation `memory` was. */
struct arena arena_of_first(void *memory);

#endif
