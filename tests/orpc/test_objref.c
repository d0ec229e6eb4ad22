/* OBJREF bytes both ways ([MS-DCOM] 2.2.18). */
#include <objbase.h>
#include <string.h>

#include "dcom/orpc/bindings.h"
#include "dcom/orpc/objref.h"
#include "tests/orpc/orpc_suite.h"

/* An OBJREF_STANDARD as a server gives it: five references, resolver bindings "BETA" and "10.2.0.2", and one security
 * binding for NTLM. */
static const uint8_t standard[] = {
    'M',  'E',  'O',  'W',  0x01, 0x00, 0x00, 0x00,                                                 /* kind */
    0x52, 0xc1, 0x9f, 0x39, 0x1e, 0x01, 0xd0, 0x11, 0x96, 0x75, 0x00, 0x20, 0xaf, 0xd8, 0xad, 0xb3, /* iid */
    0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00,                                                 /* flags, refs */
    0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0xf8, 0xf7, 0xf6, 0xf5, 0xf4, 0xf3, 0xf2, 0xf1, /* oxid, oid */
    0x04, 0x03, 0x02, 0x01, 0x12, 0x11, 0x22, 0x21, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, /* ipid */
    0x15, 0x00, 0x11, 0x00,                                                                         /* counts */
    0x07, 0x00, 'B',  0,    'E',  0,    'T',  0,    'A',  0,    0,    0,                            /* name */
    0x07, 0x00, '1',  0,    '0',  0,    '.',  0,    '2',  0,    '.',  0,    '0',  0,    '.',  0,
    '2',  0,    0,    0,    0,    0,                /* address */
    0x0a, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, /* security */
};

static const IID iid_opc_group = { 0x399fc152, 0x011e, 0x11d0, { 0x96, 0x75, 0x00, 0x20, 0xaf, 0xd8, 0xad, 0xb3 } };

START_TEST(a_standard_reference_is_read_field_by_field)
{
    struct objref o;
    struct binding_cursor cursor;
    struct string_binding b;
    uint16_t service;
    ck_assert_int_eq(objref_decode(standard, sizeof standard, &o), ERR_OK);
    ck_assert_int_eq(o.kind, OBJREF_KIND_STANDARD);
    ck_assert(IsEqualIID(&o.iid, &iid_opc_group));
    ck_assert_uint_eq(o.std.flags, 0);
    ck_assert_uint_eq(o.std.cPublicRefs, 5);
    ck_assert(o.std.oxid == UINT64_C(0x0102030405060708));
    ck_assert(o.std.oid == UINT64_C(0xf1f2f3f4f5f6f7f8));
    ck_assert_uint_eq(o.std.ipid.Data1, 0x01020304);
    binding_cursor_strings(&cursor, o.resolver);
    ck_assert(binding_next_string(&cursor, &b));
    ck_assert_str_eq(b.address, "BETA");
    ck_assert(binding_next_string(&cursor, &b));
    ck_assert_str_eq(b.address, "10.2.0.2");
    ck_assert_uint_eq(b.port, 0);
    ck_assert(!binding_next_string(&cursor, &b));
    binding_cursor_security(&cursor, o.resolver);
    ck_assert(binding_next_security(&cursor, &service));
    ck_assert_uint_eq(service, 10);
    ck_assert(!binding_next_security(&cursor, &service));
    objref_cleanup(&o);
}
END_TEST

START_TEST(a_standard_reference_is_written_byte_for_byte)
{
    struct objref o;
    struct writer w;
    ck_assert_int_eq(objref_decode(standard, sizeof standard, &o), ERR_OK);
    writer_init(&w, 4096);
    objref_encode(&o.iid, &o.std, o.resolver, &w);
    ck_assert_uint_eq(w.size, sizeof standard);
    ck_assert_mem_eq(w.data, standard, sizeof standard);
    writer_cleanup(&w);
    objref_cleanup(&o);
}
END_TEST

START_TEST(every_truncated_reference_is_refused)
{
    struct objref o;
    for (size_t size = 0; size < sizeof standard; size++) {
        uint8_t *copy = malloc(size ? size : 1);
        memcpy(copy, standard, size);
        ck_assert_msg(objref_decode(copy, size, &o) == ERR_PROTOCOL, "%zu bytes", size);
        free(copy);
    }
}
END_TEST

