#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_internal.h"
#include "base/text_internal.h"

#define POINTER_TEXT 256

/* Where in the document a value stands: its name or index below its parent. */
struct place {
    const struct place *parent;
    const char *key; /* NULL: an array's element */
    int index;
    int depth;
};

/* The mistake that will be reported. */
struct mistake {
    char pointer[POINTER_TEXT];
    char what[JSON_COMPLAINT]; /* "what; what to do" */
    int depth;                 /* of the place: the deeper, the more of the document was right */
};

/* One validation. */
struct check {
    const cJSON *root; /* the schema's */
    struct mistake *mistake;
};

/* A keyword judges one value; false with the mistake written. */
typedef bool keyword_judge(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                           const struct place *place);

static bool apply(struct check *c, const cJSON *schema, const cJSON *value, const struct place *place);

/* Writes the JSON pointer of a place; one that is too long ends at an ancestor, which is still right. */
static size_t pointer_text(const struct place *place, char out[POINTER_TEXT])
{
    if (!place->parent) {
        out[0] = '\0';
        return 0;
    }
    size_t used = pointer_text(place->parent, out);
    char name[POINTER_TEXT * 2];
    size_t length = 0;
    if (!place->key) {
        length = (size_t)snprintf(name, sizeof(name), "%d", place->index);
    } else {
        for (const char *k = place->key; *k && length < POINTER_TEXT; k++) {
            if (*k == '~' || *k == '/') {
                name[length++] = '~';
                name[length++] = *k == '~' ? '0' : '1';
            } else {
                name[length++] = *k;
            }
        }
    }
    if (length + 1 >= POINTER_TEXT - used) {
        return used;
    }
    out[used] = '/';
    memcpy(out + used + 1, name, length);
    out[used + 1 + length] = '\0';
    return used + 1 + length;
}

/* How a place is called in a sentence. */
static const char *name_of(const struct place *place, char out[POINTER_TEXT])
{
    return pointer_text(place, out) > 0 ? out : "the document";
}

static bool fails(struct check *c, const struct place *place, const char *format, ...) PRINTF_LIKE(3, 4);

static bool fails(struct check *c, const struct place *place, const char *format, ...)
{
    (void)pointer_text(place, c->mistake->pointer);
    c->mistake->depth = place->depth;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(c->mistake->what, sizeof(c->mistake->what), format, arguments);
    va_end(arguments);
    return false;
}

static const char *type_name(const cJSON *value)
{
    if (cJSON_IsNull(value)) {
        return "null";
    }
    if (cJSON_IsBool(value)) {
        return "boolean";
    }
    if (cJSON_IsNumber(value)) {
        return "number";
    }
    if (cJSON_IsString(value)) {
        return "string";
    }
    return cJSON_IsArray(value) ? "array" : "object";
}

static bool is_whole(double number)
{
    /* Beyond 2^53 every double is whole, and the conversion below would not be defined for the largest. */
    return number > 9007199254740992.0 || number < -9007199254740992.0 || number == (double)(int64_t)number;
}

static bool has_type(const cJSON *value, const char *type)
{
    if (strcmp(type, "integer") == 0) {
        return cJSON_IsNumber(value) && is_whole(value->valuedouble);
    }
    return strcmp(type, type_name(value)) == 0;
}

/* Appends to a list in a sentence; stops quietly where the room ends. */
static void list_add(char *list, size_t size, const char *separator, const char *text)
{
    size_t used = strlen(list);
    if (used + strlen(text) + strlen(separator) + 4 < size) {
        (void)snprintf(list + used, size - used, "%s%s", used ? separator : "", text);
    } else if (used + 4 < size && (used < 3 || strcmp(list + used - 3, "...") != 0)) {
        (void)snprintf(list + used, size - used, "...");
    }
}

static bool judge_type(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                       const struct place *place)
{
    (void)schema;
    char allowed[80] = "";
    if (cJSON_IsString(operand)) {
        if (has_type(value, operand->valuestring)) {
            return true;
        }
        list_add(allowed, sizeof(allowed), "", operand->valuestring);
    }
    const cJSON *type;
    cJSON_ArrayForEach(type, operand)
    {
        if (has_type(value, type->valuestring)) {
            return true;
        }
        list_add(allowed, sizeof(allowed), " or ", type->valuestring);
    }
    char name[POINTER_TEXT];
    const char *is =
        cJSON_IsNumber(value) && !is_whole(value->valuedouble) ? "number with a fraction" : type_name(value);
    return fails(c, place, "%s is of type %s; make it %s", name_of(place, name), is, allowed);
}

