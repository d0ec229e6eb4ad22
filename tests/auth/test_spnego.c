/* Whole SPNEGO handshakes: our initiator against our acceptor, and Windows' list against the acceptor. */
#include <string.h>

#include "base/bytes.h"
#include "dcom/auth/ntlm_message.h"
#include "dcom/auth/spnego_token.h"
#include "tests/auth/auth_suite.h"
#include "tests/auth/memory_authority.h"

#define LEGS 4

static const struct auth_identity opcuser = { "opcuser", "ALPHA", "Secret-1" };
static const struct auth_identity anonymous = { "", "", "" };

static struct memory_authority authority;
static struct auth_context *client, *server;
static struct writer legs[LEGS]; /* ours, the acceptor's, ours, the acceptor's last word */

static void setup(void)
{
    memory_authority_init(&authority);
    for (int i = 0; i < LEGS; i++)
        writer_init(&legs[i], 65536);
    client = server = NULL;
}

static void forget(void)
{
    if (client)
        client->ops->destroy(client);
    if (server)
        server->ops->destroy(server);
    client = server = NULL;
    for (int i = 0; i < LEGS; i++)
        writer_reset(&legs[i]);
}

static void teardown(void)
{
    forget();
    ck_assert_int_eq(authority.tokens, 0);
    for (int i = 0; i < LEGS; i++)
        writer_cleanup(&legs[i]);
}

static void create(enum auth_level level, enum auth_mechanism initiator, const struct auth_identity *identity)
{
    struct auth_initiator_options options = {
        .level = level, .identity = identity, .authority = &authority.authority, .principal = "RPCSS/alpha"
    };

    ck_assert_int_eq(auth_find(initiator)->initiate(&options, &client), ERR_OK);
    ck_assert_int_eq(auth_find(AUTH_SPNEGO)->accept(level, &authority.authority, &server), ERR_OK);
}

static enum err step(struct auth_context *c, const struct writer *in, struct writer *out, bool *done)
{
    return c->ops->step(c, in ? in->data : NULL, in ? in->size : 0, out, done);
}

/* Runs the first `count` legs, none of which may be the last of its side. */
static void run_legs(int count)
{
    bool done;

    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(step(i % 2 ? server : client, i ? &legs[i - 1] : NULL, &legs[i], &done), ERR_OK);
        ck_assert(!done);
        ck_assert_uint_gt(legs[i].size, 0);
    }
}

/* The acceptor's last leg, and the initiator's, which has nothing more to say. */
static enum err finish(void)
{
    struct writer nothing;
    bool done;
    enum err e = step(server, &legs[2], &legs[3], &done);

    ck_assert_int_eq(done, e == ERR_OK);
    if (e)
        return e;
    writer_init(&nothing, 16);
    e = step(client, &legs[3], &nothing, &done);
    ck_assert_int_eq(done, e == ERR_OK);
    ck_assert_uint_eq(nothing.size, 0);
    writer_cleanup(&nothing);
    return e;
}

static enum err log_on(enum auth_level level, const struct auth_identity *identity)
{
    create(level, AUTH_SPNEGO, identity);
    run_legs(3);
    return finish();
}

static const struct auth_peer *peer(void)
{
    return server->ops->peer(server);
}

/* PDUs each way; `first` is the sequence number the first of each direction must bear. */
static void assert_messages_travel(enum auth_level level, uint32_t first)
{
    uint8_t pdu[64], clear[64], signature[16];

    for (int i = 0; i < 6; i++) {
        struct auth_context *from = i % 2 ? server : client, *to = i % 2 ? client : server;

        memset(clear, 'a' + i, sizeof clear);
        memcpy(pdu, clear, sizeof pdu);
        ck_assert_int_eq(from->ops->protect(from, pdu, sizeof pdu, pdu + 24, 32, signature), ERR_OK);
        ck_assert_uint_eq(load_u32(signature + 12), first + (uint32_t)i / 2);
        ck_assert_int_eq(memcmp(pdu, clear, sizeof pdu) != 0, level == AUTH_LEVEL_PACKET_PRIVACY);
        ck_assert_int_eq(to->ops->unprotect(to, pdu, sizeof pdu, pdu + 24, 32, signature, sizeof signature), ERR_OK);
        ck_assert_mem_eq(pdu, clear, sizeof pdu);
    }
}

