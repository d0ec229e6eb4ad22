/* The simulated address space: loading, complaints, generators. */
#include <string.h>

#include "opcda/identity.h"
#include "probe-server/generator.h"
#include "probe-server/value.h"
#include "tests/probe-server/fixture.h"

static char complaint[JSON_COMPLAINT];

static struct address_space *load(const char *text)
{
    struct address_space *space = NULL;
    ck_assert_msg(!address_space_parse("plant.json", text, strlen(text), &space, complaint), "%s", complaint);
    return space;
}

static void check_refused(const char *text, const char *expected)
{
    struct address_space *space = (struct address_space *)complaint;
    ck_assert_int_eq(address_space_parse("plant.json", text, strlen(text), &space, complaint), ERR_PROTOCOL);
    ck_assert_ptr_null(space);
    ck_assert_msg(strstr(complaint, expected) != NULL, "%s", complaint);
}

START_TEST(the_built_in_items_are_those_of_the_documentation)
{
    static const char *const names[] = { "Random.Int4",
                                         "Random.Real8",
                                         "Random.String",
                                         "Square.Bool",
                                         "Ramp.Int4",
                                         "Store.Int4",
                                         "Bulk.R8.00001",
                                         "Bulk.R8.10000",
                                         "opcprobe.nonce",
                                         "opcprobe.caller.account",
                                         "opcprobe.caller.level",
                                         "opcprobe.caller.mechanism",
                                         "opcprobe.caller.session",
                                         "opcprobe.runtime",
                                         "opcprobe.floor.port",
                                         "opcprobe.process.cpu_ns",
                                         "opcprobe.process.pid",
                                         "opcprobe.updates.overwritten",
                                         "opcprobe.requests.refused" };
    struct address_space *space = NULL;
    ck_assert_msg(!address_space_load(NULL, &space, complaint), "%s", complaint);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        WCHAR *wide = wide_from_utf8(names[i]);
        ck_assert_msg(address_space_find(space, wide) != NULL, "%s", names[i]);
        CoTaskMemFree(wide);
    }
    ck_assert_ptr_null(address_space_find(space, WTEXT("Bulk.R8.10001")));
    ck_assert_uint_gt(address_space_count(space), 10000);
    for (size_t i = 0; i < address_space_count(space); i++)
        if (address_space_at(space, i)->reserved)
            ck_assert_uint_eq(address_space_at(space, i)->access, OPC_READABLE);
    address_space_destroy(space);
}
END_TEST

START_TEST(every_built_in_item_has_a_value_of_its_type)
{
    struct address_space *space = NULL;
    ck_assert_int_eq(address_space_load(NULL, &space, complaint), ERR_OK);
    for (size_t i = 0; i < address_space_count(space); i++) {
        const struct space_item *item = address_space_at(space, i);
        VARIANT value;
        if (item->reserved)
            continue;
        ck_assert_int_eq(address_space_sample(space, item, 123 * NS_PER_S, &value), S_OK);
        ck_assert_uint_eq(V_VT(&value), item->type);
        VariantClear(&value);
    }
    address_space_destroy(space);
}
END_TEST

