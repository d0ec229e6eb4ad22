/* The reader against the public capture that other suites take their golden bytes from. */
#include <stdio.h>

#include "dcom/auth/ntlm_message.h"
#include "dcom/auth/spnego_token.h"
#include "dcom/rpc/pdu.h"
#include "tests/auth/auth_suite.h"
#include "tests/captures/capture.h"

#define SESSION "scapy_dcerpc_privacy_ntlm.pcapng.gz"

#define NEGOTIATION "zeek_dce_rpc_ntlm.pcapng"

static struct capture capture;

static void setup(void)
{
    ck_assert(capture_open(&capture, SESSION));
}

static void teardown(void)
{
    capture_close(&capture);
}

static void assert_pdu(size_t connection, enum capture_direction direction, size_t n, int type, size_t expected)
{
    size_t size;
    const uint8_t *pdu = capture_pdu(&capture, connection, direction, n, &size);

    ck_assert_ptr_nonnull(pdu);
    ck_assert_int_eq(pdu[2], type);
    ck_assert_uint_eq(size, expected);
}

START_TEST(a_response_in_six_fragments_is_whole_though_segments_cut_one)
{
    size_t size;

    ck_assert_uint_eq(capture.count, 2);
    for (size_t n = 4; n < 9; n++)
        assert_pdu(1, CAPTURE_TO_CLIENT, n, 2, 5840);
    assert_pdu(1, CAPTURE_TO_CLIENT, 9, 2, 4688);
    ck_assert_ptr_null(capture_pdu(&capture, 1, CAPTURE_TO_CLIENT, 10, &size));
}
END_TEST

START_TEST(what_was_sent_twice_is_there_once)
{
    size_t size;

    assert_pdu(0, CAPTURE_TO_SERVER, 0, 11, 160);
    assert_pdu(0, CAPTURE_TO_SERVER, 1, 0, 168);
    assert_pdu(0, CAPTURE_TO_CLIENT, 0, 12, 108);
    assert_pdu(0, CAPTURE_TO_CLIENT, 1, 2, 172);
    ck_assert_ptr_null(capture_pdu(&capture, 0, CAPTURE_TO_CLIENT, 2, &size));
    ck_assert_uint_eq(capture_stream(&capture, 0, CAPTURE_TO_CLIENT).size, 280);
}
END_TEST

/* A token of a handshake by SPNEGO. */
static struct der_bytes token_of(enum capture_direction direction, size_t n, struct pdu *pdu)
{
    size_t size;
    uint8_t *data = (uint8_t *)capture_pdu(&capture, 0, direction, n, &size); /* decoding does not write */

    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(pdu_decode(data, size, pdu), ERR_OK);
    ck_assert_uint_eq(pdu->trailer.mechanism, AUTH_SPNEGO);
    return (struct der_bytes){ pdu->trailer.token, pdu->trailer.token_size };
}

/* Windows prefers Kerberos, is told to go on with NTLM and to sign the list, and starts NTLM in alter_context. */
START_TEST(a_negotiation_of_windows_is_understood_leg_by_leg)
{
    struct spnego_response m;
    struct spnego_init init;
    struct ntlm_negotiate negotiate;
    struct ntlm_challenge challenge;
    struct ntlm_authenticate authenticate;
    struct der_bytes token;
    struct pdu pdu;

    ck_assert(capture_open(&capture, NEGOTIATION));
    token = token_of(CAPTURE_TO_SERVER, 0, &pdu);
    ck_assert_uint_eq(pdu.header.type, PDU_BIND);
    ck_assert_int_eq(spnego_init_decode(token.data, token.size, &init), ERR_OK);
    ck_assert_int_gt(spnego_find_ntlm(init.mech_types), 0);
    ck_assert_uint_gt(init.mech_token.size, 0);
    token = token_of(CAPTURE_TO_CLIENT, 0, &pdu);
    ck_assert_int_eq(spnego_response_decode(token.data, token.size, &m), ERR_OK);
    ck_assert_int_eq(m.state, SPNEGO_REQUEST_MIC);
    ck_assert(der_equal(m.supported_mech, spnego_oid_ntlm));
    token = token_of(CAPTURE_TO_SERVER, 1, &pdu);
    ck_assert_uint_eq(pdu.header.type, PDU_ALTER_CONTEXT);
    ck_assert_int_eq(spnego_response_decode(token.data, token.size, &m), ERR_OK);
    ck_assert_int_eq(ntlm_negotiate_decode(m.token.data, m.token.size, &negotiate), ERR_OK);
    token = token_of(CAPTURE_TO_CLIENT, 1, &pdu);
    ck_assert_int_eq(spnego_response_decode(token.data, token.size, &m), ERR_OK);
    ck_assert_int_eq(ntlm_challenge_decode(m.token.data, m.token.size, &challenge), ERR_OK);
    token = token_of(CAPTURE_TO_SERVER, 2, &pdu);
    ck_assert_int_eq(spnego_response_decode(token.data, token.size, &m), ERR_OK);
    ck_assert_int_eq(ntlm_authenticate_decode(m.token.data, m.token.size, &authenticate), ERR_OK);
    ck_assert_uint_eq(m.mic.size, NTLM_KEY);
    capture_close(&capture);
}
END_TEST

int main(void)
{
    Suite *suite;
    TCase *session;

    if (!capture_present(SESSION)) {
        puts("the public captures are not here: OPCPROBE_CAPTURES names no folder with " SESSION);
        return 77;
    }
    suite = suite_create("public captures");
    session = tcase_create("session");
    tcase_add_checked_fixture(session, setup, teardown);
    tcase_add_test(session, a_response_in_six_fragments_is_whole_though_segments_cut_one);
    tcase_add_test(session, what_was_sent_twice_is_there_once);
    if (capture_present(NEGOTIATION)) {
        TCase *negotiation = tcase_create("negotiation");

        tcase_add_test(negotiation, a_negotiation_of_windows_is_understood_leg_by_leg);
        suite_add_tcase(suite, negotiation);
    } else {
        puts("1 case is left out: OPCPROBE_CAPTURES has no " NEGOTIATION);
    }
    suite_add_tcase(suite, session);
    return auth_suite_run(suite);
}
