#include "probe-server/run.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/interrupt.h"
#include "idl/opc_proxies.h"
#include "opcda/codes.h"
#include "opcda/identity.h"
#include "opcda/text.h"
#include "probe-server/access.h"
#include "probe-server/address_space.h"
#include "probe-server/class_factory.h"
#include "probe-server/com_service.h"
#include "probe-server/floor.h"
#include "probe-server/scheduler.h"
#include "probe-server/server.h"
#include "probe-server/this_host.h"

/* COM started us for a client, who may still be on its way. */
#define FIRST_CLIENT_NS (30 * NS_PER_S)
/* How long clients may take to follow a shutdown request, and what is left to end after them. */
#define FAREWELL_NS     (3 * NS_PER_S)
#define LEFTOVERS_NS    (5 * NS_PER_S)
#define POLL_NS         (50 * NS_PER_MS)

struct run {
    const struct server_options *options;
    struct address_space *space;
    struct scheduler *scheduler;
    struct floor *floor;
    struct com_service com_service;
    struct service service;
    DWORD cookie; /* of the registered class object */
};

static int complain(const char *what, uint32_t code)
{
    fprintf(stderr, "probe-server: %s: 0x%08X %s\n", what, (unsigned)code, code_name(code));
    return EXIT_HARNESS;
}

static int complain_err(const char *what, enum err e)
{
    fprintf(stderr, "probe-server: %s: %s\n", what, err_text(e));
    return EXIT_HARNESS;
}

/* ---- what the objects stand on ---- */

static int start_floor(struct run *r)
{
    char addresses[FLOOR_ADDRESSES_MAXIMUM][SOCKET_ADDRESS_TEXT];
    size_t count = 1;
    if (!r->options->floor)
        count = this_host_addresses(addresses, FLOOR_ADDRESSES_MAXIMUM);
    else if (strcmp(r->options->floor, "none") == 0)
        count = 0;
    else
        snprintf(addresses[0], sizeof(addresses[0]), "%s", r->options->floor);
    if (!count)
        return EXIT_AS_EXPECTED;
    enum err e = floor_start((const char(*)[SOCKET_ADDRESS_TEXT])addresses, count, &r->floor);
    if (e)
        return complain_err("the floor cannot listen; give one of this machine's addresses to --floor, or none", e);
    r->service.floor_port = floor_port(r->floor);
    return EXIT_AS_EXPECTED;
}

static int start_parts(struct run *r)
{
    char complaint[JSON_COMPLAINT];
    if (address_space_load(r->options->items, &r->space, complaint)) {
        fprintf(stderr, "probe-server: %s\n", complaint);
        return EXIT_USAGE;
    }
    r->scheduler = scheduler_create(com_service_now_ns, NULL);
    enum err e = r->scheduler ? scheduler_start(r->scheduler) : ERR_MEMORY;
    if (e)
        return complain_err("the scheduler cannot start", e);
    r->com_service.callback_level = r->options->level;
    atomic_init(&r->com_service.changed_ns, clock_now_ns());
    atomic_init(&r->com_service.was_needed, false);
    service_init(&r->service, &com_service_ops, &r->com_service, r->space, r->scheduler);
    r->service.time_bias_minutes = service_local_time_bias();
    return start_floor(r);
}

/* Everything the objects stood on. What still lives needs it, and is left to the end of the process. */
static void stop_parts(struct run *r)
{
    floor_stop(r->floor);
    if (!r->scheduler || atomic_load(&r->service.objects))
        return;
    scheduler_destroy(r->scheduler);
    service_cleanup(&r->service);
    address_space_destroy(r->space);
}

/* ---- COM ---- */

static HRESULT initialize_security(const struct server_options *options)
{
    PSECURITY_DESCRIPTOR permissions;
    HRESULT hr = access_permissions(&permissions);
    if (SUCCEEDED(hr))
        hr = CoInitializeSecurity(permissions, -1, NULL, NULL, options->minimum_level, RPC_C_IMP_LEVEL_IDENTIFY, NULL,
                                  EOAC_NONE, NULL);
    access_cleanup();
    return hr;
}

static HRESULT register_class(struct run *r)
{
    IClassFactory *factory;
    HRESULT hr = class_factory_create(&r->service, &factory);
    if (FAILED(hr))
        return hr;
    hr = CoRegisterClassObject(&CLSID_OpcprobeServer, (IUnknown *)factory, CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE,
                               &r->cookie);
    IClassFactory_Release(factory);
    return hr;
}

