#include "probe-server/account_sddl.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>

#define SDDL_TEXT 512

/* The account of this process as a SID in text, from LocalAlloc; NULL when the system does not tell. */
static WCHAR *own_sid(void)
{
    HANDLE token;
    DWORD size = 0;
    WCHAR *text = NULL;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    (void)GetTokenInformation(token, TokenUser, NULL, 0, &size);
    TOKEN_USER *user = size ? malloc(size) : NULL;
    if (user && GetTokenInformation(token, TokenUser, user, size, &size) &&
        !ConvertSidToStringSidW(user->User.Sid, &text))
        text = NULL;
    free(user);
    CloseHandle(token);
    return text;
}

DWORD account_descriptor(DWORD rights, PSECURITY_DESCRIPTOR *out, ULONG *size)
{
    *out = NULL;
    WCHAR sddl[SDDL_TEXT];
    WCHAR *sid = own_sid();
    if (!sid)
        return GetLastError();
    int length = swprintf(sddl, SDDL_TEXT, L"O:BAG:BAD:(A;;0x%lx;;;BA)(A;;0x%lx;;;SY)(A;;0x%lx;;;%ls)",
                          (unsigned long)rights, (unsigned long)rights, (unsigned long)rights, sid);
    LocalFree(sid);
    if (length < 0)
        return ERROR_INSUFFICIENT_BUFFER;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, out, size))
        return GetLastError();
    return ERROR_SUCCESS;
}
