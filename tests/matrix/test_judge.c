#include "matrix/judge.h"

#include "matrix/events.h"
#include "tests/matrix/matrix_test.h"

static const char refused[] =
    "{ \"command\": \"check\", \"kind\": \"simulated\", \"stages\": ["
    "  { \"stage\": \"port135\", \"status\": \"ok\", \"detail\": \"open, 2 addresses\" },"
    "  { \"stage\": \"authenticate\", \"status\": \"failed\", \"direction\": \"client-to-server\", \"code\": "
    "\"0x80070005\","
    "    \"code_name\": \"E_ACCESSDENIED\", \"wire\": { \"shape\": \"fault\" }, \"mechanism\": \"ntlm\" } ],"
    "  \"verdict\": { \"outcome\": \"failed\", \"stage\": \"authenticate\", \"direction\": \"client-to-server\","
    "    \"host\": \"beta\" }, \"seen_by_server\": null, \"counts\": { \"tcp_connections\": 2 } }";

static const char connected[] =
    "{ \"command\": \"check\", \"kind\": \"simulated\", \"stages\": [ { \"stage\": \"read\", \"status\": \"ok\" } ],"
    "  \"verdict\": { \"outcome\": \"connected\", \"stage\": null },"
    "  \"seen_by_server\": { \"account\": \"BETA\\\\opcuser\", \"level\": \"packet\", \"mechanism\": \"ntlm\" },"
    "  \"counts\": { \"tcp_connections\": 0 } }";

/* What the judge says about an answer: the differences, each as "what|expected|actual", one a line. */
static char said[4096];
static bool harness;

static bool judge(const char *expect_text, const char *output_text, int exit_code, const char *events_text,
                  enum level level, int64_t tcp_opened)
{
    cJSON *expect = parse(expect_text), *differences = cJSON_CreateArray();
    cJSON *output = output_text ? parse(output_text) : NULL, *events = parse(events_text);
    struct observation seen = { .exit_code = exit_code,
                                .output = output,
                                .events = events,
                                .tcp_opened = tcp_opened,
                                .host_names = { "ALPHA", "BETA" } };
    bool fine = judge_step(expect, level, &seen, differences, &harness);
    const cJSON *one;
    said[0] = '\0';
    cJSON_ArrayForEach(one, differences)
    {
        sprintf(said + strlen(said), "%s|%s|%s\n", json_string(one, "what", ""), json_string(one, "expected", ""),
                json_string(one, "actual", ""));
    }
    cJSON_Delete(expect);
    cJSON_Delete(output);
    cJSON_Delete(events);
    cJSON_Delete(differences);
    return fine;
}

START_TEST(a_refusal_as_expected_is_fine)
{
    ck_assert_msg(
        judge("{ \"outcome\": \"failed\", \"stage\": \"authenticate\", \"direction\": \"client-to-server\","
              " \"look_at\": \"beta\", \"code\": [\"0x80040202\", \"0x80070005\"], \"wire\": [\"fault\"],"
              " \"stages\": { \"port135\": \"ok\" },"
              " \"events\": [ { \"host\": \"beta\", \"event\": \"logon\", \"ntstatus\": \"0xC000006A\" } ] }",
              refused, 1,
              "[ { \"host\": \"BETA\", \"event\": \"logon\", \"account\": \"x\", \"ntstatus\": \"0xc000006a\" } ]",
              LEVEL_CONNECT, -1),
        "%s", said);
    ck_assert(!harness);
}
END_TEST

START_TEST(every_text_that_a_stage_must_say_is_looked_for)
{
    ck_assert_msg(judge("{ \"outcome\": \"failed\", \"stage\": \"authenticate\","
                        " \"stage_says\": { \"port135\": [\"2 addresses\", \"open\"] } }",
                        refused, 1, "[]", LEVEL_CONNECT, -1),
                  "%s", said);
    ck_assert(!judge("{ \"outcome\": \"failed\", \"stage\": \"authenticate\","
                     " \"stage_says\": { \"port135\": [\"open\", \"refused\"], \"read\": [\"x\"] } }",
                     refused, 1, "[]", LEVEL_CONNECT, -1));
    ck_assert_str_eq(said, "what stage port135 says|refused|open, 2 addresses\nwhat stage read says|x|\n");
}
END_TEST

