/* Peers that lie: counts, referents and sizes that do not fit each other or the bytes there are. */
#include <comstd.h>
#include <malloc.h>
#include <opccomn.h>
#include <opcda.h>
#include <string.h>

#include "dcom/ndr/stub.h"
#include "tests/ndr/fixture.h"

#define REFERENT 0x00020000u

/* ---- building stubs by hand --------------------------------------------------------------------- */
static struct writer stub;

static void begin(void)
{
    writer_init(&stub, 1 << 20);
    any_object_calls = 0;
    any_object_result = S_OK;
}

static void end(void)
{
    writer_cleanup(&stub);
}

static void words(unsigned count, const uint32_t *values)
{
    for (unsigned i = 0; i < count; i++)
        writer_u32(&stub, values[i]);
}
#define WORDS(...) words(sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, (uint32_t[]){ __VA_ARGS__ })

/* Hands the stub to the server's side. */
static HRESULT serve(const IID *iid, unsigned method)
{
    struct loop *l = loop_create(iid, &any_object);
    struct reader request;
    void *exact = malloc(stub.size ? stub.size : 1);
    ck_assert(exact != NULL);
    if (stub.size)
        memcpy(exact, stub.data, stub.size);
    reader_init(&request, exact, stub.size);
    HRESULT hr = ndr_server_call(l->proxy.type, l->object, method, &l->objects, l, &request, &l->reply, &l->surplus);
    free(exact);
    loop_destroy(l);
    return hr;
}

/* A loop that answers with the stub. */
static struct loop *answering(const IID *iid)
{
    struct loop *l = loop_create(iid, &any_object);
    l->canned = stub.data;
    l->canned_size = stub.size;
    return l;
}

/* ---- requests ----------------------------------------------------------------------------------- */
START_TEST(a_count_beyond_the_stub_is_refused_before_memory_is_taken)
{
    /* IOPCSyncIO::Write of 4 billion items. */
    WORDS(0xFFFFFFFF, 0xFFFFFFFF, 1, 2, 3);
    ck_assert_int_eq(serve(&IID_IOPCSyncIO, 4), HR_BAD_STUB_DATA);
    ck_assert_uint_eq(any_object_calls, 0);
}
END_TEST

START_TEST(an_array_that_is_not_as_long_as_its_count_says_is_refused)
{
    /* RemoveItems(2, { three handles }). */
    WORDS(2, 3, 1, 2, 3);
    ck_assert_int_eq(serve(&IID_IOPCItemMgt, 5), HR_BAD_STUB_DATA);
}
END_TEST

/* An OPCITEMDEF of 4 bytes of wire per member with only its first string. */
static void item_def(uint32_t blob_size, uint32_t blob)
{
    WORDS(REFERENT, REFERENT + 4, 1, 1, blob_size, blob, 0, 0);
}

START_TEST(a_blob_longer_than_its_size_member_is_refused)
{
    WORDS(1, 1); /* AddItems(1, ...) */
    WORDS(0, 0, 1, 1, 2, REFERENT, 0);
    WORDS(3, 0x00333231);
    ck_assert_int_eq(serve(&IID_IOPCItemMgt, 3), HR_BAD_STUB_DATA);
}
END_TEST

START_TEST(many_small_structures_are_held_against_the_bytes_they_need)
{
    /* 1000 item definitions need 28000 bytes; 1024 are there. */
    WORDS(1000, 1000);
    for (unsigned i = 0; i < 32; i++)
        item_def(0, 0);
    ck_assert_int_eq(serve(&IID_IOPCItemMgt, 3), HR_BAD_STUB_DATA);
}
END_TEST

START_TEST(a_string_without_its_end_is_refused)
{
    WORDS(2, 0, 2, 0x00420041); /* "AB" */
    ck_assert_int_eq(serve(&IID_IOPCGroupStateMgt, 5), HR_BAD_STUB_DATA);
}
END_TEST

START_TEST(a_string_of_no_units_is_refused)
{
    WORDS(0, 0, 0);
    ck_assert_int_eq(serve(&IID_IOPCGroupStateMgt, 5), HR_BAD_STUB_DATA);
}
END_TEST

