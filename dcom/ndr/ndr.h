/* NDR 2.0 marshalling, driven by the format strings widl makes from the IDL.
 *
 * The interpreter knows no socket and no object: a call's stub data is a byte
 * range, and interface pointers leave and enter as OBJREF bytes through a table of
 * callbacks. Only little-endian, 32-bit-pointer NDR is spoken ([C706] 14; [MS-RPCE]
 * 2.2.4.12); a big-endian peer is refused before it gets here.
 *
 * Memory: what an unmarshalled call hands to its caller (client: [out]; server: what a
 * method may keep, [in,out]) comes from CoTaskMemAlloc; what dies with the call
 * lives in an arena of the call. No wire count is believed before the bytes that it
 * needs are known to be there, so allocation is bounded by a constant times the size
 * of the stub; room for results that a caller only counts (celt of an enumerator) has a limit of
 * 4 MiB. Thread rule: all tables are constant; a `struct ndr_call` belongs to one thread. */
#ifndef DCOM_NDR_H
#define DCOM_NDR_H

#include <objbase.h>
#include <rpcproxy.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"
#include "dcom/oleaut/user_marshal.h" /* struct ndr_objects: what crosses as an interface pointer */

/* ---- interfaces ----------------------------------------------------------------------- */
typedef uint64_t (*ndr_server_shim)(void *object, const uint64_t *arguments);
/* A method of any type, as it stands in a vtable: cast to its own type before the call. */
typedef void (*ndr_entry)(void);

/* Typed entry points, generated from the widl header by idl/make_shims.py. */
struct ndr_shims {
    const IID *iid;
    const ndr_entry *client;       /* vtable entries; NULL for the IUnknown three and for [call_as] methods */
    const ndr_server_shim *server; /* by method number; NULL likewise */
};

/* One remotable interface: its table in a widl proxy file and its shims. */
struct ndr_interface {
    const IID *iid;
    const char *name;
    unsigned method_count; /* with the IUnknown three */
    const CInterfaceProxyVtbl *proxy;
    const CInterfaceStubVtbl *stub;
    const struct ndr_shims *shims;
};

/* Finds an interface in all generated tables (idl/ links them in); NULL if there is none. */
const struct ndr_interface *ndr_find_interface(const IID *iid);
/* The n-th of all interfaces, NULL past the end: for tests that walk everything. */
const struct ndr_interface *ndr_interface_at(unsigned index);

/* ---- client side ------------------------------------------------------------------------ */
/* One outgoing call's buffers. com/ keeps them with the connection and uses them again. */
struct ndr_call {
    struct writer request; /* `prepare` puts it in place, perhaps with the caller's own header
                            * (ORPCTHIS) already in it; NDR alignment counts from `stub_at` */
    size_t stub_at;        /* where the method's arguments begin in `request` */
    struct reader reply;   /* set by `exchange`; its start is NDR offset 0 of the reply, it may stand behind ORPCTHAT.
                            * `finish` finds in it what was left over */
    const struct ndr_objects *objects;
    void *objects_context;
    void *transport; /* of whoever implements the channel */
};

struct ndr_proxy;
struct ndr_channel {
    /* Before marshalling: sets up `call`. A failure ends the call with that HRESULT. */
    HRESULT (*prepare)(struct ndr_proxy *self, unsigned method, struct ndr_call *call);
    /* Sends `call->request`, waits, sets `call->reply`. On a failed HRESULT there is no reply. */
    HRESULT (*exchange)(struct ndr_proxy *self, unsigned method, struct ndr_call *call);
    /* After unmarshalling, whatever happened since a successful `prepare`. */
    void (*finish)(struct ndr_proxy *self, unsigned method, struct ndr_call *call);
};

/* A client vtable object begins with this; com/ embeds it first and adds identity,
 * reference count and security. The generated client shims reach it through `This`. */
struct ndr_proxy {
    const ndr_entry *vtbl; /* from ndr_proxy_vtbl */
    const struct ndr_interface *type;
    const struct ndr_channel *channel;
};

