/* Verification trailers: found, checked, cut off; and stubs that only look like having one. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/rpc/verification.h"
#include "tests/auth/auth_suite.h"
#include "tests/rpc/raw.h"

static const uint8_t signature[8] = { 0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71 };
static const struct verification truth = { true, &echo_syntax, &rpc_syntax_ndr, 7, 3, 9 };

static struct writer w;

static void setup(void)
{
    writer_init(&w, 65536);
}

static void teardown(void)
{
    writer_cleanup(&w);
}

static void syntax(const struct rpc_syntax *s)
{
    writer_bytes(&w, s->uuid.bytes, sizeof s->uuid.bytes);
    writer_u16(&w, s->major);
    writer_u16(&w, s->minor);
}

static void bitmask(uint16_t flags)
{
    writer_u16(&w, 1 | flags);
    writer_u16(&w, 4);
    writer_u32(&w, 1);
}

static void context(uint16_t flags, const struct verification *v)
{
    writer_u16(&w, 2 | flags);
    writer_u16(&w, 40);
    syntax(v->abstract);
    syntax(v->transfer);
}

static void header(uint16_t flags, const struct verification *v)
{
    writer_u16(&w, 3 | flags);
    writer_u16(&w, 16);
    writer_u32(&w, 0); /* request */
    writer_u32(&w, 0x10);
    writer_u32(&w, v->call_id);
    writer_u16(&w, v->context_id);
    writer_u16(&w, v->opnum);
}

/* `size` bytes of stub and a trailer with all three commands. */
static void stub_with_trailer(size_t size, const struct verification *v)
{
    writer_reset(&w);
    fill_pattern(&w, size);
    writer_align(&w, 4);
    writer_bytes(&w, signature, sizeof signature);
    bitmask(0);
    context(0, v);
    header(0x4000, v);
}

static enum err check(size_t *size)
{
    *size = w.size;
    return verification_check(w.data, size, &truth);
}

START_TEST(a_trailer_that_agrees_is_cut_off)
{
    size_t size;

    for (size_t stub = 0; stub < 40; stub++) {
        stub_with_trailer(stub, &truth);
        ck_assert_int_eq(check(&size), ERR_OK);
        ck_assert_uint_eq(size, (stub + 3) / 4 * 4);
    }
}
END_TEST

START_TEST(commands_come_in_any_order_and_unknown_ones_are_passed_over)
{
    size_t size;

    writer_bytes(&w, "abcd", 4);
    writer_bytes(&w, signature, sizeof signature);
    header(0x8000, &truth);
    writer_u16(&w, 0x0123); /* unknown, may be ignored */
    writer_u16(&w, 8);
    writer_zeros(&w, 8);
    bitmask(0x8000);
    context(0x4000, &truth);
    ck_assert_int_eq(check(&size), ERR_OK);
    ck_assert_uint_eq(size, 4);
}
END_TEST

START_TEST(an_unknown_command_that_must_be_processed_is_refused)
{
    size_t size;

    writer_bytes(&w, signature, sizeof signature);
    writer_u16(&w, 0x8123 | 0x4000);
    writer_u16(&w, 0);
    ck_assert_int_eq(check(&size), ERR_AUTH);
}
END_TEST

START_TEST(a_trailer_that_disagrees_is_refused)
{
    struct verification lie = truth;
    size_t size;

    switch (_i) {
    case 0:
        lie.abstract = &exempt_syntax;
        break;
    case 1:
        lie.transfer = &exempt_syntax;
        break;
    case 2:
        lie.call_id++;
        break;
    case 3:
        lie.context_id++;
        break;
    default:
        lie.opnum++;
        break;
    }
    stub_with_trailer(20, &lie);
    ck_assert_int_eq(check(&size), ERR_AUTH);
}
END_TEST

START_TEST(a_client_that_signs_headers_must_have_said_so_in_its_bind)
{
    struct verification stripped = truth;
    size_t size;

    stub_with_trailer(20, &truth);
    stripped.client_signs_headers = false;
    size = w.size;
    ck_assert_int_eq(verification_check(w.data, &size, &stripped), ERR_AUTH);
}
END_TEST

