/* The OPC server object, one for each client that activates the class. */
#ifndef PROBE_SERVER_SERVER_H
#define PROBE_SERVER_SERVER_H

#include <opcda.h>

#include "probe-server/group.h"
#include "probe-server/service.h"

#define SERVER_GROUPS_MAXIMUM 1024
#define SERVER_NONCE          128 /* bytes of UTF-8 with the end; a longer one is not taken */

struct server;

/* A server object with the interface that was asked for. */
HRESULT server_create(struct service *service, REFIID iid, void **out);
void server_hold(struct server *s);
void server_unhold(struct server *s);

/* Asks every client that has a shutdown sink to leave. Does not wait for them. */
void server_request_shutdown(struct service *service, const WCHAR *reason);

/* For groups. */
struct service *server_service(const struct server *s);
void server_get_nonce(struct server *s, char out[SERVER_NONCE]);
void server_note_update(struct server *s); /* data were sent to the client now */
/* A copy of the group's name (CoTaskMemFree); NULL when memory is short. */
WCHAR *server_copy_group_name(struct server *s, const struct group *g);
HRESULT server_rename_group(struct server *s, struct group *g, const WCHAR *name);
/* Adds an inactive group like `from`, without its subscription. */
HRESULT server_clone_group(struct server *s, struct group *from, const WCHAR *name, REFIID iid, void **out);
/* Which locales SetLocaleID takes. */
BOOL server_locale_is_known(LCID locale);

#endif
