/* OPCEnum of another computer, asked as a client asks it: IOPCServerList2, or IOPCServerList where that is missing
 * (OPC Common 1.10, 5).
 *
 * Activating it starts its process or service: the caller has the user's leave. One thread. */
#ifndef PROBE_CLIENT_OPCENUM_H
#define PROBE_CLIENT_OPCENUM_H

#include "probe-client/connection.h"
#include "probe-client/server_names.h"

/* One of the two, or none. */
struct opcenum {
    IOPCServerList2 *list2;
    IOPCServerList *list;
};

/* Settles the stages before `lookup` and leaves what the wire showed in its record. Whatever it returns, the result is
 * to be closed. */
HRESULT opcenum_open(struct connection *c, struct opcenum *out);
void opcenum_close(struct opcenum *e);
HRESULT opcenum_class_of(struct connection *c, const struct opcenum *e, const char *progid, CLSID *out);
/* The OPC DA servers, into an empty list; what it holds after a failure is not the whole. */
HRESULT opcenum_servers(struct connection *c, const struct opcenum *e, struct server_names *out);

#endif
