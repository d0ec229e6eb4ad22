/* Automation values to the wire ([MS-OAUT] 2.2.23, 2.2.29, 2.2.30). */
#include <unknwn.h>

#include "dcom/oleaut/safearray.h"
#include "dcom/oleaut/type.h"
#include "dcom/oleaut/wire.h"

static void put_align(struct user_marshal *m, size_t alignment)
{
    writer_zeros(m->out, (0 - (m->out->size - m->base)) & (alignment - 1));
}

static void put_u32(struct user_marshal *m, uint32_t value)
{
    put_align(m, 4);
    writer_u32(m->out, value);
}

static void put_referent(struct user_marshal *m)
{
    put_u32(m, next_referent(m->referents));
}

/* FLAGGED_WORD_BLOB ([MS-OAUT] 2.2.23.1). */
static void put_string(struct user_marshal *m, BSTR string)
{
    uint32_t bytes = SysStringByteLen(string), units = bytes / 2 + (bytes & 1);

    put_u32(m, units); /* conformance of asData */
    put_u32(m, string ? bytes : WIRE_NULL_STRING);
    put_u32(m, units);
    writer_bytes(m->out, string, bytes);
    writer_zeros(m->out, bytes & 1);
}

void interface_put(struct user_marshal *m, const IID *iid, void *object)
{
    if (!m->objects) {
        wire_fail(m, E_NOINTERFACE);
        return;
    }
    /* The OBJREF's size stands twice in front of it: conformance and ulCntData. It is known afterwards. */
    put_u32(m, 0);
    put_u32(m, 0);
    size_t start = m->out->size;
    HRESULT hr = m->objects->marshal(m->objects_context, iid, object, m->out);
    if (FAILED(hr) || m->out->failed) {
        wire_fail(m, FAILED(hr) ? hr : E_OUTOFMEMORY);
        return;
    }
    writer_set_u32(m->out, start - 8, (uint32_t)(m->out->size - start));
    writer_set_u32(m->out, start - 4, (uint32_t)(m->out->size - start));
}

static const IID *iid_of(VARTYPE type)
{
    return type == VT_DISPATCH ? &IID_IDispatch : &IID_IUnknown;
}

/* ---- arrays ------------------------------------------------------------------------------ */
static void put_bounds(struct user_marshal *m, const SAFEARRAY *a)
{
    for (unsigned i = 0; i < a->cDims; i++) {
        put_u32(m, a->rgsabound[i].cElements);
        put_u32(m, (uint32_t)a->rgsabound[i].lLbound);
    }
}

/* Elements that are pointers: all referents first, then what they refer to. */
static void put_pointers(struct user_marshal *m, SAFEARRAY *a, enum wire_sf form, ULONG count)
{
    void *const *pointers = a->pvData;
    const VARIANT *variants = a->pvData;
    const IID *iid = form == SF_HAVEIID ? safearray_iid(a) : iid_of(form == SF_DISPATCH ? VT_DISPATCH : VT_UNKNOWN);

    for (ULONG i = 0; i < count && SUCCEEDED(m->hr) && !m->out->failed; i++) {
        if (form == SF_VARIANT)
            put_u32(m, WIRE_USER_REFERENT);
        else if (form == SF_BSTR || pointers[i])
            put_referent(m);
        else
            put_u32(m, 0);
    }
    for (ULONG i = 0; i < count && SUCCEEDED(m->hr) && !m->out->failed; i++) {
        if (form == SF_VARIANT)
            wire_put_variant(m, &variants[i]);
        else if (form == SF_BSTR)
            put_string(m, pointers[i]);
        else if (pointers[i])
            interface_put(m, iid, pointers[i]);
    }
}

static void put_safearray(struct user_marshal *m, SAFEARRAY *a, VARTYPE type)
{
    enum wire_sf form = wire_sf_of(type);
    USHORT features =
        a->fFeatures & (FADF_HAVEIID | FADF_HAVEVARTYPE | FADF_BSTR | FADF_UNKNOWN | FADF_DISPATCH | FADF_VARIANT);
    VARTYPE held;
    ULONG count;

    if (form == SF_ERROR || FAILED(SafeArrayGetVartype(a, &held)) || held != type) {
        wire_fail(m, DISP_E_BADVARTYPE);
        return;
    }
    if (!safearray_count(a, &count)) {
        wire_fail(m, E_INVALIDARG);
        return;
    }
    if (features & FADF_HAVEIID)
        form = SF_HAVEIID;
    put_u32(m, a->cDims); /* conformance of rgsabound */
    writer_u16(m->out, a->cDims);
    writer_u16(m->out, features);
    writer_u32(m->out, wire_element_size(type));
    writer_u32(m->out, features & FADF_HAVEVARTYPE ? (uint32_t)type << 16 : 0);
    writer_u32(m->out, form);
    writer_u32(m->out, count);
    put_referent(m);
    if (form == SF_HAVEIID)
        writer_bytes(m->out, safearray_iid(a), sizeof(IID));
    put_bounds(m, a);

    put_u32(m, count); /* conformance of the elements */
    if (type_is_plain(type)) {
        put_align(m, wire_alignment(type));
        writer_bytes(m->out, a->pvData, (size_t)count * type_size(type));
    } else {
        put_pointers(m, a, form, count);
    }
}

