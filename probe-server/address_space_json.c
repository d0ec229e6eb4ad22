/* From the items file to items: the schema has judged the form, here is judged what a schema cannot say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "opcda/identity.h"
#include "opcda/opc_error.h"
#include "opcda/quality.h"
#include "opcda/text.h"
#include "probe-server/address_space_internal.h"
#include "probe-server/value.h"

extern const char items_schema[];
extern const char default_items[];

#define DEFAULT_PERIOD_MS 1000
#define DEFAULT_LOW       0.0
#define DEFAULT_HIGH      1.0

/* One loading: where complaints go and which item they are about. */
struct loading {
    const struct json_document *document;
    struct address_space *space;
    int index; /* of the entry in "items" */
    char *complaint;
};

static enum err complain(struct loading *l, const char *key, const char *what)
{
    char pointer[64];
    snprintf(pointer, sizeof(pointer), key ? "/items/%d/%s" : "/items/%d", l->index, key);
    int line = json_line(l->document, pointer);
    snprintf(l->complaint, JSON_COMPLAINT, "%.300s:%d: %s", l->document->path, line, what);
    return ERR_PROTOCOL;
}

static VARTYPE type_of(const char *name)
{
    static const struct {
        const char *name;
        VARTYPE type;
    } types[] = {
        { "i1", VT_I1 },   { "ui1", VT_UI1 },   { "i2", VT_I2 },     { "ui2", VT_UI2 },     { "i4", VT_I4 },
        { "ui4", VT_UI4 }, { "i8", VT_I8 },     { "ui8", VT_UI8 },   { "r4", VT_R4 },       { "r8", VT_R8 },
        { "cy", VT_CY },   { "date", VT_DATE }, { "bool", VT_BOOL }, { "string", VT_BSTR },
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    return VT_EMPTY;
}

static DWORD access_of(const char *name)
{
    if (strcmp(name, "write") == 0)
        return OPC_WRITEABLE;
    return strcmp(name, "read-write") == 0 ? OPC_READABLE | OPC_WRITEABLE : OPC_READABLE;
}

static enum err load_eu(struct loading *l, const cJSON *eu, struct space_item *item)
{
    if (!eu)
        return ERR_OK;
    const cJSON *names = cJSON_GetObjectItemCaseSensitive(eu, "names");
    if (!names) {
        item->eu_type = OPC_ANALOG;
        item->eu_low = json_number(eu, "low", 0);
        item->eu_high = json_number(eu, "high", 0);
        return item->eu_low < item->eu_high ? ERR_OK : complain(l, "eu", "low is not below high; swap them");
    }
    item->eu_type = OPC_ENUMERATED;
    item->eu_names = calloc((size_t)cJSON_GetArraySize(names) + 1, sizeof(char *));
    if (!item->eu_names)
        return ERR_MEMORY;
    size_t count = 0;
    const cJSON *name;
    cJSON_ArrayForEach(name, names)
    {
        item->eu_names[count] = strdup(name->valuestring);
        if (!item->eu_names[count++])
            return ERR_MEMORY;
    }
    return ERR_OK;
}

/* The first value of a stored item: what the file says, converted to the item's type; else zero of that type. */
static enum err load_stored(struct loading *l, const cJSON *value, struct space_item *item)
{
    VARIANT given;
    VariantInit(&given);
    if (cJSON_IsString(value)) {
        V_VT(&given) = VT_BSTR;
        V_BSTR(&given) = bstr_from_utf8(value->valuestring);
        if (!V_BSTR(&given))
            return ERR_MEMORY;
    } else if (cJSON_IsBool(value)) {
        V_VT(&given) = VT_BOOL;
        V_BOOL(&given) = cJSON_IsTrue(value) ? VARIANT_TRUE : VARIANT_FALSE;
    } else {
        V_VT(&given) = VT_R8;
        V_R8(&given) = cJSON_IsNumber(value) ? value->valuedouble : 0;
    }
    HRESULT hr = value_convert(&given, item->type, 0, &item->stored);
    VariantClear(&given);
    if (hr == E_OUTOFMEMORY)
        return ERR_MEMORY;
    return SUCCEEDED(hr) ? ERR_OK : complain(l, "generator", "value does not fit the item's type; change one of them");
}

static enum err load_generator(struct loading *l, const cJSON *generator, struct space_item *item)
{
    struct generator *g = &item->generator;
    generator_find(json_string(generator, "kind", "constant"), &g->kind);
    g->low = json_number(generator, "low", DEFAULT_LOW);
    g->high = json_number(generator, "high", DEFAULT_HIGH);
    g->period_ns = (int64_t)json_number(generator, "period_ms", DEFAULT_PERIOD_MS) * NS_PER_MS;
    if (g->low > g->high)
        return complain(l, "generator", "low is above high; swap them");
    bool stored = g->kind == GENERATOR_CONSTANT || g->kind == GENERATOR_STORE;
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(generator, "value");
    if (!stored && value)
        return complain(l, "generator", "value belongs to constant and store only; remove it");
    if (stored && item->length)
        return complain(l, "generator",
                        "an array needs a generator of numbers (ramp, random, square, sine); choose one");
    if ((item->access & OPC_WRITEABLE) && g->kind != GENERATOR_STORE)
        return complain(l, "access", "only an item of generator store can be written; change access or generator");
    return stored ? load_stored(l, value, item) : ERR_OK;
}

static enum err load_fields(struct loading *l, const cJSON *entry, struct space_item *item)
{
    item->length = (uint32_t)json_number(entry, "length", 0);
    item->access = access_of(json_string(entry, "access", "read"));
    if (!quality_find(json_string(entry, "quality", "good"), &item->quality))
        return complain(l, "quality", "no such quality; use good, bad, uncertain, not connected, out of service ...");
    enum err e = load_generator(l, cJSON_GetObjectItemCaseSensitive(entry, "generator"), item);
    if (e)
        return e;
    if (item->length)
        item->type |= VT_ARRAY;
    return load_eu(l, cJSON_GetObjectItemCaseSensitive(entry, "eu"), item);
}

/* The item's name: a run of # gives way to the number, with leading zeros to the run's length. */
static char *numbered(const char *pattern, unsigned number)
{
    const char *run = strchr(pattern, '#');
    if (!run)
        return strdup(pattern);
    size_t width = strspn(run, "#");
    return text_format("%.*s%0*u%s", (int)(run - pattern), pattern, (int)width, number, run + width);
}

static enum err name_item(struct loading *l, const char *pattern, unsigned number, struct space_item *item)
{
    char *name = numbered(pattern, number);
    item->id = name ? (WCHAR *)utf16_dup(name) : NULL;
    free(name);
    if (!item->id)
        return ERR_MEMORY;
    if (wide_length(item->id) > SPACE_ID_MAXIMUM)
        return complain(l, "id", "the name is longer than 512 characters; shorten it");
    enum err e = address_space_add(l->space, item);
    if (e == ERR_IN_USE)
        return complain(l, "id",
                        "this name is given twice; items need names of their own (with count, a # in the name)");
    if (e == ERR_LIMIT)
        return complain(l, "id", "more than a million items; make fewer");
    return e;
}

static enum err load_item(struct loading *l, const cJSON *entry, unsigned number)
{
    struct space_item *item = space_item_create(type_of(json_string(entry, "type", "")));
    if (!item)
        return ERR_MEMORY;
    item->generator.seed = (uint32_t)address_space_count(l->space);
    enum err e = load_fields(l, entry, item);
    if (!e)
        e = name_item(l, json_string(entry, "id", ""), number, item);
    if (e)
        space_item_destroy(item);
    return e;
}

static enum err load_items(struct loading *l)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(l->document->root, "items"))
    {
        const char *id = json_string(entry, "id", "");
        if (strncmp(id, OPCPROBE_RESERVED_PREFIX, strlen(OPCPROBE_RESERVED_PREFIX)) == 0)
            return complain(l, "id", "names that begin with opcprobe. are reserved; choose another");
        unsigned count = (unsigned)json_number(entry, "count", 1);
        for (unsigned number = 1; number <= count; number++) {
            enum err e = load_item(l, entry, number);
            if (e)
                return e;
        }
        l->index++;
    }
    return ERR_OK;
}

