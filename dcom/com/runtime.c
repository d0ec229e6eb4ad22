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

/* The name of the program's file; empty when the system does not tell. */
static void program_name(char out[HOST_PATH])
{
    char path[HOST_PATH];
    out[0] = 0;
    if (process_program_path(path, sizeof path))
        return;
    const char *slash = strrchr(path, '/');
    snprintf(out, HOST_PATH, "%s", slash ? slash + 1 : path);
}

/* The port that the registry gives to this process's application: the one whose security it takes, or that of its
 * name. 0: none. */
static uint16_t static_port(const struct runtime *rt, const char *appid)
{
    char program[HOST_PATH];
    struct dcom_application application;
    if (!appid[0]) {
        program_name(program);
        appid = dcom_application_of_program(rt->view->registry, program);
    }
    if (!appid || dcom_application_read(rt->view->registry, rt->view->settings, appid, &application))
        return 0;
    uint16_t port = application.static_port;
    dcom_application_cleanup(&application);
    return port;
}

static HRESULT make_exporter(struct runtime *rt, const struct security_defaults *security, struct exporter **out)
{
    struct exporter_options options = { .host = rt->host, .scm = rt->scm };
    *out = NULL;
    if (!rt->host)
        return CO_E_INIT_RPC_CHANNEL;
    options.access = (struct call_access){
        .minimum_level = security->level, .files = rt->files, .scm = rt->scm, .list = security->own_list
    };
    snprintf(options.access.appid, sizeof options.access.appid, "%s", security->appid);
    options.static_port = static_port(rt, security->appid);
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

struct security_defaults runtime_security_of(const struct runtime *rt, const char *appid)
{
    struct security_defaults security = { .level = AUTH_LEVEL_CONNECT, .impersonation = RPC_C_IMP_LEVEL_IDENTIFY };
    struct dcom_application application;
    if (!rt->view)
        return security;
    security.level = (enum auth_level)rt->view->settings->authentication_level;
    security.impersonation = (uint8_t)rt->view->settings->impersonation_level;
    if (!appid || dcom_application_read(rt->view->registry, rt->view->settings, appid, &application))
        return security;
    snprintf(security.appid, sizeof security.appid, "%s", appid);
    security.level = (enum auth_level)application.authentication_level;
    dcom_application_cleanup(&application);
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
    com_list_cleanup(&rt->own_list);
    host_files_put(rt->view);
    host_files_close(rt->files);
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
    enum err e = host_files_open_settings(folder, &rt->files, complaint);
    if (!e) {
        rt->view = host_files_get(rt->files);
        rt->host = rt->view->host;
        rt->remote_disabled = !rt->view->settings->enabled;
        return S_OK;
    }
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
        struct resolver_options options = {
            .host = rt->host, .pool = rt->pool, .scm = rt->scm, .remote_disabled = rt->remote_disabled
        };
        e = resolver_create(&options, &rt->resolver);
    }
    return e;
}

/* The security of a program that says nothing itself: that of the AppID of its name. */
static void take_registry_security(struct runtime *rt, const char *program)
{
    const char *appid = rt->view ? dcom_application_of_program(rt->view->registry, program) : NULL;
    rt->security = runtime_security_of(rt, appid);
}

static void open_events(const struct runtime *rt, const char *program)
{
    if (program[0] && event_open(program, rt->host ? rt->host->name : "") == ERR_OK)
        events_begin();
}

static HRESULT create(struct runtime **out)
{
    char program[HOST_PATH];
    *out = NULL;
    struct runtime *rt = calloc(1, sizeof *rt);
    if (!rt)
        return E_OUTOFMEMORY;
    mutex_init(&rt->lock);
    condition_init(&rt->changed);
    rt->ping_period_ns = HOST_PING_PERIOD_NS;
    program_name(program);
    HRESULT hr = open_host(rt);
    if (SUCCEEDED(hr)) {
        enum err e = make_parts(rt);
        hr = e ? hresult_of_err(e) : S_OK;
    }
    if (FAILED(hr)) {
        destroy(rt);
        return hr;
    }
    take_registry_security(rt, program);
    class_table_begin();
    open_events(rt, program);
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
