/* Two hosts: a process of ALPHA holds an object of BETA, and the two probe-scm keep it alive between them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dcom/orpc/bindings.h"
#include "tests/scm/host_fixture.h"

static struct host_fixture alpha, beta;

#define FAST "\"ping_period_s\": 0.2"

static void set_up(void)
{
    alpha = (struct host_fixture){ .name = "ALPHA", .address = "127.0.77.3" };
    beta = (struct host_fixture){ .name = "BETA", .address = HOST_FIXTURE_ADDRESS };
    host_fixture_start(&alpha, FAST, "");
    host_fixture_start(&beta, FAST, "");
}

static void tear_down(void)
{
    host_fixture_stop(&alpha);
    host_fixture_stop(&beta);
}

/* An exporter of BETA nobody can reach: rundowns fail, and their events are what counts. */
static void export_objects(struct rpc_connection *c, OID *oids, ULONG count)
{
    static const uint16_t nowhere[] = { '/', 'x', 0 };
    OXID oxid = 0xABCDEF;
    IPID ipid = { 1, 0, 0, { 0 } };
    ULONG granted = 0;
    DUALSTRINGARRAY *bindings = bindings_dup(NULL);
    uintptr_t exporter[] = { 0, (uintptr_t)&oxid, (uintptr_t)&ipid, 2, (uintptr_t)bindings, (uintptr_t)nowhere };
    uintptr_t allocate[] = { 0, (uintptr_t)&oxid, count, (uintptr_t)oids, (uintptr_t)&granted };
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_REGISTER_EXPORTER, exporter), S_OK);
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_ALLOCATE_OIDS, allocate), S_OK);
    ck_assert_uint_eq(granted, count);
    CoTaskMemFree(bindings);
}

static DUALSTRINGARRAY *resolver_of_beta(uint16_t service)
{
    const struct string_binding binding = { .tower = RPC_TCP, .address = HOST_FIXTURE_ADDRESS, .port = beta.port };
    DUALSTRINGARRAY *out;
    ck_assert_int_eq(bindings_build(&binding, 1, &service, service ? 1 : 0, &out), ERR_OK);
    return out;
}

static void hold(struct rpc_connection *c, DUALSTRINGARRAY *resolver, OID *add, ULONG add_count, OID *drop,
                 ULONG drop_count)
{
    static OID none;
    uintptr_t arguments[] = { 0,          (uintptr_t)resolver,
                              add_count,  (uintptr_t)(add ? add : &none),
                              drop_count, (uintptr_t)(drop ? drop : &none) };
    ck_assert_int_eq(host_fixture_call(c, &IID_ILocalScm, SCM_HOLD_REMOTE_OIDS, arguments), S_OK);
}

START_TEST(a_held_object_is_pinged_and_one_given_up_is_run_down)
{
    static const char *const pinged[] = { "\"event\":\"pinged\"", "\"added\":1", "\"status\":0", NULL };
    static const char *const dropped[] = { "\"event\":\"pinged\"", "\"dropped\":1", NULL };
    static const char *const rundown[] = { "\"event\":\"rundown\"", NULL };
    static const char *const unauthenticated[] = { "\"event\":\"ping\"", "\"unauthenticated\":false", "\"error\":null",
                                                   NULL };
    struct rpc_connection *b = host_fixture_local(&beta), *a = host_fixture_local(&alpha);
    OID oid = 4711;
    DUALSTRINGARRAY *resolver = resolver_of_beta(AUTH_NTLM);
    export_objects(b, &oid, 1);
    hold(a, resolver, &oid, 1, NULL, 0);
    ck_assert(host_fixture_event(&beta, pinged, 5 * NS_PER_S));
    ck_assert(host_fixture_event(&alpha, unauthenticated, NS_PER_S));
    /* Longer than three periods of 0.2 s: only the pings keep it. */
    ck_assert(!host_fixture_event(&beta, rundown, 1500 * NS_PER_MS));
    hold(a, resolver, NULL, 0, &oid, 1);
    ck_assert(host_fixture_event(&beta, dropped, 5 * NS_PER_S));
    ck_assert(host_fixture_event(&beta, rundown, 5 * NS_PER_S));
    CoTaskMemFree(resolver);
    rpc_connection_destroy(a);
    rpc_connection_destroy(b);
}
END_TEST

