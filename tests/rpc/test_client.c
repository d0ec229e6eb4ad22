/* What the client makes of a server's PDUs: the server's part is written beforehand into the other end of the pair. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/rpc/client_internal.h"
#include "tests/auth/auth_suite.h"
#include "tests/rpc/raw.h"

static struct rpc_connection *client;
static struct raw server;
static struct writer request, reply;
static struct rpc_failure why;
static const struct rpc_security none = { .mechanism = AUTH_NONE };

static void setup(void)
{
    socket_t pair[2];

    ck_assert_int_eq(socket_pair(pair), ERR_OK);
    ck_assert_int_eq(rpc_connection_adopt(pair[0], &client), ERR_OK);
    raw_init(&server, pair[1]);
    writer_init(&request, 1u << 20);
    writer_init(&reply, 1u << 20);
}

static void teardown(void)
{
    rpc_connection_destroy(client);
    raw_cleanup(&server);
    writer_cleanup(&request);
    writer_cleanup(&reply);
}

/* An ack with `count` results like `result`, and in a bind_ack the one about features. */
static void answer_bind(uint8_t type, uint16_t max_receive, unsigned count, const struct pdu_result *result)
{
    const struct pdu_result features = { .result = PDU_NEGOTIATE_ACK, .reason = 3 };
    bool binds = type == PDU_BIND_ACK;
    struct pdu_bind_ack ack = { .max_send = 5840, .max_receive = max_receive, .group = 1, .count = count + binds };
    struct writer *w = &server.channel.out;
    size_t start = pdu_bind_ack_begin(w, type, PDU_WHOLE, ++server.call_id, &ack, "135");

    for (unsigned i = 0; i < count; i++)
        pdu_result_encode(w, result);
    if (binds)
        pdu_result_encode(w, &features);
    pdu_end(w, start, 0);
    raw_send(&server);
}

static enum err bind_client(void)
{
    return rpc_connection_bind(client, &echo_syntax, 1, &none, TEST_DEADLINE, &why);
}

static void bound(void)
{
    struct pdu_result accepted = { .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr };

    answer_bind(PDU_BIND_ACK, 5840, 1, &accepted);
    ck_assert_int_eq(bind_client(), ERR_OK);
}

static void response(uint8_t flags, uint32_t call_id, const char *text)
{
    struct pdu_call call = { .alloc_hint = 0xFFFFFFFF };
    size_t start = pdu_response_begin(&server.channel.out, flags, call_id, &call);

    writer_bytes(&server.channel.out, text, strlen(text));
    pdu_end(&server.channel.out, start, 0);
}

static enum err call(void)
{
    return rpc_connection_call(client, 0, 0, NULL, &request, &reply, TEST_DEADLINE, &why);
}

/* The call must fail like this, and the connection with it. */
static void assert_dead(enum err expected, int shape)
{
    ck_assert_int_eq(call(), expected);
    ck_assert_int_eq(why.err, expected);
    ck_assert_int_eq(why.shape, shape);
    ck_assert_uint_eq(reply.size, 0);
    ck_assert(!rpc_connection_usable(client));
}

START_TEST(a_response_in_fragments_is_put_together)
{
    bound();
    response(PDU_FIRST, 2, "one ");
    response(0, 2, "");
    response(0, 2, "two ");
    response(PDU_LAST, 2, "three");
    raw_send(&server);
    ck_assert_int_eq(call(), ERR_OK);
    ck_assert_uint_eq(reply.size, 13);
    ck_assert_mem_eq(reply.data, "one two three", 13);
    ck_assert(rpc_connection_usable(client));
}
END_TEST

START_TEST(a_bind_asks_for_features_and_joins_a_group_as_windows_does)
{
    static const uint8_t expected[] = { 0x2c, 0x1c, 0xb7, 0x6c, 0x12, 0x98, 0x40, 0x45, 3, 0,
                                        0,    0,    0,    0,    0,    0,    1,    0,    0, 0 };
    struct pdu_bind bind;
    struct pdu pdu;

    rpc_connection_join(client, 0x12345678);
    bound();
    pdu = raw_receive(&server);
    ck_assert_uint_eq(pdu.header.flags, PDU_WHOLE);
    ck_assert_int_eq(pdu_bind_decode(&pdu, &bind), ERR_OK);
    ck_assert_uint_eq(bind.group, 0x12345678);
    ck_assert_uint_eq(bind.count, 2);
    ck_assert_mem_eq(pdu.data + pdu.header.size - sizeof expected, expected, sizeof expected);
    ck_assert_uint_eq(rpc_connection_group(client), 1);
}
END_TEST

