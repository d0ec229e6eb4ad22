/* Activation property blobs both ways ([MS-DCOM] 2.2.22). */
#include <objbase.h>
#include <string.h>

#include "dcom/ndr/ndr.h"
#include "dcom/orpc/activation.h"
#include "dcom/orpc/bindings.h"
#include "dcom/orpc/objref.h"
#include "tests/orpc/orpc_suite.h"

#define OBJREF_HEADER 48 /* up to the body of an OBJREF_CUSTOM */

static const CLSID clsid = { 0x6F0B7E4C, 0x2D0F, 0x4C5B, { 0x9C, 0x2B, 0x0A, 0x6C, 0x1E, 0x5D, 0x7A, 0x10 } };
static const IID iids[] = {
    { 0x39c13a4d, 0x011e, 0x11d0, { 0x96, 0x75, 0x00, 0x20, 0xaf, 0xd8, 0xad, 0xb3 } },
    { 0xf31dfde2, 0x07b6, 0x11d2, { 0xb2, 0xd8, 0x00, 0x60, 0x08, 0x3b, 0xa1, 0xfb } },
};

static struct activation_request example_request(IID *storage)
{
    struct activation_request r = { .clsid = clsid, .class_context = CLSCTX_REMOTE_SERVER, .iid_count = 2 };
    memcpy(storage, iids, sizeof iids);
    r.iids = storage;
    r.client_version = (COMVERSION){ 5, 7 };
    r.impersonation = 2;
    r.protseqs[0] = 7;
    r.protseq_count = 1;
    r.context_id = clsid;
    r.default_level = 1;
    r.session_id = 0xFFFFFFFF;
    strcpy(r.server_name, "198.51.100.7");
    return r;
}

static void put_example_request(struct writer *w)
{
    IID storage[2];
    struct activation_request r = example_request(storage);
    writer_init(w, ACTIVATION_BLOB_MAXIMUM);
    ck_assert_int_eq(activation_request_put(&r, w), ERR_OK);
}

START_TEST(a_request_survives_the_journey)
{
    struct activation_request r;
    struct writer w;
    put_example_request(&w);
    ck_assert_int_eq(activation_request_get(w.data, w.size, &r), ERR_OK);
    ck_assert(IsEqualCLSID(&r.clsid, &clsid));
    ck_assert_uint_eq(r.class_context, CLSCTX_REMOTE_SERVER);
    ck_assert_uint_eq(r.iid_count, 2);
    ck_assert_mem_eq(r.iids, iids, sizeof iids);
    ck_assert_uint_eq(r.client_version.MinorVersion, 7);
    ck_assert_uint_eq(r.protseq_count, 1);
    ck_assert_uint_eq(r.protseqs[0], 7);
    ck_assert_uint_eq(r.session_id, 0xFFFFFFFF);
    ck_assert_uint_eq(r.default_level, 1);
    ck_assert(!r.console_session);
    ck_assert_str_eq(r.server_name, "198.51.100.7");
    activation_request_cleanup(&r);
    writer_cleanup(&w);
}
END_TEST

/* What a Windows client sends for one interface and that server name: 752 bytes, six records of these sizes in this
 * order (SpecialSystemProperties, InstantiationInfo, ActivationContextInfo, SecurityInfo, ServerLocationInfo,
 * ScmRequestInfo), behind a header of 192. */
START_TEST(a_request_has_the_shape_of_a_windows_client)
{
    static const uint32_t sizes[] = { 104, 88, 144, 88, 32, 48 };
    static const uint32_t kinds[] = { 0x1B9, 0x1AB, 0x1A5, 0x1A6, 0x1A4, 0x1AA };
    IID storage[2];
    struct activation_request request = example_request(storage);
    struct reader r;
    struct writer w;
    void *record;
    request.iid_count = 1;
    writer_init(&w, ACTIVATION_BLOB_MAXIMUM);
    ck_assert_int_eq(activation_request_put(&request, &w), ERR_OK);
    ck_assert_uint_eq(w.size, 752);
    ck_assert_uint_eq(load_u32(w.data + OBJREF_HEADER), 696);
    reader_init(&r, w.data + OBJREF_HEADER + 8, w.size - OBJREF_HEADER - 8);
    ck_assert_int_eq(ndr_pickle_get(PICKLE_CUSTOM_HEADER, &r, &record), ERR_OK);
    const CustomHeader *header = record;
    ck_assert_uint_eq(header->totalSize, 696);
    ck_assert_uint_eq(header->headerSize, 192);
    ck_assert_uint_eq(header->destCtx, 2);
    ck_assert_uint_eq(header->cIfs, 6);
    for (int i = 0; i < 6; i++) {
        ck_assert_uint_eq(header->pclsid[i].Data1, kinds[i]);
        ck_assert_uint_eq(header->pSizes[i], sizes[i]);
    }
    ndr_pickle_free(PICKLE_CUSTOM_HEADER, record);
    writer_cleanup(&w);
}
END_TEST

