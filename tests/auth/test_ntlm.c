/* Whole NTLM handshakes, initiator against acceptor, as the provider table offers them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/auth/ntlm_context.h"
#include "tests/auth/auth_suite.h"
#include "tests/auth/memory_authority.h"
#include "tests/auth/windows_session.h"

static const struct auth_identity opcuser = { "opcuser", "ALPHA", "Secret-1" };
static const struct auth_identity anonymous = { "", "", "" };

static struct memory_authority authority;
static struct auth_context *client, *server;
static struct writer negotiate, challenge, authenticate;

static void setup(void)
{
    memory_authority_init(&authority);
    writer_init(&negotiate, 65536);
    writer_init(&challenge, 65536);
    writer_init(&authenticate, 65536);
    client = server = NULL;
}

static void forget(void)
{
    if (client)
        client->ops->destroy(client);
    if (server)
        server->ops->destroy(server);
    client = server = NULL;
    writer_reset(&negotiate);
    writer_reset(&challenge);
    writer_reset(&authenticate);
}

static void teardown(void)
{
    forget();
    ck_assert_int_eq(authority.tokens, 0);
    writer_cleanup(&negotiate);
    writer_cleanup(&challenge);
    writer_cleanup(&authenticate);
}

static void create(enum auth_level level, const struct auth_identity *identity)
{
    const struct auth_ops *ntlm = auth_find(AUTH_NTLM);
    struct auth_initiator_options options = {
        .level = level, .identity = identity, .authority = &authority.authority, .principal = "RPCSS/alpha"
    };

    ck_assert_int_eq(ntlm->initiate(&options, &client), ERR_OK);
    ck_assert_int_eq(ntlm->accept(level, &authority.authority, &server), ERR_OK);
}

/* One leg; expects it to go well and says whether it was the last of its side. */
static bool step(struct auth_context *c, const struct writer *in, struct writer *out)
{
    bool done;

    ck_assert_int_eq(c->ops->step(c, in ? in->data : NULL, in ? in->size : 0, out, &done), ERR_OK);
    return done;
}

static enum err finish(bool *done)
{
    struct writer nothing;
    enum err e;

    writer_init(&nothing, 16);
    e = server->ops->step(server, authenticate.data, authenticate.size, &nothing, done);
    ck_assert_uint_eq(nothing.size, 0);
    writer_cleanup(&nothing);
    return e;
}

/* Everything but the acceptor's last leg. */
static void exchange(void)
{
    ck_assert(!step(client, NULL, &negotiate));
    ck_assert(!step(server, &negotiate, &challenge));
    ck_assert(step(client, &challenge, &authenticate));
}

static enum err log_on(enum auth_level level, const struct auth_identity *identity)
{
    bool done;
    enum err e;

    create(level, identity);
    exchange();
    e = finish(&done);
    ck_assert_int_eq(done, e == ERR_OK);
    return e;
}

static const struct auth_peer *peer(void)
{
    return server->ops->peer(server);
}

/* A PDU each way, unspoilt. */
static void assert_messages_travel(enum auth_level level)
{
    uint8_t pdu[64], clear[64], signature[16];

    for (int i = 0; i < 6; i++) {
        struct auth_context *from = i % 2 ? server : client, *to = i % 2 ? client : server;

        memset(clear, 'a' + i, sizeof clear);
        memcpy(pdu, clear, sizeof pdu);
        ck_assert_int_eq(from->ops->protect(from, pdu, sizeof pdu, pdu + 24, 32, signature), ERR_OK);
        ck_assert_int_eq(memcmp(pdu, clear, sizeof pdu) != 0, level == AUTH_LEVEL_PACKET_PRIVACY);
        ck_assert_int_eq(to->ops->unprotect(to, pdu, sizeof pdu, pdu + 24, 32, signature, sizeof signature), ERR_OK);
        ck_assert_mem_eq(pdu, clear, sizeof pdu);
    }
}

