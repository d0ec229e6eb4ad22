#include "dcom/orpc/resolver.h"

#include <dcom_observer.h>
#include <objbase.h>
#include <stdlib.h>

#include "base/clock.h"
#include "dcom/orpc/com_version.h"
#include "dcom/orpc/deadlines.h"
#include "dcom/orpc/hresult.h"
#include "dcom/orpc/plain_call.h"
#include "dcom/orpc/table.h"

/* Method numbers of IObjectExporter, behind IUnknown's three. */
enum object_exporter_method {
    RESOLVE_OXID = 3,
    SIMPLE_PING,
    COMPLEX_PING,
    SERVER_ALIVE,
    RESOLVE_OXID2,
    SERVER_ALIVE2
};

struct known {
    struct table_link link;
    struct remote_exporter *exporter; /* counted */
    struct known *next_unused;
};

struct resolver {
    struct resolver_options options;
    struct mutex lock;
    struct table table; /* (LOCK lock) of struct known by OXID */
};

enum err resolver_create(const struct resolver_options *options, struct resolver **out)
{
    struct resolver *r = calloc(1, sizeof *r);
    *out = r;
    if (!r)
        return ERR_MEMORY;
    r->options = *options;
    mutex_init(&r->lock);
    return ERR_OK;
}

void resolver_destroy(struct resolver *r)
{
    if (!r)
        return;
    for (struct table_link *link; (link = table_take_any(&r->table));) {
        struct known *k = TABLE_ITEM(link, struct known, link);
        remote_exporter_release(k->exporter);
        free(k);
    }
    table_cleanup(&r->table);
    mutex_cleanup(&r->lock);
    free(r);
}

const struct resolver_options *resolver_options(const struct resolver *r)
{
    return &r->options;
}

/* ---- the table of exporters ------------------------------------------------------------------- */

static struct known *find_known(const struct resolver *r, OXID oxid)
{
    struct table_link *link = table_first(&r->table, oxid);
    for (; link; link = table_next(link)) {
        struct known *k = TABLE_ITEM(link, struct known, link);
        if (remote_exporter_oxid(k->exporter) == oxid)
            return k;
    }
    return NULL;
}

static struct remote_exporter *find_exporter(struct resolver *r, OXID oxid)
{
    mutex_lock(&r->lock);
    struct known *k = find_known(r, oxid);
    struct remote_exporter *e = k ? remote_exporter_addref(k->exporter) : NULL;
    mutex_unlock(&r->lock);
    return e;
}

/* Takes out the entries that only the table holds; under the lock nobody can get at them meanwhile. */
static struct known *take_unused(struct resolver *r)
{
    struct known *unused = NULL;
    for (size_t i = 0; i < r->table.bucket_count; i++) {
        struct table_link *link = r->table.buckets[i];
        while (link) {
            struct known *k = TABLE_ITEM(link, struct known, link);
            link = link->next;
            if (!remote_exporter_is_shared(k->exporter)) {
                table_remove(&r->table, &k->link);
                k->next_unused = unused;
                unused = k;
            }
        }
    }
    return unused;
}

static void free_unused(struct known *k)
{
    while (k) {
        struct known *next = k->next_unused;
        remote_exporter_release(k->exporter);
        free(k);
        k = next;
    }
}

HRESULT resolver_learn(struct resolver *r, const struct remote_exporter_options *options, struct remote_exporter **out)
{
    struct remote_exporter_options full = *options;
    full.host = r->options.host;
    full.pool = r->options.pool;
    *out = NULL;
    if (!com_version_negotiate(com_version_of_host(r->options.host), options->version, &full.version))
        return RPC_E_VERSION_MISMATCH;
    struct known *fresh = calloc(1, sizeof *fresh);
    if (!fresh || remote_exporter_create(&full, &fresh->exporter)) {
        free(fresh);
        return E_OUTOFMEMORY;
    }
    mutex_lock(&r->lock);
    struct known *unused = take_unused(r);
    struct known *k = find_known(r, options->oxid);
    if (!k && table_add(&r->table, &fresh->link, options->oxid)) {
        k = fresh;
        fresh = NULL;
    }
    *out = k ? remote_exporter_addref(k->exporter) : NULL;
    mutex_unlock(&r->lock);
    free_unused(unused);
    free_unused(fresh);
    return *out ? S_OK : E_OUTOFMEMORY;
}

