/* Security descriptors as programs hold them in memory ([MS-DTYP] 2.4.5, 2.4.6), for CoInitializeSecurity. */
#ifndef WINNT_H
#define WINNT_H

#include <windef.h>

typedef void *PSID, *PSECURITY_DESCRIPTOR;
typedef WORD SECURITY_DESCRIPTOR_CONTROL;

#define SECURITY_DESCRIPTOR_REVISION 1
#define SE_DACL_PRESENT              0x0004
#define SE_SACL_PRESENT              0x0010
#define SE_SELF_RELATIVE             0x8000

/* The entries follow it. */
typedef struct _ACL {
    BYTE AclRevision;
    BYTE Sbz1;
    WORD AclSize;
    WORD AceCount;
    WORD Sbz2;
} ACL, *PACL;

typedef struct _SECURITY_DESCRIPTOR {
    BYTE Revision;
    BYTE Sbz1;
    SECURITY_DESCRIPTOR_CONTROL Control;
    PSID Owner;
    PSID Group;
    PACL Sacl;
    PACL Dacl;
} SECURITY_DESCRIPTOR;

/* The same with SE_SELF_RELATIVE: offsets from its own beginning. */
typedef struct _SECURITY_DESCRIPTOR_RELATIVE {
    BYTE Revision;
    BYTE Sbz1;
    SECURITY_DESCRIPTOR_CONTROL Control;
    DWORD Owner;
    DWORD Group;
    DWORD Sacl;
    DWORD Dacl;
} SECURITY_DESCRIPTOR_RELATIVE;

#endif
