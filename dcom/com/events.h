/* What COM processes write into the event stream (base/event.h): listening, accepted, incoming_auth, connect, bind,
 * call_failed. */
#ifndef DCOM_COM_EVENTS_H
#define DCOM_COM_EVENTS_H

/* Begins to record; once the stream is open. */
void events_begin(void);

#endif
