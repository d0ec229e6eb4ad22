/* Runs one suite of a program. */
#ifndef TESTS_AUTH_SUITE_H
#define TESTS_AUTH_SUITE_H

#include <check.h>

static inline int auth_suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

#endif
