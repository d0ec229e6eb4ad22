#include "dcom/com/blanket.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

#define PRINCIPAL_TEXT 300

struct blanket {
    atomic_uint references;
    struct rpc_security security; /* (RO) points into this structure */
    bool any_mechanism;           /* (RO) the one in `security` is only our own preference */
    DWORD authorization, capabilities;
    void *identity_handle; /* what the program gave, for QueryBlanket alone: never read */
    char principal[PRINCIPAL_TEXT];
    struct auth_identity identity;
};

const struct blanket_settings blanket_default_settings = {
    .service = RPC_C_AUTHN_DEFAULT,
    .authorization = RPC_C_AUTHZ_DEFAULT,
    .principal = COLE_DEFAULT_PRINCIPAL,
    .identity = COLE_DEFAULT_AUTHINFO,
    .capabilities = EOAC_DEFAULT,
};

static struct blanket *new_blanket(void)
{
    struct blanket *b = calloc(1, sizeof *b);
    if (b)
        atomic_init(&b->references, 1);
    return b;
}

struct blanket *blanket_addref(struct blanket *b)
{
    atomic_fetch_add(&b->references, 1);
    return b;
}

void blanket_release(struct blanket *b)
{
    if (!b || atomic_fetch_sub(&b->references, 1) != 1)
        return;
    secret_zero(&b->identity, sizeof b->identity);
    free(b);
}

const struct rpc_security *blanket_security(const struct blanket *b)
{
    return &b->security;
}

bool blanket_takes_any_mechanism(const struct blanket *b)
{
    return b->any_mechanism;
}

/* ---- defaults ------------------------------------------------------------------------------------- */

/* Without a level there is no mechanism, and without a mechanism no level. */
static void agree(struct rpc_security *s)
{
    if (s->level == AUTH_LEVEL_NONE || s->mechanism == AUTH_NONE) {
        s->mechanism = AUTH_NONE;
        s->level = AUTH_LEVEL_NONE;
    }
}

static enum auth_mechanism best_mechanism(void)
{
    static const enum auth_mechanism all[] = { AUTH_SPNEGO, AUTH_KERBEROS, AUTH_NTLM };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (auth_find(all[i]))
            return all[i];
    return AUTH_NONE;
}

HRESULT blanket_of_exporter(struct runtime *rt, const struct remote_exporter *e, struct blanket **out)
{
    struct security_defaults defaults = runtime_security(rt);
    DWORD hint = remote_exporter_authn_hint(e);
    struct blanket *b = new_blanket();
    *out = b;
    if (!b)
        return E_OUTOFMEMORY;
    b->authorization = RPC_C_AUTHZ_NONE;
    b->security.mechanism = defaults.mechanism ? defaults.mechanism : remote_exporter_mechanism(e);
    b->security.level = defaults.level;
    if (hint > (DWORD)defaults.level && hint <= AUTH_LEVEL_PACKET_PRIVACY)
        b->security.level = (enum auth_level)hint;
    b->security.impersonation = defaults.impersonation;
    agree(&b->security);
    return S_OK;
}

HRESULT blanket_of_activation(struct runtime *rt, struct blanket **out)
{
    struct security_defaults defaults = runtime_security(rt);
    struct blanket *b = new_blanket();
    *out = b;
    if (!b)
        return E_OUTOFMEMORY;
    b->authorization = RPC_C_AUTHZ_NONE;
    b->any_mechanism = !defaults.mechanism;
    b->security.mechanism = b->any_mechanism ? best_mechanism() : defaults.mechanism;
    b->security.level = defaults.level;
    /* [MS-DCOM] 3.2.4.1.1.2, note 82: activation impersonates unless told otherwise. */
    b->security.impersonation = RPC_C_IMP_LEVEL_IMPERSONATE;
    agree(&b->security);
    return S_OK;
}

/* ---- settings ------------------------------------------------------------------------------------- */

/* The whole text or nothing: a cut name would be another account's. */
static bool take_text(const USHORT *text, ULONG length, bool wide, char *out, size_t size)
{
    if (!text || length == 0) {
        out[0] = 0;
        return true;
    }
    if (wide)
        return utf8_from_utf16(text, length, out, size) < size;
    if (length >= size)
        return false;
    memcpy(out, text, length);
    out[length] = 0;
    return true;
}

