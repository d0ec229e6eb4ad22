/* Giving up a call from another thread.
 *
 * One belongs to each thread that may be cancelled (CoCancelCall). While that thread has a connection under it, the
 * connection stands here, and a request to cancel wakes it; a request that comes before or between connections
 * is found by the next attach. */
#ifndef DCOM_CALL_CANCEL_H
#define DCOM_CALL_CANCEL_H

#include <stdbool.h>

#include "base/thread.h"
#include "dcom/rpc/rpc_client.h"

struct call_cancel {
    struct mutex lock;
    struct rpc_connection *connection; /* (LOCK lock) borrowed; NULL while the thread waits on none */
    bool requested;                    /* (LOCK lock) */
};

void call_cancel_init(struct call_cancel *c);
void call_cancel_cleanup(struct call_cancel *c);
/* Before waiting on a connection: false when the call was given up already. A NULL `c` is always true. */
bool call_cancel_attach(struct call_cancel *c, struct rpc_connection *connection);
/* After it, before the connection can be destroyed. */
void call_cancel_detach(struct call_cancel *c);
/* From any thread. */
void call_cancel_request(struct call_cancel *c);
/* At the beginning of a call: forgets an earlier request. */
void call_cancel_rearm(struct call_cancel *c);

#endif
