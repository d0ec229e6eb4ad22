#include <stdint.h>
#include <stdlib.h>
#include <windows.h>

#include "base/text.h"
#include "opcda/classes_root.h"

#define NAME_UNITS  256
#define VALUE_BYTES 65536

struct classes_root {
    char none; /* the registry is always open; C wants a member */
};

HRESULT classes_root_open(struct classes_root **out)
{
    *out = calloc(1, sizeof(**out));
    return *out ? S_OK : E_OUTOFMEMORY;
}

void classes_root_close(struct classes_root *root)
{
    free(root);
}

static bool open_key(const char *key, HKEY *out)
{
    uint16_t *wide = utf16_dup(key);
    LONG error = wide ? RegOpenKeyExW(HKEY_CLASSES_ROOT, (WCHAR *)wide, 0, KEY_READ, out) : (LONG)ERROR_OUTOFMEMORY;
    free(wide);
    return error == ERROR_SUCCESS;
}

bool classes_root_has(struct classes_root *root, const char *key)
{
    (void)root;
    HKEY found;
    if (!open_key(key, &found))
        return false;
    RegCloseKey(found);
    return true;
}

char *classes_root_text(struct classes_root *root, const char *key)
{
    (void)root;
    WCHAR *value = calloc(1, VALUE_BYTES + sizeof(WCHAR)); /* the registry's texts need not end with a zero */
    uint16_t *wide = utf16_dup(key);
    DWORD size = VALUE_BYTES;
    char *text = NULL;
    if (value && wide &&
        RegGetValueW(HKEY_CLASSES_ROOT, (WCHAR *)wide, NULL, RRF_RT_REG_SZ, NULL, value, &size) == ERROR_SUCCESS)
        text = utf8_dup((uint16_t *)value);
    free(wide);
    free(value);
    return text;
}

bool classes_root_below(struct classes_root *root, const char *key, size_t index, char name[CLASSES_ROOT_NAME])
{
    (void)root;
    HKEY parent;
    WCHAR wide[NAME_UNITS];
    DWORD units = NAME_UNITS;
    if (!open_key(key, &parent))
        return false;
    LONG error = RegEnumKeyExW(parent, (DWORD)index, wide, &units, NULL, NULL, NULL, NULL);
    RegCloseKey(parent);
    if (error)
        return false;
    utf8_from_utf16((uint16_t *)wide, units, name, CLASSES_ROOT_NAME);
    return true;
}
