/* The three messages: golden bytes both ways, of the specification, of our own making and of Windows where its capture
 * is there, and what is malformed. */
#include <string.h>

#include "dcom/auth/ntlm_message.h"
#include "tests/auth/auth_suite.h"
#include "tests/auth/hex.h"
#include "tests/auth/our_session.h"
#include "tests/auth/windows_session.h"

/* [MS-NLMP] 4.2.4.3 */
#define SPECIFICATION_CHALLENGE                                                                                        \
    "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000060070170000000f" \
    "53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000"
#define SPECIFICATION_AUTHENTICATE                                                                                     \
    "4e544c4d5353500003000000180018006c00000054005400840000000c000c00480000000800080054000000100010005c00000010001000" \
    "d8000000358288e20501280a0000000f44006f006d00610069006e00550073006500720043004f004d005000550054004500520086c35097" \
    "ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa68cd0ab851e51c96aabc927bebef6a1c01010000000000000000000000000000aaaaaaaa" \
    "aaaaaaaa0000000002000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000c5dad2544fc97990" \
    "94ce1ce90bc9d03e"

static void assert_text(struct ntlm_bytes bytes, const char *expected)
{
    char text[64];

    ck_assert(ntlm_text_read(bytes, text, sizeof text));
    ck_assert_str_eq(text, expected);
}

