/* IOPCDataCallback: what a subscriber gets, when, and what its slowness does to others. */
#include "tests/probe-server/fake_sink.h"
#include "tests/probe-server/fixture.h"

static struct fake_sink sink;
static IOPCItemMgt *group;
static DWORD cookie;

static void start(void)
{
    fixture_start();
    fake_sink_init(&sink);
    group = fixture_group(NULL, true, 1000);
}

static void advise(void)
{
    ck_assert_int_eq(fake_sink_advise(&sink, group, &cookie), S_OK);
    ck_assert_uint_ne(cookie, 0);
}

static void stop(void)
{
    if (cookie)
        ck_assert_int_eq(fake_sink_unadvise(group, cookie), S_OK);
    IOPCItemMgt_Release(group);
    fake_sink_cleanup(&sink);
    fixture_stop();
}

static void set_active(BOOL active)
{
    DWORD revised;
    IOPCGroupStateMgt *state = AS(group, IOPCGroupStateMgt);
    ck_assert_int_eq(IOPCGroupStateMgt_SetState(state, NULL, &revised, &active, NULL, NULL, NULL, NULL), S_OK);
    IOPCGroupStateMgt_Release(state);
}

static void set_item_active(OPCHANDLE handle, BOOL active)
{
    HRESULT *errors;
    ck_assert_int_eq(IOPCItemMgt_SetActiveState(group, 1, &handle, active, &errors), S_OK);
    CoTaskMemFree(errors);
}

START_TEST(the_first_callback_has_transaction_zero_and_all_active_items)
{
    fixture_item(group, ITEM_CONSTANT, 1);
    fixture_item(group, ITEM_BAD, 2);
    fixture_item_as(group, ITEM_TEXT, 3, VT_EMPTY, false);
    fixture_item_as(group, ITEM_BIG, 4, VT_I2, true);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    const struct sink_record *r = &sink.records[0];
    ck_assert_int_eq(r->call, SINK_DATA_CHANGE);
    ck_assert_uint_eq(r->transaction, 0);
    ck_assert_uint_eq(r->group, 77);
    ck_assert_uint_eq(r->count, 3);
    ck_assert_uint_eq(r->clients[0], 1);
    ck_assert_double_eq(V_R8(&r->values[0]), 2.5);
    ck_assert_uint_eq(r->clients[1], 2);
    ck_assert_uint_eq(r->qualities[1], OPC_QUALITY_BAD);
    ck_assert_int_eq(r->errors[1], S_OK);
    ck_assert_uint_eq(r->clients[2], 4);
    ck_assert_int_eq(r->errors[2], DISP_E_OVERFLOW);
    ck_assert_int_eq(r->master_quality, S_FALSE);
    ck_assert_int_eq(r->master_error, S_FALSE);
    ck_assert(fake_sink_stays(&sink, 1)); /* nothing changes */
    ck_assert_uint_eq(atomic_load(&fixture.sinks_prepared), 1);
}
END_TEST

START_TEST(only_what_changed_is_sent_afterwards)
{
    fixture_item(group, ITEM_CONSTANT, 1);
    fixture_item(group, ITEM_RAMP, 2);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    fixture_advance_ms(1000);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_uint_eq(sink.records[1].count, 1);
    ck_assert_uint_eq(sink.records[1].clients[0], 2);
    ck_assert_int_eq(V_I4(&sink.records[1].values[0]), 1);
    ck_assert_int_eq(sink.records[1].master_error, S_OK);
    ck_assert_int_eq(sink.records[1].master_quality, S_OK);
}
END_TEST

START_TEST(nothing_is_sent_before_the_period_is_over)
{
    fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    fixture_advance_ms(999);
    ck_assert(fake_sink_stays(&sink, 1));
    fixture_advance_ms(1);
    ck_assert(fake_sink_wait(&sink, 2));
}
END_TEST

/* The clock moves in steps of a tenth of the period, and the client answers at times that have nothing to do with it:
 * whatever happens, each run of the sampling has at most one update. */
