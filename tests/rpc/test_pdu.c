/* PDUs: golden bytes both ways, of our own making and of Windows where its capture is there, and what cannot be one. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/rpc/pdu_bind.h"
#include "tests/auth/auth_suite.h"
#include "tests/auth/hex.h"
#include "tests/auth/our_session.h"
#include "tests/auth/windows_session.h"

static const struct rpc_syntax svcctl = {
    { { 0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00, 0x10, 0x03 } }, 2, 0
};
static const struct rpc_syntax exporter = {
    { { 0xc4, 0xfe, 0xfc, 0x99, 0x60, 0x52, 0x1b, 0x10, 0xbb, 0xcb, 0x00, 0xaa, 0x00, 0x21, 0x34, 0x7a } }, 0, 0
};
static const struct rpc_guid object = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } };

/* What the bind and bind_ack of a session say. */
struct session {
    uint32_t call_id;
    uint16_t max_send, max_receive;
    uint32_t group;
    const char *address;
    uint16_t first_context; /* the second one, for the features, is the next */
    uint32_t security_context;
    const struct rpc_syntax *abstract;
};
static const struct session ours = { 5, 4280, 5840, 0x2002, "135", 3, 7, &exporter };
static const struct session windows = { 2, 5840, 5840, 0x1139, "49679", 0, 0, &svcctl };

static struct writer w;

static void setup(void)
{
    writer_init(&w, 1u << 20);
}

static void teardown(void)
{
    writer_cleanup(&w);
}

/* Takes `expected` over. */
static void assert_written_bytes(uint8_t *expected, size_t size)
{
    ck_assert(!w.failed);
    ck_assert_uint_eq(w.size, size);
    ck_assert_mem_eq(w.data, expected, size);
    free(expected);
}

static void assert_written(const char *hex)
{
    size_t size;
    uint8_t *expected = from_hex(hex, &size);

    assert_written_bytes(expected, size);
}

static uint8_t *decoded(const char *hex, struct pdu *pdu)
{
    size_t size;
    uint8_t *data = from_hex(hex, &size);

    ck_assert_int_eq(pdu_decode(data, size, pdu), ERR_OK);
    return data;
}

/* Takes `data` over, as the assertions below do. */
static void assert_bind_understood(uint8_t *data, size_t size, const struct session *s)
{
    struct rpc_syntax transfer;
    struct pdu_offer offer;
    struct pdu_bind bind;
    struct pdu pdu;
    uint8_t features;

    ck_assert_int_eq(pdu_decode(data, size, &pdu), ERR_OK);
    ck_assert_uint_eq(pdu.header.type, PDU_BIND);
    ck_assert_uint_eq(pdu.header.flags, PDU_WHOLE | PDU_HEADER_SIGN);
    ck_assert_uint_eq(pdu.header.call_id, s->call_id);
    ck_assert(pdu.has_trailer);
    ck_assert_uint_eq(pdu.trailer.mechanism, AUTH_NTLM);
    ck_assert_uint_eq(pdu.trailer.level, AUTH_LEVEL_PACKET_PRIVACY);
    ck_assert_uint_eq(pdu.trailer.context_id, s->security_context);
    ck_assert_uint_eq(pdu.trailer.token_size, 40);
    ck_assert_mem_eq(pdu.trailer.token, "NTLMSSP", 8);
    ck_assert_int_eq(pdu_bind_decode(&pdu, &bind), ERR_OK);
    ck_assert_uint_eq(bind.max_send, s->max_send);
    ck_assert_uint_eq(bind.max_receive, s->max_receive);
    ck_assert_uint_eq(bind.group, 0);
    ck_assert_uint_eq(bind.count, 2);
    ck_assert(pdu_bind_next(&bind, &offer));
    ck_assert_uint_eq(offer.id, s->first_context);
    ck_assert(rpc_syntax_equal(&offer.abstract, s->abstract));
    ck_assert(pdu_syntax_next(&offer, &transfer));
    ck_assert(rpc_syntax_equal(&transfer, &rpc_syntax_ndr));
    ck_assert(!pdu_syntax_is_features(&transfer, &features));
    ck_assert(!pdu_syntax_next(&offer, &transfer));
    ck_assert(pdu_bind_next(&bind, &offer));
    ck_assert_uint_eq(offer.id, s->first_context + 1);
    ck_assert(pdu_syntax_next(&offer, &transfer));
    ck_assert(pdu_syntax_is_features(&transfer, &features));
    ck_assert_uint_eq(features, PDU_FEATURE_SECURITY_MULTIPLEXING | PDU_FEATURE_KEEP_ON_ORPHAN);
    ck_assert_uint_eq(reader_left(&bind.items), 0);
    free(data);
}

