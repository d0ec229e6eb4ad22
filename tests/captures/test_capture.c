/* The reader of captures, with captures of our own making. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/bytes.h"
#include "tests/auth/auth_suite.h"
#include "tests/captures/capture.h"

#define TCP_SYN  0x02
#define TCP_PUSH 0x08
#define TCP_ACK  0x10

static struct writer w;
static struct capture capture;

static size_t block_begin(uint32_t type)
{
    size_t start = w.size;

    writer_u32(&w, type);
    writer_u32(&w, 0);
    return start;
}

static void block_end(size_t start)
{
    writer_align(&w, 4);
    writer_u32(&w, (uint32_t)(w.size - start + 4));
    writer_set_u32(&w, start + 4, (uint32_t)(w.size - start));
}

/* The beginning of a file: a section, and interface 0, Ethernet. */
static void file_begin(void)
{
    size_t start = block_begin(0x0A0D0D0A);

    writer_u32(&w, 0x1A2B3C4D);
    writer_u32(&w, 1);
    writer_u64(&w, UINT64_MAX); /* as long as it is */
    block_end(start);
    start = block_begin(1);
    writer_u16(&w, 1);
    writer_u16(&w, 0);
    writer_u32(&w, 0);
    block_end(start);
}

static void setup(void)
{
    writer_init(&w, 1u << 20);
    file_begin();
}

static void teardown(void)
{
    writer_cleanup(&w);
}

static void network_u16(size_t value)
{
    writer_u8(&w, (uint8_t)(value >> 8));
    writer_u8(&w, (uint8_t)value);
}

static void network_u32(uint32_t value)
{
    network_u16(value >> 16);
    network_u16(value & 0xFFFF);
}

/* A packet block whose frame follows; its sizes are zero until packet_end. */
static size_t packet_begin(uint16_t ethernet_type)
{
    size_t start = block_begin(6);

    writer_zeros(&w, 4 + 8 + 4 + 4);
    writer_zeros(&w, 12);
    network_u16(ethernet_type);
    return start;
}

static void packet_end(size_t start)
{
    uint32_t size = (uint32_t)(w.size - start - 28);

    writer_set_u32(&w, start + 20, size);
    writer_set_u32(&w, start + 24, size);
    block_end(start);
}

static void tcp(bool to_server, uint32_t sequence, uint8_t flags, const void *data, size_t size)
{
    network_u16(to_server ? 50000 : 135);
    network_u16(to_server ? 135 : 50000);
    network_u32(sequence);
    network_u32(0);
    writer_u8(&w, 6 << 4); /* four bytes of options */
    writer_u8(&w, flags);
    writer_zeros(&w, 6 + 4);
    writer_bytes(&w, data, size);
}

static void ipv4(bool to_server, size_t size)
{
    static const uint8_t client[] = { 10, 1, 0, 2 }, server[] = { 10, 2, 0, 2 };

    writer_u8(&w, 0x45);
    writer_u8(&w, 0);
    network_u16(20 + size);
    writer_zeros(&w, 2);
    network_u16(0x4000); /* may not be split */
    writer_u8(&w, 128);
    writer_u8(&w, 6);
    writer_zeros(&w, 2);
    writer_bytes(&w, to_server ? client : server, 4);
    writer_bytes(&w, to_server ? server : client, 4);
}

static void packet(bool to_server, uint32_t sequence, uint8_t flags, const void *data, size_t size)
{
    size_t start = packet_begin(0x0800);

    ipv4(to_server, 24 + size);
    tcp(to_server, sequence, flags, data, size);
    packet_end(start);
}

static void text(bool to_server, uint32_t sequence, const char *data)
{
    packet(to_server, sequence, TCP_PUSH | TCP_ACK, data, strlen(data));
}

static void parse(void)
{
    ck_assert(!w.failed);
    ck_assert(capture_parse(&capture, w.data, w.size));
}

static void assert_stream(size_t connection, enum capture_direction direction, const char *expected)
{
    struct capture_stream s = capture_stream(&capture, connection, direction);

    ck_assert_uint_eq(s.size, strlen(expected));
    if (s.size > 0)
        ck_assert_mem_eq(s.data, expected, s.size);
}

START_TEST(a_stream_is_put_together_in_the_order_of_its_numbers)
{
    packet(true, 0xFFFFFFFC, TCP_SYN, NULL, 0);
    packet(false, 7, TCP_SYN | TCP_ACK, NULL, 0);
    text(true, 0xFFFFFFFD, "one ");
    text(false, 8, "yes ");
    text(true, 5, "three");           /* comes too early */
    text(true, 0xFFFFFFFD, "one");    /* again */
    text(true, 0xFFFFFFFF, "e two "); /* half of it again */
    text(false, 12, "no");
    parse();
    ck_assert_uint_eq(capture.count, 1);
    assert_stream(0, CAPTURE_TO_SERVER, "one two three");
    assert_stream(0, CAPTURE_TO_CLIENT, "yes no");
    assert_stream(1, CAPTURE_TO_SERVER, "");
    capture_close(&capture);
}
END_TEST

