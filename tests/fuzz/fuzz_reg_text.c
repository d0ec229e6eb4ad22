/* A host's registry file that probe-server adds its class to and takes it out of again: everything else survives. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probe-server/reg_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reg_text text, again;
    void *encoded;
    size_t encoded_size;
    if (reg_text_parse(data, size, &text))
        return 0;
    require(reg_text_unregister(&text) == ERR_OK);
    char *others = strdup(text.text);
    require(others && reg_text_register(&text, "\"C:\\server.exe\" --items x") == ERR_OK);
    require(strstr(text.text, "LocalServer32") != NULL);
    require(reg_text_encode(&text, &encoded, &encoded_size) == ERR_OK);
    require(reg_text_parse(encoded, encoded_size, &again) == ERR_OK && again.utf16 == text.utf16);
    require(strcmp(again.text, text.text) == 0);
    require(reg_text_unregister(&text) == ERR_OK);
    /* Only the end of an unfinished last line may have been added. */
    require(strncmp(text.text, others, strlen(others)) == 0 && strlen(text.text) <= strlen(others) + 2);
    free(others);
    free(encoded);
    reg_text_cleanup(&again);
    reg_text_cleanup(&text);
    return 0;
}
