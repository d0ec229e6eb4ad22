#include "dcom/orpc/objref.h"

#include <objbase.h>
#include <string.h>

#include "dcom/orpc/bindings.h"

#define EXTENDED_SIGNATURE 0x4E535956u /* [MS-DCOM] 2.2.18.7 */

static void read_guid(struct reader *r, GUID *out)
{
    reader_copy(r, out, sizeof *out);
}

/* STDOBJREF ([MS-DCOM] 2.2.18.2). It stands unaligned inside the reference. */
static void read_std(struct reader *r, STDOBJREF *out)
{
    out->flags = reader_u32(r);
    out->cPublicRefs = reader_u32(r);
    out->oxid = reader_u64(r);
    out->oid = reader_u64(r);
    read_guid(r, &out->ipid);
}

static void write_std(struct writer *w, const STDOBJREF *std)
{
    writer_u32(w, std->flags);
    writer_u32(w, std->cPublicRefs);
    writer_u64(w, std->oxid);
    writer_u64(w, std->oid);
    writer_bytes(w, &std->ipid, sizeof std->ipid);
}

/* The header common to all kinds ([MS-DCOM] 2.2.18). */
static uint32_t read_header(struct reader *r, IID *iid)
{
    if (reader_u32(r) != OBJREF_SIGNATURE)
        reader_fail(r);
    uint32_t kind = reader_u32(r);
    read_guid(r, iid);
    return kind;
}

static void write_header(struct writer *w, enum objref_kind kind, const IID *iid)
{
    writer_u32(w, OBJREF_SIGNATURE);
    writer_u32(w, kind);
    writer_bytes(w, iid, sizeof *iid);
}

enum err objref_decode(const void *data, size_t size, struct objref *out)
{
    struct reader r;
    *out = (struct objref){ 0 };
    reader_init(&r, data, size);
    uint32_t kind = read_header(&r, &out->iid);
    if (r.failed)
        return ERR_PROTOCOL;
    if (kind == OBJREF_KIND_CUSTOM)
        return ERR_UNSUPPORTED;
    if (kind != OBJREF_KIND_STANDARD && kind != OBJREF_KIND_HANDLER && kind != OBJREF_KIND_EXTENDED)
        return ERR_PROTOCOL;
    out->kind = (enum objref_kind)kind;
    read_std(&r, &out->std);
    if (kind == OBJREF_KIND_HANDLER)
        reader_take(&r, sizeof(CLSID));
    if (kind == OBJREF_KIND_EXTENDED && reader_u32(&r) != EXTENDED_SIGNATURE)
        reader_fail(&r);
    /* What follows the bindings of EXTENDED is an envoy context, which only its application could use. */
    return bindings_read(&r, &out->resolver);
}

void objref_cleanup(struct objref *o)
{
    CoTaskMemFree(o->resolver);
    *o = (struct objref){ 0 };
}

void objref_encode(const IID *iid, const STDOBJREF *std, const DUALSTRINGARRAY *resolver, struct writer *out)
{
    static const uint8_t no_bindings[] = { 4, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
    write_header(out, OBJREF_KIND_STANDARD, iid);
    write_std(out, std);
    if (resolver)
        bindings_write(out, resolver);
    else
        writer_bytes(out, no_bindings, sizeof no_bindings);
}

enum err objref_custom_decode(const void *data, size_t size, struct objref_custom *out)
{
    struct reader r;
    *out = (struct objref_custom){ 0 };
    reader_init(&r, data, size);
    if (read_header(&r, &out->iid) != OBJREF_KIND_CUSTOM)
        return ERR_PROTOCOL;
    read_guid(&r, &out->clsid);
    reader_u32(&r); /* cbExtension */
    reader_u32(&r); /* reserved: some peers put the size of the body here, others nothing */
    if (r.failed)
        return ERR_PROTOCOL;
    out->body_size = reader_left(&r);
    out->body = reader_take(&r, out->body_size);
    return ERR_OK;
}

void objref_custom_encode(const IID *iid, const CLSID *clsid, const void *body, size_t body_size, struct writer *out)
{
    write_header(out, OBJREF_KIND_CUSTOM, iid);
    writer_bytes(out, clsid, sizeof *clsid);
    writer_u32(out, 0);
    writer_u32(out, (uint32_t)body_size); /* arbitrary when sent; Windows puts the size */
    writer_bytes(out, body, body_size);
}
