/* String and security bindings: walked to their end, never past it; every target has an address and a port. */
#include <objbase.h>
#include <stdint.h>
#include <stdlib.h>

#include "dcom/orpc/bindings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const DUALSTRINGARRAY *array)
{
    struct binding_cursor cursor;
    struct string_binding b;
    uint16_t service;
    char text[RPC_ADDRESS_TEXT + 64];
    binding_cursor_strings(&cursor, array);
    while (binding_next_string(&cursor, &b)) {
        string_binding_text(&b, text, sizeof text);
        (void)address_is_numeric(b.address);
    }
    binding_cursor_security(&cursor, array);
    while (binding_next_security(&cursor, &service))
        if (service == 0)
            abort(); /* the end of the list is not an element */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct binding_target targets[BINDINGS_MAXIMUM + 1];
    DUALSTRINGARRAY *array;
    struct reader r;
    reader_init(&r, data, size);
    if (bindings_read(&r, &array))
        return 0;
    walk(array);
    size_t count = bindings_targets(array, "10.1.0.2", 135, targets, BINDINGS_MAXIMUM + 1);
    for (size_t i = 0; i < count; i++)
        if (targets[i].binding.address[0] == 0 || targets[i].binding.port == 0)
            abort(); /* nothing to connect to */
    CoTaskMemFree(array);
    return 0;
}
