#include "dcom/com/program_list.h"

#include <string.h>

#include "base/bytes.h"

#define HEADER_BYTES sizeof(SECURITY_DESCRIPTOR_RELATIVE)
#define DACL_CONTROL                                                                                                   \
    (DESCRIPTOR_DACL_PRESENT | DESCRIPTOR_DACL_DEFAULTED | DESCRIPTOR_DACL_AUTO_INHERITED | DESCRIPTOR_DACL_PROTECTED)

/* The parts of a descriptor of either form; they are the program's own memory. */
struct parts {
    uint16_t control;
    const uint8_t *owner, *group, *sacl, *dacl;
};

static const uint8_t *at(const void *base, DWORD offset)
{
    return offset ? (const uint8_t *)base + offset : NULL;
}

static struct parts parts_of(const void *descriptor)
{
    const SECURITY_DESCRIPTOR *absolute = descriptor;
    const SECURITY_DESCRIPTOR_RELATIVE *relative = descriptor;
    if (relative->Control & SE_SELF_RELATIVE)
        return (struct parts){ relative->Control, at(relative, relative->Owner), at(relative, relative->Group),
                               at(relative, relative->Sacl), at(relative, relative->Dacl) };
    return (struct parts){ absolute->Control, absolute->Owner, absolute->Group, (const uint8_t *)absolute->Sacl,
                           (const uint8_t *)absolute->Dacl };
}

/* Appends a part and notes where it is. */
static void put_part(struct writer *w, size_t field_at, const uint8_t *part, size_t size)
{
    writer_set_u32(w, field_at, (uint32_t)w->size);
    writer_bytes(w, part, size);
}

static size_t sid_size(const uint8_t *sid)
{
    return 8 + (size_t)4 * sid[1]; /* [MS-DTYP] 2.4.2.2: SubAuthorityCount */
}

/* The self-relative form, which security/ reads. */
static void put_descriptor(struct writer *w, const struct parts *p)
{
    writer_u8(w, SECURITY_DESCRIPTOR_REVISION);
    writer_u8(w, 0);
    writer_u16(w, (uint16_t)((p->control & DACL_CONTROL) | SE_SELF_RELATIVE));
    for (size_t i = 4; i < HEADER_BYTES; i += 4)
        writer_u32(w, 0);
    if (p->control & SE_DACL_PRESENT && p->dacl)
        put_part(w, offsetof(SECURITY_DESCRIPTOR_RELATIVE, Dacl), p->dacl, load_u16(p->dacl + offsetof(ACL, AclSize)));
    put_part(w, offsetof(SECURITY_DESCRIPTOR_RELATIVE, Owner), p->owner, sid_size(p->owner));
    put_part(w, offsetof(SECURITY_DESCRIPTOR_RELATIVE, Group), p->group, sid_size(p->group));
}

HRESULT program_list_read(PSECURITY_DESCRIPTOR descriptor, struct com_list *out)
{
    struct writer w;
    *out = (struct com_list){ .kind = COM_LIST_OPEN };
    if (!descriptor)
        return S_OK;
    struct parts parts = parts_of(descriptor);
    bool audits = parts.control & SE_SACL_PRESENT && parts.sacl;
    if (!parts.owner || !parts.group || audits) {
        *out = (struct com_list){ 0 };
        return E_INVALIDARG;
    }
    writer_init(&w, DESCRIPTOR_BYTES);
    put_descriptor(&w, &parts);
    enum err e = w.failed ? ERR_MEMORY : com_list_read(w.data, w.size, out);
    writer_cleanup(&w);
    if (!e && out->kind != COM_LIST_INVALID)
        return S_OK;
    com_list_cleanup(out);
    return e ? E_OUTOFMEMORY : E_INVALIDARG;
}
