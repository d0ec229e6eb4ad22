#include "base/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/thread.h"
#include "suite.h"

#define SOON  clock_deadline_ns(20 * NS_PER_S)
#define SHORT (30 * NS_PER_MS)

/* A connection over loopback: [0] connected, [1] accepted. */
static void connect_pair(socket_t pair[2])
{
    socket_t listener;
    uint16_t port = 0;
    ck_ok(socket_listen_tcp("127.0.0.1", &port, &listener));
    ck_ok(socket_connect_tcp("127.0.0.1", port, NULL, SOON, &pair[0]));
    ck_ok(socket_accept(listener, SOON, &pair[1]));
    socket_close(listener);
}

static void close_pair(socket_t pair[2])
{
    socket_close(pair[0]);
    socket_close(pair[1]);
}

/* Runs from where the wait began to `deadline`, not less and not minutes more. */
static void assert_timed_out(enum err e, int64_t deadline)
{
    int64_t now = clock_now_ns();
    ck_assert_int_eq(e, ERR_TIMEOUT);
    ck_assert_int_ge(now, deadline);
    ck_assert_int_lt(now - deadline, 5 * NS_PER_S);
}

START_TEST(bytes_arrive_in_order)
{
    socket_t pair[2];
    connect_pair(pair);
    struct socket_slice slices[] = { { "ab", 2 }, { NULL, 0 }, { "c", 1 }, { "", 0 }, { "def", 3 } };
    ck_ok(socket_write_all(pair[0], slices, 5, SOON));
    char got[6];
    ck_ok(socket_read_all(pair[1], got, 6, SOON));
    ck_assert_mem_eq(got, "abcdef", 6);
    ck_ok(socket_write_all(pair[0], NULL, 0, SOON));
    size_t size;
    ck_ok(socket_read(pair[1], got, 0, 0, &size));
    ck_assert_uint_eq(size, 0);
    close_pair(pair);
}
END_TEST

START_TEST(a_read_takes_what_is_there)
{
    socket_t pair[2];
    connect_pair(pair);
    struct socket_slice slice = { "12345", 5 };
    ck_ok(socket_write_all(pair[1], &slice, 1, SOON));
    char got[100];
    size_t size;
    ck_ok(socket_wait_readable(pair[0], SOON));
    ck_ok(socket_read(pair[0], got, 2, SOON, &size));
    ck_assert_uint_eq(size, 2);
    ck_ok(socket_read(pair[0], got, sizeof(got), SOON, &size));
    ck_assert_uint_eq(size, 3);
    close_pair(pair);
}
END_TEST

START_TEST(every_wait_ends_at_its_deadline_and_never_before)
{
    socket_t pair[2];
    socket_t listener;
    uint16_t port = 0;
    char byte;
    size_t size;
    connect_pair(pair);
    ck_ok(socket_listen_tcp("127.0.0.1", &port, &listener));
    int64_t deadline = clock_deadline_ns(SHORT);
    assert_timed_out(socket_read(pair[0], &byte, 1, deadline, &size), deadline);
    ck_assert_uint_eq(size, 0);
    deadline = clock_deadline_ns(SHORT);
    assert_timed_out(socket_read_all(pair[0], &byte, 1, deadline), deadline);
    deadline = clock_deadline_ns(SHORT);
    assert_timed_out(socket_wait_readable(pair[0], deadline), deadline);
    deadline = clock_deadline_ns(SHORT);
    socket_t accepted;
    assert_timed_out(socket_accept(listener, deadline, &accepted), deadline);
    ck_assert_int_eq(accepted, SOCKET_NONE);
    /* A deadline that has passed already is not waited for at all. */
    ck_assert_int_eq(socket_read(pair[0], &byte, 1, 0, &size), ERR_TIMEOUT);
    ck_assert_int_eq(socket_accept(listener, 0, &accepted), ERR_TIMEOUT);
    socket_close(listener);
    close_pair(pair);
}
END_TEST

START_TEST(what_already_arrived_is_read_after_the_deadline)
{
    socket_t pair[2];
    connect_pair(pair);
    struct socket_slice slice = { "x", 1 };
    ck_ok(socket_write_all(pair[1], &slice, 1, SOON));
    ck_ok(socket_wait_readable(pair[0], SOON));
    char byte;
    size_t size;
    ck_ok(socket_read(pair[0], &byte, 1, 0, &size));
    close_pair(pair);
}
END_TEST

