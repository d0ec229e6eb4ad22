#include "security/reg.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define V5 "Windows Registry Editor Version 5.00\r\n\r\n"

static char complaint[REG_COMPLAINT];

static struct reg *parsed(const char *text)
{
    struct reg *r;
    ck_assert_int_eq(reg_create(&r), ERR_OK);
    enum err e = reg_parse(r, "t.reg", text, strlen(text), complaint);
    ck_assert_msg(e == ERR_OK, "%s", complaint);
    return r;
}

static void expect_complaint(const char *text, const char *expected)
{
    struct reg *r;
    ck_assert_int_eq(reg_create(&r), ERR_OK);
    ck_assert_int_ne(reg_parse(r, "t.reg", text, strlen(text), complaint), ERR_OK);
    ck_assert_msg(strstr(complaint, expected) == complaint, "\"%s\" instead of \"%s\"", complaint, expected);
    reg_destroy(r);
}

/* What regedit of Windows 10 writes for such a key, continuation lines and all. */
static const char exported[] =
    V5 "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\AppID\\{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}]\r\n"
       "@=\"A \\\"quoted\\\" name\"\r\n"
       "\"RunAs\"=\".\\\\opc\"\r\n"
       "\"AuthenticationLevel\"=dword:00000005\r\n"
       "\"LaunchPermission\"=hex:01,00,04,80,30,00,00,00,40,00,00,00,00,00,00,00,14,00,00,\\\r\n"
       "  00,02,00,1c\r\n"
       "\"Path\"=hex(2):25,00,57,00,25,00,00,00\r\n"
       "\"Many\"=hex(7):61,00,00,00,62,00,63,00,00,00,00,00\r\n"
       "\"Big\"=hex(b):01,02,03,04,05,06,07,08\r\n"
       "\r\n";
static const char appid[] = "HKEY_CLASSES_ROOT\\AppID\\{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}";

static void check_exported(const struct reg *r)
{
    uint32_t number;
    ck_assert_str_eq(reg_string(r, appid, NULL), "A \"quoted\" name");
    ck_assert_str_eq(reg_string(r, appid, "runas"), ".\\opc");
    ck_assert(reg_dword(r, appid, "AUTHENTICATIONLEVEL", &number));
    ck_assert_uint_eq(number, 5);
    const struct reg_value *v = reg_value(r, appid, "LaunchPermission");
    ck_assert_uint_eq(v->type, REG_TYPE_BINARY);
    ck_assert_uint_eq(v->size, 23);
    ck_assert_uint_eq(v->data[22], 0x1c);
    ck_assert_str_eq(reg_string(r, appid, "Path"), "%W%");
    v = reg_value(r, appid, "Many");
    ck_assert_uint_eq(v->size, 6);
    ck_assert_mem_eq(v->data, "a\0bc\0", 6);
    ck_assert_uint_eq(reg_value(r, appid, "Big")->size, 8);
}

START_TEST(a_version_5_export_in_utf8_is_read)
{
    struct reg *r = parsed(exported);
    check_exported(r);
    reg_destroy(r);
}
END_TEST

START_TEST(the_same_export_in_utf16_with_bom_is_read)
{
    size_t size = 2 * sizeof exported;
    uint8_t *wide = malloc(size);
    struct reg *r;
    wide[0] = 0xff;
    wide[1] = 0xfe;
    for (size_t i = 0; i + 1 < sizeof exported; i++) {
        wide[2 + 2 * i] = (uint8_t)exported[i];
        wide[3 + 2 * i] = 0;
    }
    ck_assert_int_eq(reg_create(&r), ERR_OK);
    ck_assert_int_eq(reg_parse(r, "t.reg", wide, size, complaint), ERR_OK);
    check_exported(r);
    reg_destroy(r);
    ck_assert_int_eq(reg_create(&r), ERR_OK);
    ck_assert_int_eq(reg_parse(r, "t.reg", wide, size - 1, complaint), ERR_PROTOCOL);
    reg_destroy(r);
    free(wide);
}
END_TEST

START_TEST(regedit4_texts_in_hex_are_8_bit_and_its_ansi_is_1252)
{
    struct reg *r = parsed("REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\a]\n\"p\"=hex(2):25,57,25,00\n\"euro\"=\"\x80\xe9\"\n");
    ck_assert_str_eq(reg_string(r, "HKLM\\a", "p"), "%W%");
    ck_assert_str_eq(reg_string(r, "HKLM\\a", "euro"), "\xe2\x82\xac\xc3\xa9");
    reg_destroy(r);
}
END_TEST

