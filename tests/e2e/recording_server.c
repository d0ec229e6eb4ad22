/* An OPC DA server that is not the opcprobe test server: a class of its own that notes every call it gets.
 *
 * Its objects are those of probe-server, so that it behaves as a server does. What it was asked is taken from the wire,
 * below the objects: each request as it came, in clear, whichever interface it was for; so nothing that a client asks
 * can be overlooked. The notes are events "asked" {iid, opnum, stub} of this process. */
#include <dcom_observer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/event.h"
#include "base/text.h"
#include "probe-server/address_space.h"
#include "probe-server/program.h"
#include "probe-server/scheduler.h"
#include "probe-server/server.h"
#include "probe-server/serving.h"

#define CLASS_TEXT   "{A9E3F0C1-5B7D-4C7A-8E55-2F6B1D0C9E42}"
#define STUB_MAXIMUM 4096
#define REQUEST      0 /* PDU type, [C706] 12.6.4.9 */
#define HEADER       24
#define HAS_OBJECT   0x80
#define OBJECT       16

static const CLSID clsid = { 0xA9E3F0C1, 0x5B7D, 0x4C7A, { 0x8E, 0x55, 0x2F, 0x6B, 0x1D, 0x0C, 0x9E, 0x42 } };

static int run(const struct server_options *options);

static const char *const categories[] = { NULL };

static const struct class_registration registration = {
    .name = "a plant's server",
    .clsid = CLASS_TEXT,
    .appid = CLASS_TEXT,
    .progid = "Plant.Server.1",
    .progid_latest = "Plant.Server",
    .categories = categories,
};

static const struct program program = {
    .name = "recording-server", .help = "", .class_registration = &registration, .run = run
};

/* A connection has one thread, which sees the request first and tells of the call it was when that has been made. */
static _Thread_local char stub_text[2 * STUB_MAXIMUM + 1];

static void note_request(const uint8_t *pdu, size_t size)
{
    if (size < HEADER || pdu[2] != REQUEST)
        return;
    size_t begin = HEADER + (pdu[3] & HAS_OBJECT ? OBJECT : 0);
    size_t length = size > begin ? size - begin : 0;
    hex_format(pdu + (length ? begin : 0), length < STUB_MAXIMUM ? length : STUB_MAXIMUM, stub_text);
}

static void observe(void *context, const struct dcom_event *e)
{
    (void)context;
    char iid[GUID_TEXT];
    if (e->kind == DCOM_PDU && !e->outgoing)
        note_request(e->data, e->size);
    if (e->kind != DCOM_INCOMING_CALL)
        return;
    guid_text(e->iid, iid);
    event("asked", EV_TEXT("iid", iid), EV_NUMBER("opnum", e->opnum), EV_TEXT("stub", stub_text));
    stub_text[0] = '\0';
}

static void announce(const struct serving *s)
{
    (void)s;
}

static int run(const struct server_options *options)
{
    struct address_space *space = NULL;
    struct com_service com_service;
    struct service service;
    struct scheduler *scheduler = scheduler_create(com_service_now_ns, NULL);
    char complaint[JSON_COMPLAINT];
    if (!scheduler || scheduler_start(scheduler) || address_space_load(NULL, &space, complaint))
        return EXIT_HARNESS;
    dcom_set_observer(observe, NULL);
    com_service_init(&com_service, options->level);
    service_init(&service, &com_service_ops, &com_service, space, scheduler);
    const struct serving serving = { .program = &program,
                                     .options = options,
                                     .clsid = &clsid,
                                     .create = server_create,
                                     .service = &service,
                                     .com_service = &com_service,
                                     .announce = announce };
    int code = serving_run(&serving);
    dcom_set_observer(NULL, NULL);
    if (atomic_load(&service.objects) == 0) { /* what still lives stands on these, until the process ends */
        scheduler_destroy(scheduler);
        service_cleanup(&service);
        address_space_destroy(space);
    }
    return code;
}

int main(int argc, char **argv)
{
    return program_main(&program, argc, argv);
}
