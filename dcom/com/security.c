/* CoInitializeSecurity: what this process asks of its callers and uses in its calls. */
#include "dcom/com/runtime.h"

/* What this runtime cannot honour is refused, because a program that asks for protection must not run without it. */
#define CAPABILITIES_REFUSED (EOAC_ACCESS_CONTROL | EOAC_APPID | EOAC_SECURE_REFS | EOAC_REQUIRE_FULLSIC)

/* The first service of the list that this build has; the others are marked as not to be had. */
static HRESULT choose_service(LONG count, SOLE_AUTHENTICATION_SERVICE *services, struct security_defaults *out)
{
    if (count > 0 && !services)
        return E_INVALIDARG;
    if (count < 0)
        return S_OK; /* -1: the system chooses */
    out->refuses_authentication = count == 0;
    for (LONG i = 0; i < count; i++) {
        enum auth_mechanism mechanism = (enum auth_mechanism)services[i].dwAuthnSvc;
        bool known = services[i].dwAuthnSvc <= UINT8_MAX && mechanism != AUTH_NONE && auth_find(mechanism);
        services[i].hr = known ? S_OK : RPC_E_NO_GOOD_SECURITY_PACKAGES;
        if (known && out->mechanism == AUTH_NONE)
            out->mechanism = mechanism;
    }
    return count > 0 && out->mechanism == AUTH_NONE ? RPC_E_NO_GOOD_SECURITY_PACKAGES : S_OK;
}

STDAPI CoInitializeSecurity(PSECURITY_DESCRIPTOR descriptor, LONG service_count, SOLE_AUTHENTICATION_SERVICE *services,
                            void *reserved1, DWORD level, DWORD impersonation, void *authentication_list,
                            DWORD capabilities, void *reserved3)
{
    struct runtime *rt = runtime_get();
    struct security_defaults wanted = { .settled = true };
    if (!rt)
        return CO_E_NOTINITIALIZED;
    if (reserved1 || reserved3 || level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY || impersonation > RPC_C_IMP_LEVEL_DELEGATE)
        return E_INVALIDARG;
    if (descriptor || authentication_list || (capabilities & CAPABILITIES_REFUSED))
        return E_NOTIMPL;
    wanted.level = level ? (enum auth_level)level : AUTH_LEVEL_CONNECT;
    wanted.impersonation = impersonation ? (uint8_t)impersonation : RPC_C_IMP_LEVEL_IDENTIFY;
    HRESULT hr = choose_service(service_count, services, &wanted);
    if (FAILED(hr))
        return hr;
    mutex_lock(&rt->lock);
    if (rt->security.settled)
        hr = RPC_E_TOO_LATE;
    else
        rt->security = wanted;
    mutex_unlock(&rt->lock);
    return hr;
}
