#include "base/bytes.h"

#include "suite.h"

/* Lets an allocation beyond all memory fail under the sanitizers as it does without. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
    return __asan_default_options();
}

static const uint8_t golden[] = { 0x01, 0x00, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A,
                                  0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6 };

/* One of every kind of read, aligned as on the wire: 22 bytes in all. */
static void read_everything(struct reader *r, uint64_t values[4])
{
    values[0] = reader_u8(r);
    reader_align(r, 2);
    values[1] = reader_u16(r);
    reader_align(r, 4);
    values[2] = reader_u32(r);
    reader_align(r, 8);
    values[3] = reader_u64(r);
    uint8_t tail[6];
    reader_copy(r, tail, sizeof(tail));
}

START_TEST(numbers_are_read_least_significant_byte_first)
{
    struct reader r;
    uint64_t values[4];
    reader_init(&r, golden, sizeof(golden));
    read_everything(&r, values);
    ck_assert(!r.failed);
    ck_assert_uint_eq(values[0], 0x01);
    ck_assert_uint_eq(values[1], 0x0302);
    ck_assert_uint_eq(values[2], 0x07060504);
    ck_assert_uint_eq(values[3], UINT64_C(0x0F0E0D0C0B0A0908));
    ck_assert_uint_eq(reader_left(&r), 0);
}
END_TEST

START_TEST(every_truncated_prefix_fails)
{
    for (size_t size = 0; size < sizeof(golden); size++) {
        uint8_t *prefix = malloc(size + 1); /* exact, so that the sanitizer sees one byte too far */
        uint8_t *exact = realloc(prefix, size ? size : 1);
        memcpy(exact, golden, size);
        struct reader r;
        uint64_t values[4];
        reader_init(&r, exact, size);
        read_everything(&r, values);
        ck_assert(r.failed);
        ck_assert_uint_eq(reader_left(&r), 0);
        free(exact);
    }
}
END_TEST

START_TEST(a_reader_remembers_its_first_failure)
{
    struct reader r;
    reader_init(&r, golden, 6);
    ck_assert_uint_eq(reader_u32(&r), 0x03020001);
    ck_assert_uint_eq(reader_u32(&r), 0);
    ck_assert(r.failed);
    ck_assert_uint_eq(r.at, 4);
    /* Two bytes are there, but nothing is read after a failure. */
    ck_assert_uint_eq(reader_u8(&r), 0);
    ck_assert_uint_eq(reader_u16(&r), 0);
    ck_assert_ptr_null(reader_take(&r, 0));
    uint8_t copy[2] = { 9, 9 };
    reader_copy(&r, copy, 2);
    ck_assert_uint_eq(copy[0] | copy[1], 0);
    ck_assert_uint_eq(r.at, 4);
}
END_TEST

START_TEST(a_value_out_of_range_can_fail_the_reader)
{
    struct reader r;
    reader_init(&r, golden, 4);
    reader_fail(&r);
    ck_assert_uint_eq(reader_left(&r), 0);
    ck_assert_uint_eq(reader_u8(&r), 0);
}
END_TEST

START_TEST(a_huge_size_does_not_wrap_around)
{
    struct reader r;
    reader_init(&r, golden, sizeof(golden));
    (void)reader_u32(&r);
    ck_assert_ptr_null(reader_take(&r, SIZE_MAX));
    ck_assert(r.failed);
    reader_init(&r, golden, sizeof(golden));
    (void)reader_u32(&r);
    ck_assert_ptr_null(reader_take(&r, SIZE_MAX - 3));
}
END_TEST

START_TEST(alignment_counts_from_the_first_byte_given)
{
    struct reader r;
    reader_init(&r, golden + 1, 20);
    (void)reader_u8(&r);
    reader_align(&r, 8);
    ck_assert_uint_eq(r.at, 8);
    reader_align(&r, 8);
    ck_assert_uint_eq(r.at, 8);
    (void)reader_u8(&r);
    reader_align(&r, 16);
    ck_assert_uint_eq(r.at, 16);
    ck_assert_uint_eq(reader_u8(&r), golden[17]);
    reader_align(&r, 16);
    ck_assert(r.failed);
}
END_TEST

START_TEST(a_part_is_read_by_a_reader_of_its_own)
{
    struct reader r;
    reader_init(&r, golden, 10);
    (void)reader_u8(&r);
    struct reader sub = reader_sub(&r, 3);
    ck_assert_uint_eq(reader_u16(&sub), 0x0200);
    ck_assert_uint_eq(reader_left(&sub), 1);
    ck_assert_uint_eq(reader_u16(&sub), 0);
    ck_assert(sub.failed);
    ck_assert(!r.failed);
    ck_assert_uint_eq(reader_u8(&r), 0x04);
    sub = reader_sub(&r, 6);
    ck_assert(sub.failed);
    ck_assert_uint_eq(sub.size, 0);
    ck_assert(r.failed);
}
END_TEST

START_TEST(no_bytes_at_all_are_a_good_buffer)
{
    struct reader r;
    reader_init(&r, NULL, 0);
    ck_assert_ptr_nonnull(reader_take(&r, 0));
    ck_assert(!r.failed);
    reader_copy(&r, NULL, 0);
    ck_assert(!r.failed);
    struct reader sub = reader_sub(&r, 0);
    ck_assert(!sub.failed);
    (void)reader_u8(&r);
    ck_assert(r.failed);
}
END_TEST

