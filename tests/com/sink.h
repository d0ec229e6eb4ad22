/* An IOPCShutdown of the test's own, to be called back. */
#ifndef TESTS_COM_SINK_H
#define TESTS_COM_SINK_H

#include <opccomn.h>
#include <stdatomic.h>

#include "base/thread.h"

struct sink {
    IOPCShutdown IOPCShutdown_iface;
    atomic_uint references;
    atomic_uint calls;
    struct mutex lock; /* of what follows, while calls may arrive */
    char text[64];     /* of the last call */
    char account[600]; /* of the last caller */
    DWORD level;
    GUID causality;        /* of the last call */
    IOPCCommon *call_back; /* borrowed: the sink calls GetLocaleID of it, from inside the callback */
    HRESULT called_back;
    int sleep_ms; /* how long it takes over a call */
};

/* It holds nothing that must be freed. */
void sink_init(struct sink *s);

#endif
