/* Expected against seen: a pure function over JSON, so that every rule has a test. */
#ifndef MATRIX_JUDGE_H
#define MATRIX_JUDGE_H

#include <stdint.h>

#include "base/json.h"
#include "matrix/level.h"

/* What a step left behind; nodes are borrowed. */
struct observation {
    int exit_code;
    bool timed_out;
    const cJSON *output;       /* what the program printed, or NULL when it was no JSON */
    const cJSON *events;       /* array of the events written during the step */
    int64_t tcp_opened;        /* connections the host's kernel counted, -1 when it could not be asked */
    const char *host_names[2]; /* "ALPHA", "BETA": how alpha and beta call themselves */
};

/* What a step came to, as far as the table is concerned; strings are borrowed from the observation. */
struct outcome {
    const char *word; /* "connected", "failed", or "none" when the program gave no answer */
    const char *stage;
    const char *direction;
    const char *code;
    const char *code_name;
    const char *ntstatus;
    const char *mechanism;
};

void judge_outcome(const cJSON *output, struct outcome *out);

/* Whether an event as the expectation has it is among those seen. */
bool judge_has_event(const cJSON *expected, enum level level, const struct observation *seen);

/* Compares and appends one {"what", "expected", "actual"} to `differences` for each that differs;
 * returns true when there is none. `harness` becomes true when the program gave no usable answer,
 * so that nothing was proven either way. */
bool judge_step(const cJSON *expect, enum level level, const struct observation *seen, cJSON *differences,
                bool *harness);

#endif
