#include "probe-client/evidence.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "opcda/codes.h"

/* IObjectExporter {99fcfec4-5260-101b-bbcb-00aa0021347a} as it lies in memory ([MS-DCOM] 1.9). */
static const uint8_t iid_resolver[16] = { 0xc4, 0xfe, 0xfc, 0x99, 0x60, 0x52, 0x1b, 0x10,
                                          0xbb, 0xcb, 0x00, 0xaa, 0x00, 0x21, 0x34, 0x7a };

/* ILocalScm and ILocalExporter, between probe-scm and the processes of its host; they differ in the last byte. */
static const uint8_t iid_local_scm[15] = { 0x52, 0x1d, 0x1f, 0x6f, 0x0e, 0x3b, 0x53, 0x4c,
                                           0x9f, 0x1e, 0x6d, 0x1a, 0x1f, 0x7e, 0x0c };

/* RPC_E_TIMEOUT: one code for every deadline of ours, however the runtime spells the end of a cancelled call. */
#define TIMED_OUT UINT32_C(0x8001011F)

typedef bool (*event_test)(const struct observed *e);

static const struct observed *find_first(const struct observed *events, size_t count, event_test test)
{
    for (size_t i = 0; i < count; i++)
        if (test(&events[i]))
            return &events[i];
    return NULL;
}

static const struct observed *find_last(const struct observed *events, size_t count, event_test test)
{
    const struct observed *found = NULL;
    for (size_t i = 0; i < count; i++)
        if (test(&events[i]))
            found = &events[i];
    return found;
}

static bool is_connect(const struct observed *e)
{
    return e->kind == OBSERVED_CONNECT;
}

static bool is_connected(const struct observed *e)
{
    return is_connect(e) && e->error == ERR_OK;
}

/* An address was tried in vain. */
static bool is_refused_connect(const struct observed *e)
{
    return is_connect(e) && e->error != ERR_OK && e->error != ERR_RESOLVE;
}

static bool is_unresolved(const struct observed *e)
{
    return (is_connect(e) || e->kind == OBSERVED_BINDING) && e->error == ERR_RESOLVE;
}

static bool is_call(const struct observed *e)
{
    return e->kind == OBSERVED_CALL;
}

static bool is_authenticated(const struct observed *e)
{
    return e->level_sent > LEVEL_NONE;
}

static bool is_resolver_call(const struct observed *e)
{
    return is_call(e) && memcmp(e->iid, iid_resolver, sizeof(iid_resolver)) == 0;
}

static bool is_open_resolver_call(const struct observed *e)
{
    return is_resolver_call(e) && !is_authenticated(e);
}

static bool is_authenticated_resolver_call(const struct observed *e)
{
    return is_resolver_call(e) && is_authenticated(e);
}

static bool is_failed_open_bind(const struct observed *e)
{
    return e->kind == OBSERVED_BIND && e->error != ERR_OK && e->level_asked <= LEVEL_NONE;
}

static bool is_failed_authenticated_bind(const struct observed *e)
{
    return e->kind == OBSERVED_BIND && e->error != ERR_OK && e->level_asked > LEVEL_NONE;
}

static bool is_authenticated_bind(const struct observed *e)
{
    return e->kind == OBSERVED_BIND && e->error == ERR_OK && e->level_asked > LEVEL_NONE;
}

static bool is_failed_bind(const struct observed *e)
{
    return e->kind == OBSERVED_BIND && e->error != ERR_OK;
}

static bool is_activation(const struct observed *e)
{
    return e->kind == OBSERVED_ACTIVATION;
}

static bool is_listening(const struct observed *e)
{
    return e->kind == OBSERVED_LISTENING;
}

static bool succeeded(const struct call_outcome *o)
{
    return o->hr >= 0 && !o->late && !o->interrupted;
}

bool evidence_same_host(const struct observed *events, size_t count)
{
    bool local = false;
    for (size_t i = 0; i < count; i++) {
        if (!events[i].local && (is_connect(&events[i]) || events[i].kind == OBSERVED_BINDING))
            return false;
        local = local || events[i].local;
    }
    return local;
}

size_t evidence_select(struct observed *events, size_t count, bool same_host)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool housekeeping = memcmp(events[i].iid, iid_local_scm, sizeof(iid_local_scm)) == 0;
        if (events[i].local == same_host && !housekeeping)
            events[kept++] = events[i];
    }
    return kept;
}

