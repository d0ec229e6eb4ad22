#include "base/secret.h"

#include <pty.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/clock.h"
#include "suite.h"

#define VARIABLE "BASE_TEST_SECRET"

static char out[SECRET_TEXT];

/* Nothing of a secret may be left behind by a failure. */
static void assert_nothing_left(void)
{
    static const char zeros[SECRET_TEXT];
    ck_assert_mem_eq(out, zeros, sizeof(out));
}

START_TEST(zeroing_clears_every_byte)
{
    char secret[20] = "xxxxxxxxxxxxxxxxxxx";
    secret_zero(secret + 1, 18);
    ck_assert_int_eq(secret[0], 'x');
    for (int i = 1; i < 19; i++) {
        ck_assert_int_eq(secret[i], 0);
    }
    secret_zero(NULL, 0);
}
END_TEST

START_TEST(a_file_gives_its_first_line)
{
    static const char *const contents[] = { "s3cret", "s3cret\n", "s3cret\r\n", "s3cret\nsecond line\n",
                                            "\xEF\xBB\xBFs3cret\r\n" };
    const char *path = suite_file("first", contents[_i], strlen(contents[_i]), 0600);
    ck_ok(secret_read(path, NULL, NULL, out));
    ck_assert_str_eq(out, "s3cret");
}
END_TEST

START_TEST(a_secret_may_be_empty_or_hold_blanks)
{
    ck_ok(secret_read(suite_file("empty", "", 0, 0400), NULL, NULL, out));
    ck_assert_str_eq(out, "");
    ck_ok(secret_read(suite_file("line", "\n", 1, 0400), NULL, NULL, out));
    ck_assert_str_eq(out, "");
    ck_ok(secret_read(suite_file("blanks", " a \xC3\xA9 \n", 7, 0400), NULL, NULL, out));
    ck_assert_str_eq(out, " a \xC3\xA9 ");
}
END_TEST

START_TEST(a_file_that_others_can_read_or_change_is_refused)
{
    static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610, 0601, 0644, 0666 };
    const char *path = suite_file("open", "s3cret\n", 7, modes[_i]);
    ck_assert_int_eq(secret_read(path, NULL, NULL, out), ERR_ACCESS);
    assert_nothing_left();
}
END_TEST

START_TEST(a_file_that_is_not_there_is_not_found)
{
    ck_assert_int_eq(setenv(VARIABLE, "s3cret", 1), 0);
    ck_assert_int_eq(secret_read(suite_path("absent"), VARIABLE, "never asked: ", out), ERR_NOT_FOUND);
    ck_assert_int_eq(secret_read(suite_folder, VARIABLE, "never asked: ", out), ERR_NOT_FOUND);
    assert_nothing_left();
}
END_TEST

START_TEST(a_secret_has_a_longest_length)
{
    char text[SECRET_TEXT + 8];
    memset(text, 'x', sizeof(text));
    text[SECRET_TEXT - 1] = '\n';
    ck_ok(secret_read(suite_file("longest", text, sizeof(text), 0600), NULL, NULL, out));
    ck_assert_uint_eq(strlen(out), SECRET_TEXT - 1);
    text[SECRET_TEXT - 1] = 'x';
    text[SECRET_TEXT] = '\n';
    ck_assert_int_eq(secret_read(suite_file("longer", text, sizeof(text), 0600), NULL, NULL, out), ERR_LIMIT);
    assert_nothing_left();
    text[SECRET_TEXT] = '\0';
    ck_assert_int_eq(setenv(VARIABLE, text, 1), 0);
    ck_assert_int_eq(secret_read(NULL, VARIABLE, NULL, out), ERR_LIMIT);
    assert_nothing_left();
    ck_assert_ptr_null(getenv(VARIABLE));
}
END_TEST

START_TEST(bytes_that_are_no_text_are_refused)
{
    ck_assert_int_eq(secret_read(suite_file("latin", "p\xE4ss\n", 5, 0600), NULL, NULL, out), ERR_PROTOCOL);
    assert_nothing_left();
    ck_assert_int_eq(secret_read(suite_file("zero", "p\0ss\n", 5, 0600), NULL, NULL, out), ERR_PROTOCOL);
    assert_nothing_left();
}
END_TEST

START_TEST(a_variable_is_taken_out_of_the_environment)
{
    ck_assert_int_eq(setenv(VARIABLE, "s3cret", 1), 0);
    char *value = getenv(VARIABLE);
    ck_ok(secret_read(NULL, VARIABLE, "never asked: ", out));
    ck_assert_str_eq(out, "s3cret");
    ck_assert_ptr_null(getenv(VARIABLE));
    /* The C library keeps the memory, and the kernel shows it: the bytes themselves are gone. */
    ck_assert_str_eq(value, "");
    ck_assert_str_eq(value + 1, "");
}
END_TEST

