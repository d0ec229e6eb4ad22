/* The same host: local RPC from end to end, classes of this process, and what COM says about itself. */
#include <string.h>

#include "base/text.h"
#include "tests/com/lab.h"
#include "tests/com/sink.h"
#include "tests/orpc/orpc_suite.h"

static const WCHAR *const names[] = { NULL, u"", u".", u"localhost", u"BETA", u"beta", u"\\\\BETA", u"127.0.81.2" };

START_TEST(every_name_of_this_host_activates_without_a_tcp_connection)
{
    WCHAR name[32] = { 0 };
    COSERVERINFO server = { .pwszName = names[_i] ? name : NULL };
    MULTI_QI result = { .pIID = &IID_IOPCCommon };
    if (names[_i])
        memcpy(name, names[_i], 2 * utf16_length(names[_i]));
    lab_enter_beta(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(
        CoCreateInstanceEx(&CLSID_TestServer, NULL, CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER, &server, 1, &result),
        S_OK);
    IOPCCommon *common = (IOPCCommon *)result.pItf;
    lab_assert_answer(common, TEST_ASK_ACCOUNT, "BETA\\opcuser");
    lab_assert_answer(common, TEST_ASK_LEVEL, "6");
    lab_assert_answer(common, TEST_ASK_MECHANISM, "10");
    ck_assert_uint_eq(IOPCCommon_Release(common), 0);
    ck_assert_uint_eq(lab_tcp_connections(), 0);
    lab_leave();
}
END_TEST

static IOPCCommon *activate(void)
{
    IOPCCommon *common;
    assert_hr(CoCreateInstance(&CLSID_TestServer, NULL, CLSCTX_LOCAL_SERVER, &IID_IOPCCommon, (void **)&common), S_OK);
    return common;
}

START_TEST(callbacks_of_the_same_host_are_local_too)
{
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    struct sink sink;
    DWORD cookie;
    lab_enter_beta(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    IOPCCommon *common = activate();
    sink_init(&sink);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    assert_hr(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point), S_OK);
    assert_hr(IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCShutdown_iface, &cookie), S_OK);
    assert_hr(IOPCCommon_SetClientName(common, u"local"), S_OK);
    ck_assert_str_eq(sink.text, "local");
    ck_assert_str_eq(sink.account, "BETA\\opcuser");
    assert_hr(IConnectionPoint_Unadvise(point, cookie), S_OK);
    IConnectionPoint_Release(point);
    IConnectionPointContainer_Release(container);
    IOPCCommon_Release(common);
    ck_assert_uint_eq(lab_tcp_connections(), 0);
    lab_leave();
    ck_assert_uint_eq(sink.references, 1);
}
END_TEST

