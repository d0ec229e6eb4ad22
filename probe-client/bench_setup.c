#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/process.h"
#include "base/text.h"
#include "opcda/clear.h"
#include "opcda/identity.h"
#include "opcda/quality.h"
#include "opcda/text.h"
#include "probe-client/bench_internal.h"
#include "probe-client/leftover.h"

#define BULK_ITEM      "Bulk.R8.%05u"
#define STORED_ITEM    "Store.Real8"
/* The group answers from its cache; updating 5,000 items must not disturb what is measured. */
#define GROUP_RATE_MS  3600000
#define VALUES_TIME_NS (10 * NS_PER_S)
#define FLOOR_TIME_NS  (5 * NS_PER_S)

HRESULT bench_group_add(struct bench *b, bool active, OPCHANDLE *group, bool *has_group, IOPCItemMgt **items)
{
    struct connection *c = &b->connection;
    char *name = text_format(GROUP_PREFIX "%s-%lld-bench-%u", b->report.here, (long long)process_id(), b->groups++);
    WCHAR *wide = name ? wide_from_utf8(name) : NULL;
    free(name);
    if (!wide)
        return E_OUTOFMEMORY;
    DWORD rate;
    activity_call(&b->activity, "IOPCServer::AddGroup");
    HRESULT hr = IOPCServer_AddGroup(c->server, wide, active, GROUP_RATE_MS, 2, NULL, NULL, 0, group, &rate,
                                     &IID_IOPCItemMgt, (IUnknown **)items);
    CoTaskMemFree(wide);
    if (FAILED(hr))
        return hr;
    *has_group = true;
    return connection_blanket(c, (IUnknown *)*items);
}

static HRESULT add_groups(struct bench *b)
{
    HRESULT hr = bench_group_add(b, true, &b->group, &b->has_group, &b->items);
    if (SUCCEEDED(hr))
        hr = IOPCItemMgt_QueryInterface(b->items, &IID_IOPCSyncIO, (void **)&b->sync);
    if (SUCCEEDED(hr))
        hr = connection_blanket(&b->connection, (IUnknown *)b->sync);
    if (SUCCEEDED(hr) && b->options->operations[BENCH_ADD_ITEMS])
        hr = bench_group_add(b, false, &b->adding_group, &b->has_adding_group, &b->adding);
    return hr;
}

HRESULT bench_items_add(struct bench *b, IOPCItemMgt *to, DWORD count, OPCITEMDEF *defs, OPCHANDLE *handles)
{
    OPCITEMRESULT *results = NULL;
    HRESULT *errors = NULL;
    activity_call(&b->activity, "IOPCItemMgt::AddItems");
    HRESULT hr = IOPCItemMgt_AddItems(to, count, defs, &results, &errors);
    if (SUCCEEDED(hr) && (!results || !errors))
        hr = E_POINTER;
    DWORD valid = SUCCEEDED(hr) ? count : 0;
    for (DWORD i = 0; i < valid; i++) {
        if (handles)
            handles[i] = results[i].hServer;
        if (FAILED(errors[i]) && SUCCEEDED(hr))
            hr = errors[i];
    }
    opc_item_results_free(results, valid);
    CoTaskMemFree(errors);
    return hr;
}

static bool define(OPCITEMDEF *def, const char *name, DWORD client_handle)
{
    static WCHAR no_path[1];
    *def = (OPCITEMDEF){ .szAccessPath = no_path, .bActive = TRUE, .hClient = client_handle };
    def->szItemID = wide_from_utf8(name);
    return def->szItemID != NULL;
}

static HRESULT define_bulk(struct bench *b)
{
    for (size_t i = 0; i < b->options->size_count; i++)
        if (b->options->sizes[i] > b->item_count)
            b->item_count = b->options->sizes[i];
    b->defs = calloc(b->item_count, sizeof(*b->defs));
    b->handles = calloc(b->item_count, sizeof(*b->handles));
    b->added_handles = calloc(b->item_count, sizeof(*b->added_handles));
    bool complete = b->defs && b->handles && b->added_handles;
    for (uint32_t i = 0; complete && i < b->item_count; i++) {
        char name[24];
        snprintf(name, sizeof(name), BULK_ITEM, (unsigned)(i + 1));
        complete = define(&b->defs[i], name, i + 1);
    }
    return complete ? S_OK : E_OUTOFMEMORY;
}

