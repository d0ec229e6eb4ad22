/* String and security bindings ([MS-DCOM] 2.2.19), and the order in which addresses are tried. */
#include <objbase.h>
#include <string.h>

#include "base/text.h"
#include "dcom/orpc/bindings.h"
#include "tests/orpc/orpc_suite.h"

static struct string_binding parsed(const char *text)
{
    struct string_binding b;
    string_binding_parse(RPC_TCP, text, &b);
    return b;
}

static DUALSTRINGARRAY *build(const char *const *texts, size_t count)
{
    struct string_binding strings[8];
    const uint16_t services[] = { 10 };
    DUALSTRINGARRAY *array;
    for (size_t i = 0; i < count; i++)
        strings[i] = parsed(texts[i]);
    ck_assert_int_eq(bindings_build(strings, count, services, 1, &array), ERR_OK);
    return array;
}

START_TEST(a_binding_may_name_an_endpoint)
{
    struct string_binding b = parsed("10.2.0.2[49153]");
    ck_assert_str_eq(b.address, "10.2.0.2");
    ck_assert_uint_eq(b.port, 49153);
    b = parsed("beta.lab.test");
    ck_assert_str_eq(b.address, "beta.lab.test");
    ck_assert_uint_eq(b.port, 0);
}
END_TEST

START_TEST(ipv6_addresses_are_understood_with_and_without_brackets)
{
    struct string_binding b = parsed("fe80::1[135]");
    ck_assert_str_eq(b.address, "fe80::1");
    ck_assert_uint_eq(b.port, 135);
    b = parsed("[2001:db8::7][1135]");
    ck_assert_str_eq(b.address, "2001:db8::7");
    ck_assert_uint_eq(b.port, 1135);
    b = parsed("[2001:db8::7]");
    ck_assert_str_eq(b.address, "2001:db8::7");
    ck_assert_uint_eq(b.port, 0);
}
END_TEST

START_TEST(an_endpoint_that_is_no_port_leaves_no_address)
{
    static const char *const texts[] = { "a[0]", "a[65536]", "a[x]", "a[", "a[]", "a[1", "\\\\A[\\PIPE\\atsvc]", "[" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct string_binding b = parsed(texts[i]);
        ck_assert_msg(b.port == 0 && (b.address[0] == 0 || strcmp(texts[i], "[") == 0), "%s", texts[i]);
    }
}
END_TEST

START_TEST(only_addresses_are_numeric)
{
    ck_assert(address_is_numeric("10.1.0.2"));
    ck_assert(address_is_numeric("255.255.255.255"));
    ck_assert(address_is_numeric("::1"));
    ck_assert(address_is_numeric("fe80::1%eth0"));
    ck_assert(!address_is_numeric("10.1.0"));
    ck_assert(!address_is_numeric("10.1.0.256"));
    ck_assert(!address_is_numeric("10.1.0.2.3"));
    ck_assert(!address_is_numeric("beta"));
    ck_assert(!address_is_numeric(""));
    ck_assert(!address_is_numeric("1234.1.1.1"));
}
END_TEST

START_TEST(an_array_is_built_as_the_specification_lays_it_out)
{
    static const uint16_t expected[] = { 7, 'b', '[', '9', ']', 0, 0, 10, 0xFFFF, 0, 0 };
    static const char *const texts[] = { "b[9]" };
    DUALSTRINGARRAY *array = build(texts, 1);
    ck_assert_uint_eq(array->wNumEntries, 11);
    ck_assert_uint_eq(array->wSecurityOffset, 7);
    ck_assert_mem_eq(array->aStringArray, expected, sizeof expected);
    CoTaskMemFree(array);
}
END_TEST

START_TEST(the_smallest_array_has_four_units)
{
    DUALSTRINGARRAY *array;
    ck_assert_int_eq(bindings_build(NULL, 0, NULL, 0, &array), ERR_OK);
    ck_assert_uint_eq(array->wNumEntries, 4);
    ck_assert_uint_eq(array->wSecurityOffset, 2);
    CoTaskMemFree(array);
}
END_TEST

START_TEST(every_truncated_array_is_refused)
{
    static const char *const texts[] = { "beta", "10.2.0.2" };
    DUALSTRINGARRAY *array = build(texts, 2), *copy;
    struct writer w;
    struct reader r;
    writer_init(&w, 4096);
    bindings_write(&w, array);
    for (size_t size = 0; size < w.size; size++) {
        reader_init(&r, w.data, size);
        ck_assert_int_eq(bindings_read(&r, &copy), ERR_PROTOCOL);
    }
    reader_init(&r, w.data, w.size);
    ck_assert_int_eq(bindings_read(&r, &copy), ERR_OK);
    ck_assert(bindings_equal(array, copy));
    CoTaskMemFree(copy);
    writer_cleanup(&w);
    CoTaskMemFree(array);
}
END_TEST

START_TEST(an_array_whose_security_part_begins_outside_is_refused)
{
    static const uint8_t bytes[] = { 2, 0, 3, 0, 0, 0, 0, 0 };
    DUALSTRINGARRAY *array;
    struct reader r;
    reader_init(&r, bytes, sizeof bytes);
    ck_assert_int_eq(bindings_read(&r, &array), ERR_PROTOCOL);
}
END_TEST

/* An array on the heap, so that a read past its end is noticed. */
static DUALSTRINGARRAY *raw(const uint16_t *units, uint16_t count, uint16_t security_offset)
{
    DUALSTRINGARRAY *array = CoTaskMemAlloc(sizeof *array + 2 * (size_t)count);
    array->wNumEntries = count;
    array->wSecurityOffset = security_offset;
    memcpy(array->aStringArray, units, 2 * (size_t)count);
    return array;
}

