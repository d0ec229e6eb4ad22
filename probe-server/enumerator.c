#include "probe-server/enumerator.h"

#include <stdlib.h>

#include "base/thread.h"
#include "opcda/com_object.h"
#include "probe-server/snapshot.h"
#include "probe-server/task_memory.h"

/* One object for all kinds: it has one of these interfaces, the one that its table of methods belongs to. */
struct enumerator {
    union {
        IEnumUnknown IEnumUnknown_iface;
        IEnumString IEnumString_iface;
        IEnumConnectionPoints IEnumConnectionPoints_iface;
        IEnumConnections IEnumConnections_iface;
        IEnumOPCItemAttributes IEnumOPCItemAttributes_iface;
        IEnumGUID IEnumGUID_iface;
        IOPCEnumGUID IOPCEnumGUID_iface;
    };
    const IID *iid;
    atomic_uint references;
    struct snapshot *snapshot; /* a reference */
    struct mutex lock;
    ULONG position; /* (LOCK lock) */
};

static HRESULT enumerator_query(struct enumerator *e, REFIID iid, void **out)
{
    const struct com_iface_entry ifaces[] = { { &IID_IUnknown, 0 }, { e->iid, 0 }, { NULL, 0 } };
    return com_query(ifaces, e, iid, out);
}

static ULONG enumerator_addref(struct enumerator *e)
{
    return atomic_fetch_add(&e->references, 1) + 1;
}

static ULONG enumerator_release(struct enumerator *e)
{
    ULONG left = atomic_fetch_sub(&e->references, 1) - 1;
    if (!left) {
        snapshot_release(e->snapshot);
        mutex_cleanup(&e->lock);
        free(e);
    }
    return left;
}

COM_FORWARD_IUNKNOWN(enumerator, IEnumUnknown)
COM_FORWARD_IUNKNOWN(enumerator, IEnumString)
COM_FORWARD_IUNKNOWN(enumerator, IEnumConnectionPoints)
COM_FORWARD_IUNKNOWN(enumerator, IEnumConnections)
COM_FORWARD_IUNKNOWN(enumerator, IEnumOPCItemAttributes)
COM_FORWARD_IUNKNOWN(enumerator, IEnumGUID)
COM_FORWARD_IUNKNOWN(enumerator, IOPCEnumGUID)

/* `fetched` may be missing when one element is asked for. */
static HRESULT enumerator_next(struct enumerator *e, ULONG wanted, void *out, ULONG *fetched)
{
    if (fetched)
        *fetched = 0;
    if (!out || (!fetched && wanted != 1))
        return E_POINTER;
    ULONG copied = 0;
    mutex_lock(&e->lock);
    HRESULT hr = snapshot_copy(e->snapshot, e->position, wanted, out, &copied);
    e->position += copied;
    mutex_unlock(&e->lock);
    if (FAILED(hr))
        return hr;
    if (fetched)
        *fetched = copied;
    return copied == wanted ? S_OK : S_FALSE;
}

static HRESULT enumerator_skip(struct enumerator *e, ULONG count)
{
    mutex_lock(&e->lock);
    ULONG left = e->snapshot->count - e->position;
    ULONG skipped = count < left ? count : left;
    e->position += skipped;
    mutex_unlock(&e->lock);
    return skipped == count ? S_OK : S_FALSE;
}

static HRESULT enumerator_reset(struct enumerator *e)
{
    mutex_lock(&e->lock);
    e->position = 0;
    mutex_unlock(&e->lock);
    return S_OK;
}

/* Takes the reference of `snapshot`, also on failure. */
static struct enumerator *enumerator_create(struct snapshot *snapshot, const IID *iid, ULONG position)
{
    struct enumerator *e = snapshot ? calloc(1, sizeof(*e)) : NULL;
    if (!e) {
        if (snapshot)
            snapshot_release(snapshot);
        return NULL;
    }
    atomic_init(&e->references, 1);
    e->iid = iid;
    e->snapshot = snapshot;
    e->position = position;
    mutex_init(&e->lock);
    return e;
}

