/* VariantChangeType. */
#include <math.h>
#include <string.h>

#include "tests/oleaut/suite.h"

static VARIANT text(const OLECHAR *value)
{
    return (VARIANT){ .vt = VT_BSTR, .bstrVal = SysAllocString(value) };
}

static VARIANT real(double value)
{
    return (VARIANT){ .vt = VT_R8, .dblVal = value };
}

static VARIANT integer(LONGLONG value)
{
    return (VARIANT){ .vt = VT_I8, .llVal = value };
}

/* Converts and gives the value up; the result is what is left. */
static VARIANT to(VARIANT from, VARTYPE type)
{
    ck_assert_int_eq(VariantChangeType(&from, &from, 0, type), S_OK);
    ck_assert_int_eq(from.vt, type);
    return from;
}

static void assert_fails(VARIANT from, VARTYPE type, HRESULT expected)
{
    VARIANT out = { .vt = VT_I4, .lVal = 1234 };
    ck_assert_int_eq(VariantChangeType(&out, &from, 0, type), expected);
    ck_assert_int_eq(out.vt, VT_I4);
    ck_assert_int_eq(out.lVal, 1234);
    VariantClear(&from);
}

static void assert_becomes_text(VARIANT from, const char *expected)
{
    VARIANT out = to(from, VT_BSTR);
    assert_text(out.bstrVal, expected);
    VariantClear(&out);
}

START_TEST(reals_round_half_to_even)
{
    ck_assert_int_eq(to(real(2.5), VT_I4).lVal, 2);
    ck_assert_int_eq(to(real(3.5), VT_I4).lVal, 4);
    ck_assert_int_eq(to(real(-2.5), VT_I4).lVal, -2);
    ck_assert_int_eq(to(real(2.51), VT_I2).iVal, 3);
    ck_assert_int_eq(to((VARIANT){ .vt = VT_CY, .cyVal = { .int64 = 25000 } }, VT_I4).lVal, 2);
    ck_assert_int_eq(to((VARIANT){ .vt = VT_CY, .cyVal = { .int64 = -35000 } }, VT_I4).lVal, -4);
}
END_TEST

START_TEST(numbers_that_do_not_fit_overflow)
{
    assert_fails(real(2147483648.0), VT_I4, DISP_E_OVERFLOW);
    assert_fails(real(NAN), VT_I4, DISP_E_OVERFLOW);
    assert_fails(real(1e300), VT_I8, DISP_E_OVERFLOW);
    assert_fails(real(1e39), VT_R4, DISP_E_OVERFLOW);
    assert_fails(integer(256), VT_UI1, DISP_E_OVERFLOW);
    assert_fails(integer(-1), VT_UI1, DISP_E_OVERFLOW);
    assert_fails(integer(-129), VT_I1, DISP_E_OVERFLOW);
    assert_fails(integer(-1), VT_UI8, DISP_E_OVERFLOW);
    assert_fails((VARIANT){ .vt = VT_UI8, .ullVal = UINT64_MAX }, VT_I8, DISP_E_OVERFLOW);
    assert_fails(integer(INT64_MAX), VT_CY, DISP_E_OVERFLOW);
}
END_TEST

START_TEST(the_bounds_of_each_integer_fit)
{
    ck_assert_int_eq(to(integer(-128), VT_I1).cVal, -128);
    ck_assert_int_eq(to(integer(127), VT_I1).cVal, 127);
    ck_assert_int_eq(to(integer(-32768), VT_I2).iVal, -32768);
    ck_assert_uint_eq(to(integer(65535), VT_UI2).uiVal, 65535);
    ck_assert_int_eq(to(integer(INT32_MIN), VT_I4).lVal, INT32_MIN);
    ck_assert_int_eq(to(integer(INT32_MIN), VT_INT).intVal, INT32_MIN);
    ck_assert_uint_eq(to(integer(UINT32_MAX), VT_UI4).ulVal, UINT32_MAX);
    ck_assert_uint_eq(to(integer(UINT32_MAX), VT_UINT).uintVal, UINT32_MAX);
    ck_assert_int_eq(to(to(integer(INT64_MIN), VT_DECIMAL), VT_I8).llVal, INT64_MIN);
    ck_assert_uint_eq(to(to((VARIANT){ .vt = VT_UI8, .ullVal = UINT64_MAX }, VT_DECIMAL), VT_UI8).ullVal, UINT64_MAX);
    ck_assert_uint_eq(to(to((VARIANT){ .vt = VT_UI1, .bVal = 255 }, VT_R4), VT_UI1).bVal, 255);
}
END_TEST

