#include "dcom/rpc/pdu.h"

#include <string.h>

#define VERSION_MAJOR            5
#define VERSION_MINOR            0
#define DREP_LITTLE_ENDIAN_ASCII 0x10 /* [C706] 14.1: integers little-endian, characters ASCII */
#define DREP_IEEE                0x00
#define FAULT_EXTENDED_ERROR     0x01 /* in the reserved byte, [MS-RPCE] 2.2.2.8 */
#define RPC_E_SERVERFAULT        0x80010105u

const struct rpc_syntax rpc_syntax_ndr = {
    { { 0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60 } }, 2, 0
};

enum err pdu_header_decode(const uint8_t data[PDU_HEADER], struct pdu_header *out)
{
    *out = (struct pdu_header){ .type = data[2],
                                .flags = data[3],
                                .size = load_u16(data + 8),
                                .auth_size = load_u16(data + 10),
                                .call_id = load_u32(data + 12) };
    /* [MS-RPCE] 3.3.1.5.1: only 5.0 exists. */
    if (data[0] != VERSION_MAJOR || data[1] != VERSION_MINOR)
        return ERR_PROTOCOL;
    if (data[4] != DREP_LITTLE_ENDIAN_ASCII || data[5] != DREP_IEEE)
        return ERR_UNSUPPORTED;
    if (out->size < PDU_HEADER)
        return ERR_PROTOCOL;
    return ERR_OK;
}

enum err pdu_decode(uint8_t *data, size_t size, struct pdu *out)
{
    struct reader body;
    const uint8_t *trailer;
    enum err e;

    *out = (struct pdu){ .data = data };
    if (size < PDU_HEADER)
        return ERR_PROTOCOL;
    e = pdu_header_decode(data, &out->header);
    if (e)
        return e;
    if (out->header.size != size)
        return ERR_PROTOCOL;
    out->body_end = size;
    /* [MS-RPCE] 2.2.2.11: without a token there is no sec_trailer either. */
    if (out->header.auth_size == 0)
        return ERR_OK;

    reader_init(&body, data + PDU_HEADER, size - PDU_HEADER);
    if (reader_left(&body) < (size_t)out->header.auth_size + PDU_TRAILER)
        return ERR_PROTOCOL;
    out->body_end = size - out->header.auth_size - PDU_TRAILER;
    trailer = data + out->body_end;
    out->has_trailer = true;
    out->trailer = (struct pdu_trailer){ .mechanism = trailer[0],
                                         .level = trailer[1],
                                         .pad_size = trailer[2],
                                         .context_id = load_u32(trailer + 4),
                                         .token = trailer + PDU_TRAILER,
                                         .token_size = out->header.auth_size };
    return ERR_OK;
}

struct reader pdu_body(const struct pdu *pdu)
{
    struct reader r;

    reader_init(&r, pdu->data + PDU_HEADER, pdu->body_end - PDU_HEADER);
    return r;
}

/* [MS-RPCE] 2.2.2.8: what lies behind the header, as long as the hint says. One that says nonsense has none. */
static struct pdu_extended_error extended_error_of_fault(struct reader r, uint32_t alloc_hint)
{
    struct pdu_extended_error found = { 0 };
    size_t size = alloc_hint > PDU_FAULT_HEADER ? alloc_hint - PDU_FAULT_HEADER : 0;

    if (size > 0 && size <= reader_left(&r))
        found = (struct pdu_extended_error){ reader_take(&r, size), size };
    return found;
}

enum err pdu_call_decode(const struct pdu *pdu, struct pdu_call *out)
{
    struct reader r = pdu_body(pdu);
    bool extended;

    *out = (struct pdu_call){ 0 };
    out->alloc_hint = reader_u32(&r);
    out->context_id = reader_u16(&r);
    switch (pdu->header.type) {
    case PDU_REQUEST:
        out->opnum = reader_u16(&r);
        out->has_object = pdu->header.flags & PDU_OBJECT;
        if (out->has_object)
            reader_copy(&r, out->object.bytes, sizeof out->object.bytes);
        break;
    case PDU_RESPONSE:
        reader_u16(&r); /* cancel_count and a reserved byte */
        break;
    case PDU_FAULT:
        reader_u8(&r); /* cancel_count */
        extended = reader_u8(&r) & FAULT_EXTENDED_ERROR;
        out->status = reader_u32(&r);
        reader_u32(&r);
        if (extended)
            out->extended_error = extended_error_of_fault(r, out->alloc_hint);
        break;
    default:
        return ERR_PROTOCOL;
    }
    if (r.failed)
        return ERR_PROTOCOL;
    out->stub_at = PDU_HEADER + r.at;
    return ERR_OK;
}

