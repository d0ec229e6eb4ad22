#include "tests/captures/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/bytes.h"

#define SEGMENTS_MAXIMUM   65536
#define INTERFACES_MAXIMUM 16

/* Blocks of pcapng (draft-ietf-opsawg-pcapng 4) */
#define BLOCK_SECTION    0x0A0D0D0Au
#define BLOCK_INTERFACE  1u
#define BLOCK_PACKET     6u
#define BYTE_ORDER_MAGIC 0x1A2B3C4Du
#define BLOCK_FRAME      12 /* type and length, and the length again behind the body */
#define LINK_ETHERNET    1

#define ETHERNET_IPV4 0x0800
#define ETHERNET_IPV6 0x86DD
#define ETHERNET_VLAN 0x8100
#define PROTOCOL_TCP  6
#define IPV4_HEADER   20
#define IPV4_FRAGMENT 0x3FFF /* more fragments, or not the first one */
#define TCP_HEADER    20
#define TCP_SYN       0x02
#define TCP_ACK       0x10

#define PDU_HEADER        16
#define PDU_LENGTH_AT     8 /* frag_length */
#define PDU_LITTLE_ENDIAN 0x10

struct end_point {
    uint8_t address[16]; /* those of IPv4 fill the first four bytes */
    uint16_t port;
};

struct capture_connection {
    struct end_point client, server;
    struct {
        struct capture_stream stream;
        uint32_t first; /* sequence number of the first byte */
        bool started;
    } side[2];
};

struct segment {
    size_t connection;
    enum capture_direction direction;
    int32_t at;          /* place in the stream */
    size_t number;       /* of arrival */
    const uint8_t *data; /* borrowed from the file */
    size_t size;
};

/* A file being read. */
struct parse {
    struct capture *capture;
    uint16_t links[INTERFACES_MAXIMUM]; /* link types of this section's interfaces */
    size_t link_count;
    struct segment *segments;
    size_t segment_count;
};

/* Network byte order; two statements, since the order of evaluation counts. */
static uint16_t network_u16(struct reader *r)
{
    uint16_t high = reader_u8(r);

    return (uint16_t)(high << 8 | reader_u8(r));
}

static uint32_t network_u32(struct reader *r)
{
    uint32_t high = network_u16(r);

    return high << 16 | network_u16(r);
}

static bool same_end(const struct end_point *a, const struct end_point *b)
{
    return a->port == b->port && memcmp(a->address, b->address, sizeof a->address) == 0;
}

/* Finds or makes the connection of a packet. Who sends first is its client, unless that is an answer to a SYN. */
static struct capture_connection *connection_of(struct capture *c, const struct end_point *from,
                                                const struct end_point *to, uint8_t flags,
                                                enum capture_direction *direction)
{
    bool answer = (flags & TCP_SYN) && (flags & TCP_ACK);
    struct capture_connection *made;

    for (size_t i = 0; i < c->count; i++) {
        struct capture_connection *known = &c->connections[i];
        bool to_server = same_end(&known->client, from) && same_end(&known->server, to);

        if (to_server || (same_end(&known->client, to) && same_end(&known->server, from))) {
            *direction = to_server ? CAPTURE_TO_SERVER : CAPTURE_TO_CLIENT;
            return known;
        }
    }
    if (c->count == CAPTURE_CONNECTIONS_MAXIMUM)
        return NULL;
    made = &c->connections[c->count++];
    made->client = answer ? *to : *from;
    made->server = answer ? *from : *to;
    *direction = answer ? CAPTURE_TO_CLIENT : CAPTURE_TO_SERVER;
    return made;
}