HRESULT resolver_learn_local(struct resolver *r, OXID oxid, struct remote_exporter **out)
{
    struct local_exporter local;
    *out = find_exporter(r, oxid);
    if (*out)
        return S_OK;
    HRESULT hr = local_scm_resolve(r->options.scm, oxid, &local);
    if (FAILED(hr))
        return hr;
    struct remote_exporter_options options = { .oxid = oxid, .ipid_rem_unknown = local.ipid_rem_unknown };
    options.authn_hint = local.authn_hint;
    options.version = com_version_of_host(r->options.host);
    options.local_endpoint = local.endpoint;
    options.bindings = local.bindings;
    hr = resolver_learn(r, &options, out);
    CoTaskMemFree(local.bindings);
    return hr;
}

/* ---- calls to a resolver ----------------------------------------------------------------------- */

static enum err ask_resolver(struct lane *lane, unsigned method, uintptr_t *arguments, int64_t connect_deadline_ns,
                             int64_t deadline_ns, struct call_cancel *cancel, HRESULT *result, struct rpc_failure *why)
{
    struct rpc_syntax syntax = plain_syntax(&IID_IObjectExporter);
    struct lease lease;
    enum err e = lane_acquire(lane, &syntax, connect_deadline_ns, deadline_ns, cancel, &lease, why);
    if (e)
        return e;
    e = plain_call(lease.connection, &IID_IObjectExporter, method, arguments, deadline_ns, result, why);
    lease_return(&lease, e);
    return e;
}

static bool is_unknown_method(const struct rpc_failure *why)
{
    return why->shape == RPC_WIRE_FAULT && (why->status == RPC_STATUS_OP_RANGE || why->status == RPC_STATUS_PROCNUM);
}

enum err resolver_server_alive(struct lane *lane, COMVERSION own, int64_t connect_deadline_ns, int64_t deadline_ns,
                               struct call_cancel *cancel, struct resolver_alive *out, struct rpc_failure *why)
{
    DWORD reserved = 0;
    HRESULT result;
    const COMVERSION first = { COM_VERSION_MAJOR, COM_VERSION_FIRST };
    *out = (struct resolver_alive){ .version = first };
    uintptr_t arguments[] = { 0, (uintptr_t)&out->version, (uintptr_t)&out->bindings, (uintptr_t)&reserved };
    if (own.MinorVersion >= COM_VERSION_WITH_ACTIVATOR) {
        enum err e =
            ask_resolver(lane, SERVER_ALIVE2, arguments, connect_deadline_ns, deadline_ns, cancel, &result, why);
        if (!e || !is_unknown_method(why))
            return e;
        out->version = first;
    }
    return ask_resolver(lane, SERVER_ALIVE, arguments, connect_deadline_ns, deadline_ns, cancel, &result, why);
}

/* ---- resolution --------------------------------------------------------------------------------- */

/* What one resolution works with. */
struct resolution {
    struct resolver *resolver;
    OXID oxid;
    const struct rpc_security *security;
    int64_t deadline_ns;
    struct call_cancel *cancel;
    HRESULT hr;               /* why the last attempt failed */
    struct rpc_security used; /* of the last question for the OXID */
};

static void observe_resolved(const struct resolution *n, const char *peer, bool local)
{
    struct dcom_event event = { .kind = DCOM_RESOLVED, .outgoing = true, .local = local, .status = (uint32_t)n->hr };
    if (!dcom_observed())
        return;
    for (size_t i = 0; peer[i] && i + 1 < sizeof event.peer; i++)
        event.peer[i] = peer[i];
    event.mechanism = (uint8_t)n->used.mechanism;
    event.level_asked = (uint8_t)n->used.level;
    event.level_sent = (uint8_t)auth_level_on_wire(n->used.level);
    dcom_observe(&event);
}

/* The resolver answered our token with none: it does not authenticate at all. */
static bool is_without_authentication(enum err e, const struct rpc_failure *why)
{
    return e == ERR_UNSUPPORTED && why->shape == RPC_WIRE_BAD_PDU;
}

