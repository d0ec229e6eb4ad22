#include "probe-client/scan_outcome.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

static const struct {
    const char *name;
    size_t at;
    size_t size;
} texts[] = {
#define TEXT(field)                                                                                                    \
    {                                                                                                                  \
#field, offsetof(struct scan_outcome, field), sizeof(((struct scan_outcome *)0)->field)                        \
    }
    TEXT(failed), TEXT(here), TEXT(there), TEXT(server), TEXT(kind), TEXT(runtime), TEXT(mechanism),
#undef TEXT
};

static const struct {
    const char *name;
    size_t at;
} flags[] = {
    { "connected", offsetof(struct scan_outcome, connected) },
    { "ours", offsetof(struct scan_outcome, ours) },
    { "same_host", offsetof(struct scan_outcome, same_host) },
    { "whole", offsetof(struct scan_outcome, whole) },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

cJSON *scan_outcome_to_json(const struct scan_outcome *o)
{
    cJSON *json = cJSON_CreateObject();
    for (size_t i = 0; i < COUNT(texts); i++)
        cJSON_AddStringToObject(json, texts[i].name, (const char *)o + texts[i].at);
    for (size_t i = 0; i < COUNT(flags); i++)
        cJSON_AddBoolToObject(json, flags[i].name, *(const bool *)((const char *)o + flags[i].at));
    cJSON_AddNumberToObject(json, "code", o->code);
    cJSON_AddNumberToObject(json, "sent", o->sent);
    cJSON_AddNumberToObject(json, "callback", o->callback);
    cJSON_AddNumberToObject(json, "measured_ns", (double)o->measured_ns);
    cJSON_AddNumberToObject(json, "own_ns", (double)o->own_ns);
    cJSON_AddNumberToObject(json, "cpu_ns", (double)o->cpu_ns);
    cJSON *classes = cJSON_AddArrayToObject(json, "classes");
    for (unsigned i = 0; classes && i < o->class_count; i++) {
        cJSON *class = scan_figures_to_json(&o->figures[i]);
        cJSON_AddNumberToObject(class, "floor_ns", (double)o->floor_ns[i]);
        cJSON_AddItemToArray(classes, class);
    }
    return json;
}

static bool take_number(const cJSON *json, const char *name, double maximum, double *out)
{
    *out = json_number(json, name, -1);
    return *out >= 0 && *out <= maximum;
}

static bool take_numbers(const cJSON *json, struct scan_outcome *out)
{
    double code, sent, callback, measured, own, cpu;
    if (!take_number(json, "code", UINT32_MAX, &code) || !take_number(json, "sent", UINT8_MAX, &sent) ||
        !take_number(json, "callback", UINT8_MAX, &callback) || !take_number(json, "measured_ns", 1e17, &measured) ||
        !take_number(json, "own_ns", 1e17, &own) || !take_number(json, "cpu_ns", 1e17, &cpu))
        return false;
    out->code = (uint32_t)code;
    out->sent = (uint8_t)sent;
    out->callback = (uint8_t)callback;
    out->measured_ns = (int64_t)measured;
    out->own_ns = (int64_t)own;
    out->cpu_ns = (int64_t)cpu;
    return true;
}

enum err scan_outcome_from_json(const cJSON *json, struct scan_outcome *out)
{
    const cJSON *classes = cJSON_GetObjectItemCaseSensitive(json, "classes"), *figures;
    memset(out, 0, sizeof(*out));
    if (!take_numbers(json, out) || !cJSON_IsArray(classes) || cJSON_GetArraySize(classes) > SCAN_CLASSES_MAXIMUM)
        return ERR_PROTOCOL;
    for (size_t i = 0; i < COUNT(texts); i++)
        snprintf((char *)out + texts[i].at, texts[i].size, "%s", json_string(json, texts[i].name, ""));
    for (size_t i = 0; i < COUNT(flags); i++)
        *(bool *)((char *)out + flags[i].at) = json_bool(json, flags[i].name, 0) != 0;
    cJSON_ArrayForEach(figures, classes)
    {
        enum err e = scan_figures_from_json(figures, &out->figures[out->class_count]);
        double floor_ns;
        if (!e && !take_number(figures, "floor_ns", 1e17, &floor_ns))
            e = ERR_PROTOCOL;
        if (e)
            return e;
        out->floor_ns[out->class_count++] = (int64_t)floor_ns;
    }
    return ERR_OK;
}
