/* IOPCServer, IOPCCommon and the shutdown point of a server object. */
#include <string.h>

#include "opcda/identity.h"
#include "tests/probe-server/fake_sink.h"
#include "tests/probe-server/fixture.h"

static HRESULT add_group(const WCHAR *name, DWORD rate, FLOAT *deadband, OPCHANDLE *handle, DWORD *revised, REFIID iid,
                         IUnknown **out)
{
    return IOPCServer_AddGroup(fixture.server, name, TRUE, rate, 5, NULL, deadband, 0x409, handle, revised, iid, out);
}

START_TEST(a_server_has_its_required_interfaces_and_one_identity)
{
    static const IID *const required[] = { &IID_IUnknown, &IID_IOPCServer, &IID_IOPCCommon,
                                           &IID_IConnectionPointContainer };
    IUnknown *identity = AS(fixture.server, IUnknown);
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        IUnknown *face = fixture_query(fixture.server, required[i]);
        IUnknown *back = AS(face, IUnknown);
        ck_assert_ptr_eq(back, identity);
        IUnknown_Release(back);
        IUnknown_Release(face);
    }
    IUnknown_Release(identity);
    ck_assert_uint_eq(fixture_references(fixture.server), 1);
}
END_TEST

START_TEST(an_interface_that_is_not_there_leaves_null)
{
    void *out = &out;
    ck_assert_int_eq(IOPCServer_QueryInterface(fixture.server, &IID_IOPCBrowse, &out), E_NOINTERFACE);
    ck_assert_ptr_null(out);
}
END_TEST

START_TEST(a_server_made_for_an_unknown_interface_goes_at_once)
{
    void *out = &out;
    ck_assert_int_eq(server_create(&fixture.service, &IID_IOPCBrowse, &out), E_NOINTERFACE);
    ck_assert_ptr_null(out);
    fixture_wait_for_objects(1);
}
END_TEST