START_TEST(a_string_that_begins_behind_its_start_is_refused)
{
    WORDS(2, 1, 1, 0);
    ck_assert_int_eq(serve(&IID_IOPCGroupStateMgt, 5), HR_BAD_STUB_DATA);
}
END_TEST

START_TEST(a_string_longer_than_its_maximum_is_refused)
{
    WORDS(1, 0, 2, 0x00000041);
    ck_assert_int_eq(serve(&IID_IOPCGroupStateMgt, 5), HR_BAD_STUB_DATA);
}
END_TEST

START_TEST(a_string_may_have_room_behind_its_end)
{
    WORDS(9, 0, 2, 0x00000041);
    ck_assert_int_eq(serve(&IID_IOPCGroupStateMgt, 5), S_OK);
}
END_TEST

START_TEST(the_number_of_results_wanted_has_a_limit)
{
    WORDS(0x7FFFFFFF); /* IEnumString::Next */
    ck_assert_int_eq(serve(&IID_IEnumString, 3), E_OUTOFMEMORY);
    ck_assert_uint_eq(any_object_calls, 0);
}
END_TEST

START_TEST(a_reserved_method_number_is_out_of_range)
{
    ck_assert_int_eq(serve(&IID_IOPCShutdown, 2), HR_PROCNUM_OUT_OF_RANGE);
    ck_assert_int_eq(serve(&IID_IOPCShutdown, 4), HR_PROCNUM_OUT_OF_RANGE);
    ck_assert_int_eq(serve(&IID_IUnknown, 0), HR_PROCNUM_OUT_OF_RANGE);
}
END_TEST

START_TEST(an_interface_pointer_with_two_different_sizes_is_refused)
{
    WORDS(REFERENT, 8, 4, 0, 0); /* IConnectionPoint::Advise */
    ck_assert_int_eq(serve(&IID_IConnectionPoint, 5), HR_BAD_STUB_DATA);
}
END_TEST

START_TEST(what_unmarshalling_an_object_says_is_what_the_call_fails_with)
{
    WORDS(REFERENT, 4, 4, 0);
    ck_assert_int_eq(serve(&IID_IConnectionPoint, 5), RPC_E_INVALID_OBJREF);
    ck_assert_uint_eq(any_object_calls, 0);
}
END_TEST

START_TEST(a_pointer_taken_before_a_failure_is_given_back)
{
    struct counted object;
    struct loop *l;
    struct reader request;
    void *pointer = &object.IUnknown_iface;

    counted_init(&object);
    WORDS(REFERENT, 8, 8);
    writer_bytes(&stub, &pointer, sizeof pointer);
    l = loop_create(&IID_IConnectionPoint, &any_object);
    reader_init(&request, stub.data, stub.size);
    ck_assert_int_eq(ndr_server_call(l->proxy.type, l->object, 5, &l->objects, l, &request, &l->reply, &l->surplus),
                     S_OK);
    ck_assert_int_eq(object.references, 1);
    loop_destroy(l);
}
END_TEST

START_TEST(an_activation_that_asks_for_no_interface_is_out_of_range)
{
    struct golden g = golden_load("calls.txt");
    for (unsigned i = 0; i < g.count; i++) {
        if (strcmp(g.calls[i].method_name, "RemoteActivation"))
            continue;
        /* Interfaces is [range(1, 0x8000)]: the last 2 before pIIDs' referent. */
        uint8_t *at = g.calls[i].request + g.calls[i].request_size;
        while (at > g.calls[i].request && (load_u32(at - 8) != 2 || load_u32(at - 12) != 0xffffffff))
            at -= 2;
        ck_assert(at > g.calls[i].request + 12);
        store_u32(at - 8, 0);
        writer_bytes(&stub, g.calls[i].request, g.calls[i].request_size);
    }
    ck_assert_int_eq(serve(&interface_by_name("IActivation")->iid[0], 3), HR_BAD_STUB_DATA);
    golden_free(&g);
}
END_TEST

