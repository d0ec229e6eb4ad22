#include "matrix/lab_internal.h"

#include "base/clock.h"
#include "base/folder.h"
#include "matrix/events.h"
#include "matrix/host_folder.h"
#include "matrix/step.h"
#include "tests/matrix/matrix_test.h"

/* A lab that is described but not laid. */
static struct lab make_lab(enum lab_kind kind)
{
    struct lab lab = { .kind = kind };
    static const char *const keys[] = { "alpha", "beta" };
    snprintf(lab.programs, sizeof(lab.programs), "/opt/op c");
    for (int i = 0; i < LAB_HOSTS; i++) {
        struct lab_host *host = &lab.hosts[i];
        host->key = keys[i];
        snprintf(host->name, sizeof(host->name), "%s", i ? "BETA" : "ALPHA");
        snprintf(host->dns_name, sizeof(host->dns_name), "%s.lab.test", keys[i]);
        snprintf(host->address, sizeof(host->address), "127.0.9.%d", i + 1);
        for (int other = 0; other < LAB_HOSTS; other++)
            snprintf(host->known[other], sizeof(host->known[other]), "127.0.9.%d", other + 1);
        host->port = (uint16_t)(20135 + i);
    }
    return lab;
}

static void expect_json(cJSON *actual, const char *expected_text)
{
    cJSON *expected = parse(expected_text);
    char *text = cJSON_Print(actual);
    ck_assert_msg(cJSON_Compare(actual, expected, true), "%s", text);
    free(text);
    cJSON_Delete(expected);
    cJSON_Delete(actual);
}

START_TEST(a_loopback_host_knows_the_others_port)
{
    struct lab lab = make_lab(LAB_LOOPBACK);
    expect_json(
        host_folder_description(&lab, &lab.hosts[1], NULL, (uint32_t[3]){ 1, 2, 4294967295u }),
        "{ \"name\": \"BETA\", \"dns_name\": \"beta.lab.test\", \"workgroup\": \"WORKGROUP\","
        "  \"machine_sid\": \"S-1-5-21-1-2-4294967295\", \"addresses\": [\"127.0.9.2\"], \"resolver_port\": 20136,"
        "  \"dynamic_ports\": [49152, 65535],"
        "  \"names\": { \"alpha\": { \"address\": \"127.0.9.1\", \"port\": 20135 },"
        "             \"beta\": { \"address\": \"127.0.9.2\", \"port\": 20136 } } }");
}
END_TEST

START_TEST(a_namespace_host_leaves_names_to_its_hosts_file)
{
    struct lab lab = make_lab(LAB_NAMESPACES);
    expect_json(host_folder_description(&lab, &lab.hosts[0], NULL, (uint32_t[3]){ 1, 2, 3 }),
                "{ \"name\": \"ALPHA\", \"dns_name\": \"alpha.lab.test\", \"workgroup\": \"WORKGROUP\","
                "  \"machine_sid\": \"S-1-5-21-1-2-3\", \"addresses\": [\"127.0.9.1\"], \"resolver_port\": 20135,"
                "  \"dynamic_ports\": [49152, 65535] }");
}
END_TEST

START_TEST(a_host_has_a_console_and_a_patience_when_the_scenario_says_so)
{
    struct lab lab = make_lab(LAB_NAMESPACES);
    cJSON *wanted = parse("{ \"console_account\": \"operator\", \"server_start_timeout_s\": 2 }");
    cJSON *description = host_folder_description(&lab, &lab.hosts[1], wanted, (uint32_t[3]){ 1, 2, 3 });
    ck_assert_str_eq(json_string(description, "console_account", ""), "operator");
    ck_assert_int_eq((int)json_number(description, "server_start_timeout_s", 0), 2);
    cJSON_Delete(description);
    cJSON_Delete(wanted);
}
END_TEST

START_TEST(an_account_is_written_with_its_groups_and_flags)
{
    static const char *const expected[] = { "opcuser", "--group",    "OPC Users",         "--group",
                                            "Plant",   "--disabled", "--password-expired" };
    const char *words[HOST_ACCOUNT_WORDS];
    cJSON *wanted = parse("{ \"name\": \"opcuser\", \"groups\": [\"OPC Users\", \"Plant\"], \"disabled\": true,"
                          "  \"locked\": false, \"password_expired\": true }");
    ck_assert_uint_eq(host_folder_account_words(wanted, words), 7);
    for (size_t i = 0; i < 7; i++)
        ck_assert_str_eq(words[i], expected[i]);
    ck_assert_ptr_null(words[7]);
    cJSON_Delete(wanted);
}
END_TEST

