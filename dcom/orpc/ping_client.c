#include "dcom/orpc/ping_client.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/id_map.h"
#include "base/secret.h"
#include "base/thread.h"
#include "dcom/orpc/bindings.h"
#include "dcom/orpc/deadlines.h"
#include "dcom/orpc/plain_call.h"
#include "dcom/orpc/target.h"

#define OIDS_PER_PING      4096 /* added or dropped by one ComplexPing; its counts have 16 bits */
#define FIRST_PING_DIVISOR 4    /* the first ping of a change comes after this part of a period */

enum exporter_method {
    METHOD_SIMPLE_PING = 4,
    METHOD_COMPLEX_PING = 5
};

/* What is to be told to the resolver about an OID. */
static char oid_new, oid_known, oid_dropped; /* their addresses are the values of the map */

struct remote_set {
    int64_t pid;
    DUALSTRINGARRAY *resolver; /* owned (CoTaskMemFree) */
    bool explicit_identity;
    struct auth_identity identity;
    struct id_map oids; /* OID -> &oid_new, &oid_known or &oid_dropped */
    SETID setid;        /* 0 until the resolver made one */
    uint16_t sequence;
    bool unauthenticated; /* the resolver refused the session: never again */
    bool under_way;       /* a ping is being sent */
    bool gone;            /* its process ended, or nothing is held any more */
    int64_t next_ping_ns;
    struct remote_set *next;
};

struct ping_client {
    struct ping_client_options options; /* (RO) */
    struct thread thread;
    struct mutex lock;
    struct condition changed;
    bool stop;                         /* (LOCK lock) */
    struct remote_set *sets;           /* (LOCK lock); only the thread takes one off the list */
    size_t set_count;                  /* (LOCK lock) */
    struct rpc_connection *connection; /* (LOCK lock) of the ping under way, so that it can be woken */
};

/* ---- one ping, on the wire ------------------------------------------------------------------------------------- */

/* What one ping says; filled under the lock, sent without it. */
struct ping {
    SETID setid;
    uint16_t sequence;
    uint16_t add_count, drop_count;
    OID add[OIDS_PER_PING], drop[OIDS_PER_PING];
    DUALSTRINGARRAY *resolver; /* owned */
    int64_t pid;
    bool explicit_identity;
    struct auth_identity identity;
    bool unauthenticated;
    uint32_t status; /* of the resolver */
};

static enum err exchange_ping(struct rpc_connection *c, struct ping *ping, struct rpc_failure *why)
{
    unsigned short backoff = 0;
    HRESULT status;
    enum err e;
    if (ping->setid && ping->add_count == 0 && ping->drop_count == 0) {
        uintptr_t arguments[] = { 0, (uintptr_t)&ping->setid };
        e = plain_call(c, &IID_IObjectExporter, METHOD_SIMPLE_PING, arguments, clock_deadline_ns(DEADLINE_RESOLVER_NS),
                       &status, why);
    } else {
        uintptr_t arguments[] = { 0,
                                  (uintptr_t)&ping->setid,
                                  ping->sequence,
                                  ping->add_count,
                                  ping->drop_count,
                                  (uintptr_t)(ping->add_count ? ping->add : NULL),
                                  (uintptr_t)(ping->drop_count ? ping->drop : NULL),
                                  (uintptr_t)&backoff };
        e = plain_call(c, &IID_IObjectExporter, METHOD_COMPLEX_PING, arguments, clock_deadline_ns(DEADLINE_RESOLVER_NS),
                       &status, why);
    }
    ping->status = e ? 0 : (uint32_t)status;
    return e;
}

/* Makes the connection the one to wake; false when there is nothing to begin any more. */
static bool announce_connection(struct ping_client *c, struct rpc_connection *connection)
{
    mutex_lock(&c->lock);
    c->connection = connection;
    bool go_on = !c->stop;
    mutex_unlock(&c->lock);
    return go_on;
}

/* The first provider that the resolver lists and we have, at the least level that a ping may have, with the credentials
 * of who holds the objects ([MS-DCOM] 3.2.6.1). */
