/* Many items of our own server in one group. */
#ifndef PROBE_CLIENT_BULK_ITEMS_H
#define PROBE_CLIENT_BULK_ITEMS_H

#include <opcda.h>

#include "probe-client/activity.h"

#define BULK_ITEMS 10000 /* that the test server has of itself */

/* Adds active items by name; every one of them must be taken. `handles` receives the server's. */
HRESULT bulk_items_add_named(IOPCItemMgt *group, struct activity *activity, char *const *names, DWORD count,
                             OPCHANDLE *handles);
/* Adds Bulk.R8.00001 and on; beyond the last the first one comes again, as an item may stand in a group twice. */
HRESULT bulk_items_add(IOPCItemMgt *group, struct activity *activity, uint32_t count, OPCHANDLE *handles);

#endif
