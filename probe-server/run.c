/* probe-server: what its objects stand on, and one run of it. */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "opcda/identity.h"
#include "opcda/opc_classes.h"
#include "opcda/text.h"
#include "probe-server/address_space.h"
#include "probe-server/floor.h"
#include "probe-server/scheduler.h"
#include "probe-server/server.h"
#include "probe-server/serving.h"
#include "probe-server/this_host.h"

static const char help[] =
    "probe-server: the OPC DA test server of opcprobe\n"
    "\n"
    "usage: probe-server [options]                 run until Ctrl-C or --until\n"
    "       probe-server /RegServer [options]      register the class, to be started with these options\n"
    "       probe-server /UnregServer              remove the registration\n"
    "\n"
    "  --items FILE           address space (JSON); default: built-in Random, Square, Ramp, Store and Bulk items\n"
    "  --minimum-level LEVEL  refuse calls below it, whatever the AppID says: none, connect, call, packet,\n"
    "                         packet-integrity, packet-privacy\n"
    "  --level LEVEL          level of the calls back to clients; default: what COM negotiates\n"
    "  --until DURATION       stop after it, such as 90s, 30m or 8h (default)\n"
    "  --linger DURATION      when COM started the server: stay so long without clients (default 5s)\n"
    "  --floor ADDRESS        address of the bare TCP echo that latencies are compared with, or none;\n"
    "                         default: the addresses of host.json in OPCPROBE_HOST\n"
    "  -Embedding             given by COM when it starts the server\n"
    "\n"
    "to be refused as real servers refuse:\n"
    "  --refuse-class WHOM    no object for clients of this computer (local), of others (remote), or for all\n"
    "  --unlicensed           no object: the server has no licence\n"
    "  --no-interface IID     the server object lacks that interface\n"
    "  --never-register       run, and never offer the class\n"
    "\n"
    "  --help, --version\n";

struct run {
    const struct server_options *options;
    struct address_space *space;
    struct scheduler *scheduler;
    struct floor *floor;
    struct com_service com_service;
    struct service service;
};

static int complain(const char *what, enum err e)
{
    return program_complain(&probe_server_program, what, err_text(e));
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
        return complain("the floor cannot listen; give one of this machine's addresses to --floor, or none", e);
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
        return complain("the scheduler cannot start", e);
    com_service_init(&r->com_service, r->options->level);
    service_init(&r->service, &com_service_ops, &r->com_service, r->space, r->scheduler);
    r->service.time_bias_minutes = service_local_time_bias();
    r->service.refusal = &r->options->refusal;
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

static void announce(const struct serving *s)
{
    const struct server_options *o = s->options;
    char calls[SERVING_CALLS];
    serving_describe_calls(s, calls);
    event("announce", EV_TEXT("progid", OPCPROBE_PROGID), EV_TEXT("version", OPCPROBE_VERSION),
          EV_TEXT("minimum_level", options_level_name(o->minimum_level)),
          EV_NUMBER("items", address_space_count(s->service->space)), EV_NUMBER("floor_port", s->service->floor_port),
          EV_NUMBER("until_s", o->until_ns / NS_PER_S), EV_FLAG("embedding", o->embedding));
    printf("probe-server %s: %s, %zu items, %s, for %lld s at most\n", OPCPROBE_VERSION, OPCPROBE_PROGID,
           address_space_count(s->service->space), calls, (long long)(o->until_ns / NS_PER_S));
    serving_warn(s);
}

static void farewell(const struct serving *s)
{
    server_request_shutdown(s->service, WTEXT("the test server ends"));
}

static int run_server(const struct server_options *options)
{
    static struct run r; /* objects that outlive this function stand on it until the process ends */
    r = (struct run){ .options = options };
    struct serving serving = {
        .program = &probe_server_program,
        .options = options,
        .clsid = &CLSID_OpcprobeServer,
        .create = server_create,
        .service = &r.service,
        .com_service = &r.com_service,
        .announce = announce,
        .farewell = farewell,
    };
    int code = start_parts(&r);
    if (code == EXIT_AS_EXPECTED)
        code = serving_run(&serving);
    stop_parts(&r);
    return code;
}

static const char *const categories[] = { OPC_CATEGORY_DA10, OPC_CATEGORY_DA20, NULL };

static const struct class_registration class_registration = {
    .name = OPCPROBE_SERVER_NAME,
    .clsid = OPCPROBE_CLSID_TEXT,
    .appid = OPCPROBE_APPID_TEXT,
    .progid = OPCPROBE_PROGID,
    .progid_latest = OPCPROBE_PROGID_LATEST,
    .categories = categories,
};

const struct program probe_server_program = {
    .name = "probe-server",
    .help = help,
    .has_items = true,
    .class_registration = &class_registration,
    .run = run_server,
};
