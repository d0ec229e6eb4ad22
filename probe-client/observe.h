/* What the runtime lets us see of the wire, in a form that does not depend on the runtime.
 *
 * observe_dcom.c watches the portable runtime; observe_none.c stands in for Windows, which hides
 * its steps: there observe_start says so and the stages are reported as not observable.
 * Events come from any thread and are kept in the order of their arrival, up to a maximum. */
#ifndef PROBE_CLIENT_OBSERVE_H
#define PROBE_CLIENT_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe-client/stages.h"

#define OBSERVED_MAXIMUM 512

enum observed_kind {
    OBSERVED_CONNECT,       /* a connection attempt ended */
    OBSERVED_BIND,          /* a bind or alter_context was answered */
    OBSERVED_CALL,          /* a call of ours ended */
    OBSERVED_ACTIVATION,    /* an activation was answered; status is its HRESULT */
    OBSERVED_BINDING,       /* a string binding was tried */
    OBSERVED_RESOLVED,      /* an OXID was resolved */
    OBSERVED_LISTENING,     /* this process listens at `peer` */
    OBSERVED_ACCEPTED,      /* somebody connected to us */
    OBSERVED_INCOMING_AUTH, /* our acceptor decided a logon */
    OBSERVED_INCOMING_CALL, /* a call of the server reached us */
    OBSERVED_OFFERED        /* somebody says that it can be reached at `peer`; `offer` says who */
};

enum observed_offer {
    OFFER_RESOLVER,     /* the resolver of the server's host */
    OFFER_OBJECT,       /* the object's process */
    OFFER_OWN_RESOLVER, /* the resolver of this host, for the server's way back */
    OFFER_OWN_OBJECT    /* this process */
};

/* What an acceptor said of its system before the logon; zeros for nothing. */
struct observed_system {
    uint8_t major, minor;
    uint16_t build; /* 0: not a Windows */
    uint64_t clock; /* FILETIME */
};

struct observed {
    enum observed_kind kind;
    enum observed_offer offer; /* OBSERVED_OFFERED only */
    int64_t time_ns;
    int64_t elapsed_ns;
    bool local; /* local RPC instead of TCP */
    char peer[STAGE_BINDING];
    uint8_t iid[16]; /* as a GUID lies in memory; zeros for none */
    uint16_t opnum;
    int error; /* enum err */
    enum wire_shape shape;
    uint32_t status;
    uint32_t ntstatus;
    uint8_t mechanism;
    uint8_t level_asked;
    uint8_t level_sent;
    bool header_signing;           /* OBSERVED_BIND only */
    struct observed_system system; /* OBSERVED_BIND only */
    char account[STAGE_ACCOUNT];
};

/* Sums over the whole time since observe_start. */
struct observed_totals {
    uint64_t tcp_connections; /* opened by us or accepted */
    uint64_t local_connections;
    uint64_t calls;
    uint64_t call_bytes; /* request and reply, with headers and verifiers */
    uint64_t call_pdus;
};

/* Begins to watch; false when this runtime cannot be watched. Before the first COM call. */
bool observe_start(void);
/* Forgets what was seen so far, before another try; where this process listens and what it offers still holds. */
void observe_forget(void);
/* Stops watching, so that the measured calls carry no observer. */
void observe_stop(void);
/* Events so far: a mark to read from. */
size_t observe_count(void);
/* Copies the events from `mark` on; returns how many. */
size_t observe_read(size_t mark, struct observed *out, size_t maximum);
struct observed_totals observe_totals(void);

#endif
