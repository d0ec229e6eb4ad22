#include "security/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "security/schema/schema.h"
#include "security/schema_check.h"

/* Windows waits 120 s for a class to register; a probe's user does not. */
#define SERVER_START_TIMEOUT_S 30

static int64_t seconds(const cJSON *root, const char *key, double otherwise)
{
    return (int64_t)(json_number(root, key, otherwise) * 1e9);
}

static bool copy_text(const char *text, char *out, size_t size)
{
    return (size_t)snprintf(out, size, "%s", text) < size;
}

static enum err read_names(const struct json_document *d, struct host *h, char complaint[JSON_COMPLAINT])
{
    const cJSON *names = cJSON_GetObjectItemCaseSensitive(d->root, "names"), *entry;
    int count = cJSON_GetArraySize(names);
    if (count <= 0)
        return ERR_OK;
    if (count > HOST_NAMES)
        return schema_complain(d, "/names", complaint, "more than %d names", HOST_NAMES);
    h->names = calloc((size_t)count, sizeof *h->names);
    if (!h->names)
        return ERR_MEMORY;
    cJSON_ArrayForEach(entry, names)
    {
        struct host_name *n = &h->names[h->name_count++];
        if (!copy_text(entry->string, n->name, sizeof n->name) ||
            !copy_text(json_string(entry, "address", ""), n->address, sizeof n->address))
            return schema_complain(d, "/names", complaint, "name or address of \"%.40s\" is too long", entry->string);
        n->port = (uint16_t)json_number(entry, "port", RESOLVER_PORT);
    }
    return ERR_OK;
}

static enum err read_addresses(const struct json_document *d, struct host *h, char complaint[JSON_COMPLAINT])
{
    const cJSON *addresses = cJSON_GetObjectItemCaseSensitive(d->root, "addresses"), *entry;
    cJSON_ArrayForEach(entry, addresses)
    {
        if (h->address_count == HOST_ADDRESSES)
            return schema_complain(d, "/addresses", complaint, "more than %d addresses", HOST_ADDRESSES);
        if (!copy_text(entry->valuestring, h->addresses[h->address_count++], HOST_ADDRESS))
            return schema_complain(d, "/addresses", complaint, "\"%.40s\" is not an address", entry->valuestring);
    }
    return ERR_OK;
}

static enum err read_ports(const struct json_document *d, struct host *h, char complaint[JSON_COMPLAINT])
{
    const cJSON *range = cJSON_GetObjectItemCaseSensitive(d->root, "dynamic_ports");
    h->resolver_port = (uint16_t)json_number(d->root, "resolver_port", RESOLVER_PORT);
    h->first_port = 49152; /* the dynamic range of Windows since Vista */
    h->last_port = 65535;
    if (!range)
        return ERR_OK;
    h->first_port = (uint16_t)cJSON_GetArrayItem(range, 0)->valuedouble;
    h->last_port = (uint16_t)cJSON_GetArrayItem(range, 1)->valuedouble;
    if (cJSON_GetArraySize(range) != 2 || h->first_port > h->last_port)
        return schema_complain(d, "/dynamic_ports", complaint, "dynamic_ports is [first, last] with first <= last");
    return ERR_OK;
}

static enum err read_identity(const struct json_document *d, struct host *h, char complaint[JSON_COMPLAINT])
{
    const char *name = json_string(d->root, "name", "");
    if (!copy_text(name, h->name, sizeof h->name) ||
        !copy_text(json_string(d->root, "workgroup", "WORKGROUP"), h->workgroup, sizeof h->workgroup))
        return schema_complain(d, "/name", complaint, "name and workgroup have at most %d bytes", HOST_NETBIOS - 1);
    if (!copy_text(json_string(d->root, "dns_name", name), h->dns_name, sizeof h->dns_name) ||
        !copy_text(json_string(d->root, "console_account", ""), h->console_account, sizeof h->console_account))
        return schema_complain(d, "/dns_name", complaint, "dns_name and console_account have at most %d bytes",
                               HOST_NAME - 1);
    /* An account's SID is the machine's and one sub-authority more. */
    const char *sid = json_string(d->root, "machine_sid", "");
    if (!sid_parse(sid, &h->machine_sid) || h->machine_sid.count >= SID_SUBAUTHORITIES)
        return schema_complain(d, "/machine_sid", complaint, "\"%.60s\" is not a machine SID such as S-1-5-21-1-2-3",
                               sid);
    return ERR_OK;
}

