/* Refusals, faults and the end of a handshake, worded as Windows and Samba word them. */
#include <check.h>
#include <string.h>

#include "tests/auth/auth_suite.h"
#include "tests/rpc/raw.h"

static struct echo_server server;
static struct raw peer;

static void setup(void)
{
    echo_server_init(&server);
    echo_server_start(&server);
    raw_init(&peer, echo_server_socket(&server));
}

static void teardown(void)
{
    raw_cleanup(&peer);
    echo_server_stop(&server);
}

START_TEST(a_level_that_does_not_exist_of_no_mechanism_has_reason_0)
{
    struct pdu_trailer trailer = { .mechanism = AUTH_NONE, .level = 7, .context_id = 1 };
    struct writer *w = &peer.channel.out;
    size_t start = raw_bind_begin(&peer, PDU_BIND, 1, 5840, 0);
    struct pdu pdu;
    uint16_t reason;

    pdu_offer_encode(&peer.channel.out, 0, &echo_syntax);
    pdu_trailer_encode(w, &trailer);
    writer_bytes(w, "none", 4);
    pdu_end(w, start, 4);
    raw_send(&peer);
    pdu = raw_receive_end(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_BIND_NAK);
    ck_assert_int_eq(pdu_bind_nak_decode(&pdu, &reason), ERR_OK);
    ck_assert_uint_eq(reason, PDU_NAK_NOT_SPECIFIED);
}
END_TEST

/* Samba's client ends its handshake so, and reads the sec_trailer of the answer. */
START_TEST(a_last_leg_in_alter_context_is_answered_with_an_empty_sec_trailer)
{
    struct auth_initiator_options options = { .level = AUTH_LEVEL_PACKET, .identity = &opcuser };
    struct security security = { .id = 5, .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_PACKET };
    const uint8_t expected[] = { AUTH_NTLM, AUTH_LEVEL_PACKET, 0, 0, 5, 0, 0, 0 };
    struct writer token;
    struct pdu answer;
    bool done;

    ck_assert_int_eq(auth_find(AUTH_NTLM)->initiate(&options, &security.auth), ERR_OK);
    writer_init(&token, 65536);
    ck_assert_int_eq(security.auth->ops->step(security.auth, NULL, 0, &token, &done), ERR_OK);
    for (int leg = 0; leg < 2; leg++) {
        size_t start = raw_bind_begin(&peer, leg == 0 ? PDU_BIND : PDU_ALTER_CONTEXT, 1, 5840, 0);
        pdu_offer_encode(&peer.channel.out, 0, &echo_syntax);
        security_end_leg(&security, &peer.channel.out, start, &token);
        raw_send(&peer);
        answer = raw_receive(&peer);
        writer_reset(&token);
        if (leg == 0)
            ck_assert_int_eq(
                security.auth->ops->step(security.auth, answer.trailer.token, answer.trailer.token_size, &token, &done),
                ERR_OK);
    }
    ck_assert_uint_eq(answer.header.type, PDU_ALTER_CONTEXT_RESP);
    ck_assert_uint_eq(answer.header.auth_size, 0);
    ck_assert_uint_eq(answer.header.size % 4, 0);
    ck_assert_mem_eq(answer.data + answer.header.size - sizeof expected, expected, sizeof expected);
    writer_cleanup(&token);
    security_cleanup(&security);
}
END_TEST

START_TEST(faults_before_execution_say_so)
{
    struct pdu_call fault;
    struct pdu pdu;

    raw_bind(&peer);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_OPS, "", 0); /* no such operation */
    raw_send(&peer);
    pdu = raw_receive(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_FAULT);
    ck_assert(pdu.header.flags & PDU_DID_NOT_EXECUTE);
    raw_request(&peer, PDU_WHOLE, 77, ECHO_BACK, "", 0); /* no such context */
    raw_send(&peer);
    pdu = raw_receive(&peer);
    ck_assert(pdu.header.flags & PDU_DID_NOT_EXECUTE);
    ck_assert_int_eq(pdu_call_decode(&pdu, &fault), ERR_OK);
    ck_assert_uint_eq(fault.status, RPC_STATUS_UNKNOWN_IF);
    ck_assert_uint_eq(fault.context_id, 0);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_FAULT, "\x05\0\0", 4); /* an operation that fails was executed */
    raw_send(&peer);
    pdu = raw_receive(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_FAULT);
    ck_assert(!(pdu.header.flags & PDU_DID_NOT_EXECUTE));
    raw_request(&peer, PDU_LAST, 0, ECHO_BACK, "", 0); /* the end of no request: the last word says no more than that */
    raw_send(&peer);
    pdu = raw_receive_end(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_FAULT);
    ck_assert_uint_eq(pdu.header.flags, PDU_WHOLE);
}
END_TEST

