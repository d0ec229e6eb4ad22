/* A second listener for the events of dcom_observer.h: the process's own event stream, which must not take the place of
 * the observer that a program installs. It gets every event but DCOM_PDU and DCOM_AUTH_LEG, which are too many. */
#ifndef DCOM_RPC_RECORDER_H
#define DCOM_RPC_RECORDER_H

#include <dcom_observer.h>

/* Called from any thread; NULL ends it. */
void rpc_set_recorder(dcom_observer recorder, void *context);
/* True when a program watches: what is made for the observer alone costs nothing otherwise. */
bool rpc_is_watched(void);

#endif
