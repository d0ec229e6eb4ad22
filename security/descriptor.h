/* Security descriptors in self-relative form ([MS-DTYP] 2.4.6): owner, group and the discretionary list.
 *
 * A descriptor begins as { 0 } and ends with descriptor_cleanup. System lists (audit, integrity labels) decide nothing
 * in classic DCOM: their bounds are checked, their entries are not kept. Once built it is constant: any thread may
 * read it. */
#ifndef SECURITY_DESCRIPTOR_H
#define SECURITY_DESCRIPTOR_H

#include "base/err.h"
#include "security/sid.h"

#define DESCRIPTOR_BYTES 0x21000 /* two lists of 64 KiB, the header and the SIDs */
#define DESCRIPTOR_ACES  1024

/* The types of [MS-DTYP] 2.4.4.1 that a component's list may have ([MS-COMA] 2.2.2.21.3). */
enum ace_type {
    ACE_ALLOWED = 0,
    ACE_DENIED = 1,
};

/* AceFlags, [MS-DTYP] 2.4.4.1. */
#define ACE_OBJECT_INHERIT    0x01
#define ACE_CONTAINER_INHERIT 0x02
#define ACE_NO_PROPAGATE      0x04
#define ACE_INHERIT_ONLY      0x08
#define ACE_INHERITED         0x10
#define ACE_SUCCESSFUL_ACCESS 0x40
#define ACE_FAILED_ACCESS     0x80

/* Control, [MS-DTYP] 2.4.6. */
#define DESCRIPTOR_OWNER_DEFAULTED     UINT16_C(0x0001)
#define DESCRIPTOR_GROUP_DEFAULTED     UINT16_C(0x0002)
#define DESCRIPTOR_DACL_PRESENT        UINT16_C(0x0004)
#define DESCRIPTOR_DACL_DEFAULTED      UINT16_C(0x0008)
#define DESCRIPTOR_SACL_PRESENT        UINT16_C(0x0010)
#define DESCRIPTOR_DACL_INHERIT_ASKED  UINT16_C(0x0100)
#define DESCRIPTOR_DACL_AUTO_INHERITED UINT16_C(0x0400)
#define DESCRIPTOR_DACL_PROTECTED      UINT16_C(0x1000)
#define DESCRIPTOR_SELF_RELATIVE       UINT16_C(0x8000)

struct ace {
    enum ace_type type;
    uint8_t flags;
    uint32_t mask;
    struct sid sid;
};

struct descriptor {
    bool has_owner, has_group;
    bool has_dacl;         /* without one (absent or null) everybody may do everything; with an empty one nobody may */
    uint16_t dacl_control; /* the DESCRIPTOR_DACL_ bits about inheritance and defaults */
    struct sid owner, group;
    struct ace *aces; /* owned */
    size_t ace_count, ace_capacity;
};

/* Reads the whole block. ERR_PROTOCOL: not a self-relative descriptor; ERR_UNSUPPORTED: an entry of the list is neither
 * an allowing nor a denying one, so what the list means is unknown; ERR_LIMIT, ERR_MEMORY. `out` is { 0 } on
 * failure. */
MUST_USE enum err descriptor_read(const void *data, size_t size, struct descriptor *out);
/* Writes it in the order that Windows uses (list, owner, group); a failure shows in the writer. */
void descriptor_write(struct writer *w, const struct descriptor *d);
/* Appends an entry and makes the list present. ERR_LIMIT past DESCRIPTOR_ACES, ERR_MEMORY. */
MUST_USE enum err descriptor_add(struct descriptor *d, const struct ace *ace);
void descriptor_cleanup(struct descriptor *d);

#endif
