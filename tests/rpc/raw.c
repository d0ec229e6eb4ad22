#include "tests/rpc/raw.h"

#include <check.h>
#include <string.h>

void raw_init(struct raw *r, socket_t socket)
{
    memset(r, 0, sizeof *r);
    ck_assert_int_eq(channel_init(&r->channel, socket), ERR_OK);
}

void raw_cleanup(struct raw *r)
{
    channel_cleanup(&r->channel);
}

void raw_send(struct raw *r)
{
    ck_assert_int_eq(channel_flush(&r->channel, TEST_DEADLINE), ERR_OK);
}

struct pdu raw_receive(struct raw *r)
{
    struct pdu pdu;

    ck_assert_int_eq(channel_receive(&r->channel, TEST_DEADLINE, &pdu), ERR_OK);
    return pdu;
}

struct pdu raw_receive_end(struct raw *r)
{
    struct pdu last = { .header.type = 0xFF };
    struct pdu pdu;
    enum err e;

    while ((e = channel_receive(&r->channel, TEST_DEADLINE, &pdu)) == ERR_OK)
        last = pdu;
    ck_assert_int_eq(e, ERR_CLOSED);
    return last;
}

uint32_t raw_receive_fault(struct raw *r)
{
    struct pdu pdu = raw_receive(r);
    struct pdu_call call;

    ck_assert_uint_eq(pdu.header.type, PDU_FAULT);
    ck_assert_int_eq(pdu_call_decode(&pdu, &call), ERR_OK);
    return call.status;
}

size_t raw_bind_begin(struct raw *r, uint8_t type, unsigned count, uint16_t max_receive, uint32_t group)
{
    struct pdu_bind bind = { .max_send = 5840, .max_receive = max_receive, .group = group, .count = count };

    return pdu_bind_begin(&r->channel.out, type, PDU_WHOLE, ++r->call_id, &bind);
}

const struct rpc_syntax raw_all_features = {
    { { 0x2c, 0x1c, 0xb7, 0x6c, 0x12, 0x98, 0x40, 0x45, 0xff, 0, 0, 0, 0, 0, 0, 0 } }, 1, 0
};

void raw_offer(struct raw *r, uint16_t id, const struct rpc_syntax *abstract, const struct rpc_syntax *transfer)
{
    struct writer *w = &r->channel.out;

    pdu_offer_encode(w, id, abstract);
    memcpy(w->data + w->size - 20, transfer->uuid.bytes, 16);
    store_u16(w->data + w->size - 4, transfer->major);
    store_u16(w->data + w->size - 2, transfer->minor);
}

struct pdu_bind_ack raw_exchange_bind(struct raw *r, size_t start, uint8_t expected)
{
    struct pdu_bind_ack ack;
    struct pdu pdu;

    pdu_end(&r->channel.out, start, 0);
    raw_send(r);
    pdu = raw_receive(r);
    ck_assert_uint_eq(pdu.header.type, expected);
    ck_assert_uint_eq(pdu.header.call_id, r->call_id);
    ck_assert_int_eq(pdu_bind_ack_decode(&pdu, &ack), ERR_OK);
    return ack;
}

void raw_bind(struct raw *r)
{
    size_t start = raw_bind_begin(r, PDU_BIND, 1, 5840, 0);

    pdu_offer_encode(&r->channel.out, 0, &echo_syntax);
    pdu_end(&r->channel.out, start, 0);
    raw_send(r);
    ck_assert_uint_eq(raw_receive(r).header.type, PDU_BIND_ACK);
}

void raw_bind_ntlm(struct raw *r, uint8_t type, uint32_t id, enum auth_level level, struct security *out)
{
    struct auth_initiator_options options = { .level = auth_level_on_wire(level), .identity = &opcuser };
    struct writer token;
    struct pdu answer;
    size_t start;
    bool done;

    *out = (struct security){ .id = id, .mechanism = AUTH_NTLM, .level = level };
    ck_assert_int_eq(auth_find(AUTH_NTLM)->initiate(&options, &out->auth), ERR_OK);
    writer_init(&token, 65536);
    ck_assert_int_eq(out->auth->ops->step(out->auth, NULL, 0, &token, &done), ERR_OK);
    start = raw_bind_begin(r, type, 1, 5840, 0);
    pdu_offer_encode(&r->channel.out, 0, &echo_syntax);
    security_end_leg(out, &r->channel.out, start, &token);
    raw_send(r);
    answer = raw_receive(r);
    ck_assert_uint_eq(answer.header.type, type == PDU_BIND ? PDU_BIND_ACK : PDU_ALTER_CONTEXT_RESP);
    writer_reset(&token);
    ck_assert_int_eq(out->auth->ops->step(out->auth, answer.trailer.token, answer.trailer.token_size, &token, &done),
                     ERR_OK);
    ck_assert(done);
    start = pdu_auth3_begin(&r->channel.out, PDU_WHOLE, r->call_id);
    security_end_leg(out, &r->channel.out, start, &token);
    raw_send(r);
    writer_cleanup(&token);
    out->level = auth_level_on_wire(level);
    out->established = true;
}

void raw_request(struct raw *r, uint8_t flags, uint16_t context_id, uint16_t opnum, const void *stub, size_t size)
{
    struct pdu_call call = { .context_id = context_id, .opnum = opnum };
    size_t start;

    if (flags & PDU_FIRST)
        r->call_id++;
    start = pdu_request_begin(&r->channel.out, flags, r->call_id, &call);
    writer_bytes(&r->channel.out, stub, size);
    pdu_end(&r->channel.out, start, 0);
}
