/* Calls back into objects of this process: Advise and what comes after it. */
#include <olectl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"

#include "tests/com/lab.h"
#include "tests/com/sink.h"
#include "tests/orpc/orpc_suite.h"

static IOPCCommon *common;
static IConnectionPoint *point;
static struct sink sink;
static DWORD calling_thread; /* whose call is cancelled */

/* Activates the server and finds its connection point. */
static void connect(void)
{
    IConnectionPointContainer *container;
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common), S_OK);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    assert_hr(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point), S_OK);
    IConnectionPointContainer_Release(container);
    sink_init(&sink);
}

static void disconnect(void)
{
    IConnectionPoint_Release(point);
    IOPCCommon_Release(common);
}

static DWORD advise(void)
{
    DWORD cookie = 0;
    assert_hr(IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCShutdown_iface, &cookie), S_OK);
    ck_assert_uint_ne(cookie, 0);
    return cookie;
}

START_TEST(a_sink_is_called_with_the_servers_own_account)
{
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    connect();
    DWORD cookie = advise();
    ck_assert_uint_gt(sink.references, 1);
    assert_hr(IOPCCommon_SetClientName(common, u"hello"), S_OK);
    ck_assert_uint_eq(sink.calls, 1);
    ck_assert_str_eq(sink.text, "hello");
    ck_assert_str_eq(sink.account, "ALPHA\\opcuser");
    ck_assert_uint_eq(sink.level, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(IConnectionPoint_Unadvise(point, cookie), S_OK);
    ck_assert_uint_eq(sink.references, 1);
    disconnect();
    lab_leave();
}
END_TEST

START_TEST(a_sink_may_call_the_server_from_inside_the_callback)
{
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    connect();
    DWORD cookie = advise();
    sink.call_back = common;
    assert_hr(IOPCCommon_SetClientName(common, u"nested"), S_OK);
    assert_hr(sink.called_back, S_OK);
    assert_hr(IConnectionPoint_Unadvise(point, cookie), S_OK);
    disconnect();
    lab_leave();
}
END_TEST

START_TEST(callbacks_come_at_least_at_the_level_this_process_asks_for)
{
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
    connect();
    DWORD cookie = advise();
    assert_hr(IOPCCommon_SetClientName(common, u"sealed"), S_OK);
    ck_assert_uint_eq(sink.level, RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
    assert_hr(IConnectionPoint_Unadvise(point, cookie), S_OK);
    disconnect();
    lab_leave();
}
END_TEST

START_TEST(a_disconnected_sink_is_not_called_again)
{
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    connect();
    DWORD cookie = advise();
    assert_hr(CoDisconnectObject((IUnknown *)&sink.IOPCShutdown_iface, 0), S_OK);
    ck_assert_uint_eq(sink.references, 1);
    assert_hr(IOPCCommon_SetClientName(common, u"too late"), RPC_E_DISCONNECTED);
    ck_assert_uint_eq(sink.calls, 0);
    assert_hr(IConnectionPoint_Unadvise(point, cookie), S_OK);
    disconnect();
    lab_leave();
}
END_TEST

START_TEST(com_lets_sinks_go_when_it_ends)
{
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    connect();
    advise();
    disconnect();
    lab_leave();
    ck_assert_uint_eq(sink.references, 1);
}
END_TEST

/* The server gets a reference to its own object back and must see the object, which is no IOPCShutdown. */
START_TEST(a_proxy_that_travels_home_is_the_servers_own_object)
{
    DWORD cookie;
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    connect();
    assert_hr(IConnectionPoint_Advise(point, (IUnknown *)common, &cookie), CONNECT_E_CANNOTCONNECT);
    lab_assert_answer(common, TEST_ASK_HRESULT, "0x80004002");
    disconnect();
    lab_leave();
}
END_TEST

START_TEST(a_process_without_a_host_cannot_be_called_back)
{
    IUnknown *identity;
    DWORD cookie;
    lab_enter_nowhere(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(lab_activate("opcuser", "right", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IUnknown, (void **)&identity),
              S_OK);
    point = lab_point_with_credentials(identity);
    sink_init(&sink);
    assert_hr(IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCShutdown_iface, &cookie), CO_E_INIT_RPC_CHANNEL);
    ck_assert_uint_eq(sink.references, 1);
    IConnectionPoint_Release(point);
    IUnknown_Release(identity);
    lab_leave();
}
END_TEST

static void cancel_after_a_moment(void *argument)
{
    clock_sleep_until_ns(clock_deadline_ns(300 * NS_PER_MS));
    *(HRESULT *)argument = CoCancelCall(calling_thread, 0);
}

/* The client gives its call up while the server waits for the client's sink on its behalf: the server does not wait on
 * for nobody. */
START_TEST(a_callback_ends_with_the_call_that_it_was_made_in)
{
    struct thread thread;
    HRESULT cancelled = E_FAIL;
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    connect();
    DWORD cookie = advise();
    sink.sleep_ms = 4000;
    calling_thread = GetCurrentThreadId();
    assert_hr(CoEnableCallCancellation(NULL), S_OK);
    ck_assert_int_eq(thread_start(&thread, cancel_after_a_moment, &cancelled), ERR_OK);
    assert_hr(IOPCCommon_SetClientName(common, u"nobody"), RPC_E_CALL_CANCELED);
    thread_join(&thread);
    assert_hr(cancelled, S_OK);
    clock_sleep_until_ns(clock_deadline_ns(1500 * NS_PER_MS));
    lab_assert_answer(common, TEST_ASK_HRESULT, "0x80010002");
    ck_assert_uint_eq(sink.calls, 0);
    assert_hr(CoDisableCallCancellation(NULL), S_OK);
    assert_hr(IConnectionPoint_Unadvise(point, cookie), S_OK);
    disconnect();
    lab_leave();
}
END_TEST

/* The client's resolver is gone, and the server that meets the sink has never heard of its exporter: it cannot resolve
 * the parameter of Advise, whose method therefore never runs. */
START_TEST(a_sink_that_cannot_be_resolved_is_a_fault_of_the_call)
{
    DWORD cookie = 7;
    IUnknown *identity;
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    connect();
    advise();
    char *pid = lab_ask(common, TEST_ASK_PID);
    lab_kill(atoll(pid));
    lab_kill(lab.alpha.scm.pid);
    free(pid);
    disconnect();
    assert_hr(lab_activate("opcuser", "right", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IUnknown, (void **)&identity),
              S_OK);
    point = lab_point_with_credentials(identity);
    HRESULT hr = IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCShutdown_iface, &cookie);
    assert_hr(hr, 0x800706BA);
    ck_assert_uint_eq(cookie, 0);
    IConnectionPoint_Release(point);
    IUnknown_Release(identity);
    lab_leave();
    ck_assert_uint_eq(sink.references, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("callback");
    TCase *tests = tcase_create("callback"), *unreachable = tcase_create("unreachable");
    tcase_add_unchecked_fixture(tests, lab_start, lab_stop);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_sink_is_called_with_the_servers_own_account);
    tcase_add_test(tests, a_sink_may_call_the_server_from_inside_the_callback);
    tcase_add_test(tests, callbacks_come_at_least_at_the_level_this_process_asks_for);
    tcase_add_test(tests, a_disconnected_sink_is_not_called_again);
    tcase_add_test(tests, com_lets_sinks_go_when_it_ends);
    tcase_add_test(tests, a_callback_ends_with_the_call_that_it_was_made_in);
    tcase_add_test(tests, a_proxy_that_travels_home_is_the_servers_own_object);
    tcase_add_test(tests, a_process_without_a_host_cannot_be_called_back);
    tcase_add_unchecked_fixture(unreachable, lab_start, lab_stop);
    tcase_set_timeout(unreachable, 60);
    tcase_add_test(unreachable, a_sink_that_cannot_be_resolved_is_a_fault_of_the_call);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, unreachable);
    return run_suite(suite);
}
