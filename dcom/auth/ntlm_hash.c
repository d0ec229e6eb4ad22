#include "dcom/auth/ntlm_hash.h"

#include <nettle/arcfour.h>
#include <nettle/hmac.h>
#include <nettle/md4.h>
#include <nettle/memops.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/text.h"
#include "dcom/auth/ntlm.h"

/* A string as UTF-16LE bytes, whatever the machine; the caller frees. Sets `*size` in bytes. */
static uint8_t *to_wire(const char *text, bool upper, size_t *size)
{
    uint16_t *units = utf16_dup(text);
    uint8_t *bytes;
    size_t count;

    *size = 0;
    if (!units)
        return NULL;
    count = utf16_length(units);
    bytes = malloc(2 * count + 1);
    for (size_t i = 0; bytes && i < count; i++)
        store_u16(bytes + 2 * i, upper ? utf16_upper(units[i]) : units[i]);
    secret_zero(units, 2 * count);
    free(units);
    *size = 2 * count;
    return bytes;
}

void ntlm_hmac(const uint8_t key[NTLM_KEY], const struct ntlm_piece pieces[3], uint8_t out[NTLM_KEY])
{
    struct hmac_md5_ctx c;

    hmac_md5_set_key(&c, NTLM_KEY, key);
    for (unsigned i = 0; i < 3; i++)
        if (pieces[i].size > 0)
            hmac_md5_update(&c, pieces[i].size, pieces[i].data);
    hmac_md5_digest(&c, NTLM_KEY, out);
    secret_zero(&c, sizeof c);
}

enum err ntlm_hash_password(const char *password, uint8_t nt_hash[16])
{
    struct md4_ctx c;
    size_t size;
    uint8_t *bytes = to_wire(password, false, &size);

    if (!bytes)
        return ERR_MEMORY;
    md4_init(&c);
    md4_update(&c, size, bytes);
    md4_digest(&c, NTLM_KEY, nt_hash);
    secret_zero(&c, sizeof c);
    secret_zero(bytes, size);
    free(bytes);
    return ERR_OK;
}

enum err ntlm_owf(const uint8_t nt_hash[NTLM_KEY], const char *user, const uint8_t *domain_utf16, size_t domain_size,
                  uint8_t out[NTLM_KEY])
{
    size_t size;
    uint8_t *bytes = to_wire(user, true, &size);

    if (!bytes)
        return ERR_MEMORY;
    ntlm_hmac(nt_hash, (struct ntlm_piece[3]){ { bytes, size }, { domain_utf16, domain_size } }, out);
    free(bytes);
    return ERR_OK;
}

void ntlm_response(const uint8_t owf[NTLM_KEY], const uint8_t server_challenge[NTLM_CHALLENGE], const uint8_t *temp,
                   size_t temp_size, uint8_t proof[NTLM_KEY], uint8_t session_base_key[NTLM_KEY])
{
    ntlm_hmac(owf, (struct ntlm_piece[3]){ { server_challenge, NTLM_CHALLENGE }, { temp, temp_size } }, proof);
    ntlm_hmac(owf, (struct ntlm_piece[3]){ { proof, NTLM_KEY } }, session_base_key);
}

void ntlm_wrap_key(const uint8_t key[NTLM_KEY], const uint8_t in[NTLM_KEY], uint8_t out[NTLM_KEY])
{
    struct arcfour_ctx c;

    arcfour_set_key(&c, NTLM_KEY, key);
    arcfour_crypt(&c, NTLM_KEY, out, in);
    secret_zero(&c, sizeof c);
}

static bool proves(const uint8_t nt_hash[16], const struct auth_ntlm_response *r, size_t domain_size,
                   uint8_t session_base_key[16])
{
    uint8_t owf[NTLM_KEY], proof[NTLM_KEY];
    bool right;

    if (ntlm_owf(nt_hash, r->user, r->domain_utf16, domain_size, owf))
        return false;
    ntlm_response(owf, r->server_challenge, r->nt_response + NTLM_KEY, r->nt_response_size - NTLM_KEY, proof,
                  session_base_key);
    right = memeql_sec(proof, r->nt_response, NTLM_KEY);
    if (!right)
        secret_zero(session_base_key, NTLM_KEY);
    secret_zero(owf, sizeof owf);
    secret_zero(proof, sizeof proof);
    return right;
}

bool ntlm_check_response(const uint8_t nt_hash[16], const struct auth_ntlm_response *response,
                         uint8_t session_base_key[16])
{
    memset(session_base_key, 0, NTLM_KEY);
    /* A response of 24 bytes is NTLMv1's, which is not spoken here. */
    if (response->nt_response_size <= 24)
        return false;
    return proves(nt_hash, response, response->domain_utf16_size, session_base_key) ||
           proves(nt_hash, response, 0, session_base_key);
}

enum err ntlm_prove(const uint8_t nt_hash[16], const uint8_t server_challenge[8], const uint8_t *temp, size_t temp_size,
                    struct auth_ntlm_proof *out)
{
    uint8_t owf[NTLM_KEY];
    size_t domain_size;
    uint8_t *domain = to_wire(out->domain, false, &domain_size);
    enum err e;

    if (!domain)
        return ERR_MEMORY;
    e = ntlm_owf(nt_hash, out->user, domain, domain_size, owf);
    free(domain);
    if (e)
        return e;
    ntlm_response(owf, server_challenge, temp, temp_size, out->nt_proof, out->session_base_key);
    secret_zero(owf, sizeof owf);
    return ERR_OK;
}
