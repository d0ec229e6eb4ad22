/* May this class be activated? An activation can start a plant's server, which is a side effect. */
#ifndef PROBE_CLIENT_GUARD_H
#define PROBE_CLIENT_GUARD_H

#include <stdbool.h>

/* Asks on the terminal; without one it refuses and says which option allows it. `class_name` and `host` are for the
 * question. */
bool guard_may_activate(const char *class_name, const char *host);

#endif
