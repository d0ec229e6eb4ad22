/* A bench under way. Shared by bench*.c alone. */
#ifndef PROBE_CLIENT_BENCH_INTERNAL_H
#define PROBE_CLIENT_BENCH_INTERNAL_H

#include "probe-client/bench_floor.h"
#include "probe-client/bench_result.h"
#include "probe-client/connection.h"

/* One level's own proxies of the same two interfaces. */
struct bench_proxies {
    IOPCServer *server;
    IOPCSyncIO *sync;
};

struct bench {
    const struct bench_options *options;
    struct check_report report;
    struct login login;
    struct activity activity;
    struct connection connection;
    struct page out;
    struct page progress;
    struct bench_result *result; /* owned; large */
    struct histogram block;      /* of the block under way */
    OPCHANDLE group;
    bool has_group;
    IOPCItemMgt *items;
    IOPCSyncIO *sync;    /* at the level of the connection, for what is not measured */
    OPCHANDLE *handles;  /* of the bulk items, owned */
    uint32_t item_count; /* of the largest Read */
    OPCHANDLE level_item, cpu_item, port_item;
    struct bench_proxies proxies[BENCH_LEVELS_MAXIMUM];
    struct bench_floor floor;
    char address[SOCKET_ADDRESS_TEXT]; /* of the object's port */
};

/* bench_setup.c: from a connection to our own server to proxies at each level, items and the floor. The HRESULT
 * is that of the first call that failed; `what` then names it. */
HRESULT bench_setup(struct bench *b, const char **what);
void bench_teardown(struct bench *b);

/* bench_measure.c */
/* One call of an operation at a level, its results freed. */
HRESULT bench_call(struct bench *b, const struct bench_operation *o, unsigned level);
/* The VARIANT of one item by the connection's own proxy; VT_EMPTY on failure. */
HRESULT bench_read_item(struct bench *b, IOPCSyncIO *sync, OPCHANDLE item, VARIANT *out);
/* Fills pdus and bytes of each row, and the sizes of the floor. While the runtime is still watched. */
void bench_measure_sizes(struct bench *b);
/* Runs all blocks, or those until Ctrl-C. */
void bench_measure(struct bench *b);

#endif