/* ResolveOxid2, or ResolveOxid where that is unknown. */
static enum err ask_oxid(struct resolution *n, struct lane *lane, struct remote_exporter_options *out,
                         DUALSTRINGARRAY **bindings)
{
    static unsigned short protseqs[] = { RPC_TCP };
    struct rpc_failure why;
    HRESULT result = S_OK;
    const COMVERSION own = com_version_of_host(n->resolver->options.host);
    bool old = own.MinorVersion < COM_VERSION_WITH_RESOLVE_OXID2;
    enum err e = ERR_OK;
    uintptr_t arguments[] = { 0,
                              (uintptr_t)&n->oxid,
                              1,
                              (uintptr_t)protseqs,
                              (uintptr_t)bindings,
                              (uintptr_t)&out->ipid_rem_unknown,
                              (uintptr_t)&out->authn_hint,
                              (uintptr_t)&out->version };
    if (!old) {
        e = ask_resolver(lane, RESOLVE_OXID2, arguments, n->deadline_ns, n->deadline_ns, n->cancel, &result, &why);
        old = e && is_unknown_method(&why);
    }
    if (old) {
        out->version = (COMVERSION){ COM_VERSION_MAJOR, COM_VERSION_FIRST };
        e = ask_resolver(lane, RESOLVE_OXID, arguments, n->deadline_ns, n->deadline_ns, n->cancel, &result, &why);
    }
    n->hr = e ? hresult_of_failure(&why) : result;
    /* The methods return Win32 codes such as OR_INVALID_OXID, not HRESULTs. */
    if (!e && result > 0)
        n->hr = HRESULT_FROM_WIN32((DWORD)result);
    if (SUCCEEDED(n->hr) && !*bindings)
        n->hr = HRESULT_FROM_WIN32(RPC_STATUS_BAD_STUB_DATA);
    return is_without_authentication(e, &why) ? e : ERR_OK;
}

/* A provider that both sides have: the caller's own, or else the first one that the reference lists and we have. */
static enum auth_mechanism common_mechanism(enum auth_mechanism wanted, const DUALSTRINGARRAY *bindings)
{
    enum auth_mechanism best = bindings_mechanism(bindings);
    struct binding_cursor cursor;
    uint16_t service;
    binding_cursor_security(&cursor, bindings);
    while (binding_next_security(&cursor, &service))
        if (service == wanted)
            return wanted;
    return best ? best : wanted;
}

static struct rpc_security resolver_security(const struct rpc_security *s, const DUALSTRINGARRAY *bindings)
{
    struct rpc_security raised = *s;
    if (s->mechanism == AUTH_NONE)
        return raised;
    raised.mechanism = common_mechanism(s->mechanism, bindings);
    if (s->level < AUTH_LEVEL_PACKET_INTEGRITY)
        raised.level = AUTH_LEVEL_PACKET_INTEGRITY;
    return raised;
}

/* The unauthenticated ServerAlive2 that goes before everything ([MS-DCOM] 3.2.4.1.2.1). */
static enum err check_alive(struct resolution *n, const struct rpc_endpoint *endpoint, bool last)
{
    struct rpc_security none = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
    int64_t connect_ns = last ? DEADLINE_CONNECT_NS : DEADLINE_CONNECT_ONE_OF_MANY_NS;
    const COMVERSION own = com_version_of_host(n->resolver->options.host);
    struct resolver_alive alive = { 0 };
    struct rpc_failure why = { 0 };
    COMVERSION negotiated;
    struct lane *lane;

    enum err e = pool_lane(n->resolver->options.pool, endpoint, &none, &lane);
    if (!e) {
        e = resolver_server_alive(lane, own, clock_deadline_ns(connect_ns), n->deadline_ns, n->cancel, &alive, &why);
        lane_release(lane);
    } else {
        why.err = e;
    }
    CoTaskMemFree(alive.bindings);
    if (e)
        n->hr = hresult_of_failure(&why);
    else
        n->hr = com_version_negotiate(own, alive.version, &negotiated) ? S_OK : RPC_E_VERSION_MISMATCH;
    return e;
}

