#include "dcom/orpc/oid_reporter.h"

#include <objbase.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"
#include "dcom/orpc/bindings.h"

#define GATHER_NS     (100 * NS_PER_MS)
#define OIDS_PER_CALL 512

struct note {
    struct note *next;
    DUALSTRINGARRAY *resolver; /* owned */
    OID oid;
    bool hold; /* else drop */
};

struct oid_reporter {
    struct local_scm *scm;
    struct thread thread;
    struct mutex lock;
    struct condition changed;
    struct note *notes; /* (LOCK lock) newest first */
    bool ending;        /* (LOCK lock) */
};

static void free_note(struct note *n)
{
    CoTaskMemFree(n->resolver);
    free(n);
}

/* One call's worth of notes for one host. */
struct batch {
    OID hold[OIDS_PER_CALL], drop[OIDS_PER_CALL];
    ULONG hold_count, drop_count;
};

static void send_batch(struct oid_reporter *r, DUALSTRINGARRAY *resolver, struct batch *b)
{
    if (b->hold_count || b->drop_count)
        local_scm_hold(r->scm, resolver, b->hold, b->hold_count, b->drop, b->drop_count);
    b->hold_count = b->drop_count = 0;
}

/* Moves the notes about the list's first host to `out`, in their order, and returns the others. */
static struct note *split_first_host(struct note *notes, struct note **out)
{
    const DUALSTRINGARRAY *resolver = notes->resolver;
    struct note *others = NULL, **others_end = &others, **out_end = out;
    *out = NULL;
    for (struct note *n = notes, *next; n; n = next) {
        next = n->next;
        n->next = NULL;
        struct note ***end = bindings_equal(n->resolver, resolver) ? &out_end : &others_end;
        **end = n;
        *end = &n->next;
    }
    return others;
}

static void send_notes(struct oid_reporter *r, struct note *notes, struct batch *b)
{
    for (const struct note *n = notes; n; n = n->next) {
        if (n->hold)
            b->hold[b->hold_count++] = n->oid;
        else
            b->drop[b->drop_count++] = n->oid;
        if (b->hold_count == OIDS_PER_CALL || b->drop_count == OIDS_PER_CALL || !n->next)
            send_batch(r, n->resolver, b);
    }
    while (notes) {
        struct note *next = notes->next;
        free_note(notes);
        notes = next;
    }
}

/* Oldest first. */
static struct note *put_in_order(struct note *newest)
{
    struct note *oldest = NULL;
    while (newest) {
        struct note *n = newest;
        newest = n->next;
        n->next = oldest;
        oldest = n;
    }
    return oldest;
}

static void run(void *argument)
{
    struct oid_reporter *r = argument;
    struct batch batch = { .hold_count = 0, .drop_count = 0 };
    bool ending = false;
    while (!ending) {
        mutex_lock(&r->lock);
        while (!r->notes && !r->ending)
            condition_wait(&r->changed, &r->lock, CLOCK_NEVER);
        int64_t deadline_ns = clock_deadline_ns(GATHER_NS);
        while (!r->ending && condition_wait(&r->changed, &r->lock, deadline_ns))
            continue;
        struct note *notes = r->notes;
        r->notes = NULL;
        ending = r->ending;
        mutex_unlock(&r->lock);
        notes = put_in_order(notes);
        while (notes) {
            struct note *of_one_host;
            notes = split_first_host(notes, &of_one_host);
            send_notes(r, of_one_host, &batch);
        }
    }
}

enum err oid_reporter_create(struct local_scm *scm, struct oid_reporter **out)
{
    *out = NULL;
    struct oid_reporter *r = calloc(1, sizeof *r);
    if (!r)
        return ERR_MEMORY;
    r->scm = scm;
    mutex_init(&r->lock);
    condition_init(&r->changed);
    enum err e = thread_start(&r->thread, run, r);
    if (e) {
        condition_cleanup(&r->changed);
        mutex_cleanup(&r->lock);
        free(r);
        return e;
    }
    *out = r;
    return ERR_OK;
}

void oid_reporter_destroy(struct oid_reporter *r)
{
    if (!r)
        return;
    mutex_lock(&r->lock);
    r->ending = true;
    condition_signal(&r->changed);
    mutex_unlock(&r->lock);
    thread_join(&r->thread);
    condition_cleanup(&r->changed);
    mutex_cleanup(&r->lock);
    free(r);
}

/* An opposite note about the same object that has not been sent yet makes both superfluous. */
static bool cancel_opposite_locked(struct oid_reporter *r, const DUALSTRINGARRAY *resolver, OID oid, bool hold)
{
    for (struct note **at = &r->notes; *at; at = &(*at)->next) {
        struct note *n = *at;
        if (n->oid != oid || !bindings_equal(n->resolver, resolver))
            continue;
        if (n->hold == hold)
            return false;
        *at = n->next;
        free_note(n);
        return true;
    }
    return false;
}

static void add_note(struct oid_reporter *r, const DUALSTRINGARRAY *resolver, OID oid, bool hold)
{
    struct note *n = calloc(1, sizeof *n);
    DUALSTRINGARRAY *copy = bindings_dup(resolver);
    if (!n || !copy) {
        free(n);
        CoTaskMemFree(copy);
        return;
    }
    n->resolver = copy;
    n->oid = oid;
    n->hold = hold;
    mutex_lock(&r->lock);
    if (cancel_opposite_locked(r, copy, oid, hold)) {
        mutex_unlock(&r->lock);
        free_note(n);
        return;
    }
    n->next = r->notes;
    r->notes = n;
    condition_signal(&r->changed);
    mutex_unlock(&r->lock);
}

void oid_reporter_hold(struct oid_reporter *r, const DUALSTRINGARRAY *resolver, OID oid)
{
    add_note(r, resolver, oid, true);
}

void oid_reporter_drop(struct oid_reporter *r, const DUALSTRINGARRAY *resolver, OID oid)
{
    add_note(r, resolver, oid, false);
}