START_TEST(an_unregistered_class_is_not_registered_here_either)
{
    static const CLSID unknown = { 1, 2, 3, { 4 } };
    IUnknown *object = (IUnknown *)&unknown;
    lab_enter_beta(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(CoCreateInstance(&unknown, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&object),
              REGDB_E_CLASSNOTREG);
    ck_assert_ptr_null(object);
    lab_leave();
}
END_TEST

START_TEST(a_host_without_its_probe_scm_is_unavailable)
{
    IUnknown *object;
    lab_enter_beta(RPC_C_AUTHN_LEVEL_CONNECT);
    setenv("OPCPROBE_HOST", lab.alpha.folder, 1);
    lab_leave();
    lab_kill(lab.alpha.scm.pid);
    assert_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    HRESULT hr = CoCreateInstance(&CLSID_TestServer, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&object);
    /* As long as the threads of the killed process still hold its socket, the connection ends within the call. */
    if ((uint32_t)hr != 0x800706BE)
        assert_hr(hr, 0x800706BA);
    CoUninitialize();
}
END_TEST

START_TEST(a_progid_is_looked_up_in_the_registry_of_the_host)
{
    CLSID clsid;
    lab_enter_beta(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(CLSIDFromProgID(u"Test.Server.1", &clsid), S_OK);
    ck_assert(IsEqualCLSID(&clsid, &CLSID_TestServer));
    assert_hr(CLSIDFromProgID(u"Test.Server.2", &clsid), CO_E_CLASSSTRING);
    ck_assert(IsEqualGUID(&clsid, &GUID_NULL));
    lab_leave();
    lab_enter_nowhere(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(CLSIDFromProgID(u"Test.Server.1", &clsid), CO_E_CLASSSTRING);
    lab_leave();
}
END_TEST

/* ---- classes of this process --------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *self, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory) ? self : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *self)
{
    (void)self;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *self, IUnknown *outer, REFIID iid, void **out)
{
    static struct sink made;
    (void)self;
    (void)outer;
    sink_init(&made);
    return IOPCShutdown_QueryInterface(&made.IOPCShutdown_iface, iid, out);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *self, BOOL lock)
{
    (void)self;
    (void)lock;
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
    .QueryInterface = factory_QueryInterface,
    .AddRef = factory_AddRef,
    .Release = factory_Release,
    .CreateInstance = factory_CreateInstance,
    .LockServer = factory_LockServer,
};

static const CLSID own_class = { 7, 7, 7, { 7 } };
static IClassFactory factory = { &factory_vtbl };

START_TEST(a_class_of_this_process_needs_no_host)
{
    IOPCShutdown *object;
    DWORD cookie;
    lab_enter_nowhere(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(
        CoRegisterClassObject(&own_class, (IUnknown *)&factory, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie),
        S_OK);
    assert_hr(CoCreateInstance(&own_class, NULL, CLSCTX_INPROC_SERVER, &IID_IOPCShutdown, (void **)&object), S_OK);
    IOPCShutdown_Release(object);
    assert_hr(CoCreateInstance(&own_class, NULL, CLSCTX_INPROC_SERVER, &IID_IOPCCommon, (void **)&object),
              E_NOINTERFACE);
    assert_hr(CoRevokeClassObject(cookie), S_OK);
    assert_hr(CoRevokeClassObject(cookie), E_INVALIDARG);
    assert_hr(CoCreateInstance(&own_class, NULL, CLSCTX_INPROC_SERVER, &IID_IOPCShutdown, (void **)&object),
              REGDB_E_CLASSNOTREG);
    lab_leave();
}
END_TEST

START_TEST(a_class_for_single_use_serves_one_client)
{
    IOPCShutdown *object;
    DWORD cookie;
    lab_enter_nowhere(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(CoRegisterClassObject(&own_class, (IUnknown *)&factory, CLSCTX_INPROC_SERVER, REGCLS_SINGLEUSE, &cookie),
              S_OK);
    assert_hr(CoCreateInstance(&own_class, NULL, CLSCTX_INPROC_SERVER, &IID_IOPCShutdown, (void **)&object), S_OK);
    IOPCShutdown_Release(object);
    assert_hr(CoCreateInstance(&own_class, NULL, CLSCTX_INPROC_SERVER, &IID_IOPCShutdown, (void **)&object),
              REGDB_E_CLASSNOTREG);
    lab_leave();
}
END_TEST

START_TEST(a_class_for_others_cannot_be_registered_without_a_host)
{
    DWORD cookie = 9;
    lab_enter_nowhere(RPC_C_AUTHN_LEVEL_CONNECT);
    assert_hr(CoRegisterClassObject(&own_class, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookie),
              CO_E_INIT_RPC_CHANNEL);
    ck_assert_uint_eq(cookie, 0);
    lab_leave();
}
END_TEST

/* ---- what COM says about itself --------------------------------------------------------------------------- */

START_TEST(com_is_initialized_as_often_as_it_is_uninitialized)
{
    unsetenv("OPCPROBE_HOST");
    assert_hr(CoCreateInstance(&own_class, NULL, CLSCTX_ALL, &IID_IUnknown, &(void *){ NULL }), CO_E_NOTINITIALIZED);
    assert_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    assert_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_FALSE);
    assert_hr(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), RPC_E_CHANGED_MODE);
    CoUninitialize();
    assert_hr(CoCreateInstance(&own_class, NULL, CLSCTX_ALL, &IID_IUnknown, &(void *){ NULL }), REGDB_E_CLASSNOTREG);
    CoUninitialize();
    assert_hr(CoCreateInstance(&own_class, NULL, CLSCTX_ALL, &IID_IUnknown, &(void *){ NULL }), CO_E_NOTINITIALIZED);
    CoUninitialize();
}
END_TEST

static HRESULT initialize_security(DWORD level, DWORD capabilities)
{
    return CoInitializeSecurity(NULL, -1, NULL, NULL, level, RPC_C_IMP_LEVEL_IDENTIFY, NULL, capabilities, NULL);
}

START_TEST(security_is_settled_once_and_before_it_is_used)
{
    IUnknown *object;
    unsetenv("OPCPROBE_HOST");
    assert_hr(initialize_security(RPC_C_AUTHN_LEVEL_CONNECT, EOAC_NONE), CO_E_NOTINITIALIZED);
    assert_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    assert_hr(initialize_security(7, EOAC_NONE), E_INVALIDARG);
    assert_hr(initialize_security(RPC_C_AUTHN_LEVEL_CONNECT, EOAC_ACCESS_CONTROL), E_NOTIMPL);
    assert_hr(initialize_security(RPC_C_AUTHN_LEVEL_CONNECT, EOAC_APPID), E_INVALIDARG);
    assert_hr(initialize_security(RPC_C_AUTHN_LEVEL_CONNECT, EOAC_APPID | EOAC_ACCESS_CONTROL), E_INVALIDARG);
    assert_hr(initialize_security(RPC_C_AUTHN_LEVEL_CONNECT, EOAC_NONE), S_OK);
    assert_hr(initialize_security(RPC_C_AUTHN_LEVEL_CONNECT, EOAC_NONE), RPC_E_TOO_LATE);
    CoUninitialize();
    lab_enter_beta(RPC_C_AUTHN_LEVEL_CONNECT);
    lab_leave();
    assert_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    assert_hr(CoCreateInstance(&CLSID_TestServer, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&object), S_OK);
    assert_hr(initialize_security(RPC_C_AUTHN_LEVEL_CONNECT, EOAC_NONE), RPC_E_TOO_LATE);
    IUnknown_Release(object);
    CoUninitialize();
}
END_TEST

START_TEST(only_known_authentication_services_can_be_registered)
{
    SOLE_AUTHENTICATION_SERVICE services[] = { { 14, RPC_C_AUTHZ_NONE, NULL, S_OK },
                                               { RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL, E_FAIL } };
    unsetenv("OPCPROBE_HOST");
    assert_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    assert_hr(CoInitializeSecurity(NULL, 1, services, NULL, RPC_C_AUTHN_LEVEL_PKT, 0, NULL, EOAC_NONE, NULL),
              RPC_E_NO_GOOD_SECURITY_PACKAGES);
    assert_hr(CoInitializeSecurity(NULL, 2, services, NULL, RPC_C_AUTHN_LEVEL_PKT, 0, NULL, EOAC_NONE, NULL), S_OK);
    assert_hr(services[0].hr, RPC_E_NO_GOOD_SECURITY_PACKAGES);
    assert_hr(services[1].hr, S_OK);
    CoUninitialize();
}
END_TEST

START_TEST(outside_of_a_call_there_is_no_caller)
{
    IServerSecurity *security;
    assert_hr(CoQueryClientBlanket(NULL, NULL, NULL, NULL, NULL, NULL, NULL), RPC_E_CALL_COMPLETE);
    assert_hr(CoGetCallContext(&IID_IServerSecurity, (void **)&security), RPC_E_CALL_COMPLETE);
    ck_assert_ptr_null(security);
}
END_TEST

START_TEST(local_objects_have_no_blanket)
{
    struct sink sink;
    sink_init(&sink);
    assert_hr(CoSetProxyBlanket((IUnknown *)&sink.IOPCShutdown_iface, RPC_C_AUTHN_DEFAULT, 0, NULL, 0, 0, NULL, 0),
              E_NOINTERFACE);
}
END_TEST

START_TEST(guids_are_written_and_read_as_windows_does)
{
    static const WCHAR text[] = u"{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A11}";
    WCHAR out[64];
    GUID guid, other;
    ck_assert_int_eq(StringFromGUID2(&CLSID_TestServer, out, 64), 39);
    ck_assert_mem_eq(out, text, sizeof text);
    ck_assert_int_eq(StringFromGUID2(&CLSID_TestServer, out, 38), 0);
    assert_hr(CLSIDFromString(text, &guid), S_OK);
    ck_assert(IsEqualGUID(&guid, &CLSID_TestServer));
    assert_hr(IIDFromString(u"{6F0B7E4C}", &guid), CO_E_IIDSTRING);
    assert_hr(CLSIDFromString(u"{6F0B7E4C", &guid), CO_E_CLASSSTRING);
    assert_hr(CoCreateGuid(&guid), S_OK);
    assert_hr(CoCreateGuid(&other), S_OK);
    ck_assert(!IsEqualGUID(&guid, &other));
    ck_assert_uint_eq(guid.Data3 >> 12, 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("local");
    TCase *hosts = tcase_create("hosts"), *process = tcase_create("process"), *gone = tcase_create("gone");
    tcase_add_unchecked_fixture(hosts, lab_start, lab_stop);
    tcase_set_timeout(hosts, 60);
    tcase_add_loop_test(hosts, every_name_of_this_host_activates_without_a_tcp_connection, 0,
                        sizeof names / sizeof *names);
    tcase_add_test(hosts, callbacks_of_the_same_host_are_local_too);
    tcase_add_test(hosts, an_unregistered_class_is_not_registered_here_either);
    tcase_add_test(hosts, a_progid_is_looked_up_in_the_registry_of_the_host);
    tcase_add_test(hosts, security_is_settled_once_and_before_it_is_used);
    tcase_add_test(process, a_class_of_this_process_needs_no_host);
    tcase_add_test(process, a_class_for_single_use_serves_one_client);
    tcase_add_test(process, a_class_for_others_cannot_be_registered_without_a_host);
    tcase_add_test(process, com_is_initialized_as_often_as_it_is_uninitialized);
    tcase_add_test(process, only_known_authentication_services_can_be_registered);
    tcase_add_test(process, outside_of_a_call_there_is_no_caller);
    tcase_add_test(process, local_objects_have_no_blanket);
    tcase_add_test(process, guids_are_written_and_read_as_windows_does);
    tcase_add_unchecked_fixture(gone, lab_start, lab_stop);
    tcase_set_timeout(gone, 60);
    tcase_add_test(gone, a_host_without_its_probe_scm_is_unavailable);
    suite_add_tcase(suite, hosts);
    suite_add_tcase(suite, process);
    suite_add_tcase(suite, gone);
    return run_suite(suite);
}