bool pdu_stub(const struct pdu *pdu, const struct pdu_call *call, const uint8_t **stub, size_t *size)
{
    size_t pad = pdu->has_trailer ? pdu->trailer.pad_size : 0;
    size_t room = pdu->body_end - call->stub_at;

    *stub = pdu->data + call->stub_at;
    *size = 0;
    if (pad > room)
        return false;
    *size = room - pad;
    return true;
}

size_t pdu_begin(struct writer *w, uint8_t type, uint8_t flags, uint32_t call_id)
{
    size_t start = w->size;

    writer_u8(w, VERSION_MAJOR);
    writer_u8(w, VERSION_MINOR);
    writer_u8(w, type);
    writer_u8(w, flags);
    writer_u32(w, DREP_LITTLE_ENDIAN_ASCII);
    writer_u32(w, 0); /* frag_length and auth_length, known at pdu_end */
    writer_u32(w, call_id);
    return start;
}

void pdu_trailer_encode(struct writer *w, const struct pdu_trailer *trailer)
{
    writer_u8(w, trailer->mechanism);
    writer_u8(w, trailer->level);
    writer_u8(w, trailer->pad_size);
    writer_u8(w, 0);
    writer_u32(w, trailer->context_id);
}

void pdu_end(struct writer *w, size_t start, size_t auth_size)
{
    if (!w->failed && w->size - start > PDU_SIZE_MAXIMUM)
        w->failed = true;
    if (w->failed)
        return;
    writer_set_u16(w, start + 8, (uint16_t)(w->size - start));
    writer_set_u16(w, start + 10, (uint16_t)auth_size);
}

size_t pdu_request_begin(struct writer *w, uint8_t flags, uint32_t call_id, const struct pdu_call *call)
{
    size_t start = pdu_begin(w, PDU_REQUEST, call->has_object ? flags | PDU_OBJECT : flags, call_id);

    writer_u32(w, call->alloc_hint);
    writer_u16(w, call->context_id);
    writer_u16(w, call->opnum);
    if (call->has_object)
        writer_bytes(w, call->object.bytes, sizeof call->object.bytes);
    return start;
}

size_t pdu_response_begin(struct writer *w, uint8_t flags, uint32_t call_id, const struct pdu_call *call)
{
    size_t start = pdu_begin(w, PDU_RESPONSE, flags, call_id);

    writer_u32(w, call->alloc_hint);
    writer_u16(w, call->context_id);
    writer_u16(w, 0);
    return start;
}

void pdu_fault_encode(struct writer *w, uint8_t flags, uint32_t call_id, uint16_t context_id, uint32_t status)
{
    size_t start = pdu_begin(w, PDU_FAULT, flags | PDU_WHOLE, call_id);

    writer_u32(w, PDU_FAULT_HEADER); /* alloc_hint: Windows counts the header, and so tells "no extended error" */
    writer_u16(w, context_id);
    writer_u16(w, 0);
    writer_u32(w, status);
    writer_u32(w, 0);
    pdu_end(w, start, 0);
}

void pdu_bare_encode(struct writer *w, uint8_t type, uint32_t call_id)
{
    pdu_end(w, pdu_begin(w, type, PDU_WHOLE, call_id), 0);
}

uint32_t rpc_status_sendable(uint32_t status)
{
    static const uint32_t reserved[] = { 0x00000000, 0x80000001, 0x80000002, 0x80000003, 0xC0000005,
                                         0xC0000006, 0xC000001D, 0xC0000096, 0xC00000AA, 0xC00000FD,
                                         0xC0000194, 0xC0000235, 0xC0000409, 0xC0000420 };

    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (status == reserved[i])
            return RPC_E_SERVERFAULT;
    return status;
}
