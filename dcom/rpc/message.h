/* A request or response as a row of fragments ([C706] 12.4.2): cut, protected and sent here. */
#ifndef DCOM_RPC_MESSAGE_H
#define DCOM_RPC_MESSAGE_H

#include "dcom/rpc/channel.h"
#include "dcom/rpc/security.h"

struct message {
    enum pdu_type type; /* PDU_REQUEST or PDU_RESPONSE */
    uint32_t call_id;
    uint16_t context_id;
    uint16_t opnum;
    const struct rpc_guid *object; /* of a request, or NULL */
    const uint8_t *stub;
    size_t stub_size;
};

/* Sends the whole message in fragments of at most `fragment_maximum` bytes. */
MUST_USE enum err message_send(struct channel *c, struct security *s, const struct message *m, size_t fragment_maximum,
                               int64_t deadline_ns);
/* What we send to a peer that says it receives `theirs`: never more than we offer, never less than the
 * size every peer must take. */
uint16_t message_fragment_size(uint16_t theirs);

#endif
