#include "tests/probe-server/fake_sink.h"

#include <check.h>
#include <ocidl.h>
#include <string.h>

#include "base/clock.h"
#include "opcda/com_object.h"

#define PATIENCE_NS (20 * NS_PER_S)
#define MOMENT_NS   (80 * NS_PER_MS)

static HRESULT fake_sink_query(struct fake_sink *sink, REFIID iid, void **out)
{
    static const struct com_iface_entry ifaces[] = {
        { &IID_IUnknown, offsetof(struct fake_sink, IOPCDataCallback_iface) },
        { &IID_IOPCDataCallback, offsetof(struct fake_sink, IOPCDataCallback_iface) },
        { &IID_IOPCShutdown, offsetof(struct fake_sink, IOPCShutdown_iface) },
        { NULL, 0 },
    };
    *out = NULL;
    if (FAILED(sink->query_answer) && !IsEqualIID(iid, &IID_IUnknown))
        return sink->query_answer;
    return com_query(ifaces, sink, iid, out);
}

static ULONG fake_sink_addref(struct fake_sink *sink)
{
    return atomic_fetch_add(&sink->references, 1) + 1;
}

static ULONG fake_sink_release(struct fake_sink *sink)
{
    return atomic_fetch_sub(&sink->references, 1) - 1;
}

COM_FORWARD_IUNKNOWN(fake_sink, IOPCDataCallback)
COM_FORWARD_IUNKNOWN(fake_sink, IOPCShutdown)

static HRESULT take(struct fake_sink *sink, struct sink_record *record)
{
    record->time_ns = clock_now_ns();
    mutex_lock(&sink->lock);
    sink->entered++;
    condition_signal(&sink->changed);
    while (sink->blocked)
        (void)condition_wait(&sink->changed, &sink->lock, CLOCK_NEVER);
    mutex_unlock(&sink->lock);
    if (sink->during)
        sink->during(sink, record);
    mutex_lock(&sink->lock);
    if (sink->count < SINK_RECORDS)
        sink->records[sink->count++] = *record;
    condition_signal(&sink->changed);
    mutex_unlock(&sink->lock);
    return sink->answer;
}

static void copy_items(struct sink_record *record, const OPCHANDLE *clients, const VARIANT *values,
                       const WORD *qualities, const HRESULT *errors)
{
    for (DWORD i = 0; i < record->count && i < SINK_ITEMS; i++) {
        record->clients[i] = clients[i];
        record->errors[i] = errors[i];
        VariantInit(&record->values[i]);
        if (values)
            ck_assert_int_eq(VariantCopy(&record->values[i], (VARIANT *)&values[i]), S_OK);
        if (qualities)
            record->qualities[i] = qualities[i];
    }
}

static HRESULT STDMETHODCALLTYPE fake_sink_OnDataChange(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                        HRESULT quality, HRESULT error, DWORD count, OPCHANDLE *clients,
                                                        VARIANT *values, WORD *qualities, FILETIME *timestamps,
                                                        HRESULT *errors)
{
    struct sink_record record = { .call = SINK_DATA_CHANGE,
                                  .transaction = transaction,
                                  .group = group,
                                  .master_quality = quality,
                                  .master_error = error,
                                  .count = count };
    (void)timestamps;
    copy_items(&record, clients, values, qualities, errors);
    return take(fake_sink_from_IOPCDataCallback(self), &record);
}

static HRESULT STDMETHODCALLTYPE fake_sink_OnReadComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                          HRESULT quality, HRESULT error, DWORD count,
                                                          OPCHANDLE *clients, VARIANT *values, WORD *qualities,
                                                          FILETIME *timestamps, HRESULT *errors)
{
    struct sink_record record = { .call = SINK_READ_COMPLETE,
                                  .transaction = transaction,
                                  .group = group,
                                  .master_quality = quality,
                                  .master_error = error,
                                  .count = count };
    (void)timestamps;
    copy_items(&record, clients, values, qualities, errors);
    return take(fake_sink_from_IOPCDataCallback(self), &record);
}

static HRESULT STDMETHODCALLTYPE fake_sink_OnWriteComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                           HRESULT error, DWORD count, OPCHANDLE *clients,
                                                           HRESULT *errors)
{
    struct sink_record record = {
        .call = SINK_WRITE_COMPLETE, .transaction = transaction, .group = group, .master_error = error, .count = count
    };
    copy_items(&record, clients, NULL, NULL, errors);
    return take(fake_sink_from_IOPCDataCallback(self), &record);
}

static HRESULT STDMETHODCALLTYPE fake_sink_OnCancelComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group)
{
    struct sink_record record = { .call = SINK_CANCEL_COMPLETE, .transaction = transaction, .group = group };
    return take(fake_sink_from_IOPCDataCallback(self), &record);
}

