/* What the host's own description says, as far as this program needs it. */
#ifndef PROBE_SERVER_THIS_HOST_H
#define PROBE_SERVER_THIS_HOST_H

#include <stddef.h>

#include "base/socket.h"

#define THIS_HOST_NAME 64

/* The name in host.json of the folder OPCPROBE_HOST, else the computer's own. */
void this_host_name(char out[THIS_HOST_NAME]);
/* The addresses in host.json: where the host's servers listen. 0 without a description. */
size_t this_host_addresses(char out[][SOCKET_ADDRESS_TEXT], size_t maximum);

#endif
