/* What the server makes of requests in fragments, lawful and lawless. */
#include <check.h>
#include <string.h>

#include "tests/auth/auth_suite.h"
#include "tests/rpc/raw.h"

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

/* What a client takes, what we say, and what we send at most. */
static const struct {
    uint16_t theirs, said, ours;
} fragment_sizes[] = { { 0, 2048, 1432 },    { 1000, 2048, 1432 }, { 2000, 2048, 2000 },
                       { 4283, 4280, 4280 }, { 5840, 5840, 5840 }, { 65535, 5840, 5840 } };

START_TEST(no_fragment_is_larger_than_the_client_takes)
{
    uint8_t size[4];
    size_t total = 0, start = raw_bind_begin(&peer, PDU_BIND, 1, fragment_sizes[_i].theirs, 0);
    struct pdu_bind_ack ack;
    struct pdu pdu;

    raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    ack = raw_exchange_bind(&peer, start, PDU_BIND_ACK);
    ck_assert_uint_eq(ack.max_send, fragment_sizes[_i].said);
    ck_assert_uint_eq(ack.max_receive, fragment_sizes[_i].said);
    store_u32(size, 50000);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_SIZE, size, sizeof size);
    raw_send(&peer);
    do {
        struct pdu_call call;

        pdu = raw_receive(&peer);
        ck_assert_uint_le(pdu.header.size, fragment_sizes[_i].ours);
        ck_assert_int_eq(!!(pdu.header.flags & PDU_FIRST), total == 0);
        ck_assert_int_eq(pdu_call_decode(&pdu, &call), ERR_OK);
        ck_assert_uint_eq(call.alloc_hint, 50000 - total);
        total += pdu.header.size - PDU_CALL_HEADER;
    } while (!(pdu.header.flags & PDU_LAST));
    ck_assert_uint_eq(total, 50000);
}
END_TEST

START_TEST(fragments_are_put_together_whatever_their_sizes_and_hints)
{
    static const char text[] = "The quick brown fox jumps over the lazy dog";
    struct pdu pdu;

    raw_bind(&peer);
    for (size_t i = 0; i < sizeof text; i++) {
        raw_request(&peer, (uint8_t)((i == 0 ? PDU_FIRST : 0) | (i + 1 == sizeof text ? PDU_LAST : 0)), 0, ECHO_BACK,
                    text + i, 1);
        /* alloc_hint promises the world, but not at once */
        if (i > 0)
            store_u32(peer.channel.out.data + peer.channel.out.size - 9, 0xFFFFFFFF);
    }
    raw_send(&peer);
    pdu = raw_receive(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_RESPONSE);
    ck_assert_uint_eq(pdu.header.size, PDU_CALL_HEADER + sizeof text);
    ck_assert_mem_eq(pdu.data + PDU_CALL_HEADER, text, sizeof text);
}
END_TEST

START_TEST(a_request_that_announces_too_much_is_refused_at_its_first_fragment)
{
    raw_bind(&peer);
    raw_request(&peer, PDU_FIRST, 0, ECHO_BACK, "abcd", 4);
    store_u32(peer.channel.out.data + PDU_HEADER, (uint32_t)RPC_STUB_MAXIMUM_DEFAULT + 1);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_ACCESS_DENIED);
    raw_receive_end(&peer);
}
END_TEST

START_TEST(a_fragment_larger_than_we_offer_is_a_protocol_error)
{
    static const uint8_t zeros[RPC_FRAGMENT_SIZE];
    struct pdu_call fault;
    struct pdu pdu;

    raw_bind(&peer);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, zeros, RPC_FRAGMENT_SIZE - PDU_CALL_HEADER);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, zeros, RPC_FRAGMENT_SIZE - PDU_CALL_HEADER + 1);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive(&peer).header.type, PDU_RESPONSE);
    pdu = raw_receive_end(&peer);
    ck_assert_uint_eq(pdu.header.flags, PDU_WHOLE);
    ck_assert_int_eq(pdu_call_decode(&pdu, &fault), ERR_OK);
    ck_assert_uint_eq(fault.status, RPC_STATUS_PROTOCOL_ERROR);
    ck_assert_uint_eq(fault.context_id, 0);
}
END_TEST

