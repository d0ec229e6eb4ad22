/* The version of the DCOM protocol: which one a host speaks, and which one two peers agree on ([MS-DCOM] 1.7, 2.2.11).
 *
 * The major version is 5. Minor versions are 1, 2, 4, 6 and 7, and each adds to the one before. A client speaks the
 * lower of both minor versions; a server refuses a client that speaks a higher one than its own. Values; no thread
 * rule. */
#ifndef DCOM_COM_VERSION_H
#define DCOM_COM_VERSION_H

#include <dcom.h>
#include <stdbool.h>

#include "security/host.h"

#define COM_VERSION_MAJOR 5
#define COM_VERSION_FIRST 1 /* what a peer has that cannot say which one it has */

/* What came with a minor version. */
#define COM_VERSION_WITH_RESOLVE_OXID2 2
#define COM_VERSION_WITH_ACTIVATOR     6 /* IRemoteSCMActivator, ServerAlive2 and IRemUnknown2 */

/* The version this host speaks; of NULL the newest. */
COMVERSION com_version_of_host(const struct host *host);
/* For servers: whether a client of that version is one to be served. */
bool com_version_is_served(COMVERSION own, COMVERSION client);
/* For clients: the version to speak with that server; false when there is none. */
bool com_version_negotiate(COMVERSION own, COMVERSION server, COMVERSION *out);

#endif
