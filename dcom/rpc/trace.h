/* What this layer tells the observer (dcom_observer.h). All of it costs one test of a flag when nobody watches. */
#ifndef DCOM_RPC_TRACE_H
#define DCOM_RPC_TRACE_H

#include <dcom_observer.h>

#include "dcom/rpc/channel.h"

/* An event of this connection, to be completed and handed to dcom_observe. */
struct dcom_event trace_event(const struct channel *c, enum dcom_event_kind kind, bool outgoing);
/* Names an endpoint as the event's peer: "10.1.0.2:135", "[fd00::2]:135", or the path of a local socket. */
void trace_endpoint(struct dcom_event *event, const struct rpc_endpoint *endpoint);
/* Puts err, shape, status and ntstatus of a failure into an event. */
void trace_failure(struct dcom_event *event, const struct rpc_failure *failure);
/* Puts what the peer added to its refusal into an event. */
void trace_extended_error(struct dcom_event *event, const struct pdu_extended_error *added);
/* Shows one PDU in clear: the first `size` bytes, which end before padding and sec_trailer, as a PDU of
 * that size without authentication. Tokens and signatures are never shown. */
void trace_pdu(const struct channel *c, bool outgoing, const uint8_t *data, size_t size);
/* The same for a whole received PDU after its protection was undone. */
void trace_received(const struct channel *c, const struct pdu *pdu);
/* A token of a handshake travelled. */
void trace_leg(const struct channel *c, bool outgoing, size_t size);
/* "DOMAIN\\user" into the event's account; "ANONYMOUS LOGON" for a null session. */
void trace_account(struct dcom_event *event, const struct auth_peer *peer);

#endif
