/* The values of [MS-NLMP] 4.2.4. */
#include <string.h>

#include "dcom/auth/ntlm.h"
#include "dcom/auth/ntlm_hash.h"
#include "tests/auth/auth_suite.h"
#include "tests/auth/hex.h"

static const uint8_t challenge[8] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
static const uint8_t domain[] = { 'D', 0, 'o', 0, 'm', 0, 'a', 0, 'i', 0, 'n', 0 };

/* temp of 4.2.4.1.3: time zero, client challenge of 0xaa, domain and server names */
static const char temp_hex[] = "01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000"
                               "02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000";

static void assert_hex(const uint8_t *bytes, const char *hex)
{
    size_t size;
    uint8_t *expected = from_hex(hex, &size);

    ck_assert_mem_eq(bytes, expected, size);
    free(expected);
}

/* A response by User of Domain, password "Password". */
static struct auth_ntlm_response specimen(uint8_t *nt_response, size_t size)
{
    return (struct auth_ntlm_response){ .user = "User",
                                        .domain = "Domain",
                                        .workstation = "COMPUTER",
                                        .domain_utf16 = domain,
                                        .domain_utf16_size = sizeof domain,
                                        .server_challenge = challenge,
                                        .nt_response = nt_response,
                                        .nt_response_size = size };
}

START_TEST(password_and_response_key_are_those_of_the_specification)
{
    uint8_t hash[16], owf[16];

    ck_assert_int_eq(ntlm_hash_password("Password", hash), ERR_OK);
    assert_hex(hash, "a4f49c406510bdcab6824ee7c30fd852");
    ck_assert_int_eq(ntlm_owf(hash, "User", domain, sizeof domain, owf), ERR_OK);
    assert_hex(owf, "0c868a403bfd7a93a3001ef22ef02e3f");
    /* User names are compared without case, so they are hashed without it. */
    ck_assert_int_eq(ntlm_owf(hash, "uSER", domain, sizeof domain, owf), ERR_OK);
    assert_hex(owf, "0c868a403bfd7a93a3001ef22ef02e3f");
}
END_TEST

START_TEST(a_password_beyond_ascii_is_hashed_in_utf16)
{
    uint8_t hash[16];

    /* MD4 of the UTF-16LE text, by impacket's compute_nthash. */
    ck_assert_int_eq(ntlm_hash_password("pässwörd-€-𝄞", hash), ERR_OK);
    assert_hex(hash, "87f11642a79cf5bd4157bf08f71c1585");
    ck_assert_int_eq(ntlm_hash_password("", hash), ERR_OK);
    assert_hex(hash, "31d6cfe0d16ae931b73c59d7e0c089c0");
}
END_TEST

START_TEST(proof_base_key_and_wrapped_key_are_those_of_the_specification)
{
    uint8_t owf[16], proof[16], base[16], wrapped[16], exported[16];
    size_t size;
    uint8_t *temp = from_hex(temp_hex, &size);

    ck_assert(hex_parse("0c868a403bfd7a93a3001ef22ef02e3f", owf, sizeof owf));
    ntlm_response(owf, challenge, temp, size, proof, base);
    assert_hex(proof, "68cd0ab851e51c96aabc927bebef6a1c");
    assert_hex(base, "8de40ccadbc14a82f15cb0ad0de95ca3");
    memset(exported, 0x55, sizeof exported);
    ntlm_wrap_key(base, exported, wrapped);
    assert_hex(wrapped, "c5dad2544fc9799094ce1ce90bc9d03e");
    ntlm_wrap_key(base, wrapped, exported);
    assert_hex(exported, "55555555555555555555555555555555");
    free(temp);
}
END_TEST

START_TEST(a_proof_is_checked_and_yields_the_base_key)
{
    struct auth_ntlm_proof proof = { .user = "User", .domain = "Domain" };
    struct auth_ntlm_response response;
    uint8_t hash[16], key[16], zeros[16] = { 0 };
    size_t temp_size;
    uint8_t *temp = from_hex(temp_hex, &temp_size);
    uint8_t *nt = malloc(16 + temp_size);

    ck_assert_int_eq(ntlm_hash_password("Password", hash), ERR_OK);
    ck_assert_int_eq(ntlm_prove(hash, challenge, temp, temp_size, &proof), ERR_OK);
    memcpy(nt, proof.nt_proof, 16);
    memcpy(nt + 16, temp, temp_size);
    response = specimen(nt, 16 + temp_size);
    ck_assert(ntlm_check_response(hash, &response, key));
    assert_hex(key, "8de40ccadbc14a82f15cb0ad0de95ca3");

    for (size_t i = 0; i < 16 + temp_size; i++) {
        nt[i] ^= 0x01;
        ck_assert(!ntlm_check_response(hash, &response, key));
        ck_assert_mem_eq(key, zeros, sizeof key);
        nt[i] ^= 0x01;
    }
    response.user = "Another";
    ck_assert(!ntlm_check_response(hash, &response, key));
    free(nt);
    free(temp);
}
END_TEST

START_TEST(a_client_that_hashes_without_its_domain_is_let_in)
{
    struct auth_ntlm_proof proof = { .user = "User", .domain = "" };
    struct auth_ntlm_response response;
    uint8_t hash[16], key[16];
    size_t temp_size;
    uint8_t *temp = from_hex(temp_hex, &temp_size);
    uint8_t *nt = malloc(16 + temp_size);

    ck_assert_int_eq(ntlm_hash_password("Password", hash), ERR_OK);
    ck_assert_int_eq(ntlm_prove(hash, challenge, temp, temp_size, &proof), ERR_OK);
    memcpy(nt, proof.nt_proof, 16);
    memcpy(nt + 16, temp, temp_size);
    response = specimen(nt, 16 + temp_size);
    ck_assert(ntlm_check_response(hash, &response, key));
    ck_assert_mem_eq(key, proof.session_base_key, sizeof key);
    free(nt);
    free(temp);
}
END_TEST

START_TEST(a_response_of_ntlm_version_1_proves_nothing)
{
    uint8_t nt[24] = { 0 }, hash[16] = { 0 }, key[16];
    struct auth_ntlm_response response = specimen(nt, sizeof nt);

    for (size_t size = 0; size <= sizeof nt; size++) {
        response.nt_response_size = size;
        ck_assert(!ntlm_check_response(hash, &response, key));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ntlm hash");
    TCase *vectors = tcase_create("vectors");
    TCase *checks = tcase_create("checks");

    tcase_add_test(vectors, password_and_response_key_are_those_of_the_specification);
    tcase_add_test(vectors, a_password_beyond_ascii_is_hashed_in_utf16);
    tcase_add_test(vectors, proof_base_key_and_wrapped_key_are_those_of_the_specification);
    tcase_add_test(checks, a_proof_is_checked_and_yields_the_base_key);
    tcase_add_test(checks, a_client_that_hashes_without_its_domain_is_let_in);
    tcase_add_test(checks, a_response_of_ntlm_version_1_proves_nothing);
    suite_add_tcase(suite, vectors);
    suite_add_tcase(suite, checks);
    return auth_suite_run(suite);
}
