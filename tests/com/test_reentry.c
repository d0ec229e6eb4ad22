/* Calls within calls: what a client does from inside OnDataChange, to the server that is just calling it, and the chain
 * that ties such calls together ([MS-DCOM] 1.3.5, 3.2.4.2). */
#include <olectl.h>
#include <opcda.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "dcom/orpc/orpc_header.h"
#include "opcda/opc_error.h"
#include "tests/com/lab.h"
#include "tests/com/sink.h"
#include "tests/orpc/orpc_suite.h"

enum inside {
    READ_INSIDE,
    UNADVISE_INSIDE,
    REMOVE_GROUP_INSIDE,
    LEAVE_ALL_INSIDE
};

/* An OPC connection with one item, and its sink, which is called on threads of the runtime. */
static struct connection {
    IOPCDataCallback callback;
    atomic_uint references;
    IOPCServer *server;
    IOPCItemMgt *group;
    IOPCSyncIO *sync;
    IConnectionPoint *point;
    OPCHANDLE group_handle, item;
    DWORD cookie;
    enum inside what;
    struct mutex lock;
    struct condition done;
    unsigned calls;  /* (LOCK lock) */
    HRESULT results; /* (LOCK lock) of what the first callback did */
} c;

static HRESULT read_item(void)
{
    OPCITEMSTATE *states = NULL;
    HRESULT *errors = NULL;
    HRESULT hr = IOPCSyncIO_Read(c.sync, OPC_DS_CACHE, 1, &c.item, &states, &errors);
    if (SUCCEEDED(hr))
        hr = errors[0];
    if (states)
        VariantClear(&states[0].vDataValue);
    CoTaskMemFree(states);
    CoTaskMemFree(errors);
    return hr;
}

