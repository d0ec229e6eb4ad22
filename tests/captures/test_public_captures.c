/* The reader against the public capture that other suites take their golden bytes from. */
#include <stdio.h>

#include "tests/auth/auth_suite.h"
#include "tests/captures/capture.h"

#define SESSION "scapy_dcerpc_privacy_ntlm.pcapng.gz"

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
    suite_add_tcase(suite, session);
    return auth_suite_run(suite);
}
