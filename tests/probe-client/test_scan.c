/* Scan classes: their text, how long they are measured, what is counted, and when a word may be said. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "probe-client/scan_advise.h"
#include "probe-client/scan_outcome.h"
#include "probe-client/scan_plan.h"
#include "probe-client/scan_result.h"

#define PERIOD_NS (100 * NS_PER_MS)

static const struct scan_thresholds usual = SCAN_THRESHOLDS_USUAL;

static struct scan_classes classes_of(const char *first, const char *second)
{
    struct scan_classes s;
    char complaint[SCAN_COMPLAINT];
    scan_classes_init(&s);
    ck_assert_msg(scan_classes_add_text(&s, first, complaint), "%s", complaint);
    if (second)
        ck_assert_msg(scan_classes_add_text(&s, second, complaint), "%s", complaint);
    return s;
}

START_TEST(a_class_is_read_as_it_is_written)
{
    static const struct {
        const char *text;
        struct scan_class class;
    } rows[] = {
        { "1s:100", { .period_ns = NS_PER_S, .items = 100 } },
        { "250ms:7:advise", { .period_ns = 250 * NS_PER_MS, .items = 7, .mode = SCAN_ADVISE } },
        { "0.25:7:sync@50ms",
          { .period_ns = 250 * NS_PER_MS, .offset_ns = 50 * NS_PER_MS, .items = 7, .mode = SCAN_SYNC } },
        { "2m:1:polled@1.5s", { .period_ns = 120 * NS_PER_S, .offset_ns = 1500 * NS_PER_MS, .items = 1 } },
        { "1h:1+45ms", { .period_ns = 3600 * NS_PER_S, .items = 1, .service_ms = 45 } },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scan_classes s = classes_of(rows[i].text, NULL);
        ck_assert_int_eq(s.list[0].period_ns, rows[i].class.period_ns);
        ck_assert_int_eq(s.list[0].offset_ns, rows[i].class.offset_ns);
        ck_assert_uint_eq(s.list[0].items, rows[i].class.items);
        ck_assert_uint_eq(s.list[0].mode, rows[i].class.mode);
        ck_assert_uint_eq(s.list[0].service_ms, rows[i].class.service_ms);
        char text[SCAN_CLASS_TEXT];
        scan_class_text(&s.list[0], text);
        struct scan_classes again = classes_of(text, NULL);
        ck_assert_mem_eq(&again.list[0], &s.list[0], sizeof(s.list[0]));
    }
}
END_TEST

START_TEST(nonsense_is_refused_with_a_line_that_says_why)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "", "is no scan class" },
        { "1s", "is no scan class" },
        { "0:10", "a period is from 10 ms" },
        { "9ms:10", "a period is from" },
        { "25h:10", "is no scan class" },
        { "-1s:10", "is no scan class" },
        { "1s:0", "from 1 to 1000000" },
        { "1s:10000000", "from 1 to" },
        { "1s:99999999999", "is no scan" },
        { "1s:5:fast", "is no scan class" },
        { "1s:5@1s", "less than the period" },
        { "1s:5@", "is no scan class" },
        { "nan:5", "is no scan class" },
        { "1e9:5", "is no scan class" },
        { "1s:5+3s", "at most 2047 ms" },
        { "999999999999999999999s:5", "is no scan class" },
        { "0.0001:5", "is no scan class" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scan_classes s;
        char complaint[SCAN_COMPLAINT] = "";
        scan_classes_init(&s);
        ck_assert_msg(!scan_classes_add_text(&s, rows[i].text, complaint), "%s", rows[i].text);
        ck_assert_msg(strstr(complaint, rows[i].says) != NULL, "%s: %s", rows[i].text, complaint);
        ck_assert_uint_eq(s.count, 0);
    }
}
END_TEST

START_TEST(classes_have_no_more_items_together_than_a_server_can_hold)
{
    struct scan_classes s = classes_of("1s:600000", NULL);
    char complaint[SCAN_COMPLAINT];
    ck_assert(!scan_classes_add_text(&s, "2s:400001", complaint));
    ck_assert_ptr_nonnull(strstr(complaint, "in all classes together"));
    ck_assert(scan_classes_add_text(&s, "2s:400000", complaint));
}
END_TEST

START_TEST(times_are_read_as_plants_write_them)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = { { "00:00:01", 1000 }, { "00:01:00", 60000 }, { "01:30.5", 90500 },     { "60", 60000 },
                 { "0.25", 250 },      { "00:00:00.05", 50 }, { "24:00:00", 86400000 }, { "1.5s", 1500 } };
    int64_t ns;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_msg(scan_time_parse(rows[i].text, strlen(rows[i].text), &ns), "%s", rows[i].text);
        ck_assert_int_eq(ns, rows[i].ms * NS_PER_MS);
    }
    static const char *const wrong[] = { ":", "1:", ":1", "1:2:3:4", "1.5:00", "0.2505", ".", "5x", "24:00:01" };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(!scan_time_parse(wrong[i], strlen(wrong[i]), &ns), "%s", wrong[i]);
}
END_TEST

START_TEST(classes_meet_at_the_least_common_multiple)
{
    struct scan_classes s = classes_of("100ms:1", "250ms:1");
    ck_assert_int_eq(scan_classes_cycle_ns(&s), 500 * NS_PER_MS);
    s = classes_of("86399999ms:1", "86399993ms:1");
    ck_assert_int_eq(scan_classes_cycle_ns(&s), INT64_MAX);
}
END_TEST

/* ---- the plan ------------------------------------------------------------------------------------------------ */

