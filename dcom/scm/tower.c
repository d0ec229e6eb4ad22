#include "dcom/scm/tower.h"

#include <string.h>

/* Protocol identifiers of floors ([C706] appendix I). */
enum floor_protocol {
    FLOOR_TCP = 0x07,
    FLOOR_IP = 0x09,
    FLOOR_RPC_CONNECTION = 0x0B,
    FLOOR_UUID = 0x0D
};

#define FLOORS        5  /* of a TCP tower */
#define SYNTAX_LEFT   19 /* protocol, UUID, major version */
#define SYNTAX_MINOR  2
#define PORT_BYTES    2
#define ADDRESS_BYTES 4
#define RPC_V5_MINOR  0 /* connection-oriented RPC is version 5.0 */

/* One floor: what stands left identifies the protocol, what stands right is its address data. */
struct floor {
    struct reader left, right;
};

static void put_syntax_floor(struct writer *w, const struct rpc_syntax *syntax)
{
    writer_u16(w, SYNTAX_LEFT);
    writer_u8(w, FLOOR_UUID);
    writer_bytes(w, syntax->uuid.bytes, sizeof syntax->uuid.bytes);
    writer_u16(w, syntax->major);
    writer_u16(w, SYNTAX_MINOR);
    writer_u16(w, syntax->minor);
}

static void put_floor(struct writer *w, enum floor_protocol protocol, const uint8_t *data, uint16_t size)
{
    writer_u16(w, 1);
    writer_u8(w, (uint8_t)protocol);
    writer_u16(w, size);
    writer_bytes(w, data, size);
}

void tower_encode(struct writer *w, const struct tower *tower)
{
    /* Port and address are the only big-endian numbers here. */
    const uint8_t port[PORT_BYTES] = { (uint8_t)(tower->port >> 8), (uint8_t)tower->port };
    const uint8_t version[] = { RPC_V5_MINOR, 0 };

    writer_u16(w, FLOORS);
    put_syntax_floor(w, &tower->abstract);
    put_syntax_floor(w, &tower->transfer);
    put_floor(w, FLOOR_RPC_CONNECTION, version, sizeof version);
    put_floor(w, FLOOR_TCP, port, sizeof port);
    put_floor(w, FLOOR_IP, tower->address, ADDRESS_BYTES);
}

static struct floor next_floor(struct reader *r)
{
    struct floor floor;

    floor.left = reader_sub(r, reader_u16(r));
    floor.right = reader_sub(r, reader_u16(r));
    return floor;
}

/* False: the floor identifies no interface. */
static bool get_syntax(struct floor *floor, struct rpc_syntax *out)
{
    bool is_syntax =
        floor->left.size == SYNTAX_LEFT && floor->right.size == SYNTAX_MINOR && reader_u8(&floor->left) == FLOOR_UUID;

    reader_copy(&floor->left, out->uuid.bytes, sizeof out->uuid.bytes);
    out->major = reader_u16(&floor->left);
    out->minor = reader_u16(&floor->right);
    return is_syntax && !floor->left.failed && !floor->right.failed;
}

/* Whether the floor is of that protocol, with so much address data; the data is copied. */
static bool get_floor(struct floor *floor, enum floor_protocol protocol, uint8_t *data, size_t size)
{
    if (floor->left.size != 1 || reader_u8(&floor->left) != protocol || floor->right.size != size)
        return false;
    reader_copy(&floor->right, data, size);
    return true;
}

enum err tower_decode(const uint8_t *octets, size_t size, struct tower *out)
{
    struct floor floors[TOWER_FLOORS_MAXIMUM];
    uint8_t version[2], port[PORT_BYTES];
    struct reader r;

    memset(out, 0, sizeof *out);
    if (size > TOWER_BYTES_MAXIMUM)
        return ERR_PROTOCOL;
    reader_init(&r, octets, size);
    unsigned count = reader_u16(&r);
    if (count > TOWER_FLOORS_MAXIMUM)
        return ERR_PROTOCOL;
    for (unsigned i = 0; i < count; i++)
        floors[i] = next_floor(&r);
    if (r.failed || reader_left(&r) > 0 || count < 2 || !get_syntax(&floors[0], &out->abstract) ||
        !get_syntax(&floors[1], &out->transfer))
        return ERR_PROTOCOL;
    if (count != FLOORS || !get_floor(&floors[2], FLOOR_RPC_CONNECTION, version, sizeof version) ||
        !get_floor(&floors[3], FLOOR_TCP, port, sizeof port) ||
        !get_floor(&floors[4], FLOOR_IP, out->address, sizeof out->address))
        return ERR_UNSUPPORTED;
    out->port = (uint16_t)(port[0] << 8 | port[1]);
    return ERR_OK;
}
