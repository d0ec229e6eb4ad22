/* OBJREF: an interface pointer as it travels ([MS-DCOM] 2.2.18).
 *
 * STANDARD is what we write. HANDLER and EXTENDED carry the same standard reference among other things and are read as
 * such; CUSTOM belongs to a marshaller of its own and is only opened where we expect one (activation properties).
 * Values; no thread rule. */
#ifndef DCOM_OBJREF_H
#define DCOM_OBJREF_H

#include <dcom.h>

#include "base/bytes.h"
#include "base/err.h"

#define OBJREF_SIGNATURE 0x574F454Du /* "MEOW" */

enum objref_kind {
    OBJREF_KIND_STANDARD = 1,
    OBJREF_KIND_HANDLER = 2,
    OBJREF_KIND_CUSTOM = 4,
    OBJREF_KIND_EXTENDED = 8
};

/* STDOBJREF flags ([MS-DCOM] 2.2.18.2). */
#define STDOBJREF_NO_PING 0x1000u

/* References an exporter gives away with one marshalling, and a client asks for. */
#define OBJREF_PUBLIC_REFS 5

struct objref {
    IID iid;
    enum objref_kind kind;
    STDOBJREF std;
    DUALSTRINGARRAY *resolver; /* owned; bindings of the exporter's object resolver */
};

/* ERR_PROTOCOL when malformed or truncated, ERR_UNSUPPORTED for CUSTOM. Bytes after the reference are allowed, because
 * ORPC puts it in a counted block that may be padded. */
MUST_USE enum err objref_decode(const void *data, size_t size, struct objref *out);
void objref_cleanup(struct objref *o);
/* Appends a STANDARD reference; a NULL `resolver` writes an empty array. Failures stay in the writer. */
void objref_encode(const IID *iid, const STDOBJREF *std, const DUALSTRINGARRAY *resolver, struct writer *out);

/* OBJREF_CUSTOM ([MS-DCOM] 2.2.18.6): `body` points into `data`. */
struct objref_custom {
    IID iid;
    CLSID clsid;
    const uint8_t *body;
    size_t body_size;
};
MUST_USE enum err objref_custom_decode(const void *data, size_t size, struct objref_custom *out);
/* Appends header and body. */
void objref_custom_encode(const IID *iid, const CLSID *clsid, const void *body, size_t body_size, struct writer *out);

#endif
