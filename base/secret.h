/* Secrets: where they come from, and that they go away.
 *
 * A secret is never taken from argv and never written to a log, report or
 * trace; memory that held one is zeroed before it is given back. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

#include "base/err.h"

#define SECRET_TEXT 512

/* Zeroes in a way the compiler may not remove. */
void secret_zero(void *data, size_t size);

/* Reads one secret: the first line of the file named by `file` if not NULL, else the
 * environment variable `variable` if set (it is removed from the environment),
 * else a prompt on the terminal without echo (none if `prompt` is NULL). `out` is UTF-8.
 * ERR_ACCESS: the file is readable by others; ERR_NOT_FOUND: no such file, or none of the three;
 * ERR_CANCELLED: Ctrl-C at the prompt; ERR_LIMIT: too long; ERR_PROTOCOL: not UTF-8. */
MUST_USE enum err secret_read(const char *file, const char *variable, const char *prompt, char out[SECRET_TEXT]);

#endif
