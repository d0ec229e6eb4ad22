/* Whole small files: read at once, replaced at once, and whether they changed. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Reads a whole file into heap memory that the caller frees; one zero byte follows `size`. ERR_NOT_FOUND, ERR_ACCESS,
 * ERR_LIMIT (larger than `maximum`), ERR_IO. */
MUST_USE enum err file_read(const char *path, size_t maximum, void **out, size_t *size);
/* Writes a new file beside the old one and moves it there, so that a reader sees the old or the new one whole. A
 * `secret` file can be read by its owner alone; another keeps the rights it had. */
MUST_USE enum err file_replace(const char *path, const void *data, size_t size, bool secret);

/* Tells one state of a file from the next without reading it. */
struct file_stamp {
    int64_t modified_ns;
    uint64_t size;
    uint64_t number; /* of the file in its file system */
};

/* All zeros when there is no such file. */
struct file_stamp file_stamp_of(const char *path);
bool file_stamp_equal(struct file_stamp a, struct file_stamp b);

#endif