static void read_tcp(struct parse *p, struct reader *r, struct end_point *from, struct end_point *to)
{
    enum capture_direction direction;
    struct capture_connection *connection;
    uint32_t sequence;
    uint8_t offset, flags;
    size_t size;

    from->port = network_u16(r);
    to->port = network_u16(r);
    sequence = network_u32(r);
    reader_take(r, 4); /* acknowledged */
    offset = reader_u8(r) >> 4;
    flags = reader_u8(r);
    reader_take(r, 6); /* window, checksum, urgent */
    if (offset < TCP_HEADER / 4)
        reader_fail(r);
    else
        reader_take(r, offset * 4u - TCP_HEADER);
    if (r->failed || !(connection = connection_of(p->capture, from, to, flags, &direction)))
        return;
    if (flags & TCP_SYN)
        sequence++;
    if (!connection->side[direction].started) {
        connection->side[direction].started = true;
        connection->side[direction].first = sequence;
    }
    size = reader_left(r);
    if (size == 0 || p->segment_count == SEGMENTS_MAXIMUM)
        return;
    p->segments[p->segment_count] = (struct segment){ .connection = (size_t)(connection - p->capture->connections),
                                                      .direction = direction,
                                                      .at = (int32_t)(sequence - connection->side[direction].first),
                                                      .number = p->segment_count,
                                                      .data = reader_take(r, size),
                                                      .size = size };
    p->segment_count++;
}

static void read_ipv4(struct parse *p, struct reader *r)
{
    struct end_point from = { 0 }, to = { 0 };
    size_t header = (reader_u8(r) & 15u) * 4u, size;
    uint16_t fragment;
    struct reader rest;

    reader_take(r, 1); /* kind of service */
    size = network_u16(r);
    reader_take(r, 2);
    fragment = network_u16(r) & IPV4_FRAGMENT;
    reader_take(r, 1); /* time to live */
    if (reader_u8(r) != PROTOCOL_TCP || fragment != 0 || header < IPV4_HEADER || size < header)
        return;
    reader_take(r, 2);
    reader_copy(r, from.address, 4);
    reader_copy(r, to.address, 4);
    reader_take(r, header - IPV4_HEADER);
    rest = reader_sub(r, size - header); /* short packets are padded to Ethernet's minimum */
    read_tcp(p, &rest, &from, &to);
}

/* Packets with extension headers are passed over: no capture of RPC has any. */
static void read_ipv6(struct parse *p, struct reader *r)
{
    struct end_point from = { 0 }, to = { 0 };
    struct reader rest;
    size_t size;

    reader_take(r, 4); /* version, class, flow label */
    size = network_u16(r);
    if (reader_u8(r) != PROTOCOL_TCP)
        return;
    reader_take(r, 1); /* hop limit */
    reader_copy(r, from.address, 16);
    reader_copy(r, to.address, 16);
    rest = reader_sub(r, size);
    read_tcp(p, &rest, &from, &to);
}

static void read_ethernet(struct parse *p, struct reader *r)
{
    uint16_t type;

    reader_take(r, 12); /* addresses */
    type = network_u16(r);
    if (type == ETHERNET_VLAN) {
        reader_take(r, 2);
        type = network_u16(r);
    }
    if (type == ETHERNET_IPV4)
        read_ipv4(p, r);
    else if (type == ETHERNET_IPV6)
        read_ipv6(p, r);
}

/* A damaged packet is passed over; what it carried is missing from its stream. */
static void read_packet(struct parse *p, struct reader *body)
{
    uint32_t number = reader_u32(body);
    struct reader packet;

    reader_take(body, 8); /* time stamp */
    uint32_t size = reader_u32(body);
    reader_take(body, 4); /* size on the wire */
    packet = reader_sub(body, size);
    if (number < p->link_count && p->links[number] == LINK_ETHERNET)
        read_ethernet(p, &packet);
}

static bool read_section(struct parse *p, struct reader *body)
{
    p->link_count = 0;
    return reader_u32(body) == BYTE_ORDER_MAGIC;
}

/* One block; false when the file ends here or is no pcapng. */
static bool read_block(struct parse *p, struct reader *file)
{
    uint32_t type = reader_u32(file), size = reader_u32(file);
    struct reader body;

    /* Bodies are padded to four bytes, so a whole one is a multiple of them. */
    if (size < BLOCK_FRAME || size % 4 != 0)
        return false;
    body = reader_sub(file, size - BLOCK_FRAME);
    if (reader_u32(file) != size || file->failed)
        return false;
    if (type == BLOCK_SECTION)
        return read_section(p, &body);
    if (type == BLOCK_INTERFACE && p->link_count < INTERFACES_MAXIMUM)
        p->links[p->link_count++] = reader_u16(&body);
    else if (type == BLOCK_PACKET)
        read_packet(p, &body);
    return true;
}

