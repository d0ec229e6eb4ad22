/* Its objects are those of probe-server, so that it behaves as a server does. What it was asked is taken from the wire,
 * below the objects: each request as it came, in clear, whichever interface it was for; so nothing that a client asks
 * can be overlooked. The notes are events "asked" {iid, opnum, stub} of this process. */
#include "tests/e2e/recording_server.h"

#include <dcom_observer.h>
#include <opccomn.h>
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

#define STUB_MAXIMUM 4096
#define REQUEST      0 /* PDU type, [C706] 12.6.4.9 */
#define HEADER       24
#define HAS_OBJECT   0x80
#define OBJECT       16

static int run(const struct server_options *options);

static const struct recording *recording;
static struct program program = { .name = "recording-server", .help = "", .run = run };

/* ---- an object that does not learn the nonce ---- */

static HRESULT STDMETHODCALLTYPE ignore_client_name(IOPCCommon *self, LPCWSTR name)
{
    (void)self;
    (void)name;
    return S_OK;
}

static HRESULT create(struct service *service, REFIID iid, void **out)
{
    static IOPCCommonVtbl deaf;
    IOPCCommon *common = NULL;
    HRESULT hr = server_create(service, iid, out);
    if (FAILED(hr) || !recording->ignores_client_name)
        return hr;
    hr = IUnknown_QueryInterface((IUnknown *)*out, &IID_IOPCCommon, (void **)&common);
    if (FAILED(hr)) {
        IUnknown_Release((IUnknown *)*out);
        *out = NULL;
        return hr;
    }
    deaf = *common->lpVtbl;
    deaf.SetClientName = ignore_client_name;
    common->lpVtbl = &deaf;
    IOPCCommon_Release(common);
    return S_OK;
}

/* ---- the record ---- */

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
                                     .clsid = recording->clsid,
                                     .create = create,
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

int recording_main(const struct recording *r, int argc, char **argv)
{
    recording = r;
    program.class_registration = &r->registration;
    return program_main(&program, argc, argv);
}