START_TEST(another_stage_than_expected_is_told_as_one_difference)
{
    ck_assert(!judge("{ \"outcome\": \"failed\", \"stage\": \"activate\", \"direction\": \"server-to-client\" }",
                     refused, 1, "[]", LEVEL_CONNECT, -1));
    ck_assert_str_eq(said, "outcome|failed at activate|failed at authenticate with 0x80070005\n");
    ck_assert(!harness);
}
END_TEST

START_TEST(a_failure_where_success_was_expected_is_told)
{
    ck_assert(!judge("{ \"outcome\": \"connected\" }", refused, 1, "[]", LEVEL_CONNECT, -1));
    ck_assert_str_eq(said, "outcome|connected|failed at authenticate with 0x80070005\n");
}
END_TEST

START_TEST(success_where_a_failure_was_expected_is_told)
{
    ck_assert(!judge("{ \"outcome\": \"failed\", \"stage\": \"advise\" }", connected, 0, "[]", LEVEL_CONNECT, -1));
    ck_assert_str_eq(said, "outcome|failed at advise|connected\n");
}
END_TEST

START_TEST(each_detail_of_a_refusal_is_compared)
{
    ck_assert(!judge("{ \"outcome\": \"failed\", \"stage\": \"authenticate\", \"direction\": \"server-to-client\","
                     " \"look_at\": \"alpha\", \"code\": [\"0x80040202\", \"0x800706BA\"], \"wire\": [\"body\"],"
                     " \"stages\": { \"port135\": \"failed\", \"read\": \"ok\" } }",
                     refused, 1, "[]", LEVEL_CONNECT, -1));
    ck_assert_str_eq(said, "direction|server-to-client|client-to-server\n"
                           "code|0x80040202 or 0x800706BA|0x80070005\n"
                           "shape of the refusal|body|fault\n"
                           "machine to look at|ALPHA|beta\n"
                           "stage port135|failed|ok\n"
                           "stage read|ok|nothing\n");
}
END_TEST

START_TEST(an_exit_status_that_contradicts_the_answer_is_a_difference)
{
    ck_assert(!judge("{ \"outcome\": \"connected\" }", connected, 1, "[]", LEVEL_CONNECT, -1));
    ck_assert_str_eq(said, "exit status|0|1\n");
}
END_TEST

START_TEST(the_sent_level_of_call_is_packet)
{
    static const char expect[] = "{ \"outcome\": \"connected\", \"seen_by_server\": { \"account\": \"beta\\\\OPCUSER\","
                                 " \"level\": \"sent\", \"mechanism\": \"ntlm\" } }";
    ck_assert_msg(judge(expect, connected, 0, "[]", LEVEL_CALL, -1), "%s", said);
    ck_assert_msg(judge(expect, connected, 0, "[]", LEVEL_PACKET, -1), "%s", said);
    ck_assert(!judge(expect, connected, 0, "[]", LEVEL_CONNECT, -1));
    ck_assert_str_eq(said, "level the server saw|connect|packet\n");
}
END_TEST

START_TEST(another_account_than_expected_is_told)
{
    ck_assert(!judge("{ \"outcome\": \"connected\", \"seen_by_server\": { \"account\": \"BETA\\\\other\" } }",
                     connected, 0, "[]", LEVEL_CALL, -1));
    ck_assert_str_eq(said, "account the server saw|BETA\\other|BETA\\opcuser\n");
}
END_TEST

START_TEST(connections_are_counted_by_client_and_kernel)
{
    static const char expect[] = "{ \"outcome\": \"connected\", \"tcp_connections\": 0 }";
    ck_assert_msg(judge(expect, connected, 0, "[]", LEVEL_LOCAL, 0), "%s", said);
    ck_assert_msg(judge(expect, connected, 0, "[]", LEVEL_LOCAL, -1), "%s", said);
    ck_assert(!judge(expect, connected, 0, "[]", LEVEL_LOCAL, 3));
    ck_assert_str_eq(said, "TCP connections the kernel counted|0|3\n");
    ck_assert(!judge("{ \"outcome\": \"connected\", \"tcp_connections\": 1 }", connected, 0, "[]", LEVEL_LOCAL, -1));
    ck_assert_str_eq(said, "TCP connections the client counted|1|0\n");
    ck_assert(!judge("{ \"outcome\": \"connected\", \"tcp_connections\": 1 }",
                     "{ \"command\": \"check\", \"verdict\": { \"outcome\": \"connected\" } }", 0, "[]", LEVEL_LOCAL,
                     -1));
    ck_assert_str_eq(said, "TCP connections the client counted|1|nothing\n");
}
END_TEST