static struct rpc_security security_of(const struct ping *ping, const struct ping_access *access)
{
    struct rpc_security security = { .level = AUTH_LEVEL_PACKET_INTEGRITY, .impersonation = RPC_C_IMP_LEVEL_IDENTIFY };
    security.mechanism = bindings_mechanism(ping->resolver);
    security.authority = access->authority;
    security.identity = ping->explicit_identity ? &ping->identity : NULL;
    if (ping->unauthenticated || !(security.identity || security.authority))
        security.mechanism = AUTH_NONE;
    return security;
}

/* How a resolver refuses a logon: in the bind, or, where the last leg of NTLM has no answer, at the first call. */
static bool is_refused_logon(enum err e, const struct rpc_failure *why)
{
    return e == ERR_AUTH || (e == ERR_NAK && why->shape == RPC_WIRE_BIND_NAK) ||
           (e == ERR_FAULT && why->status == RPC_STATUS_ACCESS_DENIED);
}

/* One try at one endpoint. */
static enum err ping_endpoint(struct ping_client *c, const struct rpc_endpoint *endpoint, struct ping *ping,
                              const struct rpc_security *security)
{
    struct rpc_connection *connection;
    struct rpc_failure why;
    struct rpc_syntax syntax = plain_syntax(&IID_IObjectExporter);
    enum err e = rpc_connection_open(endpoint, clock_deadline_ns(DEADLINE_CONNECT_ONE_OF_MANY_NS), &connection, &why);
    if (e)
        return e;
    e = announce_connection(c, connection)
            ? rpc_connection_bind(connection, &syntax, 1, security, clock_deadline_ns(DEADLINE_RESOLVER_NS), &why)
            : ERR_CANCELLED;
    if (!e)
        e = exchange_ping(connection, ping, &why);
    announce_connection(c, NULL);
    rpc_connection_destroy(connection);
    return is_refused_logon(e, &why) ? ERR_AUTH : e;
}

/* Tries the resolver's addresses in order; a refused logon ends authentication for this set. */
static enum err try_addresses(struct ping_client *c, struct ping *ping, const struct ping_access *access)
{
    struct binding_target targets[BINDINGS_MAXIMUM];
    size_t count = bindings_targets(ping->resolver, NULL, RESOLVER_PORT, targets, BINDINGS_MAXIMUM);
    struct rpc_security security = security_of(ping, access);
    enum err e = ERR_RESOLVE;
    for (size_t i = 0; i < count && e; i++) {
        struct rpc_endpoint endpoint;
        e = target_of_binding(access->host, &targets[i].binding, clock_deadline_ns(DEADLINE_NAME_NS), &endpoint);
        if (e)
            continue;
        e = ping_endpoint(c, &endpoint, ping, &security);
        if (e == ERR_AUTH && security.mechanism != AUTH_NONE) {
            ping->unauthenticated = true;
            security = security_of(ping, access);
            e = ping_endpoint(c, &endpoint, ping, &security);
        }
    }
    return e;
}

static enum err send_ping(struct ping_client *c, struct ping *ping)
{
    struct ping_access access = { 0 };
    enum err e = c->options.enter(c->options.context, ping->pid, &access);
    if (e)
        return e;
    e = try_addresses(c, ping, &access);
    c->options.leave(c->options.context, &access);
    return e;
}

/* ---- the sets ---------------------------------------------------------------------------------------------------- */

static int64_t period_ns(const struct ping_client *c)
{
    return c->options.period_ns(c->options.context);
}

static void set_destroy(struct remote_set *set)
{
    id_map_cleanup(&set->oids);
    secret_zero(&set->identity, sizeof set->identity);
    CoTaskMemFree(set->resolver);
    free(set);
}

/* Takes gone sets off the list. The caller holds the lock and is the pinging thread. */
static void remove_gone(struct ping_client *c)
{
    struct remote_set **link = &c->sets;
    while (*link) {
        struct remote_set *set = *link;
        if (!set->gone) {
            link = &set->next;
            continue;
        }
        *link = set->next;
        c->set_count--;
        set_destroy(set);
    }
}

