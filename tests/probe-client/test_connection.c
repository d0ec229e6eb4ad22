/* The calls of a check against the objects of the real test server, in this process: what is asked of our own
 * server and of a foreign one, and that nothing is left behind. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "opcda/identity.h"
#include "opcda/opc_error.h"
#include "opcda/runtime.h"
#include "opcda/text.h"
#include "probe-client/connection.h"
#include "probe-server/address_space.h"
#include "probe-server/scheduler.h"
#include "probe-server/server.h"
#include "tests/probe-client/fake_com.h"

/* ---- the server ---- */

static int64_t now_ns(void *context)
{
    (void)context;
    return clock_now_ns();
}

static uint64_t wall(void *context)
{
    (void)context;
    return clock_wall_filetime();
}

static void query_caller(void *context, struct caller *out)
{
    (void)context;
    *out = (struct caller){ .account = "BETA\\opcuser",
                            .level = RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                            .mechanism = RPC_C_AUTHN_WINNT };
}

static void nothing(void *context)
{
    (void)context;
}

static void leave_sink(void *context, IUnknown *sink)
{
    (void)context;
    (void)sink;
}

static const struct service_ops service_ops = {
    .now_ns = now_ns,
    .wall_filetime = wall,
    .query_caller = query_caller,
    .thread_enter = nothing,
    .thread_leave = nothing,
    .prepare_sink = leave_sink,
    .objects_changed = nothing,
};

static struct service service;
static struct scheduler *scheduler;
static struct address_space *space;

/* ---- the client ---- */

static struct check_report report;
static struct login login;
static struct activity activity;
static struct connection c;

static void setup(void)
{
    char complaint[JSON_COMPLAINT];
    ck_assert_msg(address_space_load(NULL, &space, complaint) == ERR_OK, "%s", complaint);
    scheduler = scheduler_create(now_ns, NULL);
    ck_assert_ptr_nonnull(scheduler);
    ck_assert_int_eq(scheduler_start(scheduler), ERR_OK);
    service_init(&service, &service_ops, NULL, space, scheduler);
    memset(&report, 0, sizeof(report));
    memset(&c, 0, sizeof(c));
    strcpy(report.here, "ALPHA");
    strcpy(report.there, "beta");
    report.asked = (struct levels){ LEVEL_PACKET_PRIVACY, LEVEL_PACKET_PRIVACY, LEVEL_PACKET_PRIVACY };
    stages_init(&report.stages, "ALPHA", "beta");
    ck_assert_int_eq(activity_open(&activity, NULL), ERR_OK);
    c.report = &report;
    c.login = &login;
    c.activity = &activity;
    c.is_our_class = true;
    c.data_changes = 1;
    ck_assert_int_eq(connection_init(&c), ERR_OK);
    ck_assert_int_eq(server_create(&service, &IID_IUnknown, (void **)&c.object), S_OK);
    ck_assert(connect_query(&c));
}

static void clean(void)
{
    teardown(&c);
    int64_t deadline_ns = clock_deadline_ns(5 * NS_PER_S);
    while (atomic_load(&service.objects) && clock_left_ns(deadline_ns) > 0)
        clock_sleep_until_ns(clock_deadline_ns(10 * NS_PER_MS));
    ck_assert_uint_eq(atomic_load(&service.objects), 0);
    connection_cleanup(&c);
    scheduler_destroy(scheduler);
    service_cleanup(&service);
    address_space_destroy(space);
}

static void assert_status(enum stage stage, enum stage_status status)
{
    ck_assert_msg(report.stages.results[stage].status == status, "%s is %s: %s", stage_name(stage),
                  status_name(report.stages.results[stage].status), report.stages.results[stage].detail);
}

static uint64_t calls_of(const char *name)
{
    for (size_t i = 0; i < activity.kinds; i++)
        if (strcmp(activity.calls[i].name, name) == 0)
            return activity.calls[i].count;
    return 0;
}

/* Groups of the server as GetStatus counts them. */
static DWORD group_count(void)
{
    OPCSERVERSTATUS *status;
    ck_assert_int_eq(IOPCServer_GetStatus(c.server, &status), S_OK);
    DWORD count = status->dwGroupCount;
    CoTaskMemFree(status->szVendorInfo);
    CoTaskMemFree(status);
    return count;
}

