/* Who may call the server when it sets its security itself instead of leaving it to its AppID, and where a caller is.
 */
#ifndef PROBE_SERVER_ACCESS_H
#define PROBE_SERVER_ACCESS_H

#include <objbase.h>
#include <stdbool.h>

/* The descriptor for CoInitializeSecurity, valid until access_cleanup. On a simulated host it is the host's default
 * list; on Windows it lets in administrators, SYSTEM (COM's own service) and the account this process runs under. */
HRESULT access_permissions(PSECURITY_DESCRIPTOR *out);
void access_cleanup(void);
/* Whether the client whose activation or call runs on this thread is on another computer; false where nobody can say.
 */
bool access_caller_is_remote(void);

#endif