START_TEST(the_right_password_establishes_a_session_at_every_level)
{
    enum auth_level level = (enum auth_level)_i;

    ck_assert_int_eq(log_on(level, &opcuser), ERR_OK);
    ck_assert_str_eq(peer()->user, "opcuser");
    ck_assert_str_eq(peer()->domain, "ALPHA");
    ck_assert_str_eq(peer()->workstation, "ALPHA");
    ck_assert_uint_eq(peer()->ntstatus, 0);
    ck_assert_uint_eq(peer()->impersonation, 3);
    ck_assert(!peer()->anonymous);
    ck_assert_ptr_eq(peer()->token, &authority);
    const struct auth_system *system = &client->ops->peer(client)->system;
    ck_assert_uint_eq(system->major, 10);
    ck_assert_uint_eq(system->build, 0); /* no Windows has it */
    ck_assert_uint_ne(system->clock, 0);
    ck_assert_uint_eq(client->ops->signature_size(client, 100), level >= AUTH_LEVEL_PACKET ? 16 : 0);
    ck_assert_int_eq(client->ops->inner(client), AUTH_NTLM);
    if (level >= AUTH_LEVEL_PACKET)
        assert_messages_travel(level);
}
END_TEST

START_TEST(names_and_passwords_may_use_all_of_unicode)
{
    struct auth_identity identity = { "MÜLLER-ω", "BÜRO-Σ", "pässwörd-€-𝄞" };

    ck_assert_int_eq(log_on(AUTH_LEVEL_PACKET_INTEGRITY, &identity), ERR_OK);
    ck_assert_str_eq(peer()->user, "Müller-Ω");
    assert_messages_travel(AUTH_LEVEL_PACKET_INTEGRITY);
}
END_TEST

static const struct {
    struct auth_identity identity;
    uint32_t ntstatus;
} refusals[] = {
    { { "opcuser", "ALPHA", "wrong" }, 0xC000006A },   { { "opcuser", "ALPHA", "" }, 0xC000006A },
    { { "nobody", "ALPHA", "Secret-1" }, 0xC0000064 }, { { "disabled", "ALPHA", "Secret-1" }, 0xC0000072 },
    { { "disabled", "ALPHA", "wrong" }, 0xC000006A },  { { "expired", "ALPHA", "Secret-1" }, 0xC0000193 },
    { { "locked", "ALPHA", "Secret-1" }, 0xC0000234 },
};

START_TEST(a_refused_logon_leaves_its_exact_ntstatus)
{
    uint8_t pdu[32] = { 0 }, signature[16];

    ck_assert_int_eq(log_on(AUTH_LEVEL_PACKET, &refusals[_i].identity), ERR_AUTH);
    ck_assert_uint_eq(peer()->ntstatus, refusals[_i].ntstatus);
    ck_assert_str_eq(peer()->user, refusals[_i].identity.user);
    ck_assert_str_eq(peer()->domain, "ALPHA");
    /* And nothing can be done with what is left. */
    ck_assert_int_eq(server->ops->protect(server, pdu, sizeof pdu, pdu, 16, signature), ERR_AUTH);
    ck_assert_int_eq(server->ops->unprotect(server, pdu, sizeof pdu, pdu, 16, signature, sizeof signature), ERR_AUTH);
}
END_TEST

START_TEST(a_null_session_is_anonymous_when_the_authority_lets_it_in)
{
    ck_assert_int_eq(log_on(AUTH_LEVEL_CONNECT, &anonymous), ERR_OK);
    ck_assert(peer()->anonymous);
    ck_assert_str_eq(peer()->user, "");
    forget();
    /* Its key is all zeros, but the forms are kept. */
    ck_assert_int_eq(log_on(AUTH_LEVEL_PACKET_INTEGRITY, &anonymous), ERR_OK);
    assert_messages_travel(AUTH_LEVEL_PACKET_INTEGRITY);
    forget();
    authority.anonymous_ntstatus = 0xC0000022;
    ck_assert_int_eq(log_on(AUTH_LEVEL_CONNECT, &anonymous), ERR_AUTH);
    ck_assert_uint_eq(peer()->ntstatus, 0xC0000022);
    forget();
    authority.authority.accept_anonymous = NULL;
    ck_assert_int_eq(log_on(AUTH_LEVEL_CONNECT, &anonymous), ERR_AUTH);
    ck_assert_uint_eq(peer()->ntstatus, 0xC0000022);
}
END_TEST

