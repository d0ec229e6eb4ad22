#include "base/host_name.h"

#include <stdio.h>
#include <windows.h>

#include "base/text.h"

void host_name(char *out, size_t size)
{
    WCHAR name[256];
    DWORD units = sizeof(name) / sizeof(name[0]);
    if (GetComputerNameExW(ComputerNamePhysicalDnsHostname, name, &units))
        utf8_from_utf16((const uint16_t *)name, units, out, size);
    else
        snprintf(out, size, "localhost");
}
