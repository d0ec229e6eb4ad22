/* IOPCSyncIO: values, qualities, conversions, and the items that only our server has. */
#include <string.h>

#include "base/process.h"
#include "opcda/filetime.h"
#include "opcda/identity.h"
#include "tests/probe-server/fixture.h"

static OPCITEMSTATE *read_as(const WCHAR *id, VARTYPE type, HRESULT *error)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    OPCITEMSTATE *state = fixture_read(group, OPC_DS_DEVICE, fixture_item_as(group, id, 5, type, true), error);
    IOPCItemMgt_Release(group);
    return state;
}

START_TEST(a_device_read_gives_value_quality_time_and_client_handle)
{
    HRESULT error;
    OPCITEMSTATE *state = read_as(ITEM_RAMP, VT_EMPTY, &error);
    ck_assert_int_eq(error, S_OK);
    ck_assert_uint_eq(state->hClient, 5);
    ck_assert_uint_eq(state->wQuality, OPC_QUALITY_GOOD);
    ck_assert_int_eq(V_VT(&state->vDataValue), VT_I4);
    /* The clock stands at 1,000 s: the ramp began anew. */
    ck_assert_int_eq(V_I4(&state->vDataValue), 0);
    ck_assert_uint_eq(filetime_value(state->ftTimeStamp), UINT64_C(133000000000000000) + UINT64_C(10000000000));
    opc_item_states_free(state, 1);
}
END_TEST

START_TEST(values_are_converted_to_the_requested_type)
{
    static const struct {
        const WCHAR *id;
        VARTYPE type;
        HRESULT error;
    } cases[] = {
        { ITEM_CONSTANT, VT_EMPTY, S_OK },      { ITEM_CONSTANT, VT_R4, S_OK },
        { ITEM_CONSTANT, VT_I4, S_OK },         { ITEM_CONSTANT, VT_BSTR, S_OK },
        { ITEM_CONSTANT, VT_BOOL, S_OK },       { ITEM_BIG, VT_I2, DISP_E_OVERFLOW },
        { ITEM_BIG, VT_UI1, DISP_E_OVERFLOW },  { ITEM_TEXT, VT_R8, DISP_E_TYPEMISMATCH },
        { ITEM_ARRAY, VT_ARRAY | VT_R8, S_OK },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        HRESULT error;
        OPCITEMSTATE *state = read_as(cases[i].id, cases[i].type, &error);
        ck_assert_msg(error == cases[i].error, "case %zu: 0x%08X", i, (unsigned)error);
        if (FAILED(error)) {
            ck_assert_int_eq(V_VT(&state->vDataValue), VT_EMPTY);
            ck_assert_uint_eq(state->wQuality, OPC_QUALITY_BAD);
        } else {
            ck_assert_int_eq(V_VT(&state->vDataValue), cases[i].type == VT_EMPTY ? VT_R8 : cases[i].type);
            ck_assert_uint_eq(state->wQuality, OPC_QUALITY_GOOD);
        }
        if (cases[i].type == VT_BOOL)
            ck_assert_int_eq(V_BOOL(&state->vDataValue), VARIANT_TRUE); /* 0xFFFF, not 1 */
        if (cases[i].type == VT_BSTR)
            ck_assert(wide_equal(V_BSTR(&state->vDataValue), WTEXT("2.5")));
        opc_item_states_free(state, 1);
    }
}
END_TEST

