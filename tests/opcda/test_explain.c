/* Every code a connection can end with is explained for the stages at which it can appear. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "opcda/codes.h"
#include "opcda/explain.h"

#define S(stage)       STAGE_BIT(STAGE_##stage)
#define CONNECT_STAGES (S(AUTHENTICATE) | S(ACTIVATE) | S(CONNECT) | S(QUERY) | S(CALL))

/* What must be explained, and where. */
static const struct {
    uint32_t code;
    uint32_t stages;
} required[] = {
    /* the table of connection and advise errors */
    { 0x80004002, S(ACTIVATE) | S(QUERY) | S(CALL) | S(ADVISE) },
    { 0x8000401A, S(ACTIVATE) },
    { 0x80040111, S(ACTIVATE) },
    { 0x80040112, S(ACTIVATE) },
    { 0x80040154, S(LOOKUP) | S(ACTIVATE) },
    { 0x80040202, S(ADVISE) },
    { 0x80070005, S(AUTHENTICATE) | S(LOOKUP) | S(ACTIVATE) | S(CONNECT) | S(QUERY) | S(CALL) | S(GROUP) | S(READ) |
                      S(ADVISE) | S(DATA) | S(TEARDOWN) },
    { 5, S(AUTHENTICATE) | S(LOOKUP) | S(ACTIVATE) | S(CONNECT) | S(QUERY) | S(CALL) | S(GROUP) | S(READ) | S(ADVISE) |
             S(DATA) | S(TEARDOWN) },
    { 0x8007007E, S(ACTIVATE) },
    { 0x800706BA, S(PORT135) | S(RESOLVER) | S(AUTHENTICATE) | S(LOOKUP) | S(ACTIVATE) | S(CONNECT) | S(QUERY) |
                      S(CALL) | S(GROUP) | S(READ) | S(ADVISE) | S(DATA) | S(TEARDOWN) },
    { 1722, S(PORT135) | S(RESOLVER) | S(ACTIVATE) | S(ADVISE) },
    { 0x80080005, S(ACTIVATE) },
    /* further codes */
    { 0x8001011B, S(ACTIVATE) | S(CALL) | S(ADVISE) },
    { 0x80004015, S(ACTIVATE) },
    { 0x8000401B, S(ACTIVATE) },
    { 0x80010119, S(ACTIVATE) | S(CONNECT) },
    { 0x80010114, S(QUERY) | S(CALL) },
    { 0x80040155, S(QUERY) | S(GROUP) | S(ADVISE) },
    { 0x80070721, CONNECT_STAGES | S(ADVISE) },
    { 0x721, CONNECT_STAGES | S(ADVISE) },
    { 0x80090322, CONNECT_STAGES | S(ADVISE) },
    { 0x8009030C, CONNECT_STAGES | S(ADVISE) },
    { 0x6F7, S(ACTIVATE) | S(CALL) | S(ADVISE) },
    { 0x6D1, S(RESOLVER) | S(CALL) },
    /* the statuses of logons, in both directions */
    { 0xC0000064, CONNECT_STAGES | S(ADVISE) | S(DATA) },
    { 0xC000006A, CONNECT_STAGES | S(ADVISE) | S(DATA) },
    { 0xC000006D, CONNECT_STAGES | S(ADVISE) },
    { 0xC000006E, CONNECT_STAGES | S(ADVISE) },
    { 0xC000006F, CONNECT_STAGES | S(ADVISE) },
    { 0xC0000070, CONNECT_STAGES | S(ADVISE) },
    { 0xC0000071, CONNECT_STAGES | S(ADVISE) },
    { 0xC0000072, CONNECT_STAGES | S(ADVISE) },
    { 0xC0000133, CONNECT_STAGES | S(ADVISE) },
    { 0xC000015B, CONNECT_STAGES | S(ADVISE) },
    { 0xC000018C, CONNECT_STAGES | S(ADVISE) },
    { 0xC000018D, CONNECT_STAGES | S(ADVISE) },
    { 0xC0000193, CONNECT_STAGES | S(ADVISE) },
    { 0xC0000224, CONNECT_STAGES | S(ADVISE) },
    { 0xC0000234, CONNECT_STAGES | S(ADVISE) },
    { 0xC0000371, CONNECT_STAGES | S(ADVISE) },
    { 0xC0000413, CONNECT_STAGES | S(ADVISE) },
    { 0xC000005E, CONNECT_STAGES | S(ADVISE) },
    /* what DCOM versions and lifetimes end with */
    { 0x80010110, S(RESOLVER) | S(ACTIVATE) | S(CALL) },
    { 0x80010111, S(ACTIVATE) | S(CALL) },
    { 0x80010108, S(CALL) | S(READ) | S(DATA) },
    { 0x80010105, S(CALL) | S(GROUP) | S(DATA) },
    { 0x8001010A, S(CALL) | S(DATA) },
    { 0x776, S(CONNECT) | S(ADVISE) },
    { 0x800401F3, S(LOOKUP) },
    { 0x80040200, S(ADVISE) | S(GROUP) },
    { 0x80040201, S(ADVISE) },
    { 0x8001011F, S(RESOLVER) | S(ACTIVATE) | S(CALL) | S(ADVISE) | S(DATA) },
    { 0x1C00001D, S(ACTIVATE) | S(CALL) | S(ADVISE) },
    { 0x1C010002, S(RESOLVER) | S(CALL) },
    { 0x1C010003, S(RESOLVER) | S(CALL) },
    { 0x1C01000B, S(RESOLVER) | S(CALL) },
    { 11001, S(NAME) },
    { 1726, S(ACTIVATE) | S(CALL) | S(DATA) },
};

