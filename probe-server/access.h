/* Who may call the server when the machine's own settings do not say. */
#ifndef PROBE_SERVER_ACCESS_H
#define PROBE_SERVER_ACCESS_H

#include <objbase.h>

/* The descriptor for CoInitializeSecurity, valid until access_cleanup; NULL where the host's registry decides. On
 * Windows it lets in administrators, SYSTEM (COM's own service) and the account this process runs under. */
HRESULT access_permissions(PSECURITY_DESCRIPTOR *out);
void access_cleanup(void);

#endif
