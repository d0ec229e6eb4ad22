/* Command lines: what is meant, and what is refused with one line. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "probe-client/options.h"

static char complaint[COMPLAINT];

#define CHECK_PARSE(o, ...)                                                                                            \
    check_options_parse(o, (int)(sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)), (char *[]){ __VA_ARGS__ },       \
                        complaint)
#define BENCH_PARSE(o, ...)                                                                                            \
    bench_options_parse(o, (int)(sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)), (char *[]){ __VA_ARGS__ },       \
                        complaint)
#define SERVERS_PARSE(o, ...)                                                                                          \
    servers_options_parse(o, (int)(sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)), (char *[]){ __VA_ARGS__ },     \
                          complaint)
#define EXPLAIN_PARSE(o, ...)                                                                                          \
    explain_options_parse(o, (int)(sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)), (char *[]){ __VA_ARGS__ },     \
                          complaint)

START_TEST(without_arguments_this_host_and_our_server_are_checked_at_packet_integrity)
{
    struct check_options o;
    ck_assert_int_eq(check_options_parse(&o, 0, NULL, complaint), OPTIONS_OK);
    ck_assert_ptr_null(o.host);
    ck_assert_ptr_null(o.class_name);
    ck_assert_uint_eq(o.item_count, 0);
    ck_assert_uint_eq(o.levels.activation, LEVEL_PACKET_INTEGRITY);
    ck_assert_uint_eq(o.levels.call, LEVEL_PACKET_INTEGRITY);
    ck_assert_uint_eq(o.levels.callback, LEVEL_PACKET_INTEGRITY);
    ck_assert(!o.may_launch && !o.json && !o.login.anonymous);
}
END_TEST

START_TEST(the_list_of_servers_takes_one_host_and_who_asks)
{
    struct servers_options o;
    ck_assert_int_eq(SERVERS_PARSE(&o, "beta", "--level", "connect", "--as", "PLANT\\me", "--may-launch", "--json"),
                     OPTIONS_OK);
    ck_assert_str_eq(o.host, "beta");
    ck_assert_uint_eq(o.level, LEVEL_CONNECT);
    ck_assert_str_eq(o.login.account, "PLANT\\me");
    ck_assert(o.may_launch && o.json && !o.may_fail_logon);
    ck_assert_int_eq(SERVERS_PARSE(&o, "."), OPTIONS_OK);
    ck_assert_ptr_null(o.host);
    ck_assert_uint_eq(o.level, LEVEL_PACKET_INTEGRITY);
    ck_assert_int_eq(SERVERS_PARSE(&o, "beta", "gamma"), OPTIONS_WRONG);
    ck_assert_int_eq(SERVERS_PARSE(&o, "--as", "me", "--anonymous"), OPTIONS_WRONG);
}
END_TEST

START_TEST(each_stage_may_have_a_deadline_of_its_own)
{
    struct check_options o;
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--deadline", "resolver=4", "--deadline=data=90"), OPTIONS_OK);
    ck_assert_int_eq(o.deadlines_ns[STAGE_RESOLVER], 4 * NS_PER_S);
    ck_assert_int_eq(o.deadlines_ns[STAGE_DATA], 90 * NS_PER_S);
    ck_assert_int_eq(o.deadlines_ns[STAGE_ACTIVATE], 0);
    static char *const wrong[] = { "resolver",   "nowhere=4", "resolver=",
                                   "resolver=0", "=4",        "a-name-that-is-far-too-long=4" };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(CHECK_PARSE(&o, "beta", "--deadline", wrong[i]) == OPTIONS_WRONG, "%s", wrong[i]);
}
END_TEST

START_TEST(a_repeated_check_has_no_single_json_report)
{
    struct check_options o;
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--again"), OPTIONS_OK);
    ck_assert(o.again && o.again_every_ns == 0);
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--again-every", "10"), OPTIONS_OK);
    ck_assert(!o.again && o.again_every_ns == 10 * NS_PER_S);
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--again", "--json"), OPTIONS_WRONG);
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--json", "--again-every", "10"), OPTIONS_WRONG);
}
END_TEST

START_TEST(positions_are_host_class_and_items_wherever_the_options_stand)
{
    struct check_options o;
    ck_assert_int_eq(CHECK_PARSE(&o, "--json", "beta", "Vendor.Server.1", "--level", "connect", "Tag.1", "Tag.2"),
                     OPTIONS_OK);
    ck_assert_str_eq(o.host, "beta");
    ck_assert_str_eq(o.class_name, "Vendor.Server.1");
    ck_assert_uint_eq(o.item_count, 2);
    ck_assert_str_eq(o.items[1], "Tag.2");
    ck_assert(o.json);
    ck_assert_uint_eq(o.levels.callback, LEVEL_CONNECT);
}
END_TEST

START_TEST(a_single_level_stands_against_the_short_form_in_any_order)
{
    struct check_options o;
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--callback-level=none", "--level=packet-privacy"), OPTIONS_OK);
    ck_assert_uint_eq(o.levels.activation, LEVEL_PACKET_PRIVACY);
    ck_assert_uint_eq(o.levels.call, LEVEL_PACKET_PRIVACY);
    ck_assert_uint_eq(o.levels.callback, LEVEL_NONE);
}
END_TEST

START_TEST(a_dot_is_this_host)
{
    struct check_options o;
    ck_assert_int_eq(CHECK_PARSE(&o, "."), OPTIONS_OK);
    ck_assert_ptr_null(o.host);
}
END_TEST

START_TEST(a_password_on_the_command_line_is_refused_and_not_repeated)
{
    struct check_options o;
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--password", "swordfish"), OPTIONS_WRONG);
    ck_assert_ptr_nonnull(strstr(complaint, "--password-file"));
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--password=swordfish"), OPTIONS_WRONG);
    ck_assert_ptr_null(strstr(complaint, "swordfish"));
}
END_TEST

START_TEST(mistakes_are_named)
{
    struct check_options o;
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--levle", "none"), OPTIONS_WRONG);
    ck_assert_str_eq(complaint, "unknown option '--levle'");
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--level", "high"), OPTIONS_WRONG);
    ck_assert_ptr_nonnull(strstr(complaint, "unknown level 'high'"));
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--level"), OPTIONS_WRONG);
    ck_assert_str_eq(complaint, "--level needs a value");
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--json=yes"), OPTIONS_WRONG);
    ck_assert_str_eq(complaint, "--json takes no value");
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--timeout", "0"), OPTIONS_WRONG);
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--data-changes", "none"), OPTIONS_WRONG);
    ck_assert_str_eq(complaint, "'none' is not a number from 1 to 1000");
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--mechanism", "kerberos"), OPTIONS_WRONG);
    ck_assert_ptr_nonnull(strstr(complaint, "use negotiated, ntlm or spnego"));
}
END_TEST

START_TEST(options_that_contradict_each_other_are_refused)
{
    struct check_options o;
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--anonymous", "--as", "x"), OPTIONS_WRONG);
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--password-file", "f"), OPTIONS_WRONG);
}
END_TEST

START_TEST(help_is_not_a_mistake)
{
    struct check_options o;
    ck_assert_int_eq(CHECK_PARSE(&o, "beta", "--help"), OPTIONS_HELP);
}
END_TEST

START_TEST(more_items_than_one_group_takes_are_refused)
{
    static char *arguments[3 + CHECK_ITEMS_MAXIMUM];
    for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
        arguments[i] = "x";
    struct check_options o;
    ck_assert_int_eq(check_options_parse(&o, 2 + CHECK_ITEMS_MAXIMUM, arguments, complaint), OPTIONS_OK);
    ck_assert_uint_eq(o.item_count, CHECK_ITEMS_MAXIMUM);
    ck_assert_int_eq(check_options_parse(&o, 3 + CHECK_ITEMS_MAXIMUM, arguments, complaint), OPTIONS_WRONG);
}
END_TEST

START_TEST(bench_compares_everything_unless_told_otherwise)
{
    struct bench_options o;
    ck_assert_int_eq(BENCH_PARSE(&o, "beta"), OPTIONS_OK);
    ck_assert_uint_eq(o.level_count, 6);
    ck_assert_uint_eq(o.size_count, 5);
    ck_assert_uint_eq(o.sizes[4], 5000);
    ck_assert(o.operations[BENCH_GET_STATUS] && o.operations[BENCH_REFRESH] && o.operations[BENCH_ACTIVATE]);
    ck_assert_uint_eq(o.callback_level, LEVEL_UNKNOWN);
    ck_assert_int_eq(BENCH_PARSE(&o, "beta", "--levels", "packet-privacy,none", "--items", "7", "--duration", "3"),
                     OPTIONS_OK);
    ck_assert_uint_eq(o.level_count, 2);
    ck_assert_uint_eq(o.levels[0], LEVEL_PACKET_PRIVACY);
    ck_assert_uint_eq(o.size_count, 1);
    ck_assert_uint_eq(o.sizes[0], 7);
    ck_assert_int_eq(o.duration_ns, 3 * NS_PER_S);
    ck_assert_int_eq(BENCH_PARSE(&o, "--operations", "Write,Activate", "--callback-level", "connect"), OPTIONS_OK);
    ck_assert(o.operations[BENCH_WRITE] && o.operations[BENCH_ACTIVATE]);
    ck_assert(!o.operations[BENCH_READ] && !o.operations[BENCH_REFRESH]);
    ck_assert_uint_eq(o.callback_level, LEVEL_CONNECT);
    ck_assert_int_eq(o.one_round_ns, 0);
    ck_assert_int_eq(BENCH_PARSE(&o, "--one-round", "25"), OPTIONS_OK);
    ck_assert_int_eq(o.one_round_ns, 25 * NS_PER_MS);
    ck_assert_int_eq(BENCH_PARSE(&o, "--one-round", "0"), OPTIONS_WRONG);
}
END_TEST

START_TEST(bench_lists_are_checked_part_by_part)
{
    struct bench_options o;
    ck_assert_int_eq(BENCH_PARSE(&o, "--levels", "none,none"), OPTIONS_WRONG);
    ck_assert_ptr_nonnull(strstr(complaint, "twice"));
    ck_assert_int_eq(BENCH_PARSE(&o, "--levels", "none,,call"), OPTIONS_WRONG);
    ck_assert_int_eq(BENCH_PARSE(&o, "--levels", "none,"), OPTIONS_WRONG);
    ck_assert_int_eq(BENCH_PARSE(&o, "--items", "0"), OPTIONS_WRONG);
    ck_assert_int_eq(BENCH_PARSE(&o, "--items", "10001"), OPTIONS_WRONG);
    ck_assert_int_eq(BENCH_PARSE(&o, "--items", "10000000"), OPTIONS_WRONG);
    ck_assert_ptr_nonnull(strstr(complaint, "'10000000' is not a number of items from 1 to 10000"));
    ck_assert_int_eq(BENCH_PARSE(&o, "--items", "10,100,10"), OPTIONS_WRONG);
    ck_assert_ptr_nonnull(strstr(complaint, "10 items are named twice"));
    ck_assert_int_eq(BENCH_PARSE(&o, "--operations", "Read,Subscribe"), OPTIONS_WRONG);
    ck_assert_ptr_nonnull(strstr(complaint, "Subscribe"));
    ck_assert_int_eq(BENCH_PARSE(&o, "--operations", "Read,Read"), OPTIONS_WRONG);
    ck_assert_int_eq(BENCH_PARSE(&o, "--operations", "Bind"), OPTIONS_WRONG); /* comes with Activate */
    ck_assert_int_eq(BENCH_PARSE(&o, "--items", "1,2,3,4,5,6,7,8,9"), OPTIONS_WRONG);
    ck_assert_int_eq(BENCH_PARSE(&o, "beta", "gamma"), OPTIONS_WRONG);
}
END_TEST

