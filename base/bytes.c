#include "base/bytes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The first allocation: most PDUs and stubs fit, so that most writers allocate once. */
#define FIRST_CAPACITY 256

/* Stands in for a null buffer, so that reading no bytes from it still gives an address. */
static const uint8_t nothing[1];

void reader_init(struct reader *r, const void *data, size_t size)
{
    *r = (struct reader){ .start = data ? data : nothing, .size = data ? size : 0 };
}

size_t reader_left(const struct reader *r)
{
    return r->failed ? 0 : r->size - r->at;
}

void reader_fail(struct reader *r)
{
    r->failed = true;
}

void reader_align(struct reader *r, size_t alignment)
{
    assert(alignment > 0 && alignment <= 16 && (alignment & (alignment - 1)) == 0);
    (void)reader_take(r, -r->at & (alignment - 1));
}

const uint8_t *reader_take(struct reader *r, size_t size)
{
    if (r->failed || size > r->size - r->at) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *taken = r->start + r->at;
    r->at += size;
    return taken;
}

void reader_copy(struct reader *r, void *out, size_t size)
{
    if (size == 0) {
        return;
    }
    const uint8_t *taken = reader_take(r, size);
    if (!taken) {
        memset(out, 0, size);
        return;
    }
    memcpy(out, taken, size);
}

struct reader reader_sub(struct reader *r, size_t size)
{
    const uint8_t *taken = reader_take(r, size);
    struct reader sub;
    reader_init(&sub, taken, size);
    sub.failed = !taken;
    return sub;
}

uint8_t reader_u8(struct reader *r)
{
    const uint8_t *taken = reader_take(r, 1);
    return taken ? taken[0] : 0;
}

uint16_t reader_u16(struct reader *r)
{
    const uint8_t *taken = reader_take(r, 2);
    return taken ? load_u16(taken) : 0;
}

uint32_t reader_u32(struct reader *r)
{
    const uint8_t *taken = reader_take(r, 4);
    return taken ? load_u32(taken) : 0;
}

uint64_t reader_u64(struct reader *r)
{
    const uint8_t *taken = reader_take(r, 8);
    return taken ? load_u32(taken) | (uint64_t)load_u32(taken + 4) << 32 : 0;
}

void writer_init(struct writer *w, size_t maximum)
{
    *w = (struct writer){ .maximum = maximum };
}

void writer_cleanup(struct writer *w)
{
    free(w->data);
    *w = (struct writer){ .maximum = w->maximum };
}

void writer_reset(struct writer *w)
{
    w->size = 0;
    w->failed = false;
}

size_t writer_trim(struct writer *w, size_t keep)
{
    writer_reset(w);
    if (w->capacity <= keep)
        return 0;
    size_t maximum = w->maximum, freed = w->capacity;
    writer_cleanup(w);
    writer_init(w, maximum);
    return freed;
}

/* Makes room for `needed` bytes in all, which the caller has held against the maximum. */
static bool writer_grow(struct writer *w, size_t needed)
{
    if (w->data && needed <= w->capacity) {
        return true;
    }
    size_t capacity = w->capacity ? w->capacity : FIRST_CAPACITY;
    while (capacity < needed && capacity <= w->maximum / 2) {
        capacity *= 2;
    }
    if (capacity < needed) {
        capacity = w->maximum;
    }
    uint8_t *data = realloc(w->data, capacity);
    if (!data) {
        return false;
    }
    w->data = data;
    w->capacity = capacity;
    return true;
}

uint8_t *writer_room(struct writer *w, size_t size)
{
    if (w->failed || size > w->maximum - w->size || !writer_grow(w, w->size + size)) {
        w->failed = true;
        return NULL;
    }
    uint8_t *room = w->data + w->size;
    w->size += size;
    return room;
}

void writer_bytes(struct writer *w, const void *data, size_t size)
{
    uint8_t *room = writer_room(w, size);
    if (room && size > 0) {
        memcpy(room, data, size);
    }
}

void writer_zeros(struct writer *w, size_t size)
{
    uint8_t *room = writer_room(w, size);
    if (room) {
        memset(room, 0, size);
    }
}

void writer_align(struct writer *w, size_t alignment)
{
    assert(alignment > 0 && alignment <= 16 && (alignment & (alignment - 1)) == 0);
    writer_zeros(w, -w->size & (alignment - 1));
}

void writer_u8(struct writer *w, uint8_t v)
{
    writer_bytes(w, &v, 1);
}

void writer_u16(struct writer *w, uint16_t v)
{
    uint8_t *room = writer_room(w, 2);
    if (room) {
        store_u16(room, v);
    }
}

void writer_u32(struct writer *w, uint32_t v)
{
    uint8_t *room = writer_room(w, 4);
    if (room) {
        store_u32(room, v);
    }
}

void writer_u64(struct writer *w, uint64_t v)
{
    uint8_t *room = writer_room(w, 8);
    if (room) {
        store_u32(room, (uint32_t)v);
        store_u32(room + 4, (uint32_t)(v >> 32));
    }
}

/* After a failure the offset may lie behind what was written; nothing is wrong with the caller then. */
static uint8_t *written_at(struct writer *w, size_t at, size_t size)
{
    if (w->failed) {
        return NULL;
    }
    assert(at <= w->size && size <= w->size - at);
    return w->data + at;
}

void writer_set_u16(struct writer *w, size_t at, uint16_t v)
{
    uint8_t *p = written_at(w, at, 2);
    if (p) {
        store_u16(p, v);
    }
}

void writer_set_u32(struct writer *w, size_t at, uint32_t v)
{
    uint8_t *p = written_at(w, at, 4);
    if (p) {
        store_u32(p, v);
    }
}
