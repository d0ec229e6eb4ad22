/* An OPC DA server that is not the opcprobe test server of any run: it notes every call that it gets. */
#ifndef RECORDING_SERVER_H
#define RECORDING_SERVER_H

#include <objbase.h>

#include "probe-server/registration.h"

struct recording {
    const CLSID *clsid;
    struct class_registration registration;
    bool ignores_client_name; /* so that it can never give a nonce back */
};

int recording_main(const struct recording *r, int argc, char **argv);

#endif
