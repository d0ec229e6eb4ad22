/* The client's half of an NTLM handshake ([MS-NLMP] 3.1.5.1). */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/secret.h"
#include "dcom/auth/ntlm.h"
#include "dcom/auth/ntlm_context.h"

#define RPC_C_IMP_LEVEL_IDENTIFY 2
#define TEMP_HEADER              28 /* NTLMv2_CLIENT_CHALLENGE before its pairs, [MS-NLMP] 2.2.2.7 */

/* What AUTHENTICATE is made of, while it is being made. */
struct answer {
    struct ntlm_authenticate message;
    struct auth_ntlm_proof proof;
    bool anonymous;
    bool has_mic;
    struct writer nt_response; /* NTProofStr and temp */
    struct writer names;       /* domain, user and workstation, one after the other */
    struct writer encoded;     /* the message, whose offsets count from its first byte */
    uint8_t exported_key[NTLM_KEY];
    uint8_t wrapped_key[NTLM_KEY];
};

static bool is_anonymous(const struct ntlm_context *c)
{
    return c->identity && c->identity->user[0] == '\0' && c->identity->password[0] == '\0';
}

static enum err send_negotiate(struct ntlm_context *c, struct writer *out)
{
    struct ntlm_negotiate m = { NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_NTLM | NTLM_ALWAYS_SIGN |
                                NTLM_EXTENDED_SESSION_SECURITY | NTLM_TARGET_INFO | NTLM_VERSION | NTLM_128 | NTLM_56 };

    if (c->level >= AUTH_LEVEL_PACKET)
        m.flags |= NTLM_SIGN | NTLM_KEY_EXCHANGE;
    if (c->level == AUTH_LEVEL_PACKET_PRIVACY)
        m.flags |= NTLM_SEAL;
    if (c->impersonation != 0 && c->impersonation <= RPC_C_IMP_LEVEL_IDENTIFY)
        m.flags |= NTLM_IDENTIFY;
    if (is_anonymous(c))
        m.flags |= NTLM_ANONYMOUS;
    c->flags = m.flags;
    ntlm_negotiate_encode(&c->negotiate, &m);
    if (c->negotiate.failed)
        return ERR_MEMORY;
    writer_bytes(out, c->negotiate.data, c->negotiate.size);
    c->state = NTLM_NEGOTIATED;
    return ERR_OK;
}

/* The pairs of the response: the server's, and ours about MIC, channel bindings and target ([MS-NLMP] 3.1.5.1.2). */
static void write_pairs(const struct ntlm_context *c, const struct ntlm_challenge *challenge, bool mic,
                        struct writer *w)
{
    static const uint8_t no_bindings[16];
    struct ntlm_bytes value;
    struct reader pairs;
    uint8_t flags[4];
    uint32_t av_flags = 0;
    uint16_t id;

    reader_init(&pairs, challenge->target_info.data, challenge->target_info.size);
    while (ntlm_av_next(&pairs, &id, &value)) {
        if (id == NTLM_AV_FLAGS && value.size == sizeof flags)
            av_flags = load_u32(value.data);
        else if (id != NTLM_AV_FLAGS && id != NTLM_AV_TARGET_NAME && id != NTLM_AV_CHANNEL_BINDINGS)
            ntlm_av_write(w, id, value.data, value.size);
    }
    if (mic)
        av_flags |= NTLM_AV_FLAG_MIC;
    store_u32(flags, av_flags);
    if (av_flags)
        ntlm_av_write(w, NTLM_AV_FLAGS, flags, sizeof flags);
    ntlm_av_write(w, NTLM_AV_CHANNEL_BINDINGS, no_bindings, sizeof no_bindings);
    ntlm_av_write_text(w, NTLM_AV_TARGET_NAME, c->principal);
    ntlm_av_write(w, NTLM_AV_END, NULL, 0);
}

/* Builds NTProofStr (still zero) and temp. */
static enum err write_temp(const struct ntlm_context *c, const struct ntlm_challenge *challenge, struct answer *a)
{
    struct writer *w = &a->nt_response;
    uint8_t client_challenge[NTLM_CHALLENGE];
    struct ntlm_bytes stamp;
    enum err e = random_bytes(client_challenge, sizeof client_challenge);

