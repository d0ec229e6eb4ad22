/* One stub being written or read, and the three things that are done with values: put, get, drop.
 *
 * Every value is handled in two steps. Its flat part, pointers as referents; then the rest, what the pointers lead to.
 * The bounds of a conformant array come before the flat part of the outermost type ([C706] 14.3.3.2, 14.3.12.3). Errors
 * are sticky: `m.hr` is the first one, after it reads give nothing and loops end. */
#ifndef DCOM_NDR_STUB_H
#define DCOM_NDR_STUB_H

#include "dcom/ndr/arena.h"
#include "dcom/ndr/format.h"
#include "dcom/ndr/journal.h"
#include "dcom/ndr/ndr.h"
#include "dcom/ndr/plan.h"
#include "dcom/oleaut/user_marshal.h"

#define STUB_DEPTH_MAXIMUM  32 /* pointers within pointers; our deepest type has four */
#define STUB_LATE_MAXIMUM   16
/* Elements of an array that are in memory but not on the wire (the peer asked for more than there is) take at most
 * this many bytes. */
#define STUB_UNSENT_MAXIMUM ((size_t)4 << 20)

/* A count whose array came before it: compared when all parameters are there. */
struct late_check {
    format correlation;
    uint32_t count;
};

struct stub {
    struct user_marshal m; /* the cursors, the objects, the error */
    const MIDL_STUB_DESC *tables;
    uint8_t *slots; /* the arguments, 8 bytes each */
    uint32_t referents;
    unsigned depth;

    /* Reading only. */
    bool is_server;
    bool keep;          /* what pointers lead to outlives the call: CoTaskMemAlloc, otherwise the arena */
    unsigned parameter; /* offset of the slot being read */
    struct arena arena;
    struct journal journal;
    struct late_check late[STUB_LATE_MAXIMUM];
    unsigned late_count;
};

void stub_init(struct stub *s, const MIDL_STUB_DESC *tables, void *slots, const struct ndr_objects *objects,
               void *objects_context);
/* Frees the arena and forgets the journal. */
void stub_cleanup(struct stub *s);
void stub_fail(struct stub *s, HRESULT hr);

/* ---- correlations (correlation.c) ---------------------------------------------------------- */
/* The count that `c` leads to. `around` is the structure that contains the array's pointer, or the end of a
 * conformant structure's fixed part. */
uint32_t correlation_count(struct stub *s, format c, const uint8_t *around);
/* The IID of an interface pointer's format; `copy` holds it when it stands in the format string. NULL fails. */
const IID *correlation_iid(struct stub *s, format interface_pointer, const uint8_t *around, IID *copy);
/* Holds a count of the wire against what the sender's own arguments say, now or, when they are still to come, by
 * correlation_check_late. */
void correlation_check(struct stub *s, format c, const uint8_t *around, uint32_t count);
void correlation_check_late(struct stub *s);

/* ---- values -------------------------------------------------------------------------------- */
/* Marshals the value of `type` at `memory`. */
void put_value(struct stub *s, format type, const uint8_t *memory, const uint8_t *around);
/* Unmarshals into `memory`, which has room for the type; of an array, for as many elements as its correlation says. */
void get_value(struct stub *s, format type, uint8_t *memory, const uint8_t *around);
/* Unmarshals into memory made for it, with or without outliving the call; NULL after a failure. */
uint8_t *get_new_value(struct stub *s, format type, const uint8_t *around, bool keep);
/* Frees what a value owns, not the value. */
void drop_value(struct stub *s, format type, uint8_t *memory, const uint8_t *around);
/* Zeroed memory for an unmarshalled value. */
void *stub_alloc(struct stub *s, size_t size, bool keep);

#endif
