/* What the user sees while cells run: one line for each that is done, and on a terminal what runs now. */
#ifndef MATRIX_PROGRESS_H
#define MATRIX_PROGRESS_H

#include <stddef.h>

#include "base/json.h"
#include "base/thread.h"

struct progress {
    struct mutex lock;
    size_t total;
    size_t done;
    size_t running;
    bool terminal;
};

void progress_init(struct progress *p, size_t total);
void progress_cleanup(struct progress *p);
/* From any thread. */
void progress_started(struct progress *p, const char *cell);
void progress_done(struct progress *p, const char *cell, const cJSON *entry);

#endif
