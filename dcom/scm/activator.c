#include "dcom/scm/activator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/file.h"
#include "base/text.h"
#include "base/thread.h"
#include "dcom/orpc/bindings.h"
#include "dcom/orpc/deadlines.h"
#include "dcom/orpc/hresult.h"
#include "dcom/scm/class_registry.h"
#include "dcom/scm/exporter_call.h"

#define ATTEMPTS 3 /* a server found dead or ending is replaced, and its successor once more */

/* A class whose program is being started. */
struct flight {
    CLSID clsid;
    HRESULT hresult;
    bool landed;
    unsigned passengers; /* who still looks at it */
    struct flight *next;
};

struct activator {
    struct activator_parts parts; /* (RO) */
    struct mutex lock;
    struct condition landed;
    struct flight *flights; /* (LOCK lock) */
};

enum err activator_create(const struct activator_parts *parts, struct activator **out)
{
    struct activator *a = calloc(1, sizeof *a);
    *out = a;
    if (!a)
        return ERR_MEMORY;
    a->parts = *parts;
    mutex_init(&a->lock);
    condition_init(&a->landed);
    return ERR_OK;
}

void activator_destroy(struct activator *a)
{
    if (!a)
        return;
    condition_cleanup(&a->landed);
    mutex_cleanup(&a->lock);
    free(a);
}

/* ---- starting a program ------------------------------------------------------------------------------------- */

static bool file_exists(const char *path)
{
    const struct file_stamp none = { 0 };
    return !file_stamp_equal(file_stamp_of(path), none);
}

/* Windows names the program's own failure, not COM's. */
static HRESULT hresult_of_start(enum err e)
{
    switch (e) {
    case ERR_OK:
        return S_OK;
    case ERR_NOT_FOUND:
        return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
    case ERR_ACCESS:
        return HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED);
    case ERR_AUTH:
        return CO_E_RUNAS_LOGON_FAILURE;
    case ERR_MEMORY:
        return E_OUTOFMEMORY;
    default:
        return CO_E_SERVER_EXEC_FAILURE;
    }
}

/* The class's identity as a session to start; false when nobody sits at the console that it names. */
static bool identity_of(const struct class_server *server, const struct host *host,
                        const struct activation_caller *caller, struct session_identity *out)
{
    *out = (struct session_identity){ .kind = SESSION_NEW, .account = server->run_as, .logon = TOKEN_LOGON_BATCH };
    if (server->identity == CLASS_ACCOUNT)
        return true;
    if (server->identity == CLASS_INTERACTIVE_USER) {
        out->account = host->console_account;
        out->logon = TOKEN_LOGON_INTERACTIVE;
        return host->console_account[0] != 0;
    }
    /* The launching user: a local caller's own session; a remote caller's token, which can prove nothing to others. */
    out->kind = caller->local || !caller->token ? SESSION_OF_PROCESS : SESSION_OF_TOKEN;
    out->pid = caller->pid;
    out->token = caller->token;
    return true;
}

static HRESULT start_program(struct activator *a, const struct host_view *view, const struct class_server *server,
                             const struct activation_caller *caller, int64_t *pid, uint32_t *ntstatus)
{
    struct command_line line;
    struct session_identity identity;
    char output[HOST_PATH];
    *pid = 0;
    *ntstatus = 0;
    if (!identity_of(server, view->host, caller, &identity))
        return CO_E_RUNAS_LOGON_FAILURE;
    if (command_line_split(server->command, "-Embedding", file_exists, &line) ||
        host_path(view->host, "launched.log", output))
        return CO_E_SERVER_EXEC_FAILURE;
    char *folder = text_format("OPCPROBE_HOST=%s", view->host->folder);
    if (!folder)
        return E_OUTOFMEMORY;
    /* A password meant for probe-scm's own command line is not the server's business. */
    const char *const environment[] = { folder, "OPCPROBE_PASSWORD", NULL };
    enum err e = launcher_start(a->parts.launcher, &identity, line.arguments, environment, output, pid, ntstatus);
    free(folder);
    if (!e)
        a->parts.process_started(a->parts.context, *pid);
    return hresult_of_start(e);
}

