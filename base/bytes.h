/* Cursors over wire bytes, little-endian.
 *
 * A reader remembers its first failure: after it every read gives zeros and
 * consumes nothing more, so a parser reads a whole structure and asks once.
 * Alignment is relative to the first byte the cursor was given. A writer grows
 * up to a hard maximum stated at birth and remembers its first failure too.
 * No thread rule: a cursor belongs to one thread. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
    const uint8_t *start; /* borrowed */
    size_t size;
    size_t at;
    bool failed;
};

void reader_init(struct reader *r, const void *data, size_t size);
/* Bytes not read yet; 0 after a failure. */
size_t reader_left(const struct reader *r);
/* Marks the reader failed, for a value that is out of the type's range. */
void reader_fail(struct reader *r);
/* Skips to a multiple of `alignment` (a power of two, at most 16). */
void reader_align(struct reader *r, size_t alignment);
/* Returns `size` borrowed bytes and moves past them, or NULL and fails. */
const uint8_t *reader_take(struct reader *r, size_t size);
/* Like reader_take, copying; `out` is zeroed on failure. */
void reader_copy(struct reader *r, void *out, size_t size);
/* Gives `size` bytes to a reader of their own (empty and failed on failure). */
struct reader reader_sub(struct reader *r, size_t size);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);

struct writer {
    uint8_t *data; /* owned; NULL until the first write */
    size_t size;
    size_t capacity;
    size_t maximum;
    bool failed;
};

/* `maximum` is the most bytes it will ever hold. */
void writer_init(struct writer *w, size_t maximum);
void writer_cleanup(struct writer *w);
/* Empties the writer and keeps its memory for the next message. */
void writer_reset(struct writer *w);
/* Empties the writer and frees its memory when that is more than `keep` bytes. Returns how much it was. */
size_t writer_trim(struct writer *w, size_t keep);
/* Returns `size` uninitialised bytes at the end, or NULL and fails. The pointer
 * is good until the next write. */
uint8_t *writer_room(struct writer *w, size_t size);
void writer_bytes(struct writer *w, const void *data, size_t size);
void writer_zeros(struct writer *w, size_t size);
void writer_align(struct writer *w, size_t alignment); /* zero padding */
void writer_u8(struct writer *w, uint8_t v);
void writer_u16(struct writer *w, uint16_t v);
void writer_u32(struct writer *w, uint32_t v);
void writer_u64(struct writer *w, uint64_t v);
/* Overwrites bytes written earlier; an offset outside them is our bug (assert). */
void writer_set_u16(struct writer *w, size_t at, uint16_t v);
void writer_set_u32(struct writer *w, size_t at, uint32_t v);

/* Unaligned little-endian access for fixed layouts. */
static inline uint16_t load_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t load_u32(const uint8_t *p)
{
    return load_u16(p) | (uint32_t)load_u16(p + 2) << 16;
}
static inline void store_u16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}
static inline void store_u32(uint8_t *p, uint32_t v)
{
    store_u16(p, (uint16_t)v);
    store_u16(p + 2, (uint16_t)(v >> 16));
}

#endif
