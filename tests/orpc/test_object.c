#include "tests/orpc/test_object.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static struct test_object *from_iface(IOPCCommon *self)
{
    return (struct test_object *)((char *)self - offsetof(struct test_object, IOPCCommon_iface));
}

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IOPCCommon *self, REFIID iid, void **out)
{
    bool ours = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOPCCommon);
    *out = ours ? self : NULL;
    if (ours)
        IOPCCommon_AddRef(self);
    return ours ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE object_AddRef(IOPCCommon *self)
{
    return ++from_iface(self)->references;
}

static ULONG STDMETHODCALLTYPE object_Release(IOPCCommon *self)
{
    return --from_iface(self)->references;
}

static HRESULT STDMETHODCALLTYPE object_SetLocaleID(IOPCCommon *self, LCID locale)
{
    struct test_object *o = from_iface(self);
    o->calls++;
    o->locale = locale;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_GetLocaleID(IOPCCommon *self, LCID *out)
{
    struct test_object *o = from_iface(self);
    o->calls++;
    *out = o->locale;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_QueryAvailableLocaleIDs(IOPCCommon *self, DWORD *count, LCID **out)
{
    (void)self;
    *count = 0;
    *out = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE object_GetErrorString(IOPCCommon *self, HRESULT error, LPWSTR *out)
{
    (void)self;
    (void)error;
    *out = NULL;
    return E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE object_SetClientName(IOPCCommon *self, LPCWSTR name)
{
    (void)name;
    from_iface(self)->calls++;
    return S_OK;
}

static const IOPCCommonVtbl object_IOPCCommon_vtbl = {
    .QueryInterface = object_QueryInterface,
    .AddRef = object_AddRef,
    .Release = object_Release,
    .SetLocaleID = object_SetLocaleID,
    .GetLocaleID = object_GetLocaleID,
    .QueryAvailableLocaleIDs = object_QueryAvailableLocaleIDs,
    .GetErrorString = object_GetErrorString,
    .SetClientName = object_SetClientName,
};

void test_object_init(struct test_object *o)
{
    memset(o, 0, sizeof *o);
    o->IOPCCommon_iface.lpVtbl = &object_IOPCCommon_vtbl;
    o->references = 1;
    o->locale = 0x409;
}
