#include "probe-client/opcenum.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "opcda/identity.h"
#include "opcda/opc_classes.h"
#include "opcda/text.h"
#include "probe-client/activation.h"
#include "probe-client/kind.h"
#include "probe-client/reachability.h"
#include "probe-client/skew.h"

/* Classes in one answer of the enumerator. */
#define BATCH 64

/* The code under which a call is reported: ours when we gave it up. */
static HRESULT code_of(const struct call_outcome *o)
{
    return o->late ? RPC_E_TIMEOUT : o->hr;
}

/* Ends a call begun with connection_begin and notes what the wire showed of it. */
static HRESULT end_call(struct connection *c, HRESULT hr)
{
    struct call_outcome o = connection_end(c, hr);
    evidence_wire(&o, stages_at(&c->report->stages, STAGE_LOOKUP));
    return code_of(&o);
}

static HRESULT activate(struct connection *c, IUnknown **out)
{
    c->stage = STAGE_LOOKUP;
    c->allowed_ns = connection_allowed_ns(c, STAGE_LOOKUP);
    c->mark = observe_count();
    c->begun_ns = clock_now_ns();
    activity_call(c->activity, "CoCreateInstanceEx (OPCEnum)");
    struct activation_result result;
    if (activation_run(&CLSID_OPCServerList, c->host, c->login, c->report->asked.activation, c->watchdog, c->allowed_ns,
                       &result) != ERR_OK)
        result.hr = E_OUTOFMEMORY;
    c->abandoned = result.abandoned;
    *out = result.object;
    c->same_host = c->watched && evidence_same_host(c->events, observe_read(c->mark, c->events, OBSERVED_MAXIMUM));
    struct call_outcome o = connection_outcome(c, result.hr, result.end);
    o.level_asked = c->report->asked.activation;
    /* What this activation showed of the computer counts for the next one, which may find its connections open. */
    kind_take_system(c->report, o.events, o.event_count);
    skew_take_logon(c->report, o.events, o.event_count);
    reachability_of_resolver(c->report, o.events, o.event_count);
    if (c->watched)
        evidence_reached(&o, &c->report->stages);
    evidence_wire(&o, stages_at(&c->report->stages, STAGE_LOOKUP));
    return code_of(&o);
}

static HRESULT query(struct connection *c, IUnknown *object, REFIID iid, void **out)
{
    connection_begin(c, STAGE_LOOKUP, true);
    HRESULT hr = connection_blanket(c, object);
    activity_call(c->activity, "QueryInterface");
    if (SUCCEEDED(hr))
        hr = IUnknown_QueryInterface(object, iid, out);
    if (SUCCEEDED(hr))
        hr = connection_blanket(c, *out);
    return end_call(c, hr);
}

HRESULT opcenum_open(struct connection *c, struct opcenum *out)
{
    IUnknown *object;
    *out = (struct opcenum){ NULL, NULL };
    HRESULT hr = activate(c, &object);
    if (!object)
        return FAILED(hr) ? hr : E_NOINTERFACE;
    hr = query(c, object, &IID_IOPCServerList2, (void **)&out->list2);
    if (hr == E_NOINTERFACE)
        hr = query(c, object, &IID_IOPCServerList, (void **)&out->list);
    IUnknown_Release(object);
    return hr;
}

void opcenum_close(struct opcenum *e)
{
    if (e->list2)
        IOPCServerList2_Release(e->list2);
    if (e->list)
        IOPCServerList_Release(e->list);
    *e = (struct opcenum){ NULL, NULL };
}

HRESULT opcenum_class_of(struct connection *c, const struct opcenum *e, const char *progid, CLSID *out)
{
    WCHAR *wide = (WCHAR *)utf16_dup(progid);
    if (!wide)
        return E_OUTOFMEMORY;
    connection_begin(c, STAGE_LOOKUP, true);
    activity_call(c->activity, "IOPCServerList::CLSIDFromProgID");
    HRESULT hr = e->list2 ? IOPCServerList2_CLSIDFromProgID(e->list2, wide, out)
                          : IOPCServerList_CLSIDFromProgID(e->list, wide, out);
    free(wide);
    return end_call(c, hr);
}

/* ---- the whole list ---- */

