#include "tests/probe-client/fake_com.h"

#include <stdlib.h>
#include <string.h>

#include "base/thread.h"

struct fake_blanket fake_blanket;

HRESULT STDAPICALLTYPE CoSetProxyBlanket(IUnknown *proxy, DWORD service, DWORD authorization, OLECHAR *principal,
                                         DWORD level, DWORD impersonation, RPC_AUTH_IDENTITY_HANDLE identity,
                                         DWORD capabilities)
{
    (void)proxy;
    (void)authorization;
    (void)principal;
    (void)capabilities;
    fake_blanket.calls++;
    fake_blanket.service = service;
    fake_blanket.level = level;
    fake_blanket.impersonation = impersonation;
    fake_blanket.identity = identity;
    return S_OK;
}

/* The objects under test are in this process, so no call is ever under way on the wire. */

HRESULT STDAPICALLTYPE CoInitializeEx(LPVOID reserved, DWORD model)
{
    (void)reserved;
    (void)model;
    return S_OK;
}

void STDAPICALLTYPE CoUninitialize(void) {}

HRESULT STDAPICALLTYPE CoInitializeSecurity(PSECURITY_DESCRIPTOR descriptor, LONG count,
                                            SOLE_AUTHENTICATION_SERVICE *services, void *reserved1, DWORD level,
                                            DWORD impersonation, void *list, DWORD capabilities, void *reserved3)
{
    (void)descriptor;
    (void)count;
    (void)services;
    (void)reserved1;
    (void)level;
    (void)impersonation;
    (void)list;
    (void)capabilities;
    (void)reserved3;
    return S_OK;
}

HRESULT STDAPICALLTYPE CoGetSystemSecurityPermissions(COMSD which, PSECURITY_DESCRIPTOR *out)
{
    (void)which;
    *out = NULL;
    return E_FAIL;
}

HLOCAL WINAPI LocalFree(HLOCAL memory)
{
    free(memory);
    return NULL;
}

HRESULT STDAPICALLTYPE CoEnableCallCancellation(LPVOID reserved)
{
    (void)reserved;
    return S_OK;
}

HRESULT STDAPICALLTYPE CoDisableCallCancellation(LPVOID reserved)
{
    (void)reserved;
    return S_OK;
}

HRESULT STDAPICALLTYPE CoCancelCall(DWORD thread, ULONG timeout)
{
    (void)thread;
    (void)timeout;
    return RPC_E_CALL_COMPLETE;
}

DWORD STDAPICALLTYPE GetCurrentThreadId(void)
{
    return thread_current_id();
}

HRESULT STDAPICALLTYPE CLSIDFromProgID(LPCOLESTR progid, LPCLSID out)
{
    (void)progid;
    memset(out, 0, sizeof(*out));
    return CO_E_CLASSSTRING;
}

HRESULT (*fake_create_instance)(COSERVERINFO *server, MULTI_QI *query);

HRESULT STDAPICALLTYPE CoCreateInstanceEx(REFCLSID clsid, IUnknown *outer, DWORD context, COSERVERINFO *server,
                                          DWORD count, MULTI_QI *queries)
{
    (void)clsid;
    (void)outer;
    (void)context;
    (void)count;
    return fake_create_instance ? fake_create_instance(server, queries) : REGDB_E_CLASSNOTREG;
}

HRESULT STDAPICALLTYPE CoQueryClientBlanket(DWORD *service, DWORD *authorization, LPOLESTR *principal, DWORD *level,
                                            DWORD *impersonation, RPC_AUTHZ_HANDLE *privileges, DWORD *capabilities)
{
    (void)service;
    (void)authorization;
    (void)principal;
    (void)level;
    (void)impersonation;
    (void)privileges;
    (void)capabilities;
    return RPC_E_CALL_COMPLETE;
}
