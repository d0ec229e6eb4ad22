#include "matrix/host_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"

/* The test server's class as it registers itself (/RegServer of probe-server). */
#define SERVER_CLASS         "{6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10}"
#define SERVER_PROGID        "opcprobe.TestServer.1"
#define SERVER_PROGID_LATEST "opcprobe.TestServer"

#define ACCOUNT_NS (15 * NS_PER_S)

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

cJSON *host_folder_description(const struct lab *lab, const struct lab_host *host, const cJSON *wanted,
                               enum level level, const uint32_t machine[3])
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
    if (json_bool(wanted, "anonymous_activation", level == LEVEL_NONE))
        cJSON_AddTrueToObject(root, "anonymous_activation");
    return root;
}

/* The command line is quoted for Windows' rules and then escaped for the file: folders may hold blanks. */
char *host_folder_registry(const char *programs, const cJSON *wanted, enum level level)
{
    static const char head[] = "Windows Registry Editor Version 5.00\r\n\r\n";
    const cJSON *server = cJSON_GetObjectItemCaseSensitive(wanted, "server");
    const char *run_as = json_string(server, "run_as", NULL);
    const char *minimum = json_string(server, "minimum_level", level == LEVEL_NONE ? "none" : "connect");
    if (!json_bool(server, "registered", false))
        return text_format("%s", head);
    char *identity = run_as ? text_format("\"RunAs\"=\"%s\"\r\n", run_as) : text_format("%s", "");
    char *text =
        identity ? text_format("%s"
                               "[HKEY_CLASSES_ROOT\\CLSID\\" SERVER_CLASS "]\r\n@=\"opcprobe test server\"\r\n"
                               "\"AppID\"=\"" SERVER_CLASS "\"\r\n\r\n"
                               "[HKEY_CLASSES_ROOT\\CLSID\\" SERVER_CLASS "\\LocalServer32]\r\n"
                               "@=\"\\\"%s/probe-server\\\" --minimum-level %s\"\r\n\r\n"
                               "[HKEY_CLASSES_ROOT\\CLSID\\" SERVER_CLASS "\\ProgID]\r\n@=\"" SERVER_PROGID "\"\r\n\r\n"
                               "[HKEY_CLASSES_ROOT\\" SERVER_PROGID "\\CLSID]\r\n@=\"" SERVER_CLASS "\"\r\n\r\n"
                               "[HKEY_CLASSES_ROOT\\" SERVER_PROGID_LATEST "\\CLSID]\r\n@=\"" SERVER_CLASS "\"\r\n\r\n"
                               "[HKEY_CLASSES_ROOT\\AppID\\" SERVER_CLASS "]\r\n@=\"opcprobe test server\"\r\n%s\r\n",
                               head, programs, minimum, identity)
                 : NULL;
    free(identity);
    return text;
}

static enum err write_description(struct lab *lab, const struct lab_host *host, const cJSON *wanted, enum level level)
{
    char path[96];
    uint32_t machine[3];
    snprintf(path, sizeof(path), "%s/host.json", host->folder);
    enum err e = random_bytes(machine, sizeof(machine));
    if (e)
        return e;
    cJSON *description = host_folder_description(lab, host, wanted, level, machine);
    e = json_save(path, description);
    cJSON_Delete(description);
    return e;
}

static enum err write_registry(struct lab *lab, const struct lab_host *host, const cJSON *wanted, enum level level)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/registry.reg", host->folder);
    char *text = host_folder_registry(lab->programs, wanted, level);
    enum err e = text ? file_write(path, text) : ERR_MEMORY;
    free(text);
    return e;
}

static enum err run_account_command(struct lab *lab, const struct lab_host *host, const char *account,
                                    const char *password)
{
    char program[LAB_PATH + 16], log[LAB_PATH + 32], variable[SECRETS_VALUE + 32], line[256];
    int exit_code = 0;
    struct process process;
    snprintf(program, sizeof(program), "%s/probe-scm", lab->programs);
    snprintf(log, sizeof(log), "%s/%s-accounts.log", lab->output, host->name);
    snprintf(variable, sizeof(variable), "OPCPROBE_PASSWORD=%s", password);
    const char *const arguments[] = { program, "account", host->folder, account, NULL };
    const char *const environment[] = { variable, NULL };
    struct process_options options = {
        .arguments = arguments, .environment = environment, .output_path = log, .die_with_parent = true
    };
    enum err e = process_start(&options, &process);
    secret_zero(variable, sizeof(variable));
    if (!e) {
        e = process_wait(&process, clock_deadline_ns(ACCOUNT_NS), &exit_code);
        if (e)
            process_end(&process, 0);
        else
            process_cleanup(&process);
    }
    if (!e && exit_code == 0)
        return ERR_OK;
    file_last_line(log, line, sizeof(line));
    snprintf(lab->complaint, sizeof(lab->complaint), "cannot write account %s of %s: %s", account, host->name,
             e ? err_text(e) : line);
    return e ? e : ERR_IO;
}

enum err host_folder_set_password(struct lab *lab, const struct lab_host *host, const char *account, const char *word,
                                  struct secrets *secrets)
{
    const char *password;
    enum err e = secrets_get(secrets, word, &password);
    if (e) {
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot make a password: %s", err_text(e));
        return e;
    }
    return run_account_command(lab, host, account, password);
}

enum err host_folder_write(struct lab *lab, const struct lab_host *host, const cJSON *wanted, enum level level,
                           struct secrets *secrets)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/accounts.json", host->folder);
    enum err e = write_description(lab, host, wanted, level);
    if (!e)
        e = write_registry(lab, host, wanted, level);
    if (!e)
        e = file_write(path, "{ \"users\": [] }\n");
    if (e)
        snprintf(lab->complaint, sizeof(lab->complaint), "cannot fill %s: %s", host->folder, err_text(e));
    const cJSON *account;
    cJSON_ArrayForEach(account, cJSON_GetObjectItemCaseSensitive(wanted, "accounts"))
    {
        if (!e)
            e = host_folder_set_password(lab, host, json_string(account, "name", ""),
                                         json_string(account, "password", ""), secrets);
    }
    return e;
}
