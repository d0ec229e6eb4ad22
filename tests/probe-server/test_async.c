/* IOPCAsyncIO2: requests that are answered by callback. */
#include "tests/probe-server/fake_sink.h"
#include "tests/probe-server/fixture.h"

static struct fake_sink sink;
static IOPCItemMgt *group;
static IOPCAsyncIO2 *async;
static DWORD cookie;

/* An advised group with one constant item; the first callback is over. */
static void start(void)
{
    fixture_start();
    fake_sink_init(&sink);
    group = fixture_group(NULL, true, 1000);
    async = AS(group, IOPCAsyncIO2);
}

static void advise(void)
{
    ck_assert_int_eq(fake_sink_advise(&sink, group, &cookie), S_OK);
}

static void stop(void)
{
    if (cookie)
        ck_assert_int_eq(fake_sink_unadvise(group, cookie), S_OK);
    IOPCAsyncIO2_Release(async);
    IOPCItemMgt_Release(group);
    fake_sink_cleanup(&sink);
    fixture_stop();
}

START_TEST(without_a_subscription_nothing_can_be_asked)
{
    OPCHANDLE handle = fixture_item(group, ITEM_STORE, 1);
    DWORD cancel = 9;
    HRESULT *errors = (HRESULT *)&handle;
    VARIANT value;
    BOOL enabled;
    VariantInit(&value);
    ck_assert_int_eq(IOPCAsyncIO2_Read(async, 1, &handle, 1, &cancel, &errors), CONNECT_E_NOCONNECTION);
    ck_assert_ptr_null(errors);
    ck_assert_uint_eq(cancel, 0);
    ck_assert_int_eq(IOPCAsyncIO2_Write(async, 1, &handle, &value, 1, &cancel, &errors), CONNECT_E_NOCONNECTION);
    ck_assert_int_eq(IOPCAsyncIO2_Refresh2(async, OPC_DS_CACHE, 1, &cancel), CONNECT_E_NOCONNECTION);
    ck_assert_int_eq(IOPCAsyncIO2_SetEnable(async, TRUE), CONNECT_E_NOCONNECTION);
    ck_assert_int_eq(IOPCAsyncIO2_GetEnable(async, &enabled), CONNECT_E_NOCONNECTION);
}
END_TEST

START_TEST(a_count_of_zero_is_refused)
{
    OPCHANDLE handle = 1;
    DWORD cancel;
    HRESULT *errors;
    VARIANT value;
    advise();
    VariantInit(&value);
    ck_assert_int_eq(IOPCAsyncIO2_Read(async, 0, &handle, 1, &cancel, &errors), E_INVALIDARG);
    ck_assert_ptr_null(errors);
    ck_assert_int_eq(IOPCAsyncIO2_Write(async, 0, &handle, &value, 1, &cancel, &errors), E_INVALIDARG);
    ck_assert_ptr_null(errors);
}
END_TEST

START_TEST(a_read_is_completed_with_the_items_that_were_accepted)
{
    OPCHANDLE handles[] = { fixture_item_as(group, ITEM_CONSTANT, 21, VT_EMPTY, false), 4711,
                            fixture_item_as(group, ITEM_BIG, 23, VT_I2, false),
                            fixture_item_as(group, ITEM_SINK, 24, VT_EMPTY, false) };
    DWORD cancel = 0;
    HRESULT *errors = NULL;
    advise();
    ck_assert_int_eq(IOPCAsyncIO2_Read(async, 4, handles, 0xABCD, &cancel, &errors), S_FALSE);
    ck_assert_uint_ne(cancel, 0);
    ck_assert_int_eq(errors[0], S_OK);
    ck_assert_int_eq(errors[1], OPC_E_INVALIDHANDLE);
    ck_assert_int_eq(errors[2], S_OK);
    ck_assert_int_eq(errors[3], OPC_E_BADRIGHTS);
    CoTaskMemFree(errors);
    ck_assert(fake_sink_wait(&sink, 1));
    const struct sink_record *r = &sink.records[0];
    ck_assert_int_eq(r->call, SINK_READ_COMPLETE);
    ck_assert_uint_eq(r->transaction, 0xABCD);
    ck_assert_uint_eq(r->group, 77);
    ck_assert_uint_eq(r->count, 2);
    ck_assert_uint_eq(r->clients[0], 21);
    ck_assert_double_eq(V_R8(&r->values[0]), 2.5);
    ck_assert_uint_eq(r->qualities[0], OPC_QUALITY_GOOD); /* a device read ignores activity */
    ck_assert_uint_eq(r->clients[1], 23);
    ck_assert_int_eq(r->errors[1], DISP_E_OVERFLOW);
    ck_assert_uint_eq(r->qualities[1], OPC_QUALITY_BAD);
    ck_assert_int_eq(r->master_error, S_FALSE);
    ck_assert_int_eq(r->master_quality, S_FALSE);
}
END_TEST

