#include "probe-client/connection.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/text.h"
#include "probe-client/report_text.h"
#include "probe-client/session.h"

/* How long a stage may take. An activation may have to start a program, which Windows gives 120 s; Advise waits for the
 * server to reach us, which takes it a while to give up. */
static const int allowed_s[STAGE_COUNT] = {
    [STAGE_NAME] = 5,    [STAGE_PORT135] = 5,    [STAGE_RESOLVER] = 15, [STAGE_AUTHENTICATE] = 15,
    [STAGE_LOOKUP] = 30, [STAGE_ACTIVATE] = 130, [STAGE_CONNECT] = 25,  [STAGE_QUERY] = 25,
    [STAGE_CALL] = 15,   [STAGE_GROUP] = 30,     [STAGE_READ] = 15,     [STAGE_LISTEN] = 5,
    [STAGE_ADVISE] = 60, [STAGE_DATA] = 15,      [STAGE_TEARDOWN] = 20,
};

/* A line for what is over at once would only flicker. */
#define QUIET_NS (300 * NS_PER_MS)

/* An activation comes through several stages in one call. Only a deadline that the user named for one of them ends it
 * early: the runtime has its own for each attempt and goes on to the next address. */
static bool step_in_time(struct connection *c, int64_t elapsed_ns)
{
    size_t count = observe_read(c->mark, c->events, OBSERVED_MAXIMUM);
    enum stage step = evidence_activation_progress(c->events, count);
    if (step != c->step) {
        c->step = step;
        c->step_begun_ns = elapsed_ns;
    }
    if (!c->deadlines_ns || c->deadlines_ns[step] == 0 || elapsed_ns - c->step_begun_ns < c->deadlines_ns[step])
        return true;
    c->allowed_ns = c->deadlines_ns[step];
    return false;
}

static bool tick(void *context, int64_t elapsed_ns, int64_t allowed_ns)
{
    struct connection *c = context;
    bool shown = c->progress && c->progress->live && elapsed_ns >= QUIET_NS;
    if (c->stage != STAGE_ACTIVATE || !c->watched) {
        if (shown)
            report_text_progress(c->progress, c->report, c->stage, elapsed_ns, allowed_ns);
        return true;
    }
    bool in_time = step_in_time(c, elapsed_ns);
    if (shown) {
        int64_t step_ns = c->deadlines_ns ? c->deadlines_ns[c->step] : 0;
        int64_t end_ns = step_ns && c->step_begun_ns + step_ns < allowed_ns ? c->step_begun_ns + step_ns : allowed_ns;
        report_text_progress(c->progress, c->report, c->step, elapsed_ns, end_ns);
    }
    return in_time;
}

enum err connection_init(struct connection *c)
{
    uint8_t random[(NONCE_TEXT - 1) / 2];
    enum err e = random_bytes(random, sizeof(random));
    if (e != ERR_OK)
        return e;
    hex_format(random, sizeof(random), c->nonce);
    c->events = calloc(OBSERVED_MAXIMUM, sizeof(*c->events));
    if (!c->events)
        return ERR_MEMORY;
    struct watchdog_options options = { .cancel = session_cancel_calls, .tick = tick, .context = c };
    e = watchdog_create(&options, &c->watchdog);
    if (e != ERR_OK)
        connection_cleanup(c);
    return e;
}

void connection_cleanup(struct connection *c)
{
    watchdog_destroy(c->watchdog);
    c->watchdog = NULL;
    free(c->events);
    c->events = NULL;
    free(c->handles);
    c->handles = NULL;
}

int64_t connection_allowed_ns(const struct connection *c, enum stage stage)
{
    if (c->deadlines_ns && c->deadlines_ns[stage])
        return c->deadlines_ns[stage];
    int64_t allowed_ns = allowed_s[stage] * NS_PER_S;
    return c->timeout_ns && c->timeout_ns < allowed_ns ? c->timeout_ns : allowed_ns;
}

void connection_begin(struct connection *c, enum stage stage, bool heed_interrupt)
{
    c->stage = stage;
    c->allowed_ns = connection_allowed_ns(c, stage);
    c->mark = observe_count();
    c->begun_ns = clock_now_ns();
    watchdog_begin(c->watchdog, GetCurrentThreadId(), c->allowed_ns, heed_interrupt);
}

const struct observed *connection_events(struct connection *c, size_t from, size_t mark, size_t *before, size_t *count)
{
    size_t raw = observe_read(from, c->events, OBSERVED_MAXIMUM);
    size_t first = mark - from < raw ? mark - from : raw;
    *before = evidence_select(c->events, first, c->same_host);
    size_t rest = evidence_select(c->events + first, raw - first, c->same_host);
    memmove(c->events + *before, c->events + first, rest * sizeof(*c->events));
    *count = *before + rest;
    return c->events;
}

struct call_outcome connection_outcome(struct connection *c, HRESULT hr, enum watchdog_end end)
{
    if (c->progress && c->progress->live)
        report_text_clear_progress(c->progress);
    struct call_outcome o = {
        .hr = hr,
        .elapsed_ns = clock_now_ns() - c->begun_ns,
        .allowed_ns = c->allowed_ns,
        /* A call that ended well just before it was to be cancelled has ended well. */
        .late = FAILED(hr) && end == WATCHDOG_LATE,
        .interrupted = FAILED(hr) && end == WATCHDOG_INTERRUPTED,
        .level_asked = c->report->asked.call,
        .mechanism = c->login->mechanism,
        .watched = c->watched,
        .same_host = c->same_host,
    };
    size_t before;
    o.events = connection_events(c, c->mark, c->mark, &before, &o.event_count);
    return o;
}

struct call_outcome connection_end(struct connection *c, HRESULT hr)
{
    return connection_outcome(c, hr, watchdog_end(c->watchdog));
}

HRESULT connection_blanket(struct connection *c, IUnknown *proxy)
{
    HRESULT hr = login_blanket(c->login, proxy, c->report->asked.call);
    /* Wine has no COM security: there the calls go without any, and no level is ever reported as sent. */
    return hr == E_NOTIMPL ? S_OK : hr;
}
