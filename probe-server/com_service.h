/* The service as the real process has it: COM's caller, the machine's clock, the configured callback level. */
#ifndef PROBE_SERVER_COM_SERVICE_H
#define PROBE_SERVER_COM_SERVICE_H

#include <stdatomic.h>

#include "probe-server/service.h"

/* The context of the operations. */
struct com_service {
    DWORD callback_level;    /* (RO) RPC_C_AUTHN_LEVEL_DEFAULT: as COM negotiated */
    atomic_llong changed_ns; /* when an object came or went last */
    atomic_bool was_needed;  /* some client has come */
};

extern const struct service_ops com_service_ops;

/* Before the first use, at the beginning of the process. */
void com_service_init(struct com_service *s, DWORD callback_level);
/* Monotonic time; for the scheduler too. */
int64_t com_service_now_ns(void *context);

#endif
