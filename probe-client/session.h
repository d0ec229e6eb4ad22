/* COM for the life of a command. */
#ifndef PROBE_CLIENT_SESSION_H
#define PROBE_CLIENT_SESSION_H

#include <objbase.h>
#include <stdint.h>

/* Initialises COM in the multithreaded apartment, the proxies of the OPC interfaces, and the security of this
 * process: `callback_level` is what we ask of the calls that the server makes to us. */
HRESULT session_start(unsigned callback_level);
void session_end(void);
/* Ends the running calls of a thread: what a watchdog does when time is up. */
void session_cancel_calls(uint32_t thread_id);

#endif
