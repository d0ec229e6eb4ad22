/* The account side of NTLMv2, for whoever keeps accounts: an authority checks and makes proofs with it
 * ([MS-NLMP] 3.3.2). Nothing here allocates beyond the call; secrets it touches are zeroed. */
#ifndef DCOM_AUTH_NTLM_H
#define DCOM_AUTH_NTLM_H

#include <stdbool.h>
#include <stdint.h>

#include "dcom/auth/auth.h"

/* NTOWFv1: MD4 of the password in UTF-16LE; what accounts are stored as. ERR_MEMORY when it runs short. */
MUST_USE enum err ntlm_hash_password(const char *password, uint8_t nt_hash[16]);

/* True when the response proves knowledge of `nt_hash`; `session_base_key` is then set, else zeroed.
 * As [MS-NLMP] 3.2.5.1.2 asks, a client that computed with an empty domain name is let in too. */
bool ntlm_check_response(const uint8_t nt_hash[16], const struct auth_ntlm_response *response,
                         uint8_t session_base_key[16]);

/* Proves knowledge of `nt_hash` for an initiator: fills nt_proof and session_base_key of `out` from
 * out->user and out->domain. */
MUST_USE enum err ntlm_prove(const uint8_t nt_hash[16], const uint8_t server_challenge[8], const uint8_t *temp,
                             size_t temp_size, struct auth_ntlm_proof *out);

#endif
