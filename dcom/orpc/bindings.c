#include "dcom/orpc/bindings.h"

#include <objbase.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* What stands for the reserved second word of a security binding ([MS-DCOM] 2.2.19.4). */
#define NO_AUTHORIZATION_SERVICE 0xFFFF

/* ---- reading -------------------------------------------------------------------------------- */

void binding_cursor_strings(struct binding_cursor *c, const DUALSTRINGARRAY *array)
{
    *c = (struct binding_cursor){ 0 };
    if (!array)
        return;
    c->units = array->aStringArray;
    c->end = array->wSecurityOffset < array->wNumEntries ? array->wSecurityOffset : array->wNumEntries;
}

void binding_cursor_security(struct binding_cursor *c, const DUALSTRINGARRAY *array)
{
    *c = (struct binding_cursor){ 0 };
    if (!array || array->wSecurityOffset > array->wNumEntries)
        return;
    c->units = array->aStringArray;
    c->at = array->wSecurityOffset;
    c->end = array->wNumEntries;
}

/* Gives the text at the cursor and moves past its zero; false when the array ends before the zero does. */
static bool next_text(struct binding_cursor *c, const uint16_t **text, size_t *length)
{
    size_t begin = c->at;
    while (c->at < c->end && c->units[c->at] != 0)
        c->at++;
    if (c->at == c->end)
        return false;
    *text = c->units + begin;
    *length = c->at - begin;
    c->at++;
    return true;
}

bool binding_next_string(struct binding_cursor *c, struct string_binding *out)
{
    char text[RPC_ADDRESS_TEXT + 16]; /* room for an endpoint behind the longest address */
    const uint16_t *units;
    size_t length;

    *out = (struct string_binding){ 0 };
    if (c->at >= c->end || c->units[c->at] == 0)
        return false;
    uint16_t tower = c->units[c->at++];
    if (!next_text(c, &units, &length)) {
        c->at = c->end;
        return false;
    }
    if (utf8_from_utf16(units, length, text, sizeof text) >= sizeof text)
        text[0] = 0;
    string_binding_parse(tower, text, out);
    return true;
}

bool binding_next_security(struct binding_cursor *c, uint16_t *authentication_service)
{
    const uint16_t *principal;
    size_t length;

    *authentication_service = 0;
    if (c->at >= c->end || c->units[c->at] == 0)
        return false;
    uint16_t service = c->units[c->at++];
    if (c->at >= c->end)
        return false;
    c->at++;
    if (!next_text(c, &principal, &length)) {
        c->at = c->end;
        return false;
    }
    *authentication_service = service;
    return true;
}

enum auth_mechanism bindings_mechanism(const DUALSTRINGARRAY *array)
{
    struct binding_cursor cursor;
    uint16_t service;
    binding_cursor_security(&cursor, array);
    while (binding_next_security(&cursor, &service))
        if (service != AUTH_NONE && auth_find((enum auth_mechanism)service))
            return (enum auth_mechanism)service;
    return AUTH_NONE;
}

/* ---- text of one binding ---------------------------------------------------------------------- */

/* The last "[...]" is the endpoint, unless it is the whole text: an IPv6 address in brackets. */
static bool split_endpoint(char *text, const char **endpoint)
{
    size_t length = strlen(text);
    char *open = strrchr(text, '[');
    *endpoint = NULL;
    if (!open || open == text)
        return true;
    if (text[length - 1] != ']')
        return false;
    text[length - 1] = 0;
    *open = 0;
    *endpoint = open + 1;
    return true;
}