START_TEST(the_client_context_is_an_empty_context_by_value)
{
    /* Version 1.1, the id, by value, nothing inside, frozen ([MS-DCOM] 2.2.20). */
    static const uint8_t before[] = { 1, 0, 1, 0 };
    static const uint8_t after[] = {
        2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0
    };
    struct writer w;
    size_t found = 0;
    put_example_request(&w);
    for (size_t i = 0; i + 48 <= w.size; i++)
        found += memcmp(w.data + i, before, sizeof before) == 0 && memcmp(w.data + i + 4, &clsid, 16) == 0 &&
                 memcmp(w.data + i + 20, after, sizeof after) == 0;
    ck_assert_uint_eq(found, 1);
    writer_cleanup(&w);
}
END_TEST

START_TEST(every_truncated_request_is_refused)
{
    struct activation_request r;
    struct writer w;
    put_example_request(&w);
    for (size_t size = 0; size < w.size; size++) {
        uint8_t *copy = malloc(size ? size : 1);
        memcpy(copy, w.data, size);
        ck_assert_msg(activation_request_get(copy, size, &r) != ERR_OK, "%zu bytes", size);
        free(copy);
    }
    writer_cleanup(&w);
}
END_TEST

/* Changes the class id of one record, so that its receiver does not know it. */
static void disguise(struct writer *w, uint32_t kind)
{
    static const uint8_t tail[] = { 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46 };
    uint8_t wanted[16];
    store_u32(wanted, kind);
    memcpy(wanted + 4, tail, sizeof tail);
    for (size_t i = 0; i + 16 <= w->size; i++)
        if (memcmp(w->data + i, wanted, 16) == 0) {
            w->data[i + 1] = 0x77;
            return;
        }
    ck_abort_msg("no record %x", kind);
}

START_TEST(records_that_are_not_known_are_passed_over_by_their_size)
{
    static const uint32_t optional[] = { 0x1B9, 0x1A5, 0x1A6 };
    for (size_t i = 0; i < 3; i++) {
        struct activation_request r;
        struct writer w;
        put_example_request(&w);
        disguise(&w, optional[i]);
        ck_assert_int_eq(activation_request_get(w.data, w.size, &r), ERR_OK);
        ck_assert_uint_eq(r.iid_count, 2);
        activation_request_cleanup(&r);
        writer_cleanup(&w);
    }
}
END_TEST

START_TEST(a_request_without_a_required_record_is_refused)
{
    static const uint32_t required[] = { 0x1AB, 0x1A4, 0x1AA };
    for (size_t i = 0; i < 3; i++) {
        struct activation_request r;
        struct writer w;
        put_example_request(&w);
        disguise(&w, required[i]);
        ck_assert_int_eq(activation_request_get(w.data, w.size, &r), ERR_PROTOCOL);
        writer_cleanup(&w);
    }
}
END_TEST

START_TEST(a_request_for_nothing_or_too_much_is_not_built)
{
    IID storage[2];
    struct activation_request r = example_request(storage);
    struct writer w;
    writer_init(&w, ACTIVATION_BLOB_MAXIMUM);
    r.iid_count = 0;
    ck_assert_int_eq(activation_request_put(&r, &w), ERR_LIMIT);
    r.iid_count = ACTIVATION_IIDS_MAXIMUM + 1;
    ck_assert_int_eq(activation_request_put(&r, &w), ERR_LIMIT);
    writer_cleanup(&w);
}
END_TEST

START_TEST(a_blob_of_the_other_direction_is_refused)
{
    struct activation_reply reply;
    struct writer w;
    put_example_request(&w);
    ck_assert_int_eq(activation_reply_get(w.data, w.size, &reply), ERR_PROTOCOL);
    writer_cleanup(&w);
}
END_TEST

