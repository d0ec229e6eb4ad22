/* The plain RPC interfaces of DCOM, written as COM interfaces in the IDL: IObjectExporter, IRemoteSCMActivator,
 * IActivation, and between the processes of one host ILocalScm and ILocalExporter.
 *
 * They carry no ORPCTHIS, and operation 0 is the first method after the IUnknown three; IRemoteSCMActivator
 * alone keeps its method numbers, because its first three operations are reserved ([MS-DCOM] 3.1.2.5.2.3). */
#ifndef DCOM_PLAIN_CALL_H
#define DCOM_PLAIN_CALL_H

#include "dcom/ndr/ndr.h"
#include "dcom/rpc/rpc_client.h"
#include "dcom/rpc/rpc_server.h"

/* The abstract syntax of an interface: its IID, version 0.0 ([MS-DCOM] 1.9). */
struct rpc_syntax plain_syntax(const IID *iid);
uint16_t plain_opnum(const struct ndr_interface *type, unsigned method);

/* One call on a bound connection, which the caller has to itself. `arguments` are as for ndr_put_request; `*result` is
 * what the method returned. [out] memory is CoTaskMemAlloc'ed and the caller's. `why` is always filled. */
MUST_USE enum err plain_call(struct rpc_connection *c, const IID *iid, unsigned method, uintptr_t *arguments,
                             int64_t deadline_ns, HRESULT *result, struct rpc_failure *why);

/* One plain interface a server offers: `object` is a COM-shaped object whose vtable implements it (its IUnknown
 * methods are never called). */
struct plain_service {
    const IID *iid;
    void *object;        /* borrowed */
    unsigned operations; /* a server of an older version has only so many; 0: all */
};

/* Whether `syntax` is one of the services (NULL: it is not). */
const struct plain_service *plain_find(const struct plain_service *services, size_t count,
                                       const struct rpc_syntax *syntax);
/* Runs one call on a service; the value is what rpc_server_options.dispatch returns. */
uint32_t plain_dispatch(const struct plain_service *service, struct rpc_server_call *call);
/* Inside a method of a plain service: the call that is being served on this thread, to see the caller. NULL elsewhere.
 */
const struct rpc_server_call *plain_current_call(void);
/* Inside a method of a plain service: the call ends with this fault status instead of a reply. */
void plain_fault(uint32_t status);

#endif
