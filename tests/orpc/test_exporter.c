/* The object exporter, called as a client calls it: raw ORPC requests over a socket pair. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/socket.h"
#include "dcom/orpc/exporter.h"
#include "dcom/orpc/objref.h"
#include "dcom/orpc/orpc_header.h"
#include "tests/orpc/orpc_suite.h"
#include "tests/orpc/test_object.h"

#define SET_LOCALE  3 /* methods of IOPCCommon */
#define GET_LOCALE  4
#define REM_QUERY   3 /* methods of IRemUnknown */
#define REM_ADDREF  4
#define REM_RELEASE 5
#define REM_QUERY2  6

static struct exporter *exporter;
static struct rpc_connection *connection;
static struct test_object object;
static STDOBJREF given;

static int64_t soon(void)
{
    return clock_deadline_ns(10 * NS_PER_S);
}

static void start_on(const struct host *host, enum auth_level minimum)
{
    static const struct ndr_objects no_objects;
    struct exporter_options options = { .host = host, .access.minimum_level = minimum, .objects = &no_objects };
    const struct rpc_security none = { .mechanism = AUTH_NONE, .level = AUTH_LEVEL_NONE };
    struct rpc_syntax syntaxes[] = { plain_syntax(&IID_IOPCCommon), plain_syntax(&IID_IRemUnknown),
                                     plain_syntax(&IID_IRemUnknown2), plain_syntax(&IID_IOPCShutdown) };
    struct rpc_failure why;
    socket_t pair[2];
    ck_assert_int_eq(exporter_create(&options, &exporter), S_OK);
    ck_assert_int_eq(socket_pair(pair), ERR_OK);
    ck_assert_int_eq(exporter_adopt(exporter, pair[0]), ERR_OK);
    ck_assert_int_eq(rpc_connection_adopt(pair[1], &connection), ERR_OK);
    ck_assert_int_eq(rpc_connection_bind(connection, syntaxes, 4, &none, soon(), &why), ERR_OK);
    test_object_init(&object);
    ck_assert_int_eq(
        exporter_marshal(exporter, &IID_IOPCCommon, (IUnknown *)&object.IOPCCommon_iface, OBJREF_PUBLIC_REFS, &given),
        S_OK);
}

static void start(enum auth_level minimum)
{
    start_on(NULL, minimum);
}

static void setup(void)
{
    start(AUTH_LEVEL_NONE);
}

static void teardown(void)
{
    rpc_connection_destroy(connection);
    exporter_destroy(exporter);
    ck_assert_uint_eq(object.references, 1);
}

/* Sends a whole stub; 0 or the status of the fault. */
static uint32_t send_stub(const IID *iid, const IPID *ipid, unsigned opnum, const struct writer *request,
                          struct writer *reply)
{
    struct rpc_syntax syntax = plain_syntax(iid);
    struct rpc_failure why;
    struct rpc_guid id;
    uint16_t context;
    memcpy(id.bytes, ipid, sizeof id.bytes);
    ck_assert_int_eq(rpc_connection_context(connection, &syntax, soon(), &context, &why), ERR_OK);
    enum err e = rpc_connection_call(connection, context, (uint16_t)opnum, &id, request, reply, soon(), &why);
    ck_assert_msg(e == ERR_OK || e == ERR_FAULT, "%s", err_text(e));
    return e ? why.status : 0;
}

static void put_header(struct writer *w, uint16_t major, uint16_t minor, uint32_t flags)
{
    GUID causality = { 1, 2, 3, { 4 } };
    orpc_this_write(w, (COMVERSION){ major, minor }, &causality);
    writer_set_u32(w, 4, flags);
}

static uint32_t set_locale_with(uint16_t major, uint16_t minor, uint32_t flags, const IPID *ipid)
{
    struct writer request, reply;
    writer_init(&request, 4096);
    writer_init(&reply, 4096);
    put_header(&request, major, minor, flags);
    writer_u32(&request, 0x407);
    uint32_t status = send_stub(&IID_IOPCCommon, ipid, SET_LOCALE, &request, &reply);
    writer_cleanup(&request);
    writer_cleanup(&reply);
    return status;
}

