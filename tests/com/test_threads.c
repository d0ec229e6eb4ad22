/* One object used by many threads at once, and callbacks that arrive while it is. */
#include <stdatomic.h>

#include "base/clock.h"
#include "base/thread.h"
#include "tests/com/lab.h"
#include "tests/com/sink.h"
#include "tests/orpc/orpc_suite.h"

#define THREADS 8
#define ROUNDS  40

static IOPCCommon *common;
static atomic_uint failures;

static void expect(HRESULT hr)
{
    if (hr != S_OK)
        atomic_fetch_add(&failures, 1);
}

static void call(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        IConnectionPointContainer *container;
        IConnectionPoint *point;
        IUnknown *copy;
        LCID locale;
        expect(IOPCCommon_GetLocaleID(common, &locale));
        expect(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container));
        expect(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point));
        IConnectionPoint_Release(point);
        IConnectionPointContainer_Release(container);
        expect(CoCopyProxy((IUnknown *)common, &copy));
        expect(IOPCCommon_GetLocaleID((IOPCCommon *)copy, &locale));
        IUnknown_Release(copy);
    }
}

static void run_threads(void (*run)(void *))
{
    struct thread threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(thread_start(&threads[i], run, NULL), ERR_OK);
    for (int i = 0; i < THREADS; i++)
        thread_join(&threads[i]);
    ck_assert_uint_eq(failures, 0);
}

START_TEST(one_proxy_serves_many_threads)
{
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common), S_OK);
    run_threads(call);
    lab_assert_answer(common, TEST_ASK_OBJECTS, "1");
    ck_assert_uint_eq(IOPCCommon_Release(common), 0);
    lab_leave();
}
END_TEST

static void activate_and_release(void *argument)
{
    (void)argument;
    for (int i = 0; i < 4; i++) {
        IOPCCommon *own;
        HRESULT hr = lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&own);
        expect(hr);
        if (hr == S_OK)
            IOPCCommon_Release(own);
    }
}

START_TEST(threads_may_activate_side_by_side)
{
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common), S_OK);
    run_threads(activate_and_release);
    lab_assert_answer(common, TEST_ASK_OBJECTS, "1");
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

/* Each thread has a sink of its own, so that callbacks of several calls arrive at once. */
static void be_called_back(void *argument)
{
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    struct sink sink;
    DWORD cookie;
    (void)argument;
    sink_init(&sink);
    sink.call_back = common;
    expect(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container));
    expect(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point));
    for (int i = 0; i < 5; i++) {
        expect(IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCShutdown_iface, &cookie));
        expect(IOPCCommon_SetClientName(common, u"all"));
        expect(IConnectionPoint_Unadvise(point, cookie));
    }
    /* Calls of the other threads may still be under way to this sink. */
    while (atomic_load(&sink.references) > 1)
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    if (sink.calls < 5)
        atomic_fetch_add(&failures, 1);
    IConnectionPoint_Release(point);
    IConnectionPointContainer_Release(container);
}

START_TEST(callbacks_arrive_while_calls_are_under_way)
{
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common), S_OK);
    run_threads(be_called_back);
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads");
    TCase *tests = tcase_create("threads");
    tcase_add_unchecked_fixture(tests, lab_start, lab_stop);
    tcase_set_timeout(tests, 90);
    tcase_add_test(tests, one_proxy_serves_many_threads);
    tcase_add_test(tests, threads_may_activate_side_by_side);
    tcase_add_test(tests, callbacks_arrive_while_calls_are_under_way);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
