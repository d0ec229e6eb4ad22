#include "matrix/options.h"

#include "tests/matrix/matrix_test.h"

static struct options parse_words(const char *words)
{
    static char copy[256], *argv[16], complaint[JSON_COMPLAINT];
    struct options options;
    int argc = 0;
    snprintf(copy, sizeof(copy), "%s", words);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    ck_assert_msg(options_parse(argc, argv, &options, complaint), "%s", complaint);
    return options;
}

static void refuse(const char *words, const char *why)
{
    static char copy[256], *argv[16], complaint[JSON_COMPLAINT];
    struct options options;
    int argc = 0;
    snprintf(copy, sizeof(copy), "%s", words);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    ck_assert_msg(!options_parse(argc, argv, &options, complaint), "%s", words);
    ck_assert_msg(strstr(complaint, why) != NULL, "%s", complaint);
}

START_TEST(nothing_given_means_everything)
{
    struct options o = parse_words("");
    ck_assert_uint_eq(o.scenario_count, 0);
    ck_assert_uint_eq(o.jobs, OPTIONS_JOBS);
    ck_assert(!o.no_namespaces && !o.keep && !o.help && !o.out);
    ck_assert_str_eq(o.folder, OPCPROBE_SCENARIOS);
    for (int i = 0; i < LEVEL_COUNT; i++)
        ck_assert(!o.levels[i]);
}
END_TEST

START_TEST(every_option_is_understood)
{
    struct options o =
        parse_words("--scenario a --scenario b --levels none,packet-privacy --jobs 2 --out o --no-namespaces "
                    "--keep --capture --programs p --help");
    ck_assert_uint_eq(o.scenario_count, 2);
    ck_assert_str_eq(o.scenarios[1], "b");
    ck_assert(o.levels[LEVEL_NONE] && o.levels[LEVEL_PACKET_PRIVACY] && !o.levels[LEVEL_PACKET]);
    ck_assert_uint_eq(o.jobs, 2);
    ck_assert_str_eq(o.out, "o");
    ck_assert_str_eq(o.programs, "p");
    ck_assert(o.no_namespaces && o.keep && o.capture && o.help);
}
END_TEST

START_TEST(a_wrong_word_is_named)
{
    refuse("--levles none", "--levles");
    refuse("workgroup", "workgroup");
    refuse("--scenario", "needs a value");
    refuse("--levels loud", "loud");
    refuse("--levels none,", "will not do");
    refuse("--levels ,none", "will not do");
    refuse("--jobs 0", "--jobs");
    refuse("--jobs many", "many");
    refuse("--jobs 65", "65");
}
END_TEST

START_TEST(levels_have_their_words_both_ways)
{
    for (int i = 0; i < LEVEL_COUNT; i++) {
        enum level level = LEVEL_COUNT;
        ck_assert(level_parse(level_name((enum level)i), &level));
        ck_assert_int_eq(level, i);
    }
    enum level untouched = LEVEL_ALL;
    ck_assert(!level_parse("Packet", &untouched));
    ck_assert(!level_parse("", &untouched));
    ck_assert_int_eq(untouched, LEVEL_ALL);
    ck_assert(!level_is_wire(LEVEL_LOCAL) && !level_is_wire(LEVEL_ALL) && level_is_wire(LEVEL_NONE));
    ck_assert_int_eq(level_sent(LEVEL_CALL), LEVEL_PACKET);
    ck_assert_int_eq(level_sent(LEVEL_CONNECT), LEVEL_CONNECT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");
    tcase_add_test(tests, nothing_given_means_everything);
    tcase_add_test(tests, every_option_is_understood);
    tcase_add_test(tests, a_wrong_word_is_named);
    tcase_add_test(tests, levels_have_their_words_both_ways);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