START_TEST(faults_become_rules_of_the_router)
{
    cJSON *faults = parse("[ { \"from\": \"beta\", \"to\": \"alpha\", \"ports\": \"135\", \"action\": \"reject\" },"
                          "  { \"from\": \"alpha\", \"to\": \"beta\", \"ports\": \"dynamic\", \"action\": \"drop\" },"
                          "  { \"from\": \"alpha\", \"to\": \"beta\", \"ports\": 48010, \"action\": \"drop\" } ]");
    char *rules = lab_fault_rules(faults);
    ck_assert_str_eq(rules, "table inet faults\n"
                            "delete table inet faults\n"
                            "table inet faults {\n"
                            " chain transit {\n"
                            "  type filter hook forward priority 0; policy accept;\n"
                            "  ct direction reply accept\n"
                            "  iifname \"r2\" oifname \"r1\" tcp dport 135 reject with tcp reset\n"
                            "  iifname \"r1\" oifname \"r2\" tcp dport 49152-65535 drop\n"
                            "  iifname \"r1\" oifname \"r2\" tcp dport 48010 drop\n"
                            " }\n"
                            "}\n");
    free(rules);
    cJSON_Delete(faults);
}
END_TEST

static void expect_command(const char *step_text, enum level level, const char *expected)
{
    struct lab lab = make_lab(LAB_LOOPBACK);
    struct step_context context = { &lab, NULL, level, 1 };
    const char *const programs[2] = { "SCM", "CLIENT" };
    const char *arguments[STEP_ARGUMENTS];
    char line[512] = "";
    cJSON *step = parse(step_text);
    size_t count = step_command_line(&context, step, programs, arguments);
    ck_assert_uint_gt(count, 0);
    for (size_t i = 0; i < count; i++)
        sprintf(line + strlen(line), "%s[%s]", i ? " " : "", arguments[i]);
    ck_assert_ptr_eq(arguments[count], NULL);
    ck_assert_str_eq(line, expected);
    cJSON_Delete(step);
}

START_TEST(a_translated_host_is_reached_by_its_public_address_alone)
{
    cJSON *nat = parse("[ { \"of\": \"beta\", \"ports\": \"135\" }, { \"of\": \"alpha\", \"ports\": \"none\" } ]");
    char *rules = lab_nat_rules(nat);
    ck_assert_str_eq(rules, "table ip translation\n"
                            "delete table ip translation\n"
                            "table ip translation {\n"
                            " chain arriving {\n"
                            "  type nat hook prerouting priority -100;\n"
                            "  iifname \"r1\" ip daddr 192.0.2.2 tcp dport 135 dnat to 10.2.0.2\n"
                            " }\n"
                            " chain leaving {\n"
                            "  type nat hook postrouting priority 100;\n"
                            "  oifname \"r1\" ip saddr 10.2.0.2 snat to 192.0.2.2\n"
                            "  oifname \"r2\" ip saddr 10.1.0.2 snat to 192.0.2.1\n"
                            " }\n"
                            " chain transit {\n"
                            "  type filter hook forward priority 1;\n"
                            "  ct direction reply accept\n"
                            "  ct status dnat accept\n"
                            "  iifname \"r1\" ip daddr 10.2.0.2 reject with icmp type net-unreachable\n"
                            "  iifname \"r2\" ip daddr 10.1.0.2 reject with icmp type net-unreachable\n"
                            " }\n"
                            "}\n");
    free(rules);
    cJSON_Delete(nat);
}
END_TEST

START_TEST(a_check_is_started_in_a_logon_session_at_the_cells_level)
{
    expect_command("{ \"do\": \"check\", \"as\": \"opcuser\", \"target\": \"beta\" }", LEVEL_PACKET_INTEGRITY,
                   "[SCM] [logon] [opcuser] [--] [CLIENT] [check] [beta] [--json] [--level] [packet-integrity]");
}
END_TEST

