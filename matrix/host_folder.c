#include "matrix/host_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "matrix/registry_settings.h"

#define COMMAND_NS (15 * NS_PER_S)

/* The group that the lists of a host name; the numbers of users begin below it. */
#define OPC_USERS       "OPC Users"
#define FIRST_GROUP_RID 2001

/* "S-1-5-21-a-b-c": machines with the same accounts still have different SIDs. */
static cJSON *machine_sid(const uint32_t machine[3])
{
    char text[64];
    snprintf(text, sizeof(text), "S-1-5-21-%u-%u-%u", machine[0], machine[1], machine[2]);
    return cJSON_CreateString(text);
}

/* Without namespaces no hosts file can know the other host, or the port of its resolver. */
static cJSON *names_of(const struct lab *lab)
{
    cJSON *names = cJSON_CreateObject();
    for (int i = 0; i < LAB_HOSTS; i++) {
        cJSON *entry = cJSON_AddObjectToObject(names, lab->hosts[i].key);
        cJSON_AddStringToObject(entry, "address", lab->hosts[i].address);
        cJSON_AddNumberToObject(entry, "port", lab->hosts[i].port);
    }
    return names;
}

/* At None calls carry no account, so a cell there needs what a plant must never have. */
static bool grants_anonymous(const cJSON *wanted, enum level level)
{
    return json_bool(wanted, "grants_anonymous", level == LEVEL_NONE);
}

cJSON *host_folder_description(const struct lab *lab, const struct lab_host *host, const cJSON *wanted,
                               const uint32_t machine[3])
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "name", host->name);
    cJSON_AddStringToObject(root, "dns_name", host->dns_name);
    cJSON_AddStringToObject(root, "workgroup", "WORKGROUP");
    cJSON_AddItemToObject(root, "machine_sid", machine_sid(machine));
    cJSON *addresses = cJSON_AddArrayToObject(root, "addresses");
    cJSON_AddItemToArray(addresses, cJSON_CreateString(host->address));
    cJSON_AddNumberToObject(root, "resolver_port", host->port);
    cJSON *ports = cJSON_AddArrayToObject(root, "dynamic_ports");
    cJSON_AddItemToArray(ports, cJSON_CreateNumber(49152));
    cJSON_AddItemToArray(ports, cJSON_CreateNumber(65535));
    if (lab->kind == LAB_LOOPBACK)
        cJSON_AddItemToObject(root, "names", names_of(lab));
    const char *console = json_string(wanted, "console_account", NULL);
    if (console)
        cJSON_AddStringToObject(root, "console_account", console);
    const cJSON *patience = cJSON_GetObjectItemCaseSensitive(wanted, "server_start_timeout_s");
    if (patience)
        cJSON_AddNumberToObject(root, "server_start_timeout_s", patience->valuedouble);
    return root;
}

static enum err write_description(struct lab *lab, const struct lab_host *host, const cJSON *wanted)
{
    char path[96];
    uint32_t machine[3];
    snprintf(path, sizeof(path), "%s/host.json", host->folder);
    enum err e = random_bytes(machine, sizeof(machine));
    if (e)
        return e;
    cJSON *description = host_folder_description(lab, host, wanted, machine);
    e = json_save(path, description);
    cJSON_Delete(description);
    return e;
}

/* Runs `probe-scm COMMAND FOLDER WORDS...` and waits for its end. `what` names the change for the complaint; `secret`
 * is a NAME=value for its environment, or NULL. */
static enum err run_command(struct lab *lab, const struct lab_host *host, const char *command, const char *const *words,
                            const char *secret, const char *what)
{
    char program[LAB_PATH + 16], log[LAB_PATH + 40], line[256];
    const char *arguments[3 + REGISTRY_SETTINGS + 1] = { program, command, host->folder };
    int exit_code = 0;
    struct process process;
    snprintf(program, sizeof(program), "%s/probe-scm", lab->programs);
    snprintf(log, sizeof(log), "%s/%s-%s.log", lab->output, host->name, command);
    for (size_t i = 0; words[i] && i < REGISTRY_SETTINGS; i++)
        arguments[3 + i] = words[i];
    const char *const environment[] = { secret ? secret : "OPCPROBE_PASSWORD", NULL };
    struct process_options options = {
        .arguments = arguments, .environment = environment, .output_path = log, .die_with_parent = true
    };
    enum err e = process_start(&options, &process);
    if (!e) {
        e = process_wait(&process, clock_deadline_ns(COMMAND_NS), &exit_code);
        if (e)
            process_end(&process, 0);
        else
            process_cleanup(&process);
    }
    if (!e && exit_code == 0)
        return ERR_OK;
    file_last_line(log, line, sizeof(line));
    snprintf(lab->complaint, sizeof(lab->complaint), "cannot write %s of %s: %s", what, host->name,
             e ? err_text(e) : line);
    return e ? e : ERR_IO;
}

