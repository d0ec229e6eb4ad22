/* IOPCItemMgt. */
#include "tests/probe-server/fixture.h"

START_TEST(items_are_judged_one_by_one)
{
    static const struct {
        const WCHAR *id, *path;
        VARTYPE type;
        HRESULT error;
    } cases[] = {
        { ITEM_RAMP, NULL, VT_EMPTY, S_OK },
        { ITEM_RAMP, NULL, VT_R8, S_OK }, /* the same item twice is allowed */
        { NULL, NULL, VT_EMPTY, OPC_E_INVALIDITEMID },
        { u"", NULL, VT_EMPTY, OPC_E_INVALIDITEMID },
        { u"No.Such", NULL, VT_EMPTY, OPC_E_UNKNOWNITEMID },
        { u"ramp", NULL, VT_EMPTY, OPC_E_UNKNOWNITEMID }, /* names are case-sensitive */
        { ITEM_RAMP, u"COM1", VT_EMPTY, OPC_E_UNKNOWNPATH },
        { ITEM_RAMP, u"", VT_EMPTY, S_OK },
        { ITEM_RAMP, NULL, VT_ARRAY | VT_R8, OPC_E_BADTYPE },
        { ITEM_RAMP, NULL, VT_UNKNOWN, OPC_E_BADTYPE },
        { ITEM_RAMP, NULL, 0xFFFF, OPC_E_BADTYPE },
        { ITEM_ARRAY, NULL, VT_R8, OPC_E_BADTYPE },
        { ITEM_ARRAY, NULL, VT_ARRAY | VT_R8, S_OK },
    };
    enum {
        COUNT = sizeof(cases) / sizeof(cases[0])
    };
    OPCITEMDEF definitions[COUNT] = { { 0 } };
    for (size_t i = 0; i < COUNT; i++) {
        definitions[i].szItemID = (LPWSTR)cases[i].id;
        definitions[i].szAccessPath = (LPWSTR)cases[i].path;
        definitions[i].vtRequestedDataType = cases[i].type;
    }
    IOPCItemMgt *group = fixture_group(NULL, true, 100);
    for (int validate = 0; validate < 2; validate++) {
        OPCITEMRESULT *results = NULL;
        HRESULT *errors = NULL;
        HRESULT hr = validate ? IOPCItemMgt_ValidateItems(group, COUNT, definitions, FALSE, &results, &errors)
                              : IOPCItemMgt_AddItems(group, COUNT, definitions, &results, &errors);
        ck_assert_int_eq(hr, S_FALSE);
        for (size_t i = 0; i < COUNT; i++) {
            ck_assert_msg(errors[i] == cases[i].error, "case %zu: 0x%08X", i, (unsigned)errors[i]);
            ck_assert_int_eq(results[i].hServer != 0, !validate && errors[i] == S_OK);
            if (errors[i] == S_OK)
                ck_assert_uint_eq(results[i].vtCanonicalDataType, i < 12 ? VT_I4 : VT_ARRAY | VT_R8);
        }
        ck_assert_uint_ne(validate ? 1 : results[0].hServer, validate ? 0 : results[1].hServer);
        opc_item_results_free(results, COUNT);
        CoTaskMemFree(errors);
    }
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(access_rights_come_back)
{
    const WCHAR *ids[] = { ITEM_RAMP, ITEM_STORE, ITEM_SINK };
    DWORD rights[] = { OPC_READABLE, OPC_READABLE | OPC_WRITEABLE, OPC_WRITEABLE };
    IOPCItemMgt *group = fixture_group(NULL, true, 100);
    for (int i = 0; i < 3; i++) {
        OPCITEMDEF definition = { .szItemID = (LPWSTR)ids[i] };
        OPCITEMRESULT *results;
        HRESULT *errors;
        ck_assert_int_eq(IOPCItemMgt_AddItems(group, 1, &definition, &results, &errors), S_OK);
        ck_assert_uint_eq(results[0].dwAccessRights, rights[i]);
        ck_assert_uint_eq(results[0].dwBlobSize, 0);
        opc_item_results_free(results, 1);
        CoTaskMemFree(errors);
    }
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(a_count_of_zero_is_refused_with_all_out_pointers_null)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 100);
    OPCITEMDEF definition = { .szItemID = (LPWSTR)ITEM_RAMP };
    OPCHANDLE handle = 1;
    VARTYPE type = VT_R8;
    OPCITEMRESULT *results = (OPCITEMRESULT *)&handle;
    HRESULT *errors = (HRESULT *)&handle;
    ck_assert_int_eq(IOPCItemMgt_AddItems(group, 0, &definition, &results, &errors), E_INVALIDARG);
    ck_assert_ptr_null(results);
    ck_assert_ptr_null(errors);
    results = (OPCITEMRESULT *)&handle;
    errors = (HRESULT *)&handle;
    ck_assert_int_eq(IOPCItemMgt_ValidateItems(group, 0, &definition, FALSE, &results, &errors), E_INVALIDARG);
    ck_assert_ptr_null(results);
    ck_assert_ptr_null(errors);
    errors = (HRESULT *)&handle;
    ck_assert_int_eq(IOPCItemMgt_RemoveItems(group, 0, &handle, &errors), E_INVALIDARG);
    ck_assert_ptr_null(errors);
    errors = (HRESULT *)&handle;
    ck_assert_int_eq(IOPCItemMgt_SetActiveState(group, 0, &handle, TRUE, &errors), E_INVALIDARG);
    ck_assert_ptr_null(errors);
    ck_assert_int_eq(IOPCItemMgt_SetClientHandles(group, 0, &handle, &handle, &errors), E_INVALIDARG);
    ck_assert_int_eq(IOPCItemMgt_SetDatatypes(group, 0, &handle, &type, &errors), E_INVALIDARG);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(one_bad_handle_does_not_keep_the_others_from_being_done)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 100);
    OPCHANDLE good = fixture_item(group, ITEM_RAMP, 1);
    OPCHANDLE handles[] = { good, 4711 }, clients[] = { 21, 22 };
    VARTYPE types[] = { VT_R8, VT_R8 };
    HRESULT *errors;
    ck_assert_int_eq(IOPCItemMgt_SetClientHandles(group, 2, handles, clients, &errors), S_FALSE);
    ck_assert_int_eq(errors[0], S_OK);
    ck_assert_int_eq(errors[1], OPC_E_INVALIDHANDLE);
    CoTaskMemFree(errors);
    ck_assert_int_eq(IOPCItemMgt_SetDatatypes(group, 2, handles, types, &errors), S_FALSE);
    ck_assert_int_eq(errors[0], S_OK);
    CoTaskMemFree(errors);
    HRESULT error;
    OPCITEMSTATE *state = fixture_read(group, OPC_DS_DEVICE, good, &error);
    ck_assert_uint_eq(state->hClient, 21);
    ck_assert_int_eq(V_VT(&state->vDataValue), VT_R8);
    opc_item_states_free(state, 1);
    ck_assert_int_eq(IOPCItemMgt_SetActiveState(group, 2, handles, FALSE, &errors), S_FALSE);
    ck_assert_int_eq(errors[1], OPC_E_INVALIDHANDLE);
    CoTaskMemFree(errors);
    ck_assert_int_eq(IOPCItemMgt_RemoveItems(group, 2, handles, &errors), S_FALSE);
    ck_assert_int_eq(errors[0], S_OK);
    CoTaskMemFree(errors);
    ck_assert_int_eq(IOPCItemMgt_RemoveItems(group, 1, handles, &errors), S_FALSE);
    ck_assert_int_eq(errors[0], OPC_E_INVALIDHANDLE);
    CoTaskMemFree(errors);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(an_impossible_type_is_refused_and_the_old_one_stays)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 100);
    OPCHANDLE handle = fixture_item_as(group, ITEM_RAMP, 1, VT_I2, true);
    VARTYPE type = VT_DISPATCH;
    HRESULT *errors, error;
    ck_assert_int_eq(IOPCItemMgt_SetDatatypes(group, 1, &handle, &type, &errors), S_FALSE);
    ck_assert_int_eq(errors[0], OPC_E_BADTYPE);
    CoTaskMemFree(errors);
    OPCITEMSTATE *state = fixture_read(group, OPC_DS_DEVICE, handle, &error);
    ck_assert_int_eq(V_VT(&state->vDataValue), VT_I2);
    opc_item_states_free(state, 1);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(attributes_tell_everything_about_an_item)
{
    IUnknown *out;
    OPCITEMATTRIBUTES *a;
    ULONG fetched = 0;
    IOPCItemMgt *group = fixture_group(NULL, true, 100);
    OPCHANDLE handle = fixture_item_as(group, ITEM_RAMP, 31, VT_R4, false);
    fixture_item(group, ITEM_STATE, 32);
    fixture_item(group, ITEM_CONSTANT, 33);
    ck_assert_int_eq(IOPCItemMgt_CreateEnumerator(group, &IID_IEnumOPCItemAttributes, &out), S_OK);
    ck_assert_int_eq(IEnumOPCItemAttributes_Next((IEnumOPCItemAttributes *)out, 100, &a, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 3);
    ck_assert(wide_equal(a[0].szItemID, ITEM_RAMP));
    ck_assert(wide_equal(a[0].szAccessPath, WTEXT("")));
    ck_assert_int_eq(a[0].bActive, 0);
    ck_assert_uint_eq(a[0].hClient, 31);
    ck_assert_uint_eq(a[0].hServer, handle);
    ck_assert_uint_eq(a[0].dwAccessRights, OPC_READABLE);
    ck_assert_uint_eq(a[0].vtRequestedDataType, VT_R4);
    ck_assert_uint_eq(a[0].vtCanonicalDataType, VT_I4);
    ck_assert_int_eq(a[0].dwEUType, OPC_ANALOG);
    ck_assert_uint_eq(V_VT(&a[0].vEUInfo), VT_ARRAY | VT_R8);
    LONG index = 1;
    double high = 0;
    ck_assert_int_eq(SafeArrayGetElement(V_ARRAY(&a[0].vEUInfo), &index, &high), S_OK);
    ck_assert_double_eq(high, 1000);
    ck_assert_int_eq(a[1].bActive, 1);
    ck_assert_int_eq(a[1].dwEUType, OPC_ENUMERATED);
    ck_assert_uint_eq(V_VT(&a[1].vEUInfo), VT_ARRAY | VT_BSTR);
    BSTR name = NULL;
    ck_assert_int_eq(SafeArrayGetElement(V_ARRAY(&a[1].vEUInfo), &index, &name), S_OK);
    ck_assert(wide_equal(name, WTEXT("on")));
    SysFreeString(name);
    ck_assert_int_eq(a[2].dwEUType, OPC_NOENUM);
    ck_assert_uint_eq(V_VT(&a[2].vEUInfo), VT_EMPTY);
    opc_item_attributes_free(a, fetched);
    IUnknown_Release(out);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(an_enumerator_of_no_items_is_false_and_other_interfaces_are_refused)
{
    IUnknown *out = NULL;
    OPCITEMATTRIBUTES *attributes;
    ULONG fetched = 9;
    IOPCItemMgt *group = fixture_group(NULL, true, 100);
    ck_assert_int_eq(IOPCItemMgt_CreateEnumerator(group, &IID_IEnumOPCItemAttributes, &out), S_FALSE);
    ck_assert_int_eq(IEnumOPCItemAttributes_Next((IEnumOPCItemAttributes *)out, 5, &attributes, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 0);
    ck_assert_ptr_null(attributes);
    IUnknown_Release(out);
    ck_assert_int_eq(IOPCItemMgt_CreateEnumerator(group, &IID_IEnumUnknown, &out), E_NOINTERFACE);
    ck_assert_ptr_null(out);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(ten_thousand_items_are_added_and_removed)
{
    enum {
        COUNT = 10000
    };
    OPCITEMDEF *definitions = calloc(COUNT, sizeof(*definitions));
    OPCHANDLE *handles = calloc(COUNT, sizeof(*handles));
    for (size_t i = 0; i < COUNT; i++)
        definitions[i].szItemID = (LPWSTR)ITEM_RAMP;
    IOPCItemMgt *group = fixture_group(NULL, true, 100);
    for (int round = 0; round < 2; round++) {
        OPCITEMRESULT *results;
        HRESULT *errors;
        ck_assert_int_eq(IOPCItemMgt_AddItems(group, COUNT, definitions, &results, &errors), S_OK);
        CoTaskMemFree(errors);
        for (size_t i = 0; i < COUNT; i++)
            handles[i] = results[i].hServer;
        opc_item_results_free(results, COUNT);
        ck_assert_int_eq(IOPCItemMgt_RemoveItems(group, COUNT, handles, &errors), S_OK);
        CoTaskMemFree(errors);
    }
    free(handles);
    free(definitions);
    IOPCItemMgt_Release(group);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("group_items");
    TCase *tc = tcase_create("items");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, fixture_start, fixture_stop);
    tcase_add_test(tc, items_are_judged_one_by_one);
    tcase_add_test(tc, access_rights_come_back);
    tcase_add_test(tc, a_count_of_zero_is_refused_with_all_out_pointers_null);
    tcase_add_test(tc, one_bad_handle_does_not_keep_the_others_from_being_done);
    tcase_add_test(tc, an_impossible_type_is_refused_and_the_old_one_stays);
    tcase_add_test(tc, attributes_tell_everything_about_an_item);
    tcase_add_test(tc, an_enumerator_of_no_items_is_false_and_other_interfaces_are_refused);
    tcase_add_test(tc, ten_thousand_items_are_added_and_removed);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
