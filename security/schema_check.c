#include "security/schema_check.h"

#include <stdarg.h>
#include <stdio.h>

enum err schema_check(const struct json_document *d, const char *schema_text, char complaint[JSON_COMPLAINT])
{
    cJSON *schema = cJSON_Parse(schema_text);
    if (!schema) {
        snprintf(complaint, JSON_COMPLAINT, "%.300s: out of memory", d->path);
        return ERR_MEMORY;
    }
    enum err e = json_validate(d, schema, complaint);
    cJSON_Delete(schema);
    return e;
}

enum err schema_complain(const struct json_document *d, const char *pointer, char complaint[JSON_COMPLAINT],
                         const char *format, ...)
{
    int at = snprintf(complaint, JSON_COMPLAINT, "%.200s:%d: ", d->path, json_line(d, pointer));
    va_list list;
    va_start(list, format);
    vsnprintf(complaint + at, JSON_COMPLAINT - (size_t)at, format, list);
    va_end(list);
    return ERR_PROTOCOL;
}
