#include "tests/probe-server/fixture.h"

#include <stdlib.h>
#include <string.h>

static const char items[] =
    "{ \"items\": ["
    " { \"id\": \"Ramp\", \"type\": \"i4\", \"generator\": { \"kind\": \"ramp\", \"low\": 0, \"high\": 1000, "
    "\"period_ms\": 1000000 },"
    "   \"eu\": { \"low\": 0, \"high\": 1000 } },"
    " { \"id\": \"Constant\", \"type\": \"r8\", \"generator\": { \"kind\": \"constant\", \"value\": 2.5 } },"
    " { \"id\": \"Big\", \"type\": \"r8\", \"generator\": { \"kind\": \"constant\", \"value\": 1000000 } },"
    " { \"id\": \"Text\", \"type\": \"string\", \"generator\": { \"kind\": \"constant\", \"value\": \"abc\" } },"
    " { \"id\": \"Bad\", \"type\": \"i4\", \"quality\": \"bad\", \"generator\": { \"kind\": \"constant\", \"value\": 1 "
    "} },"
    " { \"id\": \"Array\", \"type\": \"r8\", \"length\": 4, \"generator\": { \"kind\": \"ramp\", \"high\": 100, "
    "\"period_ms\": 100000 } },"
    " { \"id\": \"Store\", \"type\": \"i2\", \"access\": \"read-write\", \"generator\": { \"kind\": \"store\", "
    "\"value\": 7 } },"
    " { \"id\": \"Percent\", \"type\": \"r8\", \"access\": \"read-write\", \"generator\": { \"kind\": \"store\" },"
    "   \"eu\": { \"low\": 0, \"high\": 100 } },"
    " { \"id\": \"Sink\", \"type\": \"i4\", \"access\": \"write\", \"generator\": { \"kind\": \"store\" } },"
    " { \"id\": \"State\", \"type\": \"i4\", \"generator\": { \"kind\": \"constant\" }, \"eu\": { \"names\": [\"off\", "
    "\"on\"] } }"
    "] }";

struct fixture fixture;

static int64_t now_ns(void *context)
{
    struct fixture *f = context;
    int64_t fake = atomic_load(&f->fake_now_ns);
    return fake ? fake : clock_now_ns();
}

/* The wall clock moves with the other. */
static uint64_t wall_filetime(void *context)
{
    return UINT64_C(133000000000000000) + (uint64_t)now_ns(context) / 100;
}

static void query_caller(void *context, struct caller *out)
{
    struct fixture *f = context;
    atomic_fetch_add(&f->callers_asked, 1);
    *out = f->caller;
}

static bool caller_is_remote(void *context)
{
    const struct fixture *f = context;
    return f->caller_is_remote;
}

static void nothing(void *context)
{
    (void)context;
}

static void prepare_sink(void *context, IUnknown *sink)
{
    struct fixture *f = context;
    (void)sink;
    atomic_fetch_add(&f->sinks_prepared, 1);
}

static const struct service_ops ops = { .now_ns = now_ns,
                                        .wall_filetime = wall_filetime,
                                        .query_caller = query_caller,
                                        .caller_is_remote = caller_is_remote,
                                        .thread_enter = nothing,
                                        .thread_leave = nothing,
                                        .prepare_sink = prepare_sink,
                                        .objects_changed = nothing };

static void start(int64_t fake_now_ns, bool with_threads)
{
    char complaint[JSON_COMPLAINT];
    memset(&fixture, 0, sizeof(fixture));
    atomic_init(&fixture.fake_now_ns, fake_now_ns);
    ck_assert_msg(!address_space_parse("items", items, strlen(items), &fixture.space, complaint), "%s", complaint);
    fixture.scheduler = scheduler_create(now_ns, &fixture);
    ck_assert_ptr_nonnull(fixture.scheduler);
    if (with_threads)
        ck_assert_int_eq(scheduler_start(fixture.scheduler), ERR_OK);
    service_init(&fixture.service, &ops, &fixture, fixture.space, fixture.scheduler);
    ck_assert_int_eq(server_create(&fixture.service, &IID_IOPCServer, (void **)&fixture.server), S_OK);
}

void fixture_start(void)
{
    start(1000 * NS_PER_S, false);
}

void fixture_start_with_threads(void)
{
    start(0, true);
}

void fixture_wait_for_objects(unsigned count)
{
    int64_t deadline_ns = clock_deadline_ns(20 * NS_PER_S);
    while (atomic_load(&fixture.service.objects) > count && clock_now_ns() < deadline_ns)
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    ck_assert_uint_eq(atomic_load(&fixture.service.objects), count);
}

void fixture_stop(void)
{
    if (fixture.server)
        ck_assert_uint_eq(IOPCServer_Release(fixture.server), 0);
    fixture_wait_for_objects(0);
    scheduler_destroy(fixture.scheduler);
    service_cleanup(&fixture.service);
    address_space_destroy(fixture.space);
}