#define REQUIRED (sizeof(required) / sizeof(required[0]))

static void check_entry(const struct explanation *e, uint32_t code)
{
    ck_assert_msg(e->meaning && *e->meaning, "0x%08X has no meaning", (unsigned)code);
    ck_assert_msg(e->look_at && *e->look_at, "0x%08X does not say where to look", (unsigned)code);
    ck_assert_msg(e->causes[0] != NULL, "0x%08X has no cause", (unsigned)code);
    ck_assert_msg(!e->causes[EXPLANATION_CAUSES - 1], "0x%08X: the causes have no end", (unsigned)code);
    ck_assert_msg(!e->change == !e->undo, "0x%08X: change and undo belong together", (unsigned)code);
}

START_TEST(a_code_of_the_list_has_name_text_and_an_explanation_at_each_of_its_stages)
{
    uint32_t code = required[_i].code;
    const struct code_info *info = code_find(code);
    ck_assert_msg(info != NULL, "0x%08X has no name", (unsigned)code);
    ck_assert_msg(*info->text != 0, "0x%08X has no text", (unsigned)code);
    for (unsigned stage = 0; stage < STAGE_COUNT; stage++) {
        if (!(required[_i].stages & STAGE_BIT(stage)))
            continue;
        const struct explanation *e = explain_find(code, (enum stage)stage, stage_direction((enum stage)stage));
        ck_assert_msg(e != NULL, "0x%08X is not explained at %s", (unsigned)code, stage_name((enum stage)stage));
        check_entry(e, code);
    }
}
END_TEST

START_TEST(every_opc_error_is_explained)
{
    for (size_t i = 0; code_at(i); i++)
        if (code_at(i)->family == CODE_OPC) {
            const struct explanation *e = explain_find(code_at(i)->code, STAGE_GROUP, DIRECTION_CLIENT_TO_SERVER);
            ck_assert_msg(e != NULL, "%s", code_at(i)->name);
            check_entry(e, code_at(i)->code);
        }
}
END_TEST

START_TEST(every_known_failure_is_explained_while_calling)
{
    for (size_t i = 0; code_at(i); i++)
        /* Not success, not a name that was never found, not an error of Advise alone. */
        if (code_at(i)->code && code_at(i)->code != 11001 && code_at(i)->code != 0x80040202)
            ck_assert_msg(explain_find(code_at(i)->code, STAGE_CALL, DIRECTION_CLIENT_TO_SERVER) != NULL, "%s",
                          code_at(i)->name);
}
END_TEST

START_TEST(every_entry_is_complete_and_belongs_to_a_known_code)
{
    for (size_t i = 0; explain_at(i); i++) {
        const struct explanation *e = explain_at(i);
        check_entry(e, e->code);
        ck_assert_msg(code_find(e->code) != NULL, "0x%08X", (unsigned)e->code);
        ck_assert_msg(e->stages && !(e->stages & ~STAGES_ALL), "0x%08X", (unsigned)e->code);
    }
}
END_TEST

START_TEST(silence_means_another_thing_at_a_port_than_in_a_call)
{
    static const struct {
        enum stage stage;
        const char *words;
    } expected[] = { { STAGE_PORT135, "not even a refusal" },
                     { STAGE_RESOLVER, "RPCSS" },
                     { STAGE_CONNECT, "the OPC server's own process is silent" },
                     { STAGE_CALL, "accepted the connection" } };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct explanation *e = explain_find(0x8001011F, expected[i].stage, DIRECTION_CLIENT_TO_SERVER);
        ck_assert_msg(strstr(e->meaning, expected[i].words) != NULL, "%s", e->meaning);
    }
}
END_TEST

