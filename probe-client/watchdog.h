/* A deadline for calls that know none: a thread of its own cancels what takes too long.
 *
 * COM calls block without a time limit; the means that COM itself offers is CoCancelCall from another
 * thread. A guarded section is one or more calls of one thread. When its time is up, or the user pressed
 * Ctrl-C, the calls of that thread are cancelled again and again until the section ends, because it may
 * hold several. The same thread reports the progress, ten times a second.
 * Thread rule: begin and end from one thread at a time; the tick runs on the watchdog's own thread, under its
 * lock, and must be quick. */
#ifndef PROBE_CLIENT_WATCHDOG_H
#define PROBE_CLIENT_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum watchdog_end {
    WATCHDOG_IN_TIME,
    WATCHDOG_LATE,
    WATCHDOG_INTERRUPTED
};

struct watchdog_options {
    void (*cancel)(uint32_t thread_id); /* ends the calls of that thread */
    /* May be NULL. False: a step inside the section has used up its own time, so that the section is late. */
    bool (*tick)(void *context, int64_t elapsed_ns, int64_t allowed_ns);
    void *context;
};

struct watchdog;

MUST_USE enum err watchdog_create(const struct watchdog_options *options, struct watchdog **out);
void watchdog_destroy(struct watchdog *w); /* NULL is allowed */
/* Guards the calls of a thread from now on. Without `heed_interrupt` only time ends it: tidying up after Ctrl-C must
 * not be cancelled by the same Ctrl-C. */
void watchdog_begin(struct watchdog *w, uint32_t thread_id, int64_t allowed_ns, bool heed_interrupt);
/* What the section has come to so far. */
enum watchdog_end watchdog_state(struct watchdog *w);
/* Ends the section; nothing is cancelled and no tick runs after it. */
enum watchdog_end watchdog_end(struct watchdog *w);

#endif
