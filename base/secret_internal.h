/* The three places a secret can come from; for base/ alone. */
#ifndef BASE_SECRET_INTERNAL_H
#define BASE_SECRET_INTERNAL_H

#include "base/secret.h"

/* Reads the beginning of a file that nobody else may read, at most `size` bytes. */
enum err secret_read_file(const char *path, char *out, size_t size, size_t *length);
/* Asks on the terminal without echo; the answer comes without its line end. ERR_NOT_FOUND when there is no terminal,
 * ERR_CANCELLED for Ctrl-C, ERR_LIMIT when it is too long. */
enum err secret_prompt(const char *prompt, char out[SECRET_TEXT]);
/* Copies the variable, overwrites the environment's own copy and removes it; ERR_NOT_FOUND when it is not set. */
enum err secret_take_variable(const char *variable, char out[SECRET_TEXT]);

#endif
