/* What is known of each automation type: its size in memory, which is that of the wire, and what it owns. */
#ifndef DCOM_OLEAUT_TYPE_H
#define DCOM_OLEAUT_TYPE_H

#include <oleauto.h>
#include <stdbool.h>

/* By type: bytes of one value in memory; 0 for types that have no value (VT_EMPTY, VT_NULL) and for those that cannot
 * stand in a VARIANT or an array here. */
#define TYPE_COUNT 24
extern const uint8_t type_sizes[TYPE_COUNT];

/* BSTR and interface pointers: of the pointer. */
static inline size_t type_size(VARTYPE type)
{
    return type < TYPE_COUNT ? type_sizes[type] : 0;
}

static inline bool type_is_interface(VARTYPE type)
{
    return type == VT_UNKNOWN || type == VT_DISPATCH;
}

/* A value whose bytes are all there is to it: it can be copied and sent as they are. */
static inline bool type_is_plain(VARTYPE type)
{
    return type_size(type) && type != VT_BSTR && type != VT_VARIANT && !type_is_interface(type);
}

/* A whole `vt` member that a VARIANT may have. VT_RECORD is not among them: records need type libraries. */
bool type_is_variant(VARTYPE vt);

/* Makes a copy of a value that owns what it holds, and gives up what a value owns (leaving it undefined). */
HRESULT type_copy(VARTYPE type, const void *from, void *out);
HRESULT type_clear(VARTYPE type, void *value);

#endif
