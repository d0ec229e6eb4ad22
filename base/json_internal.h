/* What the JSON files share; for base/ alone. */
#ifndef BASE_JSON_INTERNAL_H
#define BASE_JSON_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "base/text.h"

/* Nesting of objects and arrays; bounds every recursion over a document. */
#define JSON_DEPTH  64
/* Longest number text: cJSON cuts at 63 characters without a word. */
#define JSON_NUMBER 60

/* One strict walk over JSON text (RFC 8259), which may look for the value at a JSON pointer (RFC 6901). */
struct json_scan {
    const char *text; /* borrowed */
    size_t size;
    size_t at;
    unsigned depth;
    bool found;         /* the value that was looked for begins at `at` */
    bool out_of_memory; /* the walk could not go on */
    char mistake[160];  /* "what; what to do", about the byte at `at`; empty while there is none */
};

void json_scan_init(struct json_scan *s, const char *text, size_t size);
/* Checks the whole text; false with a mistake or out of memory. */
bool json_scan_document(struct json_scan *s);
/* Looks for a value; the text must have passed json_scan_document. */
bool json_scan_find(struct json_scan *s, const char *pointer);
/* The line, from 1, in which the byte at `at` stands. */
int json_scan_line(const char *text, size_t at);

/* Writes "path:line: ..." (without the line if it is 0). */
void json_complain(char complaint[JSON_COMPLAINT], const char *path, int line, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Checks a value against a schema whose well-formedness is known; the schema's `$ref`s are looked up in `root`. */
enum err json_schema_apply(const struct json_document *d, const cJSON *value, const cJSON *schema, const cJSON *root,
                           char complaint[JSON_COMPLAINT]);
/* Checks the schema itself: ERR_UNSUPPORTED with the complaint. */
enum err json_schema_check(const cJSON *schema, char complaint[JSON_COMPLAINT]);
/* The schema that a `$ref` names; NULL when there is none. */
const cJSON *json_schema_resolve(const cJSON *root, const char *reference);

#endif