void fixture_advance_ms(int64_t ms)
{
    int64_t now = atomic_fetch_add(&fixture.fake_now_ns, ms * NS_PER_MS) + ms * NS_PER_MS;
    scheduler_run_due(fixture.scheduler, now);
}

void *fixture_query(void *object, REFIID iid)
{
    void *out = NULL;
    ck_assert_int_eq(IUnknown_QueryInterface((IUnknown *)object, iid, &out), S_OK);
    ck_assert_ptr_nonnull(out);
    return out;
}

ULONG fixture_references(void *object)
{
    IUnknown_AddRef((IUnknown *)object);
    return IUnknown_Release((IUnknown *)object);
}

void fixture_release(void *object)
{
    IUnknown_Release((IUnknown *)object);
}

IOPCItemMgt *fixture_group(const WCHAR *name, bool active, DWORD rate_ms)
{
    IUnknown *group = NULL;
    OPCHANDLE handle;
    DWORD revised;
    ck_assert_int_eq(IOPCServer_AddGroup(fixture.server, name, active, rate_ms, 77, NULL, NULL, 0x409, &handle,
                                         &revised, &IID_IOPCItemMgt, &group),
                     S_OK);
    ck_assert_ptr_nonnull(group);
    return (IOPCItemMgt *)group;
}

OPCHANDLE fixture_item_as(IOPCItemMgt *group, const WCHAR *id, OPCHANDLE client, VARTYPE type, bool active)
{
    OPCITEMDEF definition = {
        .szItemID = (LPWSTR)id, .bActive = active, .hClient = client, .vtRequestedDataType = type
    };
    OPCITEMRESULT *results = NULL;
    HRESULT *errors = NULL;
    ck_assert_int_eq(IOPCItemMgt_AddItems(group, 1, &definition, &results, &errors), S_OK);
    ck_assert_int_eq(errors[0], S_OK);
    OPCHANDLE handle = results[0].hServer;
    ck_assert_uint_ne(handle, 0);
    opc_item_results_free(results, 1);
    CoTaskMemFree(errors);
    return handle;
}

OPCHANDLE fixture_item(IOPCItemMgt *group, const WCHAR *id, OPCHANDLE client)
{
    return fixture_item_as(group, id, client, VT_EMPTY, true);
}

OPCHANDLE fixture_group_handle(IOPCItemMgt *group)
{
    IOPCGroupStateMgt *state = AS(group, IOPCGroupStateMgt);
    DWORD rate, locale;
    BOOL active;
    LPWSTR name;
    LONG bias;
    FLOAT deadband;
    OPCHANDLE client, handle;
    ck_assert_int_eq(
        IOPCGroupStateMgt_GetState(state, &rate, &active, &name, &bias, &deadband, &locale, &client, &handle), S_OK);
    CoTaskMemFree(name);
    IOPCGroupStateMgt_Release(state);
    return handle;
}

OPCITEMSTATE *fixture_read(IOPCItemMgt *group, OPCDATASOURCE source, OPCHANDLE handle, HRESULT *error)
{
    IOPCSyncIO *io = AS(group, IOPCSyncIO);
    OPCITEMSTATE *states = NULL;
    HRESULT *errors = NULL;
    HRESULT hr = IOPCSyncIO_Read(io, source, 1, &handle, &states, &errors);
    ck_assert(SUCCEEDED(hr));
    ck_assert_ptr_nonnull(errors);
    *error = errors[0];
    ck_assert_int_eq(hr, errors[0] == S_OK ? S_OK : S_FALSE);
    CoTaskMemFree(errors);
    IOPCSyncIO_Release(io);
    return states;
}

LONGLONG fixture_count(const WCHAR *id)
{
    HRESULT error;
    IOPCItemMgt *own = fixture_group(NULL, false, 1000);
    OPCITEMSTATE *state = fixture_read(own, OPC_DS_DEVICE, fixture_item(own, id, 1), &error);
    ck_assert_int_eq(error, S_OK);
    ck_assert_uint_eq(V_VT(&state->vDataValue), VT_I8);
    LONGLONG count = V_I8(&state->vDataValue);
    opc_item_states_free(state, 1);
    IOPCItemMgt_Release(own);
    return count;
}

HRESULT fixture_write_i4(IOPCItemMgt *group, OPCHANDLE handle, LONG value)
{
    IOPCSyncIO *io = AS(group, IOPCSyncIO);
    VARIANT v;
    HRESULT *errors = NULL;
    VariantInit(&v);
    V_VT(&v) = VT_I4;
    V_I4(&v) = value;
    ck_assert(SUCCEEDED(IOPCSyncIO_Write(io, 1, &handle, &v, &errors)));
    HRESULT error = errors[0];
    CoTaskMemFree(errors);
    IOPCSyncIO_Release(io);
    return error;
}

int fixture_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
