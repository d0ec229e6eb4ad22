/* Records on their own: type serialization, ORPCTHIS and ORPCTHAT. */
#include <dcom.h>
#include <string.h>

#include "base/text.h"
#include "dcom/oleaut/user_marshal.h"
#include "tests/ndr/fixture.h"

static struct writer out;

static void begin(void)
{
    writer_init(&out, 1 << 16);
}

static void end(void)
{
    writer_cleanup(&out);
}

/* What stands in front of each object: version 1, little-endian, header size 8, filler; object size, filler. */
static void assert_headers(size_t object_size)
{
    static const uint8_t common[] = { 1, 0x10, 8, 0, 0xCC, 0xCC, 0xCC, 0xCC };
    ck_assert_uint_ge(out.size, 16);
    ck_assert_mem_eq(out.data, common, sizeof common);
    ck_assert_uint_eq(load_u32(out.data + 8), object_size);
    ck_assert_uint_eq(load_u32(out.data + 12), 0);
    ck_assert_uint_eq(out.size, 16 + object_size);
}

/* The golden file has the records as arguments of the interface that names their formats. */
static void assert_golden_record(unsigned method)
{
    struct golden g = golden_load("calls.txt");
    bool found = false;
    for (unsigned i = 0; i < g.count; i++) {
        const struct golden_call *c = &g.calls[i];
        if (strcmp(c->interface_name, "Pickled") || c->method != method)
            continue;
        size_t padded = (c->request_size + 7) & ~(size_t)7;
        assert_headers(padded);
        assert_same_stub(c->method_name, c->request, c->request_size, out.data + 16, c->request_size);
        found = true;
    }
    ck_assert(found);
    golden_free(&g);
}

static void *get(unsigned method)
{
    struct reader in;
    void *record = NULL;
    reader_init(&in, out.data, out.size);
    ck_assert_int_eq(ndr_pickle_get(method, &in, &record), ERR_OK);
    ck_assert_uint_eq(reader_left(&in), 0);
    ck_assert_ptr_nonnull(record);
    return record;
}

START_TEST(a_custom_header_travels_with_its_lists)
{
    CLSID clsids[] = { { .Data1 = 1 }, { .Data1 = 2 } };
    DWORD sizes[] = { 10, 20 };
    CustomHeader header = { 100, 50, 0, 2, 2, GUID_NULL, clsids, sizes, NULL };

    ck_assert_int_eq(ndr_pickle_put(PICKLE_CUSTOM_HEADER, &header, &out), ERR_OK);
    assert_golden_record(PICKLE_CUSTOM_HEADER);
    CustomHeader *copy = get(PICKLE_CUSTOM_HEADER);
    ck_assert_uint_eq(copy->totalSize, 100);
    ck_assert_uint_eq(copy->cIfs, 2);
    ck_assert_uint_eq(copy->pclsid[1].Data1, 2);
    ck_assert_uint_eq(copy->pSizes[1], 20);
    ck_assert_ptr_null(copy->pdwReserved);
    ndr_pickle_free(PICKLE_CUSTOM_HEADER, copy);
}
END_TEST

START_TEST(a_scm_reply_travels_with_its_bindings)
{
    DUALSTRINGARRAY *bindings = calloc(1, sizeof *bindings + 2 * sizeof(USHORT));
    ck_assert(bindings != NULL);
    customREMOTE_REPLY_SCM_INFO remote = { 0xfeed, bindings, GUID_NULL, 4, { 5, 7 } };
    ScmReplyInfoData reply = { NULL, &remote };

    bindings->wNumEntries = 3;
    bindings->aStringArray[1] = 44;
    memset(&remote.ipidRemUnknown, 1, sizeof remote.ipidRemUnknown);
    ck_assert_int_eq(ndr_pickle_put(PICKLE_SCM_REPLY, &reply, &out), ERR_OK);
    assert_golden_record(PICKLE_SCM_REPLY);
    ScmReplyInfoData *copy = get(PICKLE_SCM_REPLY);
    ck_assert_uint_eq(copy->remoteReply->Oxid, 0xfeed);
    ck_assert_uint_eq(copy->remoteReply->pdsaOxidBindings->aStringArray[1], 44);
    ck_assert_uint_eq(copy->remoteReply->serverVersion.MinorVersion, 7);
    ndr_pickle_free(PICKLE_SCM_REPLY, copy);
    free(bindings);
}
END_TEST

