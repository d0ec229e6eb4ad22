#include "security/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "security/schema/schema.h"
#include "security/schema_check.h"

struct group {
    char name[TOKEN_NAME];
    uint32_t rid;
};

struct secret {
    char name[TOKEN_NAME];
    uint8_t nt_hash[NT_HASH_BYTES];
};

struct accounts {
    struct account *users; /* owned */
    size_t count;
    struct secret *secrets; /* owned */
    size_t secret_count;
    struct group *groups; /* owned */
    size_t group_count;
};

/* NTOWFv1 of the empty password ([MS-NLMP] 3.3.1): MD4 of nothing. */
static const uint8_t empty_hash[NT_HASH_BYTES] = { 0x31, 0xd6, 0xcf, 0xe0, 0xd1, 0x6a, 0xe9, 0x31,
                                                   0xb7, 0x3c, 0x59, 0xd7, 0xe0, 0xc0, 0x89, 0xc0 };

static enum err read_groups(const struct json_document *d, const cJSON *user, const char *pointer,
                            const struct accounts *known, struct account *out, char complaint[JSON_COMPLAINT])
{
    const cJSON *groups = cJSON_GetObjectItemCaseSensitive(user, "groups"), *group;
    cJSON_ArrayForEach(group, groups)
    {
        if (out->group_count == ACCOUNT_GROUPS)
            return schema_complain(d, pointer, complaint, "more than %d groups", ACCOUNT_GROUPS);
        uint32_t rid = accounts_find_group(known, group->valuestring);
        out->groups[out->group_count].rid = rid;
        if (!rid && !sid_by_name(group->valuestring, &out->groups[out->group_count].sid))
            return schema_complain(d, pointer, complaint,
                                   "\"%.60s\" is neither a built-in group nor one of this file's \"groups\"",
                                   group->valuestring);
        out->group_count++;
    }
    return ERR_OK;
}

static enum err read_user(const struct json_document *d, const cJSON *user, size_t index, const struct accounts *known,
                          struct account *out, char complaint[JSON_COMPLAINT])
{
    char pointer[40];
    snprintf(pointer, sizeof pointer, "/users/%zu", index);
    const char *name = json_string(user, "name", "");
    if (strlen(name) >= sizeof out->name)
        return schema_complain(d, pointer, complaint, "a name has at most %zu bytes", sizeof out->name - 1);
    if (accounts_find(known, name))
        return schema_complain(d, pointer, complaint, "the account \"%.60s\" stands here twice", name);
    memcpy(out->name, name, strlen(name) + 1);
    out->rid = (uint32_t)json_number(user, "rid", 0);
    if (!hex_parse(json_string(user, "nt_hash", ""), out->nt_hash, sizeof out->nt_hash))
        return schema_complain(d, pointer, complaint,
                               "nt_hash is 32 hexadecimal digits; probe-scm account writes it from a password");
    out->disabled = json_bool(user, "disabled", 0);
    out->locked = json_bool(user, "locked", 0);
    out->expired = json_bool(user, "expired", 0);
    out->password_expired = json_bool(user, "password_expired", 0);
    out->must_change = json_bool(user, "must_change", 0);
    return read_groups(d, user, pointer, known, out, complaint);
}

/* The groups that this machine has besides the built-in ones. */
static enum err declare_groups(const struct json_document *d, struct accounts *a, char complaint[JSON_COMPLAINT])
{
    const cJSON *groups = cJSON_GetObjectItemCaseSensitive(d->root, "groups"), *group;
    int count = cJSON_GetArraySize(groups);
    if (count > ACCOUNTS_MAXIMUM)
        return schema_complain(d, "/groups", complaint, "more than %d groups", ACCOUNTS_MAXIMUM);
    a->groups = calloc(count > 0 ? (size_t)count : 1, sizeof *a->groups);
    if (!a->groups)
        return ERR_MEMORY;
    cJSON_ArrayForEach(group, groups)
    {
        struct group *out = &a->groups[a->group_count];
        const char *name = json_string(group, "name", "");
        if (strlen(name) >= sizeof out->name)
            return schema_complain(d, "/groups", complaint, "a name has at most %zu bytes", sizeof out->name - 1);
        memcpy(out->name, name, strlen(name) + 1);
        out->rid = (uint32_t)json_number(group, "rid", 0);
        a->group_count++;
    }
    return ERR_OK;
}

