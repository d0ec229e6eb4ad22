#include "dcom/orpc/call_access.h"

#include <objbase.h>

#include "base/event.h"
#include "base/process.h"
#include "security/dcom_policy.h"

enum verdict {
    ADMITTED = 1,   /* and so says the connection's memo, which begins with 0 */
    REFUSED_BY_COM, /* E_ACCESSDENIED on the Remote Unknown, ERROR_ACCESS_DENIED elsewhere */
    REFUSED_BY_RPC, /* ERROR_ACCESS_DENIED everywhere */
};

static void report(const struct rpc_server_call *call, const struct call_access *access, const char *list,
                   const char *right, const struct token *caller, uint32_t windows_event)
{
    char account[2 * TOKEN_NAME];
    token_account_name(caller, account);
    bool local = call->protseq == RPC_LOCAL;
    event("access_denied", EV_TEXT("action", "access"), EV_TEXT("list", list), EV_TEXT("right", right),
          EV_TEXT("account", account), EV_TEXT("level", local ? "local" : auth_level_name(call->level)),
          EV_TEXT("minimum", auth_level_name(access->minimum_level)), EV_TEXT("peer", call->peer_text),
          EV_NUMBER("windows_event", windows_event));
}

/* ---- who calls ----------------------------------------------------------------------------------- */

static bool token_of_process(struct local_scm *scm, int64_t pid, struct token *out)
{
    LOCAL_TOKEN *from = NULL;
    if (!scm || FAILED(local_scm_token_of_process(scm, (DWORD)pid, &from)))
        return false;
    bool known = from->ntstatus == 0;
    if (known)
        local_token_read(from, out);
    local_token_free(from);
    return known;
}

/* Who has no account here, and whose account nobody can tell, is ANONYMOUS LOGON. */
static void token_of_caller(const struct call_access *access, const struct rpc_server_call *call, struct token *out)
{
    token_anonymous(out);
    if (call->protseq == RPC_LOCAL)
        (void)token_of_process(access->scm, call->peer_pid, out);
    else if (call->peer && call->peer->token)
        *out = *(const struct token *)call->peer->token;
}

/* ---- what the lists say ---------------------------------------------------------------------------- */

/* The lists of this process: the program's own, or those of its AppID. False when there is neither. */
static bool find_application(const struct call_access *access, const struct host_view *view,
                             struct dcom_application *out)
{
    *out = (struct dcom_application){ .authentication_level = view->settings->authentication_level };
    if (access->list) {
        out->has_access = out->access_by_program = true;
        out->access = *access->list;
        return true;
    }
    if (!access->appid[0])
        return false;
    /* A list that cannot be read lets nobody through. */
    if (dcom_application_read(view->registry, view->settings, access->appid, out))
        *out = (struct dcom_application){ .has_access = true, .authentication_level = DCOM_LEVEL_PRIVACY };
    return true;
}

static void decide(const struct call_access *access, const struct host_view *view, struct dcom_request *request,
                   struct dcom_decision *out)
{
    struct dcom_application application;
    struct token self;
    bool found = find_application(access, view, &application);
    if (token_of_process(access->scm, process_id(), &self))
        request->server = &self.sid;
    dcom_policy_decide(view->settings, found ? &application : NULL, request, out);
    if (found && !access->list)
        dcom_application_cleanup(&application);
}

/* [MS-DCOM] 3.1.1.5.4, note 42: only where the machine's limits let anonymous callers in at all does the refusal come
 * from COM itself. */
static enum verdict refusal(const struct dcom_settings *settings, bool remote)
{
    struct token anonymous;
    token_anonymous(&anonymous);
    uint32_t right = remote ? COM_RIGHTS_EXECUTE_REMOTE : COM_RIGHTS_EXECUTE_LOCAL;
    return com_list_grants(&settings->access_limits, &anonymous, NULL, right) ? REFUSED_BY_COM : REFUSED_BY_RPC;
}

static enum verdict ask_lists(const struct call_access *access, const struct rpc_server_call *call)
{
    struct token caller;
    struct dcom_request request = { .caller = &caller, .action = DCOM_ACCESS, .remote = call->protseq != RPC_LOCAL };
    struct dcom_decision decision;
    enum verdict verdict = ADMITTED;
    token_of_caller(access, call, &caller);
    const struct host_view *view = host_files_get(access->files);
    decide(access, view, &request, &decision);
    if (!decision.allowed) {
        verdict =
            decision.refused_by == DCOM_LIST_ENABLE_DCOM ? REFUSED_BY_RPC : refusal(view->settings, request.remote);
        report(call, access, dcom_policy_value_name(&request, &decision), dcom_policy_right_name(&request, &decision),
               &caller, decision.event_id);
    }
    host_files_put(view);
    return verdict;
}

/* ---- the verdict ------------------------------------------------------------------------------------ */

static enum verdict judge(const struct call_access *access, const struct rpc_server_call *call)
{
    /* Local calls have no level: the transport itself proves who calls. */
    if (call->protseq != RPC_LOCAL && call->level < access->minimum_level) {
        struct token caller;
        token_of_caller(access, call, &caller);
        report(call, access, "AuthenticationLevel", NULL, &caller, 0);
        return REFUSED_BY_COM; /* note 40 */
    }
    return access->files ? ask_lists(access, call) : ADMITTED;
}

uint32_t call_access_check(const struct call_access *access, const struct rpc_server_call *call, bool on_rem_unknown)
{
    if (*call->memo == ADMITTED)
        return 0;
    enum verdict verdict = judge(access, call);
    if (verdict == ADMITTED) {
        *call->memo = ADMITTED;
        return 0;
    }
    return verdict == REFUSED_BY_COM && on_rem_unknown ? (uint32_t)E_ACCESSDENIED : RPC_STATUS_ACCESS_DENIED;
}