START_TEST(pings_prove_the_logon_session_and_never_try_a_refused_one_again)
{
    static const char *const logon[] = { "\"event\":\"logon\"", "\"account\":\"opcuser\"",
                                         "\"ntstatus\":\"0x00000000\"", NULL };
    static const char *const refused[] = { "\"event\":\"logon\"", "\"account\":\"opcuser\"", "0xC000006A", NULL };
    static const char *const unauthenticated[] = { "\"event\":\"ping\"", "\"unauthenticated\":true", "\"error\":null",
                                                   NULL };
    struct rpc_connection *b = host_fixture_local(&beta), *a = host_fixture_local(&alpha);
    OID oids[] = { 1, 2 };
    static const uint16_t account[] = { 'o', 'p', 'c', 'u', 's', 'e', 'r', 0 };
    LOCAL_TOKEN *token = NULL;
    uintptr_t open[] = { 0, (uintptr_t)account, (uintptr_t)&token };
    DUALSTRINGARRAY *resolver = resolver_of_beta(_i ? AUTH_SPNEGO : AUTH_NTLM);
    export_objects(b, oids, 2);
    ck_assert_int_eq(host_fixture_call(a, &IID_ILocalScm, SCM_OPEN_SESSION, open), S_OK);
    ck_assert_uint_eq(token->ntstatus, 0);
    local_token_free(token);
    hold(a, resolver, oids, 1, NULL, 0);
    ck_assert(host_fixture_event(&beta, logon, 5 * NS_PER_S));
    ck_assert(!host_fixture_event(&beta, refused, 0));
    host_fixture_write(
        &beta, "accounts.json",
        "{\"users\":[{\"name\":\"opcuser\",\"rid\":1001,\"nt_hash\":\"00000000000000000000000000000000\"}]}");
    ck_assert(host_fixture_event(&beta, refused, 5 * NS_PER_S));
    ck_assert(host_fixture_event(&alpha, unauthenticated, 5 * NS_PER_S));
    unsigned count = host_fixture_count(&beta, refused);
    ck_assert_uint_eq(count, 1);
    clock_sleep_until_ns(clock_deadline_ns(600 * NS_PER_MS));
    ck_assert_uint_eq(host_fixture_count(&beta, refused), count);
    CoTaskMemFree(resolver);
    rpc_connection_destroy(a);
    rpc_connection_destroy(b);
}
END_TEST

/* A resolver without security bindings is asked without security. */
START_TEST(a_resolver_that_lists_no_provider_is_pinged_without_authentication)
{
    static const char *const pinged[] = { "\"event\":\"pinged\"", "\"added\":1", "\"status\":0", NULL };
    static const char *const logon[] = { "\"event\":\"logon\"", NULL };
    static const uint16_t account[] = { 'o', 'p', 'c', 'u', 's', 'e', 'r', 0 };
    struct rpc_connection *b = host_fixture_local(&beta), *a = host_fixture_local(&alpha);
    OID oid = 1;
    LOCAL_TOKEN *token = NULL;
    uintptr_t open[] = { 0, (uintptr_t)account, (uintptr_t)&token };
    DUALSTRINGARRAY *resolver = resolver_of_beta(AUTH_NONE);
    export_objects(b, &oid, 1);
    ck_assert_int_eq(host_fixture_call(a, &IID_ILocalScm, SCM_OPEN_SESSION, open), S_OK);
    local_token_free(token);
    hold(a, resolver, &oid, 1, NULL, 0);
    ck_assert(host_fixture_event(&beta, pinged, 5 * NS_PER_S));
    ck_assert_uint_eq(host_fixture_count(&beta, logon), 0);
    CoTaskMemFree(resolver);
    rpc_connection_destroy(a);
    rpc_connection_destroy(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pings");
    TCase *tests = tcase_create("pings");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_held_object_is_pinged_and_one_given_up_is_run_down);
    tcase_add_loop_test(tests, pings_prove_the_logon_session_and_never_try_a_refused_one_again, 0, 2);
    tcase_add_test(tests, a_resolver_that_lists_no_provider_is_pinged_without_authentication);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
