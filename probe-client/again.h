/* Whether a check that failed is repeated: after the user has changed something, or on its own until it passes.
 *
 * A refused logon counts against the account's lockout, on the server or, in a callback, on this computer; so nothing
 * ever repeats one without being told to, each time. */
#ifndef PROBE_CLIENT_AGAIN_H
#define PROBE_CLIENT_AGAIN_H

#include "probe-client/check_report.h"
#include "probe-client/options.h"

/* Whether another try may count as another refused logon: the failure is one, or cannot be told from one. */
bool again_may_count_as_logon(const struct check_report *report);
/* Asks or waits as the options say; true when there is to be another try. */
bool again_wanted(const struct check_options *o, const struct check_report *report);

#endif
