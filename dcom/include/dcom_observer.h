/* What the portable runtime lets its user see, and Windows hides.
 *
 * The one header of dcom/ that code above the COM seam may include, and only where the build
 * selects it (probe-client/observe_dcom.c; Windows builds take observe_none.c). The observer is
 * called from any thread, in the middle of calls: it must be quick and must not call COM. */
#ifndef DCOM_OBSERVER_H
#define DCOM_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dcom_event_kind {
    DCOM_CONNECT,       /* an outgoing connection attempt ended: err, status = errno */
    DCOM_BIND,          /* an outgoing bind or alter_context was answered: err, shape, status */
    DCOM_AUTH_LEG,      /* a token was sent or received: bytes */
    DCOM_CALL,          /* an outgoing call ended: err, shape, status = fault or 0, bytes both ways, pdus */
    DCOM_ACTIVATION,    /* an activation was answered: status = HRESULT in the body (or of the fault) */
    DCOM_BINDING,       /* a string binding was tried: peer, err */
    DCOM_RESOLVED,      /* an OXID was resolved: status */
    DCOM_LISTENING,     /* this process listens: peer = local address */
    DCOM_ACCEPTED,      /* an incoming connection */
    DCOM_INCOMING_AUTH, /* an incoming security context was decided: account, ntstatus, level, mechanism */
    DCOM_INCOMING_CALL, /* an incoming call was dispatched: iid, opnum, status, level */
    DCOM_OFFERED,       /* a string binding was offered: peer = the binding, offer = whose it is */
    DCOM_PDU            /* one PDU in clear: data, size, outgoing */
};

/* Whose string binding it is ([MS-DCOM] 2.2.19.3): where somebody says that it can be reached. */
enum dcom_offer {
    DCOM_OFFER_RESOLVER,     /* the server's object resolver, from ServerAlive2 */
    DCOM_OFFER_OBJECT,       /* the activated object's exporter */
    DCOM_OFFER_OWN_RESOLVER, /* this host's object resolver, in the references that this process gives away */
    DCOM_OFFER_OWN_OBJECT    /* this process's exporter */
};

/* Same order as the shapes of struct rpc_failure. */
enum dcom_wire_shape {
    DCOM_WIRE_NONE,
    DCOM_WIRE_CONNECT,
    DCOM_WIRE_BIND_NAK,
    DCOM_WIRE_CONTEXT_REJECTED,
    DCOM_WIRE_FAULT,
    DCOM_WIRE_CLOSED,
    DCOM_WIRE_TIMEOUT,
    DCOM_WIRE_BAD_PDU
};

struct dcom_event {
    enum dcom_event_kind kind;
    enum dcom_offer offer; /* DCOM_OFFERED only */
    int64_t time_ns;
    int64_t elapsed_ns;
    bool outgoing;
    bool local;      /* local RPC instead of TCP */
    char peer[280];  /* "10.2.0.2:135", or the local endpoint's name */
    uint8_t iid[16]; /* zeros when none */
    uint16_t opnum;
    int err; /* enum err */
    enum dcom_wire_shape shape;
    uint32_t status;
    uint32_t ntstatus;
    uint8_t mechanism; /* RPC_C_AUTHN_* in use */
    uint8_t level_asked;
    uint8_t level_sent;
    bool header_signing; /* DCOM_BIND: both sides sign headers too ([MS-RPCE] 2.2.2.3) */
    struct {
        uint8_t major, minor;
        uint16_t build;
        uint64_t clock; /* FILETIME */
    } system;           /* DCOM_BIND: what the acceptor said of itself in its challenge; zeros for nothing */
    char account[528];  /* "DOMAIN\\user" as this side saw the peer; empty when unknown */
    uint64_t bytes;
    uint32_t pdus;
    const void *data; /* DCOM_PDU: the PDU; DCOM_BIND, DCOM_CALL: extended error information ([MS-EERR]), or NULL */
    size_t size;      /* of data, which is borrowed for the call */
};

typedef void (*dcom_observer)(void *context, const struct dcom_event *event);

/* Installs the one observer of this process, NULL to remove it. Set it before the first COM call. */
void dcom_set_observer(dcom_observer observer, void *context);
/* For the runtime's layers: true when someone watches (so that events cost nothing otherwise). */
bool dcom_observed(void);
void dcom_observe(struct dcom_event *event); /* stamps time_ns and hands it over */

#endif