static struct spnego_response response_in(const struct writer *leg)
{
    struct spnego_response m;

    ck_assert_int_eq(spnego_response_decode(leg->data, leg->size, &m), ERR_OK);
    return m;
}

START_TEST(the_right_password_establishes_a_session_at_every_level)
{
    enum auth_level level = (enum auth_level)_i;
    bool packets = level >= AUTH_LEVEL_PACKET;

    ck_assert_int_eq(log_on(level, &opcuser), ERR_OK);
    ck_assert_str_eq(peer()->user, "opcuser");
    ck_assert_str_eq(peer()->domain, "ALPHA");
    ck_assert_uint_eq(peer()->ntstatus, 0);
    ck_assert_uint_eq(peer()->impersonation, 3);
    ck_assert_ptr_eq(peer()->token, &authority);
    ck_assert_int_eq(server->ops->inner(server), AUTH_NTLM);
    ck_assert_int_eq(client->ops->inner(client), AUTH_NTLM);
    ck_assert_int_eq(client->ops->mechanism, AUTH_SPNEGO);
    ck_assert_uint_eq(client->ops->signature_size(client, 100), packets ? 16 : 0);
    /* The list is signed both ways exactly where PDUs are, and the numbers go on after it. */
    ck_assert_uint_eq(response_in(&legs[2]).mic.size, packets ? 16 : 0);
    ck_assert_uint_eq(response_in(&legs[3]).mic.size, packets ? 16 : 0);
    /* A MIC of NTLM's own would make the signature of the list mandatory. */
    struct der_bytes authenticate = response_in(&legs[2]).token;
    ck_assert_uint_ge(authenticate.size, NTLM_MIC_END);
    ck_assert_int_eq(memcmp(authenticate.data + NTLM_MIC_AT, (uint8_t[NTLM_KEY]){ 0 }, NTLM_KEY) != 0, packets);
    if (packets)
        assert_messages_travel(level, 1);
}
END_TEST

START_TEST(the_legs_say_what_windows_expects_of_them)
{
    struct spnego_init first;
    struct spnego_response m;

    ck_assert_int_eq(log_on(AUTH_LEVEL_PACKET_INTEGRITY, &opcuser), ERR_OK);
    ck_assert_int_eq(spnego_init_decode(legs[0].data, legs[0].size, &first), ERR_OK);
    ck_assert_int_eq(spnego_find_ntlm(first.mech_types), 0);
    ck_assert_mem_eq(first.mech_token.data, "NTLMSSP\0\1", 9);
    m = response_in(&legs[1]);
    ck_assert_int_eq(m.state, SPNEGO_ACCEPT_INCOMPLETE);
    ck_assert(der_equal(m.supported_mech, spnego_oid_ntlm));
    ck_assert_mem_eq(m.token.data, "NTLMSSP\0\2", 9);
    m = response_in(&legs[2]);
    ck_assert_int_eq(m.state, SPNEGO_ACCEPT_INCOMPLETE);
    ck_assert_uint_eq(m.supported_mech.size, 0);
    ck_assert_mem_eq(m.token.data, "NTLMSSP\0\3", 9);
    m = response_in(&legs[3]);
    ck_assert_int_eq(m.state, SPNEGO_ACCEPT_COMPLETED);
    ck_assert_uint_eq(m.token.size, 0);
}
END_TEST

