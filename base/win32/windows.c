#include "base/win32/windows_internal.h"

#include <errno.h>
#include <stdint.h>

#include "base/text.h"

#ifndef ERROR_ELEVATION_REQUIRED
#define ERROR_ELEVATION_REQUIRED 740 /* missing in mingw-w64's winerror.h */
#endif

_Static_assert(sizeof(WCHAR) == sizeof(uint16_t), "Windows' characters are UTF-16 units");

enum err err_from_windows(DWORD number)
{
    errno = (int)number;
    switch (number) {
    case ERROR_SUCCESS:
        return ERR_OK;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
        return ERR_MEMORY;
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_DIRECTORY:
        return ERR_NOT_FOUND;
    case ERROR_ACCESS_DENIED:
    case ERROR_BAD_EXE_FORMAT:
    case ERROR_WRITE_PROTECT:
    case ERROR_ELEVATION_REQUIRED:
        return ERR_ACCESS;
    case ERROR_SHARING_VIOLATION:
        return ERR_IN_USE;
    default:
        return ERR_IO;
    }
}

enum err err_from_last_error(void)
{
    return err_from_windows(GetLastError());
}

WCHAR *wide_dup(const char *text)
{
    return (WCHAR *)utf16_dup(text);
}
