#include "dcom/orpc/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "dcom/orpc/deadlines.h"

#define PRINCIPAL_TEXT    300
#define NAK_NOT_SPECIFIED 0 /* reason of a bind_nak, [MS-RPCE] 2.2.2.5; how an unknown association group is refused */

struct lane {
    struct pool *pool;
    struct lane *next;   /* (LOCK pool->lock) */
    unsigned references; /* (LOCK pool->lock) */

    struct rpc_endpoint endpoint; /* (RO) down to identity: the key */
    enum auth_mechanism mechanism;
    enum auth_level level;
    uint8_t impersonation;
    bool explicit_identity;
    char principal[PRINCIPAL_TEXT];
    struct auth_identity identity;

    struct mutex lock;
    uint32_t group; /* (LOCK pool->lock) association group of the last connection; 0 while there was none */
    struct rpc_connection *idle[POOL_IDLE_MAXIMUM]; /* (LOCK lock) the last one was used last */
    unsigned idle_count;                            /* (LOCK lock) */
};

struct pool {
    const struct auth_authority *authority;
    struct mutex lock;
    struct lane *lanes; /* (LOCK lock) */
};

enum err pool_create(const struct auth_authority *authority, struct pool **out)
{
    struct pool *p = calloc(1, sizeof *p);
    *out = p;
    if (!p)
        return ERR_MEMORY;
    p->authority = authority;
    mutex_init(&p->lock);
    return ERR_OK;
}

void pool_destroy(struct pool *p)
{
    if (!p)
        return;
    mutex_cleanup(&p->lock);
    free(p);
}

unsigned pool_lanes(struct pool *p)
{
    unsigned count = 0;
    mutex_lock(&p->lock);
    for (struct lane *c = p->lanes; c; c = c->next)
        count++;
    mutex_unlock(&p->lock);
    return count;
}

/* ---- lanes --------------------------------------------------------------------------------- */

static bool same_identity(const struct lane *c, const struct auth_identity *identity)
{
    if (!identity || !c->explicit_identity)
        return !identity && !c->explicit_identity;
    return strcmp(c->identity.user, identity->user) == 0 && strcmp(c->identity.domain, identity->domain) == 0 &&
           strcmp(c->identity.password, identity->password) == 0;
}

static bool same_server(const struct rpc_endpoint *a, const struct rpc_endpoint *b)
{
    return a->protseq == b->protseq && a->port == b->port && strcmp(a->address, b->address) == 0 &&
           strcmp(a->from, b->from) == 0;
}

static bool same_key(const struct lane *c, const struct rpc_endpoint *e, const struct rpc_security *s)
{
    return same_server(&c->endpoint, e) && c->mechanism == s->mechanism && c->level == s->level &&
           c->impersonation == s->impersonation && strcmp(c->principal, s->principal ? s->principal : "") == 0 &&
           same_identity(c, s->identity);
}

static struct lane *new_lane(struct pool *p, const struct rpc_endpoint *endpoint, const struct rpc_security *s)
{
    struct lane *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->pool = p;
    c->references = 1;
    c->endpoint = *endpoint;
    c->mechanism = s->mechanism;
    c->level = s->level;
    c->impersonation = s->impersonation;
    c->explicit_identity = s->identity != NULL;
    if (s->identity)
        c->identity = *s->identity;
    snprintf(c->principal, sizeof c->principal, "%s", s->principal ? s->principal : "");
    mutex_init(&c->lock);
    return c;
}

enum err pool_lane(struct pool *p, const struct rpc_endpoint *endpoint, const struct rpc_security *security,
                   struct lane **out)
{
    struct lane *c;
    mutex_lock(&p->lock);
    for (c = p->lanes; c; c = c->next)
        if (same_key(c, endpoint, security))
            break;
    if (c) {
        c->references++;
    } else {
        c = new_lane(p, endpoint, security);
        if (c) {
            c->next = p->lanes;
            p->lanes = c;
        }
    }
    mutex_unlock(&p->lock);
    *out = c;
    return c ? ERR_OK : ERR_MEMORY;
}

