/* JSON files for people: cJSON, plus where in the file a mistake stands.
 *
 * Documents are cJSON trees (owned by the caller, cJSON_Delete). A document read
 * here keeps its text beside it, so that a complaint can name file and line. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "base/err.h"

#define JSON_FILE_MAXIMUM ((size_t)16 << 20)
#define JSON_COMPLAINT    512

struct json_document {
    char *path;  /* owned */
    char *text;  /* owned */
    cJSON *root; /* owned */
};

/* ERR_NOT_FOUND, ERR_ACCESS, ERR_LIMIT or ERR_PROTOCOL (not JSON, nested over 64 deep, or an
 * object names a key twice); `complaint` then reads "file:line: what; what to do". `text` needs
 * no end. */
MUST_USE enum err json_load(const char *path, struct json_document *out, char complaint[JSON_COMPLAINT]);
MUST_USE enum err json_parse(const char *path, const char *text, size_t size, struct json_document *out,
                             char complaint[JSON_COMPLAINT]);
void json_cleanup(struct json_document *d);
/* Line (from 1) where the value at a JSON pointer ("/hosts/0/name") begins; 0 if there is none. */
int json_line(const struct json_document *d, const char *pointer);

/* Checks the document against a JSON Schema (draft 2020-12, these keywords: type, properties,
 * required, additionalProperties, items, enum, const, minimum, maximum, minItems, maxItems,
 * minLength, maxLength, oneOf, anyOf, $ref to "#" or "#/$defs/NAME"; $schema, $id, $defs, $comment,
 * title, description, default and examples say nothing about a document). A keyword outside
 * that part is a mistake of the schema: ERR_UNSUPPORTED. ERR_PROTOCOL with the complaint of
 * the document's first mistake, with file and line. */
MUST_USE enum err json_validate(const struct json_document *d, const cJSON *schema, char complaint[JSON_COMPLAINT]);

/* Writes the tree, formatted, to a new file that replaces the old one whole (base/file.h). What
 * json_save_private writes can be read by its owner alone. */
MUST_USE enum err json_save(const char *path, const cJSON *root);
MUST_USE enum err json_save_private(const char *path, const cJSON *root);

/* Lookups that give a default instead of failing; strings are borrowed. */
const char *json_string(const cJSON *object, const char *key, const char *otherwise);
double json_number(const cJSON *object, const char *key, double otherwise);
int json_bool(const cJSON *object, const char *key, int otherwise);

#endif
