/* OXID resolution and its cache, against a played resolver; connections and their pool underneath. */
#include <dcom_observer.h>
#include <objbase.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/socket.h"
#include "dcom/orpc/plain_call.h"
#include "dcom/orpc/remote_activation.h"
#include "dcom/orpc/resolver.h"
#include "tests/orpc/deaf_relay.h"
#include "tests/orpc/fake_resolver.h"
#include "tests/orpc/orpc_suite.h"

#define assert_hr(actual, expected) ck_assert_uint_eq((uint32_t)(actual), (uint32_t)(expected))

static const struct rpc_security no_security = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
static struct fake_resolver fake;
static struct pool *pool;
static struct resolver *resolver;

static struct host host;

static void setup(void)
{
    struct resolver_options options = { .host = &host };
    struct string_binding b = { .tower = RPC_TCP, .address = "127.0.0.1", .port = 9 };
    const uint16_t services[] = { AUTH_NTLM };
    host = (struct host){ .com_minor_version = HOST_COM_MINOR_VERSION };
    fake = (struct fake_resolver){ .newest_opnum = 5, .version = { 5, 7 }, .oxid = 77 };
    ck_assert_int_eq(bindings_build(&b, 1, services, 1, &fake.oxid_bindings), ERR_OK);
    fake_resolver_start(&fake);
    ck_assert_int_eq(pool_create(NULL, &pool), ERR_OK);
    options.pool = pool;
    ck_assert_int_eq(resolver_create(&options, &resolver), ERR_OK);
}

static void teardown(void)
{
    resolver_destroy(resolver);
    ck_assert_uint_eq(pool_lanes(pool), 0);
    pool_destroy(pool);
    fake_resolver_stop(&fake);
    CoTaskMemFree(fake.oxid_bindings);
}

static int64_t soon(void)
{
    return clock_deadline_ns(10 * NS_PER_S);
}

/* Resolves an OXID whose resolver has these string bindings. */
static HRESULT resolve(OXID oxid, const struct string_binding *strings, size_t count, struct remote_exporter **out)
{
    struct objref objref = { .std = { .oxid = oxid } };
    ck_assert_int_eq(bindings_build(strings, count, NULL, 0, &objref.resolver), ERR_OK);
    HRESULT hr = resolver_resolve(resolver, &objref, &no_security, soon(), NULL, out);
    objref_cleanup(&objref);
    return hr;
}

static struct string_binding at(const char *address, uint16_t port)
{
    struct string_binding b = { .tower = RPC_TCP, .port = port };
    snprintf(b.address, sizeof b.address, "%s", address);
    return b;
}

START_TEST(an_unknown_exporter_is_asked_for_once)
{
    struct string_binding b = at("127.0.0.1", fake.port);
    struct remote_exporter *first, *second;
    assert_hr(resolve(77, &b, 1, &first), S_OK);
    assert_hr(resolve(77, &b, 1, &second), S_OK);
    ck_assert_ptr_eq(first, second);
    ck_assert_uint_eq(fake.alive2_calls, 1);
    ck_assert_uint_eq(fake.resolve2_calls, 1);
    ck_assert_uint_eq(remote_exporter_authn_hint(first), AUTH_LEVEL_CONNECT);
    ck_assert_uint_eq(remote_exporter_version(first).MinorVersion, 7);
    ck_assert_int_eq(remote_exporter_mechanism(first), AUTH_NTLM);
    remote_exporter_release(first);
    remote_exporter_release(second);
}
END_TEST

START_TEST(an_exporter_that_nobody_holds_is_forgotten_when_another_comes)
{
    struct string_binding b = at("127.0.0.1", fake.port);
    struct remote_exporter *e;
    assert_hr(resolve(77, &b, 1, &e), S_OK);
    remote_exporter_release(e);
    fake.oxid = 78;
    assert_hr(resolve(78, &b, 1, &e), S_OK);
    remote_exporter_release(e);
    fake.oxid = 77;
    assert_hr(resolve(77, &b, 1, &e), S_OK);
    remote_exporter_release(e);
    ck_assert_uint_eq(fake.resolve2_calls, 3);
}
END_TEST

