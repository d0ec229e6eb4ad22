/* Many OPC clients at once, for the figures of docs/performance.md: load TARGET [OPTION]...
 *
 * Each client is an IOPCServer of its own with advised groups; every callback is noted with the time it came. With
 * --hold a single client reads once and then stays connected until its standard input ends, so that many such processes
 * show what an idle connection costs the server. Prints one JSON object. */
#include <cjson/cJSON.h>
#include <olectl.h>
#include <opcda.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/thread.h"
#include "opcda/clear.h"
#include "opcda/com_object.h"
#include "opcda/identity.h"
#include "opcda/text.h"
#include "probe-client/level.h"
#include "probe-client/session.h"

#define ARRIVALS_SPARE 16
#define SETTLE_NS      (2 * NS_PER_S)

struct load_options {
    const char *target;
    unsigned clients, groups, items, rate_ms, seconds;
    uint8_t level;
    bool hold;
};

/* One advised group, which is its own sink. It lives in an array until the program ends. */
struct load_group {
    IOPCDataCallback IOPCDataCallback_iface;
    struct mutex lock;
    int64_t *arrivals_ns;    /* (LOCK lock) owned */
    unsigned count, maximum; /* (LOCK lock) */
    uint64_t items;          /* (LOCK lock) values received */
    IOPCItemMgt *group;
    IConnectionPoint *point;
    DWORD cookie;
};

struct load_client {
    IOPCServer *server;
    struct load_group *groups;
};

static void check(HRESULT hr, const char *what)
{
    if (SUCCEEDED(hr))
        return;
    fprintf(stderr, "load: %s failed with 0x%08X\n", what, (unsigned)hr);
    exit(3);
}

/* ---- the sink -------------------------------------------------------------------------------------------------- */

static const struct com_iface_entry load_group_ifaces[] = {
    { &IID_IUnknown, offsetof(struct load_group, IOPCDataCallback_iface) },
    { &IID_IOPCDataCallback, offsetof(struct load_group, IOPCDataCallback_iface) },
    { NULL, 0 },
};

static HRESULT load_group_query(struct load_group *g, REFIID iid, void **out)
{
    return com_query(load_group_ifaces, g, iid, out);
}

static ULONG load_group_addref(struct load_group *g)
{
    (void)g;
    return 2;
}

static ULONG load_group_release(struct load_group *g)
{
    (void)g;
    return 1;
}

COM_FORWARD_IUNKNOWN(load_group, IOPCDataCallback)

