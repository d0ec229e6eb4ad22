/* Who may call the server when it sets its security itself instead of leaving it to its AppID. */
#ifndef PROBE_SERVER_ACCESS_H
#define PROBE_SERVER_ACCESS_H

#include <objbase.h>

/* The descriptor for CoInitializeSecurity, valid until access_cleanup. On a simulated host it is the host's default
 * list; on Windows it lets in administrators, SYSTEM (COM's own service) and the account this process runs under. */
HRESULT access_permissions(PSECURITY_DESCRIPTOR *out);
void access_cleanup(void);

#endif
