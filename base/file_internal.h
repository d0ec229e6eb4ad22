/* What the systems' file.c share, and files that the C library alone cannot handle rightly; for base/ alone. */
#ifndef BASE_FILE_INTERNAL_H
#define BASE_FILE_INTERNAL_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* Opens for appending, not inherited by child processes. */
enum err file_open_append(const char *path, FILE **out);

/* Reads until `read_some` gives nothing more; the heap memory has one zero byte behind `size`. ERR_LIMIT above
 * `maximum`, ERR_MEMORY, or what `read_some` said. */
enum err file_read_to_end(enum err (*read_some)(void *file, char *data, size_t room, size_t *got), void *file,
                          size_t maximum, char **out, size_t *size);

#endif