    if (e)
        return e;
    a->has_mic = ntlm_av_find(challenge->target_info, NTLM_AV_TIMESTAMP, &stamp) && stamp.size == 8;
    writer_zeros(w, NTLM_KEY);
    writer_u8(w, 1); /* RespType */
    writer_u8(w, 1); /* HiRespType */
    writer_zeros(w, 6);
    if (a->has_mic)
        writer_bytes(w, stamp.data, stamp.size);
    else
        writer_u64(w, clock_wall_filetime());
    a->has_mic = a->has_mic && !c->omits_mic;
    writer_bytes(w, client_challenge, sizeof client_challenge);
    writer_zeros(w, 4);
    write_pairs(c, challenge, a->has_mic, w);
    writer_zeros(w, 4);
    return w->failed ? ERR_MEMORY : ERR_OK;
}

/* Fills in NTProofStr and the session base key, by our own password or by the authority's secret. */
static enum err prove(const struct ntlm_context *c, struct answer *a)
{
    uint8_t *response = a->nt_response.data;
    const uint8_t *temp = response + NTLM_KEY;
    size_t temp_size = a->nt_response.size - NTLM_KEY;
    uint8_t nt_hash[NTLM_KEY];
    enum err e;

    if (c->identity) {
        snprintf(a->proof.user, sizeof a->proof.user, "%s", c->identity->user);
        snprintf(a->proof.domain, sizeof a->proof.domain, "%s", c->identity->domain);
        e = ntlm_hash_password(c->identity->password, nt_hash);
        if (!e)
            e = ntlm_prove(nt_hash, c->server_challenge, temp, temp_size, &a->proof);
        secret_zero(nt_hash, sizeof nt_hash);
    } else {
        e = c->authority->prove_ntlm(c->authority->context, c->server_challenge, temp, temp_size, &a->proof);
    }
    if (!e)
        memcpy(response, a->proof.nt_proof, NTLM_KEY);
    return e;
}

/* The response and the key it yields; an anonymous client sends one zero byte and has a key of zeros. */
static enum err respond(const struct ntlm_context *c, const struct ntlm_challenge *challenge, struct answer *a)
{
    static const uint8_t zeros[24];
    enum err e;

    a->anonymous = is_anonymous(c);
    if (a->anonymous) {
        a->message.lm_response = (struct ntlm_bytes){ zeros, 1 };
        return ERR_OK;
    }
    e = write_temp(c, challenge, a);
    if (!e)
        e = prove(c, a);
    if (e)
        return e;
    /* NTLMv2 servers look at the NT response alone, so no second proof is given away. */
    a->message.lm_response = (struct ntlm_bytes){ zeros, sizeof zeros };
    a->message.nt_response = (struct ntlm_bytes){ a->nt_response.data, a->nt_response.size };
    return ERR_OK;
}

static enum err exchange_key(const struct ntlm_context *c, struct answer *a)
{
    enum err e;

    memcpy(a->exported_key, a->proof.session_base_key, NTLM_KEY);
    if (!(c->flags & NTLM_KEY_EXCHANGE))
        return ERR_OK;
    e = random_bytes(a->exported_key, sizeof a->exported_key);
    if (e)
        return e;
    ntlm_wrap_key(a->proof.session_base_key, a->exported_key, a->wrapped_key);
    a->message.session_key = (struct ntlm_bytes){ a->wrapped_key, sizeof a->wrapped_key };
    return ERR_OK;
}

/* Appends a name; its bytes are [*at, size of the writer). */
static void write_name(struct answer *a, const char *name, size_t *at)
{
    *at = a->names.size;
    ntlm_text_write(&a->names, name);
}

static struct ntlm_bytes name_between(const struct answer *a, size_t from, size_t to)
{
    /* A nameless client of a nameless machine has no buffer at all. */
    return from < to ? (struct ntlm_bytes){ a->names.data + from, to - from } : (struct ntlm_bytes){ NULL, 0 };
}

static void name_ourselves(const struct ntlm_context *c, struct answer *a)
{
    size_t domain, user, workstation;

    write_name(a, a->proof.domain, &domain);
    write_name(a, a->proof.user, &user);
    write_name(a, c->authority ? c->authority->computer_name : NULL, &workstation);
    a->message.domain = name_between(a, domain, user);
    a->message.user = name_between(a, user, workstation);
    a->message.workstation = name_between(a, workstation, a->names.size);
}

