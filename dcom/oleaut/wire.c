#include "dcom/oleaut/wire.h"

#include "dcom/oleaut/type.h"

enum wire_sf wire_sf_of(VARTYPE type)
{
    switch (type) {
    case VT_BSTR:
        return SF_BSTR;
    case VT_VARIANT:
        return SF_VARIANT;
    case VT_UNKNOWN:
        return SF_UNKNOWN;
    case VT_DISPATCH:
        return SF_DISPATCH;
    case VT_DECIMAL:
        return SF_ERROR;
    default:
        break;
    }
    switch (type_size(type)) {
    case 1:
        return SF_I1;
    case 2:
        return SF_I2;
    case 4:
        return SF_I4;
    case 8:
        return SF_I8;
    default:
        return SF_ERROR;
    }
}

uint32_t wire_element_size(VARTYPE type)
{
    if (type == VT_VARIANT)
        return 16;
    return type_is_plain(type) ? (uint32_t)type_size(type) : 4;
}

uint32_t wire_discriminant(VARTYPE vt)
{
    return vt & VT_ARRAY ? vt & (uint32_t)~VT_TYPEMASK : vt;
}

size_t wire_alignment(VARTYPE type)
{
    return type == VT_DECIMAL ? 8 : type_size(type);
}

void wire_fail(struct user_marshal *m, HRESULT hr)
{
    if (SUCCEEDED(m->hr))
        m->hr = hr;
    if (m->in)
        reader_fail(m->in);
}

ULONG VARIANT_UserSize(ULONG *flags, ULONG offset, VARIANT *v)
{
    /* The writer grows as needed, so nobody has to know sizes beforehand. */
    (void)flags;
    (void)v;
    return offset;
}

unsigned char *VARIANT_UserMarshal(ULONG *flags, unsigned char *buffer, VARIANT *v)
{
    struct user_marshal *m = (struct user_marshal *)flags;
    wire_put_variant(m, v);
    if (m->out->failed)
        wire_fail(m, E_OUTOFMEMORY);
    return SUCCEEDED(m->hr) ? buffer : NULL;
}

unsigned char *VARIANT_UserUnmarshal(ULONG *flags, unsigned char *buffer, VARIANT *v)
{
    struct user_marshal *m = (struct user_marshal *)flags;
    wire_get_variant(m, v);
    return SUCCEEDED(m->hr) ? buffer : NULL;
}

/* Frees what a by-reference value points at, which belongs to the call that it was made for. */
static void free_target(VARIANT *v)
{
    VARTYPE type = v->vt & VT_TYPEMASK;
    if (!v->byref)
        return;
    if (v->vt & VT_ARRAY)
        SafeArrayDestroy(*v->pparray);
    else if (type == VT_VARIANT)
        VARIANT_UserFree(NULL, v->pvarVal);
    else
        type_clear(type, v->byref);
    CoTaskMemFree(v->byref);
}

void VARIANT_UserFree(ULONG *flags, VARIANT *v)
{
    (void)flags;
    if (v->vt & VT_BYREF)
        free_target(v);
    VariantClear(v);
    VariantInit(v);
}