static enum err read_secrets(const struct json_document *d, struct accounts *a, char complaint[JSON_COMPLAINT])
{
    const cJSON *secrets = cJSON_GetObjectItemCaseSensitive(d->root, "secrets"), *secret;
    int count = cJSON_GetArraySize(secrets);
    if (count > ACCOUNTS_MAXIMUM)
        return schema_complain(d, "/secrets", complaint, "more than %d secrets", ACCOUNTS_MAXIMUM);
    a->secrets = calloc(count > 0 ? (size_t)count : 1, sizeof *a->secrets);
    if (!a->secrets)
        return ERR_MEMORY;
    cJSON_ArrayForEach(secret, secrets)
    {
        struct secret *out = &a->secrets[a->secret_count++];
        const char *name = json_string(secret, "name", "");
        if (strlen(name) >= sizeof out->name)
            return schema_complain(d, "/secrets", complaint, "a name has at most %zu bytes", sizeof out->name - 1);
        memcpy(out->name, name, strlen(name) + 1);
        if (!hex_parse(json_string(secret, "nt_hash", ""), out->nt_hash, sizeof out->nt_hash))
            return schema_complain(d, "/secrets", complaint,
                                   "nt_hash is 32 hexadecimal digits; probe-scm identity writes it from a password");
    }
    return ERR_OK;
}

static enum err fill(const struct json_document *d, struct accounts *a, char complaint[JSON_COMPLAINT])
{
    enum err e = schema_check(d, accounts_schema, complaint);
    if (!e)
        e = declare_groups(d, a, complaint);
    if (!e)
        e = read_secrets(d, a, complaint);
    if (e)
        return e;
    const cJSON *users = cJSON_GetObjectItemCaseSensitive(d->root, "users"), *user;
    int count = cJSON_GetArraySize(users);
    if (count > ACCOUNTS_MAXIMUM)
        return schema_complain(d, "/users", complaint, "more than %d accounts", ACCOUNTS_MAXIMUM);
    a->users = calloc(count > 0 ? (size_t)count : 1, sizeof *a->users);
    if (!a->users)
        return ERR_MEMORY;
    cJSON_ArrayForEach(user, users)
    {
        e = read_user(d, user, a->count, a, &a->users[a->count], complaint);
        if (e)
            return e;
        a->count++;
    }
    return ERR_OK;
}

static void forget_hashes(const cJSON *entries)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, entries)
    {
        cJSON *hash = cJSON_GetObjectItemCaseSensitive(entry, "nt_hash");
        if (cJSON_IsString(hash))
            secret_zero(hash->valuestring, strlen(hash->valuestring));
    }
}

/* The text and the tree held hashes. */
static void forget_document(struct json_document *d)
{
    secret_zero(d->text, strlen(d->text));
    forget_hashes(cJSON_GetObjectItemCaseSensitive(d->root, "users"));
    forget_hashes(cJSON_GetObjectItemCaseSensitive(d->root, "secrets"));
    json_cleanup(d);
}

static enum err from_document(struct json_document *d, struct accounts **out, char complaint[JSON_COMPLAINT])
{
    struct accounts *a = calloc(1, sizeof *a);
    complaint[0] = 0;
    enum err e = a ? fill(d, a, complaint) : ERR_MEMORY;
    if (e && !complaint[0])
        snprintf(complaint, JSON_COMPLAINT, "%.300s: %s", d->path, err_text(e));
    forget_document(d);
    if (e) {
        accounts_destroy(a);
        return e;
    }
    *out = a;
    return ERR_OK;
}

