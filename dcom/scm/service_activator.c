/* IRemoteSCMActivator and IActivation: the two generations of remote activation ([MS-DCOM] 3.1.2.5.2). */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/orpc/activation.h"
#include "dcom/orpc/bindings.h"
#include "dcom/orpc/hresult.h"
#include "dcom/scm/scm.h"
#include "dcom/scm/service_activation.h"
#include "dcom/scm/service_caller.h"

/* ---- blobs ------------------------------------------------------------------------------------------------------ */

static HRESULT reply_blob(const struct activation_reply *reply, PMInterfacePointer *out)
{
    struct writer w;
    writer_init(&w, ACTIVATION_BLOB_MAXIMUM);
    enum err e = activation_reply_put(reply, &w);
    if (!e) {
        *out = CoTaskMemAlloc(offsetof(MInterfacePointer, abData) + w.size);
        e = *out ? ERR_OK : ERR_MEMORY;
    }
    if (!e) {
        (*out)->ulCntData = (ULONG)w.size;
        memcpy((*out)->abData, w.data, w.size);
    }
    writer_cleanup(&w);
    return e ? hresult_of_err(e) : S_OK;
}

/* Runs it for the caller of this thread. What the machine refuses a remote caller is no answer but a fault. */
static HRESULT run_for_caller(struct scm *s, const struct activation_request *request, bool get_class_object,
                              struct activation_reply *answer)
{
    struct activation_caller caller;
    struct token token;
    bool refused_by_machine;
    service_caller(s, &caller, &token);
    HRESULT hr = activator_run(s->activator, request, get_class_object, &caller, answer, &refused_by_machine);
    if (refused_by_machine && !caller.local)
        plain_fault(RPC_STATUS_ACCESS_DENIED);
    return hr;
}

HRESULT service_activate_blob(struct scm *s, bool get_class_object, const MInterfacePointer *request,
                              PMInterfacePointer *reply)
{
    struct activation_request parsed;
    struct activation_reply answer;
    *reply = NULL;
    if (!request)
        return E_INVALIDARG;
    enum err e = activation_request_get(request->abData, request->ulCntData, &parsed);
    if (e)
        return e == ERR_MEMORY ? E_OUTOFMEMORY : E_INVALIDARG;
    /* The version that counts is ORPCTHIS's; clients differ in what they write into the blob. */
    HRESULT hr = RPC_E_INVALID_OBJREF; /* a context with extents: [MS-DCOM] 3.1.2.5.2.3.2 */
    if (!parsed.context_extents)
        hr = run_for_caller(s, &parsed, get_class_object, &answer);
    if (SUCCEEDED(hr)) {
        hr = reply_blob(&answer, reply);
        activation_reply_cleanup(&answer);
    }
    activation_request_cleanup(&parsed);
    return hr;
}

/* ---- IRemoteSCMActivator ------------------------------------------------------------------------------------------
 */

static struct scm *scm_of_activator(IRemoteSCMActivator *iface)
{
    return (struct scm *)((char *)iface - offsetof(struct scm, scm_activator));
}

static HRESULT remote_activate(IRemoteSCMActivator *iface, bool get_class_object, const ORPCTHIS *orpcthis,
                               ORPCTHAT *orpcthat, const MInterfacePointer *request, PMInterfacePointer *reply)
{
    struct scm *s = scm_of_activator(iface);
    memset(orpcthat, 0, sizeof *orpcthat);
    *reply = NULL;
    if (!com_version_is_served(s->version, orpcthis->version))
        return RPC_E_VERSION_MISMATCH;
    return service_activate_blob(s, get_class_object, request, reply);
}

static HRESULT STDMETHODCALLTYPE activator_RemoteGetClassObject(IRemoteSCMActivator *iface, ORPCTHIS *orpcthis,
                                                                ORPCTHAT *orpcthat, MInterfacePointer *request,
                                                                PMInterfacePointer *reply)
{
    return remote_activate(iface, true, orpcthis, orpcthat, request, reply);
}

static HRESULT STDMETHODCALLTYPE activator_RemoteCreateInstance(IRemoteSCMActivator *iface, ORPCTHIS *orpcthis,
                                                                ORPCTHAT *orpcthat, MInterfacePointer *outer,
                                                                MInterfacePointer *request, PMInterfacePointer *reply)
{
    (void)outer; /* aggregation does not cross machines */
    return remote_activate(iface, false, orpcthis, orpcthat, request, reply);
}