START_TEST(truth_is_minus_one)
{
    ck_assert_int_eq(to(real(0.25), VT_BOOL).boolVal, VARIANT_TRUE);
    ck_assert_int_eq(to(integer(0), VT_BOOL).boolVal, VARIANT_FALSE);
    ck_assert_int_eq(to((VARIANT){ .vt = VT_BOOL, .boolVal = VARIANT_TRUE }, VT_I4).lVal, -1);
    ck_assert_int_eq(to(text(OLESTR("true")), VT_BOOL).boolVal, VARIANT_TRUE);
    ck_assert_int_eq(to(text(OLESTR("FALSE")), VT_BOOL).boolVal, VARIANT_FALSE);
    ck_assert_int_eq(to(text(OLESTR("#TRUE#")), VT_BOOL).boolVal, VARIANT_TRUE);
    ck_assert_int_eq(to(text(OLESTR("12")), VT_BOOL).boolVal, VARIANT_TRUE);
    assert_fails(text(OLESTR("truth")), VT_BOOL, DISP_E_TYPEMISMATCH);
    assert_becomes_text((VARIANT){ .vt = VT_BOOL, .boolVal = VARIANT_TRUE }, "-1");
    assert_becomes_text((VARIANT){ .vt = VT_BOOL }, "0");
}
END_TEST

START_TEST(truth_may_be_spelled_out)
{
    VARIANT v = { .vt = VT_BOOL, .boolVal = VARIANT_TRUE };
    ck_assert_int_eq(VariantChangeType(&v, &v, VARIANT_ALPHABOOL, VT_BSTR), S_OK);
    assert_text(v.bstrVal, "True");
    VariantClear(&v);
}
END_TEST

START_TEST(numbers_become_text)
{
    assert_becomes_text(real(3.25), "3.25");
    assert_becomes_text(real(1e20), "1E+20");
    assert_becomes_text(real(0.1 + 0.2), "0.3");
    assert_becomes_text((VARIANT){ .vt = VT_R4, .fltVal = 0.1f }, "0.1");
    assert_becomes_text(integer(INT64_MIN), "-9223372036854775808");
    assert_becomes_text((VARIANT){ .vt = VT_UI1, .bVal = 9 }, "9");
    assert_becomes_text((VARIANT){ .vt = VT_CY, .cyVal = { .int64 = 32500 } }, "3.25");
    assert_becomes_text((VARIANT){ .vt = VT_CY, .cyVal = { .int64 = -5 } }, "-0.0005");
    assert_becomes_text((VARIANT){ .vt = VT_CY, .cyVal = { .int64 = 30000 } }, "3");
    assert_becomes_text((VARIANT){ .vt = VT_CY }, "0");
    assert_becomes_text((VARIANT){ .vt = VT_EMPTY }, "");
}
END_TEST

START_TEST(text_becomes_numbers)
{
    ck_assert_int_eq(to(text(OLESTR("  -12 ")), VT_I4).lVal, -12);
    ck_assert_int_eq(to(text(OLESTR("1.5")), VT_I4).lVal, 2);
    ck_assert_double_eq(to(text(OLESTR("1.5e3")), VT_R8).dblVal, 1500);
    ck_assert_uint_eq(to(text(OLESTR("18446744073709551615")), VT_UI8).ullVal, UINT64_MAX);
    ck_assert_int_eq(to(text(OLESTR("-0.0005")), VT_CY).cyVal.int64, -5);
    ck_assert_double_eq(to(text(OLESTR("+.5")), VT_R8).dblVal, 0.5);
}
END_TEST

