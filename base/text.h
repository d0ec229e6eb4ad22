/* Text at the seams: UTF-8 inside, UTF-16 on the wire, GUIDs and numbers as text. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h> /* for the name of the format below */

/* Lets the compiler check the arguments of a function with a format. mingw-w64 has two dialects
 * of formats and says which is in use. */
#ifdef __MINGW_PRINTF_FORMAT
#define PRINTF_LIKE(format_at, first_argument) __attribute__((format(__MINGW_PRINTF_FORMAT, format_at, first_argument)))
#else
#define PRINTF_LIKE(format_at, first_argument) __attribute__((format(printf, format_at, first_argument)))
#endif

#define GUID_TEXT 39 /* "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}" and its end */

/* Formats the 16 bytes of a GUID as it lies in memory. */
void guid_text(const void *guid, char out[GUID_TEXT]);
/* Accepts the text with or without braces, any case; nothing may follow. */
bool guid_parse(const char *text, void *guid);

/* Number of UTF-16 units before the terminating zero. */
size_t utf16_length(const uint16_t *s);
/* Converts; `out` holds `capacity` units with the zero. Unpaired surrogates and bad
 * bytes become U+FFFD. Returns the units (bytes) needed without the zero; the
 * result is cut at a whole character when that does not fit. */
size_t utf16_from_utf8(const char *s, uint16_t *out, size_t capacity);
size_t utf8_from_utf16(const uint16_t *s, size_t units, char *out, size_t capacity);
/* Heap copies; NULL when memory is short. The caller frees. */
uint16_t *utf16_dup(const char *s);
char *utf8_dup(const uint16_t *s);
/* Simple upper case as Windows maps names (Latin, Greek, Cyrillic; others unchanged). */
uint16_t utf16_upper(uint16_t unit);
bool utf8_equal_ignoring_case(const char *a, const char *b);

/* Decimal, negative decimal or 0x hexadecimal, as people paste error codes. */
bool text_parse_code(const char *text, uint32_t *out);
bool text_parse_u64(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *out);
bool hex_parse(const char *text, void *out, size_t size);  /* exactly 2*size digits */
void hex_format(const void *data, size_t size, char *out); /* 2*size+1 bytes */
/* asprintf that never returns a half: NULL when memory is short. */
char *text_format(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
