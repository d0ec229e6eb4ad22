#include "dcom/scm/exporter_call.h"

#include <stdio.h>
#include <string.h>

#include "dcom/orpc/local_scm.h"
#include "dcom/orpc/plain_call.h"
#include "dcom/scm/local_token.h"

enum exporter_method {
    EXPORTER_CREATE_INSTANCE = 3,
    EXPORTER_RUNDOWN
};

static enum err open_exporter(const struct exporter *x, int64_t deadline_ns, struct rpc_connection **out)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_LOCAL };
    struct rpc_syntax syntax = plain_syntax(&IID_ILocalExporter);
    const struct rpc_security security = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
    struct rpc_failure why;
    snprintf(endpoint.address, sizeof endpoint.address, "%s", x->endpoint);
    enum err e = rpc_connection_open(&endpoint, deadline_ns, out, &why);
    if (e)
        return e;
    e = rpc_connection_bind(*out, &syntax, 1, &security, deadline_ns, &why);
    if (e) {
        rpc_connection_destroy(*out);
        *out = NULL;
    }
    return e;
}

enum err exporter_call_create(const struct exporter *x, const struct exporter_request *request, int64_t deadline_ns,
                              HRESULT *hresult, HRESULT *results, PMInterfacePointer *objrefs, bool *gone)
{
    struct rpc_connection *c = NULL;
    struct rpc_failure why;
    LOCAL_TOKEN *caller = NULL;
    *hresult = E_FAIL;
    *gone = false;
    memset(results, 0, request->iid_count * sizeof *results);
    memset(objrefs, 0, request->iid_count * sizeof(PMInterfacePointer));
    enum err e = request->caller ? local_token_create(request->caller, 0, &caller) : ERR_OK;
    if (!e) {
        e = open_exporter(x, deadline_ns, &c);
        *gone = e == ERR_REFUSED || e == ERR_NOT_FOUND || e == ERR_CLOSED;
    }
    if (!e) {
        uintptr_t arguments[] = { 0,
                                  (uintptr_t)request->clsid,
                                  (uintptr_t)request->get_class_object,
                                  (uintptr_t)request->iid_count,
                                  (uintptr_t)request->iids,
                                  (uintptr_t)caller,
                                  (uintptr_t)request->local,
                                  (uintptr_t)results,
                                  (uintptr_t)objrefs };
        e = plain_call(c, &IID_ILocalExporter, EXPORTER_CREATE_INSTANCE, arguments, deadline_ns, hresult, &why);
        rpc_connection_destroy(c);
    }
    local_token_free(caller);
    return e;
}

enum err exporter_call_rundown(const struct exporter *x, const OID *oids, uint32_t count, int64_t deadline_ns)
{
    struct rpc_connection *c;
    struct rpc_failure why;
    HRESULT hresult;
    enum err e = open_exporter(x, deadline_ns, &c);
    if (e)
        return e;
    uintptr_t arguments[] = { 0, count, (uintptr_t)oids };
    e = plain_call(c, &IID_ILocalExporter, EXPORTER_RUNDOWN, arguments, deadline_ns, &hresult, &why);
    rpc_connection_destroy(c);
    return e;
}
