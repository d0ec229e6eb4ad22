/* The class in a host folder's registry file. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "opcda/identity.h"
#include "opcda/opc_classes.h"
#include "probe-server/reg_text.h"
#include "probe-server/registration.h"
#include "tests/probe-server/fixture.h"

static const char *const categories[] = { OPC_CATEGORY_DA10, OPC_CATEGORY_DA20, NULL };

static const struct class_registration our_class = {
    .name = OPCPROBE_SERVER_NAME,
    .clsid = OPCPROBE_CLSID_TEXT,
    .appid = OPCPROBE_APPID_TEXT,
    .progid = OPCPROBE_PROGID,
    .progid_latest = OPCPROBE_PROGID_LATEST,
    .categories = categories,
};

#define COMMAND "\"/opt/opcprobe bin/probe-server\" --minimum-level connect"

static struct reg_text parse(const char *text)
{
    struct reg_text t;
    ck_assert_int_eq(reg_text_parse(text, strlen(text), &t), ERR_OK);
    return t;
}

static void must_have(const struct reg_text *t, const char *part)
{
    ck_assert_msg(strstr(t->text, part) != NULL, "missing: %s\nin:\n%s", part, t->text);
}

static unsigned occurrences(const char *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        count++;
    return count;
}

START_TEST(registering_writes_class_command_categories_progids_and_appid)
{
    struct reg_text t = parse("");
    ck_assert_int_eq(reg_text_register(&t, &our_class, COMMAND), ERR_OK);
    must_have(&t, "Windows Registry Editor Version 5.00\r\n");
    must_have(&t, "[HKEY_CLASSES_ROOT\\CLSID\\{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}]\r\n@=\"opcprobe test server\"\r\n"
                  "\"AppID\"=\"{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}\"\r\n");
    must_have(&t, "\\LocalServer32]\r\n@=\"\\\"/opt/opcprobe bin/probe-server\\\" --minimum-level connect\"\r\n");
    must_have(&t, "\\Implemented Categories\\{63D5F432-CFE4-11D1-B2C8-0060083BA1FB}]\r\n");
    must_have(&t,
              "[HKEY_CLASSES_ROOT\\opcprobe.TestServer.1\\CLSID]\r\n@=\"{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}\"\r\n");
    must_have(&t, "[HKEY_CLASSES_ROOT\\opcprobe.TestServer\\CurVer]\r\n@=\"opcprobe.TestServer.1\"\r\n");
    must_have(&t, "[HKEY_CLASSES_ROOT\\AppID\\{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}]\r\n");
    reg_text_cleanup(&t);
}
END_TEST

START_TEST(registering_again_replaces_the_command_and_keeps_the_identity)
{
    struct reg_text t = parse(
        "Windows Registry Editor Version 5.00\r\n\r\n"
        "[HKEY_CLASSES_ROOT\\AppID\\{6f0b7e4c-2d0f-4c5b-9c2b-0a6c1e5d7a10}]\r\n\"RunAs\"=\"BETA\\\\opcserver\"\r\n\r\n"
        "[hkey_classes_root\\clsid\\{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}\\LocalServer32]\r\n@=\"old\"\r\n\r\n"
        "[HKEY_CLASSES_ROOT\\CLSID\\{11111111-0000-0000-0000-000000000000}]\r\n@=\"someone else\"\r\n");
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(reg_text_register(&t, &our_class, COMMAND), ERR_OK);
        ck_assert_uint_eq(occurrences(t.text, "LocalServer32]"), 1);
        ck_assert_uint_eq(occurrences(t.text, "\\AppID\\{"), 1);
        must_have(&t, "\"RunAs\"=\"BETA\\\\opcserver\"");
        must_have(&t, "someone else");
        ck_assert_ptr_null(strstr(t.text, "\"old\""));
    }
    reg_text_cleanup(&t);
}
END_TEST

START_TEST(unregistering_leaves_everything_else_byte_for_byte)
{
    static const char others[] = "Windows Registry Editor Version 5.00\r\n\r\n"
                                 "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Ole]\r\n\"EnableDCOM\"=\"Y\"\r\n"
                                 "\"DefaultLaunchPermission\"=hex:01,00,04,80,\\\r\n  00,00\r\n\r\n"
                                 "; a comment\r\n[HKEY_CLASSES_ROOT\\opcprobe.TestServer.10]\r\n@=\"not ours\"\r\n\r\n";
    struct reg_text t = parse(others);
    ck_assert_int_eq(reg_text_register(&t, &our_class, COMMAND), ERR_OK);
    ck_assert_int_eq(reg_text_unregister(&t, &our_class), ERR_OK);
    ck_assert_str_eq(t.text, others);
    ck_assert_int_eq(reg_text_unregister(&t, &our_class), ERR_OK);
    ck_assert_str_eq(t.text, others);
    reg_text_cleanup(&t);
}
END_TEST

START_TEST(a_file_without_its_last_line_end_is_not_run_together)
{
    struct reg_text t = parse("Windows Registry Editor Version 5.00\n[HKEY_CLASSES_ROOT\\x]");
    ck_assert_int_eq(reg_text_register(&t, &our_class, COMMAND), ERR_OK);
    must_have(&t, "[HKEY_CLASSES_ROOT\\x]\r\n[HKEY_CLASSES_ROOT\\CLSID");
    reg_text_cleanup(&t);
}
END_TEST

START_TEST(an_utf16_export_stays_utf16)
{
    static const char start[] =
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CLASSES_ROOT\\x]\r\n@=\"Gr\xC3\xBC\xC3\x9F\x65\"\r\n";
    uint16_t wide[256] = { 0xFEFF };
    size_t units = utf16_from_utf8(start, wide + 1, 255) + 1, size = 0;
    struct reg_text t, again;
    void *data = NULL;
    ck_assert_int_eq(reg_text_parse(wide, units * 2, &t), ERR_OK);
    ck_assert_str_eq(t.text, start);
    ck_assert_int_eq(reg_text_register(&t, &our_class, COMMAND), ERR_OK);
    ck_assert_int_eq(reg_text_encode(&t, &data, &size), ERR_OK);
    ck_assert_uint_eq(((uint8_t *)data)[0], 0xFF);
    ck_assert_int_eq(reg_text_parse(data, size, &again), ERR_OK);
    ck_assert(again.utf16);
    ck_assert_str_eq(again.text, t.text);
    free(data);
    reg_text_cleanup(&t);
    reg_text_cleanup(&again);
}
END_TEST

START_TEST(what_is_no_text_is_refused)
{
    struct reg_text t;
    ck_assert_int_eq(reg_text_parse("ab\0cd", 5, &t), ERR_PROTOCOL);
    ck_assert_int_eq(reg_text_parse("\xFF\xFE"
                                    "a\0\0\0b\0",
                                    8, &t),
                     ERR_PROTOCOL);
    ck_assert_int_eq(reg_text_parse("\xFF\xFE"
                                    "a",
                                    3, &t),
                     ERR_PROTOCOL);
}
END_TEST

START_TEST(the_hosts_file_is_written_and_cleared)
{
    char report[REGISTRATION_REPORT];
    char folder[] = "/tmp/opcprobe-reg-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    char *path = text_format("%s/registry.reg", folder);
    void *data;
    size_t size;
    ck_assert_int_eq(setenv("OPCPROBE_HOST", folder, 1), 0);
    ck_assert_int_eq(registration_add(&our_class, COMMAND, report), ERR_OK);
    ck_assert_ptr_nonnull(strstr(report, path));
    ck_assert_int_eq(file_read(path, 1 << 20, &data, &size), ERR_OK);
    ck_assert_ptr_nonnull(strstr(data, "LocalServer32"));
    free(data);
    ck_assert_int_eq(registration_remove(&our_class, report), ERR_OK);
    ck_assert_int_eq(file_read(path, 1 << 20, &data, &size), ERR_OK);
    ck_assert_str_eq(data, "Windows Registry Editor Version 5.00\r\n\r\n");
    free(data);
    ck_assert_int_eq(remove(path), 0);
    ck_assert_int_eq(remove(folder), 0);
    free(path);
}
END_TEST

START_TEST(without_a_host_the_report_says_what_to_do)
{
    char report[REGISTRATION_REPORT];
    ck_assert_int_eq(unsetenv("OPCPROBE_HOST"), 0);
    ck_assert_int_eq(registration_add(&our_class, COMMAND, report), ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(report, "OPCPROBE_HOST is not set"));
    ck_assert_int_eq(setenv("OPCPROBE_HOST", "/nonexistent/host", 1), 0);
    ck_assert_int_ne(registration_add(&our_class, COMMAND, report), ERR_OK);
    ck_assert_ptr_nonnull(strstr(report, "/nonexistent/host/registry.reg"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("registration");
    TCase *tc = tcase_create("registry");
    tcase_add_test(tc, registering_writes_class_command_categories_progids_and_appid);
    tcase_add_test(tc, registering_again_replaces_the_command_and_keeps_the_identity);
    tcase_add_test(tc, unregistering_leaves_everything_else_byte_for_byte);
    tcase_add_test(tc, a_file_without_its_last_line_end_is_not_run_together);
    tcase_add_test(tc, an_utf16_export_stays_utf16);
    tcase_add_test(tc, what_is_no_text_is_refused);
    tcase_add_test(tc, the_hosts_file_is_written_and_cleared);
    tcase_add_test(tc, without_a_host_the_report_says_what_to_do);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
