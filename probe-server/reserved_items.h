/* Values of the items that only our server has. */
#ifndef PROBE_SERVER_RESERVED_ITEMS_H
#define PROBE_SERVER_RESERVED_ITEMS_H

#include "probe-server/address_space.h"
#include "probe-server/service.h"

/* Whether the value depends on who makes the call. */
bool reserved_item_needs_caller(enum reserved_item reserved);
/* `caller` is whose value is asked for; `nonce` is UTF-8. The caller clears `out`. */
HRESULT reserved_item_value(enum reserved_item reserved, const struct service *service, const struct caller *caller,
                            const char *nonce, VARIANT *out);

/* How much longer the server takes because this item is read; 0 for all but the items of service time. */
int64_t reserved_item_service_ns(enum reserved_item reserved);

#endif
