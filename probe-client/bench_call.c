/* The measured calls. They load the server and write to it, so that each of them asks first whether it is ours. */
#include "opcda/clear.h"
#include "probe-client/bench_internal.h"

static HRESULT get_status(struct bench *b, unsigned level, int64_t *elapsed_ns)
{
    OPCSERVERSTATUS *status = NULL;
    int64_t begun_ns = clock_now_ns();
    HRESULT hr = IOPCServer_GetStatus(b->proxies[level].server, &status);
    *elapsed_ns = clock_now_ns() - begun_ns;
    opc_server_status_free(status);
    return hr;
}

static HRESULT read_items(struct bench *b, uint32_t items, unsigned level, int64_t *elapsed_ns)
{
    OPCITEMSTATE *states = NULL;
    HRESULT *errors = NULL;
    int64_t begun_ns = clock_now_ns();
    HRESULT hr = IOPCSyncIO_Read(b->proxies[level].sync, OPC_DS_CACHE, items, b->handles, &states, &errors);
    *elapsed_ns = clock_now_ns() - begun_ns;
    opc_item_states_free(states, SUCCEEDED(hr) ? items : 0);
    CoTaskMemFree(errors);
    return hr;
}

static HRESULT write_items(struct bench *b, uint32_t items, unsigned level, int64_t *elapsed_ns)
{
    HRESULT *errors = NULL;
    int64_t begun_ns = clock_now_ns();
    HRESULT hr = IOPCSyncIO_Write(b->proxies[level].sync, items, b->stored_handles, b->values, &errors);
    *elapsed_ns = clock_now_ns() - begun_ns;
    /* S_FALSE: a write that the server refuses costs less than one that it does. */
    if (hr == S_FALSE && errors)
        hr = FAILED(errors[0]) ? errors[0] : E_FAIL;
    CoTaskMemFree(errors);
    return hr;
}

static HRESULT add_items(struct bench *b, uint32_t items, unsigned level, int64_t *elapsed_ns)
{
    OPCITEMRESULT *results = NULL;
    HRESULT *errors = NULL;
    int64_t begun_ns = clock_now_ns();
    HRESULT hr = IOPCItemMgt_AddItems(b->proxies[level].adding, items, b->defs, &results, &errors);
    *elapsed_ns = clock_now_ns() - begun_ns;
    CoTaskMemFree(errors);
    if (SUCCEEDED(hr) && !results)
        hr = E_POINTER;
    for (uint32_t i = 0; hr == S_OK && i < items; i++)
        b->added_handles[i] = results[i].hServer;
    opc_item_results_free(results, SUCCEEDED(hr) && results ? items : 0);
    return hr == S_FALSE ? E_FAIL : hr;
}

HRESULT bench_tidy(struct bench *b, const struct bench_operation *o, unsigned level)
{
    if (o->kind != BENCH_ADD_ITEMS)
        return S_OK;
    HRESULT *errors = NULL;
    HRESULT hr = IOPCItemMgt_RemoveItems(b->proxies[level].adding, o->items, b->added_handles, &errors);
    CoTaskMemFree(errors);
    return hr;
}

HRESULT bench_call(struct bench *b, const struct bench_operation *o, unsigned level, int64_t *elapsed_ns)
{
    if (!b->connection.is_ours)
        return E_ACCESSDENIED;
    switch (o->kind) {
    case BENCH_GET_STATUS:
        return get_status(b, level, elapsed_ns);
    case BENCH_ADD_ITEMS:
        return add_items(b, o->items, level, elapsed_ns);
    case BENCH_READ:
        return read_items(b, o->items, level, elapsed_ns);
    case BENCH_WRITE:
        return write_items(b, o->items, level, elapsed_ns);
    case BENCH_REFRESH:
        return bench_refresh_call(b, o, elapsed_ns);
    default:
        return E_NOTIMPL;
    }
}

const char *bench_call_name(enum bench_kind kind)
{
    static const char *const names[BENCH_KINDS] = {
        [BENCH_GET_STATUS] = "IOPCServer::GetStatus",
        [BENCH_ADD_ITEMS] = "IOPCItemMgt::AddItems and RemoveItems",
        [BENCH_READ] = "IOPCSyncIO::Read",
        [BENCH_WRITE] = "IOPCSyncIO::Write",
        [BENCH_REFRESH] = "IOPCAsyncIO2::Refresh2",
        [BENCH_ACTIVATE] = "CoCreateInstanceEx",
    };
    return names[kind];
}

bool bench_can_call(const struct bench *b, const struct bench_operation *o, unsigned level)
{
    return b->result->levels[level].obtainable &&
           (o->kind != BENCH_REFRESH || bench_result_callbacks_match(b->result, level));
}
