/* A bench without a server: its plan, its floor, its figures as text and JSON. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "base/thread.h"
#include "probe-client/bench_floor.h"
#include "probe-client/bench_plan.h"
#include "probe-client/bench_result.h"

START_TEST(every_party_runs_as_often_forwards_as_backwards)
{
    struct bench_plan plan = bench_plan_make(30 * NS_PER_S, 28);
    ck_assert_uint_eq(plan.rounds % 2, 0);
    unsigned forwards[7] = { 0 }, backwards[7] = { 0 };
    for (unsigned round = 0; round < plan.rounds; round++)
        for (unsigned place = 0; place < 7; place++) {
            unsigned party = bench_plan_party(round, place, 7);
            ck_assert_uint_lt(party, 7);
            if (round % 2 == 0)
                forwards[party]++;
            else
                backwards[party]++;
        }
    for (unsigned party = 0; party < 7; party++) {
        ck_assert_uint_eq(forwards[party], plan.rounds / 2);
        ck_assert_uint_eq(backwards[party], plan.rounds / 2);
    }
}
END_TEST

START_TEST(the_order_is_turned_round_in_every_second_round)
{
    ck_assert_uint_eq(bench_plan_party(0, 0, 3), 0);
    ck_assert_uint_eq(bench_plan_party(1, 0, 3), 2);
    ck_assert_uint_eq(bench_plan_party(1, 2, 3), 0);
}
END_TEST

START_TEST(all_blocks_together_take_the_time_that_was_asked)
{
    static const int64_t seconds[] = { 1, 5, 30, 600 };
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        struct bench_plan plan = bench_plan_make(seconds[i] * NS_PER_S, 28);
        int64_t whole = plan.rounds * 28 * plan.block_ns;
        ck_assert_int_le(whole, seconds[i] * NS_PER_S);
        ck_assert_int_gt(whole, seconds[i] * NS_PER_S * 99 / 100);
        ck_assert_uint_ge(plan.rounds, 2);
    }
}
END_TEST

START_TEST(estimated_sizes_grow_with_the_items)
{
    ck_assert_uint_eq(bench_plan_sizes(BENCH_GET_STATUS, 0).request_bytes, 32 + 40);
    ck_assert_uint_eq(bench_plan_sizes(BENCH_READ, 1).request_bytes, 32 + 12 + 4 + 40);
    ck_assert_uint_gt(bench_plan_sizes(BENCH_READ, 5000).reply_bytes, 5000 * 48);
    ck_assert_uint_gt(bench_plan_sizes(BENCH_WRITE, 5000).request_bytes, 5000 * 40);
    for (unsigned kind = 0; kind < BENCH_ACTIVATE; kind++) {
        struct bench_sizes largest = bench_plan_sizes((enum bench_kind)kind, 10000);
        ck_assert_uint_lt(largest.request_bytes, FLOOR_BYTES_MAXIMUM);
        ck_assert_uint_lt(largest.reply_bytes, FLOOR_BYTES_MAXIMUM);
    }
}
END_TEST

START_TEST(what_is_known_of_both_directions_corrects_the_larger_one)
{
    struct bench_sizes read = bench_plan_sizes(BENCH_READ, 100), write = bench_plan_sizes(BENCH_WRITE, 100);
    struct bench_sizes s = bench_plan_sizes_of(BENCH_READ, 100, 9000);
    ck_assert_uint_eq(s.request_bytes, read.request_bytes);
    ck_assert_uint_eq(s.reply_bytes, 9000 - read.request_bytes);
    s = bench_plan_sizes_of(BENCH_WRITE, 100, 9000);
    ck_assert_uint_eq(s.reply_bytes, write.reply_bytes);
    ck_assert_uint_eq(s.request_bytes, 9000 - write.reply_bytes);
    s = bench_plan_sizes_of(BENCH_READ, 100, 0); /* not known */
    ck_assert_uint_eq(s.reply_bytes, read.reply_bytes);
    s = bench_plan_sizes_of(BENCH_READ, 100, UINT64_MAX);
    ck_assert_uint_eq(s.reply_bytes, read.reply_bytes);
}
END_TEST

