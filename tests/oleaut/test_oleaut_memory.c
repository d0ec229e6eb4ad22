/* Task memory, strings, values and arrays in memory. */
#include <string.h>
#include <unknwn.h>

#include "tests/oleaut/suite.h"

START_TEST(task_memory_grows_and_shrinks)
{
    uint8_t *memory = CoTaskMemAlloc(4);
    memcpy(memory, "abc", 4);
    memory = CoTaskMemRealloc(memory, 4096);
    ck_assert_str_eq((char *)memory, "abc");
    ck_assert_ptr_null(CoTaskMemRealloc(memory, 0));
    memory = CoTaskMemRealloc(NULL, 0);
    ck_assert_ptr_nonnull(memory);
    CoTaskMemFree(memory);
    CoTaskMemFree(NULL);
}
END_TEST

/* ---- BSTR ------------------------------------------------------------------------------------- */
START_TEST(a_bstr_knows_its_length_and_ends_with_zero)
{
    BSTR string = SysAllocString(OLESTR("valve"));
    ck_assert_uint_eq(SysStringLen(string), 5);
    ck_assert_uint_eq(SysStringByteLen(string), 10);
    ck_assert_uint_eq(string[5], 0);
    ck_assert_uint_eq((uintptr_t)string % 8, 0);
    SysFreeString(string);
}
END_TEST

START_TEST(no_text_is_the_null_bstr_and_empty_text_is_not)
{
    BSTR empty = SysAllocString(OLESTR(""));
    ck_assert_ptr_null(SysAllocString(NULL));
    ck_assert_ptr_nonnull(empty);
    ck_assert_uint_eq(SysStringLen(empty), 0);
    ck_assert_uint_eq(SysStringLen(NULL), 0);
    SysFreeString(empty);
    SysFreeString(NULL);
}
END_TEST

START_TEST(a_bstr_holds_zeros_and_odd_numbers_of_bytes)
{
    BSTR with_zero = SysAllocStringLen(OLESTR("a\0b"), 3), odd = SysAllocStringByteLen("xyz", 3);
    ck_assert_uint_eq(SysStringLen(with_zero), 3);
    ck_assert_uint_eq(with_zero[2], 'b');
    ck_assert_uint_eq(SysStringByteLen(odd), 3);
    ck_assert_uint_eq(SysStringLen(odd), 1);
    ck_assert_mem_eq(odd, "xyz\0\0\0", 6);
    SysFreeString(with_zero);
    SysFreeString(odd);
}
END_TEST

START_TEST(a_bstr_without_source_is_zero)
{
    BSTR string = SysAllocStringLen(NULL, 4);
    for (unsigned i = 0; i <= 4; i++)
        ck_assert_uint_eq(string[i], 0);
    SysFreeString(string);
    ck_assert_ptr_null(SysAllocStringLen(NULL, 0xFFFFFFFF));
    ck_assert_ptr_null(SysAllocStringByteLen(NULL, 0xFFFFFFFF));
}
END_TEST

START_TEST(a_bstr_may_be_replaced_by_its_own_tail)
{
    BSTR string = SysAllocString(OLESTR("abcdef"));
    ck_assert_int_eq(SysReAllocString(&string, string + 3), TRUE);
    assert_text(string, "def");
    ck_assert_int_eq(SysReAllocString(&string, NULL), TRUE);
    ck_assert_ptr_null(string);
}
END_TEST

/* ---- an object that counts --------------------------------------------------------------------- */
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

/* ---- VARIANT ---------------------------------------------------------------------------------- */
START_TEST(clearing_a_value_gives_up_what_it_owns)
{
    VARIANT v = { .vt = VT_BSTR, .bstrVal = SysAllocString(OLESTR("x")) };
    ck_assert_int_eq(VariantClear(&v), S_OK);
    ck_assert_int_eq(v.vt, VT_EMPTY);

    references = 1;
    v.vt = VT_UNKNOWN;
    v.punkVal = &object;
    ck_assert_int_eq(VariantClear(&v), S_OK);
    ck_assert_int_eq(references, 0);

    v.vt = VT_ARRAY | VT_BSTR;
    v.parray = SafeArrayCreateVector(VT_BSTR, 0, 2);
    ((BSTR *)v.parray->pvData)[1] = SysAllocString(OLESTR("y"));
    ck_assert_int_eq(VariantClear(&v), S_OK);
}
END_TEST

