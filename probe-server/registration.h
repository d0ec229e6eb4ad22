/* The class in the registry: the machine's on Windows, the host folder's elsewhere. */
#ifndef PROBE_SERVER_REGISTRATION_H
#define PROBE_SERVER_REGISTRATION_H

#include "base/err.h"

#define REGISTRATION_REPORT 512

/* Registers the class with the command that starts it (UTF-8). `report` says in one line what was done and where,
 * or on failure what went wrong and what to do. */
MUST_USE enum err registration_add(const char *command, char report[REGISTRATION_REPORT]);
/* Removes everything that registration_add wrote; nothing there is no failure. */
MUST_USE enum err registration_remove(char report[REGISTRATION_REPORT]);

#endif