static enum err fill(const struct json_document *d, struct host *h, char complaint[JSON_COMPLAINT])
{
    enum err e = schema_check(d, host_schema, complaint);
    if (!e)
        e = read_identity(d, h, complaint);
    if (!e)
        e = read_addresses(d, h, complaint);
    if (!e)
        e = read_ports(d, h, complaint);
    if (!e)
        e = read_names(d, h, complaint);
    if (e)
        return e;
    h->names_only = strcmp(json_string(d->root, "bindings", "all"), "names") == 0;
    /* The schema allows "5." and one digit. */
    const char *version = json_string(d->root, "com_version", NULL);
    h->com_minor_version = version ? (uint16_t)(version[2] - '0') : HOST_COM_MINOR_VERSION;
    h->unauthenticated_resolvers = json_bool(d->root, "unauthenticated_resolvers", 0);
    h->server_start_timeout_ns = seconds(d->root, "server_start_timeout_s", SERVER_START_TIMEOUT_S);
    h->ping_period_ns = seconds(d->root, "ping_period_s", HOST_PING_PERIOD_NS / 1e9);
    return ERR_OK;
}

static enum err from_document(const char *folder, const struct json_document *d, struct host **out,
                              char complaint[JSON_COMPLAINT])
{
    struct host *h = calloc(1, sizeof *h);
    enum err e = h ? ERR_OK : ERR_MEMORY;
    complaint[0] = 0;
    if (h && !copy_text(folder, h->folder, sizeof h->folder))
        e = schema_complain(d, "", complaint, "the host folder's path has at most %d bytes", HOST_PATH - 1);
    if (!e)
        e = fill(d, h, complaint);
    if (!e) {
        *out = h;
        return ERR_OK;
    }
    if (!complaint[0])
        snprintf(complaint, JSON_COMPLAINT, "%.300s: %s", d->path, err_text(e));
    host_destroy(h);
    return e;
}

enum err host_parse(const char *folder, const char *path, const char *text, size_t size, struct host **out,
                    char complaint[JSON_COMPLAINT])
{
    struct json_document d;
    *out = NULL;
    enum err e = json_parse(path, text, size, &d, complaint);
    if (e)
        return e;
    e = from_document(folder, &d, out, complaint);
    json_cleanup(&d);
    return e;
}

enum err host_load(const char *folder, struct host **out, char complaint[JSON_COMPLAINT])
{
    struct json_document d;
    char *path = text_format("%s/host.json", folder);
    *out = NULL;
    if (!path) {
        snprintf(complaint, JSON_COMPLAINT, "out of memory");
        return ERR_MEMORY;
    }
    enum err e = json_load(path, &d, complaint);
    free(path);
    if (e)
        return e;
    char *absolute = realpath(folder, NULL);
    e = from_document(absolute ? absolute : folder, &d, out, complaint);
    free(absolute);
    json_cleanup(&d);
    return e;
}

void host_destroy(struct host *h)
{
    if (!h)
        return;
    free(h->names);
    free(h);
}

/* One number of a dotted address, at most 255; moves `*at` past it. */
static bool take_octet(const char **at, unsigned *out)
{
    size_t digits = strspn(*at, "0123456789");
    *out = 0;
    if (digits < 1 || digits > 3)
        return false;
    for (; digits; digits--)
        *out = *out * 10 + (unsigned)(*(*at)++ - '0');
    return *out < 256;
}

bool host_address_is_loopback(const char *address)
{
    unsigned first, other;
    if (strcmp(address, "::1") == 0)
        return true;
    if (!take_octet(&address, &first) || first != 127)
        return false;
    for (int i = 0; i < 3; i++)
        if (*address++ != '.' || !take_octet(&address, &other))
            return false;
    return *address == 0;
}

static bool has_loopback_address(const struct host *h)
{
    for (size_t i = 0; i < h->address_count; i++)
        if (host_address_is_loopback(h->addresses[i]))
            return true;
    return false;
}

bool host_is_me(const struct host *h, const char *target)
{
    while (*target == '\\')
        target++;
    if (!*target || strcmp(target, ".") == 0 || utf8_equal_ignoring_case(target, "localhost") ||
        utf8_equal_ignoring_case(target, h->name) || utf8_equal_ignoring_case(target, h->dns_name))
        return true;
    for (size_t i = 0; i < h->address_count; i++)
        if (strcmp(target, h->addresses[i]) == 0)
            return true;
    return host_address_is_loopback(target) && !has_loopback_address(h);
}

const struct host_name *host_find_name(const struct host *h, const char *name)
{
    while (*name == '\\')
        name++;
    for (size_t i = 0; i < h->name_count; i++)
        if (utf8_equal_ignoring_case(h->names[i].name, name))
            return &h->names[i];
    return NULL;
}

enum err host_path(const struct host *h, const char *file, char out[HOST_PATH])
{
    return (size_t)snprintf(out, HOST_PATH, "%s/%s", h->folder, file) < HOST_PATH ? ERR_OK : ERR_LIMIT;
}

bool host_has_account(const struct host *h, const char *account, const char **name)
{
    const char *separator = strchr(account, '\\');
    *name = separator ? separator + 1 : account;
    if (!separator)
        return true;
    char domain[HOST_NAME];
    snprintf(domain, sizeof domain, "%.*s", (int)(separator - account), account);
    return strcmp(domain, ".") == 0 || domain[0] == 0 || utf8_equal_ignoring_case(domain, h->name);
}
