#include "dcom/scm/gate.h"

#include "base/event.h"

/* A caller without authentication, or a process that nobody has logged on, is ANONYMOUS LOGON. */
static const struct token *token_of(const struct activation_caller *caller, struct token *storage)
{
    if (caller->token)
        return caller->token;
    token_anonymous(storage);
    return storage;
}

static void tell(const struct dcom_request *request, const struct dcom_decision *decision, const char *clsid,
                 const struct activation_caller *caller)
{
    char account[2 * TOKEN_NAME];
    token_account_name(request->caller, account);
    event("access_denied", EV_TEXT("action", request->action == DCOM_LAUNCH ? "launch" : "activate"),
          EV_TEXT("list", dcom_policy_value_name(request, decision)),
          EV_TEXT("right", dcom_policy_right_name(request, decision)), EV_TEXT("account", account),
          EV_TEXT("clsid", clsid), EV_TEXT("peer", caller->peer), EV_TEXT("invalid", decision->invalid),
          EV_NUMBER("windows_event", decision->event_id));
}

bool gate_admits(const struct host_view *view, const struct activation_caller *caller)
{
    struct token storage;
    struct dcom_decision decision;
    const struct dcom_request request = { .caller = token_of(caller, &storage),
                                          .action = DCOM_ACTIVATE,
                                          .remote = !caller->local };
    dcom_policy_decide_limits(view->settings, &request, &decision);
    if (!decision.allowed)
        tell(&request, &decision, NULL, caller);
    return decision.allowed;
}

enum gate_verdict gate_ask(const struct host_view *view, const struct class_server *server, const char *clsid,
                           const struct activation_caller *caller, enum dcom_action action)
{
    struct token storage;
    struct dcom_application application = { 0 };
    struct dcom_decision decision = { 0 };
    const struct dcom_request request = {
        .caller = token_of(caller, &storage), .action = action, .remote = !caller->local, .class_known = true
    };
    /* An application whose lists cannot be read lets nobody through. */
    const bool readable = !server->app_id[0] ||
                          dcom_application_read(view->registry, view->settings, server->app_id, &application) == ERR_OK;
    if (readable)
        dcom_policy_decide(view->settings, server->app_id[0] ? &application : NULL, &request, &decision);
    else
        decision = (struct dcom_decision){ .refused_by = DCOM_LIST_APPLICATION, .invalid = "it cannot be read" };
    dcom_application_cleanup(&application);
    if (decision.allowed)
        return GATE_OPEN;
    tell(&request, &decision, clsid, caller);
    return dcom_policy_is_machines(&decision) ? GATE_CLOSED_BY_MACHINE : GATE_CLOSED_BY_LIST;
}
