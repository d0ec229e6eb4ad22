/* bind, alter_context, their answers and bind_nak ([C706] 12.6.4.3 to 12.6.4.5, [MS-RPCE] 2.2.2.4 to
 * 2.2.2.14): the negotiation of presentation contexts.
 *
 * Lists are read and written element by element, so that a peer that offers 255 contexts costs no
 * memory. The encoders leave the PDU open: its owner appends a sec_trailer and calls pdu_end. */
#ifndef DCOM_RPC_PDU_BIND_H
#define DCOM_RPC_PDU_BIND_H

#include "dcom/rpc/pdu.h"

struct pdu_bind {
    uint16_t max_send;
    uint16_t max_receive;
    uint32_t group;      /* association group, 0 for a new one */
    unsigned count;      /* context elements */
    struct reader items; /* for pdu_bind_next */
};

/* One presentation context offered. */
struct pdu_offer {
    uint16_t id;
    struct rpc_syntax abstract;
    unsigned transfer_count;
    struct reader transfers; /* for pdu_syntax_next */
};

MUST_USE enum err pdu_bind_decode(const struct pdu *pdu, struct pdu_bind *out);
/* The next offered context; false at a truncated one (`items` has then failed). Call it `count` times. */
bool pdu_bind_next(struct pdu_bind *bind, struct pdu_offer *out);
/* The next transfer syntax of an offer; false after the last. */
bool pdu_syntax_next(struct pdu_offer *offer, struct rpc_syntax *out);

/* Starts a bind or alter_context with `count` context elements to follow. */
size_t pdu_bind_begin(struct writer *w, uint8_t type, uint8_t flags, uint32_t call_id, const struct pdu_bind *bind);
/* An element that offers NDR alone. */
void pdu_offer_encode(struct writer *w, uint16_t id, const struct rpc_syntax *abstract);

/* An element that asks for the bind-time features we know, as Windows does in every bind ([MS-RPCE] 3.3.1.5.3). */
void pdu_features_encode(struct writer *w, uint16_t id, const struct rpc_syntax *abstract);

/* p_cont_def_result_t with the extension of [MS-RPCE] 2.2.2.4. */
enum pdu_result_code {
    PDU_ACCEPTED = 0,
    PDU_USER_REJECTED = 1,
    PDU_PROVIDER_REJECTED = 2,
    PDU_NEGOTIATE_ACK = 3
};
/* p_provider_reason_t */
enum pdu_reason {
    PDU_REASON_NONE = 0,
    PDU_REASON_ABSTRACT_SYNTAX = 1,
    PDU_REASON_TRANSFER_SYNTAXES = 2,
    PDU_REASON_LOCAL_LIMIT = 3
};

struct pdu_result {
    uint16_t result;
    uint16_t reason; /* the granted features when result is PDU_NEGOTIATE_ACK */
    struct rpc_syntax transfer;
};

struct pdu_bind_ack {
    uint16_t max_send;
    uint16_t max_receive;
    uint32_t group;
    unsigned count;
    struct reader items; /* for pdu_result_next */
};

MUST_USE enum err pdu_bind_ack_decode(const struct pdu *pdu, struct pdu_bind_ack *out);
bool pdu_result_next(struct pdu_bind_ack *ack, struct pdu_result *out);
/* Starts a bind_ack or alter_context_resp; `count` results follow. `address` is the secondary address, such as "135".
 */
size_t pdu_bind_ack_begin(struct writer *w, uint8_t type, uint8_t flags, uint32_t call_id,
                          const struct pdu_bind_ack *ack, const char *address);
void pdu_result_encode(struct writer *w, const struct pdu_result *result);

/* Reasons of a bind_nak ([MS-RPCE] 2.2.2.5). */
enum pdu_nak_reason {
    PDU_NAK_NOT_SPECIFIED = 0,
    PDU_NAK_LOCAL_LIMIT = 2,
    PDU_NAK_PROTOCOL_ERROR = 4,
    PDU_NAK_MECHANISM_UNKNOWN = 8,
    PDU_NAK_AUTHENTICATION = 9
};

void pdu_bind_nak_encode(struct writer *w, uint32_t call_id, uint16_t reason);
/* Reads the reason; the supported versions are skipped. */
MUST_USE enum err pdu_bind_nak_decode(const struct pdu *pdu, uint16_t *reason);
/* What follows the signature of extended error information ([MS-RPCE] 2.2.2.9); empty without one. */
struct pdu_extended_error pdu_bind_nak_extended_error(const struct pdu *pdu);

/* auth3: no body but four bytes that mean nothing ([MS-RPCE] 2.2.2.10). */
size_t pdu_auth3_begin(struct writer *w, uint8_t flags, uint32_t call_id);

bool rpc_syntax_equal(const struct rpc_syntax *a, const struct rpc_syntax *b);
/* True for the pseudo transfer syntax of bind-time feature negotiation ([MS-RPCE] 3.3.1.5.3), with the
 * features it asks for. */
bool pdu_syntax_is_features(const struct rpc_syntax *s, uint8_t *features);
#define PDU_FEATURE_SECURITY_MULTIPLEXING 0x01
#define PDU_FEATURE_KEEP_ON_ORPHAN        0x02

#endif