static const IOPCDataCallbackVtbl data_vtbl = {
    .QueryInterface = fake_sink_IOPCDataCallback_QueryInterface,
    .AddRef = fake_sink_IOPCDataCallback_AddRef,
    .Release = fake_sink_IOPCDataCallback_Release,
    .OnDataChange = fake_sink_OnDataChange,
    .OnReadComplete = fake_sink_OnReadComplete,
    .OnWriteComplete = fake_sink_OnWriteComplete,
    .OnCancelComplete = fake_sink_OnCancelComplete,
};

static HRESULT STDMETHODCALLTYPE fake_sink_ShutdownRequest(IOPCShutdown *self, LPCWSTR reason)
{
    struct fake_sink *sink = fake_sink_from_IOPCShutdown(self);
    (void)reason;
    mutex_lock(&sink->lock);
    sink->shutdowns++;
    condition_signal(&sink->changed);
    mutex_unlock(&sink->lock);
    return sink->answer;
}

static const IOPCShutdownVtbl shutdown_vtbl = {
    .QueryInterface = fake_sink_IOPCShutdown_QueryInterface,
    .AddRef = fake_sink_IOPCShutdown_AddRef,
    .Release = fake_sink_IOPCShutdown_Release,
    .ShutdownRequest = fake_sink_ShutdownRequest,
};

void fake_sink_init(struct fake_sink *sink)
{
    memset(sink, 0, sizeof(*sink));
    sink->IOPCDataCallback_iface.lpVtbl = &data_vtbl;
    sink->IOPCShutdown_iface.lpVtbl = &shutdown_vtbl;
    atomic_init(&sink->references, 1);
    mutex_init(&sink->lock);
    condition_init(&sink->changed);
}

void fake_sink_cleanup(struct fake_sink *sink)
{
    int64_t deadline_ns = clock_deadline_ns(PATIENCE_NS);
    while (atomic_load(&sink->references) > 1 && clock_now_ns() < deadline_ns)
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
    ck_assert_uint_eq(atomic_load(&sink->references), 1);
    for (unsigned i = 0; i < sink->count; i++)
        for (DWORD v = 0; v < SINK_ITEMS; v++)
            VariantClear(&sink->records[i].values[v]);
    condition_cleanup(&sink->changed);
    mutex_cleanup(&sink->lock);
}

/* Waits until `*counter` (under the lock) reaches `count`. */
static bool wait_for(struct fake_sink *sink, const unsigned *counter, unsigned count)
{
    int64_t deadline_ns = clock_deadline_ns(PATIENCE_NS);
    mutex_lock(&sink->lock);
    while (*counter < count && clock_now_ns() < deadline_ns)
        (void)condition_wait(&sink->changed, &sink->lock, deadline_ns);
    bool reached = *counter >= count;
    mutex_unlock(&sink->lock);
    return reached;
}

bool fake_sink_wait(struct fake_sink *sink, unsigned count)
{
    return wait_for(sink, &sink->count, count);
}

bool fake_sink_wait_entered(struct fake_sink *sink, unsigned count)
{
    return wait_for(sink, &sink->entered, count);
}

bool fake_sink_wait_shutdown(struct fake_sink *sink)
{
    return wait_for(sink, &sink->shutdowns, 1);
}

void fake_sink_block(struct fake_sink *sink, bool blocked)
{
    mutex_lock(&sink->lock);
    sink->blocked = blocked;
    condition_signal(&sink->changed);
    mutex_unlock(&sink->lock);
}

unsigned fake_sink_count(struct fake_sink *sink)
{
    mutex_lock(&sink->lock);
    unsigned count = sink->count;
    mutex_unlock(&sink->lock);
    return count;
}

unsigned fake_sink_entered(struct fake_sink *sink)
{
    mutex_lock(&sink->lock);
    unsigned entered = sink->entered;
    mutex_unlock(&sink->lock);
    return entered;
}

bool fake_sink_stays(struct fake_sink *sink, unsigned count)
{
    clock_sleep_until_ns(clock_deadline_ns(MOMENT_NS));
    return fake_sink_count(sink) == count;
}

static IConnectionPoint *point_of(void *object)
{
    IConnectionPointContainer *container = NULL;
    IConnectionPoint *point = NULL;
    ck_assert_int_eq(IUnknown_QueryInterface((IUnknown *)object, &IID_IConnectionPointContainer, (void **)&container),
                     S_OK);
    ck_assert_int_eq(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCDataCallback, &point), S_OK);
    IConnectionPointContainer_Release(container);
    return point;
}

HRESULT fake_sink_advise(struct fake_sink *sink, void *object, DWORD *cookie)
{
    IConnectionPoint *point = point_of(object);
    HRESULT hr = IConnectionPoint_Advise(point, (IUnknown *)&sink->IOPCDataCallback_iface, cookie);
    IConnectionPoint_Release(point);
    return hr;
}

HRESULT fake_sink_unadvise(void *object, DWORD cookie)
{
    IConnectionPoint *point = point_of(object);
    HRESULT hr = IConnectionPoint_Unadvise(point, cookie);
    IConnectionPoint_Release(point);
    return hr;
}