START_TEST(one_bad_handle_is_one_error_and_an_empty_value)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    IOPCSyncIO *io = AS(group, IOPCSyncIO);
    OPCHANDLE handles[] = { 4711, fixture_item(group, ITEM_CONSTANT, 2) };
    OPCITEMSTATE *states;
    HRESULT *errors;
    ck_assert_int_eq(IOPCSyncIO_Read(io, OPC_DS_DEVICE, 2, handles, &states, &errors), S_FALSE);
    ck_assert_int_eq(errors[0], OPC_E_INVALIDHANDLE);
    ck_assert_int_eq(V_VT(&states[0].vDataValue), VT_EMPTY);
    ck_assert_int_eq(errors[1], S_OK);
    ck_assert_double_eq(V_R8(&states[1].vDataValue), 2.5);
    opc_item_states_free(states, 2);
    CoTaskMemFree(errors);
    IOPCSyncIO_Release(io);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(no_items_and_unknown_sources_are_refused_with_all_out_pointers_null)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    IOPCSyncIO *io = AS(group, IOPCSyncIO);
    OPCHANDLE handle = fixture_item(group, ITEM_STORE, 2);
    OPCITEMSTATE *states = (OPCITEMSTATE *)&handle;
    HRESULT *errors = (HRESULT *)&handle;
    VARIANT value;
    VariantInit(&value);
    ck_assert_int_eq(IOPCSyncIO_Read(io, OPC_DS_DEVICE, 0, &handle, &states, &errors), E_INVALIDARG);
    ck_assert_ptr_null(states);
    ck_assert_ptr_null(errors);
    ck_assert_int_eq(IOPCSyncIO_Read(io, (OPCDATASOURCE)3, 1, &handle, &states, &errors), E_INVALIDARG);
    errors = (HRESULT *)&handle;
    ck_assert_int_eq(IOPCSyncIO_Write(io, 0, &handle, &value, &errors), E_INVALIDARG);
    ck_assert_ptr_null(errors);
    IOPCSyncIO_Release(io);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(a_cache_read_of_something_inactive_is_out_of_service)
{
    HRESULT error;
    IOPCItemMgt *active = fixture_group(NULL, true, 1000), *inactive = fixture_group(NULL, false, 1000);
    OPCHANDLE off = fixture_item_as(active, ITEM_CONSTANT, 1, VT_EMPTY, false);
    OPCHANDLE on = fixture_item(inactive, ITEM_CONSTANT, 1);
    OPCITEMSTATE *state = fixture_read(active, OPC_DS_CACHE, off, &error);
    ck_assert_int_eq(error, S_OK);
    ck_assert_uint_eq(state->wQuality, OPC_QUALITY_OUT_OF_SERVICE);
    ck_assert_int_eq(V_VT(&state->vDataValue), VT_EMPTY);
    opc_item_states_free(state, 1);
    state = fixture_read(inactive, OPC_DS_CACHE, on, &error);
    ck_assert_uint_eq(state->wQuality, OPC_QUALITY_OUT_OF_SERVICE);
    opc_item_states_free(state, 1);
    /* A device read ignores activity, and leaves its value in the cache. */
    state = fixture_read(active, OPC_DS_DEVICE, off, &error);
    ck_assert_uint_eq(state->wQuality, OPC_QUALITY_GOOD);
    opc_item_states_free(state, 1);
    state = fixture_read(active, OPC_DS_CACHE, off, &error);
    ck_assert_uint_eq(state->wQuality, OPC_QUALITY_OUT_OF_SERVICE);
    ck_assert_double_eq(V_R8(&state->vDataValue), 2.5);
    opc_item_states_free(state, 1);
    IOPCItemMgt_Release(active);
    IOPCItemMgt_Release(inactive);
}
END_TEST

START_TEST(the_cache_keeps_its_value_until_the_next_period)
{
    HRESULT error;
    IOPCItemMgt *group = fixture_group(NULL, true, 5000);
    OPCHANDLE handle = fixture_item(group, ITEM_RAMP, 1);
    static const struct {
        int64_t advance_ms;
        LONG cache, device;
    } steps[] = { { 0, 0, 0 }, { 2000, 0, 2 }, { 2000, 2, 4 }, { 2000, 6, 6 } };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        fixture_advance_ms(steps[i].advance_ms);
        OPCITEMSTATE *cache = fixture_read(group, OPC_DS_CACHE, handle, &error);
        OPCITEMSTATE *device = fixture_read(group, OPC_DS_DEVICE, handle, &error);
        ck_assert_int_eq(V_I4(&cache->vDataValue), steps[i].cache);
        ck_assert_int_eq(V_I4(&device->vDataValue), steps[i].device);
        opc_item_states_free(cache, 1);
        opc_item_states_free(device, 1);
    }
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(time_stamps_advance_though_the_value_stays)
{
    HRESULT error;
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    OPCHANDLE handle = fixture_item(group, ITEM_CONSTANT, 1);
    OPCITEMSTATE *before = fixture_read(group, OPC_DS_CACHE, handle, &error);
    fixture_advance_ms(3000);
    OPCITEMSTATE *after = fixture_read(group, OPC_DS_CACHE, handle, &error);
    ck_assert_uint_eq(filetime_value(after->ftTimeStamp) - filetime_value(before->ftTimeStamp), 30000000);
    opc_item_states_free(before, 1);
    opc_item_states_free(after, 1);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(a_written_value_is_read_back_converted)
{
    HRESULT error;
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    OPCHANDLE handle = fixture_item(group, ITEM_STORE, 1);
    ck_assert_int_eq(fixture_write_i4(group, handle, -321), S_OK);
    OPCITEMSTATE *state = fixture_read(group, OPC_DS_DEVICE, handle, &error);
    ck_assert_int_eq(V_VT(&state->vDataValue), VT_I2);
    ck_assert_int_eq(V_I2(&state->vDataValue), -321);
    opc_item_states_free(state, 1);
    IOPCItemMgt_Release(group);
}
END_TEST

static HRESULT write_variant(const WCHAR *id, VARIANT *value)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    IOPCSyncIO *io = AS(group, IOPCSyncIO);
    OPCHANDLE handle = fixture_item(group, id, 1);
    HRESULT *errors;
    HRESULT hr = IOPCSyncIO_Write(io, 1, &handle, value, &errors);
    HRESULT error = errors[0];
    ck_assert_int_eq(hr, error == S_OK ? S_OK : S_FALSE);
    CoTaskMemFree(errors);
    IOPCSyncIO_Release(io);
    IOPCItemMgt_Release(group);
    return error;
}

