/* What the suites of probe-matrix share. */
#ifndef TESTS_MATRIX_TEST_H
#define TESTS_MATRIX_TEST_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

/* The schema of scenarios; the caller cleans it up. */
static inline struct json_document load_schema(const char *name)
{
    char complaint[JSON_COMPLAINT] = "";
    struct json_document schema = { 0 };
    char *path = text_format("%s/schema/%s", OPCPROBE_SCENARIOS, name);
    ck_assert_msg(json_load(path, &schema, complaint) == ERR_OK, "%s", complaint);
    free(path);
    return schema;
}

static inline cJSON *parse(const char *text)
{
    cJSON *root = cJSON_Parse(text);
    ck_assert_msg(root != NULL, "not JSON: %s", text);
    return root;
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