START_TEST(a_server_that_knows_no_features_is_good_enough)
{
    struct pdu_result results[2] = { { .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr },
                                     { .result = PDU_PROVIDER_REJECTED, .reason = PDU_REASON_TRANSFER_SYNTAXES } };
    struct pdu_bind_ack ack = { .max_send = 5840, .max_receive = 5840, .group = 1, .count = 2 };
    struct writer *w = &server.channel.out;
    size_t start = pdu_bind_ack_begin(w, PDU_BIND_ACK, PDU_WHOLE, 1, &ack, "135");

    pdu_result_encode(w, &results[0]);
    pdu_result_encode(w, &results[1]);
    pdu_end(w, start, 0);
    response(PDU_WHOLE, 2, "fine");
    raw_send(&server);
    ck_assert_int_eq(bind_client(), ERR_OK);
    ck_assert_int_eq(call(), ERR_OK);
}
END_TEST

START_TEST(a_response_at_connect_may_have_a_sec_trailer)
{
    struct pdu_trailer trailer = {
        .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_CONNECT, .context_id = 1, .pad_size = 4
    };
    struct pdu_call head = { 0 };
    struct writer *w = &server.channel.out;
    size_t start;

    bound();
    start = pdu_response_begin(w, PDU_WHOLE, 2, &head);
    writer_bytes(w, "abcdefghijklPADS", 16);
    pdu_trailer_encode(w, &trailer);
    writer_zeros(w, 16);
    pdu_end(w, start, 16);
    raw_send(&server);
    ck_assert_int_eq(call(), ERR_OK);
    ck_assert_uint_eq(reply.size, 12);
}
END_TEST

START_TEST(faults_after_which_servers_hang_up_end_the_connection)
{
    static const uint32_t last_words[] = { RPC_STATUS_ACCESS_DENIED, RPC_STATUS_PROTOCOL_ERROR,
                                           RPC_STATUS_SEC_PKG_ERROR };

    bound();
    pdu_fault_encode(&server.channel.out, PDU_DID_NOT_EXECUTE, 2, 0, last_words[_i]);
    raw_send(&server);
    ck_assert_int_eq(call(), ERR_FAULT);
    ck_assert(rpc_connection_usable(client));
    pdu_fault_encode(&server.channel.out, 0, 3, 0, 0x80010105);
    raw_send(&server);
    ck_assert_int_eq(call(), ERR_FAULT);
    ck_assert(rpc_connection_usable(client));
    pdu_fault_encode(&server.channel.out, 0, 4, 0, last_words[_i]);
    raw_send(&server);
    ck_assert_int_eq(call(), ERR_FAULT);
    ck_assert_uint_eq(why.status, last_words[_i]);
    ck_assert(!rpc_connection_usable(client));
}
END_TEST

START_TEST(call_ids_end_before_they_wrap)
{
    bound();
    client->call_id = PDU_CALL_ID_MAXIMUM - 2;
    ck_assert(rpc_connection_usable(client));
    for (uint32_t id = PDU_CALL_ID_MAXIMUM - 1; id <= PDU_CALL_ID_MAXIMUM; id++) {
        response(PDU_WHOLE, id, "");
        raw_send(&server);
        ck_assert_int_eq(call(), ERR_OK);
        ck_assert(!rpc_connection_usable(client));
    }
    ck_assert_int_eq(call(), ERR_LIMIT);
}
END_TEST

START_TEST(a_bind_nak_is_told_with_its_reason)
{
    pdu_bind_nak_encode(&server.channel.out, 1, 2);
    raw_send(&server);
    ck_assert_int_eq(bind_client(), ERR_NAK);
    ck_assert_int_eq(why.shape, RPC_WIRE_BIND_NAK);
    ck_assert_uint_eq(why.status, 2);
    ck_assert_uint_eq(why.ptype, PDU_BIND_NAK);
    ck_assert(!rpc_connection_usable(client));
}
END_TEST

START_TEST(a_fault_in_answer_to_a_bind_ends_the_connection)
{
    pdu_fault_encode(&server.channel.out, 0, 1, 0, 5);
    raw_send(&server);
    ck_assert_int_eq(bind_client(), ERR_FAULT);
    ck_assert_int_eq(why.shape, RPC_WIRE_FAULT);
    ck_assert_uint_eq(why.status, 5);
    ck_assert(!rpc_connection_usable(client));
}
END_TEST

START_TEST(an_ack_that_does_not_fit_the_bind_is_a_protocol_error)
{
    struct pdu_result accepted = { .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr };

    if (_i == 3)
        server.call_id = 7; /* of a call nobody made */
    answer_bind(_i == 2 ? PDU_ALTER_CONTEXT_RESP : PDU_BIND_ACK, 5840, _i == 0 ? 0 : _i == 1 ? 2 : 1, &accepted);
    ck_assert_int_eq(bind_client(), ERR_PROTOCOL);
    ck_assert_int_eq(why.shape, RPC_WIRE_BAD_PDU);
    ck_assert(!rpc_connection_usable(client));
}
END_TEST

