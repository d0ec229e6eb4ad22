#include "dcom/com/cancel.h"

#include <objbase.h>
#include <stdlib.h>

#include "dcom/orpc/deadlines.h"
#include "dcom/orpc/exporter.h"

/* One thread that enabled cancellation. It stays in the list until it disables it. */
struct cancellable {
    struct cancellable *next; /* (LOCK list_lock) */
    DWORD thread_id;
    unsigned enabled; /* times; this thread alone */
    unsigned depth;   /* (LOCK list_lock) calls within calls; 0 while the thread calls nobody */
    struct call_cancel cancel;
};

static struct mutex list_lock = MUTEX_INIT;
static struct cancellable *list; /* (LOCK list_lock) */
static _Thread_local struct cancellable *own;

struct call_cancel *cancel_call_begin(void)
{
    if (!own)
        return NULL;
    mutex_lock(&list_lock);
    if (own->depth++ == 0)
        call_cancel_rearm(&own->cancel);
    mutex_unlock(&list_lock);
    return &own->cancel;
}

void cancel_call_end(void)
{
    if (!own)
        return;
    mutex_lock(&list_lock);
    own->depth--;
    mutex_unlock(&list_lock);
}

int64_t call_deadline_ns(void)
{
    return clock_deadline_ns(exporter_current_call() ? DEADLINE_NESTED_CALL_NS : DEADLINE_CALL_NS);
}

STDAPI CoEnableCallCancellation(LPVOID reserved)
{
    if (reserved)
        return E_INVALIDARG;
    if (!own) {
        struct cancellable *c = calloc(1, sizeof *c);
        if (!c)
            return E_OUTOFMEMORY;
        c->thread_id = GetCurrentThreadId();
        call_cancel_init(&c->cancel);
        mutex_lock(&list_lock);
        c->next = list;
        list = c;
        mutex_unlock(&list_lock);
        own = c;
    }
    own->enabled++;
    return S_OK;
}

STDAPI CoDisableCallCancellation(LPVOID reserved)
{
    if (reserved)
        return E_INVALIDARG;
    if (!own)
        return CO_E_CANCEL_DISABLED;
    if (--own->enabled)
        return S_OK;
    mutex_lock(&list_lock);
    struct cancellable **at = &list;
    while (*at != own)
        at = &(*at)->next;
    *at = own->next;
    mutex_unlock(&list_lock);
    call_cancel_cleanup(&own->cancel);
    free(own);
    own = NULL;
    return S_OK;
}

/* The call ends at once: there is no answer worth the wait that `timeout_s` would allow. */
STDAPI CoCancelCall(DWORD thread_id, ULONG timeout_s)
{
    HRESULT hr = CO_E_CANCEL_DISABLED;
    (void)timeout_s;
    if (thread_id == 0)
        thread_id = GetCurrentThreadId();
    mutex_lock(&list_lock);
    struct cancellable *c = list;
    while (c && c->thread_id != thread_id)
        c = c->next;
    if (c)
        hr = c->depth ? S_OK : RPC_E_CALL_COMPLETE;
    if (c && c->depth)
        call_cancel_request(&c->cancel);
    mutex_unlock(&list_lock);
    return hr;
}