START_TEST(the_challenge_of_the_specification_is_understood)
{
    struct ntlm_challenge m;
    struct ntlm_bytes value;
    size_t size;
    uint8_t *data = from_hex(SPECIFICATION_CHALLENGE, &size);

    ck_assert_int_eq(ntlm_challenge_decode(data, size, &m), ERR_OK);
    ck_assert_uint_eq(m.flags, 0xe28a8233);
    ck_assert_mem_eq(m.server_challenge, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
    assert_text(m.target_name, "Server");
    ck_assert_uint_eq(m.version.size, 8);
    ck_assert_mem_eq(m.version.data, "\x06\x00\x70\x17", 4); /* 6.0, build 6000 */
    ck_assert(ntlm_av_find(m.target_info, NTLM_AV_DOMAIN, &value));
    assert_text(value, "Domain");
    ck_assert(ntlm_av_find(m.target_info, NTLM_AV_COMPUTER, &value));
    assert_text(value, "Server");
    ck_assert(!ntlm_av_find(m.target_info, NTLM_AV_TIMESTAMP, &value));
    free(data);
}
END_TEST

START_TEST(the_authenticate_of_the_specification_is_understood)
{
    struct ntlm_authenticate m;
    size_t size;
    uint8_t *data = from_hex(SPECIFICATION_AUTHENTICATE, &size);

    ck_assert_int_eq(ntlm_authenticate_decode(data, size, &m), ERR_OK);
    ck_assert_uint_eq(m.flags, 0xe2888235);
    assert_text(m.domain, "Domain");
    assert_text(m.user, "User");
    assert_text(m.workstation, "COMPUTER");
    ck_assert_uint_eq(m.lm_response.size, 24);
    ck_assert_uint_eq(m.nt_response.size, 84);
    ck_assert_uint_eq(m.session_key.size, 16);
    ck_assert_mem_eq(m.session_key.data, "\xc5\xda\xd2\x54", 4);
    free(data);
}
END_TEST

START_TEST(messages_with_time_stamp_and_mic_are_understood)
{
    struct ntlm_negotiate n;
    struct ntlm_challenge c;
    struct ntlm_authenticate a;
    struct ntlm_bytes value;
    size_t size;
    uint8_t *pdu = from_hex(OUR_BIND, &size);

    ck_assert_int_eq(ntlm_negotiate_decode(pdu + OUR_NEGOTIATE_AT, size - OUR_NEGOTIATE_AT, &n), ERR_OK);
    ck_assert_uint_eq(n.flags, 0xe20882b7);
    free(pdu);
    pdu = from_hex(OUR_BIND_ACK, &size);
    ck_assert_int_eq(ntlm_challenge_decode(pdu + OUR_CHALLENGE_AT, size - OUR_CHALLENGE_AT, &c), ERR_OK);
    assert_text(c.target_name, "BETA");
    ck_assert(ntlm_av_find(c.target_info, NTLM_AV_DNS_COMPUTER, &value));
    assert_text(value, "beta.lab.test");
    ck_assert(ntlm_av_find(c.target_info, NTLM_AV_TIMESTAMP, &value));
    ck_assert_uint_eq(value.size, 8);
    ck_assert_uint_eq(load_u32(value.data), 0x0c0d0e0f);
    free(pdu);
    pdu = from_hex(OUR_AUTH3, &size);
    ck_assert_int_eq(ntlm_authenticate_decode(pdu + OUR_AUTHENTICATE_AT, size - OUR_AUTHENTICATE_AT, &a), ERR_OK);
    assert_text(a.domain, "BETA");
    assert_text(a.user, "opcuser");
    assert_text(a.workstation, "ALPHA");
    ck_assert_mem_eq(a.session_key.data, "3333333333333333", 16);
    free(pdu);
}
END_TEST

START_TEST(messages_of_windows_are_understood)
{
    struct ntlm_negotiate n;
    struct ntlm_challenge c;
    struct ntlm_authenticate a;
    struct ntlm_bytes value;
    size_t size;
    uint8_t *pdu = windows_pdu(WINDOWS_BIND, &size);

    ck_assert_int_eq(ntlm_negotiate_decode(pdu + WINDOWS_NEGOTIATE_AT, size - WINDOWS_NEGOTIATE_AT, &n), ERR_OK);
    ck_assert_uint_eq(n.flags, 0xe20882b7);
    free(pdu);
    pdu = windows_pdu(WINDOWS_BIND_ACK, &size);
    ck_assert_int_eq(ntlm_challenge_decode(pdu + WINDOWS_CHALLENGE_AT, size - WINDOWS_CHALLENGE_AT, &c), ERR_OK);
    assert_text(c.target_name, "DOMAIN");
    ck_assert(ntlm_av_find(c.target_info, NTLM_AV_DNS_COMPUTER, &value));
    assert_text(value, "DC1.domain.local");
    free(pdu);
    pdu = windows_pdu(WINDOWS_AUTH3, &size);
    ck_assert_int_eq(ntlm_authenticate_decode(pdu + WINDOWS_AUTHENTICATE_AT, size - WINDOWS_AUTHENTICATE_AT, &a),
                     ERR_OK);
    assert_text(a.user, "Administrator");
    assert_text(a.workstation, "WIN10");
    free(pdu);
}
END_TEST

START_TEST(a_negotiate_of_32_bytes_without_version_is_understood)
{
    static const uint8_t impacket[32] = "NTLMSSP\0\1\0\0\0\x35\x82\x08\xe0";
    struct ntlm_negotiate m;

    ck_assert_int_eq(ntlm_negotiate_decode(impacket, sizeof impacket, &m), ERR_OK);
    ck_assert_uint_eq(m.flags, 0xe0088235);
}
END_TEST

START_TEST(what_is_written_is_laid_out_as_windows_does)
{
    struct ntlm_challenge c;
    struct writer w;
    size_t size;
    uint8_t *data = from_hex(SPECIFICATION_CHALLENGE, &size);

    /* Written again, the specification's challenge differs in its debugging version alone. */
    ck_assert_int_eq(ntlm_challenge_decode(data, size, &c), ERR_OK);
    writer_init(&w, NTLM_MESSAGE_MAXIMUM);
    ntlm_challenge_encode(&w, &c);
    ck_assert_uint_eq(w.size, size);
    memcpy(w.data + 48, data + 48, 8);
    ck_assert_mem_eq(w.data, data, size);
    writer_reset(&w);

    ntlm_negotiate_encode(&w, &(struct ntlm_negotiate){ 0xe20882b7 });
    free(data);
    data = from_hex("4e544c4d5353500001000000b78208e2000000002800000000000000280000000a0000000000000f", &size);
    ck_assert_uint_eq(w.size, size);
    ck_assert_mem_eq(w.data, data, size);
    writer_cleanup(&w);
    free(data);
}
END_TEST

START_TEST(an_authenticate_written_again_reads_the_same)
{
    struct ntlm_authenticate m, again;
    struct writer w;
    size_t size;
    uint8_t *data = from_hex(SPECIFICATION_AUTHENTICATE, &size);

    ck_assert_int_eq(ntlm_authenticate_decode(data, size, &m), ERR_OK);
    writer_init(&w, NTLM_MESSAGE_MAXIMUM);
    ntlm_authenticate_encode(&w, &m);
    ck_assert_uint_eq(w.size, size + 16); /* the MIC, which the specification's specimen lacks */
    ck_assert_int_eq(ntlm_authenticate_decode(w.data, w.size, &again), ERR_OK);
    ck_assert_uint_eq(again.flags, m.flags);
    assert_text(again.domain, "Domain");
    assert_text(again.user, "User");
    assert_text(again.workstation, "COMPUTER");
    ck_assert_uint_eq(again.lm_response.size, m.lm_response.size);
    ck_assert_mem_eq(again.lm_response.data, m.lm_response.data, m.lm_response.size);
    ck_assert_mem_eq(again.nt_response.data, m.nt_response.data, m.nt_response.size);
    ck_assert_mem_eq(again.session_key.data, m.session_key.data, m.session_key.size);
    writer_cleanup(&w);
    free(data);
}
END_TEST

/* Takes `data` over and tries each prefix of what it holds from `at`, in memory of its own size so that a read beyond
 * it is caught. */
static void assert_prefixes_of_bytes_fail(uint8_t *data, size_t size, size_t at,
                                          enum err (*decode)(const uint8_t *, size_t))
{
    ck_assert_int_eq(decode(data + at, size - at), ERR_OK);
    for (size_t n = 0; n < size - at; n++) {
        uint8_t *prefix = malloc(n ? n : 1);

        memcpy(prefix, data + at, n);
        ck_assert_int_eq(decode(prefix, n), ERR_PROTOCOL);
        free(prefix);
    }
    free(data);
}

static void assert_prefixes_fail(const char *hex, size_t at, enum err (*decode)(const uint8_t *, size_t))
{
    size_t size;
    uint8_t *data = from_hex(hex, &size);

    assert_prefixes_of_bytes_fail(data, size, at, decode);
}

static enum err decode_challenge(const uint8_t *data, size_t size)
{
    struct ntlm_challenge m;

    return ntlm_challenge_decode(data, size, &m);
}

static enum err decode_authenticate(const uint8_t *data, size_t size)
{
    struct ntlm_authenticate m;

    return ntlm_authenticate_decode(data, size, &m);
}

static enum err decode_negotiate_head(const uint8_t *data, size_t size)
{
    struct ntlm_negotiate m;

    return ntlm_negotiate_decode(data, size, &m);
}

START_TEST(every_truncated_prefix_is_refused)
{
    assert_prefixes_fail(SPECIFICATION_CHALLENGE, 0, decode_challenge);
    assert_prefixes_fail(OUR_BIND_ACK, OUR_CHALLENGE_AT, decode_challenge);
    assert_prefixes_fail(SPECIFICATION_AUTHENTICATE, 0, decode_authenticate);
    assert_prefixes_fail(OUR_AUTH3, OUR_AUTHENTICATE_AT, decode_authenticate);
    assert_prefixes_fail("4e544c4d5353500001000000b78208e2", 0, decode_negotiate_head);
}
END_TEST

START_TEST(every_truncated_prefix_of_what_windows_sent_is_refused)
{
    size_t size;
    uint8_t *data = windows_pdu(WINDOWS_BIND_ACK, &size);

    assert_prefixes_of_bytes_fail(data, size, WINDOWS_CHALLENGE_AT, decode_challenge);
    data = windows_pdu(WINDOWS_AUTH3, &size);
    assert_prefixes_of_bytes_fail(data, size, WINDOWS_AUTHENTICATE_AT, decode_authenticate);
}
END_TEST

START_TEST(a_field_that_points_outside_the_message_is_refused)
{
    static const uint8_t wild[][8] = { { 1, 0, 1, 0, 0xff, 0xff, 0xff, 0xff },
                                       { 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0 },
                                       { 2, 0, 2, 0, 231, 0, 0, 0 } };
    size_t size;
    uint8_t *data = from_hex(SPECIFICATION_AUTHENTICATE, &size);

    ck_assert_uint_eq(size, 232);
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
        for (size_t field = 12; field <= 52; field += 8) {
            uint8_t saved[8];

            memcpy(saved, data + field, 8);
            memcpy(data + field, wild[i], 8);
            ck_assert_int_eq(decode_authenticate(data, size), ERR_PROTOCOL);
            memcpy(data + field, saved, 8);
        }
    }
    free(data);
}
END_TEST