static void tell_launch(const char *clsid, const struct class_server *server, int64_t pid, uint32_t ntstatus,
                        HRESULT hr)
{
    const char *account = server->identity == CLASS_LAUNCHING_USER     ? "launching user"
                          : server->identity == CLASS_INTERACTIVE_USER ? "Interactive User"
                                                                       : server->run_as;
    event("launch", EV_TEXT("clsid", clsid), EV_TEXT("account", account), EV_NUMBER("of_pid", pid),
          EV_CODE("ntstatus", ntstatus), EV_CODE("hresult", hr));
}

struct started_program {
    struct launcher *launcher;
    int64_t pid;
};

static bool program_ended(void *context)
{
    const struct started_program *program = context;
    return !launcher_runs(program->launcher, program->pid);
}

/* Starts the program of a class and waits until somebody serves the class. */
static HRESULT launch(struct activator *a, const CLSID *clsid, const struct activation_caller *caller,
                      struct exporter *out)
{
    char text[GUID_TEXT];
    struct class_server server;
    struct started_program program = { .launcher = a->parts.launcher };
    uint32_t ntstatus;
    guid_text(clsid, text);
    const struct host_view *view = host_files_get(a->parts.files);
    int64_t timeout_ns = view->host->server_start_timeout_ns;
    if (class_registry_find(view->registry, text, &server)) {
        host_files_put(view);
        return REGDB_E_CLASSNOTREG;
    }
    HRESULT hr = start_program(a, view, &server, caller, &program.pid, &ntstatus);
    host_files_put(view);
    if (SUCCEEDED(hr) &&
        exporters_wait_class(a->parts.exporters, clsid, program_ended, &program, clock_deadline_ns(timeout_ns), out))
        hr = CO_E_SERVER_EXEC_FAILURE;
    tell_launch(text, &server, program.pid, ntstatus, hr);
    return hr;
}

/* ---- one start at a time for each class ------------------------------------------------------------------------ */

static struct flight *flight_of(const struct activator *a, const CLSID *clsid)
{
    struct flight *f = a->flights;
    while (f && memcmp(&f->clsid, clsid, sizeof *clsid) != 0)
        f = f->next;
    return f;
}

/* Lets go of a flight; the last one who does frees it. The caller holds the lock. */
static void leave(struct activator *a, struct flight *f)
{
    if (--f->passengers > 0)
        return;
    struct flight **link = &a->flights;
    while (*link && *link != f)
        link = &(*link)->next;
    if (*link)
        *link = f->next;
    free(f);
}

/* Waits for somebody else's start of the class; S_OK says that it succeeded. The caller holds the lock. */
static HRESULT fly_along(struct activator *a, struct flight *f)
{
    f->passengers++;
    while (!f->landed)
        condition_wait(&a->landed, &a->lock, CLOCK_NEVER);
    HRESULT hr = f->hresult;
    leave(a, f);
    return hr;
}

/* A process that serves the class. */
static HRESULT find_or_start(struct activator *a, const CLSID *clsid, const struct activation_caller *caller,
                             struct exporter *out)
{
    HRESULT hr = S_OK;
    mutex_lock(&a->lock);
    for (;;) {
        if (exporters_find_class(a->parts.exporters, clsid, out))
            break;
        struct flight *f = flight_of(a, clsid);
        if (f && !f->landed) {
            hr = fly_along(a, f);
            if (FAILED(hr))
                break;
            continue; /* somebody may have used up a single-use registration meanwhile: look again */
        }
        f = calloc(1, sizeof *f);
        if (!f) {
            hr = E_OUTOFMEMORY;
            break;
        }
        *f = (struct flight){ .clsid = *clsid, .passengers = 1, .next = a->flights };
        a->flights = f;
        mutex_unlock(&a->lock);
        hr = launch(a, clsid, caller, out);
        mutex_lock(&a->lock);
        f->hresult = hr;
        f->landed = true;
        condition_signal(&a->landed);
        leave(a, f);
        break;
    }
    mutex_unlock(&a->lock);
    return hr;
}

/* ---- the reply ------------------------------------------------------------------------------------------------- */

/* Moves an object reference from CoTaskMemAlloc'ed memory into the reply. */
static enum err take_objref(MInterfacePointer *from, struct activation_result *out)
{
    if (!from)
        return ERR_OK;
    out->objref = malloc(from->ulCntData ? from->ulCntData : 1);
    if (!out->objref)
        return ERR_MEMORY;
    memcpy(out->objref, from->abData, from->ulCntData);
    out->objref_size = from->ulCntData;
    return ERR_OK;
}

