/* The security authority of the host: it checks NTLM responses against accounts.json and proves with the secrets of
 * logon sessions. Secrets never leave it. Any thread. */
#ifndef SCM_LSA_H
#define SCM_LSA_H

#include "dcom/auth/auth.h"
#include "dcom/scm/sessions.h"

#define NTSTATUS_NO_SUCH_LOGON_SESSION UINT32_C(0xC000005F)

struct lsa {
    struct host_files *files;  /* (RO) borrowed */
    struct sessions *sessions; /* (RO) borrowed */
};

/* The verdict on a response: 0, the token of the network logon and the session base key, or the exact NTSTATUS. Writes
 * the event; `peer` is the client's address or NULL. */
uint32_t lsa_verify(struct lsa *l, const struct auth_ntlm_response *response, const char *peer, struct token *token,
                    uint8_t session_base_key[16]);
/* Proves with the session of a process. ERR_NOT_FOUND: it has none, or one without a secret. */
MUST_USE enum err lsa_prove(struct lsa *l, int64_t pid, const uint8_t server_challenge[8], const uint8_t *temp,
                            size_t temp_size, struct auth_ntlm_proof *out);

/* For probe-scm's own connections. */
struct lsa_authority {
    struct lsa *lsa;
    int64_t pid; /* whose session proves; 0: nobody's */
    char computer[HOST_NETBIOS], dns_computer[HOST_NAME];
    struct auth_authority authority; /* what rpc/ takes; tokens are struct token on the heap */
};

/* `out` must stay where it is while `out->authority` is in use. */
void lsa_authority_init(struct lsa_authority *out, struct lsa *lsa, const struct host *host, int64_t pid);

#endif