static bool judge_properties(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                             const struct place *place)
{
    (void)schema;
    const cJSON *member;
    if (!cJSON_IsObject(value)) {
        return true;
    }
    cJSON_ArrayForEach(member, value)
    {
        const cJSON *expected = cJSON_GetObjectItemCaseSensitive(operand, member->string);
        struct place below = { .parent = place, .key = member->string, .depth = place->depth + 1 };
        if (expected && !apply(c, expected, member, &below)) {
            return false;
        }
    }
    return true;
}

static bool judge_required(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                           const struct place *place)
{
    (void)schema;
    const cJSON *key;
    if (!cJSON_IsObject(value)) {
        return true;
    }
    cJSON_ArrayForEach(key, operand)
    {
        if (!cJSON_GetObjectItemCaseSensitive(value, key->valuestring)) {
            char name[POINTER_TEXT];
            return fails(c, place, "%s lacks the key \"%s\"; add it", name_of(place, name), key->valuestring);
        }
    }
    return true;
}

static bool unknown_key(struct check *c, const cJSON *properties, const char *key, const struct place *place)
{
    char name[POINTER_TEXT];
    char known[160] = "";
    const cJSON *property;
    cJSON_ArrayForEach(property, properties)
    {
        list_add(known, sizeof(known), ", ", property->string);
    }
    return fails(c, place, "%s has the unknown key \"%.60s\"; remove it%s%s", name_of(place->parent, name), key,
                 *known ? " or use one of " : "", known);
}

static bool judge_additional(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                             const struct place *place)
{
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    const cJSON *member;
    if (!cJSON_IsObject(value)) {
        return true;
    }
    cJSON_ArrayForEach(member, value)
    {
        if (cJSON_GetObjectItemCaseSensitive(properties, member->string)) {
            continue;
        }
        struct place below = { .parent = place, .key = member->string, .depth = place->depth + 1 };
        if (cJSON_IsFalse(operand)) {
            return unknown_key(c, properties, member->string, &below);
        }
        if (!apply(c, operand, member, &below)) {
            return false;
        }
    }
    return true;
}

static bool judge_items(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                        const struct place *place)
{
    (void)schema;
    if (!cJSON_IsArray(value)) {
        return true;
    }
    struct place below = { .parent = place, .depth = place->depth + 1 };
    const cJSON *element;
    cJSON_ArrayForEach(element, value)
    {
        if (!apply(c, operand, element, &below)) {
            return false;
        }
        below.index++;
    }
    return true;
}

/* A value as it may stand in a sentence; "..." when memory is short or it is long. */
static void value_text(const cJSON *value, char *out, size_t size)
{
    char *text = cJSON_PrintUnformatted(value);
    (void)snprintf(out, size, "%s", text && strlen(text) < size ? text : "...");
    cJSON_free(text);
}

static bool judge_enum(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                       const struct place *place)
{
    (void)schema;
    char name[POINTER_TEXT];
    char allowed[160] = "";
    char text[60];
    const cJSON *choice;
    cJSON_ArrayForEach(choice, operand)
    {
        if (cJSON_Compare(choice, value, true)) {
            return true;
        }
        value_text(choice, text, sizeof(text));
        list_add(allowed, sizeof(allowed), ", ", text);
    }
    value_text(value, text, sizeof(text));
    return fails(c, place, "%s is %s; write one of %s", name_of(place, name), text, allowed);
}

static bool judge_const(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                        const struct place *place)
{
    (void)schema;
    if (cJSON_Compare(operand, value, true)) {
        return true;
    }
    char name[POINTER_TEXT];
    char is[60];
    char wanted[60];
    value_text(value, is, sizeof(is));
    value_text(operand, wanted, sizeof(wanted));
    return fails(c, place, "%s is %s; write %s", name_of(place, name), is, wanted);
}

