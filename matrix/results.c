#include "matrix/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cJSON *count_outcomes(const cJSON *cells)
{
    static const char *const outcomes[] = { "as-expected", "unexpected", "unsupported", "error" };
    cJSON *summary = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
        int count = 0;
        const cJSON *cell;
        cJSON_ArrayForEach(cell, cells)
        {
            count += strcmp(json_string(cell, "outcome", ""), outcomes[i]) == 0;
        }
        cJSON_AddNumberToObject(summary, outcomes[i], count);
    }
    return summary;
}

/* Figures are kept once, under `key` of the whole run. */
static cJSON *gather(cJSON *cells, const char *key)
{
    cJSON *all = cJSON_CreateArray(), *cell, *step, *row;
    cJSON_ArrayForEach(cell, cells)
    {
        cJSON_ArrayForEach(step, cJSON_GetObjectItemCaseSensitive(cell, "steps"))
        {
            cJSON *rows = cJSON_DetachItemFromObjectCaseSensitive(step, key);
            while (rows && (row = cJSON_DetachItemFromArray(rows, 0)) != NULL)
                cJSON_AddItemToArray(all, row);
            cJSON_Delete(rows);
        }
    }
    return all;
}

cJSON *results_build(const struct results_head *head, cJSON *cells)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "program", "probe-matrix");
    cJSON_AddStringToObject(root, "version", OPCPROBE_VERSION);
    cJSON_AddStringToObject(root, "started", head->started);
    cJSON_AddNumberToObject(root, "elapsed_ns", (double)head->elapsed_ns);
    cJSON *lab = cJSON_AddObjectToObject(root, "lab");
    cJSON_AddStringToObject(lab, "kind", head->lab);
    cJSON_AddItemToObject(lab, "reason", head->lab_reason ? cJSON_CreateString(head->lab_reason) : cJSON_CreateNull());
    cJSON_AddItemToObject(root, "summary", count_outcomes(cells));
    cJSON *latency = gather(cells, "latency"), *scan_levels = gather(cells, "scan_levels");
    cJSON_AddItemToObject(root, "cells", cells);
    cJSON_AddItemToObject(root, "latency", latency);
    cJSON_AddItemToObject(root, "scan_levels", scan_levels);
    return root;
}

enum err results_save(const cJSON *results, const char *schema_path, const char *path, char complaint[JSON_COMPLAINT])
{
    struct json_document schema = { 0 }, document = { 0 };
    char *text = cJSON_Print(results);
    enum err e = text ? ERR_OK : ERR_MEMORY;
    if (!e)
        e = json_load(schema_path, &schema, complaint);
    if (!e)
        e = json_parse(path, text, strlen(text), &document, complaint);
    if (!e)
        e = json_validate(&document, schema.root, complaint);
    if (!e) {
        e = json_save(path, results);
        if (e)
            snprintf(complaint, JSON_COMPLAINT, "cannot write %s: %s", path, err_text(e));
    }
    json_cleanup(&document);
    json_cleanup(&schema);
    free(text);
    return e;
}

int results_exit_status(const cJSON *results)
{
    const cJSON *summary = cJSON_GetObjectItemCaseSensitive(results, "summary");
    if (json_number(summary, "unexpected", 0) > 0)
        return RESULT_UNEXPECTED;
    if (json_number(summary, "error", 0) > 0)
        return RESULT_HARNESS;
    return json_number(summary, "as-expected", 0) > 0 ? RESULT_AS_EXPECTED : RESULT_UNSUPPORTED;
}
