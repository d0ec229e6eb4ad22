#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err_internal.h"
#include "base/file_internal.h"
#include "base/text.h"

/* Reads to the end of the file; its size may have changed since anyone asked, so one byte more is asked for. */
static enum err read_to_end(int fd, size_t maximum, char **out, size_t *size)
{
    char *data = NULL;
    size_t used = 0, capacity = 0;
    for (;;) {
        if (used + 1 >= capacity) {
            capacity = capacity ? capacity * 2 : 4096;
            char *grown = realloc(data, capacity);
            if (!grown)
                break;
            data = grown;
        }
        ssize_t got = read(fd, data + used, capacity - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || used + (size_t)got > maximum) {
            enum err e = got < 0 ? err_from_errno(errno) : ERR_LIMIT;
            free(data);
            return e;
        }
        if (got == 0) {
            data[used] = 0;
            *out = data;
            *size = used;
            return ERR_OK;
        }
        used += (size_t)got;
    }
    free(data);
    return ERR_MEMORY;
}

enum err file_read(const char *path, size_t maximum, void **out, size_t *size)
{
    char *data = NULL;
    *out = NULL;
    *size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_from_errno(errno);
    struct stat about;
    enum err e = fstat(fd, &about) != 0              ? err_from_errno(errno)
                 : S_ISDIR(about.st_mode)            ? ERR_IO
                 : (uint64_t)about.st_size > maximum ? ERR_LIMIT
                                                     : read_to_end(fd, maximum, &data, size);
    close(fd);
    *out = data;
    return e;
}

/* On the disk before the rename: after a power cut the name must not lead to an empty file. */
static enum err write_all(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t written = write(fd, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return err_from_errno(errno);
        data += written;
        size -= (size_t)written;
    }
    return fsync(fd) == 0 ? ERR_OK : err_from_errno(errno);
}

enum err file_replace(const char *path, const void *data, size_t size, bool secret)
{
    struct stat about;
    mode_t mode = secret ? 0600 : stat(path, &about) == 0 ? about.st_mode & 0777 : 0644;
    char *temporary = text_format("%s.XXXXXX", path);
    if (!temporary)
        return ERR_MEMORY;
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        enum err e = err_from_errno(errno);
        free(temporary);
        return e;
    }
    enum err e = write_all(fd, data, size);
    if (!e && (fchmod(fd, mode) != 0 || rename(temporary, path) != 0))
        e = err_from_errno(errno);
    if (close(fd) != 0 && !e)
        e = err_from_errno(errno);
    if (e)
        unlink(temporary);
    free(temporary);
    return e;
}

struct file_stamp file_stamp_of(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return (struct file_stamp){ 0 };
    return (struct file_stamp){ about.st_mtim.tv_sec * NS_PER_S + about.st_mtim.tv_nsec, (uint64_t)about.st_size,
                                (uint64_t)about.st_ino };
}

bool file_stamp_equal(struct file_stamp a, struct file_stamp b)
{
    return a.modified_ns == b.modified_ns && a.size == b.size && a.number == b.number;
}

enum err file_open_append(const char *path, FILE **out)
{
    *out = fopen(path, "ae");
    return *out ? ERR_OK : err_from_errno(errno);
}