START_TEST(writes_are_refused_for_rights_range_and_type)
{
    VARIANT value;
    VariantInit(&value);
    ck_assert_int_eq(write_variant(ITEM_STORE, &value), OPC_E_BADTYPE); /* VT_EMPTY */
    V_VT(&value) = VT_R8;
    V_R8(&value) = 50;
    ck_assert_int_eq(write_variant(ITEM_CONSTANT, &value), OPC_E_BADRIGHTS);
    ck_assert_int_eq(write_variant(ITEM_PERCENT, &value), S_OK);
    V_R8(&value) = 100.5;
    ck_assert_int_eq(write_variant(ITEM_PERCENT, &value), OPC_E_RANGE);
    V_R8(&value) = 1e9;
    ck_assert_int_eq(write_variant(ITEM_STORE, &value), OPC_E_RANGE); /* too large for its type */
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = bstr_from_utf8("no number");
    ck_assert_int_eq(write_variant(ITEM_STORE, &value), OPC_E_BADTYPE);
    VariantClear(&value);
    V_VT(&value) = VT_UNKNOWN;
    value.punkVal = NULL;
    ck_assert_int_eq(write_variant(ITEM_STORE, &value), OPC_E_BADTYPE);
}
END_TEST

START_TEST(a_write_only_item_cannot_be_read)
{
    HRESULT error;
    VARIANT value;
    OPCITEMSTATE *state = read_as(ITEM_SINK, VT_EMPTY, &error);
    ck_assert_int_eq(error, OPC_E_BADRIGHTS);
    ck_assert_int_eq(V_VT(&state->vDataValue), VT_EMPTY);
    opc_item_states_free(state, 1);
    VariantInit(&value);
    V_VT(&value) = VT_I4;
    V_I4(&value) = 3;
    ck_assert_int_eq(write_variant(ITEM_SINK, &value), S_OK);
}
END_TEST

START_TEST(the_quality_of_an_item_is_its_own)
{
    HRESULT error;
    OPCITEMSTATE *state = read_as(ITEM_BAD, VT_EMPTY, &error);
    ck_assert_int_eq(error, S_OK);
    ck_assert_uint_eq(state->wQuality, OPC_QUALITY_BAD);
    opc_item_states_free(state, 1);
}
END_TEST