START_TEST(an_oxid_the_resolver_does_not_know_is_invalid)
{
    struct string_binding b = at("127.0.0.1", fake.port);
    struct remote_exporter *e;
    assert_hr(resolve(5, &b, 1, &e), 0x80070776);
    ck_assert_ptr_null(e);
}
END_TEST

START_TEST(an_old_resolver_is_asked_with_the_old_methods)
{
    struct string_binding b = at("127.0.0.1", fake.port);
    struct remote_exporter *e;
    fake.newest_opnum = 3;
    assert_hr(resolve(77, &b, 1, &e), S_OK);
    ck_assert_uint_eq(fake.alive_calls, 1);
    ck_assert_uint_eq(fake.resolve_calls, 1);
    ck_assert_uint_eq(remote_exporter_version(e).MinorVersion, 1);
    remote_exporter_release(e);
}
END_TEST

START_TEST(a_resolver_of_another_major_version_is_not_used)
{
    struct string_binding b = at("127.0.0.1", fake.port);
    struct remote_exporter *e;
    fake.version = (COMVERSION){ 6, 1 };
    assert_hr(resolve(77, &b, 1, &e), RPC_E_VERSION_MISMATCH);
    ck_assert_ptr_null(e);
    ck_assert_uint_eq(fake.resolve2_calls, 0);
}
END_TEST

/* ---- resolvers that do not authenticate ---------------------------------------------------------------- */

/* Resolves 77 with a logon, by a reference whose resolver lists NTLM, through a relay that the resolver's
 * authentication gets lost in. */
static HRESULT resolve_past(struct deaf_relay *relay, struct remote_exporter **out)
{
    struct auth_identity identity = { .user = "opcuser", .domain = "BETA", .password = "right" };
    struct rpc_security security = { .mechanism = AUTH_SPNEGO, .level = AUTH_LEVEL_CONNECT, .identity = &identity };
    const uint16_t services[] = { 99, AUTH_NTLM };
    struct objref objref = { .std = { .oxid = 77 } };
    relay->to_port = fake.port;
    deaf_relay_start(relay);
    struct string_binding b = at("127.0.0.1", relay->port);
    ck_assert_int_eq(bindings_build(&b, 1, services, 2, &objref.resolver), ERR_OK);
    HRESULT hr = resolver_resolve(resolver, &objref, &security, soon(), NULL, out);
    objref_cleanup(&objref);
    deaf_relay_stop(relay);
    return hr;
}

START_TEST(a_resolver_that_answers_without_a_token_is_not_believed)
{
    struct deaf_relay relay = { .breaks = false };
    struct remote_exporter *e;
    assert_hr(resolve_past(&relay, &e), HRESULT_FROM_WIN32(RPC_S_PROTOCOL_ERROR));
    ck_assert_ptr_null(e);
    ck_assert_uint_eq(fake.resolve2_calls, 0);
}
END_TEST

static struct dcom_event resolutions[4];
static unsigned resolution_count;

static void note_resolution(void *context, const struct dcom_event *event)
{
    (void)context;
    if (event->kind == DCOM_RESOLVED && resolution_count < 4)
        resolutions[resolution_count++] = *event;
}

START_TEST(unless_host_json_allows_it_and_then_both_questions_are_told)
{
    struct deaf_relay relay = { .breaks = false };
    struct remote_exporter *e;
    host.unauthenticated_resolvers = true;
    resolution_count = 0;
    dcom_set_observer(note_resolution, NULL);
    assert_hr(resolve_past(&relay, &e), S_OK);
    dcom_set_observer(NULL, NULL);
    remote_exporter_release(e);
    ck_assert_uint_eq(fake.resolve2_calls, 1);
    ck_assert_uint_eq(resolution_count, 2);
    /* The provider is the one that the reference lists, at the least level a resolver is asked with. */
    ck_assert_uint_eq(resolutions[0].mechanism, AUTH_NTLM);
    ck_assert_uint_eq(resolutions[0].level_sent, AUTH_LEVEL_PACKET_INTEGRITY);
    ck_assert_uint_ne(resolutions[0].status, S_OK);
    ck_assert_uint_eq(resolutions[1].mechanism, AUTH_NONE);
    ck_assert_uint_eq(resolutions[1].status, S_OK);
}
END_TEST

