/* What the process knows of the machine around it: its name, its terminal, the user's wish to end, other processes. */
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/host_name.h"
#include "base/interrupt.h"
#include "base/process.h"
#include "base/process_tree.h"
#include "base/terminal.h"
#include "base/thread.h"
#include "suite.h"

START_TEST(the_host_has_a_name_without_a_domain)
{
    char name[256], system[256] = "";
    host_name(name, sizeof(name));
    ck_assert_int_eq(gethostname(system, sizeof(system) - 1), 0);
    system[strcspn(system, ".")] = '\0';
    ck_assert_str_eq(name, *system ? system : "localhost");
    char small[3] = "xx";
    host_name(small, sizeof(small));
    ck_assert_uint_le(strlen(small), 2);
}
END_TEST

START_TEST(a_signal_becomes_a_request)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
    ck_assert(!interrupt_requested());
    ck_ok(interrupt_catch());
    ck_assert(!interrupt_requested());
    ck_assert_int_eq(raise(signals[_i]), 0);
    ck_assert(interrupt_requested());
    ck_assert(interrupt_wait(0));
}
END_TEST

START_TEST(a_second_ctrl_c_ends_the_process)
{
    ck_ok(interrupt_catch());
    pid_t child = fork();
    if (child == 0) {
        (void)raise(SIGINT);
        (void)raise(SIGINT);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 128 + SIGINT);
}
END_TEST

START_TEST(a_wait_for_the_request_ends_at_its_deadline)
{
    ck_ok(interrupt_catch());
    int64_t deadline = clock_deadline_ns(20 * NS_PER_MS);
    ck_assert(!interrupt_wait(deadline));
    ck_assert_int_ge(clock_now_ns(), deadline);
}
END_TEST

static atomic_int woken;

static void wait_for_request(void *unused)
{
    (void)unused;
    if (interrupt_wait(clock_deadline_ns(20 * NS_PER_S))) {
        atomic_fetch_add(&woken, 1);
    }
}

START_TEST(a_request_wakes_everybody_who_waits)
{
    struct thread threads[4];
    ck_ok(interrupt_catch());
    for (int i = 0; i < 4; i++) {
        ck_ok(thread_start(&threads[i], wait_for_request, NULL));
    }
    clock_sleep_until_ns(clock_deadline_ns(10 * NS_PER_MS));
    interrupt_request();
    for (int i = 0; i < 4; i++) {
        thread_join(&threads[i]);
    }
    ck_assert_int_eq(atomic_load(&woken), 4);
}
END_TEST

START_TEST(a_terminal_is_told_from_a_file)
{
    int terminal, user;
    struct winsize size = { .ws_row = 24, .ws_col = 93 };
    ck_assert_int_eq(openpty(&terminal, &user, NULL, NULL, &size), 0);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int saved = dup(STDOUT_FILENO);
    ck_assert_int_ge(dup2(user, STDOUT_FILENO), 0);
    bool is_terminal = terminal_is(TERMINAL_OUTPUT);
    unsigned width = terminal_width();
    ck_assert_int_ge(dup2(null, STDOUT_FILENO), 0);
    bool is_null = terminal_is(TERMINAL_OUTPUT);
    unsigned width_of_null = terminal_width();
    ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
    ck_assert(is_terminal && !is_null);
    ck_assert_uint_eq(width, 93);
    ck_assert_uint_eq(width_of_null, 120);
}
END_TEST

START_TEST(the_locale_says_whether_utf8_arrives)
{
    static const struct {
        const char *all, *ctype, *lang;
        bool utf8;
    } locales[] = {
        { "", "", "", false },
        { "", "", "C", false },
        { "", "", "de_DE.UTF-8", true },
        { "", "", "de_DE.utf8", true },
        { "", "", "de_DE.ISO-8859-1", false },
        { "", "C.UTF-8", "C", true },
        { "C", "C.UTF-8", "C.UTF-8", false },
        { "en_US.UTF-8@euro", "C", "C", true },
    };
    for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]); i++) {
        ck_assert_int_eq(setenv("LC_ALL", locales[i].all, 1), 0);
        ck_assert_int_eq(setenv("LC_CTYPE", locales[i].ctype, 1), 0);
        ck_assert_int_eq(setenv("LANG", locales[i].lang, 1), 0);
        ck_assert_msg(terminal_utf8() == locales[i].utf8, "locale %zu", i);
    }
}
END_TEST

START_TEST(a_process_has_a_parent)
{
    ck_assert_int_eq(process_parent(process_id()), getppid());
    ck_assert_int_eq(process_parent(INT64_MAX), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)pause();
        _exit(0);
    }
    ck_assert_int_eq(process_parent(child), process_id());
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_eq(process_parent(child), 0);
}
END_TEST

START_TEST(a_process_becomes_another_program)
{
    pid_t child = fork();
    if (child == 0) {
        static const char *const arguments[] = { "sh", "-c", "exit 42", NULL };
        _exit((int)process_become(arguments));
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 42);
    static const char *const missing[] = { "/no/such/program", NULL };
    ck_assert_int_eq(process_become(missing), ERR_NOT_FOUND);
}
END_TEST

static atomic_llong ended_pid;
static atomic_int ended_count;

static void note_end(void *context, int64_t pid)
{
    ck_assert_ptr_eq(context, &ended_pid);
    atomic_store(&ended_pid, pid);
    atomic_fetch_add(&ended_count, 1);
}

START_TEST(the_end_of_a_watched_process_is_told_once)
{
    struct process_watch *watch;
    ck_ok(process_watch_create(note_end, &ended_pid, &watch));
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            (void)pause();
            _exit(0);
        }
        ck_ok(process_watch_add(watch, children[i]));
        ck_ok(process_watch_add(watch, children[i]));
    }
    ck_assert_int_eq(kill(children[1], SIGKILL), 0);
    while (atomic_load(&ended_count) == 0) {
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    }
    ck_assert_int_eq(atomic_load(&ended_pid), children[1]);
    ck_assert_int_eq(waitpid(children[1], NULL, 0), children[1]);
    ck_assert_int_eq(process_watch_add(watch, children[1]), ERR_NOT_FOUND);
    process_watch_destroy(watch);
    ck_assert_int_eq(atomic_load(&ended_count), 1);
    ck_assert_int_eq(kill(children[0], SIGKILL), 0);
    ck_assert_int_eq(waitpid(children[0], NULL, 0), children[0]);
    process_watch_destroy(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("machine");
    TCase *machine = tcase_create("machine");
    tcase_add_test(machine, the_host_has_a_name_without_a_domain);
    tcase_add_test(machine, a_terminal_is_told_from_a_file);
    tcase_add_test(machine, the_locale_says_whether_utf8_arrives);
    suite_add_tcase(suite, machine);
    TCase *interrupt = tcase_create("interrupt");
    tcase_set_timeout(interrupt, 30);
    tcase_add_loop_test(interrupt, a_signal_becomes_a_request, 0, 3);
    tcase_add_test(interrupt, a_second_ctrl_c_ends_the_process);
    tcase_add_test(interrupt, a_wait_for_the_request_ends_at_its_deadline);
    tcase_add_test(interrupt, a_request_wakes_everybody_who_waits);
    suite_add_tcase(suite, interrupt);
    TCase *processes = tcase_create("processes");
    tcase_set_timeout(processes, 30);
    tcase_add_test(processes, a_process_has_a_parent);
    tcase_add_test(processes, a_process_becomes_another_program);
    tcase_add_test(processes, the_end_of_a_watched_process_is_told_once);
    suite_add_tcase(suite, processes);
    return suite_run(suite);
}