START_TEST(a_verdict_needs_half_an_hour_at_each_level)
{
    struct scan_classes s = classes_of("1s:100", "5s:100");
    struct scan_plan p;
    char complaint[SCAN_COMPLAINT];
    ck_assert(scan_plan_make(&s, 2, 0, &usual, &p, complaint));
    ck_assert_uint_ge(p.blocks, 6);
    ck_assert_int_eq(p.warm_up_ns, 30 * NS_PER_S);
    ck_assert_int_ge((p.block_ns - p.warm_up_ns) * p.blocks, 1800 * NS_PER_S);
    ck_assert_int_eq(p.whole_ns, p.needed_ns);
    ck_assert_int_eq(p.whole_ns, p.block_ns * p.blocks * 2);
}
END_TEST

START_TEST(slow_classes_make_the_blocks_longer)
{
    struct scan_classes s = classes_of("1s:100", "15m:100");
    struct scan_plan p;
    char complaint[SCAN_COMPLAINT];
    ck_assert(scan_plan_make(&s, 1, 0, &usual, &p, complaint));
    ck_assert_int_ge((p.block_ns - p.warm_up_ns) / (900 * NS_PER_S) * p.blocks, 30);
    ck_assert_uint_ge(p.coincidences * p.blocks, 3);
}
END_TEST

START_TEST(a_short_run_keeps_to_its_time_and_a_class_longer_than_it_is_refused)
{
    struct scan_classes s = classes_of("100ms:1", "250ms:1");
    struct scan_plan p;
    char complaint[SCAN_COMPLAINT];
    ck_assert(scan_plan_make(&s, 2, 6 * NS_PER_S, &usual, &p, complaint));
    ck_assert_int_eq(p.block_ns * p.blocks * p.levels, 6 * NS_PER_S);
    ck_assert_int_gt(p.needed_ns, p.whole_ns);
    s = classes_of("100ms:1", "10s:1");
    ck_assert(!scan_plan_make(&s, 2, 6 * NS_PER_S, &usual, &p, complaint));
    ck_assert_ptr_nonnull(strstr(complaint, "the class of 10 s is not scanned twice"));
}
END_TEST

START_TEST(levels_alternate_and_turn_round)
{
    struct scan_plan p = { .levels = 2, .blocks = 2 };
    static const unsigned order[] = { 0, 1, 1, 0 };
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(scan_plan_level(&p, i), order[i]);
}
END_TEST

/* ---- what is counted ----------------------------------------------------------------------------------------- */

static struct scan_figures *figures_of(const struct scan_class *c, uint64_t scans, int64_t completion_ns)
{
    struct scan_figures *f = calloc(1, sizeof(*f));
    for (uint64_t i = 0; i < scans; i++) {
        struct scan_timing t = { .scheduled_ns = 1000, .started_ns = 1001, .done_ns = 1000 + completion_ns };
        scan_figures_add(f, c, &usual.limits, &t);
    }
    return f;
}

