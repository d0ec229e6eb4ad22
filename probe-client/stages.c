#include "probe-client/stages.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const status_names[] = {
    [OUTCOME_PENDING] = "pending",
    [OUTCOME_OK] = "ok",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_SKIPPED] = "skipped",
    [OUTCOME_NOT_OBSERVABLE] = "not-observable",
};

static const char *const shape_names[] = {
    [WIRE_NONE] = NULL,           [WIRE_CONNECT] = "connect",
    [WIRE_BIND_NAK] = "bind_nak", [WIRE_CONTEXT_REJECTED] = "context_rejected",
    [WIRE_FAULT] = "fault",       [WIRE_CLOSED] = "closed",
    [WIRE_TIMEOUT] = "timeout",   [WIRE_BAD_PDU] = "bad_pdu",
    [WIRE_BODY] = "body",
};

static const char *const evidence_names[] = {
    [EVIDENCE_WIRE] = "wire",
    [EVIDENCE_API] = "api",
    [EVIDENCE_LOG] = "log",
    [EVIDENCE_INFERRED] = "inferred",
};

const char *status_name(enum stage_status status)
{
    return status_names[status];
}

const char *wire_shape_name(enum wire_shape shape)
{
    return shape_names[shape];
}

const char *evidence_name(enum evidence evidence)
{
    return evidence_names[evidence];
}

void stages_init(struct stage_table *t, const char *here, const char *there)
{
    memset(t, 0, sizeof(*t));
    for (int i = 0; i < STAGE_COUNT; i++) {
        struct stage_result *r = &t->results[i];
        r->stage = (enum stage)i;
        r->direction = stage_direction(r->stage);
        r->evidence = EVIDENCE_API;
        const char *host = r->direction == DIRECTION_CLIENT_TO_SERVER ? there : here;
        snprintf(r->host, sizeof(r->host), "%s", host);
    }
}

struct stage_result *stages_at(struct stage_table *t, enum stage stage)
{
    assert((unsigned)stage < STAGE_COUNT);
    return &t->results[stage];
}

static void announce(struct stage_table *t)
{
    while (t->listener && t->announced < STAGE_COUNT && t->results[t->announced].status != OUTCOME_PENDING)
        t->listener(t->listener_context, &t->results[t->announced++]);
}

void stages_listen(struct stage_table *t, void (*listener)(void *context, const struct stage_result *result),
                   void *context)
{
    t->listener = listener;
    t->listener_context = context;
    announce(t);
}

void stages_settle(struct stage_table *t, enum stage stage, enum stage_status status, const char *detail, ...)
{
    struct stage_result *r = stages_at(t, stage);
    if (r->status != OUTCOME_PENDING)
        return;
    r->status = status;
    va_list arguments;
    va_start(arguments, detail);
    vsnprintf(r->detail, sizeof(r->detail), detail, arguments);
    va_end(arguments);
    announce(t);
}

void stages_skip(struct stage_table *t, enum stage first, enum stage last, const char *why)
{
    for (int i = first; i < (int)last; i++)
        stages_settle(t, (enum stage)i, OUTCOME_SKIPPED, "%s", why);
}

bool stages_settled(const struct stage_table *t, enum stage stage)
{
    return t->results[stage].status != OUTCOME_PENDING;
}

const struct stage_result *stages_first_failure(const struct stage_table *t)
{
    for (int i = 0; i < STAGE_COUNT; i++)
        if (t->results[i].status == OUTCOME_FAILED)
            return &t->results[i];
    return NULL;
}

bool stages_failed_before(const struct stage_table *t, enum stage end)
{
    for (int i = 0; i < (int)end; i++)
        if (t->results[i].status == OUTCOME_FAILED)
            return true;
    return false;
}
