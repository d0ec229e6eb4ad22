/* Client and server over the memory transport: calls at every level and size, faults, refusals, limits. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/auth/auth_suite.h"
#include "tests/rpc/fixture.h"

static const enum auth_level levels[] = { AUTH_LEVEL_NONE,   AUTH_LEVEL_CONNECT,          AUTH_LEVEL_CALL,
                                          AUTH_LEVEL_PACKET, AUTH_LEVEL_PACKET_INTEGRITY, AUTH_LEVEL_PACKET_PRIVACY };
#define LEVELS ((int)(sizeof levels / sizeof levels[0]))

/* Every level by NTLM, then every one by SPNEGO. */
#define WAYS (2 * LEVELS)

static enum auth_level level_of(int way)
{
    return levels[way % LEVELS];
}

static enum auth_mechanism mechanism_of(int way)
{
    return way < LEVELS ? AUTH_NTLM : AUTH_SPNEGO;
}

static struct echo_server server;
static struct writer request, reply;
static struct rpc_failure why;

static void setup(void)
{
    echo_server_init(&server);
    writer_init(&request, (size_t)8 << 20);
    writer_init(&reply, (size_t)8 << 20);
}

static void teardown(void)
{
    if (server.rpc)
        echo_server_stop(&server);
    writer_cleanup(&request);
    writer_cleanup(&reply);
}

static enum err call(struct rpc_connection *c, uint16_t opnum)
{
    return rpc_connection_call(c, 0, opnum, NULL, &request, &reply, TEST_DEADLINE, &why);
}

static enum err call_u32(struct rpc_connection *c, uint16_t opnum, uint32_t number)
{
    writer_reset(&request);
    writer_u32(&request, number);
    return call(c, opnum);
}