START_TEST(default_credentials_are_proven_by_the_authority)
{
    struct auth_initiator_options nobody = { .level = AUTH_LEVEL_CONNECT };
    bool done;

    authority.self = &memory_accounts[0];
    ck_assert_int_eq(log_on(AUTH_LEVEL_PACKET_PRIVACY, NULL), ERR_OK);
    ck_assert_str_eq(peer()->user, "opcuser");
    assert_messages_travel(AUTH_LEVEL_PACKET_PRIVACY);
    forget();

    authority.self = NULL; /* a process without a logon session */
    create(AUTH_LEVEL_CONNECT, NULL);
    step(client, NULL, &negotiate);
    step(server, &negotiate, &challenge);
    ck_assert_int_eq(client->ops->step(client, challenge.data, challenge.size, &authenticate, &done), ERR_NOT_FOUND);
    ck_assert(!done);
    ck_assert_uint_eq(authenticate.size, 0);
    forget();
    ck_assert_int_eq(auth_find(AUTH_NTLM)->initiate(&nobody, &client), ERR_NOT_FOUND);
    ck_assert_ptr_null(client);
}
END_TEST

START_TEST(identify_is_all_a_careful_client_allows)
{
    struct auth_initiator_options options = { .level = AUTH_LEVEL_CONNECT, .identity = &opcuser, .impersonation = 2 };
    bool done;

    create(AUTH_LEVEL_CONNECT, &opcuser);
    client->ops->destroy(client);
    ck_assert_int_eq(auth_find(AUTH_NTLM)->initiate(&options, &client), ERR_OK);
    exchange();
    ck_assert_int_eq(finish(&done), ERR_OK);
    ck_assert_uint_eq(peer()->impersonation, 2);
}
END_TEST

START_TEST(every_changed_bit_of_the_answer_is_refused)
{
    create(AUTH_LEVEL_PACKET_PRIVACY, &opcuser);
    exchange();
    for (size_t bit = 0; bit < authenticate.size * 8; bit++) {
        struct ntlm_context copy = *(struct ntlm_context *)server;
        bool done;
        enum err e;

        authenticate.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        e = finish(&done);
        ck_assert_msg(e == ERR_AUTH || e == ERR_PROTOCOL, "bit %zu of byte %zu: %d", bit % 8, bit / 8, e);
        ck_assert_msg(!done, "bit %zu", bit);
        ck_assert_msg(peer()->ntstatus != 0, "bit %zu", bit);
        authenticate.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        /* A token of a right password with a wrong MIC was made and belongs to nobody now. */
        authority.tokens = 0;
        *(struct ntlm_context *)server = copy;
    }
    bool done;
    ck_assert_int_eq(finish(&done), ERR_OK);
}
END_TEST

/* Logs on while somebody changes a byte of what travels before the answer. */
static enum err log_on_with_change(struct writer *message, size_t at, uint8_t mask)
{
    bool done;

    create(AUTH_LEVEL_PACKET_PRIVACY, &opcuser);
    step(client, NULL, &negotiate);
    if (message == &negotiate)
        negotiate.data[at] ^= mask;
    if (server->ops->step(server, negotiate.data, negotiate.size, &challenge, &done))
        return ERR_AUTH;
    if (message == &challenge)
        challenge.data[at] ^= mask;
    if (client->ops->step(client, challenge.data, challenge.size, &authenticate, &done))
        return ERR_AUTH;
    return finish(&done);
}

START_TEST(a_change_of_the_first_two_messages_shows_in_the_mic)
{
    /* Version bytes, names, time stamp, flags that matter and flags that do not. */
    static const size_t offers[] = { 12, 13, 14, 15, 16, 32, 39 };
    static const size_t answers[] = { 14, 20, 21, 23, 24, 31, 48, 56, 72, 100 };

    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        ck_assert_int_ne(log_on_with_change(&negotiate, offers[i], 0x10), ERR_OK);
        forget();
    }
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        ck_assert_int_ne(log_on_with_change(&challenge, answers[i], 0x10), ERR_OK);
        forget();
    }
    ck_assert_int_eq(log_on_with_change(NULL, 0, 0), ERR_OK);
}
END_TEST