START_TEST(a_bind_with_features_and_authentication_is_understood)
{
    size_t size;
    uint8_t *data = from_hex(OUR_BIND, &size);

    assert_bind_understood(data, size, &ours);
}
END_TEST

START_TEST(a_bind_of_windows_is_understood)
{
    size_t size;
    uint8_t *data = windows_pdu(WINDOWS_BIND, &size);

    assert_bind_understood(data, size, &windows);
}
END_TEST

/* A bind without features and authentication. */
static void write_bind(const struct session *s)
{
    struct pdu_bind bind = { .max_send = s->max_send, .max_receive = s->max_receive, .count = 1 };
    size_t start = pdu_bind_begin(&w, PDU_BIND, PDU_WHOLE, s->call_id, &bind);

    pdu_offer_encode(&w, s->first_context, s->abstract);
    pdu_end(&w, start, 0);
}

START_TEST(a_bind_is_written_byte_for_byte)
{
    write_bind(&ours);
    assert_written(OUR_BARE_BIND);
}
END_TEST

START_TEST(a_bind_is_written_as_windows_writes_it)
{
    size_t size;
    uint8_t *data = windows_pdu(WINDOWS_BIND, &size);

    write_bind(&windows);
    /* Windows' without its second context and its authentication */
    data[3] = PDU_WHOLE;
    store_u16(data + 8, 72);
    store_u16(data + 10, 0);
    data[24] = 1;
    assert_written_bytes(data, 72);
}
END_TEST

static void assert_bind_ack_understood(uint8_t *data, size_t size, const struct session *s)
{
    struct pdu_result result;
    struct pdu_bind_ack ack;
    struct pdu pdu;

    ck_assert_int_eq(pdu_decode(data, size, &pdu), ERR_OK);
    ck_assert_uint_eq(pdu.header.type, PDU_BIND_ACK);
    ck_assert_int_eq(pdu_bind_ack_decode(&pdu, &ack), ERR_OK);
    ck_assert_uint_eq(ack.group, s->group);
    ck_assert_uint_eq(ack.count, 2);
    ck_assert(pdu_result_next(&ack, &result));
    ck_assert_uint_eq(result.result, PDU_ACCEPTED);
    ck_assert(rpc_syntax_equal(&result.transfer, &rpc_syntax_ndr));
    ck_assert(pdu_result_next(&ack, &result));
    ck_assert_uint_eq(result.result, PDU_NEGOTIATE_ACK);
    ck_assert_uint_eq(result.reason, 3);
    ck_assert(!pdu_result_next(&ack, &result));
    free(data);
}

START_TEST(a_bind_ack_with_features_and_authentication_is_understood)
{
    size_t size;
    uint8_t *data = from_hex(OUR_BIND_ACK, &size);

    assert_bind_ack_understood(data, size, &ours);
}
END_TEST

START_TEST(a_bind_ack_of_windows_is_understood)
{
    size_t size;
    uint8_t *data = windows_pdu(WINDOWS_BIND_ACK, &size);

    assert_bind_ack_understood(data, size, &windows);
}
END_TEST

/* Writes a bind_ack again, around its token. */
static void assert_bind_ack_is_written(uint8_t *data, size_t size, size_t token_at, const struct session *s)
{
    struct pdu_bind_ack ack = { .max_send = s->max_send, .max_receive = s->max_receive, .group = s->group, .count = 2 };
    struct pdu_result accepted = { .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr };
    struct pdu_result features = { .result = PDU_NEGOTIATE_ACK, .reason = 3 };
    struct pdu_trailer trailer = { .mechanism = AUTH_NTLM,
                                   .level = AUTH_LEVEL_PACKET_PRIVACY,
                                   .context_id = s->security_context };
    size_t start = pdu_bind_ack_begin(&w, PDU_BIND_ACK, PDU_WHOLE | PDU_HEADER_SIGN, s->call_id, &ack, s->address);

    pdu_result_encode(&w, &accepted);
    pdu_result_encode(&w, &features);
    pdu_trailer_encode(&w, &trailer);
    writer_bytes(&w, data + token_at, size - token_at);
    pdu_end(&w, start, size - token_at);
    assert_written_bytes(data, size);
}

