#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err_internal.h"
#include "base/posix/spawn.h"

#define NO_HANDLE ((intptr_t)-1)

enum err process_start(const struct process_options *options, struct process *out)
{
    *out = (struct process){ .handle = NO_HANDLE };
    struct spawn_plan plan;
    enum err e = spawn_plan_init(&plan, options);
    if (e) {
        return e;
    }
    pid_t child;
    e = spawn_run(&plan, &child);
    spawn_plan_cleanup(&plan);
    if (e) {
        return e;
    }
    /* The child is not reaped yet, so its number cannot have passed to another process. */
    int handle = pidfd_open(child, 0);
    if (handle < 0) {
        int number = errno;
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
        errno = number;
        return ERR_IO;
    }
    *out = (struct process){ .pid = child, .handle = handle };
    return ERR_OK;
}

/* Waits until the process ended, without reaping it. */
static enum err wait_for_end(const struct process *p, int64_t deadline_ns)
{
    for (;;) {
        struct pollfd handle = { .fd = (int)p->handle, .events = POLLIN };
        int64_t left = clock_left_ns(deadline_ns);
        struct timespec timeout = { .tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S };
        int ready = ppoll(&handle, 1, deadline_ns == CLOCK_NEVER ? NULL : &timeout, NULL);
        if (ready > 0) {
            return ERR_OK;
        }
        if (ready < 0 && errno != EINTR) {
            return ERR_IO;
        }
        if (ready == 0 && clock_left_ns(deadline_ns) == 0) {
            return ERR_TIMEOUT;
        }
    }
}

static enum err reap(struct process *p, int *exit_code)
{
    siginfo_t info = { 0 };
    while (waitid(P_PID, (id_t)p->pid, &info, WEXITED) != 0) {
        if (errno != EINTR) {
            return ERR_IO;
        }
    }
    *exit_code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    process_cleanup(p);
    return ERR_OK;
}

enum err process_wait(struct process *p, int64_t deadline_ns, int *exit_code)
{
    *exit_code = 0;
    if (p->handle == NO_HANDLE) {
        return ERR_NOT_FOUND;
    }
    enum err e = wait_for_end(p, deadline_ns);
    return e ? e : reap(p, exit_code);
}

void process_end(struct process *p, int64_t grace_ns)
{
    if (p->handle == NO_HANDLE) {
        return;
    }
    /* Until it is reaped the number names our child or its group and nobody else. */
    pid_t pid = (pid_t)p->pid;
    pid_t target = getpgid(pid) == pid ? -pid : pid;
    /* A stopped process would not notice, so it goes on first. Afterwards would be too late: the process may be at its
     * end already, where the leak sanitizer stops its threads, and a late SIGCONT takes that stop back for ever. */
    (void)kill(target, SIGCONT);
    (void)kill(target, SIGTERM);
    (void)wait_for_end(p, clock_deadline_ns(grace_ns));
    (void)kill(target, SIGKILL);
    int ignored;
    if (process_wait(p, CLOCK_NEVER, &ignored)) {
        process_cleanup(p);
    }
}

enum err process_pause(const struct process *p, bool paused)
{
    if (p->handle == NO_HANDLE)
        return ERR_NOT_FOUND;
    return kill((pid_t)p->pid, paused ? SIGSTOP : SIGCONT) == 0 ? ERR_OK : ERR_IO;
}

void process_cleanup(struct process *p)
{
    if (p->handle != NO_HANDLE) {
        (void)close((int)p->handle);
        p->handle = NO_HANDLE;
    }
}

/* Reads state and start time from /proc/PID/stat (proc(5), fields 3 and 22). False when there is no such process. */
static bool read_stat(int64_t pid, char *state, uint64_t *start_time)
{
    char text[1024];
    (void)snprintf(text, sizeof(text), "/proc/%lld/stat", (long long)pid);
    int fd = open(text, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t size = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    if (size <= 0) {
        return false;
    }
    text[size] = '\0';
    /* Field 2, the name in parentheses, may itself hold blanks and parentheses. */
    char *at = strrchr(text, ')');
    if (!at) {
        return false;
    }
    at++;
    for (int field = 3; field <= 22; field++) {
        if (*at != ' ') {
            return false;
        }
        at++;
        if (field == 3) {
            *state = *at;
        }
        if (field == 22) {
            *start_time = strtoull(at, NULL, 10);
        }
        at += strcspn(at, " ");
    }
    return true;
}

uint64_t process_start_time(int64_t pid)
{
    char state;
    uint64_t start_time;
    if (pid <= 0 || !read_stat(pid, &state, &start_time)) {
        return 0;
    }
    return state == 'Z' || state == 'X' ? 0 : start_time;
}

bool process_alive(int64_t pid)
{
    return process_start_time(pid) != 0;
}

int64_t process_id(void)
{
    return getpid();
}

enum err process_stay_on_one_processor(void)
{
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof allowed, &allowed)) {
        return ERR_IO;
    }
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed)) {
            CPU_SET(cpu, &one);
            break;
        }
    }
    return sched_setaffinity(0, sizeof one, &one) ? ERR_ACCESS : ERR_OK;
}

enum err process_program_path(char *out, size_t size)
{
    if (size == 0) {
        return ERR_LIMIT;
    }
    ssize_t length = readlink("/proc/self/exe", out, size);
    if (length < 0) {
        out[0] = '\0';
        return err_from_errno(errno);
    }
    if ((size_t)length == size) {
        out[0] = '\0';
        return ERR_LIMIT;
    }
    out[length] = '\0';
    return ERR_OK;
}

enum err random_bytes(void *out, size_t size)
{
    uint8_t *at = out;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        } else if (errno != EINTR) {
            return ERR_IO;
        }
    }
    return ERR_OK;
}
