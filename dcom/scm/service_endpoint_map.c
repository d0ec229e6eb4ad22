/* The endpoint mapper: what listens where on this host ([C706] appendix O). It holds no state of its own: the map is
 * read from the tables of the host with every call, and the handle of a search that did not fit is the place it stopped
 * at, sealed for this process and the caller's association. So there is nothing that an impolite client could leave
 * behind. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcom/orpc/bindings.h"
#include "dcom/rpc/management.h"
#include "dcom/scm/epm.h"
#include "dcom/scm/scm.h"

/* Takes the entries that answer a query, from the place where its search goes on. */
struct collector {
    const struct epm_query *query;
    uint32_t skip; /* answers that were given before */
    uint32_t count;
    bool more;
    struct epm_entry *entries; /* room for query->maximum */
};

/* ---- the map ----------------------------------------------------------------------------------------------------- */

static void offer(struct collector *c, const struct rpc_syntax *syntax, const char *address, uint16_t port,
                  const char *annotation)
{
    struct epm_entry entry = { .tower = { .abstract = *syntax, .transfer = rpc_syntax_ndr, .port = port } };
    if (!address_ipv4(address, entry.tower.address)) /* a tower has no place for others */
        return;
    snprintf(entry.annotation, sizeof entry.annotation, "%s", annotation);
    if (!epm_matches(c->query, &entry))
        return;
    if (c->skip > 0)
        c->skip--;
    else if (c->count < c->query->maximum)
        c->entries[c->count++] = entry;
    else
        c->more = true;
}

/* Port 135 itself, at each address of the host. */
static void offer_host(struct scm *s, struct collector *c)
{
    const struct {
        struct rpc_syntax syntax;
        const char *annotation;
    } known[] = { { plain_syntax(&IID_IObjectExporter), "IObjectExporter" },
                  { plain_syntax(&IID_IActivation), "IActivation" },
                  { plain_syntax(&IID_IRemoteSCMActivator), "IRemoteSCMActivator" },
                  { epm_syntax, "endpoint mapper" },
                  { management_syntax, "management" } };
    const struct host_view *view = host_files_get(s->files);
    const struct host *host = view->host;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        for (size_t k = 0; k < host->address_count; k++)
            offer(c, &known[i].syntax, host->addresses[k], host->resolver_port, known[i].annotation);
    host_files_put(view);
}

/* The interfaces that every exporter has, at each of its addresses. */
static void offer_exporter(struct collector *c, const struct exporter *x)
{
    const struct rpc_syntax known[] = { plain_syntax(&IID_IRemUnknown), plain_syntax(&IID_IRemUnknown2),
                                        management_syntax };
    char annotation[EPM_ANNOTATION];
    struct binding_cursor cursor;
    struct string_binding b;
    snprintf(annotation, sizeof annotation, "object exporter, process %" PRId64, x->pid);
    binding_cursor_strings(&cursor, x->bindings);
    while (binding_next_string(&cursor, &b))
        for (size_t i = 0; b.tower == RPC_TCP && b.port != 0 && i < sizeof known / sizeof known[0]; i++)
            offer(c, &known[i], b.address, b.port, annotation);
}

/* ---- handles ----------------------------------------------------------------------------------------------------- */

static void make_handle(const struct scm *s, const struct rpc_server_call *call, uint32_t place, struct epm_handle *out)
{
    memset(out, 0, sizeof *out);
    store_u32(out->bytes + 4, place);
    store_u32(out->bytes + 8, call->group);
    memcpy(out->bytes + 12, &s->epm_seal, sizeof s->epm_seal);
}

/* Where the search goes on. False: the handle is none that this process gave to this association. */
static bool open_handle(const struct scm *s, const struct rpc_server_call *call, const struct epm_handle *handle,
                        uint32_t *place)
{
    static const struct epm_handle fresh;
    struct epm_handle expected;
    *place = load_u32(handle->bytes + 4);
    make_handle(s, call, *place, &expected);
    return memcmp(handle, &fresh, sizeof fresh) == 0 || memcmp(handle, &expected, sizeof expected) == 0;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

typedef void reply_function(struct writer *w, const struct epm_handle *handle, uint32_t maximum,
                            const struct epm_entry *entries, uint32_t count);

static uint32_t search(struct scm *s, struct rpc_server_call *call, const struct epm_query *query,
                       reply_function *reply)
{
    struct collector c = { .query = query };
    struct epm_handle handle = { { 0 } };
    struct exporter x;
    uint32_t place;
    if (!open_handle(s, call, &query->handle, &place))
        return RPC_STATUS_CONTEXT_MISMATCH;
    c.skip = place;
    c.entries = calloc(query->maximum + 1, sizeof *c.entries);
    if (!c.entries)
        return RPC_STATUS_SERVER_TOO_BUSY;
    offer_host(s, &c);
    for (size_t i = 0; !c.more && exporters_at(s->exporters, i, &x); i++) {
        offer_exporter(&c, &x);
        exporter_cleanup(&x);
    }
    if (c.more)
        make_handle(s, call, place + c.count, &handle);
    reply(call->reply, &handle, query->maximum, c.entries, c.count);
    free(c.entries);
    return 0;
}

/* [in, out] handle, [out] status: the handle comes back as none. */
static uint32_t free_handle(struct scm *s, struct rpc_server_call *call)
{
    struct epm_handle handle;
    uint32_t place;
    if (epm_handle_decode(&call->request, &handle))
        return RPC_STATUS_BAD_STUB_DATA;
    if (!open_handle(s, call, &handle, &place))
        return RPC_STATUS_CONTEXT_MISMATCH;
    writer_zeros(call->reply, sizeof handle);
    writer_u32(call->reply, 0);
    return 0;
}

uint32_t scm_endpoint_map_dispatch(struct scm *s, struct rpc_server_call *call)
{
    struct epm_query query;
    switch (call->opnum) {
    case EPM_LOOKUP:
        return epm_lookup_decode(&call->request, &query) ? RPC_STATUS_BAD_STUB_DATA
                                                         : search(s, call, &query, epm_lookup_reply);
    case EPM_MAP:
        return epm_map_decode(&call->request, &query) ? RPC_STATUS_BAD_STUB_DATA
                                                      : search(s, call, &query, epm_map_reply);
    case EPM_LOOKUP_HANDLE_FREE:
        return free_handle(s, call);
    default: /* nobody enters or removes anything from outside ([MS-RPCE] 2.2.1.2.6 to 2.2.1.2.10) */
        return RPC_STATUS_OP_RANGE;
    }
}