static HRESULT STDMETHODCALLTYPE load_group_OnDataChange(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                         HRESULT master_quality, HRESULT master_error, DWORD count,
                                                         OPCHANDLE *handles, VARIANT *values, WORD *qualities,
                                                         FILETIME *times, HRESULT *errors)
{
    (void)transaction;
    (void)group;
    (void)master_quality;
    (void)master_error;
    (void)handles;
    (void)values;
    (void)qualities;
    (void)times;
    (void)errors;
    struct load_group *g = load_group_from_IOPCDataCallback(self);
    int64_t now_ns = clock_now_ns();
    mutex_lock(&g->lock);
    if (g->count < g->maximum)
        g->arrivals_ns[g->count++] = now_ns;
    g->items += count;
    mutex_unlock(&g->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE load_group_OnReadComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                           HRESULT master_quality, HRESULT master_error, DWORD count,
                                                           OPCHANDLE *handles, VARIANT *values, WORD *qualities,
                                                           FILETIME *times, HRESULT *errors)
{
    return load_group_OnDataChange(self, transaction, group, master_quality, master_error, count, handles, values,
                                   qualities, times, errors);
}

static HRESULT STDMETHODCALLTYPE load_group_OnWriteComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group,
                                                            HRESULT master_error, DWORD count, OPCHANDLE *handles,
                                                            HRESULT *errors)
{
    (void)self;
    (void)transaction;
    (void)group;
    (void)master_error;
    (void)count;
    (void)handles;
    (void)errors;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE load_group_OnCancelComplete(IOPCDataCallback *self, DWORD transaction, OPCHANDLE group)
{
    (void)self;
    (void)transaction;
    (void)group;
    return S_OK;
}

static IOPCDataCallbackVtbl load_group_vtbl = {
    .QueryInterface = load_group_IOPCDataCallback_QueryInterface,
    .AddRef = load_group_IOPCDataCallback_AddRef,
    .Release = load_group_IOPCDataCallback_Release,
    .OnDataChange = load_group_OnDataChange,
    .OnReadComplete = load_group_OnReadComplete,
    .OnWriteComplete = load_group_OnWriteComplete,
    .OnCancelComplete = load_group_OnCancelComplete,
};

/* ---- clients ----------------------------------------------------------------------------------------------------- */

static IOPCServer *activate(const struct load_options *o)
{
    WCHAR *name = wide_from_utf8(o->target);
    COSERVERINFO server = { .pwszName = name };
    MULTI_QI result = { .pIID = &IID_IOPCServer };
    check(CoCreateInstanceEx(&CLSID_OpcprobeServer, NULL, CLSCTX_SERVER, &server, 1, &result), "CoCreateInstanceEx");
    CoTaskMemFree(name);
    return (IOPCServer *)result.pItf;
}

/* A group with items and its handle; their server handles go to `handles` unless NULL. */
static IOPCItemMgt *add_group(const struct load_options *o, IOPCServer *server, unsigned number, OPCHANDLE *handle,
                              OPCHANDLE *handles)
{
    IOPCItemMgt *group;
    DWORD rate;
    char text[32];
    snprintf(text, sizeof(text), "load-%u", number);
    WCHAR *name = wide_from_utf8(text);
    check(IOPCServer_AddGroup(server, name, TRUE, o->rate_ms, number, NULL, NULL, 0, handle, &rate, &IID_IOPCItemMgt,
                              (IUnknown **)&group),
          "AddGroup");
    CoTaskMemFree(name);
    OPCITEMDEF *definitions = calloc(o->items, sizeof(*definitions));
    OPCITEMRESULT *results;
    HRESULT *errors;
    static WCHAR no_path[1];
    for (unsigned i = 0; i < o->items; i++) {
        snprintf(text, sizeof(text), "Bulk.R8.%05u", i % 10000 + 1);
        definitions[i] = (OPCITEMDEF){ .szAccessPath = no_path, .szItemID = wide_from_utf8(text), .bActive = TRUE };
        definitions[i].hClient = i + 1;
    }
    check(IOPCItemMgt_AddItems(group, o->items, definitions, &results, &errors), "AddItems");
    for (unsigned i = 0; i < o->items; i++) {
        check(errors[i], "AddItems of an item");
        if (handles)
            handles[i] = results[i].hServer;
        CoTaskMemFree(definitions[i].szItemID);
    }
    opc_item_results_free(results, o->items);
    CoTaskMemFree(errors);
    free(definitions);
    return group;
}

static void advise(struct load_group *g, unsigned maximum)
{
    IConnectionPointContainer *container;
    g->IOPCDataCallback_iface.lpVtbl = &load_group_vtbl;
    mutex_init(&g->lock);
    g->maximum = maximum;
    g->arrivals_ns = calloc(maximum, sizeof(*g->arrivals_ns));
    check(IOPCItemMgt_QueryInterface(g->group, &IID_IConnectionPointContainer, (void **)&container), "QueryInterface");
    check(IConnectionPointContainer_FindConnectionPoint(container, &IID_IOPCDataCallback, &g->point),
          "FindConnectionPoint");
    IConnectionPointContainer_Release(container);
    check(IConnectionPoint_Advise(g->point, (IUnknown *)&g->IOPCDataCallback_iface, &g->cookie), "Advise");
}

static void stop_group(struct load_group *g)
{
    check(IConnectionPoint_Unadvise(g->point, g->cookie), "Unadvise");
    IConnectionPoint_Release(g->point);
    IOPCItemMgt_Release(g->group);
}

/* ---- what came -----------------------------------------------------------------------------------------------------
 */

struct load_result {
    uint64_t expected, delivered, values;
    LONGLONG overwritten, refused; /* by the server, of all its clients while these ran */
    struct histogram lateness;
};

/* Updates come a period apart, so the most punctual one shows when each of them was due. The first callback of a
 * subscription comes at once and is no update: it went before the measuring. */
static void judge_group(struct load_group *g, int64_t to_ns, int64_t period_ns, struct load_result *out)
{
    int64_t earliest_ns = 0;
    mutex_lock(&g->lock);
    out->values += g->items;
    for (unsigned i = 1; i < g->count; i++) {
        int64_t since_ns = g->arrivals_ns[i] - g->arrivals_ns[0];
        int64_t late_ns = since_ns - (since_ns + period_ns / 2) / period_ns * period_ns;
        earliest_ns = late_ns < earliest_ns ? late_ns : earliest_ns;
    }
    int64_t due_ns = g->count ? g->arrivals_ns[0] + earliest_ns : to_ns, last = -1;
    /* One that is due just before the end has no time to come. */
    int64_t updates = (to_ns - due_ns) / period_ns;
    out->expected += g->count ? (uint64_t)updates : 1;
    for (unsigned i = 0; i < g->count; i++) {
        int64_t k = (g->arrivals_ns[i] - due_ns) / period_ns;
        if (k == last || k >= updates)
            continue;
        last = k;
        out->delivered++;
        histogram_add(&out->lateness, g->arrivals_ns[i] - due_ns - k * period_ns);
    }
    mutex_unlock(&g->lock);
}

static void print_result(const struct load_options *o, const struct load_result *r, int64_t set_up_ns)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "clients", o->clients);
    cJSON_AddNumberToObject(root, "groups", o->groups);
    cJSON_AddNumberToObject(root, "items", o->items);
    cJSON_AddNumberToObject(root, "rate_ms", o->rate_ms);
    cJSON_AddNumberToObject(root, "seconds", o->seconds);
    cJSON_AddStringToObject(root, "level", level_name(o->level));
    cJSON_AddNumberToObject(root, "set_up_ms", (double)(set_up_ns / NS_PER_MS));
    cJSON_AddNumberToObject(root, "updates_expected", (double)r->expected);
    cJSON_AddNumberToObject(root, "updates_delivered", (double)r->delivered);
    cJSON_AddNumberToObject(root, "values", (double)r->values);
    cJSON_AddNumberToObject(root, "overwritten", (double)r->overwritten);
    cJSON_AddNumberToObject(root, "refused", (double)r->refused);
    cJSON_AddNumberToObject(root, "late_p50_us", (double)histogram_percentile_ns(&r->lateness, 500000) / NS_PER_US);
    cJSON_AddNumberToObject(root, "late_p99_us", (double)histogram_percentile_ns(&r->lateness, 990000) / NS_PER_US);
    cJSON_AddNumberToObject(root, "late_max_us", (double)r->lateness.maximum_ns / NS_PER_US);
    char *text = cJSON_Print(root);
    puts(text);
    free(text);
    cJSON_Delete(root);
}

