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

/* Activations reach the process through the COM service of the same computer, so the transport tells nothing: what a
 * client from elsewhere has is a token of a network logon. */
bool access_caller_is_remote(void)
{
    SID_IDENTIFIER_AUTHORITY authority = SECURITY_NT_AUTHORITY;
    PSID network;
    BOOL is_member = FALSE;
    if (!AllocateAndInitializeSid(&authority, 1, SECURITY_NETWORK_RID, 0, 0, 0, 0, 0, 0, 0, &network))
        return false;
    if (SUCCEEDED(CoImpersonateClient())) {
        if (!CheckTokenMembership(NULL, network, &is_member))
            is_member = FALSE;
        (void)CoRevertToSelf();
    }
    FreeSid(network);
    return is_member;
}