START_TEST(a_request_cancelled_before_it_began_is_no_active_call)
{
    raw_bind(&peer);
    raw_request(&peer, PDU_FIRST | PDU_PENDING_CANCEL, 0, ECHO_BACK, "abcd", 4);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_NO_CALL_ACTIVE);
    raw_receive_end(&peer);
}
END_TEST

START_TEST(later_fragments_belong_to_the_first_whatever_they_say)
{
    struct pdu pdu;

    raw_bind(&peer);
    raw_request(&peer, PDU_FIRST, 0, ECHO_BACK, "abcd", 4);
    raw_request(&peer, PDU_PENDING_CANCEL, 77, ECHO_SIZE, "efgh", 4); /* another context, operation and a cancel */
    raw_request(&peer, PDU_LAST, 0, ECHO_FAULT, "ijkl", 4);
    raw_send(&peer);
    pdu = raw_receive(&peer);
    ck_assert_uint_eq(pdu.header.type, PDU_RESPONSE);
    ck_assert_mem_eq(pdu.data + PDU_CALL_HEADER, "abcdefghijkl", 12);
}
END_TEST

START_TEST(a_request_for_an_unknown_context_is_a_fault_and_no_more)
{
    raw_bind(&peer);
    raw_request(&peer, PDU_WHOLE, 9, ECHO_BACK, "abcd", 4);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_UNKNOWN_IF);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "abcd", 4);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive(&peer).header.type, PDU_RESPONSE);
}
END_TEST

START_TEST(fragments_out_of_order_are_a_protocol_error_of_the_first)
{
    uint32_t call_id;

    raw_bind(&peer);
    raw_request(&peer, PDU_FIRST, 0, ECHO_BACK, "abcd", 4);
    call_id = peer.call_id;
    switch (_i) {
    case 0: /* a second beginning */
        raw_request(&peer, PDU_FIRST, 0, ECHO_BACK, "abcd", 4);
        break;
    case 1: /* another call */
        peer.call_id++;
        raw_request(&peer, PDU_LAST, 0, ECHO_BACK, "abcd", 4);
        break;
    default: /* negotiation in the middle of a request */
        pdu_end(&peer.channel.out, raw_bind_begin(&peer, PDU_ALTER_CONTEXT, 1, 5840, 0), 0);
        call_id = peer.call_id;
        break;
    }
    raw_send(&peer);
    struct pdu fault = raw_receive_end(&peer);
    struct pdu_call call;
    ck_assert_uint_eq(fault.header.type, PDU_FAULT);
    ck_assert_uint_eq(fault.header.call_id, call_id);
    ck_assert_int_eq(pdu_call_decode(&fault, &call), ERR_OK);
    ck_assert_uint_eq(call.status, RPC_STATUS_PROTOCOL_ERROR);
    ck_assert_int_eq(dispatched(), 0);
}
END_TEST

START_TEST(late_fragments_of_an_old_call_are_ignored)
{
    raw_bind(&peer);
    peer.call_id = 500;
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "abcd", 4);
    peer.call_id = 400;
    raw_request(&peer, PDU_LAST, 0, ECHO_BACK, "late", 4);
    peer.call_id = 501;
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "abcd", 4);
    peer.call_id = 300; /* but not those of a very old one ([MS-RPCE] 3.3.3.5.6) */
    raw_request(&peer, PDU_LAST, 0, ECHO_BACK, "late", 4);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive(&peer).header.call_id, 501);
    ck_assert_uint_eq(raw_receive(&peer).header.call_id, 502);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_PROTOCOL_ERROR);
    raw_receive_end(&peer);
}
END_TEST

