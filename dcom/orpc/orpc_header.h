/* ORPCTHIS and ORPCTHAT, the implicit first argument of every ORPC call ([MS-DCOM] 2.2.13.3, 2.2.13.4), and
 * the causality id that ties nested calls together ([MS-DCOM] 1.3.5).
 *
 * Without extensions both have a fixed layout, written and read here directly because every call pays for it;
 * extensions of a peer are passed over. */
#ifndef DCOM_ORPC_HEADER_H
#define DCOM_ORPC_HEADER_H

#include <dcom.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"

struct orpc_this {
    COMVERSION version;
    uint32_t flags;
    GUID causality;
};

void orpc_this_write(struct writer *w, COMVERSION version, const GUID *causality);
/* Leaves the cursor at the first argument, whose alignment counts from the cursor's start. */
MUST_USE enum err orpc_this_read(struct reader *r, struct orpc_this *out);
void orpc_that_write(struct writer *w);
MUST_USE enum err orpc_that_read(struct reader *r);

/* The causality id for a call this thread makes: that of the incoming call it is serving, else a new one. */
void causality_current(GUID *out);
/* While a thread serves an incoming call. Returns what was there before, for causality_leave. */
struct causality_scope {
    GUID id;
    bool serving;
};
struct causality_scope causality_enter(const GUID *id);
void causality_leave(const struct causality_scope *before);

#endif
