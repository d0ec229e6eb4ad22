/* What the suites of golden calls share: the file, loaded for each test, and what is held against it. */
#ifndef TESTS_NDR_GOLDEN_CALLS_H
#define TESTS_NDR_GOLDEN_CALLS_H

#include <string.h>

#include "base/text.h"
#include "tests/ndr/fixture.h"

static struct golden golden;

static inline void load(void)
{
    golden = golden_load("calls.txt");
}

static inline void unload(void)
{
    golden_free(&golden);
}

/* Holds the last call against the `nth` golden one of that method. */
static inline void assert_golden(const struct loop *l, unsigned method, unsigned nth)
{
    const struct golden_call *c = NULL;
    for (unsigned i = 0; i < golden.count && !c; i++)
        if (!strcmp(golden.calls[i].interface_name, l->proxy.type->name) && golden.calls[i].method == method && !nth--)
            c = &golden.calls[i];
    ck_assert_msg(c != NULL, "no golden call of %s %u", l->proxy.type->name, method);
    assert_same_stub("request", c->request, c->request_size, l->request.data, l->request.size);
    assert_same_stub("reply", c->reply, c->reply_size, l->reply.data, l->reply.size);
    ck_assert_uint_eq(l->surplus, 0);
    ck_assert_uint_eq(l->reply_left, 0);
}

static inline void assert_text(const OLECHAR *text, const char *expected)
{
    char *utf8 = utf8_dup(text);
    ck_assert_str_eq(utf8, expected);
    free(utf8);
}

static inline bool is_iid(REFIID a, REFIID b)
{
    return IsEqualIID(a, b);
}

#endif
