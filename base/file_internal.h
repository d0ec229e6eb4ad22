/* Files that the C library alone cannot handle rightly; for base/ alone. */
#ifndef BASE_FILE_INTERNAL_H
#define BASE_FILE_INTERNAL_H

#include <stdio.h>

#include "base/err.h"

/* Opens for appending, not inherited by child processes. */
enum err file_open_append(const char *path, FILE **out);

#endif
