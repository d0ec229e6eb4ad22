/* Lookups by a system resolver that takes its time: this program's own getaddrinfo stands in for the C library's. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/socket.h"
#include "base/thread.h"
#include "suite.h"

#define SOON clock_deadline_ns(20 * NS_PER_S)

static atomic_bool may_answer;
static atomic_int asked;
static atomic_int answered;

/* Answers 127.0.0.7 to the name "slow" once it may, and knows no other name. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    (void)service;
    atomic_fetch_add(&asked, 1);
    while (!atomic_load(&may_answer)) {
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    }
    atomic_fetch_add(&answered, 1);
    if (strcmp(name, "slow") != 0) {
        return EAI_NONAME;
    }
    struct sockaddr_in *address = calloc(1, sizeof(*address));
    struct addrinfo *found = calloc(1, sizeof(*found));
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(0x7F000007);
    *found = (struct addrinfo){ .ai_family = AF_INET,
                                .ai_socktype = hints->ai_socktype,
                                .ai_addrlen = sizeof(*address),
                                .ai_addr = (struct sockaddr *)address };
    *out = found;
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
    free(found->ai_addr);
    free(found);
}

START_TEST(an_answer_in_time_is_given)
{
    char address[SOCKET_ADDRESS_TEXT];
    atomic_store(&may_answer, true);
    ck_ok(socket_resolve("slow", SOON, address));
    ck_assert_str_eq(address, "127.0.0.7");
    ck_assert_int_eq(socket_resolve("unknown", SOON, address), ERR_RESOLVE);
    ck_assert_int_eq(socket_last_error(), EAI_NONAME);
    ck_assert_str_eq(address, "");
}
END_TEST

START_TEST(a_lookup_is_left_behind_at_its_deadline)
{
    char address[SOCKET_ADDRESS_TEXT];
    int64_t deadline = clock_deadline_ns(20 * NS_PER_MS);
    ck_assert_int_eq(socket_resolve("slow", deadline, address), ERR_TIMEOUT);
    ck_assert_int_ge(clock_now_ns(), deadline);
    ck_assert_int_lt(clock_now_ns() - deadline, 5 * NS_PER_S);
    ck_assert_str_eq(address, "");
    ck_assert_int_eq(socket_resolve("slow", 0, address), ERR_TIMEOUT);
    /* The threads left behind finish on memory of their own, long after their callers went. */
    memset(address, 'x', sizeof(address));
    while (atomic_load(&asked) < 2) {
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    }
    atomic_store(&may_answer, true);
    while (atomic_load(&answered) < 2) {
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    }
    clock_sleep_until_ns(clock_deadline_ns(20 * NS_PER_MS));
    ck_assert_int_eq(address[0], 'x');
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resolve");
    TCase *all = tcase_create("resolve");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, an_answer_in_time_is_given);
    tcase_add_test(all, a_lookup_is_left_behind_at_its_deadline);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
