/* What the server answers to single PDUs, lawful and lawless. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/auth/auth_suite.h"
#include "tests/rpc/raw.h"

static const struct rpc_syntax ndr64 = {
    { { 0x33, 0x05, 0x71, 0x71, 0xba, 0xbe, 0x37, 0x49, 0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36 } }, 1, 0
};
static struct echo_server server;
static struct raw peer;

static void setup(void)
{
    echo_server_init(&server);
    server.options.handshake_timeout_ns = 5 * NS_PER_S;
    server.options.message_timeout_ns = 5 * NS_PER_S;
    echo_server_start(&server);
    raw_init(&peer, echo_server_socket(&server));
}

static void teardown(void)
{
    raw_cleanup(&peer);
    echo_server_stop(&server);
}

static int dispatched(void)
{
    return atomic_load(&server.dispatched);
}

START_TEST(results_come_in_the_order_of_the_offers)
{
    struct pdu_bind_ack ack;
    struct pdu_result result;
    size_t start = raw_bind_begin(&peer, PDU_BIND, 24, 5840, 0);

    for (unsigned i = 0; i < 21; i++)
        raw_offer(&peer, (uint16_t)(100 + i), i % 3 == 1 ? &unknown_syntax : &echo_syntax,
                  i % 3 == 2 ? &ndr64 : &rpc_syntax_ndr);
    raw_offer(&peer, 121, &echo_syntax, &raw_all_features);
    raw_offer(&peer, 122, &echo_syntax, &rpc_syntax_ndr);
    raw_offer(&peer, 123, &unknown_syntax, &ndr64);
    ack = raw_exchange_bind(&peer, start, PDU_BIND_ACK);
    ck_assert_uint_eq(ack.count, 24);
    for (unsigned i = 0; i < 24; i++) {
        ck_assert(pdu_result_next(&ack, &result));
        if (i == 21) {
            ck_assert_uint_eq(result.result, PDU_NEGOTIATE_ACK);
            ck_assert_uint_eq(result.reason, 3); /* what we know of what was asked */
        } else if (i == 23 || (i < 21 && i % 3 == 1)) {
            ck_assert_uint_eq(result.result, PDU_PROVIDER_REJECTED);
            ck_assert_uint_eq(result.reason, PDU_REASON_ABSTRACT_SYNTAX);
        } else if (i < 21 && i % 3 == 2) {
            ck_assert_uint_eq(result.result, PDU_PROVIDER_REJECTED);
            ck_assert_uint_eq(result.reason, PDU_REASON_TRANSFER_SYNTAXES);
        } else {
            ck_assert_uint_eq(result.result, PDU_ACCEPTED);
            ck_assert(rpc_syntax_equal(&result.transfer, &rpc_syntax_ndr));
        }
    }
    raw_request(&peer, PDU_WHOLE, 122, ECHO_BACK, "abcd", 4);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive(&peer).header.type, PDU_RESPONSE);
}
END_TEST

START_TEST(a_bind_with_too_many_contexts_is_refused)
{
    uint16_t reason;
    struct pdu pdu;
    size_t start = raw_bind_begin(&peer, PDU_BIND, RPC_CONTEXTS_MAXIMUM + 1, 5840, 0);

    for (uint16_t i = 0; i <= RPC_CONTEXTS_MAXIMUM; i++)
        raw_offer(&peer, i, &echo_syntax, &rpc_syntax_ndr);
    pdu_end(&peer.channel.out, start, 0);
    raw_send(&peer);
    pdu = raw_receive_end(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_BIND_NAK);
    ck_assert_int_eq(pdu_bind_nak_decode(&pdu, &reason), ERR_OK);
    ck_assert_uint_eq(reason, PDU_NAK_LOCAL_LIMIT);
}
END_TEST

