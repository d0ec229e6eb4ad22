/* Connection-oriented RPC ([C706] 12, [MS-RPCE] 2.2.2): what client and server share. */
#ifndef DCOM_RPC_H
#define DCOM_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dcom/auth/auth.h"

#define RPC_ADDRESS_TEXT         260
#define RPC_FRAGMENT_SIZE        5840              /* what we offer both ways, as Windows does */
#define RPC_FRAGMENT_FLOOR       1432              /* every peer takes this much ([C706] 12.6.3.1, MustRecvFragSize) */
#define RPC_STUB_MAXIMUM_DEFAULT ((size_t)4 << 20) /* [MS-RPCE] 3.3.3.5.4 */
#define RPC_CONTEXTS_MAXIMUM     64                /* presentation contexts per association we keep */

/* Protocol sequences by their tower id ([MS-DCOM] 2.2.19.3). MEMORY is a socket pair inside one process. */
enum rpc_protseq {
    RPC_TCP = 0x07,
    RPC_LOCAL = 0x10,
    RPC_MEMORY = 0xFF
};

struct rpc_endpoint {
    enum rpc_protseq protseq;
    char address[RPC_ADDRESS_TEXT]; /* numeric address; path of the local socket; empty for memory */
    uint16_t port;                  /* TCP only */
    char from[64];                  /* local address to connect from, or empty (TCP only) */
};

struct rpc_guid {
    uint8_t bytes[16];
}; /* as a GUID lies in memory on a little-endian machine = as on the wire */

struct rpc_syntax {
    struct rpc_guid uuid;
    uint16_t major, minor;
};
extern const struct rpc_syntax rpc_syntax_ndr;

/* Statuses of fault PDUs we make or must recognise ([C706] appendix E, [MS-RPCE] 3.1.1.5.5). */
enum rpc_status {
    RPC_STATUS_ACCESS_DENIED = 0x00000005,
    RPC_STATUS_UNKNOWN_IF = 0x1C010003,     /* nca_unk_if */
    RPC_STATUS_OP_RANGE = 0x1C010002,       /* nca_op_rng_error */
    RPC_STATUS_PROTOCOL_ERROR = 0x1C01000B, /* nca_proto_error */
    RPC_STATUS_SERVER_TOO_BUSY = 0x1C010014,
    RPC_STATUS_CONTEXT_MISMATCH = 0x1C00001A,
    RPC_STATUS_CANCELLED = 0x1C00000D,     /* nca_s_fault_cancel */
    RPC_STATUS_BAD_STUB_DATA = 0x000006F7, /* RPC_X_BAD_STUB_DATA */
    RPC_STATUS_PROCNUM = 0x000006D1,       /* RPC_S_PROCNUM_OUT_OF_RANGE */
    RPC_STATUS_CALL_FAILED = 0x000006BE,
    RPC_STATUS_NO_CALL_ACTIVE = 0x000006BD,   /* RPC_S_NO_CALL_ACTIVE */
    RPC_STATUS_SEC_PKG_ERROR = 0x00000721,    /* RPC_S_SEC_PKG_ERROR: a signature is wrong */
    RPC_STATUS_REMOTE_NO_MEMORY = 0x1C00001B, /* nca_s_fault_remote_no_memory */
};

/* Why something on a connection failed, in the shapes a user must be able to tell apart. */
struct rpc_failure {
    enum err err;
    enum {
        RPC_WIRE_NONE,
        RPC_WIRE_CONNECT,
        RPC_WIRE_BIND_NAK,
        RPC_WIRE_CONTEXT_REJECTED,
        RPC_WIRE_FAULT,
        RPC_WIRE_CLOSED,
        RPC_WIRE_TIMEOUT,
        RPC_WIRE_BAD_PDU
    } shape;
    uint32_t status;   /* fault status; bind_nak or rejection reason; errno for CONNECT */
    uint32_t ntstatus; /* when our own mechanism knows it; 0 otherwise */
    uint8_t ptype;     /* of the PDU that refused, when there was one */
};

#endif