START_TEST(every_truncated_message_is_refused)
{
    struct writer out;
    bool done;

    writer_init(&out, 65536);
    create(AUTH_LEVEL_PACKET, &opcuser);
    exchange();
    forget();
    for (int role = 0; role < 3; role++) {
        create(AUTH_LEVEL_PACKET, &opcuser);
        exchange();
        struct writer *whole = role == 0 ? &negotiate : role == 1 ? &challenge : &authenticate;
        struct auth_context *victim = role == 1 ? client : server;

        /* A NEGOTIATE is whole as soon as its flags are there; a prefix of it shows in the MIC. */
        for (size_t n = 0; n < (role == 0 ? 16 : whole->size); n++) {
            uint8_t *prefix = malloc(n ? n : 1);

            memcpy(prefix, whole->data, n);
            ((struct ntlm_context *)victim)->state = role == 0 ? NTLM_START : NTLM_NEGOTIATED;
            ck_assert_int_ne(victim->ops->step(victim, prefix, n, &out, &done), ERR_OK);
            ck_assert(!done);
            ck_assert_uint_eq(out.size, 0);
            free(prefix);
        }
        forget();
    }
    writer_cleanup(&out);
}
END_TEST

START_TEST(messages_out_of_turn_are_refused)
{
    struct writer out;
    bool done;

    writer_init(&out, 65536);
    ck_assert_int_eq(log_on(AUTH_LEVEL_PACKET, &opcuser), ERR_OK);
    ck_assert_int_eq(finish(&done), ERR_PROTOCOL); /* a second answer */
    ck_assert_int_eq(client->ops->step(client, challenge.data, challenge.size, &out, &done), ERR_PROTOCOL);
    forget();
    create(AUTH_LEVEL_PACKET, &opcuser);
    ck_assert_int_eq(client->ops->step(client, (const uint8_t *)"x", 1, &out, &done), ERR_PROTOCOL);
    ck_assert_int_eq(server->ops->step(server, NULL, 0, &out, &done), ERR_PROTOCOL);
    writer_cleanup(&out);
}
END_TEST

/* Rewrites a flag of a message before it is delivered. */
static void change_flags(struct writer *message, size_t at, uint32_t remove)
{
    writer_set_u32(message, at, load_u32(message->data + at) & ~remove);
}

START_TEST(an_acceptor_asks_for_what_the_level_needs)
{
    static const uint32_t needed[] = { NTLM_UNICODE, NTLM_EXTENDED_SESSION_SECURITY, NTLM_SIGN, NTLM_SEAL };
    bool done;

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        create(AUTH_LEVEL_PACKET_PRIVACY, &opcuser);
        step(client, NULL, &negotiate);
        change_flags(&negotiate, 12, needed[i]);
        ck_assert_int_eq(server->ops->step(server, negotiate.data, negotiate.size, &challenge, &done), ERR_AUTH);
        ck_assert_uint_eq(peer()->ntstatus, 0xC000006D);
        forget();
    }
}
END_TEST

START_TEST(an_initiator_proves_nothing_to_a_server_that_offers_less)
{
    static const uint32_t needed[] = { NTLM_UNICODE, NTLM_EXTENDED_SESSION_SECURITY, NTLM_SIGN, NTLM_SEAL };
    bool done;

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        create(AUTH_LEVEL_PACKET_PRIVACY, &opcuser);
        step(client, NULL, &negotiate);
        step(server, &negotiate, &challenge);
        change_flags(&challenge, 20, needed[i]);
        ck_assert_int_eq(client->ops->step(client, challenge.data, challenge.size, &authenticate, &done), ERR_AUTH);
        ck_assert_uint_eq(authenticate.size, 0);
        forget();
    }
}
END_TEST

/* A CHALLENGE whose target info holds these pairs alone. */
static void offer_target_info(const struct writer *pairs)
{
    struct ntlm_challenge m;
    struct writer again;

    ck_assert_int_eq(ntlm_challenge_decode(challenge.data, challenge.size, &m), ERR_OK);
    m.target_info = (struct ntlm_bytes){ pairs->data, pairs->size };
    writer_init(&again, 65536);
    ntlm_challenge_encode(&again, &m);
    writer_cleanup(&challenge);
    challenge = again;
}