START_TEST(the_same_number_names_the_server_when_activating_and_the_client_when_advising)
{
    static const uint32_t codes[] = { 0x80070005, 5, 0x800706BA, 1722, 0xC000006A, 0xC0000064, 1910 };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        const struct explanation *connect = explain_find(codes[i], STAGE_ACTIVATE, DIRECTION_CLIENT_TO_SERVER);
        const struct explanation *advise = explain_find(codes[i], STAGE_ADVISE, DIRECTION_SERVER_TO_CLIENT);
        ck_assert_int_eq(explain_machine(connect, DIRECTION_CLIENT_TO_SERVER), MACHINE_SERVER);
        ck_assert_int_eq(explain_machine(advise, DIRECTION_SERVER_TO_CLIENT), MACHINE_CLIENT);
    }
}
END_TEST

START_TEST(a_fault_and_a_result_in_the_body_are_told_apart_when_activating)
{
    const struct explanation *fault = explain_find(5, STAGE_ACTIVATE, DIRECTION_CLIENT_TO_SERVER);
    const struct explanation *body = explain_find(0x80070005, STAGE_ACTIVATE, DIRECTION_CLIENT_TO_SERVER);
    ck_assert_ptr_ne(fault, body);
    ck_assert_ptr_nonnull(strstr(fault->meaning, "fault"));
    ck_assert_ptr_nonnull(strstr(body->change, "Launch and Activation Permissions"));
}
END_TEST

START_TEST(the_causes_of_a_denial_follow_the_triage_logon_then_account_then_lists)
{
    static const struct {
        enum stage stage;
        enum direction direction;
    } cases[] = { { STAGE_ACTIVATE, DIRECTION_CLIENT_TO_SERVER }, { STAGE_ADVISE, DIRECTION_SERVER_TO_CLIENT } };
    for (size_t i = 0; i < 2; i++) {
        const struct explanation *e = explain_find(0x80070005, cases[i].stage, cases[i].direction);
        ck_assert_ptr_nonnull(strstr(e->causes[0], "failure audit"));
        ck_assert_ptr_nonnull(strstr(e->causes[1], "ANONYMOUS LOGON"));
        ck_assert_ptr_nonnull(
            strstr(e->causes[2], i == 0 ? "Launch and Activation Permissions" : "default access list"));
    }
}
END_TEST

START_TEST(advise_names_no_list_of_the_client_program)
{
    const struct explanation *e = explain_find(0x80070005, STAGE_ADVISE, DIRECTION_SERVER_TO_CLIENT);
    ck_assert_ptr_nonnull(strstr(e->note, "Edit Default"));
    ck_assert_ptr_null(strstr(e->note, "DCOM Config"));
    ck_assert_ptr_null(strstr(e->change, "DCOM Config"));
}
END_TEST

/* The list of causes begins with the most likely one, and the one change has to mend that. */
START_TEST(the_change_for_a_refused_callback_mends_its_first_cause)
{
    static const uint32_t codes[] = { 0x80070005, 0x80040202 };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        const struct explanation *e = explain_find(codes[i], STAGE_ADVISE, DIRECTION_SERVER_TO_CLIENT);
        ck_assert_ptr_nonnull(strstr(e->causes[0], "another password"));
        ck_assert_ptr_nonnull(strstr(e->change, "password"));
        ck_assert_ptr_nonnull(strstr(e->note, "Edit Default"));
    }
}
END_TEST

START_TEST(cannotconnect_explains_its_wrong_old_text)
{
    const struct explanation *e = explain_find(0x80040202, STAGE_ADVISE, DIRECTION_SERVER_TO_CLIENT);
    ck_assert_ptr_nonnull(strstr(e->note, "Unable to open the access token of the current thread"));
    ck_assert_ptr_nonnull(strstr(e->note, "0x80010125"));
}
END_TEST

/* A recommendation that opens a machine is worse than no recommendation. */
START_TEST(no_change_opens_the_machine)
{
    static const char *const forbidden[] = {
        "Everyone",
        "ANONYMOUS",
        "= None",
        "Level = Connect",
        "RequireIntegrityActivationAuthenticationLevel",
        "state off",
        "allprofiles",
        "enable Guest",
        "EveryoneIncludesAnonymous",
        "Authenticated Users",
    };
    for (size_t i = 0; explain_at(i); i++)
        for (size_t f = 0; explain_at(i)->change && f < sizeof(forbidden) / sizeof(forbidden[0]); f++)
            ck_assert_msg(!strstr(explain_at(i)->change, forbidden[f]) ||
                              /* naming the account that arrived is not granting it anything */
                              strstr(explain_at(i)->change, "If the account seen was ANONYMOUS LOGON"),
                          "0x%08X recommends %s", (unsigned)explain_at(i)->code, forbidden[f]);
}
END_TEST