static void interrupted(int number)
{
    (void)number;
}

static void send_signals(void *argument)
{
    for (int i = 0; i < 20; i++) {
        clock_sleep_until_ns(clock_deadline_ns(2 * NS_PER_MS));
        (void)pthread_kill(*(pthread_t *)argument, SIGUSR1);
    }
}

START_TEST(signals_neither_end_nor_lengthen_a_wait)
{
    struct sigaction action = { .sa_handler = interrupted };
    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
    socket_t pair[2];
    connect_pair(pair);
    pthread_t self = pthread_self();
    struct thread sender;
    ck_ok(thread_start(&sender, send_signals, &self));
    char byte;
    size_t size;
    int64_t deadline = clock_deadline_ns(60 * NS_PER_MS);
    assert_timed_out(socket_read(pair[0], &byte, 1, deadline, &size), deadline);
    thread_join(&sender);
    close_pair(pair);
}
END_TEST

#define BIG_SLICES 3000
#define BIG_SLICE  301

/* More slices than the system takes at once, through the smallest buffer it gives. */
static uint8_t big[BIG_SLICES * BIG_SLICE];

static void read_slowly(void *argument)
{
    socket_t s = *(socket_t *)argument;
    size_t at = 0;
    while (at < sizeof(big)) {
        uint8_t part[4093];
        size_t got;
        ck_ok(socket_read(s, part, sizeof(part), SOON, &got));
        ck_assert_uint_le(got, sizeof(big) - at);
        ck_assert_mem_eq(part, big + at, got);
        at += got;
        if (at % 7 == 0) {
            clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS / 10));
        }
    }
}