START_TEST(a_server_without_a_name_is_not_trusted_with_integrity)
{
    struct writer pairs;
    bool done;

    writer_init(&pairs, 4096);
    ntlm_av_write_text(&pairs, NTLM_AV_COMPUTER, "ALPHA");
    ntlm_av_write(&pairs, NTLM_AV_END, NULL, 0);
    create(AUTH_LEVEL_PACKET, &opcuser);
    step(client, NULL, &negotiate);
    step(server, &negotiate, &challenge);
    offer_target_info(&pairs);
    ck_assert_int_eq(client->ops->step(client, challenge.data, challenge.size, &authenticate, &done), ERR_AUTH);
    ck_assert_uint_eq(client->ops->peer(client)->ntstatus, 0xC000006D);
    writer_cleanup(&pairs);
}
END_TEST

START_TEST(without_a_time_stamp_there_is_no_mic_but_a_session_all_the_same)
{
    struct ntlm_authenticate m;
    struct ntlm_bytes value;
    struct writer pairs;
    bool done;

    writer_init(&pairs, 4096);
    ntlm_av_write_text(&pairs, NTLM_AV_DOMAIN, "ALPHA");
    ntlm_av_write_text(&pairs, NTLM_AV_COMPUTER, "ALPHA");
    ntlm_av_write(&pairs, NTLM_AV_END, NULL, 0);
    create(AUTH_LEVEL_PACKET, &opcuser);
    step(client, NULL, &negotiate);
    step(server, &negotiate, &challenge);
    offer_target_info(&pairs);
    ck_assert(step(client, &challenge, &authenticate));
    ck_assert_int_eq(ntlm_authenticate_decode(authenticate.data, authenticate.size, &m), ERR_OK);
    ck_assert(
        !ntlm_av_find((struct ntlm_bytes){ m.nt_response.data + 44, m.nt_response.size - 44 }, NTLM_AV_FLAGS, &value));
    ck_assert_int_eq(finish(&done), ERR_OK);
    assert_messages_travel(AUTH_LEVEL_PACKET);
    writer_cleanup(&pairs);
}
END_TEST

static enum err cannot_be_asked(void *context, const struct auth_ntlm_response *response, struct auth_peer *who,
                                uint8_t session_base_key[16])
{
    (void)context;
    (void)response;
    (void)who;
    (void)session_base_key;
    return ERR_CLOSED;
}

START_TEST(an_authority_that_cannot_be_asked_is_no_refused_logon)
{
    bool done;

    authority.authority.verify_ntlm = cannot_be_asked;
    create(AUTH_LEVEL_CONNECT, &opcuser);
    exchange();
    ck_assert_int_eq(finish(&done), ERR_CLOSED);
    ck_assert(!done);
    ck_assert_uint_eq(peer()->ntstatus, 0);
    forget();
    authority.authority.verify_ntlm = NULL; /* one that knows no accounts at all */
    create(AUTH_LEVEL_CONNECT, &opcuser);
    exchange();
    ck_assert_int_eq(finish(&done), ERR_AUTH);
    ck_assert_uint_eq(peer()->ntstatus, 0xC000006D);
}
END_TEST

/* The AUTHENTICATE message again, changed by `change`, and without the MIC that would show it. */
static void rewrite_answer(void (*change)(struct ntlm_authenticate *m))
{
    struct ntlm_authenticate m;
    struct writer again;

    ck_assert_int_eq(ntlm_authenticate_decode(authenticate.data, authenticate.size, &m), ERR_OK);
    change(&m);
    writer_init(&again, 65536);
    ntlm_authenticate_encode(&again, &m);
    writer_cleanup(&authenticate);
    authenticate = again;
}

static void answer_as_version_1(struct ntlm_authenticate *m)
{
    m->nt_response.size = 24;
}

static void leave_out_the_key(struct ntlm_authenticate *m)
{
    m->session_key.size = 0;
}

static void use_odd_text(struct ntlm_authenticate *m)
{
    m->user.size--;
}

static void drop_signing(struct ntlm_authenticate *m)
{
    m->flags &= ~NTLM_SIGN;
}

