/* What the server's side was, and how far its clocks are off. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "opcda/runtime.h"
#include "probe-client/kind.h"

#define TICKS_PER_S UINT64_C(10000000)

static struct check_report report;

static void setup(void)
{
    memset(&report, 0, sizeof(report));
    report.runtime = RUNTIME_PORTABLE;
    report.kind = KIND_UNKNOWN;
}

static void assert_kind(const char *kind, const char *reason)
{
    kind_decide(&report);
    ck_assert_str_eq(report.kind, kind);
    ck_assert_msg(strstr(report.kind_reason, reason) != NULL, "%s", report.kind_reason);
}

static struct observed challenge(uint8_t major, uint16_t build, uint64_t clock)
{
    return (struct observed){ .kind = OBSERVED_BIND,
                              .time_ns = clock_now_ns(),
                              .elapsed_ns = 2 * NS_PER_MS,
                              .system = { .major = major, .build = build, .clock = clock } };
}

START_TEST(our_server_says_what_it_runs_on)
{
    static const struct {
        const char *runtime, *kind;
    } cases[] = { { RUNTIME_PORTABLE, KIND_SIMULATED },
                  { RUNTIME_WINDOWS, KIND_REAL },
                  { RUNTIME_WINE, KIND_WINE },
                  { "", KIND_UNKNOWN } };
    report.seen.known = true;
    strcpy(report.seen.runtime, cases[_i].runtime);
    assert_kind(cases[_i].kind, "nonce");
}
END_TEST

START_TEST(a_server_that_is_not_ours_is_never_called_simulated_from_another_computer)
{
    assert_kind(KIND_UNKNOWN, "nothing");
    struct observed e = challenge(10, 0, 0);
    kind_take_system(&report, &e, 1);
    assert_kind(KIND_UNKNOWN, "no Windows build");
    e = challenge(10, 20348, 0);
    kind_take_system(&report, &e, 1);
    assert_kind(KIND_REAL, "10.0.20348");
    ck_assert_ptr_nonnull(strstr(report.kind_reason, "likely"));
}
END_TEST

START_TEST(on_one_computer_both_sides_have_one_runtime)
{
    report.same_host = true;
    assert_kind(KIND_SIMULATED, "one computer");
    report.runtime = RUNTIME_WINDOWS;
    assert_kind(KIND_REAL, "one computer");
    report.runtime = RUNTIME_WINE;
    assert_kind(KIND_WINE, "one computer");
}
END_TEST

START_TEST(the_answer_stands_in_the_middle_of_the_call)
{
    uint64_t ours = clock_wall_filetime();
    struct skew s = skew_between(ours + 5 * TICKS_PER_S, ours, 2 * NS_PER_S);
    ck_assert(s.known);
    ck_assert_int_eq(s.ns, 6 * NS_PER_S);
    ck_assert_int_eq(s.uncertainty_ns, NS_PER_S);
    s = skew_between(ours - 5 * TICKS_PER_S, ours, 0);
    ck_assert_int_eq(s.ns, -5 * NS_PER_S);
}
END_TEST

START_TEST(a_clock_of_zero_or_of_another_age_is_no_clock)
{
    uint64_t ours = clock_wall_filetime();
    ck_assert(!skew_between(0, ours, 0).known);
    ck_assert(!skew_between(UINT64_MAX, ours, 0).known);
    ck_assert(!skew_between(1, ours, 0).known);
}
END_TEST

START_TEST(clocks_that_agree_are_no_finding)
{
    struct observed e = challenge(10, 0, clock_wall_filetime());
    skew_take_logon(&report, &e, 1);
    report.status_clock = skew_between(clock_wall_filetime(), clock_wall_filetime(), NS_PER_MS);
    ck_assert(report.logon_clock.known);
    skew_find(&report);
    ck_assert_uint_eq(report.finding_count, 0);
}
END_TEST

START_TEST(over_a_second_the_archive_suffers_and_over_five_minutes_kerberos_refuses)
{
    static const struct {
        int seconds;
        const char *text; /* NULL: no finding */
    } cases[] = { { 0, NULL },      { 3, "archive" },    { -3, "behind" },
                  { 240, "4 min" }, { 400, "Kerberos" }, { -400, "Kerberos" } };
    uint64_t ours = clock_wall_filetime();
    struct observed e = challenge(10, 0, ours + (uint64_t)cases[_i].seconds * TICKS_PER_S);
    skew_take_logon(&report, &e, 1);
    skew_find(&report);
    ck_assert_uint_eq(report.finding_count, cases[_i].text ? 1 : 0);
    if (cases[_i].text) {
        ck_assert_int_eq(report.findings[0].stage, STAGE_AUTHENTICATE);
        ck_assert_int_eq(report.findings[0].evidence, EVIDENCE_WIRE);
        ck_assert_msg(strstr(report.findings[0].text, cases[_i].text) != NULL, "%s", report.findings[0].text);
    }
}
END_TEST

START_TEST(a_difference_within_the_uncertainty_is_no_finding)
{
    report.status_clock = (struct skew){ .known = true, .ns = 4 * NS_PER_S, .uncertainty_ns = 4 * NS_PER_S };
    skew_find(&report);
    ck_assert_uint_eq(report.finding_count, 0);
}
END_TEST

START_TEST(a_server_that_gives_local_time_is_told_from_a_wrong_clock)
{
    report.logon_clock = (struct skew){ .known = true, .ns = 0, .uncertainty_ns = NS_PER_MS };
    report.status_clock = (struct skew){ .known = true, .ns = 7200 * NS_PER_S, .uncertainty_ns = NS_PER_MS };
    skew_find(&report);
    ck_assert_uint_eq(report.finding_count, 1);
    ck_assert_int_eq(report.findings[0].stage, STAGE_CALL);
    ck_assert_ptr_nonnull(strstr(report.findings[0].text, "local time"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kind and clocks");
    TCase *tc = tcase_create("kind and clocks");
    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, our_server_says_what_it_runs_on, 0, 4);
    tcase_add_test(tc, a_server_that_is_not_ours_is_never_called_simulated_from_another_computer);
    tcase_add_test(tc, on_one_computer_both_sides_have_one_runtime);
    tcase_add_test(tc, the_answer_stands_in_the_middle_of_the_call);
    tcase_add_test(tc, a_clock_of_zero_or_of_another_age_is_no_clock);
    tcase_add_test(tc, clocks_that_agree_are_no_finding);
    tcase_add_loop_test(tc, over_a_second_the_archive_suffers_and_over_five_minutes_kerberos_refuses, 0, 6);
    tcase_add_test(tc, a_difference_within_the_uncertainty_is_no_finding);
    tcase_add_test(tc, a_server_that_gives_local_time_is_told_from_a_wrong_clock);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