START_TEST(a_bind_ack_is_written_byte_for_byte)
{
    size_t size;
    uint8_t *data = from_hex(OUR_BIND_ACK, &size);

    assert_bind_ack_is_written(data, size, OUR_CHALLENGE_AT, &ours);
}
END_TEST

START_TEST(a_bind_ack_is_written_as_windows_writes_it)
{
    size_t size;
    uint8_t *data = windows_pdu(WINDOWS_BIND_ACK, &size);

    assert_bind_ack_is_written(data, size, WINDOWS_CHALLENGE_AT, &windows);
}
END_TEST

START_TEST(an_answer_to_alter_context_has_no_secondary_address)
{
    struct pdu_bind_ack ack = { .max_send = 5840, .max_receive = 5840, .group = 7, .count = 1 };
    struct pdu_result accepted = { .result = PDU_ACCEPTED, .transfer = rpc_syntax_ndr };
    size_t start = pdu_bind_ack_begin(&w, PDU_ALTER_CONTEXT_RESP, PDU_WHOLE, 3, &ack, "");

    pdu_result_encode(&w, &accepted);
    pdu_end(&w, start, 0);
    assert_written("05000f03100000003800000003000000d016d016070000000000000001000000"
                   "00000000045d888aeb1cc9119fe808002b10486002000000");
}
END_TEST

static void assert_auth3_is_written(uint8_t *data, size_t size, uint32_t call_id)
{
    struct pdu_trailer trailer;
    struct pdu pdu;
    size_t start;

    ck_assert_int_eq(pdu_decode(data, size, &pdu), ERR_OK);
    trailer = pdu.trailer;
    ck_assert_uint_eq(pdu.header.type, PDU_AUTH3);
    ck_assert_uint_eq(pdu.body_end, 20);
    start = pdu_auth3_begin(&w, PDU_WHOLE | PDU_HEADER_SIGN, call_id);
    pdu_trailer_encode(&w, &trailer);
    writer_bytes(&w, trailer.token, trailer.token_size);
    pdu_end(&w, start, trailer.token_size);
    ck_assert_uint_eq(w.size, pdu.header.size);
    memcpy(w.data + 16, data + 16, 4);
    assert_written_bytes(data, size);
}

START_TEST(auth3_has_four_bytes_that_mean_nothing)
{
    size_t size;
    uint8_t *data = from_hex(OUR_AUTH3, &size);

    assert_auth3_is_written(data, size, ours.call_id);
}
END_TEST

START_TEST(auth3_of_windows_has_them_too)
{
    size_t size;
    uint8_t *data = windows_pdu(WINDOWS_AUTH3, &size);

    assert_auth3_is_written(data, size, windows.call_id);
}
END_TEST

START_TEST(requests_go_both_ways_with_and_without_object)
{
    struct pdu_call call = { .alloc_hint = 3, .context_id = 5, .opnum = 7 }, read;
    struct pdu pdu;
    const uint8_t *stub;
    size_t size, start = pdu_request_begin(&w, PDU_WHOLE, 9, &call);

    writer_bytes(&w, "abc", 3);
    pdu_end(&w, start, 0);
    assert_written("05000003100000001b00000009000000030000000500070061"
                   "6263");
    ck_assert_int_eq(pdu_decode(w.data, w.size, &pdu), ERR_OK);
    ck_assert_int_eq(pdu_call_decode(&pdu, &read), ERR_OK);
    ck_assert(!read.has_object);
    ck_assert(pdu_stub(&pdu, &read, &stub, &size));
    ck_assert_uint_eq(size, 3);

    writer_reset(&w);
    call.has_object = true;
    call.object = object;
    start = pdu_request_begin(&w, PDU_WHOLE, 9, &call);
    writer_bytes(&w, "abc", 3);
    pdu_end(&w, start, 0);
    assert_written("05000083100000002b000000090000000300000005000700"
                   "000102030405060708090a0b0c0d0e0f616263");
    ck_assert_int_eq(pdu_decode(w.data, w.size, &pdu), ERR_OK);
    ck_assert_int_eq(pdu_call_decode(&pdu, &read), ERR_OK);
    ck_assert(read.has_object);
    ck_assert_mem_eq(read.object.bytes, object.bytes, sizeof object.bytes);
    ck_assert_uint_eq(read.opnum, 7);
    ck_assert_uint_eq(read.context_id, 5);
    ck_assert(pdu_stub(&pdu, &read, &stub, &size));
    ck_assert_mem_eq(stub, "abc", 3);
}
END_TEST

