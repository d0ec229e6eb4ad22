#include "security/descriptor.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct bytes {
    uint8_t data[256];
    size_t size;
};

static struct bytes of_hex(const char *hex)
{
    struct bytes b = { .size = strlen(hex) / 2 };
    ck_assert(b.size <= sizeof b.data && hex_parse(hex, b.data, b.size));
    return b;
}

/* A LaunchPermission as the access control editor of Windows lays it out: list, owner, group. Everyone may not launch
 * from afar; Administrators and one account of the machine may do everything. */
static struct bytes launch_permission(void)
{
    /* header: list at 20, owner at 108, group at 124 */
    return of_hex("01000480"
                  "6c000000"
                  "7c000000"
                  "00000000"
                  "14000000"
                  /* list: revision 2, 88 bytes, 3 entries */
                  "0200580003000000"
                  /* deny Everyone RL */
                  "0100140005000000"
                  "010100000000000100000000"
                  /* allow Administrators all */
                  "000018001f000000"
                  "01020000000000052000000020020000"
                  /* allow S-1-5-21-1-2-3-1001 all */
                  "000024001f000000"
                  "010500000000000515000000010000000200000003000000e9030000"
                  "0102000000000005200000002002000001020000000000052000000020020000");
}

START_TEST(a_launch_permission_of_windows_is_read_entry_by_entry)
{
    struct bytes b = launch_permission();
    struct descriptor d;
    char text[SID_TEXT];
    ck_assert_int_eq(descriptor_read(b.data, b.size, &d), ERR_OK);
    ck_assert(d.has_owner && d.has_group && d.has_dacl);
    sid_text(&d.owner, text);
    ck_assert_str_eq(text, "S-1-5-32-544");
    ck_assert_uint_eq(d.ace_count, 3);
    ck_assert_int_eq(d.aces[0].type, ACE_DENIED);
    ck_assert_uint_eq(d.aces[0].mask, 5);
    ck_assert_int_eq(d.aces[2].type, ACE_ALLOWED);
    sid_text(&d.aces[2].sid, text);
    ck_assert_str_eq(text, "S-1-5-21-1-2-3-1001");
    descriptor_cleanup(&d);
}
END_TEST

START_TEST(what_was_read_is_written_byte_for_byte)
{
    struct bytes b = launch_permission();
    struct descriptor d;
    struct writer w;
    ck_assert_int_eq(descriptor_read(b.data, b.size, &d), ERR_OK);
    writer_init(&w, DESCRIPTOR_BYTES);
    descriptor_write(&w, &d);
    ck_assert(!w.failed);
    ck_assert_uint_eq(w.size, b.size);
    ck_assert_mem_eq(w.data, b.data, b.size);
    writer_cleanup(&w);
    descriptor_cleanup(&d);
}
END_TEST

START_TEST(every_truncated_descriptor_is_refused_and_leaves_nothing)
{
    struct bytes b = launch_permission();
    for (size_t size = 0; size < b.size; size++) {
        struct descriptor d;
        uint8_t *exact = malloc(size + 1); /* so that the sanitizer sees one byte too many */
        uint8_t *data = exact + 1;
        memcpy(data, b.data, size);
        ck_assert_int_eq(descriptor_read(data, size, &d), ERR_PROTOCOL);
        ck_assert(!d.aces && !d.has_owner && !d.has_dacl);
        free(exact);
    }
}
END_TEST

static enum err changed(size_t at, uint8_t value)
{
    struct bytes b = launch_permission();
    struct descriptor d;
    b.data[at] = value;
    enum err e = descriptor_read(b.data, b.size, &d);
    descriptor_cleanup(&d);
    return e;
}

START_TEST(wrong_fields_are_refused)
{
    ck_assert_int_eq(changed(0, 2), ERR_PROTOCOL);     /* revision of the descriptor */
    ck_assert_int_eq(changed(3, 0), ERR_PROTOCOL);     /* not self-relative */
    ck_assert_int_eq(changed(4, 0x6d), ERR_PROTOCOL);  /* an owner off the word boundary */
    ck_assert_int_eq(changed(4, 0x04), ERR_PROTOCOL);  /* an owner in the header */
    ck_assert_int_eq(changed(16, 0xfc), ERR_PROTOCOL); /* a list past the end */
    ck_assert_int_eq(changed(20, 9), ERR_PROTOCOL);    /* revision of the list */
    ck_assert_int_eq(changed(22, 4), ERR_PROTOCOL);    /* a list smaller than its own header */
    ck_assert_int_eq(changed(24, 4), ERR_PROTOCOL);    /* an entry more than there is */
    ck_assert_int_eq(changed(30, 2), ERR_PROTOCOL);    /* an entry smaller than its header */
    ck_assert_int_eq(changed(30, 0x12), ERR_PROTOCOL); /* an entry that does not hold its SID */
    ck_assert_int_eq(changed(37, 16), ERR_PROTOCOL);   /* a SID of 16 parts */
}
END_TEST