void string_binding_parse(uint16_t tower, const char *text, struct string_binding *out)
{
    char copy[RPC_ADDRESS_TEXT + 16];
    const char *endpoint, *address = copy;
    uint64_t port = 0;

    *out = (struct string_binding){ .tower = tower };
    if ((size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy)
        return;
    if (!split_endpoint(copy, &endpoint))
        return;
    if (endpoint && !text_parse_u64(endpoint, 1, UINT16_MAX, &port))
        return;
    size_t length = strlen(copy);
    if (copy[0] == '[' && length > 1 && copy[length - 1] == ']') {
        copy[length - 1] = 0;
        address = copy + 1;
        length -= 2;
    }
    if (length >= sizeof out->address)
        return;
    memcpy(out->address, address, length + 1);
    out->port = (uint16_t)port;
}

void string_binding_text(const struct string_binding *b, char *out, size_t size)
{
    char protocol[24] = "ncacn_ip_tcp";
    if (b->tower == RPC_LOCAL)
        snprintf(protocol, sizeof protocol, "ncalrpc");
    else if (b->tower != RPC_TCP)
        snprintf(protocol, sizeof protocol, "tower-0x%02x", b->tower);
    if (b->port)
        snprintf(out, size, "%s:%s[%u]", protocol, b->address, b->port);
    else
        snprintf(out, size, "%s:%s", protocol, b->address);
}

bool address_ipv4(const char *text, uint8_t out[4])
{
    memset(out, 0, 4);
    for (int part = 0; part < 4; part++) {
        unsigned value = 0, digits = 0;
        for (; *text >= '0' && *text <= '9' && digits < 4; text++, digits++)
            value = value * 10 + (unsigned)(*text - '0');
        if (digits == 0 || digits > 3 || value > 255)
            return false;
        out[part] = (uint8_t)value;
        if (part < 3 && *text++ != '.')
            return false;
    }
    return *text == 0;
}

bool address_is_numeric(const char *text)
{
    uint8_t ipv4[4];
    if (address_ipv4(text, ipv4))
        return true;
    /* Names have no colon; whether it is a good IPv6 address is for the connecting socket to say. */
    size_t digits = strspn(text, "0123456789abcdefABCDEF:.");
    return strchr(text, ':') && (text[digits] == 0 || text[digits] == '%');
}

/* ---- building --------------------------------------------------------------------------------- */

static void put_text(struct writer *w, const char *text)
{
    uint16_t units[RPC_ADDRESS_TEXT + 16];
    size_t count = utf16_from_utf8(text, units, sizeof units / sizeof *units);
    if (count >= sizeof units / sizeof *units) {
        w->failed = true;
        return;
    }
    for (size_t i = 0; i <= count; i++)
        writer_u16(w, units[i]);
}

static void put_string_binding(struct writer *w, const struct string_binding *b)
{
    char text[RPC_ADDRESS_TEXT + 16];
    if (b->port)
        snprintf(text, sizeof text, "%s[%u]", b->address, b->port);
    else
        snprintf(text, sizeof text, "%s", b->address);
    writer_u16(w, b->tower);
    put_text(w, text);
}

static enum err take_units(struct writer *w, size_t security_offset, DUALSTRINGARRAY **out)
{
    if (w->failed)
        return ERR_LIMIT;
    DUALSTRINGARRAY *array = CoTaskMemAlloc(offsetof(DUALSTRINGARRAY, aStringArray) + w->size);
    if (!array)
        return ERR_MEMORY;
    array->wNumEntries = (USHORT)(w->size / 2);
    array->wSecurityOffset = (USHORT)security_offset;
    memcpy(array->aStringArray, w->data, w->size);
    *out = array;
    return ERR_OK;
}

enum err bindings_build(const struct string_binding *strings, size_t string_count, const uint16_t *services,
                        size_t service_count, DUALSTRINGARRAY **out)
{
    struct writer w;
    *out = NULL;
    writer_init(&w, BINDINGS_UNITS_MAXIMUM * 2);
    for (size_t i = 0; i < string_count; i++)
        put_string_binding(&w, &strings[i]);
    /* An empty list has two zeros ([MS-DCOM] 2.2.19.1: the smallest array has four units), a filled one has one more
     * behind its last text. */
    writer_zeros(&w, string_count ? 2 : 4);
    size_t security_offset = w.size / 2;
    for (size_t i = 0; i < service_count; i++) {
        writer_u16(&w, services[i]);
        writer_u16(&w, NO_AUTHORIZATION_SERVICE);
        writer_u16(&w, 0);
    }
    writer_zeros(&w, service_count ? 2 : 4);
    enum err e = take_units(&w, security_offset, out);
    writer_cleanup(&w);
    return e;
}

DUALSTRINGARRAY *bindings_dup(const DUALSTRINGARRAY *array)
{
    DUALSTRINGARRAY *copy = NULL;
    if (!array)
        return bindings_build(NULL, 0, NULL, 0, &copy) == ERR_OK ? copy : NULL;
    copy = CoTaskMemAlloc(bindings_size(array));
    if (copy)
        memcpy(copy, array, bindings_size(array));
    return copy;
}

bool bindings_equal(const DUALSTRINGARRAY *a, const DUALSTRINGARRAY *b)
{
    return bindings_size(a) == bindings_size(b) && memcmp(a, b, bindings_size(a)) == 0;
}

size_t bindings_size(const DUALSTRINGARRAY *array)
{
    return offsetof(DUALSTRINGARRAY, aStringArray) + 2 * (size_t)array->wNumEntries;
}

void bindings_write(struct writer *w, const DUALSTRINGARRAY *array)
{
    writer_u16(w, array->wNumEntries);
    writer_u16(w, array->wSecurityOffset);
    writer_bytes(w, array->aStringArray, 2 * (size_t)array->wNumEntries);
}

enum err bindings_read(struct reader *r, DUALSTRINGARRAY **out)
{
    *out = NULL;
    uint16_t entries = reader_u16(r);
    uint16_t security_offset = reader_u16(r);
    if (security_offset > entries)
        reader_fail(r);
    const uint8_t *units = reader_take(r, 2 * (size_t)entries);
    if (r->failed)
        return ERR_PROTOCOL;
    if (entries > BINDINGS_UNITS_MAXIMUM)
        return ERR_LIMIT;
    DUALSTRINGARRAY *array = CoTaskMemAlloc(offsetof(DUALSTRINGARRAY, aStringArray) + 2 * (size_t)entries);
    if (!array)
        return ERR_MEMORY;
    array->wNumEntries = entries;
    array->wSecurityOffset = security_offset;
    for (size_t i = 0; i < entries; i++)
        array->aStringArray[i] = load_u16(units + 2 * i);
    *out = array;
    return ERR_OK;
}

/* ---- where to connect ------------------------------------------------------------------------- */

struct target_list {
    struct binding_target *out;
    size_t count, capacity;
};

static void add_target(struct target_list *list, const struct string_binding *b, bool is_name, bool is_dialled)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->out[i].binding.port == b->port && utf8_equal_ignoring_case(list->out[i].binding.address, b->address))
            return;
    if (list->count < list->capacity)
        list->out[list->count++] = (struct binding_target){ *b, is_name, is_dialled };
}

