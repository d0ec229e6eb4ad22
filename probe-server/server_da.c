/* IOPCServer (OPC DA 2.05A, 4.4.4). */
#include "opcda/com_object.h"
#include "opcda/identity.h"
#include "opcda/opc_error.h"
#include "opcda/text.h"
#include "probe-server/server_groups.h"
#include "probe-server/server_internal.h"
#include "probe-server/task_memory.h"

COM_FORWARD_IUNKNOWN(server, IOPCServer)

#define VERSION_MAJOR     0
#define VERSION_MINOR     1
#define VERSION_BUILD     0
#define BANDWIDTH_UNKNOWN 0xFFFFFFFFu

static HRESULT STDMETHODCALLTYPE server_AddGroup(IOPCServer *self, LPCWSTR name, BOOL active, DWORD rate,
                                                 OPCHANDLE client, LONG *time_bias, FLOAT *deadband, DWORD locale,
                                                 OPCHANDLE *handle, DWORD *revised_rate, REFIID iid, LPUNKNOWN *out)
{
    struct server *s = server_from_IOPCServer(self);
    if (!handle || !revised_rate || !out)
        return E_POINTER;
    *handle = 0;
    *revised_rate = 0;
    *out = NULL;
    if (deadband && !group_deadband_is_valid(*deadband))
        return E_INVALIDARG;
    struct group_settings settings = {
        .active = active != FALSE,
        .rate_ms = group_revise_rate(rate),
        .client_handle = client,
        .time_bias = time_bias ? *time_bias : s->service->time_bias_minutes,
        .deadband = deadband ? *deadband : 0,
        .locale = locale,
    };
    HRESULT hr = server_add_group(s, name, &settings, NULL, iid, handle, (void **)out);
    if (FAILED(hr))
        return hr;
    *revised_rate = settings.rate_ms;
    return settings.rate_ms != rate ? OPC_S_UNSUPPORTEDRATE : S_OK;
}

static HRESULT STDMETHODCALLTYPE server_GetErrorString(IOPCServer *self, HRESULT code, LCID locale, LPWSTR *out)
{
    (void)self;
    return server_error_string(code, locale, out);
}

static HRESULT STDMETHODCALLTYPE server_GetGroupByName(IOPCServer *self, LPCWSTR name, REFIID iid, LPUNKNOWN *out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!name)
        return E_INVALIDARG;
    return server_find_group(server_from_IOPCServer(self), name, iid, (void **)out);
}

static HRESULT STDMETHODCALLTYPE server_GetStatus(IOPCServer *self, OPCSERVERSTATUS **out)
{
    struct server *s = server_from_IOPCServer(self);
    if (!out)
        return E_POINTER;
    *out = NULL;
    OPCSERVERSTATUS *status = task_array(1, sizeof(*status));
    LPWSTR vendor = wide_from_utf8(OPCPROBE_VENDOR);
    if (!status || !vendor) {
        CoTaskMemFree(status);
        CoTaskMemFree(vendor);
        return E_OUTOFMEMORY;
    }
    status->ftStartTime = s->service->started;
    status->ftCurrentTime = service_now_filetime(s->service);
    mutex_lock(&s->client_lock);
    status->ftLastUpdateTime = s->last_update;
    mutex_unlock(&s->client_lock);
    status->dwServerState = OPC_STATUS_RUNNING;
    status->dwGroupCount = server_group_count(s);
    status->dwBandWidth = BANDWIDTH_UNKNOWN;
    status->wMajorVersion = VERSION_MAJOR;
    status->wMinorVersion = VERSION_MINOR;
    status->wBuildNumber = VERSION_BUILD;
    status->szVendorInfo = vendor;
    *out = status;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE server_RemoveGroup(IOPCServer *self, OPCHANDLE handle, BOOL force)
{
    return server_remove_group(server_from_IOPCServer(self), handle, force);
}

static HRESULT STDMETHODCALLTYPE server_CreateGroupEnumerator(IOPCServer *self, OPCENUMSCOPE scope, REFIID iid,
                                                              LPUNKNOWN *out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    switch (scope) {
    case OPC_ENUM_PRIVATE_CONNECTIONS:
    case OPC_ENUM_ALL_CONNECTIONS:
    case OPC_ENUM_PRIVATE:
    case OPC_ENUM_ALL:
        return server_enumerate_groups(server_from_IOPCServer(self), false, iid, (void **)out);
    case OPC_ENUM_PUBLIC_CONNECTIONS:
    case OPC_ENUM_PUBLIC:
        return server_enumerate_groups(server_from_IOPCServer(self), true, iid, (void **)out);
    default:
        return E_INVALIDARG;
    }
}

const IOPCServerVtbl server_IOPCServer_vtbl = {
    .QueryInterface = server_IOPCServer_QueryInterface,
    .AddRef = server_IOPCServer_AddRef,
    .Release = server_IOPCServer_Release,
    .AddGroup = server_AddGroup,
    .GetErrorString = server_GetErrorString,
    .GetGroupByName = server_GetGroupByName,
    .GetStatus = server_GetStatus,
    .RemoveGroup = server_RemoveGroup,
    .CreateGroupEnumerator = server_CreateGroupEnumerator,
};