/* ---- replies ------------------------------------------------------------------------------------- */
START_TEST(a_reply_never_writes_beyond_the_callers_array)
{
    LPOLESTR names[2] = { NULL, NULL };
    ULONG fetched = 9;
    /* Asked for 2, the server sends 1000. */
    WORDS(1000, 0, 1000);
    for (unsigned i = 0; i < 1000; i++)
        writer_u32(&stub, 0);
    WORDS(1000, 0);
    struct loop *l = answering(&IID_IEnumString);
    HRESULT hr = IEnumString_Next(LOOP_AS(IEnumString, l), 2, names, &fetched);
    ck_assert_int_eq(hr, HR_BAD_STUB_DATA);
    ck_assert_ptr_null(names[0]);
    ck_assert_uint_eq(fetched, 0);
    loop_destroy(l);
}
END_TEST

START_TEST(a_reply_that_counts_more_than_it_sends_is_refused)
{
    GUID guids[4];
    ULONG fetched = 9;
    WORDS(4, 0, 1, 1, 2, 3, 4, 3, 0); /* one GUID, "3 fetched" */
    struct loop *l = answering(&IID_IEnumGUID);
    ck_assert_int_eq(IEnumGUID_Next(LOOP_AS(IEnumGUID, l), 4, guids, &fetched), HR_BAD_STUB_DATA);
    ck_assert_uint_eq(fetched, 0);
    ck_assert_uint_eq(guids[0].Data1, 0);
    loop_destroy(l);
}
END_TEST

START_TEST(a_count_that_comes_late_is_held_against_all_its_arrays)
{
    DWORD count = 7, *ids = (DWORD *)8;
    LPWSTR *texts = (LPWSTR *)8;
    VARTYPE *types = (VARTYPE *)8;
    WORDS(2);                    /* *pdwCount */
    WORDS(REFERENT, 2, 1, 5000); /* ids */
    WORDS(REFERENT + 4, 1, 0);   /* one text where two are said */
    WORDS(REFERENT + 8, 2, 0x80002, 0);
    struct loop *l = answering(&IID_IOPCItemProperties);
    HRESULT hr = IOPCItemProperties_QueryAvailableProperties(LOOP_AS(IOPCItemProperties, l), OLESTR("Tag"), &count,
                                                             &ids, &texts, &types);
    ck_assert_int_eq(hr, HR_BAD_STUB_DATA);
    ck_assert_uint_eq(count, 0);
    ck_assert_ptr_null(ids);
    ck_assert_ptr_null(texts);
    ck_assert_ptr_null(types);
    loop_destroy(l);
}
END_TEST

START_TEST(a_failed_reply_leaves_the_callers_own_string_alone)
{
    LPWSTR continuation = wide_dup(u"mine");
    DWORD found, id = 0;
    BOOL more;
    OPCBROWSEELEMENT *elements;
    WORDS(REFERENT, 2, 0, 2, 'x'); /* a new continuation point, and nothing else */
    struct loop *l = answering(&IID_IOPCBrowse);
    HRESULT hr = IOPCBrowse_Browse(LOOP_AS(IOPCBrowse, l), OLESTR(""), &continuation, 10, OPC_BROWSE_FILTER_ALL,
                                   OLESTR(""), OLESTR(""), FALSE, FALSE, 0, &id, &more, &found, &elements);
    ck_assert_int_eq(hr, HR_BAD_STUB_DATA);
    ck_assert_uint_eq(continuation[0], 'm');
    ck_assert_ptr_null(elements);
    CoTaskMemFree(continuation);
    loop_destroy(l);
}
END_TEST

START_TEST(values_read_before_a_failure_are_freed)
{
    OPCHANDLE handle = 1;
    OPCITEMSTATE *states = (OPCITEMSTATE *)8;
    HRESULT *errors = (HRESULT *)8;
    VARIANT v = { .vt = VT_BSTR, .bstrVal = SysAllocString(OLESTR("lost")) };
    struct user_marshal m = { .out = &stub };
    uint32_t referents = 1;

    m.referents = &referents;
    WORDS(REFERENT, 1, 1, 0, 0, 192, REFERENT);
    ck_assert(VARIANT_UserMarshal(&m.flags, (unsigned char *)&v, &v) != NULL);
    VariantClear(&v);
    /* The errors' array is missing. */
    struct loop *l = answering(&IID_IOPCSyncIO);
    ck_assert_int_eq(IOPCSyncIO_Read(LOOP_AS(IOPCSyncIO, l), OPC_DS_CACHE, 1, &handle, &states, &errors),
                     HR_BAD_STUB_DATA);
    ck_assert_ptr_null(states);
    ck_assert_ptr_null(errors);
    loop_destroy(l);
}
END_TEST

