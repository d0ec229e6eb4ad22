#include "dcom/scm/scm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/process.h"
#include "dcom/orpc/bindings.h"
#include "dcom/orpc/deadlines.h"
#include "dcom/rpc/pdu_bind.h"
#include "dcom/rpc/rpc_server.h"
#include "dcom/scm/epm.h"
#include "dcom/scm/exporter_call.h"
#include "dcom/scm/service_caller.h"

#define SERVICES           2   /* at most, in our security bindings */
#define RUNDOWN_BATCH      256 /* OIDs told to reclaim at once */
#define KEEPER_DIVISOR     4   /* the keeper looks four times a period */
#define KEEPER_SHORTEST_NS (50 * NS_PER_MS)

/* ---- processes --------------------------------------------------------------------------------------------------- */

/* A process that was killed leaves its socket behind. Only what can be one of this host's is removed. */
static void remove_socket(struct scm *s, const char *path)
{
    const struct host_view *view = host_files_get(s->files);
    size_t length = strlen(view->host->folder);
    if (strncmp(path, view->host->folder, length) == 0 && strncmp(path + length, "/x", 2) == 0 &&
        !strchr(path + length + 1, '/'))
        (void)remove(path);
    host_files_put(view);
}

/* Nobody listens at a server's own endpoint any more: it has ended, or is about to. */
static void forget_exporter(void *context, int64_t pid)
{
    struct scm *s = context;
    struct exporter x;
    while (exporters_find_process(s->exporters, pid, &x)) {
        ping_sets_forget_exporter(s->ping_sets, exporters_forget(s->exporters, pid));
        remove_socket(s, x.endpoint);
        exporter_cleanup(&x);
    }
}

void scm_process_ended(struct scm *s, int64_t pid)
{
    launcher_reap(s->launcher, pid);
    sessions_forget(s->sessions, pid);
    forget_exporter(s, pid);
    ping_sets_forget_holder(s->ping_sets, pid, clock_now_ns());
    ping_client_forget(s->ping_client, pid);
    event("process_ended", EV_NUMBER("of_pid", pid));
}

static void process_ended(void *context, int64_t pid)
{
    scm_process_ended(context, pid);
}

bool scm_watch(struct scm *s, int64_t pid)
{
    enum err e = process_watch_add(s->watch, pid);
    if (e == ERR_NOT_FOUND)
        scm_process_ended(s, pid);
    return e != ERR_NOT_FOUND;
}

static void watch_started(void *context, int64_t pid)
{
    scm_watch(context, pid);
}

/* ---- objects nobody wants
 * -------------------------------------------------------------------------------------------- */

/* Tells the exporter of out[0] about all OIDs of it in the batch; returns how many of the batch are left, moved to its
 * front. */
static size_t run_down_one(struct scm *s, struct ping_rundown *batch, size_t count)
{
    OID oids[RUNDOWN_BATCH];
    uint32_t told = 0;
    size_t left = 0;
    const uint64_t oxid = batch[0].oxid;
    struct exporter x;
    for (size_t i = 0; i < count; i++) {
        if (batch[i].oxid == oxid)
            oids[told++] = batch[i].oid;
        else
            batch[left++] = batch[i];
    }
    if (!exporters_find(s->exporters, oxid, &x))
        return left;
    enum err e = exporter_call_rundown(&x, oids, told, clock_deadline_ns(DEADLINE_RELEASE_NS));
    event("rundown", EV_NUMBER("of_pid", x.pid), EV_NUMBER("objects", told), EV_TEXT("error", e ? err_text(e) : NULL));
    exporter_cleanup(&x);
    return left;
}

static void keep(struct scm *s)
{
    struct ping_rundown batch[RUNDOWN_BATCH];
    size_t ended_sets;
    size_t count = ping_sets_expire(s->ping_sets, clock_now_ns(), batch, RUNDOWN_BATCH, &ended_sets);
    if (ended_sets)
        event("ping_set_expired", EV_NUMBER("sets", ended_sets));
    while (count)
        count = run_down_one(s, batch, count);
}

