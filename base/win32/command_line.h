/* Arguments and variables in the one-text form in which CreateProcessW takes them. */
#ifndef BASE_WIN32_COMMAND_LINE_H
#define BASE_WIN32_COMMAND_LINE_H

#include <stdbool.h>

#include "base/win32/windows_internal.h"

/* The arguments as one line; NULL when it is too long or memory is short. The caller frees. */
WCHAR *command_line_of(const char *const *arguments);
/* Our environment with the changes of struct process_options; NULL when memory is short. The caller frees. */
WCHAR *environment_of(const char *const *changes);

#endif
