#include "base/folder.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FOLDERS 16 /* how many nftw may hold open at a time */

static enum err folder_error(int number)
{
    switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_ACCESS;
    case EEXIST:
    case ENOTDIR:
        return ERR_IN_USE;
    case ENOENT:
        return ERR_NOT_FOUND;
    case ENAMETOOLONG:
        return ERR_LIMIT;
    default:
        return ERR_IO;
    }
}

static enum err create_one(const char *path)
{
    struct stat status;
    if (mkdir(path, 0777) == 0)
        return ERR_OK;
    int number = errno;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return ERR_OK;
    return folder_error(number);
}

enum err folder_create(const char *path)
{
    char partial[PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof(partial))
        return ERR_LIMIT;
    memcpy(partial, path, length + 1);
    for (size_t i = 1; i < length; i++) {
        if (partial[i] != '/')
            continue;
        partial[i] = '\0';
        enum err e = create_one(partial);
        if (e)
            return e;
        partial[i] = '/';
    }
    return create_one(partial);
}

enum err folder_create_temporary(char *path, size_t size)
{
    if (strnlen(path, size) == size)
        return ERR_LIMIT;
    return mkdtemp(path) ? ERR_OK : folder_error(errno);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    (void)remove(path);
    return 0;
}

void folder_remove(const char *path)
{
    (void)nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

enum err folder_link(const char *target, const char *link)
{
    struct stat status;
    if (lstat(link, &status) == 0 && !S_ISLNK(status.st_mode))
        return ERR_IN_USE;
    if (unlink(link) != 0 && errno != ENOENT)
        return folder_error(errno);
    return symlink(target, link) == 0 ? ERR_OK : folder_error(errno);
}
