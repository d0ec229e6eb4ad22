#include "dcom/scm/ping_sets.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <winerror.h>

#define PERIOD INT64_C(100)
#define LIFE   (PERIOD * PING_PERIODS_TO_LIVE)
#define OXID   UINT64_C(0xABCD)

static struct ping_sets *sets;

static void set_up(void)
{
    ck_assert_int_eq(ping_sets_create(PERIOD, &sets), ERR_OK);
}

static void tear_down(void)
{
    ping_sets_destroy(sets);
}

static void allocate(uint64_t oid, int64_t now)
{
    ck_assert_uint_eq(ping_sets_allocate(sets, OXID, &oid, 1, now), 1);
}

/* How many OIDs are to be run down at that time; the first of them. */
static size_t expired(int64_t now, uint64_t *oid)
{
    struct ping_rundown out[16];
    size_t ended, count = ping_sets_expire(sets, now, out, 16, &ended);
    *oid = count ? out[0].oid : 0;
    if (count)
        ck_assert_uint_eq(out[0].oxid, OXID);
    return count;
}

/* Whether there is such an object: a set takes no other. */
static bool exists(uint64_t oid)
{
    uint64_t set = 0;
    ck_assert_uint_eq(ping_sets_complex(sets, &set, 1, NULL, 0, NULL, 0, 0), 0);
    return ping_sets_complex(sets, &set, 2, &oid, 1, NULL, 0, 0) == 0;
}

START_TEST(an_object_nobody_pings_is_run_down_after_three_periods_and_again_each_period)
{
    uint64_t oid;
    allocate(1, 0);
    ck_assert_uint_eq(expired(LIFE - 1, &oid), 0);
    ck_assert_uint_eq(expired(LIFE, &oid), 1);
    ck_assert_uint_eq(oid, 1);
    ck_assert_uint_eq(expired(LIFE + PERIOD - 1, &oid), 0);
    ck_assert_uint_eq(expired(LIFE + PERIOD, &oid), 1);
    ck_assert_uint_eq(expired(LIFE + 2 * PERIOD, &oid), 1);
}
END_TEST

START_TEST(a_pinged_set_keeps_its_objects_and_an_unpinged_one_loses_them)
{
    uint64_t set = 0, oid = 1;
    allocate(1, 0);
    ck_assert_uint_eq(ping_sets_complex(sets, &set, 1, &oid, 1, NULL, 0, 10), 0);
    ck_assert_uint_ne(set, 0);
    for (int64_t now = PERIOD; now < 10 * PERIOD; now += PERIOD) {
        ck_assert_uint_eq(ping_sets_simple(sets, set, now), 0);
        ck_assert_uint_eq(expired(now, &oid), 0);
    }
    ck_assert_uint_eq(expired(9 * PERIOD + LIFE - 1, &oid), 0);
    ck_assert_uint_eq(ping_sets_simple(sets, set, 9 * PERIOD + LIFE - 1), 0);
    ck_assert_uint_eq(expired(9 * PERIOD + 2 * LIFE - 1, &oid), 1);
    ck_assert_uint_eq(ping_sets_simple(sets, set, 9 * PERIOD + 2 * LIFE), OR_INVALID_SET);
}
END_TEST

START_TEST(an_object_in_two_sets_lives_while_one_of_them_does)
{
    uint64_t first = 0, second = 0, oid = 1;
    allocate(1, 0);
    ck_assert_uint_eq(ping_sets_complex(sets, &first, 1, &oid, 1, NULL, 0, 0), 0);
    ck_assert_uint_eq(ping_sets_complex(sets, &second, 1, &oid, 1, NULL, 0, 0), 0);
    ck_assert_uint_ne(first, second);
    ck_assert_uint_eq(ping_sets_simple(sets, second, LIFE - 1), 0);
    ck_assert_uint_eq(expired(LIFE, &oid), 0);
    ck_assert_uint_eq(ping_sets_simple(sets, first, LIFE), OR_INVALID_SET);
    ck_assert_uint_eq(expired(2 * LIFE - 1, &oid), 1);
}
END_TEST

START_TEST(a_dropped_object_is_run_down_three_periods_after_the_drop)
{
    uint64_t set = 0, oid = 1;
    allocate(1, 0);
    ck_assert_uint_eq(ping_sets_complex(sets, &set, 1, &oid, 1, NULL, 0, 0), 0);
    ck_assert_uint_eq(ping_sets_complex(sets, &set, 2, NULL, 0, &oid, 1, 250), 0);
    ck_assert_uint_eq(expired(250 + LIFE - 1, &oid), 0);
    ck_assert_uint_eq(ping_sets_simple(sets, set, 250 + LIFE - 1), 0);
    ck_assert_uint_eq(expired(250 + LIFE, &oid), 1);
}
END_TEST

