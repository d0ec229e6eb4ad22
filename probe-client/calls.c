/* The calls of an ordinary OPC client: GetStatus, a group with items, one read from the cache. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/text.h"
#include "opcda/clear.h"
#include "opcda/codes.h"
#include "opcda/filetime.h"
#include "opcda/identity.h"
#include "opcda/quality.h"
#include "opcda/text.h"
#include "probe-client/connection.h"
#include "probe-client/leftover.h"

#define GROUP_RATE_MS 500

/* Read only of our own server, behind the user's items in the group. */
enum reserved {
    RESERVED_NONCE,
    RESERVED_ACCOUNT,
    RESERVED_LEVEL,
    RESERVED_MECHANISM,
    RESERVED_SESSION,
    RESERVED_RUNTIME,
    RESERVED_COUNT
};

static const char *const reserved_items[RESERVED_COUNT] = {
    [RESERVED_NONCE] = OPCPROBE_ITEM_NONCE,
    [RESERVED_ACCOUNT] = OPCPROBE_ITEM_CALLER_ACCOUNT,
    [RESERVED_LEVEL] = OPCPROBE_ITEM_CALLER_LEVEL,
    [RESERVED_MECHANISM] = OPCPROBE_ITEM_CALLER_MECHANISM,
    [RESERVED_SESSION] = OPCPROBE_ITEM_CALLER_SESSION,
    [RESERVED_RUNTIME] = OPCPROBE_ITEM_RUNTIME,
};

static const char *state_name(OPCSERVERSTATE state)
{
    static const char *const names[] = { "running", "failed", "no configuration", "suspended", "test", "comm fault" };
    int index = (int)state - OPC_STATUS_RUNNING;
    return index >= 0 && index < (int)(sizeof(names) / sizeof(names[0])) ? names[index] : "unknown state";
}

bool calls_status(struct connection *c)
{
    OPCSERVERSTATUS *status = NULL;
    activity_call(c->activity, "IOPCServer::GetStatus");
    connection_begin(c, STAGE_CALL, true);
    HRESULT hr = IOPCServer_GetStatus(c->server, &status);
    if (SUCCEEDED(hr) && !status)
        hr = E_POINTER; /* success without a status is a defect of the server */
    uint64_t ours = clock_wall_filetime();
    struct call_outcome o = connection_end(c, hr);
    char text[STAGE_DETAIL] = "";
    if (SUCCEEDED(hr)) {
        c->report->status_clock = skew_between(filetime_value(status->ftCurrentTime), ours, o.elapsed_ns);
        char *vendor = wide_to_utf8(status->szVendorInfo);
        snprintf(c->report->server, sizeof(c->report->server), "%.160s, version %u.%u.%u, %s", vendor ? vendor : "",
                 status->wMajorVersion, status->wMinorVersion, status->wBuildNumber, state_name(status->dwServerState));
        snprintf(text, sizeof(text), "%s, %u groups", c->report->server, (unsigned)status->dwGroupCount);
        free(vendor);
    }
    opc_server_status_free(status);
    evidence_call(&o, &c->report->stages, STAGE_CALL, text);
    return SUCCEEDED(hr);
}

/* "opcprobe-ALPHA-4711": what a server shows of us to its people. */
static char *own_name(const struct connection *c)
{
    return text_format(GROUP_PREFIX "%s-%lld", c->report->here, (long long)process_id());
}

/* Tells the server who we are; our own server takes the nonce from it. Servers of OPC DA 1.0 have no IOPCCommon. */
static void introduce(struct connection *c)
{
    IOPCCommon *common = NULL;
    activity_call(c->activity, "QueryInterface");
    if (FAILED(IOPCServer_QueryInterface(c->server, &IID_IOPCCommon, (void **)&common)))
        return;
    char *name = c->is_our_class ? text_format("%s%s", OPCPROBE_NONCE_PREFIX, c->nonce) : own_name(c);
    WCHAR *wide = name ? wide_from_utf8(name) : NULL;
    if (wide && SUCCEEDED(connection_blanket(c, (IUnknown *)common))) {
        activity_call(c->activity, "IOPCCommon::SetClientName");
        /* A refusal shows later: the server then does not prove to be ours. */
        (void)IOPCCommon_SetClientName(common, wide);
    }
    CoTaskMemFree(wide);
    free(name);
    IOPCCommon_Release(common);
}