static const struct {
    struct auth_identity identity;
    uint32_t ntstatus;
} refusals[] = {
    { { "opcuser", "ALPHA", "wrong" }, 0xC000006A },
    { { "nobody", "ALPHA", "Secret-1" }, 0xC0000064 },
    { { "disabled", "ALPHA", "Secret-1" }, 0xC0000072 },
    { { "locked", "ALPHA", "Secret-1" }, 0xC0000234 },
};

START_TEST(a_refused_logon_leaves_its_exact_ntstatus)
{
    uint8_t pdu[32] = { 0 }, signature[16];

    create(AUTH_LEVEL_PACKET, AUTH_SPNEGO, &refusals[_i].identity);
    run_legs(3);
    ck_assert_int_eq(finish(), ERR_AUTH);
    ck_assert_uint_eq(peer()->ntstatus, refusals[_i].ntstatus);
    ck_assert_str_eq(peer()->user, refusals[_i].identity.user);
    ck_assert_uint_eq(legs[3].size, 0);
    ck_assert_int_eq(server->ops->protect(server, pdu, sizeof pdu, pdu, 16, signature), ERR_AUTH);
    ck_assert_int_eq(server->ops->unprotect(server, pdu, sizeof pdu, pdu, 16, signature, sizeof signature), ERR_AUTH);
}
END_TEST

START_TEST(a_null_session_signs_no_list)
{
    ck_assert_int_eq(log_on(AUTH_LEVEL_CONNECT, &anonymous), ERR_OK);
    ck_assert(peer()->anonymous);
    forget();
    ck_assert_int_eq(log_on(AUTH_LEVEL_PACKET_INTEGRITY, &anonymous), ERR_OK);
    ck_assert(peer()->anonymous);
    ck_assert_uint_eq(response_in(&legs[2]).mic.size, 0);
    assert_messages_travel(AUTH_LEVEL_PACKET_INTEGRITY, 0);
}
END_TEST

START_TEST(without_credentials_there_is_no_initiator)
{
    struct auth_initiator_options options = { .level = AUTH_LEVEL_CONNECT };

    ck_assert_int_eq(auth_find(AUTH_SPNEGO)->initiate(&options, &client), ERR_NOT_FOUND);
    ck_assert_ptr_null(client);
}
END_TEST

START_TEST(nothing_is_protected_before_the_last_word)
{
    uint8_t pdu[32] = { 0 }, signature[16];

    create(AUTH_LEVEL_PACKET, AUTH_SPNEGO, &opcuser);
    run_legs(3);
    ck_assert_int_eq(client->ops->protect(client, pdu, sizeof pdu, pdu, 16, signature), ERR_AUTH);
    ck_assert_int_eq(client->ops->unprotect(client, pdu, sizeof pdu, pdu, 16, signature, sizeof signature), ERR_AUTH);
    ck_assert_int_eq(finish(), ERR_OK);
}
END_TEST

/* ---- tampering ---------------------------------------------------------------------------------- */

/* Writes a response anew with other fields. */
static void rewrite(struct writer *leg, const struct spnego_response *m)
{
    struct writer changed;

    writer_init(&changed, 65536);
    spnego_response_encode(&changed, m);
    ck_assert(!changed.failed);
    writer_cleanup(leg);
    *leg = changed;
}

START_TEST(a_signature_of_the_list_that_was_changed_is_noticed_on_either_side)
{
    struct spnego_response m;
    uint8_t mic[16];

    for (int leg = 2; leg <= 3; leg++) {
        struct auth_context *to;
        struct writer out;
        bool done;

        create(AUTH_LEVEL_PACKET, AUTH_SPNEGO, &opcuser);
        run_legs(3);
        if (leg == 3)
            ck_assert_int_eq(step(server, &legs[2], &legs[3], &done), ERR_OK);
        to = leg == 2 ? server : client;
        m = response_in(&legs[leg]);
        memcpy(mic, m.mic.data, sizeof mic);
        mic[_i] ^= 1;
        m.mic.data = mic;
        rewrite(&legs[leg], &m);
        writer_init(&out, 65536);
        ck_assert_int_eq(step(to, &legs[leg], &out, &done), ERR_AUTH);
        ck_assert(!done);
        ck_assert_uint_eq(to->ops->peer(to)->ntstatus, 0xC0000022);
        ck_assert_uint_eq(out.size, 0);
        writer_cleanup(&out);
        forget();
    }
}
END_TEST

