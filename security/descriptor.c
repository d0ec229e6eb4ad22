#include "security/descriptor.h"

#include <stdlib.h>
#include <string.h>

#define DESCRIPTOR_REVISION 1
#define HEADER_BYTES        20
#define ACL_HEADER_BYTES    8
#define ACE_HEADER_BYTES    4
#define ACL_REVISION        2 /* of lists with plain entries only */
#define ACL_REVISION_LAST   4 /* [MS-DTYP] 2.4.5: 4 is the directory's; Windows takes 3 too */
#define DACL_CONTROL                                                                                                   \
    (DESCRIPTOR_DACL_DEFAULTED | DESCRIPTOR_DACL_INHERIT_ASKED | DESCRIPTOR_DACL_AUTO_INHERITED |                      \
     DESCRIPTOR_DACL_PROTECTED)

enum err descriptor_add(struct descriptor *d, const struct ace *ace)
{
    if (d->ace_count == DESCRIPTOR_ACES)
        return ERR_LIMIT;
    if (d->ace_count == d->ace_capacity) {
        size_t capacity = d->ace_capacity ? 2 * d->ace_capacity : 8;
        struct ace *aces = realloc(d->aces, capacity * sizeof *aces);
        if (!aces)
            return ERR_MEMORY;
        d->aces = aces;
        d->ace_capacity = capacity;
    }
    d->aces[d->ace_count++] = *ace;
    d->has_dacl = true;
    return ERR_OK;
}

void descriptor_cleanup(struct descriptor *d)
{
    free(d->aces);
    memset(d, 0, sizeof *d);
}

/* A reader that stands at an offset of the header. Parts may come in any order and may even overlap, but none lies in
 * the header, and all are made of 32-bit words. */
static struct reader part_at(const void *data, size_t size, uint32_t offset)
{
    struct reader r;
    reader_init(&r, data, size);
    if (offset < HEADER_BYTES || offset % 4 != 0)
        reader_fail(&r);
    reader_take(&r, offset);
    return r;
}

/* The list's entries; fails when the list does not fit. */
static struct reader acl_body(struct reader *r, uint16_t *count)
{
    struct reader header = *r;
    uint8_t revision = reader_u8(&header);
    reader_u8(&header);
    struct reader body = reader_sub(r, reader_u16(&header));
    *count = reader_u16(&header);
    reader_take(&body, ACL_HEADER_BYTES);
    if (revision < ACL_REVISION || revision > ACL_REVISION_LAST)
        reader_fail(&body);
    return body;
}

static enum err read_ace(struct reader *body, struct ace *out)
{
    struct reader header = *body;
    uint8_t type = reader_u8(&header);
    uint8_t flags = reader_u8(&header);
    uint16_t size = reader_u16(&header);
    struct reader r = reader_sub(body, size);
    reader_take(&r, ACE_HEADER_BYTES);
    if (r.failed || size % 4 != 0)
        return ERR_PROTOCOL;
    if (type != ACE_ALLOWED && type != ACE_DENIED)
        return ERR_UNSUPPORTED;
    out->type = type == ACE_DENIED ? ACE_DENIED : ACE_ALLOWED;
    out->flags = flags;
    out->mask = reader_u32(&r);
    sid_read(&r, &out->sid);
    /* What follows the SID within AceSize has no meaning ([MS-DTYP] 2.4.4.1). */
    return r.failed ? ERR_PROTOCOL : ERR_OK;
}

static enum err read_dacl(struct reader r, struct descriptor *out)
{
    uint16_t count;
    struct reader body = acl_body(&r, &count);
    if (body.failed)
        return ERR_PROTOCOL;
    out->has_dacl = true;
    for (uint16_t i = 0; i < count; i++) {
        struct ace ace;
        enum err e = read_ace(&body, &ace);
        if (!e)
            e = descriptor_add(out, &ace);
        if (e)
            return e;
    }
    return ERR_OK;
}

static bool read_sid_at(const void *data, size_t size, uint32_t offset, bool *has, struct sid *out)
{
    if (offset == 0)
        return true;
    struct reader r = part_at(data, size, offset);
    sid_read(&r, out);
    *has = !r.failed;
    return *has;
}

