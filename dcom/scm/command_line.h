/* The command line of a LocalServer32 key, taken apart as CreateProcess and the C runtime do on Windows. */
#ifndef SCM_COMMAND_LINE_H
#define SCM_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define COMMAND_LINE_ARGUMENTS 64
#define COMMAND_LINE_BYTES     4096

struct command_line {
    char text[COMMAND_LINE_BYTES];
    const char *arguments[COMMAND_LINE_ARGUMENTS + 1]; /* into `text`, NULL-terminated */
    size_t count;
};

/* Splits `text` and appends `last` (COM's "-Embedding") unless NULL. Quotes and backslashes follow
 * CommandLineToArgvW. An unquoted program with blanks in its path is found as CreateProcess finds it: the shortest
 * prefix ending before a blank for which `exists` is true, else the first word. ERR_PROTOCOL: empty; ERR_LIMIT: too
 * long. */
MUST_USE enum err command_line_split(const char *text, const char *last, bool (*exists)(const char *path),
                                     struct command_line *out);
/* Replaces %NAME% by environment variables, as REG_EXPAND_SZ values want; unknown names stay as they are. */
MUST_USE enum err command_line_expand(const char *text, char *out, size_t size);

#endif
