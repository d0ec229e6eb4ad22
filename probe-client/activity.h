/* What a run did to the other side, for the plant's records: who, from, to, which calls and how often.
 *
 * Counting is always on; activity.jsonl is appended to in the folder of --out, if one is given. No value
 * and no secret goes into it. One thread. */
#ifndef PROBE_CLIENT_ACTIVITY_H
#define PROBE_CLIENT_ACTIVITY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

#define ACTIVITY_KINDS 32

struct activity {
    FILE *file; /* NULL: nothing is written */
    char run[40];
    struct {
        const char *name; /* constant, "IOPCServer::AddGroup" */
        uint64_t count;
    } calls[ACTIVITY_KINDS];
    size_t kinds;
};

/* `folder` may be NULL. ERR_IO when the file in it cannot be opened. */
MUST_USE enum err activity_open(struct activity *a, const char *folder);
void activity_begin(struct activity *a, const char *command, const char *account, const char *from, const char *to,
                    const char *clsid);
/* Counts a call just before it is made; `name` must be constant. */
void activity_call(struct activity *a, const char *name);
void activity_calls(struct activity *a, const char *name, uint64_t count);
void activity_items(struct activity *a, const char *const *items, size_t count);
/* The counts, and how the run ended. Closes the file. */
void activity_end(struct activity *a, int exit_code);

#endif