START_TEST(text_that_is_no_number_is_refused)
{
    static const OLECHAR *const bad[] = { u"",    u"  ",  u"valve", u"1,5", u"0x10",  u"inf",    u"nan",
                                          u"1 2", u"--1", u"1e",    u".",   u"1e400", u"\u0661", u"-" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_fails(text(bad[i]), VT_R8, DISP_E_TYPEMISMATCH);
    assert_fails((VARIANT){ .vt = VT_BSTR }, VT_I4, DISP_E_TYPEMISMATCH);
}
END_TEST

START_TEST(decimals_keep_their_digits)
{
    VARIANT d = to(text(OLESTR("79228162514264.337593543950335")), VT_DECIMAL);
    ck_assert_uint_eq(d.decVal.scale, 15);
    ck_assert_uint_eq(d.decVal.Hi32, 0xFFFFFFFF);
    ck_assert_uint_eq(d.decVal.Lo64, UINT64_MAX);
    assert_becomes_text(d, "79228162514264.337593543950335");

    d = to(real(-0.125), VT_DECIMAL);
    ck_assert_uint_eq(d.decVal.scale, 3);
    ck_assert_uint_eq(d.decVal.Lo64, 125);
    ck_assert_uint_eq(d.decVal.sign, DECIMAL_NEG);
    ck_assert_double_eq(to(d, VT_R8).dblVal, -0.125);
    ck_assert_double_eq(to(to(real(1e25), VT_DECIMAL), VT_R8).dblVal, 1e25);
    assert_fails(real(1e29), VT_DECIMAL, DISP_E_OVERFLOW);
    assert_fails(real(INFINITY), VT_DECIMAL, DISP_E_OVERFLOW);
    assert_fails(real(NAN), VT_DECIMAL, DISP_E_OVERFLOW);
    VARIANT invalid = { .decVal = { .scale = 29, .Lo64 = 1 } };
    invalid.vt = VT_DECIMAL;
    assert_fails(invalid, VT_R8, E_INVALIDARG);
}
END_TEST

START_TEST(dates_become_text_of_the_invariant_locale)
{
    assert_becomes_text((VARIANT){ .vt = VT_DATE, .date = 38046.5 }, "02/29/2004 12:00:00");
    assert_becomes_text((VARIANT){ .vt = VT_DATE, .date = 38046 }, "02/29/2004");
    assert_becomes_text((VARIANT){ .vt = VT_DATE, .date = 0.25 }, "06:00:00");
    assert_becomes_text((VARIANT){ .vt = VT_DATE, .date = -1.25 }, "12/29/1899 06:00:00");
    assert_becomes_text((VARIANT){ .vt = VT_DATE, .date = 2958465 }, "12/31/9999");
    assert_becomes_text((VARIANT){ .vt = VT_DATE, .date = -657434 }, "01/01/0100");
    assert_becomes_text((VARIANT){ .vt = VT_DATE, .date = 1.9999999 }, "01/01/1900");
    assert_fails((VARIANT){ .vt = VT_DATE, .date = 3e6 }, VT_BSTR, E_INVALIDARG);
    assert_fails((VARIANT){ .vt = VT_DATE, .date = NAN }, VT_BSTR, E_INVALIDARG);
}
END_TEST

START_TEST(text_becomes_dates)
{
    ck_assert_double_eq(to(text(OLESTR("2004-02-29 12:00:00")), VT_DATE).date, 38046.5);
    ck_assert_double_eq(to(text(OLESTR("2004-02-29T18:00")), VT_DATE).date, 38046.75);
    ck_assert_double_eq(to(text(OLESTR("02/29/2004")), VT_DATE).date, 38046);
    ck_assert_double_eq(to(text(OLESTR("06:00:00")), VT_DATE).date, 0.25);
    ck_assert_double_eq(to(text(OLESTR("12/29/1899 06:00:00")), VT_DATE).date, -1.25);
    ck_assert_double_eq(to(text(OLESTR("38046.5")), VT_DATE).date, 38046.5);
    assert_fails(text(OLESTR("2003-02-29")), VT_DATE, DISP_E_TYPEMISMATCH);
    assert_fails(text(OLESTR("2004-13-01")), VT_DATE, DISP_E_TYPEMISMATCH);
    assert_fails(text(OLESTR("2004-02-29 25:00")), VT_DATE, DISP_E_TYPEMISMATCH);
    assert_fails(text(OLESTR("2004-02-29 12:00 x")), VT_DATE, DISP_E_TYPEMISMATCH);
    assert_fails(text(OLESTR("2004-02-29x")), VT_DATE, DISP_E_TYPEMISMATCH);
}
END_TEST

START_TEST(dates_are_numbers)
{
    ck_assert_int_eq(to((VARIANT){ .vt = VT_DATE, .date = 2.75 }, VT_I4).lVal, 3);
    ck_assert_double_eq(to(integer(3), VT_DATE).date, 3);
}
END_TEST

START_TEST(nothing_becomes_zero)
{
    ck_assert_int_eq(to((VARIANT){ .vt = VT_EMPTY }, VT_I4).lVal, 0);
    ck_assert_double_eq(to((VARIANT){ .vt = VT_EMPTY }, VT_R8).dblVal, 0);
    ck_assert_int_eq(to((VARIANT){ .vt = VT_EMPTY }, VT_BOOL).boolVal, VARIANT_FALSE);
}
END_TEST

START_TEST(values_that_are_no_numbers_are_refused)
{
    VARIANT array = { .vt = VT_ARRAY | VT_I4, .parray = SafeArrayCreateVector(VT_I4, 0, 1) };
    assert_fails((VARIANT){ .vt = VT_NULL }, VT_I4, DISP_E_TYPEMISMATCH);
    assert_fails((VARIANT){ .vt = VT_ERROR, .scode = 5 }, VT_I4, DISP_E_TYPEMISMATCH);
    assert_fails(integer(1), VT_UNKNOWN, DISP_E_TYPEMISMATCH);
    assert_fails(integer(1), VT_NULL, DISP_E_TYPEMISMATCH);
    assert_fails(integer(1), VT_I4 | VT_ARRAY, DISP_E_TYPEMISMATCH);
    assert_fails(integer(1), VT_I4 | VT_BYREF, DISP_E_BADVARTYPE);
    assert_fails(integer(1), 15, DISP_E_BADVARTYPE);
    assert_fails(array, VT_I4, DISP_E_TYPEMISMATCH);
}
END_TEST

START_TEST(the_same_type_is_a_copy)
{
    VARIANT from = text(OLESTR("x")), out = { .vt = VT_EMPTY };
    VARIANT array = { .vt = VT_ARRAY | VT_I4, .parray = SafeArrayCreateVector(VT_I4, 0, 1) };
    ck_assert_int_eq(VariantChangeType(&out, &from, 0, VT_BSTR), S_OK);
    ck_assert_ptr_ne(out.bstrVal, from.bstrVal);
    VariantClear(&from);
    assert_text(out.bstrVal, "x");
    VariantClear(&out);
    array = to(array, VT_ARRAY | VT_I4);
    VariantClear(&array);
}
END_TEST

START_TEST(a_reference_is_followed)
{
    double target = 7;
    VARIANT from = { .vt = VT_R8 | VT_BYREF, .pdblVal = &target }, out = { .vt = VT_EMPTY };
    ck_assert_int_eq(VariantChangeType(&out, &from, 0, VT_I4), S_OK);
    ck_assert_int_eq(out.lVal, 7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oleaut convert");
    TCase *cases = tcase_create("conversions");
    tcase_add_test(cases, reals_round_half_to_even);
    tcase_add_test(cases, numbers_that_do_not_fit_overflow);
    tcase_add_test(cases, the_bounds_of_each_integer_fit);
    tcase_add_test(cases, truth_is_minus_one);
    tcase_add_test(cases, truth_may_be_spelled_out);
    tcase_add_test(cases, numbers_become_text);
    tcase_add_test(cases, text_becomes_numbers);
    tcase_add_test(cases, text_that_is_no_number_is_refused);
    tcase_add_test(cases, decimals_keep_their_digits);
    tcase_add_test(cases, dates_become_text_of_the_invariant_locale);
    tcase_add_test(cases, text_becomes_dates);
    tcase_add_test(cases, dates_are_numbers);
    tcase_add_test(cases, nothing_becomes_zero);
    tcase_add_test(cases, values_that_are_no_numbers_are_refused);
    tcase_add_test(cases, the_same_type_is_a_copy);
    tcase_add_test(cases, a_reference_is_followed);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
