/* Handles of a group's items. */
#include "probe-server/item_table.h"
#include "tests/probe-server/fixture.h"

static const struct space_item source = { .type = VT_I4 };

START_TEST(a_handle_is_never_zero_and_finds_its_item)
{
    struct item_table table = { 0 };
    struct group_item *first = item_table_add(&table, &source), *second = item_table_add(&table, &source);
    ck_assert_uint_ne(first->server_handle, 0);
    ck_assert_uint_ne(first->server_handle, second->server_handle);
    ck_assert_ptr_eq(item_table_find(&table, first->server_handle), first);
    ck_assert_ptr_null(item_table_find(&table, 0));
    ck_assert_ptr_null(item_table_find(&table, 0xFFFFFFFF));
    item_table_cleanup(&table);
}
END_TEST

START_TEST(the_handle_of_a_removed_item_stays_invalid_when_its_slot_is_used_again)
{
    struct item_table table = { 0 };
    OPCHANDLE old = item_table_add(&table, &source)->server_handle;
    /* More often than a generation has numbers, so that it wraps. */
    for (int i = 0; i < 10000; i++) {
        OPCHANDLE handle = item_table_add(&table, &source)->server_handle;
        ck_assert_uint_ne(handle, 0);
        ck_assert(item_table_remove(&table, handle));
        ck_assert(!item_table_remove(&table, handle));
    }
    ck_assert(item_table_remove(&table, old));
    OPCHANDLE reused = item_table_add(&table, &source)->server_handle;
    ck_assert_uint_ne(reused, old);
    ck_assert_ptr_null(item_table_find(&table, old));
    ck_assert_uint_eq(table.item_count, 1);
    item_table_cleanup(&table);
}
END_TEST

START_TEST(walking_passes_every_item_once_and_no_hole)
{
    struct item_table table = { 0 };
    OPCHANDLE handles[20];
    for (OPCHANDLE i = 0; i < 20; i++) {
        struct group_item *item = item_table_add(&table, &source);
        item->client_handle = i;
        handles[i] = item->server_handle;
    }
    for (OPCHANDLE i = 0; i < 20; i += 2)
        ck_assert(item_table_remove(&table, handles[i]));
    uint32_t at = 0;
    OPCHANDLE expected = 1;
    for (struct group_item *item; (item = item_table_next(&table, &at)); expected += 2)
        ck_assert_uint_eq(item->client_handle, expected);
    ck_assert_uint_eq(expected, 21);
    item_table_cleanup(&table);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("item_table");
    TCase *tc = tcase_create("handles");
    tcase_add_test(tc, a_handle_is_never_zero_and_finds_its_item);
    tcase_add_test(tc, the_handle_of_a_removed_item_stays_invalid_when_its_slot_is_used_again);
    tcase_add_test(tc, walking_passes_every_item_once_and_no_hole);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