static void describe_connect(const struct observed *e, char *out, size_t size)
{
    static const struct {
        enum err error;
        const char *text;
    } texts[] = {
        { ERR_OK, "connected" },
        { ERR_REFUSED, "refused the connection: nothing listens there, or a firewall rejects" },
        { ERR_TIMEOUT, "did not answer: a firewall drops, or the host is off" },
        { ERR_CANCELLED, "did not answer while there was time: a firewall drops, or the host is off" },
        { ERR_UNREACHABLE, "cannot be reached: no route, or a firewall rejects" },
        { ERR_RESOLVE, "has no address" },
        { ERR_CLOSED, "closed the connection" },
    };
    const char *text = err_text((enum err)e->error);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if ((int)texts[i].error == e->error)
            text = texts[i].text;
    snprintf(out, size, "%.120s %s", e->peer[0] ? e->peer : "the host", text);
}

/* As DCOM writes string bindings: "ncacn_ip_tcp:10.2.0.2[135]" ([MS-DCOM] 2.2.19.3). */
static void write_binding(const struct observed *e, char *out, size_t size)
{
    const char *port = strrchr(e->peer, ':');
    if (e->local)
        snprintf(out, size, "ncalrpc:[%.200s]", e->peer);
    else if (port)
        snprintf(out, size, "ncacn_ip_tcp:%.*s[%.8s]", (int)(port - e->peer), e->peer, port + 1);
    else
        snprintf(out, size, "ncacn_ip_tcp:%.200s", e->peer);
}

/* Copies what the wire showed of a failed or successful call, connection or bind. */
static void take_wire(struct stage_result *r, const struct observed *e)
{
    if (!e)
        return;
    r->evidence = EVIDENCE_WIRE;
    r->shape = e->shape;
    r->wire_status = e->status;
    r->elapsed_ns = e->elapsed_ns;
    r->mechanism = e->mechanism;
    if (e->level_sent != LEVEL_UNKNOWN)
        r->level_sent = e->level_sent;
    if (e->peer[0])
        write_binding(e, r->binding, sizeof(r->binding));
}

/* Local RPC has no level to ask for: the system vouches for the caller. */
static void clear_local_level(const struct call_outcome *o, struct stage_result *r)
{
    if (o->same_host)
        r->level_asked = r->level_sent = LEVEL_UNKNOWN;
}

/* Settles a stage as failed by the call's HRESULT; the wire was taken before. */
static void settle_failed(const struct call_outcome *o, struct stage_table *t, enum stage stage, const char *detail)
{
    struct stage_result *r = stages_at(t, stage);
    r->code = o->late ? TIMED_OUT : o->interrupted ? 0 : (uint32_t)o->hr;
    r->given_up = o->interrupted;
    if (r->elapsed_ns == 0)
        r->elapsed_ns = o->elapsed_ns;
    if (o->interrupted) {
        r->shape = WIRE_NONE;
        stages_settle(t, stage, OUTCOME_FAILED, "given up at the user's request");
    } else if (o->late) {
        r->shape = WIRE_TIMEOUT;
        stages_settle(t, stage, OUTCOME_FAILED, "no answer within %lld s%s%s", (long long)(o->allowed_ns / NS_PER_S),
                      detail && detail[0] ? ": " : "", detail ? detail : "");
    } else if (detail) {
        stages_settle(t, stage, OUTCOME_FAILED, "%s", detail);
    } else {
        const struct code_info *info = code_find(r->code);
        stages_settle(t, stage, OUTCOME_FAILED, "%s", info ? info->text : "a code without a name in our table");
    }
}

/* Fills what the wire showed of the stage's last call; returns that call or NULL. */
static const struct observed *fill_call(const struct call_outcome *o, struct stage_result *r)
{
    const struct observed *call = find_last(o->events, o->event_count, is_call);
    r->level_asked = o->level_asked;
    take_wire(r, call);
    clear_local_level(o, r);
    r->elapsed_ns = o->elapsed_ns;
    return call;
}

