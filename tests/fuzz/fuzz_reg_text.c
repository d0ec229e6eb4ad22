/* A host's registry file that probe-server adds its class to and takes it out of again: everything else survives. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probe-server/reg_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const categories[] = { "{63D5F432-CFE4-11D1-B2C8-0060083BA1FB}", NULL };

static const struct class_registration some_class = {
    .name = "some server",
    .clsid = "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}",
    .appid = "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}",
    .progid = "opcprobe.TestServer.1",
    .progid_latest = "opcprobe.TestServer",
    .categories = categories,
};

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
    require(reg_text_unregister(&text, &some_class) == ERR_OK);
    char *others = strdup(text.text);
    require(others && reg_text_register(&text, &some_class, "\"C:\\server.exe\" --items x") == ERR_OK);
    require(strstr(text.text, "LocalServer32") != NULL);
    require(reg_text_encode(&text, &encoded, &encoded_size) == ERR_OK);
    require(reg_text_parse(encoded, encoded_size, &again) == ERR_OK && again.utf16 == text.utf16);
    require(strcmp(again.text, text.text) == 0);
    require(reg_text_unregister(&text, &some_class) == ERR_OK);
    /* Only the end of an unfinished last line may have been added. */
    require(strncmp(text.text, others, strlen(others)) == 0 && strlen(text.text) <= strlen(others) + 2);
    free(others);
    free(encoded);
    reg_text_cleanup(&again);
    reg_text_cleanup(&text);
    return 0;
}