/* A request of 60 bytes of stub and 4 of padding. */
static void assert_padding_is_no_stub(uint8_t *data, size_t whole)
{
    struct pdu pdu;
    struct pdu_call call;
    const uint8_t *stub;
    size_t size;

    ck_assert_int_eq(pdu_decode(data, whole, &pdu), ERR_OK);
    ck_assert_int_eq(pdu_call_decode(&pdu, &call), ERR_OK);
    ck_assert_uint_eq(call.opnum, 64);
    ck_assert_uint_eq(call.alloc_hint, 60);
    ck_assert(pdu_stub(&pdu, &call, &stub, &size));
    ck_assert_uint_eq(size, 60);
    pdu.trailer.pad_size = 64;
    ck_assert(pdu_stub(&pdu, &call, &stub, &size));
    ck_assert_uint_eq(size, 0);
    pdu.trailer.pad_size = 65;
    ck_assert(!pdu_stub(&pdu, &call, &stub, &size));
}

START_TEST(padding_is_no_part_of_the_stub)
{
    struct pdu_call call = { .alloc_hint = 60, .opnum = 64 };
    struct pdu_trailer trailer = { .mechanism = AUTH_NTLM, .level = AUTH_LEVEL_PACKET_PRIVACY, .pad_size = 4 };
    size_t start = pdu_request_begin(&w, PDU_WHOLE, 9, &call);

    writer_zeros(&w, 60 + 4);
    pdu_trailer_encode(&w, &trailer);
    writer_zeros(&w, 16);
    pdu_end(&w, start, 16);
    assert_padding_is_no_stub(w.data, w.size);
}
END_TEST

START_TEST(padding_of_windows_is_no_part_of_the_stub_either)
{
    size_t size;
    uint8_t *data = windows_pdu(WINDOWS_REQUEST_1, &size);

    assert_padding_is_no_stub(data, size);
    free(data);
}
END_TEST

START_TEST(a_fault_has_its_status_and_no_stub)
{
    struct pdu pdu;
    struct pdu_call call;

    pdu_fault_encode(&w, PDU_DID_NOT_EXECUTE, 2, 0, RPC_STATUS_OP_RANGE);
    assert_written("0500032310000000200000000200000020000000000000000200011c00000000");
    ck_assert_int_eq(pdu_decode(w.data, w.size, &pdu), ERR_OK);
    ck_assert_int_eq(pdu_call_decode(&pdu, &call), ERR_OK);
    ck_assert_uint_eq(call.status, RPC_STATUS_OP_RANGE);
    ck_assert_uint_eq(call.stub_at, PDU_FAULT_HEADER);
}
END_TEST

START_TEST(a_fault_with_extended_error_information_is_understood)
{
    struct pdu pdu;
    struct pdu_call call;
    /* [MS-EERR] 2.2.1: one record, by the RPC runtime of BETA */
    uint8_t *data = decoded("0500032310000000780000000600000078000000030000010200011c00000000"
                            "01100800cccccccc480000000000000000000200000000000100010005000000"
                            "0400020034120000000000000f0e0d0c0b0adc01020000000200011c55000000"
                            "000000000500000042004500540041000000000000000000",
                            &pdu);

    ck_assert_int_eq(pdu_call_decode(&pdu, &call), ERR_OK);
    ck_assert_uint_eq(call.context_id, 3);
    ck_assert_uint_eq(call.status, RPC_STATUS_OP_RANGE);
    ck_assert_uint_eq(call.extended_error.size, 0x78 - 0x20);
    ck_assert_ptr_eq(call.extended_error.data, data + PDU_FAULT_HEADER);
    store_u32(data + PDU_HEADER, 0x79); /* a hint that promises more than there is */
    ck_assert_int_eq(pdu_call_decode(&pdu, &call), ERR_OK);
    ck_assert_uint_eq(call.extended_error.size, 0);
    store_u32(data + PDU_HEADER, 0x78);
    data[23] = 0; /* without the flag the same bytes are a stub, which is ignored */
    ck_assert_int_eq(pdu_call_decode(&pdu, &call), ERR_OK);
    ck_assert_uint_eq(call.extended_error.size, 0);
    free(data);
}
END_TEST

