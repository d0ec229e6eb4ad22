#include "opcda/text.h"

#include <objbase.h>
#include <oleauto.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

size_t wide_length(const WCHAR *s)
{
    return utf16_length((const uint16_t *)s);
}

bool wide_equal(const WCHAR *a, const WCHAR *b)
{
    size_t length = wide_length(a);
    return length == wide_length(b) && memcmp(a, b, length * sizeof(WCHAR)) == 0;
}

WCHAR *wide_copy(const WCHAR *s)
{
    size_t size = (wide_length(s) + 1) * sizeof(WCHAR);
    WCHAR *copy = CoTaskMemAlloc(size);
    if (copy)
        memcpy(copy, s, size);
    return copy;
}

WCHAR *wide_from_utf8(const char *s)
{
    size_t capacity = utf16_from_utf8(s, NULL, 0) + 1;
    WCHAR *wide = CoTaskMemAlloc(capacity * sizeof(WCHAR));
    if (wide)
        utf16_from_utf8(s, (uint16_t *)wide, capacity);
    return wide;
}

char *wide_to_utf8(const WCHAR *s)
{
    return s ? utf8_dup((const uint16_t *)s) : NULL;
}

BSTR bstr_from_utf8(const char *s)
{
    size_t length = utf16_from_utf8(s, NULL, 0);
    BSTR text = SysAllocStringLen(NULL, (UINT)length);
    if (text)
        utf16_from_utf8(s, (uint16_t *)text, length + 1);
    return text;
}