START_TEST(when_no_item_is_accepted_there_is_no_callback)
{
    OPCHANDLE handles[] = { 4711, 4712 };
    DWORD cancel = 9;
    HRESULT *errors = NULL;
    VARIANT values[2];
    VariantInit(&values[0]);
    VariantInit(&values[1]);
    advise();
    ck_assert_int_eq(IOPCAsyncIO2_Read(async, 2, handles, 1, &cancel, &errors), S_FALSE);
    ck_assert_ptr_nonnull(errors);
    ck_assert_uint_eq(cancel, 0);
    CoTaskMemFree(errors);
    ck_assert_int_eq(IOPCAsyncIO2_Write(async, 2, handles, values, 1, &cancel, &errors), S_FALSE);
    CoTaskMemFree(errors);
    ck_assert(fake_sink_stays(&sink, 0));
}
END_TEST

START_TEST(errors_are_allocated_also_when_everything_is_fine)
{
    OPCHANDLE handle = fixture_item_as(group, ITEM_CONSTANT, 1, VT_EMPTY, false);
    DWORD cancel;
    HRESULT *errors = NULL;
    advise();
    ck_assert_int_eq(IOPCAsyncIO2_Read(async, 1, &handle, 1, &cancel, &errors), S_OK);
    ck_assert_ptr_nonnull(errors);
    ck_assert_int_eq(errors[0], S_OK);
    CoTaskMemFree(errors);
    ck_assert(fake_sink_wait(&sink, 1));
    ck_assert_int_eq(sink.records[0].master_error, S_OK);
    ck_assert_int_eq(sink.records[0].master_quality, S_OK);
}
END_TEST

START_TEST(a_write_is_done_and_completed_with_late_errors)
{
    OPCHANDLE store = fixture_item_as(group, ITEM_STORE, 31, VT_EMPTY, false);
    OPCHANDLE handles[] = { store, fixture_item_as(group, ITEM_PERCENT, 32, VT_EMPTY, false),
                            fixture_item_as(group, ITEM_RAMP, 33, VT_EMPTY, false) };
    VARIANT values[3];
    DWORD cancel;
    HRESULT *errors, error;
    for (int i = 0; i < 3; i++) {
        VariantInit(&values[i]);
        V_VT(&values[i]) = VT_I4;
        V_I4(&values[i]) = 1234;
    }
    advise();
    ck_assert_int_eq(IOPCAsyncIO2_Write(async, 3, handles, values, 8, &cancel, &errors), S_FALSE);
    ck_assert_int_eq(errors[2], OPC_E_BADRIGHTS);
    CoTaskMemFree(errors);
    ck_assert(fake_sink_wait(&sink, 1));
    const struct sink_record *r = &sink.records[0];
    ck_assert_int_eq(r->call, SINK_WRITE_COMPLETE);
    ck_assert_uint_eq(r->transaction, 8);
    ck_assert_uint_eq(r->count, 2);
    ck_assert_uint_eq(r->clients[0], 31);
    ck_assert_int_eq(r->errors[0], S_OK);
    ck_assert_uint_eq(r->clients[1], 32);
    ck_assert_int_eq(r->errors[1], OPC_E_RANGE);
    ck_assert_int_eq(r->master_error, S_FALSE);
    OPCITEMSTATE *state = fixture_read(group, OPC_DS_DEVICE, store, &error);
    ck_assert_int_eq(V_I2(&state->vDataValue), 1234);
    opc_item_states_free(state, 1);
}
END_TEST