START_TEST(contexts_beyond_the_limit_are_rejected_one_by_one_in_alter_context)
{
    struct pdu_bind_ack ack;
    struct pdu_result result;
    size_t start;

    raw_bind(&peer);
    start = raw_bind_begin(&peer, PDU_ALTER_CONTEXT, RPC_CONTEXTS_MAXIMUM + 1, 5840, 0);
    for (uint16_t i = 0; i <= RPC_CONTEXTS_MAXIMUM; i++)
        raw_offer(&peer, i, &echo_syntax, &rpc_syntax_ndr);
    ack = raw_exchange_bind(&peer, start, PDU_ALTER_CONTEXT_RESP);
    for (unsigned i = 0; i <= RPC_CONTEXTS_MAXIMUM; i++) {
        ck_assert(pdu_result_next(&ack, &result));
        ck_assert_uint_eq(result.result, i < RPC_CONTEXTS_MAXIMUM ? PDU_ACCEPTED : PDU_PROVIDER_REJECTED);
    }
    ck_assert_uint_eq(result.reason, PDU_REASON_LOCAL_LIMIT);
}
END_TEST

START_TEST(a_bind_of_255_offers_is_answered_in_full)
{
    struct pdu_bind_ack ack;
    struct pdu_result result;
    size_t start = raw_bind_begin(&peer, PDU_BIND, 255, 5840, 0);

    for (uint16_t i = 0; i < 255; i++)
        raw_offer(&peer, i, i < 254 ? &unknown_syntax : &echo_syntax, &rpc_syntax_ndr);
    ck_assert_uint_gt(peer.channel.out.size, 8192); /* larger than any fragment */
    ack = raw_exchange_bind(&peer, start, PDU_BIND_ACK);
    ck_assert_uint_eq(ack.count, 255);
    for (unsigned i = 0; i < 255; i++)
        ck_assert(pdu_result_next(&ack, &result));
    ck_assert_uint_eq(result.result, PDU_ACCEPTED);
}
END_TEST

START_TEST(a_context_id_keeps_its_meaning)
{
    size_t start;

    raw_bind(&peer);
    start = raw_bind_begin(&peer, PDU_ALTER_CONTEXT, 1, 5840, 0);
    raw_offer(&peer, 0, &exempt_syntax, &rpc_syntax_ndr);
    pdu_end(&peer.channel.out, start, 0);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_PROTOCOL_ERROR);
    raw_receive_end(&peer);
}
END_TEST

START_TEST(association_groups_are_joined_by_number)
{
    struct pdu_bind_ack first, second;
    struct raw other;
    size_t start = raw_bind_begin(&peer, PDU_BIND, 1, 5840, 0);

    raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    first = raw_exchange_bind(&peer, start, PDU_BIND_ACK);
    ck_assert_uint_ne(first.group, 0);

    for (int i = 0; i < 2; i++) {
        uint32_t asked = i == 0 ? first.group : first.group + 1000;
        struct pdu pdu;

        raw_init(&other, echo_server_socket(&server));
        start = raw_bind_begin(&other, PDU_BIND, 1, 5840, asked);
        pdu_offer_encode(&other.channel.out, 0, &echo_syntax);
        pdu_end(&other.channel.out, start, 0);
        raw_send(&other);
        pdu = raw_receive(&other);
        ck_assert_uint_eq(pdu.header.type, i == 0 ? PDU_BIND_ACK : PDU_BIND_NAK); /* nobody founded the other group */
        if (i == 0) {
            ck_assert_int_eq(pdu_bind_ack_decode(&pdu, &second), ERR_OK);
            ck_assert_uint_eq(second.group, first.group);
        }
        raw_cleanup(&other);
    }
}
END_TEST

START_TEST(a_group_ends_with_its_last_connection)
{
    struct pdu_bind_ack ack;
    size_t start = raw_bind_begin(&peer, PDU_BIND, 1, 5840, 0);
    uint16_t reason;
    struct pdu pdu;

    raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    ack = raw_exchange_bind(&peer, start, PDU_BIND_ACK);
    raw_cleanup(&peer);
    while (rpc_server_connections(server.rpc) > 0)
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    raw_init(&peer, echo_server_socket(&server));
    start = raw_bind_begin(&peer, PDU_BIND, 1, 5840, ack.group);
    raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    pdu_end(&peer.channel.out, start, 0);
    raw_send(&peer);
    pdu = raw_receive_end(&peer);
    ck_assert_int_eq(pdu_bind_nak_decode(&pdu, &reason), ERR_OK);
    ck_assert_uint_eq(reason, PDU_NAK_NOT_SPECIFIED);
}
END_TEST