static HRESULT STDMETHODCALLTYPE long_GetErrorString(IOPCCommon *self, HRESULT error, LPWSTR *out)
{
    (void)self;
    (void)error;
    *out = CoTaskMemAlloc(2 * sizeof **out * 1000);
    for (unsigned i = 0; i < 1000; i++)
        (*out)[i] = i < 999 ? 'x' : 0;
    return S_OK;
}

START_TEST(a_reply_that_is_too_long_leaves_the_writer_as_it_was)
{
    static const IOPCCommonVtbl vtbl = { .GetErrorString = long_GetErrorString };
    IOPCCommon object = { &vtbl };
    struct writer reply;
    struct reader request;
    size_t surplus;

    WORDS(5);
    reader_init(&request, stub.data, stub.size);
    writer_init(&reply, 1000);
    writer_u64(&reply, 0);
    ck_assert_int_eq(
        ndr_server_call(ndr_find_interface(&IID_IOPCCommon), &object, 6, NULL, NULL, &request, &reply, &surplus),
        E_OUTOFMEMORY);
    ck_assert_uint_eq(reply.size, 8);
    ck_assert(!reply.failed);
    writer_cleanup(&reply);
}
END_TEST

START_TEST(a_hundred_strings_read_before_a_failure_are_freed)
{
    LPOLESTR names[100];
    ULONG fetched = 9;
    WORDS(100, 0, 100);
    for (unsigned i = 0; i < 100; i++)
        writer_u32(&stub, REFERENT + 4 * i);
    for (unsigned i = 0; i < 99; i++)
        WORDS(2, 0, 2, 'x');
    WORDS(2, 0, 2, 0x00780078); /* the last has no end */
    struct loop *l = answering(&IID_IEnumString);
    ck_assert_int_eq(IEnumString_Next(LOOP_AS(IEnumString, l), 100, names, &fetched), HR_BAD_STUB_DATA);
    for (unsigned i = 0; i < 100; i++)
        ck_assert_ptr_null(names[i]);
    loop_destroy(l);
}
END_TEST

/* ---- callers -------------------------------------------------------------------------------------- */
START_TEST(a_null_reference_is_refused_before_anything_is_sent)
{
    struct loop *l = loop_create(&IID_IOPCSyncIO, &any_object);
    HRESULT *errors;
    OPCITEMSTATE *states;
    OPCHANDLE handle = 1;
    ck_assert_int_eq(IOPCSyncIO_Read(LOOP_AS(IOPCSyncIO, l), OPC_DS_CACHE, 0, NULL, &states, &errors),
                     HR_NULL_REF_POINTER);
    ck_assert_int_eq(IOPCSyncIO_Read(LOOP_AS(IOPCSyncIO, l), OPC_DS_CACHE, 1, &handle, NULL, &errors),
                     HR_NULL_REF_POINTER);
    ck_assert_uint_eq(any_object_calls, 0);
    loop_destroy(l);
}
END_TEST

START_TEST(an_enumeration_value_beyond_16_bits_is_not_sent)
{
    struct loop *l = loop_create(&IID_IOPCBrowseServerAddressSpace, &any_object);
    HRESULT hr = IOPCBrowseServerAddressSpace_ChangeBrowsePosition(LOOP_AS(IOPCBrowseServerAddressSpace, l),
                                                                   (OPCBROWSEDIRECTION)0x10001, OLESTR(""));
    ck_assert_int_eq(hr, HRESULT_FROM_WIN32(RPC_X_ENUM_VALUE_OUT_OF_RANGE));
    ck_assert_uint_eq(any_object_calls, 0);
    loop_destroy(l);
}
END_TEST

