/* VARIANT in memory ([MS-OAUT] 2.2.29): who owns what a value holds. By-reference values own nothing. */
#include "dcom/oleaut/type.h"

void VariantInit(VARIANTARG *v)
{
    memset(v, 0, sizeof *v);
}

HRESULT VariantClear(VARIANTARG *v)
{
    VARTYPE type = v->vt & VT_TYPEMASK;
    HRESULT hr = S_OK;

    /* Nearly all values of a plant: callbacks and replies clear them by the thousand. */
    if (type_is_plain(v->vt)) {
        v->vt = VT_EMPTY;
        return S_OK;
    }
    if (!type_is_variant(v->vt))
        return DISP_E_BADVARTYPE;
    if ((v->vt & (VT_BYREF | VT_ARRAY)) == VT_ARRAY)
        hr = SafeArrayDestroy(v->parray);
    else if (!(v->vt & VT_BYREF))
        hr = type_clear(type, &v->llVal);
    if (SUCCEEDED(hr))
        v->vt = VT_EMPTY;
    return hr;
}

HRESULT VariantCopy(VARIANTARG *out, const VARIANTARG *from)
{
    VARTYPE type = from->vt & VT_TYPEMASK;
    VARIANT copy = *from;
    HRESULT hr = S_OK;

    if (out == from)
        return S_OK;
    if (!type_is_variant(from->vt))
        return DISP_E_BADVARTYPE;
    if ((from->vt & (VT_BYREF | VT_ARRAY)) == VT_ARRAY)
        hr = SafeArrayCopy(from->parray, &copy.parray);
    else if (!(from->vt & VT_BYREF) && !type_is_plain(type) && type_size(type))
        hr = type_copy(type, &from->llVal, &copy.llVal);
    if (FAILED(hr))
        return hr;
    hr = VariantClear(out);
    if (FAILED(hr)) {
        VariantClear(&copy);
        return hr;
    }
    *out = copy;
    return S_OK;
}

/* Reads the value that a VT_BYREF variant points at into one that borrows what it holds. */
static HRESULT borrow(const VARIANTARG *from, VARIANT *out)
{
    VARTYPE type = from->vt & VT_TYPEMASK;

    VariantInit(out);
    if (!from->byref)
        return E_INVALIDARG;
    if (from->vt & VT_ARRAY) {
        out->parray = *from->pparray;
    } else if (type == VT_VARIANT) {
        /* One level is all there can be. */
        if (from->pvarVal->vt & VT_BYREF)
            return from->pvarVal->vt == (VT_BYREF | VT_VARIANT) ? E_INVALIDARG : borrow(from->pvarVal, out);
        *out = *from->pvarVal;
        return S_OK;
    } else if (type == VT_DECIMAL) {
        out->decVal = *from->pdecVal;
    } else if (type_size(type)) {
        memcpy(&out->llVal, from->byref, type_size(type));
    } else {
        return DISP_E_BADVARTYPE;
    }
    out->vt = from->vt & (VARTYPE)~VT_BYREF;
    return S_OK;
}

HRESULT VariantCopyInd(VARIANT *out, const VARIANTARG *from)
{
    if (!(from->vt & VT_BYREF))
        return VariantCopy(out, from);

    VARIANT value, copy;
    HRESULT hr = borrow(from, &value);
    if (FAILED(hr))
        return hr;
    /* The value may live inside `out`: copy first, clear then. */
    VariantInit(&copy);
    hr = VariantCopy(&copy, &value);
    if (SUCCEEDED(hr))
        hr = VariantClear(out);
    if (SUCCEEDED(hr))
        *out = copy;
    else
        VariantClear(&copy);
    return hr;
}
