/* Signing and sealing: [MS-NLMP] 4.2.4.4, a session of real Windows where its capture is there, and what must not
 * verify. */
#include <string.h>

#include "base/bytes.h"
#include "dcom/auth/ntlm_message.h"
#include "dcom/auth/ntlm_session.h"
#include "tests/auth/auth_suite.h"
#include "tests/auth/hex.h"
#include "tests/auth/windows_session.h"

#define SPECIFICATION_FLAGS 0xe28a8233u

static uint8_t key[16];

static void setup(void)
{
    memset(key, 0x55, sizeof key);
}

START_TEST(the_sealed_message_is_that_of_the_specification)
{
    static const uint8_t text[] = { 'P', 0, 'l', 0, 'a', 0, 'i', 0, 'n', 0, 't', 0, 'e', 0, 'x', 0, 't', 0 };
    uint8_t data[sizeof text], signature[16];
    struct ntlm_session client, server;
    size_t size;
    uint8_t *sealed = from_hex("54e50165bf1936dc996020c1811b0f06fb5f", &size);
    uint8_t *expected = from_hex("010000007fb38ec5c55d497600000000", &size);

    memcpy(data, text, sizeof data);
    ntlm_session_init(&client, key, SPECIFICATION_FLAGS, true);
    ntlm_session_init(&server, key, SPECIFICATION_FLAGS, false);
    ntlm_session_protect(&client, true, data, sizeof data, data, sizeof data, signature);
    ck_assert_mem_eq(data, sealed, sizeof data);
    ck_assert_mem_eq(signature, expected, sizeof signature);
    ck_assert(ntlm_session_unprotect(&server, true, data, sizeof data, data, sizeof data, signature));
    ck_assert_mem_eq(data, text, sizeof data);
    free(sealed);
    free(expected);
}
END_TEST

/* The exported key of the captured session, from its password. */
static void windows_key(uint8_t out[16], uint32_t *flags)
{
    struct ntlm_authenticate m;
    struct ntlm_challenge c;
    uint8_t hash[16], owf[16], proof[16], base[16];
    size_t auth3_size, ack_size;
    uint8_t *auth3 = windows_pdu(WINDOWS_AUTH3, &auth3_size);
    uint8_t *ack = windows_pdu(WINDOWS_BIND_ACK, &ack_size);

    ck_assert_int_eq(
        ntlm_authenticate_decode(auth3 + WINDOWS_AUTHENTICATE_AT, auth3_size - WINDOWS_AUTHENTICATE_AT, &m), ERR_OK);
    ck_assert_int_eq(ntlm_challenge_decode(ack + WINDOWS_CHALLENGE_AT, ack_size - WINDOWS_CHALLENGE_AT, &c), ERR_OK);
    ck_assert(hex_parse("2b576acbe6bcfda7294d6bd18041b8fe", hash, sizeof hash)); /* of Password123! */
    ck_assert_int_eq(ntlm_owf(hash, "Administrator", m.domain.data, m.domain.size, owf), ERR_OK);
    ntlm_response(owf, c.server_challenge, m.nt_response.data + 16, m.nt_response.size - 16, proof, base);
    ck_assert_mem_eq(proof, m.nt_response.data, sizeof proof);
    ntlm_wrap_key(base, m.session_key.data, out);
    *flags = m.flags;
    free(auth3);
    free(ack);
}

static void open_windows_pdu(struct ntlm_session *s, enum windows_pdu which, size_t clear_size, uint8_t clear[])
{
    size_t size;
    uint8_t *pdu = windows_pdu(which, &size);

    ck_assert(ntlm_session_unprotect(s, true, pdu, size - 16, pdu + 24, size - 24 - 8 - 16, pdu + size - 16));
    memcpy(clear, pdu + 24, clear_size);
    free(pdu);
}

START_TEST(what_windows_sealed_is_opened_in_both_directions)
{
    struct ntlm_session server, client;
    uint8_t exported[16], clear[20];
    uint32_t flags;

    windows_key(exported, &flags);
    ntlm_session_init(&server, exported, flags, false);
    ntlm_session_init(&client, exported, flags, true);
    open_windows_pdu(&server, WINDOWS_REQUEST_1, sizeof clear, clear);
    open_windows_pdu(&server, WINDOWS_REQUEST_2, sizeof clear, clear);
    /* OpenSCManagerW: a pointer, then counts of the machine name */
    ck_assert_uint_eq(load_u32(clear + 4), load_u32(clear + 12));
    open_windows_pdu(&client, WINDOWS_RESPONSE_1, sizeof clear, clear);
    /* A context handle that is not null: its attributes are zero, its UUID is not. */
    ck_assert_uint_eq(load_u32(clear), 0);
    ck_assert_uint_ne(load_u32(clear + 4), 0);
}
END_TEST