/* ---- memory ---------------------------------------------------------------------------------------- */
static size_t most_allocated;

/* A sanitizer has a heap of its own, which malloc's own figures leave out. */
__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

static size_t heap_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes()
                                                   : info.uordblks + info.hblkhd;
}

static HRESULT STDMETHODCALLTYPE measuring_Write(IOPCSyncIO *self, DWORD count, OPCHANDLE *handles, VARIANT *values,
                                                 HRESULT **errors)
{
    (void)self;
    (void)count;
    (void)handles;
    (void)values;
    (void)errors;
    most_allocated = heap_in_use();
    return S_OK;
}

START_TEST(memory_for_a_request_is_a_small_multiple_of_its_size)
{
    static const IOPCSyncIOVtbl vtbl = { .Write = measuring_Write };
    IOPCSyncIO object = { &vtbl };
    enum {
        COUNT = 20000
    };
    /* The cheapest wire for the largest memory: values whose referents are null, 4 bytes for 24. */
    WORDS(COUNT, COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        writer_u32(&stub, i);
    WORDS(COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        writer_u32(&stub, 0);

    struct loop *l = loop_create(&IID_IOPCSyncIO, &object);
    struct reader request;
    reader_init(&request, stub.data, stub.size);
    size_t before = heap_in_use();
    ck_assert_int_eq(ndr_server_call(l->proxy.type, l->object, 4, &l->objects, l, &request, &l->reply, &l->surplus),
                     S_OK);
    /* What the values need is there, and not much else. */
    ck_assert_uint_ge(most_allocated - before, COUNT * sizeof(VARIANT));
    ck_assert_uint_le(most_allocated - before, stub.size * 8);
    loop_destroy(l);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ndr hostile");
    TCase *cases = tcase_create("peers that lie");
    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, a_count_beyond_the_stub_is_refused_before_memory_is_taken);
    tcase_add_test(cases, an_array_that_is_not_as_long_as_its_count_says_is_refused);
    tcase_add_test(cases, a_blob_longer_than_its_size_member_is_refused);
    tcase_add_test(cases, many_small_structures_are_held_against_the_bytes_they_need);
    tcase_add_test(cases, a_string_without_its_end_is_refused);
    tcase_add_test(cases, a_string_of_no_units_is_refused);
    tcase_add_test(cases, a_string_that_begins_behind_its_start_is_refused);
    tcase_add_test(cases, a_string_longer_than_its_maximum_is_refused);
    tcase_add_test(cases, a_string_may_have_room_behind_its_end);
    tcase_add_test(cases, the_number_of_results_wanted_has_a_limit);
    tcase_add_test(cases, a_reserved_method_number_is_out_of_range);
    tcase_add_test(cases, an_interface_pointer_with_two_different_sizes_is_refused);
    tcase_add_test(cases, what_unmarshalling_an_object_says_is_what_the_call_fails_with);
    tcase_add_test(cases, a_pointer_taken_before_a_failure_is_given_back);
    tcase_add_test(cases, an_activation_that_asks_for_no_interface_is_out_of_range);
    tcase_add_test(cases, a_reply_never_writes_beyond_the_callers_array);
    tcase_add_test(cases, a_reply_that_counts_more_than_it_sends_is_refused);
    tcase_add_test(cases, a_count_that_comes_late_is_held_against_all_its_arrays);
    tcase_add_test(cases, a_failed_reply_leaves_the_callers_own_string_alone);
    tcase_add_test(cases, values_read_before_a_failure_are_freed);
    tcase_add_test(cases, a_reply_that_is_too_long_leaves_the_writer_as_it_was);
    tcase_add_test(cases, a_hundred_strings_read_before_a_failure_are_freed);
    tcase_add_test(cases, a_null_reference_is_refused_before_anything_is_sent);
    tcase_add_test(cases, an_enumeration_value_beyond_16_bits_is_not_sent);
    tcase_add_test(cases, memory_for_a_request_is_a_small_multiple_of_its_size);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