START_TEST(bytes_after_a_reference_are_passed_over)
{
    uint8_t longer[sizeof standard + 4] = { 0 };
    struct objref o;
    memcpy(longer, standard, sizeof standard);
    ck_assert_int_eq(objref_decode(longer, sizeof longer, &o), ERR_OK);
    objref_cleanup(&o);
}
END_TEST

START_TEST(a_reference_with_a_wrong_signature_or_two_kinds_is_refused)
{
    uint8_t copy[sizeof standard];
    struct objref o;
    memcpy(copy, standard, sizeof copy);
    copy[0] ^= 0x20;
    ck_assert_int_eq(objref_decode(copy, sizeof copy, &o), ERR_PROTOCOL);
    memcpy(copy, standard, sizeof copy);
    copy[4] = 0x03;
    ck_assert_int_eq(objref_decode(copy, sizeof copy, &o), ERR_PROTOCOL);
}
END_TEST

/* Between the standard part and the bindings HANDLER has a class and EXTENDED a signature. */
static size_t insert(const void *extra, size_t extra_size, uint8_t kind, uint8_t *out)
{
    const size_t at = 24 + 40;
    memcpy(out, standard, at);
    memcpy(out + at, extra, extra_size);
    memcpy(out + at + extra_size, standard + at, sizeof standard - at);
    out[4] = kind;
    return sizeof standard + extra_size;
}

START_TEST(handler_and_extended_references_are_read_like_standard_ones)
{
    static const uint8_t clsid[16] = { 1, 2, 3 };
    static const uint8_t signature[4] = { 0x56, 0x59, 0x53, 0x4e };
    uint8_t bytes[sizeof standard + 16];
    struct objref o;
    size_t size = insert(clsid, sizeof clsid, OBJREF_KIND_HANDLER, bytes);
    ck_assert_int_eq(objref_decode(bytes, size, &o), ERR_OK);
    ck_assert_uint_eq(o.resolver->wNumEntries, 0x15);
    objref_cleanup(&o);
    size = insert(signature, sizeof signature, OBJREF_KIND_EXTENDED, bytes);
    ck_assert_int_eq(objref_decode(bytes, size, &o), ERR_OK);
    ck_assert_uint_eq(o.resolver->wNumEntries, 0x15);
    objref_cleanup(&o);
    bytes[24 + 40] ^= 1;
    ck_assert_int_eq(objref_decode(bytes, size, &o), ERR_PROTOCOL);
}
END_TEST

START_TEST(a_custom_reference_is_opened_only_where_one_is_expected)
{
    static const GUID clsid = { 0x338, 0, 0, { 0xC0, 0, 0, 0, 0, 0, 0, 0x46 } };
    struct objref_custom custom;
    struct objref o;
    struct writer w;
    writer_init(&w, 256);
    objref_custom_encode(&iid_opc_group, &clsid, "body", 4, &w);
    ck_assert_uint_eq(w.size, 24 + 16 + 8 + 4);
    ck_assert_int_eq(objref_decode(w.data, w.size, &o), ERR_UNSUPPORTED);
    ck_assert_int_eq(objref_custom_decode(w.data, w.size, &custom), ERR_OK);
    ck_assert(IsEqualGUID(&custom.clsid, &clsid));
    ck_assert_uint_eq(custom.body_size, 4);
    ck_assert_mem_eq(custom.body, "body", 4);
    for (size_t size = 0; size < 24 + 16 + 8; size++)
        ck_assert_int_eq(objref_custom_decode(w.data, size, &custom), ERR_PROTOCOL);
    ck_assert_int_eq(objref_custom_decode(standard, sizeof standard, &custom), ERR_PROTOCOL);
    writer_cleanup(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("objref");
    TCase *tests = tcase_create("objref");
    tcase_add_test(tests, a_standard_reference_is_read_field_by_field);
    tcase_add_test(tests, a_standard_reference_is_written_byte_for_byte);
    tcase_add_test(tests, every_truncated_reference_is_refused);
    tcase_add_test(tests, bytes_after_a_reference_are_passed_over);
    tcase_add_test(tests, a_reference_with_a_wrong_signature_or_two_kinds_is_refused);
    tcase_add_test(tests, handler_and_extended_references_are_read_like_standard_ones);
    tcase_add_test(tests, a_custom_reference_is_opened_only_where_one_is_expected);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
