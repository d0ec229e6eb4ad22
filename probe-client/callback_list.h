/* Who may call this process back: the list for CoInitializeSecurity.
 *
 * It is this machine's default list, as for a client that leaves its security to the machine's settings; beside it COM
 * holds the machine's limits against every caller. */
#ifndef PROBE_CLIENT_CALLBACK_LIST_H
#define PROBE_CLIENT_CALLBACK_LIST_H

#include <objbase.h>

/* Valid until callback_list_cleanup. NULL where nobody can call back. */
HRESULT callback_list(PSECURITY_DESCRIPTOR *out);
void callback_list_cleanup(void);

#endif