START_TEST(a_call_by_ipid_reaches_the_object)
{
    struct writer request, reply;
    writer_init(&request, 4096);
    writer_init(&reply, 4096);
    put_header(&request, 5, 7, 0);
    ck_assert_uint_eq(send_stub(&IID_IOPCCommon, &given.ipid, GET_LOCALE, &request, &reply), 0);
    /* ORPCTHAT (flags, no extensions), the locale, the HRESULT. */
    ck_assert_uint_eq(reply.size, 16);
    ck_assert_uint_eq(load_u32(reply.data + 4), 0);
    ck_assert_uint_eq(load_u32(reply.data + 8), 0x409);
    ck_assert_uint_eq(load_u32(reply.data + 12), 0);
    ck_assert_uint_eq(object.calls, 1);
    writer_cleanup(&request);
    writer_cleanup(&reply);
}
END_TEST

START_TEST(an_older_minor_version_is_served_and_a_newer_one_or_another_major_is_not)
{
    ck_assert_uint_eq(set_locale_with(5, 1, 0, &given.ipid), 0);
    ck_assert_uint_eq(set_locale_with(5, 8, 0, &given.ipid), (uint32_t)RPC_E_VERSION_MISMATCH);
    ck_assert_uint_eq(set_locale_with(4, 7, 0, &given.ipid), (uint32_t)RPC_E_VERSION_MISMATCH);
    ck_assert_uint_eq(object.calls, 1);
}
END_TEST

START_TEST(the_reserved_word_of_orpcthis_is_ignored)
{
    struct writer request, reply;
    writer_init(&request, 4096);
    writer_init(&reply, 4096);
    put_header(&request, 5, 7, 0);
    writer_set_u32(&request, 8, 0xDEADBEEF);
    writer_u32(&request, 0x407);
    ck_assert_uint_eq(send_stub(&IID_IOPCCommon, &given.ipid, SET_LOCALE, &request, &reply), 0);
    ck_assert_uint_eq(object.locale, 0x407);
    writer_cleanup(&request);
    writer_cleanup(&reply);
}
END_TEST

/* Windows before XP SP3 sends some ([MS-DCOM] 3.2.4.2, note 89). */
START_TEST(bytes_behind_the_arguments_are_ignored)
{
    struct writer request, reply;
    writer_init(&request, 4096);
    writer_init(&reply, 4096);
    put_header(&request, 5, 7, 0);
    writer_u32(&request, 0x407);
    writer_bytes(&request, "surplus bytes", 13);
    ck_assert_uint_eq(send_stub(&IID_IOPCCommon, &given.ipid, SET_LOCALE, &request, &reply), 0);
    ck_assert_uint_eq(object.locale, 0x407);
    writer_cleanup(&request);
    writer_cleanup(&reply);
}
END_TEST

START_TEST(flags_in_orpcthis_are_an_invalid_header)
{
    ck_assert_uint_eq(set_locale_with(5, 7, 1, &given.ipid), (uint32_t)RPC_E_INVALID_HEADER);
    ck_assert_uint_eq(object.calls, 0);
}
END_TEST

START_TEST(an_unknown_ipid_is_a_disconnected_object)
{
    IPID unknown = given.ipid;
    unknown.Data1 ^= 1;
    ck_assert_uint_eq(set_locale_with(5, 7, 0, &unknown), (uint32_t)RPC_E_DISCONNECTED);
}
END_TEST

START_TEST(an_ipid_answers_only_to_its_own_interface)
{
    struct writer request, reply;
    writer_init(&request, 4096);
    writer_init(&reply, 4096);
    put_header(&request, 5, 7, 0);
    ck_assert_uint_eq(send_stub(&IID_IOPCShutdown, &given.ipid, 3, &request, &reply), RPC_STATUS_UNKNOWN_IF);
    ck_assert_uint_eq(send_stub(&IID_IRemUnknown, &given.ipid, 3, &request, &reply), (uint32_t)RPC_E_DISCONNECTED);
    writer_cleanup(&request);
    writer_cleanup(&reply);
}
END_TEST

