#include "dcom/scm/command_line.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static bool nothing_exists(const char *path)
{
    (void)path;
    return false;
}

static bool my_server_exists(const char *path)
{
    return strcmp(path, "/opt/My Servers/opc server") == 0;
}

static void expect(const char *text, bool (*exists)(const char *), const char *const *arguments, size_t count)
{
    struct command_line line;
    ck_assert_msg(command_line_split(text, NULL, exists, &line) == ERR_OK, "%s", text);
    ck_assert_uint_eq(line.count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(line.arguments[i], arguments[i]);
    ck_assert_ptr_null(line.arguments[count]);
}

START_TEST(a_quoted_program_may_hold_blanks)
{
    static const char *const arguments[] = { "/opt/My Servers/opc server", "-a", "b" };
    expect("  \"/opt/My Servers/opc server\" -a\tb ", nothing_exists, arguments, 3);
}
END_TEST

START_TEST(an_unquoted_program_with_blanks_is_the_shortest_prefix_that_exists)
{
    static const char *const found[] = { "/opt/My Servers/opc server", "-a" };
    static const char *const not_found[] = { "/opt/My", "Servers/other", "-a" };
    expect("/opt/My Servers/opc server -a", my_server_exists, found, 2);
    expect("/opt/My Servers/opc server", my_server_exists, found, 1);
    expect("/opt/My Servers/other -a", my_server_exists, not_found, 3);
}
END_TEST

START_TEST(quotes_and_backslashes_follow_CommandLineToArgvW)
{
    static const char *const a[] = { "p", "a b", "c\"d", "e\\", "f\\g", "" };
    expect("p \"a b\" c\\\"d \"e\\\\\" f\\g \"\"", nothing_exists, a, 6);
    static const char *const b[] = { "p", "C:\\dir\\" };
    expect("p C:\\dir\\", nothing_exists, b, 2);
}
END_TEST

START_TEST(embedding_is_the_last_argument)
{
    struct command_line line;
    ck_assert_int_eq(command_line_split("server /x", "-Embedding", nothing_exists, &line), ERR_OK);
    ck_assert_uint_eq(line.count, 3);
    ck_assert_str_eq(line.arguments[2], "-Embedding");
}
END_TEST

START_TEST(empty_and_endless_lines_are_refused)
{
    struct command_line line;
    char *many = malloc(COMMAND_LINE_BYTES * 2);
    ck_assert_int_eq(command_line_split("  ", NULL, nothing_exists, &line), ERR_PROTOCOL);
    ck_assert_int_eq(command_line_split("\"\" -a", NULL, nothing_exists, &line), ERR_PROTOCOL);
    memset(many, 'x', COMMAND_LINE_BYTES * 2 - 1);
    many[COMMAND_LINE_BYTES * 2 - 1] = 0;
    ck_assert_int_eq(command_line_split(many, NULL, nothing_exists, &line), ERR_LIMIT);
    memset(many, ' ', COMMAND_LINE_BYTES * 2 - 1);
    for (size_t i = 0; i < 2 * COMMAND_LINE_ARGUMENTS + 2; i += 2)
        many[i] = 'a';
    ck_assert_int_eq(command_line_split(many, NULL, nothing_exists, &line), ERR_LIMIT);
    free(many);
}
END_TEST

START_TEST(variables_between_percent_signs_are_replaced)
{
    char out[64];
    setenv("OPCPROBE_TEST_FOLDER", "/opt/x", 1);
    ck_assert_int_eq(command_line_expand("%OPCPROBE_TEST_FOLDER%/s 100% %NOT_SET_AT_ALL%", out, sizeof out), ERR_OK);
    ck_assert_str_eq(out, "/opt/x/s 100% %NOT_SET_AT_ALL%");
    ck_assert_int_eq(command_line_expand("%OPCPROBE_TEST_FOLDER%", out, 6), ERR_LIMIT);
    ck_assert_int_eq(command_line_expand("123456", out, 7), ERR_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command_line");
    TCase *tests = tcase_create("command_line");
    tcase_add_test(tests, a_quoted_program_may_hold_blanks);
    tcase_add_test(tests, an_unquoted_program_with_blanks_is_the_shortest_prefix_that_exists);
    tcase_add_test(tests, quotes_and_backslashes_follow_CommandLineToArgvW);
    tcase_add_test(tests, embedding_is_the_last_argument);
    tcase_add_test(tests, empty_and_endless_lines_are_refused);
    tcase_add_test(tests, variables_between_percent_signs_are_replaced);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