static SpecialPropertiesData special(void)
{
    SpecialPropertiesData s = { .dwSessionId = 0xffffffff, .Reserved2 = 0x1234 };
    s.Reserved3[4] = 6;
    return s;
}

START_TEST(special_properties_align_their_hyper)
{
    SpecialPropertiesData s = special();
    ck_assert_int_eq(ndr_pickle_put(PICKLE_SPECIAL_PROPERTIES, &s, &out), ERR_OK);
    assert_golden_record(PICKLE_SPECIAL_PROPERTIES);
    SpecialPropertiesData *copy = get(PICKLE_SPECIAL_PROPERTIES);
    ck_assert_uint_eq(copy->dwSessionId, 0xffffffff);
    ck_assert_uint_eq(copy->Reserved2, 0x1234);
    ck_assert_uint_eq(copy->Reserved3[4], 6);
    ndr_pickle_free(PICKLE_SPECIAL_PROPERTIES, copy);
}
END_TEST

START_TEST(special_properties_of_old_systems_are_read_too)
{
    /* SpecialPropertiesData_Alternate: 80 bytes, of which the first 48 mean the same ([MS-DCOM] 2.2.22.2.2). */
    static const uint8_t headers[] = { 1, 0x10, 8, 0, 0xCC, 0xCC, 0xCC, 0xCC, 80, 0, 0, 0, 0, 0, 0, 0 };
    writer_bytes(&out, headers, sizeof headers);
    writer_u32(&out, 3); /* dwSessionId */
    writer_zeros(&out, 40);
    writer_u32(&out, 1); /* dwFlags */
    writer_zeros(&out, 32);
    SpecialPropertiesData *copy = get(PICKLE_SPECIAL_PROPERTIES);
    ck_assert_uint_eq(copy->dwSessionId, 3);
    ck_assert_uint_eq(copy->dwFlags, 1);
    ck_assert_uint_eq(copy->Reserved3[4], 0);
    ndr_pickle_free(PICKLE_SPECIAL_PROPERTIES, copy);
}
END_TEST

START_TEST(special_properties_without_their_flags_are_refused)
{
    static const uint8_t headers[] = { 1, 0x10, 8, 0, 0xCC, 0xCC, 0xCC, 0xCC, 40, 0, 0, 0, 0, 0, 0, 0 };
    struct reader in;
    void *record;
    writer_bytes(&out, headers, sizeof headers);
    writer_zeros(&out, 40);
    reader_init(&in, out.data, out.size);
    ck_assert_int_eq(ndr_pickle_get(PICKLE_SPECIAL_PROPERTIES, &in, &record), ERR_PROTOCOL);
    ck_assert_ptr_null(record);
}
END_TEST

START_TEST(text_and_nested_records_come_back)
{
    COSERVERINFO_WIRE server = { 0, OLESTR("beta"), NULL, 0 };
    SecurityInfoData security = { 7, &server, NULL };
    ck_assert_int_eq(ndr_pickle_put(PICKLE_SECURITY_INFO, &security, &out), ERR_OK);
    SecurityInfoData *copy = get(PICKLE_SECURITY_INFO);
    ck_assert_uint_eq(copy->dwAuthnFlags, 7);
    ck_assert_uint_eq(copy->pServerInfo->pwszName[3], 'a');
    ck_assert_uint_eq(copy->pServerInfo->pwszName[4], 0);
    ndr_pickle_free(PICKLE_SECURITY_INFO, copy);
}
END_TEST

