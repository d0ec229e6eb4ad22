/* The OPC DA servers of a computer, by whoever told of them. */
#ifndef PROBE_CLIENT_SERVER_NAMES_H
#define PROBE_CLIENT_SERVER_NAMES_H

#include <objbase.h>

/* More servers than this are not listed; a host has a few dozen at most. */
#define SERVER_NAMES_MAXIMUM 4096

struct server_name {
    CLSID clsid;
    unsigned categories; /* bit n: it implements opc_categories[n] */
    HRESULT details;     /* whether the names could be had; they are owned, and NULL or empty otherwise */
    char *progid;
    char *latest_progid; /* without a version */
    char *user_type;
};

struct server_names {
    struct server_name *all; /* owned, SERVER_NAMES_MAXIMUM of them */
    size_t count;
};

HRESULT server_names_init(struct server_names *n);
void server_names_cleanup(struct server_names *n);
/* Notes that a class implements opc_categories[category]; E_OUTOFMEMORY beyond the maximum. */
HRESULT server_names_add(struct server_names *n, const CLSID *clsid, unsigned category);
/* Those of this computer, by its registry. */
HRESULT server_names_of_this_host(struct server_names *n);

#endif