static HRESULT add_group(struct connection *c)
{
    char *name = own_name(c);
    WCHAR *wide = name ? wide_from_utf8(name) : NULL;
    free(name);
    if (!wide)
        return E_OUTOFMEMORY;
    DWORD rate;
    activity_call(c->activity, "IOPCServer::AddGroup");
    HRESULT hr = IOPCServer_AddGroup(c->server, wide, TRUE, GROUP_RATE_MS, 1, NULL, NULL, 0, &c->group, &rate,
                                     &IID_IOPCItemMgt, (IUnknown **)&c->items);
    CoTaskMemFree(wide);
    if (FAILED(hr))
        return hr;
    c->has_group = true;
    hr = connection_blanket(c, (IUnknown *)c->items);
    if (FAILED(hr))
        return hr;
    activity_call(c->activity, "QueryInterface");
    hr = IOPCItemMgt_QueryInterface(c->items, &IID_IOPCSyncIO, (void **)&c->sync);
    return SUCCEEDED(hr) ? connection_blanket(c, (IUnknown *)c->sync) : hr;
}

static void defs_free(OPCITEMDEF *defs, size_t count)
{
    for (size_t i = 0; defs && i < count; i++)
        CoTaskMemFree(defs[i].szItemID);
    free(defs);
}

static OPCITEMDEF *defs_create(const char *const *names, size_t count, size_t active)
{
    static WCHAR no_path[1];
    OPCITEMDEF *defs = calloc(count, sizeof(*defs));
    for (size_t i = 0; defs && i < count; i++) {
        defs[i].szAccessPath = no_path;
        defs[i].szItemID = wide_from_utf8(names[i]);
        defs[i].bActive = i < active; /* what is only read once need not come with every data change */
        defs[i].hClient = (OPCHANDLE)(i + 1);
        defs[i].vtRequestedDataType = VT_EMPTY;
        if (!defs[i].szItemID) {
            defs_free(defs, count);
            return NULL;
        }
    }
    return defs;
}

/* Adds `count` items, of which the first `active` are active; refused ones get handle 0. `*refused` is the index of the
 * first refused one, `count` for none. */
static HRESULT add_items(struct connection *c, const char *const *names, size_t count, size_t active, size_t *refused,
                         HRESULT *why)
{
    *refused = count;
    *why = S_OK;
    c->handles = calloc(count, sizeof(*c->handles));
    OPCITEMDEF *defs = c->handles ? defs_create(names, count, active) : NULL;
    if (!defs)
        return E_OUTOFMEMORY;
    OPCITEMRESULT *results = NULL;
    HRESULT *errors = NULL;
    activity_call(c->activity, "IOPCItemMgt::AddItems");
    HRESULT hr = IOPCItemMgt_AddItems(c->items, (DWORD)count, defs, &results, &errors);
    if (SUCCEEDED(hr) && (!results || !errors))
        hr = E_POINTER;
    for (size_t i = 0; SUCCEEDED(hr) && i < count; i++) {
        c->handles[i] = SUCCEEDED(errors[i]) ? results[i].hServer : 0;
        if (FAILED(errors[i]) && *refused == count) {
            *refused = i;
            *why = errors[i];
        }
    }
    if (SUCCEEDED(hr))
        c->handle_count = count;
    opc_item_results_free(results, SUCCEEDED(hr) ? (DWORD)count : 0);
    CoTaskMemFree(errors);
    defs_free(defs, count);
    return hr;
}

bool calls_group(struct connection *c, const char *const *names, size_t count)
{
    const char **all = calloc(count + RESERVED_COUNT, sizeof(*all));
    size_t all_count = count, refused = 0;
    HRESULT why = S_OK, hr = all ? S_OK : E_OUTOFMEMORY;
    for (size_t i = 0; all && i < count; i++)
        all[i] = names[i];
    /* On a plant's server nothing is added that the user did not name. */
    for (size_t i = 0; all && c->is_our_class && i < RESERVED_COUNT; i++)
        all[all_count++] = reserved_items[i];
    c->item_count = count;
    activity_items(c->activity, names, count);
    connection_begin(c, STAGE_GROUP, true);
    if (SUCCEEDED(hr)) {
        introduce(c);
        leftover_find(c);
        hr = add_group(c);
    }
    if (SUCCEEDED(hr) && all_count > 0)
        hr = add_items(c, all, all_count, count, &refused, &why);
    struct call_outcome o = connection_end(c, hr);
    struct stage_table *t = &c->report->stages;
    if (SUCCEEDED(hr) && refused < count) {
        char text[STAGE_DETAIL];
        snprintf(text, sizeof(text), "the server refuses item %.120s", names[refused]);
        evidence_item_refused(&o, t, STAGE_GROUP, (uint32_t)why, text);
    } else {
        char text[64];
        snprintf(text, sizeof(text), "opcprobe-... with %u item%s", (unsigned)count, count == 1 ? "" : "s");
        evidence_call(&o, t, STAGE_GROUP, text);
    }
    free(all);
    return SUCCEEDED(hr);
}

static void take_text(const OPCITEMSTATE *state, HRESULT error, char *out, size_t size)
{
    out[0] = '\0';
    if (FAILED(error) || V_VT(&state->vDataValue) != VT_BSTR)
        return;
    char *text = wide_to_utf8(V_BSTR(&state->vDataValue));
    snprintf(out, size, "%s", text ? text : "");
    free(text);
}

