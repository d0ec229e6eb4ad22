/* probe-scm account: one entry of accounts.json, made or replaced. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "dcom/scm/accounts_file.h"
#include "dcom/scm/commands.h"
#include "security/accounts.h"

#define FIRST_RID 1000u /* the numbers below are Windows' own */

static const char usage[] = "usage: probe-scm account FOLDER NAME [--rid N] [--group G]... [--password-file F] "
                            "[--disabled] [--locked] [--expired] [--password-expired] [--must-change]\n"
                            "the password comes from the file, else from OPCPROBE_PASSWORD, else from a prompt\n";

static const struct {
    const char *option, *key;
} flags[] = {
    { "--disabled", "disabled" },       { "--locked", "locked" },
    { "--expired", "expired" },         { "--password-expired", "password_expired" },
    { "--must-change", "must_change" },
};

struct account_options {
    const char *folder, *name, *password_file;
    uint64_t rid;  /* 0: that of the old entry, else a free one */
    cJSON *groups; /* owned; NULL: none given */
    bool flags[sizeof flags / sizeof flags[0]];
};

/* Whether `argument` is a flag; sets it. */
static bool take_flag(const char *argument, struct account_options *o)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(argument, flags[i].option) != 0)
            continue;
        o->flags[i] = true;
        return true;
    }
    return false;
}

static bool take_value(const char *option, const char *value, struct account_options *o)
{
    if (strcmp(option, "--rid") == 0)
        return text_parse_u64(value, 1, UINT32_MAX, &o->rid);
    if (strcmp(option, "--password-file") == 0) {
        o->password_file = value;
        return true;
    }
    if (strcmp(option, "--group") != 0)
        return false;
    if (!o->groups)
        o->groups = cJSON_CreateArray();
    return cJSON_AddItemToArray(o->groups, cJSON_CreateString(value));
}

static bool parse(int argc, char **argv, struct account_options *o)
{
    memset(o, 0, sizeof *o);
    if (argc < 3)
        return false;
    o->folder = argv[1];
    o->name = argv[2];
    if (o->folder[0] == '-' || o->name[0] == '-' || !o->name[0])
        return false;
    for (int i = 3; i < argc; i++) {
        if (take_flag(argv[i], o))
            continue;
        if (i + 1 == argc || !take_value(argv[i], argv[i + 1], o))
            return false;
        i++;
    }
    return true;
}

/* The index of a user in the array; -1 when absent. */
static int find_user(const cJSON *users, const char *name)
{
    for (int i = 0; i < cJSON_GetArraySize(users); i++)
        if (utf8_equal_ignoring_case(json_string(cJSON_GetArrayItem(users, i), "name", ""), name))
            return i;
    return -1;
}

static uint32_t highest_rid(const cJSON *entries, uint32_t rid)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, entries)
    {
        double taken = json_number(entry, "rid", 0);
        if (taken > rid)
            rid = (uint32_t)taken;
    }
    return rid;
}

/* Users and groups share the numbers of the machine. */
static uint32_t free_rid(const cJSON *root)
{
    uint32_t rid = highest_rid(cJSON_GetObjectItemCaseSensitive(root, "users"), FIRST_RID);
    return highest_rid(cJSON_GetObjectItemCaseSensitive(root, "groups"), rid) + 1;
}

static cJSON *make_entry(struct account_options *o, const cJSON *root, const cJSON *old, const char *hash)
{
    cJSON *entry = cJSON_CreateObject();
    double rid = o->rid ? (double)o->rid : old ? json_number(old, "rid", FIRST_RID) : free_rid(root);
    cJSON *groups = o->groups ? o->groups : cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(old, "groups"), true);
    o->groups = NULL;
    cJSON_AddStringToObject(entry, "name", o->name);
    cJSON_AddNumberToObject(entry, "rid", rid);
    cJSON_AddStringToObject(entry, "nt_hash", hash);
    cJSON_AddItemToObject(entry, "groups", groups ? groups : cJSON_CreateArray());
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (o->flags[i])
            cJSON_AddTrueToObject(entry, flags[i].key);
    return entry;
}

static enum err write_entry(struct account_options *o, const char *path, const char *hash,
                            char complaint[JSON_COMPLAINT])
{
    cJSON *root;
    enum err e = accounts_file_load(path, &root, complaint);
    if (e)
        return e;
    cJSON *users = cJSON_GetObjectItemCaseSensitive(root, "users");
    int index = find_user(users, o->name);
    cJSON *entry = make_entry(o, root, index >= 0 ? cJSON_GetArrayItem(users, index) : NULL, hash);
    bool placed = index >= 0 ? cJSON_ReplaceItemInArray(users, index, entry) : cJSON_AddItemToArray(users, entry);
    e = placed ? accounts_file_save(path, root, complaint) : ERR_MEMORY;
    cJSON_Delete(root);
    return e;
}

int command_account(int argc, char **argv)
{
    struct account_options options;
    char complaint[JSON_COMPLAINT] = "", hash[ACCOUNTS_FILE_HASH] = "";
    if (!parse(argc, argv, &options)) {
        fputs(usage, stderr);
        cJSON_Delete(options.groups);
        return EXIT_USAGE;
    }
    char *path = text_format("%s/accounts.json", options.folder);
    enum err e = path ? accounts_file_read_hash(options.password_file, hash, complaint) : ERR_MEMORY;
    if (!e)
        e = write_entry(&options, path, hash, complaint);
    secret_zero(hash, sizeof hash);
    cJSON_Delete(options.groups);
    if (e)
        fprintf(stderr, "probe-scm: %s\n", complaint[0] ? complaint : err_text(e));
    free(path);
    return e ? EXIT_USAGE : 0;
}
