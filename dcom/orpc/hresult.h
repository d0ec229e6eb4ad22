/* The one table between what went wrong below the COM API and the HRESULT above it.
 *
 * A number a peer gave is worth more than a guess: fault statuses that are HRESULTs pass through untouched, other
 * ones become HRESULT_FROM_WIN32 of what rpcrt4 would report for them. Pure functions. */
#ifndef DCOM_HRESULT_H
#define DCOM_HRESULT_H

#include <objbase.h>

#include "base/err.h"
#include "dcom/rpc/rpc.h"

/* For a failed connection, bind or call. `why` says more than `why->err`; S_OK when nothing failed. */
HRESULT hresult_of_failure(const struct rpc_failure *why);
/* For an error without a wire story. */
HRESULT hresult_of_err(enum err e);
/* For the status of a fault PDU. */
HRESULT hresult_of_fault(uint32_t status);
/* The reverse, for a server: the fault status that tells a client this HRESULT. Statuses rpcrt4 knows as Win32 codes
 * (bad stub data, procedure out of range) travel as these. */
uint32_t fault_of_hresult(HRESULT hr);

#endif
