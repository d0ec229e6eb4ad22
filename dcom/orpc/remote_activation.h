/* Remote activation as a client ([MS-DCOM] 3.2.4.1.1): ServerAlive2, then RemoteCreateInstance and its siblings.
 *
 * The first ServerAlive2 is unauthenticated, as the specification asks. Where the activation itself authenticates, a
 * second one goes ahead on the same connection with the same mechanism and level: no permission is checked there
 * (3.1.2.5.1.6), so its failure is the logon's, and the activation is not tried: one wrong password stays one. Any
 * thread. */
#ifndef DCOM_REMOTE_ACTIVATION_H
#define DCOM_REMOTE_ACTIVATION_H

#include "dcom/orpc/activation.h"
#include "dcom/orpc/resolver.h"

struct remote_activation {
    const char *server;    /* name or address, as the user gave it */
    bool get_class_object; /* the class factory itself instead of an instance */
    const struct activation_request *request;
    const struct rpc_security *security;
    bool any_mechanism;         /* the server's first one that we have, instead of the one in `security` */
    struct call_cancel *cancel; /* may be NULL */
};

/* The HRESULT is that of the reply's body, or of why there was none. On success `*reply` is the caller's
 * (activation_reply_cleanup) and `address` the numeric address that answered. */
HRESULT remote_activation_run(struct resolver *r, const struct remote_activation *call, struct activation_reply *reply,
                              char address[RPC_ADDRESS_TEXT]);

#endif