/* The measure that a limit is about: the number itself, a string's characters or an array's elements. */
static bool measure(const char *limit, const cJSON *value, double *out)
{
    if (strcmp(limit, "minimum") == 0 || strcmp(limit, "maximum") == 0) {
        *out = cJSON_IsNumber(value) ? value->valuedouble : 0;
        return cJSON_IsNumber(value);
    }
    if (strcmp(limit, "minItems") == 0 || strcmp(limit, "maxItems") == 0) {
        *out = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 0;
        return cJSON_IsArray(value);
    }
    if (!cJSON_IsString(value)) {
        return false;
    }
    const char *at = value->valuestring;
    const char *end = at + strlen(at);
    for (*out = 0; at < end; *out += 1) {
        (void)utf8_next(&at, end);
    }
    return true;
}

static bool judge_limit(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                        const struct place *place)
{
    (void)schema;
    double is;
    if (!measure(operand->string, value, &is)) {
        return true;
    }
    bool least = strncmp(operand->string, "min", 3) == 0;
    double limit = operand->valuedouble;
    if (least ? is >= limit : is <= limit) {
        return true;
    }
    char name[POINTER_TEXT];
    const char *what = cJSON_IsNumber(value) ? "" : cJSON_IsArray(value) ? " elements" : " characters";
    return fails(c, place, "%s %s %.15g%s; make it at %s %.15g", name_of(place, name), *what ? "has" : "is", is, what,
                 least ? "least" : "most", limit);
}

/* Counts the branches that hold; of the others the one that got furthest leaves its mistake. */
static int count_matches(struct check *c, const cJSON *branches, const cJSON *value, const struct place *place)
{
    struct mistake furthest = { .depth = -1 };
    struct mistake *own = c->mistake;
    int matches = 0;
    const cJSON *branch;
    cJSON_ArrayForEach(branch, branches)
    {
        struct mistake mistake = { 0 };
        c->mistake = &mistake;
        if (apply(c, branch, value, place)) {
            matches++;
        } else if (mistake.depth > furthest.depth) {
            furthest = mistake;
        }
    }
    c->mistake = own;
    if (matches == 0) {
        *own = furthest;
    }
    return matches;
}

static bool judge_any_of(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                         const struct place *place)
{
    (void)schema;
    return count_matches(c, operand, value, place) > 0;
}

static bool judge_one_of(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                         const struct place *place)
{
    (void)schema;
    int matches = count_matches(c, operand, value, place);
    if (matches > 1) {
        char name[POINTER_TEXT];
        return fails(c, place, "%s has %d of the allowed forms at once; keep what belongs to one of them",
                     name_of(place, name), matches);
    }
    return matches == 1;
}

static bool judge_ref(struct check *c, const cJSON *operand, const cJSON *schema, const cJSON *value,
                      const struct place *place)
{
    (void)schema;
    return apply(c, json_schema_resolve(c->root, operand->valuestring), value, place);
}

/* Keywords that say something about a document. The first that fails is reported, so types come first. */
static const struct {
    const char *name;
    keyword_judge *judge;
} keywords[] = {
    { "type", judge_type },
    { "$ref", judge_ref },
    { "const", judge_const },
    { "enum", judge_enum },
    { "minimum", judge_limit },
    { "maximum", judge_limit },
    { "minLength", judge_limit },
    { "maxLength", judge_limit },
    { "minItems", judge_limit },
    { "maxItems", judge_limit },
    { "additionalProperties", judge_additional },
    { "required", judge_required },
    { "properties", judge_properties },
    { "items", judge_items },
    { "oneOf", judge_one_of },
    { "anyOf", judge_any_of },
};

static bool apply(struct check *c, const cJSON *schema, const cJSON *value, const struct place *place)
{
    if (cJSON_IsBool(schema)) {
        char name[POINTER_TEXT];
        return cJSON_IsTrue(schema) || fails(c, place, "%s is not allowed; remove it", name_of(place, name));
    }
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        const cJSON *operand = cJSON_GetObjectItemCaseSensitive(schema, keywords[i].name);
        if (operand && !keywords[i].judge(c, operand, schema, value, place)) {
            return false;
        }
    }
    return true;
}

enum err json_schema_apply(const struct json_document *d, const cJSON *value, const cJSON *schema, const cJSON *root,
                           char complaint[JSON_COMPLAINT])
{
    struct mistake mistake = { 0 };
    struct check c = { .root = root, .mistake = &mistake };
    const struct place top = { 0 };
    if (apply(&c, schema, value, &top)) {
        return ERR_OK;
    }
    json_complain(complaint, d->path, json_line(d, mistake.pointer), "%s", mistake.what);
    return ERR_PROTOCOL;
}