START_TEST(features_are_asked_for_once_and_first)
{
    const struct rpc_syntax behind[2] = { unknown_syntax, raw_all_features };
    size_t start = raw_bind_begin(&peer, PDU_BIND, 1, 5840, 0);
    struct writer *w = &peer.channel.out;
    struct pdu_bind_ack ack;
    struct pdu_result result;

    raw_offer(&peer, 1, &unknown_syntax,
              &behind[0]); /* behind another transfer syntax they are one more that is unknown */
    w->data[start + 30] = 2;
    writer_bytes(w, behind[1].uuid.bytes, 16);
    writer_u32(w, 1);
    ack = raw_exchange_bind(&peer, start, PDU_BIND_ACK);
    ck_assert(pdu_result_next(&ack, &result));
    ck_assert_uint_eq(result.result, PDU_PROVIDER_REJECTED);
    start = raw_bind_begin(&peer, PDU_ALTER_CONTEXT, 2, 5840, 0);
    raw_offer(&peer, 2, &echo_syntax, &raw_all_features);
    raw_offer(&peer, 3, &echo_syntax, &raw_all_features);
    pdu_end(w, start, 0);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_PROTOCOL_ERROR);
    raw_receive_end(&peer);
}
END_TEST

START_TEST(nothing_but_a_bind_may_come_first)
{
    static const uint8_t types[] = { PDU_REQUEST, PDU_ALTER_CONTEXT, PDU_AUTH3,    PDU_RESPONSE,
                                     PDU_FAULT,   PDU_BIND_ACK,      PDU_BIND_NAK, 99 };
    struct pdu last;

    pdu_bare_encode(&peer.channel.out, types[_i], 1);
    raw_send(&peer);
    last = raw_receive_end(&peer);
    ck_assert_uint_eq(last.header.type, _i < 2 ? PDU_FAULT : 0xFF);
    ck_assert_int_eq(dispatched(), 0);
}
END_TEST

START_TEST(a_second_bind_is_refused)
{
    raw_bind(&peer);
    pdu_end(&peer.channel.out, raw_bind_begin(&peer, PDU_BIND, 1, 5840, 0), 0);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_end(&peer).header.type, PDU_BIND_NAK);
}
END_TEST

START_TEST(a_bind_that_cannot_be_read_is_refused_with_reason_4)
{
    struct writer *w = &peer.channel.out;
    size_t start = raw_bind_begin(&peer, PDU_BIND, 2, 5840, 0);
    struct pdu pdu;
    uint16_t reason;

    pdu_offer_encode(w, 0, &echo_syntax); /* one of the two it announces */
    pdu_end(w, start, 0);
    if (_i == 1)
        w->data[4] = 0x00; /* big-endian */
    if (_i == 2)
        w->data[0] = 4; /* version */
    raw_send(&peer);
    pdu = raw_receive_end(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_BIND_NAK);
    ck_assert_int_eq(pdu_bind_nak_decode(&pdu, &reason), ERR_OK);
    ck_assert_uint_eq(reason, PDU_NAK_PROTOCOL_ERROR);
}
END_TEST

START_TEST(a_bind_that_offers_nothing_is_refused_without_a_reason)
{
    size_t start = raw_bind_begin(&peer, PDU_BIND, (unsigned)_i, 5840, 0);
    uint16_t reason;
    struct pdu pdu;

    if (_i == 1) { /* a context without a transfer syntax */
        raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
        peer.channel.out.data[start + 30] = 0;
    }
    pdu_end(&peer.channel.out, start, 0);
    raw_send(&peer);
    pdu = raw_receive_end(&peer);
    ck_assert_int_eq(pdu_bind_nak_decode(&pdu, &reason), ERR_OK);
    ck_assert_uint_eq(reason, PDU_NAK_NOT_SPECIFIED);
}
END_TEST

