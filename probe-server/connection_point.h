/* The one connection point of a server or group, as a part of it.
 *
 * It is a COM object of its own (QueryInterface from it does not lead to its owner), but its references are its
 * owner's. It takes one connection: another Advise ends with CONNECT_E_ADVISELIMIT (OPC DA 2.05A, 4.5.7). */
#ifndef PROBE_SERVER_CONNECTION_POINT_H
#define PROBE_SERVER_CONNECTION_POINT_H

#include <objbase.h>
#include <ocidl.h>

struct connection_point;

struct connection_point_ops {
    const IID *iid; /* of the callback interface */
    ULONG (*addref)(struct connection_point *point);
    ULONG (*release)(struct connection_point *point);
    /* The owner's container, with a reference. */
    IConnectionPointContainer *(*container)(struct connection_point *point);
    /* `sink` has the interface `iid` already and is borrowed. */
    HRESULT (*advise)(struct connection_point *point, IUnknown *sink, DWORD *cookie);
    HRESULT (*unadvise)(struct connection_point *point, DWORD cookie);
    /* The connection there is, with a reference; false when there is none. */
    BOOL (*connection)(struct connection_point *point, CONNECTDATA *out);
};

struct connection_point {
    IConnectionPoint IConnectionPoint_iface;
    const struct connection_point_ops *ops;
};

void connection_point_init(struct connection_point *point, const struct connection_point_ops *ops);
/* What the container's methods do; the point is its only one. */
HRESULT connection_point_enumerate(struct connection_point *point, IEnumConnectionPoints **out);
HRESULT connection_point_find(struct connection_point *point, REFIID iid, IConnectionPoint **out);

#endif
