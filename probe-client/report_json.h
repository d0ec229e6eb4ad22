/* A check as one JSON object, in the form of schema/check.schema.json. */
#ifndef PROBE_CLIENT_REPORT_JSON_H
#define PROBE_CLIENT_REPORT_JSON_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "probe-client/verdict.h"

/* The caller deletes the tree; NULL when memory is short. */
cJSON *report_json(const struct check_report *report, const struct verdict *v);
/* Prints and deletes a tree; false when it was NULL or could not be printed. */
bool report_json_print(cJSON *root, FILE *file);

/* Small helpers that bench shares. */
void json_add_text(cJSON *object, const char *key, const char *text); /* null for NULL or empty */
void json_add_code(cJSON *object, const char *key, uint32_t code);    /* "0x80070005"; null for 0 */

#endif
