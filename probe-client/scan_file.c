#include "probe-client/scan_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

extern const char scan_classes_schema[];

enum kind {
    KIND_OF_JSON,
    KIND_OF_BAT,
    KIND_OF_POINTS
};

static enum kind kind_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot && utf8_equal_ignoring_case(dot, ".json"))
        return KIND_OF_JSON;
    return dot && (utf8_equal_ignoring_case(dot, ".bat") || utf8_equal_ignoring_case(dot, ".cmd")) ? KIND_OF_BAT
                                                                                                   : KIND_OF_POINTS;
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static bool is_valid(const struct json_document *d, char complaint[JSON_COMPLAINT])
{
    struct json_document schema;
    enum err e =
        json_parse("scan-classes.schema.json", scan_classes_schema, strlen(scan_classes_schema), &schema, complaint);
    if (e)
        return false;
    e = json_validate(d, schema.root, complaint);
    json_cleanup(&schema);
    return e == ERR_OK;
}

static bool add_class(const struct json_document *d, const cJSON *json, unsigned index, struct scan_classes *out,
                      char complaint[SCAN_COMPLAINT])
{
    struct scan_class c = { .items = (uint32_t)json_number(json, "items", 0) };
    const char *period = json_string(json, "period", ""), *offset = json_string(json, "offset", "0");
    char pointer[32], where[128];
    snprintf(pointer, sizeof(pointer), "/classes/%u", index);
    snprintf(where, sizeof(where), "%.100s:%d", d->path, json_line(d, pointer));
    if (!scan_time_parse(period, strlen(period), &c.period_ns) ||
        !scan_time_parse(offset, strlen(offset), &c.offset_ns)) {
        snprintf(complaint, SCAN_COMPLAINT, "%s: a time reads 250ms, 0.25, 1s, 2m or 00:00:05", where);
        return false;
    }
    (void)scan_mode_find(json_string(json, "mode", "polled"), &c.mode); /* the schema has judged the name */
    return scan_classes_add(out, &c, where, complaint);
}

static bool take_document(const struct json_document *d, struct scan_classes *out, char complaint[SCAN_COMPLAINT])
{
    char wrong[JSON_COMPLAINT];
    if (!is_valid(d, wrong)) {
        snprintf(complaint, SCAN_COMPLAINT, "%.250s", wrong);
        return false;
    }
    unsigned index = 0;
    const cJSON *json;
    out->advise_items = (uint32_t)json_number(d->root, "advise_items", out->advise_items);
    cJSON_ArrayForEach(json, cJSON_GetObjectItemCaseSensitive(d->root, "classes"))
    {
        if (!add_class(d, json, index++, out, complaint))
            return false;
    }
    return true;
}

bool scan_file_parse_json(const char *path, const char *text, size_t size, struct scan_classes *out,
                          char complaint[SCAN_COMPLAINT])
{
    struct json_document d;
    char wrong[JSON_COMPLAINT];
    if (json_parse(path, text, size, &d, wrong) != ERR_OK) {
        snprintf(complaint, SCAN_COMPLAINT, "%.250s", wrong);
        return false;
    }
    bool taken = take_document(&d, out, complaint);
    json_cleanup(&d);
    return taken;
}

/* ---- all of them --------------------------------------------------------------------------------------------- */

static bool load_one(const char *path, enum kind kind, struct scan_classes *out, struct scan_pi *pi,
                     char complaint[SCAN_COMPLAINT])
{
    void *data;
    size_t size;
    bool taken = false;
    enum err e = file_read(path, SCAN_FILE_MAXIMUM, &data, &size);
    if (e) {
        snprintf(complaint, SCAN_COMPLAINT, "%.180s: %s", path, err_text(e));
        return false;
    }
    if (kind == KIND_OF_JSON)
        taken = scan_file_parse_json(path, data, size, out, complaint);
    else if (kind == KIND_OF_BAT)
        taken = scan_pi_read_bat(pi, path, data, size, complaint);
    else
        taken = scan_pi_read_points(pi, path, data, size, complaint);
    free(data);
    return taken;
}

bool scan_file_load(const char *const *paths, size_t count, struct scan_classes *out, struct scan_pi *pi,
                    char complaint[SCAN_COMPLAINT])
{
    bool is_pi = false;
    scan_pi_init(pi);
    for (enum kind kind = KIND_OF_JSON; kind <= KIND_OF_POINTS; kind++)
        for (size_t i = 0; i < count; i++) {
            if (kind_of(paths[i]) != kind)
                continue;
            is_pi = is_pi || kind != KIND_OF_JSON;
            if (!load_one(paths[i], kind, out, pi, complaint))
                return false;
        }
    return !is_pi || scan_pi_classes(pi, out, complaint);
}