START_TEST(every_firewall_rule_is_limited_to_one_address)
{
    for (size_t i = 0; explain_at(i); i++)
        if (explain_at(i)->change && strstr(explain_at(i)->change, "add rule"))
            ck_assert_ptr_nonnull(strstr(explain_at(i)->change, "remoteip="));
}
END_TEST

START_TEST(facts_lead_to_the_entry_that_asks_for_no_more_than_them)
{
    const struct explanation *plain = explain_find(0x80070005, STAGE_ACTIVATE, DIRECTION_CLIENT_TO_SERVER);
    ck_assert_uint_eq(plain->facts, 0);
    ck_assert_ptr_eq(
        explain_find_measured(0x80070005, STAGE_ACTIVATE, DIRECTION_CLIENT_TO_SERVER, FACT_BIT(FACT_OTHER_HOST)),
        plain);
    uint32_t facts = FACT_BIT(FACT_FAULT) | FACT_BIT(FACT_LOGON_ACCEPTED) | FACT_BIT(FACT_OTHER_HOST);
    const struct explanation *limits =
        explain_find_measured(0x80070005, STAGE_ACTIVATE, DIRECTION_CLIENT_TO_SERVER, facts);
    ck_assert_ptr_ne(limits, plain);
    ck_assert_uint_eq(limits->facts & ~facts, 0);
    ck_assert_ptr_ne(explain_find_measured(0x80070005, STAGE_ACTIVATE, DIRECTION_CLIENT_TO_SERVER,
                                           facts | FACT_BIT(FACT_BELOW_INTEGRITY)),
                     limits);
}
END_TEST

START_TEST(an_entry_with_facts_says_what_they_exclude)
{
    for (size_t i = 0; explain_at(i); i++) {
        const struct explanation *e = explain_at(i);
        ck_assert_msg(!e->facts == !e->finding, "0x%08X", (unsigned)e->code);
        ck_assert_msg(!e->finding || strncmp(e->finding, "Measured: ", 10) == 0, "%s", e->finding);
    }
}
END_TEST

START_TEST(an_unknown_code_is_not_explained)
{
    ck_assert_ptr_null(explain_find(0x8BADF00D, STAGE_CALL, DIRECTION_CLIENT_TO_SERVER));
}
END_TEST

START_TEST(stage_and_direction_names_are_found_again)
{
    for (unsigned i = 0; i < STAGE_COUNT; i++) {
        enum stage stage;
        ck_assert(stage_find(stage_name((enum stage)i), &stage));
        ck_assert_uint_eq(stage, i);
    }
    for (unsigned i = 0; i < DIRECTION_COUNT; i++) {
        enum direction direction;
        ck_assert(direction_find(direction_name((enum direction)i), &direction));
        ck_assert_uint_eq(direction, i);
    }
    enum stage stage;
    ck_assert(!stage_find("coffee", &stage));
    ck_assert_int_eq(stage_direction(STAGE_ADVISE), DIRECTION_SERVER_TO_CLIENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explain");
    TCase *tc = tcase_create("table");
    tcase_add_loop_test(tc, a_code_of_the_list_has_name_text_and_an_explanation_at_each_of_its_stages, 0, REQUIRED);
    tcase_add_test(tc, every_opc_error_is_explained);
    tcase_add_test(tc, every_known_failure_is_explained_while_calling);
    tcase_add_test(tc, every_entry_is_complete_and_belongs_to_a_known_code);
    tcase_add_test(tc, silence_means_another_thing_at_a_port_than_in_a_call);
    tcase_add_test(tc, the_same_number_names_the_server_when_activating_and_the_client_when_advising);
    tcase_add_test(tc, a_fault_and_a_result_in_the_body_are_told_apart_when_activating);
    tcase_add_test(tc, the_causes_of_a_denial_follow_the_triage_logon_then_account_then_lists);
    tcase_add_test(tc, advise_names_no_list_of_the_client_program);
    tcase_add_test(tc, the_change_for_a_refused_callback_mends_its_first_cause);
    tcase_add_test(tc, cannotconnect_explains_its_wrong_old_text);
    tcase_add_test(tc, no_change_opens_the_machine);
    tcase_add_test(tc, every_firewall_rule_is_limited_to_one_address);
    tcase_add_test(tc, facts_lead_to_the_entry_that_asks_for_no_more_than_them);
    tcase_add_test(tc, an_entry_with_facts_says_what_they_exclude);
    tcase_add_test(tc, an_unknown_code_is_not_explained);
    tcase_add_test(tc, stage_and_direction_names_are_found_again);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
