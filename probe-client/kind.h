/* What the server's side was: a real Windows machine, a simulated host, or Wine.
 *
 * Simulated must never pass for Windows, nor a plant's server for simulated, so the answer comes with its reason, and
 * is "unknown" where nothing seen tells. */
#ifndef PROBE_CLIENT_KIND_H
#define PROBE_CLIENT_KIND_H

#include "probe-client/check_report.h"

#define KIND_UNKNOWN   "unknown"
#define KIND_REAL      "real"
#define KIND_SIMULATED "simulated"
#define KIND_WINE      "wine"

/* What the server's computer said of its system before the logon, the last time it was asked. */
void kind_take_system(struct check_report *report, const struct observed *events, size_t count);
/* Fills the report's kind and its reason from everything that is known by now. */
void kind_decide(struct check_report *report);

#endif
