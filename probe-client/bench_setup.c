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
/* The group answers from its cache; updating 5,000 items must not disturb what is measured. */
#define GROUP_RATE_MS  3600000
#define ITEMS_PER_CALL 1000
#define VALUES_TIME_NS (10 * NS_PER_S)
#define FLOOR_TIME_NS  (5 * NS_PER_S)

static HRESULT add_group(struct bench *b)
{
    struct connection *c = &b->connection;
    char *name = text_format(GROUP_PREFIX "%s-%lld-bench", b->report.here, (long long)process_id());
    WCHAR *wide = name ? wide_from_utf8(name) : NULL;
    free(name);
    if (!wide)
        return E_OUTOFMEMORY;
    DWORD rate;
    activity_call(&b->activity, "IOPCServer::AddGroup");
    HRESULT hr = IOPCServer_AddGroup(c->server, wide, TRUE, GROUP_RATE_MS, 2, NULL, NULL, 0, &b->group, &rate,
                                     &IID_IOPCItemMgt, (IUnknown **)&b->items);
    CoTaskMemFree(wide);
    if (FAILED(hr))
        return hr;
    b->has_group = true;
    hr = connection_blanket(c, (IUnknown *)b->items);
    if (SUCCEEDED(hr))
        hr = IOPCItemMgt_QueryInterface(b->items, &IID_IOPCSyncIO, (void **)&b->sync);
    return SUCCEEDED(hr) ? connection_blanket(c, (IUnknown *)b->sync) : hr;
}

/* Adds items by name; every one of them must be taken. */
static HRESULT add_items(struct bench *b, char *const *names, DWORD count, OPCHANDLE *handles)
{
    static WCHAR no_path[1];
    OPCITEMDEF *defs = calloc(count, sizeof(*defs));
    HRESULT hr = defs ? S_OK : E_OUTOFMEMORY;
    for (DWORD i = 0; SUCCEEDED(hr) && i < count; i++) {
        defs[i] = (OPCITEMDEF){ .szAccessPath = no_path, .bActive = TRUE, .hClient = i + 1 };
        defs[i].szItemID = wide_from_utf8(names[i]);
        if (!defs[i].szItemID)
            hr = E_OUTOFMEMORY;
    }
    OPCITEMRESULT *results = NULL;
    HRESULT *errors = NULL;
    if (SUCCEEDED(hr)) {
        activity_call(&b->activity, "IOPCItemMgt::AddItems");
        hr = IOPCItemMgt_AddItems(b->items, count, defs, &results, &errors);
        if (SUCCEEDED(hr) && (!results || !errors))
            hr = E_POINTER;
        DWORD valid = SUCCEEDED(hr) ? count : 0;
        for (DWORD i = 0; i < valid; i++) {
            handles[i] = results[i].hServer;
            if (FAILED(errors[i]) && SUCCEEDED(hr))
                hr = errors[i];
        }
        opc_item_results_free(results, valid);
        CoTaskMemFree(errors);
    }
    for (DWORD i = 0; defs && i < count; i++)
        CoTaskMemFree(defs[i].szItemID);
    free(defs);
    return hr;
}

static HRESULT add_bulk_part(struct bench *b, uint32_t first, uint32_t count)
{
    char names[ITEMS_PER_CALL][24];
    char *pointers[ITEMS_PER_CALL];
    for (uint32_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof(names[i]), BULK_ITEM, (unsigned)(first + i + 1));
        pointers[i] = names[i];
    }
    return add_items(b, pointers, count, b->handles + first);
}

static HRESULT add_bulk(struct bench *b)
{
    for (size_t i = 0; i < b->options->size_count; i++)
        if (b->options->sizes[i] > b->item_count)
            b->item_count = b->options->sizes[i];
    b->handles = calloc(b->item_count, sizeof(*b->handles));
    HRESULT hr = b->handles ? S_OK : E_OUTOFMEMORY;
    for (uint32_t first = 0; SUCCEEDED(hr) && first < b->item_count; first += ITEMS_PER_CALL) {
        uint32_t left = b->item_count - first;
        hr = add_bulk_part(b, first, left < ITEMS_PER_CALL ? left : ITEMS_PER_CALL);
    }
    return hr;
}