START_TEST(clearing_a_value_by_reference_leaves_its_target)
{
    BSTR text = SysAllocString(OLESTR("mine"));
    VARIANT v = { .vt = VT_BSTR | VT_BYREF, .pbstrVal = &text };
    ck_assert_int_eq(VariantClear(&v), S_OK);
    assert_text(text, "mine");
    SysFreeString(text);
}
END_TEST

START_TEST(types_that_no_value_can_have_are_refused)
{
    static const VARTYPE bad[] = { 15,
                                   VT_VARIANT,
                                   VT_RECORD,
                                   VT_VOID,
                                   VT_LPWSTR,
                                   VT_EMPTY | VT_BYREF,
                                   VT_NULL | VT_ARRAY,
                                   VT_I4 | VT_VECTOR,
                                   VT_I4 | VT_RESERVED,
                                   VT_ILLEGAL };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        VARIANT v = { .vt = bad[i] }, copy = { .vt = VT_EMPTY };
        ck_assert_int_eq(VariantClear(&v), DISP_E_BADVARTYPE);
        ck_assert_int_eq(v.vt, bad[i]);
        ck_assert_int_eq(VariantCopy(&copy, &v), DISP_E_BADVARTYPE);
    }
}
END_TEST

START_TEST(a_copy_owns_its_own)
{
    VARIANT from = { .vt = VT_BSTR, .bstrVal = SysAllocString(OLESTR("x")) }, to = { .vt = VT_EMPTY };
    ck_assert_int_eq(VariantCopy(&to, &from), S_OK);
    ck_assert_ptr_ne(to.bstrVal, from.bstrVal);
    VariantClear(&from);
    assert_text(to.bstrVal, "x");
    ck_assert_int_eq(VariantCopy(&to, &to), S_OK);
    assert_text(to.bstrVal, "x");

    references = 1;
    from.vt = VT_UNKNOWN;
    from.punkVal = &object;
    ck_assert_int_eq(VariantCopy(&to, &from), S_OK);
    ck_assert_int_eq(references, 2);
    VariantClear(&to);
    ck_assert_int_eq(references, 1);
}
END_TEST

START_TEST(a_decimal_is_copied_whole)
{
    VARIANT from = { .decVal = { .Hi32 = 1, .Lo64 = 2, .scale = 3, .sign = DECIMAL_NEG } }, to = { .vt = VT_EMPTY };
    from.vt = VT_DECIMAL;
    ck_assert_int_eq(VariantCopy(&to, &from), S_OK);
    ck_assert_int_eq(to.vt, VT_DECIMAL);
    ck_assert_mem_eq(&to, &from, sizeof to);
}
END_TEST

START_TEST(copying_through_a_reference_reads_the_target)
{
    LONG number = 42;
    BSTR text = SysAllocString(OLESTR("t"));
    VARIANT inner = { .vt = VT_I4 | VT_BYREF, .plVal = &number }, out = { .vt = VT_EMPTY };
    VARIANT of_text = { .vt = VT_BSTR | VT_BYREF, .pbstrVal = &text };
    VARIANT outer = { .vt = VT_VARIANT | VT_BYREF, .pvarVal = &inner };
    VARIANT twice = { .vt = VT_VARIANT | VT_BYREF, .pvarVal = &outer };
    DECIMAL d = { .Lo64 = 7 };
    VARIANT of_decimal = { .vt = VT_DECIMAL | VT_BYREF, .pdecVal = &d };

    ck_assert_int_eq(VariantCopyInd(&out, &outer), S_OK);
    ck_assert_int_eq(out.vt, VT_I4);
    ck_assert_int_eq(out.lVal, 42);
    ck_assert_int_eq(VariantCopyInd(&out, &of_text), S_OK);
    ck_assert_ptr_ne(out.bstrVal, text);
    ck_assert_int_eq(VariantCopyInd(&out, &of_decimal), S_OK);
    ck_assert_int_eq(out.vt, VT_DECIMAL);
    ck_assert_uint_eq(out.decVal.Lo64, 7);
    ck_assert_int_eq(VariantCopyInd(&out, &twice), E_INVALIDARG);
    ck_assert_int_eq(VariantCopyInd(&out, &(VARIANT){ .vt = VT_I4 | VT_BYREF }), E_INVALIDARG);
    SysFreeString(text);
}
END_TEST

