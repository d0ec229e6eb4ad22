/* Lists and tries the string bindings that a stage brought to light, and says what is wrong with them. */
#ifndef PROBE_CLIENT_REACHABILITY_H
#define PROBE_CLIENT_REACHABILITY_H

#include "probe-client/check_report.h"

/* What the server's computer offers; the events are those of the activation. */
void reachability_of_resolver(struct check_report *report, const struct observed *events, size_t count);
/* What the object offers; the events begin with those of the activation. */
void reachability_of_object(struct check_report *report, const struct observed *events, size_t count);
/* What this computer offers for the way back; the events begin with the process. */
void reachability_of_own(struct check_report *report, const struct observed *events, size_t count);

#endif
