#include "base/thread.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(name) 0
#endif

/* The sanitizers put red zones around every local variable, so their builds need far more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) ||               \
    __has_feature(thread_sanitizer)
#define STACK_BYTES ((size_t)2 << 20)
#else
#define STACK_BYTES ((size_t)256 << 10)
#endif

/* These calls fail only when a lock was never made, is already destroyed or belongs to another thread: our bugs,
 * after which nothing the program says can be believed. */
static void must_succeed(int result)
{
    if (result != 0) {
        abort();
    }
}

void mutex_init(struct mutex *m)
{
    must_succeed(pthread_mutex_init(&m->handle, NULL));
}

void mutex_cleanup(struct mutex *m)
{
    must_succeed(pthread_mutex_destroy(&m->handle));
}

void mutex_lock(struct mutex *m)
{
    must_succeed(pthread_mutex_lock(&m->handle));
}

void mutex_unlock(struct mutex *m)
{
    must_succeed(pthread_mutex_unlock(&m->handle));
}

void condition_cleanup(struct condition *c)
{
    must_succeed(pthread_cond_destroy(&c->handle));
}

void condition_signal(struct condition *c)
{
    must_succeed(pthread_cond_broadcast(&c->handle));
}

/* What a new thread is told; owned by it. */
struct start {
    void (*run)(void *);
    void *argument;
};

static void *thread_main(void *data)
{
    struct start start = *(struct start *)data;
    free(data);
    start.run(start.argument);
    return NULL;
}

static enum err start_thread(pthread_t *handle, int detach_state, void (*run)(void *), void *argument)
{
    struct start *start = malloc(sizeof(*start));
    if (!start) {
        return ERR_MEMORY;
    }
    *start = (struct start){ run, argument };
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        free(start);
        return ERR_MEMORY;
    }
    must_succeed(pthread_attr_setstacksize(&attributes, STACK_BYTES));
    must_succeed(pthread_attr_setdetachstate(&attributes, detach_state));
    int result = pthread_create(handle, &attributes, thread_main, start);
    (void)pthread_attr_destroy(&attributes);
    if (result != 0) {
        /* The only failure left is a lack of memory or of room for one more thread. */
        free(start);
        return ERR_MEMORY;
    }
    return ERR_OK;
}

enum err thread_start(struct thread *t, void (*run)(void *), void *argument)
{
    return start_thread(&t->handle, PTHREAD_CREATE_JOINABLE, run, argument);
}

enum err thread_start_detached(void (*run)(void *), void *argument)
{
    pthread_t forgotten;
    return start_thread(&forgotten, PTHREAD_CREATE_DETACHED, run, argument);
}

void thread_join(struct thread *t)
{
    must_succeed(pthread_join(t->handle, NULL));
}

uint32_t thread_current_id(void)
{
    static atomic_uint last;
    static _Thread_local uint32_t id;
    while (id == 0) {
        id = atomic_fetch_add(&last, 1) + 1;
    }
    return id;
}
