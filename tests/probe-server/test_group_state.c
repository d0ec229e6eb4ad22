/* IOPCGroupStateMgt. */
#include "tests/probe-server/fake_sink.h"
#include "tests/probe-server/fixture.h"

struct state {
    DWORD rate, locale;
    BOOL active;
    LPWSTR name;
    LONG bias;
    FLOAT deadband;
    OPCHANDLE client, handle;
};

static struct state get(IOPCGroupStateMgt *group)
{
    struct state s;
    ck_assert_int_eq(IOPCGroupStateMgt_GetState(group, &s.rate, &s.active, &s.name, &s.bias, &s.deadband, &s.locale,
                                                &s.client, &s.handle),
                     S_OK);
    return s;
}

START_TEST(state_is_what_the_group_was_made_with)
{
    OPCHANDLE handle;
    DWORD revised;
    LONG bias = -90;
    FLOAT deadband = 12.5f;
    IUnknown *group;
    ck_assert_int_eq(IOPCServer_AddGroup(fixture.server, WTEXT("Line"), 42, 250, 99, &bias, &deadband, 0x409, &handle,
                                         &revised, &IID_IOPCGroupStateMgt, &group),
                     S_OK);
    struct state s = get((IOPCGroupStateMgt *)group);
    ck_assert_uint_eq(s.rate, 250);
    ck_assert_int_eq(s.active, 1); /* not what was passed, and not VARIANT_TRUE */
    ck_assert(wide_equal(s.name, WTEXT("Line")));
    ck_assert_int_eq(s.bias, -90);
    ck_assert_float_eq(s.deadband, 12.5f);
    ck_assert_uint_eq(s.locale, 0x409);
    ck_assert_uint_eq(s.client, 99);
    ck_assert_uint_eq(s.handle, handle);
    CoTaskMemFree(s.name);
    IUnknown_Release(group);
}
END_TEST

