/* The one-way functions of NTLMv2 ([MS-NLMP] 3.3.2). MD4, MD5, HMAC and RC4 are nettle's. */
#ifndef DCOM_AUTH_NTLM_HASH_H
#define DCOM_AUTH_NTLM_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define NTLM_KEY       16
#define NTLM_CHALLENGE 8

/* HMAC-MD5 over up to three pieces, in order; unused pieces have size 0. */
struct ntlm_piece {
    const void *data;
    size_t size;
};
void ntlm_hmac(const uint8_t key[NTLM_KEY], const struct ntlm_piece pieces[3], uint8_t out[NTLM_KEY]);

/* NTOWFv2 from the NT hash: the user name (UTF-8) is mapped to upper case, the domain is used as it travels.
 * ERR_MEMORY when it runs short. */
MUST_USE enum err ntlm_owf(const uint8_t nt_hash[NTLM_KEY], const char *user, const uint8_t *domain_utf16,
                           size_t domain_size, uint8_t out[NTLM_KEY]);
/* NTProofStr and SessionBaseKey for a temp blob. */
void ntlm_response(const uint8_t owf[NTLM_KEY], const uint8_t server_challenge[NTLM_CHALLENGE], const uint8_t *temp,
                   size_t temp_size, uint8_t proof[NTLM_KEY], uint8_t session_base_key[NTLM_KEY]);
/* RC4 of one key by another: the exported session key as it travels. */
void ntlm_wrap_key(const uint8_t key[NTLM_KEY], const uint8_t in[NTLM_KEY], uint8_t out[NTLM_KEY]);

#endif
