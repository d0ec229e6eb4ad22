#include "dcom/rpc/verification.h"

#include <string.h>

#include "dcom/rpc/pdu_bind.h"

#define COMMAND_TYPE                  0x3FFF
#define COMMAND_BITMASK               0x0001
#define COMMAND_CONTEXT               0x0002
#define COMMAND_HEADER                0x0003
#define COMMAND_END                   0x4000
#define COMMAND_MUST_PROCESS          0x8000
#define CLIENT_SUPPORT_HEADER_SIGNING 0x00000001u
/* The three commands we know take 80 bytes with the signature; the rest is room for those we do not. */
#define TRAILER_MAXIMUM               256

static const uint8_t signature[8] = { 0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71 };
static const uint8_t drep[4] = { 0x10, 0, 0, 0 };

static bool read_and_compare(struct reader *r, const struct rpc_syntax *expected)
{
    struct rpc_syntax s;

    reader_copy(r, s.uuid.bytes, sizeof s.uuid.bytes);
    s.major = reader_u16(r);
    s.minor = reader_u16(r);
    return !r->failed && rpc_syntax_equal(&s, expected);
}

static bool header_agrees(struct reader *r, const struct verification *expected)
{
    uint8_t type = reader_u8(r);
    uint8_t claimed_drep[4];
    uint32_t call_id;
    uint16_t context_id, opnum;

    reader_take(r, 3); /* reserved */
    reader_copy(r, claimed_drep, sizeof claimed_drep);
    call_id = reader_u32(r);
    context_id = reader_u16(r);
    opnum = reader_u16(r);
    return !r->failed && type == PDU_REQUEST && memcmp(claimed_drep, drep, sizeof drep) == 0 &&
           call_id == expected->call_id && context_id == expected->context_id && opnum == expected->opnum;
}

static bool command_agrees(uint16_t command, struct reader *r, const struct verification *expected)
{
    switch (command & COMMAND_TYPE) {
    case COMMAND_BITMASK: {
        uint32_t bits = reader_u32(r);

        /* A client that signs headers says so in its bind; if the bind lacked the flag, somebody took it away. */
        return !r->failed && (!(bits & CLIENT_SUPPORT_HEADER_SIGNING) || expected->client_signs_headers);
    }
    case COMMAND_CONTEXT:
        return read_and_compare(r, expected->abstract) && read_and_compare(r, expected->transfer);
    case COMMAND_HEADER:
        return header_agrees(r, expected);
    default:
        return !(command & COMMAND_MUST_PROCESS);
    }
}

/* Walks the commands without judging them: true when they end exactly where the stub ends. */
static bool is_trailer(const uint8_t *data, size_t size)
{
    struct reader r;
    uint16_t command;

    reader_init(&r, data, size);
    if (memcmp(data, signature, sizeof signature) != 0)
        return false;
    reader_take(&r, sizeof signature);
    do {
        command = reader_u16(&r);
        reader_take(&r, reader_u16(&r));
    } while (!r.failed && !(command & COMMAND_END));
    return !r.failed && reader_left(&r) == 0;
}

enum err verification_check(const uint8_t *stub, size_t *stub_size, const struct verification *expected)
{
    size_t found = 0;
    struct reader r;
    uint16_t command;

    /* Signature and commands are multiples of four bytes, so the start is too, counted from the end. */
    for (size_t back = sizeof signature + 4; back <= *stub_size && back <= TRAILER_MAXIMUM; back += 4)
        if (is_trailer(stub + *stub_size - back, back))
            found = back;
    if (found == 0)
        return ERR_OK;

    reader_init(&r, stub + *stub_size - found, found);
    reader_take(&r, sizeof signature);
    do {
        struct reader value;

        command = reader_u16(&r);
        value = reader_sub(&r, reader_u16(&r));
        if (!command_agrees(command, &value, expected))
            return ERR_AUTH;
    } while (!(command & COMMAND_END));
    *stub_size -= found;
    return ERR_OK;
}