static HRESULT fill_reply(const struct activation_request *request, const struct exporter *x, const HRESULT *results,
                          MInterfacePointer *const *objrefs, struct activation_reply *out)
{
    out->results = calloc(request->iid_count, sizeof *out->results);
    out->bindings = bindings_dup(x->bindings);
    if (!out->results || !out->bindings)
        return E_OUTOFMEMORY;
    out->oxid = x->oxid;
    out->ipid_rem_unknown = x->ipid_rem_unknown;
    out->authn_hint = x->authn_hint;
    HRESULT first_failure = S_OK;
    bool any = false;
    for (uint32_t i = 0; i < request->iid_count; i++) {
        struct activation_result *result = &out->results[out->result_count++];
        result->iid = request->iids[i];
        result->hresult = results[i];
        if (SUCCEEDED(results[i]) && take_objref(objrefs[i], result))
            return E_OUTOFMEMORY;
        any = any || SUCCEEDED(results[i]);
        if (FAILED(results[i]) && SUCCEEDED(first_failure))
            first_failure = results[i];
    }
    return any ? S_OK : first_failure;
}

/* Asks a process for the object. `*gone`: it was not there to be asked. */
static HRESULT ask_exporter(const struct exporter *x, const struct exporter_request *ask,
                            const struct activation_request *request, struct activation_reply *out, bool *gone)
{
    HRESULT *results = calloc(request->iid_count, sizeof *results);
    PMInterfacePointer *objrefs = calloc(request->iid_count, sizeof(PMInterfacePointer));
    HRESULT hr = E_OUTOFMEMORY;
    *gone = false;
    if (results && objrefs) {
        enum err e = exporter_call_create(x, ask, clock_deadline_ns(DEADLINE_CALL_NS), &hr, results, objrefs, gone);
        if (e)
            hr = hresult_of_err(e);
        else if (SUCCEEDED(hr))
            hr = fill_reply(request, x, results, objrefs, out);
        for (uint32_t i = 0; i < request->iid_count; i++)
            CoTaskMemFree(objrefs[i]);
    }
    free(results);
    free(objrefs);
    if (FAILED(hr))
        activation_reply_cleanup(out);
    return hr;
}

static HRESULT run(struct activator *a, const struct activation_request *request, bool get_class_object,
                   const struct activation_caller *caller, struct activation_reply *out)
{
    const struct exporter_request ask = { .clsid = &request->clsid,
                                          .get_class_object = get_class_object,
                                          .iids = request->iids,
                                          .iid_count = request->iid_count,
                                          .caller = caller->token,
                                          .local = caller->local };
    HRESULT hr = E_FAIL;
    bool gone = true, stopping = false;
    for (int i = 0; i < ATTEMPTS && (gone || stopping); i++) {
        struct exporter x;
        hr = find_or_start(a, &request->clsid, caller, &x);
        if (FAILED(hr))
            return hr;
        hr = ask_exporter(&x, &ask, request, out, &gone);
        out->server_version = a->parts.version;
        if (gone)
            a->parts.process_gone(a->parts.context, x.pid);
        /* Its last object went while we asked. The process still ends by itself; the class needs another one. */
        stopping = !gone && hr == CO_E_SERVER_STOPPING;
        if (stopping)
            exporters_withdraw_class(a->parts.exporters, x.pid, &request->clsid);
        exporter_cleanup(&x);
    }
    return hr;
}

HRESULT activator_run(struct activator *a, const struct activation_request *request, bool get_class_object,
                      const struct activation_caller *caller, struct activation_reply *out)
{
    char clsid[GUID_TEXT], account[2 * TOKEN_NAME] = "";
    memset(out, 0, sizeof *out);
    HRESULT hr = run(a, request, get_class_object, caller, out);
    guid_text(&request->clsid, clsid);
    if (caller->token)
        token_account_name(caller->token, account);
    event("activation", EV_TEXT("clsid", clsid), EV_TEXT("caller", caller->token ? account : NULL),
          EV_TEXT("level", caller->local ? "local" : auth_level_name(caller->level)),
          EV_TEXT("mechanism", caller->local ? NULL : auth_mechanism_name(caller->mechanism)),
          EV_TEXT("peer", caller->peer), EV_CODE("hresult", hr));
    return hr;
}
