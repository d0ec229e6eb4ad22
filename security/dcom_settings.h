/* What the registry of a host says about DCOM: the Ole key of the machine and the AppID keys of applications.
 *
 * What is absent is as Windows XP SP2 and later have it. Once read the settings are constant: any thread may read
 * them. */
#ifndef SECURITY_DCOM_SETTINGS_H
#define SECURITY_DCOM_SETTINGS_H

#include "security/com_list.h"
#include "security/reg.h"

/* Levels have the numbers of [MS-RPCE] 2.2.1.1.8 and 2.2.1.1.9. */
#define DCOM_LEVEL_NONE           1
#define DCOM_LEVEL_CONNECT        2 /* LegacyAuthenticationLevel where none is set */
#define DCOM_LEVEL_PRIVACY        6
#define DCOM_IMPERSONATE_IDENTIFY 2 /* LegacyImpersonationLevel where none is set */
#define DCOM_IMPERSONATE_DELEGATE 4

struct dcom_settings {
    bool enabled; /* EnableDCOM; false keeps remote callers out, whoever they are */
    uint32_t authentication_level;
    uint32_t impersonation_level;
    bool force_guest;                 /* the policy "Guest only": local accounts are Guest over the network */
    bool everyone_includes_anonymous; /* the policy "Let Everyone permissions apply to anonymous users" */
    struct com_list access_limits;    /* MachineAccessRestriction */
    struct com_list launch_limits;    /* MachineLaunchRestriction */
    struct com_list default_access;   /* DefaultAccessPermission */
    struct com_list default_launch;   /* DefaultLaunchPermission */
};

/* One AppID. What it does not set itself is the machine's. */
struct dcom_application {
    bool has_launch, has_access;
    bool access_by_program;        /* `access` is what the running program gave to COM, and no value of the registry */
    struct com_list launch;        /* LaunchPermission */
    struct com_list access;        /* AccessPermission */
    uint32_t authentication_level; /* its own or the machine's */
    uint16_t static_port;          /* Endpoints: where its processes listen for TCP; 0: a dynamic port */
};

/* ERR_MEMORY; `out` is { 0 } then. A value that makes no sense does not fail: a list becomes an invalid one, which lets
 * nobody through, and a level out of range counts as absent, as on Windows. A limit that a group policy sets in SDDL
 * wins over the one of the Ole key. */
MUST_USE enum err dcom_settings_read(const struct reg *registry, struct dcom_settings *out);
void dcom_settings_cleanup(struct dcom_settings *settings);

/* `appid` is the text of the GUID with braces. An AppID without a key sets nothing. ERR_LIMIT: `appid` is no GUID's
 * text; ERR_MEMORY. */
MUST_USE enum err dcom_application_read(const struct reg *registry, const struct dcom_settings *settings,
                                        const char *appid, struct dcom_application *out);
/* The AppID that belongs to a program: HKEY_CLASSES_ROOT\\AppID\<program> says it, with or without ".exe". NULL when
 * nothing does. Borrowed from the registry. */
const char *dcom_application_of_program(const struct reg *registry, const char *program);
void dcom_application_cleanup(struct dcom_application *application);

#endif
