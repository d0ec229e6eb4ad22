/* The groups of one server object: names, handles, adding and removing. */
#ifndef PROBE_SERVER_SERVER_GROUPS_H
#define PROBE_SERVER_SERVER_GROUPS_H

#include <objbase.h>

#include "probe-server/server.h"

/* Adds a group; an empty or missing name is made up. `items_of` is a group whose items are copied, or NULL. On success
 * `out` has the interface `iid` and `handle` the group's. E_INVALIDARG for a blank name, OPC_E_DUPLICATENAME,
 * E_NOINTERFACE, E_OUTOFMEMORY. */
HRESULT server_add_group(struct server *s, const WCHAR *name, const struct group_settings *settings,
                         struct group *items_of, REFIID iid, OPCHANDLE *handle, void **out);
/* E_INVALIDARG for an unknown name or handle. */
HRESULT server_find_group(struct server *s, const WCHAR *name, REFIID iid, void **out);
HRESULT server_remove_group(struct server *s, OPCHANDLE handle, BOOL force);
void server_remove_all_groups(struct server *s);
DWORD server_group_count(struct server *s);
/* An enumerator of the groups (IEnumUnknown) or of their names (IEnumString); S_FALSE when it is empty. `none` makes
 * it empty whatever there is: public groups do not exist here. */
HRESULT server_enumerate_groups(struct server *s, bool none, REFIID iid, void **out);

#endif
