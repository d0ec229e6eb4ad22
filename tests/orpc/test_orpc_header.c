/* ORPCTHIS and ORPCTHAT ([MS-DCOM] 2.2.13.3, 2.2.13.4), and the causality of nested calls. */
#include <objbase.h>
#include <string.h>

#include "base/thread.h"
#include "dcom/orpc/orpc_header.h"
#include "tests/orpc/orpc_suite.h"

static const GUID chain = { 0x01020304, 0x1112, 0x2122, { 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38 } };

static const uint8_t this_5_7[] = {
    0x05, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* version, flags, reserved */
    0x04, 0x03, 0x02, 0x01, 0x12, 0x11, 0x22, 0x21, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, /* cid */
    0x00, 0x00, 0x00, 0x00,                                                                         /* extensions */
};

START_TEST(orpcthis_is_written_and_read_byte_for_byte)
{
    struct orpc_this header;
    struct writer w;
    struct reader r;
    writer_init(&w, 64);
    orpc_this_write(&w, (COMVERSION){ 5, 7 }, &chain);
    ck_assert_uint_eq(w.size, sizeof this_5_7);
    ck_assert_mem_eq(w.data, this_5_7, sizeof this_5_7);
    reader_init(&r, w.data, w.size);
    ck_assert_int_eq(orpc_this_read(&r, &header), ERR_OK);
    ck_assert_uint_eq(header.version.MajorVersion, 5);
    ck_assert_uint_eq(header.version.MinorVersion, 7);
    ck_assert(IsEqualGUID(&header.causality, &chain));
    ck_assert_uint_eq(reader_left(&r), 0);
    writer_cleanup(&w);
}
END_TEST

/* An ORPCTHAT with one extent of four bytes, as servers with error information send. */
static const uint8_t that_extended[] = {
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00,                         /* flags, extensions */
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x02, 0x00, /* size, reserved, pointer */
    0x02, 0x00, 0x00, 0x00, 0x08, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, /* two places, one filled */
    0x08, 0x00, 0x00, 0x00,                                                 /* conformance of the data */
    0x1c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46, /* id */
    0x04, 0x00, 0x00, 0x00, 'e',  'r',  'r',  'o',  0x00, 0x00, 0x00, 0x00,                         /* size, data */
};

START_TEST(extensions_of_a_server_are_passed_over)
{
    uint8_t bytes[sizeof that_extended + 4];
    struct reader r;
    memcpy(bytes, that_extended, sizeof that_extended);
    memcpy(bytes + sizeof that_extended, "next", 4);
    reader_init(&r, bytes, sizeof bytes);
    ck_assert_int_eq(orpc_that_read(&r), ERR_OK);
    ck_assert_uint_eq(reader_left(&r), 4);
    ck_assert_mem_eq(reader_take(&r, 4), "next", 4);
}
END_TEST

START_TEST(every_truncated_header_is_refused)
{
    struct orpc_this header;
    struct reader r;
    for (size_t size = 0; size < sizeof this_5_7; size++) {
        reader_init(&r, this_5_7, size);
        ck_assert_int_eq(orpc_this_read(&r, &header), ERR_PROTOCOL);
    }
    for (size_t size = 0; size < sizeof that_extended; size++) {
        reader_init(&r, that_extended, size);
        ck_assert_msg(orpc_that_read(&r) != ERR_OK, "%zu bytes", size);
    }
}
END_TEST

START_TEST(calls_made_while_serving_one_belong_to_its_chain)
{
    GUID first, second, inner;
    causality_current(&first);
    struct causality_scope outer = causality_enter(&chain);
    causality_current(&inner);
    ck_assert(IsEqualGUID(&inner, &chain));
    GUID other = chain;
    other.Data1++;
    struct causality_scope between = causality_enter(&other);
    causality_current(&inner);
    ck_assert(IsEqualGUID(&inner, &other));
    causality_leave(&between);
    causality_current(&inner);
    ck_assert(IsEqualGUID(&inner, &chain));
    causality_leave(&outer);
    causality_current(&second);
    ck_assert(!IsEqualGUID(&second, &chain));
    ck_assert(!IsEqualGUID(&second, &first));
}
END_TEST

static void take_one(void *argument)
{
    causality_current(argument);
}

START_TEST(threads_begin_chains_of_their_own)
{
    GUID mine, theirs;
    struct thread thread;
    causality_current(&mine);
    ck_assert_int_eq(thread_start(&thread, take_one, &theirs), ERR_OK);
    thread_join(&thread);
    ck_assert_mem_ne((uint8_t *)&mine + 4, (uint8_t *)&theirs + 4, sizeof mine - 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("orpc_header");
    TCase *tests = tcase_create("orpc_header");
    tcase_add_test(tests, orpcthis_is_written_and_read_byte_for_byte);
    tcase_add_test(tests, extensions_of_a_server_are_passed_over);
    tcase_add_test(tests, every_truncated_header_is_refused);
    tcase_add_test(tests, calls_made_while_serving_one_belong_to_its_chain);
    tcase_add_test(tests, threads_begin_chains_of_their_own);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