/* Answers as the test server's floor port does, until the peer closes. */
static void serve_floor(void *argument)
{
    socket_t *listener = argument, s;
    static uint8_t buffer[65536];
    int64_t deadline_ns = clock_deadline_ns(20 * NS_PER_S);
    ck_assert_int_eq(socket_accept(*listener, deadline_ns, &s), ERR_OK);
    uint8_t prefix[8];
    while (socket_read_all(s, prefix, sizeof(prefix), deadline_ns) == ERR_OK) {
        uint32_t request = prefix[0] | (uint32_t)prefix[1] << 8, reply = prefix[4] | (uint32_t)prefix[5] << 8;
        if (socket_read_all(s, buffer, request - 8, deadline_ns) != ERR_OK)
            break;
        struct socket_slice slice = { buffer, reply };
        if (reply && socket_write_all(s, &slice, 1, deadline_ns) != ERR_OK)
            break;
    }
    socket_close(s);
}

START_TEST(the_floor_carries_as_many_bytes_as_it_was_told)
{
    socket_t listener;
    uint16_t port = 0;
    struct thread thread;
    struct bench_floor floor;
    int64_t deadline_ns = clock_deadline_ns(10 * NS_PER_S);
    ck_assert_int_eq(socket_listen_tcp("127.0.0.1", &port, &listener), ERR_OK);
    ck_assert_int_eq(thread_start(&thread, serve_floor, &listener), ERR_OK);
    ck_assert_int_eq(bench_floor_open(&floor, "127.0.0.1", port, deadline_ns), ERR_OK);
    ck_assert_int_eq(bench_floor_exchange(&floor, 8, 0, deadline_ns), ERR_OK);
    ck_assert_int_eq(bench_floor_exchange(&floor, 100, 30000, deadline_ns), ERR_OK);
    ck_assert_int_eq(bench_floor_exchange(&floor, 20000, 8, deadline_ns), ERR_OK);
    ck_assert_int_eq(bench_floor_exchange(&floor, 7, 8, deadline_ns), ERR_LIMIT);
    ck_assert_int_eq(bench_floor_exchange(&floor, 8, FLOOR_BYTES_MAXIMUM + 1, deadline_ns), ERR_LIMIT);
    bench_floor_close(&floor);
    thread_join(&thread);
    socket_close(listener);
}
END_TEST

START_TEST(a_floor_that_nobody_serves_is_no_crash)
{
    struct bench_floor floor;
    uint16_t port = 0;
    socket_t listener;
    ck_assert_int_eq(socket_listen_tcp("127.0.0.1", &port, &listener), ERR_OK);
    socket_close(listener);
    ck_assert_int_ne(bench_floor_open(&floor, "127.0.0.1", port, clock_deadline_ns(NS_PER_S)), ERR_OK);
    bench_floor_close(&floor);
}
END_TEST

static struct bench_result *result;

static void setup(void)
{
    result = calloc(1, sizeof(*result));
    strcpy(result->here, "ALPHA");
    strcpy(result->there, "beta");
    strcpy(result->account, "BETA\\opcuser");
    strcpy(result->server, "opcprobe test server");
    result->kind = "simulated";
    result->runtime = "portable";
    result->mechanism = MECHANISM_NTLM;
    result->duration_ns = 10 * NS_PER_S;
    result->rounds = 4;
    result->has_floor = true;
    result->level_count = 3;
    result->levels[0] = (struct bench_level){ .asked = LEVEL_NONE, .code = 0x80070005 };
    result->levels[1] = (struct bench_level){ .asked = LEVEL_CALL, .sent = LEVEL_PACKET, .obtainable = true };
    result->levels[2] = (struct bench_level){ .asked = LEVEL_CONNECT, .sent = LEVEL_PACKET_INTEGRITY };
    result->operation_count = 2;
    result->operations[0].kind = BENCH_GET_STATUS;
    result->operations[1] = (struct bench_operation){ .kind = BENCH_READ, .items = 5000 };
    for (unsigned i = 0; i < 2; i++)
        for (unsigned k = 0; k < (i ? 999u : 1000u); k++) {
            struct bench_row *row = &result->operations[i].rows[1];
            struct bench_row *floor = &result->operations[i].rows[BENCH_FLOOR];
            histogram_add(&row->latency, 100000 + k);
            histogram_add(&floor->latency, 20000);
            row->cpu_ns += 50000;
            floor->cpu_ns += 8000;
        }
    result->operations[0].rows[1].pdus = 2;
    result->operations[0].rows[1].bytes = 300;
}