/* ---- SAFEARRAY --------------------------------------------------------------------------------- */
START_TEST(a_vector_has_bounds_type_and_zeroed_elements)
{
    SAFEARRAY *a = SafeArrayCreateVector(VT_R8, 5, 3);
    LONG lower, upper, index = 7;
    VARTYPE type;
    double value = 1;

    ck_assert_uint_eq(SafeArrayGetDim(a), 1);
    ck_assert_uint_eq(SafeArrayGetElemsize(a), 8);
    ck_assert_int_eq(SafeArrayGetLBound(a, 1, &lower), S_OK);
    ck_assert_int_eq(SafeArrayGetUBound(a, 1, &upper), S_OK);
    ck_assert_int_eq(lower, 5);
    ck_assert_int_eq(upper, 7);
    ck_assert_int_eq(SafeArrayGetVartype(a, &type), S_OK);
    ck_assert_int_eq(type, VT_R8);
    ck_assert_int_eq(SafeArrayGetElement(a, &index, &value), S_OK);
    ck_assert_double_eq(value, 0);
    ck_assert_int_eq(SafeArrayGetLBound(a, 2, &lower), DISP_E_BADINDEX);
    ck_assert_int_eq(SafeArrayGetLBound(a, 0, &lower), DISP_E_BADINDEX);
    ck_assert_int_eq(SafeArrayDestroy(a), S_OK);
}
END_TEST

START_TEST(two_dimensions_lie_with_the_first_next_to_each_other)
{
    SAFEARRAYBOUND bounds[] = { { 2, 0 }, { 3, 10 } };
    SAFEARRAY *a = SafeArrayCreate(VT_I4, 2, bounds);
    LONG indices[] = { 1, 12 }, value = 77;

    ck_assert_uint_eq(a->rgsabound[0].cElements, 3); /* the last dimension first */
    ck_assert_int_eq(SafeArrayPutElement(a, indices, &value), S_OK);
    ck_assert_int_eq(((LONG *)a->pvData)[1 + 2 * 2], 77);
    indices[1] = 13;
    ck_assert_int_eq(SafeArrayPutElement(a, indices, &value), DISP_E_BADINDEX);
    indices[1] = 9;
    ck_assert_int_eq(SafeArrayGetElement(a, indices, &value), DISP_E_BADINDEX);
    SafeArrayDestroy(a);
}
END_TEST

START_TEST(elements_that_own_are_copied_in_and_out)
{
    SAFEARRAY *a = SafeArrayCreateVector(VT_BSTR, 0, 1), *values = SafeArrayCreateVector(VT_VARIANT, 0, 1), *copy;
    BSTR text = SysAllocString(OLESTR("in")), out = NULL;
    VARIANT v = { .vt = VT_BSTR, .bstrVal = text }, got;
    LONG index = 0;

    ck_assert_int_eq(SafeArrayPutElement(a, &index, text), S_OK);
    ck_assert_int_eq(SafeArrayPutElement(a, &index, text), S_OK); /* frees the first */
    ck_assert_int_eq(SafeArrayPutElement(values, &index, &v), S_OK);
    SysFreeString(text);
    ck_assert_int_eq(SafeArrayGetElement(a, &index, &out), S_OK);
    assert_text(out, "in");
    SysFreeString(out);
    ck_assert_int_eq(SafeArrayGetElement(values, &index, &got), S_OK);
    ck_assert_int_eq(got.vt, VT_BSTR);
    VariantClear(&got);
    ck_assert_int_eq(SafeArrayCopy(values, &copy), S_OK);
    SafeArrayDestroy(values);
    ck_assert_int_eq(SafeArrayGetElement(copy, &index, &got), S_OK);
    assert_text(got.bstrVal, "in");
    VariantClear(&got);
    SafeArrayDestroy(copy);
    SafeArrayDestroy(a);
}
END_TEST

