/* The object of OPCEnum: tells which OPC servers its host has (OPC Common 1.10, 5). */
#ifndef PROBE_SERVER_SERVER_LIST_H
#define PROBE_SERVER_SERVER_LIST_H

#include <opccomn.h>

#include "probe-server/service.h"

/* More categories than this in one question are refused. */
#define SERVER_LIST_CATEGORIES_MAXIMUM 1024

/* An object with the interface that was asked for: IOPCServerList, IOPCServerList2. */
HRESULT server_list_create(struct service *service, REFIID iid, void **out);

#endif
