#include "dcom/scm/ping_sets.h"

#include <stdbool.h>
#include <stdlib.h>
#include <winerror.h>

#include "base/id_map.h"
#include "base/process.h"
#include "base/thread.h"

struct oid_entry {
    uint64_t oxid;
    size_t wanted;          /* sets and holders that contain it */
    int64_t unwanted_since; /* when `wanted` became 0 */
    int64_t asked_ns;       /* when its exporter was last asked to let it go */
};

/* A ping set, or the holds of one process. */
struct oid_set {
    struct id_map oids; /* OID -> its entry in the OID table */
    uint16_t sequence;
    int64_t last_ping_ns; /* of a ping set */
};

struct ping_sets {
    int64_t period_ns, life_ns; /* (RO) */
    struct mutex lock;
    struct id_map oids;    /* (LOCK lock) OID -> struct oid_entry, owned */
    struct id_map sets;    /* (LOCK lock) SETID -> struct oid_set, owned */
    struct id_map holders; /* (LOCK lock) process number -> struct oid_set, owned */
};

enum err ping_sets_create(int64_t period_ns, struct ping_sets **out)
{
    struct ping_sets *p = calloc(1, sizeof *p);
    *out = p;
    if (!p)
        return ERR_MEMORY;
    p->period_ns = period_ns;
    p->life_ns = period_ns * PING_PERIODS_TO_LIVE;
    mutex_init(&p->lock);
    id_map_init(&p->oids, PING_OIDS_MAXIMUM);
    id_map_init(&p->sets, PING_SETS_MAXIMUM);
    id_map_init(&p->holders, PING_HOLDERS_MAXIMUM);
    return ERR_OK;
}

static void unwant(struct oid_entry *entry, int64_t now_ns)
{
    if (--entry->wanted)
        return;
    entry->unwanted_since = now_ns;
    entry->asked_ns = 0;
}

/* Frees a set; its OIDs are wanted by one less. */
static void set_destroy(struct oid_set *set, int64_t now_ns)
{
    size_t at = 0;
    uint64_t oid;
    struct oid_entry *entry;
    while ((entry = id_map_next(&set->oids, &at, &oid)))
        unwant(entry, now_ns);
    id_map_cleanup(&set->oids);
    free(set);
}

static void destroy_sets(struct id_map *sets)
{
    size_t at = 0;
    uint64_t id;
    struct oid_set *set;
    while ((set = id_map_next(sets, &at, &id)))
        set_destroy(set, 0);
    id_map_cleanup(sets);
}

void ping_sets_destroy(struct ping_sets *p)
{
    if (!p)
        return;
    destroy_sets(&p->sets);
    destroy_sets(&p->holders);
    size_t at = 0;
    uint64_t oid;
    struct oid_entry *entry;
    while ((entry = id_map_next(&p->oids, &at, &oid)))
        free(entry);
    id_map_cleanup(&p->oids);
    mutex_cleanup(&p->lock);
    free(p);
}

/* ---- the exporter's side --------------------------------------------------------------------------------- */

static bool allocate_one(struct ping_sets *p, uint64_t oxid, uint64_t oid, int64_t now_ns)
{
    if (oid == 0 || id_map_find(&p->oids, oid))
        return false;
    struct oid_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return false;
    *entry = (struct oid_entry){ .oxid = oxid, .unwanted_since = now_ns };
    if (id_map_put(&p->oids, oid, entry) == ERR_OK)
        return true;
    free(entry);
    return false;
}

size_t ping_sets_allocate(struct ping_sets *p, uint64_t oxid, const uint64_t *oids, size_t count, int64_t now_ns)
{
    size_t done = 0;
    mutex_lock(&p->lock);
    for (size_t i = 0; i < count; i++)
        done += allocate_one(p, oxid, oids[i], now_ns);
    mutex_unlock(&p->lock);
    return done;
}