START_TEST(classes_root_is_the_machines_classes_under_the_users)
{
    struct reg *r = parsed(V5 "[HKEY_CLASSES_ROOT\\Prog.1]\n@=\"machine\"\n\"only\"=\"m\"\n"
                              "[HKEY_CURRENT_USER\\Software\\Classes\\prog.1]\n@=\"user\"\n"
                              "[HKEY_CURRENT_USER\\Software\\Classes\\Zzz]\n");
    ck_assert_str_eq(reg_string(r, "HKCR\\PROG.1", NULL), "user");
    ck_assert_str_eq(reg_string(r, "HKEY_CLASSES_ROOT\\prog.1", "ONLY"), "m");
    ck_assert_str_eq(reg_string(r, "HKLM\\software\\classes\\prog.1", ""), "machine");
    ck_assert_str_eq(reg_subkey(r, "HKCR", 0), "Prog.1");
    ck_assert_str_eq(reg_subkey(r, "HKCR", 1), "Zzz");
    ck_assert_ptr_null(reg_subkey(r, "HKCR", 2));
    reg_destroy(r);
}
END_TEST

START_TEST(later_lines_win_and_deletions_delete)
{
    struct reg *r = parsed(
        V5 "[HKLM\\a\\b]\n\"x\"=\"1\"\n\"y\"=\"2\"\n[HKLM\\a\\c]\n"
           "; a comment\n[HKLM\\A\\B]\n\"X\"=\"3\" ; behind a value\n\"y\"=-\n[-HKLM\\a\\c]\n[-HKLM\\nothing]\n");
    ck_assert_str_eq(reg_string(r, "HKLM\\a\\b", "x"), "3");
    ck_assert_ptr_null(reg_value(r, "HKLM\\a\\b", "y"));
    ck_assert(reg_has_key(r, "HKLM\\a\\b"));
    ck_assert(!reg_has_key(r, "HKLM\\a\\c"));
    reg_destroy(r);
}
END_TEST

START_TEST(brackets_and_line_breaks_inside_names_and_texts_belong_to_them)
{
    struct reg *r = parsed(V5 "[HKLM\\a[1]]\n\"two\r\nlines\"=\"x\ny\"\n\"after\"=dword:1\n");
    uint32_t number;
    ck_assert_str_eq(reg_string(r, "HKLM\\a[1]", "two\r\nlines"), "x\ny");
    ck_assert(reg_dword(r, "HKLM\\a[1]", "after", &number));
    ck_assert_uint_eq(number, 1);
    reg_destroy(r);
}
END_TEST

START_TEST(a_mistake_is_reported_with_its_line)
{
    expect_complaint("", "t.reg:1: the first line must read");
    expect_complaint(V5 "\"x\"=\"1\"\n", "t.reg:3: a value stands before the first [key]");
    expect_complaint(V5 "[HKLM\\a\n", "t.reg:3: a key is");
    expect_complaint(V5 "[Nothing\\a]\n", "t.reg:3: \"Nothing\\a\" does not begin with");
    expect_complaint(V5 "[HKLM\\a]\n\"x\"=\"never closed\n\n", "t.reg:4: the quoted text has no closing quote");
    expect_complaint(V5 "[HKLM\\a]\n\"x\"=dword:123456789\n", "t.reg:4: dword:");
    expect_complaint(V5 "[HKLM\\a]\n\"x\"=hex(2:00\n", "t.reg:4: hex(");
    expect_complaint(V5 "[HKLM\\a]\n\"x\"=hex:00,\\\n  01 zz\n", "t.reg:5: unexpected \"zz");
    expect_complaint(V5 "[HKLM\\a]\n\"x\"=true\n", "t.reg:4: a value is");
    expect_complaint(V5 "[HKLM\\a]\n\"x\" 1\n", "t.reg:4: expected =");
    expect_complaint(V5 "[HKLM\\a]\nrubbish\n", "t.reg:4: expected [key]");
    expect_complaint(V5 "[-HKLM\\a]\n@=\"1\"\n", "t.reg:4: a value cannot stand below a deleted key");
    expect_complaint(V5 "[HKLM\\\\a]\n", "t.reg:3: the key's path has an empty");
    expect_complaint("\xfe\xff", "t.reg:1: neither UTF-16LE");
}
END_TEST

START_TEST(no_truncated_export_crashes_and_none_reads_more_than_it_holds)
{
    for (size_t size = 0; size < sizeof exported - 1; size++) {
        struct reg *r;
        char *copy = malloc(size ? size : 1);
        memcpy(copy, exported, size);
        ck_assert_int_eq(reg_create(&r), ERR_OK);
        enum err e = reg_parse(r, "t.reg", copy, size, complaint);
        ck_assert(e == ERR_OK || e == ERR_PROTOCOL);
        ck_assert_ptr_null(size < 400 ? reg_value(r, appid, "Big") : NULL);
        reg_destroy(r);
        free(copy);
    }
}
END_TEST

/* Long enough for a second line. */
static const uint8_t block[30] = { 1, 0, 4, 0x80, [24] = 0xfe, [29] = 0xff };

