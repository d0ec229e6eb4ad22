/* IOPCCommon (OPC Common 1.10, 3.1), IConnectionPointContainer and the point for IOPCShutdown. */
#include <olectl.h>
#include <stdlib.h>
#include <string.h>

#include "opcda/codes.h"
#include "opcda/com_object.h"
#include "opcda/identity.h"
#include "opcda/text.h"
#include "probe-server/server_internal.h"
#include "probe-server/task_memory.h"

COM_FORWARD_IUNKNOWN(server, IOPCCommon)
COM_FORWARD_IUNKNOWN(server, IConnectionPointContainer)

#define LOCALE_NEUTRAL_ID 0x0000u
#define LOCALE_ENGLISH_US 0x0409u

/* The texts are English whatever is chosen: these are the names that English goes by. */
static const LCID locales[] = { LOCALE_ENGLISH_US, LOCALE_SYSTEM_DEFAULT, LOCALE_USER_DEFAULT, LOCALE_NEUTRAL_ID };

#define LOCALES (sizeof(locales) / sizeof(locales[0]))

BOOL server_locale_is_known(LCID locale)
{
    for (size_t i = 0; i < LOCALES; i++)
        if (locales[i] == locale)
            return TRUE;
    return FALSE;
}

HRESULT server_error_string(HRESULT code, LCID locale, LPWSTR *out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    const struct code_info *info = code_find((uint32_t)code);
    if (!info || !server_locale_is_known(locale))
        return E_INVALIDARG;
    *out = wide_from_utf8(info->text);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE server_SetLocaleID(IOPCCommon *self, LCID locale)
{
    struct server *s = server_from_IOPCCommon(self);
    if (!server_locale_is_known(locale))
        return E_INVALIDARG;
    mutex_lock(&s->client_lock);
    s->locale = locale;
    mutex_unlock(&s->client_lock);
    return S_OK;
}

static LCID current_locale(struct server *s)
{
    mutex_lock(&s->client_lock);
    LCID locale = s->locale;
    mutex_unlock(&s->client_lock);
    return locale;
}

static HRESULT STDMETHODCALLTYPE server_GetLocaleID(IOPCCommon *self, LCID *locale)
{
    if (!locale)
        return E_POINTER;
    *locale = current_locale(server_from_IOPCCommon(self));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE server_QueryAvailableLocaleIDs(IOPCCommon *self, DWORD *count, LCID **out)
{
    (void)self;
    if (!count || !out)
        return E_POINTER;
    *count = 0;
    *out = task_array(LOCALES, sizeof(LCID));
    if (!*out)
        return E_OUTOFMEMORY;
    memcpy(*out, locales, sizeof(locales));
    *count = LOCALES;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE server_common_GetErrorString(IOPCCommon *self, HRESULT code, LPWSTR *out)
{
    return server_error_string(code, current_locale(server_from_IOPCCommon(self)), out);
}

/* A client's nonce comes with its name: reading it back proves to the client that the server is ours. */
static HRESULT STDMETHODCALLTYPE server_SetClientName(IOPCCommon *self, LPCWSTR name)
{
    struct server *s = server_from_IOPCCommon(self);
    if (!name)
        return E_INVALIDARG;
    char *text = wide_to_utf8(name);
    if (!text)
        return E_OUTOFMEMORY;
    bool ours = strncmp(text, OPCPROBE_NONCE_PREFIX, strlen(OPCPROBE_NONCE_PREFIX)) == 0 && strlen(text) < SERVER_NONCE;
    mutex_lock(&s->client_lock);
    memset(s->nonce, 0, sizeof(s->nonce));
    if (ours)
        memcpy(s->nonce, text, strlen(text));
    mutex_unlock(&s->client_lock);
    free(text);
    return S_OK;
}

const IOPCCommonVtbl server_IOPCCommon_vtbl = {
    .QueryInterface = server_IOPCCommon_QueryInterface,
    .AddRef = server_IOPCCommon_AddRef,
    .Release = server_IOPCCommon_Release,
    .SetLocaleID = server_SetLocaleID,
    .GetLocaleID = server_GetLocaleID,
    .QueryAvailableLocaleIDs = server_QueryAvailableLocaleIDs,
    .GetErrorString = server_common_GetErrorString,
    .SetClientName = server_SetClientName,
};

static HRESULT STDMETHODCALLTYPE server_EnumConnectionPoints(IConnectionPointContainer *self,
                                                             IEnumConnectionPoints **out)
{
    return connection_point_enumerate(&server_from_IConnectionPointContainer(self)->shutdown_point, out);
}

static HRESULT STDMETHODCALLTYPE server_FindConnectionPoint(IConnectionPointContainer *self, REFIID iid,
                                                            IConnectionPoint **out)
{
    return connection_point_find(&server_from_IConnectionPointContainer(self)->shutdown_point, iid, out);
}

const IConnectionPointContainerVtbl server_IConnectionPointContainer_vtbl = {
    .QueryInterface = server_IConnectionPointContainer_QueryInterface,
    .AddRef = server_IConnectionPointContainer_AddRef,
    .Release = server_IConnectionPointContainer_Release,
    .EnumConnectionPoints = server_EnumConnectionPoints,
    .FindConnectionPoint = server_FindConnectionPoint,
};
