#include "dcom/orpc/orpc_header.h"

#include <string.h>

#include "base/process.h"
#include "dcom/ndr/ndr.h"

#define ORPCF_LOCAL 1u /* Windows sets it in ORPCTHAT; nobody reads it ([MS-DCOM] 2.2.13.4) */

void orpc_this_write(struct writer *w, COMVERSION version, const GUID *causality)
{
    writer_u16(w, version.MajorVersion);
    writer_u16(w, version.MinorVersion);
    writer_u32(w, 0); /* flags */
    writer_u32(w, 0); /* reserved1 */
    writer_bytes(w, causality, sizeof *causality);
    writer_u32(w, 0); /* extensions */
}

/* Moves past a record whose extension pointer is not NULL; `at_header` stands at its beginning. */
static enum err skip_with_extensions(unsigned method, struct reader *at_header, struct reader *r)
{
    void *record;
    enum err e = ndr_record_get(method, at_header, &record);
    if (e)
        return e;
    ndr_pickle_free(method, record);
    *r = *at_header;
    return ERR_OK;
}

enum err orpc_this_read(struct reader *r, struct orpc_this *out)
{
    struct reader at_header = *r;
    out->version.MajorVersion = reader_u16(r);
    out->version.MinorVersion = reader_u16(r);
    out->flags = reader_u32(r);
    reader_u32(r); /* reserved1 */
    reader_copy(r, &out->causality, sizeof out->causality);
    uint32_t extensions = reader_u32(r);
    if (r->failed)
        return ERR_PROTOCOL;
    return extensions ? skip_with_extensions(PICKLE_ORPC_THIS, &at_header, r) : ERR_OK;
}

void orpc_that_write(struct writer *w)
{
    writer_u32(w, ORPCF_LOCAL);
    writer_u32(w, 0); /* extensions */
}

enum err orpc_that_read(struct reader *r)
{
    struct reader at_header = *r;
    reader_u32(r); /* flags: any value ([MS-DCOM] 2.2.13.4) */
    uint32_t extensions = reader_u32(r);
    if (r->failed)
        return ERR_PROTOCOL;
    return extensions ? skip_with_extensions(PICKLE_ORPC_THAT, &at_header, r) : ERR_OK;
}

/* ---- causality ------------------------------------------------------------------------------ */

static _Thread_local struct causality_scope serving;
static _Thread_local GUID own;
static _Thread_local bool own_ready;

void causality_current(GUID *out)
{
    if (serving.serving) {
        *out = serving.id;
        return;
    }
    /* One random id per thread, counted up: ids must differ, not be unguessable. */
    if (!own_ready)
        own_ready = random_bytes(&own, sizeof own) == ERR_OK;
    own.Data1++;
    *out = own;
}

struct causality_scope causality_enter(const GUID *id)
{
    struct causality_scope before = serving;
    serving = (struct causality_scope){ *id, true };
    return before;
}

void causality_leave(const struct causality_scope *before)
{
    serving = *before;
}
