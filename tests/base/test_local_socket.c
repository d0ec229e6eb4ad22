#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/socket.h"
#include "base/thread.h"
#include "suite.h"

#define SOON clock_deadline_ns(20 * NS_PER_S)

static bool exists(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0;
}

START_TEST(a_local_connection_knows_its_peer)
{
    socket_t listener, client, accepted;
    const char *path = suite_path("known");
    ck_ok(socket_listen_local(path, &listener));
    ck_ok(socket_connect_local(path, SOON, &client));
    ck_ok(socket_accept(listener, SOON, &accepted));
    ck_assert_int_eq(socket_peer_pid(accepted), process_id());
    ck_assert_int_eq(socket_peer_pid(client), process_id());
    char text[SOCKET_ADDRESS_TEXT] = "x";
    socket_peer_text(accepted, text);
    ck_assert_str_eq(text, "");
    struct socket_slice slice = { "hi", 2 };
    ck_ok(socket_write_all(client, &slice, 1, SOON));
    char got[2];
    ck_ok(socket_read_all(accepted, got, 2, SOON));
    ck_assert_mem_eq(got, "hi", 2);
    socket_close(client);
    socket_close(accepted);
    socket_close(listener);
}
END_TEST

START_TEST(the_file_is_its_owners_alone)
{
    socket_t listener;
    struct stat about;
    const char *path = suite_path("private");
    (void)umask(0);
    ck_ok(socket_listen_local(path, &listener));
    ck_assert_int_eq(lstat(path, &about), 0);
    ck_assert_int_eq(about.st_mode & 07777, 0600);
    socket_close(listener);
}
END_TEST

START_TEST(a_listener_takes_its_file_along)
{
    socket_t listener;
    const char *path = suite_path("taken-along");
    ck_ok(socket_listen_local(path, &listener));
    ck_assert(exists(path));
    socket_close(listener);
    ck_assert(!exists(path));
    ck_assert_int_eq(socket_connect_local(path, SOON, &listener), ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_closed_listener_leaves_its_successors_file_alone)
{
    socket_t first, second;
    const char *path = suite_path("successor");
    ck_ok(socket_listen_local(path, &first));
    socket_shutdown(first);
    ck_assert(!exists(path));
    ck_ok(socket_listen_local(path, &second));
    socket_close(first);
    ck_assert(exists(path));
    socket_close(second);
}
END_TEST

/* A socket file of a process that died: bound, and nobody listens any more. */
static void leave_file_behind(const char *path)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    ck_assert_int_eq(close(fd), 0);
    ck_assert(exists(path));
}

START_TEST(a_leftover_file_is_replaced)
{
    socket_t listener, client;
    const char *path = suite_path("leftover");
    leave_file_behind(path);
    ck_assert_int_eq(socket_connect_local(path, SOON, &client), ERR_REFUSED);
    ck_ok(socket_listen_local(path, &listener));
    ck_ok(socket_connect_local(path, SOON, &client));
    socket_close(client);
    socket_close(listener);
}
END_TEST

START_TEST(a_name_somebody_answers_on_is_in_use)
{
    socket_t first, second;
    const char *path = suite_path("answered");
    ck_ok(socket_listen_local(path, &first));
    ck_assert_int_eq(socket_listen_local(path, &second), ERR_IN_USE);
    ck_assert_int_eq(second, SOCKET_NONE);
    ck_assert(exists(path));
    ck_ok(socket_connect_local(path, SOON, &second));
    socket_close(second);
    socket_close(first);
}
END_TEST

START_TEST(a_file_that_is_no_socket_is_not_removed)
{
    socket_t listener;
    const char *path = suite_file("file", "precious", 8, 0644);
    ck_assert_int_eq(socket_listen_local(path, &listener), ERR_IN_USE);
    ck_assert(exists(path));
}
END_TEST

#define RIVALS 6

static void try_to_listen(void *argument)
{
    socket_t *out = argument;
    enum err e = socket_listen_local(suite_path("rivals"), out);
    ck_assert(e == ERR_OK || e == ERR_IN_USE);
}

