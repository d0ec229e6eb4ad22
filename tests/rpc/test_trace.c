/* What the observer is told: connections, binds, legs, logons, calls, and every PDU in clear but without secrets. */
#include <check.h>
#include <dcom_observer.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "tests/auth/auth_suite.h"
#include "tests/rpc/raw.h"

#define EVENTS 256

static struct mutex lock = MUTEX_INIT;
static struct dcom_event events[EVENTS];
static struct {
    uint8_t *data;
    size_t size;
    bool outgoing;
} pdus[EVENTS];
static int event_count, pdu_count;
static uint8_t extended_error[16]; /* what the last refusal came with */
static size_t extended_error_size;

static struct echo_server server;
static struct writer request, reply;
static struct rpc_failure why;

static void observe(void *context, const struct dcom_event *event)
{
    ck_assert_ptr_eq(context, &server);
    mutex_lock(&lock);
    if (event->kind == DCOM_PDU) {
        pdus[pdu_count].data = malloc(event->size);
        memcpy(pdus[pdu_count].data, event->data, event->size);
        pdus[pdu_count].outgoing = event->outgoing;
        pdus[pdu_count++].size = event->size;
    } else {
        events[event_count++] = *event;
        if (event->size > 0 && event->size <= sizeof extended_error) {
            memcpy(extended_error, event->data, event->size);
            extended_error_size = event->size;
        }
    }
    mutex_unlock(&lock);
}

static void setup(void)
{
    echo_server_init(&server);
    writer_init(&request, 65536);
    writer_init(&reply, 65536);
    dcom_set_observer(observe, &server);
}

static void teardown(void)
{
    dcom_set_observer(NULL, NULL);
    for (int i = 0; i < pdu_count; i++)
        free(pdus[i].data);
    writer_cleanup(&request);
    writer_cleanup(&reply);
}

static int count(enum dcom_event_kind kind)
{
    int n = 0;

    for (int i = 0; i < event_count; i++)
        n += events[i].kind == kind;
    return n;
}

static const struct dcom_event *first(enum dcom_event_kind kind)
{
    for (int i = 0; i < event_count; i++)
        if (events[i].kind == kind)
            return &events[i];
    ck_abort_msg("no event of kind %d", kind);
    return NULL;
}

/* One call at `level`, then everything is stopped, so that all is told. */
static enum err converse(enum auth_level level, const struct auth_identity *identity, uint16_t opnum)
{
    struct rpc_endpoint endpoint = { .protseq = RPC_TCP, .address = "127.0.0.1" };
    struct rpc_security security = { .mechanism = AUTH_NTLM, .level = level, .identity = identity };
    struct rpc_connection *c;
    enum err e;

    echo_server_start(&server);
    ck_assert_int_eq(rpc_server_listen(server.rpc, &endpoint, 0, 0), ERR_OK);
    writer_bytes(&request, "what is called", 14);
    ck_assert_int_eq(rpc_connection_open(&endpoint, TEST_DEADLINE, &c, &why), ERR_OK);
    ck_assert_int_eq(rpc_connection_bind(c, &echo_syntax, 1, &security, TEST_DEADLINE, &why), ERR_OK);
    e = rpc_connection_call(c, 0, opnum, NULL, &request, &reply, TEST_DEADLINE, &why);
    rpc_connection_destroy(c);
    echo_server_stop(&server);
    return e;
}

START_TEST(a_call_is_told_from_connection_to_answer)
{
    const struct dcom_event *e;

    ck_assert_int_eq(converse(AUTH_LEVEL_CALL, &opcuser, ECHO_BACK), ERR_OK);
    ck_assert_int_eq(count(DCOM_LISTENING), 1);
    ck_assert_int_eq(count(DCOM_ACCEPTED), 1);
    e = first(DCOM_CONNECT);
    ck_assert(e->outgoing);
    ck_assert_mem_eq(e->peer, "127.0.0.1:", 10);
    ck_assert_int_eq(e->err, ERR_OK);
    ck_assert_int_eq(count(DCOM_AUTH_LEG), 6); /* three tokens, sent and received */
    e = first(DCOM_BIND);
    ck_assert_mem_eq(e->iid, echo_syntax.uuid.bytes, 16);
    ck_assert_uint_eq(e->mechanism, AUTH_NTLM);
    ck_assert_uint_eq(e->level_asked, AUTH_LEVEL_CALL);
    ck_assert_uint_eq(e->level_sent, AUTH_LEVEL_PACKET);
    e = first(DCOM_INCOMING_AUTH);
    ck_assert_str_eq(e->account, "ALPHA\\opcuser");
    ck_assert_uint_eq(e->ntstatus, 0);
    ck_assert_uint_eq(e->level_sent, AUTH_LEVEL_PACKET);
    e = first(DCOM_INCOMING_CALL);
    ck_assert_uint_eq(e->opnum, ECHO_BACK);
    ck_assert_str_eq(e->account, "ALPHA\\opcuser");
    e = first(DCOM_CALL);
    ck_assert_uint_eq(e->opnum, ECHO_BACK);
    ck_assert_int_eq(e->err, ERR_OK);
    ck_assert_uint_eq(e->pdus, 2);
    ck_assert_uint_eq(e->bytes, 2 * (24 + 16 + 8 + 16));
    ck_assert_int_gt(e->elapsed_ns, 0);
    ck_assert_int_gt(e->time_ns, 0);
}
END_TEST

