#include "dcom/orpc/rem_unknown.h"

#include <objbase.h>

#include "dcom/ndr/ndr.h"
#include "dcom/orpc/hresult.h"
#include "dcom/orpc/orpc_header.h"

/* Method numbers of IRemUnknown. */
enum rem_unknown_method {
    REM_QUERY_INTERFACE = 3,
    REM_ADD_REF,
    REM_RELEASE
};

static HRESULT exchange(const struct rem_unknown *r, const struct ndr_interface *type, unsigned method,
                        uintptr_t *arguments, struct ndr_call *call, struct writer *reply)
{
    struct orpc_call request = { .iid = type->iid, .ipid = remote_exporter_ipid(r->exporter) };
    struct rpc_failure why;
    HRESULT result;

    request.opnum = (uint16_t)method;
    request.security = r->security;
    request.deadline_ns = r->deadline_ns;
    request.cancel = r->cancel;
    enum err e = ndr_put_request(type, method, arguments, call);
    if (e)
        return hresult_of_err(e);
    e = remote_exporter_call(r->exporter, &request, &call->request, reply, &why);
    if (e)
        return hresult_of_failure(&why);
    reader_init(&call->reply, reply->data, reply->size);
    e = orpc_that_read(&call->reply);
    if (!e)
        e = ndr_get_reply(type, method, arguments, call, &result);
    return e ? HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA) : result;
}

static HRESULT invoke(const struct rem_unknown *r, unsigned method, uintptr_t *arguments)
{
    const struct ndr_interface *type = ndr_find_interface(&IID_IRemUnknown);
    struct ndr_call call = { 0 };
    struct writer reply;
    GUID causality;

    if (!type)
        return REGDB_E_IIDNOTREG;
    writer_init(&call.request, RPC_STUB_MAXIMUM_DEFAULT);
    writer_init(&reply, RPC_STUB_MAXIMUM_DEFAULT);
    causality_current(&causality);
    orpc_this_write(&call.request, remote_exporter_version(r->exporter), &causality);
    call.stub_at = call.request.size;
    HRESULT hr = exchange(r, type, method, arguments, &call, &reply);
    writer_cleanup(&reply);
    writer_cleanup(&call.request);
    return hr;
}

HRESULT rem_query_interface(const struct rem_unknown *r, const IPID *ipid, const IID *iid, ULONG references,
                            STDOBJREF *out)
{
    REMQIRESULT *results = NULL;
    uintptr_t arguments[] = { 0, (uintptr_t)ipid, references, 1, (uintptr_t)iid, (uintptr_t)&results };
    HRESULT hr = invoke(r, REM_QUERY_INTERFACE, arguments);
    if (SUCCEEDED(hr) && !results)
        hr = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    if (SUCCEEDED(hr))
        hr = results->hResult;
    if (SUCCEEDED(hr))
        *out = results->std;
    CoTaskMemFree(results);
    return hr;
}

HRESULT rem_add_ref(const struct rem_unknown *r, const IPID *ipid, ULONG references)
{
    REMINTERFACEREF reference = { .ipid = *ipid, .cPublicRefs = references };
    HRESULT result = S_OK;
    uintptr_t arguments[] = { 0, 1, (uintptr_t)&reference, (uintptr_t)&result };
    HRESULT hr = invoke(r, REM_ADD_REF, arguments);
    return FAILED(hr) ? hr : result;
}

HRESULT rem_release(const struct rem_unknown *r, REMINTERFACEREF *references, USHORT count)
{
    uintptr_t arguments[] = { 0, count, (uintptr_t)references };
    return invoke(r, REM_RELEASE, arguments);
}
