/* Automation values from the wire ([MS-OAUT] 2.2.23, 2.2.29, 2.2.30). Every count is held against the bytes that are
 * left before memory is taken for it. */
#include <unknwn.h>

#include "dcom/oleaut/safearray.h"
#include "dcom/oleaut/type.h"
#include "dcom/oleaut/wire.h"

static void bad_stub(struct user_marshal *m)
{
    wire_fail(m, HR_BAD_STUB_DATA);
}

static void align(struct user_marshal *m, size_t alignment)
{
    (void)reader_take(m->in, (0 - m->in->at) & (alignment - 1));
}

static uint32_t get_u32(struct user_marshal *m)
{
    align(m, 4);
    uint32_t value = reader_u32(m->in);
    if (m->in->failed)
        bad_stub(m);
    return value;
}

/* True if `count` things of at least `size` bytes can still come; fails otherwise. */
static bool can_hold(struct user_marshal *m, uint64_t count, size_t size)
{
    if (!m->in->failed && count <= reader_left(m->in) / size)
        return true;
    bad_stub(m);
    return false;
}

static void get_bytes(struct user_marshal *m, void *out, size_t size)
{
    reader_copy(m->in, out, size);
    if (m->in->failed)
        bad_stub(m);
}

/* FLAGGED_WORD_BLOB ([MS-OAUT] 2.2.23.1). */
static BSTR get_string(struct user_marshal *m)
{
    uint32_t conformance = get_u32(m), bytes = get_u32(m), units = get_u32(m);

    if (bytes == WIRE_NULL_STRING && units == 0 && conformance == 0)
        return NULL;
    if (conformance != units || units != bytes / 2 + (bytes & 1)) {
        bad_stub(m);
        return NULL;
    }
    if (!can_hold(m, units, 2))
        return NULL;
    const uint8_t *text = reader_take(m->in, (size_t)units * 2);
    BSTR string = SysAllocStringByteLen((LPCSTR)text, bytes);
    if (!string)
        wire_fail(m, E_OUTOFMEMORY);
    m->owns = true;
    return string;
}

void *interface_get(struct user_marshal *m, const IID *iid)
{
    uint32_t conformance = get_u32(m), size = get_u32(m);
    void *object = NULL;

    const uint8_t *objref = conformance == size ? reader_take(m->in, size) : NULL;
    if (!objref) {
        bad_stub(m);
        return NULL;
    }
    HRESULT hr = m->objects ? m->objects->unmarshal(m->objects_context, iid, objref, size, &object) : E_NOINTERFACE;
    if (FAILED(hr)) {
        wire_fail(m, hr);
        return NULL;
    }
    m->owns = true;
    return object;
}

static const IID *iid_of(VARTYPE type)
{
    return type == VT_DISPATCH ? &IID_IDispatch : &IID_IUnknown;
}

/* ---- arrays ------------------------------------------------------------------------------ */
struct array_header {
    uint32_t dimensions;
    uint16_t features;
    uint32_t form; /* enum wire_sf, as sent */
    uint32_t count;
    IID iid;
    SAFEARRAYBOUND bounds[SAFEARRAY_DIMENSIONS_MAXIMUM]; /* first dimension first */
};

/* The consistency statements of [MS-OAUT] 2.2.30.10. */
static bool is_consistent(const struct array_header *h, VARTYPE type, uint16_t said_type, bool has_elements)
{
    enum wire_sf form = wire_sf_of(type);
    if (form == SF_ERROR || !has_elements)
        return false;
    if (h->features & FADF_HAVEVARTYPE && said_type != type)
        return false;
    return h->form == (uint32_t)form || (h->form == SF_HAVEIID && type_is_interface(type));
}

static bool get_header(struct user_marshal *m, VARTYPE type, struct array_header *h)
{
    uint32_t conformance = get_u32(m);
    h->dimensions = reader_u16(m->in);
    h->features = reader_u16(m->in);
    (void)reader_u32(m->in); /* cbElements follows from the type */
    uint16_t said_type = (uint16_t)(reader_u32(m->in) >> 16);
    h->form = reader_u32(m->in);
    h->count = reader_u32(m->in);
    bool has_elements = reader_u32(m->in) != 0;
    if (h->form == SF_HAVEIID)
        get_bytes(m, &h->iid, sizeof h->iid);
    if (conformance != h->dimensions || !h->dimensions || h->dimensions > SAFEARRAY_DIMENSIONS_MAXIMUM ||
        !is_consistent(h, type, said_type, has_elements)) {
        bad_stub(m);
        return false;
    }

    uint64_t product = 1;
    for (uint32_t i = h->dimensions; i-- > 0;) {
        h->bounds[i].cElements = reader_u32(m->in);
        h->bounds[i].lLbound = (LONG)reader_u32(m->in);
        product *= h->bounds[i].cElements;
        if (product > SAFEARRAY_ELEMENTS_MAXIMUM)
            break;
    }
    if (product != h->count || get_u32(m) != h->count) {
        bad_stub(m);
        return false;
    }
    return can_hold(m, h->count, type_is_plain(type) ? type_size(type) : 4);
}

