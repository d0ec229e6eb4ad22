#include "dcom/scm/epm.h"

#include <string.h>

#include "dcom/rpc/pdu_bind.h"

#define REFERENT 0x00020000u /* the first pointer of a reply; the further ones count on in fours */

enum epm_inquiry {
    INQUIRY_ALL,
    INQUIRY_BY_INTERFACE,
    INQUIRY_BY_OBJECT,
    INQUIRY_BY_BOTH
};

const struct rpc_syntax epm_syntax = {
    { { 0x08, 0x83, 0xaf, 0xe1, 0x1f, 0x5d, 0xc9, 0x11, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa } }, 3, 0
};

/* ---- requests ---------------------------------------------------------------------------------------------------- */

static void get_syntax(struct reader *r, struct rpc_syntax *out)
{
    reader_copy(r, out->uuid.bytes, sizeof out->uuid.bytes);
    out->major = reader_u16(r);
    out->minor = reader_u16(r);
}

/* [in, ptr] UUID *: true when one is given that is not nil. */
static bool get_object(struct reader *r)
{
    static const struct rpc_guid nil;
    struct rpc_guid object = nil;
    reader_align(r, 4);
    if (reader_u32(r) != 0)
        reader_copy(r, object.bytes, sizeof object.bytes);
    return memcmp(&object, &nil, sizeof nil) != 0;
}

static void get_handle(struct reader *r, struct epm_handle *out)
{
    reader_align(r, 4);
    reader_copy(r, out->bytes, sizeof out->bytes);
}

static void get_maximum(struct reader *r, uint32_t *out)
{
    *out = reader_u32(r);
    if (*out > EPM_ENTRIES_MAXIMUM)
        reader_fail(r);
}

enum err epm_handle_decode(struct reader *r, struct epm_handle *out)
{
    get_handle(r, out);
    return r->failed ? ERR_PROTOCOL : ERR_OK;
}

enum err epm_lookup_decode(struct reader *r, struct epm_query *out)
{
    memset(out, 0, sizeof *out);
    uint32_t inquiry = reader_u32(r);
    bool has_object = get_object(r);
    bool has_interface = reader_u32(r) != 0;
    if (has_interface)
        get_syntax(r, &out->syntax);
    out->versions = (enum epm_versions)reader_u32(r);
    get_handle(r, &out->handle);
    get_maximum(r, &out->maximum);
    bool by_interface = inquiry == INQUIRY_BY_INTERFACE || inquiry == INQUIRY_BY_BOTH;
    bool by_object = inquiry == INQUIRY_BY_OBJECT || inquiry == INQUIRY_BY_BOTH;
    if (inquiry > INQUIRY_BY_BOTH || (by_interface && !has_interface))
        reader_fail(r);
    out->any = !by_interface;
    out->nothing = by_object && has_object;
    return r->failed ? ERR_PROTOCOL : ERR_OK;
}

/* [in, ptr] twr_p_t: asks for the interface that the tower names, by its protocol. */
static void get_tower(struct reader *r, struct epm_query *out)
{
    struct tower tower;
    uint32_t conformance = reader_u32(r);
    uint32_t length = reader_u32(r);
    if (conformance != length || length > TOWER_BYTES_MAXIMUM)
        reader_fail(r);
    const uint8_t *octets = reader_take(r, length);
    if (r->failed)
        return;
    enum err e = tower_decode(octets, length, &tower);
    if (e == ERR_PROTOCOL)
        reader_fail(r);
    out->syntax = tower.abstract;
    out->nothing = e != ERR_OK || !rpc_syntax_equal(&tower.transfer, &rpc_syntax_ndr);
}

enum err epm_map_decode(struct reader *r, struct epm_query *out)
{
    memset(out, 0, sizeof *out);
    /* [MS-RPCE] 2.2.1.2.5: what is registered without an object answers for every object. */
    (void)get_object(r);
    out->versions = EPM_VERSIONS_COMPATIBLE;
    out->nothing = true;
    if (reader_u32(r) != 0)
        get_tower(r, out);
    get_handle(r, &out->handle);
    get_maximum(r, &out->maximum);
    return r->failed ? ERR_PROTOCOL : ERR_OK;
}

bool epm_matches(const struct epm_query *query, const struct epm_entry *entry)
{
    const struct rpc_syntax *asked = &query->syntax, *have = &entry->tower.abstract;
    if (query->nothing)
        return false;
    if (query->any)
        return true;
    if (memcmp(&asked->uuid, &have->uuid, sizeof asked->uuid) != 0)
        return false;
    switch (query->versions) {
    case EPM_VERSIONS_ALL:
        return true;
    case EPM_VERSIONS_COMPATIBLE:
        return have->major == asked->major && have->minor >= asked->minor;
    case EPM_VERSIONS_EXACT:
        return have->major == asked->major && have->minor == asked->minor;
    case EPM_VERSIONS_MAJOR_ONLY:
        return have->major == asked->major;
    case EPM_VERSIONS_UP_TO:
        return have->major < asked->major || (have->major == asked->major && have->minor <= asked->minor);
    }
    return false;
}

/* ---- replies ----------------------------------------------------------------------------------------------------- */

/* [in, out] handle, [out] count, and the head of a conformant varying array of so many elements. */
static void begin_reply(struct writer *w, const struct epm_handle *handle, uint32_t maximum, uint32_t count)
{
    writer_bytes(w, handle->bytes, sizeof handle->bytes);
    writer_u32(w, count);
    writer_u32(w, maximum);
    writer_u32(w, 0);
    writer_u32(w, count);
}

/* What the pointers of the array stand for, in their order, and the status. */
static void end_reply(struct writer *w, const struct epm_entry *entries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        writer_align(w, 4);
        writer_u32(w, TOWER_TCP_BYTES);
        writer_u32(w, TOWER_TCP_BYTES);
        tower_encode(w, &entries[i].tower);
    }
    writer_align(w, 4);
    writer_u32(w, count > 0 ? 0 : EPM_NOT_REGISTERED);
}

void epm_lookup_reply(struct writer *w, const struct epm_handle *handle, uint32_t maximum,
                      const struct epm_entry *entries, uint32_t count)
{
    begin_reply(w, handle, maximum, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length = (uint32_t)strlen(entries[i].annotation) + 1;
        writer_align(w, 4);
        writer_zeros(w, sizeof(struct rpc_guid)); /* no object */
        writer_u32(w, REFERENT + 4 * i);
        writer_u32(w, 0);
        writer_u32(w, length);
        writer_bytes(w, entries[i].annotation, length);
    }
    end_reply(w, entries, count);
}

void epm_map_reply(struct writer *w, const struct epm_handle *handle, uint32_t maximum, const struct epm_entry *entries,
                   uint32_t count)
{
    begin_reply(w, handle, maximum, count);
    for (uint32_t i = 0; i < count; i++)
        writer_u32(w, REFERENT + 4 * i);
    end_reply(w, entries, count);
}
