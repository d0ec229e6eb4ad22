/* The part of process_start that runs between fork and exec. */
#ifndef BASE_POSIX_SPAWN_H
#define BASE_POSIX_SPAWN_H

#include <sys/types.h>

#include "base/process.h"

/* Everything the child needs, made ready beforehand: after fork() in a program with threads it may neither allocate
 * memory nor take a lock. */
struct spawn_plan {
    const struct process_options *options; /* borrowed */
    char *program;                         /* owned; where PATH led */
    char **environment;                    /* owned array of borrowed strings */
    int input, output, error;              /* owned descriptors; -1 to inherit */
};

MUST_USE enum err spawn_plan_init(struct spawn_plan *plan, const struct process_options *options);
void spawn_plan_cleanup(struct spawn_plan *plan);
/* Forks and executes; returns when the program runs or could not be executed. With die_with_parent this happens in a
 * thread that never ends, since Linux sends the parent-death signal when the forking *thread* ends. */
MUST_USE enum err spawn_run(const struct spawn_plan *plan, pid_t *out);

#endif