START_TEST(stubs_of_every_size_come_back_unchanged_at_every_level)
{
    static const size_t sizes[] = { 0, 1, 15, 16, 17, 1408, 5815, 5816, 5817, 32768, 100001, 5u << 20 };
    struct rpc_connection *c;

    server.options.stub_maximum = (size_t)6 << 20;
    echo_server_start(&server);
    c = echo_server_bound_by(&server, mechanism_of(_i), level_of(_i));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        writer_reset(&request);
        fill_pattern(&request, sizes[i]);
        ck_assert_int_eq(call(c, ECHO_BACK), ERR_OK);
        ck_assert_uint_eq(reply.size, sizes[i]);
        if (sizes[i])
            ck_assert_mem_eq(reply.data, request.data, sizes[i]);
    }
    ck_assert(rpc_connection_usable(c));
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(the_caller_is_seen_with_level_and_mechanism)
{
    static const char *const expected[] = {
        "nobody none none 0",    "opcuser connect ntlm 3",          "opcuser packet ntlm 3",
        "opcuser packet ntlm 3", "opcuser packet-integrity ntlm 3", "opcuser packet-privacy ntlm 3"
    };
    struct rpc_connection *c;

    echo_server_start(&server);
    c = echo_server_bound_by(&server, mechanism_of(_i), level_of(_i));
    ck_assert_int_eq(call(c, ECHO_CALLER), ERR_OK);
    ck_assert_uint_eq(reply.size, strlen(expected[_i % LEVELS]));
    ck_assert_mem_eq(reply.data, expected[_i % LEVELS], reply.size);
    ck_assert_int_eq(rpc_connection_level(c), auth_level_on_wire(level_of(_i)));
    ck_assert_int_eq(rpc_connection_mechanism(c), level_of(_i) == AUTH_LEVEL_NONE ? AUTH_NONE : AUTH_NTLM);
    ck_assert_int_eq(rpc_connection_header_signing(c), level_of(_i) >= AUTH_LEVEL_PACKET_INTEGRITY);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_fault_carries_its_status_and_leaves_the_connection_usable)
{
    struct rpc_connection *c;

    echo_server_start(&server);
    c = echo_server_bound_by(&server, mechanism_of(_i), level_of(_i));
    ck_assert_int_eq(call_u32(c, ECHO_FAULT, 0x80070005), ERR_FAULT);
    ck_assert_int_eq(why.shape, RPC_WIRE_FAULT);
    ck_assert_uint_eq(why.status, 0x80070005);
    ck_assert_uint_eq(reply.size, 0);
    ck_assert(rpc_connection_usable(c));
    ck_assert_int_eq(call_u32(c, ECHO_SIZE, 10), ERR_OK);
    ck_assert_uint_eq(reply.size, 10);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(the_object_uuid_arrives_with_every_fragment)
{
    static const struct rpc_guid ipid = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };
    struct rpc_connection *c;

    echo_server_start(&server);
    c = echo_server_bound_by(&server, mechanism_of(_i), level_of(_i));
    fill_pattern(&request, 20000);
    ck_assert_int_eq(rpc_connection_call(c, 0, ECHO_OBJECT, &ipid, &request, &reply, TEST_DEADLINE, &why), ERR_OK);
    ck_assert_uint_eq(reply.size, sizeof ipid.bytes);
    ck_assert_mem_eq(reply.data, ipid.bytes, sizeof ipid.bytes);
    ck_assert_int_eq(rpc_connection_call(c, 0, ECHO_OBJECT, NULL, &request, &reply, TEST_DEADLINE, &why), ERR_OK);
    ck_assert_uint_eq(reply.size, 0);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(an_unknown_operation_and_a_method_that_crashed_are_faults)
{
    struct rpc_connection *c;

    echo_server_start(&server);
    c = echo_server_bound(&server, AUTH_LEVEL_PACKET);
    ck_assert_int_eq(call(c, ECHO_OPS), ERR_FAULT);
    ck_assert_uint_eq(why.status, RPC_STATUS_OP_RANGE);
    /* An access violation may not be told as such ([MS-RPCE] 3.3.3.5.1). */
    ck_assert_int_eq(call_u32(c, ECHO_FAULT, 0xC0000005), ERR_FAULT);
    ck_assert_uint_eq(why.status, 0x80010105);
    ck_assert_int_eq(call(c, ECHO_CALLER), ERR_OK);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(several_syntaxes_are_offered_in_one_bind_and_more_are_added)
{
    struct rpc_syntax syntaxes[] = { unknown_syntax, echo_syntax, exempt_syntax };
    struct rpc_syntax added = echo_syntax;
    struct rpc_security none = { .mechanism = AUTH_NONE };
    uint16_t id;

    echo_server_start(&server);
    struct rpc_connection *c = echo_server_connect(&server);
    ck_assert_int_eq(rpc_connection_bind(c, syntaxes, 3, &none, TEST_DEADLINE, &why), ERR_OK);
    ck_assert_int_eq(rpc_connection_context(c, &echo_syntax, TEST_DEADLINE, &id, &why), ERR_OK);
    ck_assert_uint_eq(id, 1);
    ck_assert_int_eq(rpc_connection_context(c, &exempt_syntax, TEST_DEADLINE, &id, &why), ERR_OK);
    ck_assert_uint_eq(id, 2);
    added.minor = 1;
    ck_assert_int_eq(rpc_connection_context(c, &added, TEST_DEADLINE, &id, &why), ERR_OK);
    ck_assert_uint_eq(id, 4); /* 3 asked for the features */
    ck_assert_int_eq(rpc_connection_call(c, id, ECHO_CALLER, NULL, &request, &reply, TEST_DEADLINE, &why), ERR_OK);
    /* A syntax the server does not have can be asked for again, and spoils nothing. */
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(rpc_connection_context(c, &unknown_syntax, TEST_DEADLINE, &id, &why), ERR_NAK);
        ck_assert_int_eq(why.shape, RPC_WIRE_CONTEXT_REJECTED);
        ck_assert_uint_eq(why.status, 1); /* abstract syntax not supported */
    }
    ck_assert(rpc_connection_usable(c));
    ck_assert_int_eq(rpc_connection_call(c, 4, ECHO_CALLER, NULL, &request, &reply, TEST_DEADLINE, &why), ERR_OK);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_bind_of_unknown_syntaxes_alone_is_rejected)
{
    struct rpc_security none = { .mechanism = AUTH_NONE };
    struct rpc_connection *c;

    echo_server_start(&server);
    c = echo_server_connect(&server);
    ck_assert_int_eq(rpc_connection_bind(c, &unknown_syntax, 1, &none, TEST_DEADLINE, &why), ERR_NAK);
    ck_assert_int_eq(why.shape, RPC_WIRE_CONTEXT_REJECTED);
    ck_assert_uint_eq(why.status, 1);
    ck_assert(!rpc_connection_usable(c));
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_connection_keeps_64_contexts_and_no_more)
{
    struct rpc_syntax syntax = echo_syntax;
    struct rpc_connection *c;
    uint16_t id;

    echo_server_start(&server);
    c = echo_server_bound(&server, AUTH_LEVEL_PACKET_INTEGRITY);
    for (unsigned i = 1; i < RPC_CONTEXTS_MAXIMUM; i++) {
        syntax.minor = (uint16_t)i;
        ck_assert_int_eq(rpc_connection_context(c, &syntax, TEST_DEADLINE, &id, &why), ERR_OK);
        ck_assert_uint_eq(id, i + 1);
    }
    ck_assert_int_eq(rpc_connection_call(c, 64, ECHO_CALLER, NULL, &request, &reply, TEST_DEADLINE, &why), ERR_OK);
    syntax.minor = RPC_CONTEXTS_MAXIMUM;
    ck_assert_int_eq(rpc_connection_context(c, &syntax, TEST_DEADLINE, &id, &why), ERR_LIMIT);
    ck_assert_int_eq(rpc_connection_call(c, 0, ECHO_CALLER, NULL, &request, &reply, TEST_DEADLINE, &why), ERR_OK);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_call_below_the_minimum_level_gets_fault_5_unless_it_is_exempt)
{
    static const enum auth_level minimum = AUTH_LEVEL_PACKET_INTEGRITY;
    struct rpc_connection *c;
    uint16_t exempt;

    server.options.minimum_level = minimum;
    echo_server_start(&server);
    c = echo_server_bound(&server, levels[_i]);
    if (auth_level_on_wire(levels[_i]) >= minimum) {
        ck_assert_int_eq(call(c, ECHO_CALLER), ERR_OK);
    } else {
        ck_assert_int_eq(call(c, ECHO_CALLER), ERR_FAULT);
        ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
        ck_assert_int_eq(atomic_load(&server.dispatched), 0);
    }
    ck_assert_int_eq(rpc_connection_context(c, &exempt_syntax, TEST_DEADLINE, &exempt, &why), ERR_OK);
    ck_assert_int_eq(rpc_connection_call(c, exempt, ECHO_CALLER, NULL, &request, &reply, TEST_DEADLINE, &why), ERR_OK);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_refused_logon_shows_at_the_first_call_which_is_the_last)
{
    static const struct auth_identity wrong = { "opcuser", "ALPHA", "wrong" };
    struct rpc_security security = { .mechanism = AUTH_NTLM, .level = levels[_i], .identity = &wrong };
    struct rpc_connection *c;

    echo_server_start(&server);
    for (size_t size = 0; size <= 30000; size += 30000) { /* one fault, not one for each fragment */
        c = echo_server_connect(&server);
        /* auth3 has no answer, so the bind goes well. */
        ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &security, TEST_DEADLINE, &why), ERR_OK);
        writer_reset(&request);
        fill_pattern(&request, size);
        ck_assert_int_eq(call(c, ECHO_BACK), ERR_FAULT);
        ck_assert_int_eq(why.shape, RPC_WIRE_FAULT);
        ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
        ck_assert(!rpc_connection_usable(c));
        rpc_connection_destroy(c);
    }
    ck_assert_int_eq(atomic_load(&server.dispatched), 0);
}
END_TEST

