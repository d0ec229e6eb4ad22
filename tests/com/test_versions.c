/* Peers of other versions of DCOM ([MS-DCOM] 1.7, 2.2.11): a host whose host.json says so plays the older one. */
#include <stdio.h>

#include "tests/com/lab.h"
#include "tests/com/sink.h"
#include "tests/orpc/orpc_suite.h"

static const char *const versions[] = { "5.1", "5.2", "5.4", "5.6" };
#define VERSIONS 4

static const char *member(int version)
{
    static char text[64];
    snprintf(text, sizeof text, "\"com_version\": \"%s\"", versions[version]);
    return text;
}

static void use_a_class_object(void)
{
    WCHAR name[] = u"beta";
    COSERVERINFO server = { .pwszName = name };
    IClassFactory *factory;
    IOPCCommon *common;
    assert_hr(CoGetClassObject(&CLSID_TestServer, CLSCTX_REMOTE_SERVER, &server, &IID_IClassFactory, (void **)&factory),
              S_OK);
    assert_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IOPCCommon, (void **)&common), S_OK);
    lab_assert_answer(common, TEST_ASK_OBJECTS, "2");
    IClassFactory_Release(factory);
    IOPCCommon_Release(common);
}

/* Activation, calls, another interface, a callback and a nested call: everything that carries a version. */
static void use_everything(void)
{
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    IOPCCommon *common;
    struct sink sink;
    DWORD cookie;
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common), S_OK);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    assert_hr(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point), S_OK);
    sink_init(&sink);
    sink.call_back = common;
    assert_hr(IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCShutdown_iface, &cookie), S_OK);
    assert_hr(IOPCCommon_SetClientName(common, u"hello"), S_OK);
    ck_assert_uint_eq(sink.calls, 1);
    assert_hr(sink.called_back, S_OK);
    assert_hr(IConnectionPoint_Unadvise(point, cookie), S_OK);
    use_a_class_object();
    IConnectionPoint_Release(point);
    IConnectionPointContainer_Release(container);
    IOPCCommon_Release(common);
}

static void run(const char *alpha, const char *beta)
{
    lab_start_each(alpha, beta);
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    use_everything();
    lab_leave();
    lab_stop();
}

START_TEST(a_newer_client_speaks_the_version_of_an_older_server)
{
    run(NULL, member(_i));
}
END_TEST

START_TEST(an_older_client_is_served_and_called_back_in_its_own_version)
{
    run(member(_i), NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("versions");
    TCase *tests = tcase_create("versions");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_newer_client_speaks_the_version_of_an_older_server, 0, VERSIONS);
    tcase_add_loop_test(tests, an_older_client_is_served_and_called_back_in_its_own_version, 0, VERSIONS);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
