#include "dcom/auth/ntlm_session.h"

#include <nettle/md5.h>
#include <nettle/memops.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "dcom/auth/ntlm_message.h"

#define CHECKSUM 8

/* SIGNKEY and SEALKEY are both MD5 over key and a text with its terminating zero ([MS-NLMP] 3.4.5.2, 3.4.5.3). */
static void derive(const uint8_t *key, size_t key_size, const char *magic, uint8_t out[NTLM_KEY])
{
    struct md5_ctx c;

    md5_init(&c);
    md5_update(&c, key_size, key);
    md5_update(&c, strlen(magic) + 1, (const uint8_t *)magic);
    md5_digest(&c, NTLM_KEY, out);
    secret_zero(&c, sizeof c);
}

static void init_direction(struct ntlm_direction *d, const uint8_t key[NTLM_KEY], uint32_t flags, bool from_client)
{
    size_t sealing_size = flags & NTLM_128 ? 16 : flags & NTLM_56 ? 7 : 5;
    uint8_t derived[NTLM_KEY];

    derive(key, NTLM_KEY,
           from_client ? "session key to client-to-server signing key magic constant"
                       : "session key to server-to-client signing key magic constant",
           derived);
    hmac_md5_set_key(&d->signing, NTLM_KEY, derived);
    derive(key, sealing_size,
           from_client ? "session key to client-to-server sealing key magic constant"
                       : "session key to server-to-client sealing key magic constant",
           derived);
    arcfour_set_key(&d->sealing, NTLM_KEY, derived);
    d->sequence = 0;
    secret_zero(derived, sizeof derived);
}

void ntlm_session_init(struct ntlm_session *s, const uint8_t exported_key[NTLM_KEY], uint32_t flags, bool initiator)
{
    s->key_exchange = flags & NTLM_KEY_EXCHANGE;
    init_direction(&s->out, exported_key, flags, initiator);
    init_direction(&s->in, exported_key, flags, !initiator);
}

static void checksum(struct ntlm_direction *d, const uint8_t *message, size_t size, uint8_t out[CHECKSUM])
{
    uint8_t sequence[4];

    store_u32(sequence, d->sequence);
    hmac_md5_update(&d->signing, sizeof sequence, sequence);
    hmac_md5_update(&d->signing, size, message);
    hmac_md5_digest(&d->signing, CHECKSUM, out); /* which also rewinds the context to the bare key */
}

/* [MS-NLMP] 3.4.4.2 */
static void finish(struct ntlm_session *s, struct ntlm_direction *d, uint8_t sum[CHECKSUM],
                   uint8_t signature[NTLM_SIGNATURE])
{
    if (s->key_exchange)
        arcfour_crypt(&d->sealing, CHECKSUM, sum, sum);
    store_u32(signature, 1);
    memcpy(signature + 4, sum, CHECKSUM);
    store_u32(signature + 12, d->sequence);
    d->sequence++;
}

void ntlm_session_protect(struct ntlm_session *s, bool seal, const uint8_t *message, size_t message_size, uint8_t *data,
                          size_t size, uint8_t signature[NTLM_SIGNATURE])
{
    uint8_t sum[CHECKSUM];

    /* The checksum is of the clear text, but the key stream is spent on the data first ([MS-NLMP] 3.4.3). */
    checksum(&s->out, message, message_size, sum);
    if (seal)
        arcfour_crypt(&s->out.sealing, size, data, data);
    finish(s, &s->out, sum, signature);
}

bool ntlm_session_unprotect(struct ntlm_session *s, bool seal, const uint8_t *message, size_t message_size,
                            uint8_t *data, size_t size, const uint8_t signature[NTLM_SIGNATURE])
{
    uint8_t sum[CHECKSUM], expected[NTLM_SIGNATURE];

    if (seal)
        arcfour_crypt(&s->in.sealing, size, data, data);
    checksum(&s->in, message, message_size, sum);
    finish(s, &s->in, sum, expected);
    return memeql_sec(expected, signature, NTLM_SIGNATURE);
}

void ntlm_session_sign(struct ntlm_session *s, const uint8_t *message, size_t size, uint8_t signature[NTLM_SIGNATURE])
{
    struct arcfour_ctx before = s->out.sealing;

    ntlm_session_protect(s, false, message, size, NULL, 0, signature);
    s->out.sealing = before;
    secret_zero(&before, sizeof before);
}

bool ntlm_session_check(struct ntlm_session *s, const uint8_t *message, size_t size,
                        const uint8_t signature[NTLM_SIGNATURE])
{
    struct arcfour_ctx before = s->in.sealing;
    bool good = ntlm_session_unprotect(s, false, message, size, NULL, 0, signature);

    s->in.sealing = before;
    secret_zero(&before, sizeof before);
    return good;
}