static void settle_call(const struct call_outcome *o, struct stage_table *t, enum stage stage,
                        const struct observed *call, const char *text)
{
    struct stage_result *r = stages_at(t, stage);
    if (succeeded(o)) {
        r->shape = WIRE_NONE;
        r->wire_status = 0;
        stages_settle(t, stage, OUTCOME_OK, "%s", text);
        return;
    }
    if (call && call->error == ERR_OK) {
        /* The reply came and was in order: the method itself said no. */
        r->shape = WIRE_BODY;
        r->wire_status = (uint32_t)o->hr;
    }
    settle_failed(o, t, stage, text);
}

void evidence_call(const struct call_outcome *o, struct stage_table *t, enum stage stage, const char *done)
{
    const struct observed *call = fill_call(o, stages_at(t, stage));
    settle_call(o, t, stage, call, succeeded(o) ? done : NULL);
}

void evidence_wire(const struct call_outcome *o, struct stage_result *r)
{
    const struct observed *call = fill_call(o, r);
    bool refused = !succeeded(o) && call && call->error == ERR_OK;
    if (succeeded(o))
        r->shape = WIRE_NONE;
    else if (refused)
        r->shape = WIRE_BODY;
    if (succeeded(o) || refused)
        r->wire_status = succeeded(o) ? 0 : (uint32_t)o->hr;
}

void evidence_item_refused(const struct call_outcome *o, struct stage_table *t, enum stage stage, uint32_t code,
                           const char *detail)
{
    struct stage_result *r = stages_at(t, stage);
    (void)fill_call(o, r);
    r->code = r->wire_status = code;
    r->shape = WIRE_BODY;
    stages_settle(t, stage, OUTCOME_FAILED, "%s", detail);
}

static void settle_name_and_port(const struct call_outcome *o, struct stage_table *t)
{
    const struct observed *unresolved = find_first(o->events, o->event_count, is_unresolved);
    const struct observed *connect = find_first(o->events, o->event_count, is_connected);
    if (!connect)
        connect = find_last(o->events, o->event_count, is_refused_connect);
    if (!connect && unresolved) {
        struct call_outcome unknown = *o;
        unknown.hr = (int32_t)EVIDENCE_NO_SUCH_HOST;
        settle_failed(&unknown, t, STAGE_NAME, "the name has no address");
        return;
    }
    if (!connect)
        return;
    const char *port_text = strrchr(connect->peer, ':');
    int length = port_text ? (int)(port_text - connect->peer) : (int)strlen(connect->peer);
    stages_at(t, STAGE_NAME)->evidence = EVIDENCE_WIRE;
    stages_settle(t, STAGE_NAME, OUTCOME_OK, "%.*s", length, connect->peer);
    struct stage_result *port = stages_at(t, STAGE_PORT135);
    take_wire(port, connect);
    if (connect->error == ERR_OK) {
        port->shape = WIRE_NONE;
        stages_settle(t, STAGE_PORT135, OUTCOME_OK, "open");
        return;
    }
    char detail[STAGE_DETAIL];
    describe_connect(connect, detail, sizeof(detail));
    if (port->shape == WIRE_NONE)
        port->shape = WIRE_CONNECT;
    settle_failed(o, t, STAGE_PORT135, detail);
}

static void settle_resolver(const struct call_outcome *o, struct stage_table *t)
{
    const struct observed *call = find_first(o->events, o->event_count, is_open_resolver_call);
    const struct observed *bind = find_first(o->events, o->event_count, is_failed_open_bind);
    struct stage_result *r = stages_at(t, STAGE_RESOLVER);
    const struct observed *answer = call ? call : bind;
    take_wire(r, answer);
    if (call && call->error == ERR_OK) {
        stages_settle(t, STAGE_RESOLVER, OUTCOME_OK, "ServerAlive2 answered");
    } else if (answer) {
        settle_failed(o, t, STAGE_RESOLVER, "the port is open, but the resolver (RPCSS) does not answer as it should");
    } else if (find_first(o->events, o->event_count, is_authenticated_resolver_call) ||
               find_first(o->events, o->event_count, is_activation)) {
        r->evidence = EVIDENCE_INFERRED;
        stages_settle(t, STAGE_RESOLVER, OUTCOME_OK, "it answered the calls after this one");
    }
}