START_TEST(a_fault_of_windows_with_extended_error_information_is_understood)
{
    struct pdu pdu;
    struct pdu_call call;
    size_t size;
    uint8_t *data = windows_pdu(WINDOWS_FAULT, &size);

    ck_assert_int_eq(pdu_decode(data, size, &pdu), ERR_OK);
    ck_assert_int_eq(pdu_call_decode(&pdu, &call), ERR_OK);
    ck_assert_uint_eq(call.status, RPC_STATUS_OP_RANGE);
    ck_assert_uint_gt(size, PDU_FAULT_HEADER);
    free(data);
}
END_TEST

START_TEST(bind_nak_carries_its_reason_and_the_version)
{
    struct pdu pdu;
    uint16_t reason;

    pdu_bind_nak_encode(&w, 4, PDU_NAK_AUTHENTICATION);
    assert_written("05000d03100000001800000004000000"
                   "0900010500000000");
    ck_assert_int_eq(pdu_decode(w.data, w.size, &pdu), ERR_OK);
    ck_assert_int_eq(pdu_bind_nak_decode(&pdu, &reason), ERR_OK);
    ck_assert_uint_eq(reason, 9);
}
END_TEST

START_TEST(a_bind_nak_with_signature_and_extended_error_is_understood)
{
    struct pdu pdu;
    uint16_t reason;
    /* [MS-RPCE] 2.2.2.9: signature 90740320-fad0-11d3-82d7-009027b130ab and a blob */
    uint8_t *data = decoded("05000d03100000002c00000004000000"
                            "0100010500000000"
                            "20037490d0fad31182d7009027b130ab"
                            "01020304",
                            &pdu);

    struct pdu_extended_error added = pdu_bind_nak_extended_error(&pdu);

    ck_assert_int_eq(pdu_bind_nak_decode(&pdu, &reason), ERR_OK);
    ck_assert_uint_eq(reason, 1);
    ck_assert_uint_eq(added.size, 4);
    ck_assert_mem_eq(added.data, "\1\2\3\4", 4);
    data[24] ^= 1; /* another signature means nothing to us */
    ck_assert_uint_eq(pdu_bind_nak_extended_error(&pdu).size, 0);
    free(data);
}
END_TEST

START_TEST(bare_pdus_are_nothing_but_their_header)
{
    pdu_bare_encode(&w, PDU_ORPHANED, 17);
    assert_written("05001303100000001000000011000000");
    writer_reset(&w);
    pdu_bare_encode(&w, PDU_CO_CANCEL, 17);
    assert_written("05001203100000001000000011000000");
    writer_reset(&w);
    pdu_bare_encode(&w, PDU_SHUTDOWN, 0);
    assert_written("05001103100000001000000000000000");
}
END_TEST

START_TEST(foreign_versions_and_representations_are_refused)
{
    static const struct {
        size_t at;
        uint8_t value;
        enum err expected;
    } changes[] = {
        { 0, 4, ERR_PROTOCOL },       { 0, 6, ERR_PROTOCOL },
        { 1, 1, ERR_PROTOCOL },       { 4, 0x00, ERR_UNSUPPORTED }, /* big-endian */
        { 4, 0x11, ERR_UNSUPPORTED },                               /* EBCDIC */
        { 5, 1, ERR_UNSUPPORTED },                                  /* VAX floating point */
        { 8, 15, ERR_PROTOCOL },                                    /* shorter than its own header */
    };
    struct pdu_header header;

    pdu_bare_encode(&w, PDU_SHUTDOWN, 0);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        uint8_t saved = w.data[changes[i].at];

        w.data[changes[i].at] = changes[i].value;
        ck_assert_int_eq(pdu_header_decode(w.data, &header), changes[i].expected);
        w.data[changes[i].at] = saved;
    }
    ck_assert_int_eq(pdu_header_decode(w.data, &header), ERR_OK);
}
END_TEST