START_TEST(what_lies_behind_a_gap_is_left_out)
{
    text(true, 100, "here");
    text(true, 105, "lost");
    text(true, 99, "before");
    parse();
    assert_stream(0, CAPTURE_TO_SERVER, "here");
    capture_close(&capture);
}
END_TEST

START_TEST(who_answers_a_syn_is_the_server)
{
    packet(false, 1, TCP_SYN | TCP_ACK, NULL, 0);
    text(false, 2, "answer");
    text(true, 2, "question");
    parse();
    assert_stream(0, CAPTURE_TO_SERVER, "question");
    assert_stream(0, CAPTURE_TO_CLIENT, "answer");
    capture_close(&capture);
}
END_TEST

START_TEST(padding_of_a_short_frame_belongs_to_no_stream)
{
    size_t start = packet_begin(0x0800);

    ipv4(true, 24 + 2);
    tcp(true, 1, TCP_ACK, "ab", 2);
    writer_zeros(&w, 6);
    packet_end(start);
    parse();
    assert_stream(0, CAPTURE_TO_SERVER, "ab");
    capture_close(&capture);
}
END_TEST

START_TEST(version_6_and_virtual_lans_are_understood)
{
    size_t start = packet_begin(0x8100);

    network_u16(42);
    network_u16(0x86DD);
    network_u32(0x60000000);
    network_u16(24 + 5);
    writer_u8(&w, 6);
    writer_u8(&w, 64);
    writer_zeros(&w, 15);
    writer_u8(&w, 1);
    writer_zeros(&w, 15);
    writer_u8(&w, 2);
    tcp(true, 1, TCP_ACK, "hello", 5);
    packet_end(start);
    parse();
    assert_stream(0, CAPTURE_TO_SERVER, "hello");
    capture_close(&capture);
}
END_TEST

START_TEST(packets_of_other_kinds_are_passed_over)
{
    size_t start = packet_begin(0x0806); /* ARP */

    writer_zeros(&w, 28);
    packet_end(start);
    start = packet_begin(0x0800);
    ipv4(true, 24);
    writer_set_u16(&w, w.size - 14, 0x0120); /* a fragment: 0x2001 in network byte order */
    tcp(true, 1, TCP_ACK, NULL, 0);
    packet_end(start);
    start = packet_begin(0x0800);
    ipv4(true, 24 + 100); /* says more than there is */
    tcp(true, 1, TCP_ACK, "cut", 3);
    packet_end(start);
    start = packet_begin(0x0800);
    ipv4(true, 24 + 3);
    tcp(true, 1, TCP_ACK, "odd", 3);
    writer_set_u32(&w, start + 8, 1); /* an interface that nothing describes */
    packet_end(start);
    start = block_begin(5); /* statistics */
    writer_zeros(&w, 12);
    block_end(start);
    parse();
    ck_assert_uint_eq(capture.count, 0);
    capture_close(&capture);
}
END_TEST

START_TEST(more_connections_than_are_kept_are_passed_over)
{
    for (unsigned i = 0; i < CAPTURE_CONNECTIONS_MAXIMUM + 2; i++) {
        size_t start = packet_begin(0x0800);

        ipv4(true, 24 + 1);
        w.data[w.size - 5] = (uint8_t)i; /* the client's address */
        tcp(true, 1, TCP_ACK, "x", 1);
        packet_end(start);
    }
    parse();
    ck_assert_uint_eq(capture.count, CAPTURE_CONNECTIONS_MAXIMUM);
    assert_stream(CAPTURE_CONNECTIONS_MAXIMUM - 1, CAPTURE_TO_SERVER, "x");
    capture_close(&capture);
}
END_TEST

START_TEST(pdus_are_told_apart_by_their_length)
{
    static const uint8_t pdus[] = { 5,   0, 18, 3,  16, 0,  0, 0, 16, 0,  0, 0, 1, 0, 0, 0, /* co_cancel */
                                    5,   0, 0,  3,  16, 0,  0, 0, 18, 0,  0, 0, 2, 0, 0, 0, 'a',
                                    'b', 5, 0,  19, 3,  16, 0, 0, 0,  17, 0, 0, 0, 3, 0, 0, 0 }; /* one byte short */
    const uint8_t *pdu;
    size_t size;

    packet(true, 1, TCP_ACK, pdus, 20);
    packet(true, 21, TCP_ACK, pdus + 20, sizeof pdus - 20);
    text(false, 1, "HTTP/1.1 400 Bad Request\r\n");
    parse();
    pdu = capture_pdu(&capture, 0, CAPTURE_TO_SERVER, 0, &size);
    ck_assert_uint_eq(size, 16);
    ck_assert_mem_eq(pdu, pdus, size);
    pdu = capture_pdu(&capture, 0, CAPTURE_TO_SERVER, 1, &size);
    ck_assert_uint_eq(size, 18);
    ck_assert_mem_eq(pdu, pdus + 16, size);
    ck_assert_ptr_null(capture_pdu(&capture, 0, CAPTURE_TO_SERVER, 2, &size));
    ck_assert_ptr_null(capture_pdu(&capture, 0, CAPTURE_TO_CLIENT, 0, &size));
    ck_assert_ptr_null(capture_pdu(&capture, 1, CAPTURE_TO_SERVER, 0, &size));
    capture_close(&capture);
}
END_TEST