START_TEST(a_refused_logon_is_told_with_its_ntstatus_and_the_fault_it_led_to)
{
    static const struct auth_identity wrong = { "opcuser", "ALPHA", "wrong" };
    const struct dcom_event *e;

    ck_assert_int_eq(converse(AUTH_LEVEL_CONNECT, &wrong, ECHO_BACK), ERR_FAULT);
    e = first(DCOM_INCOMING_AUTH);
    ck_assert_uint_eq(e->ntstatus, 0xC000006A);
    ck_assert_str_eq(e->account, "ALPHA\\opcuser");
    e = first(DCOM_CALL);
    ck_assert_int_eq(e->err, ERR_FAULT);
    ck_assert_int_eq(e->shape, DCOM_WIRE_FAULT);
    ck_assert_uint_eq(e->status, 5);
    ck_assert_int_eq(count(DCOM_INCOMING_CALL), 0);
}
END_TEST

static bool holds(const uint8_t *data, size_t size, const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(data + i, text, length) == 0)
            return true;
    return false;
}

/* A fault with four bytes of extended error information, or a bind_nak. */
static void write_refusal(struct writer *w, bool nak)
{
    static const uint8_t signature[] = { 0x20, 0x03, 0x74, 0x90, 0xd0, 0xfa, 0xd3, 0x11,
                                         0x82, 0xd7, 0x00, 0x90, 0x27, 0xb1, 0x30, 0xab };
    size_t start = w->size;

    if (nak) {
        pdu_bind_nak_encode(w, 1, 0);
        writer_bytes(w, signature, sizeof signature);
    } else {
        pdu_fault_encode(w, 0, 1, 0, 5);
        w->data[start + PDU_HEADER + 7] = 1;
        store_u32(w->data + start + PDU_HEADER, PDU_FAULT_HEADER + 4);
    }
    writer_bytes(w, "EERR", 4);
    pdu_end(w, start, 0);
}

START_TEST(extended_error_information_is_kept_with_the_refusal)
{
    struct rpc_security none = { .mechanism = AUTH_NONE };
    struct rpc_connection *c;
    struct raw peer;
    socket_t pair[2];

    ck_assert_int_eq(socket_pair(pair), ERR_OK);
    ck_assert_int_eq(rpc_connection_adopt(pair[0], &c), ERR_OK);
    raw_init(&peer, pair[1]);
    write_refusal(&peer.channel.out, _i == 0);
    raw_send(&peer);
    ck_assert_int_ne(rpc_connection_bind(c, &echo_syntax, 1, &none, TEST_DEADLINE, &why), ERR_OK);
    ck_assert_int_eq(first(DCOM_BIND)->shape, _i == 0 ? DCOM_WIRE_BIND_NAK : DCOM_WIRE_FAULT);
    ck_assert_uint_eq(extended_error_size, 4);
    ck_assert_mem_eq(extended_error, "EERR", 4);
    rpc_connection_destroy(c);
    raw_cleanup(&peer);
}
END_TEST

START_TEST(pdus_are_shown_in_clear_and_without_tokens_at_every_level)
{
    static const uint8_t types[] = { PDU_BIND, PDU_BIND_ACK, PDU_AUTH3, PDU_REQUEST, PDU_RESPONSE };
    int clear = 0;

    ck_assert_int_eq(converse((enum auth_level)_i, &opcuser, ECHO_BACK), ERR_OK);
    ck_assert_int_eq(pdu_count, _i == AUTH_LEVEL_NONE ? 8 : 10);
    for (int i = 0; i < pdu_count; i++) {
        struct pdu pdu;

        /* Whole PDUs of their own, as Wireshark would want them. */
        ck_assert_int_eq(pdu_decode(pdus[i].data, pdus[i].size, &pdu), ERR_OK);
        ck_assert(!pdu.has_trailer);
        ck_assert(!holds(pdus[i].data, pdus[i].size, "NTLMSSP"));
        clear += holds(pdus[i].data, pdus[i].size, "what is called");
        if (pdu.header.type == PDU_REQUEST || pdu.header.type == PDU_RESPONSE)
            ck_assert_uint_eq(pdus[i].size, PDU_CALL_HEADER + 14);
    }
    ck_assert_int_eq(clear, 4); /* request and response, each by sender and receiver */
    for (size_t type = 0; type < sizeof types; type++) {
        int sent = 0, received = 0;

        for (int i = 0; i < pdu_count; i++) {
            if (pdus[i].data[2] != types[type])
                continue;
            sent += pdus[i].outgoing;
            received += !pdus[i].outgoing;
        }
        ck_assert_int_eq(sent, types[type] == PDU_AUTH3 && _i == AUTH_LEVEL_NONE ? 0 : 1);
        ck_assert_int_eq(received, sent);
    }
}
END_TEST

START_TEST(nothing_is_told_when_nobody_watches)
{
    dcom_set_observer(NULL, NULL);
    ck_assert(!dcom_observed());
    ck_assert_int_eq(converse(AUTH_LEVEL_PACKET, &opcuser, ECHO_BACK), ERR_OK);
    ck_assert_int_eq(event_count, 0);
    ck_assert_int_eq(pdu_count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rpc trace");
    TCase *told = tcase_create("told");

    tcase_add_checked_fixture(told, setup, teardown);
    tcase_add_test(told, a_call_is_told_from_connection_to_answer);
    tcase_add_test(told, a_refused_logon_is_told_with_its_ntstatus_and_the_fault_it_led_to);
    tcase_add_loop_test(told, extended_error_information_is_kept_with_the_refusal, 0, 2);
    tcase_add_loop_test(told, pdus_are_shown_in_clear_and_without_tokens_at_every_level, AUTH_LEVEL_NONE,
                        AUTH_LEVEL_PACKET_PRIVACY + 1);
    tcase_add_test(told, nothing_is_told_when_nobody_watches);
    suite_add_tcase(suite, told);
    return auth_suite_run(suite);
}