START_TEST(a_write_that_the_system_cuts_goes_on)
{
    for (size_t i = 0; i < sizeof(big); i++) {
        big[i] = (uint8_t)(i * 31 + i / 256);
    }
    static struct socket_slice slices[BIG_SLICES];
    for (size_t i = 0; i < BIG_SLICES; i++) {
        slices[i] = (struct socket_slice){ big + i * BIG_SLICE, BIG_SLICE };
    }
    socket_t pair[2];
    if (_i == 0) {
        connect_pair(pair);
    } else {
        ck_ok(socket_pair(pair));
    }
    /* The system raises it to its smallest; a smaller receive buffer would make TCP wait for its probe timer. */
    int small = 1;
    ck_assert_int_eq(setsockopt((int)pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    struct thread reader;
    ck_ok(thread_start(&reader, read_slowly, &pair[1]));
    ck_ok(socket_write_all(pair[0], slices, BIG_SLICES, SOON));
    thread_join(&reader);
    close_pair(pair);
}
END_TEST

START_TEST(a_write_to_a_peer_that_does_not_read_times_out)
{
    socket_t pair[2];
    connect_pair(pair);
    static const uint8_t much[8 << 20];
    struct socket_slice slice = { much, sizeof(much) };
    int64_t deadline = clock_deadline_ns(100 * NS_PER_MS);
    assert_timed_out(socket_write_all(pair[0], &slice, 1, deadline), deadline);
    close_pair(pair);
}
END_TEST

START_TEST(the_end_of_the_stream_is_told)
{
    socket_t pair[2];
    connect_pair(pair);
    struct socket_slice slice = { "ab", 2 };
    ck_ok(socket_write_all(pair[1], &slice, 1, SOON));
    socket_close(pair[1]);
    char got[3];
    ck_assert_int_eq(socket_read_all(pair[0], got, 3, SOON), ERR_CLOSED);
    size_t size;
    ck_assert_int_eq(socket_read(pair[0], got, 1, SOON, &size), ERR_CLOSED);
    socket_close(pair[0]);
}
END_TEST

START_TEST(a_write_to_a_closed_peer_raises_no_signal)
{
    ck_assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    socket_t pair[2];
    connect_pair(pair);
    socket_close(pair[1]);
    struct socket_slice slice = { "x", 1 };
    enum err e = ERR_OK;
    for (int i = 0; i < 100 && !e; i++) {
        e = socket_write_all(pair[0], &slice, 1, SOON);
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    }
    ck_assert_int_eq(e, ERR_CLOSED);
    socket_close(pair[0]);
}
END_TEST

START_TEST(a_peer_that_hung_up_is_noticed_without_reading)
{
    socket_t pair[2];
    connect_pair(pair);
    ck_ok(socket_check_alive(pair[0]));
    struct socket_slice slice = { "x", 1 };
    ck_ok(socket_write_all(pair[1], &slice, 1, SOON));
    ck_ok(socket_wait_readable(pair[0], SOON));
    ck_ok(socket_check_alive(pair[0]));
    socket_close(pair[1]);
    enum err e = ERR_OK;
    for (int i = 0; i < 1000 && !e; i++) {
        e = socket_check_alive(pair[0]);
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    }
    ck_assert_int_eq(e, ERR_CLOSED);
    /* The byte sent before is still there. */
    char byte;
    size_t size;
    ck_ok(socket_read(pair[0], &byte, 1, SOON, &size));
    socket_close(pair[0]);
}
END_TEST

/* A thread that blocks in a wait, and what woke it. */
struct blocked {
    socket_t socket;
    bool accepting;
    atomic_bool started;
    enum err result;
};

static void block(void *argument)
{
    struct blocked *b = argument;
    char byte;
    size_t size;
    socket_t accepted;
    atomic_store(&b->started, true);
    b->result =
        b->accepting ? socket_accept(b->socket, SOON, &accepted) : socket_read(b->socket, &byte, 1, SOON, &size);
}

static enum err shut_down_while_blocked(socket_t s, bool accepting)
{
    struct blocked b = { .socket = s, .accepting = accepting };
    struct thread t;
    ck_ok(thread_start(&t, block, &b));
    while (!atomic_load(&b.started)) {
    }
    clock_sleep_until_ns(clock_deadline_ns(10 * NS_PER_MS));
    int64_t start = clock_now_ns();
    socket_shutdown(s);
    thread_join(&t);
    ck_assert_int_lt(clock_now_ns() - start, 5 * NS_PER_S);
    return b.result;
}

START_TEST(an_end_that_finished_still_reads)
{
    struct socket_slice word = { "word", 4 };
    socket_t pair[2];
    char read[4];
    size_t size;
    connect_pair(pair);
    ck_ok(socket_write_all(pair[0], &word, 1, SOON));
    socket_finish(pair[0]);
    ck_ok(socket_read_all(pair[1], read, sizeof read, SOON));
    ck_assert_int_eq(socket_read(pair[1], read, sizeof read, SOON, &size), ERR_CLOSED);
    ck_ok(socket_write_all(pair[1], &word, 1, SOON));
    ck_ok(socket_read_all(pair[0], read, sizeof read, SOON));
    ck_assert_mem_eq(read, "word", 4);
    close_pair(pair);
}
END_TEST

START_TEST(a_shutdown_wakes_a_blocked_thread)
{
    socket_t pair[2];
    connect_pair(pair);
    ck_assert_int_eq(shut_down_while_blocked(pair[0], false), ERR_CLOSED);
    close_pair(pair);
    ck_ok(socket_pair(pair));
    ck_assert_int_eq(shut_down_while_blocked(pair[0], false), ERR_CLOSED);
    close_pair(pair);
    socket_t listener;
    uint16_t port = 0;
    ck_ok(socket_listen_tcp("127.0.0.1", &port, &listener));
    ck_assert_int_eq(shut_down_while_blocked(listener, true), ERR_CLOSED);
    socket_close(listener);
    ck_ok(socket_listen_local(suite_path("shut"), &listener));
    ck_assert_int_eq(shut_down_while_blocked(listener, true), ERR_CLOSED);
    socket_close(listener);
}
END_TEST

START_TEST(a_port_nobody_listens_on_refuses)
{
    socket_t s;
    uint16_t port = 0;
    ck_ok(socket_listen_tcp("127.0.0.1", &port, &s));
    socket_close(s);
    ck_assert_int_eq(socket_connect_tcp("127.0.0.1", port, NULL, SOON, &s), ERR_REFUSED);
    ck_assert_int_eq(s, SOCKET_NONE);
    ck_assert_int_eq(socket_last_error(), ECONNREFUSED);
}
END_TEST

/* Linux walks through its range of ports for connecting sockets, every second one first. So as many tries as there are
 * such ports lead to the one that the connection is for. */
START_TEST(a_connection_never_meets_itself)
{
    unsigned low = 32768, high = 60999;
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%u %u", &low, &high), 2);
    ck_assert_int_eq(fclose(file), 0);
    socket_t s = SOCKET_NONE;
    uint16_t port;
    for (unsigned candidate = low + 100; s == SOCKET_NONE && candidate < high; candidate += 2) {
        port = (uint16_t)candidate;
        if (socket_listen_tcp("127.0.0.1", &port, &s)) {
            s = SOCKET_NONE;
        }
    }
    socket_close(s);
    for (unsigned i = 0; i < (high - low) / 2 + 100; i++) {
        ck_assert_int_eq(socket_connect_tcp("127.0.0.1", port, NULL, SOON, &s), ERR_REFUSED);
    }
}
END_TEST

/* A listener that takes one connection at a time and accepts none: once its queue is full it is as silent as a host
 * behind a firewall that drops. */
struct silent_listener {
    int listener;
    uint16_t port;
    socket_t filling[8];
    int filled;
};

/* Returns how the last attempt ended, and when its time was up. */
static enum err silent_listener_start(struct silent_listener *l, int64_t *deadline)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(a);
    *l = (struct silent_listener){ .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    ck_assert_int_eq(bind(l->listener, (struct sockaddr *)&a, sizeof(a)), 0);
    ck_assert_int_eq(listen(l->listener, 0), 0);
    ck_assert_int_eq(getsockname(l->listener, (struct sockaddr *)&a, &size), 0);
    l->port = ntohs(a.sin_port);
    enum err e = ERR_OK;
    while (!e && l->filled < 8) {
        *deadline = clock_deadline_ns(100 * NS_PER_MS);
        e = socket_connect_tcp("127.0.0.1", l->port, NULL, *deadline, &l->filling[l->filled]);
        l->filled += !e;
    }
    return e;
}

static void silent_listener_stop(struct silent_listener *l)
{
    while (l->filled > 0) {
        socket_close(l->filling[--l->filled]);
    }
    ck_assert_int_eq(close(l->listener), 0);
}

START_TEST(a_full_queue_of_connections_times_out)
{
    struct silent_listener silent;
    int64_t deadline;
    enum err e = silent_listener_start(&silent, &deadline);
    assert_timed_out(e, deadline);
    ck_assert_int_eq(socket_last_error(), ETIMEDOUT);
    silent_listener_stop(&silent);
}
END_TEST

static void shut_down_soon(void *argument)
{
    clock_sleep_until_ns(clock_deadline_ns(100 * NS_PER_MS));
    socket_shutdown(*(socket_t *)argument);
}

START_TEST(a_shutdown_ends_the_wait_for_a_connection)
{
    struct silent_listener silent;
    struct thread thread;
    int64_t deadline;
    socket_t s;
    ck_assert_int_eq(silent_listener_start(&silent, &deadline), ERR_TIMEOUT);
    ck_ok(socket_connect_tcp_begin("127.0.0.1", silent.port, NULL, &s));
    int64_t started = clock_now_ns();
    ck_ok(thread_start(&thread, shut_down_soon, &s));
    ck_assert_int_ne(socket_connect_tcp_finish(s, clock_deadline_ns(20 * NS_PER_S)), ERR_OK);
    ck_assert_int_lt(clock_now_ns() - started, 10 * NS_PER_S);
    thread_join(&thread);
    socket_close(s);
    silent_listener_stop(&silent);
}
END_TEST

START_TEST(an_address_must_be_numeric)
{
    socket_t s;
    uint16_t port = 0;
    ck_assert_int_eq(socket_connect_tcp("localhost", 1, NULL, SOON, &s), ERR_RESOLVE);
    ck_assert_int_eq(socket_connect_tcp("", 1, NULL, SOON, &s), ERR_RESOLVE);
    ck_assert_int_eq(socket_listen_tcp("localhost", &port, &s), ERR_RESOLVE);
    ck_assert_int_eq(socket_connect_tcp("127.0.0.1", 1, "localhost", SOON, &s), ERR_RESOLVE);
}
END_TEST

START_TEST(the_address_to_connect_from_is_kept)
{
    socket_t listener, s, accepted;
    uint16_t port = 0;
    char text[SOCKET_ADDRESS_TEXT], peer[SOCKET_ADDRESS_TEXT];
    ck_ok(socket_listen_tcp("127.0.0.3", &port, &listener));
    ck_ok(socket_connect_tcp("127.0.0.3", port, "127.0.0.2", SOON, &s));
    ck_ok(socket_accept(listener, SOON, &accepted));
    socket_peer_text(accepted, peer);
    ck_assert_int_eq(strncmp(peer, "127.0.0.2:", 10), 0);
    socket_local_text(s, text);
    ck_assert_str_eq(text, peer);
    socket_peer_text(s, text);
    char expected[SOCKET_ADDRESS_TEXT];
    (void)snprintf(expected, sizeof(expected), "127.0.0.3:%u", port);
    ck_assert_str_eq(text, expected);
    socket_close(s);
    socket_close(accepted);
    /* An address of another family, or one this machine does not have, leads nowhere. */
    ck_assert_int_eq(socket_connect_tcp("127.0.0.3", port, "::1", SOON, &s), ERR_UNREACHABLE);
    ck_assert_int_eq(socket_connect_tcp("127.0.0.3", port, "192.0.2.1", SOON, &s), ERR_UNREACHABLE);
    socket_close(listener);
}
END_TEST

START_TEST(ipv6_works_where_the_machine_has_it)
{
    socket_t listener, s, accepted;
    uint16_t port = 0;
    char text[SOCKET_ADDRESS_TEXT];
    enum err e = socket_listen_tcp("::1", &port, &listener);
    if (e == ERR_UNREACHABLE) {
        return; /* no IPv6 on this machine: the address cannot even be listened on */
    }
    ck_ok(e);
    ck_ok(socket_connect_tcp("::1", port, NULL, SOON, &s));
    ck_ok(socket_accept(listener, SOON, &accepted));
    socket_peer_text(accepted, text);
    ck_assert_int_eq(strncmp(text, "[::1]:", 6), 0);
    socket_close(s);
    socket_close(accepted);
    socket_close(listener);
}
END_TEST

START_TEST(a_taken_port_is_in_use)
{
    socket_t first, second;
    uint16_t port = 0;
    ck_ok(socket_listen_tcp("127.0.0.1", &port, &first));
    ck_assert_uint_ne(port, 0);
    uint16_t again = port;
    ck_assert_int_eq(socket_listen_tcp("127.0.0.1", &again, &second), ERR_IN_USE);
    ck_assert_int_eq(second, SOCKET_NONE);
    socket_close(first);
    /* And free at once, even with connections of before still winding down. */
    ck_ok(socket_listen_tcp("127.0.0.1", &again, &second));
    socket_close(second);
}
END_TEST

START_TEST(a_port_of_connections_just_closed_can_be_listened_on)
{
    socket_t listener, client, accepted;
    uint16_t port = 0;
    ck_ok(socket_listen_tcp("127.0.0.1", &port, &listener));
    ck_ok(socket_connect_tcp("127.0.0.1", port, NULL, SOON, &client));
    ck_ok(socket_accept(listener, SOON, &accepted));
    socket_close(accepted); /* the side that closes first keeps the port in TIME_WAIT */
    socket_close(listener);
    char byte;
    size_t size;
    ck_assert_int_eq(socket_read(client, &byte, 1, SOON, &size), ERR_CLOSED);
    socket_close(client);
    ck_ok(socket_listen_tcp("127.0.0.1", &port, &listener));
    socket_close(listener);
}
END_TEST

START_TEST(a_range_gives_each_of_its_ports_once)
{
    socket_t listeners[8], last;
    uint16_t first = 0, port;
    /* Takes a free block: the ports behind a free one, tried until eight in a row are free. */
    int taken = 0;
    while (taken < 8) {
        socket_t probe;
        first = 0;
        ck_ok(socket_listen_tcp("127.0.0.1", &first, &probe));
        socket_close(probe);
        if (first > 65000) {
            continue;
        }
        for (taken = 0; taken < 8; taken++) {
            if (socket_listen_tcp_range("127.0.0.1", first, (uint16_t)(first + 7), &port, &listeners[taken])) {
                break;
            }
            ck_assert_uint_ge(port, first);
            ck_assert_uint_le(port, first + 7);
        }
        for (int i = 0; taken < 8 && i < taken; i++) {
            socket_close(listeners[i]);
        }
    }
    ck_assert_int_eq(socket_listen_tcp_range("127.0.0.1", first, (uint16_t)(first + 7), &port, &last), ERR_IN_USE);
    ck_assert_uint_eq(port, 0);
    ck_assert_int_eq(last, SOCKET_NONE);
    for (int i = 0; i < 8; i++) {
        socket_close(listeners[i]);
    }
    ck_assert_int_eq(socket_listen_tcp_range("127.0.0.1", 10, 9, &port, &last), ERR_IN_USE);
    ck_assert_int_eq(socket_listen_tcp_range("192.0.2.1", 50000, 50010, &port, &last), ERR_UNREACHABLE);
}
END_TEST

START_TEST(connections_send_at_once_and_are_not_inherited)
{
    socket_t pair[2];
    connect_pair(pair);
    for (int i = 0; i < 2; i++) {
        int on = 0;
        socklen_t size = sizeof(on);
        ck_assert_int_eq(getsockopt((int)pair[i], IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
        ck_assert_int_ne(on, 0);
        ck_assert_int_ne(fcntl((int)pair[i], F_GETFD) & FD_CLOEXEC, 0);
    }
    close_pair(pair);
}
END_TEST

START_TEST(names_are_resolved_by_the_system)
{
    char address[SOCKET_ADDRESS_TEXT];
    ck_ok(socket_resolve("127.0.0.9", SOON, address));
    ck_assert_str_eq(address, "127.0.0.9");
    ck_ok(socket_resolve("localhost", SOON, address));
    ck_assert(strcmp(address, "127.0.0.1") == 0 || strcmp(address, "::1") == 0);
    ck_assert_int_eq(socket_resolve("", SOON, address), ERR_RESOLVE);
    ck_assert_str_eq(address, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("socket");
    TCase *streams = tcase_create("streams");
    tcase_set_timeout(streams, 60);
    tcase_add_test(streams, bytes_arrive_in_order);
    tcase_add_test(streams, a_read_takes_what_is_there);
    tcase_add_test(streams, every_wait_ends_at_its_deadline_and_never_before);
    tcase_add_test(streams, what_already_arrived_is_read_after_the_deadline);
    tcase_add_test(streams, signals_neither_end_nor_lengthen_a_wait);
    tcase_add_loop_test(streams, a_write_that_the_system_cuts_goes_on, 0, 2);
    tcase_add_test(streams, a_write_to_a_peer_that_does_not_read_times_out);
    tcase_add_test(streams, the_end_of_the_stream_is_told);
    tcase_add_test(streams, a_write_to_a_closed_peer_raises_no_signal);
    tcase_add_test(streams, a_peer_that_hung_up_is_noticed_without_reading);
    tcase_add_test(streams, a_shutdown_wakes_a_blocked_thread);
    tcase_add_test(streams, an_end_that_finished_still_reads);
    tcase_add_test(streams, connections_send_at_once_and_are_not_inherited);
    suite_add_tcase(suite, streams);
    TCase *connecting = tcase_create("connecting");
    tcase_set_timeout(connecting, 60);
    tcase_add_test(connecting, a_port_nobody_listens_on_refuses);
    tcase_add_test(connecting, a_connection_never_meets_itself);
    tcase_add_test(connecting, a_full_queue_of_connections_times_out);
    tcase_add_test(connecting, a_shutdown_ends_the_wait_for_a_connection);
    tcase_add_test(connecting, an_address_must_be_numeric);
    tcase_add_test(connecting, the_address_to_connect_from_is_kept);
    tcase_add_test(connecting, ipv6_works_where_the_machine_has_it);
    tcase_add_test(connecting, a_taken_port_is_in_use);
    tcase_add_test(connecting, a_port_of_connections_just_closed_can_be_listened_on);
    tcase_add_test(connecting, a_range_gives_each_of_its_ports_once);
    tcase_add_test(connecting, names_are_resolved_by_the_system);
    suite_add_tcase(suite, connecting);
    return suite_run(suite);
}
