/* DefaultAccessPermission of the machine, or what Windows documents for its absence: the process's own account and
 * SYSTEM. CoInitializeSecurity wants an absolute descriptor; it points into the self-relative one. */
#include <windows.h>

#include <sddl.h>
#include <stdlib.h>

#include "probe-client/callback_list.h"

static PSECURITY_DESCRIPTOR relative; /* from LocalAlloc; set up once, by the main thread */
static SECURITY_DESCRIPTOR absolute;

static LONG read_value(void)
{
    static const WCHAR key[] = L"SOFTWARE\\Microsoft\\Ole", name[] = L"DefaultAccessPermission";
    DWORD size = 0;
    LONG error = RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_BINARY, NULL, NULL, &size);
    if (error)
        return error;
    relative = LocalAlloc(LMEM_FIXED, size);
    if (!relative)
        return ERROR_OUTOFMEMORY;
    return RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_BINARY, NULL, relative, &size);
}

static LONG read_list(void)
{
    LONG error = read_value();
    if (error != ERROR_FILE_NOT_FOUND)
        return error;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(L"O:BAG:BAD:(A;;CCDCLC;;;PS)(A;;CCDCLC;;;SY)",
                                                              SDDL_REVISION_1, &relative, NULL))
        return (LONG)GetLastError();
    return ERROR_SUCCESS;
}

HRESULT callback_list(PSECURITY_DESCRIPTOR *out)
{
    PACL dacl;
    PSID owner, group;
    BOOL present, defaulted;
    *out = NULL;
    LONG error = read_list();
    if (error)
        return HRESULT_FROM_WIN32(error);
    if (!InitializeSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION) ||
        !GetSecurityDescriptorDacl(relative, &present, &dacl, &defaulted) ||
        !SetSecurityDescriptorDacl(&absolute, present, dacl, FALSE) ||
        !GetSecurityDescriptorOwner(relative, &owner, &defaulted) ||
        !SetSecurityDescriptorOwner(&absolute, owner, FALSE) ||
        !GetSecurityDescriptorGroup(relative, &group, &defaulted) ||
        !SetSecurityDescriptorGroup(&absolute, group, FALSE))
        return HRESULT_FROM_WIN32(GetLastError());
    *out = &absolute;
    return S_OK;
}

void callback_list_cleanup(void)
{
    LocalFree(relative);
    relative = NULL;
}
