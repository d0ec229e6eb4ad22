#include "dcom/oleaut/type.h"

#include <unknwn.h>

const uint8_t type_sizes[TYPE_COUNT] = {
    [VT_I1] = 1,
    [VT_UI1] = 1,
    [VT_I2] = 2,
    [VT_UI2] = 2,
    [VT_BOOL] = 2,
    [VT_I4] = 4,
    [VT_UI4] = 4,
    [VT_R4] = 4,
    [VT_INT] = 4,
    [VT_UINT] = 4,
    [VT_ERROR] = 4,
    [VT_R8] = 8,
    [VT_I8] = 8,
    [VT_UI8] = 8,
    [VT_CY] = 8,
    [VT_DATE] = 8,
    [VT_BSTR] = sizeof(BSTR),
    [VT_UNKNOWN] = sizeof(IUnknown *),
    [VT_DISPATCH] = sizeof(IDispatch *),
    [VT_DECIMAL] = sizeof(DECIMAL),
    [VT_VARIANT] = sizeof(VARIANT),
};

bool type_is_variant(VARTYPE vt)
{
    VARTYPE type = vt & VT_TYPEMASK;
    if (vt & ~(VT_TYPEMASK | VT_ARRAY | VT_BYREF))
        return false;
    if (type == VT_EMPTY || type == VT_NULL)
        return vt == type;
    /* A VARIANT holds another one only by reference or in an array. */
    return type == VT_VARIANT ? vt != VT_VARIANT : type_size(type) != 0;
}

HRESULT type_copy(VARTYPE type, const void *from, void *out)
{
    if (type == VT_VARIANT) {
        VariantInit(out);
        return VariantCopy(out, from);
    }
    if (type == VT_BSTR) {
        BSTR string = *(const BSTR *)from;
        BSTR copy = string ? SysAllocStringByteLen((LPCSTR)string, SysStringByteLen(string)) : NULL;
        *(BSTR *)out = copy;
        return string && !copy ? E_OUTOFMEMORY : S_OK;
    }
    memcpy(out, from, type_size(type));
    if (type_is_interface(type)) {
        IUnknown *object = *(IUnknown *const *)from;
        if (object)
            IUnknown_AddRef(object);
    }
    return S_OK;
}

HRESULT type_clear(VARTYPE type, void *value)
{
    if (type == VT_VARIANT)
        return VariantClear(value);
    if (type == VT_BSTR)
        SysFreeString(*(BSTR *)value);
    if (type_is_interface(type)) {
        IUnknown *object = *(IUnknown **)value;
        if (object)
            IUnknown_Release(object);
    }
    return S_OK;
}