/* Takes the settings over. */
static enum err run_registry(struct lab *lab, const struct lab_host *host, struct registry_settings *settings)
{
    enum err e = settings->failed ? ERR_MEMORY : ERR_OK;
    if (e)
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot write the registry of %s: %s", host->name,
                 err_text(e));
    else if (settings->count > 0)
        e = run_command(lab, host, "registry", (const char *const *)settings->words, NULL, "the registry");
    registry_settings_cleanup(settings);
    return e;
}

enum err host_folder_set_registry(struct lab *lab, const struct lab_host *host, const cJSON *registry)
{
    struct registry_settings settings = { .count = 0 };
    registry_settings_add(&settings, registry);
    return run_registry(lab, host, &settings);
}

size_t host_folder_account_words(const cJSON *wanted, const char *words[HOST_ACCOUNT_WORDS])
{
    static const struct {
        const char *flag, *option;
    } options[] = {
        { "disabled", "--disabled" },       { "locked", "--locked" },
        { "expired", "--expired" },         { "password_expired", "--password-expired" },
        { "must_change", "--must-change" },
    };
    size_t count = 0;
    words[count++] = json_string(wanted, "name", json_string(wanted, "account", ""));
    const cJSON *group;
    cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(wanted, "groups"))
    {
        if (count + 2 + sizeof(options) / sizeof(options[0]) >= HOST_ACCOUNT_WORDS)
            return 0;
        words[count++] = "--group";
        words[count++] = cJSON_GetStringValue(group);
    }
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (json_bool(wanted, options[i].flag, false))
            words[count++] = options[i].option;
    }
    words[count] = NULL;
    return count;
}

/* Runs `probe-scm COMMAND` with the password that `word` stands for; `account` is whose it is. */
static enum err run_with_password(struct lab *lab, const struct lab_host *host, const char *command,
                                  const char *const *words, const char *account, const char *word,
                                  struct secrets *secrets)
{
    const char *password;
    char variable[SECRETS_VALUE + 32], what[96];
    enum err e = secrets_get(secrets, word, &password);
    if (e) {
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot make a password: %s", err_text(e));
        return e;
    }
    snprintf(variable, sizeof(variable), "OPCPROBE_PASSWORD=%s", password);
    snprintf(what, sizeof(what), "%s %.64s", command, account);
    e = run_command(lab, host, command, words, variable, what);
    secret_zero(variable, sizeof(variable));
    return e;
}

enum err host_folder_set_account(struct lab *lab, const struct lab_host *host, const cJSON *wanted,
                                 struct secrets *secrets)
{
    const char *words[HOST_ACCOUNT_WORDS];
    if (host_folder_account_words(wanted, words) == 0) {
        snprintf(lab->complaint, sizeof(lab->complaint), "an account has too many groups");
        return ERR_LIMIT;
    }
    return run_with_password(lab, host, "account", words, words[0], json_string(wanted, "password", ""), secrets);
}

/* Without one of its own the identity's present password is used, as if nobody had ever changed it. */
static enum err store_password(struct lab *lab, const struct lab_host *host, const cJSON *server,
                               struct secrets *secrets)
{
    const char *word = json_string(server, "password", NULL);
    const char *account = json_string(server, "service_account", json_string(server, "run_as", ""));
    const char *const words[] = { registry_settings_server(server), account, NULL };
    return word ? run_with_password(lab, host, "identity", words, account, word, secrets) : ERR_OK;
}

enum err host_folder_register(struct lab *lab, const struct lab_host *host, const cJSON *server, enum level level,
                              struct secrets *secrets)
{
    struct registry_settings settings = { .count = 0 };
    registry_settings_add_class(&settings, lab->programs, server, level);
    enum err e = run_registry(lab, host, &settings);
    return e ? e : store_password(lab, host, server, secrets);
}

