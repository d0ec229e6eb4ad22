#include "dcom/rpc/management.h"

/* Five calls of counts and numbers: written by hand over the cursors, because rpc/ stands below ndr/. */

#define STATISTICS            4    /* [C706] appendix Q: calls in and out, PDUs in and out */
#define STATISTICS_MAXIMUM    50   /* [MS-RPCE] 2.2.1.3.2 */
#define PRINCIPAL_MAXIMUM     4096 /* [MS-RPCE] 2.2.1.3.4 */
#define REFERENT              0x00020000u
#define UNKNOWN_AUTHN_SERVICE 1747u /* RPC_S_UNKNOWN_AUTHN_SERVICE */
#define STATUS_OK             0u

enum management_operation {
    INQ_IF_IDS,
    INQ_STATS,
    IS_SERVER_LISTENING,
    STOP_SERVER_LISTENING,
    INQ_PRINC_NAME
};

const struct rpc_syntax management_syntax = {
    { { 0x80, 0xbd, 0xa8, 0xaf, 0x8a, 0x7d, 0xc9, 0x11, 0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10, 0x29, 0x89 } }, 1, 0
};

static void put_syntax(struct writer *w, const struct rpc_syntax *syntax)
{
    writer_bytes(w, syntax->uuid.bytes, sizeof syntax->uuid.bytes);
    writer_u16(w, syntax->major);
    writer_u16(w, syntax->minor);
}

/* [out] rpc_if_id_vector_t **, [out] status: a conformant array of pointers, then what they point at. */
static uint32_t inq_if_ids(const struct rpc_server_options *options, struct writer *w)
{
    struct rpc_syntax syntaxes[MANAGEMENT_INTERFACES_MAXIMUM];
    size_t count = 0;

    if (options->interfaces)
        count = options->interfaces(options->context, syntaxes, MANAGEMENT_INTERFACES_MAXIMUM - 1);
    syntaxes[count++] = management_syntax;
    writer_u32(w, REFERENT);
    writer_u32(w, (uint32_t)count);
    writer_u32(w, (uint32_t)count);
    for (uint32_t i = 1; i <= count; i++)
        writer_u32(w, REFERENT + 4 * i);
    for (size_t i = 0; i < count; i++)
        put_syntax(w, &syntaxes[i]);
    writer_u32(w, STATUS_OK);
    return 0;
}

/* [in, out] count, [out, size_is(*count)] statistics, [out] status. The count says how many the caller has room for,
 * and in the reply how many there are. */
static uint32_t inq_stats(const struct management_statistics *statistics, struct reader *r, struct writer *w)
{
    const uint32_t values[STATISTICS] = { statistics->calls_in, statistics->calls_out, statistics->pdus_in,
                                          statistics->pdus_out };
    uint32_t count = reader_u32(r);

    if (r->failed || count > STATISTICS_MAXIMUM)
        return RPC_STATUS_BAD_STUB_DATA;
    if (count > STATISTICS)
        count = STATISTICS;
    writer_u32(w, count);
    writer_u32(w, count);
    for (uint32_t i = 0; i < count; i++)
        writer_u32(w, values[i]);
    writer_u32(w, STATUS_OK);
    return 0;
}

/* [in] authn_proto, [in] size, [out, string, size_is(size)] char name[], [out] status. NTLM and SPNEGO need no
 * principal and none is registered, so the name of a mechanism we have is empty. */
static uint32_t inq_princ_name(const struct rpc_server_options *options, struct reader *r, struct writer *w)
{
    uint32_t mechanism = reader_u32(r);
    uint32_t size = reader_u32(r);
    bool known = options->authority && auth_find((enum auth_mechanism)mechanism);

    /* The string has at least its zero. */
    if (r->failed || size == 0 || size > PRINCIPAL_MAXIMUM)
        return RPC_STATUS_BAD_STUB_DATA;
    writer_u32(w, size);
    writer_u32(w, 0);
    writer_u32(w, 1);
    writer_u8(w, 0);
    writer_align(w, 4);
    writer_u32(w, known ? STATUS_OK : UNKNOWN_AUTHN_SERVICE);
    return 0;
}

uint32_t management_dispatch(const struct rpc_server_options *options, const struct management_statistics *statistics,
                             struct rpc_server_call *call)
{
    switch ((enum management_operation)call->opnum) {
    case INQ_IF_IDS:
        return inq_if_ids(options, call->reply);
    case INQ_STATS:
        return inq_stats(statistics, &call->request, call->reply);
    case IS_SERVER_LISTENING: /* [out] status, then the boolean it returns: who answers listens */
        writer_u32(call->reply, STATUS_OK);
        writer_u32(call->reply, 1);
        return 0;
    case STOP_SERVER_LISTENING:
        writer_u32(call->reply, RPC_STATUS_ACCESS_DENIED);
        return 0;
    case INQ_PRINC_NAME:
        return inq_princ_name(options, &call->request, call->reply);
    }
    return RPC_STATUS_OP_RANGE;
}