static void clean(void)
{
    free(result);
}

START_TEST(the_json_fits_its_schema_and_gives_no_p99_under_a_thousand_samples)
{
    char *path = text_format("%s/probe-client/schema/bench.schema.json", getenv("OPCPROBE_SOURCE"));
    struct json_document schema, document;
    char complaint[JSON_COMPLAINT];
    ck_assert_msg(json_load(path, &schema, complaint) == ERR_OK, "%s", complaint);
    cJSON *root = bench_result_json(result);
    char *text = cJSON_Print(root);
    ck_assert_int_eq(json_parse("bench.json", text, strlen(text), &document, complaint), ERR_OK);
    ck_assert_msg(json_validate(&document, schema.root, complaint) == ERR_OK, "%s\n%s", complaint, text);
    const cJSON *latency = cJSON_GetObjectItem(root, "latency");
    ck_assert_int_eq(cJSON_GetArraySize(latency), 2); /* levels without a figure have no row */
    const cJSON *thousand = cJSON_GetArrayItem(latency, 0), *fewer = cJSON_GetArrayItem(latency, 1);
    ck_assert_str_eq(json_string(thousand, "level", ""), "call");
    ck_assert_str_eq(json_string(thousand, "level_sent", ""), "packet");
    ck_assert(cJSON_IsNumber(cJSON_GetObjectItem(thousand, "p99_ns")));
    ck_assert(cJSON_IsNull(cJSON_GetObjectItem(fewer, "p99_ns")));
    ck_assert(json_number(thousand, "cpu_ns", 0) == 50000);
    ck_assert(json_number(thousand, "floor_cpu_ns", 0) == 8000);
    const cJSON *missing = cJSON_GetObjectItem(root, "not_obtainable");
    ck_assert_int_eq(cJSON_GetArraySize(missing), 2);
    ck_assert_str_eq(json_string(cJSON_GetArrayItem(missing, 0), "code", ""), "0x80070005");
    cJSON_free(text);
    cJSON_Delete(root);
    json_cleanup(&document);
    json_cleanup(&schema);
    free(path);
}
END_TEST

START_TEST(the_table_says_what_travelled_what_is_missing_and_that_it_is_no_verdict)
{
    for (unsigned i = 0; i < 6; i++)
        histogram_add(&result->operations[0].rows[1].latency, 40 * NS_PER_MS);
    result->levels[1].header_signing = BENCH_SIGNING_YES;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct page page = { .file = file, .width = 100 };
    bench_result_text(&page, result);
    fclose(file);
    ck_assert_ptr_nonnull(strstr(text, "Read of 5000 items\n"));
    ck_assert_ptr_nonnull(strstr(text, "bare TCP floor"));
    ck_assert_ptr_nonnull(strstr(text, "call travels as packet\n"));
    ck_assert_ptr_nonnull(strstr(text, "none: not obtainable, the server refuses it (0x80070005 E_ACCESSDENIED)\n"));
    ck_assert_ptr_nonnull(strstr(text, "connect: not obtainable (asked 2, sent 5: packet-integrity)\n"));
    ck_assert_ptr_nonnull(strstr(text, "without a verdict"));
    ck_assert_ptr_null(strstr(text, "UNSTEADY"));
    ck_assert_ptr_nonnull(strstr(text, "simulated"));
    ck_assert_ptr_nonnull(strstr(text, "Mechanism: ntlm; headers signed at call\n"));
    ck_assert_ptr_nonnull(
        strstr(text, "STEP: GetStatus at call: 6 calls waited for an acknowledgement delayed by 40 ms"));
    free(text);
}
END_TEST