static HRESULT take_identity(struct blanket *b, const COAUTHIDENTITY *from)
{
    bool wide = from->Flags & SEC_WINNT_AUTH_IDENTITY_UNICODE;
    struct auth_identity *to = &b->identity;
    if (!wide && !(from->Flags & SEC_WINNT_AUTH_IDENTITY_ANSI))
        return E_INVALIDARG;
    if (!take_text(from->User, from->UserLength, wide, to->user, sizeof to->user) ||
        !take_text(from->Domain, from->DomainLength, wide, to->domain, sizeof to->domain) ||
        !take_text(from->Password, from->PasswordLength, wide, to->password, sizeof to->password))
        return E_INVALIDARG;
    b->security.identity = to;
    return S_OK;
}

static HRESULT set_identity(struct blanket *b, const struct blanket *base, void *identity)
{
    b->identity_handle = identity;
    if (!identity)
        return S_OK;
    if (identity != COLE_DEFAULT_AUTHINFO)
        return take_identity(b, identity);
    b->identity_handle = base->identity_handle;
    if (base->security.identity) {
        b->identity = base->identity;
        b->security.identity = &b->identity;
    }
    return S_OK;
}

static HRESULT set_mechanism(struct blanket *b, const struct blanket *base, DWORD service)
{
    b->security.mechanism = base->security.mechanism;
    if (service == RPC_C_AUTHN_DEFAULT) {
        /* A level that asks for authentication cannot inherit that there is none. */
        b->any_mechanism = base->any_mechanism || b->security.mechanism == AUTH_NONE;
        if (b->security.mechanism == AUTH_NONE)
            b->security.mechanism = best_mechanism();
        return S_OK;
    }
    b->security.mechanism = (enum auth_mechanism)service;
    if (service != RPC_C_AUTHN_NONE && (service > UINT8_MAX || !auth_find(b->security.mechanism)))
        return RPC_E_NO_GOOD_SECURITY_PACKAGES;
    return S_OK;
}

static HRESULT set_principal(struct blanket *b, const struct blanket *base, const OLECHAR *principal)
{
    if (principal == COLE_DEFAULT_PRINCIPAL)
        memcpy(b->principal, base->principal, sizeof b->principal);
    else if (principal &&
             utf8_from_utf16(principal, utf16_length(principal), b->principal, PRINCIPAL_TEXT) >= PRINCIPAL_TEXT)
        return E_INVALIDARG;
    b->security.principal = b->principal[0] ? b->principal : NULL;
    return S_OK;
}

HRESULT blanket_make(const struct blanket *base, const struct blanket_settings *settings, struct blanket **out)
{
    *out = NULL;
    if (settings->level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY || settings->impersonation > RPC_C_IMP_LEVEL_DELEGATE)
        return E_INVALIDARG;
    struct blanket *b = new_blanket();
    if (!b)
        return E_OUTOFMEMORY;
    b->security.level = settings->level ? (enum auth_level)settings->level : base->security.level;
    b->security.impersonation =
        settings->impersonation ? (uint8_t)settings->impersonation : base->security.impersonation;
    b->authorization = settings->authorization == RPC_C_AUTHZ_DEFAULT ? base->authorization : settings->authorization;
    b->capabilities = settings->capabilities & EOAC_DEFAULT ? base->capabilities : settings->capabilities;
    /* A service that is asked for by name means authentication, also where the default was none. */
    if (settings->service != RPC_C_AUTHN_DEFAULT && settings->level == 0 && b->security.level == AUTH_LEVEL_NONE)
        b->security.level = AUTH_LEVEL_CONNECT;
    HRESULT hr = set_mechanism(b, base, settings->service);
    if (SUCCEEDED(hr))
        hr = set_identity(b, base, settings->identity);
    if (SUCCEEDED(hr))
        hr = set_principal(b, base, settings->principal);
    agree(&b->security);
    if (FAILED(hr)) {
        blanket_release(b);
        return hr;
    }
    *out = b;
    return S_OK;
}

HRESULT blanket_query(const struct blanket *b, DWORD *service, DWORD *authorization, LPOLESTR *principal, DWORD *level,
                      DWORD *impersonation, void **identity, DWORD *capabilities)
{
    if (principal) {
        *principal = NULL;
        if (b->principal[0]) {
            *principal = CoTaskMemAlloc(PRINCIPAL_TEXT * sizeof(OLECHAR));
            if (!*principal)
                return E_OUTOFMEMORY;
            utf16_from_utf8(b->principal, *principal, PRINCIPAL_TEXT);
        }
    }
    if (service)
        *service = b->security.mechanism;
    if (authorization)
        *authorization = b->authorization;
    if (level)
        *level = auth_level_on_wire(b->security.level);
    if (impersonation)
        *impersonation = b->security.impersonation;
    if (identity)
        *identity = b->identity_handle;
    if (capabilities)
        *capabilities = b->capabilities;
    return S_OK;
}