START_TEST(a_token_longer_than_its_pdu_is_refused)
{
    struct pdu pdu;
    size_t size;
    uint8_t *data = from_hex(OUR_BIND, &size);

    store_u16(data + 10, (uint16_t)(size - PDU_HEADER - PDU_TRAILER));
    ck_assert_int_eq(pdu_decode(data, size, &pdu), ERR_OK);
    ck_assert_uint_eq(reader_left(&(struct reader){ .size = pdu.body_end - PDU_HEADER }), 0);
    store_u16(data + 10, (uint16_t)(size - PDU_HEADER - PDU_TRAILER + 1));
    ck_assert_int_eq(pdu_decode(data, size, &pdu), ERR_PROTOCOL);
    store_u16(data + 10, 0xFFFF);
    ck_assert_int_eq(pdu_decode(data, size, &pdu), ERR_PROTOCOL);
    free(data);
}
END_TEST

/* Everything a PDU of any type can be asked. */
static bool understood(uint8_t *data, size_t size)
{
    struct pdu_bind_ack ack;
    struct pdu_result result;
    struct pdu_offer offer;
    struct pdu_bind bind;
    struct pdu_call call;
    struct pdu pdu;
    uint16_t reason;

    if (pdu_decode(data, size, &pdu))
        return false;
    switch (pdu.header.type) {
    case PDU_BIND:
        if (pdu_bind_decode(&pdu, &bind))
            return false;
        for (unsigned i = 0; i < bind.count; i++)
            if (!pdu_bind_next(&bind, &offer))
                return false;
        return true;
    case PDU_BIND_ACK:
        if (pdu_bind_ack_decode(&pdu, &ack))
            return false;
        for (unsigned i = 0; i < ack.count; i++)
            if (!pdu_result_next(&ack, &result))
                return false;
        return true;
    case PDU_BIND_NAK:
        return !pdu_bind_nak_decode(&pdu, &reason);
    default:
        return !pdu_call_decode(&pdu, &call);
    }
}

/* Takes `data` over, of which every prefix but the first `whole` bytes must be refused. */
static void assert_prefixes_fail(uint8_t *data, size_t whole, const char *name)
{
    for (size_t n = 0; n <= whole; n++) {
        uint8_t *prefix = malloc(n ? n : 1);

        memcpy(prefix, data, n);
        /* The length says what is there, and the other way round. */
        if (n >= PDU_HEADER)
            store_u16(prefix + 8, (uint16_t)n);
        ck_assert_msg(understood(prefix, n) == (n == whole), "%s cut at %zu", name, n);
        if (n < whole && n >= PDU_HEADER) {
            store_u16(prefix + 8, (uint16_t)whole);
            ck_assert(!understood(prefix, n));
        }
        free(prefix);
    }
    free(data);
}

START_TEST(every_truncated_prefix_is_refused)
{
    /* Some without authentication, so that a prefix is not refused for its token alone. */
    static const struct {
        const char *name, *hex;
        size_t whole;
    } specimens[] = {
        { "bind", OUR_BARE_BIND, 72 },
        { "bind_ack", OUR_BARE_BIND_ACK, 60 },
        { "request",
          "05000083100000002800000009000000030000000500070000"
          "0102030405060708090a0b0c0d0e0f",
          40 },
        { "fault", "0500032310000000200000000200000020000000000000000200011c00000000", 32 },
        { "bind_nak", "05000d0310000000120000000400000009000105", 18 },
        { "bind with a token", OUR_BIND, 164 },
        { "bind_ack with a token", OUR_BIND_ACK, 256 },
    };

    for (size_t i = 0; i < sizeof specimens / sizeof specimens[0]; i++) {
        size_t size;
        uint8_t *data = from_hex(specimens[i].hex, &size);

        assert_prefixes_fail(data, specimens[i].whole, specimens[i].name);
    }
}
END_TEST