START_TEST(an_unsteady_machine_is_named)
{
    char *text = NULL;
    size_t size = 0;
    static struct histogram block;
    for (unsigned round = 0; round < 2; round++) {
        histogram_reset(&block);
        for (unsigned i = 0; i < 25; i++)
            histogram_add(&block, round ? 30000 : 10000);
        bench_row_add(&result->operations[1].rows[1], round, &block, 1000);
    }
    histogram_reset(&block);
    histogram_add(&block, 900000); /* one call is no median */
    bench_row_add(&result->operations[1].rows[1], 2, &block, 0);
    ck_assert_int_le(result->operations[1].rows[1].block_p50_lowest_ns, 10100);
    ck_assert_int_ge(result->operations[1].rows[1].block_p50_highest_ns, 30000);
    ck_assert_int_le(result->operations[1].rows[1].block_p50_highest_ns, 30300);
    ck_assert_uint_eq(result->operations[1].rows[1].latency.count, 999 + 51);
    FILE *file = open_memstream(&text, &size);
    struct page page = { .file = file, .width = 100 };
    bench_result_text(&page, result);
    fclose(file);
    ck_assert_ptr_nonnull(strstr(text, "UNSTEADY: in 1 of 4 rows"));
    free(text);
}
END_TEST

/* Adds one block of `calls` calls that all took the same time. */
static void add_block(unsigned operation, unsigned party, unsigned round, int64_t ns, unsigned calls)
{
    static struct histogram block;
    histogram_reset(&block);
    for (unsigned i = 0; i < calls; i++)
        histogram_add(&block, ns);
    bench_row_add(&result->operations[operation].rows[party], round, &block, 0);
}

START_TEST(a_level_is_compared_with_the_blocks_of_the_same_round_alone)
{
    struct interval over;
    const struct bench_operation *o = &result->operations[0];
    ck_assert(!bench_result_difference(o, 1, BENCH_FLOOR, &over));
    add_block(0, BENCH_FLOOR, 0, 50, 5);
    add_block(0, 1, 0, 100, 5);
    ck_assert(!bench_result_difference(o, 1, BENCH_FLOOR, &over));
    add_block(0, BENCH_FLOOR, 2, 70, 3000);
    add_block(0, 1, 2, 122, 1);
    add_block(0, 1, 3, 127, 1000); /* the floor has no block there */
    ck_assert(bench_result_difference(o, 1, BENCH_FLOOR, &over));
    ck_assert_uint_eq(over.blocks, 2);
    ck_assert_int_eq(over.mean_ns, 51);
    ck_assert_int_eq(over.high_ns - over.mean_ns, 13); /* 12.706 * 1 */
}
END_TEST

START_TEST(the_lowest_level_with_a_figure_is_the_reference_whatever_the_order_asked)
{
    unsigned lowest = 99;
    result->levels[0] = (struct bench_level){ .asked = LEVEL_PACKET_PRIVACY, .sent = 6, .obtainable = true };
    result->levels[2] = (struct bench_level){ .asked = LEVEL_CONNECT, .sent = 2, .obtainable = true };
    add_block(0, 0, 0, 100, 5);
    ck_assert(bench_result_lowest(result, &result->operations[0], &lowest));
    ck_assert_uint_eq(lowest, 1);
    add_block(0, 2, 0, 100, 5);
    ck_assert(bench_result_lowest(result, &result->operations[0], &lowest));
    ck_assert_uint_eq(lowest, 2);
}
END_TEST

