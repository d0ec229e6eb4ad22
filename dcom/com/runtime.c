#include "dcom/com/runtime.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/process.h"
#include "dcom/com/channel.h"
#include "dcom/com/class_table.h"
#include "dcom/com/events.h"
#include "dcom/com/marshal.h"
#include "dcom/com/own_pings.h"
#include "dcom/com/proxy_table.h"
#include "dcom/orpc/hresult.h"

static struct mutex life = MUTEX_INIT;
static unsigned users; /* (LOCK life) successful CoInitializeEx without their CoUninitialize */
static _Atomic(struct runtime *) current;
static _Thread_local unsigned initialized; /* times by this thread */

struct runtime *runtime_get(void)
{
    return atomic_load_explicit(&current, memory_order_acquire);
}

/* ---- exporter ------------------------------------------------------------------------------------ */

static bool trusts_scm(void *context, int64_t peer_pid)
{
    const struct runtime *rt = context;
    return peer_pid != 0 && peer_pid == local_scm_pid(rt->scm);
}

static HRESULT make_exporter(struct runtime *rt, const struct security_defaults *security, struct exporter **out)
{
    struct exporter_options options = { .host = rt->host, .scm = rt->scm, .minimum_level = security->level };
    *out = NULL;
    if (!rt->host)
        return CO_E_INIT_RPC_CHANNEL;
    options.authority = security->refuses_authentication ? NULL : &rt->authority;
    options.objects = &marshal_incoming_objects;
    options.objects_context = rt;
    options.local_services = class_table_services(&options.local_service_count);
    options.trusts = trusts_scm;
    options.trusts_context = rt;
    return exporter_create(&options, out);
}

HRESULT runtime_exporter(struct runtime *rt, struct exporter **out)
{
    HRESULT hr = S_OK;
    mutex_lock(&rt->lock);
    while (rt->exporter_in_making)
        condition_wait(&rt->changed, &rt->lock, CLOCK_NEVER); /* for a thread that has deadlines itself */
    if (!rt->exporter) {
        struct exporter *made;
        rt->security.settled = true;
        rt->exporter_in_making = true;
        struct security_defaults security = rt->security;
        mutex_unlock(&rt->lock);
        hr = make_exporter(rt, &security, &made);
        mutex_lock(&rt->lock);
        rt->exporter = made;
        rt->exporter_in_making = false;
        condition_signal(&rt->changed);
    }
    *out = rt->exporter;
    mutex_unlock(&rt->lock);
    return hr;
}

struct exporter *runtime_exporter_if_any(struct runtime *rt)
{
    mutex_lock(&rt->lock);
    struct exporter *x = rt->exporter;
    mutex_unlock(&rt->lock);
    return x;
}

struct security_defaults runtime_security(struct runtime *rt)
{
    mutex_lock(&rt->lock);
    rt->security.settled = true;
    struct security_defaults security = rt->security;
    mutex_unlock(&rt->lock);
    return security;
}

/* ---- life ------------------------------------------------------------------------------------------ */

static void destroy(struct runtime *rt)
{
    ping_client_destroy(rt->pinger);
    oid_reporter_destroy(rt->reporter);
    resolver_destroy(rt->resolver);
    local_scm_destroy(rt->scm);
    pool_destroy(rt->pool);
    host_destroy(rt->host);
    condition_cleanup(&rt->changed);
    mutex_cleanup(&rt->lock);
    free(rt);
}

/* Reads the host's folder. There is no return value that could carry the reason, so it goes to stderr. */
static HRESULT open_host(struct runtime *rt)
{
    const char *folder = getenv("OPCPROBE_HOST");
    char complaint[JSON_COMPLAINT];
    if (!folder || !*folder)
        return S_OK;
    enum err e = host_load(folder, &rt->host, complaint);
    if (!e)
        return S_OK;
    fprintf(stderr, "OPCPROBE_HOST: %s\n", complaint);
    return e == ERR_MEMORY ? E_OUTOFMEMORY : CO_E_INIT_RPC_CHANNEL;
}

static enum err make_parts(struct runtime *rt)
{
    enum err e = pool_create(rt->host ? &rt->authority : NULL, &rt->pool);
    if (!e && rt->host)
        e = local_scm_create(rt->host, rt->pool, &rt->scm);
    if (!e && rt->scm) {
        local_scm_authority(rt->scm, &rt->authority);
        e = oid_reporter_create(rt->scm, &rt->reporter);
    }
    if (!e && !rt->scm)
        e = own_pings_create(rt);
    if (!e) {
        struct resolver_options options = { .host = rt->host, .pool = rt->pool, .scm = rt->scm };
        e = resolver_create(&options, &rt->resolver);
    }
    return e;
}

/* The name of the program's file, for the event stream. */
static void open_events(const struct runtime *rt)
{
    char path[HOST_PATH];
    if (process_program_path(path, sizeof path))
        return;
    const char *slash = strrchr(path, '/');
    if (event_open(slash ? slash + 1 : path, rt->host ? rt->host->name : "") == ERR_OK)
        events_begin();
}

static HRESULT create(struct runtime **out)
{
    *out = NULL;
    struct runtime *rt = calloc(1, sizeof *rt);
    if (!rt)
        return E_OUTOFMEMORY;
    mutex_init(&rt->lock);
    condition_init(&rt->changed);
    rt->ping_period_ns = HOST_PING_PERIOD_NS;
    rt->security = (struct security_defaults){ .level = AUTH_LEVEL_CONNECT, .impersonation = RPC_C_IMP_LEVEL_IDENTIFY };
    HRESULT hr = open_host(rt);
    if (SUCCEEDED(hr)) {
        enum err e = make_parts(rt);
        hr = e ? hresult_of_err(e) : S_OK;
    }
    if (FAILED(hr)) {
        destroy(rt);
        return hr;
    }
    class_table_begin();
    open_events(rt);
    *out = rt;
    return S_OK;
}

/* Classes first, so that nothing new is made; then the proxies give their references back, and running calls into our
 * objects come to their end. The threads of the exporter still find the runtime meanwhile. */
static void end(struct runtime *rt)
{
    class_table_clear(rt);
    proxy_table_disconnect_all();
    exporter_destroy(rt->exporter);
    proxy_table_disconnect_all();
    class_table_end();
    channel_drop_spares();
    atomic_store_explicit(&current, NULL, memory_order_release);
    destroy(rt);
}

STDAPI CoInitializeEx(LPVOID reserved, DWORD coinit)
{
    HRESULT hr = initialized ? S_FALSE : S_OK;
    if (reserved)
        return E_INVALIDARG;
    if (coinit & COINIT_APARTMENTTHREADED)
        return RPC_E_CHANGED_MODE; /* every thread of this process is in the multithreaded apartment */
    mutex_lock(&life);
    if (users == 0) {
        struct runtime *rt;
        HRESULT made = create(&rt);
        if (FAILED(made)) {
            mutex_unlock(&life);
            return made;
        }
        atomic_store_explicit(&current, rt, memory_order_release);
    }
    users++;
    initialized++;
    mutex_unlock(&life);
    return hr;
}

STDAPI CoInitialize(LPVOID reserved)
{
    return CoInitializeEx(reserved, COINIT_APARTMENTTHREADED);
}

STDAPI_(void) CoUninitialize(void)
{
    if (initialized == 0)
        return;
    mutex_lock(&life);
    initialized--;
    if (--users == 0)
        end(runtime_get());
    mutex_unlock(&life);
}