static void keeper(void *argument)
{
    struct scm *s = argument;
    const struct host_view *view = host_files_get(s->files);
    int64_t interval_ns = view->host->ping_period_ns / KEEPER_DIVISOR;
    host_files_put(view);
    if (interval_ns < KEEPER_SHORTEST_NS)
        interval_ns = KEEPER_SHORTEST_NS;
    mutex_lock(&s->keeper_lock);
    while (!s->stop) {
        int64_t next_ns = clock_deadline_ns(interval_ns);
        while (!s->stop && condition_wait(&s->keeper_wakes, &s->keeper_lock, next_ns))
            ;
        if (s->stop)
            break;
        mutex_unlock(&s->keeper_lock);
        keep(s);
        mutex_lock(&s->keeper_lock);
    }
    mutex_unlock(&s->keeper_lock);
}

/* ---- RPC
 * ---------------------------------------------------------------------------------------------------------------- */

static bool accepts_remote(void *context, const struct rpc_syntax *syntax)
{
    struct scm *s = context;
    return rpc_syntax_equal(syntax, &epm_syntax) || plain_find(s->remote_services, s->remote_service_count, syntax);
}

/* What the management interface names. */
static size_t remote_interfaces(void *context, struct rpc_syntax *out, size_t capacity)
{
    const struct scm *s = context;
    size_t count = 0;
    for (; count < s->remote_service_count && count < capacity; count++)
        out[count] = plain_syntax(s->remote_services[count].iid);
    if (count < capacity)
        out[count++] = epm_syntax;
    return count;
}

/* What the machine says to the caller before anybody looks at the request. */
static bool may_activate(struct scm *s, const struct rpc_server_call *call)
{
    struct activation_caller caller;
    struct token storage;
    service_caller_of(s, call, &caller, &storage);
    const struct host_view *view = host_files_get(s->files);
    bool may = gate_admits(view, &caller);
    host_files_put(view);
    return may;
}

/* With EnableDCOM off nobody from elsewhere finds or keeps an object here. Microsoft documents that, but not which code
 * the resolver answers with. */
static bool may_resolve(struct scm *s)
{
    const struct host_view *view = host_files_get(s->files);
    bool may = view->settings->enabled;
    host_files_put(view);
    return may;
}

static uint32_t dispatch_remote(void *context, struct rpc_server_call *call)
{
    struct scm *s = context;
    if (rpc_syntax_equal(call->syntax, &epm_syntax))
        return scm_endpoint_map_dispatch(s, call);
    const struct plain_service *service = plain_find(s->remote_services, s->remote_service_count, call->syntax);
    if (!service)
        return RPC_STATUS_UNKNOWN_IF;
    if (service->object == &s->object_exporter ? !may_resolve(s) : !may_activate(s, call))
        return RPC_STATUS_ACCESS_DENIED;
    return plain_dispatch(service, call);
}

static bool accepts_local(void *context, const struct rpc_syntax *syntax)
{
    struct scm *s = context;
    return plain_find(s->local_services, 1, syntax) != NULL;
}

static uint32_t dispatch_local(void *context, struct rpc_server_call *call)
{
    struct scm *s = context;
    const struct plain_service *service = plain_find(s->local_services, 1, call->syntax);
    if (!service)
        return RPC_STATUS_UNKNOWN_IF;
    /* Every method asks whose process calls. */
    return call->peer_pid > 0 ? plain_dispatch(service, call) : RPC_STATUS_ACCESS_DENIED;
}

/* The operations of IObjectExporter grew with the versions of DCOM, and IRemoteSCMActivator came with one of them
 * ([MS-DCOM] 2.2.11). */
static unsigned operations_of_resolver(COMVERSION version)
{
    if (version.MinorVersion >= COM_VERSION_WITH_ACTIVATOR)
        return 6;
    return version.MinorVersion >= COM_VERSION_WITH_RESOLVE_OXID2 ? 5 : 4;
}

static void describe_services(struct scm *s)
{
    struct plain_service *service = s->remote_services;
    s->object_exporter.lpVtbl = &scm_object_exporter_vtbl;
    s->scm_activator.lpVtbl = &scm_remote_activator_vtbl;
    s->activation.lpVtbl = &scm_activation_vtbl;
    s->local_scm.lpVtbl = &scm_local_vtbl;
    *service++ =
        (struct plain_service){ &IID_IObjectExporter, &s->object_exporter, operations_of_resolver(s->version) };
    *service++ = (struct plain_service){ &IID_IActivation, &s->activation, 0 };
    if (s->version.MinorVersion >= COM_VERSION_WITH_ACTIVATOR)
        *service++ = (struct plain_service){ &IID_IRemoteSCMActivator, &s->scm_activator, 0 };
    s->remote_service_count = (size_t)(service - s->remote_services);
    s->local_services[0] = (struct plain_service){ &IID_ILocalScm, &s->local_scm, 0 };
}

