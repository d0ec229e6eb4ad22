/* What the suites of base/ share: running one, and a folder of their own. */
#ifndef TESTS_BASE_SUITE_H
#define TESTS_BASE_SUITE_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ck_ok(expression) ck_assert_int_eq((expression), ERR_OK)

static char suite_folder[64];

static inline int suite_remove(const char *path, const struct stat *about, int type, struct FTW *at)
{
    (void)about;
    (void)type;
    (void)at;
    return remove(path);
}

/* Runs the suite with a short-named folder that is gone afterwards. */
static inline int suite_run(Suite *suite)
{
    (void)snprintf(suite_folder, sizeof(suite_folder), "/tmp/base-test-XXXXXX");
    if (!mkdtemp(suite_folder)) {
        perror("mkdtemp");
        return 99;
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    (void)nftw(suite_folder, suite_remove, 16, FTW_DEPTH | FTW_PHYS);
    return failed ? 1 : 0;
}

/* A path in the suite's folder; good until the thread's sixteenth next call. */
static inline const char *suite_path(const char *name)
{
    static _Thread_local char paths[16][160];
    static _Thread_local unsigned next;
    char *path = paths[next++ % 16];
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", suite_folder, name);
    return path;
}

/* Writes a file of the suite's folder and returns its path. */
static inline const char *suite_file(const char *name, const void *data, size_t size, mode_t mode)
{
    const char *path = suite_path(name);
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    ck_assert_int_eq(close(fd), 0);
    return path;
}

#endif
