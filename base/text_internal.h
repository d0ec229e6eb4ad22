/* UTF-8 one character at a time; for base/ alone. */
#ifndef BASE_TEXT_INTERNAL_H
#define BASE_TEXT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF_REPLACEMENT UINT32_C(0xFFFD)
#define UTF_MALFORMED   UINT32_MAX /* no character: the bytes are not UTF-8 */

/* Takes one character from the front and moves past it. A malformed sequence gives UTF_MALFORMED and moves past
 * its longest part that could have begun a character, at least one byte (Unicode 3.9, "maximal subpart").
 * Call it only with something left. */
uint32_t utf8_next(const char **at, const char *end);
/* Writes a character as UTF-8; returns the number of bytes, at most 4. */
size_t utf8_put(uint32_t character, char out[4]);
/* Whether all the bytes are well-formed UTF-8. */
bool utf8_valid(const char *s, size_t size);

#endif