static void settle_authenticate(const struct call_outcome *o, struct stage_table *t)
{
    struct stage_result *r = stages_at(t, STAGE_AUTHENTICATE);
    r->level_asked = o->level_asked;
    if (o->level_asked <= LEVEL_NONE) {
        r->level_sent = LEVEL_NONE;
        stages_settle(t, STAGE_AUTHENTICATE, OUTCOME_SKIPPED, "level none: nobody is authenticated");
        return;
    }
    const struct observed *call = find_last(o->events, o->event_count, is_authenticated_resolver_call);
    const struct observed *bind = find_last(o->events, o->event_count, is_failed_authenticated_bind);
    const struct observed *activation = find_last(o->events, o->event_count, is_activation);
    if (call && call->error == ERR_OK) {
        take_wire(r, call);
        const struct observed *handshake = find_first(o->events, o->event_count, is_authenticated_bind);
        r->elapsed_ns += handshake ? handshake->elapsed_ns : 0;
        stages_settle(t, STAGE_AUTHENTICATE, OUTCOME_OK, "the logon was accepted");
    } else if (call || bind) {
        take_wire(r, call ? call : bind);
        settle_failed(o, t, STAGE_AUTHENTICATE,
                      o->late ? NULL
                              : "the logon was refused, before any permission was checked: account, password or level");
    } else if (activation && activation->shape == WIRE_NONE) {
        take_wire(r, activation);
        r->wire_status = 0;
        r->evidence = EVIDENCE_INFERRED;
        stages_settle(t, STAGE_AUTHENTICATE, OUTCOME_OK, "the activation was answered");
    } else if (activation) {
        stages_settle(t, STAGE_AUTHENTICATE, OUTCOME_NOT_OBSERVABLE,
                      "refused together with the activation: logon and permission cannot be told apart here");
    }
}

static void settle_activate(const struct call_outcome *o, struct stage_table *t)
{
    struct stage_result *r = stages_at(t, STAGE_ACTIVATE);
    const struct observed *activation = find_last(o->events, o->event_count, is_activation);
    r->level_asked = o->level_asked;
    take_wire(r, activation);
    clear_local_level(o, r);
    if (succeeded(o)) {
        r->shape = WIRE_NONE;
        r->wire_status = 0;
        if (r->elapsed_ns == 0)
            r->elapsed_ns = o->elapsed_ns;
        stages_settle(t, STAGE_ACTIVATE, OUTCOME_OK, "the class answered");
        return;
    }
    if (stages_failed_before(t, STAGE_LOOKUP)) {
        stages_settle(t, STAGE_ACTIVATE, OUTCOME_SKIPPED, "not reached");
        return;
    }
    if (activation && activation->shape == WIRE_NONE && activation->status != 0)
        r->shape = WIRE_BODY;
    const struct observed *call = find_last(o->events, o->event_count, is_call);
    if (r->shape == WIRE_FAULT && call && call->shape == WIRE_FAULT)
        r->wire_status = call->status; /* as it stood in the PDU, before it became an HRESULT */
    settle_failed(o, t, STAGE_ACTIVATE, NULL);
}

enum stage evidence_activation_progress(const struct observed *events, size_t count)
{
    if (!find_first(events, count, is_connected))
        return find_first(events, count, is_connect) ? STAGE_PORT135 : STAGE_NAME;
    if (find_first(events, count, is_authenticated_resolver_call))
        return STAGE_ACTIVATE;
    return find_first(events, count, is_resolver_call) ? STAGE_AUTHENTICATE : STAGE_RESOLVER;
}

void evidence_reached(const struct call_outcome *o, struct stage_table *t)
{
    if (o->same_host) {
        /* On one computer there is no port and no logon: local RPC knows its caller's process. */
        stages_settle(t, STAGE_NAME, OUTCOME_OK, "this computer");
        stages_skip(t, STAGE_PORT135, STAGE_LOOKUP, "same computer: local RPC, no TCP and no logon");
        return;
    }
    settle_name_and_port(o, t);
    if (!stages_failed_before(t, STAGE_LOOKUP))
        settle_resolver(o, t);
    if (!stages_failed_before(t, STAGE_LOOKUP))
        settle_authenticate(o, t);
    if (o->watched && !succeeded(o) && (o->late || o->interrupted) && !stages_failed_before(t, STAGE_LOOKUP)) {
        /* Given up: the blame falls on the step that was under way. */
        enum stage under_way = evidence_activation_progress(o->events, o->event_count);
        if (under_way != STAGE_ACTIVATE)
            settle_failed(o, t, under_way, NULL);
    }
    bool failed = stages_failed_before(t, STAGE_LOOKUP);
    const char *why = !o->watched ? "this COM runtime does not show it"
                      : failed    ? "not reached"
                                  : "nothing was seen of it";
    for (int i = STAGE_NAME; i < STAGE_LOOKUP; i++)
        stages_settle(t, (enum stage)i, failed ? OUTCOME_SKIPPED : OUTCOME_NOT_OBSERVABLE, "%s", why);
}

