/* Which failures may be repeated without counting against an account's lockout. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "probe-client/again.h"

static struct check_report report;
static struct check_options options;

static void setup(void)
{
    memset(&report, 0, sizeof(report));
    memset(&options, 0, sizeof(options));
    stages_init(&report.stages, "ALPHA", "beta");
}

static void settle_failed(enum stage stage, uint32_t code, enum stage_status authenticate)
{
    if (stage != STAGE_AUTHENTICATE)
        stages_settle(&report.stages, STAGE_AUTHENTICATE, authenticate, "so");
    stages_at(&report.stages, stage)->code = code;
    stages_settle(&report.stages, stage, OUTCOME_FAILED, "no");
}

START_TEST(what_counts_as_a_logon_is_known_by_stage_and_code)
{
    static const struct {
        enum stage stage;
        uint32_t code;
        enum stage_status authenticate;
        bool counts;
    } cases[] = {
        { STAGE_AUTHENTICATE, 0x80070005, OUTCOME_PENDING, true },
        { STAGE_AUTHENTICATE, 0x8001011F, OUTCOME_PENDING, false }, /* no answer: nobody decided */
        { STAGE_ACTIVATE, 0x80070005, OUTCOME_OK, false },          /* the logon passed a moment before */
        { STAGE_ACTIVATE, 0x80070005, OUTCOME_NOT_OBSERVABLE, true },
        { STAGE_ACTIVATE, 0x80040154, OUTCOME_NOT_OBSERVABLE, false },
        { STAGE_PORT135, 0x800706BA, OUTCOME_SKIPPED, false },
        { STAGE_CONNECT, 0x800706BA, OUTCOME_OK, false },
        { STAGE_ADVISE, 0x80070005, OUTCOME_OK, true }, /* the server's account, on this computer */
        { STAGE_ADVISE, 0x80040202, OUTCOME_OK, true },
        { STAGE_ADVISE, 0x800706BA, OUTCOME_OK, false },
    };
    settle_failed(cases[_i].stage, cases[_i].code, cases[_i].authenticate);
    ck_assert_int_eq(again_may_count_as_logon(&report), cases[_i].counts);
}
END_TEST

START_TEST(on_one_computer_nobody_logs_on)
{
    report.same_host = true;
    settle_failed(STAGE_ACTIVATE, 0x80070005, OUTCOME_NOT_OBSERVABLE);
    ck_assert(!again_may_count_as_logon(&report));
}
END_TEST

START_TEST(a_refused_logon_is_never_repeated_by_itself)
{
    options.again_every_ns = 1;
    settle_failed(STAGE_AUTHENTICATE, 0x80070005, OUTCOME_PENDING);
    ck_assert(!again_wanted(&options, &report));
}
END_TEST

START_TEST(a_closed_port_is_tried_again_when_the_time_has_come)
{
    options.again_every_ns = 1;
    settle_failed(STAGE_PORT135, 0x800706BA, OUTCOME_SKIPPED);
    ck_assert(again_wanted(&options, &report));
}
END_TEST

START_TEST(nothing_is_repeated_unasked_or_after_success)
{
    ck_assert(!again_wanted(&options, &report));
    options.again_every_ns = 1;
    ck_assert(!again_wanted(&options, &report));
    options.again_every_ns = 0;
    settle_failed(STAGE_PORT135, 0x800706BA, OUTCOME_SKIPPED);
    ck_assert(!again_wanted(&options, &report));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("again");
    TCase *tc = tcase_create("again");
    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, what_counts_as_a_logon_is_known_by_stage_and_code, 0, 10);
    tcase_add_test(tc, on_one_computer_nobody_logs_on);
    tcase_add_test(tc, a_refused_logon_is_never_repeated_by_itself);
    tcase_add_test(tc, a_closed_port_is_tried_again_when_the_time_has_come);
    tcase_add_test(tc, nothing_is_repeated_unasked_or_after_success);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