/* Elements that are pointers: the referents only say which are there, their targets follow in order. */
static void get_pointers(struct user_marshal *m, SAFEARRAY *a, VARTYPE type, const struct array_header *h)
{
    void **pointers = a->pvData;
    VARIANT *variants = a->pvData;
    const IID *iid = h->form == SF_HAVEIID ? &h->iid : iid_of(type);
    const uint8_t *referents;

    align(m, 4);
    referents = reader_take(m->in, (size_t)h->count * 4);
    if (!referents) {
        bad_stub(m);
        return;
    }
    for (uint32_t i = 0; i < h->count && SUCCEEDED(m->hr); i++) {
        if (!load_u32(referents + (size_t)i * 4))
            continue;
        if (type == VT_VARIANT)
            wire_get_variant(m, &variants[i]);
        else if (type == VT_BSTR)
            pointers[i] = get_string(m);
        else
            pointers[i] = interface_get(m, iid);
    }
}

static SAFEARRAY *get_safearray(struct user_marshal *m, VARTYPE type)
{
    struct array_header h;
    memset(&h, 0, sizeof h);
    if (!get_header(m, type, &h))
        return NULL;

    SAFEARRAY *a = SafeArrayCreate(type, h.dimensions, h.bounds);
    if (!a) {
        wire_fail(m, E_OUTOFMEMORY);
        return NULL;
    }
    m->owns = true;
    if (h.form == SF_HAVEIID)
        safearray_set_iid(a, &h.iid);
    if (type_is_plain(type)) {
        align(m, wire_alignment(type));
        get_bytes(m, a->pvData, (size_t)h.count * type_size(type));
    } else {
        get_pointers(m, a, type, &h);
    }
    if (FAILED(m->hr)) {
        SafeArrayDestroy(a);
        return NULL;
    }
    return a;
}

/* ---- VARIANT ----------------------------------------------------------------------------- */
/* Behind the referent of PSAFEARRAY: the array's own, and the array. */
static SAFEARRAY *get_array_pointer(struct user_marshal *m, VARTYPE type)
{
    return get_u32(m) ? get_safearray(m, type) : NULL;
}

static void get_plain(struct user_marshal *m, VARTYPE type, void *out)
{
    align(m, wire_alignment(type));
    get_bytes(m, out, type_size(type));
}

static void get_target(struct user_marshal *m, VARIANT *v, VARTYPE vt)
{
    VARTYPE type = vt & VT_TYPEMASK;

    if (vt & VT_ARRAY) {
        if (get_u32(m))
            *v->pparray = get_array_pointer(m, type);
    } else if (type == VT_VARIANT) {
        if (get_u32(m))
            wire_get_variant(m, v->pvarVal);
    } else if (type == VT_BSTR) {
        if (get_u32(m))
            *v->pbstrVal = get_string(m);
    } else if (type_is_interface(type)) {
        if (get_u32(m))
            *v->ppunkVal = interface_get(m, iid_of(type));
    } else {
        get_plain(m, type, v->byref);
    }
}

/* A value by reference: its target is memory of the call. Nobody can use one without a target. */
static void get_reference(struct user_marshal *m, VARIANT *v, VARTYPE vt)
{
    size_t size = vt & VT_ARRAY ? sizeof(SAFEARRAY *) : type_size(vt & VT_TYPEMASK);

    if (!get_u32(m)) {
        bad_stub(m);
        return;
    }
    v->byref = CoTaskMemAlloc(size);
    if (!v->byref) {
        wire_fail(m, E_OUTOFMEMORY);
        return;
    }
    memset(v->byref, 0, size);
    m->owns = true;
    get_target(m, v, vt);
    if (FAILED(m->hr)) {
        CoTaskMemFree(v->byref);
        v->byref = NULL;
    }
}

static void get_arm(struct user_marshal *m, VARIANT *v, VARTYPE vt)
{
    VARTYPE type = vt & VT_TYPEMASK;

    if (type_is_plain(vt)) {
        get_plain(m, vt, vt == VT_DECIMAL ? (void *)&v->decVal : &v->llVal);
    } else if (vt & VT_BYREF) {
        get_reference(m, v, vt);
    } else if (vt & VT_ARRAY) {
        if (get_u32(m))
            v->parray = get_array_pointer(m, type);
    } else if (type == VT_BSTR) {
        if (get_u32(m))
            v->bstrVal = get_string(m);
    } else if (type_is_interface(type)) {
        if (get_u32(m))
            v->punkVal = interface_get(m, iid_of(type));
    }
}

/* clSize is not believed. Some senders repeat the whole vt as the discriminant of an array. */
static bool is_header(const uint8_t *header, VARTYPE vt)
{
    uint32_t discriminant = load_u32(header + 16);
    return type_is_variant(vt) && (discriminant == vt || discriminant == wire_discriminant(vt));
}

void wire_get_variant(struct user_marshal *m, VARIANT *v)
{
    VariantInit(v);
    align(m, 8);
    const uint8_t *header = reader_take(m->in, WIRE_VARIANT_HEADER);
    VARTYPE vt = header ? load_u16(header + 8) : VT_ILLEGAL;
    if (!header || !is_header(header, vt) || (m->depth == WIRE_DEPTH_MAXIMUM && wire_can_nest(vt))) {
        bad_stub(m);
        return;
    }
    m->depth++;
    get_arm(m, v, vt);
    m->depth--;
    if (SUCCEEDED(m->hr))
        v->vt = vt;
    else
        VariantInit(v); /* what the arm held has been freed where it failed */
}