void evidence_activation(const struct call_outcome *o, struct stage_table *t)
{
    evidence_reached(o, t);
    settle_activate(o, t);
}

/* The first successful connection behind the one to the resolver; NULL when there is none. On one host the resolver's
 * place is taken by probe-scm, whose connection may be older: there the last one is the object's. */
static const struct observed *object_connection(const struct call_outcome *o)
{
    if (o->same_host)
        return find_last(o->events, o->event_count, is_connected);
    const struct observed *first = find_first(o->events, o->event_count, is_connected);
    if (!first)
        return NULL;
    for (size_t i = 0; i < o->event_count; i++) {
        const struct observed *e = &o->events[i];
        if (is_connected(e) && strcmp(e->peer, first->peer) != 0)
            return e;
    }
    return NULL;
}

/* The security context of that connection, as it was agreed on. */
static void take_bind(const struct call_outcome *o, const struct observed *connection, struct stage_result *r)
{
    for (size_t i = 0; connection && i < o->event_count; i++) {
        const struct observed *e = &o->events[i];
        if (e->kind == OBSERVED_BIND && e->error == ERR_OK && strcmp(e->peer, connection->peer) == 0) {
            r->level_sent = e->level_sent;
            r->mechanism = e->mechanism;
        }
    }
    clear_local_level(o, r);
}

/* Lists each binding that could not be reached, in the order tried. */
static void describe_attempts(const struct call_outcome *o, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < o->event_count; i++) {
        const struct observed *e = &o->events[i];
        if (!(is_refused_connect(e) || is_unresolved(e)) || strstr(out, e->peer))
            continue;
        char one[200];
        describe_connect(e, one, sizeof(one));
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s%s", used ? "; " : "", one);
    }
}

static void settle_connect(const struct call_outcome *o, struct stage_table *t)
{
    struct stage_result *r = stages_at(t, STAGE_CONNECT);
    r->level_asked = o->level_asked;
    const struct observed *connection = object_connection(o);
    const struct observed *bind = find_last(o->events, o->event_count, is_failed_bind);
    char attempts[STAGE_DETAIL];
    describe_attempts(o, attempts, sizeof(attempts));
    if (connection)
        take_wire(r, connection);
    take_bind(o, connection, r);
    if (!succeeded(o) && bind) {
        take_wire(r, bind);
        settle_failed(o, t, STAGE_CONNECT,
                      o->late ? NULL : "the object's port is open, but its server refused the security context");
    } else if (connection && attempts[0]) {
        stages_settle(t, STAGE_CONNECT, OUTCOME_OK, "open; before it: %s", attempts);
    } else if (connection) {
        stages_settle(t, STAGE_CONNECT, OUTCOME_OK, "%s", connection->local ? "local RPC" : "open");
    } else if (!succeeded(o) && (attempts[0] || o->late)) {
        r->shape = o->late ? WIRE_TIMEOUT : WIRE_CONNECT;
        r->evidence = EVIDENCE_WIRE;
        settle_failed(o, t, STAGE_CONNECT, attempts);
    } else if (succeeded(o) && o->watched) {
        r->evidence = EVIDENCE_INFERRED;
        stages_settle(t, STAGE_CONNECT, OUTCOME_OK, "over the connection that is open already");
    } else {
        stages_settle(t, STAGE_CONNECT, OUTCOME_NOT_OBSERVABLE, "%s",
                      o->watched ? "nothing was seen of it" : "this COM runtime does not show it");
    }
}

void evidence_query(const struct call_outcome *o, struct stage_table *t)
{
    settle_connect(o, t);
    if (stages_at(t, STAGE_CONNECT)->status == OUTCOME_FAILED) {
        stages_settle(t, STAGE_QUERY, OUTCOME_SKIPPED, "not reached");
        return;
    }
    evidence_call(o, t, STAGE_QUERY, "IOPCServer");
}

/* What our own lists answer: the fault 5, or E_ACCESSDENIED where IRemUnknown was called ([MS-DCOM] notes 40 and 42).
 */