START_TEST(what_is_no_trailer_stays_in_the_stub)
{
    size_t size;

    fill_pattern(&w, 100);
    ck_assert_int_eq(check(&size), ERR_OK);
    ck_assert_uint_eq(size, 100);
    /* The signature alone, or with commands that do not end at the end */
    writer_bytes(&w, signature, sizeof signature);
    ck_assert_int_eq(check(&size), ERR_OK);
    ck_assert_uint_eq(size, 108);
    bitmask(0x4000);
    writer_u32(&w, 0);
    ck_assert_int_eq(check(&size), ERR_OK);
    ck_assert_uint_eq(size, 120);
    /* Nothing at all */
    size = 0;
    ck_assert_int_eq(verification_check(NULL, &size, &truth), ERR_OK);
}
END_TEST

START_TEST(every_truncated_trailer_is_none)
{
    size_t size, whole;

    stub_with_trailer(20, &truth);
    whole = w.size;
    for (size_t cut = 1; cut <= whole; cut++) {
        uint8_t *prefix = malloc(whole - cut + 1);

        memcpy(prefix, w.data, whole - cut);
        size = whole - cut;
        ck_assert_int_eq(verification_check(prefix, &size, &truth), ERR_OK);
        ck_assert_uint_eq(size, whole - cut);
        free(prefix);
    }
}
END_TEST

static const enum auth_level levels[] = { AUTH_LEVEL_NONE, AUTH_LEVEL_CONNECT, AUTH_LEVEL_PACKET_INTEGRITY,
                                          AUTH_LEVEL_PACKET_PRIVACY };

START_TEST(the_server_takes_it_off_and_refuses_a_request_it_belies)
{
    struct verification v = {
        levels[_i] >= AUTH_LEVEL_PACKET_INTEGRITY, &echo_syntax, &rpc_syntax_ndr, 2, 0, ECHO_BACK
    };
    struct echo_server server;
    struct rpc_connection *c;
    struct rpc_failure why;
    struct writer reply;

    echo_server_init(&server);
    echo_server_start(&server);
    writer_init(&reply, 65536);
    c = echo_server_bound(&server, levels[_i]);
    stub_with_trailer(20, &v);
    if (!v.client_signs_headers)
        store_u32(w.data + 20 + 8 + 4, 0); /* the bit for header signing */
    ck_assert_int_eq(rpc_connection_call(c, 0, ECHO_BACK, NULL, &w, &reply, TEST_DEADLINE, &why), ERR_OK);
    ck_assert_uint_eq(reply.size, 20);
    /* The same trailer on the next call, whose number is another */
    ck_assert_int_eq(rpc_connection_call(c, 0, ECHO_BACK, NULL, &w, &reply, TEST_DEADLINE, &why), ERR_FAULT);
    ck_assert_uint_eq(why.status, RPC_STATUS_ACCESS_DENIED);
    ck_assert_int_eq(atomic_load(&server.dispatched), 1);
    rpc_connection_destroy(c);
    echo_server_stop(&server);
    writer_cleanup(&reply);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verification trailer");
    TCase *alone = tcase_create("alone");
    TCase *served = tcase_create("served");

    tcase_add_checked_fixture(alone, setup, teardown);
    tcase_add_test(alone, a_trailer_that_agrees_is_cut_off);
    tcase_add_test(alone, commands_come_in_any_order_and_unknown_ones_are_passed_over);
    tcase_add_test(alone, an_unknown_command_that_must_be_processed_is_refused);
    tcase_add_loop_test(alone, a_trailer_that_disagrees_is_refused, 0, 5);
    tcase_add_test(alone, a_client_that_signs_headers_must_have_said_so_in_its_bind);
    tcase_add_test(alone, what_is_no_trailer_stays_in_the_stub);
    tcase_add_test(alone, every_truncated_trailer_is_none);
    tcase_add_checked_fixture(served, setup, teardown);
    tcase_add_loop_test(served, the_server_takes_it_off_and_refuses_a_request_it_belies, 0, 4);
    suite_add_tcase(suite, alone);
    suite_add_tcase(suite, served);
    return auth_suite_run(suite);
}
