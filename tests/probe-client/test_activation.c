/* An activation under a deadline: it ends, is cancelled, or is abandoned, and never leaks the object. */
#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "probe-client/activation.h"
#include "tests/probe-client/fake_com.h"

/* ---- an object that counts ---- */

static atomic_int references;

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IUnknown *self, REFIID iid, void **out)
{
    (void)self;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE object_AddRef(IUnknown *self)
{
    (void)self;
    return (ULONG)(atomic_fetch_add(&references, 1) + 1);
}

static ULONG STDMETHODCALLTYPE object_Release(IUnknown *self)
{
    (void)self;
    return (ULONG)(atomic_fetch_sub(&references, 1) - 1);
}

static const IUnknownVtbl object_vtbl = { .QueryInterface = object_QueryInterface,
                                          .AddRef = object_AddRef,
                                          .Release = object_Release };
static IUnknown object = { .lpVtbl = (IUnknownVtbl *)&object_vtbl };

/* ---- runtimes ---- */

static atomic_bool cancelled, let_go, given;
static char asked_host[64];
static DWORD asked_level;

static HRESULT give_object(COSERVERINFO *server, MULTI_QI *query)
{
    asked_host[0] = '\0';
    if (server) {
        utf8_from_utf16((const uint16_t *)server->pwszName, utf16_length((const uint16_t *)server->pwszName),
                        asked_host, sizeof(asked_host));
        asked_level = server->pAuthInfo->dwAuthnLevel;
    }
    IUnknown_AddRef(&object);
    query->pItf = &object;
    query->hr = S_OK;
    atomic_store(&given, true);
    return S_OK;
}

static HRESULT obey_cancel(COSERVERINFO *server, MULTI_QI *query)
{
    (void)server;
    (void)query;
    while (!atomic_load(&cancelled))
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    return RPC_E_CALL_CANCELED;
}

static HRESULT ignore_cancel(COSERVERINFO *server, MULTI_QI *query)
{
    while (!atomic_load(&let_go))
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    return give_object(server, query);
}

static void cancel(uint32_t thread_id)
{
    ck_assert_uint_ne(thread_id, 0);
    atomic_store(&cancelled, true);
}

static struct watchdog *dog;
static struct login login;
static const CLSID clsid;

static void setup(void)
{
    struct watchdog_options options = { .cancel = cancel };
    ck_assert_int_eq(watchdog_create(&options, &dog), ERR_OK);
}

static void clean(void)
{
    watchdog_destroy(dog);
}

START_TEST(the_object_and_the_host_and_the_level_go_through)
{
    struct activation_result r;
    fake_create_instance = give_object;
    ck_assert_int_eq(activation_run(&clsid, "beta", &login, LEVEL_PACKET_PRIVACY, dog, 10 * NS_PER_S, &r), ERR_OK);
    ck_assert_int_eq(r.hr, S_OK);
    ck_assert_ptr_eq(r.object, &object);
    ck_assert_int_eq(r.end, WATCHDOG_IN_TIME);
    ck_assert(!r.abandoned);
    ck_assert_str_eq(asked_host, "beta");
    ck_assert_uint_eq(asked_level, LEVEL_PACKET_PRIVACY);
    ck_assert_int_eq(atomic_load(&references), 1);
}
END_TEST

START_TEST(a_failure_comes_back_as_it_is)
{
    struct activation_result r;
    ck_assert_int_eq(activation_run(&clsid, NULL, &login, LEVEL_CONNECT, dog, 10 * NS_PER_S, &r), ERR_OK);
    ck_assert_int_eq(r.hr, REGDB_E_CLASSNOTREG);
    ck_assert_ptr_null(r.object);
}
END_TEST

START_TEST(a_late_activation_is_cancelled)
{
    struct activation_result r;
    fake_create_instance = obey_cancel;
    ck_assert_int_eq(activation_run(&clsid, "beta", &login, LEVEL_CONNECT, dog, 100 * NS_PER_MS, &r), ERR_OK);
    ck_assert_int_eq(r.end, WATCHDOG_LATE);
    ck_assert(!r.abandoned);
    ck_assert_ptr_null(r.object);
}
END_TEST

START_TEST(one_that_cannot_be_cancelled_is_abandoned_and_gives_its_object_back)
{
    struct activation_result r;
    fake_create_instance = ignore_cancel;
    int64_t begun_ns = clock_now_ns();
    ck_assert_int_eq(activation_run(&clsid, "beta", &login, LEVEL_CONNECT, dog, 100 * NS_PER_MS, &r), ERR_OK);
    ck_assert_int_lt(clock_now_ns() - begun_ns, 6 * NS_PER_S);
    ck_assert(r.abandoned);
    ck_assert_int_eq(r.end, WATCHDOG_LATE);
    ck_assert_ptr_null(r.object);
    atomic_store(&references, 5); /* what it is again when the thread took one and gave it back */
    atomic_store(&let_go, true);
    int64_t deadline_ns = clock_deadline_ns(5 * NS_PER_S);
    while (!atomic_load(&given) && clock_left_ns(deadline_ns) > 0)
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    clock_sleep_until_ns(clock_deadline_ns(200 * NS_PER_MS));
    ck_assert(atomic_load(&given));
    ck_assert_int_eq(atomic_load(&references), 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client activation");
    TCase *tcase = tcase_create("activation");
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, setup, clean);
    tcase_add_test(tcase, the_object_and_the_host_and_the_level_go_through);
    tcase_add_test(tcase, a_failure_comes_back_as_it_is);
    tcase_add_test(tcase, a_late_activation_is_cancelled);
    tcase_add_test(tcase, one_that_cannot_be_cancelled_is_abandoned_and_gives_its_object_back);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
