/* CoGetSystemSecurityPermissions: the lists of this machine, for programs that give one of them to COM themselves. */
#include <stdlib.h>
#include <string.h>

#include "dcom/com/runtime.h"

static const struct com_list *list_of(const struct dcom_settings *settings, COMSD which)
{
    switch (which) {
    case SD_LAUNCHPERMISSIONS:
        return &settings->default_launch;
    case SD_ACCESSPERMISSIONS:
        return &settings->default_access;
    case SD_LAUNCHRESTRICTIONS:
        return &settings->launch_limits;
    case SD_ACCESSRESTRICTIONS:
        return &settings->access_limits;
    }
    return NULL;
}

/* A list that is set and means nothing cannot be handed out as one that means something. */
static HRESULT copy_list(const struct com_list *list, PSECURITY_DESCRIPTOR *out)
{
    struct writer w;
    if (!list)
        return E_INVALIDARG;
    if (list->kind == COM_LIST_INVALID)
        return HRESULT_FROM_WIN32(ERROR_INVALID_SECURITY_DESCR);
    writer_init(&w, DESCRIPTOR_BYTES);
    descriptor_write(&w, &list->descriptor);
    if (!w.failed)
        *out = malloc(w.size);
    if (*out)
        memcpy(*out, w.data, w.size);
    writer_cleanup(&w);
    return *out ? S_OK : E_OUTOFMEMORY;
}

STDAPI CoGetSystemSecurityPermissions(COMSD which, PSECURITY_DESCRIPTOR *out)
{
    struct runtime *rt = runtime_get();
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!rt || !rt->files)
        return E_FAIL; /* without a host there is nobody to ask */
    const struct host_view *view = host_files_get(rt->files);
    HRESULT hr = copy_list(list_of(view->settings, which), out);
    host_files_put(view);
    return hr;
}

HLOCAL WINAPI LocalFree(HLOCAL memory)
{
    free(memory);
    return NULL;
}
