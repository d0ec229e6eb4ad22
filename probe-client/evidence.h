/* Which stages one COM call settled, and how, from what was seen on the wire while it ran.
 *
 * COM hides several steps behind one call: CoCreateInstanceEx resolves the name, reaches the
 * resolver, logs on and activates; the first QueryInterface connects to the object's own port. Where
 * the runtime lets us watch, these functions tell the steps apart; where it does not, they settle what the
 * HRESULT alone proves and mark the rest as not observable. Pure functions: events in, results out. */
#ifndef PROBE_CLIENT_EVIDENCE_H
#define PROBE_CLIENT_EVIDENCE_H

#include "probe-client/observe.h"
#include "probe-client/stages.h"

/* HRESULT_FROM_WIN32(WSAHOST_NOT_FOUND): COM itself says RPC_S_SERVER_UNAVAILABLE to a name without an address, as it
 * does to a closed port. */
#define EVIDENCE_NO_SUCH_HOST UINT32_C(0x80072AF9)

/* One COM call as its caller saw it. */
struct call_outcome {
    int32_t hr;
    int64_t elapsed_ns;
    int64_t allowed_ns; /* its deadline, for the report */
    bool late;          /* given up at the deadline */
    bool interrupted;   /* given up at the user's wish */
    uint8_t level_asked;
    uint8_t mechanism;
    bool watched;                  /* false: this runtime cannot be watched */
    bool same_host;                /* the object is on this host */
    const struct observed *events; /* what was seen and selected, from where the function says */
    size_t event_count;
};

/* Whether these events of an activation show that the object is on this host: local RPC was used and no address was
 * tried. */
bool evidence_same_host(const struct observed *events, size_t count);
/* Keeps, in place, the events of the connection under test and returns how many: those that went over TCP, or for an
 * object of this host over local RPC. What a process and its own host's probe-scm say to each other is dropped. */
size_t evidence_select(struct observed *events, size_t count, bool same_host);

/* Settles name, port135, resolver, authenticate and activate from one CoCreateInstanceEx and its events; what
 * was settled before (by a probe of the caller's own) stays. */
void evidence_activation(const struct call_outcome *o, struct stage_table *t);
/* The same without activate, for the activation of another class on the same computer. */
void evidence_reached(const struct call_outcome *o, struct stage_table *t);
/* Leaves in a record what the wire showed of the stage's last call, without settling the stage. */
void evidence_wire(const struct call_outcome *o, struct stage_result *r);
/* The stage of these that a running CoCreateInstanceEx has come to. */
enum stage evidence_activation_progress(const struct observed *events, size_t count);
/* Settles connect and query from the first QueryInterface. The events begin with those of the activation,
 * because a runtime may connect to the object before it is asked. */
void evidence_query(const struct call_outcome *o, struct stage_table *t);
/* Settles listen and advise from IConnectionPoint::Advise. The events begin with the process, because the listener may
 * be older than the call; those from `call_mark` on belong to the call. */
void evidence_advise(const struct call_outcome *o, size_t call_mark, struct stage_table *t);
/* Adds what the server's calls to us showed: account, mechanism, level, NTSTATUS. Returns how many
 * connections came in. */
unsigned evidence_incoming(const struct observed *events, size_t count, struct stage_result *r);
/* Whether a call of that interface has reached us. */
bool evidence_called(const struct observed *events, size_t count, const void *iid);
/* Settles as failed a stage whose call came through, but whose reply refuses an item with `code`. */
void evidence_item_refused(const struct call_outcome *o, struct stage_table *t, enum stage stage, uint32_t code,
                           const char *detail);
/* Settles a stage that is nothing but its call: code, wire form, level, and the detail `done` on success. */
void evidence_call(const struct call_outcome *o, struct stage_table *t, enum stage stage, const char *done);

#endif
