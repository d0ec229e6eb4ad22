#include "probe-server/this_host.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/host_name.h"
#include "base/json.h"
#include "base/text.h"

/* A wrong host.json is complained of by the COM runtime, which cannot do without it. */
static bool load_description(struct json_document *out)
{
    const char *folder = getenv("OPCPROBE_HOST");
    char *path = folder && *folder ? text_format("%s/host.json", folder) : NULL;
    char complaint[JSON_COMPLAINT];
    bool loaded = path && json_load(path, out, complaint) == ERR_OK;
    free(path);
    return loaded;
}

void this_host_name(char out[THIS_HOST_NAME])
{
    struct json_document document;
    out[0] = '\0';
    if (load_description(&document)) {
        snprintf(out, THIS_HOST_NAME, "%s", json_string(document.root, "name", ""));
        json_cleanup(&document);
    }
    if (!out[0])
        host_name(out, THIS_HOST_NAME);
}

size_t this_host_addresses(char out[][SOCKET_ADDRESS_TEXT], size_t maximum)
{
    struct json_document document;
    size_t count = 0;
    if (!load_description(&document))
        return 0;
    const cJSON *address;
    cJSON_ArrayForEach(address, cJSON_GetObjectItemCaseSensitive(
                                    document.root, "addresses")) if (cJSON_IsString(address) && count < maximum)
        snprintf(out[count++], SOCKET_ADDRESS_TEXT, "%s", address->valuestring);
    json_cleanup(&document);
    return count;
}
