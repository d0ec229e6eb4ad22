#include "base/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_internal.h"
#include "base/secret.h"

void json_complain(char complaint[JSON_COMPLAINT], const char *path, int line, const char *format, ...)
{
    int used = line > 0 ? snprintf(complaint, JSON_COMPLAINT, "%.300s:%d: ", path, line)
                        : snprintf(complaint, JSON_COMPLAINT, "%.300s: ", path);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(complaint + used, JSON_COMPLAINT - (size_t)used, format, arguments);
    va_end(arguments);
}

static enum err no_memory(const char *path, char complaint[JSON_COMPLAINT])
{
    json_complain(complaint, path, 0, "out of memory; free some and try again");
    return ERR_MEMORY;
}

static enum err too_large(const char *path, char complaint[JSON_COMPLAINT])
{
    json_complain(complaint, path, 0, "is larger than %zu bytes; make it smaller", JSON_FILE_MAXIMUM);
    return ERR_LIMIT;
}

enum err json_parse(const char *path, const char *text, size_t size, struct json_document *out,
                    char complaint[JSON_COMPLAINT])
{
    *out = (struct json_document){ 0 };
    complaint[0] = '\0';
    if (size > JSON_FILE_MAXIMUM) {
        return too_large(path, complaint);
    }
    struct json_scan s;
    json_scan_init(&s, text, size);
    size_t start = s.at; /* behind a byte order mark, which cJSON overlooks in the shortest documents */
    if (!json_scan_document(&s)) {
        if (s.out_of_memory) {
            return no_memory(path, complaint);
        }
        json_complain(complaint, path, json_scan_line(text, s.at), "%s", s.mistake);
        return ERR_PROTOCOL;
    }
    struct json_document d = { .path = strdup(path), .text = malloc(size + 1) };
    if (d.text) {
        memcpy(d.text, text, size);
        d.text[size] = '\0';
    }
    /* The scan knows that the text is JSON, so only a lack of memory can stop cJSON. */
    d.root = cJSON_ParseWithLength(text + start, size - start);
    if (!d.path || !d.text || !d.root) {
        json_cleanup(&d);
        return no_memory(path, complaint);
    }
    *out = d;
    return ERR_OK;
}

enum err json_load(const char *path, struct json_document *out, char complaint[JSON_COMPLAINT])
{
    *out = (struct json_document){ 0 };
    complaint[0] = '\0';
    void *text;
    size_t size;
    enum err e = file_read(path, JSON_FILE_MAXIMUM, &text, &size);
    switch (e) {
    case ERR_OK:
        break;
    case ERR_LIMIT:
        return too_large(path, complaint);
    case ERR_MEMORY:
        return no_memory(path, complaint);
    case ERR_NOT_FOUND:
        json_complain(complaint, path, 0, "there is no such file; check the name");
        return e;
    case ERR_ACCESS:
        json_complain(complaint, path, 0, "may not be read; give yourself the right to read it");
        return e;
    default:
        json_complain(complaint, path, 0, "cannot be read (%s); check that it is a file", strerror(errno));
        return e;
    }
    e = json_parse(path, text, size, out, complaint);
    free(text);
    return e;
}

void json_cleanup(struct json_document *d)
{
    free(d->path);
    free(d->text);
    cJSON_Delete(d->root);
    *d = (struct json_document){ 0 };
}

enum err json_validate(const struct json_document *d, const cJSON *schema, char complaint[JSON_COMPLAINT])
{
    complaint[0] = '\0';
    enum err e = json_schema_check(schema, complaint);
    return e ? e : json_schema_apply(d, d->root, schema, schema, complaint);
}

static enum err save(const char *path, const cJSON *root, bool secret)
{
    char *text = cJSON_Print(root);
    if (!text) {
        return ERR_MEMORY;
    }
    /* cJSON ends without a line end, and the text's own end gives the room for one. */
    size_t size = strlen(text);
    text[size] = '\n';
    enum err e = file_replace(path, text, size + 1, secret);
    if (secret) {
        secret_zero(text, size);
    }
    cJSON_free(text);
    return e;
}

enum err json_save(const char *path, const cJSON *root)
{
    return save(path, root, false);
}

enum err json_save_private(const char *path, const cJSON *root)
{
    return save(path, root, true);
}

const char *json_string(const cJSON *object, const char *key, const char *otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : otherwise;
}

double json_number(const cJSON *object, const char *key, double otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

int json_bool(const cJSON *object, const char *key, int otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : otherwise;
}
