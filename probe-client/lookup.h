/* From what the user named to the class: the CLSID as it stands, or a ProgID that somebody has to know.
 *
 * A client that has only a ProgID asks OPCEnum on the server's computer, and its own registry when that fails. Each way
 * tried is told with its code: that the lookup fails although the class could be activated is common, and a check by
 * CLSID goes round it. */
#ifndef PROBE_CLIENT_LOOKUP_H
#define PROBE_CLIENT_LOOKUP_H

#include "probe-client/connection.h"

/* Whether the class is our own test server's, which is known without asking anybody. NULL is ours. */
bool lookup_is_ours(const char *class_name);
/* Whether finding the class would ask OPCEnum of another computer, if that is allowed. `host` NULL is this one. */
bool lookup_asks_opcenum(const char *class_name, const char *host);
/* Settles `lookup`, and the stages before it when OPCEnum was asked. Returns whether there is a class to activate,
 * which may be so although the lookup failed: our own server's class is known. */
bool lookup_class(struct connection *c, const char *class_name, bool may_ask_opcenum);

#endif