START_TEST(a_whole_connection_passes_and_our_server_says_what_it_saw)
{
    static const char *const items[] = { "Random.Int4", "Ramp.Int4" };
    ck_assert(calls_status(&c));
    ck_assert(calls_group(&c, items, 2));
    calls_read(&c);
    ck_assert(callback_advise(&c));
    callback_data(&c);
    teardown(&c);
    static const enum stage stages[] = { STAGE_QUERY,  STAGE_CALL, STAGE_GROUP,   STAGE_READ,
                                         STAGE_ADVISE, STAGE_DATA, STAGE_TEARDOWN };
    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
        assert_status(stages[i], OUTCOME_OK);
    ck_assert(c.is_ours && report.seen.known);
    ck_assert_str_eq(report.seen.account, "BETA\\opcuser");
    ck_assert_str_eq(report.seen.session, "user");
    ck_assert_str_eq(report.seen.runtime, runtime_name());
    ck_assert(report.status_clock.known);
    ck_assert_uint_eq(report.seen.level, LEVEL_PACKET_PRIVACY);
    ck_assert_uint_eq(report.seen.mechanism, MECHANISM_NTLM);
    ck_assert_uint_ge(report.data_changes, 1);
    ck_assert_ptr_nonnull(strstr(report.server, "opcprobe test server"));
    ck_assert_ptr_nonnull(strstr(report.stages.results[STAGE_DATA].detail, "2 items"));
}
END_TEST

START_TEST(as_many_data_changes_as_wanted_are_waited_for)
{
    static const char *const items[] = { "Ramp.Int4" };
    c.data_changes = 2;
    ck_assert(calls_group(&c, items, 1));
    ck_assert(callback_advise(&c));
    callback_data(&c);
    assert_status(STAGE_DATA, OUTCOME_OK);
}
END_TEST

START_TEST(too_few_data_changes_are_counted)
{
    static const char *const items[] = { "Ramp.Int4" };
    c.data_changes = 1000;
    c.timeout_ns = NS_PER_S;
    ck_assert(calls_group(&c, items, 1));
    ck_assert(callback_advise(&c));
    callback_data(&c);
    assert_status(STAGE_DATA, OUTCOME_FAILED);
    ck_assert_uint_eq(report.stages.results[STAGE_DATA].code, (uint32_t)RPC_E_TIMEOUT);
    ck_assert_ptr_nonnull(strstr(report.stages.results[STAGE_DATA].detail, "of 1000 OnDataChange came within 1 s"));
}
END_TEST

START_TEST(a_foreign_server_is_asked_for_the_named_items_alone)
{
    static const char *const items[] = { "Random.Int4" };
    c.is_our_class = false;
    ck_assert(calls_status(&c));
    ck_assert(calls_group(&c, items, 1));
    ck_assert_uint_eq(c.handle_count, 1);
    calls_read(&c);
    assert_status(STAGE_READ, OUTCOME_OK);
    ck_assert(!c.is_ours && !report.seen.known);
}
END_TEST

START_TEST(without_an_item_a_foreign_server_is_neither_read_nor_waited_for)
{
    c.is_our_class = false;
    ck_assert(calls_status(&c));
    ck_assert(calls_group(&c, NULL, 0));
    ck_assert_uint_eq(calls_of("IOPCItemMgt::AddItems"), 0);
    calls_read(&c);
    assert_status(STAGE_READ, OUTCOME_SKIPPED);
    ck_assert(callback_advise(&c));
    callback_data(&c);
    assert_status(STAGE_ADVISE, OUTCOME_OK);
    assert_status(STAGE_DATA, OUTCOME_SKIPPED);
}
END_TEST

START_TEST(a_wrong_nonce_is_not_believed)
{
    ck_assert(calls_status(&c));
    ck_assert(calls_group(&c, NULL, 0));
    c.nonce[0] = c.nonce[0] == 'f' ? '0' : 'f';
    calls_read(&c);
    ck_assert(!c.is_ours && !report.seen.known);
}
END_TEST

START_TEST(a_refused_item_fails_the_group_and_the_others_go_on)
{
    static const char *const items[] = { "Random.Int4", "No.Such.Item" };
    ck_assert(calls_status(&c));
    ck_assert(calls_group(&c, items, 2));
    assert_status(STAGE_GROUP, OUTCOME_FAILED);
    ck_assert_uint_eq(report.stages.results[STAGE_GROUP].code, (uint32_t)OPC_E_UNKNOWNITEMID);
    ck_assert_ptr_nonnull(strstr(report.stages.results[STAGE_GROUP].detail, "No.Such.Item"));
    calls_read(&c);
    assert_status(STAGE_READ, OUTCOME_OK);
    ck_assert(c.is_ours);
}
END_TEST