static void add_peer_targets(struct target_list *list, const DUALSTRINGARRAY *array, uint16_t default_port, bool names,
                             uint16_t *first_port)
{
    struct binding_cursor cursor;
    struct string_binding b;
    size_t seen = 0;
    binding_cursor_strings(&cursor, array);
    while (seen < BINDINGS_MAXIMUM && binding_next_string(&cursor, &b)) {
        seen++;
        if (b.tower != RPC_TCP || b.address[0] == 0)
            continue;
        if (b.port == 0)
            b.port = default_port;
        if (b.port == 0)
            continue;
        if (*first_port == 0)
            *first_port = b.port;
        if (names != address_is_numeric(b.address))
            add_target(list, &b, names, false);
    }
}

size_t bindings_targets(const DUALSTRINGARRAY *array, const char *dialled, uint16_t default_port,
                        struct binding_target *out, size_t capacity)
{
    struct target_list list = { out, 0, capacity };
    uint16_t first_port = 0;
    add_peer_targets(&list, array, default_port, false, &first_port);
    add_peer_targets(&list, array, default_port, true, &first_port);
    if (first_port == 0)
        first_port = default_port;
    if (dialled && *dialled && first_port) {
        struct string_binding b = { .tower = RPC_TCP, .port = first_port };
        snprintf(b.address, sizeof b.address, "%s", dialled);
        add_target(&list, &b, !address_is_numeric(dialled), true);
    }
    return list.count;
}
