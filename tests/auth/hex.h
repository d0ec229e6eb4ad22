/* Golden bytes from hexadecimal text. */
#ifndef TESTS_HEX_H
#define TESTS_HEX_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The bytes of hexadecimal text, exactly as large so that the address sanitizer guards their end. */
static inline uint8_t *from_hex(const char *text, size_t *size)
{
    uint8_t *bytes;

    *size = strlen(text) / 2;
    bytes = malloc(*size);
    if (!bytes || !hex_parse(text, bytes, *size))
        abort();
    return bytes;
}

#endif