/* ---- the provider of an activation ------------------------------------------------------------------------- */

static uint64_t last_token;

static void note_token(void *context, const struct dcom_event *event)
{
    (void)context;
    if (event->kind == DCOM_AUTH_LEG && event->outgoing)
        last_token = event->bytes;
}

/* The size of the token that a logon begins with at a resolver that lists NTLM alone, where SPNEGO is preferred. */
static uint64_t token_of_activation(bool any_mechanism)
{
    struct auth_identity identity = { .user = "opcuser", .domain = "BETA", .password = "right" };
    struct rpc_security security = { .mechanism = AUTH_SPNEGO, .level = AUTH_LEVEL_CONNECT, .identity = &identity };
    struct activation_request request = { .iid_count = 0 };
    struct remote_activation call = { .request = &request, .security = &security, .any_mechanism = any_mechanism };
    struct activation_reply reply;
    const uint16_t services[] = { 99, AUTH_NTLM };
    struct string_binding b = at("127.0.0.1", 0);
    char target[64], address[RPC_ADDRESS_TEXT];
    ck_assert_int_eq(bindings_build(&b, 1, services, 2, &fake.alive_bindings), ERR_OK);
    snprintf(target, sizeof target, "127.0.0.1[%u]", fake.port);
    call.server = target;
    last_token = 0;
    dcom_set_observer(note_token, NULL);
    /* It has nobody who could check a logon, so nothing is activated. */
    ck_assert(FAILED(remote_activation_run(resolver, &call, &reply, address)));
    dcom_set_observer(NULL, NULL);
    CoTaskMemFree(fake.alive_bindings);
    fake.alive_bindings = NULL;
    return last_token;
}

START_TEST(who_names_no_provider_takes_the_first_one_of_the_server_that_is_known)
{
    /* Events name what SPNEGO carries, which is NTLM, too; but SPNEGO packs its token into one of its own. */
    uint64_t ntlm = token_of_activation(true), spnego = token_of_activation(false);
    ck_assert_uint_gt(ntlm, 0);
    ck_assert_uint_gt(spnego, ntlm);
}
END_TEST

static uint16_t closed_port(void)
{
    uint16_t port = 0;
    socket_t s;
    ck_assert_int_eq(socket_listen_tcp("127.0.0.1", &port, &s), ERR_OK);
    socket_close(s);
    return port;
}

START_TEST(the_next_address_is_tried_when_one_does_not_answer)
{
    struct string_binding b[] = { at("127.0.0.1", closed_port()), at("127.0.0.1", fake.port) };
    struct remote_exporter *e;
    assert_hr(resolve(77, b, 2, &e), S_OK);
    remote_exporter_release(e);
}
END_TEST

START_TEST(an_ipv6_address_does_not_keep_the_others_from_being_tried)
{
    struct string_binding b[] = { at("::1", closed_port()), at("fe80::not-one", fake.port),
                                  at("127.0.0.1", fake.port) };
    struct remote_exporter *e;
    assert_hr(resolve(77, b, 3, &e), S_OK);
    remote_exporter_release(e);
}
END_TEST

START_TEST(a_name_without_an_address_does_not_keep_the_others_from_being_tried)
{
    struct string_binding b[] = { at("no-such-host.invalid", fake.port), at("127.0.0.1", fake.port) };
    struct remote_exporter *e;
    assert_hr(resolve(77, b, 2, &e), S_OK);
    remote_exporter_release(e);
}
END_TEST

START_TEST(a_resolver_that_cannot_be_reached_makes_the_server_unavailable)
{
    struct string_binding b = at("127.0.0.1", closed_port());
    struct remote_exporter *e;
    assert_hr(resolve(77, &b, 1, &e), 0x800706BA);
}
END_TEST

START_TEST(a_reference_without_addresses_is_invalid)
{
    struct remote_exporter *e;
    assert_hr(resolve(77, NULL, 0, &e), 0x80070776);
}
END_TEST

/* ---- the pool ---------------------------------------------------------------------------------------- */

