#include "security/dcom_settings.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char ole_key[] = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Ole";
static const char policy_key[] = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DCOM";
static const char lsa_key[] = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa";

/* What Windows documents for values that are absent. Everyone may call, anonymous callers only from this machine;
 * Administrators may start and activate from anywhere, everyone from this machine. */
static const char access_limits[] = "O:BAG:BAD:(A;;CCDCLC;;;WD)(A;;CCDC;;;AN)";
static const char launch_limits[] = "O:BAG:BAD:(A;;CCDCLCSWRP;;;BA)(A;;CCDCSW;;;WD)";
static const char default_launch[] = "O:BAG:BAD:(A;;CCDCLCSWRP;;;BA)(A;;CCDCLCSWRP;;;SY)(A;;CCDCLCSWRP;;;IU)";
/* Blank access permissions: the server's own identity and the local system, and nobody else. */
static const char default_access[] = "O:BAG:BAD:(A;;CCDCLC;;;PS)(A;;CCDCLC;;;SY)";

/* A value of another type than REG_BINARY holds no descriptor: it reads as none, which is invalid. */
static enum err read_list(const struct reg *registry, const char *key, const char *name, struct com_list *out,
                          bool *found)
{
    const struct reg_value *value = reg_value(registry, key, name);
    *found = value != NULL;
    if (!value)
        return ERR_OK;
    return com_list_read(value->data, value->type == REG_TYPE_BINARY ? value->size : 0, out);
}

static enum err read_machine_list(const struct reg *registry, const char *name, const char *built_in,
                                  struct com_list *out)
{
    bool found;
    enum err e = read_list(registry, ole_key, name, out, &found);
    if (e || found)
        return e;
    return com_list_parse(built_in, COM_LIST_BUILT_IN, out);
}

/* The policies "DCOM: Machine Access (Launch) Restrictions"; an empty text is a policy that was taken back. */
static enum err read_limits(const struct reg *registry, const char *name, const char *built_in, struct com_list *out)
{
    const char *policy = reg_string(registry, policy_key, name);
    if (policy && *policy)
        return com_list_parse(policy, COM_LIST_POLICY, out);
    return read_machine_list(registry, name, built_in, out);
}

static uint32_t read_level(const struct reg *registry, const char *key, const char *name, uint32_t last,
                           uint32_t otherwise)
{
    uint32_t level;
    if (!reg_dword(registry, key, name, &level) || level == 0 || level > last)
        return otherwise;
    return level;
}

static bool read_enabled(const struct reg *registry)
{
    const char *text = reg_string(registry, ole_key, "EnableDCOM");
    return !text || (text[0] != 'N' && text[0] != 'n');
}

static bool read_switch(const struct reg *registry, const char *name)
{
    uint32_t value;
    return reg_dword(registry, lsa_key, name, &value) && value != 0;
}

static enum err read_lists(const struct reg *registry, struct dcom_settings *out)
{
    enum err e = read_limits(registry, "MachineAccessRestriction", access_limits, &out->access_limits);
    if (!e)
        e = read_limits(registry, "MachineLaunchRestriction", launch_limits, &out->launch_limits);
    if (!e)
        e = read_machine_list(registry, "DefaultAccessPermission", default_access, &out->default_access);
    if (!e)
        e = read_machine_list(registry, "DefaultLaunchPermission", default_launch, &out->default_launch);
    return e;
}

enum err dcom_settings_read(const struct reg *registry, struct dcom_settings *out)
{
    memset(out, 0, sizeof *out);
    out->enabled = read_enabled(registry);
    out->authentication_level =
        read_level(registry, ole_key, "LegacyAuthenticationLevel", DCOM_LEVEL_PRIVACY, DCOM_LEVEL_CONNECT);
    out->impersonation_level =
        read_level(registry, ole_key, "LegacyImpersonationLevel", DCOM_IMPERSONATE_DELEGATE, DCOM_IMPERSONATE_IDENTIFY);
    out->force_guest = read_switch(registry, "ForceGuest");
    out->everyone_includes_anonymous = read_switch(registry, "EveryoneIncludesAnonymous");
    enum err e = read_lists(registry, out);
    if (e)
        dcom_settings_cleanup(out);
    return e;
}

void dcom_settings_cleanup(struct dcom_settings *settings)
{
    com_list_cleanup(&settings->access_limits);
    com_list_cleanup(&settings->launch_limits);
    com_list_cleanup(&settings->default_access);
    com_list_cleanup(&settings->default_launch);
    memset(settings, 0, sizeof *settings);
}

/* Endpoints is a REG_MULTI_SZ of "ncacn_ip_tcp,0,PORT", the port from 1024 on; anything else counts as absent. */
static uint16_t read_static_port(const struct reg *registry, const char *key)
{
    static const char tcp[] = "ncacn_ip_tcp,0,";
    const struct reg_value *value = reg_value(registry, key, "Endpoints");
    if (!value || value->type != REG_TYPE_MULTI_SZ)
        return 0;
    for (const char *text = (const char *)value->data; *text; text += strlen(text) + 1) {
        uint64_t port;
        if (strncmp(text, tcp, sizeof tcp - 1) == 0 && text_parse_u64(text + sizeof tcp - 1, 1024, UINT16_MAX, &port))
            return (uint16_t)port;
    }
    return 0;
}

enum err dcom_application_read(const struct reg *registry, const struct dcom_settings *settings, const char *appid,
                               struct dcom_application *out)
{
    char key[96];
    memset(out, 0, sizeof *out);
    int length = snprintf(key, sizeof key, "HKEY_CLASSES_ROOT\\AppID\\%s", appid);
    if (length < 0 || (size_t)length >= sizeof key)
        return ERR_LIMIT;
    out->authentication_level =
        read_level(registry, key, "AuthenticationLevel", DCOM_LEVEL_PRIVACY, settings->authentication_level);
    out->static_port = read_static_port(registry, key);
    enum err e = read_list(registry, key, "LaunchPermission", &out->launch, &out->has_launch);
    if (!e)
        e = read_list(registry, key, "AccessPermission", &out->access, &out->has_access);
    if (e)
        dcom_application_cleanup(out);
    return e;
}

const char *dcom_application_of_program(const struct reg *registry, const char *program)
{
    static const char *const endings[] = { "", ".exe" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char key[REG_NAME_MAXIMUM];
        int length = snprintf(key, sizeof key, "HKEY_CLASSES_ROOT\\AppID\\%s%s", program, endings[i]);
        const char *appid = length > 0 && (size_t)length < sizeof key ? reg_string(registry, key, "AppID") : NULL;
        if (appid)
            return appid;
    }
    return NULL;
}

void dcom_application_cleanup(struct dcom_application *application)
{
    com_list_cleanup(&application->launch);
    com_list_cleanup(&application->access);
    memset(application, 0, sizeof *application);
}
