/* Folders that a program leaves its results in, and the ones it works in and takes away again.
 * Only where the portable runtime is built: no program of the Windows build makes folders. */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <stddef.h>

#include "base/err.h"

/* Makes the folder and the ones above it; one that exists already is fine. */
MUST_USE enum err folder_create(const char *path);
/* Makes a folder that only this user can enter; `path` ends in XXXXXX, which is replaced. */
MUST_USE enum err folder_create_temporary(char *path, size_t size);
/* Removes it with everything in it. Links are removed, not followed. What cannot be removed stays. */
void folder_remove(const char *path);
/* Makes `link` a symbolic link to `target`, in the place of an older link. ERR_IN_USE when something
 * else has that name. */
MUST_USE enum err folder_link(const char *target, const char *link);

#endif