START_TEST(interface_pointers_in_an_array_are_references)
{
    SAFEARRAY *a = SafeArrayCreateVector(VT_UNKNOWN, 0, 2), *copy;
    LONG index = 1;

    references = 1;
    ck_assert_uint_eq(a->fFeatures, FADF_UNKNOWN | FADF_HAVEIID);
    ck_assert_int_eq(SafeArrayPutElement(a, &index, &object), S_OK);
    ck_assert_int_eq(SafeArrayCopy(a, &copy), S_OK);
    ck_assert_int_eq(references, 3);
    SafeArrayDestroy(a);
    SafeArrayDestroy(copy);
    ck_assert_int_eq(references, 1);
}
END_TEST

START_TEST(a_locked_array_is_not_destroyed)
{
    VARIANT v = { .vt = VT_ARRAY | VT_UI1, .parray = SafeArrayCreateVector(VT_UI1, 0, 4) };
    void *data;
    ck_assert_int_eq(SafeArrayAccessData(v.parray, &data), S_OK);
    ck_assert_int_eq(VariantClear(&v), DISP_E_ARRAYISLOCKED);
    ck_assert_int_eq(v.vt, VT_ARRAY | VT_UI1);
    ck_assert_int_eq(SafeArrayUnaccessData(v.parray), S_OK);
    ck_assert_int_eq(SafeArrayUnaccessData(v.parray), E_UNEXPECTED);
    ck_assert_int_eq(VariantClear(&v), S_OK);
}
END_TEST

START_TEST(arrays_that_cannot_be_are_not_created)
{
    SAFEARRAYBOUND huge[] = { { 0x10000, 0 }, { 0x10000, 0 } };
    ck_assert_ptr_null(SafeArrayCreate(VT_I4, 0, huge));
    ck_assert_ptr_null(SafeArrayCreate(VT_I4, 33, huge));
    ck_assert_ptr_null(SafeArrayCreate(VT_I4, 2, huge));
    ck_assert_ptr_null(SafeArrayCreate(VT_EMPTY, 1, huge));
    ck_assert_ptr_null(SafeArrayCreate(VT_RECORD, 1, huge));
    ck_assert_int_eq(SafeArrayDestroy(NULL), S_OK);
    ck_assert_uint_eq(SafeArrayGetDim(NULL), 0);
    ck_assert_int_eq(SafeArrayLock(NULL), E_INVALIDARG);
}
END_TEST

START_TEST(an_empty_array_has_an_upper_bound_below_the_lower)
{
    SAFEARRAY *a = SafeArrayCreateVector(VT_I4, 0, 0);
    LONG upper = 5;
    ck_assert_int_eq(SafeArrayGetUBound(a, 1, &upper), S_OK);
    ck_assert_int_eq(upper, -1);
    SafeArrayDestroy(a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oleaut memory");
    TCase *cases = tcase_create("memory");
    tcase_add_test(cases, task_memory_grows_and_shrinks);
    tcase_add_test(cases, a_bstr_knows_its_length_and_ends_with_zero);
    tcase_add_test(cases, no_text_is_the_null_bstr_and_empty_text_is_not);
    tcase_add_test(cases, a_bstr_holds_zeros_and_odd_numbers_of_bytes);
    tcase_add_test(cases, a_bstr_without_source_is_zero);
    tcase_add_test(cases, a_bstr_may_be_replaced_by_its_own_tail);
    tcase_add_test(cases, clearing_a_value_gives_up_what_it_owns);
    tcase_add_test(cases, clearing_a_value_by_reference_leaves_its_target);
    tcase_add_test(cases, types_that_no_value_can_have_are_refused);
    tcase_add_test(cases, a_copy_owns_its_own);
    tcase_add_test(cases, a_decimal_is_copied_whole);
    tcase_add_test(cases, copying_through_a_reference_reads_the_target);
    tcase_add_test(cases, a_vector_has_bounds_type_and_zeroed_elements);
    tcase_add_test(cases, two_dimensions_lie_with_the_first_next_to_each_other);
    tcase_add_test(cases, elements_that_own_are_copied_in_and_out);
    tcase_add_test(cases, interface_pointers_in_an_array_are_references);
    tcase_add_test(cases, a_locked_array_is_not_destroyed);
    tcase_add_test(cases, arrays_that_cannot_be_are_not_created);
    tcase_add_test(cases, an_empty_array_has_an_upper_bound_below_the_lower);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
