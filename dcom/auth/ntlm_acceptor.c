/* The server's half of an NTLM handshake ([MS-NLMP] 3.2.5.1). */
#include <nettle/memops.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/secret.h"
#include "dcom/auth/ntlm_context.h"

#define RPC_C_IMP_LEVEL_IDENTIFY    2
#define RPC_C_IMP_LEVEL_IMPERSONATE 3
#define NTLM_V1_RESPONSE            24 /* larger ones are NTLMv2's, [MS-NLMP] 3.2.5.1.2 */
#define TEMP_PAIRS_AT               28 /* where the pairs begin in temp, [MS-NLMP] 2.2.2.7 */

/* What we can do; a challenge grants those of them the client asks for. */
#define SUPPORTED                                                                                                      \
    (NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_SIGN | NTLM_SEAL | NTLM_NTLM | NTLM_ALWAYS_SIGN |                       \
     NTLM_EXTENDED_SESSION_SECURITY | NTLM_IDENTIFY | NTLM_VERSION | NTLM_128 | NTLM_KEY_EXCHANGE | NTLM_56)

static enum err refuse(struct ntlm_context *c, uint32_t ntstatus)
{
    c->peer.ntstatus = ntstatus;
    return ERR_AUTH;
}

static void write_target_info(const struct auth_authority *a, struct writer *w)
{
    const char *domain = a->domain_name && a->domain_name[0] ? a->domain_name : a->computer_name;
    uint64_t now = clock_wall_filetime();
    uint8_t stamp[8];

    ntlm_av_write_text(w, NTLM_AV_DOMAIN, domain);
    ntlm_av_write_text(w, NTLM_AV_COMPUTER, a->computer_name);
    if (a->dns_domain_name && a->dns_domain_name[0])
        ntlm_av_write_text(w, NTLM_AV_DNS_DOMAIN, a->dns_domain_name);
    if (a->dns_computer_name && a->dns_computer_name[0])
        ntlm_av_write_text(w, NTLM_AV_DNS_COMPUTER, a->dns_computer_name);
    store_u32(stamp, (uint32_t)now);
    store_u32(stamp + 4, (uint32_t)(now >> 32));
    ntlm_av_write(w, NTLM_AV_TIMESTAMP, stamp, sizeof stamp);
    ntlm_av_write(w, NTLM_AV_END, NULL, 0);
}

static enum err send_challenge(struct ntlm_context *c, struct writer *out)
{
    struct ntlm_challenge m = { .flags = c->flags };
    struct writer name, info;
    enum err e = random_bytes(c->server_challenge, sizeof c->server_challenge);

    if (e)
        return e;
    memcpy(m.server_challenge, c->server_challenge, sizeof m.server_challenge);
    writer_init(&name, NTLM_MESSAGE_MAXIMUM);
    writer_init(&info, NTLM_MESSAGE_MAXIMUM);
    ntlm_text_write(&name, c->authority->computer_name);
    write_target_info(c->authority, &info);
    m.target_name = (struct ntlm_bytes){ name.data, name.size };
    m.target_info = (struct ntlm_bytes){ info.data, info.size };
    if (name.failed || info.failed)
        c->challenge.failed = true;
    else
        ntlm_challenge_encode(&c->challenge, &m);
    writer_cleanup(&name);
    writer_cleanup(&info);
    if (c->challenge.failed)
        return ERR_MEMORY;
    writer_bytes(out, c->challenge.data, c->challenge.size);
    c->state = NTLM_NEGOTIATED;
    return ERR_OK;
}

static enum err take_negotiate(struct ntlm_context *c, const uint8_t *token, size_t size, struct writer *out)
{
    struct ntlm_negotiate m;
    enum err e = ntlm_negotiate_decode(token, size, &m);

    if (e)
        return e;
    if (!ntlm_flags_suffice(c, m.flags))
        return refuse(c, STATUS_LOGON_FAILURE);
    writer_bytes(&c->negotiate, token, size);
    if (c->negotiate.failed)
        return ERR_LIMIT;
    c->flags = (m.flags & SUPPORTED) | NTLM_NTLM | NTLM_ALWAYS_SIGN | NTLM_REQUEST_TARGET | NTLM_TARGET_INFO |
               NTLM_TARGET_TYPE_SERVER;
    return send_challenge(c, out);
}

/* Asks the authority whether the response is right; the key is set on success. */
static enum err verify(struct ntlm_context *c, const struct ntlm_authenticate *m, uint8_t key[NTLM_KEY])
{
    const struct auth_authority *a = c->authority;
    struct auth_ntlm_response response = { .domain_utf16 = m->domain.data,
                                           .domain_utf16_size = m->domain.size,
                                           .server_challenge = c->server_challenge,
                                           .nt_response = m->nt_response.data,
                                           .nt_response_size = m->nt_response.size,
                                           .lm_response = m->lm_response.data,
                                           .lm_response_size = m->lm_response.size };
    struct auth_peer sent = c->peer; /* the authority may rewrite the names while it reads the response */
    enum err e;

    if (!a->verify_ntlm || m->nt_response.size <= NTLM_V1_RESPONSE)
        return refuse(c, STATUS_LOGON_FAILURE);
    response.user = sent.user;
    response.domain = sent.domain;
    response.workstation = sent.workstation;
    e = a->verify_ntlm(a->context, &response, &c->peer, key);
    if (e)
        return e;
    return c->peer.ntstatus ? ERR_AUTH : ERR_OK;
}