START_TEST(codes_are_taken_in_every_spelling_that_people_paste)
{
    struct explain_options o;
    ck_assert_int_eq(EXPLAIN_PARSE(&o, "0x80070005"), OPTIONS_OK);
    ck_assert_uint_eq(o.code, 0x80070005);
    ck_assert_int_eq(EXPLAIN_PARSE(&o, "2147942405"), OPTIONS_OK);
    ck_assert_uint_eq(o.code, 0x80070005);
    ck_assert_int_eq(EXPLAIN_PARSE(&o, "-2147024891", "--stage", "advise"), OPTIONS_OK);
    ck_assert_uint_eq(o.code, 0x80070005);
    ck_assert(o.has_stage);
    ck_assert_int_eq(o.stage, STAGE_ADVISE);
}
END_TEST

START_TEST(explain_refuses_what_is_no_code_and_no_stage)
{
    struct explain_options o;
    ck_assert_int_eq(explain_options_parse(&o, 0, NULL, complaint), OPTIONS_WRONG);
    ck_assert_int_eq(EXPLAIN_PARSE(&o, "denied"), OPTIONS_WRONG);
    ck_assert_int_eq(EXPLAIN_PARSE(&o, "5", "--stage", "later"), OPTIONS_WRONG);
    ck_assert_int_eq(EXPLAIN_PARSE(&o, "5", "6"), OPTIONS_WRONG);
}
END_TEST

