#include "probe-client/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "opcda/codes.h"
#include "opcda/identity.h"
#include "probe-client/opcenum.h"

/* The ways tried so far, as one text. */
struct ways {
    char text[STAGE_DETAIL - 80];
    size_t used;
};

static void note_way(struct ways *w, const char *way, HRESULT hr)
{
    int length = snprintf(w->text + w->used, sizeof(w->text) - w->used, "%s%s: 0x%08X %s", w->used ? "; " : "", way,
                          (unsigned)hr, code_name((uint32_t)hr));
    if (length > 0 && (size_t)length < sizeof(w->text) - w->used)
        w->used += (size_t)length;
    else
        w->text[w->used] = '\0';
}

static void take_class(struct connection *c, const CLSID *clsid, const char *progid)
{
    c->clsid = *clsid;
    c->is_our_class = IsEqualGUID(clsid, &CLSID_OpcprobeServer);
    guid_text(clsid, c->report->clsid);
    snprintf(c->report->progid, sizeof(c->report->progid), "%s", progid);
}

/* The test server's names are known without a registry, so that it can be reached from any computer. */
static bool is_our_progid(const char *name)
{
    return utf8_equal_ignoring_case(name, OPCPROBE_PROGID) || utf8_equal_ignoring_case(name, OPCPROBE_PROGID_LATEST);
}

static HRESULT ask_registry(struct connection *c, const char *progid, CLSID *clsid)
{
    uint16_t *wide = utf16_dup(progid);
    if (!wide)
        return E_OUTOFMEMORY;
    activity_call(c->activity, "CLSIDFromProgID");
    HRESULT hr = CLSIDFromProgID((const WCHAR *)wide, clsid);
    free(wide);
    return hr;
}

static HRESULT ask_opcenum(struct connection *c, const char *progid, CLSID *clsid, struct ways *ways)
{
    struct opcenum e;
    HRESULT hr = opcenum_open(c, &e);
    if (SUCCEEDED(hr))
        hr = opcenum_class_of(c, &e, progid, clsid);
    if (FAILED(hr))
        note_way(ways, e.list ? "OPCEnum (IOPCServerList)" : "OPCEnum", hr);
    opcenum_close(&e);
    return hr;
}

static bool settle_found(struct connection *c, const CLSID *clsid, const char *progid, const char *by,
                         const struct ways *ways)
{
    struct stage_result *r = stages_at(&c->report->stages, STAGE_LOOKUP);
    take_class(c, clsid, progid);
    r->shape = WIRE_NONE;
    r->wire_status = 0;
    stages_settle(&c->report->stages, STAGE_LOOKUP, OUTCOME_OK, "%s, by %s%s%s", c->report->clsid, by,
                  ways->used ? "; before it: " : "", ways->text);
    return true;
}

/* The server's computer knows best; this one is asked when that fails, as clients do. */
static bool look_up_there(struct connection *c, const char *progid)
{
    struct stage_table *t = &c->report->stages;
    struct stage_result *r = stages_at(t, STAGE_LOOKUP);
    struct ways ways = { .used = 0 };
    CLSID clsid;
    snprintf(c->report->progid, sizeof(c->report->progid), "%.100s", progid);
    int64_t begun_ns = clock_now_ns();
    HRESULT failure = ask_opcenum(c, progid, &clsid, &ways);
    r->elapsed_ns = clock_now_ns() - begun_ns;
    if (SUCCEEDED(failure))
        return settle_found(c, &clsid, progid, "OPCEnum", &ways);
    if (stages_failed_before(t, STAGE_LOOKUP)) {
        stages_settle(t, STAGE_LOOKUP, OUTCOME_SKIPPED, "not reached");
        return false;
    }
    HRESULT hr = ask_registry(c, progid, &clsid);
    if (SUCCEEDED(hr))
        return settle_found(c, &clsid, progid, "this computer's registry", &ways);
    note_way(&ways, "this computer's registry", hr);
    r->code = (uint32_t)failure;
    stages_settle(t, STAGE_LOOKUP, OUTCOME_FAILED, "%s; the CLSID in its place needs no lookup", ways.text);
    if (!is_our_progid(progid))
        return false;
    take_class(c, &CLSID_OpcprobeServer, progid);
    return true;
}

static bool look_up_here(struct connection *c, const char *progid)
{
    struct stage_table *t = &c->report->stages;
    struct stage_result *r = stages_at(t, STAGE_LOOKUP);
    const struct ways none = { .used = 0 };
    CLSID clsid;
    snprintf(c->report->progid, sizeof(c->report->progid), "%.100s", progid);
    r->direction = DIRECTION_LOCAL;
    snprintf(r->host, sizeof(r->host), "%s", c->report->here);
    int64_t begun_ns = clock_now_ns();
    HRESULT hr = ask_registry(c, progid, &clsid);
    r->elapsed_ns = clock_now_ns() - begun_ns;
    if (SUCCEEDED(hr))
        return settle_found(c, &clsid, progid, "this computer's registry", &none);
    r->code = (uint32_t)hr;
    stages_settle(t, STAGE_LOOKUP, OUTCOME_FAILED,
                  "this computer's registry does not know %.80s; the CLSID in its place needs no lookup", progid);
    return false;
}

bool lookup_is_ours(const char *class_name)
{
    CLSID clsid;
    return !class_name || is_our_progid(class_name) ||
           (guid_parse(class_name, &clsid) && IsEqualGUID(&clsid, &CLSID_OpcprobeServer));
}

bool lookup_asks_opcenum(const char *class_name, const char *host)
{
    CLSID clsid;
    return host && class_name && !guid_parse(class_name, &clsid);
}

bool lookup_class(struct connection *c, const char *class_name, bool may_ask_opcenum)
{
    struct stage_table *t = &c->report->stages;
    CLSID clsid;
    if (class_name && guid_parse(class_name, &clsid)) {
        take_class(c, &clsid, "");
        stages_settle(t, STAGE_LOOKUP, OUTCOME_OK, "the CLSID was given");
        return true;
    }
    if (may_ask_opcenum && lookup_asks_opcenum(class_name, c->host))
        return look_up_there(c, class_name);
    if (lookup_is_ours(class_name)) {
        take_class(c, &CLSID_OpcprobeServer, class_name ? class_name : OPCPROBE_PROGID);
        stages_settle(t, STAGE_LOOKUP, OUTCOME_OK, "our own test server, %s", c->report->clsid);
        return true;
    }
    return look_up_here(c, class_name);
}
