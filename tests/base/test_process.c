#include "base/process.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/thread.h"
#include "suite.h"

#define SOON clock_deadline_ns(30 * NS_PER_S)

static char content[4096];

/* The text of a file that a child wrote. */
static const char *content_of(const char *path)
{
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    content[fread(content, 1, sizeof(content) - 1, file)] = '\0';
    ck_assert_int_eq(fclose(file), 0);
    return content;
}

/* Runs a shell script to its end with the given options and returns its exit code. */
static int run_script(const char *script, struct process_options options)
{
    const char *const arguments[] = { "/bin/sh", "-c", script, NULL };
    options.arguments = arguments;
    struct process p;
    int exit_code;
    ck_ok(process_start(&options, &p));
    ck_ok(process_wait(&p, SOON, &exit_code));
    return exit_code;
}

static struct process start_script(const char *script, struct process_options options)
{
    const char *const arguments[] = { "/bin/sh", "-c", script, NULL };
    options.arguments = arguments;
    struct process p;
    ck_ok(process_start(&options, &p));
    return p;
}

/* Waits until the condition holds; the test's own time limit ends it otherwise. */
#define wait_until(condition)                                                                                          \
    while (!(condition)) {                                                                                             \
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));                                                            \
    }

static bool has_content(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && about.st_size > 0;
}

START_TEST(an_exit_code_arrives_unchanged)
{
    static const int codes[] = { 0, 1, 2, 77, 127, 255 };
    char script[20];
    (void)snprintf(script, sizeof(script), "exit %d", codes[_i]);
    ck_assert_int_eq(run_script(script, (struct process_options){ 0 }), codes[_i]);
}
END_TEST

START_TEST(a_killed_process_ends_with_128_and_the_signal)
{
    ck_assert_int_eq(run_script("kill -9 $$", (struct process_options){ 0 }), 128 + SIGKILL);
    ck_assert_int_eq(run_script("kill -15 $$", (struct process_options){ 0 }), 128 + SIGTERM);
}
END_TEST

