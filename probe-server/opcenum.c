/* opcprobe-opcenum: one run of OPCEnum. */
#include <stdio.h>

#include "base/clock.h"
#include "base/event.h"
#include "opcda/identity.h"
#include "probe-server/server_list.h"
#include "probe-server/serving.h"

static const char help[] =
    "opcprobe-opcenum: OPCEnum of opcprobe: tells clients which OPC servers this host has\n"
    "\n"
    "usage: opcprobe-opcenum [options]             run until Ctrl-C or --until\n"
    "       opcprobe-opcenum /RegServer [options]  register the class, to be started with these options\n"
    "       opcprobe-opcenum /UnregServer          remove the registration\n"
    "\n"
    "It plays the part of the OPC Foundation's OPCEnum, under its class, on simulated hosts. A Windows computer that\n"
    "has OPCEnum keeps it; on another one the registration is the current user's alone.\n"
    "\n"
    "  --minimum-level LEVEL  refuse calls below it, whatever the AppID says: none, connect, call, packet,\n"
    "                         packet-integrity, packet-privacy\n"
    "  --until DURATION       stop after it, such as 90s, 30m or 8h (default)\n"
    "  --linger DURATION      when COM started the program: stay so long without clients (default 5s)\n"
    "  -Embedding             given by COM when it starts the program\n"
    "  --help, --version\n";

static void announce(const struct serving *s)
{
    const struct server_options *o = s->options;
    char calls[SERVING_CALLS];
    serving_describe_calls(s, calls);
    event("announce", EV_TEXT("progid", OPCENUM_PROGID), EV_TEXT("version", OPCPROBE_VERSION),
          EV_TEXT("minimum_level", options_level_name(o->minimum_level)), EV_NUMBER("until_s", o->until_ns / NS_PER_S),
          EV_FLAG("embedding", o->embedding));
    printf("opcprobe-opcenum %s: %s, %s, for %lld s at most\n", OPCPROBE_VERSION, OPCENUM_PROGID, calls,
           (long long)(o->until_ns / NS_PER_S));
    serving_warn(s);
}

static int run_opcenum(const struct server_options *options)
{
    /* Objects that outlive this function stand on these until the process ends. */
    static struct com_service com_service;
    static struct service service;
    struct serving serving = {
        .program = &opcenum_program,
        .options = options,
        .clsid = &CLSID_OPCServerList,
        .create = server_list_create,
        .service = &service,
        .com_service = &com_service,
        .announce = announce,
    };
    com_service_init(&com_service, options->level);
    service_init(&service, &com_service_ops, &com_service, NULL, NULL);
    int code = serving_run(&serving);
    if (!atomic_load(&service.objects))
        service_cleanup(&service);
    return code;
}

static const char *const no_categories[] = { NULL };

static const struct class_registration class_registration = {
    .name = OPCENUM_NAME,
    .clsid = OPCENUM_CLSID_TEXT,
    .appid = OPCENUM_APPID_TEXT,
    .progid = OPCENUM_PROGID,
    .progid_latest = OPCENUM_PROGID_LATEST,
    .categories = no_categories,
    .stand_in = true,
};

const struct program opcenum_program = {
    .name = "opcprobe-opcenum",
    .help = help,
    .class_registration = &class_registration,
    .run = run_opcenum,
};
