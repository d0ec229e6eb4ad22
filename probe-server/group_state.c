/* IOPCGroupStateMgt: rate, activity, name and copies of a group (OPC DA 2.05A, 4.5.3). */
#include "base/clock.h"
#include "opcda/com_object.h"
#include "opcda/opc_error.h"
#include "opcda/text.h"
#include "probe-server/group_internal.h"
#include "probe-server/subscription.h"

COM_FORWARD_IUNKNOWN(group, IOPCGroupStateMgt)

static HRESULT STDMETHODCALLTYPE group_GetState(IOPCGroupStateMgt *self, DWORD *rate, BOOL *active, LPWSTR *name,
                                                LONG *time_bias, FLOAT *deadband, DWORD *locale, OPCHANDLE *client,
                                                OPCHANDLE *handle)
{
    struct group *g = group_from_IOPCGroupStateMgt(self);
    if (!rate || !active || !name || !time_bias || !deadband || !locale || !client || !handle)
        return E_POINTER;
    *name = NULL;
    *rate = 0;
    *active = FALSE;
    *time_bias = 0;
    *deadband = 0;
    *locale = 0;
    *client = 0;
    *handle = 0;
    HRESULT hr = group_enter(g);
    if (FAILED(hr))
        return hr;
    struct group_settings settings = g->settings;
    group_leave(g);
    *name = server_copy_group_name(g->server, g);
    if (!*name)
        return E_OUTOFMEMORY;
    *rate = settings.rate_ms;
    *active = settings.active ? TRUE : FALSE; /* 1 and 0, not VARIANT_TRUE */
    *time_bias = settings.time_bias;
    *deadband = settings.deadband;
    *locale = settings.locale;
    *client = settings.client_handle;
    *handle = g->handle;
    return S_OK;
}

/* An item that becomes active is news, one that becomes inactive is none (4.3). */
static void set_active(struct group *g, bool active)
{
    bool was_active = g->settings.active;
    g->settings.active = active;
    if (active && !was_active)
        group_mark_all(g);
}

static HRESULT STDMETHODCALLTYPE group_SetState(IOPCGroupStateMgt *self, DWORD *requested_rate, DWORD *revised_rate,
                                                BOOL *active, LONG *time_bias, FLOAT *deadband, DWORD *locale,
                                                OPCHANDLE *client)
{
    struct group *g = group_from_IOPCGroupStateMgt(self);
    if (!revised_rate)
        return E_POINTER;
    *revised_rate = 0;
    if (deadband && !group_deadband_is_valid(*deadband))
        return E_INVALIDARG;
    HRESULT hr = group_enter(g);
    if (FAILED(hr))
        return hr;
    DWORD old_rate = g->settings.rate_ms;
    if (requested_rate)
        g->settings.rate_ms = group_revise_rate(*requested_rate);
    if (time_bias)
        g->settings.time_bias = *time_bias;
    if (deadband)
        g->settings.deadband = *deadband;
    if (locale)
        g->settings.locale = *locale;
    if (client)
        g->settings.client_handle = *client;
    if (active)
        set_active(g, *active != FALSE);
    DWORD rate = g->settings.rate_ms;
    if (rate != old_rate)
        scheduler_set(g->service->scheduler, &g->sampling, rate * NS_PER_MS);
    group_leave(g);
    *revised_rate = rate;
    return requested_rate && *requested_rate != rate ? OPC_S_UNSUPPORTEDRATE : S_OK;
}

static HRESULT STDMETHODCALLTYPE group_SetName(IOPCGroupStateMgt *self, LPCWSTR name)
{
    struct group *g = group_from_IOPCGroupStateMgt(self);
    HRESULT hr = group_enter(g);
    if (FAILED(hr))
        return hr;
    group_leave(g);
    return server_rename_group(g->server, g, name);
}

static HRESULT STDMETHODCALLTYPE group_CloneGroup(IOPCGroupStateMgt *self, LPCWSTR name, REFIID iid, LPUNKNOWN *out)
{
    struct group *g = group_from_IOPCGroupStateMgt(self);
    if (!out)
        return E_POINTER;
    *out = NULL;
    HRESULT hr = group_enter(g);
    if (FAILED(hr))
        return hr;
    group_leave(g);
    return server_clone_group(g->server, g, name, iid, (void **)out);
}

const IOPCGroupStateMgtVtbl group_IOPCGroupStateMgt_vtbl = {
    .QueryInterface = group_IOPCGroupStateMgt_QueryInterface,
    .AddRef = group_IOPCGroupStateMgt_AddRef,
    .Release = group_IOPCGroupStateMgt_Release,
    .GetState = group_GetState,
    .SetState = group_SetState,
    .SetName = group_SetName,
    .CloneGroup = group_CloneGroup,
};
