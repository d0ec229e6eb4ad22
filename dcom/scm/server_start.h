/* Starting the program of a class, as the identity that the registry names. Any thread. */
#ifndef SCM_SERVER_START_H
#define SCM_SERVER_START_H

#include <dcom.h>

#include "dcom/orpc/activation.h"
#include "dcom/scm/gate.h"
#include "dcom/scm/launcher.h"

/* The terminal sessions of a host ([MS-DCOM] 3.1.2.5.2.3): services and accounts run in the first; the console is
 * another, which exists while somebody sits there. */
#define SESSION_SERVICES 0
#define SESSION_CONSOLE  1

struct server_started {
    int64_t pid;            /* 0: nothing runs */
    uint32_t ntstatus;      /* why its identity could not be logged on */
    uint32_t windows_event; /* what Windows writes to its System log about the failure; 0: nothing */
};

/* What one request asks for and another need not: S_OK, CO_E_RUNAS_LOGON_FAILURE (the terminal session) or
 * E_ACCESSDENIED (it forbids the launching user). */
HRESULT server_start_check(const struct class_server *server, const struct activation_request *request);
/* S_OK, or why there is no process: CO_E_RUNAS_LOGON_FAILURE (identity), E_ACCESSDENIED (no right to run the program),
 * HRESULT_FROM_WIN32 of ERROR_FILE_NOT_FOUND (the program of a local server or service), ERROR_MOD_NOT_FOUND (the
 * module of a surrogate), or of what the service control manager says of a service; CO_E_SERVER_EXEC_FAILURE. */
HRESULT server_start(struct launcher *launcher, const struct host_view *view, const struct class_server *server,
                     const struct activation_caller *caller, struct server_started *out);
/* For events: "opcserver", "Interactive User", "launching user". */
const char *server_start_account(const struct class_server *server);

#endif
