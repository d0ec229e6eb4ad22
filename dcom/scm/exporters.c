#include "dcom/scm/exporters.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread.h"
#include "dcom/orpc/bindings.h"

#define LOOK_AGAIN_NS (200 * NS_PER_MS)

struct registered_class {
    CLSID clsid;
    struct sid user;
    int64_t pid;
    DWORD cookie;
    bool single_use;
};

struct exporters {
    struct mutex lock;
    struct condition class_registered;
    struct exporter *exporters;       /* (LOCK lock) owned, as are its bindings */
    size_t exporter_count;            /* (LOCK lock) */
    size_t exporter_capacity;         /* (LOCK lock) */
    struct registered_class *classes; /* (LOCK lock) owned, in the order of registration */
    size_t class_count;               /* (LOCK lock) */
    size_t class_capacity;            /* (LOCK lock) */
    DWORD last_cookie;                /* (LOCK lock) */
};

enum err exporters_create(struct exporters **out)
{
    struct exporters *e = calloc(1, sizeof *e);
    *out = e;
    if (!e)
        return ERR_MEMORY;
    mutex_init(&e->lock);
    condition_init(&e->class_registered);
    return ERR_OK;
}

void exporters_destroy(struct exporters *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->exporter_count; i++)
        exporter_cleanup(&e->exporters[i]);
    free(e->exporters);
    free(e->classes);
    condition_cleanup(&e->class_registered);
    mutex_cleanup(&e->lock);
    free(e);
}

void exporter_cleanup(struct exporter *x)
{
    CoTaskMemFree(x->bindings);
    memset(x, 0, sizeof *x);
}

static enum err exporter_copy(const struct exporter *from, struct exporter *out)
{
    *out = *from;
    out->bindings = bindings_dup(from->bindings);
    if (out->bindings)
        return ERR_OK;
    memset(out, 0, sizeof *out);
    return ERR_MEMORY;
}

/* Room for one more element; the array doubles up to its maximum. */
static enum err reserve(void **array, size_t count, size_t *capacity, size_t size, size_t maximum)
{
    if (count < *capacity)
        return ERR_OK;
    if (count >= maximum)
        return ERR_LIMIT;
    size_t more = *capacity ? *capacity * 2 : 16;
    void *grown = realloc(*array, more * size);
    if (!grown)
        return ERR_MEMORY;
    *array = grown;
    *capacity = more;
    return ERR_OK;
}

/* The caller holds the lock in all of these. */
static struct exporter *by_oxid(const struct exporters *e, OXID oxid)
{
    for (size_t i = 0; i < e->exporter_count; i++)
        if (e->exporters[i].oxid == oxid)
            return &e->exporters[i];
    return NULL;
}

static struct exporter *by_process(const struct exporters *e, int64_t pid)
{
    for (size_t i = 0; i < e->exporter_count; i++)
        if (e->exporters[i].pid == pid)
            return &e->exporters[i];
    return NULL;
}

enum err exporters_register(struct exporters *e, const struct exporter *exporter)
{
    struct exporter copy;
    enum err err = exporter_copy(exporter, &copy);
    if (err)
        return err;
    mutex_lock(&e->lock);
    struct exporter *known = by_oxid(e, exporter->oxid);
    void *array = e->exporters;
    if (known && known->pid != exporter->pid)
        err = ERR_IN_USE;
    else if (!known)
        err = reserve(&array, e->exporter_count, &e->exporter_capacity, sizeof *e->exporters, EXPORTERS_MAXIMUM);
    e->exporters = array;
    if (!err && !known) {
        e->exporters[e->exporter_count++] = copy;
    } else if (!err) {
        struct exporter old = *known;
        *known = copy;
        copy = old;
        exporter_cleanup(&copy);
    } else {
        exporter_cleanup(&copy);
    }
    mutex_unlock(&e->lock);
    return err;
}

bool exporters_at(struct exporters *e, size_t index, struct exporter *out)
{
    mutex_lock(&e->lock);
    bool found = index < e->exporter_count && exporter_copy(&e->exporters[index], out) == ERR_OK;
    mutex_unlock(&e->lock);
    return found;
}

bool exporters_find(struct exporters *e, OXID oxid, struct exporter *out)
{
    mutex_lock(&e->lock);
    const struct exporter *x = by_oxid(e, oxid);
    bool found = x && exporter_copy(x, out) == ERR_OK;
    mutex_unlock(&e->lock);
    return found;
}

bool exporters_find_process(struct exporters *e, int64_t pid, struct exporter *out)
{
    mutex_lock(&e->lock);
    const struct exporter *x = by_process(e, pid);
    bool found = x && exporter_copy(x, out) == ERR_OK;
    mutex_unlock(&e->lock);
    return found;
}

