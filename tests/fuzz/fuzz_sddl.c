/* SDDL: what is read is written as a text that reads as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "security/sddl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(const char *text)
{
    struct descriptor d;
    if (sddl_parse(text, NULL, &d))
        abort();
    char *same = sddl_format(&d);
    if (same && strcmp(text, same) != 0)
        abort();
    free(same);
    descriptor_cleanup(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sid machine = { 1, 4, { 0, 0, 0, 0, 0, 5 }, { 21, 1, 2, 3 } };
    struct descriptor d;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    if (sddl_parse(text, &machine, &d) == ERR_OK) {
        char *written = sddl_format(&d);
        if (written)
            read_again(written);
        free(written);
    }
    descriptor_cleanup(&d);
    free(text);
    return 0;
}
