/* A class offered to COM for as long as it is wanted. */
#ifndef PROBE_SERVER_SERVING_H
#define PROBE_SERVER_SERVING_H

#include "probe-server/class_factory.h"
#include "probe-server/com_service.h"
#include "probe-server/program.h"

struct serving {
    const struct program *program;
    const struct server_options *options;
    const CLSID *clsid;
    object_create *create;
    struct service *service;
    struct com_service *com_service;
    /* When clients can come, and when those who stayed are to leave; the latter may be NULL. */
    void (*announce)(const struct serving *s);
    void (*farewell)(const struct serving *s);
};

/* Returns the exit code; what went wrong is on stderr in one line. Objects of clients who do not leave may still live
 * then. */
int serving_run(const struct serving *s);
#define SERVING_CALLS 64
/* Which calls are let in, for people: "calls at packet-integrity or above". */
void serving_describe_calls(const struct serving *s, char out[SERVING_CALLS]);
/* Prints that calls below packet integrity are let in, if the command line says so. */
void serving_warn(const struct serving *s);

#endif
