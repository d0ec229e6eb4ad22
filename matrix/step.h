/* Carries out one step of a scenario in a lab and judges it. */
#ifndef MATRIX_STEP_H
#define MATRIX_STEP_H

#include "matrix/lab.h"
#include "matrix/level.h"
#include "matrix/secrets.h"

#define STEP_ARGUMENTS 48

struct step_context {
    struct lab *lab;
    struct secrets *secrets;
    enum level level;
    int number; /* of the step, from 1: its files are called by it */
};

/* Runs the step and returns {"number", "title", "do", "outcome", ...} (heap), where outcome is "as-expected",
 * "unexpected" or "error"; NULL when memory is short. Its figures, if any, are under "latency". */
cJSON *step_run(const struct step_context *context, const cJSON *step);

/* The command line of a check or bench step, ended by NULL; its texts are borrowed. `programs` are probe-scm and
 * probe-client. Returns how many words it has, 0 when they are too many. */
size_t step_command_line(const struct step_context *context, const cJSON *step, const char *const programs[2],
                         const char *arguments[STEP_ARGUMENTS]);

#endif
