/* GUIDs and their texts, class names in the host's registry, and the few functions of the system. */
#include <objbase.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/text.h"
#include "base/thread.h"
#include "dcom/com/runtime.h"
#include "security/reg.h"

#define PROGID_TEXT 256

STDAPI CoCreateGuid(GUID *out)
{
    if (!out)
        return E_INVALIDARG;
    if (random_bytes(out, sizeof *out))
        return E_UNEXPECTED;
    /* A random GUID says so in its version and variant bits ([RFC4122] 4.4). */
    out->Data3 = (out->Data3 & 0x0FFF) | 0x4000;
    out->Data4[0] = (out->Data4[0] & 0x3F) | 0x80;
    return S_OK;
}

static bool parse_braced(LPCOLESTR text, GUID *out)
{
    char copy[GUID_TEXT + 1];
    memset(out, 0, sizeof *out);
    return text && text[0] == '{' && utf8_from_utf16(text, utf16_length(text), copy, sizeof copy) < sizeof copy &&
           guid_parse(copy, out);
}

STDAPI CLSIDFromString(LPCOLESTR text, LPCLSID out)
{
    if (!out)
        return E_INVALIDARG;
    if (parse_braced(text, out) || !text)
        return S_OK; /* no text is the null class */
    return text[0] == '{' ? CO_E_CLASSSTRING : CLSIDFromProgID(text, out);
}

STDAPI IIDFromString(LPCOLESTR text, LPIID out)
{
    if (!out)
        return E_INVALIDARG;
    return parse_braced(text, out) || !text ? S_OK : CO_E_IIDSTRING;
}

STDAPI_(int) StringFromGUID2(REFGUID guid, LPOLESTR out, int capacity)
{
    char text[GUID_TEXT];
    if (capacity < GUID_TEXT)
        return 0;
    guid_text(guid, text);
    for (char *c = text; *c; c++)
        if (*c >= 'a' && *c <= 'f')
            *c = (char)(*c - 'a' + 'A'); /* as Windows spells it */
    utf16_from_utf8(text, out, (size_t)capacity);
    return GUID_TEXT;
}

static HRESULT find_progid(const struct reg *r, const char *progid, LPCLSID out)
{
    char *key = text_format("HKEY_CLASSES_ROOT\\%s\\CLSID", progid);
    if (!key)
        return E_OUTOFMEMORY;
    const char *clsid = reg_string(r, key, NULL);
    free(key);
    return clsid && guid_parse(clsid, out) ? S_OK : CO_E_CLASSSTRING;
}

STDAPI CLSIDFromProgID(LPCOLESTR progid, LPCLSID out)
{
    struct runtime *rt = runtime_get();
    char name[PROGID_TEXT], path[HOST_PATH], complaint[REG_COMPLAINT];
    struct reg *r;
    if (!progid || !out)
        return E_INVALIDARG;
    memset(out, 0, sizeof *out);
    if (utf8_from_utf16(progid, utf16_length(progid), name, sizeof name) >= sizeof name)
        return CO_E_CLASSSTRING;
    /* Without a host, or with one that has no registry, no name is known. */
    if (!rt || !rt->host || host_path(rt->host, "registry.reg", path))
        return CO_E_CLASSSTRING;
    enum err e = reg_load(path, &r, complaint);
    if (e)
        return e == ERR_NOT_FOUND ? CO_E_CLASSSTRING : REGDB_E_READREGDB;
    HRESULT hr = find_progid(r, name, out);
    reg_destroy(r);
    return hr;
}

DWORD WINAPI GetCurrentThreadId(void)
{
    return thread_current_id();
}

DWORD WINAPI GetCurrentProcessId(void)
{
    return (DWORD)process_id();
}

void WINAPI GetSystemTimeAsFileTime(FILETIME *out)
{
    uint64_t now = clock_wall_filetime();
    out->dwLowDateTime = (DWORD)now;
    out->dwHighDateTime = (DWORD)(now >> 32);
}
