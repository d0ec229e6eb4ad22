/* Towers and the endpoint mapper's calls, byte by byte. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/rpc/pdu_bind.h"
#include "dcom/scm/epm.h"

/* IObjectExporter 0.0 by NDR, connection-oriented RPC, TCP port 135, 10.1.0.2: as Windows writes it. */
static const uint8_t golden_tower[TOWER_TCP_BYTES] = { 0x05, 0x00, /* */
                                                       0x13, 0x00, 0x0d, 0xc4, 0xfe, 0xfc, 0x99, 0x60, 0x52,
                                                       0x1b, 0x10, 0xbb, 0xcb, 0x00, 0xaa, 0x00, 0x21, 0x34, /* */
                                                       0x7a, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,             /* */
                                                       0x13, 0x00, 0x0d, 0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c,
                                                       0xc9, 0x11, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, /* */
                                                       0x60, 0x02, 0x00, 0x02, 0x00, 0x00, 0x00,             /* */
                                                       0x01, 0x00, 0x0b, 0x02, 0x00, 0x00, 0x00,             /* */
                                                       0x01, 0x00, 0x07, 0x02, 0x00, 0x00, 0x87,             /* */
                                                       0x01, 0x00, 0x09, 0x04, 0x00, 0x0a, 0x01, 0x00, 0x02 };

static struct tower decoded(void)
{
    struct tower tower;
    ck_assert_int_eq(tower_decode(golden_tower, sizeof golden_tower, &tower), ERR_OK);
    return tower;
}

START_TEST(a_tower_is_read_and_written_as_it_stands)
{
    static const uint8_t address[] = { 10, 1, 0, 2 };
    struct tower tower = decoded();
    struct writer w;
    ck_assert_uint_eq(tower.abstract.uuid.bytes[0], 0xc4);
    ck_assert_uint_eq(tower.abstract.major, 0);
    ck_assert(rpc_syntax_equal(&tower.transfer, &rpc_syntax_ndr));
    ck_assert_uint_eq(tower.port, 135);
    ck_assert_mem_eq(tower.address, address, sizeof address);
    writer_init(&w, 1024);
    tower_encode(&w, &tower);
    ck_assert_uint_eq(w.size, sizeof golden_tower);
    ck_assert_mem_eq(w.data, golden_tower, sizeof golden_tower);
    writer_cleanup(&w);
}
END_TEST

START_TEST(no_prefix_of_a_tower_is_a_tower_nor_is_one_with_more_behind_it)
{
    uint8_t longer[sizeof golden_tower + 1] = { 0 };
    struct tower tower;
    for (size_t size = 0; size < sizeof golden_tower; size++)
        ck_assert_int_eq(tower_decode(golden_tower, size, &tower), ERR_PROTOCOL);
    memcpy(longer, golden_tower, sizeof golden_tower);
    ck_assert_int_eq(tower_decode(longer, sizeof longer, &tower), ERR_PROTOCOL);
}
END_TEST

START_TEST(a_tower_of_another_protocol_is_told_from_a_broken_one)
{
    uint8_t bytes[sizeof golden_tower];
    struct tower tower;
    memcpy(bytes, golden_tower, sizeof bytes);
    bytes[61] = 0x08; /* UDP */
    ck_assert_int_eq(tower_decode(bytes, sizeof bytes, &tower), ERR_UNSUPPORTED);
    memcpy(bytes, golden_tower, sizeof bytes);
    bytes[4] = 0x0e; /* the first floor names no interface */
    ck_assert_int_eq(tower_decode(bytes, sizeof bytes, &tower), ERR_PROTOCOL);
    bytes[4] = 0x0d;
    bytes[0] = 0xff; /* floors without end */
    ck_assert_int_eq(tower_decode(bytes, sizeof bytes, &tower), ERR_PROTOCOL);
}
END_TEST

