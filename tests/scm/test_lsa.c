/* The host's verdict on logons over the network, seen by a real client: who is Guest, and what a Guest's session is
 * worth. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "dcom/orpc/plain_call.h"
#include "tests/orpc/orpc_suite.h"
#include "tests/scm/host_fixture.h"

#define LSA          "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa]\n"
#define SERVER_ALIVE 6 /* IObjectExporter::ServerAlive */

static struct host_fixture host;

static void start(const char *registry)
{
    host = (struct host_fixture){ 0 };
    host_fixture_start(&host, NULL, registry);
}

/* An account with that password, which may be empty; `option` NULL for none. */
static void add_account(const char *name, const char *password, const char *option)
{
    struct program_result result;
    char variable[64];
    const char *const arguments[] = { "account", host.folder, name, option, NULL };
    const char *const environment[] = { variable, NULL };
    snprintf(variable, sizeof variable, "OPCPROBE_PASSWORD=%s", password);
    host_fixture_run(&host, arguments, environment, &result);
    ck_assert_msg(result.exit_code == 0, "%s", result.error);
}

/* Asks the resolver whether it lives, as that user. */
static enum err call_as(const char *user, const char *password, enum auth_level level, struct rpc_failure *why)
{
    struct rpc_connection *c = host_fixture_remote(&host, &IID_IObjectExporter, user, password, level);
    uintptr_t arguments[] = { 0 };
    HRESULT result;
    enum err e =
        plain_call(c, &IID_IObjectExporter, SERVER_ALIVE, arguments, clock_deadline_ns(10 * NS_PER_S), &result, why);
    rpc_connection_destroy(c);
    return e;
}

static bool logged_on(const char *account, const char *ntstatus, const char *guest)
{
    char name[64], status[64], flag[32];
    snprintf(name, sizeof name, "\"account\":\"%s\"", account);
    snprintf(status, sizeof status, "\"ntstatus\":\"%s\"", ntstatus);
    snprintf(flag, sizeof flag, "\"guest\":%s", guest);
    const char *const pieces[] = { "\"event\":\"logon\"", name, status, flag, NULL };
    return host_fixture_event(&host, pieces, 5 * NS_PER_S);
}

static void expect_logon(const char *user, const char *password, const char *guest)
{
    struct rpc_failure why;
    ck_assert_int_eq(call_as(user, password, AUTH_LEVEL_CONNECT, &why), ERR_OK);
    ck_assert(logged_on(user, "0x00000000", guest));
}

static void expect_refusal(const char *user, const char *password, const char *ntstatus)
{
    struct rpc_failure why;
    ck_assert_int_eq(call_as(user, password, AUTH_LEVEL_CONNECT, &why), ERR_FAULT);
    ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
    ck_assert(logged_on(user, ntstatus, "false"));
}

START_TEST(guest_only_makes_every_local_account_guest_whatever_its_password)
{
    start(LSA "\"ForceGuest\"=dword:00000001\n");
    add_account("Guest", "", NULL);
    expect_logon("opcuser", "right", "true");
    expect_logon("opcuser", "wrong", "true");
    expect_logon("nobody", "anything", "true");
    host_fixture_stop(&host);
}
END_TEST

START_TEST(guest_only_with_a_disabled_guest_lets_nobody_in)
{
    start(LSA "\"ForceGuest\"=dword:00000001\n");
    add_account("Guest", "", "--disabled");
    expect_refusal("opcuser", "right", "0xC0000072");
    host_fixture_stop(&host);
}
END_TEST

START_TEST(guest_only_with_a_password_for_guest_asks_for_it)
{
    start(LSA "\"ForceGuest\"=dword:00000001\n");
    add_account("guest", "secret", NULL);
    expect_refusal("opcuser", "right", "0xC000006A");
    expect_logon("opcuser", "secret", "true");
    host_fixture_stop(&host);
}
END_TEST

START_TEST(guest_only_without_a_guest_knows_nobody)
{
    start(LSA "\"ForceGuest\"=dword:00000001\n");
    expect_refusal("opcuser", "right", "0xC0000064");
    host_fixture_stop(&host);
}
END_TEST

START_TEST(in_the_classic_model_users_are_themselves_and_strangers_are_guest_where_guest_is_open)
{
    start("");
    expect_refusal("stranger", "x", "0xC0000064");
    add_account("Guest", "", "--disabled");
    expect_refusal("another", "x", "0xC0000064");
    host_fixture_stop(&host);
    start(LSA "\"ForceGuest\"=dword:00000000\n");
    add_account("Guest", "", NULL);
    expect_logon("opcuser", "right", "false");
    expect_refusal("opcuser", "wrong", "0xC000006A");
    expect_logon("stranger", "x", "true");
    host_fixture_stop(&host);
}
END_TEST

/* [MS-NLMP] 3.4: there is no session security. Both ends take another key, so nothing that is signed arrives. */
START_TEST(a_guest_logs_on_at_every_level_and_is_served_at_connect_alone)
{
    struct rpc_failure why;
    start(LSA "\"ForceGuest\"=dword:00000001\n");
    add_account("Guest", "", NULL);
    ck_assert_int_eq(call_as("opcuser", "right", AUTH_LEVEL_CONNECT, &why), ERR_OK);
    for (enum auth_level level = AUTH_LEVEL_PACKET; level <= AUTH_LEVEL_PACKET_PRIVACY; level++) {
        ck_assert_int_ne(call_as("opcuser", "right", level, &why), ERR_OK);
        ck_assert_int_eq(why.shape, RPC_WIRE_FAULT);
    }
    ck_assert(logged_on("opcuser", "0x00000000", "true"));
    host_fixture_stop(&host);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lsa");
    TCase *tests = tcase_create("guest");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, guest_only_makes_every_local_account_guest_whatever_its_password);
    tcase_add_test(tests, guest_only_with_a_disabled_guest_lets_nobody_in);
    tcase_add_test(tests, guest_only_with_a_password_for_guest_asks_for_it);
    tcase_add_test(tests, guest_only_without_a_guest_knows_nobody);
    tcase_add_test(tests, in_the_classic_model_users_are_themselves_and_strangers_are_guest_where_guest_is_open);
    tcase_add_test(tests, a_guest_logs_on_at_every_level_and_is_served_at_connect_alone);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
