#include "matrix/cell.h"

#include "matrix/cell_run.h"
#include "tests/matrix/matrix_test.h"

static struct scenario_set set;

static void load(void)
{
    char complaint[JSON_COMPLAINT] = "";
    ck_assert_msg(scenario_set_load(OPCPROBE_SCENARIOS, &set, complaint) == ERR_OK, "%s", complaint);
}

static void unload(void)
{
    scenario_set_cleanup(&set);
}

static struct cell_list expand(const struct cell_filter *filter)
{
    char complaint[JSON_COMPLAINT] = "";
    struct cell_list cells;
    ck_assert_msg(cells_expand(&set, filter, &cells, complaint) == ERR_OK, "%s", complaint);
    return cells;
}

START_TEST(same_host_is_one_cell)
{
    const char *const names[] = { "same-host" };
    struct cell_list cells = expand(&(struct cell_filter){ .scenarios = names, .scenario_count = 1 });
    char name[CELL_NAME];
    ck_assert_uint_eq(cells.count, 1);
    cell_name(&cells.items[0], name);
    ck_assert_str_eq(name, "same-host.local");
    ck_assert_str_eq(cells.items[0].unsupported, "");
    cells_cleanup(&cells);
}
END_TEST

START_TEST(a_level_that_means_nothing_is_a_cell_with_its_reason)
{
    const char *const names[] = { "bad-password" };
    struct cell_list cells = expand(&(struct cell_filter){ .scenarios = names, .scenario_count = 1 });
    ck_assert_uint_eq(cells.count, 6);
    ck_assert_int_eq(cells.items[0].level, LEVEL_NONE);
    ck_assert_str_eq(cells.items[0].unsupported, "at None nobody presents a password");
    for (size_t i = 1; i < cells.count; i++)
        ck_assert_str_eq(cells.items[i].unsupported, "");
    cells_cleanup(&cells);
}
END_TEST

START_TEST(without_a_router_only_cells_that_need_one_are_unsupported)
{
    struct cell_list cells = expand(&(struct cell_filter){ .no_faults = "no router" });
    for (size_t i = 0; i < cells.count; i++) {
        const struct cell *cell = &cells.items[i];
        bool router = strstr(cell->unsupported, "no router") != NULL;
        ck_assert(router ==
                  (!cell->scenario->unsupported[cell->level] && scenario_needs_router(cell->scenario, cell->level)));
    }
    cells_cleanup(&cells);
}
END_TEST

START_TEST(levels_narrow_the_cells)
{
    struct cell_filter filter = { 0 };
    filter.levels[LEVEL_PACKET] = true;
    struct cell_list cells = expand(&filter);
    ck_assert_uint_gt(cells.count, 5);
    for (size_t i = 0; i < cells.count; i++)
        ck_assert_int_eq(cells.items[i].level, LEVEL_PACKET);
    cells_cleanup(&cells);
}
END_TEST

START_TEST(cells_that_measure_come_last)
{
    struct cell_list cells = expand(&(struct cell_filter){ 0 });
    ck_assert(cells.items[cells.count - 1].scenario->alone);
    for (size_t i = 1; i < cells.count; i++)
        ck_assert(cells.items[i].scenario->alone >= cells.items[i - 1].scenario->alone);
    cells_cleanup(&cells);
}
END_TEST

START_TEST(an_empty_run_is_a_mistake)
{
    const char *const names[] = { "same-host" };
    struct cell_filter filter = { .scenarios = names, .scenario_count = 1 };
    struct cell_list cells;
    char complaint[JSON_COMPLAINT] = "";
    filter.levels[LEVEL_PACKET] = true;
    ck_assert_int_eq(cells_expand(&set, &filter, &cells, complaint), ERR_NOT_FOUND);
    ck_assert_msg(strstr(complaint, "nothing to run") != NULL, "%s", complaint);
    ck_assert_ptr_eq(cells.items, NULL);
}
END_TEST

START_TEST(an_unknown_scenario_is_a_mistake)
{
    const char *const names[] = { "same-host", "nope" };
    struct cell_filter filter = { .scenarios = names, .scenario_count = 2 };
    struct cell_list cells;
    char complaint[JSON_COMPLAINT] = "";
    ck_assert_int_eq(cells_expand(&set, &filter, &cells, complaint), ERR_NOT_FOUND);
    ck_assert_msg(strstr(complaint, "\"nope\"") != NULL, "%s", complaint);
}
END_TEST

/* The entry of a bad-password cell whose two checks came out as given. */
static cJSON *conclude(const char *first, const char *second)
{
    cJSON *entry = cJSON_CreateObject(), *steps = cJSON_CreateArray();
    const char *const outcomes[] = { first, second };
    for (int i = 0; i < 2; i++) {
        char *text =
            text_format("{ \"number\": %d, \"outcome\": \"%s\", \"connection\": \"%s\", \"stage\": %s }", i + 1,
                        outcomes[i], i == 0 ? "failed" : "connected", i == 0 ? "\"authenticate\"" : "null");
        cJSON_AddItemToArray(steps, parse(text));
        free(text);
    }
    cell_conclude(entry, scenario_find(&set, "bad-password"), steps);
    return entry;
}

START_TEST(a_cell_speaks_of_the_step_that_was_to_fail)
{
    cJSON *entry = conclude("as-expected", "as-expected");
    ck_assert_str_eq(json_string(entry, "outcome", ""), "as-expected");
    ck_assert_str_eq(json_string(entry, "stage", ""), "authenticate");
    ck_assert(cJSON_IsNull(cJSON_GetObjectItem(entry, "reason")));
    cJSON_Delete(entry);
}
END_TEST

START_TEST(a_cell_speaks_of_the_step_that_surprised)
{
    cJSON *entry = conclude("as-expected", "unexpected");
    ck_assert_str_eq(json_string(entry, "outcome", ""), "unexpected");
    ck_assert_str_eq(json_string(entry, "connection", ""), "connected");
    cJSON_Delete(entry);
}
END_TEST

START_TEST(a_surprise_outweighs_a_failing_harness)
{
    cJSON *entry = conclude("error", "unexpected");
    ck_assert_str_eq(json_string(entry, "outcome", ""), "unexpected");
    cJSON_Delete(entry);
    entry = conclude("error", "as-expected");
    ck_assert_str_eq(json_string(entry, "outcome", ""), "error");
    cJSON_Delete(entry);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cell");
    TCase *tests = tcase_create("cell");
    tcase_add_checked_fixture(tests, load, unload);
    tcase_add_test(tests, same_host_is_one_cell);
    tcase_add_test(tests, a_level_that_means_nothing_is_a_cell_with_its_reason);
    tcase_add_test(tests, without_a_router_only_cells_that_need_one_are_unsupported);
    tcase_add_test(tests, levels_narrow_the_cells);
    tcase_add_test(tests, cells_that_measure_come_last);
    tcase_add_test(tests, an_empty_run_is_a_mistake);
    tcase_add_test(tests, an_unknown_scenario_is_a_mistake);
    tcase_add_test(tests, a_cell_speaks_of_the_step_that_was_to_fail);
    tcase_add_test(tests, a_cell_speaks_of_the_step_that_surprised);
    tcase_add_test(tests, a_surprise_outweighs_a_failing_harness);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
