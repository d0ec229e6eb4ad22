#include "dcom/scm/launcher.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"

/* How long a server may take to end by itself once asked. */
#define GRACE_NS (2 * NS_PER_S)

/* One request, on the stack of who asks. */
struct launch_job {
    const struct session_identity *identity;
    const struct process_options *options;
    struct process process;
    uint32_t ntstatus;
    enum err result;
    bool done;
    struct launch_job *next;
};

struct launcher {
    struct sessions *sessions; /* (RO) */
    struct thread thread;
    struct mutex lock;
    struct condition changed;
    bool closed, stop;                         /* (LOCK lock) */
    struct launch_job *first;                  /* (LOCK lock) */
    struct process launched[LAUNCHED_MAXIMUM]; /* (LOCK lock) */
    size_t count;                              /* (LOCK lock) */
};

static void serve(void *argument)
{
    struct launcher *l = argument;
    mutex_lock(&l->lock);
    while (!l->stop) {
        struct launch_job *job = l->first;
        if (!job) {
            condition_wait(&l->changed, &l->lock, CLOCK_NEVER);
            continue;
        }
        l->first = job->next;
        job->result = l->closed ? ERR_CANCELLED : ERR_LIMIT;
        if (!l->closed && l->count < LAUNCHED_MAXIMUM) {
            mutex_unlock(&l->lock);
            job->result =
                sessions_start_process(l->sessions, job->identity, job->options, &job->process, &job->ntstatus);
            mutex_lock(&l->lock);
        }
        if (!job->result)
            l->launched[l->count++] = job->process;
        job->done = true;
        condition_signal(&l->changed);
    }
    mutex_unlock(&l->lock);
}

enum err launcher_create(struct sessions *sessions, struct launcher **out)
{
    *out = NULL;
    struct launcher *l = calloc(1, sizeof *l);
    if (!l)
        return ERR_MEMORY;
    l->sessions = sessions;
    mutex_init(&l->lock);
    condition_init(&l->changed);
    enum err e = thread_start(&l->thread, serve, l);
    if (e) {
        condition_cleanup(&l->changed);
        mutex_cleanup(&l->lock);
        free(l);
        return e;
    }
    *out = l;
    return ERR_OK;
}

void launcher_end_all(struct launcher *l)
{
    if (!l)
        return;
    mutex_lock(&l->lock);
    l->closed = true;
    while (l->count) {
        struct process p = l->launched[--l->count];
        mutex_unlock(&l->lock);
        process_end(&p, GRACE_NS);
        mutex_lock(&l->lock);
    }
    mutex_unlock(&l->lock);
}

void launcher_destroy(struct launcher *l)
{
    if (!l)
        return;
    launcher_end_all(l);
    mutex_lock(&l->lock);
    l->stop = true;
    condition_signal(&l->changed);
    mutex_unlock(&l->lock);
    thread_join(&l->thread);
    condition_cleanup(&l->changed);
    mutex_cleanup(&l->lock);
    free(l);
}

enum err launcher_start(struct launcher *l, const struct session_identity *identity, const char *const *arguments,
                        const char *const *environment, const char *output_path, int64_t *pid, uint32_t *ntstatus)
{
    const struct process_options options = { .arguments = arguments,
                                             .environment = environment,
                                             .output_path = output_path,
                                             .own_group = true,
                                             .die_with_parent = true };
    struct launch_job job = { .identity = identity, .options = &options };
    mutex_lock(&l->lock);
    struct launch_job **last = &l->first;
    while (*last)
        last = &(*last)->next;
    *last = &job;
    condition_signal(&l->changed);
    while (!job.done)
        condition_wait(&l->changed, &l->lock, CLOCK_NEVER);
    mutex_unlock(&l->lock);
    *pid = job.result ? 0 : job.process.pid;
    *ntstatus = job.ntstatus;
    return job.result;
}

void launcher_reap(struct launcher *l, int64_t pid)
{
    int exit_code;
    mutex_lock(&l->lock);
    for (size_t i = 0; i < l->count; i++) {
        if (l->launched[i].pid != pid || process_wait(&l->launched[i], clock_now_ns(), &exit_code))
            continue;
        l->launched[i] = l->launched[--l->count];
        break;
    }
    mutex_unlock(&l->lock);
}

bool launcher_runs(struct launcher *l, int64_t pid)
{
    bool found = false;
    mutex_lock(&l->lock);
    for (size_t i = 0; i < l->count && !found; i++)
        found = l->launched[i].pid == pid;
    mutex_unlock(&l->lock);
    return found;
}
