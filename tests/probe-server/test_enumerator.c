/* Enumerators: walking, skipping, cloning, and who owns what. */
#include "probe-server/enumerator.h"
#include "tests/probe-server/fixture.h"

static IEnumString *strings(ULONG count)
{
    LPOLESTR elements[5];
    IEnumString *out = NULL;
    for (ULONG i = 0; i < count; i++) {
        char text[2] = { (char)('a' + i), 0 };
        elements[i] = wide_from_utf8(text);
    }
    ck_assert_int_eq(enumerator_create_strings(elements, count, &out), S_OK);
    return out;
}

static void check_next(IEnumString *e, const char *expected)
{
    LPOLESTR element = NULL;
    ck_assert_int_eq(IEnumString_Next(e, 1, &element, NULL), S_OK);
    char *text = wide_to_utf8(element);
    ck_assert_str_eq(text, expected);
    free(text);
    CoTaskMemFree(element);
}

START_TEST(next_gives_what_there_is_and_says_when_it_is_less)
{
    IEnumString *e = strings(3);
    LPOLESTR elements[5];
    ULONG fetched = 0;
    check_next(e, "a");
    ck_assert_int_eq(IEnumString_Next(e, 5, elements, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 2);
    for (ULONG i = 0; i < fetched; i++)
        CoTaskMemFree(elements[i]);
    ck_assert_int_eq(IEnumString_Next(e, 1, elements, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 0);
    ck_assert_uint_eq(IEnumString_Release(e), 0);
}
END_TEST

START_TEST(more_than_one_without_a_count_is_refused)
{
    IEnumString *e = strings(3);
    LPOLESTR elements[2];
    ck_assert_int_eq(IEnumString_Next(e, 2, elements, NULL), E_POINTER);
    IEnumString_Release(e);
}
END_TEST

START_TEST(skip_and_reset_move_the_position)
{
    IEnumString *e = strings(3);
    ck_assert_int_eq(IEnumString_Skip(e, 2), S_OK);
    check_next(e, "c");
    ck_assert_int_eq(IEnumString_Skip(e, 1), S_FALSE);
    ck_assert_int_eq(IEnumString_Reset(e), S_OK);
    check_next(e, "a");
    ck_assert_int_eq(IEnumString_Skip(e, 0xFFFFFFFF), S_FALSE);
    IEnumString_Release(e);
}
END_TEST

START_TEST(a_clone_begins_where_the_original_stands_and_outlives_it)
{
    IEnumString *e = strings(3), *clone = NULL;
    check_next(e, "a");
    ck_assert_int_eq(IEnumString_Clone(e, &clone), S_OK);
    ck_assert_uint_eq(IEnumString_Release(e), 0);
    check_next(clone, "b");
    ck_assert_uint_eq(IEnumString_Release(clone), 0);
}
END_TEST

START_TEST(an_enumerator_has_only_its_own_interface)
{
    IEnumString *e = strings(1);
    void *out = NULL;
    ck_assert_int_eq(IEnumString_QueryInterface(e, &IID_IEnumUnknown, &out), E_NOINTERFACE);
    ck_assert_int_eq(IEnumString_QueryInterface(e, &IID_IEnumString, &out), S_OK);
    ck_assert_ptr_eq(out, e);
    IUnknown_Release((IUnknown *)out);
    IEnumString_Release(e);
}
END_TEST

START_TEST(interface_pointers_are_counted_for_the_enumerator_and_for_each_taken)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    IUnknown *element = AS(group, IUnknown), *taken = NULL;
    IEnumUnknown *e = NULL, *clone = NULL;
    ck_assert_uint_eq(fixture_references(group), 2);
    ck_assert_int_eq(enumerator_create_unknown(&element, 1, &e), S_OK);
    ck_assert_int_eq(IEnumUnknown_Next(e, 1, &taken, NULL), S_OK);
    ck_assert_uint_eq(fixture_references(group), 3);
    IUnknown_Release(taken);
    ck_assert_int_eq(IEnumUnknown_Reset(e), S_OK);
    ck_assert_int_eq(IEnumUnknown_Skip(e, 1), S_OK);
    ck_assert_int_eq(IEnumUnknown_Clone(e, &clone), S_OK);
    IEnumUnknown_Release(e);
    ck_assert_uint_eq(fixture_references(group), 2);
    IEnumUnknown_Release(clone);
    ck_assert_uint_eq(fixture_references(group), 1);
    IOPCItemMgt_Release(group);
}
END_TEST

START_TEST(connections_and_points_are_walked_skipped_and_cloned)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    CONNECTDATA connections[2] = { { AS(group, IUnknown), 1 }, { AS(group, IUnknown), 2 } }, taken;
    IEnumConnections *e = NULL, *clone = NULL;
    ck_assert_int_eq(enumerator_create_connections(connections, 2, &e), S_OK);
    ck_assert_int_eq(IEnumConnections_Skip(e, 1), S_OK);
    ck_assert_int_eq(IEnumConnections_Clone(e, &clone), S_OK);
    ck_assert_int_eq(IEnumConnections_Reset(e), S_OK);
    ck_assert_int_eq(IEnumConnections_Next(clone, 1, &taken, NULL), S_OK);
    ck_assert_uint_eq(taken.dwCookie, 2);
    IUnknown_Release(taken.pUnk);
    IEnumConnections_Release(clone);
    IEnumConnections_Release(e);

    IConnectionPointContainer *container = AS(group, IConnectionPointContainer);
    IEnumConnectionPoints *points = NULL, *copy = NULL;
    IConnectionPoint *point = NULL;
    ck_assert_int_eq(IConnectionPointContainer_EnumConnectionPoints(container, &points), S_OK);
    ck_assert_int_eq(IEnumConnectionPoints_Skip(points, 1), S_OK);
    ck_assert_int_eq(IEnumConnectionPoints_Reset(points), S_OK);
    ck_assert_int_eq(IEnumConnectionPoints_Clone(points, &copy), S_OK);
    ck_assert_int_eq(IEnumConnectionPoints_Next(copy, 1, &point, NULL), S_OK);
    IConnectionPoint_Release(point);
    IEnumConnectionPoints_Release(copy);
    IEnumConnectionPoints_Release(points);
    IConnectionPointContainer_Release(container);
    ck_assert_uint_eq(IOPCItemMgt_Release(group), 0);
}
END_TEST