/* ept_lookup by interface IObjectExporter 0.0, compatible versions, a fresh handle, at most `maximum`. */
static void put_lookup(struct writer *w, uint32_t inquiry, uint32_t maximum)
{
    writer_init(w, 1024);
    writer_u32(w, inquiry);
    writer_u32(w, 0);
    writer_u32(w, 0x20000);
    writer_bytes(w, golden_tower + 5, 16);
    writer_u32(w, 0);
    writer_u32(w, EPM_VERSIONS_COMPATIBLE);
    writer_zeros(w, 20);
    writer_u32(w, maximum);
}

static void put_map(struct writer *w, uint32_t maximum)
{
    writer_init(w, 1024);
    writer_u32(w, 0x20000);
    writer_zeros(w, 16);
    writer_u32(w, 0x20004);
    writer_u32(w, sizeof golden_tower);
    writer_u32(w, sizeof golden_tower);
    writer_bytes(w, golden_tower, sizeof golden_tower);
    writer_align(w, 4);
    writer_zeros(w, 20);
    writer_u32(w, maximum);
}

typedef enum err decode_function(struct reader *r, struct epm_query *out);

static enum err decode(decode_function *function, const struct writer *w, size_t size, struct epm_query *out)
{
    /* A block of its own, so that the sanitizer sees a step behind the end. */
    uint8_t *copy = malloc(size + !size);
    struct reader r;
    ck_assert_ptr_nonnull(copy);
    if (size > 0)
        memcpy(copy, w->data, size);
    reader_init(&r, copy, size);
    enum err e = function(&r, out);
    free(copy);
    return e;
}

START_TEST(requests_say_what_they_ask_for)
{
    struct epm_entry entry = { .tower = decoded() };
    struct epm_query query;
    struct writer w;
    put_lookup(&w, 1, 7);
    ck_assert_int_eq(decode(epm_lookup_decode, &w, w.size, &query), ERR_OK);
    ck_assert_uint_eq(query.maximum, 7);
    ck_assert(!query.any && !query.nothing);
    ck_assert(rpc_syntax_equal(&query.syntax, &entry.tower.abstract));
    ck_assert(epm_matches(&query, &entry));
    writer_cleanup(&w);

    put_map(&w, 3);
    ck_assert_int_eq(decode(epm_map_decode, &w, w.size, &query), ERR_OK);
    ck_assert_uint_eq(query.maximum, 3);
    ck_assert(epm_matches(&query, &entry));
    writer_cleanup(&w);
}
END_TEST

START_TEST(truncated_and_unlawful_requests_are_refused)
{
    struct epm_query query;
    struct writer lookup, map;
    put_lookup(&lookup, 1, 7);
    for (size_t size = 0; size < lookup.size; size++)
        ck_assert_int_eq(decode(epm_lookup_decode, &lookup, size, &query), ERR_PROTOCOL);
    writer_cleanup(&lookup);
    put_map(&map, 3);
    for (size_t size = 0; size < map.size; size++)
        ck_assert_int_eq(decode(epm_map_decode, &map, size, &query), ERR_PROTOCOL);
    writer_set_u32(&map, 24, 2001); /* the conformance and the length disagree */
    ck_assert_int_eq(decode(epm_map_decode, &map, map.size, &query), ERR_PROTOCOL);
    writer_cleanup(&map);
    put_map(&map, EPM_ENTRIES_MAXIMUM + 1);
    ck_assert_int_eq(decode(epm_map_decode, &map, map.size, &query), ERR_PROTOCOL);
    writer_cleanup(&map);
    put_lookup(&lookup, 4, 7); /* no such inquiry */
    ck_assert_int_eq(decode(epm_lookup_decode, &lookup, lookup.size, &query), ERR_PROTOCOL);
    writer_cleanup(&lookup);
}
END_TEST