START_TEST(the_caller_items_tell_who_makes_this_very_call)
{
    IOPCItemMgt *group = fixture_group(NULL, false, 1000); /* inactive: reserved items answer all the same */
    IOPCSyncIO *io = AS(group, IOPCSyncIO);
    OPCHANDLE handles[] = { fixture_item(group, WTEXT("opcprobe.caller.account"), 1),
                            fixture_item(group, WTEXT("opcprobe.caller.level"), 2),
                            fixture_item(group, WTEXT("opcprobe.caller.mechanism"), 3),
                            fixture_item(group, WTEXT("opcprobe.caller.session"), 4) };
    static const struct {
        struct caller caller;
        const WCHAR *account, *session;
    } cases[] = {
        { { "BETA\\opcuser", 5, 10 }, u"BETA\\opcuser", u"user" },
        { { "BETA\\guest", 5, 10 }, u"BETA\\guest", u"guest" },
        { { "NT AUTHORITY\\ANONYMOUS LOGON", 2, 10 }, u"NT AUTHORITY\\ANONYMOUS LOGON", u"anonymous" },
        { { "", 1, 0 }, u"", u"none" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OPCITEMSTATE *states;
        HRESULT *errors;
        fixture.caller = cases[i].caller;
        unsigned asked = atomic_load(&fixture.callers_asked);
        ck_assert_int_eq(IOPCSyncIO_Read(io, i % 2 ? OPC_DS_CACHE : OPC_DS_DEVICE, 4, handles, &states, &errors), S_OK);
        ck_assert_uint_eq(atomic_load(&fixture.callers_asked), asked + 1);
        ck_assert(wide_equal(V_BSTR(&states[0].vDataValue), cases[i].account));
        ck_assert_int_eq(V_I4(&states[1].vDataValue), cases[i].caller.level);
        ck_assert_int_eq(V_I4(&states[2].vDataValue), cases[i].caller.mechanism);
        ck_assert(wide_equal(V_BSTR(&states[3].vDataValue), cases[i].session));
        for (int s = 0; s < 4; s++)
            ck_assert_uint_eq(states[s].wQuality, OPC_QUALITY_GOOD);
        opc_item_states_free(states, 4);
        CoTaskMemFree(errors);
    }
    IOPCSyncIO_Release(io);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(nobody_is_asked_who_calls_for_ordinary_items)
{
    HRESULT error;
    opc_item_states_free(read_as(ITEM_RAMP, VT_EMPTY, &error), 1);
    ck_assert_uint_eq(atomic_load(&fixture.callers_asked), 0);
}
END_TEST

START_TEST(the_process_items_tell_pid_cpu_and_floor)
{
    HRESULT error;
    fixture.service.floor_port = 4242;
    OPCITEMSTATE *state = read_as(WTEXT("opcprobe.process.pid"), VT_EMPTY, &error);
    ck_assert_int_eq(V_I4(&state->vDataValue), process_id());
    opc_item_states_free(state, 1);
    state = read_as(WTEXT("opcprobe.process.cpu_ns"), VT_EMPTY, &error);
    ck_assert_int_eq(V_VT(&state->vDataValue), VT_I8);
    ck_assert_int_gt(V_I8(&state->vDataValue), 0);
    opc_item_states_free(state, 1);
    state = read_as(WTEXT("opcprobe.floor.port"), VT_EMPTY, &error);
    ck_assert_int_eq(V_I4(&state->vDataValue), 4242);
    opc_item_states_free(state, 1);
}
END_TEST

START_TEST(an_array_has_its_length_and_different_elements)
{
    HRESULT error;
    LONG first = 0, second = 1, upper;
    double a, b;
    OPCITEMSTATE *state = read_as(ITEM_ARRAY, VT_EMPTY, &error);
    ck_assert_int_eq(V_VT(&state->vDataValue), VT_ARRAY | VT_R8);
    SAFEARRAY *array = V_ARRAY(&state->vDataValue);
    ck_assert_int_eq(SafeArrayGetUBound(array, 1, &upper), S_OK);
    ck_assert_int_eq(upper, 3);
    ck_assert_int_eq(SafeArrayGetElement(array, &first, &a), S_OK);
    ck_assert_int_eq(SafeArrayGetElement(array, &second, &b), S_OK);
    ck_assert_double_ne(a, b);
    opc_item_states_free(state, 1);
}
END_TEST

START_TEST(items_of_service_time_make_a_read_so_much_longer)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    IOPCSyncIO *sync = AS(group, IOPCSyncIO);
    OPCHANDLE handles[] = { fixture_item(group, WTEXT("opcprobe.service.16ms"), 1),
                            fixture_item(group, WTEXT("opcprobe.service.4ms"), 2) };
    OPCITEMSTATE *states;
    HRESULT *errors;
    int64_t begun_ns = clock_now_ns();
    ck_assert_int_eq(IOPCSyncIO_Read(sync, OPC_DS_CACHE, 2, handles, &states, &errors), S_OK);
    ck_assert_int_ge(clock_now_ns() - begun_ns, 20 * NS_PER_MS);
    ck_assert_int_eq(V_I4(&states[0].vDataValue), 16);
    ck_assert_int_eq(V_I4(&states[1].vDataValue), 4);
    opc_item_states_free(states, 2);
    CoTaskMemFree(errors);
    IOPCSyncIO_Release(sync);
    IOPCItemMgt_Release(group);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sync");
    TCase *tc = tcase_create("read and write");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, fixture_start, fixture_stop);
    tcase_add_test(tc, a_device_read_gives_value_quality_time_and_client_handle);
    tcase_add_test(tc, values_are_converted_to_the_requested_type);
    tcase_add_test(tc, one_bad_handle_is_one_error_and_an_empty_value);
    tcase_add_test(tc, no_items_and_unknown_sources_are_refused_with_all_out_pointers_null);
    tcase_add_test(tc, a_cache_read_of_something_inactive_is_out_of_service);
    tcase_add_test(tc, the_cache_keeps_its_value_until_the_next_period);
    tcase_add_test(tc, time_stamps_advance_though_the_value_stays);
    tcase_add_test(tc, a_written_value_is_read_back_converted);
    tcase_add_test(tc, writes_are_refused_for_rights_range_and_type);
    tcase_add_test(tc, a_write_only_item_cannot_be_read);
    tcase_add_test(tc, the_quality_of_an_item_is_its_own);
    tcase_add_test(tc, the_caller_items_tell_who_makes_this_very_call);
    tcase_add_test(tc, nobody_is_asked_who_calls_for_ordinary_items);
    tcase_add_test(tc, the_process_items_tell_pid_cpu_and_floor);
    tcase_add_test(tc, an_array_has_its_length_and_different_elements);
    tcase_add_test(tc, items_of_service_time_make_a_read_so_much_longer);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