START_TEST(a_signature_of_the_list_that_was_cut_out_is_missed)
{
    struct spnego_response m;
    bool done;

    create(AUTH_LEVEL_PACKET_INTEGRITY, AUTH_SPNEGO, &opcuser);
    run_legs(3);
    m = response_in(&legs[2]);
    m.mic.size = 0;
    rewrite(&legs[2], &m);
    ck_assert_int_eq(step(server, &legs[2], &legs[3], &done), ERR_AUTH);
    ck_assert_uint_eq(peer()->ntstatus, 0xC0000022);
    forget();

    create(AUTH_LEVEL_PACKET_INTEGRITY, AUTH_SPNEGO, &opcuser);
    run_legs(3);
    ck_assert_int_eq(step(server, &legs[2], &legs[3], &done), ERR_OK);
    m = response_in(&legs[3]);
    m.mic.size = 0;
    rewrite(&legs[3], &m);
    ck_assert_int_eq(step(client, &legs[3], &legs[1], &done), ERR_AUTH);
    ck_assert_uint_eq(client->ops->peer(client)->ntstatus, 0xC0000022);
}
END_TEST

START_TEST(a_mechanism_struck_out_of_the_list_is_noticed)
{
    /* What the client offered had Kerberos first; what the server read has not. */
    static const uint8_t longer[] = "\x30\x17\x06\x09\x2A\x86\x48\x86\xF7\x12\x01\x02\x02"
                                    "\x06\x0A\x2B\x06\x01\x04\x01\x82\x37\x02\x02\x0A";
    struct auth_initiator_options options = { .level = AUTH_LEVEL_PACKET, .identity = &opcuser };
    struct spnego_response m;
    struct writer token, mic;
    bool done;

    ck_assert_int_eq(auth_find(AUTH_NTLM)->initiate(&options, &client), ERR_OK);
    ck_assert_int_eq(auth_find(AUTH_SPNEGO)->accept(AUTH_LEVEL_PACKET, &authority.authority, &server), ERR_OK);
    writer_init(&token, 65536);
    writer_init(&mic, 16);
    ck_assert_int_eq(step(client, NULL, &token, &done), ERR_OK);
    spnego_list_encode(&legs[3]);
    spnego_init_encode(&legs[0], &(struct spnego_init){ { legs[3].data, legs[3].size }, { token.data, token.size } });
    ck_assert_int_eq(step(server, &legs[0], &legs[1], &done), ERR_OK);
    m = response_in(&legs[1]);
    writer_reset(&token);
    ck_assert_int_eq(client->ops->step(client, m.token.data, m.token.size, &token, &done), ERR_OK);
    ck_assert_int_eq(client->ops->make_mic(client, longer, sizeof longer - 1, &mic), ERR_OK);
    m = (struct spnego_response){ .state = SPNEGO_ACCEPT_INCOMPLETE,
                                  .token = { token.data, token.size },
                                  .mic = { mic.data, mic.size } };
    spnego_response_encode(&legs[2], &m);
    writer_reset(&legs[3]);
    ck_assert_int_eq(step(server, &legs[2], &legs[3], &done), ERR_AUTH);
    ck_assert_uint_eq(peer()->ntstatus, 0xC0000022);
    writer_cleanup(&token);
    writer_cleanup(&mic);
}
END_TEST