static void remove_class(struct exporters *e, size_t index)
{
    e->class_count--;
    memmove(e->classes + index, e->classes + index + 1, (e->class_count - index) * sizeof *e->classes);
}

OXID exporters_forget(struct exporters *e, int64_t pid)
{
    OXID oxid = 0;
    mutex_lock(&e->lock);
    struct exporter *x = by_process(e, pid);
    if (x) {
        oxid = x->oxid;
        exporter_cleanup(x);
        *x = e->exporters[--e->exporter_count];
    }
    for (size_t i = e->class_count; i-- > 0;)
        if (e->classes[i].pid == pid)
            remove_class(e, i);
    mutex_unlock(&e->lock);
    return oxid;
}

enum err exporters_register_class(struct exporters *e, int64_t pid, const CLSID *clsid, const struct sid *user,
                                  bool single_use, DWORD *cookie)
{
    *cookie = 0;
    mutex_lock(&e->lock);
    void *array = e->classes;
    enum err err = by_process(e, pid) ? reserve(&array, e->class_count, &e->class_capacity, sizeof *e->classes,
                                                REGISTERED_CLASSES_MAXIMUM)
                                      : ERR_NOT_FOUND;
    e->classes = array;
    if (!err) {
        *cookie = ++e->last_cookie;
        e->classes[e->class_count++] = (struct registered_class){ *clsid, *user, pid, *cookie, single_use };
        condition_signal(&e->class_registered);
    }
    mutex_unlock(&e->lock);
    return err;
}

bool exporters_revoke_class(struct exporters *e, int64_t pid, DWORD cookie)
{
    bool found = false;
    mutex_lock(&e->lock);
    for (size_t i = 0; i < e->class_count && !found; i++) {
        found = e->classes[i].pid == pid && e->classes[i].cookie == cookie;
        if (found)
            remove_class(e, i);
    }
    mutex_unlock(&e->lock);
    return found;
}

void exporters_withdraw_class(struct exporters *e, int64_t pid, const CLSID *clsid)
{
    mutex_lock(&e->lock);
    for (size_t i = e->class_count; i-- > 0;)
        if (e->classes[i].pid == pid && memcmp(&e->classes[i].clsid, clsid, sizeof *clsid) == 0)
            remove_class(e, i);
    mutex_unlock(&e->lock);
}

static bool take_class(struct exporters *e, const CLSID *clsid, const struct sid *user, struct exporter *out)
{
    for (size_t i = 0; i < e->class_count; i++) {
        if (memcmp(&e->classes[i].clsid, clsid, sizeof *clsid) != 0 || (user && !sid_equal(&e->classes[i].user, user)))
            continue;
        const struct exporter *x = by_process(e, e->classes[i].pid);
        if (!x || exporter_copy(x, out))
            return false;
        if (e->classes[i].single_use)
            remove_class(e, i);
        return true;
    }
    return false;
}

bool exporters_find_class(struct exporters *e, const CLSID *clsid, const struct sid *user, struct exporter *out)
{
    mutex_lock(&e->lock);
    bool found = take_class(e, clsid, user, out);
    mutex_unlock(&e->lock);
    return found;
}

bool exporters_serve(struct exporters *e, const CLSID *clsid)
{
    bool found = false;
    mutex_lock(&e->lock);
    for (size_t i = 0; i < e->class_count && !found; i++)
        found = memcmp(&e->classes[i].clsid, clsid, sizeof *clsid) == 0;
    mutex_unlock(&e->lock);
    return found;
}

enum err exporters_wait_class(struct exporters *e, const CLSID *clsid, const struct sid *user,
                              bool (*gone)(void *context), void *context, int64_t deadline_ns, struct exporter *out)
{
    mutex_lock(&e->lock);
    bool found = take_class(e, clsid, user, out);
    bool given_up = false;
    while (!found && !given_up && clock_left_ns(deadline_ns) > 0) {
        int64_t look_again_ns = clock_deadline_ns(LOOK_AGAIN_NS);
        condition_wait(&e->class_registered, &e->lock, look_again_ns < deadline_ns ? look_again_ns : deadline_ns);
        found = take_class(e, clsid, user, out);
        if (!found) {
            /* No lock over a question to somebody else. */
            mutex_unlock(&e->lock);
            given_up = gone(context);
            mutex_lock(&e->lock);
            if (given_up)
                found = take_class(e, clsid, user, out);
        }
    }
    mutex_unlock(&e->lock);
    return found ? ERR_OK : given_up ? ERR_CLOSED : ERR_TIMEOUT;
}