/* ---- the reply --------------------------------------------------------------------------------- */

static void put_example_reply(struct writer *w)
{
    struct string_binding b = { .tower = RPC_TCP, .address = "10.2.0.2", .port = 49153 };
    const uint16_t services[] = { 10 };
    uint8_t objref[] = { 'M', 'E', 'O', 'W', 1, 2, 3 };
    struct activation_result results[2] = { { iids[0], S_OK, objref, sizeof objref },
                                            { iids[1], E_NOINTERFACE, NULL, 0 } };
    struct activation_reply r = { .oxid = UINT64_C(0x0102030405060708), .authn_hint = 2, .results = results };
    r.ipid_rem_unknown = clsid;
    r.server_version = (COMVERSION){ 5, 7 };
    r.result_count = 2;
    ck_assert_int_eq(bindings_build(&b, 1, services, 1, &r.bindings), ERR_OK);
    writer_init(w, ACTIVATION_BLOB_MAXIMUM);
    ck_assert_int_eq(activation_reply_put(&r, w), ERR_OK);
    CoTaskMemFree(r.bindings);
}

START_TEST(a_reply_survives_the_journey)
{
    struct binding_cursor cursor;
    struct string_binding b;
    struct activation_reply r;
    struct writer w;
    put_example_reply(&w);
    ck_assert_int_eq(activation_reply_get(w.data, w.size, &r), ERR_OK);
    ck_assert(r.oxid == UINT64_C(0x0102030405060708));
    ck_assert(IsEqualGUID(&r.ipid_rem_unknown, &clsid));
    ck_assert_uint_eq(r.authn_hint, 2);
    ck_assert_uint_eq(r.server_version.MajorVersion, 5);
    ck_assert_uint_eq(r.result_count, 2);
    ck_assert_uint_eq(r.results[0].objref_size, 7);
    ck_assert(r.results[0].hresult == S_OK && r.results[1].hresult == E_NOINTERFACE);
    ck_assert_ptr_null(r.results[1].objref);
    binding_cursor_strings(&cursor, r.bindings);
    ck_assert(binding_next_string(&cursor, &b));
    ck_assert_uint_eq(b.port, 49153);
    activation_reply_cleanup(&r);
    writer_cleanup(&w);
}
END_TEST

START_TEST(every_truncated_reply_is_refused)
{
    struct activation_reply r;
    struct writer w;
    put_example_reply(&w);
    for (size_t size = 0; size < w.size; size++) {
        uint8_t *copy = malloc(size ? size : 1);
        memcpy(copy, w.data, size);
        ck_assert_msg(activation_reply_get(copy, size, &r) != ERR_OK, "%zu bytes", size);
        free(copy);
    }
    writer_cleanup(&w);
}
END_TEST

START_TEST(a_reply_without_bindings_or_interfaces_is_refused)
{
    static const uint32_t required[] = { 0x1B6, 0x339 };
    for (size_t i = 0; i < 2; i++) {
        struct activation_reply r;
        struct writer w;
        put_example_reply(&w);
        /* The first 0x339 is the class of the whole blob, which must stay. */
        struct writer inner = { .data = w.data + OBJREF_HEADER, .size = w.size - OBJREF_HEADER };
        disguise(&inner, required[i]);
        ck_assert_int_eq(activation_reply_get(w.data, w.size, &r), ERR_PROTOCOL);
        writer_cleanup(&w);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("activation");
    TCase *tests = tcase_create("activation");
    tcase_add_test(tests, a_request_survives_the_journey);
    tcase_add_test(tests, a_request_has_the_shape_of_a_windows_client);
    tcase_add_test(tests, the_client_context_is_an_empty_context_by_value);
    tcase_add_test(tests, every_truncated_request_is_refused);
    tcase_add_test(tests, records_that_are_not_known_are_passed_over_by_their_size);
    tcase_add_test(tests, a_request_without_a_required_record_is_refused);
    tcase_add_test(tests, a_request_for_nothing_or_too_much_is_not_built);
    tcase_add_test(tests, a_blob_of_the_other_direction_is_refused);
    tcase_add_test(tests, a_reply_survives_the_journey);
    tcase_add_test(tests, every_truncated_reply_is_refused);
    tcase_add_test(tests, a_reply_without_bindings_or_interfaces_is_refused);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
