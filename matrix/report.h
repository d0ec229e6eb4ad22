/* The tables a person reads, rendered from results.json alone. */
#ifndef MATRIX_REPORT_H
#define MATRIX_REPORT_H

#include <stdio.h>

#include "base/json.h"

/* Scenario by level, then what is unsupported and why, then every unexpected cell with where to look. */
void report_matrix(FILE *out, const cJSON *results);
/* Figures by operation and level; nothing when there are none. */
void report_latency(FILE *out, const cJSON *results);
/* The scan classes of a run, if it had any: always a demonstration. */
void report_scan_classes(FILE *out, const cJSON *results);

#endif