START_TEST(a_client_of_changing_slowness_is_never_updated_more_often_than_the_rate)
{
    uint32_t random = 1;
    int64_t begun_ns = atomic_load(&fixture.fake_now_ns);
    unsigned begun = 1;
    fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    for (unsigned step = 1; step <= 300; step++) {
        random = random * 1664525 + 1013904223;
        fake_sink_block(&sink, random >> 30 != 0);
        fixture_advance_ms(100);
        /* A moment for the thread: an update that it owes begins in this step or, if the machine is slow, later. */
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS / 2));
        begun = fake_sink_entered(&sink);
        ck_assert_uint_le(begun, 1 + (atomic_load(&fixture.fake_now_ns) - begun_ns) / NS_PER_S);
    }
    ck_assert_uint_gt(begun, 5);
    fake_sink_block(&sink, false);
}
END_TEST

START_TEST(an_update_that_is_very_late_is_not_followed_by_the_next_at_once)
{
    fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    fake_sink_block(&sink, true);
    fixture_advance_ms(1000);
    ck_assert(fake_sink_wait_entered(&sink, 2));
    fixture_advance_ms(1950);
    fake_sink_block(&sink, false);
    ck_assert(fake_sink_wait(&sink, 3)); /* 950 ms late, and 50 ms before the next is due */
    fixture_advance_ms(899);
    ck_assert(fake_sink_stays(&sink, 3));
    fixture_advance_ms(1);
    ck_assert(fake_sink_wait(&sink, 4));
}
END_TEST

START_TEST(a_late_update_does_not_make_the_later_ones_late)
{
    fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    fake_sink_block(&sink, true);
    fixture_advance_ms(1000);
    ck_assert(fake_sink_wait_entered(&sink, 2));
    fixture_advance_ms(1050); /* the sampling at 2,000 ms was due meanwhile */
    fake_sink_block(&sink, false);
    ck_assert(fake_sink_wait(&sink, 3)); /* 50 ms late */
    fixture_advance_ms(950);
    ck_assert(fake_sink_wait(&sink, 4)); /* punctual again */
}
END_TEST

START_TEST(a_group_without_items_or_inactive_stays_silent_until_there_is_something)
{
    advise();
    ck_assert(fake_sink_stays(&sink, 0));
    set_active(FALSE);
    fixture_item(group, ITEM_CONSTANT, 1);
    fixture_advance_ms(2000);
    ck_assert(fake_sink_stays(&sink, 0));
    set_active(TRUE);
    ck_assert(fake_sink_wait(&sink, 1));
    ck_assert_uint_eq(sink.records[0].count, 1);
}
END_TEST

