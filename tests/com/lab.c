#include "tests/com/lab.h"

#include <dcom_observer.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "dcom/orpc/local_scm.h"

struct lab lab;
static atomic_uint tcp_connections;

static void count_connections(void *context, const struct dcom_event *event)
{
    (void)context;
    bool connected = (event->kind == DCOM_CONNECT && event->err == 0) || event->kind == DCOM_ACCEPTED;
    if (connected && !event->local)
        atomic_fetch_add(&tcp_connections, 1);
}

unsigned lab_tcp_connections(void)
{
    return atomic_load(&tcp_connections);
}

void lab_start_each(const char *alpha, const char *beta)
{
    char server[512], opc_server[512], members[256], registry[4096];
    host_fixture_program("com_test_server", server);
    host_fixture_program("probe-server", opc_server);
    snprintf(registry, sizeof registry,
             "[HKEY_CLASSES_ROOT\\CLSID\\" TEST_SERVER_CLASS "]\n@=\"Test\"\n\"AppID\"=\"" TEST_SERVER_APPID "\"\n"
             "[HKEY_CLASSES_ROOT\\CLSID\\" TEST_SERVER_CLASS "\\LocalServer32]\n@=\"%s\"\n"
             "[HKEY_CLASSES_ROOT\\AppID\\" TEST_SERVER_APPID "]\n\"RunAs\"=\"opcuser\"\n"
             "[HKEY_CLASSES_ROOT\\Test.Server.1\\CLSID]\n@=\"" TEST_SERVER_CLASS "\"\n"
             "[HKEY_CLASSES_ROOT\\CLSID\\" TEST_CLASS "]\n@=\"OPC\"\n\"AppID\"=\"" TEST_SERVER_APPID "\"\n"
             "[HKEY_CLASSES_ROOT\\CLSID\\" TEST_CLASS "\\LocalServer32]\n@=\"%s\"\n",
             server, opc_server);
    lab.beta = (struct host_fixture){ .name = "BETA", .address = "127.0.81.2" };
    host_fixture_start(&lab.beta, beta, registry);
    lab.alpha = (struct host_fixture){ .name = "ALPHA", .address = "127.0.81.1" };
    snprintf(members, sizeof members, "%s%s\"names\": { \"beta\": { \"address\": \"%s\", \"port\": %u } }",
             alpha ? alpha : "", alpha ? ", " : "", lab.beta.address, lab.beta.port);
    host_fixture_start(&lab.alpha, members, "");
}

void lab_start_with(const char *members)
{
    lab_start_each(members, members);
}

void lab_start(void)
{
    lab_start_with(NULL);
}

void lab_stop(void)
{
    host_fixture_stop(&lab.alpha);
    host_fixture_stop(&lab.beta);
}

static void log_on(struct host_fixture *h)
{
    LOCAL_TOKEN *token = NULL;
    uint16_t *account = utf16_dup("opcuser");
    struct rpc_connection *c = host_fixture_local(h);
    uintptr_t arguments[] = { 0, (uintptr_t)account, (uintptr_t)&token };
    assert_hr(host_fixture_call(c, &IID_ILocalScm, SCM_OPEN_SESSION, arguments), S_OK);
    ck_assert_uint_eq(token->ntstatus, 0);
    local_token_free(token);
    free(account);
    rpc_connection_destroy(c);
}

static void initialize_silently(void)
{
    atomic_store(&tcp_connections, 0);
    dcom_set_observer(count_connections, NULL);
    assert_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
}

static void initialize(DWORD level)
{
    initialize_silently();
    assert_hr(CoInitializeSecurity(NULL, -1, NULL, NULL, level, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE, NULL), S_OK);
}

static void go_to(struct host_fixture *h)
{
    setenv("OPCPROBE_HOST", h->folder, 1);
    setenv("OPCPROBE_EVENTS", h->folder, 1);
    log_on(h);
}

static void enter(struct host_fixture *h, DWORD level)
{
    go_to(h);
    initialize(level);
}

void lab_enter_silently(void)
{
    go_to(&lab.alpha);
    initialize_silently();
}

void lab_set(struct host_fixture *h, const char *const *settings)
{
    struct program_result result;
    const char *arguments[12] = { "registry", h->folder };
    for (size_t i = 0; settings[i] && i < 9; i++)
        arguments[2 + i] = settings[i];
    host_fixture_run(h, arguments, NULL, &result);
    ck_assert_msg(result.exit_code == 0, "%s", result.error);
}

