#include "probe-server/value.h"

#include <string.h>

/* Automation's prototypes take their sources without const, though they only read them. */
static VARIANT *readable(const VARIANT *value)
{
    return (VARIANT *)value;
}

static bool is_scalar(VARTYPE type)
{
    switch (type) {
    case VT_I1:
    case VT_UI1:
    case VT_I2:
    case VT_UI2:
    case VT_I4:
    case VT_UI4:
    case VT_I8:
    case VT_UI8:
    case VT_R4:
    case VT_R8:
    case VT_CY:
    case VT_DATE:
    case VT_BOOL:
    case VT_BSTR:
        return true;
    default:
        return false;
    }
}

/* A value whose bytes are all there is to it. */
static bool is_plain(VARTYPE type)
{
    return type != VT_BSTR && is_scalar(type);
}

HRESULT value_copy(const VARIANT *from, VARIANT *out)
{
    if (is_plain(V_VT(from))) {
        *out = *from;
        return S_OK;
    }
    VariantInit(out);
    return VariantCopy(out, readable(from));
}

HRESULT value_convert(const VARIANT *from, VARTYPE type, LCID locale, VARIANT *out)
{
    if (type == VT_EMPTY || type == V_VT(from))
        return value_copy(from, out);
    VariantInit(out);
    HRESULT hr = VariantChangeTypeEx(out, readable(from), locale, 0, type);
    if (FAILED(hr))
        VariantClear(out);
    return hr;
}

bool value_type_possible(VARTYPE canonical, VARTYPE requested)
{
    if (requested == VT_EMPTY || requested == canonical)
        return true;
    return is_scalar(canonical) && is_scalar(requested);
}

bool value_number(const VARIANT *value, double *out)
{
    VARIANT number;
    VariantInit(&number);
    if (FAILED(VariantChangeType(&number, readable(value), 0, VT_R8)))
        return false;
    *out = V_R8(&number);
    return true;
}

static bool bytes_equal(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size) == 0;
}

static bool texts_equal(BSTR a, BSTR b)
{
    UINT size = SysStringByteLen(a);
    return size == SysStringByteLen(b) && (size == 0 || bytes_equal(a, b, size));
}

static bool arrays_equal(SAFEARRAY *a, SAFEARRAY *b, VARTYPE element)
{
    LONG upper_a, upper_b;
    if (FAILED(SafeArrayGetUBound(a, 1, &upper_a)) || FAILED(SafeArrayGetUBound(b, 1, &upper_b)) || upper_a != upper_b)
        return false;
    void *data_a, *data_b;
    if (FAILED(SafeArrayAccessData(a, &data_a)))
        return false;
    bool equal = false;
    if (SUCCEEDED(SafeArrayAccessData(b, &data_b))) {
        size_t count = (size_t)upper_a + 1;
        if (element == VT_BSTR) {
            equal = true;
            for (size_t i = 0; equal && i < count; i++)
                equal = texts_equal(((BSTR *)data_a)[i], ((BSTR *)data_b)[i]);
        } else {
            equal = bytes_equal(data_a, data_b, count * SafeArrayGetElemsize(a));
        }
        SafeArrayUnaccessData(b);
    }
    SafeArrayUnaccessData(a);
    return equal;
}

/* Numbers are compared by their bytes: a NaN equals itself, and what differs in nothing else is no change. */
bool value_equal(const VARIANT *a, const VARIANT *b)
{
    if (V_VT(a) != V_VT(b))
        return false;
    switch (V_VT(a)) {
    case VT_EMPTY:
        return true;
    case VT_BSTR:
        return texts_equal(V_BSTR(a), V_BSTR(b));
    case VT_I1:
    case VT_UI1:
        return V_UI1(a) == V_UI1(b);
    case VT_I2:
    case VT_UI2:
    case VT_BOOL:
        return V_I2(a) == V_I2(b);
    case VT_I4:
    case VT_UI4:
    case VT_R4:
        return bytes_equal(&V_I4(a), &V_I4(b), sizeof(LONG));
    case VT_I8:
    case VT_UI8:
    case VT_R8:
    case VT_CY:
    case VT_DATE:
        return bytes_equal(&V_R8(a), &V_R8(b), sizeof(double));
    default:
        return (V_VT(a) & VT_ARRAY) && arrays_equal(V_ARRAY(a), V_ARRAY(b), V_VT(a) & ~VT_ARRAY);
    }
}