START_TEST(without_time_bias_the_group_has_the_servers)
{
    fixture.service.time_bias_minutes = -60;
    IOPCItemMgt *group = fixture_group(NULL, true, 100);
    IOPCGroupStateMgt *state = AS(group, IOPCGroupStateMgt);
    struct state s = get(state);
    ck_assert_int_eq(s.bias, -60);
    CoTaskMemFree(s.name);
    IOPCGroupStateMgt_Release(state);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(set_state_changes_only_what_is_given)
{
    IOPCItemMgt *group = fixture_group(WTEXT("Line"), true, 100);
    IOPCGroupStateMgt *state = AS(group, IOPCGroupStateMgt);
    DWORD revised = 0, rate = 333, locale = 0x400;
    BOOL active = FALSE;
    LONG bias = 5;
    FLOAT deadband = 1;
    OPCHANDLE client = 4;
    ck_assert_int_eq(IOPCGroupStateMgt_SetState(state, NULL, &revised, NULL, NULL, NULL, NULL, NULL), S_OK);
    ck_assert_uint_eq(revised, 100);
    ck_assert_int_eq(IOPCGroupStateMgt_SetState(state, &rate, &revised, &active, &bias, &deadband, &locale, &client),
                     OPC_S_UNSUPPORTEDRATE);
    ck_assert_uint_eq(revised, 340);
    struct state s = get(state);
    ck_assert_uint_eq(s.rate, 340);
    ck_assert_int_eq(s.active, 0);
    ck_assert_int_eq(s.bias, 5);
    ck_assert_float_eq(s.deadband, 1);
    ck_assert_uint_eq(s.locale, 0x400);
    ck_assert_uint_eq(s.client, 4);
    CoTaskMemFree(s.name);
    IOPCGroupStateMgt_Release(state);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(a_deadband_out_of_range_changes_nothing)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 100);
    IOPCGroupStateMgt *state = AS(group, IOPCGroupStateMgt);
    DWORD revised = 7, rate = 200;
    FLOAT deadband = 101;
    ck_assert_int_eq(IOPCGroupStateMgt_SetState(state, &rate, &revised, NULL, NULL, &deadband, NULL, NULL),
                     E_INVALIDARG);
    ck_assert_uint_eq(revised, 0);
    struct state s = get(state);
    ck_assert_uint_eq(s.rate, 100);
    CoTaskMemFree(s.name);
    IOPCGroupStateMgt_Release(state);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(a_group_is_renamed_but_not_to_a_name_that_is_taken_or_blank)
{
    IOPCItemMgt *group = fixture_group(WTEXT("A"), true, 100), *other = fixture_group(WTEXT("B"), true, 100);
    IOPCGroupStateMgt *state = AS(group, IOPCGroupStateMgt);
    ck_assert_int_eq(IOPCGroupStateMgt_SetName(state, WTEXT("B")), OPC_E_DUPLICATENAME);
    ck_assert_int_eq(IOPCGroupStateMgt_SetName(state, WTEXT("   ")), E_INVALIDARG);
    ck_assert_int_eq(IOPCGroupStateMgt_SetName(state, WTEXT("")), E_INVALIDARG);
    ck_assert_int_eq(IOPCGroupStateMgt_SetName(state, WTEXT("A")), S_OK);
    ck_assert_int_eq(IOPCGroupStateMgt_SetName(state, WTEXT("C")), S_OK);
    struct state s = get(state);
    ck_assert(wide_equal(s.name, WTEXT("C")));
    CoTaskMemFree(s.name);
    IUnknown *found;
    ck_assert_int_eq(IOPCServer_GetGroupByName(fixture.server, WTEXT("A"), &IID_IUnknown, &found), E_INVALIDARG);
    IOPCGroupStateMgt_Release(state);
    IOPCItemMgt_Release(group);
    IOPCItemMgt_Release(other);
}
END_TEST

START_TEST(a_clone_is_inactive_has_the_items_and_no_sink)
{
    struct fake_sink sink;
    DWORD cookie;
    fake_sink_init(&sink);
    IOPCItemMgt *group = fixture_group(WTEXT("A"), true, 100);
    fixture_item_as(group, ITEM_RAMP, 11, VT_R8, true);
    fixture_item_as(group, ITEM_TEXT, 12, VT_EMPTY, false);
    ck_assert_int_eq(fake_sink_advise(&sink, group, &cookie), S_OK);
    IOPCGroupStateMgt *state = AS(group, IOPCGroupStateMgt);
    IUnknown *clone = NULL;
    ck_assert_int_eq(IOPCGroupStateMgt_CloneGroup(state, WTEXT("A"), &IID_IOPCItemMgt, &clone), OPC_E_DUPLICATENAME);
    ck_assert_ptr_null(clone);
    ck_assert_int_eq(IOPCGroupStateMgt_CloneGroup(state, NULL, &IID_IOPCItemMgt, &clone), S_OK);
    IOPCGroupStateMgt *clone_state = AS(clone, IOPCGroupStateMgt);
    struct state s = get(clone_state);
    ck_assert_int_eq(s.active, 0);
    ck_assert_uint_eq(s.rate, 100);
    ck_assert_uint_ne(s.handle, fixture_group_handle(group));
    CoTaskMemFree(s.name);
    IOPCAsyncIO2 *async = AS(clone, IOPCAsyncIO2);
    BOOL enabled;
    ck_assert_int_eq(IOPCAsyncIO2_GetEnable(async, &enabled), CONNECT_E_NOCONNECTION);
    IUnknown *out;
    OPCITEMATTRIBUTES *attributes;
    ULONG fetched;
    ck_assert_int_eq(IOPCItemMgt_CreateEnumerator((IOPCItemMgt *)clone, &IID_IEnumOPCItemAttributes, &out), S_OK);
    ck_assert_int_eq(IEnumOPCItemAttributes_Next((IEnumOPCItemAttributes *)out, 2, &attributes, &fetched), S_OK);
    ck_assert_uint_eq(attributes[0].hClient, 11);
    ck_assert_uint_eq(attributes[0].vtRequestedDataType, VT_R8);
    ck_assert_int_eq(attributes[0].bActive, 1);
    ck_assert_uint_eq(attributes[1].hClient, 12);
    ck_assert_int_eq(attributes[1].bActive, 0);
    opc_item_attributes_free(attributes, fetched);
    IUnknown_Release(out);
    IOPCAsyncIO2_Release(async);
    IOPCGroupStateMgt_Release(clone_state);
    IUnknown_Release(clone);
    IOPCGroupStateMgt_Release(state);
    ck_assert_int_eq(fake_sink_unadvise(group, cookie), S_OK);
    IOPCItemMgt_Release(group);
    fake_sink_cleanup(&sink);
}
END_TEST

START_TEST(a_group_has_its_required_interfaces_and_one_identity)
{
    static const IID *const required[] = { &IID_IUnknown,   &IID_IOPCItemMgt,  &IID_IOPCGroupStateMgt,
                                           &IID_IOPCSyncIO, &IID_IOPCAsyncIO2, &IID_IConnectionPointContainer };
    IOPCItemMgt *group = fixture_group(NULL, true, 100);
    IUnknown *identity = AS(group, IUnknown);
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        IUnknown *face = fixture_query(group, required[i]), *back = AS(face, IUnknown);
        ck_assert_ptr_eq(back, identity);
        IUnknown_Release(back);
        IUnknown_Release(face);
    }
    void *out = &out;
    ck_assert_int_eq(IOPCItemMgt_QueryInterface(group, &IID_IEnumOPCItemAttributes, &out), E_NOINTERFACE);
    ck_assert_ptr_null(out);
    ck_assert_uint_eq(fixture_references(group), 2);
    IUnknown_Release(identity);
    ck_assert_uint_eq(IOPCItemMgt_Release(group), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("group_state");
    TCase *tc = tcase_create("state");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, fixture_start, fixture_stop);
    tcase_add_test(tc, state_is_what_the_group_was_made_with);
    tcase_add_test(tc, without_time_bias_the_group_has_the_servers);
    tcase_add_test(tc, set_state_changes_only_what_is_given);
    tcase_add_test(tc, a_deadband_out_of_range_changes_nothing);
    tcase_add_test(tc, a_group_is_renamed_but_not_to_a_name_that_is_taken_or_blank);
    tcase_add_test(tc, a_clone_is_inactive_has_the_items_and_no_sink);
    tcase_add_test(tc, a_group_has_its_required_interfaces_and_one_identity);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