START_TEST(a_logon_that_is_refused_by_spnego_shows_at_once)
{
    static const struct auth_identity wrong = { "opcuser", "ALPHA", "wrong" };
    struct rpc_security security = { .mechanism = AUTH_SPNEGO, .level = levels[_i], .identity = &wrong };
    struct rpc_connection *c;

    echo_server_start(&server);
    c = echo_server_connect(&server);
    /* Its last leg is an alter_context, which has an answer. */
    ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &security, TEST_DEADLINE, &why), ERR_FAULT);
    ck_assert_int_eq(why.shape, RPC_WIRE_FAULT);
    ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
    ck_assert(!rpc_connection_usable(c));
    ck_assert_int_eq(atomic_load(&server.dispatched), 0);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_connection_made_by_spnego_takes_more_syntaxes)
{
    struct rpc_connection *c;
    uint16_t id;

    echo_server_start(&server);
    c = echo_server_bound_by(&server, AUTH_SPNEGO, levels[_i]);
    ck_assert_int_eq(rpc_connection_context(c, &exempt_syntax, TEST_DEADLINE, &id, &why), ERR_OK);
    ck_assert_int_eq(rpc_connection_call(c, id, ECHO_CALLER, NULL, &request, &reply, TEST_DEADLINE, &why), ERR_OK);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_server_without_authority_knows_no_mechanism)
{
    struct rpc_security security = { .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_CONNECT, .identity = &opcuser };
    struct rpc_connection *c;

    server.options.authority = NULL;
    echo_server_start(&server);
    c = echo_server_connect(&server);
    ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &security, TEST_DEADLINE, &why), ERR_NAK);
    ck_assert_int_eq(why.shape, RPC_WIRE_BIND_NAK);
    ck_assert_uint_eq(why.status, 8);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_mechanism_we_do_not_have_is_unsupported)
{
    struct rpc_security security = { .mechanism = (enum auth_mechanism)68,
                                     .level = AUTH_LEVEL_CONNECT,
                                     .identity = &opcuser };
    struct rpc_connection *c;

    echo_server_start(&server);
    c = echo_server_connect(&server);
    ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &security, TEST_DEADLINE, &why), ERR_UNSUPPORTED);
    ck_assert_int_eq(why.err, ERR_UNSUPPORTED);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(without_credentials_the_caller_is_told_so)
{
    struct memory_authority nobody;
    struct rpc_security security = { .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_CONNECT };
    struct rpc_connection *c;

    memory_authority_init(&nobody);
    security.authority = &nobody.authority;
    echo_server_start(&server);
    c = echo_server_connect(&server);
    ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &security, TEST_DEADLINE, &why), ERR_NOT_FOUND);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_request_beyond_the_stub_maximum_gets_fault_5_and_is_the_last)
{
    static const size_t sizes[] = { 20001, 1000000 };

    server.options.stub_maximum = 20000;
    echo_server_start(&server);
    for (size_t i = 0; i < 2; i++) {
        struct rpc_connection *c = echo_server_bound(&server, levels[_i]);

        writer_reset(&request);
        fill_pattern(&request, 20000);
        ck_assert_int_eq(call(c, ECHO_BACK), ERR_OK);
        ck_assert_uint_eq(reply.size, 20000);
        writer_reset(&request);
        fill_pattern(&request, sizes[i]);
        ck_assert_int_eq(call(c, ECHO_BACK), ERR_FAULT);
        ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
        ck_assert(!rpc_connection_usable(c));
        rpc_connection_destroy(c);
    }
    ck_assert_int_eq(atomic_load(&server.dispatched), 2);
}
END_TEST

