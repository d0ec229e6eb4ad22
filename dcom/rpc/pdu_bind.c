#include "dcom/rpc/pdu_bind.h"

#include <string.h>

#define SYNTAX_SIZE 20 /* p_syntax_id_t: UUID and version */

/* 6CB71C2C-9812-4540 in wire order; the bitmask of features follows it ([MS-RPCE] 3.3.1.5.3). */
static const uint8_t features_prefix[8] = { 0x2c, 0x1c, 0xb7, 0x6c, 0x12, 0x98, 0x40, 0x45 };

static struct rpc_syntax read_syntax(struct reader *r)
{
    struct rpc_syntax s;

    reader_copy(r, s.uuid.bytes, sizeof s.uuid.bytes);
    s.major = reader_u16(r);
    s.minor = reader_u16(r);
    return s;
}

static void write_syntax(struct writer *w, const struct rpc_syntax *s)
{
    writer_bytes(w, s->uuid.bytes, sizeof s->uuid.bytes);
    writer_u16(w, s->major);
    writer_u16(w, s->minor);
}

enum err pdu_bind_decode(const struct pdu *pdu, struct pdu_bind *out)
{
    struct reader r = pdu_body(pdu);

    *out = (struct pdu_bind){ 0 };
    out->max_send = reader_u16(&r);
    out->max_receive = reader_u16(&r);
    out->group = reader_u32(&r);
    out->count = reader_u8(&r);
    if (out->count > 0) /* without elements the list may end here */
        reader_take(&r, 3);
    out->items = reader_sub(&r, reader_left(&r));
    return r.failed ? ERR_PROTOCOL : ERR_OK;
}

bool pdu_bind_next(struct pdu_bind *bind, struct pdu_offer *out)
{
    struct reader *r = &bind->items;

    *out = (struct pdu_offer){ 0 };
    out->id = reader_u16(r);
    out->transfer_count = reader_u8(r);
    reader_u8(r); /* reserved */
    out->abstract = read_syntax(r);
    out->transfers = reader_sub(r, (size_t)out->transfer_count * SYNTAX_SIZE);
    return !r->failed;
}

bool pdu_syntax_next(struct pdu_offer *offer, struct rpc_syntax *out)
{
    if (reader_left(&offer->transfers) < SYNTAX_SIZE)
        return false;
    *out = read_syntax(&offer->transfers);
    return true;
}

size_t pdu_bind_begin(struct writer *w, uint8_t type, uint8_t flags, uint32_t call_id, const struct pdu_bind *bind)
{
    size_t start = pdu_begin(w, type, flags, call_id);

    writer_u16(w, bind->max_send);
    writer_u16(w, bind->max_receive);
    writer_u32(w, bind->group);
    writer_u8(w, (uint8_t)bind->count);
    writer_zeros(w, 3);
    return start;
}

static void write_offer(struct writer *w, uint16_t id, const struct rpc_syntax *abstract,
                        const struct rpc_syntax *transfer)
{
    writer_u16(w, id);
    writer_u8(w, 1);
    writer_u8(w, 0);
    write_syntax(w, abstract);
    write_syntax(w, transfer);
}

void pdu_offer_encode(struct writer *w, uint16_t id, const struct rpc_syntax *abstract)
{
    write_offer(w, id, abstract, &rpc_syntax_ndr);
}

void pdu_features_encode(struct writer *w, uint16_t id, const struct rpc_syntax *abstract)
{
    struct rpc_syntax features = { .major = 1 };

    memcpy(features.uuid.bytes, features_prefix, sizeof features_prefix);
    features.uuid.bytes[sizeof features_prefix] = PDU_FEATURE_SECURITY_MULTIPLEXING | PDU_FEATURE_KEEP_ON_ORPHAN;
    write_offer(w, id, abstract, &features);
}

enum err pdu_bind_ack_decode(const struct pdu *pdu, struct pdu_bind_ack *out)
{
    struct reader r = pdu_body(pdu);

