#include "base/histogram.h"

#include "suite.h"

#define SAMPLES 50000

/* A small generator of our own, so that a failure can be repeated (xorshift64). */
static uint64_t seed;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static int64_t uniform(void)
{
    return 1 + (int64_t)(next_random() % 10000000);
}

/* Every power of two equally often: latencies from nanoseconds to minutes. */
static int64_t logarithmic(void)
{
    unsigned bits = (unsigned)(next_random() % 38);
    return (INT64_C(1) << bits) + (int64_t)(next_random() & ((UINT64_C(1) << bits) - 1));
}

/* Fast answers with a few very slow ones, as a network gives them. */
static int64_t long_tail(void)
{
    int64_t base = 40000 + (int64_t)(next_random() % 3000);
    return next_random() % 100 == 0 ? base * (int64_t)(1 + next_random() % 5000) : base;
}

static int64_t small_values(void)
{
    return 1 + (int64_t)(next_random() % 200);
}

static int64_t constant(void)
{
    return 123456789;
}

static int64_t (*const distributions[])(void) = { uniform, logarithmic, long_tail, small_values, constant };

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

START_TEST(percentiles_are_right_to_one_per_cent)
{
    static const uint32_t parts[] = { 0, 1, 1000, 100000, 250000, 500000, 900000, 990000, 999000, 999990, 1000000 };
    static struct histogram h;
    int64_t *samples = malloc(SAMPLES * sizeof(*samples));
    seed = UINT64_C(88172645463325252);
    histogram_reset(&h);
    for (size_t i = 0; i < SAMPLES; i++) {
        samples[i] = distributions[_i]();
        histogram_add(&h, samples[i]);
    }
    qsort(samples, SAMPLES, sizeof(*samples), compare);
    ck_assert_uint_eq(h.count, SAMPLES);
    ck_assert_int_eq(h.minimum_ns, samples[0]);
    ck_assert_int_eq(h.maximum_ns, samples[SAMPLES - 1]);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        uint64_t rank = ((uint64_t)SAMPLES * parts[i] + 999999) / 1000000;
        int64_t exact = samples[rank ? rank - 1 : 0];
        int64_t shown = histogram_percentile_ns(&h, parts[i]);
        /* An upper edge: never below the exact value, and at most 1 % above it. */
        ck_assert_int_ge(shown, exact);
        ck_assert_int_le((shown - exact) * 100, exact);
    }
    ck_assert_int_eq(histogram_percentile_ns(&h, 1000000), samples[SAMPLES - 1]);
    free(samples);
}
END_TEST

START_TEST(merging_equals_having_counted_together)
{
    static struct histogram parts[3], together, merged;
    seed = 42;
    histogram_reset(&together);
    histogram_reset(&merged);
    for (int part = 0; part < 3; part++) {
        histogram_reset(&parts[part]);
        for (int i = 0; i < 1000; i++) {
            int64_t value = logarithmic() + part;
            histogram_add(&parts[part], value);
            histogram_add(&together, value);
        }
    }
    for (int part = 0; part < 3; part++) {
        histogram_merge(&merged, &parts[part]);
    }
    ck_assert_mem_eq(&merged, &together, sizeof(merged));
}
END_TEST

START_TEST(merging_nothing_changes_nothing)
{
    static struct histogram h, before, empty;
    histogram_reset(&h);
    histogram_reset(&empty);
    histogram_add(&h, 500);
    before = h;
    histogram_merge(&h, &empty);
    ck_assert_mem_eq(&h, &before, sizeof(h));
    histogram_merge(&empty, &h);
    ck_assert_mem_eq(&empty, &h, sizeof(h));
}
END_TEST

START_TEST(an_empty_histogram_says_zero)
{
    static struct histogram h;
    histogram_reset(&h);
    ck_assert_int_eq(h.minimum_ns, 0);
    ck_assert_int_eq(h.maximum_ns, 0);
    ck_assert_int_eq(histogram_percentile_ns(&h, 500000), 0);
}
END_TEST

START_TEST(values_out_of_range_are_counted_at_its_ends)
{
    static struct histogram h;
    histogram_reset(&h);
    histogram_add(&h, 0);
    histogram_add(&h, -7);
    ck_assert_int_eq(h.minimum_ns, 1);
    ck_assert_int_eq(histogram_percentile_ns(&h, 1000000), 1);
    histogram_add(&h, HISTOGRAM_MAXIMUM_NS - 1);
    histogram_add(&h, HISTOGRAM_MAXIMUM_NS);
    histogram_add(&h, INT64_MAX);
    ck_assert_uint_eq(h.count, 5);
    ck_assert_int_eq(h.maximum_ns, INT64_MAX);
    ck_assert_int_eq(histogram_percentile_ns(&h, 1000000), INT64_MAX);
    ck_assert_uint_eq(h.buckets[HISTOGRAM_BUCKETS - 1], 3);
}
END_TEST

