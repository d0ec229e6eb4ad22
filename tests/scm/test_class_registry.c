#include "dcom/scm/class_registry.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define CLASS "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}"

static struct class_server found;
static enum class_bits bits;

/* Looks the class up in a registry with these lines behind the version line. */
static enum err find(const char *lines)
{
    char complaint[REG_COMPLAINT], text[2048] = "Windows Registry Editor Version 5.00\n";
    struct reg *r;
    strcat(text, lines);
    ck_assert_int_eq(reg_create(&r), ERR_OK);
    ck_assert_msg(reg_parse(r, "t.reg", text, strlen(text), complaint) == ERR_OK, "%s", complaint);
    enum err e = class_registry_find(r, "{6f0b7e4c-2d0f-4c5b-9c2b-0a6c1e5d7a10}", bits, &found);
    reg_destroy(r);
    return e;
}

START_TEST(a_class_without_run_as_runs_as_who_launches_it)
{
    ck_assert_int_eq(find("[HKEY_CLASSES_ROOT\\CLSID\\" CLASS "\\LocalServer32]\n@=\"/bin/server\"\n"), ERR_OK);
    ck_assert_str_eq(found.command, "/bin/server");
    ck_assert_int_eq(found.identity, CLASS_LAUNCHING_USER);
}
END_TEST

START_TEST(run_as_of_the_app_id_names_the_account_or_the_console)
{
    static const char lines[] =
        "[HKLM\\SOFTWARE\\Classes\\CLSID\\" CLASS "]\n\"AppID\"=\"{11111111-0000-0000-0000-000000000000}\"\n"
        "[HKLM\\SOFTWARE\\Classes\\CLSID\\" CLASS "\\LocalServer32]\n@=\"/bin/server\"\n"
        "[HKLM\\SOFTWARE\\Classes\\AppID\\{11111111-0000-0000-0000-000000000000}]\n";
    char text[1024];
    strcpy(text, lines);
    ck_assert_int_eq(find(strcat(text, "\"RunAs\"=\".\\\\opc\"\n")), ERR_OK);
    ck_assert_int_eq(found.identity, CLASS_ACCOUNT);
    ck_assert_str_eq(found.run_as, ".\\opc");
    strcpy(text, lines);
    ck_assert_int_eq(find(strcat(text, "\"RunAs\"=\"interactive user\"\n")), ERR_OK);
    ck_assert_int_eq(found.identity, CLASS_INTERACTIVE_USER);
}
END_TEST

START_TEST(a_class_without_a_program_is_not_registered)
{
    ck_assert_int_eq(find(""), ERR_NOT_FOUND);
    ck_assert_int_eq(find("[HKEY_CLASSES_ROOT\\CLSID\\" CLASS "\\InprocServer32]\n@=\"x.dll\"\n"), ERR_NOT_FOUND);
    ck_assert_int_eq(find("[HKEY_CLASSES_ROOT\\CLSID\\" CLASS "\\LocalServer32]\n@=\"\"\n"), ERR_NOT_FOUND);
    ck_assert_int_eq(find("[HKEY_CLASSES_ROOT\\CLSID\\" CLASS "\\LocalServer32]\n@=dword:1\n"), ERR_NOT_FOUND);
}
END_TEST

#define APP_ID                                                                                                         \
    "[HKCR\\CLSID\\" CLASS "]\n\"AppID\"=\"{11111111-0000-0000-0000-000000000000}\"\n"                                 \
    "[HKCR\\AppID\\{11111111-0000-0000-0000-000000000000}]\n\"RunAs\"=\"opc\"\n"