/* One message from client to server; `change` may spoil it on the way. */
static bool delivered(bool seal, uint32_t flags, void (*change)(uint8_t *message, size_t size, uint8_t *signature))
{
    uint8_t message[64], signature[16];
    struct ntlm_session client, server;

    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)i;
    ntlm_session_init(&client, key, flags, true);
    ntlm_session_init(&server, key, flags, false);
    ntlm_session_protect(&client, seal, message, sizeof message, message + 24, 32, signature);
    if (change)
        change(message, sizeof message, signature);
    return ntlm_session_unprotect(&server, seal, message, sizeof message, message + 24, 32, signature);
}

static size_t flipped_bit;

static void flip(uint8_t *message, size_t size, uint8_t *signature)
{
    if (flipped_bit / 8 < size)
        message[flipped_bit / 8] ^= (uint8_t)(1 << flipped_bit % 8);
    else
        signature[flipped_bit / 8 - size] ^= (uint8_t)(1 << flipped_bit % 8);
}

static const uint32_t flag_sets[] = { SPECIFICATION_FLAGS, SPECIFICATION_FLAGS & ~NTLM_KEY_EXCHANGE,
                                      SPECIFICATION_FLAGS & ~NTLM_128, SPECIFICATION_FLAGS & ~(NTLM_128 | NTLM_56) };

START_TEST(every_single_flipped_bit_is_noticed)
{
    for (int seal = 0; seal < 2; seal++) {
        ck_assert(delivered(seal, flag_sets[_i], NULL));
        for (flipped_bit = 0; flipped_bit < (64 + 16) * 8; flipped_bit++)
            ck_assert_msg(!delivered(seal, flag_sets[_i], flip), "bit %zu, seal %d", flipped_bit, seal);
    }
}
END_TEST

START_TEST(a_replayed_or_reordered_message_is_noticed)
{
    uint8_t first[16] = "first message..", second[16] = "second message.", one[16], two[16];
    struct ntlm_session client, server;

    ntlm_session_init(&client, key, SPECIFICATION_FLAGS, true);
    ntlm_session_protect(&client, false, first, sizeof first, first, 0, one);
    ntlm_session_protect(&client, false, second, sizeof second, second, 0, two);
    ntlm_session_init(&server, key, SPECIFICATION_FLAGS, false);
    ck_assert(!ntlm_session_unprotect(&server, false, second, sizeof second, second, 0, two));
    ntlm_session_init(&server, key, SPECIFICATION_FLAGS, false);
    ck_assert(ntlm_session_unprotect(&server, false, first, sizeof first, first, 0, one));
    ck_assert(!ntlm_session_unprotect(&server, false, first, sizeof first, first, 0, one));
}
END_TEST

START_TEST(a_message_sent_back_to_its_sender_is_noticed)
{
    uint8_t message[16] = "mirror", signature[16];
    struct ntlm_session client;

    ntlm_session_init(&client, key, SPECIFICATION_FLAGS, true);
    ntlm_session_protect(&client, false, message, sizeof message, message, 0, signature);
    ck_assert(!ntlm_session_unprotect(&client, false, message, sizeof message, message, 0, signature));
}
END_TEST

START_TEST(sequence_numbers_count_up_in_each_direction)
{
    uint8_t message[8] = "message", signature[16];
    struct ntlm_session client, server;

    ntlm_session_init(&client, key, SPECIFICATION_FLAGS, true);
    ntlm_session_init(&server, key, SPECIFICATION_FLAGS, false);
    for (uint32_t i = 0; i < 1000; i++) {
        ntlm_session_protect(&client, false, message, sizeof message, message, 0, signature);
        ck_assert_uint_eq(load_u32(signature + 12), i);
        ck_assert(ntlm_session_unprotect(&server, false, message, sizeof message, message, 0, signature));
        if (i % 3 == 0) {
            ntlm_session_protect(&server, false, message, sizeof message, message, 0, signature);
            ck_assert_uint_eq(load_u32(signature + 12), i / 3);
            ck_assert(ntlm_session_unprotect(&client, false, message, sizeof message, message, 0, signature));
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ntlm session");
    TCase *golden = tcase_create("golden");
    TCase *tampering = tcase_create("tampering");

    tcase_add_checked_fixture(golden, setup, NULL);
    tcase_add_test(golden, the_sealed_message_is_that_of_the_specification);
    if (windows_session_present(1))
        tcase_add_test(golden, what_windows_sealed_is_opened_in_both_directions);
    tcase_add_checked_fixture(tampering, setup, NULL);
    tcase_add_loop_test(tampering, every_single_flipped_bit_is_noticed, 0, 4);
    tcase_add_test(tampering, a_replayed_or_reordered_message_is_noticed);
    tcase_add_test(tampering, a_message_sent_back_to_its_sender_is_noticed);
    tcase_add_test(tampering, sequence_numbers_count_up_in_each_direction);
    suite_add_tcase(suite, golden);
    suite_add_tcase(suite, tampering);
    return auth_suite_run(suite);
}
