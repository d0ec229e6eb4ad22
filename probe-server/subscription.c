#include "probe-server/subscription.h"

#include <olectl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/event.h"
#include "opcda/opc_error.h"
#include "probe-server/group_internal.h"
#include "probe-server/message.h"
#include "probe-server/reserved_items.h"

/* After a callback that did not reach its client, data changes wait so long: a dead client costs a
 * deadline for each attempt. */
#define RETRY_NS (5 * NS_PER_S)

struct subscription {
    atomic_uint holds;      /* the group's, the thread's, and of who is about to wake it */
    struct group *group;    /* (RO) a hold */
    IOPCDataCallback *sink; /* (RO) owned */
    struct caller caller;   /* (RO) */
    DWORD cookie;           /* (RO) */
    struct condition wake;  /* with the group's lock */
    bool stopped;           /* (LOCK group) */
    bool changes;           /* (LOCK group) items are marked changed */
    int64_t not_before_ns;  /* (LOCK group) the next data change; the rate is kept here */
    struct transaction *first_transaction, **last_transaction; /* (LOCK group) owned */
    unsigned transaction_count;                                /* (LOCK group) */
    DWORD last_cancel_id;                                      /* (LOCK group) */
    struct message message;                                    /* the thread's */
    int64_t service_ns; /* the thread's: how much longer the message takes (reserved_items.h) */
};

static void subscription_unhold(struct subscription *s)
{
    if (atomic_fetch_sub(&s->holds, 1) != 1)
        return;
    while (s->first_transaction) {
        struct transaction *t = s->first_transaction;
        s->first_transaction = t->next;
        transaction_destroy(t);
    }
    message_cleanup(&s->message);
    condition_cleanup(&s->wake);
    free(s);
}

static bool collect_changes(struct subscription *s)
{
    struct group *g = s->group;
    char nonce[SERVER_NONCE];
    server_get_nonce(g->server, nonce);
    struct sampling sampling = group_sampling(g, &s->caller, nonce);
    s->changes = false;
    s->service_ns = 0;
    if (!message_begin(&s->message, g->items.item_count))
        return false;
    uint32_t at = 0;
    for (struct group_item *item; (item = item_table_next(&g->items, &at));) {
        if (item->active)
            s->service_ns += reserved_item_service_ns(item->source->reserved);
        if (!item->changed || !item->active || !group_item_is_readable(item))
            continue;
        struct reading reading;
        group_item_read(item, OPC_DS_CACHE, &sampling, &reading);
        item->changed = false;
        message_add(&s->message, item->client_handle, &reading);
    }
    return s->message.count > 0;
}

static HRESULT send_data(struct subscription *s, DWORD transaction, OPCHANDLE client_group, bool read_complete)
{
    struct message *m = &s->message;
    if (s->service_ns)
        clock_sleep_until_ns(clock_deadline_ns(s->service_ns));
    server_note_update(s->group->server);
    if (read_complete)
        return IOPCDataCallback_OnReadComplete(s->sink, transaction, client_group, m->master_quality, m->master_error,
                                               m->count, m->clients, m->values, m->qualities, m->timestamps, m->errors);
    return IOPCDataCallback_OnDataChange(s->sink, transaction, client_group, m->master_quality, m->master_error,
                                         m->count, m->clients, m->values, m->qualities, m->timestamps, m->errors);
}

static void report_failure(const char *method, HRESULT hr)
{
    if (FAILED(hr))
        event("callback_failed", EV_TEXT("method", method), EV_CODE("hresult", hr));
}

/* An update belongs to a run of the sampling, and the next one to the next run. A late update must neither make all
 * later ones late, nor be followed at once by another: a tenth of the period is made up for with each. */
static int64_t next_update_ns(struct group *g, int64_t now_ns)
{
    int64_t period_ns = g->settings.rate_ms * NS_PER_MS;
    int64_t due_ns = scheduler_due_ns(g->service->scheduler, &g->sampling);
    int64_t soonest_ns = now_ns + period_ns - period_ns / 10;
    return due_ns > soonest_ns ? due_ns : soonest_ns;
}

/* Sends what has changed. Entered and left with the lock held, sends without it. */
static void send_changes(struct subscription *s, int64_t now_ns)
{
    struct group *g = s->group;
    if (!collect_changes(s))
        return;
    s->not_before_ns = next_update_ns(g, now_ns);
    OPCHANDLE client_group = g->settings.client_handle;
    mutex_unlock(&g->lock);
    HRESULT hr = send_data(s, 0, client_group, false);
    report_failure("OnDataChange", hr);
    mutex_lock(&g->lock);
    if (FAILED(hr) && s->not_before_ns < service_now_ns(g->service) + RETRY_NS)
        s->not_before_ns = service_now_ns(g->service) + RETRY_NS;
}

/* An item that was removed after the request was made is answered with the error of its handle. */
static bool perform_read(struct subscription *s, const struct transaction *t)
{
    struct group *g = s->group;
    char nonce[SERVER_NONCE];
    server_get_nonce(g->server, nonce);
    struct sampling sampling = group_sampling(g, &t->caller, nonce);
    s->service_ns = 0;
    if (!message_begin(&s->message, t->count))
        return false;
    for (DWORD i = 0; i < t->count; i++) {
        struct group_item *item = item_table_find(&g->items, t->servers[i]);
        if (!item) {
            message_add_error(&s->message, t->clients[i], OPC_E_INVALIDHANDLE);
            continue;
        }
        struct reading reading;
        s->service_ns += reserved_item_service_ns(item->source->reserved);
        group_item_read(item, t->source, &sampling, &reading);
        message_add(&s->message, t->clients[i], &reading);
    }
    return true;
}

