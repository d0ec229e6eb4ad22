/* Lives of remote objects: who holds one keeps it by pings, who dies without a word loses it ([MS-DCOM] 3.1.1.6.2).
 * A ping period is a second here instead of two minutes. */
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "dcom/com/runtime.h"
#include "tests/com/lab.h"
#include "tests/com/sink.h"
#include "tests/orpc/orpc_suite.h"

#define PERIOD_NS    NS_PER_S
/* Three periods until an object is reclaimed, and as much for the loaded machine that counts them. */
#define RECLAIMED_NS (6 * PERIOD_NS)

static void start(void)
{
    lab_start_with("\"ping_period_s\": 1");
}

static IOPCCommon *activate(void)
{
    IOPCCommon *common;
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common), S_OK);
    return common;
}

START_TEST(objects_that_are_held_outlive_the_pings_on_both_sides)
{
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    struct sink sink;
    DWORD cookie;
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    IOPCCommon *common = activate();
    sink_init(&sink);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    assert_hr(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point), S_OK);
    assert_hr(IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCShutdown_iface, &cookie), S_OK);
    clock_sleep_until_ns(clock_deadline_ns(RECLAIMED_NS));
    assert_hr(IOPCCommon_SetClientName(common, u"still here"), S_OK);
    ck_assert_uint_eq(sink.calls, 1);
    IConnectionPoint_Release(point);
    IConnectionPointContainer_Release(container);
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

START_TEST(local_objects_that_are_held_outlive_the_pings_too)
{
    IOPCCommon *common;
    LCID locale;
    lab_enter_beta(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(CoCreateInstance(&CLSID_TestServer, NULL, CLSCTX_LOCAL_SERVER, &IID_IOPCCommon, (void **)&common), S_OK);
    clock_sleep_until_ns(clock_deadline_ns(RECLAIMED_NS));
    assert_hr(IOPCCommon_GetLocaleID(common, &locale), S_OK);
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

/* Nobody pings for a process without a host but itself, with the credentials that it activated with. */
START_TEST(a_process_without_a_host_keeps_its_objects_too)
{
    static const char *const pinged[] = { "\"event\":\"pinged\"", "\"new_set\":true", "\"status\":0", NULL };
    static const char *const logons[] = { "\"event\":\"logon\"", "\"opcuser\"", "0x00000000", NULL };
    IOPCCommon *common;
    LCID locale;
    unsigned sets = host_fixture_count(&lab.beta, pinged);
    lab_enter_nowhere(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    runtime_get()->ping_period_ns = PERIOD_NS;
    assert_hr(lab_activate("opcuser", "right", RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common),
              S_OK);
    unsigned before = host_fixture_count(&lab.beta, logons);
    clock_sleep_until_ns(clock_deadline_ns(RECLAIMED_NS));
    ck_assert_uint_eq(host_fixture_count(&lab.beta, pinged), sets + 1);
    ck_assert_uint_ge(host_fixture_count(&lab.beta, logons), before + 3);
    lab_take_credentials((IUnknown *)common);
    assert_hr(IOPCCommon_GetLocaleID(common, &locale), S_OK);
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

/* A client that activates and dies without releasing. */
static void die_with_an_object(int64_t after_ns)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        IOPCCommon *common;
        lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
        HRESULT hr = lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common);
        clock_sleep_until_ns(clock_deadline_ns(after_ns));
        _exit(hr == S_OK ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

START_TEST(an_object_of_a_client_that_died_is_run_down)
{
    die_with_an_object(0);
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    IOPCCommon *common = activate();
    lab_assert_answer(common, TEST_ASK_OBJECTS, "2");
    clock_sleep_until_ns(clock_deadline_ns(RECLAIMED_NS));
    lab_assert_answer(common, TEST_ASK_OBJECTS, "1");
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

/* What one process gives up or loses is no business of another one's set. */
START_TEST(each_client_process_has_a_ping_set_of_its_own)
{
    static const char *const pinged[] = { "\"event\":\"pinged\"", "\"new_set\":true", "\"added\":1", NULL };
    unsigned before = host_fixture_count(&lab.beta, pinged);
    die_with_an_object(PERIOD_NS);
    die_with_an_object(PERIOD_NS);
    ck_assert_uint_eq(host_fixture_count(&lab.beta, pinged), before + 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pings");
    TCase *tests = tcase_create("pings");
    tcase_add_unchecked_fixture(tests, start, lab_stop);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, objects_that_are_held_outlive_the_pings_on_both_sides);
    tcase_add_test(tests, local_objects_that_are_held_outlive_the_pings_too);
    tcase_add_test(tests, a_process_without_a_host_keeps_its_objects_too);
    tcase_add_test(tests, an_object_of_a_client_that_died_is_run_down);
    tcase_add_test(tests, each_client_process_has_a_ping_set_of_its_own);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