static HRESULT add_bulk(struct bench *b)
{
    HRESULT hr = define_bulk(b);
    return SUCCEEDED(hr) ? bench_items_add(b, b->items, b->item_count, b->defs, b->handles) : hr;
}

/* The bulk items cannot be written; one that can is added as often as the largest Write needs. */
static HRESULT add_stored(struct bench *b)
{
    if (!b->options->operations[BENCH_WRITE])
        return S_OK;
    OPCITEMDEF stored = { 0 };
    OPCITEMDEF *defs = calloc(b->item_count, sizeof(*defs));
    b->stored_handles = calloc(b->item_count, sizeof(*b->stored_handles));
    b->values = calloc(b->item_count, sizeof(*b->values));
    HRESULT hr = defs && b->stored_handles && b->values && define(&stored, STORED_ITEM, 0) ? S_OK : E_OUTOFMEMORY;
    for (uint32_t i = 0; SUCCEEDED(hr) && i < b->item_count; i++) {
        defs[i] = stored;
        V_VT(&b->values[i]) = VT_R8;
        V_R8(&b->values[i]) = i;
    }
    if (SUCCEEDED(hr))
        hr = bench_items_add(b, b->items, b->item_count, defs, b->stored_handles);
    CoTaskMemFree(stored.szItemID);
    free(defs);
    return hr;
}

static HRESULT add_reserved(struct bench *b)
{
    static const char *const names[] = { OPCPROBE_ITEM_CALLER_LEVEL, OPCPROBE_ITEM_PROCESS_CPU_NS,
                                         OPCPROBE_ITEM_FLOOR_PORT };
    OPCITEMDEF defs[3] = { { 0 } };
    OPCHANDLE handles[3];
    bool defined = true;
    for (DWORD i = 0; i < 3; i++)
        defined = define(&defs[i], names[i], 0) && defined;
    HRESULT hr = defined ? bench_items_add(b, b->items, 3, defs, handles) : E_OUTOFMEMORY;
    for (DWORD i = 0; i < 3; i++)
        CoTaskMemFree(defs[i].szItemID);
    if (FAILED(hr))
        return hr;
    b->level_item = handles[0];
    b->cpu_item = handles[1];
    b->port_item = handles[2];
    return S_OK;
}

static bool all_good(const OPCITEMSTATE *states, const HRESULT *errors, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (FAILED(errors[i]) || !quality_is_good(states[i].wQuality) || V_VT(&states[i].vDataValue) != VT_R8)
            return false;
    return true;
}

/* A figure for values that are not there yet would be one for smaller replies. */
static HRESULT await_values(struct bench *b)
{
    int64_t deadline_ns = clock_deadline_ns(VALUES_TIME_NS);
    for (;;) {
        OPCITEMSTATE *states = NULL;
        HRESULT *errors = NULL;
        activity_call(&b->activity, "IOPCSyncIO::Read");
        HRESULT hr = IOPCSyncIO_Read(b->sync, OPC_DS_CACHE, b->item_count, b->handles, &states, &errors);
        bool good = SUCCEEDED(hr) && states && errors && all_good(states, errors, b->item_count);
        opc_item_states_free(states, SUCCEEDED(hr) ? b->item_count : 0);
        CoTaskMemFree(errors);
        if (FAILED(hr) || good)
            return hr;
        if (clock_left_ns(deadline_ns) == 0 || interrupt_requested())
            return RPC_E_TIMEOUT;
        clock_sleep_until_ns(clock_deadline_ns(100 * NS_PER_MS));
    }
}

