/* The wire form of values: every type there and back, golden bytes, truncated and hostile ones. */
#include <string.h>
#include <unknwn.h>

#include "dcom/oleaut/type.h"
#include "dcom/oleaut/wire.h"
#include "tests/oleaut/suite.h"

/* ---- an object, and how it travels ----------------------------------------------------------------- */
static long references;

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IUnknown *self, REFIID iid, void **out)
{
    (void)self;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE object_AddRef(IUnknown *self)
{
    (void)self;
    return (ULONG)++references;
}

static ULONG STDMETHODCALLTYPE object_Release(IUnknown *self)
{
    (void)self;
    return (ULONG)--references;
}

static const IUnknownVtbl object_vtbl = { object_QueryInterface, object_AddRef, object_Release };
static IUnknown object = { &object_vtbl };
static IID last_iid;

static HRESULT marshal(void *context, const IID *iid, void *given, struct writer *out)
{
    (void)context;
    ck_assert_ptr_eq(given, &object);
    last_iid = *iid;
    writer_bytes(out, "OBJREF", 6);
    return S_OK;
}

static HRESULT unmarshal(void *context, const IID *iid, const uint8_t *objref, uint32_t size, void **out)
{
    (void)context;
    if (size != 6 || memcmp(objref, "OBJREF", 6))
        return RPC_E_INVALID_OBJREF;
    last_iid = *iid;
    IUnknown_AddRef(&object);
    *out = &object;
    return S_OK;
}

static const struct ndr_objects objects = { marshal, unmarshal };

/* ---- one value there and back ----------------------------------------------------------------------- */
static struct writer out;
static uint32_t referents;

static void begin(void)
{
    writer_init(&out, 1 << 20);
    referents = 0;
    references = 1;
}

static void end(void)
{
    writer_cleanup(&out);
    ck_assert_int_eq(references, 1);
}

static HRESULT put(VARIANT *v)
{
    struct user_marshal m = { .out = &out, .objects = &objects, .referents = &referents };
    return VARIANT_UserMarshal(&m.flags, (unsigned char *)v, v) ? S_OK : m.hr;
}

static HRESULT get(const void *data, size_t size, VARIANT *v, size_t *left)
{
    /* A block of exactly this size: reading past it is seen by the address sanitizer. */
    void *exact = malloc(size ? size : 1);
    struct reader in;
    struct user_marshal m = { .in = &in, .objects = &objects };
    if (size)
        memcpy(exact, data, size);
    reader_init(&in, exact, size);
    bool ok = VARIANT_UserUnmarshal(&m.flags, (unsigned char *)v, v) != NULL;
    *left = reader_left(&in);
    free(exact);
    ck_assert(ok == SUCCEEDED(m.hr));
    return m.hr;
}

static bool equal(const VARIANT *a, const VARIANT *b);

static bool equal_values(VARTYPE type, const void *a, const void *b)
{
    if (type == VT_VARIANT)
        return equal(a, b);
    if (type == VT_BSTR) {
        BSTR x = *(const BSTR *)a, y = *(const BSTR *)b;
        if (!x || !y)
            return x == y;
        return SysStringByteLen(x) == SysStringByteLen(y) && !memcmp(x, y, SysStringByteLen(x));
    }
    return !memcmp(a, b, type_size(type));
}

static bool equal_arrays(SAFEARRAY *a, SAFEARRAY *b, VARTYPE type)
{
    size_t count = 1;
    if (!a || !b)
        return a == b;
    if (a->cDims != b->cDims || memcmp(a->rgsabound, b->rgsabound, a->cDims * sizeof *a->rgsabound))
        return false;
    for (unsigned i = 0; i < a->cDims; i++)
        count *= a->rgsabound[i].cElements;
    for (size_t i = 0; i < count; i++)
        if (!equal_values(type, (char *)a->pvData + i * a->cbElements, (char *)b->pvData + i * b->cbElements))
            return false;
    return true;
}

static bool equal(const VARIANT *a, const VARIANT *b)
{
    VARTYPE type = a->vt & VT_TYPEMASK;
    if (a->vt != b->vt)
        return false;
    if (a->vt & VT_ARRAY)
        return a->vt & VT_BYREF ? equal_arrays(*a->pparray, *b->pparray, type)
                                : equal_arrays(a->parray, b->parray, type);
    if (a->vt & VT_BYREF)
        return equal_values(type, a->byref, b->byref);
    if (type == VT_DECIMAL)
        return a->decVal.Lo64 == b->decVal.Lo64 && a->decVal.Hi32 == b->decVal.Hi32 &&
               a->decVal.signscale == b->decVal.signscale;
    return !type_size(type) || equal_values(type, &a->llVal, &b->llVal);
}

/* Writes, reads, compares, and checks every truncated prefix on the way. */
static void there_and_back(VARIANT *v)
{
    VARIANT back;
    size_t left;

    writer_reset(&out);
    ck_assert_int_eq(put(v), S_OK);
    ck_assert_uint_eq(load_u32(out.data), (out.size + 7) / 8); /* clSize */
    for (size_t size = 0; size < out.size; size++) {
        HRESULT hr = get(out.data, size, &back, &left);
        ck_assert_msg(FAILED(hr), "vt %04x with %zu of %zu bytes was taken", v->vt, size, out.size);
        ck_assert_int_eq(back.vt, VT_EMPTY);
    }
    ck_assert_int_eq(get(out.data, out.size, &back, &left), S_OK);
    ck_assert_uint_eq(left, 0);
    ck_assert_msg(equal(v, &back), "vt %04x came back different", v->vt);
    VARIANT_UserFree(NULL, &back);
}

static const VARTYPE plain_types[] = { VT_I1,   VT_UI1, VT_I2,    VT_UI2, VT_BOOL, VT_I4, VT_UI4, VT_INT,
                                       VT_UINT, VT_R4,  VT_ERROR, VT_I8,  VT_UI8,  VT_R8, VT_CY,  VT_DATE };
#define PLAIN_TYPES (sizeof plain_types / sizeof *plain_types)

START_TEST(every_plain_type_comes_back)
{
    VARIANT v;
    for (size_t i = 0; i < PLAIN_TYPES; i++) {
        VariantInit(&v);
        memset(&v.llVal, 0x5a, type_size(plain_types[i]));
        v.vt = plain_types[i];
        there_and_back(&v);
    }
    VariantInit(&v);
    there_and_back(&v);
    v.vt = VT_NULL;
    there_and_back(&v);
    v.decVal = (DECIMAL){ .scale = 3, .sign = DECIMAL_NEG, .Hi32 = 1, .Lo64 = 0x1122334455667788 };
    v.vt = VT_DECIMAL;
    there_and_back(&v);
}
END_TEST

START_TEST(every_plain_type_comes_back_by_reference)
{
    uint64_t target[2] = { 0x5a5a5a5a5a5a5a5a, 0x1122334455667788 };
    for (size_t i = 0; i < PLAIN_TYPES; i++) {
        VARIANT v = { .vt = plain_types[i] | VT_BYREF, .byref = target };
        there_and_back(&v);
    }
    VARIANT v = { .vt = VT_DECIMAL | VT_BYREF, .byref = target };
    there_and_back(&v);
}
END_TEST

START_TEST(strings_come_back_null_and_empty_apart)
{
    VARIANT v = { .vt = VT_BSTR };
    there_and_back(&v);
    v.bstrVal = SysAllocString(OLESTR(""));
    there_and_back(&v);
    SysFreeString(v.bstrVal);
    v.bstrVal = SysAllocString(OLESTR("pressure"));
    there_and_back(&v);
    VARIANT by_reference = { .vt = VT_BSTR | VT_BYREF, .pbstrVal = &v.bstrVal };
    there_and_back(&by_reference);
    SysFreeString(v.bstrVal);
    v.bstrVal = SysAllocStringByteLen("odd", 3);
    there_and_back(&v);
    SysFreeString(v.bstrVal);
}
END_TEST

START_TEST(interface_pointers_come_back_as_their_interface)
{
    IUnknown *none = NULL, *some = &object;
    VARIANT v = { .vt = VT_UNKNOWN, .punkVal = &object };
    there_and_back(&v);
    ck_assert(IsEqualIID(&last_iid, &IID_IUnknown));
    v.vt = VT_DISPATCH;
    there_and_back(&v);
    ck_assert(IsEqualIID(&last_iid, &IID_IDispatch));
    v.punkVal = NULL;
    there_and_back(&v);
    v = (VARIANT){ .vt = VT_UNKNOWN | VT_BYREF, .ppunkVal = &some };
    there_and_back(&v);
    v.ppunkVal = &none;
    there_and_back(&v);
}
END_TEST

static SAFEARRAY *filled(VARTYPE type)
{
    SAFEARRAYBOUND bounds[] = { { 2, -1 }, { 3, 7 } };
    SAFEARRAY *a = SafeArrayCreate(type, 2, bounds);
    ck_assert_ptr_nonnull(a);
    if (type_is_plain(type))
        for (size_t i = 0; i < 6 * a->cbElements; i++)
            ((uint8_t *)a->pvData)[i] = (uint8_t)i;
    return a;
}

START_TEST(arrays_of_every_plain_type_come_back)
{
    for (size_t i = 0; i < PLAIN_TYPES; i++) {
        VARIANT v = { .vt = plain_types[i] | VT_ARRAY, .parray = filled(plain_types[i]) };
        there_and_back(&v);
        VARIANT by_reference = { .vt = plain_types[i] | VT_ARRAY | VT_BYREF, .pparray = &v.parray };
        there_and_back(&by_reference);
        VariantClear(&v);
    }
}
END_TEST

START_TEST(arrays_of_strings_come_back)
{
    VARIANT v = { .vt = VT_BSTR | VT_ARRAY, .parray = filled(VT_BSTR) };
    BSTR *strings = v.parray->pvData;
    strings[0] = SysAllocString(OLESTR("one"));
    strings[2] = SysAllocString(OLESTR(""));
    strings[5] = SysAllocStringByteLen("odd", 3);
    there_and_back(&v);
    VariantClear(&v);
}
END_TEST

START_TEST(arrays_of_interface_pointers_come_back)
{
    VARIANT v = { .vt = VT_UNKNOWN | VT_ARRAY, .parray = filled(VT_UNKNOWN) };
    LONG indices[] = { 0, 8 };
    ck_assert_int_eq(SafeArrayPutElement(v.parray, indices, &object), S_OK);
    there_and_back(&v);
    ck_assert(IsEqualIID(&last_iid, &IID_IUnknown));
    VariantClear(&v);
    v = (VARIANT){ .vt = VT_DISPATCH | VT_ARRAY, .parray = filled(VT_DISPATCH) };
    ck_assert_int_eq(SafeArrayPutElement(v.parray, indices, &object), S_OK);
    there_and_back(&v);
    ck_assert(IsEqualIID(&last_iid, &IID_IDispatch));
    VariantClear(&v);
}
END_TEST

START_TEST(arrays_of_values_come_back_with_arrays_inside)
{
    VARIANT v = { .vt = VT_VARIANT | VT_ARRAY, .parray = filled(VT_VARIANT) };
    VARIANT *values = v.parray->pvData;
    values[0].vt = VT_R8;
    values[0].dblVal = 1.5;
    values[1].vt = VT_BSTR;
    values[1].bstrVal = SysAllocString(OLESTR("in"));
    values[3].vt = VT_VARIANT | VT_ARRAY;
    values[3].parray = filled(VT_VARIANT);
    ((VARIANT *)values[3].parray->pvData)[2].vt = VT_NULL;
    values[4].vt = VT_UI1 | VT_ARRAY;
    values[4].parray = filled(VT_UI1);
    there_and_back(&v);
    VariantClear(&v);
}
END_TEST

START_TEST(a_value_may_refer_to_another)
{
    VARIANT inner = { .vt = VT_BSTR, .bstrVal = SysAllocString(OLESTR("x")) };
    VARIANT v = { .vt = VT_VARIANT | VT_BYREF, .pvarVal = &inner };
    there_and_back(&v);
    VariantClear(&inner);
}
END_TEST

START_TEST(empty_and_missing_arrays_come_back)
{
    VARIANT v = { .vt = VT_I4 | VT_ARRAY, .parray = SafeArrayCreateVector(VT_I4, 0, 0) };
    there_and_back(&v);
    SafeArrayDestroy(v.parray);
    v.parray = NULL;
    there_and_back(&v);
}
END_TEST

/* ---- golden bytes --------------------------------------------------------------------------------------- */
static void assert_bytes(VARIANT *v, const char *expected)
{
    uint8_t bytes[256];
    size_t size = strlen(expected) / 2;
    writer_reset(&out);
    referents = 0;
    ck_assert_int_eq(put(v), S_OK);
    ck_assert(hex_parse(expected, bytes, size));
    char *got = calloc(1, out.size * 2 + 1);
    hex_format(out.data, out.size, got);
    ck_assert_str_eq(got, expected);
    free(got);
}

START_TEST(a_short_integer_takes_three_quad_words)
{
    VARIANT v = { .vt = VT_I2, .iVal = -5 };
    assert_bytes(&v, "0300000000000000" /* clSize, rpcReserved */
                     "0200000000000000" /* vt, three reserved words */
                     "02000000"         /* discriminant */
                     "fbff");
}
END_TEST

START_TEST(a_double_is_aligned_to_8)
{
    VARIANT v = { .vt = VT_R8, .dblVal = 3.25 };
    assert_bytes(&v, "04000000000000000500000000000000"
                     "0500000000000000"
                     "0000000000000a40");
}
END_TEST

START_TEST(a_null_string_has_a_blob_that_says_so)
{
    VARIANT v = { .vt = VT_BSTR };
    assert_bytes(&v, "05000000000000000800000000000000"
                     "0800000000000200"           /* discriminant, referent */
                     "00000000ffffffff00000000"); /* conformance, cBytes, clSize */
}
END_TEST

START_TEST(a_reference_to_a_long_has_its_target_behind)
{
    LONG target = 7;
    VARIANT v = { .vt = VT_I4 | VT_BYREF, .plVal = &target };
    assert_bytes(&v, "04000000000000000340000000000000"
                     "0340000000000200"
                     "07000000");
}
END_TEST

START_TEST(a_vector_of_longs_follows_the_automation_layout)
{
    VARIANT v = { .vt = VT_I4 | VT_ARRAY, .parray = SafeArrayCreateVector(VT_I4, 0, 2) };
    ((LONG *)v.parray->pvData)[1] = 9;
    assert_bytes(&v, "0a000000000000000320000000000000"
                     "0020000000000200"         /* VT_ARRAY alone, PSAFEARRAY */
                     "0400020001000000"         /* SAFEARRAY, conformance of the bounds */
                     "010080000400000000000300" /* cDims, fFeatures, cbElements, type in cLocks */
                     "030000000200000008000200" /* SF_I4, Size, its elements */
                     "0200000000000000"         /* bounds */
                     "020000000000000009000000");
    VariantClear(&v);
}
END_TEST

START_TEST(an_array_of_interfaces_carries_their_iid)
{
    VARIANT v = { .vt = VT_UNKNOWN | VT_ARRAY, .parray = SafeArrayCreateVector(VT_UNKNOWN, 0, 1) };
    assert_bytes(&v, "0b000000000000000d20000000000000"
                     "0020000000000200"
                     "0400020001000000"
                     "010040020400000000000000"
                     "0d8000000100000008000200"
                     "0000000000000000c000000000000046"
                     "0100000000000000"
                     "0100000000000000");
    VariantClear(&v);
}
END_TEST

START_TEST(a_value_in_the_middle_of_a_stub_is_aligned_to_it)
{
    struct user_marshal m = { .out = &out, .base = 4, .referents = &referents };
    VARIANT v = { .vt = VT_UI1, .bVal = 9 };
    writer_u32(&out, 0xEEEEEEEE); /* in front of the stub */
    writer_u16(&out, 0xBEEF);
    ck_assert_ptr_nonnull(VARIANT_UserMarshal(&m.flags, (unsigned char *)&v, &v));
    ck_assert_uint_eq(out.size, 4 + 8 + 21);
    ck_assert_uint_eq(load_u16(out.data + 4 + 8 + 8), VT_UI1);
}
END_TEST

/* ---- what is refused --------------------------------------------------------------------------------------- */
static HRESULT get_now(VARIANT *v)
{
    size_t left;
    return get(out.data, out.size, v, &left);
}

/* Writes `v`, changes a 32-bit word, and reads. */
static HRESULT get_changed(VARIANT *v, size_t at, uint32_t value)
{
    VARIANT back;
    writer_reset(&out);
    ck_assert_int_eq(put(v), S_OK);
    store_u32(out.data + at, value);
    HRESULT hr = get_now(&back);
    if (SUCCEEDED(hr))
        VARIANT_UserFree(NULL, &back);
    return hr;
}

START_TEST(values_that_cannot_travel_are_not_sent)
{
    VARIANT decimals = { .vt = VT_DECIMAL | VT_ARRAY, .parray = SafeArrayCreateVector(VT_DECIMAL, 0, 1) };
    VARIANT other = { .vt = VT_I4 | VT_ARRAY, .parray = SafeArrayCreateVector(VT_R8, 0, 1) };
    VARIANT record = { .vt = VT_RECORD }, unknown = { .vt = 15 }, nowhere = { .vt = VT_I4 | VT_BYREF };
    ck_assert_int_eq(put(&decimals), DISP_E_BADVARTYPE);
    ck_assert_int_eq(put(&other), DISP_E_BADVARTYPE);
    ck_assert_int_eq(put(&record), DISP_E_BADVARTYPE);
    ck_assert_int_eq(put(&unknown), DISP_E_BADVARTYPE);
    ck_assert_int_eq(put(&nowhere), HR_NULL_REF_POINTER);
    SafeArrayDestroy(decimals.parray);
    SafeArrayDestroy(other.parray);
}
END_TEST

START_TEST(values_that_refer_to_themselves_end)
{
    VARIANT v = { .vt = VT_VARIANT | VT_BYREF };
    v.pvarVal = &v;
    ck_assert_int_eq(put(&v), E_INVALIDARG);
}
END_TEST

START_TEST(values_nested_too_deep_are_refused)
{
    VARIANT back;
    /* Each level: header, referent of VARIANT*, referent of the value. */
    for (unsigned i = 0; i < WIRE_DEPTH_MAXIMUM + 1; i++) {
        writer_align(&out, 8);
        writer_zeros(&out, 8);
        writer_u16(&out, VT_VARIANT | VT_BYREF);
        writer_zeros(&out, 6);
        writer_u32(&out, VT_VARIANT | VT_BYREF);
        writer_u32(&out, 1);
        writer_u32(&out, 1);
    }
    ck_assert_int_eq(get_now(&back), HR_BAD_STUB_DATA);
    ck_assert_int_eq(back.vt, VT_EMPTY);
}
END_TEST

START_TEST(types_that_cannot_travel_are_refused)
{
    static const VARTYPE bad[] = {
        15,         VT_RECORD,           VT_RECORD | VT_BYREF, VT_RECORD | VT_ARRAY, VT_LPWSTR,
        VT_VARIANT, VT_EMPTY | VT_BYREF, VT_NULL | VT_ARRAY,   VT_I4 | VT_VECTOR,    0xFFFF
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        VARIANT back;
        writer_reset(&out);
        writer_zeros(&out, 8);
        writer_u16(&out, bad[i]);
        writer_zeros(&out, 6);
        writer_u32(&out, wire_discriminant(bad[i]));
        writer_zeros(&out, 64);
        ck_assert_msg(get_now(&back) == HR_BAD_STUB_DATA, "vt %04x", bad[i]);
    }
}
END_TEST

START_TEST(a_discriminant_must_say_what_the_type_says)
{
    VARIANT v = { .vt = VT_R8, .dblVal = 1 };
    VARIANT array = { .vt = VT_I4 | VT_ARRAY, .parray = SafeArrayCreateVector(VT_I4, 0, 1) };
    ck_assert_int_eq(get_changed(&v, 16, VT_I4), HR_BAD_STUB_DATA);
    ck_assert_int_eq(get_changed(&array, 16, VT_ARRAY | VT_BYREF), HR_BAD_STUB_DATA);
    /* Some senders repeat the element's type there. */
    ck_assert_int_eq(get_changed(&array, 16, VT_ARRAY | VT_I4), S_OK);
    VariantClear(&array);
}
END_TEST

START_TEST(a_size_in_quad_words_that_lies_does_not_matter)
{
    VARIANT v = { .vt = VT_R8, .dblVal = 1 };
    ck_assert_int_eq(get_changed(&v, 0, 0xFFFFFFFF), S_OK);
}
END_TEST

START_TEST(a_string_whose_lengths_differ_is_refused)
{
    VARIANT v = { .vt = VT_BSTR, .bstrVal = SysAllocString(OLESTR("ab")) };
    ck_assert_int_eq(get_changed(&v, 24, 3), HR_BAD_STUB_DATA);
    ck_assert_int_eq(get_changed(&v, 28, 5), HR_BAD_STUB_DATA);
    ck_assert_int_eq(get_changed(&v, 28, WIRE_NULL_STRING), HR_BAD_STUB_DATA);
    ck_assert_int_eq(get_changed(&v, 32, 1), HR_BAD_STUB_DATA);
    ck_assert_int_eq(get_changed(&v, 28, 3), S_OK); /* an odd number of bytes in two units */
    VariantClear(&v);
}
END_TEST

START_TEST(a_string_of_four_billion_units_takes_no_memory)
{
    VARIANT v = { .vt = VT_BSTR, .bstrVal = SysAllocString(OLESTR("ab")) }, back;
    ck_assert_int_eq(put(&v), S_OK);
    store_u32(out.data + 24, 0x7FFFFFFF);
    store_u32(out.data + 28, 0xFFFFFFFE);
    store_u32(out.data + 32, 0x7FFFFFFF);
    ck_assert_int_eq(get_now(&back), HR_BAD_STUB_DATA);
    VariantClear(&v);
}
END_TEST

START_TEST(a_reference_without_its_target_is_refused)
{
    LONG target = 7;
    VARIANT v = { .vt = VT_I4 | VT_BYREF, .plVal = &target };
    ck_assert_int_eq(get_changed(&v, 20, 0), HR_BAD_STUB_DATA);
}
END_TEST

/* Offsets in a one-dimensional array of two longs, as the golden bytes above show them. */
enum {
    AT_CONFORMANCE = 28,
    AT_DIMENSIONS = 32,
    AT_LOCKS = 40,
    AT_FORM = 44,
    AT_COUNT = 48,
    AT_POINTER = 52,
    AT_BOUND = 56,
    AT_ELEMENTS = 64
};

START_TEST(an_array_that_contradicts_itself_is_refused)
{
    static const struct {
        size_t at;
        uint32_t value;
    } changes[] = {
        { AT_CONFORMANCE, 2 },
        { AT_DIMENSIONS, 0x00800000 },       /* no dimension */
        { AT_DIMENSIONS, 0x00800002 },       /* two, where one bound follows */
        { AT_LOCKS, (uint32_t)VT_R4 << 16 }, /* FADF_HAVEVARTYPE with another type */
        { AT_FORM, SF_I8 },
        { AT_FORM, SF_ERROR },
        { AT_FORM, SF_HAVEIID },
        { AT_COUNT, 3 },
        { AT_POINTER, 0 },
        { AT_BOUND, 3 },
        { AT_BOUND, 0xFFFFFFFF },
        { AT_ELEMENTS, 1 },
        { AT_ELEMENTS, 0xFFFFFFFF },
    };
    VARIANT v = { .vt = VT_I4 | VT_ARRAY, .parray = SafeArrayCreateVector(VT_I4, 0, 2) };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        ck_assert_msg(get_changed(&v, changes[i].at, changes[i].value) == HR_BAD_STUB_DATA, "change %zu", i);
    VariantClear(&v);
}
END_TEST

START_TEST(an_array_beyond_the_stub_takes_no_memory)
{
    VARIANT v = { .vt = VT_I4 | VT_ARRAY, .parray = SafeArrayCreateVector(VT_I4, 0, 2) }, back;
    ck_assert_int_eq(put(&v), S_OK);
    store_u32(out.data + AT_COUNT, 0x7FFFFFFF);
    store_u32(out.data + AT_BOUND, 0x7FFFFFFF);
    store_u32(out.data + AT_ELEMENTS, 0x7FFFFFFF);
    ck_assert_int_eq(get_now(&back), HR_BAD_STUB_DATA);
    VariantClear(&v);
}
END_TEST

START_TEST(an_interface_pointer_that_is_refused_says_why)
{
    VARIANT v = { .vt = VT_UNKNOWN, .punkVal = &object }, back;
    ck_assert_int_eq(put(&v), S_OK);
    out.data[out.size - 1] = 'X';
    ck_assert_int_eq(get_now(&back), RPC_E_INVALID_OBJREF);
    ck_assert_int_eq(back.vt, VT_EMPTY);
}
END_TEST

START_TEST(without_a_table_of_objects_no_interface_pointer_crosses)
{
    struct user_marshal m = { .out = &out, .referents = &referents };
    VARIANT v = { .vt = VT_UNKNOWN, .punkVal = &object };
    ck_assert_ptr_null(VARIANT_UserMarshal(&m.flags, (unsigned char *)&v, &v));
    ck_assert_int_eq(m.hr, E_NOINTERFACE);
}
END_TEST

START_TEST(a_writer_that_is_full_fails_the_value)
{
    VARIANT v = { .vt = VT_BSTR, .bstrVal = SysAllocString(OLESTR("0123456789")) };
    writer_cleanup(&out);
    writer_init(&out, 40);
    ck_assert_int_eq(put(&v), E_OUTOFMEMORY);
    VariantClear(&v);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oleaut wire");
    TCase *cases = tcase_create("wire");
    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, every_plain_type_comes_back);
    tcase_add_test(cases, every_plain_type_comes_back_by_reference);
    tcase_add_test(cases, strings_come_back_null_and_empty_apart);
    tcase_add_test(cases, interface_pointers_come_back_as_their_interface);
    tcase_add_test(cases, arrays_of_every_plain_type_come_back);
    tcase_add_test(cases, arrays_of_strings_come_back);
    tcase_add_test(cases, arrays_of_interface_pointers_come_back);
    tcase_add_test(cases, arrays_of_values_come_back_with_arrays_inside);
    tcase_add_test(cases, a_value_may_refer_to_another);
    tcase_add_test(cases, empty_and_missing_arrays_come_back);
    tcase_add_test(cases, a_short_integer_takes_three_quad_words);
    tcase_add_test(cases, a_double_is_aligned_to_8);
    tcase_add_test(cases, a_null_string_has_a_blob_that_says_so);
    tcase_add_test(cases, a_reference_to_a_long_has_its_target_behind);
    tcase_add_test(cases, a_vector_of_longs_follows_the_automation_layout);
    tcase_add_test(cases, an_array_of_interfaces_carries_their_iid);
    tcase_add_test(cases, a_value_in_the_middle_of_a_stub_is_aligned_to_it);
    tcase_add_test(cases, values_that_cannot_travel_are_not_sent);
    tcase_add_test(cases, values_that_refer_to_themselves_end);
    tcase_add_test(cases, values_nested_too_deep_are_refused);
    tcase_add_test(cases, types_that_cannot_travel_are_refused);
    tcase_add_test(cases, a_discriminant_must_say_what_the_type_says);
    tcase_add_test(cases, a_size_in_quad_words_that_lies_does_not_matter);
    tcase_add_test(cases, a_string_whose_lengths_differ_is_refused);
    tcase_add_test(cases, a_string_of_four_billion_units_takes_no_memory);
    tcase_add_test(cases, a_reference_without_its_target_is_refused);
    tcase_add_test(cases, an_array_that_contradicts_itself_is_refused);
    tcase_add_test(cases, an_array_beyond_the_stub_takes_no_memory);
    tcase_add_test(cases, an_interface_pointer_that_is_refused_says_why);
    tcase_add_test(cases, without_a_table_of_objects_no_interface_pointer_crosses);
    tcase_add_test(cases, a_writer_that_is_full_fails_the_value);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
