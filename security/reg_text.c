#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "security/reg_internal.h"

/* Code page 1252, 0x80..0x9F; the rest of the upper half is Latin-1. */
static const uint16_t ansi_high[32] = { 0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                        0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178 };

/* The bytes one UTF-8 character takes, 0 when it is malformed, cut off, overlong or a surrogate. */
static size_t utf8_character(const uint8_t *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t size = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || left < size)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) ||
        (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return size;
}

static bool is_utf8(const uint8_t *data, size_t size)
{
    while (size) {
        size_t step = utf8_character(data, size);
        if (!step)
            return false;
        data += step;
        size -= step;
    }
    return true;
}

static uint16_t *units_from_utf16le(const uint8_t *data, size_t units)
{
    uint16_t *out = malloc((units + 1) * sizeof *out);
    if (!out)
        return NULL;
    for (size_t i = 0; i < units; i++)
        out[i] = load_u16(data + 2 * i);
    out[units] = 0;
    return out;
}

static uint16_t *units_from_ansi(const uint8_t *data, size_t size)
{
    uint16_t *out = malloc((size + 1) * sizeof *out);
    if (!out)
        return NULL;
    for (size_t i = 0; i < size; i++)
        out[i] = data[i] >= 0x80 && data[i] < 0xA0 ? ansi_high[data[i] - 0x80] : data[i];
    out[size] = 0;
    return out;
}

/* UTF-8 of at most `units` units; a unit becomes at most three bytes. */
static enum err utf8_of_units(const uint16_t *units, size_t count, char **out, size_t *out_size)
{
    char *text = malloc(count * 3 + 1);
    if (!text)
        return ERR_MEMORY;
    *out_size = utf8_from_utf16(units, count, text, count * 3 + 1);
    *out = text;
    return ERR_OK;
}

static enum err copy_utf8(const uint8_t *data, size_t size, char **out, size_t *out_size)
{
    char *text = malloc(size + 1);
    if (!text)
        return ERR_MEMORY;
    memcpy(text, data, size);
    text[size] = 0;
    *out = text;
    *out_size = size;
    return ERR_OK;
}

enum err reg_text_decode(const void *data, size_t size, enum reg_encoding *encoding, char **out, size_t *out_size)
{
    const uint8_t *bytes = data;
    *out = NULL;
    *out_size = 0;
    if (size >= 2 && bytes[0] == 0xFE && bytes[1] == 0xFF)
        return ERR_PROTOCOL;
    if (size >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF) {
        *encoding = REG_UTF8_BOM;
        return is_utf8(bytes + 3, size - 3) ? copy_utf8(bytes + 3, size - 3, out, out_size) : ERR_PROTOCOL;
    }
    bool utf16 = size >= 2 && bytes[0] == 0xFF && bytes[1] == 0xFE;
    if (!utf16 && is_utf8(bytes, size)) {
        *encoding = REG_UTF8;
        return copy_utf8(bytes, size, out, out_size);
    }
    if (utf16 && size % 2 != 0)
        return ERR_PROTOCOL;
    *encoding = utf16 ? REG_UTF16LE : REG_ANSI;
    size_t count = utf16 ? size / 2 - 1 : size;
    uint16_t *units = utf16 ? units_from_utf16le(bytes + 2, count) : units_from_ansi(bytes, count);
    if (!units)
        return ERR_MEMORY;
    enum err e = utf8_of_units(units, count, out, out_size);
    free(units);
    return e;
}

/* Appends one text of the list and its zero; false at the end of the data. */
static bool next_text(const uint16_t *units, size_t count, size_t *at, char *out, size_t *out_size)
{
    if (*at >= count || units[*at] == 0)
        return false;
    size_t end = *at;
    while (end < count && units[end])
        end++;
    *out_size += utf8_from_utf16(units + *at, end - *at, out + *out_size, (end - *at) * 3 + 1);
    out[(*out_size)++] = 0;
    *at = end + 1;
    return true;
}

enum err reg_text_value(const uint8_t *data, size_t size, bool utf16, bool multi, uint8_t **out, size_t *out_size)
{
    size_t count = utf16 ? size / 2 : size;
    uint16_t *units = utf16 ? units_from_utf16le(data, count) : units_from_ansi(data, count);
    char *text =
        units ? malloc(count * 4 + 3) : NULL; /* three bytes a unit, a zero each, the list's own end, one spare */
    *out = NULL;
    *out_size = 0;
    if (!text) {
        free(units);
        return ERR_MEMORY;
    }
    size_t at = 0, used = 0;
    while (next_text(units, count, &at, text, &used) && multi)
        ;
    if (multi || used == 0)
        text[used++] = 0;
    text[used] = 0;
    free(units);
    *out = (uint8_t *)text;
    *out_size = used;
    return ERR_OK;
}
