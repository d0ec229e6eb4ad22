/* What headers made by widl need besides the types: the words of their declarations. */
#ifndef RPCNDR_H
#define RPCNDR_H

#include <rpc.h>
#include <wtypes.h>

#ifndef COM_STDMETHOD_CAN_THROW
#define COM_STDMETHOD_CAN_THROW
#endif
#define __RPC_STUB
#define __RPC_USER
#define __RPC_API
#define BEGIN_INTERFACE
#define END_INTERFACE
/* With CONST_VTABLE an object points at constant methods, and no initialisation needs a cast. */
#ifdef CONST_VTABLE
#define CONST_VTBL const
#else
#define CONST_VTBL
#endif

typedef struct IRpcStubBuffer IRpcStubBuffer;
typedef struct IRpcChannelBuffer IRpcChannelBuffer;
typedef struct _RPC_MESSAGE *PRPC_MESSAGE;

#endif