enum err accounts_parse(const char *path, const char *text, size_t size, struct accounts **out,
                        char complaint[JSON_COMPLAINT])
{
    struct json_document d;
    *out = NULL;
    enum err e = json_parse(path, text, size, &d, complaint);
    return e ? e : from_document(&d, out, complaint);
}

enum err accounts_load(const char *path, struct accounts **out, char complaint[JSON_COMPLAINT])
{
    struct json_document d;
    *out = NULL;
    enum err e = json_load(path, &d, complaint);
    return e ? e : from_document(&d, out, complaint);
}

void accounts_destroy(struct accounts *a)
{
    if (!a)
        return;
    if (a->users)
        secret_zero(a->users, a->count * sizeof *a->users);
    free(a->users);
    free(a->groups);
    if (a->secrets)
        secret_zero(a->secrets, a->secret_count * sizeof *a->secrets);
    free(a->secrets);
    free(a);
}

size_t accounts_count(const struct accounts *a)
{
    return a->count;
}

const struct account *accounts_find(const struct accounts *a, const char *name)
{
    for (size_t i = 0; i < a->count; i++)
        if (utf8_equal_ignoring_case(a->users[i].name, name))
            return &a->users[i];
    return NULL;
}

uint32_t accounts_find_group(const struct accounts *a, const char *name)
{
    for (size_t i = 0; i < a->group_count; i++)
        if (utf8_equal_ignoring_case(a->groups[i].name, name))
            return a->groups[i].rid;
    return 0;
}

const uint8_t *accounts_find_secret(const struct accounts *a, const char *name)
{
    for (size_t i = 0; i < a->secret_count; i++)
        if (utf8_equal_ignoring_case(a->secrets[i].name, name))
            return a->secrets[i].nt_hash;
    return NULL;
}

bool account_password_is_empty(const struct account *account)
{
    return memcmp(account->nt_hash, empty_hash, sizeof empty_hash) == 0;
}

uint32_t account_logon_status(const struct account *account, bool password_is_right, bool network)
{
    if (account->locked)
        return NTSTATUS_ACCOUNT_LOCKED_OUT;
    if (!password_is_right)
        return NTSTATUS_WRONG_PASSWORD;
    if (network && account_password_is_empty(account))
        return NTSTATUS_ACCOUNT_RESTRICTION;
    if (account->disabled)
        return NTSTATUS_ACCOUNT_DISABLED;
    if (account->expired)
        return NTSTATUS_ACCOUNT_EXPIRED;
    if (account->must_change)
        return NTSTATUS_PASSWORD_MUST_CHANGE;
    if (account->password_expired)
        return NTSTATUS_PASSWORD_EXPIRED;
    return NTSTATUS_OK;
}

const char *ntstatus_name(uint32_t status)
{
    static const struct {
        uint32_t status;
        const char *name;
    } names[] = {
        { NTSTATUS_OK, "STATUS_SUCCESS" },
        { NTSTATUS_ACCESS_DENIED, "STATUS_ACCESS_DENIED" },
        { NTSTATUS_NO_SUCH_USER, "STATUS_NO_SUCH_USER" },
        { NTSTATUS_WRONG_PASSWORD, "STATUS_WRONG_PASSWORD" },
        { NTSTATUS_LOGON_FAILURE, "STATUS_LOGON_FAILURE" },
        { NTSTATUS_ACCOUNT_RESTRICTION, "STATUS_ACCOUNT_RESTRICTION" },
        { NTSTATUS_PASSWORD_EXPIRED, "STATUS_PASSWORD_EXPIRED" },
        { NTSTATUS_ACCOUNT_DISABLED, "STATUS_ACCOUNT_DISABLED" },
        { NTSTATUS_ACCOUNT_EXPIRED, "STATUS_ACCOUNT_EXPIRED" },
        { NTSTATUS_PASSWORD_MUST_CHANGE, "STATUS_PASSWORD_MUST_CHANGE" },
        { NTSTATUS_ACCOUNT_LOCKED_OUT, "STATUS_ACCOUNT_LOCKED_OUT" },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].status == status)
            return names[i].name;
    return "STATUS_?";
}
