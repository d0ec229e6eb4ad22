#include "probe-client/this_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/host_name.h"
#include "base/json.h"
#include "base/text.h"
#include "probe-client/bindings.h"

/* A wrong host.json is complained of by the runtime, which needs it; here it counts as none. */
static bool load(struct json_document *out)
{
    const char *folder = getenv("OPCPROBE_HOST");
    char *path = folder && *folder ? text_format("%s/host.json", folder) : NULL;
    char complaint[JSON_COMPLAINT];
    *out = (struct json_document){ 0 };
    bool loaded = path && json_load(path, out, complaint) == ERR_OK;
    free(path);
    return loaded;
}

static const char *own_address(const cJSON *host)
{
    const cJSON *addresses = cJSON_GetObjectItemCaseSensitive(host, "addresses");
    const char *first = cJSON_GetStringValue(cJSON_GetArrayItem(addresses, 0));
    return first ? first : "";
}

void this_host_name(char *out, size_t size)
{
    struct json_document document;
    out[0] = '\0';
    if (load(&document))
        snprintf(out, size, "%s", json_string(document.root, "name", ""));
    json_cleanup(&document);
    if (!out[0])
        host_name(out, size);
}

bool this_host_find(const char *name, char *address, size_t size)
{
    struct json_document document;
    const char *found = NULL;
    const cJSON *entry;
    address[0] = '\0';
    if (load(&document)) {
        if (utf8_equal_ignoring_case(name, json_string(document.root, "name", "")))
            found = own_address(document.root);
        cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(document.root, "names"))
        {
            if (utf8_equal_ignoring_case(name, entry->string))
                found = json_string(entry, "address", NULL);
        }
    }
    if (found)
        snprintf(address, size, "%s", found);
    json_cleanup(&document);
    return address[0] != '\0';
}

/* A socket bound to an address of another family or scope could not connect at all. */
void this_host_source(const char *address, char *out, size_t size)
{
    struct json_document document;
    out[0] = '\0';
    if (load(&document)) {
        const char *own = own_address(document.root);
        bool own_loopback = address_scope(own) == SCOPE_LOOPBACK;
        if (own[0] && !strchr(own, ':') == !strchr(address, ':') &&
            own_loopback == (address_scope(address) == SCOPE_LOOPBACK))
            snprintf(out, size, "%s", own);
    }
    json_cleanup(&document);
}