START_TEST(a_process_is_reaped_once)
{
    struct process p = start_script("exit 5", (struct process_options){ 0 });
    int exit_code;
    ck_ok(process_wait(&p, SOON, &exit_code));
    ck_assert_int_eq(exit_code, 5);
    ck_assert_int_eq(process_wait(&p, SOON, &exit_code), ERR_NOT_FOUND);
    process_end(&p, 0);
    process_cleanup(&p);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(a_program_that_does_not_exist_is_not_found)
{
    static const char *const names[] = { "/no/such/program", "no-such-program-anywhere", "", "./no-such-program",
                                         "/etc/passwd/x" };
    const char *const arguments[] = { names[_i], NULL };
    struct process p;
    ck_assert_int_eq(process_start(&(struct process_options){ .arguments = arguments }, &p), ERR_NOT_FOUND);
    int exit_code;
    ck_assert_int_eq(process_wait(&p, SOON, &exit_code), ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_file_that_cannot_be_executed_is_told)
{
    struct process p;
    const char *const plain[] = { suite_file("plain", "echo hi\n", 8, 0644), NULL };
    ck_assert_int_eq(process_start(&(struct process_options){ .arguments = plain }, &p), ERR_ACCESS);
    /* Executable, but neither a binary nor a script that names its interpreter. */
    const char *const formless[] = { suite_file("formless", "echo hi\n", 8, 0755), NULL };
    ck_assert_int_eq(process_start(&(struct process_options){ .arguments = formless }, &p), ERR_ACCESS);
    const char *const folder[] = { suite_folder, NULL };
    ck_assert_int_eq(process_start(&(struct process_options){ .arguments = folder }, &p), ERR_ACCESS);
}
END_TEST

START_TEST(a_name_without_a_slash_is_looked_up_in_path)
{
    ck_assert_int_eq(mkdir(suite_path("first"), 0755), 0);
    ck_assert_int_eq(mkdir(suite_path("second"), 0755), 0);
    (void)suite_file("first/tool", "not executable", 14, 0644);
    (void)suite_file("second/tool", "#!/bin/sh\nexit 42\n", 18, 0755);
    const char *const arguments[] = { "tool", NULL };
    struct process p;
    int exit_code;
    char path[200];
    (void)snprintf(path, sizeof(path), "%s:%s", suite_path("first"), suite_path("second"));
    ck_assert_int_eq(setenv("PATH", path, 1), 0);
    ck_ok(process_start(&(struct process_options){ .arguments = arguments }, &p));
    ck_ok(process_wait(&p, SOON, &exit_code));
    ck_assert_int_eq(exit_code, 42);
    ck_assert_int_eq(setenv("PATH", suite_path("first"), 1), 0);
    ck_assert_int_eq(process_start(&(struct process_options){ .arguments = arguments }, &p), ERR_ACCESS);
    ck_assert_int_eq(setenv("PATH", suite_path("third"), 1), 0);
    ck_assert_int_eq(process_start(&(struct process_options){ .arguments = arguments }, &p), ERR_NOT_FOUND);
    ck_assert_int_eq(unsetenv("PATH"), 0);
    const char *const shell[] = { "sh", "-c", "exit 7", NULL };
    ck_ok(process_start(&(struct process_options){ .arguments = shell }, &p));
    ck_ok(process_wait(&p, SOON, &exit_code));
    ck_assert_int_eq(exit_code, 7);
}
END_TEST

START_TEST(output_goes_to_files_and_is_appended)
{
    const char *both = suite_path("both"), *out = suite_path("out"), *error = suite_path("error");
    struct process_options options = { .output_path = both };
    ck_assert_int_eq(run_script("echo one; echo two >&2", options), 0);
    ck_assert_int_eq(run_script("echo three", options), 0);
    ck_assert_str_eq(content_of(both), "one\ntwo\nthree\n");
    options = (struct process_options){ .output_path = out, .error_path = error };
    ck_assert_int_eq(run_script("echo one; echo two >&2", options), 0);
    ck_assert_str_eq(content_of(out), "one\n");
    ck_assert_str_eq(content_of(error), "two\n");
}
END_TEST

START_TEST(input_is_the_null_device_or_a_file)
{
    struct process_options options = { .output_path = suite_path("copied") };
    ck_assert_int_eq(run_script("cat", options), 0);
    ck_assert_str_eq(content_of(options.output_path), "");
    options.input_path = suite_file("input", "hello", 5, 0600);
    ck_assert_int_eq(run_script("cat", options), 0);
    ck_assert_str_eq(content_of(options.output_path), "hello");
}
END_TEST

START_TEST(files_and_folders_that_cannot_be_used_are_told)
{
    const char *const arguments[] = { "/bin/true", NULL };
    struct process p;
    const char *missing = suite_path("missing/file");
    const struct process_options wrong[] = {
        { .arguments = arguments, .output_path = missing },
        { .arguments = arguments, .error_path = missing },
        { .arguments = arguments, .input_path = missing },
        { .arguments = arguments, .folder = missing },
    };
    for (size_t i = 0; i < 4; i++) {
        errno = 0;
        ck_assert_int_eq(process_start(&wrong[i], &p), ERR_IO);
        ck_assert_int_eq(errno, ENOENT);
    }
}
END_TEST

START_TEST(a_child_works_in_its_folder)
{
    struct process_options options = { .output_path = suite_path("where"), .folder = "/usr" };
    ck_assert_int_eq(run_script("pwd", options), 0);
    ck_assert_str_eq(content_of(options.output_path), "/usr\n");
    /* A relative program is looked for from there, too. */
    const char *const arguments[] = { "bin/env", "true", NULL };
    options.arguments = arguments;
    struct process p;
    int exit_code;
    ck_ok(process_start(&options, &p));
    ck_ok(process_wait(&p, SOON, &exit_code));
    ck_assert_int_eq(exit_code, 0);
}
END_TEST

START_TEST(the_environment_is_ours_with_changes)
{
    ck_assert_int_eq(setenv("KEPT", "kept", 1), 0);
    ck_assert_int_eq(setenv("CHANGED", "old", 1), 0);
    ck_assert_int_eq(setenv("REMOVED", "old", 1), 0);
    ck_assert_int_eq(setenv("REMOVED_NOT", "stays", 1), 0);
    static const char *const changes[] = { "CHANGED=first", "REMOVED", "ADDED=a=b", "EMPTY=", "CHANGED=new", NULL };
    struct process_options options = { .output_path = suite_path("environment"), .environment = changes };
    ck_assert_int_eq(run_script("echo $KEPT,$CHANGED,${REMOVED-unset},$REMOVED_NOT,$ADDED,${EMPTY-unset}", options), 0);
    ck_assert_str_eq(content_of(options.output_path), "kept,new,unset,stays,a=b,\n");
}
END_TEST

START_TEST(a_child_gets_no_descriptor_but_the_three_streams)
{
    int leaked = open("/dev/null", O_RDONLY); /* without close-on-exec, as a library might */
    ck_assert_int_ge(leaked, 0);
    struct process_options options = { .output_path = suite_path("descriptors") };
    const char *const arguments[] = { "/bin/ls", "/proc/self/fd", NULL };
    options.arguments = arguments;
    struct process p;
    int exit_code;
    ck_ok(process_start(&options, &p));
    ck_ok(process_wait(&p, SOON, &exit_code));
    /* ls itself opens the folder as number 3. */
    ck_assert_str_eq(content_of(options.output_path), "0\n1\n2\n3\n");
    ck_assert_int_eq(close(leaked), 0);
}
END_TEST

START_TEST(a_child_handles_signals_as_the_system_does)
{
    ck_assert(signal(SIGTERM, SIG_IGN) != SIG_ERR);
    sigset_t blocked;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGTERM);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
    ck_assert_int_eq(run_script("kill -15 $$; exit 3", (struct process_options){ 0 }), 128 + SIGTERM);
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline_and_never_before)
{
    struct process p = start_script("exec sleep 60", (struct process_options){ 0 });
    int exit_code = 9;
    int64_t deadline = clock_deadline_ns(40 * NS_PER_MS);
    ck_assert_int_eq(process_wait(&p, deadline, &exit_code), ERR_TIMEOUT);
    ck_assert_int_ge(clock_now_ns(), deadline);
    ck_assert_int_lt(clock_now_ns() - deadline, 5 * NS_PER_S);
    ck_assert_int_eq(process_wait(&p, 0, &exit_code), ERR_TIMEOUT);
    ck_assert(process_alive(p.pid));
    process_end(&p, 10 * NS_PER_S);
    ck_assert(!process_alive(p.pid));
}
END_TEST

START_TEST(a_process_may_end_in_its_own_way)
{
    const char *said = suite_path("said");
    struct process p = start_script("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done",
                                    (struct process_options){ .output_path = said });
    wait_until(has_content(said));
    process_end(&p, 20 * NS_PER_S);
    ck_assert_str_eq(content_of(said), "ready\nbye\n");
    ck_assert(!process_alive(p.pid));
}
END_TEST

START_TEST(a_process_that_refuses_to_end_is_killed)
{
    const char *said = suite_path("refused");
    struct process p = start_script("trap '' TERM; echo ready; while :; do sleep 0.01; done",
                                    (struct process_options){ .output_path = said });
    wait_until(has_content(said));
    int64_t start = clock_now_ns();
    process_end(&p, 50 * NS_PER_MS);
    ck_assert_int_ge(clock_now_ns() - start, 50 * NS_PER_MS);
    ck_assert(!process_alive(p.pid));
}
END_TEST

START_TEST(a_stopped_process_still_ends)
{
    struct process p = start_script("kill -STOP $$; sleep 60", (struct process_options){ 0 });
    int64_t start = clock_now_ns();
    process_end(&p, 20 * NS_PER_S);
    ck_assert_int_lt(clock_now_ns() - start, 10 * NS_PER_S);
    ck_assert(!process_alive(p.pid));
}
END_TEST

START_TEST(a_paused_process_does_nothing_until_it_goes_on)
{
    char path[] = "/tmp/test_process-XXXXXX";
    ck_assert_int_ge(mkstemp(path), 0);
    struct process p =
        start_script("while :; do echo x; sleep 0.01; done", (struct process_options){ .output_path = path });
    struct stat paused, later;
    wait_until(has_content(path));
    ck_ok(process_pause(&p, true));
    clock_sleep_until_ns(clock_deadline_ns(100 * NS_PER_MS)); /* what it was about to write */
    ck_assert_int_eq(stat(path, &paused), 0);
    clock_sleep_until_ns(clock_deadline_ns(200 * NS_PER_MS));
    ck_assert_int_eq(stat(path, &later), 0);
    ck_assert_int_eq(later.st_size, paused.st_size);
    ck_ok(process_pause(&p, false));
    wait_until(stat(path, &later) == 0 && later.st_size > paused.st_size);
    process_end(&p, NS_PER_S);
    ck_assert_int_eq(process_pause(&p, true), ERR_NOT_FOUND);
    remove(path);
}
END_TEST

/* The number that a script wrote into a file. */
static int64_t pid_in(const char *path)
{
    wait_until(has_content(path) && strchr(content_of(path), '\n'));
    return strtoll(content, NULL, 10);
}

/* The first number that stands alone on a line of `text`; 0 when there is none yet. */
static int64_t number_line(const char *text)
{
    for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        char *end;
        int64_t number = strtoll(line, &end, 10);
        if (number > 0 && *end == '\n')
            return number;
    }
    return 0;
}