/* What the next ping of the set has to say. The caller holds the lock. */
static enum err fill_ping(struct remote_set *set, struct ping *ping)
{
    size_t at = 0;
    uint64_t oid;
    const void *state;
    memset(ping, 0, sizeof *ping);
    ping->resolver = bindings_dup(set->resolver);
    if (!ping->resolver)
        return ERR_MEMORY;
    while ((state = id_map_next(&set->oids, &at, &oid))) {
        if ((state == &oid_new || !set->setid) && state != &oid_dropped && ping->add_count < OIDS_PER_PING)
            ping->add[ping->add_count++] = oid;
        else if (state == &oid_dropped && ping->drop_count < OIDS_PER_PING)
            ping->drop[ping->drop_count++] = oid;
    }
    ping->setid = set->setid;
    set->sequence = set->setid ? (uint16_t)(set->sequence + 1) : 1;
    ping->sequence = set->sequence;
    ping->pid = set->pid;
    ping->explicit_identity = set->explicit_identity;
    ping->identity = set->identity;
    ping->unauthenticated = set->unauthenticated;
    return ERR_OK;
}

/* The resolver knows now what the ping said. The caller holds the lock. */
static void note_success(struct remote_set *set, const struct ping *ping)
{
    if (ping->status == OR_INVALID_SET) {
        /* It forgot the set (it was restarted, or did not hear of us in time): the next ping makes a new one. */
        set->setid = 0;
        return;
    }
    set->setid = ping->setid;
    for (unsigned i = 0; i < ping->add_count; i++)
        if (id_map_find(&set->oids, ping->add[i]) == &oid_new && id_map_put(&set->oids, ping->add[i], &oid_known))
            return;
    for (unsigned i = 0; i < ping->drop_count; i++)
        if (id_map_find(&set->oids, ping->drop[i]) == &oid_dropped)
            id_map_remove(&set->oids, ping->drop[i]);
    set->gone = set->gone || set->oids.count == 0;
}

static void free_ping(struct ping *ping)
{
    if (!ping)
        return;
    CoTaskMemFree(ping->resolver);
    secret_zero(&ping->identity, sizeof ping->identity);
    free(ping);
}

static void ping_set(struct ping_client *c, struct remote_set *set, int64_t period)
{
    struct ping *ping = malloc(sizeof *ping);
    if (!ping || fill_ping(set, ping)) {
        free_ping(ping);
        set->next_ping_ns = clock_deadline_ns(period);
        return;
    }
    set->under_way = true;
    mutex_unlock(&c->lock);
    enum err e = send_ping(c, ping);
    event("ping", EV_NUMBER("of_pid", ping->pid), EV_NUMBER("added", ping->add_count),
          EV_NUMBER("dropped", ping->drop_count), EV_TEXT("error", e ? err_text(e) : NULL),
          EV_NUMBER("status", ping->status), EV_FLAG("unauthenticated", ping->unauthenticated));
    mutex_lock(&c->lock);
    set->under_way = false;
    set->unauthenticated = ping->unauthenticated;
    if (!e)
        note_success(set, ping);
    set->next_ping_ns = clock_deadline_ns(period);
    free_ping(ping);
}

static struct remote_set *next_due(struct ping_client *c)
{
    struct remote_set *due = NULL;
    for (struct remote_set *set = c->sets; set; set = set->next)
        if (!due || set->next_ping_ns < due->next_ping_ns)
            due = set;
    return due;
}

static void ping_all(void *argument)
{
    struct ping_client *c = argument;
    mutex_lock(&c->lock);
    while (!c->stop) {
        remove_gone(c);
        struct remote_set *due = next_due(c);
        if (due && clock_left_ns(due->next_ping_ns) == 0) {
            mutex_unlock(&c->lock);
            int64_t period = period_ns(c);
            mutex_lock(&c->lock);
            ping_set(c, due, period);
            continue;
        }
        condition_wait(&c->changed, &c->lock, due ? due->next_ping_ns : CLOCK_NEVER);
    }
    mutex_unlock(&c->lock);
}

