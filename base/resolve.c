#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/socket.h"
#include "base/socket_internal.h"
#include "base/thread.h"

/* One lookup, shared by the caller and the thread that makes it; whoever leaves last frees it. The system's
 * resolver knows no deadline, so the caller may have to leave it behind. */
struct lookup {
    struct mutex lock;
    struct condition finished;
    char *name;                        /* RO, owned */
    unsigned holders;                  /* LOCK lock */
    bool done;                         /* LOCK lock */
    enum err result;                   /* LOCK lock */
    int system_error;                  /* LOCK lock */
    char address[SOCKET_ADDRESS_TEXT]; /* LOCK lock */
};

static struct lookup *lookup_create(const char *name)
{
    struct lookup *l = calloc(1, sizeof(*l));
    char *copy = strdup(name);
    if (!l || !copy) {
        free(l);
        free(copy);
        return NULL;
    }
    mutex_init(&l->lock);
    condition_init(&l->finished);
    l->name = copy;
    l->holders = 1;
    return l;
}

static void lookup_release(struct lookup *l)
{
    mutex_lock(&l->lock);
    bool last = --l->holders == 0;
    mutex_unlock(&l->lock);
    if (!last) {
        return;
    }
    condition_cleanup(&l->finished);
    mutex_cleanup(&l->lock);
    free(l->name);
    free(l);
}

static void lookup_run(void *data)
{
    struct lookup *l = data;
    char address[SOCKET_ADDRESS_TEXT];
    int system_error = 0;
    enum err e = socket_resolve_now(l->name, address, &system_error);
    mutex_lock(&l->lock);
    l->done = true;
    l->result = e;
    l->system_error = system_error;
    memcpy(l->address, address, sizeof(address));
    condition_signal(&l->finished);
    mutex_unlock(&l->lock);
    lookup_release(l);
}

enum err socket_resolve(const char *name, int64_t deadline_ns, char out[SOCKET_ADDRESS_TEXT])
{
    out[0] = '\0';
    struct lookup *l = lookup_create(name);
    if (!l) {
        return ERR_MEMORY;
    }
    l->holders = 2;
    enum err e = thread_start_detached(lookup_run, l);
    if (e) {
        l->holders = 1;
        lookup_release(l);
        return e;
    }
    mutex_lock(&l->lock);
    while (!l->done && condition_wait(&l->finished, &l->lock, deadline_ns)) {
    }
    e = l->done ? l->result : ERR_TIMEOUT;
    socket_keep_error(l->done ? l->system_error : 0);
    if (!e) {
        memcpy(out, l->address, SOCKET_ADDRESS_TEXT);
    }
    mutex_unlock(&l->lock);
    lookup_release(l);
    return e;
}
