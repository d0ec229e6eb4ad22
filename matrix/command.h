/* One helper program of the system (ip, nft, mount), run to its end. */
#ifndef MATRIX_COMMAND_H
#define MATRIX_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define COMMAND_COMPLAINT 512

/* Runs it with its output appended to `log` (NULL: not kept). ERR_OK only when it ends with 0 before the
 * deadline; else `complaint` names the program, what became of it and the last line it wrote. */
MUST_USE enum err command_run(const char *const *arguments, const char *log, int64_t deadline_ns,
                              char complaint[COMMAND_COMPLAINT]);
/* Last line with something on it of a text file; empty when there is none. */
void file_last_line(const char *path, char *out, size_t size);
/* Writes a whole small file. */
MUST_USE enum err file_write(const char *path, const char *text);

#endif