static const struct reg_change registration[] = {
    { .key = "HKEY_CLASSES_ROOT\\CLSID\\{A}", .kind = REG_SET_STRING, .text = "Test \"server\"" },
    { .key = "HKEY_CLASSES_ROOT\\CLSID\\{A}", .kind = REG_SET_DWORD, .name = "n", .number = 7 },
    { .key = "HKEY_CLASSES_ROOT\\CLSID\\{A}", .kind = REG_SET_STRING, .name = "old", .text = "x" },
    { .key = "HKEY_CLASSES_ROOT\\CLSID\\{A}", .kind = REG_DELETE_VALUE, .name = "old" },
    { .key = "HKEY_CLASSES_ROOT\\CLSID\\{A}",
      .kind = REG_SET_BINARY,
      .name = "b",
      .data = block,
      .size = sizeof block },
    { .key = "HKEY_CLASSES_ROOT\\CLSID\\{A}", .kind = REG_SET_LIST, .name = "l", .text = "one of one" },
    { .key = "HKEY_CLASSES_ROOT\\CLSID\\{A}\\LocalServer32", .kind = REG_SET_STRING, .text = "\"C:\\x y\\s.exe\"" },
};
#define REGISTRATIONS (sizeof registration / sizeof registration[0])

START_TEST(changes_are_appended_in_the_files_own_encoding)
{
    char folder[] = "/tmp/opcprobe-reg-XXXXXX", path[64];
    static const uint8_t wide_header[] = "\xff\xfe"
                                         "W\0i\0n\0d\0o\0w\0s\0 \0R\0e\0g\0i\0s\0t\0r\0y\0 \0E\0d\0i\0t\0o\0r\0 "
                                         "\0V\0e\0r\0s\0i\0o\0n\0 \0005\0.\0000\0000\0\r\0\n";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/registry.reg", folder);
    for (int encoding = 0; encoding < 3; encoding++) {
        struct reg *r;
        uint32_t number;
        if (encoding == 1)
            ck_assert_int_eq(file_replace(path, wide_header, sizeof wide_header, false), ERR_OK);
        if (encoding == 2)
            ck_assert_int_eq(file_replace(path, "REGEDIT4\r\n", 10, false), ERR_OK);
        ck_assert_msg(reg_file_change(path, registration, REGISTRATIONS, complaint) == ERR_OK, "%s", complaint);
        ck_assert_int_eq(reg_load(path, &r, complaint), ERR_OK);
        ck_assert_str_eq(reg_string(r, "HKCR\\CLSID\\{a}", NULL), "Test \"server\"");
        ck_assert(reg_dword(r, "HKCR\\CLSID\\{a}", "n", &number) && number == 7);
        ck_assert_str_eq(reg_string(r, "HKCR\\CLSID\\{a}\\LocalServer32", NULL), "\"C:\\x y\\s.exe\"");
        ck_assert_ptr_null(reg_value(r, "HKCR\\CLSID\\{a}", "old"));
        const struct reg_value *b = reg_value(r, "HKCR\\CLSID\\{a}", "b");
        ck_assert(b && b->type == REG_TYPE_BINARY && b->size == sizeof block);
        ck_assert_mem_eq(b->data, block, sizeof block);
        const struct reg_value *list = reg_value(r, "HKCR\\CLSID\\{a}", "l");
        ck_assert(list && list->type == REG_TYPE_MULTI_SZ && list->size == sizeof "one of one" + 1);
        ck_assert_mem_eq(list->data, "one of one\0", list->size);
        reg_destroy(r);
        const struct reg_change away = { .key = "HKEY_CLASSES_ROOT\\CLSID\\{A}", .kind = REG_DELETE_KEY };
        ck_assert_int_eq(reg_file_change(path, &away, 1, complaint), ERR_OK);
        ck_assert_int_eq(reg_load(path, &r, complaint), ERR_OK);
        ck_assert(!reg_has_key(r, "HKCR\\CLSID\\{A}"));
        reg_destroy(r);
    }
    unlink(path);
    rmdir(folder);
}
END_TEST

START_TEST(a_missing_file_and_a_folder_say_so)
{
    struct reg *r;
    ck_assert_int_eq(reg_load("/nonexistent/registry.reg", &r, complaint), ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(complaint, "/nonexistent/registry.reg: "));
    ck_assert_ptr_null(r);
    ck_assert_int_ne(reg_load("/tmp", &r, complaint), ERR_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reg");
    TCase *tests = tcase_create("reg");
    tcase_add_test(tests, a_version_5_export_in_utf8_is_read);
    tcase_add_test(tests, the_same_export_in_utf16_with_bom_is_read);
    tcase_add_test(tests, regedit4_texts_in_hex_are_8_bit_and_its_ansi_is_1252);
    tcase_add_test(tests, classes_root_is_the_machines_classes_under_the_users);
    tcase_add_test(tests, later_lines_win_and_deletions_delete);
    tcase_add_test(tests, brackets_and_line_breaks_inside_names_and_texts_belong_to_them);
    tcase_add_test(tests, a_mistake_is_reported_with_its_line);
    tcase_add_test(tests, no_truncated_export_crashes_and_none_reads_more_than_it_holds);
    tcase_add_test(tests, changes_are_appended_in_the_files_own_encoding);
    tcase_add_test(tests, a_missing_file_and_a_folder_say_so);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