START_TEST(levels_that_do_not_exist_are_refused)
{
    static const uint8_t levels[] = { 0, 1, 7, 255, AUTH_LEVEL_CALL }; /* call is for datagrams alone */
    struct pdu_trailer trailer = { .mechanism = AUTH_NTLM, .level = levels[_i], .context_id = 1 };
    struct writer *w = &peer.channel.out;
    size_t start = raw_bind_begin(&peer, PDU_BIND, 1, 5840, 0);
    struct pdu pdu;
    uint16_t reason;

    raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    pdu_trailer_encode(w, &trailer);
    writer_bytes(w, "NTLMSSP\0\1\0\0\0\x35\x82\x08\xe0", 16);
    pdu_end(w, start, 16);
    raw_send(&peer);
    pdu = raw_receive_end(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_BIND_NAK);
    ck_assert_int_eq(pdu_bind_nak_decode(&pdu, &reason), ERR_OK);
    ck_assert_uint_eq(reason, _i < 4 ? PDU_NAK_NOT_SPECIFIED : PDU_NAK_AUTHENTICATION);
}
END_TEST

START_TEST(a_token_that_is_none_is_refused_with_reason_9)
{
    struct pdu_trailer trailer = { .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_CONNECT, .context_id = 1 };
    struct writer *w = &peer.channel.out;
    size_t start = raw_bind_begin(&peer, PDU_BIND, 1, 5840, 0);
    struct pdu pdu;
    uint16_t reason;

    raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    pdu_trailer_encode(w, &trailer);
    writer_bytes(w, "garbage", 7);
    pdu_end(w, start, 7);
    raw_send(&peer);
    pdu = raw_receive_end(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_BIND_NAK);
    ck_assert_int_eq(pdu_bind_nak_decode(&pdu, &reason), ERR_OK);
    ck_assert_uint_eq(reason, PDU_NAK_AUTHENTICATION);
}
END_TEST

/* One request through the library's own protection. */
static void protected_request(struct security *s, const char *text)
{
    struct message m = { .type = PDU_REQUEST,
                         .call_id = ++peer.call_id,
                         .opnum = ECHO_CALLER,
                         .stub = (const uint8_t *)text,
                         .stub_size = strlen(text) };

    ck_assert_int_eq(message_send(&peer.channel, s, &m, 5840, TEST_DEADLINE), ERR_OK);
}

static void assert_caller(struct security *s, const char *expected)
{
    struct pdu pdu = raw_receive(&peer);
    struct pdu_call call;
    const uint8_t *stub;
    size_t size;

    ck_assert_uint_eq(pdu.header.type, PDU_RESPONSE);
    ck_assert_int_eq(pdu_call_decode(&pdu, &call), ERR_OK);
    ck_assert_int_eq(security_unprotect(s, &pdu, call.stub_at), ERR_OK);
    ck_assert(pdu_stub(&pdu, &call, &stub, &size));
    ck_assert_uint_eq(size, strlen(expected));
    ck_assert_mem_eq(stub, expected, size);
}

START_TEST(several_security_contexts_live_on_one_connection)
{
    struct security integrity, privacy, call;

    raw_bind_ntlm(&peer, PDU_BIND, 7, AUTH_LEVEL_PACKET_INTEGRITY, &integrity);
    raw_bind_ntlm(&peer, PDU_ALTER_CONTEXT, 8, AUTH_LEVEL_PACKET_PRIVACY, &privacy);
    raw_bind_ntlm(&peer, PDU_ALTER_CONTEXT, 9, AUTH_LEVEL_PACKET, &call);
    for (int i = 0; i < 3; i++) {
        protected_request(&integrity, "one");
        assert_caller(&integrity, "opcuser packet-integrity ntlm 3");
        protected_request(&privacy, "two");
        assert_caller(&privacy, "opcuser packet-privacy ntlm 3");
        protected_request(&call, "three");
        assert_caller(&call, "opcuser packet ntlm 3");
    }
    security_cleanup(&integrity);
    security_cleanup(&privacy);
    security_cleanup(&call);
}
END_TEST