START_TEST(a_list_of_pairs_must_end_as_it_should)
{
    static const uint8_t whole[] = { 1, 0, 2, 0, 'A', 0, 0, 0, 0, 0 };
    static const uint8_t endless[] = { 1, 0, 2, 0, 'A', 0 };
    static const uint8_t long_end[] = { 0, 0, 2, 0, 'A', 0 };
    static const uint8_t too_long[] = { 1, 0, 9, 0, 'A', 0, 0, 0, 0, 0 };

    ck_assert(ntlm_av_valid((struct ntlm_bytes){ whole, sizeof whole }));
    ck_assert(ntlm_av_valid((struct ntlm_bytes){ NULL, 0 }));
    ck_assert(!ntlm_av_valid((struct ntlm_bytes){ endless, sizeof endless }));
    ck_assert(!ntlm_av_valid((struct ntlm_bytes){ long_end, sizeof long_end }));
    ck_assert(!ntlm_av_valid((struct ntlm_bytes){ too_long, sizeof too_long }));
}
END_TEST

START_TEST(text_of_an_odd_number_of_bytes_is_refused_and_long_text_is_cut)
{
    char text[4];

    ck_assert(!ntlm_text_read((struct ntlm_bytes){ (const uint8_t *)"A\0B", 3 }, text, sizeof text));
    ck_assert(ntlm_text_read((struct ntlm_bytes){ (const uint8_t *)"A\0B\0C\0D\0", 8 }, text, sizeof text));
    ck_assert_str_eq(text, "ABC");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ntlm messages");
    TCase *golden = tcase_create("golden");
    TCase *malformed = tcase_create("malformed");

    tcase_add_test(golden, the_challenge_of_the_specification_is_understood);
    tcase_add_test(golden, the_authenticate_of_the_specification_is_understood);
    tcase_add_test(golden, messages_with_time_stamp_and_mic_are_understood);
    tcase_add_test(golden, a_negotiate_of_32_bytes_without_version_is_understood);
    tcase_add_test(golden, what_is_written_is_laid_out_as_windows_does);
    tcase_add_test(golden, an_authenticate_written_again_reads_the_same);
    tcase_add_test(malformed, every_truncated_prefix_is_refused);
    tcase_add_test(malformed, a_field_that_points_outside_the_message_is_refused);
    tcase_add_test(malformed, a_list_of_pairs_must_end_as_it_should);
    tcase_add_test(malformed, text_of_an_odd_number_of_bytes_is_refused_and_long_text_is_cut);
    if (windows_session_present(2)) {
        tcase_add_test(golden, messages_of_windows_are_understood);
        tcase_add_test(malformed, every_truncated_prefix_of_what_windows_sent_is_refused);
    }
    suite_add_tcase(suite, golden);
    suite_add_tcase(suite, malformed);
    return auth_suite_run(suite);
}
