/* The table of remote objects of this process, by OXID and OID. It outlives the runtime, because programs release
 * proxies late. Any thread. */
#ifndef DCOM_COM_PROXY_TABLE_H
#define DCOM_COM_PROXY_TABLE_H

#include "dcom/com/proxy.h"

/* Finds or makes the manager of an object; the caller gets a reference. */
HRESULT proxy_table_get(struct runtime *rt, const struct objref *objref, struct remote_exporter *e,
                        struct proxy_manager **out);
/* Drops a reference; true when it was the last and the manager is out of the table. */
bool proxy_table_drop(struct proxy_manager *m, ULONG *left);
/* Frees a manager that is out of the table and has no members. */
void proxy_table_free(struct proxy_manager *m);
/* Before the runtime goes: gives every reference back and disconnects every manager. */
void proxy_table_disconnect_all(void);

#endif
