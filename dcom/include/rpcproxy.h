/* The shapes that a widl -Oicf proxy file fills in, by position: the order of members is theirs.
 *
 * Nothing here is called through: dcom/ndr reads the tables. The names that no table of ours uses
 * are there because the initialisers name a place for them. */
#ifndef RPCPROXY_H
#define RPCPROXY_H

#include <objbase.h>

#define __RPCPROXY_H_VERSION__ 475
/* Tables are made with --win64: argument slots and pointers in memory have 8 bytes. */
#define __RPC_WIN64__          1

typedef const unsigned char *PFORMAT_STRING;
#define NdrFcShort(s) (unsigned char)((s)&0xff), (unsigned char)((s) >> 8 & 0xff)
#define NdrFcLong(l)                                                                                                   \
    (unsigned char)((l)&0xff), (unsigned char)((l) >> 8 & 0xff), (unsigned char)((l) >> 16 & 0xff),                    \
        (unsigned char)((l) >> 24 & 0xff)

/* The parts of a stub message that generated expression and call_as routines touch. */
typedef struct _MIDL_STUB_MESSAGE {
    unsigned char *StackTop;
    ULONG_PTR MaxCount;
    ULONG Offset;
} MIDL_STUB_MESSAGE, *PMIDL_STUB_MESSAGE;

typedef void (*EXPR_EVAL)(PMIDL_STUB_MESSAGE);
typedef void (*STUB_THUNK)(PMIDL_STUB_MESSAGE);
typedef LONG (*SERVER_ROUTINE)(void);

/* Routines of types that marshal themselves ([wire_marshal]). The flags are the first member of a
 * struct user_marshal (dcom/oleaut/user_marshal.h), which has the cursors; the buffer pointers only say success. */
typedef ULONG (*USER_MARSHAL_SIZING_ROUTINE)(ULONG *, ULONG, void *);
typedef unsigned char *(*USER_MARSHAL_MARSHALLING_ROUTINE)(ULONG *, unsigned char *, void *);
typedef unsigned char *(*USER_MARSHAL_UNMARSHALLING_ROUTINE)(ULONG *, unsigned char *, void *);
typedef void (*USER_MARSHAL_FREEING_ROUTINE)(ULONG *, void *);
typedef struct {
    USER_MARSHAL_SIZING_ROUTINE pfnBufferSize;
    USER_MARSHAL_MARSHALLING_ROUTINE pfnMarshall;
    USER_MARSHAL_UNMARSHALLING_ROUTINE pfnUnmarshall;
    USER_MARSHAL_FREEING_ROUTINE pfnFree;
} USER_MARSHAL_ROUTINE_QUADRUPLE;

typedef struct _MIDL_STUB_DESC {
    void *RpcInterfaceInformation;
    void *(*pfnAllocate)(size_t);
    void (*pfnFree)(void *);
    union {
        handle_t *pAutoHandle;
        void *pPrimitiveHandle;
    } IMPLICIT_HANDLE_INFO;
    const void *apfnNdrRundownRoutines;
    const void *aGenericBindingRoutinePairs;
    const EXPR_EVAL *apfnExprEval;
    const void *aXmitQuintuple;
    const unsigned char *pFormatTypes;
    int fCheckBounds;
    ULONG Version;
    void *pMallocFreeStruct;
    LONG MIDLVersion;
    const void *CommFaultOffsets;
    const USER_MARSHAL_ROUTINE_QUADRUPLE *aUserMarshalQuadruple;
    const void *NotifyRoutineTable;
    ULONG_PTR mFlags;
    const void *CsRoutineTables;
    const void *ProxyServerInfo;
    const void *pExprInfo;
} MIDL_STUB_DESC, *PMIDL_STUB_DESC;

typedef struct _MIDL_STUBLESS_PROXY_INFO {
    const MIDL_STUB_DESC *pStubDesc;
    PFORMAT_STRING ProcFormatString;
    const unsigned short *FormatStringOffset;
    const void *pTransferSyntax;
    ULONG_PTR nCount;
    const void *pSyntaxInfo;
} MIDL_STUBLESS_PROXY_INFO;

typedef struct _MIDL_SERVER_INFO {
    const MIDL_STUB_DESC *pStubDesc;
    const SERVER_ROUTINE *DispatchTable;
    PFORMAT_STRING ProcString;
    const unsigned short *FmtStringOffset;
    const STUB_THUNK *ThunkTable;
    const void *pTransferSyntax;
    ULONG_PTR nCount;
    const void *pSyntaxInfo;
} MIDL_SERVER_INFO;

typedef struct {
    const void *pStublessProxyInfo;
    const IID *piid;
} CInterfaceProxyHeader;
typedef struct {
    CInterfaceProxyHeader header;
    void *Vtbl[];
} CInterfaceProxyVtbl;
#define CINTERFACE_PROXY_VTABLE(n)                                                                                     \
    const struct {                                                                                                     \
        CInterfaceProxyHeader header;                                                                                  \
        void *Vtbl[n];                                                                                                 \
    }

typedef struct {
    const IID *piid;
    const MIDL_SERVER_INFO *pServerInfo;
    ULONG DispatchTableCount;
    const void *pDispatchTable;
} CInterfaceStubHeader;
typedef struct {
    CInterfaceStubHeader header;
    struct {
        const void *unused;
    } Vtbl;
} CInterfaceStubVtbl;
#define CStdStubBuffer_METHODS 0

typedef const CInterfaceProxyVtbl *PCInterfaceProxyVtblList;
typedef const CInterfaceStubVtbl *PCInterfaceStubVtblList;
typedef const char *PCInterfaceName;
typedef int (*PIIDLookup)(const IID *, int *);
typedef struct {
    const PCInterfaceProxyVtblList *pProxyVtblList;
    const PCInterfaceStubVtblList *pStubVtblList;
    const PCInterfaceName *pNamesArray;
    const IID **pDelegatedIIDs;
    PIIDLookup pIIDLookup;
    unsigned short TableSize;
    unsigned short TableVersion;
    const IID **pAsyncIIDLookup;
    LONG_PTR Filler2;
    LONG_PTR Filler3;
    LONG_PTR Filler4;
} ExtendedProxyFileInfo, ProxyFileInfo;
#define IID_GENERIC_CHECK_IID(name, iid, index) memcmp((iid), name##_ProxyVtblList[index]->header.piid, sizeof(IID))

/* idl/fix_tables.py turns the variadic NdrClientCall2 of [call_as] methods into this: the method is found
 * in the procedure's own header. */
typedef union {
    void *Pointer;
    LONG_PTR Simple;
} CLIENT_CALL_RETURN;
CLIENT_CALL_RETURN ndr_call_procedure(PFORMAT_STRING procedure, uintptr_t *arguments);

void *NdrOleAllocate(size_t size);
void NdrOleFree(void *memory);

/* Placeholders in the tables' vtables; ndr_proxy_vtbl puts the runtime's own methods in their place. */
HRESULT IUnknown_QueryInterface_Proxy(IUnknown *self, REFIID iid, void **out);
ULONG IUnknown_AddRef_Proxy(IUnknown *self);
ULONG IUnknown_Release_Proxy(IUnknown *self);

#endif