START_TEST(a_refresh_brings_every_active_item_in_one_callback)
{
    DWORD cancel = 0;
    fixture_item(group, ITEM_CONSTANT, 1);
    fixture_item(group, ITEM_TEXT, 2);
    fixture_item_as(group, ITEM_BIG, 3, VT_EMPTY, false);
    fixture_item(group, ITEM_SINK, 4); /* cannot be read */
    advise();
    ck_assert(fake_sink_wait(&sink, 1)); /* the first data change */
    ck_assert_int_eq(IOPCAsyncIO2_Refresh2(async, OPC_DS_CACHE, 99, &cancel), S_OK);
    ck_assert_uint_ne(cancel, 0);
    ck_assert(fake_sink_wait(&sink, 2));
    const struct sink_record *r = &sink.records[1];
    ck_assert_int_eq(r->call, SINK_DATA_CHANGE);
    ck_assert_uint_eq(r->transaction, 99);
    ck_assert_uint_eq(r->count, 2);
    ck_assert_uint_eq(r->clients[0], 1);
    ck_assert_uint_eq(r->clients[1], 2);
    ck_assert_int_eq(IOPCAsyncIO2_Refresh2(async, (OPCDATASOURCE)7, 99, &cancel), E_INVALIDARG);
}
END_TEST

START_TEST(a_device_refresh_is_fresh_and_a_cache_refresh_is_not)
{
    DWORD cancel;
    fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    atomic_fetch_add(&fixture.fake_now_ns, 5 * NS_PER_S); /* and nobody samples */
    ck_assert_int_eq(IOPCAsyncIO2_Refresh2(async, OPC_DS_CACHE, 1, &cancel), S_OK);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_int_eq(V_I4(&sink.records[1].values[0]), 0);
    ck_assert_int_eq(IOPCAsyncIO2_Refresh2(async, OPC_DS_DEVICE, 2, &cancel), S_OK);
    ck_assert(fake_sink_wait(&sink, 3));
    ck_assert_int_eq(V_I4(&sink.records[2].values[0]), 5);
}
END_TEST

START_TEST(items_of_service_time_make_a_refresh_so_much_longer)
{
    DWORD cancel;
    fixture_item(group, ITEM_CONSTANT, 1);
    fixture_item(group, WTEXT("opcprobe.service.32ms"), 2);
    fixture_item_as(group, WTEXT("opcprobe.service.1024ms"), 3, VT_EMPTY, false);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    int64_t begun_ns = clock_now_ns();
    ck_assert_int_eq(IOPCAsyncIO2_Refresh2(async, OPC_DS_CACHE, 1, &cancel), S_OK);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_int_ge(clock_now_ns() - begun_ns, 32 * NS_PER_MS);
}
END_TEST

START_TEST(a_refresh_of_nothing_active_fails_without_callback)
{
    DWORD cancel = 9, revised;
    BOOL off = FALSE;
    advise();
    ck_assert_int_eq(IOPCAsyncIO2_Refresh2(async, OPC_DS_CACHE, 1, &cancel), E_FAIL); /* no items */
    ck_assert_uint_eq(cancel, 0);
    fixture_item_as(group, ITEM_CONSTANT, 1, VT_EMPTY, false);
    ck_assert_int_eq(IOPCAsyncIO2_Refresh2(async, OPC_DS_CACHE, 1, &cancel), E_FAIL); /* no active items */
    IOPCGroupStateMgt *state = AS(group, IOPCGroupStateMgt);
    ck_assert_int_eq(IOPCGroupStateMgt_SetState(state, NULL, &revised, &off, NULL, NULL, NULL, NULL), S_OK);
    IOPCGroupStateMgt_Release(state);
    fixture_item(group, ITEM_CONSTANT, 2);
    ck_assert_int_eq(IOPCAsyncIO2_Refresh2(async, OPC_DS_CACHE, 1, &cancel), E_FAIL); /* an inactive group */
    ck_assert(fake_sink_stays(&sink, 0));
}
END_TEST