START_TEST(an_acceptor_that_rejects_or_chooses_what_was_not_offered_is_refused)
{
    static const uint8_t kerberos[] = { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02 };
    struct spnego_response reject = { .state = SPNEGO_REJECT };
    struct spnego_response other = { .state = SPNEGO_ACCEPT_INCOMPLETE, .supported_mech = { kerberos, 9 } };
    struct spnego_response early = { .state = SPNEGO_ACCEPT_COMPLETED };
    bool done;

    create(AUTH_LEVEL_CONNECT, AUTH_SPNEGO, &opcuser);
    run_legs(1);
    rewrite(&legs[1], &reject);
    ck_assert_int_eq(step(client, &legs[1], &legs[2], &done), ERR_AUTH);
    forget();
    create(AUTH_LEVEL_CONNECT, AUTH_SPNEGO, &opcuser);
    run_legs(1);
    rewrite(&legs[1], &other);
    ck_assert_int_eq(step(client, &legs[1], &legs[2], &done), ERR_AUTH);
    ck_assert_uint_eq(client->ops->peer(client)->ntstatus, 0xC00000BB);
    forget();
    create(AUTH_LEVEL_CONNECT, AUTH_SPNEGO, &opcuser);
    run_legs(1);
    rewrite(&legs[1], &early);
    ck_assert_int_eq(step(client, &legs[1], &legs[2], &done), ERR_PROTOCOL);
    /* And what failed stays so. */
    ck_assert_int_eq(step(client, &legs[1], &legs[2], &done), ERR_PROTOCOL);
}
END_TEST

START_TEST(every_truncated_leg_fails_cleanly)
{
    for (int leg = 0; leg < LEGS; leg++) {
        size_t size = 1;

        for (size_t cut = 0; cut < size; cut++) {
            struct auth_context *to;
            struct writer exact, out;
            bool done;

            create(AUTH_LEVEL_PACKET, AUTH_SPNEGO, &opcuser);
            run_legs(leg < 3 ? leg + 1 : 3);
            if (leg == 3)
                ck_assert_int_eq(step(server, &legs[2], &legs[3], &done), ERR_OK);
            to = leg % 2 ? client : server;
            size = legs[leg].size;
            writer_init(&exact, size);
            writer_init(&out, 65536);
            writer_bytes(&exact, legs[leg].data, cut);
            ck_assert_int_eq(to->ops->step(to, exact.data, cut, &out, &done), ERR_PROTOCOL);
            ck_assert_uint_eq(to->ops->peer(to)->ntstatus, 0xC000000D);
            ck_assert_uint_eq(out.size, 0);
            writer_cleanup(&exact);
            writer_cleanup(&out);
            forget();
        }
    }
}
END_TEST

/* ---- Windows as the initiator ------------------------------------------------------------------- */

/* MS-KRB5, KRB5, NEGOEX, NTLM: what Windows offers, and a token of Kerberos with it, of which only the frame is here.
 */
static const uint8_t windows_list[] = "\x30\x2E\x06\x09\x2A\x86\x48\x82\xF7\x12\x01\x02\x02"
                                      "\x06\x09\x2A\x86\x48\x86\xF7\x12\x01\x02\x02"
                                      "\x06\x0A\x2B\x06\x01\x04\x01\x82\x37\x02\x02\x1E"
                                      "\x06\x0A\x2B\x06\x01\x04\x01\x82\x37\x02\x02\x0A";
static const struct der_bytes windows_types = { windows_list, sizeof windows_list - 1 };
static const uint8_t foreign_token[] = "\x60\x0D\x06\x09\x2A\x86\x48\x86\xF7\x12\x01\x02\x02\x03\x00";

/* Sends one token of NTLM, and a signature if there is one, in a response to the acceptor. */
static enum err send_response(const struct writer *token, const struct writer *mic, struct writer *answer, bool *done)
{
    struct spnego_response m = { .state = SPNEGO_ACCEPT_INCOMPLETE, .token = { token->data, token->size } };
    struct writer leg;
    enum err e;

