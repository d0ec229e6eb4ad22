#include "dcom/scm/activator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/text.h"
#include "base/thread.h"
#include "dcom/orpc/bindings.h"
#include "dcom/orpc/deadlines.h"
#include "dcom/orpc/hresult.h"
#include "dcom/scm/exporter_call.h"
#include "dcom/scm/server_start.h"

#define ATTEMPTS 3 /* a server found dead or ending is replaced, and its successor once more */

/* A class whose program is being started, for one user or for everybody. */
struct flight {
    CLSID clsid;
    bool for_one_user;
    struct sid user;
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

/* ---- one activation --------------------------------------------------------------------------------------------- */

/* An activation, as its parts pass it on. */
struct activation {
    const struct activation_request *request;
    bool get_class_object;
    const struct activation_caller *caller;
    char clsid[GUID_TEXT];
    const struct host_view *view; /* the host as it was when the request came */
    bool is_registered;           /* the registry knows the class */
    struct class_server server;   /* what it says */
    bool for_one_user;            /* a server without an identity of its own runs once for each user who launches it */
    struct sid user;              /* the caller, ANONYMOUS LOGON without a logon */
    bool refused_by_machine;
};

/* Whose servers may serve it; NULL: whoever they run as. */
static const struct sid *user_of(const struct activation *x)
{
    return x->for_one_user ? &x->user : NULL;
}

/* Whether the caller may have that done; tells the refusal. */
static HRESULT ask_gate(struct activation *x, enum dcom_action action)
{
    enum gate_verdict verdict = gate_ask(x->view, &x->server, x->clsid, x->caller, action);
    x->refused_by_machine = verdict == GATE_CLOSED_BY_MACHINE;
    return verdict == GATE_OPEN ? S_OK : E_ACCESSDENIED;
}

/* ---- starting a program ------------------------------------------------------------------------------------- */

#define EVENT_NOT_REGISTERED_IN_TIME 10010 /* of Microsoft-Windows-DistributedCOM */

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
static HRESULT launch(struct activator *a, const struct activation *x, struct exporter *out)
{
    struct server_started started;
    HRESULT hr = server_start(a->parts.launcher, x->view, &x->server, x->caller, &started);
    struct started_program program = { .launcher = a->parts.launcher, .pid = started.pid };
    if (SUCCEEDED(hr)) {
        a->parts.process_started(a->parts.context, started.pid);
        if (exporters_wait_class(a->parts.exporters, &x->request->clsid, user_of(x), program_ended, &program,
                                 clock_deadline_ns(x->view->host->server_start_timeout_ns), out)) {
            hr = CO_E_SERVER_EXEC_FAILURE;
            started.windows_event = EVENT_NOT_REGISTERED_IN_TIME;
        }
    }
    event("launch", EV_TEXT("clsid", x->clsid), EV_TEXT("account", server_start_account(&x->server)),
          EV_NUMBER("of_pid", started.pid), EV_CODE("ntstatus", started.ntstatus), EV_CODE("hresult", hr),
          EV_NUMBER("windows_event", started.windows_event));
    return hr;
}

/* ---- one start at a time for each class (and user) -------------------------------------------------------------- */

static bool is_for(const struct flight *f, const struct activation *x)
{
    return memcmp(&f->clsid, &x->request->clsid, sizeof f->clsid) == 0 && f->for_one_user == x->for_one_user &&
           (!f->for_one_user || sid_equal(&f->user, &x->user));
}

static struct flight *flight_of(const struct activator *a, const struct activation *x)
{
    struct flight *f = a->flights;
    while (f && !is_for(f, x))
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

/* Who needs the program started has to have the right to it, also while somebody else is starting it (asked without the
 * lock), and to ask for nothing that the server lacks: what one caller may not have is no answer to the others. */
static HRESULT may_launch(struct activator *a, struct activation *x)
{
    if (!x->is_registered)
        return REGDB_E_CLASSNOTREG;
    mutex_unlock(&a->lock);
    HRESULT hr = ask_gate(x, DCOM_LAUNCH);
    mutex_lock(&a->lock);
    return FAILED(hr) ? hr : server_start_check(&x->server, x->request);
}

static HRESULT fly(struct activator *a, struct activation *x, struct exporter *out)
{
    struct flight *f = calloc(1, sizeof *f);
    if (!f)
        return E_OUTOFMEMORY;
    *f = (struct flight){ .clsid = x->request->clsid,
                          .for_one_user = x->for_one_user,
                          .user = x->user,
                          .passengers = 1,
                          .next = a->flights };
    a->flights = f;
    mutex_unlock(&a->lock);
    HRESULT hr = launch(a, x, out);
    mutex_lock(&a->lock);
    f->hresult = hr;
    f->landed = true;
    condition_signal(&a->landed);
    leave(a, f);
    return hr;
}

/* A process that serves the class. */
static HRESULT find_or_start(struct activator *a, struct activation *x, struct exporter *out)
{
    HRESULT hr = S_OK;
    bool may = false;
    mutex_lock(&a->lock);
    while (SUCCEEDED(hr) && !exporters_find_class(a->parts.exporters, &x->request->clsid, user_of(x), out)) {
        struct flight *f = flight_of(a, x);
        if (!may) {
            hr = may_launch(a, x);
            may = true; /* and look again: the lock was free meanwhile */
        } else if (f && !f->landed) {
            hr = fly_along(a, f); /* and look again: somebody may have used up a single-use registration */
        } else {
            hr = fly(a, x, out);
            break;
        }
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

static HRESULT find_and_ask(struct activator *a, struct activation *x, struct activation_reply *out)
{
    const struct activation_request *request = x->request;
    const struct exporter_request ask = { .clsid = &request->clsid,
                                          .get_class_object = x->get_class_object,
                                          .iids = request->iids,
                                          .iid_count = request->iid_count,
                                          .caller = x->caller->token,
                                          .local = x->caller->local };
    HRESULT hr = E_FAIL;
    bool gone = true, stopping = false;
    for (int i = 0; i < ATTEMPTS && (gone || stopping); i++) {
        struct exporter server;
        hr = find_or_start(a, x, &server);
        if (FAILED(hr))
            return hr;
        hr = ask_exporter(&server, &ask, request, out, &gone);
        out->server_version = a->parts.version;
        if (gone)
            a->parts.process_gone(a->parts.context, server.pid);
        /* Its last object went while we asked. The process still ends by itself; the class needs another one. */
        stopping = !gone && hr == CO_E_SERVER_STOPPING;
        if (stopping)
            exporters_withdraw_class(a->parts.exporters, server.pid, &request->clsid);
        exporter_cleanup(&server);
    }
    return hr;
}

static enum class_bits bits_of(const struct activation_request *request)
{
    return request->flags & ACTVFLAGS_ACTIVATE_32_BIT_SERVER   ? CLASS_32_BITS
           : request->flags & ACTVFLAGS_ACTIVATE_64_BIT_SERVER ? CLASS_64_BITS
                                                               : CLASS_ANY_BITS;
}

static void note_user(struct activation *x)
{
    struct token nobody;
    token_anonymous(&nobody);
    x->user = x->caller->token ? x->caller->token->sid : nobody.sid;
    x->for_one_user = x->is_registered && x->server.identity == CLASS_LAUNCHING_USER;
}

static HRESULT run(struct activator *a, struct activation *x, struct activation_reply *out)
{
    x->is_registered = class_registry_find(x->view->registry, x->clsid, bits_of(x->request), &x->server) == ERR_OK;
    /* A running program may serve a class that the registry does not know, or no longer; but a request for 32 or 64
     * bits is for what stands in that view. */
    if (!x->is_registered &&
        (bits_of(x->request) != CLASS_ANY_BITS || !exporters_serve(a->parts.exporters, &x->request->clsid)))
        return REGDB_E_CLASSNOTREG;
    note_user(x);
    HRESULT hr = ask_gate(x, DCOM_ACTIVATE);
    return FAILED(hr) ? hr : find_and_ask(a, x, out);
}

HRESULT activator_run(struct activator *a, const struct activation_request *request, bool get_class_object,
                      const struct activation_caller *caller, struct activation_reply *out, bool *refused_by_machine)
{
    char account[2 * TOKEN_NAME] = "";
    struct activation x = { .request = request, .get_class_object = get_class_object, .caller = caller };
    memset(out, 0, sizeof *out);
    guid_text(&request->clsid, x.clsid);
    x.view = host_files_get(a->parts.files);
    HRESULT hr = run(a, &x, out);
    host_files_put(x.view);
    *refused_by_machine = x.refused_by_machine;
    if (caller->token)
        token_account_name(caller->token, account);
    event("activation", EV_TEXT("clsid", x.clsid), EV_TEXT("caller", caller->token ? account : NULL),
          EV_TEXT("level", caller->local ? "local" : auth_level_name(caller->level)),
          EV_TEXT("mechanism", caller->local ? NULL : auth_mechanism_name(caller->mechanism)),
          EV_TEXT("peer", caller->peer), EV_CODE("hresult", hr));
    return hr;
}
