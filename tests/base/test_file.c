#include "base/file.h"

#include "base/clock.h"
#include "base/folder.h"
#include "base/thread.h"
#include "suite.h"

static mode_t mode_of(const char *path)
{
    struct stat about;
    ck_assert_int_eq(lstat(path, &about), 0);
    return about.st_mode & 07777;
}

static bool exists(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0;
}

static void assert_content(const char *path, const char *expected)
{
    void *data;
    size_t size;
    ck_ok(file_read(path, 1 << 20, &data, &size));
    ck_assert_uint_eq(size, strlen(expected));
    ck_assert_str_eq(data, expected); /* a zero byte follows */
    free(data);
}

START_TEST(a_file_is_read_whole)
{
    char big[10001];
    memset(big, 'x', 10000);
    big[10000] = '\0';
    assert_content(suite_file("empty", "", 0, 0600), "");
    assert_content(suite_file("small", "hello", 5, 0600), "hello");
    assert_content(suite_file("big", big, 10000, 0600), big);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_told)
{
    void *data = &data;
    size_t size = 7;
    ck_assert_int_eq(file_read(suite_path("none"), 100, &data, &size), ERR_NOT_FOUND);
    ck_assert_ptr_null(data);
    ck_assert_uint_eq(size, 0);
    ck_assert_int_eq(file_read(suite_folder, 100, &data, &size), ERR_IO);
    const char *path = suite_file("limit", "12345", 5, 0600);
    ck_assert_int_eq(file_read(path, 4, &data, &size), ERR_LIMIT);
    ck_assert_ptr_null(data);
    ck_ok(file_read(path, 5, &data, &size));
    free(data);
    /* Such files tell no size beforehand, so the limit must hold while reading. */
    ck_assert_int_eq(file_read("/proc/self/environ", 1, &data, &size), ERR_LIMIT);
    ck_assert_int_eq(file_read("/dev/zero", 100000, &data, &size), ERR_LIMIT);
}
END_TEST

START_TEST(a_file_is_replaced_and_keeps_its_rights)
{
    const char *path = suite_file("replaced", "old", 3, 0640);
    ck_ok(file_replace(path, "new text", 8, false));
    assert_content(path, "new text");
    ck_assert_int_eq(mode_of(path), 0640);
    ck_ok(file_replace(path, "secret", 6, true));
    ck_assert_int_eq(mode_of(path), 0600);
    const char *fresh = suite_path("fresh");
    ck_ok(file_replace(fresh, "", 0, true));
    ck_assert_int_eq(mode_of(fresh), 0600);
    assert_content(fresh, "");
}
END_TEST

START_TEST(a_failed_replacement_leaves_nothing_behind)
{
    ck_assert_int_eq(mkdir(suite_path("full"), 0755), 0);
    ck_assert_int_eq(mkdir(suite_path("full/target"), 0755), 0);
    ck_assert_int_ne(file_replace(suite_path("full/target"), "x", 1, false), ERR_OK);
    ck_assert_int_eq(file_replace(suite_path("no/such"), "x", 1, false), ERR_NOT_FOUND);
    ck_assert_int_eq(rmdir(suite_path("full/target")), 0);
    ck_assert_int_eq(rmdir(suite_path("full")), 0); /* fails if anything else were in it */
}
END_TEST

#define ROUNDS 20
#define BYTES  20000

static void replace_again_and_again(void *argument)
{
    char *data = malloc(BYTES);
    for (int i = 0; i < ROUNDS; i++) {
        memset(data, 'a' + (i + *(int *)argument) % 26, BYTES);
        ck_ok(file_replace(suite_path("busy"), data, BYTES, false));
    }
    free(data);
}

START_TEST(a_reader_sees_the_old_file_or_the_new_one)
{
    (void)suite_file("busy", "", 0, 0600);
    struct thread writers[2];
    static int numbers[2] = { 0, 13 };
    for (int i = 0; i < 2; i++) {
        ck_ok(thread_start(&writers[i], replace_again_and_again, &numbers[i]));
    }
    for (int i = 0; i < ROUNDS; i++) {
        void *data;
        size_t size;
        ck_ok(file_read(suite_path("busy"), BYTES, &data, &size));
        ck_assert(size == 0 || size == BYTES);
        for (size_t j = 1; j < size; j++) {
            ck_assert_int_eq(((char *)data)[j], ((char *)data)[0]);
        }
        free(data);
    }
    thread_join(&writers[0]);
    thread_join(&writers[1]);
}
END_TEST

