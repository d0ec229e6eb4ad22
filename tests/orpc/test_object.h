/* An object to give away: IOPCCommon, counted. */
#ifndef TESTS_ORPC_TEST_OBJECT_H
#define TESTS_ORPC_TEST_OBJECT_H

#include <objbase.h>
#include <opccomn.h>

struct test_object {
    IOPCCommon IOPCCommon_iface;
    unsigned references; /* tests look at it; one thread at a time */
    unsigned calls;
    LCID locale;
};

/* One reference for the caller; the test ends with exactly that. */
void test_object_init(struct test_object *o);

#endif
