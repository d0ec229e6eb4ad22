#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/text_internal.h"

/* What a lead byte announces: how many bytes follow, and the range of the first of them. The narrower ranges rule
 * out overlong forms, surrogates and values beyond U+10FFFF (Unicode, table 3-7). */
struct lead {
    uint8_t first, last;
    uint8_t following;
    uint8_t second_from, second_to;
};

static const struct lead leads[] = {
    { 0xC2, 0xDF, 1, 0x80, 0xBF }, { 0xE0, 0xE0, 2, 0xA0, 0xBF }, { 0xE1, 0xEC, 2, 0x80, 0xBF },
    { 0xED, 0xED, 2, 0x80, 0x9F }, { 0xEE, 0xEF, 2, 0x80, 0xBF }, { 0xF0, 0xF0, 3, 0x90, 0xBF },
    { 0xF1, 0xF3, 3, 0x80, 0xBF }, { 0xF4, 0xF4, 3, 0x80, 0x8F },
};

static const struct lead *lead_of(uint8_t byte)
{
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        if (byte >= leads[i].first && byte <= leads[i].last) {
            return &leads[i];
        }
    }
    return NULL;
}

uint32_t utf8_next(const char **at, const char *end)
{
    uint8_t byte = (uint8_t) * (*at)++;
    if (byte < 0x80) {
        return byte;
    }
    const struct lead *lead = lead_of(byte);
    if (!lead) {
        return UTF_MALFORMED;
    }
    uint32_t value = byte & (0x3Fu >> lead->following);
    for (unsigned i = 0; i < lead->following; i++) {
        uint8_t from = i == 0 ? lead->second_from : 0x80;
        uint8_t to = i == 0 ? lead->second_to : 0xBF;
        if (*at == end || (uint8_t) * *at < from || (uint8_t) * *at > to) {
            return UTF_MALFORMED;
        }
        value = value << 6 | ((uint8_t) * (*at)++ & 0x3F);
    }
    return value;
}

