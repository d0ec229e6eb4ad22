#include "base/id_map.h"

#include <check.h>
#include <stdlib.h>

START_TEST(what_was_put_is_found_until_it_is_removed)
{
    struct id_map map;
    static char values[1000];
    id_map_init(&map, 1000);
    ck_assert_ptr_null(id_map_find(&map, 7));
    ck_assert_ptr_null(id_map_remove(&map, 7));
    /* Identifiers in a row and with equal low bits alike. */
    for (uint64_t i = 1; i <= 1000; i++)
        ck_assert_int_eq(id_map_put(&map, i % 2 ? i : i << 40, &values[i - 1]), ERR_OK);
    for (uint64_t i = 1; i <= 1000; i += 3)
        ck_assert_ptr_eq(id_map_remove(&map, i % 2 ? i : i << 40), &values[i - 1]);
    for (uint64_t i = 1; i <= 1000; i++)
        ck_assert_ptr_eq(id_map_find(&map, i % 2 ? i : i << 40), i % 3 == 1 ? NULL : &values[i - 1]);
    id_map_cleanup(&map);
}
END_TEST

START_TEST(the_maximum_is_hard_and_replacing_is_not_adding)
{
    struct id_map map;
    char a, b;
    id_map_init(&map, 2);
    ck_assert_int_eq(id_map_put(&map, 1, &a), ERR_OK);
    ck_assert_int_eq(id_map_put(&map, 2, &a), ERR_OK);
    ck_assert_int_eq(id_map_put(&map, 3, &a), ERR_LIMIT);
    ck_assert_int_eq(id_map_put(&map, 2, &b), ERR_OK);
    ck_assert_ptr_eq(id_map_find(&map, 2), &b);
    ck_assert_uint_eq(map.count, 2);
    id_map_cleanup(&map);
}
END_TEST

START_TEST(a_walk_sees_each_entry_once)
{
    struct id_map map;
    char value;
    size_t at = 0, seen = 0;
    uint64_t id, sum = 0;
    id_map_init(&map, 100);
    for (uint64_t i = 1; i <= 50; i++)
        ck_assert_int_eq(id_map_put(&map, i, &value), ERR_OK);
    while (id_map_next(&map, &at, &id)) {
        seen++;
        sum += id;
    }
    ck_assert_uint_eq(seen, 50);
    ck_assert_uint_eq(sum, 50 * 51 / 2);
    id_map_cleanup(&map);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("id_map");
    TCase *tests = tcase_create("id_map");
    tcase_add_test(tests, what_was_put_is_found_until_it_is_removed);
    tcase_add_test(tests, the_maximum_is_hard_and_replacing_is_not_adding);
    tcase_add_test(tests, a_walk_sees_each_entry_once);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