struct lane *lane_addref(struct lane *c)
{
    mutex_lock(&c->pool->lock);
    c->references++;
    mutex_unlock(&c->pool->lock);
    return c;
}

void lane_release(struct lane *c)
{
    if (!c)
        return;
    struct pool *p = c->pool;
    mutex_lock(&p->lock);
    bool last = --c->references == 0;
    if (last) {
        struct lane **at = &p->lanes;
        while (*at != c)
            at = &(*at)->next;
        *at = c->next;
    }
    mutex_unlock(&p->lock);
    if (!last)
        return;
    for (unsigned i = 0; i < c->idle_count; i++)
        rpc_connection_destroy(c->idle[i]);
    mutex_cleanup(&c->lock);
    secret_zero(&c->identity, sizeof c->identity);
    free(c);
}

/* ---- connections ------------------------------------------------------------------------------- */

static struct rpc_connection *take_idle(struct lane *c)
{
    struct rpc_connection *connection = NULL;
    mutex_lock(&c->lock);
    if (c->idle_count)
        connection = c->idle[--c->idle_count];
    mutex_unlock(&c->lock);
    return connection;
}

static bool give_idle(struct lane *c, struct rpc_connection *connection)
{
    mutex_lock(&c->lock);
    bool kept = c->idle_count < POOL_IDLE_MAXIMUM;
    if (kept)
        c->idle[c->idle_count++] = connection;
    mutex_unlock(&c->lock);
    return kept;
}

static enum err given_up(struct rpc_failure *why)
{
    *why = (struct rpc_failure){ .err = ERR_CANCELLED };
    return ERR_CANCELLED;
}

/* Reuses an idle connection. Those that died meanwhile, or die while the context is negotiated, are dropped: no byte of
 * the caller's request has been sent. ERR_NOT_FOUND: there is none. */
static enum err acquire_idle(struct lane *c, const struct rpc_syntax *syntax, int64_t deadline_ns, struct lease *lease,
                             struct rpc_failure *why)
{
    for (;;) {
        struct rpc_connection *connection = take_idle(c);
        if (!connection)
            return ERR_NOT_FOUND;
        if (!rpc_connection_usable(connection)) {
            rpc_connection_destroy(connection);
            continue;
        }
        if (!call_cancel_attach(lease->cancel, connection)) {
            rpc_connection_destroy(connection);
            return given_up(why);
        }
        enum err e = rpc_connection_context(connection, syntax, deadline_ns, &lease->context_id, why);
        call_cancel_detach(lease->cancel);
        if (!e) {
            lease->connection = connection;
            return ERR_OK;
        }
        rpc_connection_destroy(connection);
        if (e == ERR_NAK || e == ERR_TIMEOUT || e == ERR_CANCELLED)
            return e;
    }
}

/* The association group of the server at this endpoint, whatever lane learnt it: as with Windows, all connections of a
 * process to one server are one association. 0 when none is known. */
static uint32_t group_of_server(struct lane *c)
{
    uint32_t group = 0;
    mutex_lock(&c->pool->lock);
    for (struct lane *other = c->pool->lanes; other && !group; other = other->next)
        if (same_server(&other->endpoint, &c->endpoint))
            group = other->group;
    mutex_unlock(&c->pool->lock);
    return group;
}

static void remember_group(struct lane *c, uint32_t group)
{
    mutex_lock(&c->pool->lock);
    for (struct lane *other = c->pool->lanes; other; other = other->next)
        if (same_server(&other->endpoint, &c->endpoint))
            other->group = group;
    mutex_unlock(&c->pool->lock);
}

static enum err bind_new(struct lane *c, const struct auth_identity *identity, const struct rpc_syntax *syntax,
                         uint32_t group, int64_t deadline_ns, struct lease *lease, struct rpc_failure *why)
{
    struct rpc_security security = { .mechanism = c->mechanism, .level = c->level, .impersonation = c->impersonation };
    security.identity = identity;
    security.authority = c->pool->authority;
    security.principal = c->principal[0] ? c->principal : NULL;
    rpc_connection_join(lease->connection, group);
    enum err e = rpc_connection_bind(lease->connection, syntax, 1, &security, deadline_ns, why);
    if (!e && rpc_connection_group(lease->connection) != group)
        remember_group(c, rpc_connection_group(lease->connection));
    if (!e)
        e = rpc_connection_context(lease->connection, syntax, deadline_ns, &lease->context_id, why);
    return e;
}

