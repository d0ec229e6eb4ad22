/* What this host is called and how it finds others: the folder OPCPROBE_HOST where there is one, else the system.
 *
 * The portable runtime goes by the same host.json; what is tried beside it must come from the same address and go to
 * the same place. */
#ifndef PROBE_CLIENT_THIS_HOST_H
#define PROBE_CLIENT_THIS_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* The name in host.json of the folder OPCPROBE_HOST, else the computer's own. */
void this_host_name(char *out, size_t size);
/* The address of a name by the `names` of host.json, or of this host itself; false when it has none there. */
bool this_host_find(const char *name, char *address, size_t size);
/* The address that a connection to `address` comes from; empty: the system chooses. */
void this_host_source(const char *address, char *out, size_t size);

#endif
