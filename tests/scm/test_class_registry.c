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
    tcase_add_test(tests, variables_in_the_command_are_replaced);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
