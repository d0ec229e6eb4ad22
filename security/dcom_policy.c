#include "security/dcom_policy.h"

/* Numbers of Microsoft-Windows-DistributedCOM. */
#define EVENT_LIMITS_OF_CLASS      10015
#define EVENT_LAUNCH_DENIED        10016
#define EVENT_ACCESS_DENIED        10017
#define EVENT_ACCESS_BY_PROGRAM    10018
#define EVENT_ACCESS_LIMITS        10019
#define EVENT_MACHINE_INVALID      10020
#define EVENT_APPLICATION_LAUNCH   10021 /* invalid */
#define EVENT_APPLICATION_ACCESS   10022 /* invalid */
#define EVENT_POLICY_INVALID       10024
#define EVENT_LIMITS_WITHOUT_CLASS 10027

static uint32_t right_of(enum dcom_action action, bool remote)
{
    if (action == DCOM_ACTIVATE)
        return remote ? COM_RIGHTS_ACTIVATE_REMOTE : COM_RIGHTS_ACTIVATE_LOCAL;
    return remote ? COM_RIGHTS_EXECUTE_REMOTE : COM_RIGHTS_EXECUTE_LOCAL;
}

static uint32_t event_of(const struct dcom_request *request, enum dcom_list list)
{
    switch (list) {
    case DCOM_LIST_LAUNCH_LIMITS:
        return request->class_known ? EVENT_LIMITS_OF_CLASS : EVENT_LIMITS_WITHOUT_CLASS;
    case DCOM_LIST_ACCESS_LIMITS:
        return EVENT_ACCESS_LIMITS;
    case DCOM_LIST_DEFAULT:
    case DCOM_LIST_APPLICATION:
        return request->action == DCOM_ACCESS ? EVENT_ACCESS_DENIED : EVENT_LAUNCH_DENIED;
    case DCOM_LIST_PROGRAM:
        return EVENT_ACCESS_BY_PROGRAM;
    case DCOM_LIST_NONE:
    case DCOM_LIST_ENABLE_DCOM:
        break;
    }
    return 0;
}

static uint32_t event_of_invalid(const struct dcom_request *request, enum dcom_list which, const struct com_list *list)
{
    if (list->source == COM_LIST_POLICY)
        return EVENT_POLICY_INVALID;
    if (which != DCOM_LIST_APPLICATION)
        return EVENT_MACHINE_INVALID;
    return request->action == DCOM_ACCESS ? EVENT_APPLICATION_ACCESS : EVENT_APPLICATION_LAUNCH;
}

static bool passes(const struct com_list *list, enum dcom_list which, const struct dcom_request *request,
                   uint32_t right, struct dcom_decision *out)
{
    if (com_list_grants(list, request->caller, request->server, right))
        return true;
    out->refused_by = which;
    out->right = right;
    out->invalid = list->what;
    out->event_id = list->what ? event_of_invalid(request, which, list) : event_of(request, which);
    return false;
}

/* Windows leaves Everyone out of anonymous tokens unless the policy puts it in. */
static void add_everyone(struct token *token)
{
    const struct sid everyone = sid_well_known(SID_EVERYONE);
    if (token->group_count < TOKEN_GROUPS && !token_has(token, &everyone))
        token->groups[token->group_count++] = everyone;
}

/* Access alone: launching and activating have no level. */
static bool has_no_list(const struct dcom_settings *settings, const struct dcom_application *application)
{
    return (application ? application->authentication_level : settings->authentication_level) == DCOM_LEVEL_NONE;
}

static bool passes_limits(const struct dcom_settings *settings, const struct dcom_request *request,
                          struct dcom_decision *out)
{
    if (request->remote && !settings->enabled) {
        out->refused_by = DCOM_LIST_ENABLE_DCOM;
        return false;
    }
    if (request->action != DCOM_ACCESS && !passes(&settings->launch_limits, DCOM_LIST_LAUNCH_LIMITS, request,
                                                  right_of(request->action, request->remote), out))
        return false;
    return passes(&settings->access_limits, DCOM_LIST_ACCESS_LIMITS, request, right_of(DCOM_ACCESS, request->remote),
                  out);
}

