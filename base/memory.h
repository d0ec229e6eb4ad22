/* How the C library's allocator behaves in a server that has many threads, most of them idle. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* Keeps the allocator from giving each thread a pool of its own, which would hold what it once needed for ever. Called
 * once, before there are threads. */
void memory_share_pools(void);
/* Told of memory that was just freed and will not be needed soon; once enough has come together it goes back to the
 * system. Any thread. */
void memory_give_back(size_t freed);

#endif
