#include "matrix/scenario.h"

#include "tests/matrix/matrix_test.h"

/* A scenario that is right, line by line, so that a mistake can be put into any of them. */
static const char *const lines[] = {
    "{",                                                                                                        /* 1 */
    "  \"name\": \"good\", \"title\": \"t\", \"requirement\": \"r\", \"covers\": [\"c\"], \"no_cure\": \"n\",", /* 2 */
    "  \"levels\": [\"connect\", \"call\", \"packet\", \"packet-integrity\", \"packet-privacy\"],",             /* 3 */
    "  \"unsupported\": { \"none\": \"because\" },",                                                            /* 4 */
    "  \"hosts\": {",                                                                                           /* 5 */
    "    \"alpha\": { \"accounts\": [ { \"name\": \"opcuser\", \"password\": \"p\" } ] },",                     /* 6 */
    "    \"beta\": { \"accounts\": [ { \"name\": \"opcserver\", \"password\": \"q\" } ],",                      /* 7 */
    "      \"server\": { \"registered\": true, \"run_as\": \"opcserver\" } } },",                               /* 8 */
    "  \"steps\": [",                                                                                           /* 9 */
    "    { \"title\": \"s\", \"do\": \"check\", \"on\": \"alpha\", \"as\": \"opcuser\", \"target\": \"beta\",", /* 10 */
    "      \"expect\": { \"outcome\": \"failed\", \"stage\": \"advise\",",                                      /* 11 */
    "        \"code\": [\"0x80070005\"] } },",                                                                  /* 12 */
    "    { \"title\": \"u\", \"do\": \"set-faults\",",                                                          /* 13 */
    "      \"faults\": [ { \"from\": \"beta\", \"to\": \"alpha\", \"ports\": \"135\", \"action\": \"drop\" } ] }", /* 14
                                                                                                                    */
    "  ] }", /* 15 */
};
#define LINES (sizeof(lines) / sizeof(lines[0]))

/* The scenario with the words `from` in line `number` replaced by `to`; heap. */
static char *with_change(size_t number, const char *from, const char *to)
{
    char *text = calloc(1, 8192);
    for (size_t i = 0; i < LINES; i++) {
        const char *at = i + 1 == number ? strstr(lines[i], from) : NULL;
        ck_assert_msg(i + 1 != number || at, "line %zu has no %s", number, from);
        if (at)
            sprintf(text + strlen(text), "%.*s%s%s\n", (int)(at - lines[i]), lines[i], to, at + strlen(from));
        else
            sprintf(text + strlen(text), "%s\n", lines[i]);
    }
    return text;
}

static enum err load_text(const char *path, const char *text, struct scenario *out, char complaint[JSON_COMPLAINT])
{
    struct json_document schema = load_schema("scenario.schema.json"), document = { 0 };
    enum err e = json_parse(path, text, strlen(text), &document, complaint);
    if (!e)
        e = scenario_from_document(&document, schema.root, out, complaint);
    json_cleanup(&document);
    json_cleanup(&schema);
    return e;
}

static void refuse(size_t number, const char *from, const char *to, const char *complaint_prefix, const char *words)
{
    char complaint[JSON_COMPLAINT] = "";
    struct scenario s;
    char *text = with_change(number, from, to);
    ck_assert_msg(load_text("x/good.json", text, &s, complaint) == ERR_PROTOCOL, "%s", text);
    ck_assert_msg(strncmp(complaint, complaint_prefix, strlen(complaint_prefix)) == 0, "%s", complaint);
    ck_assert_msg(strstr(complaint, words) != NULL, "%s", complaint);
    free(text);
}

START_TEST(a_right_scenario_is_read)
{
    char complaint[JSON_COMPLAINT] = "";
    struct scenario s;
    char *text = with_change(2, "good", "good");
    ck_assert_msg(load_text("x/good.json", text, &s, complaint) == ERR_OK, "%s", complaint);
    ck_assert_str_eq(s.name, "good");
    ck_assert(s.levels[LEVEL_PACKET_PRIVACY] && !s.levels[LEVEL_NONE] && !s.levels[LEVEL_LOCAL]);
    ck_assert_str_eq(s.unsupported[LEVEL_NONE], "because");
    ck_assert_ptr_eq(s.unsupported[LEVEL_CALL], NULL);
    ck_assert(!s.alone);
    ck_assert(scenario_needs_router(&s, LEVEL_CALL));
    ck_assert_str_eq(json_string(cJSON_GetObjectItem(scenario_host(&s, "beta"), "server"), "run_as", ""), "opcserver");
    scenario_cleanup(&s);
    free(text);
}
END_TEST

START_TEST(an_unknown_key_is_an_error_with_file_and_line)
{
    refuse(4, "\"unsupported\"", "\"unsuported\"", "x/good.json:4:", "unsuported");
    refuse(8, "\"run_as\"", "\"runas\"", "x/good.json:8:", "runas");
    refuse(12, "\"code\"", "\"codes\"", "x/good.json:12:", "codes");
}
END_TEST

