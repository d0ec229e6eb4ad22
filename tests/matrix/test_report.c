#include "matrix/report.h"

#include "matrix/results.h"
#include "tests/matrix/matrix_test.h"

#define EMPTY                                                                                                          \
    "\"connection\": null, \"stage\": null, \"direction\": null, \"code\": null, \"code_name\": null, "                \
    "\"ntstatus\": null, \"mechanism\": null, \"kind\": null, \"seen_by_server\": null, \"seen_by_client\": null, "

/* One cell of each outcome, and figures with and without enough samples for a p99. */
static const char cells_text[] =
    "[ { \"scenario\": \"workgroup\", \"title\": \"t\", \"level\": \"connect\", \"outcome\": \"as-expected\", "
    "\"reason\": null,"
    "    \"connection\": \"connected\", \"stage\": null, \"direction\": null, \"code\": null, \"code_name\": null,"
    "    \"ntstatus\": null, \"mechanism\": \"ntlm\", \"kind\": \"simulated\","
    "    \"seen_by_server\": { \"account\": \"BETA\\\\u\", \"level\": \"connect\", \"mechanism\": \"ntlm\" },"
    "    \"seen_by_client\": { \"account\": \"ALPHA\\\\s\", \"level\": \"connect\", \"mechanism\": \"ntlm\" },"
    "    \"folder\": \"cells/workgroup.connect\","
    "    \"elapsed_ns\": 5, \"steps\": [] },"
    "  { \"scenario\": \"refused\", \"title\": \"t\", \"level\": \"none\", \"outcome\": \"unsupported\", \"reason\": "
    "\"no password\","
    "    " EMPTY "\"steps\": [] },"
    "  { \"scenario\": \"refused\", \"title\": \"t\", \"level\": \"connect\", \"outcome\": \"as-expected\", "
    "\"reason\": null,"
    "    \"connection\": \"failed\", \"stage\": \"authenticate\", \"direction\": \"client-to-server\","
    "    \"code\": \"0x80070005\", \"code_name\": \"E_ACCESSDENIED\", \"ntstatus\": \"0xC000006A\", \"mechanism\": "
    "\"ntlm\","
    "    \"kind\": \"simulated\", \"seen_by_server\": null, \"seen_by_client\": null, \"steps\": [] },"
    "  { \"scenario\": \"refused\", \"title\": \"t\", \"level\": \"packet\", \"outcome\": \"as-expected\", \"reason\": "
    "null,"
    "    \"connection\": \"failed\", \"stage\": \"authenticate\", \"direction\": \"client-to-server\","
    "    \"code\": \"0x80070005\", \"code_name\": \"E_ACCESSDENIED\", \"ntstatus\": \"0xC000006A\", \"mechanism\": "
    "\"ntlm\","
    "    \"kind\": \"simulated\", \"seen_by_server\": null, \"seen_by_client\": null, \"steps\": [] },"
    "  { \"scenario\": \"surprise\", \"title\": \"t\", \"level\": \"packet\", \"outcome\": \"unexpected\", \"reason\": "
    "null,"
    "    \"connection\": \"failed\", \"stage\": \"advise\", \"direction\": \"server-to-client\", \"code\": "
    "\"0x80040202\","
    "    \"code_name\": null, \"ntstatus\": null, \"mechanism\": null, \"kind\": \"simulated\","
    "    \"seen_by_server\": null, \"seen_by_client\": null,"
    "    \"folder\": \"cells/surprise.packet\","
    "    \"steps\": [ { \"number\": 1, \"title\": \"first\", \"do\": \"check\", \"outcome\": \"unexpected\", "
    "\"elapsed_ns\": 1,"
    "      \"differences\": [ { \"what\": \"outcome\", \"expected\": \"connected\", \"actual\": \"failed at advise\" } "
    "] } ] },"
    "  { \"scenario\": \"broken\", \"title\": \"t\", \"level\": \"packet\", \"outcome\": \"error\", \"reason\": \"no "
    "room\","
    "    " EMPTY "\"folder\": \"cells/broken.packet\", \"steps\": [] },"
    "  { \"scenario\": \"latency\", \"title\": \"t\", \"level\": \"all\", \"outcome\": \"as-expected\", \"reason\": "
    "null,"
    "    " EMPTY "\"steps\": [ { \"number\": 1, \"title\": \"b\", \"do\": \"bench\", \"outcome\": \"as-expected\","
    "      \"elapsed_ns\": 1, \"latency\": ["
    "        { \"operation\": \"Read\", \"items\": 100, \"level\": \"none\", \"mechanism\": \"none\", \"count\": 1000,"
    "          \"p50_ns\": 51200, \"p99_ns\": 99900, \"cpu_ns\": 40000, \"floor_p50_ns\": 12000, \"floor_cpu_ns\": "
    "null },"
    "        { \"operation\": \"GetStatus\", \"items\": 0, \"level\": \"packet-privacy\", \"mechanism\": \"ntlm\", "
    "\"count\": 12,"
    "          \"p50_ns\": 1000000, \"p99_ns\": null, \"cpu_ns\": 40000, \"floor_p50_ns\": 12000, \"floor_cpu_ns\": 1, "
    "          \"over_floor\": { \"mean_ns\": 31200, \"low_ns\": 29200, \"high_ns\": 33200, \"blocks\": 6 }, "
    "\"one_processor\": true } ] } ] } ]";

