/* CoCreateInstanceEx under a deadline.
 *
 * Windows cannot cancel an activation in every phase, so it runs in a thread of its own. When it does not end in
 * time it is cancelled, and when that does not help either it is abandoned: the thread keeps its own copy of
 * everything, and gives the object back if one should still come. */
#ifndef PROBE_CLIENT_ACTIVATION_H
#define PROBE_CLIENT_ACTIVATION_H

#include <objbase.h>

#include "probe-client/login.h"
#include "probe-client/watchdog.h"

struct activation_result {
    HRESULT hr;
    IUnknown *object; /* owned by the caller; NULL unless hr succeeded */
    enum watchdog_end end;
    bool abandoned; /* a thread is still inside COM: CoUninitialize must not be called */
};

/* `host` NULL activates on this host. ERR_MEMORY or ERR_IO when it could not even be begun. */
MUST_USE enum err activation_run(const CLSID *clsid, const char *host, const struct login *login, unsigned level,
                                 struct watchdog *watchdog, int64_t allowed_ns, struct activation_result *out);

#endif