START_TEST(mistakes_in_the_file_are_named_with_file_and_line)
{
    check_refused("{\n \"items\": [\n  { \"id\": \"a\", \"typ\": \"i4\" } ] }", "plant.json:3:");
    check_refused("{\n \"items\": [\n  { \"id\": \"a\", \"type\": \"i3\" } ] }", "plant.json:3:");
    check_refused("{ \"items\": [] }", "plant.json:1:");
    check_refused("{ \"items\": [ ", "plant.json:1:");
    check_refused("{ \"items\": [ { \"id\": \"opcprobe.x\", \"type\": \"i4\" } ] }", "reserved");
    check_refused("{ \"items\": [\n { \"id\": \"a\", \"type\": \"i4\" },\n { \"id\": \"a\", \"type\": \"i4\" } ] }",
                  "plant.json:3: this name is given twice");
    check_refused("{ \"items\": [ { \"id\": \"a\", \"count\": 2, \"type\": \"i4\" } ] }", "given twice");
    check_refused("{ \"items\": [\n { \"id\": \"a\", \"type\": \"i4\",\n   \"quality\": \"splendid\" } ] }",
                  "plant.json:3: no such quality");
    check_refused("{ \"items\": [ { \"id\": \"a\", \"type\": \"i4\", \"access\": \"write\" } ] }",
                  "only an item of generator store can be written");
    check_refused("{ \"items\": [ { \"id\": \"a\", \"type\": \"i4\", \"eu\": { \"low\": 2, \"high\": 1 } } ] }",
                  "low is not below high");
    check_refused("{ \"items\": [ { \"id\": \"a\", \"type\": \"i4\", \"generator\": { \"kind\": \"ramp\", \"low\": 2, "
                  "\"high\": 1 } } ] }",
                  "low is above high");
    check_refused(
        "{ \"items\": [ { \"id\": \"a\", \"type\": \"i4\", \"generator\": { \"kind\": \"ramp\", \"value\": 1 } } ] }",
        "value belongs to constant and store");
    check_refused("{ \"items\": [ { \"id\": \"a\", \"type\": \"ui1\", \"generator\": { \"kind\": \"store\", \"value\": "
                  "300 } } ] }",
                  "does not fit");
    check_refused(
        "{ \"items\": [ { \"id\": \"a\", \"type\": \"i4\", \"length\": 3, \"generator\": { \"kind\": \"store\" } } ] }",
        "an array needs a generator");
}
END_TEST

START_TEST(a_missing_file_is_one_line_too)
{
    struct address_space *space;
    ck_assert_int_ne(address_space_load("/nonexistent/plant.json", &space, complaint), ERR_OK);
    ck_assert_ptr_nonnull(strstr(complaint, "/nonexistent/plant.json"));
    ck_assert_ptr_null(space);
}
END_TEST

START_TEST(every_truncated_file_is_refused)
{
    static const char text[] =
        "{ \"items\": [ { \"id\": \"a#\", \"count\": 3, \"type\": \"r8\", \"generator\": { \"kind\": \"sine\" } } ] }";
    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        struct address_space *space;
        ck_assert_int_ne(address_space_parse("x", text, size, &space, complaint), ERR_OK);
        ck_assert_ptr_null(space);
    }
    address_space_destroy(load(text));
}
END_TEST

START_TEST(numbered_items_have_leading_zeros_to_the_length_of_the_run)
{
    struct address_space *space = load("{ \"items\": [ { \"id\": \"P##.x\", \"count\": 120, \"type\": \"i4\" } ] }");
    ck_assert_ptr_nonnull(address_space_find(space, WTEXT("P01.x")));
    ck_assert_ptr_nonnull(address_space_find(space, WTEXT("P120.x")));
    ck_assert_ptr_null(address_space_find(space, WTEXT("P1.x")));
    ck_assert_ptr_null(address_space_find(space, WTEXT("P00.x")));
    address_space_destroy(space);
}
END_TEST

START_TEST(generators_are_functions_of_time)
{
    struct generator g = { .low = 10, .high = 20, .period_ns = 1000, .seed = 3 };
    g.kind = GENERATOR_RAMP;
    ck_assert_double_eq(generator_number(&g, 5000), 10);
    ck_assert_double_eq(generator_number(&g, 5500), 15);
    g.kind = GENERATOR_SQUARE;
    ck_assert_double_eq(generator_number(&g, 499), 20);
    ck_assert_double_eq(generator_number(&g, 500), 10);
    g.kind = GENERATOR_SINE;
    ck_assert_double_eq_tol(generator_number(&g, 250), 20, 1e-9);
    ck_assert_double_eq_tol(generator_number(&g, 750), 10, 1e-9);
    g.kind = GENERATOR_RANDOM;
    ck_assert_double_eq(generator_number(&g, 100), generator_number(&g, 999));
    ck_assert_double_ne(generator_number(&g, 100), generator_number(&g, 1100));
    struct generator other = g;
    other.seed = 4;
    ck_assert_double_ne(generator_number(&g, 100), generator_number(&other, 100));
    for (int64_t t = 0; t < 100000; t += 1000) {
        ck_assert_double_ge(generator_number(&g, t), 10);
        ck_assert_double_le(generator_number(&g, t), 20);
    }
}
END_TEST