START_TEST(a_wrong_signature_is_fault_721_and_the_end)
{
    struct security s;
    struct pdu_call fault;
    struct pdu pdu;
    struct writer *w = &peer.channel.out;
    struct pdu_call call = { .opnum = ECHO_BACK, .context_id = 0 };
    size_t start, stub_at;

    raw_bind_ntlm(&peer, PDU_BIND, 7, AUTH_LEVEL_PACKET_INTEGRITY, &s);
    start = pdu_request_begin(w, _i == 0 ? PDU_WHOLE : PDU_FIRST, ++peer.call_id, &call);
    stub_at = w->size;
    writer_bytes(w, "abcd", 4);
    ck_assert_int_eq(security_protect(&s, w, start, stub_at), ERR_OK);
    if (_i == 0) {
        w->data[stub_at] ^= 1;
    } else { /* in a later fragment */
        start = pdu_request_begin(w, PDU_LAST, peer.call_id, &call);
        stub_at = w->size;
        writer_bytes(w, "efgh", 4);
        ck_assert_int_eq(security_protect(&s, w, start, stub_at), ERR_OK);
        w->data[stub_at] ^= 1;
    }
    raw_send(&peer);
    pdu = raw_receive_end(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_FAULT);
    ck_assert_uint_eq(pdu.header.flags, PDU_WHOLE);
    ck_assert_int_eq(pdu_call_decode(&pdu, &fault), ERR_OK);
    ck_assert_uint_eq(fault.status, RPC_STATUS_SEC_PKG_ERROR);
    ck_assert_int_eq(atomic_load(&server.dispatched), 0);
    security_cleanup(&s);
}
END_TEST

START_TEST(padding_of_a_handshake_may_not_reach_into_the_header)
{
    static const uint8_t types[] = { PDU_BIND, PDU_ALTER_CONTEXT, PDU_AUTH3 };
    struct pdu_trailer trailer = {
        .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_CONNECT, .context_id = 7, .pad_size = 200
    };
    struct writer *w = &peer.channel.out;
    struct pdu_call fault;
    struct pdu pdu;
    size_t start;

    if (_i > 0)
        raw_bind(&peer);
    if (types[_i] == PDU_AUTH3) {
        start = pdu_auth3_begin(w, PDU_WHOLE, 1);
    } else {
        start = raw_bind_begin(&peer, types[_i], 1, 5840, 0);
        raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    }
    pdu_trailer_encode(w, &trailer);
    writer_zeros(w, 16);
    pdu_end(w, start, 16);
    raw_send(&peer);
    pdu = raw_receive_end(&peer);
    ck_assert_uint_eq(pdu.header.type, _i == 0 ? PDU_BIND_NAK : PDU_FAULT);
    if (_i > 0) {
        ck_assert_int_eq(pdu_call_decode(&pdu, &fault), ERR_OK);
        ck_assert_uint_eq(fault.status, _i == 1 ? RPC_STATUS_PROTOCOL_ERROR : RPC_STATUS_REMOTE_NO_MEMORY);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("refusals");
    TCase *tests = tcase_create("refusals");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_level_that_does_not_exist_of_no_mechanism_has_reason_0);
    tcase_add_test(tests, a_last_leg_in_alter_context_is_answered_with_an_empty_sec_trailer);
    tcase_add_test(tests, faults_before_execution_say_so);
    tcase_add_loop_test(tests, a_wrong_signature_is_fault_721_and_the_end, 0, 2);
    tcase_add_loop_test(tests, padding_of_a_handshake_may_not_reach_into_the_header, 0, 3);
    suite_add_tcase(suite, tests);
    return auth_suite_run(suite);
}