static void announce(const struct run *r)
{
    const struct server_options *o = r->options;
    const char *level = options_level_name(o->minimum_level);
    event("announce", EV_TEXT("progid", OPCPROBE_PROGID), EV_TEXT("version", OPCPROBE_VERSION),
          EV_TEXT("minimum_level", level), EV_NUMBER("items", address_space_count(r->space)),
          EV_NUMBER("floor_port", r->service.floor_port), EV_NUMBER("until_s", o->until_ns / NS_PER_S),
          EV_FLAG("embedding", o->embedding));
    printf("probe-server %s: %s, %zu items, calls at %s or above, for %lld s at most\n", OPCPROBE_VERSION,
           OPCPROBE_PROGID, address_space_count(r->space), level, (long long)(o->until_ns / NS_PER_S));
    if (o->minimum_level < RPC_C_AUTHN_LEVEL_PKT_INTEGRITY)
        printf("probe-server: REDUCED SECURITY: calls below packet-integrity are accepted. For tests only.\n");
    fflush(stdout);
}

/* Nobody has needed the server for longer than it waits for the next client, or for the first. */
static bool is_idle(struct run *r)
{
    int64_t patience_ns = r->options->linger_ns;
    if (!atomic_load(&r->com_service.was_needed) && patience_ns < FIRST_CLIENT_NS)
        patience_ns = FIRST_CLIENT_NS;
    return !atomic_load(&r->service.objects) &&
           clock_now_ns() - (int64_t)atomic_load(&r->com_service.changed_ns) >= patience_ns;
}

/* From suspending on COM starts a new process for the next client; one who came just before is still served here. */
static bool may_leave(struct run *r)
{
    if (FAILED(CoSuspendClassObjects()))
        return true;
    if (!atomic_load(&r->service.objects))
        return true;
    (void)CoResumeClassObjects();
    return false;
}

static const char *serve(struct run *r)
{
    const struct server_options *o = r->options;
    int64_t end_ns = clock_deadline_ns(o->until_ns);
    for (;;) {
        int64_t check_ns = o->embedding ? clock_deadline_ns(o->linger_ns) : CLOCK_NEVER;
        if (interrupt_wait(check_ns < end_ns ? check_ns : end_ns))
            return "interrupted";
        if (clock_now_ns() >= end_ns)
            return "time is over";
        if (o->embedding && is_idle(r) && may_leave(r))
            return "no client";
    }
}

static void wait_for_objects(struct run *r, int64_t timeout_ns)
{
    int64_t deadline_ns = clock_deadline_ns(timeout_ns);
    while (atomic_load(&r->service.objects) && clock_now_ns() < deadline_ns)
        clock_sleep_until_ns(clock_deadline_ns(POLL_NS));
}

static int serve_class(struct run *r)
{
    HRESULT hr = initialize_security(r->options);
    if (FAILED(hr))
        return complain("COM security cannot be set", (uint32_t)hr);
    hr = opc_proxies_register();
    if (FAILED(hr))
        return complain("the proxies of the OPC interfaces cannot be registered", (uint32_t)hr);
    hr = register_class(r);
    if (FAILED(hr))
        return complain("the class cannot be offered to COM; is the host's probe-scm running?", (uint32_t)hr);
    announce(r);
    const char *reason = serve(r);
    (void)CoRevokeClassObject(r->cookie);
    server_request_shutdown(&r->service, WTEXT("the test server ends"));
    if (atomic_load(&r->service.objects))
        wait_for_objects(r, FAREWELL_NS);
    event("end", EV_TEXT("reason", reason), EV_NUMBER("objects", atomic_load(&r->service.objects)));
    return EXIT_AS_EXPECTED;
}

static int run_with_com(struct run *r)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        return complain("COM cannot be initialised", (uint32_t)hr);
    int code = serve_class(r);
    /* Cuts off the clients that did not leave: their objects go, and the threads of their callbacks. */
    CoUninitialize();
    wait_for_objects(r, LEFTOVERS_NS);
    return code;
}

int run_server(const struct server_options *options)
{
    struct run r = { .options = options };
    char host[THIS_HOST_NAME];
    enum err e = interrupt_catch();
    if (e)
        return complain_err("signals cannot be caught", e);
    this_host_name(host);
    e = event_open("probe-server", host);
    if (e)
        return complain_err("the event stream in OPCPROBE_EVENTS cannot be written", e);
    int code = start_parts(&r);
    if (code == EXIT_AS_EXPECTED)
        code = run_with_com(&r);
    stop_parts(&r);
    event_close();
    return code;
}