/* The two kinds of enumerator, whose methods have the same meaning. */
struct enumerator {
    IOPCEnumGUID *opc;
    IEnumGUID *standard;
};

static HRESULT enumerate(struct connection *c, const struct opcenum *e, const CATID *category, struct enumerator *out)
{
    CATID wanted[1] = { *category };
    *out = (struct enumerator){ NULL, NULL };
    connection_begin(c, STAGE_LOOKUP, true);
    activity_call(c->activity, "IOPCServerList::EnumClassesOfCategories");
    HRESULT hr = e->list2 ? IOPCServerList2_EnumClassesOfCategories(e->list2, 1, wanted, 0, wanted, &out->opc)
                          : IOPCServerList_EnumClassesOfCategories(e->list, 1, wanted, 0, wanted, &out->standard);
    IUnknown *proxy = out->opc ? (IUnknown *)out->opc : (IUnknown *)out->standard;
    if (SUCCEEDED(hr))
        hr = proxy ? connection_blanket(c, proxy) : E_POINTER;
    return end_call(c, hr);
}

static HRESULT next(struct connection *c, struct enumerator *e, GUID *out, ULONG *fetched)
{
    connection_begin(c, STAGE_LOOKUP, true);
    activity_call(c->activity, "IEnumGUID::Next");
    *fetched = 0;
    HRESULT hr =
        e->opc ? IOPCEnumGUID_Next(e->opc, BATCH, out, fetched) : IEnumGUID_Next(e->standard, BATCH, out, fetched);
    return end_call(c, hr);
}

static void release(struct enumerator *e)
{
    if (e->opc)
        IOPCEnumGUID_Release(e->opc);
    if (e->standard)
        IEnumGUID_Release(e->standard);
}

static HRESULT add_all(struct server_names *out, const GUID *ids, ULONG count, unsigned category)
{
    HRESULT hr = count <= BATCH ? S_OK : E_INVALIDARG;
    for (ULONG i = 0; SUCCEEDED(hr) && i < count; i++)
        hr = server_names_add(out, &ids[i], category);
    return hr;
}

/* A list that never ends is not believed. */
static HRESULT gather(struct connection *c, const struct opcenum *e, unsigned category, struct server_names *out)
{
    struct enumerator classes;
    GUID batch[BATCH];
    bool more = true;
    HRESULT hr = enumerate(c, e, &opc_categories[category].id, &classes);
    for (size_t batches = 0; SUCCEEDED(hr) && more; batches++) {
        ULONG fetched;
        hr = batches < SERVER_NAMES_MAXIMUM / BATCH ? next(c, &classes, batch, &fetched) : E_OUTOFMEMORY;
        if (FAILED(hr))
            break;
        more = hr == S_OK && fetched > 0;
        hr = add_all(out, batch, fetched, category);
    }
    release(&classes);
    return hr;
}

/* Takes the text over; nothing is the empty text. */
static char *take_text(LPOLESTR wide)
{
    char *text = wide ? wide_to_utf8(wide) : strdup("");
    CoTaskMemFree(wide);
    return text;
}

static HRESULT describe(struct connection *c, const struct opcenum *e, struct server_name *s)
{
    LPOLESTR progid = NULL, user_type = NULL, latest = NULL;
    connection_begin(c, STAGE_LOOKUP, true);
    activity_call(c->activity, "IOPCServerList::GetClassDetails");
    HRESULT hr = e->list2 ? IOPCServerList2_GetClassDetails(e->list2, &s->clsid, &progid, &user_type, &latest)
                          : IOPCServerList_GetClassDetails(e->list, &s->clsid, &progid, &user_type);
    s->details = end_call(c, hr);
    s->progid = take_text(progid);
    s->user_type = take_text(user_type);
    s->latest_progid = take_text(latest);
    return s->progid && s->user_type && s->latest_progid ? S_OK : E_OUTOFMEMORY;
}

HRESULT opcenum_servers(struct connection *c, const struct opcenum *e, struct server_names *out)
{
    HRESULT hr = S_OK;
    for (unsigned category = 0; SUCCEEDED(hr) && category < OPC_CATEGORIES; category++)
        hr = gather(c, e, category, out);
    for (size_t i = 0; SUCCEEDED(hr) && i < out->count; i++)
        hr = describe(c, e, &out->all[i]);
    return hr;
}
