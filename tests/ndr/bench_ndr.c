/* What marshalling costs: IOPCSyncIO::Read of VT_R8 values through the proxy, the wire form and the stub in one
 * process.
 *
 * Prints per number of items the whole call, the object's own work, and the difference: marshalling and unmarshalling
 * of request and reply, and freeing. Not a test: build without sanitizers (preset release with OPCPROBE_TESTS=ON). */
#include <opcda.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dcom/ndr/ndr.h"

#define ROUNDS        7
#define REPLY_MAXIMUM ((size_t)16 << 20)

/* ---- the object ---------------------------------------------------------------------------------- */
static HRESULT STDMETHODCALLTYPE io_Read(IOPCSyncIO *self, OPCDATASOURCE source, DWORD count, OPCHANDLE *handles,
                                         OPCITEMSTATE **states, HRESULT **errors)
{
    (void)self;
    (void)source;
    OPCITEMSTATE *s = *states = CoTaskMemAlloc(count * sizeof *s);
    *errors = CoTaskMemAlloc(count * sizeof **errors);
    if (!s || !*errors)
        return E_OUTOFMEMORY;
    memset(s, 0, count * sizeof *s);
    for (DWORD i = 0; i < count; i++) {
        s[i].hClient = handles[i];
        s[i].wQuality = 192;
        s[i].vDataValue.vt = VT_R8;
        s[i].vDataValue.dblVal = i;
        (*errors)[i] = S_OK;
    }
    return S_OK;
}

static const IOPCSyncIOVtbl io_vtbl = { .Read = io_Read };
static IOPCSyncIO io = { &io_vtbl };

/* ---- a channel that keeps its buffers, as the runtime does with those of a connection --------------- */
struct bench {
    struct ndr_proxy proxy;
    struct writer request, reply;
};

static HRESULT prepare(struct ndr_proxy *self, unsigned method, struct ndr_call *call)
{
    struct bench *b = (struct bench *)self;
    (void)method;
    writer_reset(&b->request);
    call->request = b->request;
    return S_OK;
}

static HRESULT exchange(struct ndr_proxy *self, unsigned method, struct ndr_call *call)
{
    struct bench *b = (struct bench *)self;
    struct reader request;
    size_t surplus;
    reader_init(&request, call->request.data, call->request.size);
    writer_reset(&b->reply);
    HRESULT hr = ndr_server_call(self->type, &io, method, NULL, NULL, &request, &b->reply, &surplus);
    reader_init(&call->reply, b->reply.data, b->reply.size);
    return hr;
}

static void finish(struct ndr_proxy *self, unsigned method, struct ndr_call *call)
{
    (void)method;
    ((struct bench *)self)->request = call->request;
}

static const struct ndr_channel channel = { prepare, exchange, finish };

/* ---- measuring -------------------------------------------------------------------------------------- */
static OPCHANDLE handles[5000];

/* Nanoseconds per call, the best of several rounds. */
static double measure(IOPCSyncIO *target, DWORD count)
{
    long calls = 4000000 / (count + 20);
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = clock_now_ns();
        for (long i = 0; i < calls; i++) {
            OPCITEMSTATE *states;
            HRESULT *errors;
            if (FAILED(IOPCSyncIO_Read(target, OPC_DS_CACHE, count, handles, &states, &errors)))
                return -1;
            CoTaskMemFree(states);
            CoTaskMemFree(errors);
        }
        double ns = (double)(clock_now_ns() - start) / (double)calls;
        if (round == 0 || ns < best)
            best = ns;
    }
    return best;
}

int main(void)
{
    static const DWORD counts[] = { 1, 100, 5000 };
    static const ndr_entry none[3];
    struct bench b = { .proxy = { .type = ndr_find_interface(&IID_IOPCSyncIO), .channel = &channel } };
    b.proxy.vtbl = ndr_proxy_vtbl(b.proxy.type, none);
    writer_init(&b.request, REPLY_MAXIMUM);
    writer_init(&b.reply, REPLY_MAXIMUM);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        double whole = measure((IOPCSyncIO *)(void *)&b, counts[i]), own = measure(&io, counts[i]);
        printf("Read of %4u VT_R8: call %.0f ns, object %.0f ns, marshalling %.0f ns (%.1f ns per item)\n", counts[i],
               whole, own, whole - own, (whole - own) / counts[i]);
    }
    writer_cleanup(&b.request);
    writer_cleanup(&b.reply);
    return 0;
}
