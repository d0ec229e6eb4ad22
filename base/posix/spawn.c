#include "base/posix/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err_internal.h"
#include "base/text.h"
#include "base/thread.h"

/* Where the search goes when the environment has no PATH. */
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

/* ERR_OK for a regular file that this process may execute. */
static enum err check_program(const char *path)
{
    struct stat file;
    if (stat(path, &file) != 0) {
        return err_from_errno(errno);
    }
    if (!S_ISREG(file.st_mode) || access(path, X_OK) != 0) {
        return ERR_ACCESS;
    }
    return ERR_OK;
}

/* Finds a program name without a slash in PATH; what was found but cannot be executed is the better complaint. */
static enum err search_path(const char *name, char **out)
{
    const char *path = getenv("PATH");
    enum err result = ERR_NOT_FOUND;
    for (const char *at = path ? path : DEFAULT_PATH; *at;) {
        size_t length = strcspn(at, ":");
        char *candidate = length ? text_format("%.*s/%s", (int)length, at, name) : text_format("./%s", name);
        if (!candidate) {
            return ERR_MEMORY;
        }
        enum err e = check_program(candidate);
        if (!e) {
            *out = candidate;
            return ERR_OK;
        }
        free(candidate);
        result = e == ERR_ACCESS ? e : result;
        at += length;
        at += *at == ':';
    }
    return result;
}

static enum err find_program(const char *name, char **out)
{
    if (!strchr(name, '/')) {
        return *name ? search_path(name, out) : ERR_NOT_FOUND;
    }
    /* A relative path is meant from the child's working folder, so only the child can tell whether it exists. */
    *out = text_format("%s", name);
    return *out ? ERR_OK : ERR_MEMORY;
}

static size_t count_strings(const char *const *strings)
{
    size_t count = 0;
    while (strings && strings[count]) {
        count++;
    }
    return count;
}

static bool same_variable(const char *a, const char *b)
{
    size_t length = strcspn(a, "=");
    return length == strcspn(b, "=") && memcmp(a, b, length) == 0;
}

/* Whether `variable` of the list up to `end` is set again or removed later on. */
static bool is_changed(const char *variable, const char *const *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (same_variable(variable, changes[i])) {
            return true;
        }
    }
    return false;
}

static char **merge_environment(const char *const *changes)
{
    size_t changed = count_strings(changes);
    size_t ours = count_strings((const char *const *)environ);
    char **merged = malloc((ours + changed + 1) * sizeof(*merged));
    if (!merged) {
        return NULL;
    }
    size_t count = 0;
    for (size_t i = 0; i < ours; i++) {
        if (!is_changed(environ[i], changes, changed)) {
            merged[count++] = environ[i];
        }
    }
    for (size_t i = 0; i < changed; i++) {
        if (strchr(changes[i], '=') && !is_changed(changes[i], changes + i + 1, changed - i - 1)) {
            /* execve() takes the strings without const and does not change them. */
            merged[count++] = (char *)(uintptr_t)changes[i];
        }
    }
    merged[count] = NULL;
    return merged;
}

static enum err open_stream(const char *path, int flags, int *out)
{
    if (!path) {
        return ERR_OK;
    }
    *out = open(path, flags | O_CLOEXEC | O_NOCTTY, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
    return *out < 0 ? ERR_IO : ERR_OK;
}

enum err spawn_plan_init(struct spawn_plan *plan, const struct process_options *options)
{
    *plan = (struct spawn_plan){ .options = options, .input = -1, .output = -1, .error = -1 };
    const int append = O_WRONLY | O_CREAT | O_APPEND;
    enum err e = find_program(options->arguments[0], &plan->program);
    if (!e) {
        e = open_stream(options->input_path ? options->input_path : "/dev/null", O_RDONLY, &plan->input);
    }
    if (!e) {
        e = open_stream(options->output_path, append, &plan->output);
    }
    if (!e) {
        e = open_stream(options->error_path, append, &plan->error);
    }
    if (!e) {
        plan->environment = merge_environment(options->environment);
        e = plan->environment ? ERR_OK : ERR_MEMORY;
    }
    if (e) {
        spawn_plan_cleanup(plan);
    }
    return e;
}

void spawn_plan_cleanup(struct spawn_plan *plan)
{
    int saved = errno;
    int streams[] = { plan->input, plan->output, plan->error };
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        if (streams[i] >= 0) {
            (void)close(streams[i]);
        }
    }
    free(plan->program);
    free(plan->environment);
    *plan = (struct spawn_plan){ .input = -1, .output = -1, .error = -1 };
    errno = saved;
}

/* What the child says when it cannot become the program. */
struct child_failure {
    enum {
        STEP_STREAMS,
        STEP_FOLDER,
        STEP_EXECUTE
    } step;
    int number;
};