/* NetBIOS name first, then the addresses, as Windows orders them; a port only where it is not the usual one
 * ([MS-DCOM] 3.1.2.5.1.6: resolver bindings have no endpoints). Best security first. */
static enum err build_resolver_bindings(const struct host *host, DUALSTRINGARRAY **out)
{
    struct string_binding strings[HOST_ADDRESSES + 1];
    uint16_t services[SERVICES];
    size_t service_count = 0;
    const uint16_t port = host->resolver_port == RESOLVER_PORT ? 0 : host->resolver_port;
    const size_t string_count = host->names_only ? 1 : host->address_count + 1;
    memset(strings, 0, sizeof strings);
    for (size_t i = 0; i < string_count; i++) {
        strings[i].tower = RPC_TCP;
        strings[i].port = port;
        snprintf(strings[i].address, sizeof strings[i].address, "%s", i == 0 ? host->name : host->addresses[i - 1]);
    }
    if (auth_find(AUTH_SPNEGO))
        services[service_count++] = AUTH_SPNEGO;
    if (auth_find(AUTH_NTLM))
        services[service_count++] = AUTH_NTLM;
    return bindings_build(strings, string_count, services, service_count, out);
}

/* ---- listening
 * -------------------------------------------------------------------------------------------------------- */

static void complain_about_listening(const struct host *host, const char *address, enum err e,
                                     char complaint[JSON_COMPLAINT])
{
    const unsigned port = host->resolver_port;
    switch (e) {
    case ERR_IN_USE:
        snprintf(complaint, JSON_COMPLAINT,
                 "port %u of %s is in use; end the program that listens there, or set another resolver_port in "
                 "%.200s/host.json",
                 port, address, host->folder);
        break;
    case ERR_ACCESS:
        snprintf(
            complaint, JSON_COMPLAINT,
            "no right to listen on port %u of %s; run as root or in the lab's namespaces, or set a resolver_port above "
            "1023 in %.200s/host.json",
            port, address, host->folder);
        break;
    default:
        snprintf(complaint, JSON_COMPLAINT,
                 "cannot listen on port %u of %s (%s); the addresses in %.200s/host.json must be this machine's", port,
                 address, err_text(e), host->folder);
    }
}

static enum err listen_remote(struct scm *s, const struct host *host, char complaint[JSON_COMPLAINT])
{
    const struct rpc_server_options options = { .accepts = accepts_remote,
                                                .dispatch = dispatch_remote,
                                                .interfaces = remote_interfaces,
                                                .context = s,
                                                .authority = &s->authority.authority,
                                                .minimum_level = AUTH_LEVEL_NONE };
    enum err e = rpc_server_create(&options, &s->remote_server);
    if (!e && host->address_count == 0) {
        snprintf(complaint, JSON_COMPLAINT, "%.200s/host.json has no \"addresses\" to listen on", host->folder);
        return ERR_PROTOCOL;
    }
    for (size_t i = 0; i < host->address_count && !e; i++) {
        struct rpc_endpoint endpoint = { .protseq = RPC_TCP, .port = host->resolver_port };
        snprintf(endpoint.address, sizeof endpoint.address, "%s", host->addresses[i]);
        e = rpc_server_listen(s->remote_server, &endpoint, 0, 0);
        if (e)
            complain_about_listening(host, host->addresses[i], e, complaint);
    }
    return e;
}

static enum err listen_local(struct scm *s, const struct host *host, char complaint[JSON_COMPLAINT])
{
    const struct rpc_server_options options = { .accepts = accepts_local, .dispatch = dispatch_local, .context = s };
    struct rpc_endpoint endpoint = { .protseq = RPC_LOCAL };
    enum err e = rpc_server_create(&options, &s->local_server);
    if (e)
        return e;
    int length = snprintf(endpoint.address, sizeof endpoint.address, "%s/%s", host->folder, SCM_SOCKET);
    e = (size_t)length < sizeof endpoint.address ? rpc_server_listen(s->local_server, &endpoint, 0, 0) : ERR_LIMIT;
    if (e == ERR_IN_USE)
        snprintf(complaint, JSON_COMPLAINT, "another probe-scm serves %.300s already; end it first", host->folder);
    else if (e == ERR_LIMIT)
        snprintf(complaint, JSON_COMPLAINT, "%.300s/%s is too long a path for a local socket; use a shorter folder",
                 host->folder, SCM_SOCKET);
    else if (e)
        snprintf(complaint, JSON_COMPLAINT, "cannot listen on %.300s: %s", endpoint.address, err_text(e));
    return e;
}