START_TEST(every_proxy_gets_the_level_of_calls)
{
    static const char *const items[] = { "Random.Int4" };
    unsigned before = fake_blanket.calls;
    ck_assert(calls_group(&c, items, 1));
    ck_assert_uint_eq(fake_blanket.calls - before,
                      8); /* IOPCCommon, IEnumString, IOPCItemMgt, IOPCSyncIO, each with its identity */
    before = fake_blanket.calls;
    ck_assert(callback_advise(&c));
    ck_assert_uint_eq(fake_blanket.calls - before, 4); /* the container and its point, each with its identity */
    ck_assert_uint_eq(fake_blanket.level, LEVEL_PACKET_PRIVACY);
}
END_TEST

START_TEST(the_group_goes_although_the_user_pressed_ctrl_c)
{
    static const char *const items[] = { "Random.Int4" };
    ck_assert(calls_group(&c, items, 1));
    ck_assert(callback_advise(&c));
    ck_assert_uint_eq(group_count(), 1);
    ck_assert_int_eq(interrupt_catch(), ERR_OK);
    interrupt_request();
    IOPCServer *server = c.server;
    IOPCServer_AddRef(server);
    teardown(&c);
    assert_status(STAGE_TEARDOWN, OUTCOME_OK);
    c.server = server;
    ck_assert_uint_eq(group_count(), 0);
    IOPCServer_Release(server);
}
END_TEST

/* A group as another run may have left it. */
static OPCHANDLE leave_group(const WCHAR *name)
{
    OPCHANDLE handle;
    DWORD rate;
    IUnknown *group;
    ck_assert_int_eq(
        IOPCServer_AddGroup(c.server, name, TRUE, 1000, 1, NULL, NULL, 0, &handle, &rate, &IID_IOPCItemMgt, &group),
        S_OK);
    IUnknown_Release(group);
    return handle;
}

START_TEST(groups_of_earlier_runs_are_a_finding_and_are_left_alone)
{
    static const char *const items[] = { "Random.Int4" };
    OPCHANDLE ours = leave_group(WTEXT("opcprobe-ALPHA-1")), foreign = leave_group(WTEXT("SCADA"));
    ck_assert(calls_group(&c, items, 1));
    ck_assert_uint_eq(report.finding_count, 1);
    ck_assert_int_eq(report.findings[0].stage, STAGE_GROUP);
    ck_assert_ptr_nonnull(strstr(report.findings[0].text, "opcprobe-ALPHA-1"));
    ck_assert_ptr_null(strstr(report.findings[0].text, "SCADA"));
    ck_assert_uint_eq(group_count(), 3);
    ck_assert_int_eq(IOPCServer_RemoveGroup(c.server, ours, FALSE), S_OK);
    ck_assert_int_eq(IOPCServer_RemoveGroup(c.server, foreign, FALSE), S_OK);
}
END_TEST

START_TEST(without_leftovers_there_is_nothing_to_find)
{
    static const char *const items[] = { "Random.Int4" };
    ck_assert(calls_group(&c, items, 1));
    ck_assert_uint_eq(report.finding_count, 0);
    ck_assert_uint_eq(calls_of("IOPCServer::CreateGroupEnumerator"), 1);
}
END_TEST

START_TEST(a_second_teardown_finds_nothing)
{
    static const char *const items[] = { "Random.Int4" };
    ck_assert(calls_group(&c, items, 1));
    ck_assert_uint_eq(group_count(), 1);
    teardown(&c);
    teardown(&c);
    assert_status(STAGE_TEARDOWN, OUTCOME_OK);
    ck_assert_uint_eq(calls_of("IOPCServer::RemoveGroup"), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client connection");
    TCase *tcase = tcase_create("connection");
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, setup, clean);
    tcase_add_test(tcase, a_whole_connection_passes_and_our_server_says_what_it_saw);
    tcase_add_test(tcase, as_many_data_changes_as_wanted_are_waited_for);
    tcase_add_test(tcase, too_few_data_changes_are_counted);
    tcase_add_test(tcase, a_foreign_server_is_asked_for_the_named_items_alone);
    tcase_add_test(tcase, without_an_item_a_foreign_server_is_neither_read_nor_waited_for);
    tcase_add_test(tcase, a_wrong_nonce_is_not_believed);
    tcase_add_test(tcase, a_refused_item_fails_the_group_and_the_others_go_on);
    tcase_add_test(tcase, every_proxy_gets_the_level_of_calls);
    tcase_add_test(tcase, the_group_goes_although_the_user_pressed_ctrl_c);
    tcase_add_test(tcase, groups_of_earlier_runs_are_a_finding_and_are_left_alone);
    tcase_add_test(tcase, without_leftovers_there_is_nothing_to_find);
    tcase_add_test(tcase, a_second_teardown_finds_nothing);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