START_TEST(an_item_added_later_is_sent_too)
{
    fixture_item(group, ITEM_CONSTANT, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    fixture_item(group, ITEM_TEXT, 2);
    fixture_advance_ms(1000);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_uint_eq(sink.records[1].count, 1);
    ck_assert_uint_eq(sink.records[1].clients[0], 2);
}
END_TEST

START_TEST(an_item_that_becomes_active_is_sent_and_one_that_becomes_inactive_is_not)
{
    OPCHANDLE handle = fixture_item(group, ITEM_CONSTANT, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    set_item_active(handle, FALSE);
    fixture_advance_ms(1000);
    ck_assert(fake_sink_stays(&sink, 1));
    set_item_active(handle, TRUE);
    fixture_advance_ms(1000);
    ck_assert(fake_sink_wait(&sink, 2)); /* though its value is the old one */
    ck_assert_uint_eq(sink.records[1].qualities[0], OPC_QUALITY_GOOD);
}
END_TEST

START_TEST(a_deadband_holds_small_changes_back_and_lets_their_sum_pass)
{
    DWORD revised;
    FLOAT deadband = 0.35f; /* of 0..1000: 3.5 */
    IOPCGroupStateMgt *state = AS(group, IOPCGroupStateMgt);
    ck_assert_int_eq(IOPCGroupStateMgt_SetState(state, NULL, &revised, NULL, NULL, &deadband, NULL, NULL), S_OK);
    IOPCGroupStateMgt_Release(state);
    OPCHANDLE handle = fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    for (int i = 0; i < 3; i++)
        fixture_advance_ms(1000);
    ck_assert(fake_sink_stays(&sink, 1)); /* 3 is within 3.5 */
    HRESULT error;
    OPCITEMSTATE *cache = fixture_read(group, OPC_DS_CACHE, handle, &error);
    ck_assert_int_eq(V_I4(&cache->vDataValue), 0);
    opc_item_states_free(cache, 1);
    fixture_advance_ms(1000);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_int_eq(V_I4(&sink.records[1].values[0]), 4);
}
END_TEST

START_TEST(a_deadband_does_not_concern_items_without_a_range)
{
    DWORD revised;
    FLOAT deadband = 100;
    IOPCGroupStateMgt *state = AS(group, IOPCGroupStateMgt);
    ck_assert_int_eq(IOPCGroupStateMgt_SetState(state, NULL, &revised, NULL, NULL, &deadband, NULL, NULL), S_OK);
    IOPCGroupStateMgt_Release(state);
    OPCHANDLE handle = fixture_item(group, ITEM_STORE, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    ck_assert_int_eq(fixture_write_i4(group, handle, 8), S_OK);
    fixture_advance_ms(1000);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_int_eq(V_I2(&sink.records[1].values[0]), 8);
}
END_TEST

START_TEST(a_device_read_does_not_swallow_the_news_of_the_subscriber)
{
    HRESULT error;
    OPCHANDLE handle = fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    atomic_fetch_add(&fixture.fake_now_ns, 1500 * NS_PER_MS);
    opc_item_states_free(fixture_read(group, OPC_DS_DEVICE, handle, &error), 1);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_int_eq(V_I4(&sink.records[1].values[0]), 2); /* 1.5 rounded */
}
END_TEST

START_TEST(a_slow_client_gets_the_newest_values_in_one_callback)
{
    fixture_item(group, ITEM_RAMP, 1);
    fake_sink_block(&sink, true);
    advise();
    ck_assert(fake_sink_wait_entered(&sink, 1));
    for (int i = 0; i < 50; i++)
        fixture_advance_ms(1000);
    fake_sink_block(&sink, false);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_int_eq(V_I4(&sink.records[1].values[0]), 50);
    ck_assert(fake_sink_stays(&sink, 2)); /* what lay between is gone */
}
END_TEST

START_TEST(values_overwritten_before_a_slow_client_got_them_are_counted)
{
    fixture_item(group, ITEM_RAMP, 1);
    fixture_item(group, ITEM_CONSTANT, 2);
    fixture_item_as(group, ITEM_RAMP, 3, VT_EMPTY, false);
    fixture_advance_ms(2000); /* nobody is advised: nothing is lost */
    fake_sink_block(&sink, true);
    advise();
    ck_assert(fake_sink_wait_entered(&sink, 1));
    ck_assert_int_eq(fixture_count(WTEXT("opcprobe.updates.overwritten")), 0);
    for (int i = 0; i < 50; i++)
        fixture_advance_ms(1000);
    /* The first of the fifty waits to be sent, and each other one replaced the one before. */
    ck_assert_int_eq(fixture_count(WTEXT("opcprobe.updates.overwritten")), 49);
    fake_sink_block(&sink, false);
    ck_assert(fake_sink_wait(&sink, 2));
    for (unsigned i = 3; i < 6; i++) {
        fixture_advance_ms(1000);
        ck_assert(fake_sink_wait(&sink, i));
    }
    ck_assert_int_eq(fixture_count(WTEXT("opcprobe.updates.overwritten")), 49);
}
END_TEST

START_TEST(what_disabled_callbacks_do_not_send_is_not_counted)
{
    IOPCAsyncIO2 *async = AS(group, IOPCAsyncIO2);
    fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    ck_assert_int_eq(IOPCAsyncIO2_SetEnable(async, FALSE), S_OK);
    for (int i = 0; i < 5; i++)
        fixture_advance_ms(1000);
    ck_assert_int_eq(fixture_count(WTEXT("opcprobe.updates.overwritten")), 0);
    IOPCAsyncIO2_Release(async);
}
END_TEST

START_TEST(a_client_that_hangs_delays_nobody_else)
{
    struct fake_sink hanging;
    DWORD other;
    fake_sink_init(&hanging);
    fake_sink_block(&hanging, true);
    IOPCItemMgt *its_group = fixture_group(NULL, true, 1000);
    fixture_item(its_group, ITEM_RAMP, 1);
    ck_assert_int_eq(fake_sink_advise(&hanging, its_group, &other), S_OK);
    ck_assert(fake_sink_wait_entered(&hanging, 1));
    fixture_item(group, ITEM_RAMP, 1);
    advise();
    for (unsigned i = 1; i <= 5; i++) {
        ck_assert(fake_sink_wait(&sink, i));
        fixture_advance_ms(1000);
    }
    /* Neither does leaving wait for it. */
    ck_assert_int_eq(fake_sink_unadvise(its_group, other), S_OK);
    ck_assert_int_eq(IOPCServer_RemoveGroup(fixture.server, fixture_group_handle(its_group), TRUE), S_OK);
    IOPCItemMgt_Release(its_group);
    fake_sink_block(&hanging, false);
    fake_sink_cleanup(&hanging);
}
END_TEST

START_TEST(a_client_that_cannot_be_reached_is_tried_rarely)
{
    sink.answer = (HRESULT)0x800706BA;
    fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    for (int i = 0; i < 4; i++)
        fixture_advance_ms(1000);
    ck_assert(fake_sink_stays(&sink, 1));
    /* The pause counts from when the failure was noted, which may be as late as the last second above. */
    for (int i = 0; i < 6; i++)
        fixture_advance_ms(1000);
    ck_assert(fake_sink_wait(&sink, 2));
}
END_TEST

START_TEST(a_second_subscription_is_refused_and_the_first_is_listed)
{
    struct fake_sink second;
    DWORD none = 9;
    CONNECTDATA data;
    ULONG fetched;
    fake_sink_init(&second);
    advise();
    ck_assert_int_eq(fake_sink_advise(&second, group, &none), CONNECT_E_ADVISELIMIT);
    ck_assert_uint_eq(none, 0);
    IConnectionPointContainer *container = AS(group, IConnectionPointContainer);
    IConnectionPoint *point;
    IEnumConnections *connections;
    ck_assert_int_eq(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCDataCallback, &point), S_OK);
    ck_assert_int_eq(IConnectionPoint_EnumConnections(point, &connections), S_OK);
    ck_assert_int_eq(IEnumConnections_Next(connections, 1, &data, &fetched), S_OK);
    ck_assert_uint_eq(data.dwCookie, cookie);
    ck_assert_ptr_eq(data.pUnk, (IUnknown *)&sink.IOPCDataCallback_iface);
    IUnknown_Release(data.pUnk);
    ck_assert_int_eq(IEnumConnections_Next(connections, 1, &data, &fetched), S_FALSE);
    IEnumConnections_Release(connections);
    IConnectionPoint_Release(point);
    IConnectionPointContainer_Release(container);
    ck_assert_int_eq(fake_sink_unadvise(group, cookie + 1), CONNECT_E_NOCONNECTION);
    fake_sink_cleanup(&second);
}
END_TEST

START_TEST(the_point_for_callbacks_is_found_and_enumerated)
{
    IConnectionPointContainer *container = AS(group, IConnectionPointContainer);
    IConnectionPoint *point = NULL, *listed = NULL;
    IEnumConnectionPoints *points;
    IID iid;
    ck_assert_int_eq(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point),
                     CONNECT_E_NOCONNECTION);
    ck_assert_ptr_null(point);
    ck_assert_int_eq(IConnectionPointContainer_EnumConnectionPoints(container, &points), S_OK);
    ck_assert_int_eq(IEnumConnectionPoints_Next(points, 1, &listed, NULL), S_OK);
    ck_assert_int_eq(IConnectionPoint_GetConnectionInterface(listed, &iid), S_OK);
    ck_assert(IsEqualIID(&iid, &IID_IOPCDataCallback));
    IConnectionPoint_Release(listed);
    IEnumConnectionPoints_Release(points);
    IConnectionPointContainer_Release(container);
}
END_TEST

START_TEST(a_sink_without_the_interface_cannot_be_connected)
{
    static const HRESULT answers[] = { E_NOINTERFACE, (HRESULT)0x80070005, (HRESULT)0x800706BA };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        DWORD none = 9;
        sink.query_answer = answers[i];
        ck_assert_int_eq(fake_sink_advise(&sink, group, &none), CONNECT_E_CANNOTCONNECT);
        ck_assert_uint_eq(none, 0);
    }
    sink.query_answer = S_OK;
    ck_assert_uint_eq(atomic_load(&sink.references), 1);
}
END_TEST

