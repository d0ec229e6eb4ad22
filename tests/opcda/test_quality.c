/* OPC quality as people read it. */
#include <check.h>
#include <stdlib.h>

#include "opcda/quality.h"

static const char *text_of(uint16_t quality)
{
    static char text[QUALITY_TEXT];
    quality_text(quality, text);
    return text;
}

START_TEST(quality_names_major_status_and_limit)
{
    ck_assert_str_eq(text_of(0xC0), "good");
    ck_assert_str_eq(text_of(0xD8), "good, local override");
    ck_assert_str_eq(text_of(0x00), "bad");
    ck_assert_str_eq(text_of(0x1C), "bad, out of service");
    ck_assert_str_eq(text_of(0x51), "uncertain, sensor not accurate; limited low");
    ck_assert_str_eq(text_of(0xC3), "good; constant");
}
END_TEST

START_TEST(a_substatus_without_name_is_shown_by_number)
{
    ck_assert_str_eq(text_of(0xC4), "good, substatus 1");
    ck_assert_str_eq(text_of(0x80), "reserved");
    ck_assert_str_eq(text_of(0x84), "reserved, substatus 1");
}
END_TEST

START_TEST(only_the_upper_two_bits_make_a_quality_good)
{
    ck_assert(quality_is_good(0xC0));
    ck_assert(quality_is_good(0xDB));
    ck_assert(!quality_is_good(0x40));
    ck_assert(!quality_is_good(0x3F));
    /* The upper byte is the vendor's and says nothing. */
    ck_assert(!quality_is_good(0xFF00));
}
END_TEST

START_TEST(a_quality_is_found_by_the_name_of_its_status)
{
    uint16_t quality;
    ck_assert(quality_find("good", &quality));
    ck_assert_uint_eq(quality, OPC_QUALITY_GOOD);
    ck_assert(quality_find("communication failure", &quality));
    ck_assert_uint_eq(quality, OPC_QUALITY_COMM_FAILURE);
    ck_assert(!quality_find("splendid", &quality));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quality");
    TCase *tc = tcase_create("text");
    tcase_add_test(tc, quality_names_major_status_and_limit);
    tcase_add_test(tc, a_substatus_without_name_is_shown_by_number);
    tcase_add_test(tc, only_the_upper_two_bits_make_a_quality_good);
    tcase_add_test(tc, a_quality_is_found_by_the_name_of_its_status);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