static void remove_from_all(struct id_map *sets, uint64_t oid)
{
    size_t at = 0;
    uint64_t id;
    struct oid_set *set;
    while ((set = id_map_next(sets, &at, &id)))
        id_map_remove(&set->oids, oid);
}

/* The caller holds the lock. */
static void free_oid(struct ping_sets *p, uint64_t oid)
{
    struct oid_entry *entry = id_map_remove(&p->oids, oid);
    if (entry->wanted) {
        remove_from_all(&p->sets, oid);
        remove_from_all(&p->holders, oid);
    }
    free(entry);
}

void ping_sets_free(struct ping_sets *p, uint64_t oxid, const uint64_t *oids, size_t count)
{
    mutex_lock(&p->lock);
    for (size_t i = 0; i < count; i++) {
        const struct oid_entry *entry = id_map_find(&p->oids, oids[i]);
        if (entry && entry->oxid == oxid)
            free_oid(p, oids[i]);
    }
    mutex_unlock(&p->lock);
}

/* Up to `capacity` OIDs of the exporter. The caller holds the lock. */
static size_t oids_of(const struct ping_sets *p, uint64_t oxid, uint64_t *out, size_t capacity)
{
    size_t at = 0, count = 0;
    uint64_t oid;
    const struct oid_entry *entry;
    while (count < capacity && (entry = id_map_next(&p->oids, &at, &oid)))
        if (entry->oxid == oxid)
            out[count++] = oid;
    return count;
}

void ping_sets_forget_exporter(struct ping_sets *p, uint64_t oxid)
{
    uint64_t batch[256];
    size_t count;
    mutex_lock(&p->lock);
    while ((count = oids_of(p, oxid, batch, sizeof batch / sizeof batch[0])))
        for (size_t i = 0; i < count; i++)
            free_oid(p, batch[i]);
    mutex_unlock(&p->lock);
}

/* ---- the clients' side ------------------------------------------------------------------------------------ */

/* False when there is no such OID or no room for it. */
static bool set_add(struct ping_sets *p, struct oid_set *set, uint64_t oid)
{
    struct oid_entry *entry = id_map_find(&p->oids, oid);
    if (!entry)
        return false;
    if (id_map_find(&set->oids, oid))
        return true;
    if (id_map_put(&set->oids, oid, entry))
        return false;
    entry->wanted++;
    return true;
}

static void set_drop(struct oid_set *set, uint64_t oid, int64_t now_ns)
{
    struct oid_entry *entry = id_map_remove(&set->oids, oid);
    if (entry)
        unwant(entry, now_ns);
}

/* Adds and drops; false when an OID to add does not exist. */
static bool set_change(struct ping_sets *p, struct oid_set *set, const uint64_t *add, size_t add_count,
                       const uint64_t *drop, size_t drop_count, int64_t now_ns)
{
    bool all = true;
    for (size_t i = 0; i < add_count; i++)
        all = set_add(p, set, add[i]) && all;
    for (size_t i = 0; i < drop_count; i++)
        set_drop(set, drop[i], now_ns);
    return all;
}

static struct oid_set *set_create(struct id_map *sets, uint64_t id)
{
    struct oid_set *set = calloc(1, sizeof *set);
    if (!set)
        return NULL;
    id_map_init(&set->oids, PING_OIDS_MAXIMUM);
    if (id_map_put(sets, id, set) == ERR_OK)
        return set;
    free(set);
    return NULL;
}

uint32_t ping_sets_simple(struct ping_sets *p, uint64_t setid, int64_t now_ns)
{
    mutex_lock(&p->lock);
    struct oid_set *set = id_map_find(&p->sets, setid);
    if (set)
        set->last_ping_ns = now_ns;
    mutex_unlock(&p->lock);
    return set ? 0 : OR_INVALID_SET;
}

/* [MS-DCOM] 3.1.2.5.1.3: OIDs of a new set that do not exist are passed over in silence. SETIDs are random, because
 * knowing one is all it takes to change the set. The caller holds the lock. */