START_TEST(what_goes_as_call_travels_as_packet)
{
    ck_assert_uint_eq(level_on_wire(LEVEL_CALL), LEVEL_PACKET);
    for (unsigned level = LEVEL_NONE; level <= LEVEL_PACKET_PRIVACY; level++) {
        uint8_t found;
        ck_assert(level_find(level_name(level), &found));
        ck_assert_uint_eq(found, level);
        if (level != LEVEL_CALL)
            ck_assert_uint_eq(level_on_wire(level), level);
    }
    ck_assert_ptr_null(level_name(LEVEL_UNKNOWN));
    ck_assert_ptr_null(level_name(7));
}
END_TEST

START_TEST(bench_takes_scan_classes_and_their_thresholds)
{
    static char *arguments[] = { "beta",           "--scan-class", "250ms:1000",     "--scan-class=1s:5:advise@100ms",
                                 "--threshold",    "fits=40",      "--threshold",    "minimum=60",
                                 "--scan-classes", "opcint.bat",   "--scan-classes", "points.csv" };
    struct bench_options o;
    ck_assert_uint_eq(bench_options_parse(&o, sizeof(arguments) / sizeof(arguments[0]), arguments, complaint),
                      OPTIONS_OK);
    ck_assert(bench_is_scan(&o));
    ck_assert_uint_eq(o.scan.classes.count, 2);
    ck_assert_uint_eq(o.scan.file_count, 2);
    ck_assert_uint_eq(o.scan.thresholds.fits_percent, 40);
    ck_assert_int_eq(o.scan.thresholds.minimum_ns, 60 * NS_PER_S);
    ck_assert_uint_eq(o.level_count, 0); /* chosen when the files are read */
    ck_assert_int_eq(o.duration_ns, 0);  /* what a verdict needs */
}
END_TEST

