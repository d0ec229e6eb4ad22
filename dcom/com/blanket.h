/* Security settings of outgoing calls: what CoSetProxyBlanket sets and COAUTHINFO says.
 *
 * A blanket is constant after birth and counted: a proxy replaces it as a whole, so that a call in progress keeps the
 * one it began with. Credentials are copied in, and zeroed with the last reference. */
#ifndef DCOM_COM_BLANKET_H
#define DCOM_COM_BLANKET_H

#include <objbase.h>

#include "dcom/com/runtime.h"

struct blanket;

/* What the API's arguments say; each has its DEFAULT value. */
struct blanket_settings {
    DWORD service;            /* RPC_C_AUTHN_* */
    DWORD authorization;      /* RPC_C_AUTHZ_* */
    const OLECHAR *principal; /* NULL, text, or COLE_DEFAULT_PRINCIPAL */
    DWORD level;              /* RPC_C_AUTHN_LEVEL_* */
    DWORD impersonation;      /* RPC_C_IMP_LEVEL_* */
    void *identity;           /* COAUTHIDENTITY *, NULL for the process's own, or COLE_DEFAULT_AUTHINFO */
    DWORD capabilities;       /* EOAC_* */
};
extern const struct blanket_settings blanket_default_settings;

/* The blanket a new proxy of this exporter has: the process's defaults, no lower than the exporter's hint. */
HRESULT blanket_of_exporter(struct runtime *rt, const struct remote_exporter *e, struct blanket **out);
/* The blanket of an activation without an exporter to ask: the defaults, at least CONNECT and IMPERSONATE. */
HRESULT blanket_of_activation(struct runtime *rt, struct blanket **out);
/* A blanket with these settings; what they leave to default comes from `base`. E_INVALIDARG for values that are none,
 * RPC_E_NO_GOOD_SECURITY_PACKAGES for a service this build does not have. */
HRESULT blanket_make(const struct blanket *base, const struct blanket_settings *settings, struct blanket **out);
struct blanket *blanket_addref(struct blanket *b);
void blanket_release(struct blanket *b);
/* As the transport wants it; borrowed from the blanket. */
const struct rpc_security *blanket_security(const struct blanket *b);
/* Nobody named the mechanism: what the server lists first counts ([MS-DCOM] 3.2.4.2). */
bool blanket_takes_any_mechanism(const struct blanket *b);
/* Each out parameter may be NULL. The principal is a copy (CoTaskMemFree); the identity is the caller's own pointer
 * back. */
HRESULT blanket_query(const struct blanket *b, DWORD *service, DWORD *authorization, LPOLESTR *principal, DWORD *level,
                      DWORD *impersonation, void **identity, DWORD *capabilities);

#endif