START_TEST(a_missing_event_is_told_with_what_was_there_instead)
{
    ck_assert(!judge(
        "{ \"outcome\": \"connected\", \"events\": [ { \"host\": \"alpha\", \"process\": \"probe-client\","
        " \"event\": \"incoming_auth\", \"level\": \"sent\" } ] }",
        connected, 0,
        "[ { \"host\": \"ALPHA\", \"process\": \"probe-client\", \"event\": \"incoming_auth\", \"level\": \"none\" },"
        "  { \"host\": \"BETA\", \"process\": \"probe-client\", \"event\": \"incoming_auth\", \"level\": \"packet\" },"
        "  { \"host\": \"ALPHA\", \"process\": \"probe-client\", \"event\": \"connect\", \"level\": \"packet\" } ]",
        LEVEL_CALL, -1));
    ck_assert_str_eq(
        said, "event|{\"host\":\"alpha\",\"process\":\"probe-client\",\"event\":\"incoming_auth\",\"level\":\"sent\"}|"
              "{\"host\":\"ALPHA\",\"process\":\"probe-client\",\"event\":\"incoming_auth\",\"level\":\"none\"}\n");
}
END_TEST

START_TEST(an_event_that_must_not_be_is_told)
{
    static const char expect[] =
        "{ \"outcome\": \"connected\", \"no_events\": [ { \"host\": \"beta\", \"event\": \"access_denied\","
        " \"windows_event\": 10016 } ] }";
    ck_assert_msg(judge(expect, connected, 0,
                        "[ { \"host\": \"BETA\", \"event\": \"access_denied\", \"windows_event\": 10015 },"
                        "  { \"host\": \"BETA\", \"event\": \"access_denied\" } ]",
                        LEVEL_CALL, -1),
                  "%s", said);
    ck_assert(!judge(expect, connected, 0,
                     "[ { \"host\": \"BETA\", \"event\": \"access_denied\", \"windows_event\": 10016 } ]", LEVEL_CALL,
                     -1));
    ck_assert_str_eq(
        said,
        "an event that must not be|nothing|{\"host\":\"BETA\",\"event\":\"access_denied\",\"windows_event\":10016}\n");
}
END_TEST

START_TEST(the_higher_of_both_sides_levels_is_expected_of_the_caller)
{
    static const char expect[] =
        "{ \"outcome\": \"connected\", \"seen_by_server\": { \"level_at_least\": \"packet\" } }";
    ck_assert_msg(judge(expect, connected, 0, "[]", LEVEL_NONE, -1), "%s", said);
    ck_assert_msg(judge(expect, connected, 0, "[]", LEVEL_CALL, -1), "%s", said);
    ck_assert(!judge(expect, connected, 0, "[]", LEVEL_PACKET_PRIVACY, -1));
    ck_assert_str_eq(said, "level the server saw|packet-privacy|packet\n");
}
END_TEST

START_TEST(words_that_the_advice_lacks_are_told)
{
    ck_assert_msg(
        judge("{ \"outcome\": \"failed\", \"stage\": \"authenticate\", \"says\": [\"10027\", \"Edit\"] }",
              "{ \"command\": \"check\", \"stages\": [], \"verdict\": { \"outcome\": \"failed\","
              " \"stage\": \"authenticate\", \"change\": \"Edit Limits\", \"causes\": [\"a\", \"event 10027\"] } }",
              1, "[]", LEVEL_CALL, -1),
        "%s", said);
    ck_assert(!judge("{ \"outcome\": \"failed\", \"stage\": \"authenticate\", \"says\": [\"10027\"] }", refused, 1,
                     "[]", LEVEL_CALL, -1));
    ck_assert_str_eq(said, "words of the verdict|10027|nothing\n");
}
END_TEST

