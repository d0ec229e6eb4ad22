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

static enum err read_some(void *file, char *data, size_t room, size_t *got)
{
    const int *fd = file;
    for (;;) {
        ssize_t n = read(*fd, data, room);
        *got = n > 0 ? (size_t)n : 0;
        if (n >= 0)
            return ERR_OK;
        if (errno != EINTR)
            return err_from_errno(errno);
    }
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
                                                     : file_read_to_end(read_some, &fd, maximum, &data, size);
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

enum err file_open_append(const char *path, FILE **out)
{
    *out = fopen(path, "ae");
    return *out ? ERR_OK : err_from_errno(errno);
}
