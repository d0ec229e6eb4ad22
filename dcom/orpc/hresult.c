#include "dcom/orpc/hresult.h"

/* What rpcrt4 calls RPC_S_OUT_OF_RESOURCES and RPC_S_CANNOT_SUPPORT ([MS-ERREF] 2.2). */
#define CODE_OUT_OF_RESOURCES 1721u
#define CODE_CANNOT_SUPPORT   1764u
/* SEC_E_NO_CREDENTIALS: the process has no logon session to authenticate with. */
#define NO_CREDENTIALS        ((HRESULT)0x8009030E)

/* bind_nak reasons ([C706] 12.6.3.1, [MS-RPCE] 2.2.2.9). */
#define NAK_AUTHENTICATION_TYPE 8
#define NAK_INVALID_CHECKSUM    9

static const struct {
    uint32_t status;
    uint32_t code;
} fault_codes[] = {
    /* [MS-RPCE] 3.1.1.5.5 and [C706] appendix E: what rpcrt4 makes of the statuses of the protocol itself. */
    { RPC_STATUS_UNKNOWN_IF, RPC_S_UNKNOWN_IF },
    { RPC_STATUS_OP_RANGE, RPC_S_PROCNUM_OUT_OF_RANGE },
    { RPC_STATUS_PROTOCOL_ERROR, RPC_S_PROTOCOL_ERROR },
    { RPC_STATUS_SERVER_TOO_BUSY, RPC_S_SERVER_TOO_BUSY },
    { RPC_STATUS_CONTEXT_MISMATCH, RPC_S_CALL_FAILED_DNE },
    { RPC_STATUS_CANCELLED, RPC_S_CALL_CANCELLED },
};

HRESULT hresult_of_fault(uint32_t status)
{
    if (status & 0x80000000u)
        return (HRESULT)status;
    for (size_t i = 0; i < sizeof fault_codes / sizeof *fault_codes; i++)
        if (fault_codes[i].status == status)
            return HRESULT_FROM_WIN32(fault_codes[i].code);
    if (status != 0 && status <= 0xFFFF)
        return HRESULT_FROM_WIN32(status);
    return RPC_E_FAULT;
}

uint32_t fault_of_hresult(HRESULT hr)
{
    uint32_t code = (uint32_t)hr;
    if (code == (uint32_t)HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA))
        return code & 0xFFFF;
    if (code == (uint32_t)HRESULT_FROM_WIN32(RPC_S_PROCNUM_OUT_OF_RANGE))
        return RPC_STATUS_OP_RANGE;
    return code;
}

static HRESULT of_nak(uint32_t reason)
{
    if (reason == NAK_AUTHENTICATION_TYPE || reason == NAK_INVALID_CHECKSUM)
        return E_ACCESSDENIED;
    return HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
}

HRESULT hresult_of_err(enum err e)
{
    switch (e) {
    case ERR_OK:
        return S_OK;
    case ERR_MEMORY:
        return E_OUTOFMEMORY;
    case ERR_TIMEOUT:
    case ERR_CLOSED:
    case ERR_IO:
        return HRESULT_FROM_WIN32(RPC_S_CALL_FAILED);
    case ERR_CANCELLED:
        return RPC_E_CALL_CANCELED;
    case ERR_REFUSED:
    case ERR_UNREACHABLE:
    case ERR_RESOLVE:
    case ERR_NAK:
        return HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
    case ERR_NOT_FOUND:
        return NO_CREDENTIALS;
    case ERR_PROTOCOL:
        return HRESULT_FROM_WIN32(RPC_S_PROTOCOL_ERROR);
    case ERR_LIMIT:
        return HRESULT_FROM_WIN32(CODE_OUT_OF_RESOURCES);
    case ERR_UNSUPPORTED:
        return HRESULT_FROM_WIN32(CODE_CANNOT_SUPPORT);
    case ERR_ACCESS:
    case ERR_AUTH:
        return E_ACCESSDENIED;
    case ERR_IN_USE:
    case ERR_FAULT:
    case ERR_COUNT:
        break;
    }
    return E_FAIL;
}

HRESULT hresult_of_failure(const struct rpc_failure *why)
{
    if (why->err == ERR_OK)
        return S_OK;
    if (why->err == ERR_MEMORY || why->err == ERR_CANCELLED)
        return hresult_of_err(why->err);
    switch (why->shape) {
    case RPC_WIRE_CONNECT:
        /* Refused, unreachable, no answer, no such name: to a COM client all of it is "the server is not there". */
        return HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
    case RPC_WIRE_BIND_NAK:
        return of_nak(why->status);
    case RPC_WIRE_CONTEXT_REJECTED:
        return HRESULT_FROM_WIN32(RPC_S_UNKNOWN_IF);
    case RPC_WIRE_FAULT:
        return hresult_of_fault(why->status);
    case RPC_WIRE_CLOSED:
    case RPC_WIRE_TIMEOUT:
        return HRESULT_FROM_WIN32(RPC_S_CALL_FAILED);
    case RPC_WIRE_BAD_PDU:
        return why->err == ERR_AUTH ? HRESULT_FROM_WIN32(RPC_S_SEC_PKG_ERROR)
                                    : HRESULT_FROM_WIN32(RPC_S_PROTOCOL_ERROR);
    case RPC_WIRE_NONE:
        break;
    }
    return hresult_of_err(why->err);
}
