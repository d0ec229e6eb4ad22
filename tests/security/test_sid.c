#include "security/sid.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* S-1-5-32-544 as [MS-DTYP] 2.4.2.2 lays it out. */
static const uint8_t administrators[] = { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0 };

START_TEST(text_and_value_agree_both_ways)
{
    static const char *const texts[] = { "S-1-1-0", "S-1-5-32-544", "S-1-5-21-1-2-4294967295-1001",
                                         "S-1-0x123456789abc-7" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sid sid;
        char text[SID_TEXT];
        ck_assert_msg(sid_parse(texts[i], &sid), "%s", texts[i]);
        sid_text(&sid, text);
        ck_assert_str_eq(text, texts[i]);
    }
}
END_TEST

START_TEST(wrong_text_is_refused_and_leaves_zeros)
{
    static const char *const texts[] = { "",
                                         "S-1",
                                         "S-1-",
                                         "S-1-5",
                                         "S-2-5-18",
                                         "S-1-5-18-",
                                         "S-1-5-18 ",
                                         "S-1-5-4294967296",
                                         "S-1-5-x",
                                         "S-1-5--1",
                                         "1-5-18",
                                         "S-1-0x12-1",
                                         "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16" };
    const struct sid zero = { 0 };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sid sid;
        memset(&sid, 0xff, sizeof sid);
        ck_assert_msg(!sid_parse(texts[i], &sid), "%s", texts[i]);
        ck_assert_mem_eq(&sid, &zero, sizeof sid);
    }
}
END_TEST

START_TEST(golden_bytes_read_and_write_back)
{
    struct reader r;
    struct writer w;
    struct sid sid;
    const struct sid expected = sid_well_known(SID_ADMINISTRATORS);
    reader_init(&r, administrators, sizeof administrators);
    sid_read(&r, &sid);
    ck_assert(!r.failed && reader_left(&r) == 0);
    ck_assert(sid_equal(&sid, &expected));
    writer_init(&w, 64);
    sid_write(&w, &sid);
    ck_assert_uint_eq(w.size, sizeof administrators);
    ck_assert_mem_eq(w.data, administrators, sizeof administrators);
    writer_cleanup(&w);
}
END_TEST

START_TEST(every_truncated_prefix_fails)
{
    for (size_t size = 0; size < sizeof administrators; size++) {
        struct reader r;
        struct sid sid;
        reader_init(&r, administrators, size);
        sid_read(&r, &sid);
        ck_assert_msg(r.failed, "%zu bytes", size);
        ck_assert_uint_eq(sid.count, 0);
    }
}
END_TEST

START_TEST(sixteen_subauthorities_are_refused)
{
    uint8_t bytes[8 + 16 * 4] = { 1, 16, 0, 0, 0, 0, 0, 5 };
    struct reader r;
    struct sid sid;
    reader_init(&r, bytes, sizeof bytes);
    sid_read(&r, &sid);
    ck_assert(r.failed);
}
END_TEST

START_TEST(an_account_is_the_machine_and_its_rid)
{
    struct sid machine, account;
    char text[SID_TEXT];
    ck_assert(sid_parse("S-1-5-21-10-20-30", &machine));
    ck_assert(sid_of_account(&machine, 1001, &account));
    sid_text(&account, text);
    ck_assert_str_eq(text, "S-1-5-21-10-20-30-1001");
    ck_assert(sid_parse("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15", &machine));
    ck_assert(!sid_of_account(&machine, 1001, &account));
}
END_TEST

START_TEST(well_known_names_are_found_with_and_without_authority)
{
    struct sid sid;
    const struct sid administrators_sid = sid_well_known(SID_ADMINISTRATORS);
    ck_assert(sid_by_name("administrators", &sid));
    ck_assert(sid_equal(&sid, &administrators_sid));
    ck_assert(sid_by_name("BUILTIN\\Administrators", &sid));
    ck_assert_str_eq(sid_well_known_name(&sid), "BUILTIN\\Administrators");
    ck_assert(!sid_by_name("Administrator", &sid));
    ck_assert(sid_parse("S-1-5-21-1-2-3", &sid));
    ck_assert_ptr_null(sid_well_known_name(&sid));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sid");
    TCase *tests = tcase_create("sid");
    tcase_add_test(tests, text_and_value_agree_both_ways);
    tcase_add_test(tests, wrong_text_is_refused_and_leaves_zeros);
    tcase_add_test(tests, golden_bytes_read_and_write_back);
    tcase_add_test(tests, every_truncated_prefix_fails);
    tcase_add_test(tests, sixteen_subauthorities_are_refused);
    tcase_add_test(tests, an_account_is_the_machine_and_its_rid);
    tcase_add_test(tests, well_known_names_are_found_with_and_without_authority);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