static LONG take_number(const OPCITEMSTATE *state, HRESULT error)
{
    return SUCCEEDED(error) && V_VT(&state->vDataValue) == VT_I4 ? state->vDataValue.lVal : 0;
}

/* The server is ours when it gives back this run's nonce; only then is believed what it says of us. */
static void take_reserved(struct connection *c, const OPCITEMSTATE *states, const HRESULT *errors)
{
    struct seen_by_server *seen = &c->report->seen;
    char nonce[NONCE_TEXT + 32];
    take_text(&states[RESERVED_NONCE], errors[RESERVED_NONCE], nonce, sizeof(nonce));
    const char *given = strncmp(nonce, OPCPROBE_NONCE_PREFIX, strlen(OPCPROBE_NONCE_PREFIX)) == 0
                            ? nonce + strlen(OPCPROBE_NONCE_PREFIX)
                            : nonce;
    c->is_ours = strcmp(given, c->nonce) == 0;
    if (!c->is_ours)
        return;
    seen->known = true;
    take_text(&states[RESERVED_ACCOUNT], errors[RESERVED_ACCOUNT], seen->account, sizeof(seen->account));
    take_text(&states[RESERVED_RUNTIME], errors[RESERVED_RUNTIME], seen->runtime, sizeof(seen->runtime));
    take_text(&states[RESERVED_SESSION], errors[RESERVED_SESSION], seen->session, sizeof(seen->session));
    seen->level = (uint8_t)take_number(&states[RESERVED_LEVEL], errors[RESERVED_LEVEL]);
    seen->mechanism = (uint8_t)take_number(&states[RESERVED_MECHANISM], errors[RESERVED_MECHANISM]);
}

/* Collects the handles of the items that were taken; `places` says which item each one is. */
static DWORD accepted_handles(const struct connection *c, OPCHANDLE *handles, size_t *places)
{
    DWORD n = 0;
    for (size_t i = 0; i < c->handle_count; i++)
        if (c->handles[i]) {
            handles[n] = c->handles[i];
            places[n++] = i;
        }
    return n;
}

/* Settles the stage from what each item said. */
static void judge_read(struct connection *c, const struct call_outcome *o, const OPCITEMSTATE *states,
                       const HRESULT *errors, const size_t *places, DWORD count)
{
    struct stage_table *t = &c->report->stages;
    unsigned good = 0, failed = 0, read = 0;
    HRESULT why = S_OK;
    char quality[QUALITY_TEXT] = "", text[STAGE_DETAIL];
    for (DWORD i = 0; i < count; i++) {
        if (places[i] >= c->item_count)
            continue;
        read++;
        if (FAILED(errors[i])) {
            why = failed++ ? why : errors[i];
            continue;
        }
        if (!quality[0])
            quality_text(states[i].wQuality, quality);
        good += quality_is_good(states[i].wQuality);
    }
    if (failed > 0) {
        snprintf(text, sizeof(text), "%u of %u items have no value", failed, read);
        evidence_item_refused(o, t, STAGE_READ, (uint32_t)why, text);
        return;
    }
    snprintf(text, sizeof(text), "%u item%s from the cache, %u good%s%s", read, read == 1 ? "" : "s", good,
             good < read ? "; the first: " : "", good < read ? quality : "");
    evidence_call(o, t, STAGE_READ, text);
}

void calls_read(struct connection *c)
{
    OPCHANDLE *handles = calloc(c->handle_count + 1, sizeof(*handles));
    size_t *places = calloc(c->handle_count + 1, sizeof(*places));
    DWORD count = handles && places ? accepted_handles(c, handles, places) : 0;
    if (count == 0) {
        stages_settle(&c->report->stages, STAGE_READ, OUTCOME_SKIPPED, "no item was named");
    } else {
        OPCITEMSTATE *states = NULL;
        HRESULT *errors = NULL;
        activity_call(c->activity, "IOPCSyncIO::Read");
        connection_begin(c, STAGE_READ, true);
        HRESULT hr = IOPCSyncIO_Read(c->sync, OPC_DS_CACHE, count, handles, &states, &errors);
        if (SUCCEEDED(hr) && (!states || !errors))
            hr = E_POINTER;
        struct call_outcome o = connection_end(c, hr);
        /* The reserved items are the last of the read, all of them or none. */
        if (SUCCEEDED(hr) && c->is_our_class && count >= RESERVED_COUNT &&
            places[count - RESERVED_COUNT] == c->item_count)
            take_reserved(c, states + (count - RESERVED_COUNT), errors + (count - RESERVED_COUNT));
        if (SUCCEEDED(hr))
            judge_read(c, &o, states, errors, places, count);
        else
            evidence_call(&o, &c->report->stages, STAGE_READ, NULL);
        opc_item_states_free(states, SUCCEEDED(hr) ? count : 0);
        CoTaskMemFree(errors);
    }
    free(handles);
    free(places);
}
