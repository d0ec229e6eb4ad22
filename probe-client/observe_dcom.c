#include "probe-client/observe.h"

#include <dcom_observer.h>
#include <stdio.h>
#include <string.h>

#include "base/thread.h"

static struct mutex lock = MUTEX_INIT;
static struct observed events[OBSERVED_MAXIMUM]; /* (LOCK lock) */
static size_t event_count;                       /* (LOCK lock) */
static struct observed_totals totals;            /* (LOCK lock) */

/* False for what no stage is derived from. */
static bool kind_from(enum dcom_event_kind kind, enum observed_kind *out)
{
    switch (kind) {
    case DCOM_CONNECT:
        *out = OBSERVED_CONNECT;
        return true;
    case DCOM_BIND:
        *out = OBSERVED_BIND;
        return true;
    case DCOM_CALL:
        *out = OBSERVED_CALL;
        return true;
    case DCOM_ACTIVATION:
        *out = OBSERVED_ACTIVATION;
        return true;
    case DCOM_BINDING:
        *out = OBSERVED_BINDING;
        return true;
    case DCOM_RESOLVED:
        *out = OBSERVED_RESOLVED;
        return true;
    case DCOM_LISTENING:
        *out = OBSERVED_LISTENING;
        return true;
    case DCOM_ACCEPTED:
        *out = OBSERVED_ACCEPTED;
        return true;
    case DCOM_INCOMING_AUTH:
        *out = OBSERVED_INCOMING_AUTH;
        return true;
    case DCOM_INCOMING_CALL:
        *out = OBSERVED_INCOMING_CALL;
        return true;
    case DCOM_OFFERED:
        *out = OBSERVED_OFFERED;
        return true;
    default:
        return false;
    }
}

static enum wire_shape shape_from(enum dcom_wire_shape shape)
{
    static const enum wire_shape shapes[] = {
        [DCOM_WIRE_NONE] = WIRE_NONE,         [DCOM_WIRE_CONNECT] = WIRE_CONNECT,
        [DCOM_WIRE_BIND_NAK] = WIRE_BIND_NAK, [DCOM_WIRE_CONTEXT_REJECTED] = WIRE_CONTEXT_REJECTED,
        [DCOM_WIRE_FAULT] = WIRE_FAULT,       [DCOM_WIRE_CLOSED] = WIRE_CLOSED,
        [DCOM_WIRE_TIMEOUT] = WIRE_TIMEOUT,   [DCOM_WIRE_BAD_PDU] = WIRE_BAD_PDU,
    };
    return (size_t)shape < sizeof(shapes) / sizeof(shapes[0]) ? shapes[shape] : WIRE_NONE;
}

static enum observed_offer offer_from(enum dcom_offer offer)
{
    static const enum observed_offer offers[] = {
        [DCOM_OFFER_RESOLVER] = OFFER_RESOLVER,
        [DCOM_OFFER_OBJECT] = OFFER_OBJECT,
        [DCOM_OFFER_OWN_RESOLVER] = OFFER_OWN_RESOLVER,
        [DCOM_OFFER_OWN_OBJECT] = OFFER_OWN_OBJECT,
    };
    return offers[offer];
}

static void count(const struct dcom_event *e)
{
    bool connected = (e->kind == DCOM_CONNECT && e->err == 0) || e->kind == DCOM_ACCEPTED;
    if (connected && e->local)
        totals.local_connections++;
    if (connected && !e->local)
        totals.tcp_connections++;
    if (e->kind == DCOM_CALL) {
        totals.calls++;
        totals.call_bytes += e->bytes;
        totals.call_pdus += e->pdus;
    }
}

static void observe(void *context, const struct dcom_event *e)
{
    (void)context;
    mutex_lock(&lock);
    count(e);
    enum observed_kind kind;
    if (event_count < OBSERVED_MAXIMUM && kind_from(e->kind, &kind)) {
        struct observed *o = &events[event_count++];
        *o = (struct observed){
            .kind = kind,
            .offer = offer_from(e->offer),
            .time_ns = e->time_ns,
            .elapsed_ns = e->elapsed_ns,
            .local = e->local,
            .opnum = e->opnum,
            .error = e->err,
            .shape = shape_from(e->shape),
            .status = e->status,
            .ntstatus = e->ntstatus,
            .mechanism = e->mechanism,
            .level_asked = e->level_asked,
            .level_sent = e->level_sent,
            .header_signing = e->header_signing,
            .system = { e->system.major, e->system.minor, e->system.build, e->system.clock },
        };
        memcpy(o->iid, e->iid, sizeof(o->iid));
        snprintf(o->peer, sizeof(o->peer), "%s", e->peer);
        snprintf(o->account, sizeof(o->account), "%s", e->account);
    }
    mutex_unlock(&lock);
}

bool observe_start(void)
{
    mutex_lock(&lock);
    event_count = 0;
    totals = (struct observed_totals){ 0 };
    mutex_unlock(&lock);
    dcom_set_observer(observe, NULL);
    return true;
}

static bool still_holds(const struct observed *o)
{
    return o->kind == OBSERVED_LISTENING ||
           (o->kind == OBSERVED_OFFERED && (o->offer == OFFER_OWN_RESOLVER || o->offer == OFFER_OWN_OBJECT));
}

void observe_forget(void)
{
    size_t kept = 0;
    mutex_lock(&lock);
    for (size_t i = 0; i < event_count; i++)
        if (still_holds(&events[i]))
            events[kept++] = events[i];
    event_count = kept;
    totals = (struct observed_totals){ 0 };
    mutex_unlock(&lock);
}

void observe_stop(void)
{
    dcom_set_observer(NULL, NULL);
}

size_t observe_count(void)
{
    mutex_lock(&lock);
    size_t n = event_count;
    mutex_unlock(&lock);
    return n;
}

size_t observe_read(size_t mark, struct observed *out, size_t maximum)
{
    mutex_lock(&lock);
    size_t n = event_count > mark ? event_count - mark : 0;
    if (n > maximum)
        n = maximum;
    if (n > 0)
        memcpy(out, &events[mark], n * sizeof(*out));
    mutex_unlock(&lock);
    return n;
}

struct observed_totals observe_totals(void)
{
    mutex_lock(&lock);
    struct observed_totals copy = totals;
    mutex_unlock(&lock);
    return copy;
}