START_TEST(no_answer_is_the_harness_not_a_verdict)
{
    ck_assert(!judge("{ \"outcome\": \"failed\", \"stage\": \"advise\" }", NULL, 1, "[]", LEVEL_CALL, -1));
    ck_assert(harness);
    ck_assert(!judge("{ \"outcome\": \"connected\" }", connected, 3, "[]", LEVEL_CALL, -1));
    ck_assert(harness);
    ck_assert_str_eq(said, "the program's answer|a result and exit status 0 or 1|3\n");
}
END_TEST

START_TEST(a_program_that_hangs_is_the_harness_too)
{
    cJSON *expect = parse("{ \"outcome\": \"connected\" }"), *differences = cJSON_CreateArray();
    struct observation seen = { .timed_out = true, .tcp_opened = -1 };
    ck_assert(!judge_step(expect, LEVEL_NONE, &seen, differences, &harness));
    ck_assert(harness);
    ck_assert_str_eq(json_string(cJSON_GetArrayItem(differences, 0), "what", ""), "end of the program");
    cJSON_Delete(expect);
    cJSON_Delete(differences);
}
END_TEST

START_TEST(figures_are_the_proof_of_a_bench)
{
    static const char expect[] = "{ \"outcome\": \"connected\" }";
    ck_assert(judge(expect, "{ \"command\": \"bench\", \"latency\": [ { \"p50_ns\": 1 } ] }", 0, "[]", LEVEL_ALL, -1));
    ck_assert(judge(expect, "{ \"command\": \"bench\", \"scan_levels\": [ { \"classes\": [ { } ] } ] }", 0, "[]",
                    LEVEL_ALL, -1));
    ck_assert(!judge(expect, "{ \"command\": \"bench\", \"scan_levels\": [ { \"classes\": [ ] } ] }", 0, "[]",
                     LEVEL_ALL, -1));
    ck_assert(!judge(expect, "{ \"command\": \"bench\", \"latency\": [] }", 0, "[]", LEVEL_ALL, -1));
    ck_assert(!harness);
}
END_TEST

START_TEST(the_refused_logon_is_found_among_the_events)
{
    cJSON *events = parse("[ { \"event\": \"logon\", \"ntstatus\": \"0x00000000\" },"
                          "  { \"event\": \"other\", \"ntstatus\": \"0xC0000001\" },"
                          "  { \"event\": \"logon\", \"ntstatus\": \"0xC0000064\" } ]");
    ck_assert_str_eq(events_refused_logon(events), "0xC0000064");
    cJSON_Delete(events);
    events = parse("[ { \"event\": \"logon\", \"ntstatus\": \"0x00000000\" } ]");
    ck_assert_ptr_eq(events_refused_logon(events), NULL);
    cJSON_Delete(events);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("judge");
    TCase *tests = tcase_create("judge");
    tcase_add_test(tests, a_refusal_as_expected_is_fine);
    tcase_add_test(tests, every_text_that_a_stage_must_say_is_looked_for);
    tcase_add_test(tests, another_stage_than_expected_is_told_as_one_difference);
    tcase_add_test(tests, a_failure_where_success_was_expected_is_told);
    tcase_add_test(tests, success_where_a_failure_was_expected_is_told);
    tcase_add_test(tests, each_detail_of_a_refusal_is_compared);
    tcase_add_test(tests, an_exit_status_that_contradicts_the_answer_is_a_difference);
    tcase_add_test(tests, the_sent_level_of_call_is_packet);
    tcase_add_test(tests, another_account_than_expected_is_told);
    tcase_add_test(tests, connections_are_counted_by_client_and_kernel);
    tcase_add_test(tests, a_missing_event_is_told_with_what_was_there_instead);
    tcase_add_test(tests, an_event_that_must_not_be_is_told);
    tcase_add_test(tests, the_higher_of_both_sides_levels_is_expected_of_the_caller);
    tcase_add_test(tests, words_that_the_advice_lacks_are_told);
    tcase_add_test(tests, no_answer_is_the_harness_not_a_verdict);
    tcase_add_test(tests, a_program_that_hangs_is_the_harness_too);
    tcase_add_test(tests, figures_are_the_proof_of_a_bench);
    tcase_add_test(tests, the_refused_logon_is_found_among_the_events);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
