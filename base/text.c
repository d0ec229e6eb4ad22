#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text_internal.h"

/* Letters for the 16 bytes of a GUID in the order they are printed: the first three fields are numbers, which lie
 * in memory least significant byte first ([MS-DTYP] 2.3.4.1). */
static const uint8_t guid_order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

static bool guid_dash_before(size_t index)
{
    return index == 4 || index == 6 || index == 8 || index == 10;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* Two hexadecimal digits, or -1. Stops at the end of the text. */
static int hex_byte(const char *s)
{
    int high = hex_digit(s[0]);
    int low = high < 0 ? -1 : hex_digit(s[1]);
    return low < 0 ? -1 : high * 16 + low;
}

void guid_text(const void *guid, char out[GUID_TEXT])
{
    static const char digits[] = "0123456789ABCDEF";
    const uint8_t *bytes = guid;
    char *p = out;
    *p++ = '{';
    for (size_t i = 0; i < 16; i++) {
        if (guid_dash_before(i)) {
            *p++ = '-';
        }
        uint8_t byte = bytes[guid_order[i]];
        *p++ = digits[byte >> 4];
        *p++ = digits[byte & 15];
    }
    *p++ = '}';
    *p = '\0';
}

bool guid_parse(const char *text, void *guid)
{
    uint8_t bytes[16];
    bool braces = *text == '{';
    const char *p = text + braces;
    for (size_t i = 0; i < 16; i++) {
        if (guid_dash_before(i) && *p++ != '-') {
            return false;
        }
        int byte = hex_byte(p);
        if (byte < 0) {
            return false;
        }
        bytes[guid_order[i]] = (uint8_t)byte;
        p += 2;
    }
    if (braces && *p++ != '}') {
        return false;
    }
    if (*p != '\0') {
        return false;
    }
    memcpy(guid, bytes, sizeof(bytes));
    return true;
}

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t') {
        s++;
    }
    return s;
}

/* Digits of the given base that end at the end of the text or at blanks before it. */
static bool parse_digits(const char *s, unsigned radix, uint64_t maximum, uint64_t *out)
{
    uint64_t value = 0;
    const char *p = s;
    for (;; p++) {
        int digit = hex_digit(*p);
        if (digit < 0 || (unsigned)digit >= radix) {
            break;
        }
        if (value > (maximum - (unsigned)digit) / radix) {
            return false;
        }
        value = value * radix + (unsigned)digit;
    }
    if (p == s || *skip_blanks(p) != '\0') {
        return false;
    }
    *out = value;
    return true;
}

bool text_parse_code(const char *text, uint32_t *out)
{
    const char *p = skip_blanks(text);
    uint64_t value;
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
        if (!parse_digits(p + 2, 16, UINT32_MAX, &value)) {
            return false;
        }
    } else if (p[0] == '-') {
        if (!parse_digits(p + 1, 10, UINT64_C(1) << 31, &value)) {
            return false;
        }
        value = 0 - value;
    } else if (!parse_digits(p, 10, UINT32_MAX, &value)) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool text_parse_u64(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *out)
{
    uint64_t value;
    if (!isdigit((unsigned char)*text) || !parse_digits(text, 10, UINT64_MAX, &value)) {
        return false;
    }
    if (value < minimum || value > maximum) {
        return false;
    }
    *out = value;
    return true;
}

bool hex_parse(const char *text, void *out, size_t size)
{
    /* Checked whole before the first byte is written: a failure leaves `out` alone. */
    for (size_t i = 0; i < size; i++) {
        if (hex_byte(text + 2 * i) < 0) {
            return false;
        }
    }
    if (text[2 * size] != '\0') {
        return false;
    }
    uint8_t *bytes = out;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)hex_byte(text + 2 * i);
    }
    return true;
}

void hex_format(const void *data, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * size] = '\0';
}

char *text_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return NULL;
    }
    char *text = malloc((size_t)length + 1);
    if (!text) {
        return NULL;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
