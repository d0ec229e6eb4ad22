/* This process as an object exporter ([MS-DCOM] 3.1.1): the objects it has given away, and the calls that come for
 * them.
 *
 * An object becomes known when it is marshalled first: a stub holds its identity, and one entry per interface (IPID)
 * holds the interface pointer and the public references that clients have. When the last reference is given back, the
 * object is let go. Calls arrive on connection threads, several at a time. No lock is held while an object's method or
 * Release runs, nor while probe-scm is asked.
 *
 * It is a structure and not a global, so that tests can have two in one process. */
#ifndef DCOM_EXPORTER_H
#define DCOM_EXPORTER_H

#include <dcom.h>
#include <objbase.h>

#include "dcom/ndr/ndr.h"
#include "dcom/orpc/bindings.h"
#include "dcom/orpc/call_access.h"
#include "dcom/orpc/local_scm.h"
#include "dcom/orpc/plain_call.h"

struct exporter;

struct exporter_options {
    const struct host *host;                /* borrowed; NULL: listens nowhere by itself (exporter_adopt) */
    struct local_scm *scm;                  /* borrowed; NULL: nobody is told of this exporter and of its objects */
    uint16_t static_port;                   /* of every listener; 0: one of the host's dynamic ports */
    const struct auth_authority *authority; /* borrowed; NULL: no authentication is offered */
    struct call_access access;              /* who may call; its minimum level is also our authentication hint */
    const struct ndr_objects *objects;      /* marshals interface pointers in arguments of incoming calls */
    void *objects_context;
    /* Served on the local transport, for probe-scm. Borrowed. */
    const struct plain_service *local_services;
    size_t local_service_count;
    /* A process of this host is let in to the local services if this says so. May be NULL. */
    bool (*trusts)(void *context, int64_t peer_pid);
    void *trusts_context;
};

/* Listens on every address of the host and on its local socket and registers with probe-scm. */
HRESULT exporter_create(const struct exporter_options *options, struct exporter **out);
/* Stops listening, waits for running calls, lets every object go. */
void exporter_destroy(struct exporter *x);

OXID exporter_oxid(const struct exporter *x);
const IPID *exporter_ipid_rem_unknown(const struct exporter *x);
/* What goes into its OBJREFs: the bindings of this host's resolver. Borrowed. */
const DUALSTRINGARRAY *exporter_resolver_bindings(const struct exporter *x);
/* Serves a connected socket (tests). */
MUST_USE enum err exporter_adopt(struct exporter *x, int64_t socket);

/* Gives `references` public references of an interface of a local object away. E_NOINTERFACE when it does not have it.
 */
HRESULT exporter_marshal(struct exporter *x, const IID *iid, IUnknown *object, ULONG references, STDOBJREF *out);
/* Takes marshalled references back that never left, as exporter_marshal wrote them. */
void exporter_unmarshal_unused(struct exporter *x, const STDOBJREF *std);
/* A reference to one of our own objects came back: its references end here, and the caller gets the object's own
 * pointer. */
HRESULT exporter_unmarshal(struct exporter *x, const STDOBJREF *std, const IID *iid, void **out);
/* Ends every connection to the object, whoever holds references (CoDisconnectObject). */
HRESULT exporter_disconnect(struct exporter *x, IUnknown *object);
/* probe-scm saw no ping for these objects ([MS-DCOM] 3.1.1.6.2). Those that were marshalled or called within the last
 * three periods stay: whoever got a reference has that long for a first ping. */
void exporter_rundown(struct exporter *x, const OID *oids, size_t count);
/* Objects given away at the moment, and public references of one interface (tests). */
size_t exporter_object_count(struct exporter *x);
ULONG exporter_references(struct exporter *x, const IPID *ipid);

/* The ORPC call that this thread serves; NULL outside of one. */
const struct rpc_server_call *exporter_current_call(void);

#endif
