/* One connection to an OPC DA server under way: what check and bench build up and take down.
 *
 * The functions settle their stages in the report. Each COM call runs between connection_begin and
 * connection_end, which give it a deadline, a level and the events that belong to it. One thread. */
#ifndef PROBE_CLIENT_CONNECTION_H
#define PROBE_CLIENT_CONNECTION_H

#include <opccomn.h>
#include <opcda.h>

#include "probe-client/activity.h"
#include "probe-client/check_report.h"
#include "probe-client/evidence.h"
#include "probe-client/login.h"
#include "probe-client/page.h"
#include "probe-client/sink.h"
#include "probe-client/watchdog.h"

#define NONCE_TEXT 33 /* 16 random bytes as hexadecimal digits */

struct connection {
    struct check_report *report;
    struct login *login;
    struct activity *activity;
    struct watchdog *watchdog;
    const char *host;            /* NULL: this host */
    int64_t timeout_ns;          /* no stage takes longer; 0: no limit of the user's */
    const int64_t *deadlines_ns; /* of each stage, 0 for the usual one; NULL: the usual ones */
    uint32_t data_changes;       /* OnDataChange calls that must come, at least 1 */
    const struct page *progress; /* NULL: no line for a running stage */
    CLSID clsid;
    bool is_our_class; /* the class of the opcprobe test server */
    bool is_ours;      /* proved by the nonce */
    char nonce[NONCE_TEXT];
    bool watched;   /* the runtime can be observed */
    bool same_host; /* the object is on this host; known after the activation */

    enum stage stage;   /* that is running */
    int64_t allowed_ns; /* its time */
    int64_t begun_ns;
    enum stage step;       /* (watchdog) the stage that the activation under way has come to */
    int64_t step_begun_ns; /* (watchdog) since when, from the activation's begin */
    size_t mark;           /* events before it */
    size_t activation_mark;
    size_t advise_mark;
    struct observed *events; /* OBSERVED_MAXIMUM, owned */

    bool abandoned; /* a thread is lost inside COM */
    IUnknown *object;
    IOPCServer *server;
    OPCHANDLE group; /* the server's handle */
    bool has_group;
    IOPCItemMgt *items;
    IOPCSyncIO *sync;
    OPCHANDLE *handles; /* one per item added, 0 for a refused one; owned */
    size_t item_count;  /* items the user named (or our default) */
    size_t handle_count;
    IConnectionPoint *point;
    DWORD cookie;
    bool advised;
    struct data_sink *sink;
};

MUST_USE enum err connection_init(struct connection *c);
void connection_cleanup(struct connection *c);

/* Begins a stage: its deadline runs, its events are gathered. */
void connection_begin(struct connection *c, enum stage stage, bool heed_interrupt);
/* Ends it and says what it came to. The outcome borrows the events until the next end. */
struct call_outcome connection_end(struct connection *c, HRESULT hr);
/* The same for a section that ran on another thread and was guarded there. */
struct call_outcome connection_outcome(struct connection *c, HRESULT hr, enum watchdog_end end);
/* The time a stage has, in nanoseconds. */
int64_t connection_allowed_ns(const struct connection *c, enum stage stage);
/* The selected events from `from` on, borrowed until the next call of this or of end; `*before` receives how many of
 * them came before `mark`. */
const struct observed *connection_events(struct connection *c, size_t from, size_t mark, size_t *before, size_t *count);
/* Lays the level of calls on a new proxy. */
HRESULT connection_blanket(struct connection *c, IUnknown *proxy);

/* connect.c: the stages from the class to IOPCServer. Each returns whether the next one makes sense. */
bool connect_activate(struct connection *c);
bool connect_query(struct connection *c);

/* calls.c */
bool calls_status(struct connection *c);
/* `names` are the items; our own server gets its reserved ones too. */
bool calls_group(struct connection *c, const char *const *names, size_t count);
void calls_read(struct connection *c);

/* callback.c */
bool callback_advise(struct connection *c);
void callback_data(struct connection *c);

/* teardown.c: takes everything down that stands, after success, failure and Ctrl-C alike. */
void teardown(struct connection *c);

#endif