    if (mic)
        m.mic = (struct der_bytes){ mic->data, mic->size };
    writer_init(&leg, 65536);
    writer_reset(answer);
    spnego_response_encode(&leg, &m);
    e = step(server, &leg, answer, done);
    writer_cleanup(&leg);
    return e;
}

/* The handshake of a Windows client; `sign` says whether it signs the list at the end. */
static enum err log_on_as_windows(enum auth_level level, bool sign)
{
    struct spnego_init init = { windows_types, { foreign_token, sizeof foreign_token - 1 } };
    struct writer token, mic;
    struct spnego_response m;
    bool done;
    enum err e;

    create(level, AUTH_NTLM, &opcuser);
    writer_init(&token, 65536);
    writer_init(&mic, 16);
    spnego_init_encode(&legs[0], &init);
    ck_assert_int_eq(step(server, &legs[0], &legs[1], &done), ERR_OK);
    m = response_in(&legs[1]);
    ck_assert_int_eq(m.state, SPNEGO_REQUEST_MIC);
    ck_assert(der_equal(m.supported_mech, spnego_oid_ntlm));
    ck_assert_uint_eq(m.token.size + m.mic.size, 0);
    ck_assert_uint_eq(legs[1].size, 23); /* as long as the one of Windows */
    ck_assert_int_eq(step(client, NULL, &token, &done), ERR_OK);
    ck_assert_int_eq(send_response(&token, NULL, &legs[1], &done), ERR_OK);
    ck_assert(!done);
    m = response_in(&legs[1]);
    writer_reset(&token);
    ck_assert_int_eq(client->ops->step(client, m.token.data, m.token.size, &token, &done), ERR_OK);
    if (sign)
        ck_assert_int_eq(client->ops->make_mic(client, windows_list, sizeof windows_list - 1, &mic), ERR_OK);
    e = send_response(&token, sign ? &mic : NULL, &legs[3], &done);
    ck_assert_int_eq(done, e == ERR_OK);
    writer_cleanup(&token);
    writer_cleanup(&mic);
    return e;
}

START_TEST(windows_list_gets_ntlm_and_its_foreign_token_is_passed_over)
{
    enum auth_level level = (enum auth_level)_i;
    struct spnego_response m;

    ck_assert_int_eq(log_on_as_windows(level, true), ERR_OK);
    ck_assert_str_eq(peer()->user, "opcuser");
    m = response_in(&legs[3]);
    ck_assert_int_eq(m.state, SPNEGO_ACCEPT_COMPLETED);
    ck_assert_int_eq(client->ops->check_mic(client, windows_list, sizeof windows_list - 1, m.mic.data, m.mic.size),
                     ERR_OK);
    if (level >= AUTH_LEVEL_PACKET)
        assert_messages_travel(level, 1);
}
END_TEST

START_TEST(a_list_that_was_not_signed_is_let_in_at_connect_alone)
{
    ck_assert_int_eq(log_on_as_windows(AUTH_LEVEL_CONNECT, false), ERR_OK);
    ck_assert_uint_eq(response_in(&legs[3]).mic.size, 0);
    forget();
    ck_assert_int_eq(log_on_as_windows(AUTH_LEVEL_PACKET, false), ERR_AUTH);
    ck_assert_uint_eq(peer()->ntstatus, 0xC0000022);
}
END_TEST

START_TEST(ntlm_without_a_frame_is_let_in)
{
    bool done;

    create(AUTH_LEVEL_PACKET_PRIVACY, AUTH_NTLM, &opcuser);
    ck_assert_int_eq(step(client, NULL, &legs[0], &done), ERR_OK);
    ck_assert_int_eq(step(server, &legs[0], &legs[1], &done), ERR_OK);
    ck_assert(!done);
    ck_assert_int_eq(step(client, &legs[1], &legs[2], &done), ERR_OK);
    ck_assert_int_eq(step(server, &legs[2], &legs[3], &done), ERR_OK);
    ck_assert(done);
    ck_assert_uint_eq(legs[3].size, 0);
    ck_assert_str_eq(peer()->user, "opcuser");
    assert_messages_travel(AUTH_LEVEL_PACKET_PRIVACY, 0);
}
END_TEST

