/* Security of proxies: CoSetProxyBlanket and its siblings, and IClientSecurity. */
#include "dcom/com/proxy.h"

/* The place of a proxy's blanket: a member's own, or the identity's, which QueryInterface and reference counts use. */
static struct blanket **place_of(struct proxy_manager *m, struct proxy *member)
{
    return member ? &member->blanket : &m->blanket;
}

STDAPI CoSetProxyBlanket(IUnknown *proxy, DWORD service, DWORD authorization, OLECHAR *principal, DWORD level,
                         DWORD impersonation, RPC_AUTH_IDENTITY_HANDLE identity, DWORD capabilities)
{
    struct blanket_settings settings = {
        service, authorization, principal, level, impersonation, identity, capabilities
    };
    struct proxy *member;
    struct blanket *made;
    if (!proxy)
        return E_INVALIDARG;
    struct proxy_manager *m = proxy_manager_of(proxy, &member);
    if (!m)
        return E_NOINTERFACE; /* a local object has no IClientSecurity */
    HRESULT hr = blanket_make(m->defaults, &settings, &made);
    if (FAILED(hr))
        return hr;
    mutex_lock(&m->lock);
    struct blanket **place = place_of(m, member);
    struct blanket *before = *place;
    *place = made;
    mutex_unlock(&m->lock);
    blanket_release(before);
    return S_OK;
}

STDAPI CoQueryProxyBlanket(IUnknown *proxy, DWORD *service, DWORD *authorization, LPOLESTR *principal, DWORD *level,
                           DWORD *impersonation, RPC_AUTH_IDENTITY_HANDLE *identity, DWORD *capabilities)
{
    struct proxy *member;
    if (!proxy)
        return E_INVALIDARG;
    struct proxy_manager *m = proxy_manager_of(proxy, &member);
    if (!m)
        return E_NOINTERFACE;
    mutex_lock(&m->lock);
    struct blanket *b = blanket_addref(*place_of(m, member));
    mutex_unlock(&m->lock);
    HRESULT hr = blanket_query(b, service, authorization, principal, level, impersonation, identity, capabilities);
    blanket_release(b);
    return hr;
}

STDAPI CoCopyProxy(IUnknown *proxy, IUnknown **out)
{
    struct proxy *member;
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!proxy || !proxy_manager_of(proxy, &member))
        return E_INVALIDARG;
    return member ? proxy_copy(member, out) : E_INVALIDARG; /* the identity cannot have a second one */
}

/* ---- IClientSecurity -------------------------------------------------------------------------------- */

static struct proxy_manager *from_iface(IClientSecurity *self)
{
    return (struct proxy_manager *)((char *)self - offsetof(struct proxy_manager, IClientSecurity_iface));
}

static HRESULT STDMETHODCALLTYPE client_security_QueryInterface(IClientSecurity *self, REFIID iid, void **out)
{
    return proxy_query(from_iface(self), iid, out);
}

static ULONG STDMETHODCALLTYPE client_security_AddRef(IClientSecurity *self)
{
    return IUnknown_AddRef(&from_iface(self)->IUnknown_iface);
}

static ULONG STDMETHODCALLTYPE client_security_Release(IClientSecurity *self)
{
    return proxy_manager_release(from_iface(self));
}

static HRESULT STDMETHODCALLTYPE client_security_QueryBlanket(IClientSecurity *self, IUnknown *proxy, DWORD *service,
                                                              DWORD *authorization, LPOLESTR *principal, DWORD *level,
                                                              DWORD *impersonation, void **identity,
                                                              DWORD *capabilities)
{
    (void)self;
    return CoQueryProxyBlanket(proxy, service, authorization, principal, level, impersonation, identity, capabilities);
}

static HRESULT STDMETHODCALLTYPE client_security_SetBlanket(IClientSecurity *self, IUnknown *proxy, DWORD service,
                                                            DWORD authorization, LPOLESTR principal, DWORD level,
                                                            DWORD impersonation, void *identity, DWORD capabilities)
{
    (void)self;
    return CoSetProxyBlanket(proxy, service, authorization, principal, level, impersonation, identity, capabilities);
}

static HRESULT STDMETHODCALLTYPE client_security_CopyProxy(IClientSecurity *self, IUnknown *proxy, IUnknown **out)
{
    (void)self;
    return CoCopyProxy(proxy, out);
}

const IClientSecurityVtbl proxy_IClientSecurity_vtbl = {
    .QueryInterface = client_security_QueryInterface,
    .AddRef = client_security_AddRef,
    .Release = client_security_Release,
    .QueryBlanket = client_security_QueryBlanket,
    .SetBlanket = client_security_SetBlanket,
    .CopyProxy = client_security_CopyProxy,
};