START_TEST(status_tells_vendor_state_times_and_groups)
{
    OPCSERVERSTATUS *status = NULL;
    IOPCItemMgt *group = fixture_group(WTEXT("one"), true, 1000);
    ck_assert_int_eq(IOPCServer_GetStatus(fixture.server, &status), S_OK);
    ck_assert_int_eq(status->dwServerState, OPC_STATUS_RUNNING);
    ck_assert_uint_eq(status->dwGroupCount, 1);
    ck_assert_uint_ne(status->ftStartTime.dwHighDateTime, 0);
    ck_assert_uint_ne(status->ftCurrentTime.dwHighDateTime, 0);
    ck_assert_uint_eq(status->ftLastUpdateTime.dwHighDateTime, 0); /* nothing was sent yet */
    char *vendor = wide_to_utf8(status->szVendorInfo);
    ck_assert_str_eq(vendor, OPCPROBE_VENDOR);
    free(vendor);
    opc_server_status_free(status);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(a_rate_that_is_not_a_multiple_is_revised_and_said_so)
{
    static const struct {
        DWORD requested, revised;
        HRESULT hr;
    } cases[] = {
        { 1000, 1000, S_OK }, { 0, 10, OPC_S_UNSUPPORTEDRATE },  { 1, 10, OPC_S_UNSUPPORTEDRATE },
        { 10, 10, S_OK },     { 11, 20, OPC_S_UNSUPPORTEDRATE }, { 0xFFFFFFFF, 86400000, OPC_S_UNSUPPORTEDRATE },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int again = 0; again < 2; again++) { /* deterministic */
            OPCHANDLE handle;
            DWORD revised;
            IUnknown *group;
            ck_assert_int_eq(add_group(NULL, cases[i].requested, NULL, &handle, &revised, &IID_IOPCItemMgt, &group),
                             cases[i].hr);
            ck_assert_uint_eq(revised, cases[i].revised);
            ck_assert_uint_ne(handle, 0);
            IUnknown_Release(group);
        }
}
END_TEST

START_TEST(a_group_without_name_gets_one_of_its_own)
{
    IOPCItemMgt *first = fixture_group(NULL, true, 1000), *second = fixture_group(WTEXT(""), true, 1000);
    IOPCGroupStateMgt *states[] = { AS(first, IOPCGroupStateMgt), AS(second, IOPCGroupStateMgt) };
    LPWSTR names[2];
    for (int i = 0; i < 2; i++) {
        DWORD rate, locale;
        BOOL active;
        LONG bias;
        FLOAT deadband;
        OPCHANDLE client, handle;
        ck_assert_int_eq(IOPCGroupStateMgt_GetState(states[i], &rate, &active, &names[i], &bias, &deadband, &locale,
                                                    &client, &handle),
                         S_OK);
        ck_assert_uint_gt(wide_length(names[i]), 0);
        IOPCGroupStateMgt_Release(states[i]);
    }
    ck_assert(!wide_equal(names[0], names[1]));
    CoTaskMemFree(names[0]);
    CoTaskMemFree(names[1]);
    IOPCItemMgt_Release(first);
    IOPCItemMgt_Release(second);
}
END_TEST

START_TEST(a_name_that_is_taken_is_refused_and_case_matters)
{
    OPCHANDLE handle = 9;
    DWORD revised = 9;
    IUnknown *group = (IUnknown *)&handle;
    IOPCItemMgt *first = fixture_group(WTEXT("Line"), true, 1000);
    ck_assert_int_eq(add_group(WTEXT("Line"), 1000, NULL, &handle, &revised, &IID_IOPCItemMgt, &group),
                     OPC_E_DUPLICATENAME);
    ck_assert_ptr_null(group);
    ck_assert_uint_eq(handle, 0);
    ck_assert_uint_eq(revised, 0);
    IOPCItemMgt *second = fixture_group(WTEXT("line"), true, 1000);
    IOPCItemMgt_Release(first);
    IOPCItemMgt_Release(second);
}
END_TEST

START_TEST(a_blank_name_and_a_deadband_out_of_range_are_refused)
{
    OPCHANDLE handle;
    DWORD revised;
    IUnknown *group;
    FLOAT below = -0.5f, above = 100.5f, limit = 100;
    ck_assert_int_eq(add_group(WTEXT("  "), 1000, NULL, &handle, &revised, &IID_IOPCItemMgt, &group), E_INVALIDARG);
    ck_assert_int_eq(add_group(NULL, 1000, &below, &handle, &revised, &IID_IOPCItemMgt, &group), E_INVALIDARG);
    ck_assert_int_eq(add_group(NULL, 1000, &above, &handle, &revised, &IID_IOPCItemMgt, &group), E_INVALIDARG);
    ck_assert_ptr_null(group);
    ck_assert_int_eq(add_group(NULL, 1000, &limit, &handle, &revised, &IID_IOPCItemMgt, &group), S_OK);
    IUnknown_Release(group);
}
END_TEST

START_TEST(a_group_for_an_unknown_interface_leaves_nothing_behind)
{
    OPCHANDLE handle = 9;
    DWORD revised = 9;
    IUnknown *group = (IUnknown *)&handle;
    OPCSERVERSTATUS *status;
    ck_assert_int_eq(add_group(WTEXT("x"), 1000, NULL, &handle, &revised, &IID_IOPCBrowse, &group), E_NOINTERFACE);
    ck_assert_ptr_null(group);
    ck_assert_uint_eq(handle, 0);
    ck_assert_int_eq(IOPCServer_GetStatus(fixture.server, &status), S_OK);
    ck_assert_uint_eq(status->dwGroupCount, 0);
    opc_server_status_free(status);
    fixture_wait_for_objects(1);
}
END_TEST

START_TEST(a_group_outlives_its_interfaces_and_is_found_by_name)
{
    IUnknown *found = NULL;
    IOPCItemMgt *group = fixture_group(WTEXT("Line"), true, 1000);
    OPCHANDLE handle = fixture_group_handle(group);
    ck_assert_uint_eq(IOPCItemMgt_Release(group), 0);
    ck_assert_int_eq(IOPCServer_GetGroupByName(fixture.server, WTEXT("Line"), &IID_IOPCItemMgt, &found), S_OK);
    ck_assert_uint_eq(fixture_group_handle((IOPCItemMgt *)found), handle);
    IUnknown_Release(found);
    ck_assert_int_eq(IOPCServer_GetGroupByName(fixture.server, WTEXT("line"), &IID_IOPCItemMgt, &found), E_INVALIDARG);
    ck_assert_ptr_null(found);
    ck_assert_int_eq(IOPCServer_GetGroupByName(fixture.server, WTEXT("Line"), &IID_IOPCBrowse, &found), E_NOINTERFACE);
    ck_assert_ptr_null(found);
    ck_assert_int_eq(IOPCServer_RemoveGroup(fixture.server, handle, FALSE), S_OK);
    fixture_wait_for_objects(1);
}
END_TEST

START_TEST(removing_a_group_in_use_says_so_and_its_calls_fail_from_then_on)
{
    IOPCItemMgt *group = fixture_group(WTEXT("Line"), true, 1000);
    OPCHANDLE handle = fixture_group_handle(group);
    ck_assert_int_eq(IOPCServer_RemoveGroup(fixture.server, handle, FALSE), OPC_S_INUSE);
    ck_assert_int_eq(IOPCServer_RemoveGroup(fixture.server, handle, FALSE), E_INVALIDARG);
    HRESULT *errors = (HRESULT *)&handle;
    ck_assert_int_eq(IOPCItemMgt_RemoveItems(group, 1, &handle, &errors), E_FAIL);
    ck_assert_ptr_null(errors);
    OPCITEMDEF definition = { .szItemID = (LPWSTR)ITEM_RAMP };
    OPCITEMRESULT *results;
    ck_assert_int_eq(IOPCItemMgt_AddItems(group, 1, &definition, &results, &errors), E_FAIL);
    ck_assert_ptr_null(results);
    ck_assert_uint_eq(IOPCItemMgt_Release(group), 0);
    fixture_wait_for_objects(1);
}
END_TEST

START_TEST(removing_by_force_says_ok_and_an_unknown_handle_is_refused)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    ck_assert_int_eq(IOPCServer_RemoveGroup(fixture.server, fixture_group_handle(group), TRUE), S_OK);
    ck_assert_int_eq(IOPCServer_RemoveGroup(fixture.server, 4711, FALSE), E_INVALIDARG);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(a_client_that_goes_takes_its_groups_along)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    fixture_release(fixture_group(NULL, true, 1000));
    ck_assert_uint_eq(IOPCServer_Release(fixture.server), 0);
    fixture.server = NULL;
    HRESULT *errors;
    OPCHANDLE handle = 1;
    ck_assert_int_eq(IOPCItemMgt_RemoveItems(group, 1, &handle, &errors), E_FAIL);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(groups_are_enumerated_by_object_and_by_name)
{
    IUnknown *out = NULL, *element[3];
    LPOLESTR name;
    ULONG fetched;
    IOPCItemMgt *group = fixture_group(WTEXT("A"), true, 1000);
    fixture_release(fixture_group(WTEXT("B"), true, 1000));
    ck_assert_int_eq(IOPCServer_CreateGroupEnumerator(fixture.server, OPC_ENUM_ALL, &IID_IEnumUnknown, &out), S_OK);
    ck_assert_int_eq(IEnumUnknown_Next((IEnumUnknown *)out, 3, element, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 2);
    IUnknown *identity = AS(group, IUnknown);
    ck_assert_ptr_eq(element[0], identity);
    IUnknown_Release(identity);
    IUnknown_Release(element[0]);
    IUnknown_Release(element[1]);
    IUnknown_Release(out);
    ck_assert_int_eq(IOPCServer_CreateGroupEnumerator(fixture.server, OPC_ENUM_PRIVATE, &IID_IEnumString, &out), S_OK);
    ck_assert_int_eq(IEnumString_Next((IEnumString *)out, 1, &name, NULL), S_OK);
    ck_assert(wide_equal(name, WTEXT("A")));
    CoTaskMemFree(name);
    IUnknown_Release(out);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(an_empty_enumeration_is_false_with_an_enumerator)
{
    static const OPCENUMSCOPE scopes[] = { OPC_ENUM_PRIVATE_CONNECTIONS,
                                           OPC_ENUM_PUBLIC_CONNECTIONS,
                                           OPC_ENUM_ALL_CONNECTIONS,
                                           OPC_ENUM_PRIVATE,
                                           OPC_ENUM_PUBLIC,
                                           OPC_ENUM_ALL };
    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        IUnknown *out = NULL, *element;
        ULONG fetched = 9;
        ck_assert_int_eq(IOPCServer_CreateGroupEnumerator(fixture.server, scopes[i], &IID_IEnumUnknown, &out), S_FALSE);
        ck_assert_int_eq(IEnumUnknown_Next((IEnumUnknown *)out, 1, &element, &fetched), S_FALSE);
        ck_assert_uint_eq(fetched, 0);
        IUnknown_Release(out);
    }
    fixture_release(fixture_group(NULL, true, 1000));
    IUnknown *out = NULL;
    ck_assert_int_eq(IOPCServer_CreateGroupEnumerator(fixture.server, OPC_ENUM_PUBLIC, &IID_IEnumString, &out),
                     S_FALSE);
    IUnknown_Release(out);
    ck_assert_int_eq(IOPCServer_CreateGroupEnumerator(fixture.server, (OPCENUMSCOPE)99, &IID_IEnumString, &out),
                     E_INVALIDARG);
    ck_assert_int_eq(IOPCServer_CreateGroupEnumerator(fixture.server, OPC_ENUM_ALL, &IID_IOPCServer, &out),
                     E_NOINTERFACE);
    ck_assert_ptr_null(out);
}
END_TEST

static void check_text(HRESULT code, const char *expected)
{
    LPWSTR text = NULL;
    ck_assert_int_eq(IOPCServer_GetErrorString(fixture.server, code, 0x409, &text), S_OK);
    char *utf8 = wide_to_utf8(text);
    ck_assert_str_eq(utf8, expected);
    free(utf8);
    CoTaskMemFree(text);
}

START_TEST(error_strings_cover_opc_com_and_rpc)
{
    check_text(OPC_E_BADRIGHTS, "The item's access rights do not allow the operation.");
    check_text(E_FAIL, "Unspecified error.");
    check_text((HRESULT)0x800706BA, "The RPC server is unavailable.");
    LPWSTR text = (LPWSTR)&text;
    ck_assert_int_eq(IOPCServer_GetErrorString(fixture.server, (HRESULT)0x8BADF00D, 0x409, &text), E_INVALIDARG);
    ck_assert_ptr_null(text);
    ck_assert_int_eq(IOPCServer_GetErrorString(fixture.server, E_FAIL, 0x407, &text), E_INVALIDARG);
}
END_TEST

START_TEST(exactly_the_listed_locales_can_be_set)
{
    IOPCCommon *common = AS(fixture.server, IOPCCommon);
    DWORD count = 0;
    LCID *locales = NULL, current = 0;
    ck_assert_int_eq(IOPCCommon_QueryAvailableLocaleIDs(common, &count, &locales), S_OK);
    ck_assert_uint_gt(count, 0);
    for (DWORD i = 0; i < count; i++) {
        ck_assert_int_eq(IOPCCommon_SetLocaleID(common, locales[i]), S_OK);
        ck_assert_int_eq(IOPCCommon_GetLocaleID(common, &current), S_OK);
        ck_assert_uint_eq(current, locales[i]);
    }
    ck_assert_int_eq(IOPCCommon_SetLocaleID(common, 0x407), E_INVALIDARG);
    LPWSTR text;
    ck_assert_int_eq(IOPCCommon_GetErrorString(common, E_FAIL, &text), S_OK);
    CoTaskMemFree(text);
    CoTaskMemFree(locales);
    IOPCCommon_Release(common);
}
END_TEST

static char *read_text(const char *id)
{
    HRESULT error;
    WCHAR *wide = wide_from_utf8(id);
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    OPCITEMSTATE *state = fixture_read(group, OPC_DS_DEVICE, fixture_item(group, wide, 1), &error);
    ck_assert_int_eq(error, S_OK);
    ck_assert_int_eq(V_VT(&state->vDataValue), VT_BSTR);
    ck_assert_uint_eq(state->wQuality, OPC_QUALITY_GOOD);
    char *text = wide_to_utf8(V_BSTR(&state->vDataValue));
    opc_item_states_free(state, 1);
    CoTaskMemFree(wide);
    IOPCItemMgt_Release(group);
    return text;
}

START_TEST(the_nonce_of_a_client_comes_back_and_other_names_do_not)
{
    IOPCCommon *common = AS(fixture.server, IOPCCommon);
    static const struct {
        const WCHAR *name;
        const char *expected;
    } cases[] = { { WTEXT("opcprobe-nonce:42"), "opcprobe-nonce:42" }, { WTEXT("SCADA"), "" } };
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(IOPCCommon_SetClientName(common, cases[i].name), S_OK);
        char *text = read_text(OPCPROBE_ITEM_NONCE);
        ck_assert_str_eq(text ? text : "", cases[i].expected);
        free(text);
    }
    IOPCCommon_Release(common);
}
END_TEST

START_TEST(each_client_has_its_own_nonce)
{
    IOPCServer *other = NULL;
    ck_assert_int_eq(server_create(&fixture.service, &IID_IOPCServer, (void **)&other), S_OK);
    IOPCCommon *common = AS(other, IOPCCommon);
    ck_assert_int_eq(IOPCCommon_SetClientName(common, WTEXT("opcprobe-nonce:other")), S_OK);
    char *text = read_text(OPCPROBE_ITEM_NONCE);
    ck_assert_str_eq(text ? text : "", "");
    free(text);
    IOPCCommon_Release(common);
    IOPCServer_Release(other);
}
END_TEST

START_TEST(the_shutdown_point_is_found_enumerated_and_asks_once)
{
    struct fake_sink sink;
    IConnectionPoint *point = NULL, *listed = NULL;
    IEnumConnectionPoints *points = NULL;
    IConnectionPointContainer *back = NULL;
    IID iid;
    DWORD cookie = 0, second = 9;
    fake_sink_init(&sink);
    IConnectionPointContainer *container = AS(fixture.server, IConnectionPointContainer);
    ck_assert_int_eq(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCDataCallback, &point),
                     CONNECT_E_NOCONNECTION);
    ck_assert_ptr_null(point);
    ck_assert_int_eq(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point), S_OK);
    ck_assert_int_eq(IConnectionPointContainer_EnumConnectionPoints(container, &points), S_OK);
    ck_assert_int_eq(IEnumConnectionPoints_Next(points, 1, &listed, NULL), S_OK);
    ck_assert_ptr_eq(listed, point);
    IConnectionPoint_Release(listed);
    IEnumConnectionPoints_Release(points);
    ck_assert_int_eq(IConnectionPoint_GetConnectionInterface(point, &iid), S_OK);
    ck_assert(IsEqualIID(&iid, &IID_IOPCShutdown));
    ck_assert_int_eq(IConnectionPoint_GetConnectionPointContainer(point, &back), S_OK);
    ck_assert_ptr_eq(back, container);
    IConnectionPointContainer_Release(back);
    ck_assert_int_eq(IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCDataCallback_iface, &cookie), S_OK);
    ck_assert_int_eq(IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCDataCallback_iface, &second),
                     CONNECT_E_ADVISELIMIT);
    ck_assert_uint_eq(second, 0);
    ck_assert_int_eq(IConnectionPoint_Unadvise(point, cookie + 1), CONNECT_E_NOCONNECTION);
    ck_assert_int_eq(IConnectionPoint_Unadvise(point, cookie), S_OK);
    ck_assert_int_eq(IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCDataCallback_iface, &cookie), S_OK);
    server_request_shutdown(&fixture.service, WTEXT("bye"));
    ck_assert(fake_sink_wait_shutdown(&sink));
    server_request_shutdown(&fixture.service, WTEXT("bye"));
    fixture_wait_for_objects(1);
    ck_assert_uint_eq(sink.shutdowns, 1);
    IConnectionPoint_Release(point);
    IConnectionPointContainer_Release(container);
    fake_sink_cleanup(&sink);
}
END_TEST

