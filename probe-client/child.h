/* What the processes have in common that bench starts of itself: a process has one level for the calls that come in, so
 * that another level takes another process.
 *
 * The password is read once, by the first process, and reaches the others by their environment alone. */
#ifndef PROBE_CLIENT_CHILD_H
#define PROBE_CLIENT_CHILD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/process.h"
#include "probe-client/login.h"

#define CHILD_LOGIN_ARGUMENTS 8

/* A file that nobody else has, in `folder` or, when it is NULL, where the system keeps temporary ones. */
MUST_USE enum err child_name_file(const char *folder, const char *purpose, char *out, size_t size);
/* Who they are to the other side, as options; borrowed. Returns how many of CHILD_LOGIN_ARGUMENTS. */
size_t child_login_arguments(const struct login_options *o, const char *out[CHILD_LOGIN_ARGUMENTS]);
/* "OPCPROBE_PASSWORD=..." for their environment. From a file each process reads it itself: then, and without an
 * account,
 * `*out` is NULL. */
MUST_USE enum err child_password(const struct login_options *o, const struct login *login, char **out);
void child_password_cleanup(char *password); /* NULL is allowed */
/* Waits for the end and calls `look` several times a second; NULL for nothing. The process hears Ctrl-C itself and has
 * `grace_ns` then to leave what it has. Past the deadline it is ended. */
MUST_USE enum err child_wait(struct process *p, int64_t deadline_ns, int64_t grace_ns,
                             void (*look)(const void *context), const void *context, int *exit_code);

#endif