START_TEST(callbacks_that_travel_at_another_level_have_no_figure)
{
    char *text = NULL;
    size_t size = 0;
    result->operations[0].kind = BENCH_REFRESH;
    result->callback_asked = LEVEL_PACKET;
    result->levels[0] = (struct bench_level){ .asked = LEVEL_CONNECT, .sent = LEVEL_CONNECT, .obtainable = true };
    result->levels[0].callback_sent = LEVEL_PACKET_INTEGRITY;
    result->levels[1].callback_sent = LEVEL_PACKET;
    result->levels[2] = (struct bench_level){ .asked = LEVEL_NONE, .sent = LEVEL_NONE, .obtainable = true };
    FILE *file = open_memstream(&text, &size);
    struct page page = { .file = file, .width = 100 };
    bench_result_text(&page, result);
    result->operations[0].rows[2].code = 0x80040202;
    bench_result_text(&page, result);
    fclose(file);
    ck_assert_ptr_nonnull(strstr(text, "the level of the row; not obtainable at connect (callbacks asked 2, sent 5); "
                                       "no figure at none, callbacks of this process were asked for at packet\n"));
    ck_assert_ptr_nonnull(strstr(text, "at none: no figure, a call failed with 0x80040202"));
    ck_assert_ptr_nonnull(strstr(text, "not obtainable at connect (callbacks asked 2, sent 5)\n"));
    free(text);
    cJSON *root = bench_result_json(result);
    const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "latency"), 0);
    ck_assert_str_eq(json_string(row, "callback_level_sent", ""), "packet");
    cJSON_Delete(root);
}
END_TEST

START_TEST(a_server_that_is_lost_leaves_the_figures_so_far)
{
    char *text = NULL;
    size_t size = 0;
    result->operations[1].rows[1].code = 0x800706BA;
    result->lost_code = 0x800706BA;
    FILE *file = open_memstream(&text, &size);
    struct page page = { .file = file, .width = 100 };
    bench_result_text(&page, result);
    fclose(file);
    ck_assert_ptr_nonnull(strstr(text, "Read of 5000 items at call: ended early, a call failed with 0x800706BA"));
    ck_assert_ptr_nonnull(strstr(text, "The server answered no more (0x800706BA"));
    ck_assert_ptr_nonnull(strstr(text, "the figures are those of the 4 rounds before"));
    free(text);
    cJSON *root = bench_result_json(result);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(root, "latency")), 2);
    ck_assert_str_eq(json_string(cJSON_GetArrayItem(cJSON_GetObjectItem(root, "failed"), 0), "operation", ""), "Read");
    ck_assert_str_eq(json_string(root, "lost", ""), "0x800706BA");
    cJSON_Delete(root);
}
END_TEST

START_TEST(p999_needs_ten_thousand_samples)
{
    add_block(0, 1, 0, 100, 8999);
    cJSON *root = bench_result_json(result);
    ck_assert(
        cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(root, "latency"), 0), "p999_ns")));
    cJSON_Delete(root);
    add_block(0, 1, 1, 100, 1);
    root = bench_result_json(result);
    ck_assert(
        cJSON_IsNumber(cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(root, "latency"), 0), "p999_ns")));
    cJSON_Delete(root);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probe-client bench");
    TCase *plan = tcase_create("plan and floor");
    tcase_add_test(plan, every_party_runs_as_often_forwards_as_backwards);
    tcase_add_test(plan, the_order_is_turned_round_in_every_second_round);
    tcase_add_test(plan, all_blocks_together_take_the_time_that_was_asked);
    tcase_add_test(plan, estimated_sizes_grow_with_the_items);
    tcase_add_test(plan, what_is_known_of_both_directions_corrects_the_larger_one);
    tcase_add_test(plan, the_floor_carries_as_many_bytes_as_it_was_told);
    tcase_add_test(plan, a_floor_that_nobody_serves_is_no_crash);
    suite_add_tcase(suite, plan);
    TCase *figures = tcase_create("figures");
    tcase_add_checked_fixture(figures, setup, clean);
    tcase_add_test(figures, the_json_fits_its_schema_and_gives_no_p99_under_a_thousand_samples);
    tcase_add_test(figures, the_table_says_what_travelled_what_is_missing_and_that_it_is_no_verdict);
    tcase_add_test(figures, an_unsteady_machine_is_named);
    tcase_add_test(figures, a_level_is_compared_with_the_blocks_of_the_same_round_alone);
    tcase_add_test(figures, the_lowest_level_with_a_figure_is_the_reference_whatever_the_order_asked);
    tcase_add_test(figures, callbacks_that_travel_at_another_level_have_no_figure);
    tcase_add_test(figures, a_server_that_is_lost_leaves_the_figures_so_far);
    tcase_add_test(figures, p999_needs_ten_thousand_samples);
    suite_add_tcase(suite, figures);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
