/* Checks a loaded document against one of the embedded schemas. */
#ifndef SECURITY_SCHEMA_CHECK_H
#define SECURITY_SCHEMA_CHECK_H

#include "base/json.h"

/* json_validate with the schema's text. */
MUST_USE enum err schema_check(const struct json_document *d, const char *schema_text, char complaint[JSON_COMPLAINT]);
/* "file:line: " and the formatted text, for what a schema cannot say; returns ERR_PROTOCOL. */
enum err schema_complain(const struct json_document *d, const char *pointer, char complaint[JSON_COMPLAINT],
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