/* The accounts are there already: lists name them. */
static enum err write_registry(struct lab *lab, const struct lab_host *host, const cJSON *wanted, enum level level,
                               struct secrets *secrets)
{
    struct registry_settings settings = { .count = 0 };
    const cJSON *server = cJSON_GetObjectItemCaseSensitive(wanted, "server");
    bool has_opcenum = json_bool(wanted, "opcenum", false);
    cJSON *registry =
        registry_settings_of_host(cJSON_GetObjectItemCaseSensitive(wanted, "registry"),
                                  json_bool(server, "registered", false), has_opcenum, grants_anonymous(wanted, level));
    registry_settings_add_class(&settings, lab->programs, server, level);
    if (has_opcenum)
        registry_settings_add_opcenum(&settings, lab->programs, level);
    registry_settings_add(&settings, registry);
    cJSON_Delete(registry);
    enum err e = run_registry(lab, host, &settings);
    return e ? e : store_password(lab, host, server, secrets);
}

enum err host_folder_set_console(struct lab *lab, const struct lab_host *host, const char *account)
{
    char path[96];
    struct json_document document;
    snprintf(path, sizeof(path), "%s/host.json", host->folder);
    enum err e = json_load(path, &document, lab->complaint);
    if (e)
        return e;
    cJSON_DeleteItemFromObjectCaseSensitive(document.root, "console_account");
    if (account)
        cJSON_AddStringToObject(document.root, "console_account", account);
    e = json_save(path, document.root);
    if (e)
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot write %s: %s", path, err_text(e));
    json_cleanup(&document);
    return e;
}

/* The groups of the host, without users as yet. */
static enum err write_groups(const struct lab_host *host, const cJSON *wanted)
{
    char path[96];
    int rid = FIRST_GROUP_RID;
    cJSON *root = cJSON_CreateObject(), *groups = cJSON_AddArrayToObject(root, "groups");
    cJSON *plant = cJSON_CreateObject();
    cJSON_AddStringToObject(plant, "name", OPC_USERS);
    cJSON_AddNumberToObject(plant, "rid", rid++);
    cJSON_AddItemToArray(groups, plant);
    const cJSON *name;
    cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(wanted, "groups"))
    {
        cJSON *group = cJSON_CreateObject();
        cJSON_AddStringToObject(group, "name", cJSON_GetStringValue(name));
        cJSON_AddNumberToObject(group, "rid", rid++);
        cJSON_AddItemToArray(groups, group);
    }
    cJSON_AddArrayToObject(root, "users");
    snprintf(path, sizeof(path), "%s/accounts.json", host->folder);
    enum err e = json_save_private(path, root);
    cJSON_Delete(root);
    return e;
}

/* An account without groups of its own is one of the plant's OPC Users. */
static enum err write_account(struct lab *lab, const struct lab_host *host, const cJSON *account,
                              struct secrets *secrets)
{
    cJSON *filled = cJSON_Duplicate(account, true);
    if (!cJSON_GetObjectItemCaseSensitive(filled, "groups"))
        cJSON_AddItemToArray(cJSON_AddArrayToObject(filled, "groups"), cJSON_CreateString(OPC_USERS));
    enum err e = host_folder_set_account(lab, host, filled, secrets);
    cJSON_Delete(filled);
    return e;
}

enum err host_folder_set_bindings(struct lab *lab, const struct lab_host *host, const char *bindings)
{
    char path[96], complaint[JSON_COMPLAINT];
    struct json_document document;
    snprintf(path, sizeof(path), "%s/host.json", host->folder);
    enum err e = json_load(path, &document, complaint);
    if (!e) {
        cJSON_DeleteItemFromObjectCaseSensitive(document.root, "bindings");
        cJSON_AddStringToObject(document.root, "bindings", bindings);
        e = json_save(path, document.root);
        json_cleanup(&document);
    }
    if (e)
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot change %s: %s", path, err_text(e));
    return e;
}

enum err host_folder_write(struct lab *lab, const struct lab_host *host, const cJSON *wanted, enum level level,
                           struct secrets *secrets)
{
    enum err e = write_description(lab, host, wanted);
    if (!e)
        e = write_groups(host, wanted);
    if (e)
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot fill %s: %s", host->folder, err_text(e));
    const cJSON *account;
    cJSON_ArrayForEach(account, cJSON_GetObjectItemCaseSensitive(wanted, "accounts"))
    {
        if (!e)
            e = write_account(lab, host, account, secrets);
    }
    return e ? e : write_registry(lab, host, wanted, level, secrets);
}
