/* Text, file times, clear functions and interface tables: what crosses the COM seam. */
#include <check.h>
#include <oleauto.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opcda/clear.h"
#include "opcda/com_object.h"
#include "opcda/filetime.h"
#include "opcda/identity.h"
#include "opcda/text.h"

START_TEST(text_goes_to_the_seam_and_back)
{
    static const char *const texts[] = { "", "abc", "Gr\xC3\xBC\xC3\x9F\x65", "\xF0\x9F\x8F\xAD plant" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        WCHAR *wide = wide_from_utf8(texts[i]), *copy = wide_copy(wide);
        char *back = wide_to_utf8(copy);
        ck_assert_str_eq(back, texts[i]);
        ck_assert(wide_equal(wide, copy));
        free(back);
        CoTaskMemFree(copy);
        CoTaskMemFree(wide);
    }
    ck_assert_ptr_null(wide_to_utf8(NULL));
}
END_TEST

START_TEST(literals_have_sixteen_bits_everywhere)
{
    ck_assert_uint_eq(sizeof(WCHAR), 2);
    ck_assert_uint_eq(wide_length(WTEXT("abc")), 3);
    ck_assert(wide_equal(WTEXT("abc"), WTEXT("abc")));
    ck_assert(!wide_equal(WTEXT("abc"), WTEXT("abcd")));
    ck_assert(!wide_equal(WTEXT("abc"), WTEXT("abC")));
}
END_TEST

START_TEST(a_bstr_has_its_length_before_it)
{
    BSTR text = bstr_from_utf8("Gr\xC3\xBC\xC3\x9F\x65"), empty = bstr_from_utf8("");
    ck_assert_uint_eq(SysStringLen(text), 5);
    ck_assert_uint_eq(SysStringLen(empty), 0);
    ck_assert_ptr_nonnull(empty);
    SysFreeString(text);
    SysFreeString(empty);
}
END_TEST

static const char *time_text(uint64_t value)
{
    static char text[FILETIME_TEXT];
    filetime_text(filetime_make(value), text);
    return text;
}

START_TEST(file_times_are_read_as_dates)
{
    static const uint64_t second = 10000000, day = 86400 * second;
    ck_assert_str_eq(time_text(0), "never");
    ck_assert_str_eq(time_text(10000), "1601-01-01T00:00:00.001Z");
    ck_assert_str_eq(time_text(UINT64_C(116444736000000000)), "1970-01-01T00:00:00.000Z");
    /* 2000 was a leap year, 1900 was none. */
    ck_assert_str_eq(time_text(UINT64_C(125963424000000000) - day), "2000-02-29T00:00:00.000Z");
    ck_assert_str_eq(time_text(UINT64_C(125963424000000000)), "2000-03-01T00:00:00.000Z");
    ck_assert_str_eq(time_text(UINT64_C(94405824000000000)), "1900-03-01T00:00:00.000Z");
    ck_assert_str_eq(time_text(UINT64_C(94405824000000000) - second), "1900-02-28T23:59:59.000Z");
    ck_assert_str_eq(time_text(UINT64_C(134396740831230000)), "2026-11-20T18:48:03.123Z");
}
END_TEST

START_TEST(a_file_time_is_its_value)
{
    ck_assert_uint_eq(filetime_value(filetime_make(UINT64_C(0x0123456789ABCDEF))), UINT64_C(0x0123456789ABCDEF));
}
END_TEST

/* That nothing leaks is judged by the address sanitizer; here everything is filled in. */
static void fill(VARIANT *v)
{
    VariantInit(v);
    v->vt = VT_BSTR;
    v->bstrVal = bstr_from_utf8("value");
}

START_TEST(clearing_frees_everything_that_hangs_below)
{
    OPCITEMSTATE *states = CoTaskMemAlloc(2 * sizeof(*states));
    fill(&states[0].vDataValue);
    fill(&states[1].vDataValue);
    opc_item_states_free(states, 2);
    OPCITEMRESULT *results = CoTaskMemAlloc(sizeof(*results));
    results->pBlob = CoTaskMemAlloc(10);
    opc_item_results_free(results, 1);
    OPCSERVERSTATUS *status = CoTaskMemAlloc(sizeof(*status));
    status->szVendorInfo = wide_from_utf8("vendor");
    opc_server_status_free(status);
    OPCITEMATTRIBUTES *attributes = CoTaskMemAlloc(sizeof(*attributes));
    attributes->szAccessPath = wide_from_utf8("");
    attributes->szItemID = wide_from_utf8("id");
    attributes->pBlob = CoTaskMemAlloc(1);
    fill(&attributes->vEUInfo);
    opc_item_attributes_free(attributes, 1);
    VARIANT *values = CoTaskMemAlloc(2 * sizeof(*values));
    fill(&values[0]);
    fill(&values[1]);
    opc_variants_free(values, 2);
    LPWSTR *strings = CoTaskMemAlloc(2 * sizeof(*strings));
    strings[0] = wide_from_utf8("a");
    strings[1] = NULL;
    opc_strings_free(strings, 2);
}
END_TEST