/* What the server counts of all its clients; an item of no group that is measured. */
static LONGLONG server_count(IOPCServer *server, const WCHAR *id)
{
    OPCITEMDEF definition = { .szAccessPath = (WCHAR[1]){ 0 }, .szItemID = (LPWSTR)id };
    OPCHANDLE handle;
    DWORD rate;
    IUnknown *group;
    OPCITEMRESULT *added;
    OPCITEMSTATE *state;
    HRESULT *errors;
    IOPCSyncIO *sync;
    check(
        IOPCServer_AddGroup(server, WTEXT(""), FALSE, 1000, 0, NULL, NULL, 0, &handle, &rate, &IID_IOPCItemMgt, &group),
        "AddGroup");
    check(IOPCItemMgt_AddItems((IOPCItemMgt *)group, 1, &definition, &added, &errors), "AddItems");
    check(errors[0], "AddItems of a counter");
    CoTaskMemFree(errors);
    check(IUnknown_QueryInterface(group, &IID_IOPCSyncIO, (void **)&sync), "QueryInterface");
    check(IOPCSyncIO_Read(sync, OPC_DS_DEVICE, 1, &added[0].hServer, &state, &errors), "Read");
    LONGLONG count = V_I8(&state[0].vDataValue);
    CoTaskMemFree(errors);
    opc_item_states_free(state, 1);
    opc_item_results_free(added, 1);
    IOPCSyncIO_Release(sync);
    IUnknown_Release(group);
    check(IOPCServer_RemoveGroup(server, handle, FALSE), "RemoveGroup");
    return count;
}