START_TEST(a_connection_point_is_an_object_of_its_own)
{
    IConnectionPoint *point = NULL;
    void *out = &out;
    IConnectionPointContainer *container = AS(fixture.server, IConnectionPointContainer);
    ck_assert_int_eq(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point), S_OK);
    ck_assert_int_eq(IConnectionPoint_QueryInterface(point, &IID_IOPCServer, &out), E_NOINTERFACE);
    ck_assert_ptr_null(out);
    /* It keeps its owner alive. */
    IConnectionPointContainer_Release(container);
    ck_assert_uint_gt(IOPCServer_Release(fixture.server), 0);
    fixture.server = NULL;
    ck_assert_uint_eq(IConnectionPoint_Release(point), 0);
}
END_TEST

START_TEST(more_groups_than_the_maximum_are_refused)
{
    OPCHANDLE handle;
    DWORD revised;
    IUnknown *group;
    for (int i = 0; i < SERVER_GROUPS_MAXIMUM; i++) {
        ck_assert_int_eq(add_group(NULL, 1000, NULL, &handle, &revised, &IID_IOPCItemMgt, &group), S_OK);
        IUnknown_Release(group);
    }
    ck_assert_int_eq(add_group(NULL, 1000, NULL, &handle, &revised, &IID_IOPCItemMgt, &group), E_OUTOFMEMORY);
    ck_assert_ptr_null(group);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("server");
    TCase *tc = tcase_create("object");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, fixture_start, fixture_stop);
    tcase_add_test(tc, a_server_has_its_required_interfaces_and_one_identity);
    tcase_add_test(tc, an_interface_that_is_not_there_leaves_null);
    tcase_add_test(tc, a_server_made_for_an_unknown_interface_goes_at_once);
    tcase_add_test(tc, status_tells_vendor_state_times_and_groups);
    tcase_add_test(tc, a_rate_that_is_not_a_multiple_is_revised_and_said_so);
    tcase_add_test(tc, a_group_without_name_gets_one_of_its_own);
    tcase_add_test(tc, a_name_that_is_taken_is_refused_and_case_matters);
    tcase_add_test(tc, a_blank_name_and_a_deadband_out_of_range_are_refused);
    tcase_add_test(tc, a_group_for_an_unknown_interface_leaves_nothing_behind);
    tcase_add_test(tc, a_group_outlives_its_interfaces_and_is_found_by_name);
    tcase_add_test(tc, removing_a_group_in_use_says_so_and_its_calls_fail_from_then_on);
    tcase_add_test(tc, removing_by_force_says_ok_and_an_unknown_handle_is_refused);
    tcase_add_test(tc, a_client_that_goes_takes_its_groups_along);
    tcase_add_test(tc, groups_are_enumerated_by_object_and_by_name);
    tcase_add_test(tc, an_empty_enumeration_is_false_with_an_enumerator);
    tcase_add_test(tc, error_strings_cover_opc_com_and_rpc);
    tcase_add_test(tc, exactly_the_listed_locales_can_be_set);
    tcase_add_test(tc, the_nonce_of_a_client_comes_back_and_other_names_do_not);
    tcase_add_test(tc, each_client_has_its_own_nonce);
    tcase_add_test(tc, the_shutdown_point_is_found_enumerated_and_asks_once);
    tcase_add_test(tc, a_connection_point_is_an_object_of_its_own);
    tcase_add_test(tc, more_groups_than_the_maximum_are_refused);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