START_TEST(bench_refuses_scan_classes_that_make_no_sense)
{
    static const struct {
        char *arguments[4];
        int count;
        const char *says;
    } rows[] = {
        { { "--scan-class", "fast" }, 2, "is no scan class" },
        { { "--scan-class", "1s:10000000" }, 2, "from 1 to 1000000 items" },
        { { "--threshold", "fits" }, 2, "threshold fits is a number from 1 to 100" },
        { { "--threshold", "fits=101" }, 2, "threshold fits" },
        { { "--threshold", "hope=1" }, 2, "unknown threshold" },
        { { "--calibrate", "--largest", "1s" }, 3, "different runs" },
        { { "--calibrate", "--runs", "0" }, 3, "number of runs" },
        { { "--scan-class", "1s:1", "--svg", "x" }, 4, "--svg" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench_options o;
        char *arguments[4];
        memcpy(arguments, rows[i].arguments, sizeof(arguments));
        ck_assert_uint_eq(bench_options_parse(&o, rows[i].count, arguments, complaint), OPTIONS_WRONG);
        ck_assert_msg(strstr(complaint, rows[i].says) != NULL, "%s", complaint);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client options");
    TCase *tcase = tcase_create("options");
    tcase_add_test(tcase, bench_takes_scan_classes_and_their_thresholds);
    tcase_add_test(tcase, bench_refuses_scan_classes_that_make_no_sense);
    tcase_add_test(tcase, the_list_of_servers_takes_one_host_and_who_asks);
    tcase_add_test(tcase, without_arguments_this_host_and_our_server_are_checked_at_packet_integrity);
    tcase_add_test(tcase, positions_are_host_class_and_items_wherever_the_options_stand);
    tcase_add_test(tcase, each_stage_may_have_a_deadline_of_its_own);
    tcase_add_test(tcase, a_repeated_check_has_no_single_json_report);
    tcase_add_test(tcase, a_single_level_stands_against_the_short_form_in_any_order);
    tcase_add_test(tcase, a_dot_is_this_host);
    tcase_add_test(tcase, a_password_on_the_command_line_is_refused_and_not_repeated);
    tcase_add_test(tcase, mistakes_are_named);
    tcase_add_test(tcase, options_that_contradict_each_other_are_refused);
    tcase_add_test(tcase, help_is_not_a_mistake);
    tcase_add_test(tcase, more_items_than_one_group_takes_are_refused);
    tcase_add_test(tcase, bench_compares_everything_unless_told_otherwise);
    tcase_add_test(tcase, bench_lists_are_checked_part_by_part);
    tcase_add_test(tcase, codes_are_taken_in_every_spelling_that_people_paste);
    tcase_add_test(tcase, explain_refuses_what_is_no_code_and_no_stage);
    tcase_add_test(tcase, what_goes_as_call_travels_as_packet);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
