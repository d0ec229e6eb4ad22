/* The base of Windows-shaped sources: types, error codes and the few functions of the system that COM programs call. */
#ifndef WINDOWS_H
#define WINDOWS_H

#include <winerror.h>
#include <wtypes.h>

DWORD WINAPI GetCurrentThreadId(void);
DWORD WINAPI GetCurrentProcessId(void);
void WINAPI GetSystemTimeAsFileTime(FILETIME *out);

#endif
