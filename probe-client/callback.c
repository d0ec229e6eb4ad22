/* The way back: our sink, Advise, the first OnDataChange. */
#include <stdio.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "opcda/clear.h"
#include "opcda/quality.h"
#include "probe-client/connection.h"
#include "probe-client/reachability.h"

#define EVENT_TIME_NS (500 * NS_PER_MS)

/* FindConnectionPoint is a call to the server like any other; only Advise makes the server call us. */
static HRESULT find_point(struct connection *c)
{
    IConnectionPointContainer *container = NULL;
    activity_call(c->activity, "QueryInterface");
    HRESULT hr = IOPCItemMgt_QueryInterface(c->items, &IID_IConnectionPointContainer, (void **)&container);
    if (FAILED(hr))
        return hr;
    hr = connection_blanket(c, (IUnknown *)container);
    if (SUCCEEDED(hr)) {
        activity_call(c->activity, "IConnectionPointContainer::FindConnectionPoint");
        hr = IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCDataCallback, &c->point);
    }
    if (SUCCEEDED(hr))
        hr = connection_blanket(c, (IUnknown *)c->point);
    IConnectionPointContainer_Release(container);
    return hr;
}

bool callback_advise(struct connection *c)
{
    struct stage_table *t = &c->report->stages;
    connection_begin(c, STAGE_ADVISE, true);
    HRESULT hr = find_point(c);
    if (FAILED(hr)) {
        struct call_outcome o = connection_end(c, hr);
        struct stage_result *r = stages_at(t, STAGE_ADVISE);
        r->direction = DIRECTION_CLIENT_TO_SERVER;
        snprintf(r->host, sizeof(r->host), "%s", c->report->there);
        stages_settle(t, STAGE_LISTEN, OUTCOME_SKIPPED, "not reached");
        evidence_call(&o, t, STAGE_ADVISE, NULL);
        return false;
    }
    c->advise_mark = observe_count();
    hr = data_sink_create(&c->sink) == ERR_OK ? S_OK : E_OUTOFMEMORY;
    if (SUCCEEDED(hr)) {
        activity_call(c->activity, "IConnectionPoint::Advise");
        hr = IConnectionPoint_Advise(c->point, data_sink_unknown(c->sink), &c->cookie);
    }
    c->advised = SUCCEEDED(hr);
    struct call_outcome o = connection_end(c, hr);
    o.level_asked = c->report->asked.callback;
    size_t before;
    o.events = connection_events(c, 0, c->advise_mark, &before, &o.event_count);
    reachability_of_own(c->report, o.events, o.event_count);
    evidence_advise(&o, before, t);
    return c->advised;
}

/* The first OnDataChange may come before Advise returns, and its event comes when the runtime has sent our answer, a
 * moment after the sink has woken us. */
static void take_callback_evidence(struct connection *c, struct stage_result *r)
{
    int64_t deadline_ns = clock_deadline_ns(EVENT_TIME_NS);
    size_t before, count;
    const struct observed *events = connection_events(c, c->advise_mark, c->advise_mark, &before, &count);
    while (c->watched && !evidence_called(events, count, &IID_IOPCDataCallback) && clock_left_ns(deadline_ns) > 0) {
        clock_sleep_until_ns(clock_deadline_ns(NS_PER_MS));
        events = connection_events(c, c->advise_mark, c->advise_mark, &before, &count);
    }
    evidence_incoming(events, count, r);
    if (c->same_host)
        r->level_asked = r->level_sent = LEVEL_UNKNOWN; /* local RPC has no level to ask for */
}

/* Data may stay away for two reasons that lie on different machines: the way back is cut, or there is no server any
 * more. A call tells them apart; when it fails, it settles the stage. */
static bool server_is_there(struct connection *c)
{
    struct stage_table *t = &c->report->stages;
    struct stage_result *r = stages_at(t, STAGE_DATA);
    int64_t waited_ns = r->elapsed_ns;
    OPCSERVERSTATUS *status = NULL;
    activity_call(c->activity, "IOPCServer::GetStatus");
    connection_begin(c, STAGE_DATA, true);
    HRESULT hr = IOPCServer_GetStatus(c->server, &status);
    struct call_outcome o = connection_end(c, hr);
    opc_server_status_free(status);
    if (SUCCEEDED(hr))
        return true;
    r->direction = DIRECTION_CLIENT_TO_SERVER;
    snprintf(r->host, sizeof(r->host), "%s", c->report->there);
    o.level_asked = c->report->asked.call;
    evidence_call(&o, t, STAGE_DATA, NULL);
    r->elapsed_ns += waited_ns;
    return false;
}

void callback_data(struct connection *c)
{
    struct stage_table *t = &c->report->stages;
    struct stage_result *r = stages_at(t, STAGE_DATA);
    if (c->item_count == 0) {
        stages_settle(t, STAGE_DATA, OUTCOME_SKIPPED, "no item was named");
        return;
    }
    r->level_asked = c->report->asked.callback;
    connection_begin(c, STAGE_DATA, true);
    struct sink_arrival first;
    bool arrived = data_sink_wait(c->sink, c->data_changes, clock_deadline_ns(c->allowed_ns), &first);
    struct call_outcome o = connection_end(c, S_OK);
    r->elapsed_ns = o.elapsed_ns;
    if (arrived) {
        take_callback_evidence(c, r);
        char quality[QUALITY_TEXT];
        quality_text(first.first_quality, quality);
        stages_settle(t, STAGE_DATA, OUTCOME_OK, "OnDataChange with %u item%s, the first: %s", (unsigned)first.items,
                      first.items == 1 ? "" : "s", quality);
        return;
    }
    evidence_incoming(o.events, o.event_count, r);
    if (interrupt_requested()) {
        r->given_up = true;
        stages_settle(t, STAGE_DATA, OUTCOME_FAILED, "given up at the user's request");
        return;
    }
    if (!server_is_there(c))
        return;
    r->code = (uint32_t)RPC_E_TIMEOUT;
    unsigned count = data_sink_count(c->sink);
    if (count > 0)
        stages_settle(t, STAGE_DATA, OUTCOME_FAILED, "only %u of %u OnDataChange came within %lld s", count,
                      (unsigned)c->data_changes, (long long)(o.elapsed_ns / NS_PER_S));
    else
        stages_settle(t, STAGE_DATA, OUTCOME_FAILED, "no OnDataChange within %lld s",
                      (long long)(o.elapsed_ns / NS_PER_S));
}