static HRESULT add_reserved(struct bench *b)
{
    static char level[] = OPCPROBE_ITEM_CALLER_LEVEL, cpu[] = OPCPROBE_ITEM_PROCESS_CPU_NS,
                port[] = OPCPROBE_ITEM_FLOOR_PORT;
    char *const names[] = { level, cpu, port };
    OPCHANDLE handles[3];
    HRESULT hr = add_items(b, names, 3, handles);
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

/* Whether calls at this level come through, and as what the server sees them. */
static HRESULT try_level(struct bench *b, unsigned index)
{
    struct bench_level *level = &b->result->levels[index];
    struct bench_proxies *p = &b->proxies[index];
    HRESULT hr = CoCopyProxy((IUnknown *)b->connection.server, (IUnknown **)&p->server);
    if (SUCCEEDED(hr))
        hr = CoCopyProxy((IUnknown *)b->sync, (IUnknown **)&p->sync);
    if (SUCCEEDED(hr))
        hr = login_blanket_one(&b->login, (IUnknown *)p->server, level->asked);
    if (SUCCEEDED(hr))
        hr = login_blanket_one(&b->login, (IUnknown *)p->sync, level->asked);
    VARIANT seen;
    VariantInit(&seen);
    if (SUCCEEDED(hr))
        hr = bench_read_item(b, p->sync, b->level_item, &seen);
    if (FAILED(hr)) {
        level->code = (uint32_t)hr;
        return hr;
    }
    level->sent = V_VT(&seen) == VT_I4 && level_name((unsigned)seen.lVal) ? (uint8_t)seen.lVal : LEVEL_UNKNOWN;
    level->obtainable = level->sent == level_on_wire(level->asked);
    VariantClear(&seen);
    return S_OK;
}

static void make_proxies(struct bench *b)
{
    struct bench_result *r = b->result;
    if (r->same_host) {
        /* Local RPC has one way of its own, whatever level is asked for. */
        r->level_count = 1;
        r->levels[0] = (struct bench_level){ .asked = b->report.asked.call, .obtainable = true };
        b->proxies[0] = (struct bench_proxies){ b->connection.server, b->sync };
        IOPCServer_AddRef(b->connection.server);
        IOPCSyncIO_AddRef(b->sync);
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

static void open_floor(struct bench *b)
{
    VARIANT port;
    VariantInit(&port);
    HRESULT hr = bench_read_item(b, b->sync, b->port_item, &port);
    if (SUCCEEDED(hr) && V_VT(&port) == VT_I4 && port.lVal > 0 && port.lVal <= 65535 && !b->result->same_host &&
        find_address(b))
        b->result->has_floor =
            bench_floor_open(&b->floor, b->address, (uint16_t)port.lVal, clock_deadline_ns(FLOOR_TIME_NS)) == ERR_OK;
    VariantClear(&port);
}

static void list_operations(struct bench *b)
{
    struct bench_result *r = b->result;
    r->operations[r->operation_count++].name = "GetStatus";
    for (size_t i = 0; i < b->options->size_count; i++) {
        struct bench_operation *o = &r->operations[r->operation_count++];
        o->name = "Read";
        o->items = b->options->sizes[i];
    }
}

HRESULT bench_setup(struct bench *b, const char **what)
{
    static const struct {
        const char *what;
        HRESULT (*run)(struct bench *b);
    } steps[] = {
        { "the group", add_group },
        { "the bulk items", add_bulk },
        { "the reserved items", add_reserved },
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
    open_floor(b);
    (void)connection_end(&b->connection, S_OK);
    return S_OK;
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
    free(b->handles);
    b->handles = NULL;
}