static bool is_refused_call(const struct observed *e)
{
    return e->kind == OBSERVED_INCOMING_CALL && (e->status == 5 || e->status == UINT32_C(0x80070005));
}

unsigned evidence_incoming(const struct observed *events, size_t count, struct stage_result *r)
{
    unsigned accepted = 0;
    for (size_t i = 0; i < count; i++) {
        const struct observed *e = &events[i];
        accepted += e->kind == OBSERVED_ACCEPTED;
        if (e->kind != OBSERVED_INCOMING_AUTH && e->kind != OBSERVED_INCOMING_CALL)
            continue;
        r->evidence = EVIDENCE_WIRE;
        if (is_refused_call(e))
            r->way_back = WAY_BACK_REFUSED;
        else if (r->way_back != WAY_BACK_REFUSED)
            r->way_back = WAY_BACK_SEEN;
        if (e->account[0])
            snprintf(r->account, sizeof(r->account), "%s", e->account);
        if (e->ntstatus != 0)
            r->ntstatus = e->ntstatus;
        if (e->level_sent != LEVEL_UNKNOWN) {
            r->level_sent = e->level_sent;
            r->mechanism = e->mechanism;
        }
    }
    return accepted;
}

bool evidence_called(const struct observed *events, size_t count, const void *iid)
{
    for (size_t i = 0; i < count; i++)
        if (events[i].kind == OBSERVED_INCOMING_CALL && memcmp(events[i].iid, iid, sizeof(events[i].iid)) == 0)
            return true;
    return false;
}

/* The level of this stage is that of the server's calls to us, not that of our own Advise. */
static void settle_advise(const struct call_outcome *o, struct stage_table *t)
{
    struct stage_result *r = stages_at(t, STAGE_ADVISE);
    const struct observed *call = fill_call(o, r);
    r->level_sent = LEVEL_UNKNOWN;
    unsigned accepted = evidence_incoming(o->events, o->event_count, r);
    clear_local_level(o, r);
    if (o->watched && r->way_back == WAY_BACK_UNKNOWN && accepted == 0)
        r->way_back = WAY_BACK_UNSEEN;
    const char *text = NULL;
    if (call && call->shape == WIRE_CLOSED) {
        /* Our own connection broke: that is the server's end, not the way back. */
        r->direction = DIRECTION_CLIENT_TO_SERVER;
        snprintf(r->host, sizeof(r->host), "%s", stages_at(t, STAGE_CALL)->host);
        text = "the connection to the server broke during Advise";
    } else if (succeeded(o)) {
        text = "the server took our sink";
    } else if (r->ntstatus != 0) {
        text = "the server called back, and this computer refused its logon";
    } else if (r->way_back == WAY_BACK_REFUSED) {
        text = "the server called back, and an access list of this computer refused the call";
    } else if (accepted > 0) {
        text = "the server reached this computer, but its call did not succeed";
    } else if (o->watched) {
        text = "the server's call never reached this process";
    }
    settle_call(o, t, STAGE_ADVISE, call, text);
}

void evidence_advise(const struct call_outcome *o, size_t call_mark, struct stage_table *t)
{
    const struct observed *listening = find_last(o->events, o->event_count, is_listening);
    struct stage_result *listen = stages_at(t, STAGE_LISTEN);
    if (listening) {
        take_wire(listen, listening);
        listen->level_sent = LEVEL_UNKNOWN;
        stages_settle(t, STAGE_LISTEN, OUTCOME_OK, "%s", listening->local ? "local RPC" : listening->peer);
    } else if (!o->watched) {
        stages_settle(t, STAGE_LISTEN, OUTCOME_NOT_OBSERVABLE, "this COM runtime does not show it");
    } else if (!succeeded(o)) {
        settle_failed(o, t, STAGE_LISTEN, "this computer has no port on which the server could call back");
        stages_settle(t, STAGE_ADVISE, OUTCOME_SKIPPED, "not reached");
        return;
    } else {
        stages_settle(t, STAGE_LISTEN, OUTCOME_NOT_OBSERVABLE, "nothing was seen of it");
    }
    if (call_mark > o->event_count)
        call_mark = o->event_count;
    struct call_outcome call = *o;
    call.events = call_mark > 0 ? o->events + call_mark : o->events;
    call.event_count = o->event_count - call_mark;
    settle_advise(&call, t);
}
