#include "dcom/rpc/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/rpc/recorder.h"

_Static_assert((int)DCOM_WIRE_BAD_PDU == (int)RPC_WIRE_BAD_PDU, "the observer's shapes are ours");

struct dcom_event trace_event(const struct channel *c, enum dcom_event_kind kind, bool outgoing)
{
    struct dcom_event event = { .kind = kind, .outgoing = outgoing };

    event.local = strcmp(c->peer, "local") == 0;
    snprintf(event.peer, sizeof event.peer, "%s", c->peer);
    return event;
}

void trace_endpoint(struct dcom_event *event, const struct rpc_endpoint *endpoint)
{
    const char *form = strchr(endpoint->address, ':') ? "[%s]:%u" : "%s:%u";

    if (event->local)
        snprintf(event->peer, sizeof event->peer, "%s", endpoint->address);
    else
        snprintf(event->peer, sizeof event->peer, form, endpoint->address, endpoint->port);
}

void trace_failure(struct dcom_event *event, const struct rpc_failure *failure)
{
    event->err = failure->err;
    event->shape = (enum dcom_wire_shape)failure->shape;
    event->status = failure->status;
    event->ntstatus = failure->ntstatus;
}

void trace_extended_error(struct dcom_event *event, const struct pdu_extended_error *added)
{
    event->data = added->data;
    event->size = added->size;
}

void trace_pdu(const struct channel *c, bool outgoing, const uint8_t *data, size_t size)
{
    struct dcom_event event;
    uint8_t *clear;

    if (!rpc_is_watched() || size < PDU_HEADER || size > PDU_SIZE_MAXIMUM)
        return;
    clear = malloc(size);
    if (!clear)
        return;
    memcpy(clear, data, size);
    store_u16(clear + 8, (uint16_t)size);
    store_u16(clear + 10, 0);
    event = trace_event(c, DCOM_PDU, outgoing);
    event.data = clear;
    event.size = size;
    dcom_observe(&event);
    free(clear);
}

void trace_received(const struct channel *c, const struct pdu *pdu)
{
    size_t pad = pdu->has_trailer ? pdu->trailer.pad_size : 0;

    trace_pdu(c, false, pdu->data, pad <= pdu->body_end - PDU_HEADER ? pdu->body_end - pad : pdu->body_end);
}

void trace_leg(const struct channel *c, bool outgoing, size_t size)
{
    struct dcom_event event;

    if (!rpc_is_watched() || size == 0)
        return;
    event = trace_event(c, DCOM_AUTH_LEG, outgoing);
    event.bytes = size;
    dcom_observe(&event);
}

void trace_account(struct dcom_event *event, const struct auth_peer *peer)
{
    if (!peer)
        return;
    if (peer->anonymous)
        snprintf(event->account, sizeof event->account, "ANONYMOUS LOGON");
    else if (peer->domain[0])
        snprintf(event->account, sizeof event->account, "%s\\%s", peer->domain, peer->user);
    else
        snprintf(event->account, sizeof event->account, "%s", peer->user);
}
