/* A server object in this very process: no runtime, a clock that stands still until it is moved, a caller of choice. */
#ifndef TESTS_PROBE_SERVER_FIXTURE_H
#define TESTS_PROBE_SERVER_FIXTURE_H

#include <check.h>
#include <olectl.h>
#include <opccomn.h>
#include <opcda.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "opcda/clear.h"
#include "opcda/opc_error.h"
#include "opcda/quality.h"
#include "opcda/text.h"
#include "probe-server/address_space.h"
#include "probe-server/scheduler.h"
#include "probe-server/server.h"
#include "probe-server/service.h"

/* The items that the suites use: see fixture.c. */
#define ITEM_RAMP     WTEXT("Ramp")     /* i4, one more each second, EU 0..1000 */
#define ITEM_CONSTANT WTEXT("Constant") /* r8, 2.5 */
#define ITEM_BIG      WTEXT("Big")      /* r8, 1e6 */
#define ITEM_TEXT     WTEXT("Text")     /* string "abc" */
#define ITEM_BAD      WTEXT("Bad")      /* i4, 1, of bad quality */
#define ITEM_ARRAY    WTEXT("Array")    /* r8 array of 4 */
#define ITEM_STORE    WTEXT("Store")    /* i2, read and write, 7 */
#define ITEM_PERCENT  WTEXT("Percent")  /* r8, read and write, EU 0..100 */
#define ITEM_SINK     WTEXT("Sink")     /* i4, write only */
#define ITEM_STATE    WTEXT("State")    /* i4, EU names off and on */

struct fixture {
    struct service service;
    struct address_space *space;
    struct scheduler *scheduler;
    atomic_llong fake_now_ns; /* 0: the real clock */
    struct caller caller;     /* who calls, from now on */
    bool caller_is_remote;
    atomic_uint callers_asked;
    atomic_uint sinks_prepared;
    IOPCServer *server;
};

extern struct fixture fixture;

/* For checked fixtures: a fresh server object with the clock at 1,000 s, or with the real clock and a scheduler thread.
 */
void fixture_start(void);
void fixture_start_with_threads(void);
/* Releases the server and requires that every object went, also those of threads. */
void fixture_stop(void);
/* Waits until only `count` objects are left. */
void fixture_wait_for_objects(unsigned count);
/* Moves the clock and runs what became due. */
void fixture_advance_ms(int64_t ms);

/* Shorter ways to say what most tests begin with; they require success. */
IOPCItemMgt *fixture_group(const WCHAR *name, bool active, DWORD rate_ms);
OPCHANDLE fixture_item(IOPCItemMgt *group, const WCHAR *id, OPCHANDLE client);
OPCHANDLE fixture_item_as(IOPCItemMgt *group, const WCHAR *id, OPCHANDLE client, VARTYPE type, bool active);
OPCHANDLE fixture_group_handle(IOPCItemMgt *group);
void *fixture_query(void *object, REFIID iid);
#define AS(object, iface) ((iface *)fixture_query((object), &IID_##iface))

/* Reads one item; the caller frees the state with opc_item_states_free. */
OPCITEMSTATE *fixture_read(IOPCItemMgt *group, OPCDATASOURCE source, OPCHANDLE handle, HRESULT *error);
/* The value of a counter of the server, as any client reads it. */
LONGLONG fixture_count(const WCHAR *id);
HRESULT fixture_write_i4(IOPCItemMgt *group, OPCHANDLE handle, LONG value);
ULONG fixture_references(void *object);
/* A function, because the macros for interface methods evaluate their object twice. */
void fixture_release(void *object);

/* Runs the suites of a file's main. */
int fixture_run(Suite *suite);

#endif
