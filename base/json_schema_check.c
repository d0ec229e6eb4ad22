#include <string.h>

#include "base/json_internal.h"

/* The schema of schemas: what json_schema.c understands, in its own words. */
static const char schema_of_schemas[] =
    "{\"$ref\":\"#/$defs/schema\",\"$defs\":{"
    "\"schema\":{\"type\":[\"object\",\"boolean\"],\"additionalProperties\":false,\"properties\":{"
    "\"$schema\":{\"type\":\"string\"},\"$id\":{\"type\":\"string\"},\"$comment\":{\"type\":\"string\"},"
    "\"title\":{\"type\":\"string\"},\"description\":{\"type\":\"string\"},"
    "\"default\":true,\"examples\":{\"type\":\"array\"},"
    "\"$ref\":{\"type\":\"string\"},\"$defs\":{\"$ref\":\"#/$defs/map\"},"
    "\"type\":{\"anyOf\":[{\"$ref\":\"#/$defs/type\"},"
    "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/type\"},\"minItems\":1}]},"
    "\"properties\":{\"$ref\":\"#/$defs/map\"},"
    "\"required\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"additionalProperties\":{\"$ref\":\"#/$defs/schema\"},\"items\":{\"$ref\":\"#/$defs/schema\"},"
    "\"enum\":{\"type\":\"array\",\"minItems\":1},\"const\":true,"
    "\"minimum\":{\"type\":\"number\"},\"maximum\":{\"type\":\"number\"},"
    "\"minItems\":{\"$ref\":\"#/$defs/count\"},\"maxItems\":{\"$ref\":\"#/$defs/count\"},"
    "\"minLength\":{\"$ref\":\"#/$defs/count\"},\"maxLength\":{\"$ref\":\"#/$defs/count\"},"
    "\"oneOf\":{\"$ref\":\"#/$defs/list\"},\"anyOf\":{\"$ref\":\"#/$defs/list\"}}},"
    "\"map\":{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/schema\"}},"
    "\"list\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/schema\"},\"minItems\":1},"
    "\"count\":{\"type\":\"integer\",\"minimum\":0},"
    "\"type\":{\"enum\":[\"null\",\"boolean\",\"object\",\"array\",\"number\",\"integer\",\"string\"]}}}";

const cJSON *json_schema_resolve(const cJSON *root, const char *reference)
{
    static const char definitions[] = "#/$defs/";
    if (strcmp(reference, "#") == 0) {
        return root;
    }
    if (strncmp(reference, definitions, sizeof(definitions) - 1) != 0) {
        return NULL;
    }
    const cJSON *defs = cJSON_GetObjectItemCaseSensitive(root, "$defs");
    return cJSON_GetObjectItemCaseSensitive(defs, reference + sizeof(definitions) - 1);
}

/* The schemas on the way to one that is checked, without a step down in the document. */
struct way {
    const struct way *before;
    const cJSON *schema;
};

static bool is_on_way(const struct way *way, const cJSON *schema)
{
    for (; way; way = way->before) {
        if (way->schema == schema) {
            return true;
        }
    }
    return false;
}

/* Whether applying the schema to one value would apply it to the same value again, for ever. */
static bool goes_round(const cJSON *root, const cJSON *schema, const struct way *before)
{
    if (is_on_way(before, schema)) {
        return true;
    }
    struct way way = { before, schema };
    const cJSON *reference = cJSON_GetObjectItemCaseSensitive(schema, "$ref");
    const cJSON *target = reference ? json_schema_resolve(root, reference->valuestring) : NULL;
    if (target && goes_round(root, target, &way)) {
        return true;
    }
    static const char *const lists[] = { "oneOf", "anyOf" };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const cJSON *branch;
        cJSON_ArrayForEach(branch, cJSON_GetObjectItemCaseSensitive(schema, lists[i]))
        {
            if (goes_round(root, branch, &way)) {
                return true;
            }
        }
    }
    return false;
}

static enum err check_references(const cJSON *root, const cJSON *schema, char complaint[JSON_COMPLAINT]);

/* The members of an object of schemas, or the elements of an array of them. */
static enum err check_each(const cJSON *root, const cJSON *schemas, char complaint[JSON_COMPLAINT])
{
    const cJSON *schema;
    cJSON_ArrayForEach(schema, schemas)
    {
        enum err e = check_references(root, schema, complaint);
        if (e) {
            return e;
        }
    }
    return ERR_OK;
}

/* Each `$ref` must lead somewhere, and not back to itself. */
static enum err check_references(const cJSON *root, const cJSON *schema, char complaint[JSON_COMPLAINT])
{
    const cJSON *reference = cJSON_GetObjectItemCaseSensitive(schema, "$ref");
    if (reference && !json_schema_resolve(root, reference->valuestring)) {
        json_complain(complaint, "schema", 0, "$ref \"%.100s\" leads nowhere; define it under $defs",
                      reference->valuestring);
        return ERR_UNSUPPORTED;
    }
    if (goes_round(root, schema, NULL)) {
        json_complain(complaint, "schema", 0, "$ref \"%.100s\" goes round in a circle; break it",
                      reference ? reference->valuestring : "#");
        return ERR_UNSUPPORTED;
    }
    static const char *const nested[] = { "$defs", "properties", "oneOf", "anyOf" };
    for (size_t i = 0; i < sizeof(nested) / sizeof(nested[0]); i++) {
        enum err e = check_each(root, cJSON_GetObjectItemCaseSensitive(schema, nested[i]), complaint);
        if (e) {
            return e;
        }
    }
    static const char *const single[] = { "additionalProperties", "items" };
    for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
        const cJSON *below = cJSON_GetObjectItemCaseSensitive(schema, single[i]);
        enum err e = below ? check_references(root, below, complaint) : ERR_OK;
        if (e) {
            return e;
        }
    }
    return ERR_OK;
}

enum err json_schema_check(const cJSON *schema, char complaint[JSON_COMPLAINT])
{
    struct json_document known;
    enum err e = json_parse("schema", schema_of_schemas, sizeof(schema_of_schemas) - 1, &known, complaint);
    if (e) {
        return e;
    }
    /* The tree of a schema comes without its text, so its mistakes are named by pointer alone. */
    const struct json_document nameless = { .path = known.path };
    e = json_schema_apply(&nameless, schema, known.root, known.root, complaint);
    json_cleanup(&known);
    if (e) {
        return e == ERR_PROTOCOL ? ERR_UNSUPPORTED : e;
    }
    return check_references(schema, schema, complaint);
}
