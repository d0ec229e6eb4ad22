/* What the suites of oleaut/ share. */
#ifndef TESTS_OLEAUT_SUITE_H
#define TESTS_OLEAUT_SUITE_H

#include <check.h>
#include <oleauto.h>
#include <stdlib.h>

#include "base/text.h"

static inline int suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

static inline void assert_text(const OLECHAR *text, const char *expected)
{
    char *utf8 = utf8_dup(text);
    ck_assert_str_eq(utf8, expected);
    free(utf8);
}

#endif