START_TEST(one_context_may_not_sign_for_another)
{
    struct security integrity, privacy;

    raw_bind_ntlm(&peer, PDU_BIND, 7, AUTH_LEVEL_PACKET_INTEGRITY, &integrity);
    raw_bind_ntlm(&peer, PDU_ALTER_CONTEXT, 8, AUTH_LEVEL_PACKET_PRIVACY, &privacy);
    if (_i == 0)
        integrity.id = 8;
    else if (_i == 1)
        integrity.id = 9; /* nobody's */
    else
        integrity.level = AUTH_LEVEL_PACKET;
    protected_request(&integrity, "one");
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_ACCESS_DENIED);
    raw_receive_end(&peer);
    ck_assert_int_eq(dispatched(), 0);
    security_cleanup(&integrity);
    security_cleanup(&privacy);
}
END_TEST

START_TEST(a_protected_connection_takes_no_request_without_signature)
{
    struct security s, connect;

    raw_bind_ntlm(&peer, PDU_BIND, 7, (enum auth_level)_i, &s);
    /* Not even when a second context of level connect would allow it. */
    raw_bind_ntlm(&peer, PDU_ALTER_CONTEXT, 8, AUTH_LEVEL_CONNECT, &connect);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "abcd", 4);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_ACCESS_DENIED);
    raw_receive_end(&peer);
    ck_assert_int_eq(dispatched(), 0);
    security_cleanup(&s);
    security_cleanup(&connect);
}
END_TEST

START_TEST(a_sec_trailer_at_connect_is_tolerated)
{
    struct pdu_trailer trailer = {
        .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_CONNECT, .context_id = 7, .pad_size = 4
    };
    struct pdu_call call = { .opnum = ECHO_BACK };
    struct writer *w = &peer.channel.out;
    struct security s;
    struct pdu pdu;
    size_t start;

    raw_bind_ntlm(&peer, PDU_BIND, 7, AUTH_LEVEL_CONNECT, &s);
    start = pdu_request_begin(w, PDU_WHOLE, ++peer.call_id, &call);
    writer_bytes(w, "abcdefghijklPADS", 16);
    pdu_trailer_encode(w, &trailer);
    writer_bytes(w, "\1\0\0\0 whatever \0\0", 16);
    pdu_end(w, start, 16);
    raw_send(&peer);
    pdu = raw_receive(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_RESPONSE);
    ck_assert_uint_eq(pdu.header.auth_size, 0);
    ck_assert_uint_eq(pdu.header.size, PDU_CALL_HEADER + 12);
    ck_assert_mem_eq(pdu.data + PDU_CALL_HEADER, "abcdefghijkl", 12);
    security_cleanup(&s);
}
END_TEST

/* go-msrpc does this at connect: padding and a sec_trailer that no auth_length announces. */
START_TEST(a_sec_trailer_that_is_not_announced_is_surplus)
{
    struct pdu_trailer trailer = {
        .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_CONNECT, .context_id = 7, .pad_size = 12
    };
    struct pdu_call call = { .opnum = ECHO_BACK };
    struct writer *w = &peer.channel.out;
    struct security s;
    struct pdu pdu;
    size_t start;

    raw_bind_ntlm(&peer, PDU_BIND, 7, AUTH_LEVEL_CONNECT, &s);
    start = pdu_request_begin(w, PDU_WHOLE, ++peer.call_id, &call);
    writer_bytes(w, "stub", 4);
    writer_zeros(w, 12);
    pdu_trailer_encode(w, &trailer);
    pdu_end(w, start, 0);
    raw_send(&peer);
    pdu = raw_receive(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_RESPONSE);
    ck_assert_uint_eq(pdu.header.size, PDU_CALL_HEADER + 4 + 12 + PDU_TRAILER);
    ck_assert_mem_eq(pdu.data + PDU_CALL_HEADER, "stub", 4);
    security_cleanup(&s);
}
END_TEST

START_TEST(header_signing_is_confirmed_to_whoever_asks)
{
    struct pdu_bind bind = { .max_send = 5840, .max_receive = 5840, .count = 1 };
    struct pdu pdu;

    for (int i = 0; i < 2; i++) {
        uint8_t type = i == 0 ? PDU_BIND : PDU_ALTER_CONTEXT;
        uint8_t flags = PDU_WHOLE | (_i == i ? PDU_HEADER_SIGN : 0);
        size_t start = pdu_bind_begin(&peer.channel.out, type, flags, ++peer.call_id, &bind);

        raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
        pdu_end(&peer.channel.out, start, 0);
        raw_send(&peer);
        pdu = raw_receive(&peer);
        ck_assert_uint_eq(pdu.header.flags, flags);
    }
}
END_TEST