/* From the logon of the first call at this level, or of an earlier one that it shares a connection with. */
static void note_signing(struct bench *b, struct bench_level *level, size_t mark)
{
    struct connection *c = &b->connection;
    size_t count = observe_read(0, c->events, OBSERVED_MAXIMUM);
    if (level->sent == LEVEL_NONE)
        level->header_signing = BENCH_SIGNING_NO;
    for (size_t i = 0; i < count; i++) {
        const struct observed *e = &c->events[i];
        if (e->kind == OBSERVED_BIND && e->error == 0 && !e->local && e->level_sent == level->sent &&
            level->sent != LEVEL_NONE && (i >= mark || level->header_signing == BENCH_SIGNING_UNKNOWN))
            level->header_signing = e->header_signing ? BENCH_SIGNING_YES : BENCH_SIGNING_NO;
    }
}

/* Whether calls at this level come through, and as what the server sees them. */
static HRESULT try_level(struct bench *b, unsigned index)
{
    struct bench_level *level = &b->result->levels[index];
    struct bench_proxies *p = &b->proxies[index];
    HRESULT hr = CoCopyProxy((IUnknown *)b->connection.server, (IUnknown **)&p->server);
    if (SUCCEEDED(hr))
        hr = CoCopyProxy((IUnknown *)b->sync, (IUnknown **)&p->sync);
    if (SUCCEEDED(hr) && b->adding)
        hr = CoCopyProxy((IUnknown *)b->adding, (IUnknown **)&p->adding);
    if (SUCCEEDED(hr))
        hr = login_blanket_one(&b->login, (IUnknown *)p->server, level->asked);
    if (SUCCEEDED(hr))
        hr = login_blanket_one(&b->login, (IUnknown *)p->sync, level->asked);
    if (SUCCEEDED(hr) && b->adding)
        hr = login_blanket_one(&b->login, (IUnknown *)p->adding, level->asked);
    VARIANT seen;
    VariantInit(&seen);
    size_t mark = observe_count();
    if (SUCCEEDED(hr))
        hr = bench_read_item(b, p->sync, b->level_item, &seen);
    if (FAILED(hr)) {
        level->code = (uint32_t)hr;
        return hr;
    }
    level->sent = V_VT(&seen) == VT_I4 && level_name((unsigned)seen.lVal) ? (uint8_t)seen.lVal : LEVEL_UNKNOWN;
    level->obtainable = level->sent == level_on_wire(level->asked);
    VariantClear(&seen);
    note_signing(b, level, mark);
    return S_OK;
}

static void make_proxies(struct bench *b)
{
    struct bench_result *r = b->result;
    if (r->same_host) {
        /* Local RPC has one way of its own, whatever level is asked for. */
        r->level_count = 1;
        r->levels[0] = (struct bench_level){ .asked = b->report.asked.call, .obtainable = true };
        b->proxies[0] = (struct bench_proxies){ b->connection.server, b->sync, b->adding };
        IOPCServer_AddRef(b->connection.server);
        IOPCSyncIO_AddRef(b->sync);
        if (b->adding)
            IOPCItemMgt_AddRef(b->adding);
        return;
    }
    r->level_count = (unsigned)b->options->level_count;
    for (unsigned i = 0; i < r->level_count; i++) {
        r->levels[i].asked = b->options->levels[i];
        (void)try_level(b, i); /* a level that cannot be had is a result, not a failure */
    }
}

/* The address in "ncacn_ip_tcp:10.2.0.2[49160]" of the stage connect; without it the host's own. */
static bool find_address(struct bench *b)
{
    const char *binding = b->report.stages.results[STAGE_CONNECT].binding;
    const char *address = strchr(binding, ':');
    const char *end = strrchr(binding, '[');
    if (address && end > address) {
        snprintf(b->address, sizeof(b->address), "%.*s", (int)(end - address - 1), address + 1);
        return true;
    }
    return b->connection.host &&
           socket_resolve(b->connection.host, clock_deadline_ns(FLOOR_TIME_NS), b->address) == ERR_OK;
}

void bench_open_floor(struct bench *b, IOPCSyncIO *sync, OPCHANDLE port_item)
{
    VARIANT port;
    VariantInit(&port);
    HRESULT hr = bench_read_item(b, sync, port_item, &port);
    if (SUCCEEDED(hr) && V_VT(&port) == VT_I4 && port.lVal > 0 && port.lVal <= 65535 && !b->result->same_host &&
        find_address(b))
        b->result->has_floor =
            bench_floor_open(&b->floor, b->address, (uint16_t)port.lVal, clock_deadline_ns(FLOOR_TIME_NS)) == ERR_OK;
    VariantClear(&port);
}