static uint32_t make_set(struct ping_sets *p, uint64_t *setid, uint16_t sequence, const uint64_t *add, size_t add_count,
                         int64_t now_ns)
{
    uint64_t id = 0;
    while (id == 0 || id_map_find(&p->sets, id))
        if (random_bytes(&id, sizeof id))
            return ERROR_NOT_ENOUGH_MEMORY;
    struct oid_set *set = set_create(&p->sets, id);
    if (!set)
        return ERROR_NOT_ENOUGH_MEMORY;
    set->sequence = sequence;
    set->last_ping_ns = now_ns;
    set_change(p, set, add, add_count, NULL, 0, now_ns);
    *setid = id;
    return 0;
}

uint32_t ping_sets_complex(struct ping_sets *p, uint64_t *setid, uint16_t sequence, const uint64_t *add,
                           size_t add_count, const uint64_t *drop, size_t drop_count, int64_t now_ns)
{
    uint32_t status = 0;
    mutex_lock(&p->lock);
    struct oid_set *set = *setid ? id_map_find(&p->sets, *setid) : NULL;
    if (*setid == 0) {
        status = make_set(p, setid, sequence, add, add_count, now_ns);
    } else if (!set) {
        status = OR_INVALID_SET;
    } else if ((int16_t)(set->sequence - sequence) <= 0) { /* an older ping arriving late changes nothing */
        set->sequence = sequence;
        set->last_ping_ns = now_ns;
        if (!set_change(p, set, add, add_count, drop, drop_count, now_ns))
            status = OR_INVALID_OID;
    }
    mutex_unlock(&p->lock);
    return status;
}

void ping_sets_hold(struct ping_sets *p, int64_t pid, const uint64_t *add, size_t add_count, const uint64_t *drop,
                    size_t drop_count, int64_t now_ns)
{
    mutex_lock(&p->lock);
    struct oid_set *holder = id_map_find(&p->holders, (uint64_t)pid);
    if (!holder && add_count)
        holder = set_create(&p->holders, (uint64_t)pid);
    if (holder)
        set_change(p, holder, add, add_count, drop, drop_count, now_ns);
    mutex_unlock(&p->lock);
}

void ping_sets_forget_holder(struct ping_sets *p, int64_t pid, int64_t now_ns)
{
    mutex_lock(&p->lock);
    struct oid_set *holder = id_map_remove(&p->holders, (uint64_t)pid);
    if (holder)
        set_destroy(holder, now_ns);
    mutex_unlock(&p->lock);
}

/* ---- time ---------------------------------------------------------------------------------------------------- */

/* A set whose last ping is too old; 0 when there is none. The caller holds the lock. */
static uint64_t any_dead_set(const struct ping_sets *p, int64_t now_ns)
{
    size_t at = 0;
    uint64_t setid;
    const struct oid_set *set;
    while ((set = id_map_next(&p->sets, &at, &setid)))
        if (now_ns - set->last_ping_ns >= p->life_ns)
            return setid;
    return 0;
}

size_t ping_sets_expire(struct ping_sets *p, int64_t now_ns, struct ping_rundown *out, size_t capacity,
                        size_t *ended_sets)
{
    size_t count = 0, at = 0;
    uint64_t id;
    struct oid_entry *entry;
    *ended_sets = 0;
    mutex_lock(&p->lock);
    while ((id = any_dead_set(p, now_ns))) {
        struct oid_set *set = id_map_remove(&p->sets, id);
        /* Its OIDs have been unwanted since the last ping, not since we looked. */
        set_destroy(set, set->last_ping_ns);
        ++*ended_sets;
    }
    while (count < capacity && (entry = id_map_next(&p->oids, &at, &id))) {
        if (entry->wanted || now_ns - entry->unwanted_since < p->life_ns ||
            (entry->asked_ns && now_ns - entry->asked_ns < p->period_ns))
            continue;
        entry->asked_ns = now_ns;
        out[count++] = (struct ping_rundown){ entry->oxid, id };
    }
    mutex_unlock(&p->lock);
    return count;
}