START_TEST(versions_answer_as_the_option_says)
{
    static const struct {
        uint16_t versions, major, minor;
        bool answers; /* 2.3 to that request */
    } cases[] = { { EPM_VERSIONS_ALL, 9, 9, true },
                  { EPM_VERSIONS_COMPATIBLE, 2, 3, true },
                  { EPM_VERSIONS_COMPATIBLE, 2, 2, true },
                  { EPM_VERSIONS_COMPATIBLE, 2, 4, false },
                  { EPM_VERSIONS_COMPATIBLE, 1, 3, false },
                  { EPM_VERSIONS_EXACT, 2, 3, true },
                  { EPM_VERSIONS_EXACT, 2, 2, false },
                  { EPM_VERSIONS_MAJOR_ONLY, 2, 9, true },
                  { EPM_VERSIONS_MAJOR_ONLY, 3, 3, false },
                  { EPM_VERSIONS_UP_TO, 2, 3, true },
                  { EPM_VERSIONS_UP_TO, 3, 0, true },
                  { EPM_VERSIONS_UP_TO, 2, 2, false },
                  { 0, 2, 3, false } };
    struct epm_entry entry = { .tower = decoded() };
    entry.tower.abstract.major = 2;
    entry.tower.abstract.minor = 3;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct epm_query query = { .syntax = entry.tower.abstract, .versions = (enum epm_versions)cases[i].versions };
        query.syntax.major = cases[i].major;
        query.syntax.minor = cases[i].minor;
        ck_assert_msg(epm_matches(&query, &entry) == cases[i].answers, "case %zu", i);
    }
}
END_TEST

/* What stands before the octets of the tower in a reply with one entry annotated "epm", and what follows them. */
static const uint8_t lookup_reply_head[] = {
    1,    0,   0,   0, 7,    0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, /* count; conformance, offset, actual count */
    0,    0,   0,   0, 0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* object */
    0,    0,   2,   0, 0,    0, 0, 0, 4, 0, 0, 0,             /* tower, the annotation's offset and length */
    'e',  'p', 'm', 0,                                        /* */
    0x4b, 0,   0,   0, 0x4b, 0, 0, 0
};
static const uint8_t reply_tail[] = { 0, 0, 0, 0, 0 };

START_TEST(replies_have_the_bytes_that_others_read)
{
    const struct epm_entry entry = { .tower = decoded(), .annotation = "epm" };
    const struct epm_handle handle = { { 1, 2, 3 } };
    const size_t head = sizeof handle + sizeof lookup_reply_head;
    struct writer w;
    writer_init(&w, 1024);
    epm_lookup_reply(&w, &handle, 7, &entry, 1);
    ck_assert_uint_eq(w.size, head + sizeof golden_tower + sizeof reply_tail);
    ck_assert_mem_eq(w.data, handle.bytes, sizeof handle);
    ck_assert_mem_eq(w.data + sizeof handle, lookup_reply_head, sizeof lookup_reply_head);
    ck_assert_mem_eq(w.data + head, golden_tower, sizeof golden_tower);
    ck_assert_mem_eq(w.data + head + sizeof golden_tower, reply_tail, sizeof reply_tail);

    writer_reset(&w);
    epm_map_reply(&w, &handle, 7, &entry, 1);
    ck_assert_uint_eq(w.size, 20 + 16 + 4 + 8 + sizeof golden_tower + sizeof reply_tail);
    ck_assert_mem_eq(w.data + 20, lookup_reply_head, 16);
    ck_assert_mem_eq(w.data + 48, golden_tower, sizeof golden_tower);

    writer_reset(&w);
    epm_map_reply(&w, &handle, 7, NULL, 0);
    ck_assert_uint_eq(w.size, 40);
    ck_assert_uint_eq(load_u32(w.data + 36), EPM_NOT_REGISTERED);
    writer_cleanup(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("epm");
    TCase *tc = tcase_create("wire");
    tcase_add_test(tc, a_tower_is_read_and_written_as_it_stands);
    tcase_add_test(tc, no_prefix_of_a_tower_is_a_tower_nor_is_one_with_more_behind_it);
    tcase_add_test(tc, a_tower_of_another_protocol_is_told_from_a_broken_one);
    tcase_add_test(tc, requests_say_what_they_ask_for);
    tcase_add_test(tc, truncated_and_unlawful_requests_are_refused);
    tcase_add_test(tc, versions_answer_as_the_option_says);
    tcase_add_test(tc, replies_have_the_bytes_that_others_read);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