static enum err compose(struct ntlm_context *c, const struct ntlm_challenge *challenge, struct answer *a)
{
    enum err e = respond(c, challenge, a);

    if (!e)
        e = exchange_key(c, a);
    if (e)
        return e;
    name_ourselves(c, a);
    a->message.flags = c->flags | (a->anonymous ? NTLM_ANONYMOUS : 0);
    ntlm_authenticate_encode(&a->encoded, &a->message);
    if (a->names.failed || a->encoded.failed)
        return ERR_MEMORY;
    if (a->has_mic) {
        uint8_t mic[NTLM_KEY];

        ntlm_mic(c, a->exported_key, a->encoded.data, a->encoded.size, mic);
        memcpy(a->encoded.data + NTLM_MIC_AT, mic, sizeof mic);
        c->has_mic = true;
    }
    ntlm_session_init(&c->session, a->exported_key, c->flags, true);
    return ERR_OK;
}

/* What a challenge must offer before a proof is given to it. */
static enum err judge_challenge(struct ntlm_context *c, const struct ntlm_challenge *challenge)
{
    struct ntlm_bytes name;

    c->flags &= challenge->flags | NTLM_VERSION | NTLM_ANONYMOUS;
    if (!ntlm_flags_suffice(c, challenge->flags))
        return ERR_AUTH;
    /* [MS-NLMP] 3.1.5.1.2: with integrity or confidentiality the server must name itself. */
    if (c->level >= AUTH_LEVEL_PACKET && (!ntlm_av_find(challenge->target_info, NTLM_AV_COMPUTER, &name) ||
                                          !ntlm_av_find(challenge->target_info, NTLM_AV_DOMAIN, &name))) {
        c->peer.ntstatus = STATUS_LOGON_FAILURE;
        return ERR_AUTH;
    }
    return ERR_OK;
}

static void note_system(const struct ntlm_challenge *challenge, struct auth_system *out)
{
    struct ntlm_bytes stamp;

    if (challenge->version.size >= 4) {
        out->major = challenge->version.data[0];
        out->minor = challenge->version.data[1];
        out->build = load_u16(challenge->version.data + 2);
    }
    if (ntlm_av_find(challenge->target_info, NTLM_AV_TIMESTAMP, &stamp) && stamp.size == 8)
        out->clock = load_u32(stamp.data) | (uint64_t)load_u32(stamp.data + 4) << 32;
}

static enum err answer_challenge(struct ntlm_context *c, const uint8_t *token, size_t size, struct writer *out)
{
    struct ntlm_challenge challenge;
    struct answer a = { 0 };
    enum err e = ntlm_challenge_decode(token, size, &challenge);

    if (!e) {
        note_system(&challenge, &c->peer.system);
        e = judge_challenge(c, &challenge);
    }
    if (e)
        return e;
    writer_bytes(&c->challenge, token, size);
    if (c->challenge.failed)
        return ERR_LIMIT;
    memcpy(c->server_challenge, challenge.server_challenge, sizeof c->server_challenge);
    writer_init(&a.nt_response, NTLM_MESSAGE_MAXIMUM);
    writer_init(&a.names, NTLM_MESSAGE_MAXIMUM);
    writer_init(&a.encoded, NTLM_MESSAGE_MAXIMUM);
    e = compose(c, &challenge, &a);
    if (!e)
        writer_bytes(out, a.encoded.data, a.encoded.size);
    writer_cleanup(&a.nt_response);
    writer_cleanup(&a.names);
    writer_cleanup(&a.encoded);
    secret_zero(&a, sizeof a);
    if (!e)
        c->state = NTLM_ESTABLISHED;
    return e;
}

enum err ntlm_initiator_step(struct ntlm_context *c, const uint8_t *token, size_t size, struct writer *out, bool *done)
{
    enum err e;

    switch (c->state) {
    case NTLM_START:
        return size == 0 ? send_negotiate(c, out) : ERR_PROTOCOL;
    case NTLM_NEGOTIATED:
        e = answer_challenge(c, token, size, out);
        *done = e == ERR_OK;
        return e;
    default:
        return ERR_PROTOCOL;
    }
}
