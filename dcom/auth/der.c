#include "dcom/auth/der.h"

#include <string.h>

#define LONG_FORM         0x80
#define LONG_TAG          0x1F /* the tag number goes on in further octets: no token has such a tag */
#define LENGTH_OCTETS_MAX 4

/* Definite lengths only. The long form may be longer than needed: some peers always spend two octets. */
static size_t read_length(struct reader *r)
{
    uint8_t first = reader_u8(r);
    unsigned octets = first & (LONG_FORM - 1);
    size_t length = 0;

    if (!(first & LONG_FORM))
        return first;
    if (octets == 0 || octets > LENGTH_OCTETS_MAX)
        reader_fail(r);
    while (octets-- > 0 && !r->failed)
        length = length << 8 | reader_u8(r);
    return length;
}

bool der_next(struct reader *r, uint8_t *tag, struct der_bytes *contents)
{
    *tag = 0;
    *contents = (struct der_bytes){ NULL, 0 };
    if (reader_left(r) == 0)
        return false;
    *tag = reader_u8(r);
    if ((*tag & LONG_TAG) == LONG_TAG)
        reader_fail(r);
    contents->size = read_length(r);
    contents->data = reader_take(r, contents->size);
    if (r->failed)
        contents->size = 0;
    return !r->failed;
}

struct der_bytes der_take(struct reader *r, uint8_t tag)
{
    struct der_bytes contents;
    uint8_t found;

    if (der_next(r, &found, &contents) && found == tag)
        return contents;
    reader_fail(r);
    return (struct der_bytes){ NULL, 0 };
}

struct der_bytes der_take_last(struct reader *r, uint8_t tag)
{
    struct der_bytes contents = der_take(r, tag);

    if (reader_left(r) > 0)
        reader_fail(r);
    return r->failed ? (struct der_bytes){ NULL, 0 } : contents;
}

bool der_equal(struct der_bytes a, struct der_bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

size_t der_begin(struct writer *w, uint8_t tag)
{
    writer_u8(w, tag);
    return w->size;
}

void der_end(struct writer *w, size_t begun)
{
    uint8_t length[3];
    size_t size, count = 0;

    if (w->failed)
        return;
    size = w->size - begun;
    if (size > DER_LENGTH_MAXIMUM) {
        w->failed = true;
        return;
    }
    if (size > 0xFF)
        length[count++] = LONG_FORM | 2;
    else if (size >= LONG_FORM)
        length[count++] = LONG_FORM | 1;
    if (size > 0xFF)
        length[count++] = (uint8_t)(size >> 8);
    length[count++] = (uint8_t)size;
    if (!writer_room(w, count))
        return;
    memmove(w->data + begun + count, w->data + begun, size);
    memcpy(w->data + begun, length, count);
}

void der_write(struct writer *w, uint8_t tag, struct der_bytes contents)
{
    size_t begun = der_begin(w, tag);

    writer_bytes(w, contents.data, contents.size);
    der_end(w, begun);
}
