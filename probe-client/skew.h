/* How far the server's clocks are from ours.
 *
 * There are two: the computer's, which its logon challenge carries before anybody is logged on ([MS-NLMP] 2.2.2.1,
 * MsvAvTimestamp), and what the OPC server puts into GetStatus. Kerberos refuses over 5 minutes; a second already
 * shifts what a historian stores. A difference is known only to within half the time that the answer took. */
#ifndef PROBE_CLIENT_SKEW_H
#define PROBE_CLIENT_SKEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct skew {
    bool known;
    int64_t ns; /* positive: the server is ahead */
    int64_t uncertainty_ns;
};

/* `server` was read while a call of ours ran that took `elapsed_ns` and ended when our clock showed `ours`; both are
 * FILETIMEs. A server's clock of 0, or one centuries away, is no clock. */
struct skew skew_between(uint64_t server, uint64_t ours, int64_t elapsed_ns);
/* "server 6 min 12 s ahead, to within 3 ms" */
void skew_text(const struct skew *s, char *out, size_t size);

struct check_report;
struct observed;
/* The computer's clock, from the first challenge of these events. */
void skew_take_logon(struct check_report *report, const struct observed *events, size_t count);
/* Adds what is to be said of the clocks to the report's findings. */
void skew_find(struct check_report *report);

#endif