enum err ping_client_create(const struct ping_client_options *options, struct ping_client **out)
{
    *out = NULL;
    struct ping_client *c = calloc(1, sizeof *c);
    if (!c)
        return ERR_MEMORY;
    c->options = *options;
    mutex_init(&c->lock);
    condition_init(&c->changed);
    enum err e = thread_start(&c->thread, ping_all, c);
    if (e) {
        condition_cleanup(&c->changed);
        mutex_cleanup(&c->lock);
        free(c);
        return e;
    }
    *out = c;
    return ERR_OK;
}

void ping_client_destroy(struct ping_client *c)
{
    if (!c)
        return;
    mutex_lock(&c->lock);
    c->stop = true;
    if (c->connection)
        rpc_connection_cancel(c->connection);
    condition_signal(&c->changed);
    mutex_unlock(&c->lock);
    thread_join(&c->thread);
    while (c->sets) {
        struct remote_set *set = c->sets;
        c->sets = set->next;
        set_destroy(set);
    }
    condition_cleanup(&c->changed);
    mutex_cleanup(&c->lock);
    free(c);
}

/* The set of a process at a resolver, made when it is missing. The caller holds the lock. */
static struct remote_set *find_or_make(struct ping_client *c, const struct ping_holder *holder)
{
    struct remote_set *set = c->sets;
    while (set && (set->gone || set->pid != holder->pid || !bindings_equal(set->resolver, holder->resolver)))
        set = set->next;
    if (set)
        return set;
    set = c->set_count < REMOTE_SETS_MAXIMUM ? calloc(1, sizeof *set) : NULL;
    if (!set)
        return NULL;
    set->resolver = bindings_dup(holder->resolver);
    if (!set->resolver) {
        free(set);
        return NULL;
    }
    set->pid = holder->pid;
    set->explicit_identity = holder->identity != NULL;
    if (holder->identity)
        set->identity = *holder->identity;
    set->next_ping_ns = CLOCK_NEVER;
    id_map_init(&set->oids, REMOTE_OIDS_MAXIMUM);
    set->next = c->sets;
    c->sets = set;
    c->set_count++;
    return set;
}

/* A ping under way may carry any of these OIDs already, so nothing it could carry is forgotten before it has come back.
 * The caller holds the lock. */
static enum err change_set(struct remote_set *set, const OID *add, size_t add_count, const OID *drop, size_t drop_count)
{
    for (size_t i = 0; i < add_count; i++) {
        if (add[i] == 0 || id_map_find(&set->oids, add[i]) == &oid_known)
            continue;
        enum err e = id_map_put(&set->oids, add[i], &oid_new);
        if (e)
            return e;
    }
    for (size_t i = 0; i < drop_count; i++) {
        const void *state = id_map_find(&set->oids, drop[i]);
        if (state == &oid_new && !set->under_way)
            id_map_remove(&set->oids, drop[i]);
        else if (state && id_map_put(&set->oids, drop[i], &oid_dropped))
            return ERR_MEMORY;
    }
    return ERR_OK;
}

enum err ping_client_hold(struct ping_client *c, const struct ping_holder *holder, const OID *add, size_t add_count,
                          const OID *drop, size_t drop_count)
{
    int64_t soon_ns = clock_deadline_ns(period_ns(c) / FIRST_PING_DIVISOR);
    mutex_lock(&c->lock);
    struct remote_set *set = find_or_make(c, holder);
    enum err e = set ? change_set(set, add, add_count, drop, drop_count) : ERR_MEMORY;
    if (set && soon_ns < set->next_ping_ns)
        set->next_ping_ns = soon_ns;
    if (set && set->oids.count == 0)
        set->gone = true;
    condition_signal(&c->changed);
    mutex_unlock(&c->lock);
    return e;
}

void ping_client_forget(struct ping_client *c, int64_t pid)
{
    mutex_lock(&c->lock);
    for (struct remote_set *set = c->sets; set; set = set->next)
        set->gone = set->gone || set->pid == pid;
    condition_signal(&c->changed);
    mutex_unlock(&c->lock);
}
