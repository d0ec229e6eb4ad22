/* Who may launch, activate and call what: the decision that DCOM takes from settings and tokens.
 *
 * The limits of the machine come first, then the list of the application, or the machine's default where the
 * application has none; all of them must agree. An activation needs ACTIVATE, and LAUNCH too if it starts the
 * server; both are also held against the access limits ([MS-DCOM] 3.1.2.5.2.3, note 60). A program that gives COM a
 * list of its own is judged by that one and the limits, and one whose level is None by the registry has no list but the
 * limits: Windows documents of the value AuthenticationLevel that AccessPermission and DefaultAccessPermission are then
 * ignored. Pure; any thread. */
#ifndef SECURITY_DCOM_POLICY_H
#define SECURITY_DCOM_POLICY_H

#include "security/dcom_settings.h"

enum dcom_action {
    DCOM_LAUNCH,
    DCOM_ACTIVATE,
    DCOM_ACCESS,
};

enum dcom_list {
    DCOM_LIST_NONE,          /* allowed */
    DCOM_LIST_ENABLE_DCOM,   /* not a list: EnableDCOM keeps every remote caller out */
    DCOM_LIST_LAUNCH_LIMITS, /* MachineLaunchRestriction */
    DCOM_LIST_ACCESS_LIMITS, /* MachineAccessRestriction */
    DCOM_LIST_DEFAULT,       /* DefaultLaunchPermission or DefaultAccessPermission */
    DCOM_LIST_APPLICATION,   /* LaunchPermission or AccessPermission */
    DCOM_LIST_PROGRAM,       /* what the program itself gave to CoInitializeSecurity */
};

struct dcom_request {
    const struct token *caller;
    enum dcom_action action;
    bool remote;              /* came over the network, wherever its sender is */
    bool class_known;         /* the refusal can name a CLSID */
    const struct sid *server; /* identity of the server, whom SELF stands for; NULL when it does not run yet */
};

struct dcom_decision {
    bool allowed;
    enum dcom_list refused_by;
    uint32_t right;      /* the COM_RIGHTS_ constant that was missing; 0 when allowed or by EnableDCOM */
    const char *invalid; /* why the refusing list is invalid; NULL when it is a proper list */
    uint32_t event_id;   /* what Windows writes to the System log; 0: nothing */
};

/* `application` is NULL for a class without AppID. */
void dcom_policy_decide(const struct dcom_settings *settings, const struct dcom_application *application,
                        const struct dcom_request *request, struct dcom_decision *out);
/* The machine's part of it alone, which is asked of a remote caller before its request is looked at. */
void dcom_policy_decide_limits(const struct dcom_settings *settings, const struct dcom_request *request,
                               struct dcom_decision *out);
/* Whether the machine refused, by EnableDCOM or its limits, and not a list of the application or in its place. */
bool dcom_policy_is_machines(const struct dcom_decision *decision);
/* The name of the registry value that refused, "MachineLaunchRestriction", or of the function that gave the list; NULL
 * when allowed. */
const char *dcom_policy_value_name(const struct dcom_request *request, const struct dcom_decision *decision);
/* The right that was missing, in the words of Windows' events: "Remote Activation"; NULL when none was. */
const char *dcom_policy_right_name(const struct dcom_request *request, const struct dcom_decision *decision);

#endif
