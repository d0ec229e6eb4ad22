#include "matrix/change.h"

#include <string.h>

#include "matrix/host_folder.h"

typedef enum err (*change_function)(const struct step_context *context, struct lab_host *host, const cJSON *change);

static enum err set_account(const struct step_context *context, struct lab_host *host, const cJSON *change)
{
    return host_folder_set_account(context->lab, host, change, context->secrets);
}

static enum err set_registry(const struct step_context *context, struct lab_host *host, const cJSON *change)
{
    return host_folder_set_registry(context->lab, host, cJSON_GetObjectItemCaseSensitive(change, "registry"));
}

static enum err register_server(const struct step_context *context, struct lab_host *host, const cJSON *change)
{
    return host_folder_register(context->lab, host, cJSON_GetObjectItemCaseSensitive(change, "server"), context->level,
                                context->secrets);
}

static enum err set_console(const struct step_context *context, struct lab_host *host, const cJSON *change)
{
    return host_folder_set_console(context->lab, host, json_string(change, "account", NULL));
}

static enum err restart_host(const struct step_context *context, struct lab_host *host, const cJSON *change)
{
    (void)change;
    return lab_restart_host(context->lab, host);
}

static enum err set_faults(const struct step_context *context, struct lab_host *host, const cJSON *change)
{
    (void)host;
    return lab_set_faults(context->lab, cJSON_GetObjectItemCaseSensitive(change, "faults"));
}

static enum err set_nat(const struct step_context *context, struct lab_host *host, const cJSON *change)
{
    (void)host;
    return lab_set_nat(context->lab, cJSON_GetObjectItemCaseSensitive(change, "nat"));
}

static enum err set_names(const struct step_context *context, struct lab_host *host, const cJSON *change)
{
    return lab_set_names(context->lab, host, cJSON_GetObjectItemCaseSensitive(change, "names"));
}

static enum err set_rpcss(const struct step_context *context, struct lab_host *host, const cJSON *change)
{
    const char *state = json_string(change, "rpcss", "");
    return lab_set_rpcss(context->lab, host,
                         strcmp(state, "mute") == 0      ? LAB_RPCSS_MUTE
                         : strcmp(state, "stopped") == 0 ? LAB_RPCSS_STOPPED
                                                         : LAB_RPCSS_RUNNING);
}

static enum err set_bindings(const struct step_context *context, struct lab_host *host, const cJSON *change)
{
    return host_folder_set_bindings(context->lab, host, json_string(change, "bindings", ""));
}

enum err change_make(const struct step_context *context, const cJSON *change)
{
    static const struct {
        const char *name;
        change_function make;
    } changes[] = {
        { "set-account", set_account },   { "set-registry", set_registry }, { "register-server", register_server },
        { "set-console", set_console },   { "restart-host", restart_host }, { "set-faults", set_faults },
        { "set-nat", set_nat },           { "set-names", set_names },       { "set-rpcss", set_rpcss },
        { "set-bindings", set_bindings },
    };
    struct lab_host *host = lab_find_host(context->lab, json_string(change, "on", "alpha"));
    enum err e = ERR_UNSUPPORTED; /* a word that no scenario that was checked has */
    context->lab->complaint[0] = '\0';
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        if (strcmp(changes[i].name, json_string(change, "do", "")) == 0)
            e = changes[i].make(context, host, change);
    }
    if (!e && json_bool(change, "restart", false))
        e = lab_restart_host(context->lab, host);
    return e;
}