START_TEST(the_target_is_written_as_the_step_says)
{
    expect_command("{ \"do\": \"check\", \"as\": \"u\", \"target\": \"alpha\", \"target_form\": \"omitted\" }",
                   LEVEL_LOCAL, "[SCM] [logon] [u] [--] [CLIENT] [check] [] [--json]");
    expect_command("{ \"do\": \"check\", \"as\": \"u\", \"target\": \"alpha\", \"target_form\": \"localhost\" }",
                   LEVEL_LOCAL, "[SCM] [logon] [u] [--] [CLIENT] [check] [localhost] [--json]");
    expect_command("{ \"do\": \"check\", \"as\": \"u\", \"target\": \"alpha\", \"target_form\": \"address\" }",
                   LEVEL_LOCAL, "[SCM] [logon] [u] [--] [CLIENT] [check] [127.0.9.1] [--json]");
}
END_TEST

START_TEST(a_password_is_never_an_argument)
{
    expect_command(
        "{ \"do\": \"check\", \"as\": \"u\", \"target\": \"beta\", \"credentials\": { \"account\": \"BETA\\\\v\","
        " \"password\": \"secret-word\" }, \"arguments\": [\"--timeout\", \"5\"] }",
        LEVEL_NONE,
        "[SCM] [logon] [u] [--] [CLIENT] [check] [beta] [--json] [--level] [none] [--as] [BETA\\v] "
        "[--timeout] [5]");
    expect_command("{ \"do\": \"check\", \"as\": \"u\", \"target\": \"beta\", \"anonymous\": true }", LEVEL_PACKET,
                   "[SCM] [logon] [u] [--] [CLIENT] [check] [beta] [--json] [--level] [packet] [--anonymous]");
}
END_TEST

START_TEST(a_word_stands_for_one_random_password)
{
    struct secrets secrets = { .count = 0 };
    const char *first, *again, *other;
    ck_assert_int_eq(secrets_get(&secrets, "user", &first), ERR_OK);
    ck_assert_int_eq(secrets_get(&secrets, "user", &again), ERR_OK);
    ck_assert_int_eq(secrets_get(&secrets, "server", &other), ERR_OK);
    ck_assert_ptr_eq(first, again);
    ck_assert_str_ne(first, other);
    ck_assert_uint_ge(strlen(first), 32);
    ck_assert_int_eq(secrets_get(&secrets, "", &other), ERR_OK);
    ck_assert_str_eq(other, "");
    ck_assert_int_eq(secrets_set(&secrets, "given", "word"), ERR_OK);
    ck_assert_int_eq(secrets_set(&secrets, "given", "another"), ERR_IN_USE);
    ck_assert_int_eq(secrets_get(&secrets, "given", &other), ERR_OK);
    ck_assert_str_eq(other, "word");
    secrets_cleanup(&secrets);
    for (size_t i = 0; i < sizeof(secrets); i++)
        ck_assert_int_eq(((unsigned char *)&secrets)[i], 0);
}
END_TEST

START_TEST(passwords_are_limited_in_number_and_length)
{
    struct secrets secrets = { .count = 0 };
    const char *value;
    char word[SECRETS_WORD + 1];
    for (int i = 0; i < SECRETS_MAXIMUM; i++) {
        snprintf(word, sizeof(word), "w%d", i);
        ck_assert_int_eq(secrets_get(&secrets, word, &value), ERR_OK);
    }
    ck_assert_int_eq(secrets_get(&secrets, "one more", &value), ERR_LIMIT);
    ck_assert_ptr_eq(value, NULL);
    secrets_cleanup(&secrets);
    memset(word, 'x', SECRETS_WORD);
    word[SECRETS_WORD] = '\0';
    ck_assert_int_eq(secrets_get(&secrets, word, &value), ERR_LIMIT);
    secrets_cleanup(&secrets);
}
END_TEST

START_TEST(only_events_of_the_step_are_read_and_torn_lines_are_passed_over)
{
    char folder[] = "/tmp/test_lab-XXXXXX", path[64];
    ck_assert_int_eq(folder_create_temporary(folder, sizeof(folder)), ERR_OK);
    snprintf(path, sizeof(path), "%s/BETA-probe-scm-1.jsonl", folder);
    ck_assert_int_eq(
        file_write(path, "{\"t_ns\":99,\"event\":\"old\"}\n{\"t_ns\":100,\"event\":\"new\"}\n{\"t_ns\":101,\"ev"),
        ERR_OK);
    snprintf(path, sizeof(path), "%s/notes.json", folder);
    ck_assert_int_eq(file_write(path, "{\"t_ns\":200,\"event\":\"no stream\"}\n"), ERR_OK);
    cJSON *events = events_read(folder, 100);
    ck_assert_int_eq(cJSON_GetArraySize(events), 1);
    ck_assert_str_eq(json_string(cJSON_GetArrayItem(events, 0), "event", ""), "new");
    cJSON_Delete(events);
    folder_remove(folder);
}
END_TEST

