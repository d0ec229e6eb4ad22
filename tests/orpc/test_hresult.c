/* The table from failures to HRESULTs. */
#include "dcom/orpc/hresult.h"
#include "tests/orpc/orpc_suite.h"

#define assert_hr(actual, expected) ck_assert_uint_eq((uint32_t)(actual), (uint32_t)(expected))

static HRESULT of(enum err e, int shape, uint32_t status)
{
    struct rpc_failure why = { .err = e, .status = status };
    why.shape = shape;
    return hresult_of_failure(&why);
}

START_TEST(a_server_that_cannot_be_reached_is_unavailable_whatever_the_reason)
{
    static const enum err reasons[] = { ERR_REFUSED, ERR_UNREACHABLE, ERR_TIMEOUT, ERR_RESOLVE, ERR_CLOSED };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        assert_hr(of(reasons[i], RPC_WIRE_CONNECT, 0), 0x800706BA);
}
END_TEST

START_TEST(a_fault_status_that_is_an_hresult_passes_through)
{
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, 0x80070005), 0x80070005);
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, 0x80010108), 0x80010108);
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, 0x80070776), 0x80070776);
}
END_TEST

START_TEST(a_fault_status_that_is_a_win32_code_becomes_its_hresult)
{
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, 5), E_ACCESSDENIED);
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, 0x6F7), 0x800706F7);
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, 0x6BA), 0x800706BA);
}
END_TEST

START_TEST(a_fault_status_of_the_protocol_becomes_what_rpcrt4_makes_of_it)
{
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, RPC_STATUS_OP_RANGE), 0x800706D1);
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, RPC_STATUS_UNKNOWN_IF), 0x800706B5);
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, RPC_STATUS_PROTOCOL_ERROR), 0x800706C0);
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, RPC_STATUS_SERVER_TOO_BUSY), 0x800706BB);
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, RPC_STATUS_CANCELLED), 0x8007071A);
    assert_hr(of(ERR_FAULT, RPC_WIRE_FAULT, 0x1C0000FF), RPC_E_FAULT);
}
END_TEST

START_TEST(a_connection_that_ends_in_a_call_is_a_failed_call)
{
    assert_hr(of(ERR_CLOSED, RPC_WIRE_CLOSED, 0), 0x800706BE);
    assert_hr(of(ERR_TIMEOUT, RPC_WIRE_TIMEOUT, 0), 0x800706BE);
}
END_TEST

START_TEST(a_refused_authentication_is_access_denied)
{
    assert_hr(of(ERR_NAK, RPC_WIRE_BIND_NAK, 8), E_ACCESSDENIED);
    assert_hr(of(ERR_NAK, RPC_WIRE_BIND_NAK, 9), E_ACCESSDENIED);
    assert_hr(of(ERR_NAK, RPC_WIRE_BIND_NAK, 4), 0x800706BA);
}
END_TEST

START_TEST(a_rejected_context_is_an_unknown_interface)
{
    assert_hr(of(ERR_NAK, RPC_WIRE_CONTEXT_REJECTED, 1), 0x800706B5);
}
END_TEST

START_TEST(a_changed_message_is_a_security_error_and_a_malformed_one_a_protocol_error)
{
    assert_hr(of(ERR_AUTH, RPC_WIRE_BAD_PDU, 0), 0x80070721);
    assert_hr(of(ERR_PROTOCOL, RPC_WIRE_BAD_PDU, 0), 0x800706C0);
}
END_TEST

START_TEST(a_cancelled_call_says_so_wherever_it_was)
{
    assert_hr(of(ERR_CANCELLED, RPC_WIRE_CLOSED, 0), RPC_E_CALL_CANCELED);
    assert_hr(of(ERR_CANCELLED, RPC_WIRE_NONE, 0), RPC_E_CALL_CANCELED);
}
END_TEST

START_TEST(missing_memory_and_missing_credentials_are_told_apart)
{
    assert_hr(of(ERR_MEMORY, RPC_WIRE_CONNECT, 0), E_OUTOFMEMORY);
    assert_hr(of(ERR_NOT_FOUND, RPC_WIRE_NONE, 0), 0x8009030E);
    assert_hr(of(ERR_OK, RPC_WIRE_NONE, 0), S_OK);
}
END_TEST

START_TEST(every_error_has_an_hresult_of_its_kind)
{
    for (int e = ERR_OK + 1; e < ERR_COUNT; e++)
        ck_assert_msg(FAILED(hresult_of_err((enum err)e)), "%s", err_text((enum err)e));
}
END_TEST

START_TEST(what_a_server_refuses_arrives_as_the_same_hresult)
{
    static const HRESULT refused[] = { (HRESULT)0x800706F7, (HRESULT)0x800706D1, (HRESULT)0x800706BA,
                                       (HRESULT)0x80070776, E_OUTOFMEMORY,       E_ACCESSDENIED,
                                       RPC_E_INVALID_OBJREF };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_hr(hresult_of_fault(fault_of_hresult(refused[i])), refused[i]);
    ck_assert_uint_eq(fault_of_hresult((HRESULT)0x800706F7), RPC_STATUS_BAD_STUB_DATA);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hresult");
    TCase *tests = tcase_create("hresult");
    tcase_add_test(tests, a_server_that_cannot_be_reached_is_unavailable_whatever_the_reason);
    tcase_add_test(tests, a_fault_status_that_is_an_hresult_passes_through);
    tcase_add_test(tests, a_fault_status_that_is_a_win32_code_becomes_its_hresult);
    tcase_add_test(tests, a_fault_status_of_the_protocol_becomes_what_rpcrt4_makes_of_it);
    tcase_add_test(tests, a_connection_that_ends_in_a_call_is_a_failed_call);
    tcase_add_test(tests, a_refused_authentication_is_access_denied);
    tcase_add_test(tests, a_rejected_context_is_an_unknown_interface);
    tcase_add_test(tests, a_changed_message_is_a_security_error_and_a_malformed_one_a_protocol_error);
    tcase_add_test(tests, a_cancelled_call_says_so_wherever_it_was);
    tcase_add_test(tests, missing_memory_and_missing_credentials_are_told_apart);
    tcase_add_test(tests, every_error_has_an_hresult_of_its_kind);
    tcase_add_test(tests, what_a_server_refuses_arrives_as_the_same_hresult);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
