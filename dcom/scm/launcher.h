/* The servers probe-scm started: begun on one thread that lives as long as probe-scm, because "die with the parent"
 * means the thread that forked on Linux, and ended with probe-scm. Any thread. */
#ifndef SCM_LAUNCHER_H
#define SCM_LAUNCHER_H

#include <stdbool.h>

#include "dcom/scm/sessions.h"

#define LAUNCHED_MAXIMUM 1024

struct launcher;

MUST_USE enum err launcher_create(struct sessions *sessions, struct launcher **out);
void launcher_destroy(struct launcher *l);
/* Ends every server that still runs, and starts none from now on (ERR_CANCELLED). */
void launcher_end_all(struct launcher *l);
/* Starts a program (NULL-terminated argv and environment changes); its output is appended to `output_path`. Errors as
 * sessions_start_process. */
MUST_USE enum err launcher_start(struct launcher *l, const struct session_identity *identity,
                                 const char *const *arguments, const char *const *environment, const char *output_path,
                                 int64_t *pid, uint32_t *ntstatus);
/* The process ended (somebody saw it): reaps it when it was ours. */
void launcher_reap(struct launcher *l, int64_t pid);
/* False once a process it started has ended. */
bool launcher_runs(struct launcher *l, int64_t pid);

#endif