static bool sacl_fits(const void *data, size_t size, uint32_t offset)
{
    uint16_t count;
    struct reader r = part_at(data, size, offset);
    return !acl_body(&r, &count).failed;
}

static enum err read_whole(const void *data, size_t size, struct descriptor *out)
{
    struct reader r;
    reader_init(&r, data, size);
    uint8_t revision = reader_u8(&r);
    reader_u8(&r); /* for a resource manager; COM is none */
    uint16_t control = reader_u16(&r);
    uint32_t owner = reader_u32(&r);
    uint32_t group = reader_u32(&r);
    uint32_t sacl = reader_u32(&r);
    uint32_t dacl = reader_u32(&r);
    if (r.failed || revision != DESCRIPTOR_REVISION || !(control & DESCRIPTOR_SELF_RELATIVE))
        return ERR_PROTOCOL;
    if (!read_sid_at(data, size, owner, &out->has_owner, &out->owner) ||
        !read_sid_at(data, size, group, &out->has_group, &out->group))
        return ERR_PROTOCOL;
    if ((control & DESCRIPTOR_SACL_PRESENT) && sacl != 0 && !sacl_fits(data, size, sacl))
        return ERR_PROTOCOL;
    out->dacl_control = control & DACL_CONTROL;
    /* Present at offset 0 is the null list. */
    if (!(control & DESCRIPTOR_DACL_PRESENT) || dacl == 0)
        return ERR_OK;
    return read_dacl(part_at(data, size, dacl), out);
}

enum err descriptor_read(const void *data, size_t size, struct descriptor *out)
{
    memset(out, 0, sizeof *out);
    enum err e = size > DESCRIPTOR_BYTES ? ERR_LIMIT : read_whole(data, size, out);
    if (e)
        descriptor_cleanup(out);
    return e;
}

static void write_ace(struct writer *w, const struct ace *ace)
{
    size_t start = w->size;
    writer_u8(w, (uint8_t)ace->type);
    writer_u8(w, ace->flags);
    writer_u16(w, 0);
    writer_u32(w, ace->mask);
    sid_write(w, &ace->sid);
    if (!w->failed)
        writer_set_u16(w, start + 2, (uint16_t)(w->size - start));
}

/* A list holds at most 64 KiB because AclSize has 16 bits. */
static void write_dacl(struct writer *w, const struct descriptor *d)
{
    size_t start = w->size;
    writer_u8(w, ACL_REVISION);
    writer_u8(w, 0);
    writer_u16(w, 0);
    writer_u16(w, (uint16_t)d->ace_count);
    writer_u16(w, 0);
    for (size_t i = 0; i < d->ace_count; i++)
        write_ace(w, &d->aces[i]);
    if (!w->failed && w->size - start > UINT16_MAX)
        w->failed = true;
    if (!w->failed)
        writer_set_u16(w, start + 2, (uint16_t)(w->size - start));
}

/* Puts the offset of what is written next into a field of the header. */
static void point_here(struct writer *w, size_t start, size_t field)
{
    if (!w->failed)
        writer_set_u32(w, start + field, (uint32_t)(w->size - start));
}

void descriptor_write(struct writer *w, const struct descriptor *d)
{
    enum {
        owner_field = 4,
        group_field = 8,
        dacl_field = 16
    };
    size_t start = w->size;
    writer_u8(w, DESCRIPTOR_REVISION);
    writer_u8(w, 0);
    writer_u16(w, (uint16_t)(DESCRIPTOR_SELF_RELATIVE | DESCRIPTOR_DACL_PRESENT | d->dacl_control));
    writer_zeros(w, 16);
    if (d->has_dacl) {
        point_here(w, start, dacl_field);
        write_dacl(w, d);
    }
    if (d->has_owner) {
        point_here(w, start, owner_field);
        sid_write(w, &d->owner);
    }
    if (d->has_group) {
        point_here(w, start, group_field);
        sid_write(w, &d->group);
    }
}
