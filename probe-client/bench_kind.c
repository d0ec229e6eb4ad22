#include "probe-client/bench_kind.h"

#include <string.h>

static const char *const names[BENCH_KINDS] = {
    [BENCH_GET_STATUS] = "GetStatus", [BENCH_ADD_ITEMS] = "AddItems", [BENCH_READ] = "Read",
    [BENCH_WRITE] = "Write",          [BENCH_REFRESH] = "Refresh2",   [BENCH_ACTIVATE] = "Activate",
    [BENCH_CONNECT] = "Connect",      [BENCH_BIND] = "Bind",
};

const char *bench_kind_name(enum bench_kind kind)
{
    return names[kind];
}

bool bench_kind_find(const char *name, enum bench_kind *out)
{
    for (unsigned i = 0; i <= BENCH_ACTIVATE; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum bench_kind)i;
            return true;
        }
    return false;
}

bool bench_kind_has_items(enum bench_kind kind)
{
    return kind >= BENCH_ADD_ITEMS && kind <= BENCH_REFRESH;
}

bool bench_kind_is_setup(enum bench_kind kind)
{
    return kind >= BENCH_ACTIVATE;
}

bool bench_kind_has_cpu(enum bench_kind kind)
{
    /* Between the calls of AddItems their items are removed. */
    return !bench_kind_is_setup(kind) && kind != BENCH_ADD_ITEMS;
}
