/* The bare TCP echo. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "probe-server/floor.h"
#include "tests/probe-server/fixture.h"

#define LIMIT_NS (20 * NS_PER_S)

static struct floor *echo;

static void start(void)
{
    const char addresses[][SOCKET_ADDRESS_TEXT] = { "127.0.0.1" };
    ck_assert_int_eq(floor_start(addresses, 1, &echo), ERR_OK);
    ck_assert_uint_ne(floor_port(echo), 0);
}

static void stop(void)
{
    floor_stop(echo);
}

static socket_t connect_echo(void)
{
    socket_t s;
    ck_assert_int_eq(socket_connect_tcp("127.0.0.1", floor_port(echo), NULL, clock_deadline_ns(LIMIT_NS), &s), ERR_OK);
    return s;
}

static enum err ask(socket_t s, uint32_t request, uint32_t reply, size_t sent)
{
    uint8_t header[8];
    store_u32(header, request);
    store_u32(header + 4, reply);
    uint8_t *rest = calloc(1, sent + 1);
    struct socket_slice slices[] = { { header, 8 }, { rest, sent } };
    enum err e = socket_write_all(s, slices, sent ? 2 : 1, clock_deadline_ns(LIMIT_NS));
    free(rest);
    return e;
}

static enum err expect(socket_t s, size_t size)
{
    uint8_t *reply = malloc(size + 1);
    enum err e = socket_read_all(s, reply, size, clock_deadline_ns(LIMIT_NS));
    free(reply);
    return e;
}

START_TEST(a_request_is_answered_with_as_many_bytes_as_asked_for_again_and_again)
{
    static const struct {
        uint32_t request, reply;
    } rounds[] = { { 8, 1 }, { 100, 200000 }, { 300000, 24 }, { 8, 8 } };
    socket_t s = connect_echo();
    for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
        ck_assert_int_eq(ask(s, rounds[i].request, rounds[i].reply, rounds[i].request - 8), ERR_OK);
        ck_assert_int_eq(expect(s, rounds[i].reply), ERR_OK);
    }
    socket_close(s);
}
END_TEST

START_TEST(an_empty_reply_is_no_reply)
{
    socket_t s = connect_echo();
    ck_assert_int_eq(ask(s, 8, 0, 0), ERR_OK);
    ck_assert_int_eq(ask(s, 8, 3, 0), ERR_OK);
    ck_assert_int_eq(expect(s, 3), ERR_OK);
    socket_close(s);
}
END_TEST

START_TEST(impossible_sizes_end_the_connection)
{
    static const struct {
        uint32_t request, reply;
    } bad[] = {
        { 7, 1 }, { 0, 1 }, { FLOOR_SIZE_MAXIMUM + 1, 1 }, { 8, FLOOR_SIZE_MAXIMUM + 1 }, { 0xFFFFFFFF, 0xFFFFFFFF }
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t answer;
        socket_t s = connect_echo();
        ck_assert_int_eq(ask(s, bad[i].request, bad[i].reply, 0), ERR_OK);
        ck_assert_int_eq(socket_read_all(s, &answer, 1, clock_deadline_ns(LIMIT_NS)), ERR_CLOSED);
        socket_close(s);
    }
}
END_TEST

START_TEST(one_connection_too_many_is_hung_up_and_a_place_becomes_free_again)
{
    socket_t sockets[FLOOR_CONNECTIONS_MAXIMUM + 1];
    uint8_t answer;
    for (size_t i = 0; i < FLOOR_CONNECTIONS_MAXIMUM; i++) {
        sockets[i] = connect_echo();
        ck_assert_int_eq(ask(sockets[i], 8, 1, 0), ERR_OK);
        ck_assert_int_eq(expect(sockets[i], 1), ERR_OK);
    }
    socket_t extra = connect_echo();
    ck_assert_int_eq(socket_read_all(extra, &answer, 1, clock_deadline_ns(LIMIT_NS)), ERR_CLOSED);
    socket_close(extra);
    for (size_t i = 0; i < FLOOR_CONNECTIONS_MAXIMUM; i++)
        socket_close(sockets[i]);
    for (int attempt = 0;; attempt++) { /* the server notices the closing a little later */
        extra = connect_echo();
        (void)ask(extra, 8, 1, 0);
        bool served = expect(extra, 1) == ERR_OK;
        socket_close(extra);
        if (served)
            break;
        ck_assert_int_lt(attempt, 1000);
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    }
}
END_TEST

START_TEST(stopping_hangs_up_on_those_who_wait)
{
    socket_t s = connect_echo();
    uint8_t answer;
    ck_assert_int_eq(ask(s, 100, 1, 10), ERR_OK); /* half a request */
    floor_stop(echo);
    echo = NULL;
    /* Closed, or reset when bytes of ours were never read. */
    ck_assert_int_ne(socket_read_all(s, &answer, 1, clock_deadline_ns(LIMIT_NS)), ERR_TIMEOUT);
    socket_close(s);
}
END_TEST

START_TEST(an_address_that_is_not_ours_is_an_error)
{
    const char addresses[][SOCKET_ADDRESS_TEXT] = { "192.0.2.1" };
    struct floor *f;
    ck_assert_int_ne(floor_start(addresses, 1, &f), ERR_OK);
    ck_assert_ptr_null(f);
}
END_TEST

START_TEST(all_addresses_share_one_port)
{
    const char addresses[][SOCKET_ADDRESS_TEXT] = { "127.0.0.1", "127.0.0.2" };
    struct floor *f;
    socket_t s;
    ck_assert_int_eq(floor_start(addresses, 2, &f), ERR_OK);
    ck_assert_int_eq(socket_connect_tcp("127.0.0.2", floor_port(f), NULL, clock_deadline_ns(LIMIT_NS), &s), ERR_OK);
    ck_assert_int_eq(ask(s, 8, 5, 0), ERR_OK);
    ck_assert_int_eq(expect(s, 5), ERR_OK);
    socket_close(s);
    floor_stop(f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("floor");
    TCase *tc = tcase_create("echo");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, start, stop);
    tcase_add_test(tc, a_request_is_answered_with_as_many_bytes_as_asked_for_again_and_again);
    tcase_add_test(tc, an_empty_reply_is_no_reply);
    tcase_add_test(tc, impossible_sizes_end_the_connection);
    tcase_add_test(tc, one_connection_too_many_is_hung_up_and_a_place_becomes_free_again);
    tcase_add_test(tc, stopping_hangs_up_on_those_who_wait);
    tcase_add_test(tc, an_address_that_is_not_ours_is_an_error);
    tcase_add_test(tc, all_addresses_share_one_port);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