void lab_add_account(struct host_fixture *h, const char *name, const char *password, const char *option)
{
    struct program_result result;
    char variable[64];
    const char *const arguments[] = { "account", h->folder, name, "--group", "Administrators", option, NULL };
    const char *const environment[] = { variable, NULL };
    snprintf(variable, sizeof variable, "OPCPROBE_PASSWORD=%s", password);
    host_fixture_run(h, arguments, environment, &result);
    ck_assert_msg(result.exit_code == 0, "%s", result.error);
}

void lab_start_class_with(const char *arguments)
{
    char program[512], setting[800];
    host_fixture_program("com_test_server", program);
    snprintf(setting, sizeof setting, "HKCR\\CLSID\\" TEST_SERVER_CLASS "\\LocalServer32\\@=sz:\"%s\" %s", program,
             arguments);
    lab_set(&lab.beta, (const char *const[]){ setting, NULL });
}

void lab_enter(DWORD level)
{
    enter(&lab.alpha, level);
}

void lab_enter_beta(DWORD level)
{
    enter(&lab.beta, level);
}

void lab_enter_nowhere(DWORD level)
{
    unsetenv("OPCPROBE_HOST");
    unsetenv("OPCPROBE_EVENTS");
    initialize(level);
}

void lab_leave(void)
{
    CoUninitialize();
    dcom_set_observer(NULL, NULL);
}

COAUTHIDENTITY *lab_identity(const char *user, const char *password)
{
    static USHORT texts[3][64];
    static COAUTHIDENTITY identity;
    identity = (COAUTHIDENTITY){ .User = texts[0], .Domain = texts[1], .Password = texts[2] };
    identity.UserLength = (ULONG)utf16_from_utf8(user, texts[0], 64);
    identity.DomainLength = (ULONG)utf16_from_utf8("BETA", texts[1], 64);
    identity.PasswordLength = (ULONG)utf16_from_utf8(password, texts[2], 64);
    identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    return &identity;
}

HRESULT lab_activate(const char *user, const char *password, DWORD level, REFIID iid, void **out)
{
    return lab_activate_class(&CLSID_TestServer, user, password, level, iid, out);
}

HRESULT lab_activate_class(REFCLSID clsid, const char *user, const char *password, DWORD level, REFIID iid, void **out)
{
    char text[64];
    WCHAR name[64];
    COAUTHINFO info = {
        RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL, level, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE
    };
    COSERVERINFO server = { 0, name, &info, 0 };
    MULTI_QI result = { .pIID = iid };
    snprintf(text, sizeof text, "%s[%u]", lab.beta.address, lab.beta.port);
    utf16_from_utf8(text, name, 64);
    if (user)
        info.pAuthIdentityData = lab_identity(user, password);
    HRESULT hr = CoCreateInstanceEx(clsid, NULL, CLSCTX_REMOTE_SERVER, &server, 1, &result);
    *out = result.pItf;
    return FAILED(hr) ? hr : result.hr;
}

void lab_take_credentials(IUnknown *proxy)
{
    IUnknown *identity;
    assert_hr(IUnknown_QueryInterface(proxy, &IID_IUnknown, (void **)&identity), S_OK);
    IUnknown *both[] = { proxy, identity };
    for (int i = 0; i < 2; i++)
        assert_hr(CoSetProxyBlanket(both[i], RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY,
                                    RPC_C_IMP_LEVEL_IDENTIFY, lab_identity("opcuser", "right"), EOAC_NONE),
                  S_OK);
    IUnknown_Release(identity);
}

IConnectionPoint *lab_point_with_credentials(IUnknown *identity)
{
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    lab_take_credentials(identity);
    assert_hr(IUnknown_QueryInterface(identity, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    lab_take_credentials((IUnknown *)container);
    assert_hr(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point), S_OK);
    lab_take_credentials((IUnknown *)point);
    IConnectionPointContainer_Release(container);
    return point;
}

void lab_kill(int64_t pid)
{
    int64_t deadline_ns = clock_deadline_ns(10 * NS_PER_S);
    ck_assert_int_gt(pid, 1);
    kill((pid_t)pid, SIGKILL);
    while (process_alive(pid) && clock_left_ns(deadline_ns) > 0)
        clock_sleep_until_ns(clock_deadline_ns(2 * NS_PER_MS));
}

char *lab_ask(IOPCCommon *common, enum test_question question)
{
    LPWSTR text;
    assert_hr(IOPCCommon_GetErrorString(common, (HRESULT)question, &text), S_OK);
    ck_assert_ptr_nonnull(text);
    char *answer = utf8_dup(text);
    CoTaskMemFree(text);
    return answer;
}