START_TEST(an_entry_that_neither_allows_nor_denies_makes_the_list_unknown)
{
    ck_assert_int_eq(changed(28, 5), ERR_UNSUPPORTED);  /* an object's */
    ck_assert_int_eq(changed(28, 9), ERR_UNSUPPORTED);  /* a conditional one */
    ck_assert_int_eq(changed(28, 17), ERR_UNSUPPORTED); /* a label: not in this list */
}
END_TEST

START_TEST(a_null_list_an_absent_one_and_an_empty_one_are_told_apart)
{
    struct descriptor d;
    struct bytes null_list = of_hex("0100048000000000000000000000000000000000");
    struct bytes absent = of_hex("0100008000000000000000000000000000000000");
    struct bytes empty = of_hex("01000480000000000000000000000000140000000200080000000000");
    ck_assert_int_eq(descriptor_read(null_list.data, null_list.size, &d), ERR_OK);
    ck_assert(!d.has_dacl);
    ck_assert_int_eq(descriptor_read(absent.data, absent.size, &d), ERR_OK);
    ck_assert(!d.has_dacl);
    ck_assert_int_eq(descriptor_read(empty.data, empty.size, &d), ERR_OK);
    ck_assert(d.has_dacl && d.ace_count == 0);
}
END_TEST

START_TEST(a_system_list_is_held_to_its_bounds_and_not_kept)
{
    struct descriptor d;
    struct bytes good = of_hex("01001080000000000000000014000000000000000200080000000000");
    ck_assert_int_eq(descriptor_read(good.data, good.size, &d), ERR_OK);
    ck_assert(!d.has_dacl && d.ace_count == 0);
    good.data[22] = 12;
    ck_assert_int_eq(descriptor_read(good.data, good.size, &d), ERR_PROTOCOL);
}
END_TEST

START_TEST(a_list_has_a_hard_maximum_of_entries)
{
    struct descriptor d = { 0 };
    const struct ace ace = { ACE_ALLOWED, 0, 1, sid_well_known(SID_EVERYONE) };
    for (int i = 0; i < DESCRIPTOR_ACES; i++)
        ck_assert_int_eq(descriptor_add(&d, &ace), ERR_OK);
    ck_assert_int_eq(descriptor_add(&d, &ace), ERR_LIMIT);
    ck_assert_uint_eq(d.ace_count, DESCRIPTOR_ACES);
    descriptor_cleanup(&d);
}
END_TEST

START_TEST(a_list_that_its_16_bit_size_cannot_hold_is_not_written)
{
    struct descriptor d = { 0 };
    struct writer w;
    struct ace ace = { ACE_ALLOWED, 0, 1, { 1, SID_SUBAUTHORITIES, { 0, 0, 0, 0, 0, 5 }, { 0 } } };
    for (int i = 0; i < DESCRIPTOR_ACES; i++)
        ck_assert_int_eq(descriptor_add(&d, &ace), ERR_OK);
    writer_init(&w, DESCRIPTOR_BYTES);
    descriptor_write(&w, &d);
    ck_assert(w.failed);
    writer_cleanup(&w);
    descriptor_cleanup(&d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("descriptor");
    TCase *tests = tcase_create("descriptor");
    tcase_add_test(tests, a_launch_permission_of_windows_is_read_entry_by_entry);
    tcase_add_test(tests, what_was_read_is_written_byte_for_byte);
    tcase_add_test(tests, every_truncated_descriptor_is_refused_and_leaves_nothing);
    tcase_add_test(tests, wrong_fields_are_refused);
    tcase_add_test(tests, an_entry_that_neither_allows_nor_denies_makes_the_list_unknown);
    tcase_add_test(tests, a_null_list_an_absent_one_and_an_empty_one_are_told_apart);
    tcase_add_test(tests, a_system_list_is_held_to_its_bounds_and_not_kept);
    tcase_add_test(tests, a_list_has_a_hard_maximum_of_entries);
    tcase_add_test(tests, a_list_that_its_16_bit_size_cannot_hold_is_not_written);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
