/* What a bench measures: the operations by their names on the command line and in reports. */
#ifndef PROBE_CLIENT_BENCH_KIND_H
#define PROBE_CLIENT_BENCH_KIND_H

#include <stdbool.h>

enum bench_kind {
    BENCH_GET_STATUS,
    BENCH_ADD_ITEMS, /* each call's items are removed again, outside its time */
    BENCH_READ,      /* SyncIO, from the cache */
    BENCH_WRITE,     /* SyncIO */
    BENCH_REFRESH,   /* Refresh2 from the cache, until the last OnDataChange of it has returned */
    BENCH_ACTIVATE,  /* CoCreateInstanceEx; the next two are parts of it that the runtime lets us see */
    BENCH_CONNECT,   /* TCP */
    BENCH_BIND,      /* bind and logon of one connection */
    BENCH_KINDS
};

/* "GetStatus", "Bind" */
const char *bench_kind_name(enum bench_kind kind);
/* Finds an operation that can be asked for: the parts of an activation come with it. */
bool bench_kind_find(const char *name, enum bench_kind *out);
/* Whether it is made with a number of items. */
bool bench_kind_has_items(enum bench_kind kind);
/* Whether it sets up what the others need, once for many calls: no floor carries the same. */
bool bench_kind_is_setup(enum bench_kind kind);
/* Whether the CPU time of its blocks is its own. */
bool bench_kind_has_cpu(enum bench_kind kind);

#endif