const IRemoteSCMActivatorVtbl scm_remote_activator_vtbl = {
    .RemoteGetClassObject = activator_RemoteGetClassObject,
    .RemoteCreateInstance = activator_RemoteCreateInstance,
};

/* ---- IActivation ---------------------------------------------------------------------------------------------------
 */

#define MODE_GET_CLASS_OBJECT 0xFFFFFFFFu

static struct scm *scm_of_activation(IActivation *iface)
{
    return (struct scm *)((char *)iface - offsetof(struct scm, activation));
}

static PMInterfacePointer objref_pointer(const struct activation_result *result)
{
    if (!result->objref)
        return NULL;
    PMInterfacePointer p = CoTaskMemAlloc(offsetof(MInterfacePointer, abData) + result->objref_size);
    if (!p)
        return NULL;
    p->ulCntData = result->objref_size;
    memcpy(p->abData, result->objref, result->objref_size);
    return p;
}

/* The arrays of the reply; on failure they hold zeros, as 3.1.2.5.2.3.1 asks. */
static void give_interfaces(const struct activation_reply *answer, PMInterfacePointer *objrefs, HRESULT *results)
{
    for (uint32_t i = 0; i < answer->result_count; i++) {
        results[i] = answer->results[i].hresult;
        objrefs[i] = objref_pointer(&answer->results[i]);
        if (answer->results[i].objref && !objrefs[i])
            results[i] = E_OUTOFMEMORY;
    }
}

static HRESULT run_activation(struct scm *s, const CLSID *clsid, bool get_class_object, IID *iids, DWORD count,
                              struct activation_reply *answer)
{
    const struct activation_request request = { .clsid = *clsid,
                                                .class_context = CLSCTX_REMOTE_SERVER,
                                                .iids = iids,
                                                .iid_count = count,
                                                .client_version = s->version,
                                                .session_id = ACTIVATION_ANY_SESSION };
    if (!iids || count == 0 || count > ACTIVATION_IIDS_MAXIMUM)
        return E_INVALIDARG;
    return run_for_caller(s, &request, get_class_object, answer);
}

static HRESULT STDMETHODCALLTYPE activation_RemoteActivation(
    IActivation *iface, ORPCTHIS *orpcthis, ORPCTHAT *orpcthat, GUID *clsid, WCHAR *object_name,
    MInterfacePointer *object_storage, DWORD impersonation, DWORD mode, DWORD count, IID *iids,
    unsigned short protseq_count, unsigned short *protseqs, OXID *oxid, DUALSTRINGARRAY **bindings, IPID *ipid,
    DWORD *hint, COMVERSION *version, HRESULT *hresult, PMInterfacePointer *objrefs, HRESULT *results)
{
    struct scm *s = scm_of_activation(iface);
    struct activation_reply answer = { 0 };
    (void)impersonation; /* to be ignored, says the specification */
    (void)protseq_count;
    (void)protseqs;
    memset(orpcthat, 0, sizeof *orpcthat);
    memset(ipid, 0, sizeof *ipid);
    memset(objrefs, 0, count * sizeof(PMInterfacePointer));
    memset(results, 0, count * sizeof *results);
    *oxid = 0;
    *hint = 0;
    *version = s->version;
    /* Objects from a file or a storage are persistent activation, which no OPC server offers. */
    if (!com_version_is_served(s->version, orpcthis->version))
        *hresult = RPC_E_VERSION_MISMATCH;
    else if (object_name || object_storage)
        *hresult = E_NOTIMPL;
    else
        *hresult = run_activation(s, clsid, mode == MODE_GET_CLASS_OBJECT, iids, count, &answer);
    if (SUCCEEDED(*hresult)) {
        give_interfaces(&answer, objrefs, results);
        *oxid = answer.oxid;
        *ipid = answer.ipid_rem_unknown;
        *hint = answer.authn_hint;
        *version = answer.server_version;
    }
    *bindings = bindings_dup(answer.bindings);
    activation_reply_cleanup(&answer);
    return *bindings ? S_OK : E_OUTOFMEMORY;
}

const IActivationVtbl scm_activation_vtbl = {
    .RemoteActivation = activation_RemoteActivation,
};