static enum err open_in_group(struct lane *c, const struct auth_identity *identity, const struct rpc_syntax *syntax,
                              uint32_t group, int64_t connect_deadline_ns, int64_t deadline_ns, struct lease *lease,
                              struct rpc_failure *why)
{
    enum err e = rpc_connection_begin(&c->endpoint, connect_deadline_ns, &lease->connection, why);
    if (e)
        return e;
    if (call_cancel_attach(lease->cancel, lease->connection)) {
        e = rpc_connection_finish(lease->connection, &c->endpoint, connect_deadline_ns, why);
        if (!e)
            e = bind_new(c, identity, syntax, group, deadline_ns, lease, why);
        call_cancel_detach(lease->cancel);
    } else {
        e = given_up(why);
    }
    if (e) {
        rpc_connection_destroy(lease->connection);
        lease->connection = NULL;
    }
    return e;
}

static enum err open_new(struct lane *c, const struct auth_identity *identity, const struct rpc_syntax *syntax,
                         int64_t connect_deadline_ns, int64_t deadline_ns, struct lease *lease, struct rpc_failure *why)
{
    uint32_t group = group_of_server(c);
    enum err e = open_in_group(c, identity, syntax, group, connect_deadline_ns, deadline_ns, lease, why);
    /* The association ended with its last connection, perhaps with the whole server: found a new one. */
    if (e != ERR_NAK || why->shape != RPC_WIRE_BIND_NAK || why->status != NAK_NOT_SPECIFIED || group == 0)
        return e;
    remember_group(c, 0);
    return open_in_group(c, identity, syntax, 0, connect_deadline_ns, deadline_ns, lease, why);
}

static enum err acquire_new(struct lane *c, const struct rpc_syntax *syntax, int64_t connect_deadline_ns,
                            int64_t deadline_ns, struct lease *lease, struct rpc_failure *why)
{
    static const struct auth_identity anonymous;
    const struct auth_identity *identity = c->explicit_identity ? &c->identity : NULL;
    if (connect_deadline_ns > deadline_ns)
        connect_deadline_ns = deadline_ns;
    enum err e = open_new(c, identity, syntax, connect_deadline_ns, deadline_ns, lease, why);
    /* A process of a host without credentials for the network is ANONYMOUS LOGON there, as on Windows: a server
     * that was started by its remote client is such a one. */
    if (e == ERR_NOT_FOUND && !identity && c->pool->authority)
        e = open_new(c, &anonymous, syntax, clock_deadline_ns(DEADLINE_CONNECT_NS), deadline_ns, lease, why);
    return e;
}

enum err lane_acquire(struct lane *c, const struct rpc_syntax *syntax, int64_t connect_deadline_ns, int64_t deadline_ns,
                      struct call_cancel *cancel, struct lease *out, struct rpc_failure *why)
{
    *why = (struct rpc_failure){ 0 };
    *out = (struct lease){ .cancel = cancel };
    enum err e = acquire_idle(c, syntax, deadline_ns, out, why);
    if (e == ERR_NOT_FOUND) {
        *why = (struct rpc_failure){ 0 };
        if (!call_cancel_attach(cancel, NULL))
            return given_up(why);
        e = acquire_new(c, syntax, connect_deadline_ns, deadline_ns, out, why);
    }
    if (!e)
        out->lane = lane_addref(c);
    return e;
}

void lease_return(struct lease *l, enum err outcome)
{
    if (!l->connection)
        return;
    bool healthy = outcome == ERR_OK || outcome == ERR_FAULT;
    if (!healthy || !give_idle(l->lane, l->connection))
        rpc_connection_destroy(l->connection);
    lane_release(l->lane);
    *l = (struct lease){ 0 };
}
