#include "dcom/scm/server_start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

/* [MS-ERREF] 2.2: what the service control manager answers. */
#define SERVICE_NOT_INSTALLED 1060u /* ERROR_SERVICE_DOES_NOT_EXIST */
#define SERVICE_LOGON_FAILED  1069u /* ERROR_SERVICE_LOGON_FAILED */

/* Numbers of Microsoft-Windows-DistributedCOM. */
#define EVENT_START_FAILED         10000
#define EVENT_LOGON_FAILED         10004
#define EVENT_SERVICE_START_FAILED 10005

/* ---- who it runs as ---------------------------------------------------------------------------------------------- */

/* Dcomcnfg and the service manager keep passwords as secrets of these names. */
static const uint8_t *stored_password(const struct host_view *view, const struct class_server *server)
{
    char name[TOKEN_NAME + 8];
    if (server->program == CLASS_SERVICE)
        snprintf(name, sizeof name, "_SC_%s", server->service);
    else
        snprintf(name, sizeof name, "SCM:%s", server->app_id);
    return accounts_find_secret(view->accounts, name);
}

/* The launching user: a local caller's own session; a remote caller's token, which can prove nothing to others. */
static void launching_user(const struct activation_caller *caller, struct token *storage, struct session_identity *out)
{
    if (caller->local) {
        out->kind = SESSION_OF_PROCESS;
        out->pid = caller->pid;
        return;
    }
    out->kind = SESSION_OF_TOKEN;
    out->token = caller->token;
    if (!out->token) {
        token_anonymous(storage);
        out->token = storage;
    }
}

/* False when nobody sits at the console that the class names. */
static bool identity_of(const struct host_view *view, const struct class_server *server,
                        const struct activation_caller *caller, struct token *storage, struct session_identity *out)
{
    *out = (struct session_identity){ .kind = SESSION_NEW, .account = server->run_as };
    switch (server->identity) {
    case CLASS_ACCOUNT:
        out->logon = server->program == CLASS_SERVICE ? TOKEN_LOGON_SERVICE : TOKEN_LOGON_BATCH;
        out->nt_hash = stored_password(view, server);
        return true;
    case CLASS_INTERACTIVE_USER:
        out->logon = TOKEN_LOGON_INTERACTIVE;
        out->account = view->host->console_account;
        return view->host->console_account[0] != 0;
    case CLASS_LAUNCHING_USER:
        break;
    }
    launching_user(caller, storage, out);
    return true;
}

const char *server_start_account(const struct class_server *server)
{
    return server->identity == CLASS_LAUNCHING_USER     ? "launching user"
           : server->identity == CLASS_INTERACTIVE_USER ? "Interactive User"
                                                        : server->run_as;
}

/* ---- what the request asks for ------------------------------------------------------------------------------------
 */

/* Whether the server can run in the terminal session that the client wants. */
static bool session_is_met(const struct activation_request *request, const struct class_server *server)
{
    DWORD runs_in = server->identity == CLASS_INTERACTIVE_USER ? SESSION_CONSOLE : SESSION_SERVICES;
    if (request->console_session)
        return runs_in == SESSION_CONSOLE;
    return request->session_id == ACTIVATION_ANY_SESSION || request->session_id == runs_in;
}

HRESULT server_start_check(const struct class_server *server, const struct activation_request *request)
{
    if (!session_is_met(request, server))
        return CO_E_RUNAS_LOGON_FAILURE;
    if ((request->flags & ACTVFLAGS_DISABLE_AAA) && server->identity == CLASS_LAUNCHING_USER)
        return E_ACCESSDENIED;
    return S_OK;
}

/* ---- the program ------------------------------------------------------------------------------------------------- */

static bool file_exists(const char *path)
{
    const struct file_stamp none = { 0 };
    return !file_stamp_equal(file_stamp_of(path), none);
}

/* Windows' surrogate loads the module before it registers the class, and the client learns what the loader said. There
 * are no modules a simulated host could load, so one that is there is of the wrong format. A missing LocalServer32
 * program is another case: then it is CreateProcess that fails, with ERROR_FILE_NOT_FOUND. */
static HRESULT load_surrogate(const struct class_server *server)
{
    return HRESULT_FROM_WIN32(file_exists(server->command) ? ERROR_BAD_EXE_FORMAT : ERROR_MOD_NOT_FOUND);
}

/* Windows names the program's own failure, not COM's. */
static HRESULT hresult_of_start(enum err e, bool is_service)
{
    switch (e) {
    case ERR_OK:
        return S_OK;
    case ERR_NOT_FOUND:
        return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
    case ERR_ACCESS:
        return HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED);
    case ERR_AUTH:
        return is_service ? HRESULT_FROM_WIN32(SERVICE_LOGON_FAILED) : CO_E_RUNAS_LOGON_FAILURE;
    case ERR_MEMORY:
        return E_OUTOFMEMORY;
    default:
        return CO_E_SERVER_EXEC_FAILURE;
    }
}

static HRESULT run_program(struct launcher *launcher, const struct host_view *view, const struct class_server *server,
                           const struct session_identity *identity, struct server_started *out)
{
    struct command_line line;
    char output[HOST_PATH];
    const bool is_service = server->program == CLASS_SERVICE;
    /* Who COM starts is told so; a service is started by its own manager. */
    if (command_line_split(server->command, is_service ? NULL : "-Embedding", file_exists, &line) ||
        host_path(view->host, "launched.log", output))
        return CO_E_SERVER_EXEC_FAILURE;
    char *folder = text_format("OPCPROBE_HOST=%s", view->host->folder);
    if (!folder)
        return E_OUTOFMEMORY;
    /* A password meant for probe-scm's own command line is not the server's business. */
    const char *const environment[] = { folder, "OPCPROBE_PASSWORD", NULL };
    enum err e = launcher_start(launcher, identity, line.arguments, environment, output, &out->pid, &out->ntstatus);
    free(folder);
    return hresult_of_start(e, is_service);
}

static HRESULT check_service(const struct class_server *server)
{
    if (server->program == CLASS_SERVICE && !server->service_installed)
        return HRESULT_FROM_WIN32(SERVICE_NOT_INSTALLED);
    if (server->program == CLASS_SERVICE && server->service_disabled)
        return HRESULT_FROM_WIN32(ERROR_SERVICE_DISABLED);
    return S_OK;
}

static uint32_t event_of(const struct class_server *server, HRESULT hr)
{
    if (SUCCEEDED(hr))
        return 0;
    if (server->program == CLASS_SERVICE)
        return EVENT_SERVICE_START_FAILED;
    return hr == CO_E_RUNAS_LOGON_FAILURE ? EVENT_LOGON_FAILED : EVENT_START_FAILED;
}

HRESULT server_start(struct launcher *launcher, const struct host_view *view, const struct class_server *server,
                     const struct activation_caller *caller, struct server_started *out)
{
    struct session_identity identity;
    struct token storage;
    *out = (struct server_started){ 0 };
    HRESULT hr = check_service(server);
    if (SUCCEEDED(hr) && !identity_of(view, server, caller, &storage, &identity))
        hr = CO_E_RUNAS_LOGON_FAILURE;
    if (SUCCEEDED(hr))
        hr = server->program == CLASS_SURROGATE ? load_surrogate(server)
                                                : run_program(launcher, view, server, &identity, out);
    out->windows_event = event_of(server, hr);
    return hr;
}
