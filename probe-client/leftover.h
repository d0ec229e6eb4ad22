/* Groups of earlier runs that are still at the server, found by their name "opcprobe-HOST-PID". */
#ifndef PROBE_CLIENT_LEFTOVER_H
#define PROBE_CLIENT_LEFTOVER_H

#include "probe-client/connection.h"

/* Our groups begin with it. */
#define GROUP_PREFIX "opcprobe-"

/* Asks the server for the groups it shows to us, before there is one of our own, and notes those that are left over.
 * A server shows its public groups to everybody and private ones usually to their own client alone, so finding none
 * proves little. One call, and one more for each hundred names; what is found is not touched. */
void leftover_find(struct connection *c);

#endif
