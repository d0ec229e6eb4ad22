/* What local_scm.c and local_authority.c share. */
#ifndef DCOM_LOCAL_SCM_INTERNAL_H
#define DCOM_LOCAL_SCM_INTERNAL_H

#include "dcom/orpc/local_scm.h"

/* Method numbers of ILocalScm, in IDL order behind IUnknown's three. */
enum local_scm_method {
    LOCAL_SCM_REGISTER_EXPORTER = 3,
    LOCAL_SCM_ALLOCATE_OIDS,
    LOCAL_SCM_FREE_OIDS,
    LOCAL_SCM_REGISTER_CLASS,
    LOCAL_SCM_REVOKE_CLASS,
    LOCAL_SCM_ACTIVATE,
    LOCAL_SCM_RESOLVE_LOCAL,
    LOCAL_SCM_VERIFY_NTLM,
    LOCAL_SCM_PROVE_NTLM,
    LOCAL_SCM_TOKEN_OF_PROCESS,
    LOCAL_SCM_OPEN_SESSION,
    LOCAL_SCM_DESCRIBE_HOST,
    LOCAL_SCM_HOLD_REMOTE_OIDS
};

/* One call; `*asked` tells whether probe-scm answered at all. */
HRESULT local_scm_ask(struct local_scm *s, enum local_scm_method method, uintptr_t *arguments, bool *asked);
const struct host *local_scm_host(const struct local_scm *s);

#endif