static int run_clients(const struct load_options *o)
{
    int64_t begun_ns = clock_now_ns(), period_ns = o->rate_ms * NS_PER_MS;
    unsigned maximum = (o->seconds + 600) * 1000 / o->rate_ms + ARRIVALS_SPARE;
    static struct load_client *clients; /* until the program ends, because a callback may still be under way */
    static struct load_result result;
    clients = calloc(o->clients, sizeof(*clients));
    for (unsigned c = 0; c < o->clients; c++) {
        clients[c].server = activate(o);
        clients[c].groups = calloc(o->groups, sizeof(*clients[c].groups));
        for (unsigned g = 0; g < o->groups; g++) {
            OPCHANDLE handle;
            clients[c].groups[g].group = add_group(o, clients[c].server, g + 1, &handle, NULL);
            advise(&clients[c].groups[g], maximum);
        }
    }
    int64_t from_ns = clock_now_ns() + SETTLE_NS, to_ns = from_ns + o->seconds * NS_PER_S;
    fprintf(stderr, "set up\n");
    clock_sleep_until_ns(from_ns);
    for (unsigned i = 0; i < o->clients * o->groups; i++) {
        struct load_group *g = &clients[i / o->groups].groups[i % o->groups];
        mutex_lock(&g->lock);
        g->count = 0; /* what came while others were being set up */
        g->items = 0;
        mutex_unlock(&g->lock);
    }
    LONGLONG overwritten = server_count(clients[0].server, WTEXT(OPCPROBE_ITEM_OVERWRITTEN));
    LONGLONG refused = server_count(clients[0].server, WTEXT(OPCPROBE_ITEM_REFUSED));
    fprintf(stderr, "measuring\n");
    clock_sleep_until_ns(to_ns);
    fprintf(stderr, "measured\n");
    for (unsigned i = 0; i < o->clients * o->groups; i++)
        judge_group(&clients[i / o->groups].groups[i % o->groups], to_ns, period_ns, &result);
    result.overwritten = server_count(clients[0].server, WTEXT(OPCPROBE_ITEM_OVERWRITTEN)) - overwritten;
    result.refused = server_count(clients[0].server, WTEXT(OPCPROBE_ITEM_REFUSED)) - refused;
    print_result(o, &result, from_ns - SETTLE_NS - begun_ns);
    for (unsigned i = 0; i < o->clients * o->groups; i++)
        stop_group(&clients[i / o->groups].groups[i % o->groups]);
    for (unsigned c = 0; c < o->clients; c++)
        IOPCServer_Release(clients[c].server);
    return 0;
}

/* One Read, then nothing until standard input ends. The group is taken away after the Read. */
static int run_hold(const struct load_options *o)
{
    IOPCServer *server = activate(o);
    OPCHANDLE *handles = calloc(o->items, sizeof(*handles));
    OPCHANDLE handle;
    IOPCItemMgt *group = add_group(o, server, 1, &handle, handles);
    IOPCSyncIO *sync;
    OPCITEMSTATE *states;
    HRESULT *errors;
    check(IOPCItemMgt_QueryInterface(group, &IID_IOPCSyncIO, (void **)&sync), "QueryInterface");
    check(IOPCSyncIO_Read(sync, OPC_DS_CACHE, o->items, handles, &states, &errors), "Read");
    opc_item_states_free(states, o->items);
    CoTaskMemFree(errors);
    IOPCSyncIO_Release(sync);
    IOPCItemMgt_Release(group);
    /* The connection stays; what the group kept for its items is no cost of it. */
    check(IOPCServer_RemoveGroup(server, handle, FALSE), "RemoveGroup");
    puts("held");
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    IOPCServer_Release(server);
    free(handles);
    return 0;
}

static unsigned number(const char *text)
{
    unsigned long n = strtoul(text ? text : "", NULL, 10);
    if (n == 0 || n > 1000000) {
        fprintf(stderr, "load: '%s' is no number from 1 to 1000000\n", text ? text : "");
        exit(2);
    }
    return (unsigned)n;
}

int main(int argc, char **argv)
{
    struct load_options o = { .clients = 1, .groups = 1, .items = 100, .rate_ms = 1000, .seconds = 10 };
    o.level = LEVEL_PACKET_INTEGRITY;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        unsigned *target = strcmp(argv[i], "--clients") == 0   ? &o.clients
                           : strcmp(argv[i], "--groups") == 0  ? &o.groups
                           : strcmp(argv[i], "--items") == 0   ? &o.items
                           : strcmp(argv[i], "--rate") == 0    ? &o.rate_ms
                           : strcmp(argv[i], "--seconds") == 0 ? &o.seconds
                                                               : NULL;
        if (target) {
            *target = number(value);
            i++;
        } else if (strcmp(argv[i], "--level") == 0 && value && level_find(value, &o.level)) {
            i++;
        } else if (strcmp(argv[i], "--hold") == 0) {
            o.hold = true;
        } else if (argv[i][0] != '-' && !o.target) {
            o.target = argv[i];
        } else {
            fprintf(stderr, "usage: load TARGET [--clients N] [--groups N] [--items N] [--rate MS] [--seconds S] "
                            "[--level L] [--hold]\n");
            return 2;
        }
    }
    check(o.target ? session_start(o.level) : E_INVALIDARG, "starting COM (is there a target?)");
    int exit_code = o.hold ? run_hold(&o) : run_clients(&o);
    session_end();
    return exit_code;
}
