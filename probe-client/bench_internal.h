/* A bench under way. Shared by bench*.c alone. */
#ifndef PROBE_CLIENT_BENCH_INTERNAL_H
#define PROBE_CLIENT_BENCH_INTERNAL_H

#include "base/clock.h"
#include "probe-client/bench_floor.h"
#include "probe-client/bench_result.h"
#include "probe-client/connection.h"

/* More than any one call may take. */
#define BENCH_CALL_NS (15 * NS_PER_S)

/* One level's own proxies of the same interfaces. */
struct bench_proxies {
    IOPCServer *server;
    IOPCSyncIO *sync;
    IOPCItemMgt *adding;
};

/* A group whose active items are exactly those that one Refresh2 brings. */
struct bench_refresh {
    OPCHANDLE group;
    bool has_group;
    IOPCItemMgt *items;
    IOPCAsyncIO2 *async; /* at the level of the callbacks */
    IConnectionPoint *point;
    DWORD cookie;
    bool advised;
    struct data_sink *sink;
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
    unsigned groups;             /* added so far: each has a name of its own */
    OPCHANDLE group;
    bool has_group;
    IOPCItemMgt *items;
    IOPCSyncIO *sync;          /* at the level of the connection, for what is not measured */
    OPCITEMDEF *defs;          /* of the bulk items, owned with their names */
    OPCHANDLE *handles;        /* of the bulk items, owned */
    OPCHANDLE *stored_handles; /* of a stored item that was added as often, owned */
    OPCHANDLE *added_handles;  /* of the last AddItems, owned */
    VARIANT *values;           /* to write, owned */
    uint32_t item_count;       /* of the largest call */
    OPCHANDLE adding_group;    /* where AddItems adds; nothing in it is active */
    bool has_adding_group;
    IOPCItemMgt *adding;
    struct bench_refresh refresh[BENCH_SIZES_MAXIMUM];
    DWORD transaction; /* of the last Refresh2 */
    OPCHANDLE level_item, cpu_item, port_item;
    struct bench_proxies proxies[BENCH_LEVELS_MAXIMUM];
    struct bench_floor floor;
    char address[SOCKET_ADDRESS_TEXT]; /* of the object's port */
};

/* bench_setup.c: from a connection to our own server to proxies at each level, items and the floor. The HRESULT
 * is that of the first call that failed; `what` then names it. */
HRESULT bench_setup(struct bench *b, const char **what);
void bench_teardown(struct bench *b);

/* Adds a group; it has to be removed once `*has_group` is true, on failure too. */
HRESULT bench_group_add(struct bench *b, bool active, OPCHANDLE *group, bool *has_group, IOPCItemMgt **items);
/* Adds items, every one of which must be taken. `handles` may be NULL. */
HRESULT bench_items_add(struct bench *b, IOPCItemMgt *to, DWORD count, OPCITEMDEF *defs, OPCHANDLE *handles);
/* Opens the floor, unless there is none: the result then says that it has it. `port_item` is read through `sync`. */
void bench_open_floor(struct bench *b, IOPCSyncIO *sync, OPCHANDLE port_item);
/* The VARIANT of one item by the connection's own proxy; VT_EMPTY on failure. */
HRESULT bench_read_item(struct bench *b, IOPCSyncIO *sync, OPCHANDLE item, VARIANT *out);

/* bench_refresh.c: the groups of Refresh2 and their callbacks. */
HRESULT bench_refresh_setup(struct bench *b);
void bench_refresh_teardown(struct bench *b);
HRESULT bench_refresh_call(struct bench *b, const struct bench_operation *o, int64_t *elapsed_ns);

/* bench_call.c */
/* One call of an operation at a level and the time it took. On no other server than our own: E_ACCESSDENIED. */
HRESULT bench_call(struct bench *b, const struct bench_operation *o, unsigned level, int64_t *elapsed_ns);
/* Takes back what a call that succeeded left behind: a group that AddItems fills again and again would grow without
 * end. */
HRESULT bench_tidy(struct bench *b, const struct bench_operation *o, unsigned level);
/* Its name in the activity log. */
const char *bench_call_name(enum bench_kind kind);
/* Whether the operation can be measured there. */
bool bench_can_call(const struct bench *b, const struct bench_operation *o, unsigned level);

/* bench_startup.c: activations, and what the runtime shows of them, while it is watched. */
void bench_startup(struct bench *b);

/* bench_measure.c */
/* Fills pdus and bytes of each row, and the sizes of the floor. While the runtime is still watched. */
void bench_measure_sizes(struct bench *b);
/* Runs all blocks, or those until Ctrl-C. */
void bench_measure(struct bench *b);

#endif