static void reset_signals(void)
{
    struct sigaction normal = { .sa_handler = SIG_DFL };
    for (int i = 1; i < NSIG; i++) {
        (void)sigaction(i, &normal, NULL); /* fails for SIGKILL, SIGSTOP and the C library's own */
    }
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool place_streams(const struct spawn_plan *plan)
{
    int output = plan->output;
    int error = plan->error >= 0 ? plan->error : output;
    return dup2(plan->input, STDIN_FILENO) >= 0 && (output < 0 || dup2(output, STDOUT_FILENO) >= 0) &&
           (error < 0 || dup2(error, STDERR_FILENO) >= 0);
}

/* Everything between fork and exec: only async-signal-safe calls. Does not return. */
static void become_program(const struct spawn_plan *plan, pid_t parent, int report)
{
    const struct process_options *o = plan->options;
    if (o->die_with_parent) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(127); /* it died before the signal was armed */
        }
    }
    if (o->own_group) {
        (void)setpgid(0, 0);
    }
    reset_signals();
    struct child_failure failure = { .step = STEP_STREAMS };
    if (place_streams(plan)) {
        failure.step = STEP_FOLDER;
        if (!o->folder || chdir(o->folder) == 0) {
            failure.step = STEP_EXECUTE;
            /* Other parts of this process may hold descriptors that a library opened without close-on-exec. */
            (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
            (void)execve(plan->program, (char *const *)(uintptr_t)o->arguments, plan->environment);
        }
    }
    failure.number = errno;
    /* Smaller than PIPE_BUF, so it is written whole; if the parent is gone nobody needs it. */
    ssize_t ignored = write(report, &failure, sizeof(failure));
    (void)ignored;
    _exit(127);
}

/* ERR_OK when the pipe closed without a word: the program runs. */
static enum err read_report(int report)
{
    struct child_failure failure;
    ssize_t got;
    do {
        got = read(report, &failure, sizeof(failure));
    } while (got < 0 && errno == EINTR);
    if (got != sizeof(failure)) {
        return ERR_OK;
    }
    errno = failure.number;
    if (failure.step != STEP_EXECUTE) {
        return ERR_IO;
    }
    if (failure.number == ENOEXEC || failure.number == EISDIR) {
        return ERR_ACCESS;
    }
    return err_from_errno(failure.number);
}

static enum err fork_and_execute(const struct spawn_plan *plan, pid_t *out)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        return ERR_IO;
    }
    /* No handler of this program may run in the child before they are reset. */
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        become_program(plan, parent, report[1]);
    }
    int number = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)close(report[1]);
    if (child < 0) {
        (void)close(report[0]);
        errno = number;
        return number == ENOMEM || number == EAGAIN ? ERR_MEMORY : ERR_IO;
    }
    enum err e = read_report(report[0]);
    number = errno;
    (void)close(report[0]);
    if (e) {
        (void)waitpid(child, NULL, 0);
        errno = number;
        return e;
    }
    *out = child;
    return ERR_OK;
}

/* One request to the thread that forks. Its caller waits for it, so it lies on the caller's stack. */
struct fork_request {
    const struct spawn_plan *plan;
    pid_t child;
    enum err result;
    int number; /* errno */
    bool done;
};

static struct {
    struct mutex lock;
    struct condition changed;
    pid_t owner;                  /* LOCK lock: the process whose thread serves; a forked copy has none */
    struct fork_request *request; /* LOCK lock: at most one at a time */
} forker = { .lock = MUTEX_INIT };

static void forker_run(void *unused)
{
    (void)unused;
    mutex_lock(&forker.lock);
    for (;;) {
        struct fork_request *r = forker.request;
        if (!r || r->done) {
            (void)condition_wait(&forker.changed, &forker.lock, CLOCK_NEVER);
            continue;
        }
        mutex_unlock(&forker.lock);
        r->result = fork_and_execute(r->plan, &r->child);
        r->number = errno;
        mutex_lock(&forker.lock);
        r->done = true;
        condition_signal(&forker.changed);
    }
}

static enum err forker_start(void)
{
    if (forker.owner == getpid()) {
        return ERR_OK;
    }
    condition_init(&forker.changed);
    forker.request = NULL;
    enum err e = thread_start_detached(forker_run, NULL);
    if (!e) {
        forker.owner = getpid();
    }
    return e;
}

static enum err fork_in_lasting_thread(const struct spawn_plan *plan, pid_t *out)
{
    struct fork_request request = { .plan = plan };
    mutex_lock(&forker.lock);
    enum err e = forker_start();
    if (e) {
        mutex_unlock(&forker.lock);
        return e;
    }
    while (forker.request) {
        (void)condition_wait(&forker.changed, &forker.lock, CLOCK_NEVER);
    }
    forker.request = &request;
    condition_signal(&forker.changed);
    while (!request.done) {
        (void)condition_wait(&forker.changed, &forker.lock, CLOCK_NEVER);
    }
    forker.request = NULL;
    condition_signal(&forker.changed);
    mutex_unlock(&forker.lock);
    errno = request.number;
    *out = request.child;
    return request.result;
}

enum err spawn_run(const struct spawn_plan *plan, pid_t *out)
{
    return plan->options->die_with_parent ? fork_in_lasting_thread(plan, out) : fork_and_execute(plan, out);
}
