/* What must be agreed to before anything is asked of a server that is not ours.
 *
 * Activating can start a plant's server, and a logon that is refused counts against the account's lockout, whose policy
 * cannot be read from here. Both are said; the user agrees on the terminal, or beforehand by an option. */
#ifndef PROBE_CLIENT_GUARD_H
#define PROBE_CLIENT_GUARD_H

#include <stdbool.h>

struct guard_request {
    const char *class_name;
    const char *host;
    const char *account; /* NULL: the process's own, which is logged on already */
    bool may_launch;     /* agreed beforehand */
    bool may_fail_logon; /* agreed beforehand */
};

/* Without a terminal it refuses and says which option is missing. */
bool guard_allows(const struct guard_request *r);

#endif