static struct enumerator *enumerator_clone(struct enumerator *e)
{
    mutex_lock(&e->lock);
    ULONG position = e->position;
    mutex_unlock(&e->lock);
    return enumerator_create(snapshot_addref(e->snapshot), e->iid, position);
}

/* ---- IEnumUnknown ---- */
static HRESULT STDMETHODCALLTYPE enum_unknown_Next(IEnumUnknown *self, ULONG count, IUnknown **out, ULONG *fetched)
{
    return enumerator_next(enumerator_from_IEnumUnknown(self), count, out, fetched);
}

static HRESULT STDMETHODCALLTYPE enum_unknown_Skip(IEnumUnknown *self, ULONG count)
{
    return enumerator_skip(enumerator_from_IEnumUnknown(self), count);
}

static HRESULT STDMETHODCALLTYPE enum_unknown_Reset(IEnumUnknown *self)
{
    return enumerator_reset(enumerator_from_IEnumUnknown(self));
}

static HRESULT STDMETHODCALLTYPE enum_unknown_Clone(IEnumUnknown *self, IEnumUnknown **out);

static const IEnumUnknownVtbl enum_unknown_vtbl = {
    .QueryInterface = enumerator_IEnumUnknown_QueryInterface,
    .AddRef = enumerator_IEnumUnknown_AddRef,
    .Release = enumerator_IEnumUnknown_Release,
    .Next = enum_unknown_Next,
    .Skip = enum_unknown_Skip,
    .Reset = enum_unknown_Reset,
    .Clone = enum_unknown_Clone,
};

