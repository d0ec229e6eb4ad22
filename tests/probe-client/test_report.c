/* The two forms of a report: text that people read, and JSON that its schema describes. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "probe-client/report_json.h"
#include "probe-client/report_text.h"

static struct check_report report;
static struct verdict verdict;

static void setup(void)
{
    memset(&report, 0, sizeof(report));
    strcpy(report.here, "ALPHA");
    strcpy(report.there, "beta");
    strcpy(report.clsid, "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}");
    strcpy(report.progid, "opcprobe.TestServer.1");
    strcpy(report.account, "BETA\\opcuser");
    report.mechanism = MECHANISM_NTLM;
    report.asked = (struct levels){ LEVEL_PACKET_INTEGRITY, LEVEL_CALL, LEVEL_PACKET_INTEGRITY };
    report.kind = "simulated";
    report.runtime = "portable";
    strcpy(report.kind_reason, "its own word");
    stages_init(&report.stages, "ALPHA", "beta");
    for (int i = 0; i < STAGE_COUNT; i++)
        stages_at(&report.stages, (enum stage)i)->elapsed_ns = (i + 1) * NS_PER_MS;
}

static void settle_good(enum stage until)
{
    struct stage_result *r = stages_at(&report.stages, STAGE_CALL);
    r->level_asked = LEVEL_CALL;
    r->level_sent = LEVEL_PACKET;
    r->mechanism = MECHANISM_NTLM;
    strcpy(r->binding, "ncacn_ip_tcp:10.2.0.2[49160]");
    for (int i = 0; i < (int)until; i++)
        stages_settle(&report.stages, (enum stage)i, OUTCOME_OK, "fine");
}

static void make_good(void)
{
    settle_good(STAGE_COUNT);
    strcpy(report.server, "opcprobe test server 0.1.0, version 0.1.0, running");
    report.seen = (struct seen_by_server){ .known = true, .level = LEVEL_PACKET, .mechanism = MECHANISM_NTLM };
    strcpy(report.seen.account, "BETA\\opcuser");
    strcpy(report.seen.session, "user");
    report.counted = true;
    report.tcp_connections = 3;
    report.data_changes = 2;
    verdict_make(&report, &verdict);
}

static void make_denied(void)
{
    settle_good(STAGE_ADVISE);
    struct stage_result *r = stages_at(&report.stages, STAGE_ADVISE);
    r->code = 0x80070005;
    r->shape = WIRE_FAULT;
    r->wire_status = 0x80070005;
    r->ntstatus = 0xC000006A;
    r->level_asked = r->level_sent = LEVEL_PACKET_INTEGRITY;
    r->mechanism = MECHANISM_NTLM;
    r->evidence = EVIDENCE_WIRE;
    strcpy(r->account, "BETA\\opcserver");
    stages_settle(&report.stages, STAGE_ADVISE, OUTCOME_FAILED, "this computer refused its logon");
    stages_skip(&report.stages, STAGE_DATA, STAGE_COUNT, "not reached");
    verdict_make(&report, &verdict);
}

static char *text_of(bool utf8, bool colour)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct page page = { .file = file, .utf8 = utf8, .colour = colour, .width = 100 };
    report_text_head(&page, &report);
    for (int i = 0; i < STAGE_COUNT; i++)
        report_text_stage(&page, &report, &report.stages.results[i]);
    report_text_verdict(&page, &report, &verdict);
    fclose(file);
    return text;
}

static void assert_lines(const char *text, const char *const *lines)
{
    for (; *lines; lines++) {
        char *line = text_format("%s\n", *lines);
        ck_assert_msg(strstr(text, line), "this line is missing:\n%s\nin:\n%s", line, text);
        free(line);
    }
}

START_TEST(a_good_connection_reads_as_one_line_per_stage_and_a_verdict)
{
    make_good();
    char *text = text_of(false, false);
    static const char *const lines[] = {
        "OPC DA connection to beta from ALPHA: opcprobe.TestServer.1 {6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}",
        "as BETA\\opcuser, ntlm, levels: activation packet-integrity, calls call, callbacks packet-integrity",
        "ok     name         ALPHA          1.00 ms  fine",
        "ok     port135      ALPHA -> beta  2.00 ms  fine",
        "ok     call         ALPHA -> beta  9.00 ms  fine; ntlm call, sent as packet",
        "ok     data         ALPHA <- beta    14 ms  fine",
        "CONNECTED: every stage that ran passed.",
        "Server        opcprobe test server 0.1.0, version 0.1.0, running",
        "It saw us as  BETA\\opcuser, session user, ntlm packet",
        "Connections   3 TCP, 0 local; 2 OnDataChange",
        "Not proven:   - that Windows decides the same: this side ran on the portable COM runtime (simulated)",
        NULL,
    };
    assert_lines(text, lines);
    free(text);
}
END_TEST

START_TEST(a_failed_advise_reads_with_direction_machine_causes_change_and_undo)
{
    make_denied();
    char *text = text_of(false, false);
    static const char *const lines[] = {
        "FAILED advise       ALPHA <- beta    13 ms  0x80070005 E_ACCESSDENIED; on the wire: fault 0x80070005; "
        "NTSTATUS "
        "0xC000006A STATUS_WRONG_PASSWORD; this computer refused its logon; ntlm packet-integrity; as BETA\\opcserver",
        "-      data         ALPHA <- beta    14 ms  not reached",
        "FAILED at advise (server-to-client). Look at ALPHA: the client, this computer.",
        "0x80070005 E_ACCESSDENIED: General access denied error.",
        NULL,
    };
    assert_lines(text, lines);
    ck_assert_ptr_nonnull(strstr(text, "\nMeaning       "));
    ck_assert_ptr_nonnull(strstr(text, "\nLikely causes 1. "));
    ck_assert_ptr_nonnull(strstr(text, "\n              2. "));
    ck_assert_ptr_nonnull(strstr(text, "\nChange        "));
    ck_assert_ptr_nonnull(strstr(text, "\nUndo          "));
    ck_assert_ptr_nonnull(strstr(text, "\nNot proven:   - "));
    free(text);
}
END_TEST

START_TEST(arrows_need_utf8_and_colours_need_a_terminal)
{
    make_denied();
    char *plain = text_of(false, false), *rich = text_of(true, true);
    for (const char *c = plain; *c; c++)
        ck_assert_msg((unsigned char)*c < 0x80 && *c != '\033', "a plain report holds byte 0x%02X", (unsigned char)*c);
    ck_assert_ptr_nonnull(strstr(rich, "ALPHA ← beta"));
    ck_assert_ptr_nonnull(strstr(rich, "\033[1;31mFAILED"));
    free(plain);
    free(rich);
}
END_TEST

START_TEST(explained_text_stays_within_the_width)
{
    make_denied();
    char *text = text_of(false, false);
    char *verdict_text = strstr(text, "\nMeaning");
    ck_assert_ptr_nonnull(verdict_text);
    for (char *line = strtok(verdict_text, "\n"); line; line = strtok(NULL, "\n"))
        ck_assert_msg(strlen(line) <= 100, "%s", line);
    free(text);
}
END_TEST

static void assert_valid(void)
{
    char *path = text_format("%s/probe-client/schema/check.schema.json", getenv("OPCPROBE_SOURCE"));
    struct json_document schema, document;
    char complaint[JSON_COMPLAINT];
    ck_assert_msg(json_load(path, &schema, complaint) == ERR_OK, "%s", complaint);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    ck_assert(report_json_print(report_json(&report, &verdict), file));
    fclose(file);
    ck_assert_msg(json_parse("check.json", text, size, &document, complaint) == ERR_OK, "%s", complaint);
    ck_assert_msg(json_validate(&document, schema.root, complaint) == ERR_OK, "%s\n%s", complaint, text);
    json_cleanup(&document);
    json_cleanup(&schema);
    free(text);
    free(path);
}

START_TEST(the_json_of_a_good_connection_fits_its_schema)
{
    make_good();
    assert_valid();
}
END_TEST

START_TEST(the_json_of_a_failure_fits_its_schema)
{
    make_denied();
    assert_valid();
    cJSON *root = report_json(&report, &verdict);
    const cJSON *stages = cJSON_GetObjectItem(root, "stages");
    const cJSON *advise = cJSON_GetArrayItem(stages, STAGE_ADVISE);
    ck_assert_str_eq(json_string(advise, "code", ""), "0x80070005");
    ck_assert_str_eq(json_string(advise, "ntstatus", ""), "0xC000006A");
    ck_assert_str_eq(json_string(cJSON_GetObjectItem(advise, "wire"), "shape", ""), "fault");
    ck_assert_str_eq(json_string(cJSON_GetObjectItem(root, "verdict"), "host", ""), "ALPHA");
    cJSON_Delete(root);
}
END_TEST

START_TEST(the_json_of_every_failing_stage_fits_its_schema)
{
    settle_good((enum stage)_i);
    stages_at(&report.stages, (enum stage)_i)->shape = (enum wire_shape)(_i % (WIRE_BODY + 1));
    stages_settle(&report.stages, (enum stage)_i, OUTCOME_FAILED, "failed");
    stages_skip(&report.stages, STAGE_NAME, STAGE_COUNT, "not reached");
    verdict_make(&report, &verdict);
    assert_valid();
}
END_TEST

START_TEST(the_schema_refuses_what_it_does_not_know)
{
    make_good();
    char *path = text_format("%s/probe-client/schema/check.schema.json", getenv("OPCPROBE_SOURCE"));
    struct json_document schema, document;
    char complaint[JSON_COMPLAINT];
    ck_assert_msg(json_load(path, &schema, complaint) == ERR_OK, "%s", complaint);
    cJSON *root = report_json(&report, &verdict);
    cJSON_AddStringToObject(root, "surprise", "x");
    char *text = cJSON_Print(root);
    ck_assert_int_eq(json_parse("check.json", text, strlen(text), &document, complaint), ERR_OK);
    ck_assert_int_ne(json_validate(&document, schema.root, complaint), ERR_OK);
    cJSON_free(text);
    cJSON_Delete(root);
    json_cleanup(&document);
    json_cleanup(&schema);
    free(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client reports");
    TCase *tcase = tcase_create("reports");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, a_good_connection_reads_as_one_line_per_stage_and_a_verdict);
    tcase_add_test(tcase, a_failed_advise_reads_with_direction_machine_causes_change_and_undo);
    tcase_add_test(tcase, arrows_need_utf8_and_colours_need_a_terminal);
    tcase_add_test(tcase, explained_text_stays_within_the_width);
    tcase_add_test(tcase, the_json_of_a_good_connection_fits_its_schema);
    tcase_add_test(tcase, the_json_of_a_failure_fits_its_schema);
    tcase_add_loop_test(tcase, the_json_of_every_failing_stage_fits_its_schema, 0, STAGE_COUNT);
    tcase_add_test(tcase, the_schema_refuses_what_it_does_not_know);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
