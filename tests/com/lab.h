/* Two hosts for the suites of dcom/com: ALPHA, where this process is at home, and BETA, which has the test class. Each
 * is a folder with the real probe-scm on a loopback address of its own. */
#ifndef TESTS_COM_LAB_H
#define TESTS_COM_LAB_H

#include <check.h>

#include "tests/com/com_test_class.h"
#include "tests/scm/host_fixture.h"

struct lab {
    struct host_fixture alpha, beta;
};

extern struct lab lab;

/* For tcase_add_unchecked_fixture: both hosts run while the tests of the case do. */
void lab_start(void);
/* The same with further members of both host.json. */
void lab_start_with(const char *members);
/* The same with further members of each; NULL: none. */
void lab_start_each(const char *alpha, const char *beta);
void lab_stop(void);
/* Makes this process one of ALPHA's, logged on as opcuser, and initializes COM with that default level. */
void lab_enter(DWORD level);
/* The same without CoInitializeSecurity. */
void lab_enter_silently(void);
/* The same on BETA. */
void lab_enter_beta(DWORD level);
/* Without any host. */
void lab_enter_nowhere(DWORD level);
void lab_leave(void);

/* Activates the test class on BETA by these credentials (NULL: the process's own) and level. */
HRESULT lab_activate(const char *user, const char *password, DWORD level, REFIID iid, void **out);
/* The same for another class. BETA also has probe-server, as TEST_CLASS of the host fixture. */
HRESULT lab_activate_class(REFCLSID clsid, const char *user, const char *password, DWORD level, REFIID iid, void **out);
/* Changes the registry of a host: settings as `probe-scm registry` takes them, NULL-terminated. */
void lab_set(struct host_fixture *h, const char *const *settings);
/* Writes an account of the group Administrators with that password. */
void lab_add_account(struct host_fixture *h, const char *name, const char *password, const char *option);
/* How BETA starts the test class from now on: the arguments behind the program. */
void lab_start_class_with(const char *arguments);
/* Sets explicit credentials of opcuser on a proxy and on its identity. */
void lab_take_credentials(IUnknown *proxy);
/* The server's connection point, every proxy on the way with explicit credentials. */
IConnectionPoint *lab_point_with_credentials(IUnknown *identity);
/* Kills a process and waits until it is gone. */
void lab_kill(int64_t pid);
/* The text the server answers a question with; freed by the test. */
char *lab_ask(IOPCCommon *common, enum test_question question);
#define lab_assert_answer(common, question, expected)                                                                  \
    do {                                                                                                               \
        char *answer_ = lab_ask(common, question);                                                                     \
        ck_assert_str_eq(answer_, expected);                                                                           \
        free(answer_);                                                                                                 \
    } while (0)
#define assert_hr(actual, expected) ck_assert_uint_eq((uint32_t)(actual), (uint32_t)(expected))

/* TCP connections this process has opened or accepted since lab_enter. */
unsigned lab_tcp_connections(void);

/* COAUTHIDENTITY of an account; the texts live as long as the process. */
COAUTHIDENTITY *lab_identity(const char *user, const char *password);

#endif