START_TEST(an_older_sequence_number_changes_nothing_even_across_its_wrap)
{
    uint64_t set = 0, oid = 1;
    allocate(1, 0);
    ck_assert_uint_eq(ping_sets_complex(sets, &set, 0xFFFF, NULL, 0, NULL, 0, 0), 0);
    ck_assert_uint_eq(ping_sets_complex(sets, &set, 0, &oid, 1, NULL, 0, 1), 0);
    ck_assert_uint_eq(ping_sets_complex(sets, &set, 0xFFFF, NULL, 0, &oid, 1, 2), 0);
    ck_assert_uint_eq(ping_sets_simple(sets, set, LIFE), 0);
    ck_assert_uint_eq(expired(LIFE + 2, &oid), 0);
}
END_TEST

START_TEST(unknown_objects_and_sets_are_named)
{
    uint64_t set = 0, unknown = 99, wrong = 12345, oid;
    ck_assert_uint_eq(ping_sets_complex(sets, &set, 1, &unknown, 1, NULL, 0, 0), 0);
    ck_assert_uint_eq(ping_sets_complex(sets, &set, 2, &unknown, 1, NULL, 0, 0), OR_INVALID_OID);
    ck_assert_uint_eq(ping_sets_complex(sets, &wrong, 1, NULL, 0, NULL, 0, 0), OR_INVALID_SET);
    ck_assert_uint_eq(ping_sets_simple(sets, 0, 0), OR_INVALID_SET);
    ck_assert_uint_eq(expired(LIFE * 9, &oid), 0);
}
END_TEST

START_TEST(only_the_exporter_itself_frees_its_objects)
{
    uint64_t oid = 1, set = 0;
    allocate(1, 0);
    ck_assert_uint_eq(ping_sets_allocate(sets, OXID + 1, &oid, 1, 0), 0);
    ping_sets_free(sets, OXID + 1, &oid, 1);
    ck_assert(exists(1));
    ck_assert_uint_eq(ping_sets_complex(sets, &set, 1, &oid, 1, NULL, 0, 0), 0);
    ping_sets_free(sets, OXID, &oid, 1);
    ck_assert(!exists(1));
    ck_assert_uint_eq(ping_sets_complex(sets, &set, 2, NULL, 0, &oid, 1, 0), 0);
}
END_TEST

START_TEST(an_exporters_end_takes_all_its_objects_with_it)
{
    uint64_t oid;
    for (oid = 1; oid <= 700; oid++)
        allocate(oid, 0);
    uint64_t other = 1000;
    ck_assert_uint_eq(ping_sets_allocate(sets, OXID + 1, &other, 1, 0), 1);
    ping_sets_forget_exporter(sets, OXID);
    for (oid = 1; oid <= 700; oid++)
        ck_assert(!exists(oid));
    ck_assert(exists(other));
}
END_TEST

START_TEST(a_local_process_holds_without_pings_until_it_ends)
{
    uint64_t oid = 1;
    allocate(1, 0);
    ping_sets_hold(sets, 42, &oid, 1, NULL, 0, 0);
    ck_assert_uint_eq(expired(100 * LIFE, &oid), 0);
    ping_sets_forget_holder(sets, 42, 100 * LIFE);
    ck_assert_uint_eq(expired(101 * LIFE - 1, &oid), 0);
    ck_assert_uint_eq(expired(101 * LIFE, &oid), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ping_sets");
    TCase *tests = tcase_create("ping_sets");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_object_nobody_pings_is_run_down_after_three_periods_and_again_each_period);
    tcase_add_test(tests, a_pinged_set_keeps_its_objects_and_an_unpinged_one_loses_them);
    tcase_add_test(tests, an_object_in_two_sets_lives_while_one_of_them_does);
    tcase_add_test(tests, a_dropped_object_is_run_down_three_periods_after_the_drop);
    tcase_add_test(tests, an_older_sequence_number_changes_nothing_even_across_its_wrap);
    tcase_add_test(tests, unknown_objects_and_sets_are_named);
    tcase_add_test(tests, only_the_exporter_itself_frees_its_objects);
    tcase_add_test(tests, an_exporters_end_takes_all_its_objects_with_it);
    tcase_add_test(tests, a_local_process_holds_without_pings_until_it_ends);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