    *out = (struct pdu_bind_ack){ 0 };
    out->max_send = reader_u16(&r);
    out->max_receive = reader_u16(&r);
    out->group = reader_u32(&r);
    reader_take(&r, reader_u16(&r)); /* the secondary address means nothing ([MS-RPCE] 3.3.1.5.5) */
    reader_align(&r, 4);
    out->count = reader_u8(&r);
    reader_take(&r, 3);
    out->items = reader_sub(&r, reader_left(&r));
    return r.failed ? ERR_PROTOCOL : ERR_OK;
}

bool pdu_result_next(struct pdu_bind_ack *ack, struct pdu_result *out)
{
    struct reader *r = &ack->items;

    out->result = reader_u16(r);
    out->reason = reader_u16(r);
    out->transfer = read_syntax(r);
    return !r->failed;
}

size_t pdu_bind_ack_begin(struct writer *w, uint8_t type, uint8_t flags, uint32_t call_id,
                          const struct pdu_bind_ack *ack, const char *address)
{
    size_t start = pdu_begin(w, type, flags, call_id);
    size_t length = address[0] ? strlen(address) + 1 : 0;

    writer_u16(w, ack->max_send);
    writer_u16(w, ack->max_receive);
    writer_u32(w, ack->group);
    writer_u16(w, (uint16_t)length);
    writer_bytes(w, address, length);
    writer_zeros(w, (size_t) - (w->size - start) % 4);
    writer_u8(w, (uint8_t)ack->count);
    writer_zeros(w, 3);
    return start;
}

void pdu_result_encode(struct writer *w, const struct pdu_result *result)
{
    writer_u16(w, result->result);
    writer_u16(w, result->reason);
    write_syntax(w, &result->transfer);
}

void pdu_bind_nak_encode(struct writer *w, uint32_t call_id, uint16_t reason)
{
    size_t start = pdu_begin(w, PDU_BIND_NAK, PDU_WHOLE, call_id);

    writer_u16(w, reason);
    writer_u8(w, 1); /* one supported version: 5.0 */
    writer_u8(w, 5);
    writer_u8(w, 0);
    writer_zeros(w, 3); /* Windows and Samba end it at a multiple of four, and Samba's suite asks for that */
    pdu_end(w, start, 0);
}

enum err pdu_bind_nak_decode(const struct pdu *pdu, uint16_t *reason)
{
    struct reader r = pdu_body(pdu);

    *reason = reader_u16(&r);
    return r.failed ? ERR_PROTOCOL : ERR_OK;
}

struct pdu_extended_error pdu_bind_nak_extended_error(const struct pdu *pdu)
{
    /* 90740320-fad0-11d3-82d7-009027b130ab */
    static const uint8_t signature[16] = { 0x20, 0x03, 0x74, 0x90, 0xd0, 0xfa, 0xd3, 0x11,
                                           0x82, 0xd7, 0x00, 0x90, 0x27, 0xb1, 0x30, 0xab };
    struct pdu_extended_error found = { 0 };
    struct reader r = pdu_body(pdu);
    uint8_t claimed[sizeof signature];

    reader_u16(&r); /* reason */
    reader_take(&r, (size_t)reader_u8(&r) * 2);
    reader_align(&r, 4);
    reader_copy(&r, claimed, sizeof claimed);
    if (r.failed || memcmp(claimed, signature, sizeof signature) != 0)
        return found;
    found.size = reader_left(&r);
    found.data = reader_take(&r, found.size);
    return found;
}

size_t pdu_auth3_begin(struct writer *w, uint8_t flags, uint32_t call_id)
{
    size_t start = pdu_begin(w, PDU_AUTH3, flags, call_id);

    writer_u32(w, 0);
    return start;
}

bool rpc_syntax_equal(const struct rpc_syntax *a, const struct rpc_syntax *b)
{
    return memcmp(a->uuid.bytes, b->uuid.bytes, sizeof a->uuid.bytes) == 0 && a->major == b->major &&
           a->minor == b->minor;
}

bool pdu_syntax_is_features(const struct rpc_syntax *s, uint8_t *features)
{
    *features = 0;
    if (memcmp(s->uuid.bytes, features_prefix, sizeof features_prefix) != 0 || s->major != 1 || s->minor != 0)
        return false;
    *features = s->uuid.bytes[sizeof features_prefix];
    return true;
}