static struct lane *lane_to_fake(const struct auth_identity *identity)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_TCP, .address = "127.0.0.1", .port = fake.port };
    struct rpc_security security = no_security;
    struct lane *lane;
    security.identity = identity;
    ck_assert_int_eq(pool_lane(pool, &endpoint, &security, &lane), ERR_OK);
    return lane;
}

static enum err acquire(struct lane *lane, struct lease *lease)
{
    struct rpc_syntax syntax = plain_syntax(&IID_IObjectExporter);
    struct rpc_failure why;
    return lane_acquire(lane, &syntax, soon(), soon(), NULL, lease, &why);
}

START_TEST(a_connection_is_used_again_after_a_call_and_after_a_fault)
{
    struct lane *lane = lane_to_fake(NULL);
    struct lease lease;
    ck_assert_int_eq(acquire(lane, &lease), ERR_OK);
    const struct rpc_connection *first = lease.connection;
    lease_return(&lease, ERR_OK);
    ck_assert_int_eq(acquire(lane, &lease), ERR_OK);
    ck_assert_ptr_eq(lease.connection, first);
    lease_return(&lease, ERR_FAULT);
    ck_assert_int_eq(acquire(lane, &lease), ERR_OK);
    ck_assert_ptr_eq(lease.connection, first);
    lease_return(&lease, ERR_OK);
    lane_release(lane);
}
END_TEST

START_TEST(two_calls_at_once_have_two_connections)
{
    struct lane *lane = lane_to_fake(NULL);
    struct lease a, b;
    ck_assert_int_eq(acquire(lane, &a), ERR_OK);
    ck_assert_int_eq(acquire(lane, &b), ERR_OK);
    ck_assert_ptr_ne(a.connection, b.connection);
    lease_return(&a, ERR_OK);
    lease_return(&b, ERR_OK);
    lane_release(lane);
}
END_TEST

START_TEST(a_connection_that_failed_is_not_kept)
{
    struct lane *lane = lane_to_fake(NULL);
    struct lease lease;
    ck_assert_int_eq(acquire(lane, &lease), ERR_OK);
    lease_return(&lease, ERR_CLOSED);
    int64_t deadline_ns = soon();
    while (__atomic_load_n(&fake.connections, __ATOMIC_SEQ_CST) == 0 && clock_left_ns(deadline_ns) > 0)
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    ck_assert_uint_eq(__atomic_load_n(&fake.connections, __ATOMIC_SEQ_CST), 1);
    lane_release(lane);
}
END_TEST

START_TEST(a_connection_the_peer_closed_meanwhile_is_replaced)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_TCP, .address = "127.0.0.1", .port = fake.port };
    struct lane *lane = lane_to_fake(NULL);
    struct lease lease;
    ck_assert_int_eq(acquire(lane, &lease), ERR_OK);
    lease_return(&lease, ERR_OK);
    fake_resolver_stop(&fake);
    fake_resolver_start(&fake);
    ck_assert_int_eq(rpc_server_listen(fake.server, &endpoint, 0, 0), ERR_OK);
    ck_assert_int_eq(acquire(lane, &lease), ERR_OK);
    lease_return(&lease, ERR_OK);
    lane_release(lane);
}
END_TEST

/* The server has run the call when the connection breaks: to ask again would be to run it twice. */
START_TEST(a_call_whose_connection_breaks_is_made_once)
{
    struct deaf_relay relay = { .to_port = fake.port, .breaks = true };
    struct remote_exporter_options options = { .version = { 5, 7 }, .pool = pool };
    struct orpc_call call = { .iid = &IID_IObjectExporter, .ipid = &IID_IObjectExporter, .opnum = 3 };
    struct writer request, reply;
    struct remote_exporter *e;
    struct rpc_failure why;
    deaf_relay_start(&relay);
    struct string_binding b[] = { at("127.0.0.1", relay.port), at("localhost", relay.port) };
    DUALSTRINGARRAY *bindings;
    ck_assert_int_eq(bindings_build(b, 2, NULL, 0, &bindings), ERR_OK);
    options.bindings = bindings;
    ck_assert_int_eq(remote_exporter_create(&options, &e), ERR_OK);
    writer_init(&request, 64);
    writer_init(&reply, 64);
    call.security = &no_security;
    call.deadline_ns = soon();
    ck_assert_int_eq(remote_exporter_call(e, &call, &request, &reply, &why), ERR_CLOSED);
    ck_assert(remote_exporter_is_lost(e));
    ck_assert_uint_eq(fake.alive_calls, 1);
    ck_assert_uint_eq(relay.connections, 1);
    remote_exporter_release(e);
    writer_cleanup(&request);
    writer_cleanup(&reply);
    CoTaskMemFree(bindings);
    deaf_relay_stop(&relay);
}
END_TEST