START_TEST(a_waiting_request_is_cancelled_and_a_late_cancel_fails)
{
    OPCHANDLE handle = fixture_item_as(group, ITEM_CONSTANT, 1, VT_EMPTY, false);
    DWORD first, second;
    HRESULT *errors;
    advise();
    fake_sink_block(&sink, true);
    ck_assert_int_eq(IOPCAsyncIO2_Read(async, 1, &handle, 101, &first, &errors), S_OK);
    CoTaskMemFree(errors);
    ck_assert(fake_sink_wait_entered(&sink, 1)); /* the thread is busy with the first */
    ck_assert_int_eq(IOPCAsyncIO2_Read(async, 1, &handle, 102, &second, &errors), S_OK);
    CoTaskMemFree(errors);
    ck_assert_uint_ne(first, second);
    ck_assert_int_eq(IOPCAsyncIO2_Cancel2(async, first), E_FAIL); /* under way already */
    ck_assert_int_eq(IOPCAsyncIO2_Cancel2(async, second), S_OK);
    ck_assert_int_eq(IOPCAsyncIO2_Cancel2(async, second), E_FAIL); /* only once */
    ck_assert_int_eq(IOPCAsyncIO2_Cancel2(async, 4711), E_FAIL);
    fake_sink_block(&sink, false);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_int_eq(sink.records[0].call, SINK_READ_COMPLETE);
    ck_assert_int_eq(sink.records[1].call, SINK_CANCEL_COMPLETE);
    ck_assert_uint_eq(sink.records[1].transaction, 102);
    ck_assert_int_eq(IOPCAsyncIO2_Cancel2(async, second), E_FAIL);
    ck_assert(fake_sink_stays(&sink, 2));
}
END_TEST

START_TEST(too_many_waiting_requests_are_refused_and_the_others_answered)
{
    enum {
        WAITING = 16
    };
    OPCHANDLE handle = fixture_item_as(group, ITEM_CONSTANT, 1, VT_EMPTY, false);
    DWORD cancel;
    HRESULT *errors;
    advise();
    fake_sink_block(&sink, true);
    for (DWORD i = 0; i <= WAITING; i++) { /* one is under way, the others wait */
        ck_assert_int_eq(IOPCAsyncIO2_Read(async, 1, &handle, i, &cancel, &errors), S_OK);
        CoTaskMemFree(errors);
        if (i == 0)
            ck_assert(fake_sink_wait_entered(&sink, 1));
    }
    ck_assert_int_eq(fixture_count(WTEXT("opcprobe.requests.refused")), 0);
    ck_assert_int_eq(IOPCAsyncIO2_Read(async, 1, &handle, 99, &cancel, &errors), CONNECT_E_ADVISELIMIT);
    ck_assert_int_eq(fixture_count(WTEXT("opcprobe.requests.refused")), 1);
    ck_assert_ptr_null(errors);
    ck_assert_uint_eq(cancel, 0);
    fake_sink_block(&sink, false);
    ck_assert(fake_sink_wait(&sink, WAITING + 1));
    for (DWORD i = 0; i <= WAITING; i++)
        ck_assert_uint_eq(sink.records[i].transaction, i); /* in their order */
}
END_TEST

START_TEST(disabled_callbacks_are_only_those_without_transaction)
{
    DWORD cancel;
    BOOL enabled = FALSE;
    fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    ck_assert_int_eq(IOPCAsyncIO2_GetEnable(async, &enabled), S_OK);
    ck_assert_int_eq(enabled, 1);
    ck_assert_int_eq(IOPCAsyncIO2_SetEnable(async, FALSE), S_OK);
    ck_assert_int_eq(IOPCAsyncIO2_GetEnable(async, &enabled), S_OK);
    ck_assert_int_eq(enabled, 0);
    fixture_advance_ms(3000);
    ck_assert(fake_sink_stays(&sink, 1));
    ck_assert_int_eq(IOPCAsyncIO2_Refresh2(async, OPC_DS_CACHE, 5, &cancel), S_OK);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_uint_eq(sink.records[1].transaction, 5);
    ck_assert_int_eq(IOPCAsyncIO2_SetEnable(async, 42), S_OK);
    ck_assert_int_eq(IOPCAsyncIO2_GetEnable(async, &enabled), S_OK);
    ck_assert_int_eq(enabled, 1);
    ck_assert(fake_sink_wait(&sink, 3)); /* what changed meanwhile */
    ck_assert_uint_eq(sink.records[2].transaction, 0);
    ck_assert_int_eq(V_I4(&sink.records[2].values[0]), 3);
}
END_TEST