static const char golden_matrix[] =
    "scenario               none          connect       packet\n"
    "refused                n/a           authenticate  authenticate\n"
    "\n"
    "scenario at one level  outcome       at\n"
    "workgroup              connected     connect\n"
    "surprise               UNEXPECTED    packet\n"
    "broken                 ERROR         packet\n"
    "latency                measured      all\n"
    "\n"
    "connected: data arrived by callback. The name of a stage: it failed there, as the scenario expects.\n"
    "n/a: means nothing at this level or cannot be shown here. Hosts are simulated, no Windows took part.\n"
    "\n"
    "Who was seen\n"
    "  workgroup              the server saw BETA\\u (ntlm), the client saw ALPHA\\s (ntlm)\n"
    "                           at connect\n"
    "\n"
    "Failures as expected\n"
    "  refused                fails at authenticate (client-to-server): 0x80070005 E_ACCESSDENIED, logon refused with "
    "0xC000006A\n"
    "                           at connect packet\n"
    "\n"
    "Unsupported\n"
    "  refused                no password\n"
    "                           at none\n"
    "\n"
    "UNEXPECTED: surprise at packet: stage advise, code 0x80040202, files in cells/surprise.packet\n"
    "    step 1, first\n"
    "      outcome: expected connected, got failed at advise\n"
    "\n"
    "ERROR: broken at packet: stage none, code none, files in cells/broken.packet\n"
    "    no room\n"
    "\n"
    "4 as expected, 1 unexpected, 1 unsupported, 1 errors, in 1.5 s (lab: loopback, because no namespaces)\n";

static const char golden_latency[] = "\n"
                                     "Ends free to run on any processor\n"
                                     "operation     items level                calls     p50 us     p99 us     cpu us  "
                                     " floor us  floor cpu    over floor us\n"
                                     "Read            100 none                  1000       51.2       99.9       40.0  "
                                     "     12.0          -                -\n"
                                     "\n"
                                     "Both ends on one processor\n"
                                     "operation     items level                calls     p50 us     p99 us     cpu us  "
                                     " floor us  floor cpu    over floor us\n"
                                     "GetStatus         0 packet-privacy          12     1000.0          -       40.0  "
                                     "     12.0        0.0       31.2 +-2.0\n";

static cJSON *build(void)
{
    struct results_head head = { "2026-11-20T18:48:03.123Z", "loopback", "no namespaces", 1500000000 };
    return results_build(&head, parse(cells_text));
}

static char *render(void (*report)(FILE *, const cJSON *), const cJSON *results)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    report(out, results);
    fclose(out);
    return text;
}

START_TEST(the_matrix_looks_like_this)
{
    cJSON *results = build();
    char *text = render(report_matrix, results);
    ck_assert_str_eq(text, golden_matrix);
    free(text);
    cJSON_Delete(results);
}
END_TEST

START_TEST(the_latency_table_looks_like_this)
{
    cJSON *results = build();
    char *text = render(report_latency, results);
    ck_assert_msg(strncmp(text, golden_latency, strlen(golden_latency)) == 0, "%s", text);
    ck_assert_msg(strstr(text, "no verdict") != NULL, "%s", text);
    free(text);
    cJSON_Delete(results);
}
END_TEST