START_TEST(a_transfer_syntax_that_was_not_offered_is_not_accepted)
{
    struct pdu_result strange = { .result = PDU_ACCEPTED, .transfer = echo_syntax };

    answer_bind(PDU_BIND_ACK, 5840, 1, &strange);
    ck_assert_int_eq(bind_client(), ERR_NAK);
    ck_assert_int_eq(why.shape, RPC_WIRE_CONTEXT_REJECTED);
}
END_TEST

START_TEST(no_fragment_is_larger_than_the_server_takes)
{
    static const struct {
        uint16_t theirs, ours;
    } sizes[] = { { 0, 1432 }, { 1000, 1432 }, { 4280, 4280 }, { 5840, 5840 }, { 65535, 5840 } };
    struct pdu_result accepted = { .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr };
    struct pdu pdu;

    answer_bind(PDU_BIND_ACK, sizes[_i].theirs, 1, &accepted);
    ck_assert_int_eq(bind_client(), ERR_OK);
    response(PDU_WHOLE, 2, "");
    raw_send(&server);
    fill_pattern(&request, 20000);
    ck_assert_int_eq(call(), ERR_OK);
    pdu = raw_receive(&server); /* the bind */
    do {
        pdu = raw_receive(&server);
        ck_assert_uint_le(pdu.header.size, sizes[_i].ours);
    } while (!(pdu.header.flags & PDU_LAST));
}
END_TEST

START_TEST(answers_that_belong_to_no_call_of_ours_end_the_connection)
{
    bound();
    switch (_i) {
    case 0:
        response(PDU_WHOLE, 3, "for another call");
        break;
    case 1:
        response(PDU_LAST, 2, "not the first");
        break;
    case 2:
        response(PDU_FIRST, 2, "twice");
        response(PDU_FIRST, 2, "the first");
        break;
    case 3:
        raw_request(&server, PDU_WHOLE, 0, 0, "a request", 9);
        break;
    case 4:
        pdu_bind_nak_encode(&server.channel.out, 2, 0);
        break;
    case 5:
        response(PDU_WHOLE, 2, "");
        server.channel.out.data[0] = 4;
        break;
    default:
        response(PDU_WHOLE, 2, "");
        store_u16(server.channel.out.data + 8, 20); /* no room for what a response has */
        break;
    }
    raw_send(&server);
    assert_dead(ERR_PROTOCOL, RPC_WIRE_BAD_PDU);
}
END_TEST

START_TEST(a_big_endian_answer_is_unsupported)
{
    bound();
    response(PDU_WHOLE, 2, "abcd");
    server.channel.out.data[4] = 0;
    raw_send(&server);
    assert_dead(ERR_UNSUPPORTED, RPC_WIRE_BAD_PDU);
}
END_TEST

START_TEST(a_fault_status_that_may_not_be_sent_is_a_protocol_error)
{
    bound();
    pdu_fault_encode(&server.channel.out, 0, 2, 0, _i == 0 ? 0 : 0xC0000005);
    raw_send(&server);
    ck_assert_int_eq(call(), ERR_PROTOCOL);
    ck_assert_int_eq(why.shape, RPC_WIRE_FAULT);
}
END_TEST

START_TEST(a_fault_after_fragments_of_a_response_takes_their_place)
{
    bound();
    response(PDU_FIRST, 2, "half a reply");
    pdu_fault_encode(&server.channel.out, 0, 2, 0, 0x80010105);
    raw_send(&server);
    ck_assert_int_eq(call(), ERR_FAULT);
    ck_assert_uint_eq(why.status, 0x80010105);
    ck_assert_uint_eq(reply.size, 0);
}
END_TEST

START_TEST(a_shutdown_and_a_closed_stream_are_told_as_closed)
{
    bound();
    if (_i == 0) {
        pdu_bare_encode(&server.channel.out, PDU_SHUTDOWN, 0);
        raw_send(&server);
    } else if (_i == 1) {
        response(PDU_FIRST, 2, "half a reply");
        raw_send(&server);
        socket_shutdown(server.channel.socket);
    } else {
        socket_shutdown(server.channel.socket);
    }
    assert_dead(ERR_CLOSED, RPC_WIRE_CLOSED);
}
END_TEST

START_TEST(a_fault_sent_before_the_connection_was_cut_is_still_read)
{
    bound();
    pdu_fault_encode(&server.channel.out, 0, 2, 0, 5);
    raw_send(&server);
    socket_shutdown(server.channel.socket);
    fill_pattern(&request, 500000);
    ck_assert_int_eq(call(), ERR_FAULT);
    ck_assert_uint_eq(why.status, 5);
    ck_assert(!rpc_connection_usable(client));
}
END_TEST