/* ---- life
 * ---------------------------------------------------------------------------------------------------------------- */

static enum err create_parts(struct scm *s)
{
    const struct host_view *view = host_files_get(s->files);
    s->version = com_version_of_host(view->host);
    describe_services(s);
    enum err e = random_bytes(&s->epm_seal, sizeof s->epm_seal);
    if (!e)
        e = sessions_create(s->files, process_id(), &s->sessions);
    s->lsa = (struct lsa){ s->files, s->sessions };
    lsa_authority_init(&s->authority, &s->lsa, view->host, 0);
    if (!e)
        e = launcher_create(s->sessions, &s->launcher);
    if (!e)
        e = exporters_create(&s->exporters);
    if (!e)
        e = ping_sets_create(view->host->ping_period_ns, &s->ping_sets);
    if (!e)
        e = pings_create(&s->lsa, &s->ping_client);
    if (!e)
        e = process_watch_create(process_ended, s, &s->watch);
    if (!e)
        e = build_resolver_bindings(view->host, &s->resolver_bindings);
    if (!e) {
        const struct activator_parts parts = { .files = s->files,
                                               .exporters = s->exporters,
                                               .launcher = s->launcher,
                                               .version = s->version,
                                               .process_gone = forget_exporter,
                                               .process_started = watch_started,
                                               .context = s };
        e = activator_create(&parts, &s->activator);
    }
    host_files_put(view);
    return e;
}

static enum err start_keeper(struct scm *s)
{
    enum err e = thread_start(&s->keeper, keeper, s);
    s->keeper_runs = e == ERR_OK;
    return e;
}

/* The local socket comes first: a second probe-scm on the same folder is to fail before it disturbs anything. */
static enum err listen_all(struct scm *s, char complaint[JSON_COMPLAINT])
{
    const struct host_view *view = host_files_get(s->files);
    enum err e = listen_local(s, view->host, complaint);
    if (!e)
        e = listen_remote(s, view->host, complaint);
    host_files_put(view);
    return e;
}

enum err scm_create(const char *folder, struct scm **out, char complaint[JSON_COMPLAINT], bool *environment)
{
    *out = NULL;
    *environment = false;
    complaint[0] = 0;
    struct scm *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(complaint, JSON_COMPLAINT, "out of memory");
        *environment = true;
        return ERR_MEMORY;
    }
    mutex_init(&s->keeper_lock);
    condition_init(&s->keeper_wakes);
    enum err e = host_files_open(folder, &s->files, complaint);
    if (!e) {
        *environment = true;
        e = create_parts(s);
        if (!e)
            e = listen_all(s, complaint);
        if (!e)
            e = start_keeper(s);
        if (e == ERR_PROTOCOL)
            *environment = false;
    }
    if (e) {
        if (!complaint[0])
            snprintf(complaint, JSON_COMPLAINT, "%s", err_text(e));
        scm_destroy(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

void scm_destroy(struct scm *s)
{
    if (!s)
        return;
    if (s->keeper_runs) {
        mutex_lock(&s->keeper_lock);
        s->stop = true;
        condition_signal(&s->keeper_wakes);
        mutex_unlock(&s->keeper_lock);
        thread_join(&s->keeper);
    }
    /* The programs go first: they say good-bye over the local socket, and who waits for one to start stops waiting. */
    launcher_end_all(s->launcher);
    rpc_server_destroy(s->remote_server);
    rpc_server_destroy(s->local_server);
    process_watch_destroy(s->watch);
    ping_client_destroy(s->ping_client);
    activator_destroy(s->activator);
    launcher_destroy(s->launcher);
    ping_sets_destroy(s->ping_sets);
    exporters_destroy(s->exporters);
    sessions_destroy(s->sessions);
    CoTaskMemFree(s->resolver_bindings);
    host_files_close(s->files);
    condition_cleanup(&s->keeper_wakes);
    mutex_cleanup(&s->keeper_lock);
    free(s);
}
