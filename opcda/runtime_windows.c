#include "opcda/runtime.h"

#include <windows.h>

const char *runtime_name(void)
{
    /* Wine says who it is by an export that Windows does not have; a result of it must never be taken for Windows'. */
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    return ntdll && GetProcAddress(ntdll, "wine_get_version") ? RUNTIME_WINE : RUNTIME_WINDOWS;
}