START_TEST(a_word_that_is_none_of_the_known_ones_is_an_error)
{
    refuse(3, "\"call\"", "\"cal\"", "x/good.json:3:", "");
    refuse(10, "\"check\"", "\"chek\"", "x/good.json:10:", "");
    refuse(11, "\"advise\"", "\"advice\"", "x/good.json:11:", "");
    refuse(14, "\"drop\"", "\"loose\"", "x/good.json:14:", "");
    refuse(14, "\"135\"", "135", "x/good.json:14:", "");
}
END_TEST

START_TEST(the_name_is_the_files)
{
    refuse(2, "\"good\"", "\"better\"", "x/good.json:2:", "better");
}
END_TEST

START_TEST(every_level_on_the_wire_is_a_cell_or_has_a_reason)
{
    refuse(3, "\"call\", ", "", "x/good.json:3:", "\"call\" is missing");
    refuse(4, "\"none\"", "\"call\"", "x/good.json:4:", "in levels and in unsupported");
}
END_TEST

START_TEST(accounts_that_a_host_does_not_have_are_named)
{
    refuse(8, "\"opcserver\"", "\"nobody\"", "x/good.json:8:", "beta has no account \"nobody\"");
    refuse(10, "\"as\": \"opcuser\"", "\"as\": \"opcserver\"", "x/good.json:10:", "alpha has no account");
}
END_TEST

START_TEST(an_action_has_its_own_members_and_all_of_them)
{
    refuse(10, "\"as\": \"opcuser\", ", "", "x/good.json:10:", "needs \"as\"");
    refuse(13, "\"do\": \"set-faults\"", "\"do\": \"set-faults\", \"on\": \"alpha\"",
           "x/good.json:13:", "has no \"on\"");
    refuse(13, "\"set-faults\"", "\"bench\"", "x/good.json:13:", "needs \"on\"");
}
END_TEST

START_TEST(a_change_meanwhile_is_a_change_with_its_own_members)
{
    static const char expect[] = "\"expect\"";
#define MEANWHILE(change)                                                                                              \
    "\"meanwhile\": [ { \"after\": { \"host\": \"alpha\", \"event\": \"e\" }, " change " } ], \"expect\""
    refuse(11, expect, MEANWHILE("\"do\": \"set-rpcss\", \"on\": \"beta\""), "x/good.json:11:", "needs \"rpcss\"");
    refuse(11, expect, MEANWHILE("\"do\": \"set-nat\", \"nat\": [], \"on\": \"beta\""),
           "x/good.json:11:", "has no \"on\"");
    refuse(11, expect, MEANWHILE("\"do\": \"check\""), "x/good.json:11:", "check");
#undef MEANWHILE
}
END_TEST

START_TEST(a_failure_has_a_stage_and_a_success_has_none)
{
    refuse(11, ", \"stage\": \"advise\"", "", "x/good.json:11:", "needs its \"stage\"");
    refuse(11, "\"failed\"", "\"connected\"", "x/good.json:11:", "\"stage\" belongs to an expected failure");
}
END_TEST

START_TEST(codes_are_eight_hexadecimal_digits)
{
    refuse(12, "0x80070005", "2147942405", "x/good.json:12:", "is not a code");
    refuse(12, "0x80070005", "0x8007000g", "x/good.json:12:", "is not a code");
}
END_TEST

START_TEST(a_step_stands_only_at_levels_of_its_scenario)
{
    refuse(10, "\"do\"", "\"levels\": [\"none\"], \"do\"", "x/good.json:10:", "no level \"none\"");
}
END_TEST

START_TEST(a_level_at_which_nothing_is_checked_is_an_error)
{
    refuse(10, "\"do\"", "\"levels\": [\"packet\"], \"do\"",
           "x/good.json:9:", "no step with \"expect\" at level \"connect\"");
}
END_TEST

START_TEST(one_level_may_stand_for_all_with_its_reason)
{
    char complaint[JSON_COMPLAINT] = "";
    struct scenario s;
    static const char *const levels = "\"connect\", \"call\", \"packet\", \"packet-integrity\", \"packet-privacy\"],";
    char *text = with_change(3, levels, "\"packet\"], \"one_level\": \"lists do not look at it\",");
    char *reason = strstr(text, "  \"unsupported\"");
    memset(reason, ' ', strcspn(reason, "\n"));
    ck_assert_msg(load_text("x/good.json", text, &s, complaint) == ERR_OK, "%s", complaint);
    ck_assert_str_eq(s.one_level, "lists do not look at it");
    scenario_cleanup(&s);
    free(text);
    refuse(3, "],", "], \"one_level\": \"because\",", "x/good.json:3:", "beside one level");
    refuse(3, levels, "\"packet\"], \"one_level\": \"because\",", "x/good.json:3:", "beside one level");
}
END_TEST