START_TEST(missed_is_over_a_second_late_and_skipped_a_whole_period)
{
    static const struct {
        int64_t period_ms, completion_ms;
        unsigned missed, skipped;
    } rows[] = {
        { 5000, 1000, 0, 0 }, { 5000, 1001, 1, 0 }, { 5000, 4999, 1, 0 }, { 5000, 5000, 0, 1 },
        { 1000, 999, 0, 0 },  { 1000, 1000, 0, 1 }, { 100, 99, 0, 0 },    { 100, 100, 0, 1 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scan_class c = { .period_ns = rows[i].period_ms * NS_PER_MS, .items = 1 };
        struct scan_figures *f = figures_of(&c, 1, rows[i].completion_ms * NS_PER_MS);
        ck_assert_uint_eq(f->missed, rows[i].missed);
        ck_assert_uint_eq(f->skipped, rows[i].skipped);
        free(f);
    }
}
END_TEST

START_TEST(a_scan_that_never_came_back_is_skipped)
{
    struct scan_class c = { .period_ns = PERIOD_NS, .items = 1 };
    struct scan_figures *f = calloc(1, sizeof(*f));
    struct scan_timing t = { .scheduled_ns = 5, .started_ns = 5 };
    scan_figures_add(f, &c, &usual.limits, &t);
    ck_assert_uint_eq(f->skipped, 1);
    ck_assert_uint_eq(f->completion.count, 0);
    free(f);
}
END_TEST

START_TEST(our_own_late_start_is_told_from_a_wait_for_the_server)
{
    struct scan_class c = { .period_ns = PERIOD_NS, .items = 1 };
    struct scan_figures *f = calloc(1, sizeof(*f));
    struct scan_timing own = { .started_ns = 6 * NS_PER_MS, .done_ns = 7 * NS_PER_MS };
    struct scan_timing waited = { .started_ns = 6 * NS_PER_MS, .done_ns = 7 * NS_PER_MS, .overrun = true };
    scan_figures_add(f, &c, &usual.limits, &own);
    scan_figures_add(f, &c, &usual.limits, &waited);
    ck_assert_uint_eq(f->late, 1);
    ck_assert_uint_eq(f->overrun, 1);
    free(f);
}
END_TEST

START_TEST(figures_survive_json_and_merge)
{
    struct scan_class c = { .period_ns = PERIOD_NS, .items = 1 };
    struct scan_figures *f = figures_of(&c, 20, 40 * NS_PER_MS), *back = calloc(1, sizeof(*back));
    cJSON *json = scan_figures_to_json(f);
    ck_assert_int_eq(scan_figures_from_json(json, back), ERR_OK);
    ck_assert_uint_eq(back->scans, 20);
    ck_assert_int_eq(back->completion.maximum_ns, 40 * NS_PER_MS);
    scan_figures_merge(back, f);
    ck_assert_uint_eq(back->scans, 40);
    ck_assert_uint_eq(back->completion.count, 40);
    cJSON_DeleteItemFromObject(json, "overrun");
    ck_assert_int_eq(scan_figures_from_json(json, back), ERR_PROTOCOL);
    ck_assert_uint_eq(back->scans, 0);
    cJSON_Delete(json);
    free(back);
    free(f);
}
END_TEST

START_TEST(under_a_thousand_scans_the_maximum_stands_for_p99)
{
    struct scan_class c = { .period_ns = PERIOD_NS, .items = 1 };
    struct scan_figures *f = figures_of(&c, 998, 10 * NS_PER_MS);
    struct scan_timing t = { .done_ns = 60 * NS_PER_MS };
    scan_figures_add(f, &c, &usual.limits, &t);
    ck_assert_int_eq(scan_figures_p99_ns(f), 60 * NS_PER_MS);
    t.done_ns = 10 * NS_PER_MS;
    scan_figures_add(f, &c, &usual.limits, &t);
    ck_assert_int_lt(scan_figures_p99_ns(f), 11 * NS_PER_MS);
    free(f);
}
END_TEST

/* ---- updates that come by themselves ------------------------------------------------------------------------- */

#define ARRIVALS 40

/* Forty updates from 3 s on, each 100 ms after the one before. */
static void make_arrivals(int64_t arrivals[ARRIVALS])
{
    for (int i = 0; i < ARRIVALS; i++)
        arrivals[i] = 3 * NS_PER_S + i * PERIOD_NS;
}

START_TEST(steady_updates_are_not_late)
{
    int64_t arrivals[ARRIVALS], lateness[30] = { 0 };
    make_arrivals(arrivals);
    scan_advise_take(arrivals, ARRIVALS, PERIOD_NS, 3 * NS_PER_S, 10 * NS_PER_S, lateness, 30);
    for (int i = 0; i < 30; i++)
        ck_assert_int_eq(lateness[i], 0);
}
END_TEST

START_TEST(one_update_that_is_late_is_late_alone)
{
    int64_t arrivals[ARRIVALS], lateness[30] = { 0 };
    make_arrivals(arrivals);
    arrivals[7] += 60 * NS_PER_MS;
    scan_advise_take(arrivals, ARRIVALS, PERIOD_NS, 3 * NS_PER_S, 10 * NS_PER_S, lateness, 30);
    for (int i = 0; i < 30; i++)
        ck_assert_int_eq(lateness[i], i == 7 ? 60 * NS_PER_MS : 0);
}
END_TEST

START_TEST(an_update_that_did_not_come_is_told)
{
    int64_t arrivals[ARRIVALS], lateness[30] = { 0 };
    make_arrivals(arrivals);
    memmove(arrivals + 5, arrivals + 6, (ARRIVALS - 6) * sizeof(arrivals[0]));
    scan_advise_take(arrivals, ARRIVALS - 1, PERIOD_NS, 3 * NS_PER_S, 10 * NS_PER_S, lateness, 30);
    for (int i = 0; i < 30; i++)
        ck_assert_int_eq(lateness[i], i == 5 ? -1 : 0);
}
END_TEST

START_TEST(a_scan_of_several_groups_is_as_late_as_the_latest)
{
    int64_t arrivals[ARRIVALS], lateness[30] = { 0 };
    make_arrivals(arrivals);
    arrivals[3] += 10 * NS_PER_MS;
    scan_advise_take(arrivals, ARRIVALS, PERIOD_NS, 3 * NS_PER_S, 10 * NS_PER_S, lateness, 30);
    make_arrivals(arrivals);
    arrivals[3] += 20 * NS_PER_MS;
    arrivals[4] += 5 * NS_PER_MS;
    scan_advise_take(arrivals, ARRIVALS, PERIOD_NS, 3 * NS_PER_S, 10 * NS_PER_S, lateness, 30);
    ck_assert_int_eq(lateness[3], 20 * NS_PER_MS);
    ck_assert_int_eq(lateness[4], 5 * NS_PER_MS);
    scan_advise_take(arrivals, 0, PERIOD_NS, 3 * NS_PER_S, 10 * NS_PER_S, lateness, 30);
    ck_assert_int_eq(lateness[0], -1);
}
END_TEST

START_TEST(updates_of_the_warm_up_and_after_the_end_do_not_count)
{
    int64_t arrivals[ARRIVALS], lateness[10] = { 0 };
    make_arrivals(arrivals);
    arrivals[0] -= 40 * NS_PER_MS; /* would move the grid */
    arrivals[ARRIVALS - 1] += PERIOD_NS;
    scan_advise_take(arrivals, ARRIVALS, PERIOD_NS, 3 * NS_PER_S, 3 * NS_PER_S + 39 * PERIOD_NS, lateness, 10);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(lateness[i], 0);
}
END_TEST

/* ---- blocks and levels --------------------------------------------------------------------------------------- */

/* A whole block of `scans` scans of the only class, each so long. */
static struct scan_outcome *outcome_of(const struct scan_class *c, uint8_t level, uint64_t scans, int64_t completion_ns)
{
    struct scan_outcome *o = calloc(1, sizeof(*o));
    struct scan_figures *f = figures_of(c, scans, completion_ns);
    *o = (struct scan_outcome){ .connected = true, .ours = true, .whole = true, .sent = level, .callback = level };
    o->class_count = 1;
    o->measured_ns = 300 * NS_PER_S;
    o->figures[0] = *f;
    memcpy(o->kind, "simulated", sizeof("simulated"));
    free(f);
    return o;
}

START_TEST(a_block_survives_its_file)
{
    struct scan_classes s = classes_of("100ms:1", NULL);
    struct scan_outcome *o = outcome_of(&s.list[0], LEVEL_CONNECT, 20, NS_PER_MS), *back = calloc(1, sizeof(*back));
    cJSON *json = scan_outcome_to_json(o);
    ck_assert_int_eq(scan_outcome_from_json(json, back), ERR_OK);
    ck_assert_mem_eq(o, back, sizeof(*o));
    cJSON_DeleteItemFromObject(json, "callback");
    ck_assert_int_eq(scan_outcome_from_json(json, back), ERR_PROTOCOL);
    cJSON_Delete(json);
    free(back);
    free(o);
}
END_TEST

/* Six blocks at each of two levels, so long each, and the text of it. */
static char *compare_levels(uint8_t sent, uint8_t called, int64_t without_ns, int64_t with_ns)
{
    struct scan_classes s = classes_of("100ms:1", NULL);
    struct scan_result *r = calloc(1, sizeof(*r));
    *r = (struct scan_result){ .classes = &s, .thresholds = &usual, .account = "u", .level_count = 2 };
    r->plan.coincidences = 1;
    r->levels[0].asked = LEVEL_CONNECT;
    r->levels[1].asked = LEVEL_PACKET_INTEGRITY;
    for (unsigned i = 0; i < 12; i++) {
        struct scan_outcome *o = i % 2 ? outcome_of(&s.list[0], LEVEL_PACKET_INTEGRITY, 100, with_ns)
                                       : outcome_of(&s.list[0], sent, 100, without_ns);
        if (i % 2 == 0)
            o->callback = called;
        scan_result_take(r, i % 2, o);
        free(o);
    }
    char *text = NULL;
    size_t size = 0;
    struct page p = { .file = open_memstream(&text, &size), .width = 120 };
    scan_result_text(&p, r);
    fclose(p.file);
    free(r);
    return text;
}

START_TEST(the_sentence_follows_from_both_levels)
{
    static const struct {
        int64_t without_ms, with_ms;
        const char *says;
    } rows[] = {
        { 10, 12, "Against connect: It fits with and without packet-integrity." },
        { 10, 90, "Against connect: It fits now, not with packet-integrity." },
        { 90, 95, "Against connect: It does not fit already, packet-integrity is not the cause." },
        { 10, 60, "Against connect: Not decided for packet-integrity: fits at connect, marginal with it" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text =
            compare_levels(LEVEL_CONNECT, LEVEL_CONNECT, rows[i].without_ms * NS_PER_MS, rows[i].with_ms * NS_PER_MS);
        ck_assert_msg(strstr(text, rows[i].says) != NULL, "%s\n%s", rows[i].says, text);
        ck_assert_ptr_nonnull(strstr(text, "0 skipped in 600 scans: at most 0.5 % at 95 %"));
        ck_assert_ptr_nonnull(strstr(text, "shows the method, not your plant: no go-live verdict"));
        free(text);
    }
}
END_TEST

START_TEST(a_level_that_calls_or_callbacks_did_not_carry_has_no_figure)
{
    char *text = compare_levels(LEVEL_PACKET_INTEGRITY, LEVEL_PACKET_INTEGRITY, NS_PER_MS, NS_PER_MS);
    ck_assert_msg(strstr(text,
                         "connect: not obtainable (asked 2, sent 5, called back at 5): you already pay for Packet "
                         "Integrity") != NULL,
                  "%s", text);
    ck_assert_ptr_null(strstr(text, "Against connect"));
    free(text);
    text = compare_levels(LEVEL_CONNECT, LEVEL_PACKET_INTEGRITY, NS_PER_MS, NS_PER_MS);
    ck_assert_ptr_nonnull(strstr(text, "connect: not obtainable (asked 2, sent 2, called back at 5)"));
    free(text);
}
END_TEST

/* ---- the words ----------------------------------------------------------------------------------------------- */

START_TEST(the_word_follows_the_share_of_the_period)
{
    static const struct {
        int64_t percent;
        enum scan_word word;
    } rows[] = { { 45, SCAN_FITS },         { 50, SCAN_FITS },         { 51, SCAN_MARGINAL },
                 { 55, SCAN_MARGINAL },     { 75, SCAN_MARGINAL },     { 80, SCAN_MARGINAL },
                 { 81, SCAN_DOES_NOT_FIT }, { 95, SCAN_DOES_NOT_FIT }, { 105, SCAN_DOES_NOT_FIT } };
    struct scan_class c = { .period_ns = PERIOD_NS, .items = 1 };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scan_figures *f = figures_of(&c, 300, PERIOD_NS / 100 * rows[i].percent);
        ck_assert_uint_eq(scan_judge_class(f, &c, &usual), rows[i].word);
        free(f);
    }
}
END_TEST

START_TEST(one_skip_or_overrun_does_not_fit_and_one_miss_is_marginal)
{
    struct scan_class slow = { .period_ns = 10 * NS_PER_S, .items = 1 };
    struct scan_figures *f = figures_of(&slow, 2000, 100 * NS_PER_MS);
    ck_assert_uint_eq(scan_judge_class(f, &slow, &usual), SCAN_FITS);
    f->missed = 1;
    ck_assert_uint_eq(scan_judge_class(f, &slow, &usual), SCAN_MARGINAL);
    f->missed = 0;
    f->overrun = 1;
    ck_assert_uint_eq(scan_judge_class(f, &slow, &usual), SCAN_DOES_NOT_FIT);
    f->overrun = 0;
    f->skipped = 1;
    ck_assert_uint_eq(scan_judge_class(f, &slow, &usual), SCAN_DOES_NOT_FIT);
    free(f);
}
END_TEST

START_TEST(classes_that_run_together_are_as_good_as_the_worst)
{
    struct scan_classes s = classes_of("100ms:1", "1s:1");
    struct scan_figures *pair = calloc(2, sizeof(*pair)), *one = figures_of(&s.list[0], 300, NS_PER_MS);
    struct scan_figures *two = figures_of(&s.list[1], 300, 700 * NS_PER_MS);
    pair[0] = *one;
    pair[1] = *two;
    ck_assert_uint_eq(scan_judge(pair, &s, &usual), SCAN_MARGINAL);
    free(one);
    free(two);
    free(pair);
}
END_TEST

START_TEST(too_little_decides_nothing_and_says_what_would)
{
    struct scan_classes s = classes_of("100ms:1", NULL);
    struct scan_extent enough = { .measured_ns = 1800 * NS_PER_S, .blocks = 6, .coincidences = 3 }, extent = enough;
    char reason[SCAN_REASON];
    struct scan_figures *f = figures_of(&s.list[0], 300, NS_PER_MS);
    ck_assert(scan_enough(f, &s, &extent, &usual, reason));
    extent.measured_ns--;
    ck_assert(!scan_enough(f, &s, &extent, &usual, reason));
    ck_assert_str_eq(reason, "less than 30 min was measured");
    extent = enough;
    extent.blocks = 5;
    ck_assert(!scan_enough(f, &s, &extent, &usual, reason));
    extent = enough;
    extent.coincidences = 2;
    ck_assert(!scan_enough(f, &s, &extent, &usual, reason));
    f->late = 4;
    ck_assert(!scan_enough(f, &s, &enough, &usual, reason));
    ck_assert_ptr_nonnull(strstr(reason, "this computer itself"));
    f->late = 0;
    f->scans = 299;
    ck_assert(!scan_enough(f, &s, &enough, &usual, reason));
    ck_assert_ptr_nonnull(strstr(reason, "not measured at pace"));
    free(f);
}
END_TEST

START_TEST(slow_classes_need_thirty_scans)
{
    struct scan_class slow = { .period_ns = 11 * NS_PER_S, .items = 1 };
    struct scan_figures *f = figures_of(&slow, 30, NS_PER_MS);
    ck_assert(scan_at_pace(f, &slow, &usual));
    f->scans--;
    ck_assert(!scan_at_pace(f, &slow, &usual));
    free(f);
}
END_TEST

START_TEST(four_sentences_say_what_a_level_does)
{
    static const struct {
        enum scan_word without, with;
        enum scan_sentence sentence;
    } rows[] = {
        { SCAN_FITS, SCAN_FITS, SCAN_BOTH },
        { SCAN_FITS, SCAN_DOES_NOT_FIT, SCAN_NOT_WITH },
        { SCAN_DOES_NOT_FIT, SCAN_DOES_NOT_FIT, SCAN_NOT_CAUSE },
        { SCAN_DOES_NOT_FIT, SCAN_FITS, SCAN_NOT_CAUSE },
        { SCAN_FITS, SCAN_MARGINAL, SCAN_NOT_DECIDED },
        { SCAN_MARGINAL, SCAN_DOES_NOT_FIT, SCAN_NOT_DECIDED },
        { SCAN_MARGINAL, SCAN_MARGINAL, SCAN_NOT_DECIDED },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_uint_eq(scan_compare(rows[i].without, rows[i].with), rows[i].sentence);
    char text[SCAN_SENTENCE];
    scan_sentence_text(SCAN_NOT_CAUSE, "packet-integrity", text);
    ck_assert_str_eq(text, "It does not fit already, packet-integrity is not the cause.");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scan");
    TCase *parts = tcase_create("classes");
    tcase_add_test(parts, a_class_is_read_as_it_is_written);
    tcase_add_test(parts, nonsense_is_refused_with_a_line_that_says_why);
    tcase_add_test(parts, classes_have_no_more_items_together_than_a_server_can_hold);
    tcase_add_test(parts, times_are_read_as_plants_write_them);
    tcase_add_test(parts, classes_meet_at_the_least_common_multiple);
    suite_add_tcase(suite, parts);
    TCase *plan = tcase_create("plan");
    tcase_add_test(plan, a_verdict_needs_half_an_hour_at_each_level);
    tcase_add_test(plan, slow_classes_make_the_blocks_longer);
    tcase_add_test(plan, a_short_run_keeps_to_its_time_and_a_class_longer_than_it_is_refused);
    tcase_add_test(plan, levels_alternate_and_turn_round);
    suite_add_tcase(suite, plan);
    TCase *figures = tcase_create("figures");
    tcase_add_test(figures, missed_is_over_a_second_late_and_skipped_a_whole_period);
    tcase_add_test(figures, a_scan_that_never_came_back_is_skipped);
    tcase_add_test(figures, our_own_late_start_is_told_from_a_wait_for_the_server);
    tcase_add_test(figures, figures_survive_json_and_merge);
    tcase_add_test(figures, under_a_thousand_scans_the_maximum_stands_for_p99);
    suite_add_tcase(suite, figures);
    TCase *updates = tcase_create("updates");
    tcase_add_test(updates, steady_updates_are_not_late);
    tcase_add_test(updates, one_update_that_is_late_is_late_alone);
    tcase_add_test(updates, an_update_that_did_not_come_is_told);
    tcase_add_test(updates, a_scan_of_several_groups_is_as_late_as_the_latest);
    tcase_add_test(updates, updates_of_the_warm_up_and_after_the_end_do_not_count);
    suite_add_tcase(suite, updates);
    TCase *levels = tcase_create("levels");
    tcase_add_test(levels, a_block_survives_its_file);
    tcase_add_test(levels, the_sentence_follows_from_both_levels);
    tcase_add_test(levels, a_level_that_calls_or_callbacks_did_not_carry_has_no_figure);
    suite_add_tcase(suite, levels);
    TCase *words = tcase_create("words");
    tcase_add_test(words, the_word_follows_the_share_of_the_period);
    tcase_add_test(words, one_skip_or_overrun_does_not_fit_and_one_miss_is_marginal);
    tcase_add_test(words, classes_that_run_together_are_as_good_as_the_worst);
    tcase_add_test(words, too_little_decides_nothing_and_says_what_would);
    tcase_add_test(words, slow_classes_need_thirty_scans);
    tcase_add_test(words, four_sentences_say_what_a_level_does);
    suite_add_tcase(suite, words);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