START_TEST(scan_classes_look_like_this_and_never_pass_for_a_verdict)
{
    static const char golden[] =
        "\n"
        "Scan classes, all at once, from the scheduled instant to the last callback\n"
        "level             period ms   items mode      scans    p50 ms    max ms  of period skipped overrun\n"
        "connect                 250    2000 polled       24      2.50     25.00     10.0 %       0       1\n"
        "demonstration, 24 scans, no verdict; simulated hosts show the method, not your plant\n";
    cJSON *results =
        parse("{ \"scan_levels\": [ { \"level\": \"connect\", \"classes\": [ { \"period_ns\": 250000000, "
              "\"items\": 2000, \"mode\": \"polled\", \"scans\": 24, \"skipped\": 0, \"overrun\": 1, "
              "\"p50_ns\": 2500000, \"max_ns\": 25000000 } ] }, { \"level\": \"none\", \"classes\": [] } ] }");
    char *text = render(report_scan_classes, results);
    ck_assert_str_eq(text, golden);
    free(text);
    cJSON_Delete(results);
    results = parse("{ \"scan_levels\": [] }");
    text = render(report_scan_classes, results);
    ck_assert_str_eq(text, "");
    free(text);
    cJSON_Delete(results);
}
END_TEST

START_TEST(without_figures_there_is_no_latency_table)
{
    cJSON *results = parse("{ \"latency\": [] }");
    char *text = render(report_latency, results);
    ck_assert_str_eq(text, "");
    free(text);
    cJSON_Delete(results);
}
END_TEST

/* Saves `results` and returns what became of it; the file is looked at and removed. */
static enum err save(const cJSON *results, char complaint[JSON_COMPLAINT], bool *written)
{
    char path[] = "/tmp/test_report-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    enum err e = results_save(results, OPCPROBE_SCENARIOS "/schema/results.schema.json", path, complaint);
    struct json_document saved = { 0 };
    char ignored[JSON_COMPLAINT];
    *written = json_load(path, &saved, ignored) == ERR_OK && cJSON_Compare(saved.root, results, true);
    json_cleanup(&saved);
    remove(path);
    return e;
}

START_TEST(results_obey_their_schema_and_are_written_whole)
{
    cJSON *results = build();
    char complaint[JSON_COMPLAINT] = "";
    bool written;
    ck_assert_msg(save(results, complaint, &written) == ERR_OK, "%s", complaint);
    ck_assert(written);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(results, "latency")), 2);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(results, "cells")), 7);
    cJSON_Delete(results);
}
END_TEST

START_TEST(results_that_break_their_schema_are_refused)
{
    cJSON *results = build();
    char complaint[JSON_COMPLAINT] = "";
    bool written;
    cJSON_DeleteItemFromObject(cJSON_GetArrayItem(cJSON_GetObjectItem(results, "latency"), 0), "floor_p50_ns");
    ck_assert_int_eq(save(results, complaint, &written), ERR_PROTOCOL);
    ck_assert(!written);
    ck_assert_msg(strstr(complaint, "floor_p50_ns") != NULL, "%s", complaint);
    cJSON_Delete(results);
}
END_TEST

/* Exit status of a run with so many cells of each outcome. */
static int status_of(int expected, int unexpected, int unsupported, int errors)
{
    char *text =
        text_format("{ \"summary\": { \"as-expected\": %d, \"unexpected\": %d, \"unsupported\": %d, \"error\": %d } }",
                    expected, unexpected, unsupported, errors);
    cJSON *results = parse(text);
    int status = results_exit_status(results);
    cJSON_Delete(results);
    free(text);
    return status;
}

START_TEST(the_exit_status_tells_what_matters_most)
{
    ck_assert_int_eq(status_of(3, 0, 0, 0), 0);
    ck_assert_int_eq(status_of(3, 0, 5, 0), 0);
    ck_assert_int_eq(status_of(3, 1, 5, 1), 1);
    ck_assert_int_eq(status_of(3, 0, 5, 1), 3);
    ck_assert_int_eq(status_of(0, 0, 5, 0), 77);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *tests = tcase_create("report");
    tcase_add_test(tests, the_matrix_looks_like_this);
    tcase_add_test(tests, the_latency_table_looks_like_this);
    tcase_add_test(tests, scan_classes_look_like_this_and_never_pass_for_a_verdict);
    tcase_add_test(tests, without_figures_there_is_no_latency_table);
    tcase_add_test(tests, results_obey_their_schema_and_are_written_whole);
    tcase_add_test(tests, results_that_break_their_schema_are_refused);
    tcase_add_test(tests, the_exit_status_tells_what_matters_most);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