START_TEST(a_generated_value_has_any_scalar_type_and_stays_in_its_range)
{
    static const VARTYPE types[] = { VT_I1,  VT_UI1, VT_I2, VT_UI2, VT_I4,   VT_UI4,  VT_I8,
                                     VT_UI8, VT_R4,  VT_R8, VT_CY,  VT_DATE, VT_BOOL, VT_BSTR };
    static const double extremes[] = { -1e30, -1, 0, 0.5, 1e30 };
    for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++)
        for (size_t e = 0; e < sizeof(extremes) / sizeof(extremes[0]); e++) {
            struct generator g = { .kind = GENERATOR_RAMP, .low = extremes[e], .high = extremes[e], .period_ns = 1 };
            VARIANT value;
            ck_assert_int_eq(generator_value(&g, types[t], 0, &value), S_OK);
            ck_assert_uint_eq(V_VT(&value), types[t]);
            VariantClear(&value);
        }
    struct generator big = { .kind = GENERATOR_RAMP, .low = 300, .high = 300, .period_ns = 1 };
    VARIANT value;
    ck_assert_int_eq(generator_value(&big, VT_UI1, 0, &value), S_OK);
    ck_assert_uint_eq(V_UI1(&value), 255);
    ck_assert_int_ne(generator_value(&big, VT_UNKNOWN, 0, &value), S_OK);
}
END_TEST

START_TEST(values_are_equal_by_content)
{
    VARIANT a, b;
    VariantInit(&a);
    VariantInit(&b);
    ck_assert(value_equal(&a, &b));
    V_VT(&a) = VT_BSTR;
    V_BSTR(&a) = bstr_from_utf8("x");
    ck_assert(!value_equal(&a, &b));
    V_VT(&b) = VT_BSTR;
    V_BSTR(&b) = bstr_from_utf8("x");
    ck_assert(value_equal(&a, &b));
    VariantClear(&b);
    V_VT(&b) = VT_BSTR;
    V_BSTR(&b) = bstr_from_utf8("y");
    ck_assert(!value_equal(&a, &b));
    VariantClear(&a);
    VariantClear(&b);
    V_VT(&a) = V_VT(&b) = VT_ARRAY | VT_BSTR;
    for (int i = 0; i < 2; i++) {
        SAFEARRAY *array = SafeArrayCreateVector(VT_BSTR, 0, 2);
        LONG index = 1;
        BSTR text = bstr_from_utf8("second");
        ck_assert_int_eq(SafeArrayPutElement(array, &index, text), S_OK);
        SysFreeString(text);
        V_ARRAY(i ? &b : &a) = array;
    }
    ck_assert(value_equal(&a, &b));
    LONG index = 0;
    BSTR text = bstr_from_utf8("first");
    ck_assert_int_eq(SafeArrayPutElement(V_ARRAY(&b), &index, text), S_OK);
    SysFreeString(text);
    ck_assert(!value_equal(&a, &b));
    VariantClear(&a);
    VariantClear(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("address_space");
    TCase *tc = tcase_create("items");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, the_built_in_items_are_those_of_the_documentation);
    tcase_add_test(tc, every_built_in_item_has_a_value_of_its_type);
    tcase_add_test(tc, mistakes_in_the_file_are_named_with_file_and_line);
    tcase_add_test(tc, a_missing_file_is_one_line_too);
    tcase_add_test(tc, every_truncated_file_is_refused);
    tcase_add_test(tc, numbered_items_have_leading_zeros_to_the_length_of_the_run);
    tcase_add_test(tc, generators_are_functions_of_time);
    tcase_add_test(tc, a_generated_value_has_any_scalar_type_and_stays_in_its_range);
    tcase_add_test(tc, values_are_equal_by_content);
    suite_add_tcase(suite, tc);
    return fixture_run(suite);
}
