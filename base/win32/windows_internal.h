/* What the Windows files share. */
#ifndef BASE_WIN32_WINDOWS_INTERNAL_H
#define BASE_WIN32_WINDOWS_INTERNAL_H

/* Must come before windows.h, which else brings the old socket header. */
#include <winsock2.h>

#include <windows.h>

#include "base/err.h"

/* The meaning of a GetLastError() number, which is also kept in errno for reports of ERR_IO. */
enum err err_from_windows(DWORD number);
enum err err_from_last_error(void);
/* UTF-8 as the wide text that Windows takes; NULL when memory is short. The caller frees. */
WCHAR *wide_dup(const char *text);

#endif
