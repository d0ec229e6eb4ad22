/* CoInitializeSecurity wants an absolute descriptor; the text form gives a self-relative one whose parts it points to.
 */
#include "probe-server/access.h"

#include "probe-server/account_sddl.h"

/* COM_RIGHTS_EXECUTE, _EXECUTE_LOCAL and _EXECUTE_REMOTE: to call, from here and from elsewhere. */
#define CALL_RIGHTS 0x7

static PSECURITY_DESCRIPTOR relative; /* set up once, by the main thread */
static SECURITY_DESCRIPTOR absolute;

HRESULT access_permissions(PSECURITY_DESCRIPTOR *out)
{
    ULONG size;
    PACL dacl;
    PSID owner, group;
    BOOL present, defaulted;
    *out = NULL;
    DWORD error = account_descriptor(CALL_RIGHTS, &relative, &size);
    if (error)
        return HRESULT_FROM_WIN32(error);
    if (!InitializeSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION) ||
        !GetSecurityDescriptorDacl(relative, &present, &dacl, &defaulted) ||
        !SetSecurityDescriptorDacl(&absolute, present, dacl, FALSE) ||
        !GetSecurityDescriptorOwner(relative, &owner, &defaulted) ||
        !SetSecurityDescriptorOwner(&absolute, owner, FALSE) ||
        !GetSecurityDescriptorGroup(relative, &group, &defaulted) ||
        !SetSecurityDescriptorGroup(&absolute, group, FALSE)) {
        HRESULT hr = HRESULT_FROM_WIN32(GetLastError());
        access_cleanup();
        return hr;
    }
    *out = &absolute;
    return S_OK;
}

void access_cleanup(void)
{
    LocalFree(relative);
    relative = NULL;
}