START_TEST(operations_of_iunknown_and_behind_the_last_one_are_out_of_range)
{
    static const unsigned opnums[] = { 0, 1, 2, 8, 500 };
    for (size_t i = 0; i < sizeof opnums / sizeof *opnums; i++) {
        struct writer request, reply;
        writer_init(&request, 4096);
        writer_init(&reply, 4096);
        put_header(&request, 5, 7, 0);
        ck_assert_uint_eq(send_stub(&IID_IOPCCommon, &given.ipid, opnums[i], &request, &reply), RPC_STATUS_OP_RANGE);
        writer_cleanup(&request);
        writer_cleanup(&reply);
    }
}
END_TEST

START_TEST(every_truncated_request_is_a_fault_and_calls_nothing)
{
    struct writer request, reply;
    writer_init(&request, 4096);
    writer_init(&reply, 4096);
    put_header(&request, 5, 7, 0);
    writer_u32(&request, 0x407);
    for (size_t size = 0; size < request.size; size++) {
        struct writer shorter = request;
        shorter.size = size;
        ck_assert_uint_eq(send_stub(&IID_IOPCCommon, &given.ipid, SET_LOCALE, &shorter, &reply),
                          RPC_STATUS_BAD_STUB_DATA);
    }
    ck_assert_uint_eq(object.calls, 0);
    writer_cleanup(&request);
    writer_cleanup(&reply);
}
END_TEST

/* ORPCTHIS with one extension ([MS-DCOM] 2.2.13.1, 2.2.13.2): an array of one extent, rounded up to two places, of
 * four bytes, rounded up to eight. */
START_TEST(extensions_of_a_client_are_passed_over)
{
    static const GUID id = { 0x334, 0, 0, { 0xC0, 0, 0, 0, 0, 0, 0, 0x46 } };
    struct writer request, reply;
    writer_init(&request, 4096);
    writer_init(&reply, 4096);
    put_header(&request, 5, 7, 0);
    writer_set_u32(&request, 28, 0x20000);
    writer_u32(&request, 1); /* extents */
    writer_u32(&request, 0); /* reserved */
    writer_u32(&request, 0x20004);
    writer_u32(&request, 2); /* conformance of the array of pointers */
    writer_u32(&request, 0x20008);
    writer_u32(&request, 0);
    writer_u32(&request, 8); /* conformance of the data */
    writer_bytes(&request, &id, sizeof id);
    writer_u32(&request, 4);
    writer_bytes(&request, "exte\0\0\0\0", 8);
    writer_u32(&request, 0x407);
    ck_assert_uint_eq(send_stub(&IID_IOPCCommon, &given.ipid, SET_LOCALE, &request, &reply), 0);
    ck_assert_uint_eq(object.locale, 0x407);
    writer_cleanup(&request);
    writer_cleanup(&reply);
}
END_TEST

/* ---- references ------------------------------------------------------------------------------------ */

/* One call of the Remote Unknown; its HRESULT. */
static HRESULT rem_call(const IID *iid, unsigned method, uintptr_t *arguments)
{
    const struct ndr_interface *type = ndr_find_interface(iid);
    struct ndr_call call = { 0 };
    struct writer reply;
    HRESULT result;
    writer_init(&call.request, 1 << 16);
    writer_init(&reply, 1 << 16);
    put_header(&call.request, 5, 7, 0);
    call.stub_at = call.request.size;
    ck_assert_int_eq(ndr_put_request(type, method, arguments, &call), ERR_OK);
    uint32_t status = send_stub(iid, exporter_ipid_rem_unknown(exporter), method, &call.request, &reply);
    ck_assert_uint_eq(status, 0);
    reader_init(&call.reply, reply.data, reply.size);
    ck_assert_int_eq(orpc_that_read(&call.reply), ERR_OK);
    ck_assert_int_eq(ndr_get_reply(type, method, arguments, &call, &result), ERR_OK);
    writer_cleanup(&reply);
    writer_cleanup(&call.request);
    return result;
}

static HRESULT rem_release(const IPID *ipid, ULONG public_references, ULONG private_references)
{
    REMINTERFACEREF reference = { *ipid, public_references, private_references };
    uintptr_t arguments[] = { 0, 1, (uintptr_t)&reference };
    return rem_call(&IID_IRemUnknown, REM_RELEASE, arguments);
}