START_TEST(a_failure_has_a_cure_or_a_reason_for_none)
{
    refuse(2, ", \"no_cure\": \"n\"", "", "x/good.json:9:", "ends with a failure at level \"connect\"");
    refuse(
        12, "\"code\": [\"0x80070005\"] } },",
        "\"code\": [\"0x80070005\"] } }, { \"title\": \"v\", \"do\": \"check\", \"on\": \"alpha\", \"as\": \"opcuser\","
        " \"target\": \"beta\", \"expect\": { \"outcome\": \"connected\" } },",
        "x/good.json:2:", "nothing is left failing");
}
END_TEST

START_TEST(a_list_has_rights_of_its_kind)
{
    refuse(8, "\"server\"", "\"registry\": { \"default_access\": { \"opcserver\": \"RA\" } }, \"server\"",
           "x/good.json:8:", "they are LC RC");
    refuse(
        13, "\"do\": \"set-faults\"",
        "\"do\": \"set-registry\", \"on\": \"beta\", \"registry\": { \"launch_limits\": { \"opcserver\": \"XX\" } } },"
        " { \"title\": \"u\", \"do\": \"set-faults\"",
        "x/good.json:13:", "they are LL RL LA RA");
    refuse(8, "\"server\"", "\"registry\": { \"default_acces\": null }, \"server\"", "x/good.json:8:", "default_acces");
}
END_TEST

START_TEST(an_account_may_come_by_a_step)
{
    char complaint[JSON_COMPLAINT] = "";
    struct scenario s;
    char *text = with_change(13, "\"do\": \"set-faults\"",
                             "\"do\": \"set-account\", \"on\": \"beta\", \"account\": \"late\", \"password\": \"p\" },"
                             " { \"title\": \"w\", \"do\": \"register-server\", \"on\": \"beta\","
                             "   \"server\": { \"registered\": true, \"run_as\": \"late\" } },"
                             " { \"title\": \"u\", \"do\": \"set-faults\"");
    ck_assert_msg(load_text("x/good.json", text, &s, complaint) == ERR_OK, "%s", complaint);
    scenario_cleanup(&s);
    free(text);
    refuse(
        13, "\"do\": \"set-faults\"",
        "\"do\": \"register-server\", \"on\": \"beta\", \"server\": { \"registered\": true, \"run_as\": \"late\" } },"
        " { \"title\": \"u\", \"do\": \"set-faults\"",
        "x/good.json:13:", "beta has no account \"late\"");
}
END_TEST

START_TEST(every_scenario_of_the_tree_is_right)
{
    char complaint[JSON_COMPLAINT] = "";
    struct scenario_set set;
    ck_assert_msg(scenario_set_load(OPCPROBE_SCENARIOS, &set, complaint) == ERR_OK, "%s", complaint);
    ck_assert_uint_ge(set.count, 9);
    ck_assert_ptr_ne(scenario_find(&set, "workgroup"), NULL);
    ck_assert_ptr_eq(scenario_find(&set, "workgrou"), NULL);
    scenario_set_cleanup(&set);
}
END_TEST

START_TEST(a_folder_without_scenarios_is_an_error)
{
    char complaint[JSON_COMPLAINT] = "";
    struct scenario_set set;
    ck_assert_int_ne(scenario_set_load("/nonexistent", &set, complaint), ERR_OK);
    ck_assert_msg(strstr(complaint, "/nonexistent") != NULL, "%s", complaint);
    ck_assert_uint_eq(set.count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario");
    TCase *tests = tcase_create("scenario");
    tcase_add_test(tests, a_right_scenario_is_read);
    tcase_add_test(tests, an_unknown_key_is_an_error_with_file_and_line);
    tcase_add_test(tests, a_word_that_is_none_of_the_known_ones_is_an_error);
    tcase_add_test(tests, the_name_is_the_files);
    tcase_add_test(tests, every_level_on_the_wire_is_a_cell_or_has_a_reason);
    tcase_add_test(tests, accounts_that_a_host_does_not_have_are_named);
    tcase_add_test(tests, an_action_has_its_own_members_and_all_of_them);
    tcase_add_test(tests, a_change_meanwhile_is_a_change_with_its_own_members);
    tcase_add_test(tests, a_failure_has_a_stage_and_a_success_has_none);
    tcase_add_test(tests, codes_are_eight_hexadecimal_digits);
    tcase_add_test(tests, a_step_stands_only_at_levels_of_its_scenario);
    tcase_add_test(tests, a_level_at_which_nothing_is_checked_is_an_error);
    tcase_add_test(tests, one_level_may_stand_for_all_with_its_reason);
    tcase_add_test(tests, a_failure_has_a_cure_or_a_reason_for_none);
    tcase_add_test(tests, a_list_has_rights_of_its_kind);
    tcase_add_test(tests, an_account_may_come_by_a_step);
    tcase_add_test(tests, every_scenario_of_the_tree_is_right);
    tcase_add_test(tests, a_folder_without_scenarios_is_an_error);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
