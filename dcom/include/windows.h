/* The base of Windows-shaped sources: types, error codes and the few functions of the system that COM programs call. */
#ifndef WINDOWS_H
#define WINDOWS_H

#include <winerror.h>
#include <winnt.h>
#include <wtypes.h>

DWORD WINAPI GetCurrentThreadId(void);
DWORD WINAPI GetCurrentProcessId(void);
void WINAPI GetSystemTimeAsFileTime(FILETIME *out);
/* For what the system allocated for its caller, as CoGetSystemSecurityPermissions does. NULL. */
HLOCAL WINAPI LocalFree(HLOCAL memory);

#endif
