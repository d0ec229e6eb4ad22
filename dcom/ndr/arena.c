#include "dcom/ndr/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define ALIGNMENT     16u
#define CHUNK_SIZE    1024u
#define CHUNK_MAXIMUM 65536u

struct arena_chunk {
    struct arena_chunk *next;
    size_t size, used;
    _Alignas(ALIGNMENT) uint8_t data[];
};

static struct arena_chunk *add_chunk(struct arena *a, size_t needed)
{
    size_t size = a->last ? a->last->size * 2 : CHUNK_SIZE;
    if (size > CHUNK_MAXIMUM)
        size = CHUNK_MAXIMUM;
    if (size < needed)
        size = needed;
    struct arena_chunk *chunk = malloc(sizeof *chunk + size);
    if (!chunk)
        return NULL;
    chunk->next = NULL;
    chunk->size = size;
    chunk->used = 0;
    if (a->last)
        a->last->next = chunk;
    else
        a->first = chunk;
    a->last = chunk;
    return chunk;
}

void *arena_alloc(struct arena *a, size_t size)
{
    struct arena_chunk *chunk = a->last;
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!chunk || rounded > chunk->size - chunk->used)
        chunk = add_chunk(a, rounded);
    if (!chunk)
        return NULL;
    void *memory = chunk->data + chunk->used;
    chunk->used += rounded;
    return memory;
}

void arena_cleanup(struct arena *a)
{
    while (a->first) {
        struct arena_chunk *next = a->first->next;
        free(a->first);
        a->first = next;
    }
    a->last = NULL;
}

struct arena arena_of_first(void *memory)
{
    struct arena_chunk *first = (struct arena_chunk *)((uint8_t *)memory - offsetof(struct arena_chunk, data));
    return (struct arena){ first, first };
}
