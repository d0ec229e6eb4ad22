/* How a proxy's calls travel: ORPCTHIS in front, the exporter's connection, ORPCTHAT off the answer. */
#include <stdlib.h>

#include "dcom/com/cancel.h"
#include "dcom/com/channel.h"
#include "dcom/com/marshal.h"
#include "dcom/com/proxy.h"
#include "dcom/orpc/hresult.h"
#include "dcom/orpc/orpc_header.h"

#define SPARE_MAXIMUM 8
#define SPARE_BYTES   ((size_t)1 << 20)  /* buffers that grew beyond it are given back to the system */
#define REPLY_MAXIMUM ((size_t)64 << 20) /* a whole answer; servers' own limit is on requests */

/* One call under way. Its buffers are used again, because mapping fresh ones costs more than a small call. */
struct outgoing {
    struct outgoing *next; /* (LOCK spare_lock) */
    struct writer request, reply;
    struct remote_exporter *exporter; /* counted */
    struct blanket *blanket;          /* counted */
    struct marshal_context context;
    struct call_cancel *cancel;
};

static struct mutex spare_lock = MUTEX_INIT;
static struct outgoing *spares; /* (LOCK spare_lock) */
static unsigned spare_count;    /* (LOCK spare_lock) */

static struct outgoing *take_outgoing(void)
{
    mutex_lock(&spare_lock);
    struct outgoing *o = spares;
    if (o) {
        spares = o->next;
        spare_count--;
    }
    mutex_unlock(&spare_lock);
    if (o)
        return o;
    o = calloc(1, sizeof *o);
    if (o) {
        writer_init(&o->request, REPLY_MAXIMUM);
        writer_init(&o->reply, REPLY_MAXIMUM);
    }
    return o;
}

static void free_outgoing(struct outgoing *o)
{
    writer_cleanup(&o->request);
    writer_cleanup(&o->reply);
    free(o);
}

static void give_outgoing(struct outgoing *o)
{
    bool kept = o->request.capacity <= SPARE_BYTES && o->reply.capacity <= SPARE_BYTES;
    mutex_lock(&spare_lock);
    kept = kept && spare_count < SPARE_MAXIMUM;
    if (kept) {
        o->next = spares;
        spares = o;
        spare_count++;
    }
    mutex_unlock(&spare_lock);
    if (!kept)
        free_outgoing(o);
}

void channel_drop_spares(void)
{
    mutex_lock(&spare_lock);
    struct outgoing *o = spares;
    spares = NULL;
    spare_count = 0;
    mutex_unlock(&spare_lock);
    while (o) {
        struct outgoing *next = o->next;
        free_outgoing(o);
        o = next;
    }
}

static struct proxy *proxy_of(struct ndr_proxy *self)
{
    return (struct proxy *)self; /* its first member */
}

static HRESULT prepare(struct ndr_proxy *self, unsigned method, struct ndr_call *call)
{
    struct proxy *p = proxy_of(self);
    struct runtime *rt = runtime_get();
    GUID causality;
    (void)method;
    if (!rt)
        return CO_E_NOTINITIALIZED;
    struct outgoing *o = take_outgoing();
    if (!o)
        return E_OUTOFMEMORY;
    HRESULT hr = proxy_prepare(p->manager, p, &o->exporter, &o->blanket);
    if (FAILED(hr)) {
        give_outgoing(o);
        return hr;
    }
    o->context = (struct marshal_context){ .runtime = rt };
    o->cancel = cancel_call_begin();
    writer_reset(&o->request);
    causality_current(&causality);
    orpc_this_write(&o->request, remote_exporter_version(o->exporter), &causality);
    call->request = o->request;
    call->stub_at = o->request.size;
    call->objects = &marshal_objects;
    call->objects_context = &o->context;
    call->transport = o;
    return S_OK;
}

static HRESULT exchange(struct ndr_proxy *self, unsigned method, struct ndr_call *call)
{
    struct proxy *p = proxy_of(self);
    struct outgoing *o = call->transport;
    struct orpc_call request = { .iid = &p->iid, .ipid = &p->ipid, .opnum = (uint16_t)method };
    struct rpc_failure why;

    request.security = blanket_security(o->blanket);
    request.deadline_ns = call_deadline_ns();
    request.cancel = o->cancel;
    if (remote_exporter_call(o->exporter, &request, &call->request, &o->reply, &why)) {
        /* References in a request that was never sent are still ours. */
        if (why.shape == RPC_WIRE_CONNECT)
            marshal_take_back(&o->context);
        return hresult_of_failure(&why);
    }
    reader_init(&call->reply, o->reply.data, o->reply.size);
    if (orpc_that_read(&call->reply))
        return HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    return S_OK;
}

static void finish(struct ndr_proxy *self, unsigned method, struct ndr_call *call)
{
    struct outgoing *o = call->transport;
    (void)self;
    (void)method;
    cancel_call_end();
    o->request = call->request; /* it may have grown elsewhere */
    blanket_release(o->blanket);
    remote_exporter_release(o->exporter);
    o->blanket = NULL;
    o->exporter = NULL;
    give_outgoing(o);
}

const struct ndr_channel proxy_channel = { .prepare = prepare, .exchange = exchange, .finish = finish };
