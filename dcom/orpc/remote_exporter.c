#include "dcom/orpc/remote_exporter.h"

#include <dcom_observer.h>
#include <objbase.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "dcom/orpc/deadlines.h"
#include "dcom/orpc/plain_call.h"

#define LANES_KEPT 8 /* security settings whose connections stay open while the exporter is known */

struct remote_exporter {
    atomic_uint references;
    struct remote_exporter_options options; /* (RO) `bindings` is owned, the texts point into the arrays below */
    char local_endpoint[RPC_ADDRESS_TEXT];
    char dialled[RPC_ADDRESS_TEXT];
    struct auth_identity identity;

    atomic_bool lost;

    struct mutex lock;
    bool chosen;                   /* (LOCK lock) */
    struct rpc_endpoint endpoint;  /* (LOCK lock) valid once chosen */
    struct lane *kept[LANES_KEPT]; /* (LOCK lock) */
    unsigned kept_next;            /* (LOCK lock) */
};

enum err remote_exporter_create(const struct remote_exporter_options *options, struct remote_exporter **out)
{
    *out = NULL;
    struct remote_exporter *e = calloc(1, sizeof *e);
    if (!e)
        return ERR_MEMORY;
    e->options = *options;
    e->options.bindings = bindings_dup(options->bindings);
    if (!e->options.bindings) {
        free(e);
        return ERR_MEMORY;
    }
    atomic_init(&e->references, 1);
    mutex_init(&e->lock);
    if (options->local_endpoint) {
        snprintf(e->local_endpoint, sizeof e->local_endpoint, "%s", options->local_endpoint);
        e->options.local_endpoint = e->local_endpoint;
        e->endpoint = (struct rpc_endpoint){ .protseq = RPC_LOCAL };
        memcpy(e->endpoint.address, e->local_endpoint, sizeof e->local_endpoint);
        e->chosen = true;
    }
    if (options->dialled)
        snprintf(e->dialled, sizeof e->dialled, "%s", options->dialled);
    e->options.dialled = e->dialled;
    if (options->identity) {
        e->identity = *options->identity;
        e->options.identity = &e->identity;
    }
    *out = e;
    return ERR_OK;
}

struct remote_exporter *remote_exporter_addref(struct remote_exporter *e)
{
    atomic_fetch_add(&e->references, 1);
    return e;
}

void remote_exporter_release(struct remote_exporter *e)
{
    if (!e || atomic_fetch_sub(&e->references, 1) != 1)
        return;
    for (unsigned i = 0; i < LANES_KEPT; i++)
        lane_release(e->kept[i]);
    mutex_cleanup(&e->lock);
    CoTaskMemFree((void *)(uintptr_t)e->options.bindings);
    secret_zero(&e->identity, sizeof e->identity);
    free(e);
}

bool remote_exporter_is_shared(const struct remote_exporter *e)
{
    return atomic_load(&e->references) > 1;
}

OXID remote_exporter_oxid(const struct remote_exporter *e)
{
    return e->options.oxid;
}

const IPID *remote_exporter_ipid(const struct remote_exporter *e)
{
    return &e->options.ipid_rem_unknown;
}

DWORD remote_exporter_authn_hint(const struct remote_exporter *e)
{
    return e->options.authn_hint;
}

COMVERSION remote_exporter_version(const struct remote_exporter *e)
{
    return e->options.version;
}

bool remote_exporter_is_lost(const struct remote_exporter *e)
{
    return atomic_load(&e->lost);
}

const struct auth_identity *remote_exporter_identity(const struct remote_exporter *e)
{
    return e->options.identity;
}

enum auth_mechanism remote_exporter_mechanism(const struct remote_exporter *e)
{
    return bindings_mechanism(e->options.bindings);
}

/* ---- the way there ---------------------------------------------------------------------------- */

static void observe_binding(const struct binding_target *target, enum err e)
{
    struct dcom_event event = { .kind = DCOM_BINDING, .outgoing = true, .err = e };
    if (!dcom_observed())
        return;
    string_binding_text(&target->binding, event.peer, sizeof event.peer);
    dcom_observe(&event);
}

/* Keeps the lane, so that its connections outlive this call. */
static void keep_lane(struct remote_exporter *e, struct lane *c)
{
    struct lane *dropped = NULL;
    mutex_lock(&e->lock);
    for (unsigned i = 0; i < LANES_KEPT; i++)
        if (e->kept[i] == c) {
            mutex_unlock(&e->lock);
            return;
        }
    dropped = e->kept[e->kept_next];
    e->kept[e->kept_next] = lane_addref(c);
    e->kept_next = (e->kept_next + 1) % LANES_KEPT;
    mutex_unlock(&e->lock);
    lane_release(dropped);
}

