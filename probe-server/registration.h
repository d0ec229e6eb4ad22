/* A class in the registry: the machine's on Windows, the host folder's elsewhere. */
#ifndef PROBE_SERVER_REGISTRATION_H
#define PROBE_SERVER_REGISTRATION_H

#include <stdbool.h>

#include "base/err.h"

#define REGISTRATION_REPORT 512

struct class_registration {
    const char *name;          /* what people read */
    const char *clsid, *appid; /* "{...}" */
    const char *progid, *progid_latest;
    const char *const *categories; /* implemented, "{...}"; ended by NULL */
    /* Somebody else's class that we only stand in for: on Windows it is registered for the current user alone, and not
     * at all where the computer has it. */
    bool stand_in;
};

/* Registers the class with the command that starts it (UTF-8). `report` says in one line what was done and where,
 * or on failure what went wrong and what to do. */
MUST_USE enum err registration_add(const struct class_registration *c, const char *command,
                                   char report[REGISTRATION_REPORT]);
/* Removes everything that registration_add wrote; nothing there is no failure. */
MUST_USE enum err registration_remove(const struct class_registration *c, char report[REGISTRATION_REPORT]);

#endif