START_TEST(a_list_without_ntlm_is_refused)
{
    static const uint8_t kerberos[] = "\x30\x0B\x06\x09\x2A\x86\x48\x86\xF7\x12\x01\x02\x02";
    struct spnego_init init = { .mech_types = { kerberos, sizeof kerberos - 1 } };
    bool done;

    create(AUTH_LEVEL_CONNECT, AUTH_SPNEGO, &opcuser);
    spnego_init_encode(&legs[0], &init);
    ck_assert_int_eq(step(server, &legs[0], &legs[1], &done), ERR_AUTH);
    ck_assert_uint_eq(peer()->ntstatus, 0xC00000BB);
    ck_assert_uint_eq(legs[1].size, 0);
}
END_TEST

START_TEST(a_list_longer_than_the_maximum_is_refused)
{
    struct writer list;
    size_t begun;
    bool done;

    writer_init(&list, 65536);
    begun = der_begin(&list, DER_SEQUENCE);
    for (int i = 0; i < 60; i++)
        der_write(&list, DER_OID, spnego_oid_ntlm);
    der_end(&list, begun);
    create(AUTH_LEVEL_CONNECT, AUTH_SPNEGO, &opcuser);
    spnego_init_encode(&legs[0], &(struct spnego_init){ .mech_types = { list.data, list.size } });
    ck_assert_int_eq(step(server, &legs[0], &legs[1], &done), ERR_LIMIT);
    writer_cleanup(&list);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spnego");
    TCase *handshake = tcase_create("handshake");
    TCase *tampering = tcase_create("tampering");
    TCase *windows = tcase_create("windows");

    tcase_add_checked_fixture(handshake, setup, teardown);
    tcase_add_loop_test(handshake, the_right_password_establishes_a_session_at_every_level, AUTH_LEVEL_CONNECT,
                        AUTH_LEVEL_PACKET_PRIVACY + 1);
    tcase_add_test(handshake, the_legs_say_what_windows_expects_of_them);
    tcase_add_loop_test(handshake, a_refused_logon_leaves_its_exact_ntstatus, 0, sizeof refusals / sizeof refusals[0]);
    tcase_add_test(handshake, a_null_session_signs_no_list);
    tcase_add_test(handshake, without_credentials_there_is_no_initiator);
    tcase_add_test(handshake, nothing_is_protected_before_the_last_word);
    tcase_add_checked_fixture(tampering, setup, teardown);
    tcase_add_loop_test(tampering, a_signature_of_the_list_that_was_changed_is_noticed_on_either_side, 0, 16);
    tcase_add_test(tampering, a_signature_of_the_list_that_was_cut_out_is_missed);
    tcase_add_test(tampering, a_mechanism_struck_out_of_the_list_is_noticed);
    tcase_add_test(tampering, an_acceptor_that_rejects_or_chooses_what_was_not_offered_is_refused);
    tcase_add_test(tampering, every_truncated_leg_fails_cleanly);
    tcase_add_checked_fixture(windows, setup, teardown);
    tcase_add_loop_test(windows, windows_list_gets_ntlm_and_its_foreign_token_is_passed_over, AUTH_LEVEL_CONNECT,
                        AUTH_LEVEL_PACKET_PRIVACY + 1);
    tcase_add_test(windows, a_list_that_was_not_signed_is_let_in_at_connect_alone);
    tcase_add_test(windows, ntlm_without_a_frame_is_let_in);
    tcase_add_test(windows, a_list_without_ntlm_is_refused);
    tcase_add_test(windows, a_list_longer_than_the_maximum_is_refused);
    suite_add_tcase(suite, handshake);
    suite_add_tcase(suite, tampering);
    suite_add_tcase(suite, windows);
    return auth_suite_run(suite);
}