START_TEST(an_answer_that_lacks_something_is_refused)
{
    static const struct {
        void (*change)(struct ntlm_authenticate *m);
        enum err err;
        uint32_t ntstatus;
    } answers[] = { { answer_as_version_1, ERR_AUTH, 0xC000006D },
                    { leave_out_the_key, ERR_PROTOCOL, 0xC000000D },
                    { use_odd_text, ERR_PROTOCOL, 0xC000000D },
                    { drop_signing, ERR_AUTH, 0xC000006D } };
    bool done;

    create(AUTH_LEVEL_PACKET, &opcuser);
    exchange();
    rewrite_answer(answers[_i].change);
    ck_assert_int_eq(finish(&done), answers[_i].err);
    ck_assert_uint_eq(peer()->ntstatus, answers[_i].ntstatus);
    ck_assert(!done);
}
END_TEST

START_TEST(flags_of_the_servers_pairs_are_kept_beside_ours)
{
    static const uint8_t constrained[4] = { 1, 0, 0, 0 }, stamp[8] = { 1 };
    struct ntlm_authenticate m;
    struct ntlm_bytes value;
    struct writer pairs;

    writer_init(&pairs, 4096);
    ntlm_av_write(&pairs, NTLM_AV_FLAGS, constrained, sizeof constrained);
    ntlm_av_write(&pairs, NTLM_AV_TIMESTAMP, stamp, sizeof stamp);
    ntlm_av_write(&pairs, NTLM_AV_END, NULL, 0);
    create(AUTH_LEVEL_CONNECT, &opcuser);
    step(client, NULL, &negotiate);
    step(server, &negotiate, &challenge);
    offer_target_info(&pairs);
    ck_assert(step(client, &challenge, &authenticate));
    ck_assert_int_eq(ntlm_authenticate_decode(authenticate.data, authenticate.size, &m), ERR_OK);
    ck_assert(
        ntlm_av_find((struct ntlm_bytes){ m.nt_response.data + 44, m.nt_response.size - 44 }, NTLM_AV_FLAGS, &value));
    ck_assert_uint_eq(load_u32(value.data), 1 | NTLM_AV_FLAG_MIC);
    writer_cleanup(&pairs);
}
END_TEST

START_TEST(the_response_names_target_and_channel_bindings)
{
    static const uint8_t zeros[16];
    struct ntlm_authenticate m;
    struct ntlm_bytes pairs, value;
    char text[64];

    create(AUTH_LEVEL_CONNECT, &opcuser);
    exchange();
    ck_assert_int_eq(ntlm_authenticate_decode(authenticate.data, authenticate.size, &m), ERR_OK);
    pairs = (struct ntlm_bytes){ m.nt_response.data + 44, m.nt_response.size - 44 };
    ck_assert(ntlm_av_find(pairs, NTLM_AV_TARGET_NAME, &value));
    ck_assert(ntlm_text_read(value, text, sizeof text));
    ck_assert_str_eq(text, "RPCSS/alpha");
    ck_assert(ntlm_av_find(pairs, NTLM_AV_CHANNEL_BINDINGS, &value));
    ck_assert_uint_eq(value.size, sizeof zeros);
    ck_assert_mem_eq(value.data, zeros, sizeof zeros);
    ck_assert(ntlm_av_find(pairs, NTLM_AV_FLAGS, &value));
    ck_assert_uint_eq(load_u32(value.data), NTLM_AV_FLAG_MIC);
    /* The LM response is not computed: it would be a second thing to crack. */
    ck_assert_uint_eq(m.lm_response.size, 24);
    ck_assert_mem_eq(m.lm_response.data, zeros, 16);
}
END_TEST

/* What the acceptor knew when the captured Windows server sent its challenge. */
static void become_windows_server(void)
{
    size_t bind_size, ack_size;
    uint8_t *bind = windows_pdu(WINDOWS_BIND, &bind_size);
    uint8_t *ack = windows_pdu(WINDOWS_BIND_ACK, &ack_size);
    struct ntlm_context *c = (struct ntlm_context *)server;
    struct ntlm_challenge m;

    writer_bytes(&c->negotiate, bind + WINDOWS_NEGOTIATE_AT, bind_size - WINDOWS_NEGOTIATE_AT);
    writer_bytes(&c->challenge, ack + WINDOWS_CHALLENGE_AT, ack_size - WINDOWS_CHALLENGE_AT);
    ck_assert_int_eq(ntlm_challenge_decode(c->challenge.data, c->challenge.size, &m), ERR_OK);
    memcpy(c->server_challenge, m.server_challenge, sizeof c->server_challenge);
    c->flags = m.flags;
    c->state = NTLM_NEGOTIATED;
    free(bind);
    free(ack);
}