START_TEST(a_known_context_is_offered_again_as_it_was)
{
    static const struct rpc_syntax *const transfers[] = { &rpc_syntax_ndr, &echo_syntax, &ndr64 };
    struct pdu_result result;
    size_t start;

    raw_bind(&peer);
    start = raw_bind_begin(&peer, PDU_ALTER_CONTEXT, 1, 5840, 0);
    raw_offer(&peer, 0, &echo_syntax, transfers[_i]);
    if (_i == 2) { /* another transfer syntax of Windows is a change, one nobody knows is passed over */
        pdu_end(&peer.channel.out, start, 0);
        raw_send(&peer);
        ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_PROTOCOL_ERROR);
        return;
    }
    struct pdu_bind_ack ack = raw_exchange_bind(&peer, start, PDU_ALTER_CONTEXT_RESP);
    ck_assert(pdu_result_next(&ack, &result));
    ck_assert_uint_eq(result.result, _i == 0 ? PDU_ACCEPTED : PDU_PROVIDER_REJECTED);
}
END_TEST

START_TEST(a_sec_trailer_without_a_handshake_is_refused)
{
    struct pdu_trailer trailer = { .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_CONNECT, .context_id = 7 };
    struct pdu_call call = { .opnum = ECHO_BACK };
    struct writer *w = &peer.channel.out;
    size_t start;

    raw_bind(&peer);
    start = pdu_request_begin(w, PDU_WHOLE, ++peer.call_id, &call);
    pdu_trailer_encode(w, &trailer);
    writer_zeros(w, 16);
    pdu_end(w, start, 16);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_ACCESS_DENIED);
    raw_receive_end(&peer);
    ck_assert_int_eq(dispatched(), 0);
}
END_TEST

START_TEST(a_request_in_the_middle_of_a_handshake_is_refused)
{
    struct auth_initiator_options options = { .level = AUTH_LEVEL_CONNECT, .identity = &opcuser };
    struct security s = { .id = 1, .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_CONNECT };
    struct writer token;
    size_t start;
    bool done;

    ck_assert_int_eq(auth_find(AUTH_NTLM)->initiate(&options, &s.auth), ERR_OK);
    writer_init(&token, 65536);
    ck_assert_int_eq(s.auth->ops->step(s.auth, NULL, 0, &token, &done), ERR_OK);
    start = raw_bind_begin(&peer, PDU_BIND, 1, 5840, 0);
    raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    security_end_leg(&s, &peer.channel.out, start, &token);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "abcd", 4);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive(&peer).header.type, PDU_BIND_ACK);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_PROTOCOL_ERROR);
    raw_receive_end(&peer);
    ck_assert_int_eq(dispatched(), 0);
    writer_cleanup(&token);
    security_cleanup(&s);
}
END_TEST

START_TEST(spnego_cannot_end_with_auth3)
{
    struct auth_initiator_options options = { .level = AUTH_LEVEL_PACKET, .identity = &opcuser };
    struct security s = { .id = 1, .mechanism = AUTH_SPNEGO, .level = AUTH_LEVEL_PACKET };
    struct writer token;
    struct pdu answer;
    size_t start;
    bool done;

    ck_assert_int_eq(auth_find(AUTH_SPNEGO)->initiate(&options, &s.auth), ERR_OK);
    writer_init(&token, 65536);
    ck_assert_int_eq(s.auth->ops->step(s.auth, NULL, 0, &token, &done), ERR_OK);
    start = raw_bind_begin(&peer, PDU_BIND, 1, 5840, 0);
    raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    security_end_leg(&s, &peer.channel.out, start, &token);
    raw_send(&peer);
    answer = raw_receive(&peer);
    writer_reset(&token);
    ck_assert_int_eq(s.auth->ops->step(s.auth, answer.trailer.token, answer.trailer.token_size, &token, &done), ERR_OK);
    start = pdu_auth3_begin(&peer.channel.out, PDU_WHOLE, peer.call_id);
    security_end_leg(&s, &peer.channel.out, start, &token);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "abcd", 4);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_ACCESS_DENIED);
    ck_assert_int_eq(dispatched(), 0);
    writer_cleanup(&token);
    security_cleanup(&s);
}
END_TEST