static int by_place(const void *left, const void *right)
{
    const struct segment *a = left, *b = right;

    if (a->connection != b->connection)
        return a->connection < b->connection ? -1 : 1;
    if (a->direction != b->direction)
        return a->direction < b->direction ? -1 : 1;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

/* Appends the part of a segment that is new. Behind a gap nothing is: every later segment lies there too. */
static void append(struct capture_stream *stream, const struct segment *s)
{
    size_t at = (size_t)s->at, known;
    uint8_t *larger;

    if (s->at < 0 || at > stream->size || stream->size - at >= s->size)
        return;
    known = stream->size - at;
    larger = realloc(stream->data, at + s->size);
    if (!larger)
        abort();
    memcpy(larger + stream->size, s->data + known, s->size - known);
    stream->data = larger;
    stream->size = at + s->size;
}

bool capture_parse(struct capture *c, const void *data, size_t size)
{
    struct parse p = { .capture = c, .segments = calloc(SEGMENTS_MAXIMUM, sizeof *p.segments) };
    struct reader file;
    bool good;

    *c = (struct capture){ .connections = calloc(CAPTURE_CONNECTIONS_MAXIMUM, sizeof *c->connections) };
    if (!p.segments || !c->connections)
        abort();
    reader_init(&file, data, size);
    good = size >= BLOCK_FRAME && load_u32(data) == BLOCK_SECTION;
    while (good && reader_left(&file) > 0)
        good = read_block(&p, &file);
    qsort(p.segments, p.segment_count, sizeof *p.segments, by_place);
    for (size_t i = 0; i < p.segment_count; i++)
        append(&c->connections[p.segments[i].connection].side[p.segments[i].direction].stream, &p.segments[i]);
    free(p.segments);
    if (!good)
        capture_close(c);
    return good;
}

/* False when no folder is named or the path would not fit. */
static bool path_of(const char *file, char *path, size_t size)
{
    const char *folder = getenv("OPCPROBE_CAPTURES");
    int length = folder && *folder ? snprintf(path, size, "%s/%s", folder, file) : -1;

    return length > 0 && (size_t)length < size;
}

bool capture_present(const char *file)
{
    char path[4096];

    return path_of(file, path, sizeof path) && access(path, R_OK) == 0;
}

bool capture_open(struct capture *c, const char *file)
{
    char path[4096];
    uint8_t *data;
    bool good = false;
    gzFile packed;
    int size;

    if (!path_of(file, path, sizeof path) || !(packed = gzopen(path, "rb")))
        return false;
    data = malloc(CAPTURE_FILE_MAXIMUM + 1);
    if (!data)
        abort();
    size = gzread(packed, data, CAPTURE_FILE_MAXIMUM + 1); /* what is not packed is read as it is */
    /* The end of a file cut short shows only when it is closed. */
    if (gzclose(packed) == Z_OK && size >= 0 && (unsigned)size <= CAPTURE_FILE_MAXIMUM)
        good = capture_parse(c, data, (size_t)size);
    free(data);
    return good;
}

void capture_close(struct capture *c)
{
    for (size_t i = 0; i < c->count; i++)
        for (int direction = 0; direction < 2; direction++)
            free(c->connections[i].side[direction].stream.data);
    free(c->connections);
    *c = (struct capture){ 0 };
}

struct capture_stream capture_stream(const struct capture *c, size_t connection, enum capture_direction direction)
{
    return connection < c->count ? c->connections[connection].side[direction].stream : (struct capture_stream){ 0 };
}

/* The next whole PDU, of which the stream tells where it ends; NULL at the end, or where it holds something else. */
static const uint8_t *next_pdu(struct reader *stream, size_t *size)
{
    struct reader ahead = *stream;
    const uint8_t *header = reader_take(&ahead, PDU_HEADER);

    if (!header || header[0] != 5 || header[4] != PDU_LITTLE_ENDIAN)
        return NULL;
    *size = load_u16(header + PDU_LENGTH_AT);
    return *size < PDU_HEADER ? NULL : reader_take(stream, *size);
}

const uint8_t *capture_pdu(const struct capture *c, size_t connection, enum capture_direction direction, size_t n,
                           size_t *size)
{
    struct capture_stream sent = capture_stream(c, connection, direction);
    const uint8_t *pdu;
    struct reader stream;

    reader_init(&stream, sent.data, sent.size);
    do {
        pdu = next_pdu(&stream, size);
    } while (pdu && n-- > 0);
    return pdu;
}
