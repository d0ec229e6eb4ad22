/* The verification trailer a client may append to a request's stub ([MS-RPCE] 2.2.2.13): what its
 * headers said when it sent them, for the sake of providers that do not sign headers.
 *
 * It is recognised from the end of the stub, where it must stand, since only the stub's own
 * unmarshaller knows where the parameters stop. */
#ifndef DCOM_RPC_VERIFICATION_H
#define DCOM_RPC_VERIFICATION_H

#include "dcom/rpc/pdu.h"

/* What the request really said. */
struct verification {
    bool client_signs_headers; /* PFC_SUPPORT_HEADER_SIGN was in its bind */
    const struct rpc_syntax *abstract;
    const struct rpc_syntax *transfer;
    uint32_t call_id;
    uint16_t context_id;
    uint16_t opnum;
};

/* Looks for a trailer at the end of the stub. ERR_OK: none, or one that agrees; `*stub_size` is then without
 * it. ERR_AUTH: something on the way changed the request, or a command that must be understood is not. */
MUST_USE enum err verification_check(const uint8_t *stub, size_t *stub_size, const struct verification *expected);

#endif