START_TEST(a_helper_that_fails_is_named_with_its_last_line)
{
    char complaint[COMMAND_COMPLAINT], path[] = "/tmp/test_lab-XXXXXX";
    ck_assert_int_ge(mkstemp(path), 0);
    const char *const failing[] = { "sh", "-c", "echo first; echo last words; exit 7", NULL };
    ck_assert_int_ne(command_run(failing, path, clock_deadline_ns(5 * NS_PER_S), complaint), ERR_OK);
    ck_assert_str_eq(complaint, "sh ended with 7: last words");
    const char *const missing[] = { "no-such-program-here", NULL };
    ck_assert_int_eq(command_run(missing, path, clock_deadline_ns(5 * NS_PER_S), complaint), ERR_NOT_FOUND);
    ck_assert_msg(strstr(complaint, "no-such-program-here") != NULL, "%s", complaint);
    const char *const slow[] = { "sleep", "60", NULL };
    int64_t start = clock_now_ns();
    ck_assert_int_eq(command_run(slow, path, clock_deadline_ns(100 * NS_PER_MS), complaint), ERR_TIMEOUT);
    ck_assert_int_lt(clock_now_ns() - start, 10 * NS_PER_S);
    remove(path);
}
END_TEST

START_TEST(folders_are_made_with_their_parents_and_removed_with_their_contents)
{
    char folder[] = "/tmp/test_lab-XXXXXX", path[64], outside[64];
    ck_assert_int_eq(folder_create_temporary(folder, sizeof(folder)), ERR_OK);
    snprintf(path, sizeof(path), "%s/a/b/c", folder);
    ck_assert_int_eq(folder_create(path), ERR_OK);
    ck_assert_int_eq(folder_create(path), ERR_OK);
    snprintf(path, sizeof(path), "%s/a/file", folder);
    ck_assert_int_eq(file_write(path, "x"), ERR_OK);
    ck_assert_int_eq(folder_create(path), ERR_IN_USE);
    snprintf(outside, sizeof(outside), "%s/kept", folder);
    ck_assert_int_eq(folder_create(outside), ERR_OK);
    snprintf(path, sizeof(path), "%s/a/link", folder);
    ck_assert_int_eq(folder_link(outside, path), ERR_OK);
    ck_assert_int_eq(folder_link(outside, path), ERR_OK);
    ck_assert_int_eq(folder_link(outside, outside), ERR_IN_USE);
    snprintf(path, sizeof(path), "%s/a", folder);
    folder_remove(path);
    ck_assert_ptr_eq(fopen(path, "r"), NULL);
    FILE *kept = fopen(outside, "r");
    ck_assert_ptr_ne(kept, NULL);
    fclose(kept);
    folder_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lab");
    TCase *tests = tcase_create("lab");
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, a_loopback_host_knows_the_others_port);
    tcase_add_test(tests, a_namespace_host_leaves_names_to_its_hosts_file);
    tcase_add_test(tests, a_host_has_a_console_and_a_patience_when_the_scenario_says_so);
    tcase_add_test(tests, an_account_is_written_with_its_groups_and_flags);
    tcase_add_test(tests, faults_become_rules_of_the_router);
    tcase_add_test(tests, a_translated_host_is_reached_by_its_public_address_alone);
    tcase_add_test(tests, a_check_is_started_in_a_logon_session_at_the_cells_level);
    tcase_add_test(tests, the_target_is_written_as_the_step_says);
    tcase_add_test(tests, a_password_is_never_an_argument);
    tcase_add_test(tests, a_word_stands_for_one_random_password);
    tcase_add_test(tests, passwords_are_limited_in_number_and_length);
    tcase_add_test(tests, only_events_of_the_step_are_read_and_torn_lines_are_passed_over);
    tcase_add_test(tests, a_helper_that_fails_is_named_with_its_last_line);
    tcase_add_test(tests, folders_are_made_with_their_parents_and_removed_with_their_contents);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