START_TEST(texts_without_an_end_stop_at_the_end_of_the_array)
{
    static const uint16_t units[] = { 7, 'a', 'b', 'c' };
    static const uint16_t security[] = { 0, 0, 10 };
    struct binding_cursor cursor;
    struct string_binding b;
    uint16_t service;
    DUALSTRINGARRAY *array = raw(units, 4, 4);
    binding_cursor_strings(&cursor, array);
    ck_assert(!binding_next_string(&cursor, &b));
    ck_assert(!binding_next_string(&cursor, &b));
    CoTaskMemFree(array);
    array = raw(security, 3, 2);
    binding_cursor_security(&cursor, array);
    ck_assert(!binding_next_security(&cursor, &service));
    CoTaskMemFree(array);
}
END_TEST

START_TEST(a_binding_that_is_too_long_is_passed_over)
{
    uint16_t units[2000];
    struct binding_cursor cursor;
    struct string_binding b;
    for (size_t i = 0; i < 1990; i++)
        units[i] = 'x';
    units[0] = 7;
    units[1990] = 0;
    units[1991] = 7;
    units[1992] = 'a';
    units[1993] = units[1994] = 0;
    DUALSTRINGARRAY *array = raw(units, 1995, 1995);
    binding_cursor_strings(&cursor, array);
    ck_assert(binding_next_string(&cursor, &b));
    ck_assert_str_eq(b.address, "");
    ck_assert(binding_next_string(&cursor, &b));
    ck_assert_str_eq(b.address, "a");
    CoTaskMemFree(array);
}
END_TEST

START_TEST(numeric_addresses_are_tried_before_names_and_the_dialled_one_last)
{
    static const char *const texts[] = { "BETA[5000]", "192.168.7.1[5000]", "fe80::1[5000]" };
    struct binding_target targets[8];
    DUALSTRINGARRAY *array = build(texts, 3);
    size_t count = bindings_targets(array, "10.2.0.2", 0, targets, 8);
    ck_assert_uint_eq(count, 4);
    ck_assert_str_eq(targets[0].binding.address, "192.168.7.1");
    ck_assert_str_eq(targets[1].binding.address, "fe80::1");
    ck_assert_str_eq(targets[2].binding.address, "BETA");
    ck_assert(targets[2].is_name && !targets[0].is_name);
    ck_assert_str_eq(targets[3].binding.address, "10.2.0.2");
    ck_assert_uint_eq(targets[3].binding.port, 5000);
    ck_assert(targets[3].is_dialled);
    CoTaskMemFree(array);
}
END_TEST

START_TEST(an_address_is_tried_once)
{
    static const char *const texts[] = { "10.2.0.2[5000]", "BETA[5000]", "beta[5000]" };
    struct binding_target targets[8];
    DUALSTRINGARRAY *array = build(texts, 3);
    ck_assert_uint_eq(bindings_targets(array, "10.2.0.2", 0, targets, 8), 2);
    CoTaskMemFree(array);
}
END_TEST

START_TEST(resolver_bindings_take_the_well_known_port_and_honour_another)
{
    static const char *const texts[] = { "10.2.0.2", "10.2.0.3[1135]" };
    struct binding_target targets[8];
    DUALSTRINGARRAY *array = build(texts, 2);
    ck_assert_uint_eq(bindings_targets(array, NULL, 135, targets, 8), 2);
    ck_assert_uint_eq(targets[0].binding.port, 135);
    ck_assert_uint_eq(targets[1].binding.port, 1135);
    ck_assert_uint_eq(bindings_targets(array, NULL, 0, targets, 8), 1);
    CoTaskMemFree(array);
}
END_TEST

START_TEST(named_pipes_and_other_protocols_are_left_out)
{
    struct string_binding strings[2] = { { .tower = 0x0f }, { .tower = RPC_TCP, .address = "10.2.0.2", .port = 7 } };
    struct binding_target targets[8];
    DUALSTRINGARRAY *array;
    strcpy(strings[0].address, "\\\\BETA");
    ck_assert_int_eq(bindings_build(strings, 2, NULL, 0, &array), ERR_OK);
    ck_assert_uint_eq(bindings_targets(array, NULL, 0, targets, 8), 1);
    ck_assert_str_eq(targets[0].binding.address, "10.2.0.2");
    CoTaskMemFree(array);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bindings");
    TCase *tests = tcase_create("bindings");
    tcase_add_test(tests, a_binding_may_name_an_endpoint);
    tcase_add_test(tests, ipv6_addresses_are_understood_with_and_without_brackets);
    tcase_add_test(tests, an_endpoint_that_is_no_port_leaves_no_address);
    tcase_add_test(tests, only_addresses_are_numeric);
    tcase_add_test(tests, an_array_is_built_as_the_specification_lays_it_out);
    tcase_add_test(tests, the_smallest_array_has_four_units);
    tcase_add_test(tests, every_truncated_array_is_refused);
    tcase_add_test(tests, an_array_whose_security_part_begins_outside_is_refused);
    tcase_add_test(tests, texts_without_an_end_stop_at_the_end_of_the_array);
    tcase_add_test(tests, a_binding_that_is_too_long_is_passed_over);
    tcase_add_test(tests, numeric_addresses_are_tried_before_names_and_the_dialled_one_last);
    tcase_add_test(tests, an_address_is_tried_once);
    tcase_add_test(tests, resolver_bindings_take_the_well_known_port_and_honour_another);
    tcase_add_test(tests, named_pipes_and_other_protocols_are_left_out);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
