/* Session security of NTLM with extended session security ([MS-NLMP] 3.4): one signing key, one RC4
 * stream and one sequence number for each direction. */
#ifndef DCOM_AUTH_NTLM_SESSION_H
#define DCOM_AUTH_NTLM_SESSION_H

#include <nettle/arcfour.h>
#include <nettle/hmac.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dcom/auth/ntlm_hash.h"

#define NTLM_SIGNATURE 16

struct ntlm_direction {
    struct hmac_md5_ctx signing;
    struct arcfour_ctx sealing;
    uint32_t sequence;
};

struct ntlm_session {
    bool key_exchange;
    struct ntlm_direction out;
    struct ntlm_direction in;
};

/* `flags` are the negotiated ones. Zero it after use: it is all keys. */
void ntlm_session_init(struct ntlm_session *s, const uint8_t exported_key[NTLM_KEY], uint32_t flags, bool initiator);
/* Signs `message` and, when `seal`, encrypts [data, data + size) inside it. */
void ntlm_session_protect(struct ntlm_session *s, bool seal, const uint8_t *message, size_t message_size, uint8_t *data,
                          size_t size, uint8_t signature[NTLM_SIGNATURE]);
/* The reverse; false when the signature, its sequence number included, is not the expected one. */
bool ntlm_session_unprotect(struct ntlm_session *s, bool seal, const uint8_t *message, size_t message_size,
                            uint8_t *data, size_t size, const uint8_t signature[NTLM_SIGNATURE]);
/* Sign and check a message that is no PDU, such as SPNEGO's list of mechanisms: the sequence number goes on, but the
 * key stream begins the first PDU where it began this message ([MS-SPNG] 3.2.5.1, 3.3.5.1). */
void ntlm_session_sign(struct ntlm_session *s, const uint8_t *message, size_t size, uint8_t signature[NTLM_SIGNATURE]);
bool ntlm_session_check(struct ntlm_session *s, const uint8_t *message, size_t size,
                        const uint8_t signature[NTLM_SIGNATURE]);

#endif
