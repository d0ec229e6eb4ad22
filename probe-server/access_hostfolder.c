/* A simulated host's own default list: DefaultAccessPermission of its registry. */
#include "probe-server/access.h"

static PSECURITY_DESCRIPTOR permissions; /* set up once, by the main thread */

HRESULT access_permissions(PSECURITY_DESCRIPTOR *out)
{
    HRESULT hr = CoGetSystemSecurityPermissions(SD_ACCESSPERMISSIONS, &permissions);
    *out = permissions;
    return hr;
}

void access_cleanup(void)
{
    LocalFree(permissions);
    permissions = NULL;
}

bool access_caller_is_remote(void)
{
    unsigned int is_local;
    return I_RpcBindingIsClientLocal(NULL, &is_local) == RPC_S_OK && !is_local;
}