START_TEST(a_percentile_of_few_samples_is_one_of_them)
{
    static struct histogram h;
    histogram_reset(&h);
    histogram_add(&h, 10);
    histogram_add(&h, 20);
    ck_assert_int_eq(histogram_percentile_ns(&h, 500000), 10);
    ck_assert_int_eq(histogram_percentile_ns(&h, 500001), 20);
    ck_assert_int_eq(histogram_percentile_ns(&h, 0), 10);
    ck_assert_int_eq(histogram_percentile_ns(&h, UINT32_MAX), 20);
}
END_TEST

START_TEST(every_power_of_two_begins_a_bucket)
{
    static struct histogram h;
    for (unsigned bit = 7; bit < 42; bit++) {
        histogram_reset(&h);
        int64_t power = INT64_C(1) << bit;
        histogram_add(&h, power - 1);
        histogram_add(&h, power);
        histogram_add(&h, 2 * power);
        ck_assert_int_eq(histogram_percentile_ns(&h, 333333), power - 1);
        int64_t edge = histogram_percentile_ns(&h, 500000);
        ck_assert_int_ge(edge, power);
        ck_assert_int_le((edge - power) * 128, power);
    }
}
END_TEST

START_TEST(a_histogram_is_the_same_after_it_was_json)
{
    static struct histogram h, back;
    int64_t (*value)(void) = distributions[_i];
    seed = 4711 + (uint64_t)_i;
    histogram_reset(&h);
    for (int i = 0; i < SAMPLES; i++)
        histogram_add(&h, value());
    histogram_add(&h, HISTOGRAM_MAXIMUM_NS * 3);
    cJSON *tree = histogram_to_json(&h);
    char *text = cJSON_PrintUnformatted(tree);
    cJSON_Delete(tree);
    cJSON *json = cJSON_Parse(text);
    ck_assert_int_eq(histogram_from_json(json, &back), ERR_OK);
    ck_assert_mem_eq(&back, &h, sizeof(h));
    cJSON_Delete(json);
    free(text);
}
END_TEST

START_TEST(json_that_is_no_histogram_is_refused)
{
    static const char *const wrong[] = {
        "{}",
        "[]",
        "{\"count\":1,\"minimum_ns\":5,\"maximum_ns\":5}",
        "{\"count\":2,\"minimum_ns\":5,\"maximum_ns\":5,\"buckets\":[[5,1]]}",
        "{\"count\":1,\"minimum_ns\":6,\"maximum_ns\":5,\"buckets\":[[5,1]]}",
        "{\"count\":1,\"minimum_ns\":5,\"maximum_ns\":5,\"buckets\":[[5,1,2]]}",
        "{\"count\":1,\"minimum_ns\":5,\"maximum_ns\":5,\"buckets\":[[-5,1]]}",
        "{\"count\":1,\"minimum_ns\":5,\"maximum_ns\":5,\"buckets\":[[5,1.5]]}",
        "{\"count\":1,\"minimum_ns\":5,\"maximum_ns\":5,\"buckets\":[[5,1e300]]}",
        "{\"count\":1,\"minimum_ns\":5,\"maximum_ns\":5,\"buckets\":[\"5\"]}",
        "{\"count\":2,\"minimum_ns\":5,\"maximum_ns\":9,\"buckets\":[[9,1],[5,1]]}",
    };
    static struct histogram h;
    cJSON *json = cJSON_Parse(wrong[_i]);
    ck_assert_ptr_nonnull(json);
    ck_assert_int_eq(histogram_from_json(json, &h), ERR_PROTOCOL);
    ck_assert_uint_eq(h.count, 0);
    cJSON_Delete(json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("histogram");
    TCase *all = tcase_create("histogram");
    tcase_add_loop_test(all, percentiles_are_right_to_one_per_cent, 0,
                        (int)(sizeof(distributions) / sizeof(distributions[0])));
    tcase_add_test(all, merging_equals_having_counted_together);
    tcase_add_test(all, merging_nothing_changes_nothing);
    tcase_add_test(all, an_empty_histogram_says_zero);
    tcase_add_test(all, values_out_of_range_are_counted_at_its_ends);
    tcase_add_test(all, a_percentile_of_few_samples_is_one_of_them);
    tcase_add_test(all, every_power_of_two_begins_a_bucket);
    tcase_add_loop_test(all, a_histogram_is_the_same_after_it_was_json, 0,
                        (int)(sizeof(distributions) / sizeof(distributions[0])));
    tcase_add_loop_test(all, json_that_is_no_histogram_is_refused, 0, 11);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
