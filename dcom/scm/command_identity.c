/* probe-scm identity: as whom an application or a service runs, with the password that the machine keeps for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "dcom/scm/accounts_file.h"
#include "dcom/scm/commands.h"
#include "security/reg.h"

static const char usage[] =
    "usage: probe-scm identity FOLDER APPID|SERVICE ACCOUNT [--password-file F]\n"
    "the password comes from the file, else from OPCPROBE_PASSWORD, else from a prompt; it is kept as given, right or "
    "wrong, and the server starts as long as it is that of the account\n";

struct identity_options {
    const char *folder, *server, *account, *password_file;
};

static bool parse(int argc, char **argv, struct identity_options *o)
{
    bool has_file = argc == 6 && strcmp(argv[4], "--password-file") == 0;
    if ((argc != 4 && !has_file) || argv[1][0] == '-' || !argv[2][0] || !argv[3][0])
        return false;
    *o = (struct identity_options){ argv[1], argv[2], argv[3], has_file ? argv[5] : NULL };
    return true;
}

/* Replaces the secret of that name. */
static enum err keep_secret(const char *path, const char *name, const char *hash, char complaint[JSON_COMPLAINT])
{
    cJSON *root;
    enum err e = accounts_file_load(path, &root, complaint);
    if (e)
        return e;
    cJSON *secrets = cJSON_GetObjectItemCaseSensitive(root, "secrets");
    if (!secrets)
        secrets = cJSON_AddArrayToObject(root, "secrets");
    for (int i = cJSON_GetArraySize(secrets); i-- > 0;)
        if (utf8_equal_ignoring_case(json_string(cJSON_GetArrayItem(secrets, i), "name", ""), name))
            cJSON_DeleteItemFromArray(secrets, i);
    cJSON *secret = cJSON_CreateObject();
    cJSON_AddStringToObject(secret, "name", name);
    cJSON_AddStringToObject(secret, "nt_hash", hash);
    e = cJSON_AddItemToArray(secrets, secret) ? accounts_file_save(path, root, complaint) : ERR_MEMORY;
    cJSON_Delete(root);
    return e;
}

/* An AppID is in braces; whatever else is a service. */
static enum err write_identity(const struct identity_options *o, const char *hash, char complaint[JSON_COMPLAINT])
{
    const bool is_service = o->server[0] != '{';
    char *accounts = text_format("%s/accounts.json", o->folder), *registry = text_format("%s/registry.reg", o->folder);
    char *secret = text_format("%s%s", is_service ? "_SC_" : "SCM:", o->server);
    char *key = text_format(
        "%s\\%s", is_service ? "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services" : "HKEY_CLASSES_ROOT\\AppID",
        o->server);
    enum err e = ERR_MEMORY;
    if (accounts && registry && secret && key) {
        const struct reg_change change = {
            .key = key, .kind = REG_SET_STRING, .name = is_service ? "ObjectName" : "RunAs", .text = o->account
        };
        e = keep_secret(accounts, secret, hash, complaint);
        if (!e)
            e = reg_file_change(registry, &change, 1, complaint);
    }
    free(accounts);
    free(registry);
    free(secret);
    free(key);
    return e;
}

int command_identity(int argc, char **argv)
{
    struct identity_options options;
    char complaint[JSON_COMPLAINT] = "", hash[ACCOUNTS_FILE_HASH] = "";
    if (!parse(argc, argv, &options)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    enum err e = accounts_file_read_hash(options.password_file, hash, complaint);
    if (!e)
        e = write_identity(&options, hash, complaint);
    secret_zero(hash, sizeof hash);
    if (e)
        fprintf(stderr, "probe-scm: %s\n", complaint[0] ? complaint : err_text(e));
    return e ? EXIT_USAGE : 0;
}
