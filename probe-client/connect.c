/* The stages up to the server's first interface: name, port, resolver, logon, activation, connection. */
#include <stdio.h>

#include "base/clock.h"
#include "base/socket.h"
#include "probe-client/activation.h"
#include "probe-client/connection.h"
#include "probe-client/kind.h"
#include "probe-client/reachability.h"

#define RESOLVER_PORT 135

/* Where COM cannot be watched, the first two stages are tried by hand; the port is closed again at once. */
static bool probe_port(struct connection *c)
{
    struct stage_table *t = &c->report->stages;
    char address[SOCKET_ADDRESS_TEXT];
    struct stage_result *r = stages_at(t, STAGE_NAME);
    int64_t begun_ns = clock_now_ns();
    enum err e = socket_resolve(c->host, clock_deadline_ns(connection_allowed_ns(c, STAGE_NAME)), address);
    r->elapsed_ns = clock_now_ns() - begun_ns;
    if (e != ERR_OK) {
        r->code = EVIDENCE_NO_SUCH_HOST;
        stages_settle(t, STAGE_NAME, OUTCOME_FAILED, "the name has no address (%s)", err_text(e));
        return false;
    }
    stages_settle(t, STAGE_NAME, OUTCOME_OK, "%s", address);
    r = stages_at(t, STAGE_PORT135);
    r->evidence = EVIDENCE_WIRE;
    snprintf(r->binding, sizeof(r->binding), "ncacn_ip_tcp:%s[%d]", address, RESOLVER_PORT);
    socket_t s;
    begun_ns = clock_now_ns();
    e = socket_connect_tcp(address, RESOLVER_PORT, NULL, clock_deadline_ns(connection_allowed_ns(c, STAGE_PORT135)),
                           &s);
    r->elapsed_ns = clock_now_ns() - begun_ns;
    if (e != ERR_OK) {
        r->code = (uint32_t)HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
        r->shape = WIRE_CONNECT;
        stages_settle(t, STAGE_PORT135, OUTCOME_FAILED, "%s: %s", address, err_text(e));
        return false;
    }
    socket_close(s);
    stages_settle(t, STAGE_PORT135, OUTCOME_OK, "open");
    return true;
}

static void note_attempts(struct connection *c, const struct binding_list *list)
{
    size_t tried = bindings_tried(list);
    if (tried > 0)
        activity_calls(c->activity, "TCP connection to an offered binding", tried);
}

bool connect_activate(struct connection *c)
{
    struct stage_table *t = &c->report->stages;
    if (!c->watched && c->host && !probe_port(c)) {
        stages_skip(t, STAGE_NAME, STAGE_CONNECT, "not reached");
        return false;
    }
    c->stage = STAGE_ACTIVATE;
    c->allowed_ns = connection_allowed_ns(c, STAGE_ACTIVATE);
    c->mark = c->activation_mark = observe_count();
    c->begun_ns = clock_now_ns();
    c->step = STAGE_NAME;
    c->step_begun_ns = 0;
    activity_call(c->activity, "CoCreateInstanceEx");
    struct activation_result result;
    enum err e =
        activation_run(&c->clsid, c->host, c->login, c->report->asked.activation, c->watchdog, c->allowed_ns, &result);
    if (e != ERR_OK)
        result.hr = E_OUTOFMEMORY;
    c->abandoned = result.abandoned;
    c->object = result.object;
    c->same_host = c->watched ? evidence_same_host(c->events, observe_read(c->mark, c->events, OBSERVED_MAXIMUM))
                              : c->host == NULL;
    struct call_outcome o = connection_outcome(c, result.hr, result.end);
    o.level_asked = c->report->asked.activation;
    c->report->same_host = c->same_host;
    kind_take_system(c->report, o.events, o.event_count);
    skew_take_logon(c->report, o.events, o.event_count);
    reachability_of_resolver(c->report, o.events, o.event_count);
    note_attempts(c, &c->report->resolver_bindings);
    evidence_activation(&o, t);
    return c->object != NULL;
}

bool connect_query(struct connection *c)
{
    struct stage_table *t = &c->report->stages;
    connection_begin(c, STAGE_QUERY, true);
    /* The blanket of the first proxy decides how its IRemUnknown is asked for the next interface. */
    HRESULT hr = connection_blanket(c, c->object);
    activity_call(c->activity, "QueryInterface");
    if (SUCCEEDED(hr))
        hr = IUnknown_QueryInterface(c->object, &IID_IOPCServer, (void **)&c->server);
    if (SUCCEEDED(hr))
        hr = connection_blanket(c, (IUnknown *)c->server);
    struct call_outcome o = connection_end(c, hr);
    size_t before;
    o.events = connection_events(c, c->activation_mark, c->mark, &before, &o.event_count);
    reachability_of_object(c->report, o.events, o.event_count);
    note_attempts(c, &c->report->object_bindings);
    evidence_query(&o, t);
    return SUCCEEDED(hr);
}