static enum err ask_with(struct resolution *n, const struct rpc_endpoint *endpoint, const struct rpc_security *security,
                         struct remote_exporter_options *out, DUALSTRINGARRAY **bindings)
{
    struct lane *lane;
    n->used = *security;
    enum err e = pool_lane(n->resolver->options.pool, endpoint, security, &lane);
    if (e) {
        n->hr = hresult_of_err(e);
        return e;
    }
    e = ask_oxid(n, lane, out, bindings);
    lane_release(lane);
    observe_resolved(n, endpoint->address, false);
    return e;
}

/* Resolvers that do not authenticate belong to sinks of some Java clients. Whoever answers for such a one is believed
 * without proof, so that host.json must allow it. */
static bool may_ask_openly(const struct resolution *n)
{
    const struct host *host = n->resolver->options.host;
    return host && host->unauthenticated_resolvers;
}

static HRESULT resolve_at(struct resolution *n, const struct rpc_endpoint *endpoint, const DUALSTRINGARRAY *resolver,
                          struct remote_exporter **out)
{
    static const struct rpc_security none = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
    struct rpc_security security = resolver_security(n->security, resolver);
    struct remote_exporter_options options = { .oxid = n->oxid, .dialled = endpoint->address };
    DUALSTRINGARRAY *bindings = NULL;

    if (ask_with(n, endpoint, &security, &options, &bindings) == ERR_UNSUPPORTED && may_ask_openly(n))
        (void)!ask_with(n, endpoint, &none, &options, &bindings);
    if (SUCCEEDED(n->hr)) {
        options.bindings = bindings;
        n->hr = resolver_learn(n->resolver, &options, out);
    }
    CoTaskMemFree(bindings);
    return n->hr;
}

static void observe_name(const struct binding_target *target)
{
    struct dcom_event event = { .kind = DCOM_BINDING, .outgoing = true, .err = ERR_RESOLVE };
    if (!dcom_observed())
        return;
    string_binding_text(&target->binding, event.peer, sizeof event.peer);
    dcom_observe(&event);
}

/* Goes through the addresses until a resolver answers; that one's word counts. */
static HRESULT resolve_remotely(struct resolution *n, const DUALSTRINGARRAY *bindings, struct remote_exporter **out)
{
    struct binding_target *targets = calloc(BINDINGS_MAXIMUM, sizeof *targets);
    if (!targets)
        return E_OUTOFMEMORY;
    size_t count = bindings_targets(bindings, NULL, RESOLVER_PORT, targets, BINDINGS_MAXIMUM);
    n->hr = HRESULT_FROM_WIN32(OR_INVALID_OXID);
    for (size_t i = 0; i < count && clock_left_ns(n->deadline_ns) > 0; i++) {
        struct rpc_endpoint endpoint;
        if (target_of_binding(n->resolver->options.host, &targets[i].binding, clock_deadline_ns(DEADLINE_NAME_NS),
                              &endpoint)) {
            observe_name(&targets[i]);
            n->hr = hresult_of_err(ERR_RESOLVE);
            continue;
        }
        enum err e = check_alive(n, &endpoint, i + 1 == count);
        if (e == ERR_CANCELLED)
            break;
        if (e)
            continue;
        if (SUCCEEDED(n->hr))
            resolve_at(n, &endpoint, bindings, out);
        break;
    }
    free(targets);
    return n->hr;
}

HRESULT resolver_resolve(struct resolver *r, const struct objref *objref, const struct rpc_security *security,
                         int64_t deadline_ns, struct call_cancel *cancel, struct remote_exporter **out)
{
    struct resolution n = { .resolver = r, .oxid = objref->std.oxid, .security = security };
    n.deadline_ns = deadline_ns;
    n.cancel = cancel;
    *out = find_exporter(r, n.oxid);
    if (*out)
        return S_OK;
    if (r->options.scm && target_is_here(r->options.host, objref->resolver)) {
        n.hr = resolver_learn_local(r, n.oxid, out);
        observe_resolved(&n, r->options.host->name, true);
        /* An address that is ours may also be another host's, behind a translation of addresses: only the exporter's
         * own resolver can say that it does not exist. */
        if (n.hr != HRESULT_FROM_WIN32(OR_INVALID_OXID))
            return n.hr;
    }
    return r->options.remote_disabled ? RPC_E_REMOTE_DISABLED : resolve_remotely(&n, objref->resolver, out);
}