START_TEST(a_service_of_the_app_id_says_itself_what_runs_and_as_whom)
{
    static const char lines[] = APP_ID "\"LocalService\"=\"opcsvc\"\n"
                                       "[HKCR\\CLSID\\" CLASS "\\LocalServer32]\n@=\"/bin/server\"\n"
                                       "[HKLM\\SYSTEM\\CurrentControlSet\\Services\\opcsvc]\n";
    char text[2048];
    ck_assert_int_eq(find(lines), ERR_OK);
    ck_assert_int_eq(found.program, CLASS_SERVICE);
    ck_assert(!found.service_installed);
    strcat(strcpy(text, lines), "\"ImagePath\"=\"/bin/service -k\"\n");
    ck_assert_int_eq(find(text), ERR_OK);
    ck_assert(found.service_installed && !found.service_disabled);
    ck_assert_str_eq(found.command, "/bin/service -k");
    ck_assert_str_eq(found.service, "opcsvc");
    ck_assert_int_eq(found.identity, CLASS_ACCOUNT);
    ck_assert_str_eq(found.run_as, "LocalSystem");
    ck_assert_int_eq(find(strcat(text, "\"ObjectName\"=\".\\\\svc\"\n\"Start\"=dword:4\n")), ERR_OK);
    ck_assert_str_eq(found.run_as, ".\\svc");
    ck_assert(found.service_disabled);
}
END_TEST

START_TEST(a_module_counts_where_the_app_id_asks_for_a_surrogate)
{
    static const char lines[] = "[HKCR\\CLSID\\" CLASS "\\InprocServer32]\n@=\"x.dll\"\n" APP_ID;
    char text[1024];
    ck_assert_int_eq(find(lines), ERR_NOT_FOUND);
    ck_assert_int_eq(find(strcat(strcpy(text, lines), "\"DllSurrogate\"=\"\"\n")), ERR_OK);
    ck_assert_int_eq(found.program, CLASS_SURROGATE);
    ck_assert_str_eq(found.command, "x.dll");
    ck_assert_str_eq(found.run_as, "opc");
}
END_TEST

START_TEST(each_view_has_its_classes_and_the_64_bit_one_comes_first)
{
    static const char only_32[] = "[HKCR\\Wow6432Node\\CLSID\\" CLASS "\\LocalServer32]\n@=\"/bin/s32\"\n";
    static const char both[] = "[HKCR\\Wow6432Node\\CLSID\\" CLASS "\\LocalServer32]\n@=\"/bin/s32\"\n"
                               "[HKCR\\CLSID\\" CLASS "\\LocalServer32]\n@=\"/bin/s64\"\n";
    static const struct {
        enum class_bits bits;
        const char *lines, *command;
    } cases[] = {
        { CLASS_ANY_BITS, only_32, "/bin/s32" }, { CLASS_32_BITS, only_32, "/bin/s32" },
        { CLASS_64_BITS, only_32, NULL },        { CLASS_ANY_BITS, both, "/bin/s64" },
        { CLASS_32_BITS, both, "/bin/s32" },     { CLASS_64_BITS, both, "/bin/s64" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bits = cases[i].bits;
        ck_assert_int_eq(find(cases[i].lines), cases[i].command ? ERR_OK : ERR_NOT_FOUND);
        ck_assert_str_eq(found.command, cases[i].command ? cases[i].command : "");
    }
}
END_TEST

START_TEST(variables_in_the_command_are_replaced)
{
    setenv("OPCPROBE_TEST_FOLDER", "/opt/x", 1);
    ck_assert_int_eq(
        find("[HKEY_CLASSES_ROOT\\CLSID\\" CLASS "\\LocalServer32]\n@=\"%OPCPROBE_TEST_FOLDER%/server\"\n"), ERR_OK);
    ck_assert_str_eq(found.command, "/opt/x/server");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("class_registry");
    TCase *tests = tcase_create("class_registry");
    tcase_add_test(tests, a_class_without_run_as_runs_as_who_launches_it);
    tcase_add_test(tests, run_as_of_the_app_id_names_the_account_or_the_console);
    tcase_add_test(tests, a_class_without_a_program_is_not_registered);
    tcase_add_test(tests, a_service_of_the_app_id_says_itself_what_runs_and_as_whom);
    tcase_add_test(tests, a_module_counts_where_the_app_id_asks_for_a_surrogate);
    tcase_add_test(tests, each_view_has_its_classes_and_the_64_bit_one_comes_first);
    tcase_add_test(tests, variables_in_the_command_are_replaced);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