static HRESULT give_unknown(struct enumerator *e, IEnumUnknown **out)
{
    if (!e)
        return E_OUTOFMEMORY;
    e->IEnumUnknown_iface.lpVtbl = &enum_unknown_vtbl;
    *out = &e->IEnumUnknown_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_unknown_Clone(IEnumUnknown *self, IEnumUnknown **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    return give_unknown(enumerator_clone(enumerator_from_IEnumUnknown(self)), out);
}

HRESULT enumerator_create_unknown(IUnknown **elements, ULONG count, IEnumUnknown **out)
{
    *out = NULL;
    struct snapshot *s = snapshot_create(&snapshot_of_interfaces, elements, count);
    return give_unknown(enumerator_create(s, &IID_IEnumUnknown, 0), out);
}

/* ---- IEnumString ---- */
static HRESULT STDMETHODCALLTYPE enum_string_Next(IEnumString *self, ULONG count, LPOLESTR *out, ULONG *fetched)
{
    return enumerator_next(enumerator_from_IEnumString(self), count, out, fetched);
}

static HRESULT STDMETHODCALLTYPE enum_string_Skip(IEnumString *self, ULONG count)
{
    return enumerator_skip(enumerator_from_IEnumString(self), count);
}

static HRESULT STDMETHODCALLTYPE enum_string_Reset(IEnumString *self)
{
    return enumerator_reset(enumerator_from_IEnumString(self));
}

static HRESULT STDMETHODCALLTYPE enum_string_Clone(IEnumString *self, IEnumString **out);

static const IEnumStringVtbl enum_string_vtbl = {
    .QueryInterface = enumerator_IEnumString_QueryInterface,
    .AddRef = enumerator_IEnumString_AddRef,
    .Release = enumerator_IEnumString_Release,
    .Next = enum_string_Next,
    .Skip = enum_string_Skip,
    .Reset = enum_string_Reset,
    .Clone = enum_string_Clone,
};

static HRESULT give_strings(struct enumerator *e, IEnumString **out)
{
    if (!e)
        return E_OUTOFMEMORY;
    e->IEnumString_iface.lpVtbl = &enum_string_vtbl;
    *out = &e->IEnumString_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_string_Clone(IEnumString *self, IEnumString **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    return give_strings(enumerator_clone(enumerator_from_IEnumString(self)), out);
}

HRESULT enumerator_create_strings(LPOLESTR *elements, ULONG count, IEnumString **out)
{
    *out = NULL;
    struct snapshot *s = snapshot_create(&snapshot_of_strings, elements, count);
    return give_strings(enumerator_create(s, &IID_IEnumString, 0), out);
}

/* ---- IEnumConnectionPoints ---- */
static HRESULT STDMETHODCALLTYPE enum_points_Next(IEnumConnectionPoints *self, ULONG count, IConnectionPoint **out,
                                                  ULONG *fetched)
{
    return enumerator_next(enumerator_from_IEnumConnectionPoints(self), count, out, fetched);
}

static HRESULT STDMETHODCALLTYPE enum_points_Skip(IEnumConnectionPoints *self, ULONG count)
{
    return enumerator_skip(enumerator_from_IEnumConnectionPoints(self), count);
}

static HRESULT STDMETHODCALLTYPE enum_points_Reset(IEnumConnectionPoints *self)
{
    return enumerator_reset(enumerator_from_IEnumConnectionPoints(self));
}

static HRESULT STDMETHODCALLTYPE enum_points_Clone(IEnumConnectionPoints *self, IEnumConnectionPoints **out);

static const IEnumConnectionPointsVtbl enum_points_vtbl = {
    .QueryInterface = enumerator_IEnumConnectionPoints_QueryInterface,
    .AddRef = enumerator_IEnumConnectionPoints_AddRef,
    .Release = enumerator_IEnumConnectionPoints_Release,
    .Next = enum_points_Next,
    .Skip = enum_points_Skip,
    .Reset = enum_points_Reset,
    .Clone = enum_points_Clone,
};

static HRESULT give_points(struct enumerator *e, IEnumConnectionPoints **out)
{
    if (!e)
        return E_OUTOFMEMORY;
    e->IEnumConnectionPoints_iface.lpVtbl = &enum_points_vtbl;
    *out = &e->IEnumConnectionPoints_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_points_Clone(IEnumConnectionPoints *self, IEnumConnectionPoints **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    return give_points(enumerator_clone(enumerator_from_IEnumConnectionPoints(self)), out);
}

HRESULT enumerator_create_connection_points(IConnectionPoint **elements, ULONG count, IEnumConnectionPoints **out)
{
    *out = NULL;
    struct snapshot *s = snapshot_create(&snapshot_of_interfaces, elements, count);
    return give_points(enumerator_create(s, &IID_IEnumConnectionPoints, 0), out);
}

/* ---- IEnumConnections ---- */
static HRESULT STDMETHODCALLTYPE enum_connections_Next(IEnumConnections *self, ULONG count, CONNECTDATA *out,
                                                       ULONG *fetched)
{
    return enumerator_next(enumerator_from_IEnumConnections(self), count, out, fetched);
}

static HRESULT STDMETHODCALLTYPE enum_connections_Skip(IEnumConnections *self, ULONG count)
{
    return enumerator_skip(enumerator_from_IEnumConnections(self), count);
}

static HRESULT STDMETHODCALLTYPE enum_connections_Reset(IEnumConnections *self)
{
    return enumerator_reset(enumerator_from_IEnumConnections(self));
}

static HRESULT STDMETHODCALLTYPE enum_connections_Clone(IEnumConnections *self, IEnumConnections **out);

static const IEnumConnectionsVtbl enum_connections_vtbl = {
    .QueryInterface = enumerator_IEnumConnections_QueryInterface,
    .AddRef = enumerator_IEnumConnections_AddRef,
    .Release = enumerator_IEnumConnections_Release,
    .Next = enum_connections_Next,
    .Skip = enum_connections_Skip,
    .Reset = enum_connections_Reset,
    .Clone = enum_connections_Clone,
};

static HRESULT give_connections(struct enumerator *e, IEnumConnections **out)
{
    if (!e)
        return E_OUTOFMEMORY;
    e->IEnumConnections_iface.lpVtbl = &enum_connections_vtbl;
    *out = &e->IEnumConnections_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_connections_Clone(IEnumConnections *self, IEnumConnections **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    return give_connections(enumerator_clone(enumerator_from_IEnumConnections(self)), out);
}

HRESULT enumerator_create_connections(CONNECTDATA *elements, ULONG count, IEnumConnections **out)
{
    *out = NULL;
    struct snapshot *s = snapshot_create(&snapshot_of_connections, elements, count);
    return give_connections(enumerator_create(s, &IID_IEnumConnections, 0), out);
}

/* ---- IEnumOPCItemAttributes: Next allocates the array that it gives ---- */
static HRESULT STDMETHODCALLTYPE enum_attributes_Next(IEnumOPCItemAttributes *self, ULONG count,
                                                      OPCITEMATTRIBUTES **out, ULONG *fetched)
{
    struct enumerator *e = enumerator_from_IEnumOPCItemAttributes(self);
    if (out)
        *out = NULL;
    if (fetched)
        *fetched = 0;
    if (!out || !fetched)
        return E_POINTER;
    if (!count)
        return E_INVALIDARG;
    /* The snapshot bounds what can come back, whatever the client asks for. */
    ULONG room = count < e->snapshot->count ? count : e->snapshot->count;
    OPCITEMATTRIBUTES *array = task_array(room, sizeof(*array));
    if (!array)
        return E_OUTOFMEMORY;
    HRESULT hr = enumerator_next(e, room, array, fetched);
    if (FAILED(hr) || !*fetched) {
        CoTaskMemFree(array);
        return FAILED(hr) ? hr : S_FALSE;
    }
    *out = array;
    return *fetched == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_attributes_Skip(IEnumOPCItemAttributes *self, ULONG count)
{
    return enumerator_skip(enumerator_from_IEnumOPCItemAttributes(self), count);
}

static HRESULT STDMETHODCALLTYPE enum_attributes_Reset(IEnumOPCItemAttributes *self)
{
    return enumerator_reset(enumerator_from_IEnumOPCItemAttributes(self));
}

static HRESULT STDMETHODCALLTYPE enum_attributes_Clone(IEnumOPCItemAttributes *self, IEnumOPCItemAttributes **out);

static const IEnumOPCItemAttributesVtbl enum_attributes_vtbl = {
    .QueryInterface = enumerator_IEnumOPCItemAttributes_QueryInterface,
    .AddRef = enumerator_IEnumOPCItemAttributes_AddRef,
    .Release = enumerator_IEnumOPCItemAttributes_Release,
    .Next = enum_attributes_Next,
    .Skip = enum_attributes_Skip,
    .Reset = enum_attributes_Reset,
    .Clone = enum_attributes_Clone,
};

static HRESULT give_attributes(struct enumerator *e, IEnumOPCItemAttributes **out)
{
    if (!e)
        return E_OUTOFMEMORY;
    e->IEnumOPCItemAttributes_iface.lpVtbl = &enum_attributes_vtbl;
    *out = &e->IEnumOPCItemAttributes_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_attributes_Clone(IEnumOPCItemAttributes *self, IEnumOPCItemAttributes **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    return give_attributes(enumerator_clone(enumerator_from_IEnumOPCItemAttributes(self)), out);
}

HRESULT enumerator_create_attributes(OPCITEMATTRIBUTES *elements, ULONG count, IEnumOPCItemAttributes **out)
{
    *out = NULL;
    struct snapshot *s = snapshot_create(&snapshot_of_attributes, elements, count);
    return give_attributes(enumerator_create(s, &IID_IEnumOPCItemAttributes, 0), out);
}

/* ---- IEnumGUID ---- */
static HRESULT STDMETHODCALLTYPE enum_guid_Next(IEnumGUID *self, ULONG count, GUID *out, ULONG *fetched)
{
    return enumerator_next(enumerator_from_IEnumGUID(self), count, out, fetched);
}

static HRESULT STDMETHODCALLTYPE enum_guid_Skip(IEnumGUID *self, ULONG count)
{
    return enumerator_skip(enumerator_from_IEnumGUID(self), count);
}

static HRESULT STDMETHODCALLTYPE enum_guid_Reset(IEnumGUID *self)
{
    return enumerator_reset(enumerator_from_IEnumGUID(self));
}

static HRESULT STDMETHODCALLTYPE enum_guid_Clone(IEnumGUID *self, IEnumGUID **out);

static const IEnumGUIDVtbl enum_guid_vtbl = {
    .QueryInterface = enumerator_IEnumGUID_QueryInterface,
    .AddRef = enumerator_IEnumGUID_AddRef,
    .Release = enumerator_IEnumGUID_Release,
    .Next = enum_guid_Next,
    .Skip = enum_guid_Skip,
    .Reset = enum_guid_Reset,
    .Clone = enum_guid_Clone,
};

static HRESULT give_guids(struct enumerator *e, IEnumGUID **out)
{
    if (!e)
        return E_OUTOFMEMORY;
    e->IEnumGUID_iface.lpVtbl = &enum_guid_vtbl;
    *out = &e->IEnumGUID_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_guid_Clone(IEnumGUID *self, IEnumGUID **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    return give_guids(enumerator_clone(enumerator_from_IEnumGUID(self)), out);
}

HRESULT enumerator_create_guids(GUID *elements, ULONG count, IEnumGUID **out)
{
    *out = NULL;
    struct snapshot *s = snapshot_create(&snapshot_of_guids, elements, count);
    return give_guids(enumerator_create(s, &IID_IEnumGUID, 0), out);
}

/* ---- IOPCEnumGUID ---- */
static HRESULT STDMETHODCALLTYPE opc_enum_guid_Next(IOPCEnumGUID *self, ULONG count, GUID *out, ULONG *fetched)
{
    return enumerator_next(enumerator_from_IOPCEnumGUID(self), count, out, fetched);
}

static HRESULT STDMETHODCALLTYPE opc_enum_guid_Skip(IOPCEnumGUID *self, ULONG count)
{
    return enumerator_skip(enumerator_from_IOPCEnumGUID(self), count);
}

static HRESULT STDMETHODCALLTYPE opc_enum_guid_Reset(IOPCEnumGUID *self)
{
    return enumerator_reset(enumerator_from_IOPCEnumGUID(self));
}

static HRESULT STDMETHODCALLTYPE opc_enum_guid_Clone(IOPCEnumGUID *self, IOPCEnumGUID **out);

static const IOPCEnumGUIDVtbl opc_enum_guid_vtbl = {
    .QueryInterface = enumerator_IOPCEnumGUID_QueryInterface,
    .AddRef = enumerator_IOPCEnumGUID_AddRef,
    .Release = enumerator_IOPCEnumGUID_Release,
    .Next = opc_enum_guid_Next,
    .Skip = opc_enum_guid_Skip,
    .Reset = opc_enum_guid_Reset,
    .Clone = opc_enum_guid_Clone,
};

static HRESULT give_opc_guids(struct enumerator *e, IOPCEnumGUID **out)
{
    if (!e)
        return E_OUTOFMEMORY;
    e->IOPCEnumGUID_iface.lpVtbl = &opc_enum_guid_vtbl;
    *out = &e->IOPCEnumGUID_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE opc_enum_guid_Clone(IOPCEnumGUID *self, IOPCEnumGUID **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    return give_opc_guids(enumerator_clone(enumerator_from_IOPCEnumGUID(self)), out);
}

HRESULT enumerator_create_opc_guids(GUID *elements, ULONG count, IOPCEnumGUID **out)
{
    *out = NULL;
    struct snapshot *s = snapshot_create(&snapshot_of_guids, elements, count);
    return give_opc_guids(enumerator_create(s, &IID_IOPCEnumGUID, 0), out);
}
