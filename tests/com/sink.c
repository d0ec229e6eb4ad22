#include "tests/com/sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "dcom/orpc/orpc_header.h"

static struct sink *from_iface(IOPCShutdown *self)
{
    return (struct sink *)((char *)self - offsetof(struct sink, IOPCShutdown_iface));
}

static HRESULT STDMETHODCALLTYPE sink_QueryInterface(IOPCShutdown *self, REFIID iid, void **out)
{
    bool ours = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOPCShutdown);
    *out = ours ? self : NULL;
    if (ours)
        IOPCShutdown_AddRef(self);
    return ours ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE sink_AddRef(IOPCShutdown *self)
{
    return atomic_fetch_add(&from_iface(self)->references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE sink_Release(IOPCShutdown *self)
{
    return atomic_fetch_sub(&from_iface(self)->references, 1) - 1;
}

static HRESULT STDMETHODCALLTYPE sink_ShutdownRequest(IOPCShutdown *self, LPCWSTR reason)
{
    struct sink *s = from_iface(self);
    RPC_AUTHZ_HANDLE account = NULL;
    mutex_lock(&s->lock);
    utf8_from_utf16(reason, utf16_length(reason), s->text, sizeof s->text);
    CoQueryClientBlanket(NULL, NULL, NULL, &s->level, NULL, &account, NULL);
    causality_current(&s->causality);
    s->account[0] = 0;
    if (account)
        utf8_from_utf16(account, utf16_length(account), s->account, sizeof s->account);
    mutex_unlock(&s->lock);
    if (s->call_back) {
        LCID locale;
        HRESULT hr = IOPCCommon_GetLocaleID(s->call_back, &locale);
        mutex_lock(&s->lock);
        s->called_back = hr;
        mutex_unlock(&s->lock);
    }
    clock_sleep_until_ns(clock_deadline_ns((int64_t)s->sleep_ms * NS_PER_MS));
    atomic_fetch_add(&s->calls, 1);
    return S_OK;
}

static const IOPCShutdownVtbl sink_IOPCShutdown_vtbl = {
    .QueryInterface = sink_QueryInterface,
    .AddRef = sink_AddRef,
    .Release = sink_Release,
    .ShutdownRequest = sink_ShutdownRequest,
};

void sink_init(struct sink *s)
{
    memset(s, 0, sizeof *s);
    s->IOPCShutdown_iface.lpVtbl = &sink_IOPCShutdown_vtbl;
    mutex_init(&s->lock);
    s->references = 1;
    s->called_back = E_UNEXPECTED;
}
