#include "probe-client/sink.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/interrupt.h"
#include "base/thread.h"
#include "opcda/com_object.h"

#define LOOK_NS (100 * NS_PER_MS)

struct data_sink {
    IOPCDataCallback IOPCDataCallback_iface;
    atomic_ulong references;
    struct mutex lock;
    struct condition arrived;
    uint32_t count;               /* (LOCK lock) */
    uint32_t with_items;          /* (LOCK lock) of these */
    struct sink_arrival first;    /* (LOCK lock) */
    uint32_t transaction;         /* (LOCK lock) of the refresh that is awaited; 0: none */
    uint32_t missing;             /* (LOCK lock) items of it */
    struct sink_refresh refresh;  /* (LOCK lock) */
    data_sink_listener *listener; /* (LOCK lock) */
    void *context;                /* (LOCK lock) the listener's */
};

static const struct com_iface_entry data_sink_ifaces[] = {
    { &IID_IUnknown, offsetof(struct data_sink, IOPCDataCallback_iface) },
    { &IID_IOPCDataCallback, offsetof(struct data_sink, IOPCDataCallback_iface) },
    { NULL, 0 },
};

static HRESULT data_sink_query(struct data_sink *s, REFIID iid, void **out)
{
    return com_query(data_sink_ifaces, s, iid, out);
}

static ULONG data_sink_addref(struct data_sink *s)
{
    return (ULONG)(atomic_fetch_add(&s->references, 1) + 1);
}

ULONG data_sink_release(struct data_sink *s)
{
    ULONG left = (ULONG)(atomic_fetch_sub(&s->references, 1) - 1);
    if (left == 0) {
        condition_cleanup(&s->arrived);
        mutex_cleanup(&s->lock);
        free(s);
    }
    return left;
}

COM_FORWARD_IUNKNOWN(data_sink, IOPCDataCallback)

/* Notes what belongs to the awaited refresh; false for anything else. The level is asked for once: it belongs to the
 * connection. */
static bool note_refresh(struct data_sink *s, uint32_t transaction, uint32_t count, const WORD *qualities)
{
    if (transaction == 0 || transaction != s->transaction)
        return false;
    DWORD level;
    if (s->refresh.level == 0 && SUCCEEDED(CoQueryClientBlanket(NULL, NULL, NULL, &level, NULL, NULL, NULL)))
        s->refresh.level = (uint8_t)level;
    s->missing -= count < s->missing ? count : s->missing;
    if (count > 0 && qualities)
        s->refresh.last_quality = qualities[count - 1];
    s->refresh.time_ns = clock_now_ns();
    return true;
}

static HRESULT STDMETHODCALLTYPE data_sink_OnDataChange(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                        HRESULT master_quality, HRESULT master_error, DWORD count,
                                                        OPCHANDLE *handles, VARIANT *values, WORD *qualities,
                                                        FILETIME *times, HRESULT *errors)
{
    (void)group;
    (void)master_quality;
    (void)master_error;
    (void)handles;
    (void)values;
    (void)times;
    struct data_sink *s = data_sink_from_IOPCDataCallback(self);
    mutex_lock(&s->lock);
    s->count++;
    if (count > 0 && s->with_items++ == 0) {
        s->first = (struct sink_arrival){ .time_ns = clock_now_ns(), .items = count };
        s->first.first_quality = qualities ? qualities[0] : 0;
        for (DWORD i = 0; errors && i < count; i++)
            s->first.bad_items += FAILED(errors[i]);
    }
    bool refreshed = note_refresh(s, transaction, count, qualities);
    bool told = s->listener != NULL;
    if (told)
        s->listener(s->context, transaction, count, clock_now_ns());
    condition_signal(&s->arrived);
    mutex_unlock(&s->lock);
    if (!refreshed && !told)
        event("data_change", EV_NUMBER("items", count));
    return S_OK; /* the specification allows a client no other answer */
}