START_TEST(a_security_context_is_not_built_twice)
{
    struct pdu_trailer trailer = { .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_PACKET, .context_id = 7 };
    struct writer *w = &peer.channel.out;
    struct security s;
    size_t start;

    raw_bind_ntlm(&peer, PDU_BIND, 7, AUTH_LEVEL_PACKET, &s);
    start = raw_bind_begin(&peer, PDU_ALTER_CONTEXT, 1, 5840, 0);
    raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    pdu_trailer_encode(w, &trailer);
    writer_zeros(w, 40);
    pdu_end(w, start, 40);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_ACCESS_DENIED);
    raw_receive_end(&peer);
    security_cleanup(&s);
}
END_TEST

START_TEST(padding_longer_than_the_stub_is_a_protocol_error)
{
    struct pdu_trailer trailer = {
        .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_CONNECT, .context_id = 7, .pad_size = 17
    };
    struct pdu_call call = { .opnum = ECHO_BACK };
    struct writer *w = &peer.channel.out;
    struct security s;
    size_t start;

    raw_bind_ntlm(&peer, PDU_BIND, 7, AUTH_LEVEL_CONNECT, &s);
    start = pdu_request_begin(w, PDU_WHOLE, ++peer.call_id, &call);
    writer_zeros(w, 16);
    pdu_trailer_encode(w, &trailer);
    writer_zeros(w, 16);
    pdu_end(w, start, 16);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_PROTOCOL_ERROR);
    raw_receive_end(&peer);
    ck_assert_int_eq(dispatched(), 0);
    security_cleanup(&s);
}
END_TEST

START_TEST(a_foreign_request_is_a_fault_and_the_end)
{
    raw_bind(&peer);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "abcd", 4);
    peer.channel.out.data[4] = 0; /* big-endian */
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_PROTOCOL_ERROR);
    raw_receive_end(&peer);
    ck_assert_int_eq(dispatched(), 0);
}
END_TEST

START_TEST(an_auth3_nobody_waits_for_ends_the_connection)
{
    struct security s;
    size_t start;

    raw_bind_ntlm(&peer, PDU_BIND, 7, AUTH_LEVEL_PACKET, &s);
    start = pdu_auth3_begin(&peer.channel.out, PDU_WHOLE, peer.call_id);
    security_end_leg(&s, &peer.channel.out, start, &(struct writer){ .data = (uint8_t *)"again", .size = 5 });
    raw_send(&peer);
    raw_receive_end(&peer);
    security_cleanup(&s);
}
END_TEST

START_TEST(an_unknown_mechanism_in_alter_context_is_a_fault)
{
    struct pdu_trailer trailer = { .mechanism = 68, .level = AUTH_LEVEL_PACKET, .context_id = 3 };
    struct writer *w = &peer.channel.out;
    size_t start;

    raw_bind(&peer);
    start = raw_bind_begin(&peer, PDU_ALTER_CONTEXT, 1, 5840, 0);
    raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    pdu_trailer_encode(w, &trailer);
    writer_zeros(w, 8);
    pdu_end(w, start, 8);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), 0x6D3); /* RPC_S_UNKNOWN_AUTHN_SERVICE */
    raw_receive_end(&peer);
}
END_TEST