START_TEST(a_stamp_tells_when_a_file_changed)
{
    const char *path = suite_file("stamped", "one", 3, 0600);
    struct file_stamp first = file_stamp_of(path);
    ck_assert(file_stamp_equal(first, file_stamp_of(path)));
    ck_assert_uint_eq(first.size, 3);
    ck_ok(file_replace(path, "two", 3, false));
    struct file_stamp second = file_stamp_of(path);
    ck_assert(!file_stamp_equal(first, second));
    struct file_stamp none = file_stamp_of(suite_path("never"));
    ck_assert(file_stamp_equal(none, (struct file_stamp){ 0 }));
    ck_assert(!file_stamp_equal(none, second));
}
END_TEST

START_TEST(a_folder_is_made_with_the_ones_above)
{
    ck_ok(folder_create(suite_path("a/b/c")));
    ck_assert(exists(suite_path("a/b/c")));
    ck_ok(folder_create(suite_path("a/b/c")));
    ck_ok(folder_create(suite_path("a/b/c/d/")));
    (void)suite_file("a/file", "", 0, 0600);
    ck_assert_int_ne(folder_create(suite_path("a/file")), ERR_OK);
    ck_assert_int_ne(folder_create(suite_path("a/file/below")), ERR_OK);
}
END_TEST

START_TEST(a_temporary_folder_is_its_users_alone)
{
    char one[100], two[100];
    (void)snprintf(one, sizeof(one), "%s/t-XXXXXX", suite_folder);
    (void)snprintf(two, sizeof(two), "%s/t-XXXXXX", suite_folder);
    ck_ok(folder_create_temporary(one, sizeof(one)));
    ck_ok(folder_create_temporary(two, sizeof(two)));
    ck_assert_str_ne(one, two);
    ck_assert_int_eq(mode_of(one), 0700);
}
END_TEST

START_TEST(a_folder_goes_with_everything_in_it_and_nothing_else)
{
    ck_ok(folder_create(suite_path("gone/below/deep")));
    (void)suite_file("gone/below/file", "x", 1, 0600);
    ck_ok(folder_create(suite_path("spared")));
    const char *precious = suite_file("spared/file", "precious", 8, 0600);
    ck_assert_int_eq(symlink(suite_path("spared"), suite_path("gone/link")), 0);
    folder_remove(suite_path("gone"));
    ck_assert(!exists(suite_path("gone")));
    assert_content(precious, "precious");
    folder_remove(suite_path("gone"));
}
END_TEST

START_TEST(a_link_takes_the_place_of_an_older_one_only)
{
    char target[100];
    const char *link = suite_path("latest");
    ck_ok(folder_link("first", link));
    ck_ok(folder_link("second", link));
    ssize_t length = readlink(link, target, sizeof(target) - 1);
    ck_assert_int_eq(length, 6);
    target[length] = '\0';
    ck_assert_str_eq(target, "second");
    const char *file = suite_file("no-link", "precious", 8, 0600);
    ck_assert_int_eq(folder_link("third", file), ERR_IN_USE);
    assert_content(file, "precious");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *files = tcase_create("files");
    tcase_set_timeout(files, 60);
    tcase_add_test(files, a_file_is_read_whole);
    tcase_add_test(files, a_file_that_cannot_be_read_is_told);
    tcase_add_test(files, a_file_is_replaced_and_keeps_its_rights);
    tcase_add_test(files, a_failed_replacement_leaves_nothing_behind);
    tcase_add_test(files, a_reader_sees_the_old_file_or_the_new_one);
    tcase_add_test(files, a_stamp_tells_when_a_file_changed);
    suite_add_tcase(suite, files);
    TCase *folders = tcase_create("folders");
    tcase_add_test(folders, a_folder_is_made_with_the_ones_above);
    tcase_add_test(folders, a_temporary_folder_is_its_users_alone);
    tcase_add_test(folders, a_folder_goes_with_everything_in_it_and_nothing_else);
    tcase_add_test(folders, a_link_takes_the_place_of_an_older_one_only);
    suite_add_tcase(suite, folders);
    return suite_run(suite);
}
