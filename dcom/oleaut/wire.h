/* The wire form of automation values, in two halves: wire_put.c and wire_get.c. Failures are sticky in `m->hr`. */
#ifndef DCOM_OLEAUT_WIRE_H
#define DCOM_OLEAUT_WIRE_H

#include "dcom/oleaut/user_marshal.h"

/* Arrays of VARIANTs in VARIANTs end somewhere; real values nest once or twice. */
#define WIRE_DEPTH_MAXIMUM 16

/* What Windows writes where the referent of a self-marshalling type would be: "User". */
#define WIRE_USER_REFERENT 0x72657355u

/* cBytes of a FLAGGED_WORD_BLOB that stands for no string ([MS-OAUT] 2.2.23.1). */
#define WIRE_NULL_STRING 0xFFFFFFFFu

/* Before the union's arm: clSize, rpcReserved, vt, three reserved words, the discriminant. */
#define WIRE_VARIANT_HEADER 20u

/* How the elements of an array travel ([MS-OAUT] 2.2.8). */
enum wire_sf {
    SF_I2 = 2,
    SF_I4 = 3,
    SF_BSTR = 8,
    SF_DISPATCH = 9,
    SF_ERROR = 10,
    SF_VARIANT = 12,
    SF_UNKNOWN = 13,
    SF_I1 = 16,
    SF_I8 = 20,
    SF_RECORD = 36,
    SF_HAVEIID = 0x800D
};

/* The form for elements of `type`; SF_ERROR for those that no array may carry (VT_DECIMAL, records). */
enum wire_sf wire_sf_of(VARTYPE type);
/* Bytes of an element on the wire, as cbElements says it. */
uint32_t wire_element_size(VARTYPE type);

/* The union's discriminant for a `vt`: all arrays are one case ([MS-OAUT] 2.2.29.1). */
uint32_t wire_discriminant(VARTYPE vt);
/* Only values that may hold others count towards the depth. */
static inline bool wire_can_nest(VARTYPE vt)
{
    return (vt & (VT_ARRAY | VT_BYREF)) != 0;
}

/* How a value of a plain type is aligned in NDR: by its own size, a DECIMAL as its 64-bit part. */
size_t wire_alignment(VARTYPE type);

void wire_fail(struct user_marshal *m, HRESULT hr);

void wire_put_variant(struct user_marshal *m, const VARIANT *v);
/* `*v` is initialised by the function, and VT_EMPTY after a failure. */
void wire_get_variant(struct user_marshal *m, VARIANT *v);

#endif