START_TEST(bytes_behind_the_object_are_left_to_the_next_record)
{
    LocationInfoData location = { OLESTR("x"), 77, 0, 0 };
    struct reader in;
    void *first, *second;
    ck_assert_int_eq(ndr_pickle_put(PICKLE_LOCATION_INFO, &location, &out), ERR_OK);
    size_t size = out.size;
    location.processId = 78;
    ck_assert_int_eq(ndr_pickle_put(PICKLE_LOCATION_INFO, &location, &out), ERR_OK);
    reader_init(&in, out.data, out.size);
    ck_assert_int_eq(ndr_pickle_get(PICKLE_LOCATION_INFO, &in, &first), ERR_OK);
    ck_assert_uint_eq(in.at, size);
    ck_assert_int_eq(ndr_pickle_get(PICKLE_LOCATION_INFO, &in, &second), ERR_OK);
    ck_assert_uint_eq(((LocationInfoData *)first)->processId, 77);
    ck_assert_uint_eq(((LocationInfoData *)second)->processId, 78);
    ndr_pickle_free(PICKLE_LOCATION_INFO, first);
    ndr_pickle_free(PICKLE_LOCATION_INFO, second);
}
END_TEST

static void put_sample(void)
{
    CLSID clsids[] = { { .Data1 = 1 }, { .Data1 = 2 } };
    DWORD sizes[] = { 10, 20 };
    CustomHeader header = { 100, 50, 0, 2, 2, GUID_NULL, clsids, sizes, NULL };
    ck_assert_int_eq(ndr_pickle_put(PICKLE_CUSTOM_HEADER, &header, &out), ERR_OK);
}

START_TEST(each_truncated_record_is_refused)
{
    put_sample();
    for (size_t size = 0; size < out.size; size++) {
        struct reader in;
        void *record = &in, *exact = malloc(size ? size : 1);
        ck_assert(exact != NULL);
        memcpy(exact, out.data, size);
        reader_init(&in, exact, size);
        ck_assert_int_eq(ndr_pickle_get(PICKLE_CUSTOM_HEADER, &in, &record), ERR_PROTOCOL);
        ck_assert_ptr_null(record);
        free(exact);
    }
}
END_TEST

static enum err get_damaged(size_t at, uint8_t value)
{
    struct reader in;
    void *record;
    put_sample();
    out.data[at] = value;
    reader_init(&in, out.data, out.size);
    enum err err = ndr_pickle_get(PICKLE_CUSTOM_HEADER, &in, &record);
    ck_assert_ptr_null(record);
    return err;
}

START_TEST(only_version_1_and_little_endian_are_understood)
{
    ck_assert_int_eq(get_damaged(0, 2), ERR_UNSUPPORTED);
    writer_reset(&out);
    ck_assert_int_eq(get_damaged(1, 0), ERR_UNSUPPORTED);
    writer_reset(&out);
    ck_assert_int_eq(get_damaged(2, 16), ERR_PROTOCOL);
}
END_TEST

START_TEST(a_list_that_is_shorter_than_the_record_says_is_refused)
{
    ck_assert_int_eq(get_damaged(16 + 16, 3), ERR_PROTOCOL); /* cIfs */
}
END_TEST

START_TEST(orpc_this_stands_bare_and_keeps_its_extensions)
{
    ORPC_EXTENT *extent = calloc(1, sizeof *extent + 16);
    ORPC_EXTENT *extents[] = { extent, NULL };
    ORPC_EXTENT_ARRAY array = { 1, 0, extents };
    ORPCTHIS record = { { 5, 7 }, 1, 0, { .Data1 = 0xc1d }, &array };
    struct reader in;
    void *memory;

    extent->size = 11;
    extent->data[10] = 0x5a;
    ck_assert_int_eq(ndr_record_put(PICKLE_ORPC_THIS, &record, &out), ERR_OK);
    /* 32 bytes, the array's 12, its conformance, two referents, the extent of 4 + 20 + 16: always a multiple of 8. */
    ck_assert_uint_eq(out.size, 96);
    writer_u32(&out, 0x1234);
    reader_init(&in, out.data, out.size);
    ck_assert_int_eq(ndr_record_get(PICKLE_ORPC_THIS, &in, &memory), ERR_OK);
    ck_assert_uint_eq(reader_u32(&in), 0x1234);
    ORPCTHIS *copy = memory;
    ck_assert_uint_eq(copy->cid.Data1, 0xc1d);
    ck_assert_uint_eq(copy->extensions->extent[0]->size, 11);
    ck_assert_uint_eq(copy->extensions->extent[0]->data[10], 0x5a);
    ck_assert_ptr_null(copy->extensions->extent[1]);
    ndr_pickle_free(PICKLE_ORPC_THIS, copy);
    free(extent);
}
END_TEST

