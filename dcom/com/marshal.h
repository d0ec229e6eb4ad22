/* Interface pointers in arguments: objects of ours become references, references become proxies.
 *
 * A call keeps account of the references it wrote, so that those of a request that never left can be taken back; what a
 * lost request carried is for the pings to clear away ([MS-DCOM] 3.1.1.6.2). */
#ifndef DCOM_COM_MARSHAL_H
#define DCOM_COM_MARSHAL_H

#include "dcom/com/runtime.h"

#define MARSHAL_NOTED 8 /* references of one call that can be taken back */

/* The context of an outgoing call's callbacks. */
struct marshal_context {
    struct runtime *runtime;
    STDOBJREF noted[MARSHAL_NOTED];
    unsigned noted_count;
};

/* For outgoing calls: the context is a struct marshal_context. */
extern const struct ndr_objects marshal_objects;
/* For calls that come in: the context is the struct runtime. */
extern const struct ndr_objects marshal_incoming_objects;

void marshal_take_back(struct marshal_context *c);

/* Appends the OBJREF of `object`, ours or a proxy. `noted` receives the reference of one of ours (may be NULL). */
HRESULT marshal_object(struct runtime *rt, const IID *iid, IUnknown *object, struct writer *out, STDOBJREF *noted);
/* OBJREF bytes to an interface pointer. */
HRESULT unmarshal_object(struct runtime *rt, const IID *iid, const uint8_t *data, size_t size, void **out);

#endif
