/* Names of RPC security ([MS-RPCE] 2.2.1.1.7 to 2.2.1.1.10). */
#ifndef RPCDCE_H
#define RPCDCE_H

#include <windef.h>

typedef LONG RPC_STATUS;
typedef WCHAR *RPC_WSTR;
typedef void *RPC_AUTH_IDENTITY_HANDLE;
typedef void *RPC_AUTHZ_HANDLE;
typedef void *handle_t;
typedef void *RPC_BINDING_HANDLE;
typedef uint32_t error_status_t;
#define RPC_S_OK             0
#define RPC_S_NO_CALL_ACTIVE 1725

/* For the call that this thread serves (`binding` NULL), also the activation that a class object serves. */
RPC_STATUS I_RpcBindingIsClientLocal(RPC_BINDING_HANDLE binding, unsigned int *is_local);

#define RPC_C_AUTHN_LEVEL_DEFAULT       0
#define RPC_C_AUTHN_LEVEL_NONE          1
#define RPC_C_AUTHN_LEVEL_CONNECT       2
#define RPC_C_AUTHN_LEVEL_CALL          3
#define RPC_C_AUTHN_LEVEL_PKT           4
#define RPC_C_AUTHN_LEVEL_PKT_INTEGRITY 5
#define RPC_C_AUTHN_LEVEL_PKT_PRIVACY   6

#define RPC_C_AUTHN_NONE          0
#define RPC_C_AUTHN_GSS_NEGOTIATE 9
#define RPC_C_AUTHN_WINNT         10
#define RPC_C_AUTHN_GSS_SCHANNEL  14
#define RPC_C_AUTHN_GSS_KERBEROS  16
#define RPC_C_AUTHN_DEFAULT       0xFFFFFFFFu

#define RPC_C_AUTHZ_NONE    0
#define RPC_C_AUTHZ_NAME    1
#define RPC_C_AUTHZ_DCE     2
#define RPC_C_AUTHZ_DEFAULT 0xFFFFFFFFu

#define RPC_C_IMP_LEVEL_DEFAULT     0
#define RPC_C_IMP_LEVEL_ANONYMOUS   1
#define RPC_C_IMP_LEVEL_IDENTIFY    2
#define RPC_C_IMP_LEVEL_IMPERSONATE 3
#define RPC_C_IMP_LEVEL_DELEGATE    4

#define SEC_WINNT_AUTH_IDENTITY_ANSI    1
#define SEC_WINNT_AUTH_IDENTITY_UNICODE 2

#endif