static enum err check_form(const struct json_document *document, char complaint[JSON_COMPLAINT])
{
    struct json_document schema;
    enum err e = json_parse("items.schema.json", items_schema, strlen(items_schema), &schema, complaint);
    if (e)
        return e;
    e = json_validate(document, schema.root, complaint);
    json_cleanup(&schema);
    return e;
}

static enum err from_document(const struct json_document *document, struct address_space **out,
                              char complaint[JSON_COMPLAINT])
{
    *out = NULL;
    enum err e = check_form(document, complaint);
    if (e)
        return e;
    struct loading l = { .document = document, .space = address_space_create(), .complaint = complaint };
    e = l.space ? load_items(&l) : ERR_MEMORY;
    if (!e)
        e = address_space_add_reserved(l.space);
    if (e == ERR_MEMORY)
        snprintf(complaint, JSON_COMPLAINT, "%.300s: out of memory; free some and try again", document->path);
    if (e) {
        address_space_destroy(l.space);
        return e;
    }
    *out = l.space;
    return ERR_OK;
}

enum err address_space_parse(const char *path, const char *text, size_t size, struct address_space **out,
                             char complaint[JSON_COMPLAINT])
{
    struct json_document document;
    *out = NULL;
    enum err e = json_parse(path, text, size, &document, complaint);
    if (e)
        return e;
    e = from_document(&document, out, complaint);
    json_cleanup(&document);
    return e;
}

enum err address_space_load(const char *path, struct address_space **out, char complaint[JSON_COMPLAINT])
{
    if (!path)
        return address_space_parse("built-in items", default_items, strlen(default_items), out, complaint);
    struct json_document document;
    *out = NULL;
    enum err e = json_load(path, &document, complaint);
    if (e)
        return e;
    e = from_document(&document, out, complaint);
    json_cleanup(&document);
    return e;
}