START_TEST(the_file_comes_before_the_variable)
{
    ck_assert_int_eq(setenv(VARIABLE, "from variable", 1), 0);
    ck_ok(secret_read(suite_file("before", "from file", 9, 0600), VARIABLE, NULL, out));
    ck_assert_str_eq(out, "from file");
}
END_TEST

START_TEST(without_file_variable_and_terminal_there_is_none)
{
    ck_assert_int_eq(unsetenv(VARIABLE), 0);
    ck_assert_int_eq(secret_read(NULL, VARIABLE, NULL, out), ERR_NOT_FOUND);
    ck_assert_int_eq(secret_read(NULL, NULL, NULL, out), ERR_NOT_FOUND);
    ck_assert_int_ge(setsid(), -1); /* a session of its own has no terminal */
    ck_assert_int_eq(secret_read(NULL, VARIABLE, "nobody reads this: ", out), ERR_NOT_FOUND);
}
END_TEST

/* The child's side of the prompt: it ends with the error, or with 100 when the secret is the expected one. */
static void answer_prompt(const char *expected)
{
    enum err e = secret_read(NULL, NULL, "Password: ", out);
    struct termios now;
    if (tcgetattr(STDIN_FILENO, &now) != 0 || !(now.c_lflag & ECHO) || !(now.c_lflag & ISIG)) {
        _exit(101);
    }
    _exit(e == ERR_OK && strcmp(out, expected) == 0 ? 100 : (int)e);
}

/* Types the answer at a terminal of its own; gives the child's exit code and everything it showed. */
static int type_answer(const char *typed, const char *expected, char *shown, size_t size)
{
    int terminal;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        answer_prompt(expected);
    }
    size_t used = 0;
    bool answered = false;
    ssize_t got;
    while (used < size - 1 && (got = read(terminal, shown + used, size - 1 - used)) > 0) {
        used += (size_t)got;
        shown[used] = '\0';
        if (!answered && strstr(shown, "Password: ")) {
            struct termios now;
            do { /* the prompt is shown just before the echo is switched off, which also empties the input */
                clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
                ck_assert_int_eq(tcgetattr(terminal, &now), 0);
            } while (now.c_lflag & ECHO);
            ck_assert_int_eq(write(terminal, typed, strlen(typed)), (ssize_t)strlen(typed));
            answered = true;
        }
    }
    shown[used] = '\0';
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(close(terminal), 0);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

START_TEST(a_prompt_reads_without_echo)
{
    char shown[256];
    ck_assert_int_eq(type_answer("s3cret\n", "s3cret", shown, sizeof(shown)), 100);
    ck_assert_ptr_nonnull(strstr(shown, "Password: "));
    ck_assert_ptr_null(strstr(shown, "s3"));
}
END_TEST

START_TEST(a_typing_mistake_can_be_taken_back)
{
    char shown[256];
    ck_assert_int_eq(type_answer("\x7Fs3\xC3\xA9\x7F"
                                 "crex\bt\r",
                                 "s3cret", shown, sizeof(shown)),
                     100);
}
END_TEST

START_TEST(ctrl_c_cancels_and_the_echo_comes_back)
{
    char shown[256];
    ck_assert_int_eq(type_answer("s3\x03", "", shown, sizeof(shown)), ERR_CANCELLED);
    ck_assert_int_eq(type_answer("\x04", "", shown, sizeof(shown)), ERR_CANCELLED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secret");
    TCase *all = tcase_create("sources");
    tcase_add_test(all, zeroing_clears_every_byte);
    tcase_add_loop_test(all, a_file_gives_its_first_line, 0, 5);
    tcase_add_test(all, a_secret_may_be_empty_or_hold_blanks);
    tcase_add_loop_test(all, a_file_that_others_can_read_or_change_is_refused, 0, 8);
    tcase_add_test(all, a_file_that_is_not_there_is_not_found);
    tcase_add_test(all, a_secret_has_a_longest_length);
    tcase_add_test(all, bytes_that_are_no_text_are_refused);
    tcase_add_test(all, a_variable_is_taken_out_of_the_environment);
    tcase_add_test(all, the_file_comes_before_the_variable);
    tcase_add_test(all, without_file_variable_and_terminal_there_is_none);
    suite_add_tcase(suite, all);
    TCase *prompt = tcase_create("prompt");
    tcase_set_timeout(prompt, 30);
    tcase_add_test(prompt, a_prompt_reads_without_echo);
    tcase_add_test(prompt, a_typing_mistake_can_be_taken_back);
    tcase_add_test(prompt, ctrl_c_cancels_and_the_echo_comes_back);
    suite_add_tcase(suite, prompt);
    return suite_run(suite);
}
