#include "security/sddl.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void expect_same(const char *text)
{
    struct descriptor d;
    ck_assert_msg(sddl_parse(text, NULL, &d) == ERR_OK, "%s", text);
    char *again = sddl_format(&d);
    ck_assert_str_eq(again, text);
    free(again);
    descriptor_cleanup(&d);
}

static void expect_text(const char *text, const char *expected)
{
    const struct sid machine = { 1, 4, { 0, 0, 0, 0, 0, 5 }, { 21, 1, 2, 3 } };
    struct descriptor d;
    ck_assert_msg(sddl_parse(text, &machine, &d) == ERR_OK, "%s", text);
    char *again = sddl_format(&d);
    ck_assert_str_eq(again, expected);
    free(again);
    descriptor_cleanup(&d);
}

static enum err error_of(const char *text)
{
    struct descriptor d;
    enum err e = sddl_parse(text, NULL, &d);
    ck_assert(e == ERR_OK || (!d.aces && !d.has_owner && !d.has_dacl));
    descriptor_cleanup(&d);
    return e;
}

START_TEST(texts_as_windows_writes_them_come_back_unchanged)
{
    expect_same("O:BAG:BAD:(A;;CCDCLC;;;WD)(A;;CCDC;;;AN)");
    expect_same("O:BAG:BAD:(A;;CCDCLCSWRP;;;BA)(A;;CCDCSW;;;WD)(A;;CCDCLCSWRP;;;S-1-5-32-562)(A;;CCDCLCSWRP;;;LU)");
    expect_same("O:S-1-5-21-1-2-3-1001G:SYD:PAI(D;OICI;CC;;;PS)(A;ID;GASDRCWDWO;;;OW)");
    expect_same("D:(A;;0x200001;;;S-1-0x00f000000001-7)");
    expect_same("D:NO_ACCESS_CONTROL");
    expect_same("O:BAG:BAD:");
}
END_TEST

START_TEST(an_alias_of_each_kind_and_every_number_form_is_read)
{
    expect_text("O:LAG:LGD:(A;;31;;;S-1-1-0)", "O:S-1-5-21-1-2-3-500G:S-1-5-21-1-2-3-501D:(A;;CCDCLCSWRP;;;WD)");
    expect_text("D:(A;;0x1f;;;WD)(A;;037;;;wd)", "D:(A;;CCDCLCSWRP;;;WD)(A;;CCDCLCSWRP;;;WD)");
    expect_text("D:(A;;KR;;;BU)(A;;FA;;;S-1-5-18)", "D:(A;;CCSWRPRC;;;BU)(A;;0x1f01ff;;;SY)");
    expect_text("O:S-1-5-18D:", "O:SYD:");
}
END_TEST

START_TEST(a_system_list_is_read_past)
{
    expect_text("O:BAG:BAD:(A;;CC;;;WD)S:(ML;;NX;;;LW)", "O:BAG:BAD:(A;;CC;;;WD)");
    expect_text("O:BAG:BAS:PAI(XU;;CC;;;WD;(@User.a == (1)))", "O:BAG:BAD:NO_ACCESS_CONTROL");
    ck_assert_int_eq(error_of("D:S:(ML;;NX;;;LW"), ERR_PROTOCOL);
    ck_assert_int_eq(error_of("D:S:(ML;;NX;;;LW))"), ERR_PROTOCOL);
    ck_assert_int_eq(error_of("D:S:(ML;;NX;;;LW)x"), ERR_PROTOCOL);
}
END_TEST

START_TEST(what_is_not_sddl_is_refused)
{
    static const char *const texts[] = {
        "",
        "x",
        "O:",
        "O:B",
        "O:S-1-",
        "O:S-1-5-99999999999",
        "G:BAO:BA",
        "D:(A;;CC;;;WD",
        "D:A;;CC;;;WD)",
        "D:(A;;CC;;WD)",
        "D:(A;;CC;x;;WD)",
        "D:(A;XX;CC;;;WD)",
        "D:(A;;XX;;;WD)",
        "D:(A;;0x100000000;;;WD)",
        "D:(A;;99999999999999999999;;;WD)",
        "D:(Q;;CC;;;WD)",
        "D:(A;;CC;;;)",
        "D:(A;;CC;;;WD))",
        "D:(A;;CC;;;WD)x",
        "D:NO_ACCESS_CONTROL(A;;CC;;;WD)",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_msg(error_of(texts[i]) == ERR_PROTOCOL, "\"%s\"", texts[i]);
}
END_TEST

START_TEST(what_is_sddl_and_not_ours_is_called_so)
{
    ck_assert_int_eq(error_of("D:(OA;;CC;;;WD)"), ERR_UNSUPPORTED);
    ck_assert_int_eq(error_of("D:(XA;;CC;;;WD;(@User.a))"), ERR_UNSUPPORTED);
    ck_assert_int_eq(error_of("D:(A;;CC;;;DA)"), ERR_UNSUPPORTED);
    ck_assert_int_eq(error_of("O:LA"), ERR_UNSUPPORTED); /* no machine to take it from */
}
END_TEST

START_TEST(every_truncated_text_ends_cleanly)
{
    static const char whole[] =
        "O:BAG:S-1-0x000000000005-18D:PAI(D;OICI;CC;;;PS)(A;;0x1f;;;S-1-5-21-1-2-3-1001)S:(ML;;;;;LW)";
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        char *text = strndup(whole, length);
        enum err e = error_of(text);
        ck_assert(e == ERR_OK || e == ERR_PROTOCOL || e == ERR_UNSUPPORTED);
        free(text);
    }
    ck_assert_int_eq(error_of(whole), ERR_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sddl");
    TCase *tests = tcase_create("sddl");
    tcase_add_test(tests, texts_as_windows_writes_them_come_back_unchanged);
    tcase_add_test(tests, an_alias_of_each_kind_and_every_number_form_is_read);
    tcase_add_test(tests, a_system_list_is_read_past);
    tcase_add_test(tests, what_is_not_sddl_is_refused);
    tcase_add_test(tests, what_is_sddl_and_not_ours_is_called_so);
    tcase_add_test(tests, every_truncated_text_ends_cleanly);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