static bool passes_list(const struct dcom_settings *settings, const struct dcom_application *application,
                        const struct dcom_request *request, struct dcom_decision *out)
{
    uint32_t right = right_of(request->action, request->remote);
    bool access = request->action == DCOM_ACCESS;
    if (access && application && application->access_by_program)
        return passes(&application->access, DCOM_LIST_PROGRAM, request, right, out);
    if (access && has_no_list(settings, application))
        return true;
    if (application && (access ? application->has_access : application->has_launch))
        return passes(access ? &application->access : &application->launch, DCOM_LIST_APPLICATION, request, right, out);
    return passes(access ? &settings->default_access : &settings->default_launch, DCOM_LIST_DEFAULT, request, right,
                  out);
}

/* The caller as the lists see it. */
static struct token effective_token(const struct dcom_settings *settings, const struct dcom_request *request)
{
    struct token caller = *request->caller;
    if (caller.anonymous && settings->everyone_includes_anonymous)
        add_everyone(&caller);
    return caller;
}

void dcom_policy_decide(const struct dcom_settings *settings, const struct dcom_application *application,
                        const struct dcom_request *request, struct dcom_decision *out)
{
    struct token caller = effective_token(settings, request);
    struct dcom_request effective = *request;
    *out = (struct dcom_decision){ 0 };
    effective.caller = &caller;
    out->allowed = passes_limits(settings, &effective, out) && passes_list(settings, application, &effective, out);
}

void dcom_policy_decide_limits(const struct dcom_settings *settings, const struct dcom_request *request,
                               struct dcom_decision *out)
{
    struct token caller = effective_token(settings, request);
    struct dcom_request effective = *request;
    *out = (struct dcom_decision){ 0 };
    effective.caller = &caller;
    out->allowed = passes_limits(settings, &effective, out);
}

bool dcom_policy_is_machines(const struct dcom_decision *decision)
{
    switch (decision->refused_by) {
    case DCOM_LIST_ENABLE_DCOM:
    case DCOM_LIST_LAUNCH_LIMITS:
    case DCOM_LIST_ACCESS_LIMITS:
        return true;
    default:
        return false;
    }
}

const char *dcom_policy_value_name(const struct dcom_request *request, const struct dcom_decision *decision)
{
    bool access = request->action == DCOM_ACCESS;
    switch (decision->refused_by) {
    case DCOM_LIST_ENABLE_DCOM:
        return "EnableDCOM";
    case DCOM_LIST_LAUNCH_LIMITS:
        return "MachineLaunchRestriction";
    case DCOM_LIST_ACCESS_LIMITS:
        return "MachineAccessRestriction";
    case DCOM_LIST_DEFAULT:
        return access ? "DefaultAccessPermission" : "DefaultLaunchPermission";
    case DCOM_LIST_APPLICATION:
        return access ? "AccessPermission" : "LaunchPermission";
    case DCOM_LIST_PROGRAM:
        return "CoInitializeSecurity";
    case DCOM_LIST_NONE:
        break;
    }
    return NULL;
}

const char *dcom_policy_right_name(const struct dcom_request *request, const struct dcom_decision *decision)
{
    switch (decision->right) {
    case COM_RIGHTS_EXECUTE_LOCAL:
        return request->action == DCOM_LAUNCH ? "Local Launch" : "Local Access";
    case COM_RIGHTS_EXECUTE_REMOTE:
        return request->action == DCOM_LAUNCH ? "Remote Launch" : "Remote Access";
    case COM_RIGHTS_ACTIVATE_LOCAL:
        return "Local Activation";
    case COM_RIGHTS_ACTIVATE_REMOTE:
        return "Remote Activation";
    default:
        return NULL;
    }
}
