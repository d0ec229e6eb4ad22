/* What every suite here needs. */
#ifndef TESTS_ORPC_SUITE_H
#define TESTS_ORPC_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Runs one suite; the value is main's. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
