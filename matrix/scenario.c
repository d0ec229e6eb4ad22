#include "matrix/scenario.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "matrix/scenario_check.h"

const cJSON *scenario_host(const struct scenario *s, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(s->document.root, "hosts"), key);
}

const cJSON *scenario_steps(const struct scenario *s)
{
    return cJSON_GetObjectItemCaseSensitive(s->document.root, "steps");
}

bool scenario_step_applies(const cJSON *step, enum level level)
{
    const cJSON *levels = cJSON_GetObjectItemCaseSensitive(step, "levels");
    if (!levels)
        return true;
    const cJSON *word;
    cJSON_ArrayForEach(word, levels)
    {
        if (strcmp(cJSON_GetStringValue(word), level_name(level)) == 0)
            return true;
    }
    return false;
}

static bool change_needs_router(const cJSON *change)
{
    static const char *const keys[] = { "faults", "nat", "names" };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(change, keys[i])) > 0)
            return true;
    }
    return false;
}

bool scenario_needs_router(const struct scenario *s, enum level level)
{
    if (change_needs_router(s->document.root))
        return true;
    const cJSON *step, *change;
    cJSON_ArrayForEach(step, scenario_steps(s))
    {
        if (!scenario_step_applies(step, level))
            continue;
        if (change_needs_router(step))
            return true;
        cJSON_ArrayForEach(change, cJSON_GetObjectItemCaseSensitive(step, "meanwhile"))
        {
            if (change_needs_router(change))
                return true;
        }
    }
    return false;
}

static void read_levels(struct scenario *s)
{
    const cJSON *word;
    enum level level;
    cJSON_ArrayForEach(word, cJSON_GetObjectItemCaseSensitive(s->document.root, "levels"))
    {
        if (level_parse(cJSON_GetStringValue(word), &level))
            s->levels[level] = true;
    }
    const cJSON *reason;
    cJSON_ArrayForEach(reason, cJSON_GetObjectItemCaseSensitive(s->document.root, "unsupported"))
    {
        if (level_parse(reason->string, &level))
            s->unsupported[level] = cJSON_GetStringValue(reason);
    }
}

enum err scenario_from_document(struct json_document *document, const cJSON *schema, struct scenario *out,
                                char complaint[JSON_COMPLAINT])
{
    *out = (struct scenario){ 0 };
    enum err e = json_validate(document, schema, complaint);
    if (e)
        return e;
    struct scenario s = { .document = *document };
    s.name = json_string(document->root, "name", "");
    s.title = json_string(document->root, "title", "");
    s.requirement = json_string(document->root, "requirement", "");
    s.alone = json_bool(document->root, "alone", false);
    s.one_processor = json_bool(document->root, "one_processor", false);
    s.one_level = json_string(document->root, "one_level", NULL);
    s.no_cure = json_string(document->root, "no_cure", NULL);
    read_levels(&s);
    e = scenario_check(&s, complaint);
    if (e)
        return e;
    *out = s;
    *document = (struct json_document){ 0 };
    return ERR_OK;
}

void scenario_cleanup(struct scenario *s)
{
    json_cleanup(&s->document);
    *s = (struct scenario){ 0 };
}

static enum err load_one(const char *path, const cJSON *schema, struct scenario *out, char complaint[JSON_COMPLAINT])
{
    struct json_document document = { 0 };
    enum err e = json_load(path, &document, complaint);
    if (e)
        return e;
    e = scenario_from_document(&document, schema, out, complaint);
    json_cleanup(&document);
    return e;
}

static int is_scenario_file(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0;
}

static enum err load_files(const char *folder, struct dirent **names, size_t count, const cJSON *schema,
                           struct scenario_set *set, char complaint[JSON_COMPLAINT])
{
    set->items = calloc(count, sizeof(*set->items));
    if (!set->items)
        return ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        char *path = text_format("%s/%s", folder, names[i]->d_name);
        if (!path)
            return ERR_MEMORY;
        enum err e = load_one(path, schema, &set->items[i], complaint);
        free(path);
        if (e)
            return e;
        set->count++;
    }
    return ERR_OK;
}

static enum err load_schema(const char *folder, struct json_document *schema, char complaint[JSON_COMPLAINT])
{
    char *path = text_format("%s/schema/scenario.schema.json", folder);
    if (!path)
        return ERR_MEMORY;
    enum err e = json_load(path, schema, complaint);
    free(path);
    return e;
}

enum err scenario_set_load(const char *folder, struct scenario_set *out, char complaint[JSON_COMPLAINT])
{
    *out = (struct scenario_set){ 0 };
    struct json_document schema = { 0 };
    enum err e = load_schema(folder, &schema, complaint);
    if (e)
        return e;
    struct dirent **names = NULL;
    int count = scandir(folder, &names, is_scenario_file, alphasort);
    if (count <= 0) {
        snprintf(complaint, JSON_COMPLAINT, "%s: no scenarios here (*.json)", folder);
        e = ERR_NOT_FOUND;
    } else if (count > SCENARIO_MAXIMUM) {
        snprintf(complaint, JSON_COMPLAINT, "%s: more than %d scenarios", folder, SCENARIO_MAXIMUM);
        e = ERR_LIMIT;
    } else {
        e = load_files(folder, names, (size_t)count, schema.root, out, complaint);
    }
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
    json_cleanup(&schema);
    if (e)
        scenario_set_cleanup(out);
    return e;
}

void scenario_set_cleanup(struct scenario_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        scenario_cleanup(&set->items[i]);
    free(set->items);
    *set = (struct scenario_set){ 0 };
}

const struct scenario *scenario_find(const struct scenario_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->items[i].name, name) == 0)
            return &set->items[i];
    }
    return NULL;
}
