#include "dcom/scm/accounts_file.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"
#include "dcom/auth/ntlm.h"

enum err accounts_file_load(const char *path, cJSON **out, char complaint[JSON_COMPLAINT])
{
    struct accounts *checked;
    struct json_document d;
    *out = NULL;
    enum err e = accounts_load(path, &checked, complaint);
    if (e == ERR_NOT_FOUND) {
        *out = cJSON_CreateObject();
        return *out && cJSON_AddArrayToObject(*out, "users") ? ERR_OK : ERR_MEMORY;
    }
    if (e)
        return e;
    accounts_destroy(checked);
    e = json_load(path, &d, complaint);
    if (e)
        return e;
    *out = d.root;
    d.root = NULL;
    json_cleanup(&d);
    return ERR_OK;
}

enum err accounts_file_save(const char *path, const cJSON *root, char complaint[JSON_COMPLAINT])
{
    struct accounts *checked;
    char *text = cJSON_Print(root);
    if (!text)
        return ERR_MEMORY;
    enum err e = accounts_parse(path, text, strlen(text), &checked, complaint);
    if (!e) {
        accounts_destroy(checked);
        e = file_replace(path, text, strlen(text), true);
    }
    secret_zero(text, strlen(text));
    cJSON_free(text);
    return e;
}

enum err accounts_file_read_hash(const char *password_file, char hash[ACCOUNTS_FILE_HASH],
                                 char complaint[JSON_COMPLAINT])
{
    char password[SECRET_TEXT];
    uint8_t bytes[NT_HASH_BYTES];
    enum err e = secret_read(password_file, "OPCPROBE_PASSWORD", "password of the account: ", password);
    if (!e)
        e = ntlm_hash_password(password, bytes);
    if (!e)
        hex_format(bytes, sizeof bytes, hash);
    else
        snprintf(complaint, JSON_COMPLAINT,
                 "no password: %s; give --password-file (readable by you alone) or OPCPROBE_PASSWORD", err_text(e));
    secret_zero(password, sizeof password);
    secret_zero(bytes, sizeof bytes);
    return e;
}
