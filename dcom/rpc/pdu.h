/* PDUs of connection-oriented RPC: the common header, calls, faults and the sec_trailer
 * ([C706] 12.6, [MS-RPCE] 2.2.2). What bind and its relatives carry is in pdu_bind.h.
 *
 * Encoders append to a writer that may already hold other PDUs of the same batch, so each
 * begins with the offset where its PDU starts. Decoders look at one whole PDU in a buffer of
 * the caller; nothing is copied but numbers. Only little-endian peers are understood. */
#ifndef DCOM_RPC_PDU_H
#define DCOM_RPC_PDU_H

#include "base/bytes.h"
#include "dcom/rpc/rpc.h"

#define PDU_HEADER          16 /* common header; the PDU body begins here */
#define PDU_CALL_HEADER     24 /* request and response up to the stub, without an object UUID */
#define PDU_FAULT_HEADER    32 /* fault up to its (always empty) stub */
#define PDU_TRAILER         8  /* sec_trailer without the token ([MS-RPCE] 2.2.2.11) */
#define PDU_STUB_ALIGNMENT  16 /* stub and padding before a sec_trailer are a multiple of this */
#define PDU_SIZE_MAXIMUM    65535
#define PDU_CALL_ID_MAXIMUM 0x7FFFFFFFu /* Windows refuses larger ones ([MS-RPCE] 3.3.3.5.2) */

enum pdu_type {
    PDU_REQUEST = 0,
    PDU_RESPONSE = 2,
    PDU_FAULT = 3,
    PDU_BIND = 11,
    PDU_BIND_ACK = 12,
    PDU_BIND_NAK = 13,
    PDU_ALTER_CONTEXT = 14,
    PDU_ALTER_CONTEXT_RESP = 15,
    PDU_AUTH3 = 16,
    PDU_SHUTDOWN = 17,
    PDU_CO_CANCEL = 18,
    PDU_ORPHANED = 19
};

enum pdu_flag {
    PDU_FIRST = 0x01,
    PDU_LAST = 0x02,
    PDU_WHOLE = PDU_FIRST | PDU_LAST,
    PDU_HEADER_SIGN = 0x04,    /* in bind, alter_context, their answers and auth3 */
    PDU_PENDING_CANCEL = 0x04, /* elsewhere */
    PDU_DID_NOT_EXECUTE = 0x20,
    PDU_OBJECT = 0x80
};

struct pdu_header {
    uint8_t type;
    uint8_t flags;
    uint16_t size;      /* frag_length: the whole PDU */
    uint16_t auth_size; /* auth_length: the token behind the sec_trailer */
    uint32_t call_id;
};

struct pdu_trailer {
    uint8_t mechanism;
    uint8_t level;
    uint8_t pad_size;
    uint32_t context_id;
    const uint8_t *token; /* borrowed from the PDU */
    size_t token_size;
};

/* One PDU in a buffer. */
struct pdu {
    struct pdu_header header;
    uint8_t *data;   /* borrowed: header.size bytes */
    size_t body_end; /* offset behind the body: where the sec_trailer starts, else the PDU's end */
    bool has_trailer;
    struct pdu_trailer trailer;
};

/* Reads the 16 bytes of a common header. ERR_PROTOCOL: not version 5.0, or lengths that cannot be;
 * ERR_UNSUPPORTED: big-endian, EBCDIC or foreign floating point. `out` is filled as far as it is known,
 * so that a refusal can carry the peer's call_id. */
MUST_USE enum err pdu_header_decode(const uint8_t data[PDU_HEADER], struct pdu_header *out);
/* Splits a whole PDU of `size` bytes into body and trailer. */
MUST_USE enum err pdu_decode(uint8_t *data, size_t size, struct pdu *out);
/* The body behind the common header, authentication padding included. */
struct reader pdu_body(const struct pdu *pdu);

/* Extended error information, as [MS-EERR] has it: not looked into, only passed on. Borrowed from the PDU; size 0 when
 * there is none. */
struct pdu_extended_error {
    const uint8_t *data;
    size_t size;
};

/* What request, response and fault have in common. */
struct pdu_call {
    uint32_t alloc_hint; /* never trusted for an allocation */
    uint16_t context_id;
    uint16_t opnum; /* request only */
    bool has_object;
    struct rpc_guid object;                   /* request only */
    uint32_t status;                          /* fault only */
    struct pdu_extended_error extended_error; /* fault only */
    size_t stub_at;                           /* offset of the stub in the PDU */
};
MUST_USE enum err pdu_call_decode(const struct pdu *pdu, struct pdu_call *out);
/* The bytes of the stub in this fragment, without authentication padding. False when the padding is
 * longer than what is there. */
bool pdu_stub(const struct pdu *pdu, const struct pdu_call *call, const uint8_t **stub, size_t *size);

/* Starts a PDU; lengths are zero until pdu_end. Returns its offset in the writer. */
size_t pdu_begin(struct writer *w, uint8_t type, uint8_t flags, uint32_t call_id);
/* Appends a sec_trailer (no token). `pad_size` says how many of the bytes before it are padding. */
void pdu_trailer_encode(struct writer *w, const struct pdu_trailer *trailer);
/* Closes the PDU begun at `start`, whose last `auth_size` bytes are the token. A PDU longer than the
 * 16-bit length field fails the writer. */
void pdu_end(struct writer *w, size_t start, size_t auth_size);

/* Starts a request (`object` may be NULL) or a response; the stub follows. */
size_t pdu_request_begin(struct writer *w, uint8_t flags, uint32_t call_id, const struct pdu_call *call);
size_t pdu_response_begin(struct writer *w, uint8_t flags, uint32_t call_id, const struct pdu_call *call);
/* A whole fault PDU, unprotected and without a stub ([MS-RPCE] 2.2.2.8). */
void pdu_fault_encode(struct writer *w, uint8_t flags, uint32_t call_id, uint16_t context_id, uint32_t status);
/* A whole PDU that is nothing but its header: shutdown, co_cancel, orphaned. */
void pdu_bare_encode(struct writer *w, uint8_t type, uint32_t call_id);

/* The status a server may send for `status`: those reserved by [MS-RPCE] 3.3.3.5.1 become
 * 0x80010105, the one COM uses for a method that crashed. */
uint32_t rpc_status_sendable(uint32_t status);

#endif
