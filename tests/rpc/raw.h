/* A peer that speaks in single PDUs, right or wrong ones, to whatever is at the other end of a socket. */
#ifndef TESTS_RPC_RAW_H
#define TESTS_RPC_RAW_H

#include "dcom/rpc/channel.h"
#include "dcom/rpc/message.h"
#include "dcom/rpc/pdu_bind.h"
#include "dcom/rpc/security.h"
#include "tests/rpc/fixture.h"

struct raw {
    struct channel channel;
    uint32_t call_id; /* of the last exchange */
};

void raw_init(struct raw *r, socket_t socket);
void raw_cleanup(struct raw *r);
/* Sends what was built in r->channel.out. */
void raw_send(struct raw *r);
/* The next PDU, which must come. Its bytes are good until the next one. */
struct pdu raw_receive(struct raw *r);
/* Expects that the peer hangs up, after whatever PDUs it still sends; returns the last of these (type 0xFF for none).
 */
struct pdu raw_receive_end(struct raw *r);
/* The status of the fault that must come next. */
uint32_t raw_receive_fault(struct raw *r);

/* Starts a bind or alter_context with these sizes; offers and raw_send follow. Returns its start for pdu_end. */
size_t raw_bind_begin(struct raw *r, uint8_t type, unsigned count, uint16_t max_receive, uint32_t group);
/* The pseudo transfer syntax that asks for every bind-time feature there is and more. */
extern const struct rpc_syntax raw_all_features;
/* Appends a context element that offers one transfer syntax of choice. */
void raw_offer(struct raw *r, uint16_t id, const struct rpc_syntax *abstract, const struct rpc_syntax *transfer);
/* Sends the bind or alter_context begun at `start` and returns the answer, which must be of the expected type. */
struct pdu_bind_ack raw_exchange_bind(struct raw *r, size_t start, uint8_t expected);
/* Binds the echo interface as context 0 without authentication and takes the ack. */
void raw_bind(struct raw *r);
/* Runs an NTLM handshake for security context `id` as opcuser, by bind or alter_context and auth3, offering the echo
 * interface as context 0. */
void raw_bind_ntlm(struct raw *r, uint8_t type, uint32_t id, enum auth_level level, struct security *out);
/* Appends one request fragment, unprotected. */
void raw_request(struct raw *r, uint8_t flags, uint16_t context_id, uint16_t opnum, const void *stub, size_t size);

#endif