START_TEST(streams_of_garbage_are_never_dispatched_and_end)
{
    uint32_t state = 0x9E3779B9u * (uint32_t)(_i + 1);
    uint8_t noise[4096];
    socket_t s = echo_server_socket(&server);
    struct socket_slice slice = { noise, sizeof noise };

    for (size_t i = 0; i < sizeof noise; i++) {
        state = state * 1664525u + 1013904223u;
        noise[i] = (uint8_t)(state >> 24);
    }
    if (_i % 2) { /* with a header that looks right */
        memcpy(noise, "\5\0\x0b\3\x10\0\0\0", 8);
        store_u16(noise + 8, (uint16_t)sizeof noise);
        store_u16(noise + 10, (uint16_t)(_i % 4 == 1 ? 0 : noise[10]));
    }
    /* The server may hang up before it has read everything. */
    enum err e = socket_write_all(s, &slice, 1, TEST_DEADLINE);
    ck_assert(e == ERR_OK || e == ERR_CLOSED);
    while (socket_read(s, noise, sizeof noise, TEST_DEADLINE, &(size_t){ 0 }) == ERR_OK)
        continue;
    socket_close(s);
    ck_assert_int_eq(dispatched(), 0);
    raw_bind(&peer); /* others are served all the while */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rpc server");
    TCase *negotiation = tcase_create("negotiation");
    TCase *security = tcase_create("security");
    TCase *garbage = tcase_create("garbage");

    tcase_add_checked_fixture(negotiation, setup, teardown);
    tcase_add_test(negotiation, results_come_in_the_order_of_the_offers);
    tcase_add_test(negotiation, a_bind_with_too_many_contexts_is_refused);
    tcase_add_test(negotiation, contexts_beyond_the_limit_are_rejected_one_by_one_in_alter_context);
    tcase_add_test(negotiation, a_bind_of_255_offers_is_answered_in_full);
    tcase_add_test(negotiation, a_context_id_keeps_its_meaning);
    tcase_add_test(negotiation, association_groups_are_joined_by_number);
    tcase_add_test(negotiation, a_group_ends_with_its_last_connection);
    tcase_add_test(negotiation, a_second_bind_is_refused);
    tcase_add_loop_test(negotiation, a_bind_that_offers_nothing_is_refused_without_a_reason, 0, 2);
    tcase_add_loop_test(negotiation, a_bind_that_cannot_be_read_is_refused_with_reason_4, 0, 3);
    tcase_add_test(negotiation, features_are_asked_for_once_and_first);
    tcase_add_checked_fixture(security, setup, teardown);
    tcase_add_loop_test(security, levels_that_do_not_exist_are_refused, 0, 5);
    tcase_add_test(security, a_token_that_is_none_is_refused_with_reason_9);
    tcase_add_test(security, several_security_contexts_live_on_one_connection);
    tcase_add_loop_test(security, one_context_may_not_sign_for_another, 0, 3);
    tcase_add_loop_test(security, a_protected_connection_takes_no_request_without_signature, AUTH_LEVEL_PACKET,
                        AUTH_LEVEL_PACKET_PRIVACY + 1);
    tcase_add_test(security, a_sec_trailer_at_connect_is_tolerated);
    tcase_add_test(security, a_sec_trailer_that_is_not_announced_is_surplus);
    tcase_add_loop_test(negotiation, header_signing_is_confirmed_to_whoever_asks, 0, 2);
    tcase_add_loop_test(negotiation, a_known_context_is_offered_again_as_it_was, 0, 3);
    tcase_add_test(security, a_sec_trailer_without_a_handshake_is_refused);
    tcase_add_test(security, a_request_in_the_middle_of_a_handshake_is_refused);
    tcase_add_test(security, spnego_cannot_end_with_auth3);
    tcase_add_test(security, a_security_context_is_not_built_twice);
    tcase_add_test(security, padding_longer_than_the_stub_is_a_protocol_error);
    tcase_add_test(security, an_auth3_nobody_waits_for_ends_the_connection);
    tcase_add_test(security, an_unknown_mechanism_in_alter_context_is_a_fault);
    tcase_add_checked_fixture(garbage, setup, teardown);
    tcase_add_test(garbage, a_foreign_request_is_a_fault_and_the_end);
    tcase_add_loop_test(garbage, nothing_but_a_bind_may_come_first, 0, 8);
    tcase_add_loop_test(garbage, streams_of_garbage_are_never_dispatched_and_end, 0, 16);
    tcase_set_timeout(garbage, 30);
    suite_add_tcase(suite, negotiation);
    suite_add_tcase(suite, security);
    suite_add_tcase(suite, garbage);
    return auth_suite_run(suite);
}
