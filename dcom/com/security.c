/* CoInitializeSecurity: what this process asks of its callers and uses in its calls. */
#include "dcom/com/program_list.h"
#include "dcom/com/runtime.h"

/* What this runtime cannot honour is refused, because a program that asks for protection must not run without it. */
#define CAPABILITIES_REFUSED (EOAC_ACCESS_CONTROL | EOAC_SECURE_REFS | EOAC_REQUIRE_FULLSIC)

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

/* With EOAC_APPID the descriptor is the AppID, and everything else is ignored: the registry decides. */
static HRESULT security_of_application(const struct runtime *rt, const GUID *appid, struct security_defaults *out)
{
    char text[GUID_TEXT];
    if (!appid)
        return E_INVALIDARG;
    guid_text(appid, text);
    *out = runtime_security_of(rt, text);
    return S_OK;
}

static HRESULT security_of_program(LONG service_count, SOLE_AUTHENTICATION_SERVICE *services, DWORD level,
                                   DWORD impersonation, struct security_defaults *out)
{
    *out = (struct security_defaults){ .level = level ? (enum auth_level)level : AUTH_LEVEL_CONNECT };
    out->impersonation = impersonation ? (uint8_t)impersonation : RPC_C_IMP_LEVEL_IDENTIFY;
    return choose_service(service_count, services, out);
}

/* Takes `list` over when it succeeds. */
static HRESULT settle(struct runtime *rt, const struct security_defaults *wanted, bool by_program,
                      struct com_list *list)
{
    HRESULT hr = S_OK;
    mutex_lock(&rt->lock);
    if (rt->security.settled) {
        hr = RPC_E_TOO_LATE;
    } else {
        rt->security = *wanted;
        rt->security.settled = true;
        rt->own_list = *list;
        rt->security.own_list = by_program ? &rt->own_list : NULL;
        *list = (struct com_list){ 0 };
    }
    mutex_unlock(&rt->lock);
    return hr;
}

STDAPI CoInitializeSecurity(PSECURITY_DESCRIPTOR descriptor, LONG service_count, SOLE_AUTHENTICATION_SERVICE *services,
                            void *reserved1, DWORD level, DWORD impersonation, void *authentication_list,
                            DWORD capabilities, void *reserved3)
{
    struct runtime *rt = runtime_get();
    bool by_program = !(capabilities & EOAC_APPID);
    struct security_defaults wanted;
    struct com_list list = { 0 };
    HRESULT hr = S_OK;
    if (!rt)
        return CO_E_NOTINITIALIZED;
    if (reserved1 || reserved3 || level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY || impersonation > RPC_C_IMP_LEVEL_DELEGATE)
        return E_INVALIDARG;
    if ((capabilities & EOAC_APPID) && (capabilities & EOAC_ACCESS_CONTROL))
        return E_INVALIDARG;
    if (capabilities & CAPABILITIES_REFUSED || (by_program && authentication_list))
        return E_NOTIMPL;
    if (by_program)
        hr = program_list_read(descriptor, &list);
    if (SUCCEEDED(hr))
        hr = by_program ? security_of_program(service_count, services, level, impersonation, &wanted)
                        : security_of_application(rt, descriptor, &wanted);
    if (SUCCEEDED(hr))
        hr = settle(rt, &wanted, by_program, &list);
    com_list_cleanup(&list);
    return hr;
}