/* Nothing asynchronous is ever asked for, so these come only from a server that is mistaken; S_OK all the same. */
static HRESULT STDMETHODCALLTYPE data_sink_OnReadComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                          HRESULT master_quality, HRESULT master_error, DWORD count,
                                                          OPCHANDLE *handles, VARIANT *values, WORD *qualities,
                                                          FILETIME *times, HRESULT *errors)
{
    (void)self;
    (void)transaction;
    (void)group;
    (void)master_quality;
    (void)master_error;
    (void)count;
    (void)handles;
    (void)values;
    (void)qualities;
    (void)times;
    (void)errors;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE data_sink_OnWriteComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                           HRESULT master_error, DWORD count, OPCHANDLE *handles,
                                                           HRESULT *errors)
{
    (void)self;
    (void)transaction;
    (void)group;
    (void)master_error;
    (void)count;
    (void)handles;
    (void)errors;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE data_sink_OnCancelComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group)
{
    (void)self;
    (void)transaction;
    (void)group;
    return S_OK;
}

static const IOPCDataCallbackVtbl data_sink_IOPCDataCallback_vtbl = {
    .QueryInterface = data_sink_IOPCDataCallback_QueryInterface,
    .AddRef = data_sink_IOPCDataCallback_AddRef,
    .Release = data_sink_IOPCDataCallback_Release,
    .OnDataChange = data_sink_OnDataChange,
    .OnReadComplete = data_sink_OnReadComplete,
    .OnWriteComplete = data_sink_OnWriteComplete,
    .OnCancelComplete = data_sink_OnCancelComplete,
};

enum err data_sink_create(struct data_sink **out)
{
    *out = NULL;
    struct data_sink *s = calloc(1, sizeof(*s));
    if (!s)
        return ERR_MEMORY;
    s->IOPCDataCallback_iface.lpVtbl = &data_sink_IOPCDataCallback_vtbl;
    atomic_init(&s->references, 1);
    mutex_init(&s->lock);
    condition_init(&s->arrived);
    *out = s;
    return ERR_OK;
}

IUnknown *data_sink_unknown(struct data_sink *s)
{
    return (IUnknown *)&s->IOPCDataCallback_iface;
}

bool data_sink_wait(struct data_sink *s, uint32_t wanted, int64_t deadline_ns, struct sink_arrival *out)
{
    mutex_lock(&s->lock);
    while (s->with_items < wanted && clock_left_ns(deadline_ns) > 0 && !interrupt_requested()) {
        int64_t look = clock_deadline_ns(LOOK_NS);
        condition_wait(&s->arrived, &s->lock, look < deadline_ns ? look : deadline_ns);
    }
    bool arrived = s->with_items >= wanted;
    *out = s->first;
    mutex_unlock(&s->lock);
    return arrived;
}

void data_sink_expect(struct data_sink *s, uint32_t transaction, uint32_t items)
{
    mutex_lock(&s->lock);
    s->transaction = transaction;
    s->missing = items;
    mutex_unlock(&s->lock);
}

bool data_sink_wait_refresh(struct data_sink *s, int64_t deadline_ns, struct sink_refresh *out)
{
    mutex_lock(&s->lock);
    while (s->missing > 0 && clock_left_ns(deadline_ns) > 0 && !interrupt_requested()) {
        int64_t look = clock_deadline_ns(LOOK_NS);
        condition_wait(&s->arrived, &s->lock, look < deadline_ns ? look : deadline_ns);
    }
    bool complete = s->missing == 0;
    *out = s->refresh;
    mutex_unlock(&s->lock);
    return complete;
}

void data_sink_listen(struct data_sink *s, data_sink_listener *listener, void *context)
{
    mutex_lock(&s->lock);
    s->listener = listener;
    s->context = context;
    mutex_unlock(&s->lock);
}

uint32_t data_sink_count(struct data_sink *s)
{
    mutex_lock(&s->lock);
    uint32_t n = s->count;
    mutex_unlock(&s->lock);
    return n;
}
