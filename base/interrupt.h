/* The user's Ctrl-C and the system's request to end, as a flag that work looks at.
 *
 * Nothing is torn down inside a signal handler: the handler sets the flag and wakes who waits.
 * A second Ctrl-C ends the process at once, for the case that tidying up hangs. Any thread may ask and
 * wait, several at a time. */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Catches SIGINT, SIGTERM and SIGHUP (on Windows the console's control events) from now on. */
MUST_USE enum err interrupt_catch(void);
bool interrupt_requested(void);
/* Sets the flag as a signal would, from inside the program. */
void interrupt_request(void);
/* Waits for the request; false when the deadline passed first. */
bool interrupt_wait(int64_t deadline_ns);

#endif