static HRESULT act(void)
{
    HRESULT hr = S_OK;
    if (c.what == READ_INSIDE || c.what == LEAVE_ALL_INSIDE)
        hr = read_item();
    if (SUCCEEDED(hr) && (c.what == UNADVISE_INSIDE || c.what == LEAVE_ALL_INSIDE))
        hr = IConnectionPoint_Unadvise(c.point, c.cookie);
    if (SUCCEEDED(hr) && (c.what == REMOVE_GROUP_INSIDE || c.what == LEAVE_ALL_INSIDE))
        hr = IOPCServer_RemoveGroup(c.server, c.group_handle, FALSE);
    return hr;
}

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IOPCDataCallback *self, REFIID iid, void **out)
{
    bool ours = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IOPCDataCallback);
    *out = ours ? self : NULL;
    if (ours)
        IOPCDataCallback_AddRef(self);
    return ours ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(IOPCDataCallback *self)
{
    (void)self;
    return atomic_fetch_add(&c.references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE callback_Release(IOPCDataCallback *self)
{
    (void)self;
    return atomic_fetch_sub(&c.references, 1) - 1;
}

static HRESULT STDMETHODCALLTYPE callback_OnDataChange(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                       HRESULT quality, HRESULT error, DWORD count, OPCHANDLE *items,
                                                       VARIANT *values, WORD *qualities, FILETIME *times,
                                                       HRESULT *errors)
{
    (void)self;
    (void)transaction;
    (void)group;
    (void)quality;
    (void)error;
    (void)count;
    (void)items;
    (void)values;
    (void)qualities;
    (void)times;
    (void)errors;
    mutex_lock(&c.lock);
    bool first = c.calls == 0 && c.cookie;
    mutex_unlock(&c.lock);
    HRESULT hr = first ? act() : S_OK;
    mutex_lock(&c.lock);
    if (first) {
        c.calls++;
        c.results = hr;
        condition_signal(&c.done);
    }
    mutex_unlock(&c.lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_OnReadComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                         HRESULT quality, HRESULT error, DWORD count, OPCHANDLE *items,
                                                         VARIANT *values, WORD *qualities, FILETIME *times,
                                                         HRESULT *errors)
{
    return callback_OnDataChange(self, transaction, group, quality, error, count, items, values, qualities, times,
                                 errors);
}

static HRESULT STDMETHODCALLTYPE callback_OnWriteComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                          HRESULT error, DWORD count, OPCHANDLE *items, HRESULT *errors)
{
    (void)self;
    (void)transaction;
    (void)group;
    (void)error;
    (void)count;
    (void)items;
    (void)errors;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_OnCancelComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group)
{
    (void)self;
    (void)transaction;
    (void)group;
    return S_OK;
}

static const IOPCDataCallbackVtbl callback_vtbl = {
    .QueryInterface = callback_QueryInterface,
    .AddRef = callback_AddRef,
    .Release = callback_Release,
    .OnDataChange = callback_OnDataChange,
    .OnReadComplete = callback_OnReadComplete,
    .OnWriteComplete = callback_OnWriteComplete,
    .OnCancelComplete = callback_OnCancelComplete,
};

static void add_item(void)
{
    WCHAR path[] = u"", name[] = u"Random.Int4";
    OPCITEMDEF item = { .szAccessPath = path, .szItemID = name, .bActive = TRUE, .hClient = 1 };
    OPCITEMRESULT *results;
    HRESULT *errors;
    assert_hr(IOPCItemMgt_AddItems(c.group, 1, &item, &results, &errors), S_OK);
    assert_hr(errors[0], S_OK);
    c.item = results[0].hServer;
    CoTaskMemFree(results[0].pBlob);
    CoTaskMemFree(results);
    CoTaskMemFree(errors);
}

static void open_connection(enum inside what)
{
    IConnectionPointContainer *container;
    CLSID clsid;
    DWORD rate;
    c = (struct connection){ .callback = { &callback_vtbl }, .references = 1, .what = what };
    mutex_init(&c.lock);
    condition_init(&c.done);
    ck_assert(guid_parse(TEST_CLASS, &clsid));
    assert_hr(
        lab_activate_class(&clsid, NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCServer, (void **)&c.server),
        S_OK);
    assert_hr(IOPCServer_AddGroup(c.server, u"inside", TRUE, 50, 1, NULL, NULL, 0x409, &c.group_handle, &rate,
                                  &IID_IOPCItemMgt, (IUnknown **)&c.group),
              S_OK);
    assert_hr(IOPCItemMgt_QueryInterface(c.group, &IID_IOPCSyncIO, (void **)&c.sync), S_OK);
    assert_hr(IOPCItemMgt_QueryInterface(c.group, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    assert_hr(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCDataCallback, &c.point), S_OK);
    IConnectionPointContainer_Release(container);
    add_item();
}

static void close_connection(void)
{
    IConnectionPoint_Release(c.point);
    IOPCSyncIO_Release(c.sync);
    IOPCItemMgt_Release(c.group);
    IOPCServer_Release(c.server);
}

static void wait_for_callback(void)
{
    int64_t deadline_ns = clock_deadline_ns(15 * NS_PER_S);
    mutex_lock(&c.lock);
    while (c.calls == 0 && condition_wait(&c.done, &c.lock, deadline_ns))
        continue;
    ck_assert_uint_eq(c.calls, 1);
    /* The proxies still hold the group that was removed. */
    bool removed = c.what == REMOVE_GROUP_INSIDE || c.what == LEAVE_ALL_INSIDE;
    assert_hr(c.results, removed ? OPC_S_INUSE : S_OK);
    mutex_unlock(&c.lock);
}

START_TEST(a_client_may_read_unadvise_and_remove_the_group_from_inside_a_callback)
{
    DWORD cookie = 0;
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    open_connection((enum inside)_i);
    assert_hr(IConnectionPoint_Advise(c.point, (IUnknown *)&c.callback, &cookie), S_OK);
    mutex_lock(&c.lock);
    c.cookie = cookie;
    mutex_unlock(&c.lock);
    wait_for_callback();
    if (c.what == READ_INSIDE)
        assert_hr(IConnectionPoint_Unadvise(c.point, cookie), S_OK);
    close_connection();
    lab_leave();
    ck_assert_uint_eq(c.references, 1);
    condition_cleanup(&c.done);
    mutex_cleanup(&c.lock);
}
END_TEST

/* What has IUnknown alone cannot be a sink: its QueryInterface is asked from inside Advise. */
START_TEST(a_sink_without_the_interface_cannot_be_connected)
{
    DWORD cookie = 7;
    struct sink other;
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    open_connection(READ_INSIDE);
    sink_init(&other);
    assert_hr(IConnectionPoint_Advise(c.point, (IUnknown *)&other.IOPCShutdown_iface, &cookie), 0x80040202);
    ck_assert_uint_eq(cookie, 0);
    close_connection();
    lab_leave();
    ck_assert_uint_eq(other.references, 1);
}
END_TEST

/* The server's callback belongs to the chain of the call that it serves, and so does what the sink calls. */
START_TEST(a_callback_has_the_causality_of_the_call_it_is_made_in)
{
    static const GUID chain = { 0x12345678, 1, 2, { 3, 4, 5, 6, 7, 8, 9, 10 } };
    IConnectionPointContainer *container;
    IConnectionPoint *point;
    IOPCCommon *common;
    struct sink sink;
    DWORD cookie;
    lab_enter(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    assert_hr(lab_activate(NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, &IID_IOPCCommon, (void **)&common), S_OK);
    assert_hr(IOPCCommon_QueryInterface(common, &IID_IConnectionPointContainer, (void **)&container), S_OK);
    assert_hr(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCShutdown, &point), S_OK);
    sink_init(&sink);
    assert_hr(IConnectionPoint_Advise(point, (IUnknown *)&sink.IOPCShutdown_iface, &cookie), S_OK);
    struct causality_scope before = causality_enter(&chain);
    assert_hr(IOPCCommon_SetClientName(common, u"chain"), S_OK);
    causality_leave(&before);
    ck_assert(IsEqualGUID(&sink.causality, &chain));
    assert_hr(IOPCCommon_SetClientName(common, u"another"), S_OK);
    ck_assert(!IsEqualGUID(&sink.causality, &chain));
    IConnectionPoint_Release(point);
    IConnectionPointContainer_Release(container);
    IOPCCommon_Release(common);
    lab_leave();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reentry");
    TCase *tests = tcase_create("reentry");
    tcase_add_unchecked_fixture(tests, lab_start, lab_stop);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_client_may_read_unadvise_and_remove_the_group_from_inside_a_callback, READ_INSIDE,
                        LEAVE_ALL_INSIDE + 1);
    tcase_add_test(tests, a_sink_without_the_interface_cannot_be_connected);
    tcase_add_test(tests, a_callback_has_the_causality_of_the_call_it_is_made_in);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