/* Builds the vtable of a proxy: IUnknown's three as given, then the shims or, for [call_as]
 * methods, their local halves. Made once per interface and kept for ever; NULL when memory is short. */
const ndr_entry *ndr_proxy_vtbl(const struct ndr_interface *type, const ndr_entry unknown_methods[3]);

/* What every client shim calls: marshal, exchange, unmarshal, free what failed. On failure every [out] is NULL or zero,
 * an [in, out] pointer has its old value, and the HRESULT says why: RPC_X_BAD_STUB_DATA (as an HRESULT) when the reply
 * is malformed or truncated, RPC_X_NULL_REF_POINTER when the caller gave no variable for a result or no value for a
 * reference. Returns the method's own HRESULT otherwise. */
HRESULT ndr_client_call(void *proxy, unsigned method, uintptr_t *arguments);

/* The same for a plain interface whose caller has no proxy: marshals the [in] arguments, and later
 * unmarshals the [out] ones. `arguments[0]` is unused. Used for the activation and resolver calls. */
MUST_USE enum err ndr_put_request(const struct ndr_interface *type, unsigned method, uintptr_t *arguments,
                                  struct ndr_call *call);
MUST_USE enum err ndr_get_reply(const struct ndr_interface *type, unsigned method, uintptr_t *arguments,
                                struct ndr_call *call, HRESULT *result);

/* ---- server side ------------------------------------------------------------------------ */
/* Unmarshals `request` (NDR offset 0 is its start), calls the object's method, appends the reply
 * stub to `reply` at NDR offset `reply->size` at entry (8-aligned by the caller).
 * Returns S_OK when the method ran (its own HRESULT is in the stub); RPC_X_BAD_STUB_DATA,
 * RPC_S_PROCNUM_OUT_OF_RANGE, E_OUTOFMEMORY (as HRESULTs) or what `unmarshal` said when it did not run; what `marshal`
 * said, or E_OUTOFMEMORY for a reply beyond the writer's maximum, when its results cannot travel. After a failure
 * nothing is in `reply` that was not there before, and the caller answers with a fault. `surplus` receives the request
 * bytes left over. */
HRESULT ndr_server_call(const struct ndr_interface *type, void *object, unsigned method,
                        const struct ndr_objects *objects, void *objects_context, struct reader *request,
                        struct writer *reply, size_t *surplus);

/* ---- type serialization, version 1 ([MS-RPCE] 2.2.6) --------------------------------------- */
/* Record `method` of the IDL's Pickled interface, e.g. PICKLE_CustomHeader. `record` points at the C struct. */
MUST_USE enum err ndr_pickle_put(unsigned method, const void *record, struct writer *out);
/* Reads the headers and the record; the record and what it points to is one allocation chain freed by
 * ndr_pickle_free. Bytes after the padded object are left in `in`. */
MUST_USE enum err ndr_pickle_get(unsigned method, struct reader *in, void **record);
void ndr_pickle_free(unsigned method, void *record);

/* Method numbers of the Pickled interface, in IDL order. */
enum ndr_pickle {
    PICKLE_CUSTOM_HEADER = 3,
    PICKLE_INSTANTIATION_INFO,
    PICKLE_LOCATION_INFO,
    PICKLE_ACTIVATION_CONTEXT,
    PICKLE_PROPS_OUT,
    PICKLE_SECURITY_INFO,
    PICKLE_SCM_REQUEST,
    PICKLE_SCM_REPLY,
    PICKLE_INSTANCE_INFO,
    PICKLE_SPECIAL_PROPERTIES,
    PICKLE_ORPC_THIS,
    PICKLE_ORPC_THAT,
};

/* ORPCTHIS and ORPCTHAT stand bare (no serialization header) in front of every ORPC stub ([MS-DCOM]
 * 2.2.13.3, 2.2.13.4): the same records, plain NDR at the cursor. */
MUST_USE enum err ndr_record_put(unsigned method, const void *record, struct writer *out);
MUST_USE enum err ndr_record_get(unsigned method, struct reader *in, void **record);

#endif