START_TEST(every_file_cut_inside_a_block_is_refused)
{
    size_t ends[5], count = 0;

    text(true, 1, "question");
    text(false, 1, "answer");
    for (size_t at = 0; at < w.size; at += load_u32(w.data + at + 4))
        ends[count++] = at + load_u32(w.data + at + 4);
    ck_assert_uint_eq(count, 4);
    ends[count] = SIZE_MAX;
    for (size_t n = 0, end = 0; n <= w.size; n++) {
        uint8_t *prefix = malloc(n ? n : 1);
        bool whole = n == ends[end];

        memcpy(prefix, w.data, n);
        ck_assert_msg(capture_parse(&capture, prefix, n) == whole, "%zu bytes", n);
        if (whole) {
            end++;
            capture_close(&capture);
        }
        ck_assert_ptr_null(capture.connections);
        free(prefix);
    }
}
END_TEST

START_TEST(files_of_another_kind_are_refused)
{
    static const uint8_t old[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0 }; /* pcap */

    ck_assert(!capture_parse(&capture, old, sizeof old));
    store_u32(w.data + 8, 0x4D3C2B1A); /* big-endian */
    ck_assert(!capture_parse(&capture, w.data, w.size));
    store_u32(w.data + 8, 0x1A2B3C4D);
    parse();
    capture_close(&capture);
}
END_TEST

static void write_packed(const char *path, const char *mode, size_t zeros)
{
    gzFile file = gzopen(path, mode);
    static const uint8_t nothing[65536];

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(gzwrite(file, w.data, (unsigned)w.size), (int)w.size);
    for (; zeros >= sizeof nothing; zeros -= sizeof nothing)
        ck_assert_int_eq(gzwrite(file, nothing, sizeof nothing), sizeof nothing);
    ck_assert_int_eq(gzclose(file), Z_OK);
}

START_TEST(files_are_read_packed_or_not_from_the_folder_that_is_named)
{
    char folder[] = "/tmp/captures-XXXXXX", path[64];

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/own.pcapng", folder);
    text(true, 1, "question");
    unsetenv("OPCPROBE_CAPTURES");
    ck_assert(!capture_open(&capture, "own.pcapng"));
    setenv("OPCPROBE_CAPTURES", folder, 1);
    ck_assert(!capture_present("own.pcapng"));
    ck_assert(!capture_open(&capture, "own.pcapng"));
    for (int packed = 0; packed < 2; packed++) {
        write_packed(path, packed ? "wb" : "wbT", 0);
        ck_assert(capture_present("own.pcapng"));
        ck_assert(capture_open(&capture, "own.pcapng"));
        assert_stream(0, CAPTURE_TO_SERVER, "question");
        capture_close(&capture);
    }
    ck_assert_int_eq(truncate(path, 40), 0); /* in the middle of what is packed */
    ck_assert(!capture_open(&capture, "own.pcapng"));
    write_packed(path, "wb1", CAPTURE_FILE_MAXIMUM);
    ck_assert(!capture_open(&capture, "own.pcapng"));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("capture");
    TCase *streams = tcase_create("streams");
    TCase *files = tcase_create("files");

    tcase_add_checked_fixture(streams, setup, teardown);
    tcase_add_test(streams, a_stream_is_put_together_in_the_order_of_its_numbers);
    tcase_add_test(streams, what_lies_behind_a_gap_is_left_out);
    tcase_add_test(streams, who_answers_a_syn_is_the_server);
    tcase_add_test(streams, padding_of_a_short_frame_belongs_to_no_stream);
    tcase_add_test(streams, version_6_and_virtual_lans_are_understood);
    tcase_add_test(streams, packets_of_other_kinds_are_passed_over);
    tcase_add_test(streams, more_connections_than_are_kept_are_passed_over);
    tcase_add_test(streams, pdus_are_told_apart_by_their_length);
    tcase_add_checked_fixture(files, setup, teardown);
    tcase_add_test(files, every_file_cut_inside_a_block_is_refused);
    tcase_add_test(files, files_of_another_kind_are_refused);
    tcase_add_test(files, files_are_read_packed_or_not_from_the_folder_that_is_named);
    suite_add_tcase(suite, streams);
    suite_add_tcase(suite, files);
    return auth_suite_run(suite);
}