START_TEST(orpc_this_without_extensions_is_32_bytes)
{
    ORPCTHIS record = { { 5, 7 }, 0, 0, { .Data1 = 1 }, NULL };
    ORPCTHAT that = { 0, NULL };
    ck_assert_int_eq(ndr_record_put(PICKLE_ORPC_THIS, &record, &out), ERR_OK);
    ck_assert_uint_eq(out.size, 32);
    ck_assert_int_eq(ndr_record_put(PICKLE_ORPC_THAT, &that, &out), ERR_OK);
    ck_assert_uint_eq(out.size, 40);
}
END_TEST

START_TEST(an_extent_whose_size_and_bytes_differ_is_refused)
{
    ORPC_EXTENT *extent = calloc(1, sizeof *extent + 8);
    ORPC_EXTENT *extents[] = { extent, NULL };
    ORPC_EXTENT_ARRAY array = { 1, 0, extents };
    ORPCTHIS record = { { 5, 7 }, 0, 0, { .Data1 = 1 }, &array };
    struct reader in;
    void *memory;

    extent->size = 8;
    ck_assert_int_eq(ndr_record_put(PICKLE_ORPC_THIS, &record, &out), ERR_OK);
    store_u32(out.data + out.size - 12, 100); /* the size member; 8 bytes follow */
    reader_init(&in, out.data, out.size);
    ck_assert_int_eq(ndr_record_get(PICKLE_ORPC_THIS, &in, &memory), ERR_PROTOCOL);
    ck_assert_ptr_null(memory);
    free(extent);
}
END_TEST

START_TEST(an_unknown_record_is_not_supported)
{
    struct reader in;
    void *memory;
    reader_init(&in, "", 0);
    ck_assert_int_eq(ndr_record_get(PICKLE_ORPC_THAT + 1, &in, &memory), ERR_UNSUPPORTED);
    ck_assert_int_eq(ndr_record_put(2, &in, &out), ERR_UNSUPPORTED);
}
END_TEST

START_TEST(freeing_no_record_does_nothing)
{
    ndr_pickle_free(PICKLE_CUSTOM_HEADER, NULL);
    ck_assert_uint_eq(out.size, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ndr pickle");
    TCase *cases = tcase_create("records");
    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, a_custom_header_travels_with_its_lists);
    tcase_add_test(cases, a_scm_reply_travels_with_its_bindings);
    tcase_add_test(cases, special_properties_align_their_hyper);
    tcase_add_test(cases, special_properties_of_old_systems_are_read_too);
    tcase_add_test(cases, special_properties_without_their_flags_are_refused);
    tcase_add_test(cases, text_and_nested_records_come_back);
    tcase_add_test(cases, bytes_behind_the_object_are_left_to_the_next_record);
    tcase_add_test(cases, each_truncated_record_is_refused);
    tcase_add_test(cases, only_version_1_and_little_endian_are_understood);
    tcase_add_test(cases, a_list_that_is_shorter_than_the_record_says_is_refused);
    tcase_add_test(cases, orpc_this_stands_bare_and_keeps_its_extensions);
    tcase_add_test(cases, orpc_this_without_extensions_is_32_bytes);
    tcase_add_test(cases, an_extent_whose_size_and_bytes_differ_is_refused);
    tcase_add_test(cases, an_unknown_record_is_not_supported);
    tcase_add_test(cases, freeing_no_record_does_nothing);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
