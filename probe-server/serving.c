#include "probe-server/serving.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "idl/opc_proxies.h"
#include "opcda/codes.h"
#include "probe-server/access.h"

/* COM started us for a client, who may still be on its way. */
#define FIRST_CLIENT_NS (30 * NS_PER_S)
/* How long clients may take to follow a shutdown request, and what is left to end after them. */
#define FAREWELL_NS     (3 * NS_PER_S)
#define LEFTOVERS_NS    (5 * NS_PER_S)
#define POLL_NS         (50 * NS_PER_MS)

static int complain(const struct serving *s, const char *what, HRESULT hr)
{
    char why[64];
    snprintf(why, sizeof(why), "0x%08X %s", (unsigned)hr, code_name((uint32_t)hr));
    return program_complain(s->program, what, why);
}

void serving_warn(const struct serving *s)
{
    DWORD level = s->options->minimum_level;
    if (level != RPC_C_AUTHN_LEVEL_DEFAULT && level < RPC_C_AUTHN_LEVEL_PKT_INTEGRITY)
        printf("%s: REDUCED SECURITY: calls below packet-integrity are accepted. For tests only.\n", s->program->name);
}

void serving_describe_calls(const struct serving *s, char out[SERVING_CALLS])
{
    if (s->options->minimum_level == RPC_C_AUTHN_LEVEL_DEFAULT)
        snprintf(out, SERVING_CALLS, "calls as its AppID lets them in");
    else
        snprintf(out, SERVING_CALLS, "calls at %s or above", options_level_name(s->options->minimum_level));
}

/* Level and list are those of the AppID, where an administrator sets them. */
static HRESULT use_application_security(const char *appid)
{
    GUID guid;
    uint16_t *wide = utf16_dup(appid);
    HRESULT hr = wide ? CLSIDFromString((LPOLESTR)wide, &guid) : E_OUTOFMEMORY;
    free(wide);
    if (SUCCEEDED(hr))
        hr = CoInitializeSecurity((PSECURITY_DESCRIPTOR)&guid, -1, NULL, NULL, 0, 0, NULL, EOAC_APPID, NULL);
    return hr;
}

/* A level of our own: COM then ignores what the AppID says of calls, and the list must come from us too. At None there
 * is none, as there is none for an AppID with that level. */
static HRESULT use_own_security(DWORD level)
{
    PSECURITY_DESCRIPTOR permissions = NULL;
    HRESULT hr = level == RPC_C_AUTHN_LEVEL_NONE ? S_OK : access_permissions(&permissions);
    if (SUCCEEDED(hr))
        hr = CoInitializeSecurity(permissions, -1, NULL, NULL, level, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE, NULL);
    access_cleanup();
    return hr;
}

static HRESULT initialize_security(const struct serving *s)
{
    DWORD level = s->options->minimum_level;
    return level == RPC_C_AUTHN_LEVEL_DEFAULT ? use_application_security(s->program->class_registration->appid)
                                              : use_own_security(level);
}

static HRESULT register_class(const struct serving *s, DWORD *cookie)
{
    IClassFactory *factory;
    *cookie = 0;
    if (s->options->refusal.never_register)
        return S_OK;
    HRESULT hr = class_factory_create(s->service, s->create, &factory);
    if (FAILED(hr))
        return hr;
    hr = CoRegisterClassObject(s->clsid, (IUnknown *)factory, CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, cookie);
    IClassFactory_Release(factory);
    return hr;
}

/* Nobody has needed the server for longer than it waits for the next client, or for the first. */
static bool is_idle(const struct serving *s)
{
    int64_t patience_ns = s->options->linger_ns;
    if (!atomic_load(&s->com_service->was_needed) && patience_ns < FIRST_CLIENT_NS)
        patience_ns = FIRST_CLIENT_NS;
    return !atomic_load(&s->service->objects) &&
           clock_now_ns() - (int64_t)atomic_load(&s->com_service->changed_ns) >= patience_ns;
}

/* From suspending on COM starts a new process for the next client; one who came just before is still served here. */
static bool may_leave(const struct serving *s)
{
    if (FAILED(CoSuspendClassObjects()))
        return true;
    if (!atomic_load(&s->service->objects))
        return true;
    (void)CoResumeClassObjects();
    return false;
}

static const char *serve(const struct serving *s)
{
    const struct server_options *o = s->options;
    int64_t end_ns = clock_deadline_ns(o->until_ns);
    for (;;) {
        int64_t check_ns = o->embedding ? clock_deadline_ns(o->linger_ns) : CLOCK_NEVER;
        if (interrupt_wait(check_ns < end_ns ? check_ns : end_ns))
            return "interrupted";
        if (clock_now_ns() >= end_ns)
            return "time is over";
        if (o->embedding && is_idle(s) && may_leave(s))
            return "no client";
    }
}

static void wait_for_objects(const struct serving *s, int64_t timeout_ns)
{
    int64_t deadline_ns = clock_deadline_ns(timeout_ns);
    while (atomic_load(&s->service->objects) && clock_now_ns() < deadline_ns)
        clock_sleep_until_ns(clock_deadline_ns(POLL_NS));
}

static int serve_class(const struct serving *s)
{
    DWORD cookie;
    HRESULT hr = initialize_security(s);
    if (FAILED(hr))
        return complain(s, "COM security cannot be set", hr);
    hr = opc_proxies_register();
    if (FAILED(hr))
        return complain(s, "the proxies of the OPC interfaces cannot be registered", hr);
    hr = register_class(s, &cookie);
    if (FAILED(hr))
        return complain(s, "the class cannot be offered to COM; is the host's probe-scm running?", hr);
    s->announce(s);
    fflush(stdout);
    const char *reason = serve(s);
    if (cookie)
        (void)CoRevokeClassObject(cookie);
    if (s->farewell)
        s->farewell(s);
    if (atomic_load(&s->service->objects))
        wait_for_objects(s, FAREWELL_NS);
    event("end", EV_TEXT("reason", reason), EV_NUMBER("objects", atomic_load(&s->service->objects)));
    return EXIT_AS_EXPECTED;
}

int serving_run(const struct serving *s)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        return complain(s, "COM cannot be initialised", hr);
    int code = serve_class(s);
    /* Cuts off the clients that did not leave: their objects go, and the threads of their callbacks. */
    CoUninitialize();
    wait_for_objects(s, LEFTOVERS_NS);
    return code;
}