START_TEST(every_truncated_prefix_of_what_windows_sent_is_refused)
{
    size_t size;
    uint8_t *data = windows_pdu(WINDOWS_BIND, &size);

    assert_prefixes_fail(data, size, "bind");
    data = windows_pdu(WINDOWS_BIND_ACK, &size);
    assert_prefixes_fail(data, size, "bind_ack");
}
END_TEST

START_TEST(a_pdu_beyond_65535_bytes_fails_the_writer)
{
    struct pdu_call call = { 0 };
    size_t start = pdu_request_begin(&w, PDU_WHOLE, 1, &call);

    writer_zeros(&w, PDU_SIZE_MAXIMUM - PDU_CALL_HEADER);
    pdu_end(&w, start, 0);
    ck_assert(!w.failed);
    writer_u8(&w, 0);
    pdu_end(&w, start, 0);
    ck_assert(w.failed);
}
END_TEST

START_TEST(statuses_that_no_server_may_send_become_a_server_fault)
{
    ck_assert_uint_eq(rpc_status_sendable(0), 0x80010105);
    ck_assert_uint_eq(rpc_status_sendable(0xC0000005), 0x80010105);
    ck_assert_uint_eq(rpc_status_sendable(0xC0000420), 0x80010105);
    ck_assert_uint_eq(rpc_status_sendable(5), 5);
    ck_assert_uint_eq(rpc_status_sendable(0x80070005), 0x80070005);
}
END_TEST

static void add_cases_of_windows(Suite *suite)
{
    TCase *captured = tcase_create("captured");

    tcase_add_checked_fixture(captured, setup, teardown);
    tcase_add_test(captured, a_bind_of_windows_is_understood);
    tcase_add_test(captured, a_bind_is_written_as_windows_writes_it);
    tcase_add_test(captured, a_bind_ack_of_windows_is_understood);
    tcase_add_test(captured, a_bind_ack_is_written_as_windows_writes_it);
    tcase_add_test(captured, auth3_of_windows_has_them_too);
    tcase_add_test(captured, padding_of_windows_is_no_part_of_the_stub_either);
    tcase_add_test(captured, a_fault_of_windows_with_extended_error_information_is_understood);
    tcase_add_test(captured, every_truncated_prefix_of_what_windows_sent_is_refused);
    suite_add_tcase(suite, captured);
}

int main(void)
{
    Suite *suite = suite_create("pdu");
    TCase *golden = tcase_create("golden");
    TCase *malformed = tcase_create("malformed");

    tcase_add_checked_fixture(golden, setup, teardown);
    tcase_add_test(golden, a_bind_with_features_and_authentication_is_understood);
    tcase_add_test(golden, a_bind_is_written_byte_for_byte);
    tcase_add_test(golden, a_bind_ack_with_features_and_authentication_is_understood);
    tcase_add_test(golden, a_bind_ack_is_written_byte_for_byte);
    tcase_add_test(golden, an_answer_to_alter_context_has_no_secondary_address);
    tcase_add_test(golden, auth3_has_four_bytes_that_mean_nothing);
    tcase_add_test(golden, requests_go_both_ways_with_and_without_object);
    tcase_add_test(golden, padding_is_no_part_of_the_stub);
    tcase_add_test(golden, a_fault_has_its_status_and_no_stub);
    tcase_add_test(golden, a_fault_with_extended_error_information_is_understood);
    tcase_add_test(golden, bind_nak_carries_its_reason_and_the_version);
    tcase_add_test(golden, a_bind_nak_with_signature_and_extended_error_is_understood);
    tcase_add_test(golden, bare_pdus_are_nothing_but_their_header);
    tcase_add_checked_fixture(malformed, setup, teardown);
    tcase_add_test(malformed, foreign_versions_and_representations_are_refused);
    tcase_add_test(malformed, a_token_longer_than_its_pdu_is_refused);
    tcase_add_test(malformed, every_truncated_prefix_is_refused);
    tcase_add_test(malformed, a_pdu_beyond_65535_bytes_fails_the_writer);
    tcase_add_test(malformed, statuses_that_no_server_may_send_become_a_server_fault);
    if (windows_session_present(8))
        add_cases_of_windows(suite);
    suite_add_tcase(suite, golden);
    suite_add_tcase(suite, malformed);
    return auth_suite_run(suite);
}
