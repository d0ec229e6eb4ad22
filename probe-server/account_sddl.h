/* Windows only: a descriptor for administrators, SYSTEM and the account of this process. */
#ifndef PROBE_SERVER_ACCOUNT_SDDL_H
#define PROBE_SERVER_ACCOUNT_SDDL_H

#include <windows.h>

/* A self-relative descriptor that grants each of them `rights` (COM_RIGHTS_* bits), from LocalAlloc. */
DWORD account_descriptor(DWORD rights, PSECURITY_DESCRIPTOR *out, ULONG *size);

#endif
