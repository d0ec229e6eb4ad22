#include "dcom/orpc/plain_call.h"

#include <dcom.h>
#include <string.h>

#include "dcom/orpc/hresult.h"

#define FIRST_METHOD 3 /* after QueryInterface, AddRef and Release */

struct rpc_syntax plain_syntax(const IID *iid)
{
    struct rpc_syntax syntax = { 0 };
    memcpy(syntax.uuid.bytes, iid, sizeof syntax.uuid.bytes);
    return syntax;
}

static unsigned first_opnum(const IID *iid)
{
    return IsEqualGUID(iid, &IID_IRemoteSCMActivator) ? FIRST_METHOD : 0;
}

uint16_t plain_opnum(const struct ndr_interface *type, unsigned method)
{
    return (uint16_t)(method - FIRST_METHOD + first_opnum(type->iid));
}

/* ---- client --------------------------------------------------------------------------------- */

static enum err exchange(struct rpc_connection *c, const struct ndr_interface *type, unsigned method,
                         uintptr_t *arguments, struct ndr_call *call, struct writer *reply, int64_t deadline_ns,
                         HRESULT *result, struct rpc_failure *why)
{
    struct rpc_syntax syntax = plain_syntax(type->iid);
    uint16_t context_id;
    enum err e = rpc_connection_context(c, &syntax, deadline_ns, &context_id, why);
    if (e)
        return e;
    e = ndr_put_request(type, method, arguments, call);
    if (e) {
        why->err = e;
        return e;
    }
    e = rpc_connection_call(c, context_id, plain_opnum(type, method), NULL, &call->request, reply, deadline_ns, why);
    if (e)
        return e;
    reader_init(&call->reply, reply->data, reply->size);
    e = ndr_get_reply(type, method, arguments, call, result);
    if (e)
        *why = (struct rpc_failure){ .err = e, .shape = RPC_WIRE_BAD_PDU };
    return e;
}

enum err plain_call(struct rpc_connection *c, const IID *iid, unsigned method, uintptr_t *arguments,
                    int64_t deadline_ns, HRESULT *result, struct rpc_failure *why)
{
    const struct ndr_interface *type = ndr_find_interface(iid);
    struct ndr_call call = { 0 };
    struct writer reply;

    *why = (struct rpc_failure){ 0 };
    *result = E_FAIL;
    if (!type) {
        why->err = ERR_UNSUPPORTED;
        return ERR_UNSUPPORTED;
    }
    writer_init(&call.request, RPC_STUB_MAXIMUM_DEFAULT);
    writer_init(&reply, RPC_STUB_MAXIMUM_DEFAULT);
    enum err e = exchange(c, type, method, arguments, &call, &reply, deadline_ns, result, why);
    writer_cleanup(&reply);
    writer_cleanup(&call.request);
    return e;
}

/* ---- server --------------------------------------------------------------------------------- */

static _Thread_local const struct rpc_server_call *current_call;
static _Thread_local uint32_t current_fault; /* 0: none asked for */

const struct plain_service *plain_find(const struct plain_service *services, size_t count,
                                       const struct rpc_syntax *syntax)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(syntax->uuid.bytes, services[i].iid, sizeof(IID)) == 0 && syntax->major == 0 && syntax->minor == 0)
            return &services[i];
    return NULL;
}

uint32_t plain_dispatch(const struct plain_service *service, struct rpc_server_call *call)
{
    const struct ndr_interface *type = ndr_find_interface(service->iid);
    const struct rpc_server_call *outer = current_call;
    const uint32_t outer_fault = current_fault;
    unsigned first = first_opnum(service->iid);
    size_t surplus;

    if (service->operations && call->opnum >= service->operations)
        return RPC_STATUS_OP_RANGE;
    if (!type || call->opnum < first || call->opnum - first + FIRST_METHOD >= type->method_count)
        return RPC_STATUS_OP_RANGE;
    current_call = call;
    current_fault = 0;
    HRESULT hr = ndr_server_call(type, service->object, call->opnum - first + FIRST_METHOD, NULL, NULL, &call->request,
                                 call->reply, &surplus);
    uint32_t fault = current_fault;
    current_call = outer;
    current_fault = outer_fault;
    return fault ? fault : hr == S_OK ? 0 : fault_of_hresult(hr);
}

const struct rpc_server_call *plain_current_call(void)
{
    return current_call;
}

void plain_fault(uint32_t status)
{
    current_fault = status;
}