START_TEST(of_many_that_want_a_leftover_name_one_gets_it)
{
    for (int round = 0; round < 20; round++) {
        leave_file_behind(suite_path("rivals"));
        struct thread threads[RIVALS];
        socket_t sockets[RIVALS];
        int winners = 0;
        for (int i = 0; i < RIVALS; i++) {
            ck_ok(thread_start(&threads[i], try_to_listen, &sockets[i]));
        }
        for (int i = 0; i < RIVALS; i++) {
            thread_join(&threads[i]);
            winners += sockets[i] != SOCKET_NONE;
        }
        ck_assert_int_eq(winners, 1);
        socket_t client;
        ck_ok(socket_connect_local(suite_path("rivals"), SOON, &client));
        socket_close(client);
        for (int i = 0; i < RIVALS; i++) {
            socket_close(sockets[i]);
        }
    }
}
END_TEST

START_TEST(a_path_the_system_cannot_hold_is_refused)
{
    char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
    socket_t s;
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    ck_assert_int_eq(socket_listen_local(path, &s), ERR_LIMIT);
    ck_assert_int_eq(socket_connect_local(path, SOON, &s), ERR_LIMIT);
    ck_assert_int_eq(socket_connect_local("", SOON, &s), ERR_NOT_FOUND);
    /* The longest path that fits does work. */
    size_t folder = strlen(suite_folder);
    memcpy(path, suite_folder, folder);
    path[folder] = '/';
    path[sizeof(path) - 2] = '\0';
    ck_ok(socket_listen_local(path, &s));
    ck_assert(exists(path));
    socket_close(s);
    ck_assert(!exists(path));
}
END_TEST

START_TEST(a_folder_that_is_missing_is_told)
{
    socket_t s;
    ck_assert_int_eq(socket_listen_local(suite_path("missing/x"), &s), ERR_NOT_FOUND);
    ck_assert_int_eq(socket_connect_local(suite_path("missing/x"), SOON, &s), ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_full_queue_times_out_and_never_before)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", suite_path("full"));
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
    ck_assert_int_eq(listen(listener, 0), 0);
    socket_t filling[8];
    enum err e = ERR_OK;
    int filled = 0;
    int64_t deadline = 0;
    while (!e && filled < 8) {
        deadline = clock_deadline_ns(50 * NS_PER_MS);
        e = socket_connect_local(a.sun_path, deadline, &filling[filled]);
        filled += !e;
    }
    ck_assert_int_eq(e, ERR_TIMEOUT);
    ck_assert_int_ge(clock_now_ns(), deadline);
    ck_assert_int_lt(clock_now_ns() - deadline, 5 * NS_PER_S);
    while (filled > 0) {
        socket_close(filling[--filled]);
    }
    ck_assert_int_eq(close(listener), 0);
}
END_TEST

START_TEST(closing_nothing_is_fine)
{
    socket_close(SOCKET_NONE);
    socket_t pair[2];
    ck_ok(socket_pair(pair));
    ck_assert_int_eq(socket_peer_pid(pair[0]), process_id());
    socket_close(pair[0]);
    socket_close(pair[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("local sockets");
    TCase *all = tcase_create("local sockets");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, a_local_connection_knows_its_peer);
    tcase_add_test(all, the_file_is_its_owners_alone);
    tcase_add_test(all, a_listener_takes_its_file_along);
    tcase_add_test(all, a_closed_listener_leaves_its_successors_file_alone);
    tcase_add_test(all, a_leftover_file_is_replaced);
    tcase_add_test(all, a_name_somebody_answers_on_is_in_use);
    tcase_add_test(all, a_file_that_is_no_socket_is_not_removed);
    tcase_add_test(all, of_many_that_want_a_leftover_name_one_gets_it);
    tcase_add_test(all, a_path_the_system_cannot_hold_is_refused);
    tcase_add_test(all, a_folder_that_is_missing_is_told);
    tcase_add_test(all, a_full_queue_times_out_and_never_before);
    tcase_add_test(all, closing_nothing_is_fine);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