START_TEST(the_answer_of_a_real_windows_client_is_accepted_with_its_mic)
{
    static const struct memory_account accounts[] = { { "Administrator", WINDOWS_PASSWORD, 0 }, { NULL, NULL, 0 } };
    size_t size;
    uint8_t *auth3 = windows_pdu(WINDOWS_AUTH3, &size);
    uint8_t *request;
    bool done;

    authority.accounts = accounts;
    create(AUTH_LEVEL_PACKET_PRIVACY, &opcuser);
    become_windows_server();
    writer_bytes(&authenticate, auth3 + WINDOWS_AUTHENTICATE_AT, size - WINDOWS_AUTHENTICATE_AT);
    ck_assert_int_eq(finish(&done), ERR_OK);
    ck_assert(done);
    ck_assert_str_eq(peer()->user, "Administrator");
    ck_assert_str_eq(peer()->workstation, "WIN10");
    request = windows_pdu(WINDOWS_REQUEST_1, &size);
    ck_assert_int_eq(
        server->ops->unprotect(server, request, size - 16, request + 24, size - 48, request + size - 16, 16), ERR_OK);
    free(request);
    free(auth3);
    forget();

    authority.accounts = memory_accounts;
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ntlm");
    TCase *logons = tcase_create("logons");
    TCase *hostile = tcase_create("hostile");
    TCase *forms = tcase_create("forms");

    tcase_add_checked_fixture(logons, setup, teardown);
    tcase_add_loop_test(logons, the_right_password_establishes_a_session_at_every_level, AUTH_LEVEL_CONNECT,
                        AUTH_LEVEL_PACKET_PRIVACY + 1);
    tcase_add_test(logons, names_and_passwords_may_use_all_of_unicode);
    tcase_add_loop_test(logons, a_refused_logon_leaves_its_exact_ntstatus, 0, sizeof refusals / sizeof refusals[0]);
    tcase_add_test(logons, a_null_session_is_anonymous_when_the_authority_lets_it_in);
    tcase_add_test(logons, default_credentials_are_proven_by_the_authority);
    tcase_add_test(logons, identify_is_all_a_careful_client_allows);
    if (windows_session_present(1))
        tcase_add_test(logons, the_answer_of_a_real_windows_client_is_accepted_with_its_mic);
    tcase_add_checked_fixture(hostile, setup, teardown);
    tcase_add_test(hostile, every_changed_bit_of_the_answer_is_refused);
    tcase_add_test(hostile, a_change_of_the_first_two_messages_shows_in_the_mic);
    tcase_add_test(hostile, every_truncated_message_is_refused);
    tcase_add_test(hostile, messages_out_of_turn_are_refused);
    tcase_add_checked_fixture(forms, setup, teardown);
    tcase_add_test(forms, an_acceptor_asks_for_what_the_level_needs);
    tcase_add_test(forms, an_initiator_proves_nothing_to_a_server_that_offers_less);
    tcase_add_test(forms, a_server_without_a_name_is_not_trusted_with_integrity);
    tcase_add_test(forms, without_a_time_stamp_there_is_no_mic_but_a_session_all_the_same);
    tcase_add_test(forms, an_authority_that_cannot_be_asked_is_no_refused_logon);
    tcase_add_loop_test(forms, an_answer_that_lacks_something_is_refused, 0, 4);
    tcase_add_test(forms, flags_of_the_servers_pairs_are_kept_beside_ours);
    tcase_add_test(forms, the_response_names_target_and_channel_bindings);
    suite_add_tcase(suite, logons);
    suite_add_tcase(suite, hostile);
    suite_add_tcase(suite, forms);
    return auth_suite_run(suite);
}