static enum err acquire_at(struct remote_exporter *e, const struct rpc_endpoint *endpoint, const struct orpc_call *call,
                           int64_t connect_deadline_ns, struct lease *lease, struct rpc_failure *why)
{
    static const struct rpc_security no_security = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
    const struct rpc_security *security = endpoint->protseq == RPC_LOCAL ? &no_security : call->security;
    struct rpc_syntax syntax = plain_syntax(call->iid);
    struct lane *lane;

    enum err err = pool_lane(e->options.pool, endpoint, security, &lane);
    if (err) {
        *why = (struct rpc_failure){ .err = err };
        return err;
    }
    err = lane_acquire(lane, &syntax, connect_deadline_ns, call->deadline_ns, call->cancel, lease, why);
    if (!err)
        keep_lane(e, lane);
    lane_release(lane);
    return err;
}

static enum err try_target(struct remote_exporter *e, const struct binding_target *target, bool last,
                           const struct orpc_call *call, struct lease *lease, struct rpc_failure *why)
{
    struct rpc_endpoint endpoint;
    *why = (struct rpc_failure){ .err = ERR_RESOLVE, .shape = RPC_WIRE_CONNECT };
    enum err err = target_of_binding(e->options.host, &target->binding, clock_deadline_ns(DEADLINE_NAME_NS), &endpoint);
    if (!err) {
        int64_t budget_ns = last ? DEADLINE_CONNECT_NS : DEADLINE_CONNECT_ONE_OF_MANY_NS;
        err = acquire_at(e, &endpoint, call, clock_deadline_ns(budget_ns), lease, why);
    }
    observe_binding(target, why->shape == RPC_WIRE_CONNECT ? err : ERR_OK);
    if (why->shape == RPC_WIRE_CONNECT && err)
        return err;
    mutex_lock(&e->lock);
    e->endpoint = endpoint;
    e->chosen = true;
    mutex_unlock(&e->lock);
    return err;
}

/* Tries the peer's addresses in our order. Only a failed connection goes on to the next one: who answers is the
 * peer, whatever it says. */
static enum err choose_and_acquire(struct remote_exporter *e, const struct orpc_call *call, struct lease *lease,
                                   struct rpc_failure *why)
{
    struct binding_target *targets = calloc(BINDINGS_MAXIMUM + 1, sizeof *targets);
    enum err err = ERR_UNREACHABLE;
    if (!targets)
        return ERR_MEMORY;
    *why = (struct rpc_failure){ .err = err, .shape = RPC_WIRE_CONNECT };
    size_t count = bindings_targets(e->options.bindings, e->dialled, 0, targets, BINDINGS_MAXIMUM + 1);
    for (size_t i = 0; i < count; i++) {
        err = try_target(e, &targets[i], i + 1 == count, call, lease, why);
        if (!err || why->shape != RPC_WIRE_CONNECT || clock_left_ns(call->deadline_ns) == 0)
            break;
    }
    free(targets);
    return err;
}

static enum err acquire(struct remote_exporter *e, const struct orpc_call *call, struct lease *lease,
                        struct rpc_failure *why)
{
    mutex_lock(&e->lock);
    bool chosen = e->chosen;
    struct rpc_endpoint endpoint = e->endpoint;
    mutex_unlock(&e->lock);
    *lease = (struct lease){ 0 };
    if (chosen)
        return acquire_at(e, &endpoint, call, clock_deadline_ns(DEADLINE_CONNECT_NS), lease, why);
    return choose_and_acquire(e, call, lease, why);
}

enum err remote_exporter_call(struct remote_exporter *e, const struct orpc_call *call, const struct writer *request,
                              struct writer *reply, struct rpc_failure *why)
{
    struct rpc_guid object;
    struct lease lease;

    *why = (struct rpc_failure){ 0 };
    memcpy(object.bytes, call->ipid, sizeof object.bytes);
    enum err err = acquire(e, call, &lease, why);
    if (err) {
        why->err = err;
        atomic_store(&e->lost, err != ERR_CANCELLED);
        return err;
    }
    if (call_cancel_attach(call->cancel, lease.connection)) {
        err = rpc_connection_call(lease.connection, lease.context_id, call->opnum, &object, request, reply,
                                  call->deadline_ns, why);
        call_cancel_detach(call->cancel);
    } else {
        err = ERR_CANCELLED;
        *why = (struct rpc_failure){ .err = err };
    }
    lease_return(&lease, err);
    if (err != ERR_CANCELLED)
        atomic_store(&e->lost, err == ERR_CLOSED || err == ERR_TIMEOUT);
    return err;
}
