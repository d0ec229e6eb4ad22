/* The name of this host, for reports and for the group we leave our name on. */
#ifndef PROBE_CLIENT_THIS_HOST_H
#define PROBE_CLIENT_THIS_HOST_H

#include <stddef.h>

/* The name in host.json of the folder OPCPROBE_HOST, else the computer's own. */
void this_host_name(char *out, size_t size);

#endif