static bool perform_write(struct subscription *s, const struct transaction *t)
{
    struct group *g = s->group;
    struct sampling sampling = group_sampling(g, &t->caller, "");
    if (!message_begin(&s->message, t->count))
        return false;
    for (DWORD i = 0; i < t->count; i++) {
        struct group_item *item = item_table_find(&g->items, t->servers[i]);
        HRESULT error = item ? group_item_write(item, &t->values[i], &sampling) : OPC_E_INVALIDHANDLE;
        message_add_error(&s->message, t->clients[i], error);
    }
    return true;
}

/* Completes one request. Entered and left with the lock held, sends without it. */
static void complete(struct subscription *s, struct transaction *t)
{
    struct group *g = s->group;
    OPCHANDLE client_group = g->settings.client_handle;
    bool performed = false;
    if (!t->cancelled)
        performed = t->kind == TRANSACTION_WRITE ? perform_write(s, t) : perform_read(s, t);
    mutex_unlock(&g->lock);
    if (t->cancelled) {
        report_failure("OnCancelComplete", IOPCDataCallback_OnCancelComplete(s->sink, t->id, client_group));
    } else if (performed && t->kind == TRANSACTION_WRITE) {
        struct message *m = &s->message;
        report_failure("OnWriteComplete",
                       IOPCDataCallback_OnWriteComplete(s->sink, t->id, client_group, m->master_error, m->count,
                                                        m->clients, m->errors));
    } else if (performed) {
        bool read = t->kind == TRANSACTION_READ;
        report_failure(read ? "OnReadComplete" : "OnDataChange", send_data(s, t->id, client_group, read));
    }
    transaction_destroy(t);
    mutex_lock(&g->lock);
}

static struct transaction *take_transaction(struct subscription *s)
{
    struct transaction *t = s->first_transaction;
    if (!t)
        return NULL;
    s->first_transaction = t->next;
    if (!s->first_transaction)
        s->last_transaction = &s->first_transaction;
    s->transaction_count--;
    return t;
}

/* Does one thing that is due, or waits for one. */
static void step(struct subscription *s)
{
    struct group *g = s->group;
    struct transaction *t = take_transaction(s);
    if (t) {
        complete(s, t);
        return;
    }
    if (!s->changes || !g->callbacks_enabled || !g->settings.active) {
        (void)condition_wait(&s->wake, &g->lock, CLOCK_NEVER);
        return;
    }
    int64_t now_ns = service_now_ns(g->service);
    if (now_ns < s->not_before_ns)
        (void)condition_wait(&s->wake, &g->lock, clock_deadline_ns(s->not_before_ns - now_ns));
    else
        send_changes(s, now_ns);
}

static void subscription_thread(void *argument)
{
    struct subscription *s = argument;
    struct group *g = s->group;
    struct service *service = g->service;
    service->ops->thread_enter(service->context);
    mutex_lock(&g->lock);
    while (!s->stopped)
        step(s);
    mutex_unlock(&g->lock);
    IOPCDataCallback_Release(s->sink);
    subscription_unhold(s);
    group_unhold(g);
    service->ops->thread_leave(service->context);
    service_object_died(service);
}

enum err subscription_start(struct group *group, IOPCDataCallback *sink, const struct caller *caller, DWORD cookie,
                            struct subscription **out)
{
    struct subscription *s = calloc(1, sizeof(*s));
    if (!s)
        return ERR_MEMORY;
    atomic_init(&s->holds, 2);
    s->group = group;
    s->sink = sink;
    s->caller = *caller;
    s->cookie = cookie;
    s->last_transaction = &s->first_transaction;
    condition_init(&s->wake);
    group_hold(group);
    IOPCDataCallback_AddRef(sink);
    service_object_born(group->service);
    enum err e = thread_start_detached(subscription_thread, s);
    if (e) {
        service_object_died(group->service);
        IOPCDataCallback_Release(sink);
        group_unhold(group);
        atomic_store(&s->holds, 1);
        subscription_unhold(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

void subscription_stop(struct subscription *s)
{
    s->stopped = true;
    condition_signal(&s->wake);
    subscription_unhold(s);
}

DWORD subscription_cookie(const struct subscription *s)
{
    return s->cookie;
}

const struct caller *subscription_caller(const struct subscription *s)
{
    return &s->caller;
}

IOPCDataCallback *subscription_sink(const struct subscription *s)
{
    return s->sink;
}

void subscription_note_changes(struct subscription *s)
{
    s->changes = true;
    condition_signal(&s->wake);
}

void subscription_mark(struct subscription *s)
{
    s->changes = true;
    atomic_fetch_add(&s->holds, 1);
}

void subscription_wake(struct subscription *s)
{
    condition_signal(&s->wake);
    subscription_unhold(s);
}

HRESULT subscription_queue(struct subscription *s, struct transaction *t, DWORD *cancel_id)
{
    if (s->transaction_count >= SUBSCRIPTION_TRANSACTIONS_MAXIMUM) {
        atomic_fetch_add(&s->group->service->requests_refused, 1);
        return CONNECT_E_ADVISELIMIT;
    }
    if (!++s->last_cancel_id)
        s->last_cancel_id = 1;
    t->cancel_id = s->last_cancel_id;
    *cancel_id = t->cancel_id;
    *s->last_transaction = t;
    s->last_transaction = &t->next;
    s->transaction_count++;
    condition_signal(&s->wake);
    return S_OK;
}

HRESULT subscription_cancel(struct subscription *s, DWORD cancel_id)
{
    for (struct transaction *t = s->first_transaction; t; t = t->next)
        if (t->cancel_id == cancel_id && !t->cancelled) {
            t->cancelled = true;
            return S_OK;
        }
    return E_FAIL;
}
