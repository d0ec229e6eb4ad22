#include "base/process_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/thread.h"

#define WATCHED_MAXIMUM 4096

int64_t process_parent(int64_t pid)
{
    char path[40], line[512];
    snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t size = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[size] = 0;
    /* "pid (name) state parent ...": the name may hold anything, so the last parenthesis ends it (proc(5)). */
    const char *after = strrchr(line, ')');
    char *end;
    if (!after || strlen(after) < 4)
        return 0;
    long long parent = strtoll(after + 4, &end, 10);
    return end != after + 4 && parent > 0 ? parent : 0;
}

enum err process_become(const char *const *arguments)
{
    execvp(arguments[0], (char *const *)arguments);
    return errno == ENOENT ? ERR_NOT_FOUND : errno == EACCES ? ERR_ACCESS : ERR_IO;
}

struct process_watch {
    void (*ended)(void *context, int64_t pid);
    void *context;
    struct thread thread;
    int wake[2]; /* a byte asks the thread to look at the list again */
    struct mutex lock;
    bool stop;    /* (LOCK lock) */
    size_t count; /* (LOCK lock) */
    struct {
        int64_t pid;
        int fd;
    } watched[WATCHED_MAXIMUM]; /* (LOCK lock) */
};

static int pidfd_of(int64_t pid)
{
    return (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
}

static void wake(struct process_watch *w)
{
    ssize_t written = write(w->wake[1], "", 1);
    (void)written; /* a full pipe wakes as well */
}

/* Copies the list into `polls` (the pipe first); 0 when the thread is to stop. */
static nfds_t list_polls(struct process_watch *w, struct pollfd *polls)
{
    mutex_lock(&w->lock);
    nfds_t count = w->stop ? 0 : w->count + 1;
    polls[0] = (struct pollfd){ .fd = w->wake[0], .events = POLLIN };
    for (size_t i = 0; i < w->count; i++)
        polls[i + 1] = (struct pollfd){ .fd = w->watched[i].fd, .events = POLLIN };
    mutex_unlock(&w->lock);
    return count;
}

/* Takes the process with that descriptor off the list and tells of its end. */
static void tell(struct process_watch *w, int fd)
{
    int64_t pid = 0;
    mutex_lock(&w->lock);
    for (size_t i = 0; i < w->count; i++) {
        if (w->watched[i].fd != fd)
            continue;
        pid = w->watched[i].pid;
        w->watched[i] = w->watched[--w->count];
        break;
    }
    mutex_unlock(&w->lock);
    close(fd);
    w->ended(w->context, pid);
}

static void watch(void *argument)
{
    struct process_watch *w = argument;
    struct pollfd *polls = malloc((WATCHED_MAXIMUM + 1) * sizeof *polls);
    nfds_t count;
    while (polls && (count = list_polls(w, polls)) > 0) {
        if (poll(polls, count, -1) < 0)
            continue;
        char bytes[64];
        if (polls[0].revents)
            while (read(w->wake[0], bytes, sizeof bytes) > 0)
                ;
        for (nfds_t i = 1; i < count; i++)
            if (polls[i].revents)
                tell(w, polls[i].fd);
    }
    free(polls);
}

enum err process_watch_create(void (*ended)(void *context, int64_t pid), void *context, struct process_watch **out)
{
    *out = NULL;
    struct process_watch *w = calloc(1, sizeof *w);
    if (!w)
        return ERR_MEMORY;
    if (pipe2(w->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
        free(w);
        return ERR_IO;
    }
    w->ended = ended;
    w->context = context;
    mutex_init(&w->lock);
    enum err e = thread_start(&w->thread, watch, w);
    if (e) {
        close(w->wake[0]);
        close(w->wake[1]);
        mutex_cleanup(&w->lock);
        free(w);
        return e;
    }
    *out = w;
    return ERR_OK;
}

enum err process_watch_add(struct process_watch *w, int64_t pid)
{
    int fd = pidfd_of(pid);
    if (fd < 0)
        return errno == ESRCH || errno == EINVAL ? ERR_NOT_FOUND : ERR_IO;
    bool known = false;
    mutex_lock(&w->lock);
    for (size_t i = 0; i < w->count; i++)
        known |= w->watched[i].pid == pid;
    bool added = !known && w->count < WATCHED_MAXIMUM;
    if (added) {
        w->watched[w->count].pid = pid;
        w->watched[w->count++].fd = fd;
    }
    mutex_unlock(&w->lock);
    if (added)
        wake(w);
    else
        close(fd);
    return added || known ? ERR_OK : ERR_LIMIT;
}

void process_watch_destroy(struct process_watch *w)
{
    if (!w)
        return;
    mutex_lock(&w->lock);
    w->stop = true;
    mutex_unlock(&w->lock);
    wake(w);
    thread_join(&w->thread);
    for (size_t i = 0; i < w->count; i++)
        close(w->watched[i].fd);
    close(w->wake[0]);
    close(w->wake[1]);
    mutex_cleanup(&w->lock);
    free(w);
}
