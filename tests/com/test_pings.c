/* Lives of remote objects: who holds one keeps it by pings, who dies without a word loses it ([MS-DCOM] 3.1.1.6.2).
 * A ping period is a second here instead of two minutes. */
#include <stdio.h>
#include <string.h>
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

/* A client that activates an object, holds it for a while and dies without releasing it: this program once more. */
static void die_with_an_object(int64_t after_ns)
{
    char program[512], port[16], after[32];
    int exit_code = -1;
    struct process p;
    ck_assert_int_eq(process_program_path(program, sizeof program), ERR_OK);
    snprintf(port, sizeof port, "%u", lab.beta.port);
    snprintf(after, sizeof after, "%lld", (long long)after_ns);
    const char *const arguments[] = { program, lab.alpha.folder, lab.beta.address, port, after, NULL };
    const struct process_options options = { .arguments = arguments, .die_with_parent = true };
    ck_assert_int_eq(process_start(&options, &p), ERR_OK);
    ck_assert_int_eq(process_wait(&p, clock_deadline_ns(20 * NS_PER_S), &exit_code), ERR_OK);
    ck_assert_int_eq(exit_code, 0);
}

static char **client_arguments;

/* A test only so that it may assert; it ends the process in its middle. */
START_TEST(hold_and_die)
{
    IOPCCommon *common;
    strcpy(lab.alpha.folder, client_arguments[1]);
    lab.beta.address = client_arguments[2];
    lab.beta.port = (uint16_t)atoi(client_arguments[3]);
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common), S_OK);
    clock_sleep_until_ns(clock_deadline_ns(atoll(client_arguments[4])));
    _exit(0);
}
END_TEST

static int be_the_client(char **arguments)
{
    Suite *suite = suite_create("client");
    TCase *tests = tcase_create("client");
    client_arguments = arguments;
    tcase_add_test(tests, hold_and_die);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    srunner_free(runner);
    return EXIT_FAILURE;
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

int main(int argc, char **argv)
{
    if (argc == 5)
        return be_the_client(argv);
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