/* Binds with the features of an association that outlives an orphaned call. */
static void bind_with_features(void)
{
    size_t start = raw_bind_begin(&peer, PDU_BIND, 2, 5840, 0);
    struct pdu_bind_ack ack;
    struct pdu_result result;

    raw_offer(&peer, 0, &echo_syntax, &rpc_syntax_ndr);
    raw_offer(&peer, 1, &echo_syntax, &raw_all_features);
    ack = raw_exchange_bind(&peer, start, PDU_BIND_ACK);
    ck_assert(pdu_result_next(&ack, &result));
    ck_assert(pdu_result_next(&ack, &result));
    ck_assert_uint_eq(result.reason, PDU_FEATURE_SECURITY_MULTIPLEXING | PDU_FEATURE_KEEP_ON_ORPHAN);
}

START_TEST(an_orphaned_request_is_dropped_when_that_was_negotiated)
{
    struct pdu pdu;

    bind_with_features();
    raw_request(&peer, PDU_FIRST, 0, ECHO_BACK, "abcd", 4);
    pdu_bare_encode(&peer.channel.out, PDU_ORPHANED, peer.call_id);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "wxyz", 4);
    raw_send(&peer);
    pdu = raw_receive(&peer);
    ck_assert_uint_eq(pdu.header.call_id, peer.call_id);
    ck_assert_mem_eq(pdu.data + PDU_CALL_HEADER, "wxyz", 4);
    ck_assert_int_eq(dispatched(), 1);
}
END_TEST

START_TEST(cancels_and_orphans_change_nothing_else)
{
    struct pdu pdu;

    raw_bind(&peer);
    pdu_bare_encode(&peer.channel.out, PDU_ORPHANED, 77);
    pdu_bare_encode(&peer.channel.out, PDU_CO_CANCEL, 77);
    raw_request(&peer, PDU_FIRST, 0, ECHO_BACK, "abcd", 4);
    pdu_bare_encode(&peer.channel.out, PDU_CO_CANCEL, peer.call_id);
    pdu_bare_encode(&peer.channel.out, PDU_ORPHANED, peer.call_id);
    raw_request(&peer, PDU_LAST, 0, ECHO_BACK, "wxyz", 4);
    raw_send(&peer);
    pdu = raw_receive(&peer);
    ck_assert_mem_eq(pdu.data + PDU_CALL_HEADER, "abcdwxyz", 8);
    ck_assert_int_eq(dispatched(), 1);
}
END_TEST

START_TEST(a_call_id_beyond_31_bits_is_a_protocol_error)
{
    raw_bind(&peer);
    peer.call_id = 0x7FFFFFFE;
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "abcd", 4);
    raw_request(&peer, PDU_WHOLE, 0, ECHO_BACK, "abcd", 4);
    raw_send(&peer);
    ck_assert_uint_eq(raw_receive(&peer).header.type, PDU_RESPONSE);
    ck_assert_uint_eq(raw_receive_fault(&peer), RPC_STATUS_PROTOCOL_ERROR);
    raw_receive_end(&peer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rpc fragments");
    TCase *fragments = tcase_create("fragments");

    tcase_add_checked_fixture(fragments, setup, teardown);
    tcase_add_loop_test(fragments, no_fragment_is_larger_than_the_client_takes, 0, 6);
    tcase_add_test(fragments, fragments_are_put_together_whatever_their_sizes_and_hints);
    tcase_add_test(fragments, a_request_for_an_unknown_context_is_a_fault_and_no_more);
    tcase_add_loop_test(fragments, fragments_out_of_order_are_a_protocol_error_of_the_first, 0, 3);
    tcase_add_test(fragments, a_request_that_announces_too_much_is_refused_at_its_first_fragment);
    tcase_add_test(fragments, a_fragment_larger_than_we_offer_is_a_protocol_error);
    tcase_add_test(fragments, a_request_cancelled_before_it_began_is_no_active_call);
    tcase_add_test(fragments, later_fragments_belong_to_the_first_whatever_they_say);
    tcase_add_test(fragments, late_fragments_of_an_old_call_are_ignored);
    tcase_add_test(fragments, an_orphaned_request_is_dropped_when_that_was_negotiated);
    tcase_add_test(fragments, cancels_and_orphans_change_nothing_else);
    tcase_add_test(fragments, a_call_id_beyond_31_bits_is_a_protocol_error);
    suite_add_tcase(suite, fragments);
    return auth_suite_run(suite);
}
