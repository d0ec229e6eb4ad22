/* FILETIME, 100 ns since 1601-01-01 UTC, as the OPC structures carry it. */
#ifndef OPCDA_FILETIME_H
#define OPCDA_FILETIME_H

#include <stdint.h>
#include <windows.h>

#define FILETIME_TEXT 80

static inline uint64_t filetime_value(FILETIME t)
{
    return (uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime;
}

static inline FILETIME filetime_make(uint64_t value)
{
    FILETIME t;
    t.dwLowDateTime = (DWORD)value;
    t.dwHighDateTime = (DWORD)(value >> 32);
    return t;
}

/* "2026-11-20T18:48:03.123Z"; "never" for 0. */
void filetime_text(FILETIME t, char out[FILETIME_TEXT]);

#endif