size_t utf8_put(uint32_t character, char out[4])
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        out[0] = (char)(0xC0 | character >> 6);
        out[1] = (char)(0x80 | (character & 0x3F));
        return 2;
    }
    if (character < 0x10000) {
        out[0] = (char)(0xE0 | character >> 12);
        out[1] = (char)(0x80 | (character >> 6 & 0x3F));
        out[2] = (char)(0x80 | (character & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | character >> 18);
    out[1] = (char)(0x80 | (character >> 12 & 0x3F));
    out[2] = (char)(0x80 | (character >> 6 & 0x3F));
    out[3] = (char)(0x80 | (character & 0x3F));
    return 4;
}

bool utf8_valid(const char *s, size_t size)
{
    const char *end = s + size;
    while (s < end) {
        if (utf8_next(&s, end) == UTF_MALFORMED) {
            return false;
        }
    }
    return true;
}

/* Takes one character from UTF-16; an unpaired surrogate gives U+FFFD. */
static uint32_t utf16_next(const uint16_t **at, const uint16_t *end)
{
    uint16_t unit = *(*at)++;
    if (unit < 0xD800 || unit > 0xDFFF) {
        return unit;
    }
    if (unit > 0xDBFF || *at == end || **at < 0xDC00 || **at > 0xDFFF) {
        return UTF_REPLACEMENT;
    }
    uint16_t low = *(*at)++;
    return 0x10000 + ((uint32_t)(unit - 0xD800) << 10 | (uint32_t)(low - 0xDC00));
}

size_t utf16_length(const uint16_t *s)
{
    size_t length = 0;
    while (s[length] != 0) {
        length++;
    }
    return length;
}

size_t utf16_from_utf8(const char *s, uint16_t *out, size_t capacity)
{
    const char *end = s + strlen(s);
    size_t needed = 0;
    size_t written = 0;
    while (s < end) {
        uint32_t character = utf8_next(&s, end);
        if (character == UTF_MALFORMED) {
            character = UTF_REPLACEMENT;
        }
        size_t units = character > 0xFFFF ? 2 : 1;
        /* The cut is final: a later, shorter character must not slip in behind one that was left out. */
        if (written == needed && written + units < capacity) {
            if (units == 1) {
                out[written] = (uint16_t)character;
            } else {
                out[written] = (uint16_t)(0xD800 + ((character - 0x10000) >> 10));
                out[written + 1] = (uint16_t)(0xDC00 + ((character - 0x10000) & 0x3FF));
            }
            written += units;
        }
        needed += units;
    }
    if (capacity > 0) {
        out[written] = 0;
    }
    return needed;
}

size_t utf8_from_utf16(const uint16_t *s, size_t units, char *out, size_t capacity)
{
    const uint16_t *end = s + units;
    size_t needed = 0;
    size_t written = 0;
    while (s < end) {
        char bytes[4];
        size_t size = utf8_put(utf16_next(&s, end), bytes);
        if (written == needed && written + size < capacity) {
            memcpy(out + written, bytes, size);
            written += size;
        }
        needed += size;
    }
    if (capacity > 0) {
        out[written] = '\0';
    }
    return needed;
}

uint16_t *utf16_dup(const char *s)
{
    size_t units = utf16_from_utf8(s, NULL, 0);
    uint16_t *copy = malloc((units + 1) * sizeof(*copy));
    if (copy) {
        (void)utf16_from_utf8(s, copy, units + 1);
    }
    return copy;
}

char *utf8_dup(const uint16_t *s)
{
    size_t units = utf16_length(s);
    size_t size = utf8_from_utf16(s, units, NULL, 0);
    char *copy = malloc(size + 1);
    if (copy) {
        (void)utf8_from_utf16(s, units, copy, size + 1);
    }
    return copy;
}

/* Small letters and how far their capitals lie: every `step`-th unit from `first` to `last`. The letters are those
 * that Windows maps, which leaves out the micro sign, the dotless i, the long s and the title case digraphs. */
struct case_range {
    uint16_t first, last;
    int16_t to_upper;
    uint8_t step;
};

static const struct case_range small_letters[] = {
    { 0x0061, 0x007A, -32, 1 }, { 0x00E0, 0x00F6, -32, 1 }, { 0x00F8, 0x00FE, -32, 1 }, { 0x00FF, 0x00FF, 121, 1 },
    { 0x0101, 0x012F, -1, 2 },  { 0x0133, 0x0137, -1, 2 },  { 0x013A, 0x0148, -1, 2 },  { 0x014B, 0x0177, -1, 2 },
    { 0x017A, 0x017E, -1, 2 },  { 0x0180, 0x0180, 195, 1 }, { 0x0183, 0x0185, -1, 2 },  { 0x0188, 0x0188, -1, 1 },
    { 0x018C, 0x018C, -1, 1 },  { 0x0192, 0x0192, -1, 1 },  { 0x0195, 0x0195, 97, 1 },  { 0x0199, 0x0199, -1, 1 },
    { 0x019A, 0x019A, 163, 1 }, { 0x019E, 0x019E, 130, 1 }, { 0x01A1, 0x01A5, -1, 2 },  { 0x01A8, 0x01A8, -1, 1 },
    { 0x01AD, 0x01AD, -1, 1 },  { 0x01B0, 0x01B0, -1, 1 },  { 0x01B4, 0x01B6, -1, 2 },  { 0x01B9, 0x01B9, -1, 1 },
    { 0x01BD, 0x01BD, -1, 1 },  { 0x01BF, 0x01BF, 56, 1 },  { 0x01C6, 0x01C6, -2, 1 },  { 0x01C9, 0x01C9, -2, 1 },
    { 0x01CC, 0x01CC, -2, 1 },  { 0x01CE, 0x01DC, -1, 2 },  { 0x01DD, 0x01DD, -79, 1 }, { 0x01DF, 0x01EF, -1, 2 },
    { 0x01F3, 0x01F3, -2, 1 },  { 0x01F5, 0x01F5, -1, 1 },  { 0x01F9, 0x021F, -1, 2 },  { 0x0223, 0x0233, -1, 2 },
    { 0x03AC, 0x03AC, -38, 1 }, { 0x03AD, 0x03AF, -37, 1 }, { 0x03B1, 0x03C1, -32, 1 }, { 0x03C2, 0x03C2, -31, 1 },
    { 0x03C3, 0x03CB, -32, 1 }, { 0x03CC, 0x03CC, -64, 1 }, { 0x03CD, 0x03CE, -63, 1 }, { 0x03D9, 0x03EF, -1, 2 },
    { 0x0430, 0x044F, -32, 1 }, { 0x0450, 0x045F, -80, 1 }, { 0x0461, 0x0481, -1, 2 },  { 0x048B, 0x04BF, -1, 2 },
    { 0x04C2, 0x04CE, -1, 2 },  { 0x04D1, 0x04F5, -1, 2 },  { 0x04F9, 0x04F9, -1, 1 },  { 0x0501, 0x050F, -1, 2 },
    { 0x1E01, 0x1E95, -1, 2 },  { 0x1EA1, 0x1EF9, -1, 2 },
};

uint16_t utf16_upper(uint16_t unit)
{
    for (size_t i = 0; i < sizeof(small_letters) / sizeof(small_letters[0]); i++) {
        const struct case_range *range = &small_letters[i];
        if (unit < range->first) {
            break;
        }
        if (unit <= range->last) {
            return (unit - range->first) % range->step == 0 ? (uint16_t)(unit + range->to_upper) : unit;
        }
    }
    return unit;
}

static uint32_t upper(uint32_t character)
{
    return character <= 0xFFFF ? utf16_upper((uint16_t)character) : character;
}

bool utf8_equal_ignoring_case(const char *a, const char *b)
{
    const char *end_a = a + strlen(a);
    const char *end_b = b + strlen(b);
    while (a < end_a && b < end_b) {
        uint32_t next_a = utf8_next(&a, end_a);
        uint32_t next_b = utf8_next(&b, end_b);
        /* Bytes that are no text name nothing, so they equal nothing. */
        if (next_a == UTF_MALFORMED || upper(next_a) != upper(next_b)) {
            return false;
        }
    }
    return a == end_a && b == end_b;
}