START_TEST(a_reply_beyond_what_the_caller_takes_ends_the_connection)
{
    struct rpc_connection *c;

    echo_server_start(&server);
    c = echo_server_bound(&server, AUTH_LEVEL_PACKET);
    writer_cleanup(&reply);
    writer_init(&reply, 10000);
    ck_assert_int_eq(call_u32(c, ECHO_SIZE, 10000), ERR_OK);
    ck_assert_int_eq(call_u32(c, ECHO_SIZE, 10001), ERR_LIMIT);
    ck_assert_uint_eq(reply.size, 0);
    ck_assert(!rpc_connection_usable(c));
    ck_assert_int_eq(call_u32(c, ECHO_SIZE, 1), ERR_CLOSED);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(a_request_that_could_not_be_built_is_not_sent)
{
    struct rpc_connection *c;

    echo_server_start(&server);
    c = echo_server_bound(&server, AUTH_LEVEL_NONE);
    request.failed = true;
    ck_assert_int_eq(call(c, ECHO_BACK), ERR_MEMORY);
    writer_reset(&request);
    ck_assert_int_eq(call(c, ECHO_BACK), ERR_OK);
    ck_assert_int_eq(atomic_load(&server.dispatched), 1);
    rpc_connection_destroy(c);
}
END_TEST

START_TEST(bytes_and_pdus_are_counted_both_ways)
{
    struct rpc_connection *c;
    uint64_t before, after;
    uint32_t pdus_before, pdus_after;

    echo_server_start(&server);
    c = echo_server_bound(&server, AUTH_LEVEL_NONE);
    before = rpc_connection_bytes(c, &pdus_before);
    fill_pattern(&request, 10000);
    ck_assert_int_eq(call(c, ECHO_BACK), ERR_OK);
    after = rpc_connection_bytes(c, &pdus_after);
    ck_assert_uint_eq(pdus_after - pdus_before, 4);
    ck_assert_uint_eq(after - before, 2 * (10000 + 2 * 24));
    rpc_connection_destroy(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rpc calls");
    TCase *calls = tcase_create("calls");
    TCase *contexts = tcase_create("contexts");
    TCase *refusals = tcase_create("refusals");
    TCase *limits = tcase_create("limits");

    tcase_add_checked_fixture(calls, setup, teardown);
    tcase_set_timeout(calls, 60);
    tcase_add_loop_test(calls, stubs_of_every_size_come_back_unchanged_at_every_level, 0, WAYS);
    tcase_add_loop_test(calls, the_caller_is_seen_with_level_and_mechanism, 0, WAYS);
    tcase_add_loop_test(calls, a_fault_carries_its_status_and_leaves_the_connection_usable, 0, WAYS);
    tcase_add_loop_test(calls, the_object_uuid_arrives_with_every_fragment, 0, WAYS);
    tcase_add_test(calls, an_unknown_operation_and_a_method_that_crashed_are_faults);
    tcase_add_test(calls, bytes_and_pdus_are_counted_both_ways);
    tcase_add_checked_fixture(contexts, setup, teardown);
    tcase_add_test(contexts, several_syntaxes_are_offered_in_one_bind_and_more_are_added);
    tcase_add_loop_test(contexts, a_connection_made_by_spnego_takes_more_syntaxes, 0, LEVELS);
    tcase_add_test(contexts, a_bind_of_unknown_syntaxes_alone_is_rejected);
    tcase_add_test(contexts, a_connection_keeps_64_contexts_and_no_more);
    tcase_add_checked_fixture(refusals, setup, teardown);
    tcase_add_loop_test(refusals, a_call_below_the_minimum_level_gets_fault_5_unless_it_is_exempt, 0, LEVELS);
    tcase_add_loop_test(refusals, a_refused_logon_shows_at_the_first_call_which_is_the_last, 1, LEVELS);
    tcase_add_loop_test(refusals, a_logon_that_is_refused_by_spnego_shows_at_once, 1, LEVELS);
    tcase_add_test(refusals, a_server_without_authority_knows_no_mechanism);
    tcase_add_test(refusals, a_mechanism_we_do_not_have_is_unsupported);
    tcase_add_test(refusals, without_credentials_the_caller_is_told_so);
    tcase_add_checked_fixture(limits, setup, teardown);
    tcase_add_loop_test(limits, a_request_beyond_the_stub_maximum_gets_fault_5_and_is_the_last, 0, LEVELS);
    tcase_add_test(limits, a_reply_beyond_what_the_caller_takes_ends_the_connection);
    tcase_add_test(limits, a_request_that_could_not_be_built_is_not_sent);
    suite_add_tcase(suite, calls);
    suite_add_tcase(suite, contexts);
    suite_add_tcase(suite, refusals);
    suite_add_tcase(suite, limits);
    return auth_suite_run(suite);
}