static HRESULT rem_add_ref(const IPID *ipid, ULONG public_references, ULONG private_references)
{
    REMINTERFACEREF reference = { *ipid, public_references, private_references };
    HRESULT result = E_FAIL;
    uintptr_t arguments[] = { 0, 1, (uintptr_t)&reference, (uintptr_t)&result };
    ck_assert_int_eq(rem_call(&IID_IRemUnknown, REM_ADDREF, arguments), S_OK);
    return result;
}

START_TEST(marshalling_gives_five_references_and_the_same_ipid_each_time)
{
    STDOBJREF again;
    ck_assert_uint_eq(given.cPublicRefs, 5);
    ck_assert_uint_eq(exporter_references(exporter, &given.ipid), 5);
    ck_assert_int_eq(exporter_marshal(exporter, &IID_IOPCCommon, (IUnknown *)&object.IOPCCommon_iface, 5, &again),
                     S_OK);
    ck_assert(IsEqualGUID(&again.ipid, &given.ipid));
    ck_assert(again.oid == given.oid && again.oxid == given.oxid);
    ck_assert_uint_eq(exporter_references(exporter, &given.ipid), 10);
    ck_assert_uint_eq(exporter_object_count(exporter), 1);
}
END_TEST

START_TEST(the_object_is_let_go_with_the_last_reference)
{
    ck_assert_int_eq(rem_release(&given.ipid, 4, 0), S_OK);
    ck_assert_uint_eq(exporter_object_count(exporter), 1);
    ck_assert_uint_gt(object.references, 1);
    ck_assert_int_eq(rem_release(&given.ipid, 1, 0), S_OK);
    ck_assert_uint_eq(exporter_object_count(exporter), 0);
    ck_assert_uint_eq(object.references, 1);
    ck_assert_uint_eq(set_locale_with(5, 7, 0, &given.ipid), (uint32_t)RPC_E_DISCONNECTED);
}
END_TEST

START_TEST(more_references_than_there_are_cannot_be_released)
{
    ck_assert_int_eq(rem_release(&given.ipid, UINT32_MAX, UINT32_MAX), S_OK);
    ck_assert_uint_eq(exporter_object_count(exporter), 0);
    ck_assert_int_eq(rem_release(&given.ipid, 1, 0), S_OK);
    ck_assert_uint_eq(object.references, 1);
}
END_TEST

START_TEST(references_cannot_be_added_until_they_wrap)
{
    ck_assert_int_eq(rem_add_ref(&given.ipid, UINT32_MAX, 0), S_OK);
    ck_assert_int_eq(rem_add_ref(&given.ipid, 7, 0), S_OK);
    ck_assert_uint_eq(exporter_references(exporter, &given.ipid), UINT32_MAX);
}
END_TEST

START_TEST(private_references_keep_the_object_too)
{
    ck_assert_int_eq(rem_add_ref(&given.ipid, 0, 2), S_OK);
    ck_assert_int_eq(rem_release(&given.ipid, 5, 0), S_OK);
    ck_assert_uint_eq(exporter_object_count(exporter), 1);
    ck_assert_int_eq(rem_release(&given.ipid, 0, 2), S_OK);
    ck_assert_uint_eq(exporter_object_count(exporter), 0);
}
END_TEST

START_TEST(references_of_an_unknown_interface_are_not_registered)
{
    IPID unknown = given.ipid;
    unknown.Data2 ^= 1;
    ck_assert_int_eq(rem_add_ref(&unknown, 1, 0), CO_E_OBJNOTREG);
}
END_TEST

