/* The whole grid: the level a client asks for against the least level of the server. What travels for proxies with
 * default security is the higher of the two; a level set on a proxy is not negotiated, and the server refuses it when
 * it is below its own ([MS-DCOM] 3.1.1.5.4). */
#include <stdio.h>
#include <stdlib.h>

#include "tests/com/lab.h"
#include "tests/com/sink.h"
#include "tests/orpc/orpc_suite.h"

#define LEVELS 6

/* Call travels as packet ([MS-RPCE] 2.2.1.1.8). */
static const DWORD on_wire[LEVELS + 1] = { 0, 1, 2, 4, 4, 5, 6 };

/* What the server sees: rows are what the client asks for, columns the server's minimum, both from None to Privacy. */
static const DWORD effective[LEVELS][LEVELS] = {
    { 1, 2, 4, 4, 5, 6 }, /* None */
    { 2, 2, 4, 4, 5, 6 }, /* Connect */
    { 4, 4, 4, 4, 5, 6 }, /* Call */
    { 4, 4, 4, 4, 5, 6 }, /* Packet */
    { 5, 5, 5, 5, 5, 6 }, /* Packet Integrity */
    { 6, 6, 6, 6, 6, 6 }, /* Packet Privacy */
};

/* At None calls carry no account, so both machines must let ANONYMOUS LOGON in. */
static void start(void)
{
    static const char *const limits[] = {
        "HKLM\\SOFTWARE\\Microsoft\\Ole\\MachineAccessRestriction=sddl:O:BAG:BAD:(A;;CCDCLC;;;WD)(A;;CCDCLC;;;AN)", NULL
    };
    lab_start();
    lab_set(&lab.alpha, limits);
    lab_set(&lab.beta, limits);
}

static IOPCCommon *activate(DWORD minimum)
{
    IOPCCommon *common;
    char arguments[32];
    snprintf(arguments, sizeof arguments, "--minimum=%u", minimum);
    lab_start_class_with(arguments);
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common), S_OK);
    return common;
}

/* The next test starts a server with another minimum. */
static void end_server(IOPCCommon *common)
{
    char *pid = lab_ask(common, TEST_ASK_PID);
    IOPCCommon_Release(common);
    lab_leave();
    lab_kill(atoll(pid));
    free(pid);
}

START_TEST(default_proxies_travel_at_the_higher_of_the_two_levels)
{
    DWORD asked = (DWORD)_i / LEVELS + 1, minimum = (DWORD)_i % LEVELS + 1, queried;
    char expected[4];
    snprintf(expected, sizeof expected, "%u", effective[asked - 1][minimum - 1]);
    lab_enter(asked);
    IOPCCommon *common = activate(minimum);
    lab_assert_answer(common, TEST_ASK_LEVEL, expected);
    assert_hr(CoQueryProxyBlanket((IUnknown *)common, NULL, NULL, NULL, &queried, NULL, NULL, NULL), S_OK);
    ck_assert_uint_eq(queried, effective[asked - 1][minimum - 1]);
    end_server(common);
}
END_TEST

START_TEST(a_level_set_on_a_proxy_is_taken_as_it_is_or_refused)
{
    DWORD minimum = (DWORD)_i + 1;
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
    IOPCCommon *common = activate(minimum);
    for (DWORD asked = 1; asked <= LEVELS; asked++) {
        LPWSTR text = NULL;
        assert_hr(CoSetProxyBlanket((IUnknown *)common, asked == 1 ? RPC_C_AUTHN_NONE : RPC_C_AUTHN_WINNT,
                                    RPC_C_AUTHZ_NONE, NULL, asked, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE),
                  S_OK);
        HRESULT hr = IOPCCommon_GetErrorString(common, (HRESULT)TEST_ASK_LEVEL, &text);
        assert_hr(hr, on_wire[asked] >= minimum ? S_OK : E_ACCESSDENIED);
        if (SUCCEEDED(hr))
            ck_assert_uint_eq((DWORD)(text[0] - '0'), on_wire[asked]);
        CoTaskMemFree(text);
    }
    assert_hr(CoSetProxyBlanket((IUnknown *)common, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL,
                                RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE),
              S_OK);
    end_server(common);
}
END_TEST

/* The client is the exporter there: its level is the least, and the server's own the wish. */
START_TEST(callbacks_travel_at_the_higher_of_the_two_levels)
{
    DWORD client = (DWORD)_i / LEVELS + 1, server = (DWORD)_i % LEVELS + 1, cookie;
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    struct sink sink;
    sink_init(&sink);
    lab_enter(client);
    IOPCCommon *common = activate(server);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    assert_hr(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point), S_OK);
    assert_hr(IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCShutdown_iface, &cookie), S_OK);
    assert_hr(IOPCCommon_SetClientName(common, u"hello"), S_OK);
    ck_assert_uint_eq(sink.level, effective[server - 1][client - 1]);
    assert_hr(IConnectionPoint_Unadvise(point, cookie), S_OK);
    IConnectionPoint_Release(point);
    IConnectionPointContainer_Release(container);
    end_server(common);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("levels");
    TCase *tests = tcase_create("levels");
    tcase_add_unchecked_fixture(tests, start, lab_stop);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, default_proxies_travel_at_the_higher_of_the_two_levels, 0, LEVELS * LEVELS);
    tcase_add_loop_test(tests, a_level_set_on_a_proxy_is_taken_as_it_is_or_refused, 0, LEVELS);
    tcase_add_loop_test(tests, callbacks_travel_at_the_higher_of_the_two_levels, 0, LEVELS * LEVELS);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
