/* comstd.idl by its SDK names: Windows has these interfaces, and ole32 their proxies. */
#ifndef OPCPROBE_COMSTD_H
#define OPCPROBE_COMSTD_H

#include <windows.h>

#include <ole2.h>

#include <comcat.h>
#include <ocidl.h>

#endif
