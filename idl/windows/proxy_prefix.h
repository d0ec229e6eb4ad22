/* Put in front of each proxy file: mingw-w64 declares these three for C++ only, and the tables are C. */
#ifndef OPCPROBE_PROXY_PREFIX_H
#define OPCPROBE_PROXY_PREFIX_H

#include <windows.h>

#include <ole2.h>

HRESULT STDMETHODCALLTYPE IUnknown_QueryInterface_Proxy(IUnknown *self, REFIID iid, void **out);
ULONG STDMETHODCALLTYPE IUnknown_AddRef_Proxy(IUnknown *self);
ULONG STDMETHODCALLTYPE IUnknown_Release_Proxy(IUnknown *self);

#endif
