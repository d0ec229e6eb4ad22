/* The COM API as far as the probes use it; prototypes as in the Windows SDK. dcom/com implements it, memory and
 * automation aside (dcom/oleaut). */
#ifndef OBJBASE_H
#define OBJBASE_H

#include <rpcdce.h>
#include <unknwn.h>
#include <windows.h>

typedef enum tagCOINIT {
    COINIT_MULTITHREADED = 0x0,
    COINIT_APARTMENTTHREADED = 0x2,
    COINIT_DISABLE_OLE1DDE = 0x4,
    COINIT_SPEED_OVER_MEMORY = 0x8
} COINIT;

typedef enum tagREGCLS {
    REGCLS_SINGLEUSE = 0,
    REGCLS_MULTIPLEUSE = 1,
    REGCLS_MULTI_SEPARATE = 2,
    REGCLS_SUSPENDED = 4,
    REGCLS_SURROGATE = 8
} REGCLS;

typedef enum tagEOLE_AUTHENTICATION_CAPABILITIES {
    EOAC_NONE = 0x0,
    EOAC_MUTUAL_AUTH = 0x1,
    EOAC_SECURE_REFS = 0x2,
    EOAC_ACCESS_CONTROL = 0x4,
    EOAC_APPID = 0x8,
    EOAC_DYNAMIC = 0x10,
    EOAC_STATIC_CLOAKING = 0x20,
    EOAC_DYNAMIC_CLOAKING = 0x40,
    EOAC_ANY_AUTHORITY = 0x80,
    EOAC_MAKE_FULLSIC = 0x100,
    EOAC_REQUIRE_FULLSIC = 0x200,
    EOAC_AUTO_IMPERSONATE = 0x400,
    EOAC_DEFAULT = 0x800,
    EOAC_DISABLE_AAA = 0x1000,
    EOAC_NO_CUSTOM_MARSHAL = 0x2000
} EOLE_AUTHENTICATION_CAPABILITIES;

typedef enum tagCOMSD {
    SD_LAUNCHPERMISSIONS = 0,
    SD_ACCESSPERMISSIONS = 1,
    SD_LAUNCHRESTRICTIONS = 2,
    SD_ACCESSRESTRICTIONS = 3
} COMSD;

#define COLE_DEFAULT_PRINCIPAL ((OLECHAR *)(INT_PTR)-1)
#define COLE_DEFAULT_AUTHINFO  ((void *)(INT_PTR)-1)

typedef struct _COSERVERINFO {
    DWORD dwReserved1;
    LPWSTR pwszName;
    COAUTHINFO *pAuthInfo;
    DWORD dwReserved2;
} COSERVERINFO;

typedef struct tagMULTI_QI {
    const IID *pIID;
    IUnknown *pItf;
    HRESULT hr;
} MULTI_QI;

typedef struct tagSOLE_AUTHENTICATION_SERVICE {
    DWORD dwAuthnSvc;
    DWORD dwAuthzSvc;
    OLECHAR *pPrincipalName;
    HRESULT hr;
} SOLE_AUTHENTICATION_SERVICE;

/* Life of COM in a thread. */
STDAPI CoInitialize(LPVOID reserved);
STDAPI CoInitializeEx(LPVOID reserved, DWORD coinit);
STDAPI_(void) CoUninitialize(void);
STDAPI CoInitializeSecurity(PSECURITY_DESCRIPTOR descriptor, LONG service_count, SOLE_AUTHENTICATION_SERVICE *services,
                            void *reserved1, DWORD level, DWORD impersonation, void *authentication_list,
                            DWORD capabilities, void *reserved3);

/* A list of this machine as a self-relative descriptor; LocalFree it. */
STDAPI CoGetSystemSecurityPermissions(COMSD which, PSECURITY_DESCRIPTOR *out);

/* Activation. */
STDAPI CoCreateInstance(REFCLSID clsid, IUnknown *outer, DWORD context, REFIID iid, LPVOID *out);
STDAPI CoCreateInstanceEx(REFCLSID clsid, IUnknown *outer, DWORD context, COSERVERINFO *server, DWORD count,
                          MULTI_QI *results);
STDAPI CoGetClassObject(REFCLSID clsid, DWORD context, LPVOID server, REFIID iid, LPVOID *out);

/* Class objects of a server. */
STDAPI CoRegisterClassObject(REFCLSID clsid, IUnknown *factory, DWORD context, DWORD flags, DWORD *cookie);
STDAPI CoRevokeClassObject(DWORD cookie);
STDAPI CoResumeClassObjects(void);
STDAPI CoSuspendClassObjects(void);
STDAPI_(ULONG) CoAddRefServerProcess(void);
STDAPI_(ULONG) CoReleaseServerProcess(void);
STDAPI CoDisconnectObject(IUnknown *object, DWORD reserved);

/* Security of calls. */
STDAPI CoSetProxyBlanket(IUnknown *proxy, DWORD service, DWORD authorization, OLECHAR *principal, DWORD level,
                         DWORD impersonation, RPC_AUTH_IDENTITY_HANDLE identity, DWORD capabilities);
STDAPI CoQueryProxyBlanket(IUnknown *proxy, DWORD *service, DWORD *authorization, LPOLESTR *principal, DWORD *level,
                           DWORD *impersonation, RPC_AUTH_IDENTITY_HANDLE *identity, DWORD *capabilities);
STDAPI CoCopyProxy(IUnknown *proxy, IUnknown **out);
STDAPI CoQueryClientBlanket(DWORD *service, DWORD *authorization, LPOLESTR *principal, DWORD *level,
                            DWORD *impersonation, RPC_AUTHZ_HANDLE *privileges, DWORD *capabilities);
STDAPI CoGetCallContext(REFIID iid, void **out);

/* Cancelling outgoing calls. */
STDAPI CoEnableCallCancellation(LPVOID reserved);
STDAPI CoDisableCallCancellation(LPVOID reserved);
STDAPI CoCancelCall(DWORD thread_id, ULONG timeout_s);

/* Names and numbers. */
STDAPI CoCreateGuid(GUID *out);
STDAPI CLSIDFromString(LPCOLESTR text, LPCLSID out);
STDAPI IIDFromString(LPCOLESTR text, LPIID out);
STDAPI CLSIDFromProgID(LPCOLESTR progid, LPCLSID out);
STDAPI_(int) StringFromGUID2(REFGUID guid, LPOLESTR out, int capacity);

/* The memory of [out] parameters: the callee allocates, the caller frees. */
STDAPI_(LPVOID) CoTaskMemAlloc(SIZE_T size);
STDAPI_(LPVOID) CoTaskMemRealloc(LPVOID memory, SIZE_T size);
STDAPI_(void) CoTaskMemFree(LPVOID memory);

#endif