START_TEST(after_unadvise_nothing_comes_and_a_new_subscription_starts_over)
{
    fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    ck_assert_int_eq(fake_sink_unadvise(group, cookie), S_OK);
    ck_assert_int_eq(fake_sink_unadvise(group, cookie), CONNECT_E_NOCONNECTION);
    fixture_advance_ms(5000);
    ck_assert(fake_sink_stays(&sink, 1));
    DWORD old = cookie;
    advise();
    ck_assert_uint_ne(cookie, old);
    ck_assert(fake_sink_wait(&sink, 2));
    ck_assert_uint_eq(sink.records[1].count, 1);
}
END_TEST

START_TEST(removing_the_group_ends_its_subscription)
{
    fixture_item(group, ITEM_RAMP, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    ck_assert_int_eq(IOPCServer_RemoveGroup(fixture.server, fixture_group_handle(group), TRUE), S_OK);
    fixture_advance_ms(5000);
    ck_assert(fake_sink_stays(&sink, 1));
    DWORD none;
    ck_assert_int_eq(fake_sink_advise(&sink, group, &none), E_FAIL);
    ck_assert_int_eq(fake_sink_unadvise(group, cookie), CONNECT_E_NOCONNECTION);
    cookie = 0;
}
END_TEST

/* ---- from inside a callback ---- */

static void read_inside(struct fake_sink *s, const struct sink_record *record)
{
    (void)record;
    OPCHANDLE handle = *(OPCHANDLE *)s->context;
    HRESULT error;
    OPCITEMSTATE *state = fixture_read(group, OPC_DS_DEVICE, handle, &error);
    ck_assert_int_eq(error, S_OK);
    opc_item_states_free(state, 1);
}

START_TEST(a_client_may_read_inside_its_callback)
{
    OPCHANDLE handle = fixture_item(group, ITEM_CONSTANT, 1);
    sink.context = &handle;
    sink.during = read_inside;
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
}
END_TEST

static void leave_inside(struct fake_sink *s, const struct sink_record *record)
{
    (void)s;
    (void)record;
    while (!cookie) /* the callback may come before Advise returns */
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    ck_assert_int_eq(fake_sink_unadvise(group, cookie), S_OK);
    ck_assert_int_eq(IOPCServer_RemoveGroup(fixture.server, fixture_group_handle(group), TRUE), S_OK);
}

START_TEST(a_client_may_unadvise_and_remove_its_group_inside_its_callback)
{
    fixture_item(group, ITEM_RAMP, 1);
    sink.during = leave_inside;
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    cookie = 0;
    fixture_wait_for_objects(2); /* the server, and the group that the test still holds */
}
END_TEST

START_TEST(the_status_tells_when_data_were_sent_last)
{
    OPCSERVERSTATUS *status;
    fixture_item(group, ITEM_CONSTANT, 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    ck_assert_int_eq(IOPCServer_GetStatus(fixture.server, &status), S_OK);
    ck_assert_uint_ne(status->ftLastUpdateTime.dwHighDateTime, 0);
    opc_server_status_free(status);
}
END_TEST

START_TEST(the_caller_items_of_a_subscription_tell_who_advised)
{
    fixture.caller = (struct caller){ "BETA\\subscriber", 5, 10 };
    fixture_item(group, WTEXT("opcprobe.caller.account"), 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    ck_assert(wide_equal(V_BSTR(&sink.records[0].values[0]), WTEXT("BETA\\subscriber")));
}
END_TEST

/* ---- with the real clock and the scheduler's thread ---- */

static void start_with_threads(void)
{
    fixture_start_with_threads();
    fake_sink_init(&sink);
    group = fixture_group(NULL, true, 50);
}

START_TEST(callbacks_come_by_themselves_and_never_faster_than_the_rate)
{
    fixture_item(group, WTEXT("opcprobe.process.cpu_ns"), 1); /* changes all the time */
    advise();
    ck_assert(fake_sink_wait(&sink, 8));
    mutex_lock(&sink.lock);
    for (unsigned i = 1; i < sink.count; i++)
        /* What is measured here began a little before; the tolerance is for that. */
        ck_assert_int_ge(sink.records[i].time_ns - sink.records[i - 1].time_ns, 40 * NS_PER_MS);
    mutex_unlock(&sink.lock);
}
END_TEST

START_TEST(a_client_that_goes_without_a_word_leaves_nothing_behind)
{
    fixture_item(group, WTEXT("opcprobe.process.cpu_ns"), 1);
    advise();
    ck_assert(fake_sink_wait(&sink, 1));
    cookie = 0;
    ck_assert_uint_eq(IOPCServer_Release(fixture.server), 0);
    fixture.server = NULL;
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("subscription");
    TCase *tc = tcase_create("callbacks");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, start, stop);
    tcase_add_test(tc, the_first_callback_has_transaction_zero_and_all_active_items);
    tcase_add_test(tc, only_what_changed_is_sent_afterwards);
    tcase_add_test(tc, nothing_is_sent_before_the_period_is_over);
    tcase_add_test(tc, a_client_of_changing_slowness_is_never_updated_more_often_than_the_rate);
    tcase_add_test(tc, an_update_that_is_very_late_is_not_followed_by_the_next_at_once);
    tcase_add_test(tc, a_late_update_does_not_make_the_later_ones_late);
    tcase_add_test(tc, a_group_without_items_or_inactive_stays_silent_until_there_is_something);
    tcase_add_test(tc, an_item_added_later_is_sent_too);
    tcase_add_test(tc, an_item_that_becomes_active_is_sent_and_one_that_becomes_inactive_is_not);
    tcase_add_test(tc, a_deadband_holds_small_changes_back_and_lets_their_sum_pass);
    tcase_add_test(tc, a_deadband_does_not_concern_items_without_a_range);
    tcase_add_test(tc, a_device_read_does_not_swallow_the_news_of_the_subscriber);
    tcase_add_test(tc, a_slow_client_gets_the_newest_values_in_one_callback);
    tcase_add_test(tc, values_overwritten_before_a_slow_client_got_them_are_counted);
    tcase_add_test(tc, what_disabled_callbacks_do_not_send_is_not_counted);
    tcase_add_test(tc, a_client_that_hangs_delays_nobody_else);
    tcase_add_test(tc, a_client_that_cannot_be_reached_is_tried_rarely);
    tcase_add_test(tc, a_second_subscription_is_refused_and_the_first_is_listed);
    tcase_add_test(tc, the_point_for_callbacks_is_found_and_enumerated);
    tcase_add_test(tc, a_sink_without_the_interface_cannot_be_connected);
    tcase_add_test(tc, after_unadvise_nothing_comes_and_a_new_subscription_starts_over);
    tcase_add_test(tc, removing_the_group_ends_its_subscription);
    tcase_add_test(tc, a_client_may_read_inside_its_callback);
    tcase_add_test(tc, a_client_may_unadvise_and_remove_its_group_inside_its_callback);
    tcase_add_test(tc, the_status_tells_when_data_were_sent_last);
    tcase_add_test(tc, the_caller_items_of_a_subscription_tell_who_advised);
    suite_add_tcase(suite, tc);
    TCase *threads = tcase_create("with threads");
    tcase_set_timeout(threads, 60);
    tcase_add_checked_fixture(threads, start_with_threads, stop);
    tcase_add_test(threads, callbacks_come_by_themselves_and_never_faster_than_the_rate);
    tcase_add_test(threads, a_client_that_goes_without_a_word_leaves_nothing_behind);
    suite_add_tcase(suite, threads);
    return fixture_run(suite);
}
