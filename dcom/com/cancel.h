/* When this thread's outgoing calls end: by their deadline, or cancelled (CoEnableCallCancellation, CoCancelCall). */
#ifndef DCOM_COM_CANCEL_H
#define DCOM_COM_CANCEL_H

#include "dcom/orpc/call_cancel.h"

/* Around every outgoing call, the smaller calls it needs included. Returns what the transport watches; NULL when the
 * thread has not enabled cancellation. */
struct call_cancel *cancel_call_begin(void);
void cancel_call_end(void);
/* Until when a call that begins now may take: less while this thread serves a call itself. */
int64_t call_deadline_ns(void);

#endif