START_TEST(more_interfaces_are_asked_for_by_rem_query_interface)
{
    IID iids[] = { IID_IOPCCommon, IID_IUnknown, IID_IOPCShutdown };
    REMQIRESULT *results = NULL;
    uintptr_t arguments[] = { 0, (uintptr_t)&given.ipid, 3, 3, (uintptr_t)iids, (uintptr_t)&results };
    ck_assert_int_eq(rem_call(&IID_IRemUnknown2, REM_QUERY, arguments), S_FALSE);
    ck_assert_int_eq(results[0].hResult, S_OK);
    ck_assert(IsEqualGUID(&results[0].std.ipid, &given.ipid));
    ck_assert_uint_eq(results[0].std.cPublicRefs, 3);
    ck_assert_uint_eq(exporter_references(exporter, &given.ipid), 8);
    ck_assert_int_eq(results[1].hResult, S_OK);
    ck_assert(!IsEqualGUID(&results[1].std.ipid, &given.ipid));
    ck_assert(results[1].std.oid == given.oid);
    ck_assert_int_eq(results[2].hResult, E_NOINTERFACE);
    CoTaskMemFree(results);
}
END_TEST

START_TEST(an_interface_nobody_has_is_no_interface_and_an_unknown_ipid_no_object)
{
    IID iid = IID_IOPCShutdown;
    IPID unknown = given.ipid;
    REMQIRESULT *results = NULL;
    uintptr_t arguments[] = { 0, (uintptr_t)&given.ipid, 5, 1, (uintptr_t)&iid, (uintptr_t)&results };
    ck_assert_int_eq(rem_call(&IID_IRemUnknown, REM_QUERY, arguments), E_NOINTERFACE);
    CoTaskMemFree(results);
    results = NULL;
    unknown.Data3 ^= 1;
    arguments[1] = (uintptr_t)&unknown;
    ck_assert_int_eq(rem_call(&IID_IRemUnknown, REM_QUERY, arguments), RPC_E_INVALID_OBJECT);
    CoTaskMemFree(results);
}
END_TEST

START_TEST(rem_query_interface2_answers_with_object_references)
{
    IID iids[] = { IID_IOPCCommon, IID_IOPCShutdown };
    HRESULT results[2];
    PMInterfacePointer pointers[2] = { NULL, NULL };
    struct objref objref;
    uintptr_t arguments[] = { 0, (uintptr_t)&given.ipid, 2, (uintptr_t)iids, (uintptr_t)results, (uintptr_t)pointers };
    ck_assert_int_eq(rem_call(&IID_IRemUnknown2, REM_QUERY2, arguments), S_FALSE);
    ck_assert_int_eq(results[0], S_OK);
    ck_assert_int_eq(results[1], E_NOINTERFACE);
    ck_assert_ptr_null(pointers[1]);
    ck_assert_int_eq(objref_decode(pointers[0]->abData, pointers[0]->ulCntData, &objref), ERR_OK);
    ck_assert(IsEqualGUID(&objref.std.ipid, &given.ipid));
    ck_assert_uint_eq(objref.std.cPublicRefs, 5);
    objref_cleanup(&objref);
    CoTaskMemFree(pointers[0]);
}
END_TEST

START_TEST(a_reference_that_comes_home_is_the_object_itself)
{
    IOPCCommon *same;
    ck_assert_int_eq(exporter_unmarshal(exporter, &given, &IID_IOPCCommon, (void **)&same), S_OK);
    ck_assert_ptr_eq(same, &object.IOPCCommon_iface);
    ck_assert_uint_eq(exporter_object_count(exporter), 0);
    IOPCCommon_Release(same);
    ck_assert_int_eq(exporter_unmarshal(exporter, &given, &IID_IOPCCommon, (void **)&same), E_NOINTERFACE);
    ck_assert_ptr_null(same);
}
END_TEST

START_TEST(an_object_without_the_interface_is_not_kept)
{
    struct test_object other;
    STDOBJREF std;
    test_object_init(&other);
    ck_assert_int_eq(exporter_marshal(exporter, &IID_IOPCShutdown, (IUnknown *)&other.IOPCCommon_iface, 5, &std),
                     E_NOINTERFACE);
    ck_assert_uint_eq(exporter_object_count(exporter), 1);
    ck_assert_uint_eq(other.references, 1);
}
END_TEST

START_TEST(disconnecting_cuts_every_reference)
{
    ck_assert_int_eq(exporter_disconnect(exporter, (IUnknown *)&object.IOPCCommon_iface), S_OK);
    ck_assert_uint_eq(object.references, 1);
    ck_assert_uint_eq(set_locale_with(5, 7, 0, &given.ipid), (uint32_t)RPC_E_DISCONNECTED);
}
END_TEST