/* ---- VARIANT ----------------------------------------------------------------------------- */
/* [case(VT_ARRAY)] PSAFEARRAY: a pointer to a pointer to the array. */
static void put_array_pointer(struct user_marshal *m, SAFEARRAY *a, VARTYPE type)
{
    if (!a) {
        put_u32(m, 0);
        return;
    }
    put_referent(m);
    put_safearray(m, a, type);
}

static void put_plain(struct user_marshal *m, VARTYPE type, const void *value)
{
    put_align(m, wire_alignment(type));
    writer_bytes(m->out, value, type_size(type));
}

/* The arm of a value that another one refers to, and what it refers to itself. */
static void put_target(struct user_marshal *m, const VARIANT *v)
{
    VARTYPE type = v->vt & VT_TYPEMASK;

    if (v->vt & VT_ARRAY) {
        put_referent(m);
        put_array_pointer(m, *v->pparray, type);
    } else if (type == VT_VARIANT) {
        put_u32(m, WIRE_USER_REFERENT);
        wire_put_variant(m, v->pvarVal);
    } else if (type == VT_BSTR) {
        put_referent(m);
        put_string(m, *v->pbstrVal);
    } else if (type_is_interface(type) && *v->ppunkVal) {
        put_referent(m);
        interface_put(m, iid_of(type), *v->ppunkVal);
    } else if (type_is_interface(type)) {
        put_u32(m, 0);
    } else {
        put_plain(m, type, v->byref);
    }
}

static void put_arm(struct user_marshal *m, const VARIANT *v)
{
    VARTYPE type = v->vt & VT_TYPEMASK;

    if (v->vt & VT_BYREF) {
        if (!v->byref) {
            wire_fail(m, HR_NULL_REF_POINTER);
            return;
        }
        put_referent(m);
        put_target(m, v);
    } else if (v->vt & VT_ARRAY) {
        put_referent(m);
        put_array_pointer(m, v->parray, type);
    } else if (type == VT_BSTR) {
        put_referent(m);
        put_string(m, v->bstrVal);
    } else if (type_is_interface(type) && v->punkVal) {
        put_referent(m);
        interface_put(m, iid_of(type), v->punkVal);
    } else if (type_is_interface(type)) {
        put_u32(m, 0);
    } else if (type == VT_DECIMAL) {
        DECIMAL value = v->decVal;
        value.wReserved = 0; /* holds the vt in memory */
        put_plain(m, type, &value);
    } else if (type_size(type)) {
        put_plain(m, type, &v->llVal);
    }
}

/* Most values are plain and by themselves: they are written in one piece. */
static void put_plain_variant(struct user_marshal *m, const VARIANT *v, size_t size)
{
    size_t padding = (0 - (m->out->size - m->base)) & 7, gap = size == 8 ? 4 : 0;
    uint8_t *at = writer_room(m->out, padding + WIRE_VARIANT_HEADER + gap + size);
    if (!at)
        return;
    while (padding--)
        *at++ = 0;
    store_u32(at, (uint32_t)(WIRE_VARIANT_HEADER + gap + size + 7) / 8);
    store_u32(at + 4, 0);
    store_u32(at + 8, v->vt);
    store_u32(at + 12, 0);
    store_u32(at + 16, v->vt);
    if (gap)
        store_u32(at + WIRE_VARIANT_HEADER, 0);
    at += WIRE_VARIANT_HEADER + gap;
    /* Sizes that the compiler knows: a copy of any other kind costs more than all the rest here. */
    if (size == 8)
        memcpy(at, &v->llVal, 8);
    else if (size == 4)
        memcpy(at, &v->llVal, 4);
    else if (size == 2)
        memcpy(at, &v->llVal, 2);
    else
        *at = v->bVal;
}

void wire_put_variant(struct user_marshal *m, const VARIANT *v)
{
    if (type_is_plain(v->vt) && v->vt != VT_DECIMAL) {
        put_plain_variant(m, v, type_size(v->vt));
        return;
    }
    if (!type_is_variant(v->vt)) {
        wire_fail(m, DISP_E_BADVARTYPE);
        return;
    }
    if (m->depth == WIRE_DEPTH_MAXIMUM && wire_can_nest(v->vt)) {
        wire_fail(m, E_INVALIDARG);
        return;
    }
    m->depth++;
    put_align(m, 8);
    size_t start = m->out->size;
    uint8_t *header = writer_room(m->out, WIRE_VARIANT_HEADER);
    if (header) {
        memset(header, 0, WIRE_VARIANT_HEADER);
        store_u16(header + 8, v->vt);
        store_u32(header + 16, wire_discriminant(v->vt));
        put_arm(m, v);
    }
    /* clSize: of the whole value in units of 8 bytes. */
    if (!m->out->failed)
        writer_set_u32(m->out, start, (uint32_t)((m->out->size - start + 7) / 8));
    m->depth--;
}
