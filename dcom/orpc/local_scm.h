/* This process's line to its host's probe-scm: scm.sock, ILocalScm (idl/local.idl).
 *
 * It is RPCSS and LSA at once: it activates classes on this host, knows the exporters, keeps the pings, and holds
 * every secret. A process without a host has none (NULL wherever one is taken). Any thread; every function waits at
 * most DEADLINE_LOCAL_NS, activation DEADLINE_ACTIVATION_NS. HRESULTs are what the method returned or why it could not
 * be asked: 0x800706BA when probe-scm is not running. */
#ifndef DCOM_LOCAL_SCM_H
#define DCOM_LOCAL_SCM_H

#include <local.h>

#include "dcom/orpc/pool.h"
#include "security/host.h"
#include "security/token.h"

struct local_scm;

/* Both are borrowed. Does not connect yet. */
MUST_USE enum err local_scm_create(const struct host *host, struct pool *pool, struct local_scm **out);
void local_scm_destroy(struct local_scm *s);
/* The process that answered last; 0 before the first answer. */
int64_t local_scm_pid(const struct local_scm *s);

HRESULT local_scm_register_exporter(struct local_scm *s, OXID oxid, const IPID *ipid_rem_unknown, DWORD authn_hint,
                                    DUALSTRINGARRAY *bindings, const char *local_endpoint);
HRESULT local_scm_allocate_oids(struct local_scm *s, OXID oxid, OID *oids, ULONG count);
HRESULT local_scm_free_oids(struct local_scm *s, OID *oids, ULONG count);
HRESULT local_scm_register_class(struct local_scm *s, REFCLSID clsid, DWORD class_context, DWORD flags, DWORD *cookie);
HRESULT local_scm_revoke_class(struct local_scm *s, DWORD cookie);

/* The same-host road of RemoteCreateInstance: `*reply` is the blob, CoTaskMemFree it. */
HRESULT local_scm_activate(struct local_scm *s, bool get_class_object, const void *request, size_t request_size,
                           struct call_cancel *cancel, MInterfacePointer **reply);

/* An exporter of this host. */
struct local_exporter {
    char endpoint[RPC_ADDRESS_TEXT]; /* path of its socket */
    IPID ipid_rem_unknown;
    DWORD authn_hint;
    DUALSTRINGARRAY *bindings; /* CoTaskMemFree */
};
/* OR_INVALID_OXID as an HRESULT (0x80070776) when there is no such exporter. */
HRESULT local_scm_resolve(struct local_scm *s, OXID oxid, struct local_exporter *out);
/* Object references this process holds, or gave up, at the host whose resolver that is: probe-scm pings for them. */
HRESULT local_scm_hold(struct local_scm *s, DUALSTRINGARRAY *resolver, OID *add, ULONG add_count, OID *drop,
                       ULONG drop_count);
/* Whose process is it? */
HRESULT local_scm_token_of_process(struct local_scm *s, DWORD pid, LOCAL_TOKEN **token);
/* The resolver bindings of this host, for the OBJREFs we write. CoTaskMemFree. */
HRESULT local_scm_resolver_bindings(struct local_scm *s, DUALSTRINGARRAY **out);
/* Frees what a LOCAL_TOKEN of a reply consists of. */
void local_token_free(LOCAL_TOKEN *token);
/* The same as a token of security/; SIDs that are none, and groups beyond its capacity, are left out. */
void local_token_read(const LOCAL_TOKEN *from, struct token *out);

/* Fills in an authority that asks probe-scm; it borrows `s`. Its names are those of host.json. */
void local_scm_authority(struct local_scm *s, struct auth_authority *out);

#endif
