/* results.json: what a run is worth keeping, from which every report is rendered. */
#ifndef MATRIX_RESULTS_H
#define MATRIX_RESULTS_H

#include <stdint.h>

#include "base/json.h"

/* Exit statuses of probe-matrix. */
enum {
    RESULT_AS_EXPECTED = 0,
    RESULT_UNEXPECTED = 1,
    RESULT_USAGE = 2,
    RESULT_HARNESS = 3,
    RESULT_UNSUPPORTED = 77
};

struct results_head {
    const char *started;    /* wall time */
    const char *lab;        /* "namespaces" or "loopback" */
    const char *lab_reason; /* why not namespaces, or NULL */
    int64_t elapsed_ns;
};

/* Takes over the array of cell entries, gathers the figures of their steps and counts the outcomes. Heap. */
cJSON *results_build(const struct results_head *head, cJSON *cells);
/* Checks against `schema_path` and writes; ERR_PROTOCOL when the results themselves are wrong. */
MUST_USE enum err results_save(const cJSON *results, const char *schema_path, const char *path,
                               char complaint[JSON_COMPLAINT]);
/* RESULT_UNEXPECTED before RESULT_HARNESS; RESULT_UNSUPPORTED when no cell could run at all. */
int results_exit_status(const cJSON *results);

#endif