START_TEST(a_group_ends_as_a_whole)
{
    const char *path = suite_path("grandchild");
    struct process p = start_script("trap 'exit 0' TERM; (trap '' TERM; echo ready; sleep 60) & echo $!; wait; wait",
                                    (struct process_options){ .output_path = path, .own_group = true });
    /* The two lines come from two processes, in either order. */
    wait_until(has_content(path) && strstr(content_of(path), "ready\n") && number_line(content) > 0);
    int64_t grandchild = number_line(content);
    ck_assert(process_alive(grandchild));
    process_end(&p, 20 * NS_PER_S);
    wait_until(!process_alive(grandchild));
}
END_TEST

START_TEST(without_a_group_only_the_process_ends)
{
    const char *path = suite_path("spared");
    struct process p = start_script("sleep 60 & echo $!; wait", (struct process_options){ .output_path = path });
    int64_t grandchild = pid_in(path);
    process_end(&p, 20 * NS_PER_S);
    ck_assert(process_alive(grandchild));
    ck_assert_int_eq(kill((pid_t)grandchild, SIGKILL), 0);
}
END_TEST

START_TEST(a_forgotten_process_goes_on)
{
    struct process p = start_script("exec sleep 60", (struct process_options){ 0 });
    process_cleanup(&p);
    process_cleanup(&p);
    ck_assert(process_alive(p.pid));
    ck_assert_int_eq(kill((pid_t)p.pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid((pid_t)p.pid, NULL, 0), (pid_t)p.pid);
}
END_TEST

/* Starts a child that is to die with this process and writes its number. */
static void start_dependent(void *argument)
{
    (void)argument;
    struct process p =
        start_script("echo $$; exec sleep 60",
                     (struct process_options){ .output_path = suite_path("dependent"), .die_with_parent = true });
    process_cleanup(&p);
}

START_TEST(a_dependent_child_outlives_the_thread_that_started_it)
{
    struct thread t;
    ck_ok(thread_start(&t, start_dependent, NULL));
    thread_join(&t);
    int64_t child = pid_in(suite_path("dependent"));
    /* Linux would send the signal at the end of the thread, which has long come. */
    clock_sleep_until_ns(clock_deadline_ns(100 * NS_PER_MS));
    ck_assert(process_alive(child));
    ck_assert_int_eq(kill((pid_t)child, SIGKILL), 0);
    ck_assert_int_eq(waitpid((pid_t)child, NULL, 0), (pid_t)child);
    (void)unlink(suite_path("dependent"));
}
END_TEST

START_TEST(a_dependent_child_dies_with_its_parent)
{
    pid_t parent = fork();
    ck_assert_int_ge(parent, 0);
    if (parent == 0) {
        start_dependent(NULL);
        (void)pause();
        _exit(0);
    }
    int64_t child = pid_in(suite_path("dependent"));
    ck_assert(process_alive(child));
    ck_assert_int_eq(kill(parent, SIGKILL), 0);
    ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
    wait_until(!process_alive(child));
}
END_TEST

START_TEST(an_independent_child_survives_its_parent)
{
    const char *path = suite_path("independent");
    pid_t parent = fork();
    ck_assert_int_ge(parent, 0);
    if (parent == 0) {
        (void)start_script("echo $$; exec sleep 60", (struct process_options){ .output_path = path });
        (void)pause();
        _exit(0);
    }
    int64_t child = pid_in(path);
    ck_assert_int_eq(kill(parent, SIGKILL), 0);
    ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
    clock_sleep_until_ns(clock_deadline_ns(50 * NS_PER_MS));
    ck_assert(process_alive(child));
    ck_assert_int_eq(kill((pid_t)child, SIGKILL), 0);
}
END_TEST

#define STARTERS 6

static void start_many(void *argument)
{
    bool dependent = *(bool *)argument;
    for (int i = 0; i < 10; i++) {
        char script[20];
        (void)snprintf(script, sizeof(script), "exit %d", i);
        ck_assert_int_eq(run_script(script, (struct process_options){ .die_with_parent = dependent }), i);
    }
}

START_TEST(many_threads_start_processes_at_once)
{
    struct thread threads[STARTERS];
    static bool dependent[2] = { false, true };
    for (int i = 0; i < STARTERS; i++) {
        ck_ok(thread_start(&threads[i], start_many, &dependent[i % 2]));
    }
    for (int i = 0; i < STARTERS; i++) {
        thread_join(&threads[i]);
    }
}
END_TEST

START_TEST(a_process_is_named_by_number_and_start_time)
{
    uint64_t own = process_start_time(process_id());
    ck_assert_uint_gt(own, 0);
    ck_assert_uint_eq(process_start_time(getpid()), own);
    struct process p = start_script("exec sleep 60", (struct process_options){ 0 });
    ck_assert_uint_ge(process_start_time(p.pid), own);
    ck_assert_int_eq(kill((pid_t)p.pid, SIGKILL), 0);
    /* Ended and not reaped: the number is still taken, but there is no such process any more. */
    wait_until(!process_alive(p.pid));
    ck_assert_int_eq(kill((pid_t)p.pid, 0), 0);
    ck_assert_uint_eq(process_start_time(p.pid), 0);
    process_end(&p, 0);
    ck_assert(!process_alive(p.pid));
    ck_assert_uint_eq(process_start_time(p.pid), 0);
    ck_assert(!process_alive(0));
    ck_assert(!process_alive(-1));
    ck_assert(!process_alive(INT64_MAX));
}
END_TEST

START_TEST(a_strange_program_name_does_not_confuse_the_start_time)
{
    const char *path = suite_path("a ) R 1 (x");
    ck_assert_int_eq(symlink("/bin/sleep", path), 0);
    const char *const arguments[] = { path, "60", NULL };
    struct process p;
    ck_ok(process_start(&(struct process_options){ .arguments = arguments }, &p));
    ck_assert_uint_ge(process_start_time(p.pid), process_start_time(process_id()));
    process_end(&p, 0);
}
END_TEST

START_TEST(the_running_program_knows_its_path)
{
    char path[4096], small[5];
    ck_ok(process_program_path(path, sizeof(path)));
    ck_assert_int_eq(path[0], '/');
    ck_assert_ptr_nonnull(strstr(path, "test_process"));
    size_t length = strlen(path);
    ck_ok(process_program_path(path, length + 1));
    ck_assert_int_eq(process_program_path(path, length), ERR_LIMIT);
    ck_assert_int_eq(process_program_path(small, sizeof(small)), ERR_LIMIT);
    ck_assert_str_eq(small, "");
}
END_TEST

START_TEST(random_bytes_differ)
{
    uint8_t a[300] = { 0 }, b[300] = { 0 }, zero[300] = { 0 };
    ck_ok(random_bytes(a, sizeof(a)));
    ck_ok(random_bytes(b, sizeof(b)));
    ck_assert_mem_ne(a, b, sizeof(a));
    ck_assert_mem_ne(a + 292, zero, 8);
    ck_ok(random_bytes(NULL, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process");
    TCase *starting = tcase_create("starting");
    tcase_set_timeout(starting, 60);
    tcase_add_loop_test(starting, an_exit_code_arrives_unchanged, 0, 6);
    tcase_add_test(starting, a_killed_process_ends_with_128_and_the_signal);
    tcase_add_test(starting, a_process_is_reaped_once);
    tcase_add_loop_test(starting, a_program_that_does_not_exist_is_not_found, 0, 5);
    tcase_add_test(starting, a_file_that_cannot_be_executed_is_told);
    tcase_add_test(starting, a_name_without_a_slash_is_looked_up_in_path);
    tcase_add_test(starting, output_goes_to_files_and_is_appended);
    tcase_add_test(starting, input_is_the_null_device_or_a_file);
    tcase_add_test(starting, files_and_folders_that_cannot_be_used_are_told);
    tcase_add_test(starting, a_child_works_in_its_folder);
    tcase_add_test(starting, the_environment_is_ours_with_changes);
    tcase_add_test(starting, a_child_gets_no_descriptor_but_the_three_streams);
    tcase_add_test(starting, a_child_handles_signals_as_the_system_does);
    tcase_add_test(starting, many_threads_start_processes_at_once);
    suite_add_tcase(suite, starting);
    TCase *ending = tcase_create("ending");
    tcase_set_timeout(ending, 60);
    tcase_add_test(ending, a_wait_ends_at_its_deadline_and_never_before);
    tcase_add_test(ending, a_process_may_end_in_its_own_way);
    tcase_add_test(ending, a_process_that_refuses_to_end_is_killed);
    tcase_add_test(ending, a_stopped_process_still_ends);
    tcase_add_test(ending, a_paused_process_does_nothing_until_it_goes_on);
    tcase_add_test(ending, a_group_ends_as_a_whole);
    tcase_add_test(ending, without_a_group_only_the_process_ends);
    tcase_add_test(ending, a_forgotten_process_goes_on);
    tcase_add_test(ending, a_dependent_child_outlives_the_thread_that_started_it);
    tcase_add_test(ending, a_dependent_child_dies_with_its_parent);
    tcase_add_test(ending, an_independent_child_survives_its_parent);
    suite_add_tcase(suite, ending);
    TCase *naming = tcase_create("naming");
    tcase_add_test(naming, a_process_is_named_by_number_and_start_time);
    tcase_add_test(naming, a_strange_program_name_does_not_confuse_the_start_time);
    tcase_add_test(naming, the_running_program_knows_its_path);
    tcase_add_test(naming, random_bytes_differ);
    suite_add_tcase(suite, naming);
    return suite_run(suite);
}