START_TEST(a_rundown_lets_unpinged_objects_go)
{
    OID unknown = given.oid ^ 1;
    exporter_rundown(exporter, &unknown, 1);
    ck_assert_uint_eq(exporter_object_count(exporter), 1);
    exporter_rundown(exporter, &given.oid, 1);
    ck_assert_uint_eq(exporter_object_count(exporter), 0);
    ck_assert_uint_eq(object.references, 1);
}
END_TEST

START_TEST(an_object_lives_three_periods_after_its_last_use_although_nobody_pings)
{
    struct host host = { .com_minor_version = 7, .ping_period_ns = 100 * NS_PER_MS };
    strcpy(host.folder, "/tmp/opcprobe-exporter-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(host.folder));
    start_on(&host, AUTH_LEVEL_NONE);
    clock_sleep_until_ns(clock_deadline_ns(200 * NS_PER_MS));
    ck_assert_uint_eq(set_locale_with(5, 7, 0, &given.ipid), 0);
    clock_sleep_until_ns(clock_deadline_ns(150 * NS_PER_MS));
    exporter_rundown(exporter, &given.oid, 1);
    ck_assert_uint_eq(exporter_object_count(exporter), 1);
    clock_sleep_until_ns(clock_deadline_ns(200 * NS_PER_MS));
    exporter_rundown(exporter, &given.oid, 1);
    ck_assert_uint_eq(exporter_object_count(exporter), 0);
    teardown();
    ck_assert_int_eq(rmdir(host.folder), 0);
}
END_TEST

START_TEST(calls_below_the_minimum_level_are_denied_in_the_two_spellings_of_windows)
{
    struct writer request, reply;
    start(AUTH_LEVEL_PACKET_INTEGRITY);
    ck_assert_uint_eq(set_locale_with(5, 7, 0, &given.ipid), RPC_STATUS_ACCESS_DENIED);
    /* A client gives up a connection after that. */
    teardown();
    start(AUTH_LEVEL_PACKET_INTEGRITY);
    writer_init(&request, 4096);
    writer_init(&reply, 4096);
    put_header(&request, 5, 7, 0);
    ck_assert_uint_eq(send_stub(&IID_IRemUnknown, exporter_ipid_rem_unknown(exporter), REM_RELEASE, &request, &reply),
                      (uint32_t)E_ACCESSDENIED);
    ck_assert_uint_eq(object.calls, 0);
    writer_cleanup(&request);
    writer_cleanup(&reply);
    teardown();
}
END_TEST

/* A server of version 5.4 has no IRemUnknown2 and does not know what newer clients may mean. */
START_TEST(a_server_of_an_older_version_refuses_newer_clients)
{
    struct host host = { .com_minor_version = 4 };
    struct rpc_syntax syntax = plain_syntax(&IID_IRemUnknown2);
    struct rpc_failure why;
    uint16_t context;
    strcpy(host.folder, "/tmp/opcprobe-exporter-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(host.folder));
    start_on(&host, AUTH_LEVEL_NONE);
    ck_assert_uint_eq(set_locale_with(5, 4, 0, &given.ipid), 0);
    ck_assert_uint_eq(set_locale_with(5, 1, 0, &given.ipid), 0);
    ck_assert_uint_eq(set_locale_with(5, 6, 0, &given.ipid), (uint32_t)RPC_E_VERSION_MISMATCH);
    ck_assert_int_eq(rpc_connection_context(connection, &syntax, soon(), &context, &why), ERR_NAK);
    teardown();
    ck_assert_int_eq(rmdir(host.folder), 0);
}
END_TEST

START_TEST(a_static_port_is_taken_or_nothing_is_listened_on)
{
    static const struct ndr_objects no_objects;
    struct host host = { .com_minor_version = 7, .address_count = 1, .first_port = 49152, .last_port = 65535 };
    struct exporter_options options = { .host = &host, .static_port = 48123, .objects = &no_objects };
    struct exporter *second;
    strcpy(host.folder, "/tmp/opcprobe-exporter-XXXXXX");
    strcpy(host.addresses[0], "127.0.83.1");
    ck_assert_ptr_nonnull(mkdtemp(host.folder));
    ck_assert_int_eq(exporter_create(&options, &exporter), S_OK);
    ck_assert_int_eq(exporter_create(&options, &second), CO_E_INIT_RPC_CHANNEL);
    ck_assert_ptr_null(second);
    options.static_port = 0;
    ck_assert_int_eq(exporter_create(&options, &second), S_OK);
    exporter_destroy(second);
    exporter_destroy(exporter);
    ck_assert_int_eq(rmdir(host.folder), 0);
}
END_TEST

START_TEST(plain_interfaces_are_not_offered_to_clients)
{
    static const IID *const iids[] = { &IID_ILocalExporter, &IID_ILocalScm, &IID_IObjectExporter, &IID_Pickled };
    for (size_t i = 0; i < 4; i++) {
        struct rpc_syntax syntax = plain_syntax(iids[i]);
        struct rpc_failure why;
        uint16_t context;
        ck_assert_int_eq(rpc_connection_context(connection, &syntax, soon(), &context, &why), ERR_NAK);
        ck_assert_int_eq(why.shape, RPC_WIRE_CONTEXT_REJECTED);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exporter");
    TCase *calls = tcase_create("calls"), *references = tcase_create("references"), *level = tcase_create("level");
    tcase_add_checked_fixture(calls, setup, teardown);
    tcase_add_test(calls, a_call_by_ipid_reaches_the_object);
    tcase_add_test(calls, an_older_minor_version_is_served_and_a_newer_one_or_another_major_is_not);
    tcase_add_test(calls, the_reserved_word_of_orpcthis_is_ignored);
    tcase_add_test(calls, bytes_behind_the_arguments_are_ignored);
    tcase_add_test(calls, flags_in_orpcthis_are_an_invalid_header);
    tcase_add_test(calls, an_unknown_ipid_is_a_disconnected_object);
    tcase_add_test(calls, an_ipid_answers_only_to_its_own_interface);
    tcase_add_test(calls, operations_of_iunknown_and_behind_the_last_one_are_out_of_range);
    tcase_add_test(calls, every_truncated_request_is_a_fault_and_calls_nothing);
    tcase_add_test(calls, extensions_of_a_client_are_passed_over);
    tcase_add_test(calls, plain_interfaces_are_not_offered_to_clients);
    tcase_add_checked_fixture(references, setup, teardown);
    tcase_add_test(references, marshalling_gives_five_references_and_the_same_ipid_each_time);
    tcase_add_test(references, the_object_is_let_go_with_the_last_reference);
    tcase_add_test(references, more_references_than_there_are_cannot_be_released);
    tcase_add_test(references, references_cannot_be_added_until_they_wrap);
    tcase_add_test(references, private_references_keep_the_object_too);
    tcase_add_test(references, references_of_an_unknown_interface_are_not_registered);
    tcase_add_test(references, more_interfaces_are_asked_for_by_rem_query_interface);
    tcase_add_test(references, an_interface_nobody_has_is_no_interface_and_an_unknown_ipid_no_object);
    tcase_add_test(references, rem_query_interface2_answers_with_object_references);
    tcase_add_test(references, a_reference_that_comes_home_is_the_object_itself);
    tcase_add_test(references, an_object_without_the_interface_is_not_kept);
    tcase_add_test(references, disconnecting_cuts_every_reference);
    tcase_add_test(references, a_rundown_lets_unpinged_objects_go);
    tcase_add_test(level, a_server_of_an_older_version_refuses_newer_clients);
    tcase_add_test(level, a_static_port_is_taken_or_nothing_is_listened_on);
    tcase_add_test(level, an_object_lives_three_periods_after_its_last_use_although_nobody_pings);
    tcase_add_test(level, calls_below_the_minimum_level_are_denied_in_the_two_spellings_of_windows);
    suite_add_tcase(suite, calls);
    suite_add_tcase(suite, references);
    suite_add_tcase(suite, level);
    return run_suite(suite);
}