START_TEST(an_item_that_was_removed_meanwhile_has_the_error_of_its_handle)
{
    OPCHANDLE first = fixture_item_as(group, ITEM_CONSTANT, 1, VT_EMPTY, false);
    OPCHANDLE second = fixture_item_as(group, ITEM_TEXT, 2, VT_EMPTY, false);
    OPCHANDLE both[] = { first, second };
    DWORD cancel;
    HRESULT *errors;
    advise();
    fake_sink_block(&sink, true);
    ck_assert_int_eq(IOPCAsyncIO2_Read(async, 1, &first, 1, &cancel, &errors), S_OK);
    CoTaskMemFree(errors);
    ck_assert(fake_sink_wait_entered(&sink, 1));
    ck_assert_int_eq(IOPCAsyncIO2_Read(async, 2, both, 2, &cancel, &errors), S_OK);
    CoTaskMemFree(errors);
    ck_assert_int_eq(IOPCItemMgt_RemoveItems(group, 1, &second, &errors), S_OK);
    CoTaskMemFree(errors);
    fake_sink_block(&sink, false);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_uint_eq(sink.records[1].count, 2);
    ck_assert_int_eq(sink.records[1].errors[0], S_OK);
    ck_assert_int_eq(sink.records[1].errors[1], OPC_E_INVALIDHANDLE);
    ck_assert_uint_eq(sink.records[1].clients[1], 2);
}
END_TEST

START_TEST(an_asynchronous_read_of_the_caller_tells_who_asked)
{
    OPCHANDLE handle = fixture_item_as(group, WTEXT("opcprobe.caller.account"), 1, VT_EMPTY, false);
    DWORD cancel;
    HRESULT *errors;
    advise();
    fixture.caller = (struct caller){ "BETA\\asker", 5, 10 };
    ck_assert_int_eq(IOPCAsyncIO2_Read(async, 1, &handle, 1, &cancel, &errors), S_OK);
    CoTaskMemFree(errors);
    ck_assert(fake_sink_wait(&sink, 1));
    ck_assert(wide_equal(V_BSTR(&sink.records[0].values[0]), WTEXT("BETA\\asker")));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("async");
    TCase *tc = tcase_create("requests");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, start, stop);
    tcase_add_test(tc, without_a_subscription_nothing_can_be_asked);
    tcase_add_test(tc, a_count_of_zero_is_refused);
    tcase_add_test(tc, a_read_is_completed_with_the_items_that_were_accepted);
    tcase_add_test(tc, when_no_item_is_accepted_there_is_no_callback);
    tcase_add_test(tc, errors_are_allocated_also_when_everything_is_fine);
    tcase_add_test(tc, a_write_is_done_and_completed_with_late_errors);
    tcase_add_test(tc, a_refresh_brings_every_active_item_in_one_callback);
    tcase_add_test(tc, a_device_refresh_is_fresh_and_a_cache_refresh_is_not);
    tcase_add_test(tc, items_of_service_time_make_a_refresh_so_much_longer);
    tcase_add_test(tc, a_refresh_of_nothing_active_fails_without_callback);
    tcase_add_test(tc, a_waiting_request_is_cancelled_and_a_late_cancel_fails);
    tcase_add_test(tc, too_many_waiting_requests_are_refused_and_the_others_answered);
    tcase_add_test(tc, disabled_callbacks_are_only_those_without_transaction);
    tcase_add_test(tc, an_item_that_was_removed_meanwhile_has_the_error_of_its_handle);
    tcase_add_test(tc, an_asynchronous_read_of_the_caller_tells_who_asked);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