static bool asks_anonymous(const struct ntlm_authenticate *m)
{
    return m->user.size == 0 && m->nt_response.size == 0 &&
           (m->lm_response.size == 0 || (m->lm_response.size == 1 && m->lm_response.data[0] == 0));
}

static enum err identify(struct ntlm_context *c, const struct ntlm_authenticate *m, uint8_t key[NTLM_KEY])
{
    const struct auth_authority *a = c->authority;

    if (!ntlm_text_read(m->user, c->peer.user, sizeof c->peer.user) ||
        !ntlm_text_read(m->domain, c->peer.domain, sizeof c->peer.domain) ||
        !ntlm_text_read(m->workstation, c->peer.workstation, sizeof c->peer.workstation))
        return ERR_PROTOCOL;
    memset(key, 0, NTLM_KEY);
    if (!asks_anonymous(m))
        return verify(c, m, key);
    c->peer.anonymous = true;
    c->peer.ntstatus = a->accept_anonymous ? a->accept_anonymous(a->context, &c->peer) : STATUS_ACCESS_DENIED;
    return c->peer.ntstatus ? ERR_AUTH : ERR_OK;
}

/* The key of the session: what the client wrapped, or the base key itself. */
static enum err export_key(const struct ntlm_context *c, const struct ntlm_authenticate *m,
                           const uint8_t base_key[NTLM_KEY], uint8_t out[NTLM_KEY])
{
    memcpy(out, base_key, NTLM_KEY);
    if (!(c->flags & NTLM_KEY_EXCHANGE))
        return ERR_OK;
    if (m->session_key.size != NTLM_KEY)
        return ERR_PROTOCOL;
    ntlm_wrap_key(base_key, m->session_key.data, out);
    return ERR_OK;
}

/* True when the response says that the message has a MIC ([MS-NLMP] 3.2.5.1.2). */
static bool says_mic(const struct ntlm_authenticate *m)
{
    struct ntlm_bytes flags, pairs;

    if (m->nt_response.size <= NTLM_KEY + TEMP_PAIRS_AT)
        return false;
    pairs.data = m->nt_response.data + NTLM_KEY + TEMP_PAIRS_AT;
    pairs.size = m->nt_response.size - NTLM_KEY - TEMP_PAIRS_AT;
    return ntlm_av_find(pairs, NTLM_AV_FLAGS, &flags) && flags.size == 4 && (load_u32(flags.data) & NTLM_AV_FLAG_MIC);
}

static enum err check_mic(struct ntlm_context *c, const uint8_t *token, size_t size, const uint8_t key[NTLM_KEY])
{
    uint8_t mic[NTLM_KEY];

    if (size < NTLM_MIC_END)
        return ERR_PROTOCOL;
    ntlm_mic(c, key, token, size, mic);
    return memeql_sec(mic, token + NTLM_MIC_AT, NTLM_KEY) ? ERR_OK : refuse(c, STATUS_INVALID_PARAMETER);
}

/* A Guest whom nobody asked for a password has no key that the client could know, and nothing signed with one. */
static bool is_unproven_guest(const struct ntlm_context *c, const uint8_t base_key[NTLM_KEY])
{
    static const uint8_t none[NTLM_KEY];

    return c->peer.guest && memeql_sec(base_key, none, NTLM_KEY);
}

static enum err establish(struct ntlm_context *c, const struct ntlm_authenticate *m, const uint8_t *token, size_t size,
                          const uint8_t base_key[NTLM_KEY])
{
    uint8_t key[NTLM_KEY];
    enum err e;

    /* The client settles what was negotiated: it may have dropped flags we granted, never added any. */
    c->flags &= m->flags | NTLM_TARGET_INFO | NTLM_TARGET_TYPE_SERVER;
    if (!ntlm_flags_suffice(c, c->flags))
        return refuse(c, STATUS_LOGON_FAILURE);
    e = export_key(c, m, base_key, key);
    c->has_mic = says_mic(m);
    if (!e && c->has_mic && !is_unproven_guest(c, base_key))
        e = check_mic(c, token, size, key);
    if (!e) {
        ntlm_session_init(&c->session, key, c->flags, false);
        c->peer.impersonation = c->flags & NTLM_IDENTIFY ? RPC_C_IMP_LEVEL_IDENTIFY : RPC_C_IMP_LEVEL_IMPERSONATE;
        c->state = NTLM_ESTABLISHED;
    }
    secret_zero(key, sizeof key);
    return e;
}

static enum err take_authenticate(struct ntlm_context *c, const uint8_t *token, size_t size)
{
    struct ntlm_authenticate m;
    uint8_t base_key[NTLM_KEY];
    enum err e = ntlm_authenticate_decode(token, size, &m);

    if (!e)
        e = identify(c, &m, base_key);
    if (e)
        return e;
    e = establish(c, &m, token, size, base_key);
    secret_zero(base_key, sizeof base_key);
    return e;
}

enum err ntlm_acceptor_step(struct ntlm_context *c, const uint8_t *token, size_t size, struct writer *out, bool *done)
{
    enum err e;

    switch (c->state) {
    case NTLM_START:
        return take_negotiate(c, token, size, out);
    case NTLM_NEGOTIATED:
        e = take_authenticate(c, token, size);
        *done = e == ERR_OK;
        return e;
    default:
        return ERR_PROTOCOL;
    }
}
