/* Wire plans: the flat part of a type, laid out once.
 *
 * NDR sends an aggregate as a flat part, in which pointers are 4-byte referents, and then what the pointers lead to.
 * The flat part has a fixed layout. A plan is that layout as a row of copies between memory and wire, so that an array
 * of thousands of structures costs a loop over a few operations and no look at the format string. */
#ifndef DCOM_NDR_PLAN_H
#define DCOM_NDR_PLAN_H

#include "dcom/ndr/format.h"

enum plan_kind {
    PLAN_COPY,    /* plain bytes, the same in both places */
    PLAN_ENUM16,  /* 4 bytes in memory, 2 on the wire */
    PLAN_POINTER, /* from here on: a referent, and something later */
    PLAN_INTERFACE,
    PLAN_USER
};

struct plan_step {
    format type;
    uint16_t memory; /* offsets from the start of the type */
    uint16_t wire;
    uint16_t held;   /* bytes in memory */
    uint16_t size;   /* bytes on the wire */
    uint16_t around; /* offset of the structure that a correlation of `type` counts from */
    uint8_t kind;
};

struct plan {
    size_t memory_size;
    size_t wire_size; /* without padding behind */
    size_t stride;    /* from one array element to the next on the wire */
    size_t alignment;
    bool is_copy; /* elements lie on the wire exactly as in memory */
    bool has_referents;
    bool has_gaps; /* padding inside */
    unsigned count;
    const struct plan_step *steps;
};

/* The plan of an array element or structure at `type`. Compiled at first use and kept; NULL when memory is short
 * or the type has a part that is not supported (`*hr` says which). Safe from any thread. */
const struct plan *plan_of(format type, HRESULT *hr);

#endif