static void list_operations(struct bench *b)
{
    struct bench_result *r = b->result;
    for (unsigned i = 0; i < BENCH_KINDS; i++) {
        enum bench_kind kind = (enum bench_kind)i;
        /* The parts of an activation come with it. */
        if (!b->options->operations[bench_kind_is_setup(kind) ? BENCH_ACTIVATE : kind])
            continue;
        size_t sizes = bench_kind_has_items(kind) ? b->options->size_count : 1;
        for (size_t k = 0; k < sizes; k++)
            r->operations[r->operation_count++] = (struct bench_operation){
                .kind = kind,
                .items = bench_kind_has_items(kind) ? b->options->sizes[k] : 0,
            };
    }
}

/* Callbacks that cannot be had are a result like a level that cannot. */
static void setup_refresh(struct bench *b)
{
    struct bench_result *r = b->result;
    if (!b->options->operations[BENCH_REFRESH])
        return;
    HRESULT hr = bench_refresh_setup(b);
    for (unsigned i = 0; FAILED(hr) && i < r->operation_count; i++)
        for (unsigned level = 0; level < r->level_count; level++)
            if (r->operations[i].kind == BENCH_REFRESH)
                r->operations[i].rows[level].code = (uint32_t)hr;
    for (unsigned level = 0; level < r->level_count; level++)
        if (bench_result_callbacks_match(r, level))
            r->levels[level].callback_sent = r->callback_sent;
}

HRESULT bench_setup(struct bench *b, const char **what)
{
    static const struct {
        const char *what;
        HRESULT (*run)(struct bench *b);
    } steps[] = {
        { "the groups", add_groups },         { "the bulk items", add_bulk },
        { "the stored items", add_stored },   { "the reserved items", add_reserved },
        { "the first values", await_values },
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        *what = steps[i].what;
        connection_begin(&b->connection, STAGE_GROUP, true);
        HRESULT hr = steps[i].run(b);
        (void)connection_end(&b->connection, hr);
        if (FAILED(hr))
            return hr;
    }
    list_operations(b);
    connection_begin(&b->connection, STAGE_GROUP, true);
    make_proxies(b);
    if (!b->options->one_round_ns)
        bench_open_floor(b, b->sync, b->port_item);
    setup_refresh(b);
    (void)connection_end(&b->connection, S_OK);
    return S_OK;
}

static void free_items(struct bench *b)
{
    for (uint32_t i = 0; b->defs && i < b->item_count; i++)
        CoTaskMemFree(b->defs[i].szItemID);
    free(b->defs);
    free(b->handles);
    free(b->added_handles);
    free(b->stored_handles);
    free(b->values);
}

void bench_teardown(struct bench *b)
{
    struct connection *c = &b->connection;
    bench_floor_close(&b->floor);
    connection_begin(c, STAGE_TEARDOWN, false);
    for (unsigned i = 0; i < BENCH_LEVELS_MAXIMUM; i++) {
        if (b->proxies[i].server)
            IOPCServer_Release(b->proxies[i].server);
        if (b->proxies[i].sync)
            IOPCSyncIO_Release(b->proxies[i].sync);
        if (b->proxies[i].adding)
            IOPCItemMgt_Release(b->proxies[i].adding);
    }
    bench_refresh_teardown(b);
    if (b->adding)
        IOPCItemMgt_Release(b->adding);
    if (b->has_adding_group) {
        activity_call(&b->activity, "IOPCServer::RemoveGroup");
        (void)IOPCServer_RemoveGroup(c->server, b->adding_group, FALSE);
    }
    if (b->sync)
        IOPCSyncIO_Release(b->sync);
    if (b->items)
        IOPCItemMgt_Release(b->items);
    if (b->has_group) {
        activity_call(&b->activity, "IOPCServer::RemoveGroup");
        /* A failure here shows again in the teardown of the connection, which reports it. */
        (void)IOPCServer_RemoveGroup(c->server, b->group, FALSE);
    }
    (void)connection_end(c, S_OK);
    free_items(b);
}
