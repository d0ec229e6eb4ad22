/* DefaultAccessPermission of the simulated host. */
#include "probe-client/callback_list.h"

static PSECURITY_DESCRIPTOR list; /* set up once, by the main thread */

HRESULT callback_list(PSECURITY_DESCRIPTOR *out)
{
    HRESULT hr = CoGetSystemSecurityPermissions(SD_ACCESSPERMISSIONS, &list);
    *out = list;
    return hr == E_FAIL ? S_OK : hr; /* a process without a host cannot be called */
}

void callback_list_cleanup(void)
{
    LocalFree(list);
    list = NULL;
}
