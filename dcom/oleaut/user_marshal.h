/* What a type that marshals itself gets from the marshaller, and how interface pointers travel.
 *
 * The tables of widl know such types by four routines with Windows' signatures, whose first argument points at flags.
 * Here, as there, those flags are the first member of something larger. The routines work on its cursors: the buffer
 * arguments carry no position, and a NULL result means that `hr` says what went wrong. */
#ifndef DCOM_OLEAUT_USER_MARSHAL_H
#define DCOM_OLEAUT_USER_MARSHAL_H

#include <oleauto.h>
#include <stdbool.h>

#include "base/bytes.h"

/* What crosses as an interface pointer ([MS-DCOM] 2.2.18). */
struct ndr_objects {
    /* Appends the OBJREF of `object` (borrowed, not NULL) for interface `iid`. */
    HRESULT (*marshal)(void *context, const IID *iid, void *object, struct writer *out);
    /* Turns OBJREF bytes into an interface pointer of `iid` that the caller owns. */
    HRESULT (*unmarshal)(void *context, const IID *iid, const uint8_t *objref, uint32_t size, void **object);
};

struct user_marshal {
    ULONG flags;
    struct writer *out;                /* marshalling */
    size_t base;                       /* NDR offset 0 in `out` */
    struct reader *in;                 /* unmarshalling; its start is NDR offset 0 */
    const struct ndr_objects *objects; /* NULL: interface pointers cannot cross */
    void *objects_context;
    uint32_t *referents; /* how many referent identifiers this stub has had */
    unsigned depth;      /* values within values so far */
    bool owns;           /* set when an unmarshalled value holds something that must be freed */
    HRESULT hr;
};

/* What fails as malformed, and what a method number beyond the last gives. */
#define HR_BAD_STUB_DATA        HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA)
#define HR_PROCNUM_OUT_OF_RANGE HRESULT_FROM_WIN32(RPC_S_PROCNUM_OUT_OF_RANGE)
#define HR_NULL_REF_POINTER     HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER)

/* Referent identifiers: any non-zero number that differs within the stub ([C706] 14.3.12.3; the values that Windows
 * begins with). */
static inline uint32_t next_referent(uint32_t *count)
{
    return 0x00020000u + 4 * (*count)++;
}

/* [MS-OAUT] 2.2.29. */
ULONG VARIANT_UserSize(ULONG *flags, ULONG offset, VARIANT *v);
unsigned char *VARIANT_UserMarshal(ULONG *flags, unsigned char *buffer, VARIANT *v);
unsigned char *VARIANT_UserUnmarshal(ULONG *flags, unsigned char *buffer, VARIANT *v);
/* Frees what the value holds, the target of a by-reference value too. */
void VARIANT_UserFree(ULONG *flags, VARIANT *v);

/* One interface pointer behind its referent: MInterfacePointer ([MS-DCOM] 2.2.14). Failures are left in `m->hr`; `put`
 * takes an object that is not NULL, `get` gives NULL on failure. */
void interface_put(struct user_marshal *m, const IID *iid, void *object);
void *interface_get(struct user_marshal *m, const IID *iid);

#endif