START_TEST(a_connection_the_server_closed_while_idle_is_not_usable)
{
    bound();
    ck_assert(rpc_connection_usable(client));
    socket_shutdown(server.channel.socket);
    ck_assert(!rpc_connection_usable(client));
}
END_TEST

START_TEST(a_connection_with_unasked_bytes_is_not_used_for_a_call)
{
    bound();
    response(PDU_FIRST, 2, "before");
    response(PDU_LAST, 2, "after");
    response(PDU_WHOLE, 3, "surplus");
    raw_send(&server);
    ck_assert_int_eq(call(), ERR_OK);
    ck_assert(!rpc_connection_usable(client));
}
END_TEST

START_TEST(an_unbound_connection_makes_no_call_and_binds_once)
{
    ck_assert_int_eq(call(), ERR_CLOSED);
    bound();
    ck_assert_int_eq(bind_client(), ERR_LIMIT);
    ck_assert_int_eq(rpc_connection_level(client), AUTH_LEVEL_NONE);
    ck_assert_int_eq(rpc_connection_mechanism(client), AUTH_NONE);
}
END_TEST

START_TEST(a_server_that_passes_over_authentication_is_left)
{
    struct rpc_security security = { .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_PACKET, .identity = &opcuser };
    struct pdu_result accepted = { .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr };

    answer_bind(PDU_BIND_ACK, 5840, 1, &accepted); /* an ack without a token */
    ck_assert_int_eq(rpc_connection_bind(client, &echo_syntax, 1, &security, TEST_DEADLINE, &why), ERR_UNSUPPORTED);
    ck_assert(!rpc_connection_usable(client));
}
END_TEST

START_TEST(what_is_not_tcp_or_local_cannot_be_opened)
{
    struct rpc_endpoint memory = { .protseq = RPC_MEMORY };
    struct rpc_connection *c;

    ck_assert_int_eq(rpc_connection_open(&memory, TEST_DEADLINE, &c, &why), ERR_UNSUPPORTED);
    ck_assert_int_eq(why.shape, RPC_WIRE_CONNECT);
    ck_assert_ptr_null(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rpc client");
    TCase *binding = tcase_create("binding");
    TCase *calls = tcase_create("calls");
    TCase *ends = tcase_create("ends");

    tcase_add_checked_fixture(binding, setup, teardown);
    tcase_add_test(binding, a_bind_asks_for_features_and_joins_a_group_as_windows_does);
    tcase_add_test(binding, a_server_that_knows_no_features_is_good_enough);
    tcase_add_test(binding, a_bind_nak_is_told_with_its_reason);
    tcase_add_test(binding, a_fault_in_answer_to_a_bind_ends_the_connection);
    tcase_add_loop_test(binding, an_ack_that_does_not_fit_the_bind_is_a_protocol_error, 0, 4);
    tcase_add_test(binding, a_transfer_syntax_that_was_not_offered_is_not_accepted);
    tcase_add_loop_test(binding, no_fragment_is_larger_than_the_server_takes, 0, 5);
    tcase_add_test(binding, an_unbound_connection_makes_no_call_and_binds_once);
    tcase_add_test(binding, a_server_that_passes_over_authentication_is_left);
    tcase_add_test(binding, what_is_not_tcp_or_local_cannot_be_opened);
    tcase_add_checked_fixture(calls, setup, teardown);
    tcase_add_test(calls, a_response_in_fragments_is_put_together);
    tcase_add_loop_test(calls, answers_that_belong_to_no_call_of_ours_end_the_connection, 0, 7);
    tcase_add_test(calls, a_response_at_connect_may_have_a_sec_trailer);
    tcase_add_loop_test(calls, faults_after_which_servers_hang_up_end_the_connection, 0, 3);
    tcase_add_test(calls, call_ids_end_before_they_wrap);
    tcase_add_test(calls, a_big_endian_answer_is_unsupported);
    tcase_add_loop_test(calls, a_fault_status_that_may_not_be_sent_is_a_protocol_error, 0, 2);
    tcase_add_test(calls, a_fault_after_fragments_of_a_response_takes_their_place);
    tcase_add_checked_fixture(ends, setup, teardown);
    tcase_add_loop_test(ends, a_shutdown_and_a_closed_stream_are_told_as_closed, 0, 3);
    tcase_add_test(ends, a_fault_sent_before_the_connection_was_cut_is_still_read);
    tcase_add_test(ends, a_connection_the_server_closed_while_idle_is_not_usable);
    tcase_add_test(ends, a_connection_with_unasked_bytes_is_not_used_for_a_call);
    suite_add_tcase(suite, binding);
    suite_add_tcase(suite, calls);
    suite_add_tcase(suite, ends);
    return auth_suite_run(suite);
}
