/* One asynchronous request of a client, from the call to its completion. */
#ifndef PROBE_SERVER_TRANSACTION_H
#define PROBE_SERVER_TRANSACTION_H

#include <opcda.h>
#include <stdbool.h>

#include "probe-server/service.h"

enum transaction_kind {
    TRANSACTION_READ,
    TRANSACTION_WRITE,
    TRANSACTION_REFRESH
};

struct transaction {
    enum transaction_kind kind;
    DWORD id;        /* the client's */
    DWORD cancel_id; /* ours */
    bool cancelled;
    OPCDATASOURCE source;
    DWORD count;
    OPCHANDLE *servers; /* owned */
    OPCHANDLE *clients; /* owned: as they were when the request was made */
    VARIANT *values;    /* owned; TRANSACTION_WRITE only */
    struct caller caller;
    struct transaction *next;
};

/* Room for `capacity` items, none of them set; NULL when memory is short. */
struct transaction *transaction_create(enum transaction_kind kind, DWORD id, DWORD capacity);
void transaction_destroy(struct transaction *t);
void transaction_add(struct transaction *t, OPCHANDLE server, OPCHANDLE client);

#endif