START_TEST(written_numbers_are_the_golden_bytes)
{
    struct writer w;
    writer_init(&w, 1000);
    writer_u8(&w, 0x01);
    writer_align(&w, 2);
    writer_u16(&w, 0x0302);
    writer_align(&w, 4);
    writer_u32(&w, 0);
    writer_set_u32(&w, 4, 0x07060504);
    writer_align(&w, 8);
    writer_u64(&w, UINT64_C(0x0F0E0D0C0B0A0908));
    writer_bytes(&w, golden + 16, 4);
    writer_zeros(&w, 2);
    writer_set_u16(&w, 20, 0xF6F5);
    ck_assert(!w.failed);
    ck_assert_uint_eq(w.size, sizeof(golden));
    ck_assert_mem_eq(w.data, golden, sizeof(golden));
    writer_cleanup(&w);
    ck_assert_ptr_null(w.data);
}
END_TEST

START_TEST(a_writer_never_holds_more_than_its_maximum)
{
    struct writer w;
    writer_init(&w, 1001);
    for (unsigned i = 0; i < 1000; i++) {
        writer_u8(&w, (uint8_t)i);
    }
    ck_assert(!w.failed);
    writer_u16(&w, 1);
    ck_assert(w.failed);
    ck_assert_uint_eq(w.size, 1000);
    /* One byte would fit, but the failure stays. */
    writer_u8(&w, 1);
    ck_assert_uint_eq(w.size, 1000);
    writer_set_u16(&w, 5000, 1); /* the offset of bytes that were never written */
    ck_assert_ptr_null(writer_room(&w, 0));
    writer_reset(&w);
    ck_assert(!w.failed);
    ck_assert_uint_eq(w.size, 0);
    ck_assert_ptr_nonnull(writer_room(&w, 1001));
    ck_assert_ptr_null(writer_room(&w, 1));
    writer_cleanup(&w);
}
END_TEST

START_TEST(a_huge_write_does_not_wrap_around)
{
    struct writer w;
    writer_init(&w, 100);
    writer_u32(&w, 1);
    ck_assert_ptr_null(writer_room(&w, SIZE_MAX));
    ck_assert(w.failed);
    writer_reset(&w);
    writer_u32(&w, 1);
    ck_assert_ptr_null(writer_room(&w, SIZE_MAX - 3));
    writer_cleanup(&w);
}
END_TEST

START_TEST(more_than_memory_has_fails_the_writer)
{
    struct writer w;
    writer_init(&w, SIZE_MAX);
    writer_u32(&w, 7);
    ck_assert_ptr_null(writer_room(&w, SIZE_MAX / 2));
    ck_assert(w.failed);
    ck_assert_uint_eq(w.size, 4);
    writer_cleanup(&w);
}
END_TEST

START_TEST(a_reset_keeps_the_memory)
{
    struct writer w;
    writer_init(&w, 100000);
    writer_zeros(&w, 50000);
    uint8_t *data = w.data;
    writer_reset(&w);
    writer_zeros(&w, 50000);
    ck_assert_ptr_eq(w.data, data);
    writer_cleanup(&w);
}
END_TEST

START_TEST(trimming_frees_more_than_is_to_be_kept_and_leaves_the_writer_usable)
{
    struct writer w;
    writer_init(&w, 1000);
    writer_zeros(&w, 500);
    ck_assert_uint_eq(writer_trim(&w, 1000), 0);
    ck_assert_uint_eq(w.size, 0);
    ck_assert_ptr_nonnull(w.data);
    size_t capacity = w.capacity;
    ck_assert_uint_eq(writer_trim(&w, 100), capacity);
    ck_assert_ptr_null(w.data);
    writer_zeros(&w, 1000);
    ck_assert(!w.failed);
    writer_u8(&w, 1);
    ck_assert(w.failed); /* the maximum is the old one */
    writer_cleanup(&w);
}
END_TEST

START_TEST(writing_nothing_is_not_a_failure)
{
    struct writer w;
    writer_init(&w, 0);
    writer_bytes(&w, NULL, 0);
    writer_align(&w, 8);
    ck_assert_ptr_nonnull(writer_room(&w, 0));
    ck_assert(!w.failed);
    writer_u8(&w, 1);
    ck_assert(w.failed);
    writer_cleanup(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bytes");
    TCase *reading = tcase_create("reader");
    tcase_add_test(reading, numbers_are_read_least_significant_byte_first);
    tcase_add_test(reading, every_truncated_prefix_fails);
    tcase_add_test(reading, a_reader_remembers_its_first_failure);
    tcase_add_test(reading, a_value_out_of_range_can_fail_the_reader);
    tcase_add_test(reading, a_huge_size_does_not_wrap_around);
    tcase_add_test(reading, alignment_counts_from_the_first_byte_given);
    tcase_add_test(reading, a_part_is_read_by_a_reader_of_its_own);
    tcase_add_test(reading, no_bytes_at_all_are_a_good_buffer);
    suite_add_tcase(suite, reading);
    TCase *writing = tcase_create("writer");
    tcase_add_test(writing, written_numbers_are_the_golden_bytes);
    tcase_add_test(writing, a_writer_never_holds_more_than_its_maximum);
    tcase_add_test(writing, a_huge_write_does_not_wrap_around);
    tcase_add_test(writing, more_than_memory_has_fails_the_writer);
    tcase_add_test(writing, a_reset_keeps_the_memory);
    tcase_add_test(writing, trimming_frees_more_than_is_to_be_kept_and_leaves_the_writer_usable);
    tcase_add_test(writing, writing_nothing_is_not_a_failure);
    suite_add_tcase(suite, writing);
    return suite_run(suite);
}