START_TEST(attributes_come_in_pieces_and_again_after_reset)
{
    IOPCItemMgt *group = fixture_group(NULL, true, 1000);
    IUnknown *out;
    OPCITEMATTRIBUTES *attributes = NULL;
    ULONG fetched = 0;
    fixture_item(group, ITEM_RAMP, 1);
    fixture_item(group, ITEM_STATE, 2);
    fixture_item(group, ITEM_TEXT, 3);
    ck_assert_int_eq(IOPCItemMgt_CreateEnumerator(group, &IID_IEnumOPCItemAttributes, &out), S_OK);
    IEnumOPCItemAttributes *e = (IEnumOPCItemAttributes *)out, *clone = NULL;
    ck_assert_int_eq(IEnumOPCItemAttributes_Next(e, 2, &attributes, &fetched), S_OK);
    ck_assert_uint_eq(fetched, 2);
    opc_item_attributes_free(attributes, fetched);
    ck_assert_int_eq(IEnumOPCItemAttributes_Clone(e, &clone), S_OK);
    ck_assert_int_eq(IEnumOPCItemAttributes_Next(clone, 2, &attributes, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 1);
    ck_assert_uint_eq(attributes[0].hClient, 3);
    opc_item_attributes_free(attributes, fetched);
    ck_assert_int_eq(IEnumOPCItemAttributes_Reset(clone), S_OK);
    ck_assert_int_eq(IEnumOPCItemAttributes_Skip(clone, 1), S_OK);
    ck_assert_int_eq(IEnumOPCItemAttributes_Next(clone, 0, &attributes, &fetched), E_INVALIDARG);
    ck_assert_int_eq(IEnumOPCItemAttributes_Next(clone, 0xFFFFFFFF, &attributes, &fetched), S_FALSE);
    ck_assert_uint_eq(fetched, 2);
    opc_item_attributes_free(attributes, fetched);
    IEnumOPCItemAttributes_Release(clone);
    IEnumOPCItemAttributes_Release(e);
    IOPCItemMgt_Release(group);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("enumerator");
    TCase *tc = tcase_create("walk");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, fixture_start, fixture_stop);
    tcase_add_test(tc, next_gives_what_there_is_and_says_when_it_is_less);
    tcase_add_test(tc, more_than_one_without_a_count_is_refused);
    tcase_add_test(tc, skip_and_reset_move_the_position);
    tcase_add_test(tc, a_clone_begins_where_the_original_stands_and_outlives_it);
    tcase_add_test(tc, an_enumerator_has_only_its_own_interface);
    tcase_add_test(tc, interface_pointers_are_counted_for_the_enumerator_and_for_each_taken);
    tcase_add_test(tc, connections_and_points_are_walked_skipped_and_cloned);
    tcase_add_test(tc, attributes_come_in_pieces_and_again_after_reset);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