START_TEST(other_credentials_have_another_lane)
{
    struct auth_identity a = { .user = "a", .password = "1" }, b = { .user = "a", .password = "2" };
    struct lane *lanes[] = { lane_to_fake(&a), lane_to_fake(&b), lane_to_fake(NULL), lane_to_fake(&a) };
    ck_assert_ptr_ne(lanes[0], lanes[1]);
    ck_assert_ptr_ne(lanes[0], lanes[2]);
    ck_assert_ptr_eq(lanes[0], lanes[3]);
    ck_assert_uint_eq(pool_lanes(pool), 3);
    for (size_t i = 0; i < 4; i++)
        lane_release(lanes[i]);
}
END_TEST

START_TEST(a_call_that_was_given_up_gets_no_connection)
{
    struct rpc_syntax syntax = plain_syntax(&IID_IObjectExporter);
    struct lane *lane = lane_to_fake(NULL);
    struct call_cancel cancel;
    struct rpc_failure why;
    struct lease lease;
    call_cancel_init(&cancel);
    call_cancel_request(&cancel);
    ck_assert_int_eq(lane_acquire(lane, &syntax, soon(), soon(), &cancel, &lease, &why), ERR_CANCELLED);
    call_cancel_rearm(&cancel);
    ck_assert_int_eq(lane_acquire(lane, &syntax, soon(), soon(), &cancel, &lease, &why), ERR_OK);
    lease_return(&lease, ERR_OK);
    call_cancel_cleanup(&cancel);
    lane_release(lane);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resolver");
    TCase *oxids = tcase_create("oxids"), *connections = tcase_create("connections");
    tcase_add_checked_fixture(oxids, setup, teardown);
    tcase_set_timeout(oxids, 30);
    tcase_add_test(oxids, an_unknown_exporter_is_asked_for_once);
    tcase_add_test(oxids, an_exporter_that_nobody_holds_is_forgotten_when_another_comes);
    tcase_add_test(oxids, an_oxid_the_resolver_does_not_know_is_invalid);
    tcase_add_test(oxids, an_old_resolver_is_asked_with_the_old_methods);
    tcase_add_test(oxids, a_resolver_of_another_major_version_is_not_used);
    tcase_add_test(oxids, a_resolver_that_answers_without_a_token_is_not_believed);
    tcase_add_test(oxids, unless_host_json_allows_it_and_then_both_questions_are_told);
    tcase_add_test(oxids, who_names_no_provider_takes_the_first_one_of_the_server_that_is_known);
    tcase_add_test(oxids, the_next_address_is_tried_when_one_does_not_answer);
    tcase_add_test(oxids, an_ipv6_address_does_not_keep_the_others_from_being_tried);
    tcase_add_test(oxids, a_name_without_an_address_does_not_keep_the_others_from_being_tried);
    tcase_add_test(oxids, a_resolver_that_cannot_be_reached_makes_the_server_unavailable);
    tcase_add_test(oxids, a_reference_without_addresses_is_invalid);
    tcase_add_checked_fixture(connections, setup, teardown);
    tcase_add_test(connections, a_connection_is_used_again_after_a_call_and_after_a_fault);
    tcase_add_test(connections, two_calls_at_once_have_two_connections);
    tcase_add_test(connections, a_connection_that_failed_is_not_kept);
    tcase_add_test(connections, a_connection_the_peer_closed_meanwhile_is_replaced);
    tcase_add_test(connections, a_call_whose_connection_breaks_is_made_once);
    tcase_add_test(connections, other_credentials_have_another_lane);
    tcase_add_test(connections, a_call_that_was_given_up_gets_no_connection);
    suite_add_tcase(suite, oxids);
    suite_add_tcase(suite, connections);
    return run_suite(suite);
}