static OPCITEMPROPERTY *one_property(void)
{
    OPCITEMPROPERTY *property = CoTaskMemAlloc(sizeof(*property));
    property->szItemID = wide_from_utf8("id");
    property->szDescription = wide_from_utf8("description");
    fill(&property->vValue);
    return property;
}

START_TEST(clearing_frees_the_properties_of_browse_elements)
{
    OPCITEMPROPERTIES *lists = CoTaskMemAlloc(2 * sizeof(*lists));
    lists[0].dwNumProperties = 1;
    lists[0].pItemProperties = one_property();
    lists[1].dwNumProperties = 0;
    lists[1].pItemProperties = NULL;
    opc_item_property_lists_free(lists, 2);
    OPCBROWSEELEMENT *elements = CoTaskMemAlloc(sizeof(*elements));
    elements->szName = wide_from_utf8("name");
    elements->szItemID = wide_from_utf8("id");
    elements->ItemProperties.dwNumProperties = 1;
    elements->ItemProperties.pItemProperties = one_property();
    opc_browse_elements_free(elements, 1);
}
END_TEST

START_TEST(nothing_is_cleared_without_harm)
{
    opc_item_states_free(NULL, 3);
    opc_item_results_free(NULL, 3);
    opc_item_attributes_free(NULL, 3);
    opc_server_status_free(NULL);
    opc_item_property_lists_free(NULL, 3);
    opc_browse_elements_free(NULL, 3);
    opc_variants_free(NULL, 3);
    opc_strings_free(NULL, 3);
}
END_TEST

/* ---- an object with two interfaces ---- */

struct thing {
    IUnknown IUnknown_iface;
    IEnumString IEnumString_iface;
    ULONG references;
};

static const struct com_iface_entry thing_ifaces[] = {
    { &IID_IUnknown, offsetof(struct thing, IUnknown_iface) },
    { &IID_IEnumString, offsetof(struct thing, IEnumString_iface) },
    { NULL, 0 },
};

static HRESULT thing_query(struct thing *t, REFIID iid, void **out)
{
    return com_query(thing_ifaces, t, iid, out);
}

static ULONG thing_addref(struct thing *t)
{
    return ++t->references;
}

static ULONG thing_release(struct thing *t)
{
    return --t->references;
}

COM_FORWARD_IUNKNOWN(thing, IUnknown)
COM_FORWARD_IUNKNOWN(thing, IEnumString)

static const IUnknownVtbl thing_IUnknown_vtbl = {
    .QueryInterface = thing_IUnknown_QueryInterface,
    .AddRef = thing_IUnknown_AddRef,
    .Release = thing_IUnknown_Release,
};

static const IEnumStringVtbl thing_IEnumString_vtbl = {
    .QueryInterface = thing_IEnumString_QueryInterface,
    .AddRef = thing_IEnumString_AddRef,
    .Release = thing_IEnumString_Release,
};

START_TEST(an_object_gives_its_interfaces_by_table_and_counts_them_together)
{
    struct thing t = { { &thing_IUnknown_vtbl }, { &thing_IEnumString_vtbl }, 1 };
    void *out = NULL;
    ck_assert_int_eq(IUnknown_QueryInterface(&t.IUnknown_iface, &IID_IEnumString, &out), S_OK);
    ck_assert_ptr_eq(out, &t.IEnumString_iface);
    ck_assert_uint_eq(t.references, 2);
    ck_assert_int_eq(IEnumString_QueryInterface(&t.IEnumString_iface, &IID_IUnknown, &out), S_OK);
    ck_assert_ptr_eq(out, &t.IUnknown_iface);
    ck_assert_uint_eq(IEnumString_AddRef(&t.IEnumString_iface), 4);
    ck_assert_int_eq(IUnknown_QueryInterface(&t.IUnknown_iface, &IID_IEnumUnknown, &out), E_NOINTERFACE);
    ck_assert_ptr_null(out);
    ck_assert_int_eq(IUnknown_QueryInterface(&t.IUnknown_iface, &IID_IUnknown, NULL), E_POINTER);
    ck_assert_uint_eq(IUnknown_Release(&t.IUnknown_iface), 3);
}
END_TEST

START_TEST(the_class_is_the_one_that_is_registered)
{
    char text[GUID_TEXT];
    guid_text(&CLSID_OpcprobeServer, text);
    ck_assert(utf8_equal_ignoring_case(text, OPCPROBE_CLSID_TEXT));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("structures");
    TCase *tc = tcase_create("seam");
    tcase_add_test(tc, text_goes_to_the_seam_and_back);
    tcase_add_test(tc, literals_have_sixteen_bits_everywhere);
    tcase_add_test(tc, a_bstr_has_its_length_before_it);
    tcase_add_test(tc, file_times_are_read_as_dates);
    tcase_add_test(tc, a_file_time_is_its_value);
    tcase_add_test(tc, clearing_frees_everything_that_hangs_below);
    tcase_add_test(tc, clearing_frees_the_properties_of_browse_elements);
    tcase_add_test(tc, nothing_is_cleared_without_harm);
    tcase_add_test(tc, an_object_gives_its_interfaces_by_table_and_counts_them_together);
    tcase_add_test(tc, the_class_is_the_one_that_is_registered);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
